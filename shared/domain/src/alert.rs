//! What a person in the store should look at, raised on the device and cleared there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::AlarmId;

/// Which rule spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// A value beyond its limit.
    Threshold,
    /// A model's score beyond its limit.
    ModelScore,
    /// A sensor that repeats itself.
    StuckSensor,
    /// Above its limit for too long (cold chain).
    TimeAboveLimit,
    /// A sensor or till that went silent.
    Missing,
    /// Receipts that could not be read.
    Quarantine,
    /// The device itself: disk, clock, certificate, model.
    Device,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Look today.
    Warning,
    /// Look now.
    Critical,
}

/// One episode of an alarm; sent when raised and again, with the same id, when cleared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// The episode.
    pub id: AlarmId,
    /// Which rule.
    pub kind: AlarmKind,
    /// How much it matters.
    pub severity: Severity,
    /// The sensor, terminal or part of the device it is about.
    pub subject: String,
    /// When it began.
    pub raised_at: Timestamp,
    /// When it ended; `None` while it lasts.
    pub cleared_at: Option<Timestamp>,
    /// What was seen.
    pub value: Option<f64>,
    /// What it was held against.
    pub limit: Option<f64>,
    /// One sentence for people: what, since when, against what.
    pub reason: String,
    /// Name and version of the model that scored it.
    pub model: Option<String>,
}
