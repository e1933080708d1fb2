//! Incidents: what people work on.
//!
//! Whatever fires under the same key while an incident is open, or shortly after it was resolved, is folded into it. An
//! incident is the sum of its [`Event`]s: a command is judged against it ([`apply`]) and gives one event, or a
//! [`Refusal`] that says why not. [`replay`] makes it again out of its events.

mod apply;
mod evolve;
mod fold;
mod occurrence;

pub use apply::{Command, Refusal, apply};
pub use evolve::{Broken, replay};
pub use fold::{Folded, fold, settle, tick};
pub use occurrence::Occurrence;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vyavs_domain::alert::Severity;
use vyavs_domain::ids::{StoreId, UserId};

use crate::Actor;
use crate::rule::RuleId;
use crate::span;

/// An incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub Uuid);

/// How an incident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something was wrong, and was mended.
    Fixed,
    /// Nothing was wrong.
    FalseAlarm,
    /// It was meant to be so: a delivery, a cleaning.
    Expected,
    /// Another incident is about it.
    Duplicate,
    /// It went away by itself.
    ClearedByItself,
}

/// Where the work stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Nobody has it.
    Open,
    /// Somebody has it.
    Acknowledged {
        /// Who.
        by: Actor,
    },
    /// Nobody wants to hear of it until then.
    Snoozed {
        /// Who does not.
        by: Actor,
        /// It opens again at exactly this time.
        until: Timestamp,
    },
    /// It is known and not worked on.
    Suppressed {
        /// Why: a maintenance, a store that is offline.
        cause: String,
        /// It opens again at exactly this time; `None`: when somebody wakes it.
        until: Option<Timestamp>,
    },
    /// It is over.
    Resolved {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
}

/// A remark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Whose.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// The text.
    pub text: String,
}

/// What people work on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// What makes another firing the same.
    pub key: String,
    /// The rule that fired last.
    pub rule: Option<RuleId>,
    /// The shop.
    pub store: StoreId,
    /// Who fires: an incident of several subjects has cleared when none of them does.
    pub firing: BTreeSet<String>,
    /// The worst it was.
    pub severity: Severity,
    /// What people see in a list.
    pub title: String,
    /// What it meant when it fired last.
    pub cause: String,
    /// What routes may ask for.
    pub tags: BTreeSet<String>,
    /// Where the work stands.
    pub state: State,
    /// Who works on it.
    pub assignee: Option<UserId>,
    /// When it was so first.
    pub first_seen: Timestamp,
    /// When it was so last.
    pub last_seen: Timestamp,
    /// How often it fired.
    pub count: u64,
    /// When nothing fired any more.
    pub cleared_at: Option<Timestamp>,
    /// What was said.
    pub comments: Vec<Comment>,
    /// Whether it was useful, a voice a person.
    #[serde(with = "voices")]
    pub votes: BTreeMap<UserId, bool>,
    /// When it came back after it had cleared: the latest 32.
    pub returns: Vec<Timestamp>,
    /// The number of the last event that called people: it opened, came back, woke or got worse.
    pub rang: u64,
    /// How many events made it.
    pub events: u64,
    /// When the last of them was.
    pub changed_at: Timestamp,
}

/// What happened to an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Of which.
    pub incident: IncidentId,
    /// Its number there, from 1 without holes.
    pub seq: u64,
    /// When; never before the event before it, whatever the clocks did.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// It began.
    Opened(Occurrence),
    /// It fired again.
    Repeated {
        /// What fired.
        fired: Occurrence,
        /// Whether that is worse than all before, and nobody said that it is known: this wakes what is snoozed.
        worse: bool,
    },
    /// It fired again soon after it was resolved.
    Returned(Occurrence),
    /// One subject fires no more.
    Cleared {
        /// Which.
        subject: String,
        /// When it was so.
        seen_at: Timestamp,
    },
    /// Somebody has it.
    Acknowledged,
    /// Somebody shall have it, or nobody.
    Assigned {
        /// Who.
        to: Option<UserId>,
    },
    /// Somebody said something.
    Commented {
        /// What.
        text: String,
    },
    /// Not until then.
    Snoozed {
        /// Until when.
        until: Timestamp,
    },
    /// It is known.
    Suppressed {
        /// Why.
        cause: String,
        /// Until when.
        until: Option<Timestamp>,
    },
    /// A snooze or a suppression ended: by its time, or by hand.
    Woken,
    /// It is over.
    Resolved {
        /// How.
        outcome: Outcome,
        /// A word on it.
        note: String,
    },
    /// Somebody says that it is not over.
    Reopened {
        /// Why.
        cause: String,
    },
    /// Somebody found it useful, or not. The last word counts.
    Voted {
        /// Whether.
        useful: bool,
    },
}

/// How incidents fold and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// What fires again this soon after it was resolved is the same incident.
    pub return_within: SignedDuration,
    /// This long after it cleared, what nobody acknowledged resolves by itself; `None`: never.
    pub resolve_after: Option<SignedDuration>,
    /// Coming back this often …
    pub flap_returns: usize,
    /// … within this long is flapping.
    pub flap_within: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            return_within: SignedDuration::from_hours(1),
            resolve_after: Some(SignedDuration::from_hours(24)),
            flap_returns: 3,
            flap_within: SignedDuration::from_hours(1),
        }
    }
}

impl Incident {
    /// Whether it comes and goes.
    pub fn flapping(&self, policy: &Policy, now: Timestamp) -> bool {
        let from = span::before(now, policy.flap_within);
        self.returns.iter().filter(|at| **at > from && **at <= now).count() >= policy.flap_returns
    }

    /// Whether it is over.
    pub fn resolved(&self) -> bool {
        matches!(self.state, State::Resolved { .. })
    }
}

/// Votes as a list: a JSON object would need texts for keys.
mod voices {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use vyavs_domain::ids::UserId;

    pub(super) fn serialize<S: Serializer>(votes: &BTreeMap<UserId, bool>, to: S) -> Result<S::Ok, S::Error> {
        votes.iter().collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<UserId, bool>, D::Error> {
        Ok(Vec::<(UserId, bool)>::deserialize(from)?.into_iter().collect())
    }
}
