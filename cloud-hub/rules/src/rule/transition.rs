//! A change of a rule's mind, with its numbers.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vyavs_domain::alert::Severity;

use super::{Rule, RuleId, Subject, Traits, template};

/// Whether it began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The condition holds.
    Fired,
    /// It holds no more.
    Cleared,
}

/// The numbers behind a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Of what.
    pub measure: String,
    /// What was seen; `None` where it is that nothing was.
    pub observed: Option<f64>,
    /// What it was held against; `None` for silence.
    pub limit: Option<f64>,
    /// Since when: the first value beyond the limit, the oldest of the window, the last before the silence.
    pub since: Timestamp,
    /// The time that the rule asks for or looks at.
    pub span: SignedDuration,
    /// How many observations it rests on.
    pub samples: u32,
}

/// A rule fired or cleared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// When, by the time of what was observed.
    pub at: Timestamp,
    /// Which.
    pub turn: Turn,
    /// Of which rule.
    pub rule: RuleId,
    /// About whom.
    pub subject: Subject,
    /// How much it matters.
    pub severity: Severity,
    /// What makes it the same incident as another.
    pub key: String,
    /// What it means, for people.
    pub cause: String,
    /// The numbers.
    pub reason: Reason,
}

/// Notes the change in `firing` and says it in full.
pub(super) fn turned(
    firing: &mut Option<Timestamp>,
    rule: &Rule,
    subject: &Subject,
    traits: &Traits,
    at: Timestamp,
    turn: Turn,
    reason: Reason,
) -> Transition {
    *firing = (turn == Turn::Fired).then_some(at);
    let number = |value: Option<f64>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    let about = |name: &str| {
        Some(match name {
            "rule" => rule.id.0.to_string(),
            "store" => subject.store.to_string(),
            "subject" => subject.name.clone(),
            "kind" => traits.kind.clone(),
            "model" => traits.model.clone(),
            "group" => traits.group.clone(),
            "measure" => reason.measure.clone(),
            "value" => number(reason.observed),
            "limit" => number(reason.limit),
            "since" => reason.since.to_string(),
            _ => return None,
        })
    };
    Transition {
        at,
        turn,
        rule: rule.id,
        subject: subject.clone(),
        severity: rule.severity,
        key: template::fill(&rule.dedupe_key, about),
        cause: template::fill(&rule.cause, about),
        reason,
    }
}
