//! What opens incidents.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::ids::StoreId;

use crate::rule::{Rule, RuleId, Transition};

/// Something fired: a rule of the hub, or an alarm of a store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// What makes it the same incident as another.
    pub key: String,
    /// By which rule, if it was one of the hub's.
    pub rule: Option<RuleId>,
    /// In which shop.
    pub store: StoreId,
    /// About whom.
    pub subject: String,
    /// How much it matters.
    pub severity: Severity,
    /// What people see in a list.
    pub title: String,
    /// What it means, with its numbers.
    pub cause: String,
    /// What routes may ask for.
    pub tags: BTreeSet<String>,
    /// When it was so.
    pub seen_at: Timestamp,
}

impl Occurrence {
    /// A store raised an alarm of its own. Its kind is among the tags.
    pub fn raised(store: StoreId, alarm: &Alarm, mut tags: BTreeSet<String>) -> Self {
        let kind = kind(alarm.kind);
        tags.insert(kind.to_owned());
        Self {
            key: format!("alarm/{store}/{kind}/{}", alarm.subject),
            rule: None,
            store,
            subject: alarm.subject.clone(),
            severity: alarm.severity,
            title: title(alarm.kind).to_owned(),
            cause: alarm.reason.clone(),
            tags,
            seen_at: alarm.raised_at,
        }
    }

    /// A rule fired.
    pub fn of(rule: &Rule, fired: &Transition, tags: BTreeSet<String>) -> Self {
        Self {
            key: fired.key.clone(),
            rule: Some(fired.rule),
            store: fired.subject.store,
            subject: fired.subject.name.clone(),
            severity: fired.severity,
            title: rule.name.clone(),
            cause: fired.cause.clone(),
            tags,
            seen_at: fired.at,
        }
    }
}

fn kind(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Threshold => "threshold",
        AlarmKind::ModelScore => "model_score",
        AlarmKind::StuckSensor => "stuck_sensor",
        AlarmKind::TimeAboveLimit => "time_above_limit",
        AlarmKind::Missing => "missing",
        AlarmKind::Quarantine => "quarantine",
        AlarmKind::Device => "device",
    }
}

fn title(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Threshold => "A value is beyond its limit",
        AlarmKind::ModelScore => "A model finds this unusual",
        AlarmKind::StuckSensor => "A sensor repeats itself",
        AlarmKind::TimeAboveLimit => "Too warm for too long",
        AlarmKind::Missing => "A sensor or till is silent",
        AlarmKind::Quarantine => "Receipts could not be read",
        AlarmKind::Device => "The device in the store needs help",
    }
}
