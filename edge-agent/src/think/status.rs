//! Figures of the thinking for the page, `status` and the bench; written by one task, read by any.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::{Latency, LatencyFigures, ModelState, Verdict};

/// The shared figures.
#[derive(Debug)]
pub struct ThinkStatus {
    latency: Latency,
    scores: AtomicU64,
    alarms: AtomicU64,
    unknown: AtomicU64,
    model: Mutex<ModelState>,
}

/// A copy of the figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThinkFigures {
    /// From a reading taken off the channel to its verdict.
    pub latency: LatencyFigures,
    /// Vectors scored.
    pub scores: u64,
    /// Alarms raised or cleared.
    pub alarms: u64,
    /// Readings of sensors that the configuration does not name.
    pub unknown: u64,
    /// How it stands with the model.
    pub model: ModelState,
}

impl Default for ThinkStatus {
    fn default() -> Self {
        Self {
            latency: Latency::default(),
            scores: AtomicU64::new(0),
            alarms: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
            model: Mutex::new(ModelState::Loading),
        }
    }
}

impl ThinkStatus {
    pub(super) fn count(&self, verdict: &Verdict, took: Duration) {
        self.latency.record(took);
        self.scores.fetch_add(u64::from(verdict.score.is_some()), Ordering::Relaxed);
        self.alarms.fetch_add(verdict.alarms.len() as u64, Ordering::Relaxed);
        self.unknown.fetch_add(u64::from(verdict.unknown), Ordering::Relaxed);
    }

    pub(super) fn set_model(&self, state: ModelState) {
        *self.model.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// The figures now.
    pub fn figures(&self) -> ThinkFigures {
        ThinkFigures {
            latency: self.latency.figures(),
            scores: self.scores.load(Ordering::Relaxed),
            alarms: self.alarms.load(Ordering::Relaxed),
            unknown: self.unknown.load(Ordering::Relaxed),
            model: self.model.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
