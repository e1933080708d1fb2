//! Commands, and why some are refused.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vyavs_domain::ids::UserId;

use super::evolve::evolve;
use super::fold::tick;
use super::{Event, Incident, Outcome, Policy, State, What};
use crate::rule::Transition;
use crate::{Actor, span};

/// The longest that anything sleeps; what shall sleep longer is resolved, or its rule is mended.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);
const TEXT: usize = 4000;

/// What may be done to an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// One subject fires no more.
    Clear {
        /// Which.
        subject: String,
        /// When it was so.
        seen_at: Timestamp,
    },
    /// I have it.
    Acknowledge,
    /// You have it, or nobody has.
    Assign {
        /// Who.
        to: Option<UserId>,
    },
    /// Something to say.
    Comment {
        /// What.
        text: String,
    },
    /// Not until then.
    Snooze {
        /// Until when; at most 31 days ahead.
        until: Timestamp,
    },
    /// It is known.
    Suppress {
        /// Why.
        cause: String,
        /// Until when; at most 31 days ahead; `None`: until somebody wakes it.
        until: Option<Timestamp>,
    },
    /// End a snooze or a suppression before its time.
    Wake,
    /// It is over.
    Resolve {
        /// How.
        outcome: Outcome,
        /// A word on it; may be empty.
        note: String,
    },
    /// It is not over.
    Reopen {
        /// Why.
        cause: String,
    },
    /// It was useful, or not.
    Vote {
        /// Whether.
        useful: bool,
    },
}

impl Command {
    /// A rule cleared.
    pub fn cleared(transition: &Transition) -> Self {
        Self::Clear { subject: transition.subject.name.clone(), seen_at: transition.at }
    }
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is over.
    #[error("the incident is resolved; reopen it first")]
    Resolved,
    /// It is not over.
    #[error("the incident is not resolved, so there is nothing to reopen")]
    NotResolved,
    /// Somebody has it.
    #[error("the incident is acknowledged already")]
    AlreadyAcknowledged,
    /// It is known and sleeps.
    #[error("the incident is suppressed ({0}); wake it first")]
    Suppressed(String),
    /// It is awake.
    #[error("the incident is neither snoozed nor suppressed")]
    Awake,
    /// That subject does not fire.
    #[error("{0} does not fire in this incident")]
    NotFiring(String),
    /// Not in the time to come, or too far in it.
    #[error("expected a time after {from} and not after {to}, got {got}")]
    Until {
        /// After this.
        from: Timestamp,
        /// At the latest.
        to: Timestamp,
        /// What was asked for.
        got: Timestamp,
    },
    /// Nothing said, or too much.
    #[error("{what}: expected 1 to {TEXT} characters, got {got}")]
    Text {
        /// Which text.
        what: &'static str,
        /// How many.
        got: usize,
    },
    /// A machine has no opinion.
    #[error("only a person can do this")]
    NotAPerson,
    /// Time brought about something that is not noted yet.
    #[error("something fell due at {0}; settle the incident first")]
    Due(Timestamp),
}

/// The incident after a command, and the event that made it so; or why not. What fell due before `at` must have been
/// settled ([`super::settle`]), so that the events stand in the order of time.
pub fn apply(
    incident: &Incident,
    command: Command,
    by: Actor,
    at: Timestamp,
    policy: &Policy,
) -> Result<(Incident, Event), Refusal> {
    if let Some((_, due)) = tick(incident, at, policy) {
        return Err(Refusal::Due(due.at));
    }
    let what = judge(incident, command, by, at)?;
    Ok(happen(incident, what, by, at))
}

pub(super) fn happen(incident: &Incident, what: What, by: Actor, at: Timestamp) -> (Incident, Event) {
    let at = at.max(incident.changed_at);
    let event = Event { incident: incident.id, seq: incident.events + 1, at, by, what };
    (evolve(incident.clone(), &event), event)
}

fn judge(incident: &Incident, command: Command, by: Actor, at: Timestamp) -> Result<What, Refusal> {
    let open = || if incident.resolved() { Err(Refusal::Resolved) } else { Ok(()) };
    Ok(match command {
        Command::Clear { subject, .. } if !incident.firing.contains(&subject) => {
            return Err(Refusal::NotFiring(subject));
        }
        Command::Clear { subject, seen_at } => What::Cleared { subject, seen_at },
        Command::Acknowledge => match &incident.state {
            State::Open | State::Snoozed { .. } => What::Acknowledged,
            State::Acknowledged { .. } => return Err(Refusal::AlreadyAcknowledged),
            State::Suppressed { cause, .. } => return Err(Refusal::Suppressed(cause.clone())),
            State::Resolved { .. } => return Err(Refusal::Resolved),
        },
        Command::Assign { to } => {
            open()?;
            What::Assigned { to }
        }
        Command::Comment { text } => What::Commented { text: said("comment", text)? },
        Command::Snooze { until } => {
            open()?;
            if let State::Suppressed { cause, .. } = &incident.state {
                return Err(Refusal::Suppressed(cause.clone()));
            }
            What::Snoozed { until: ahead(incident, at, until)? }
        }
        Command::Suppress { cause, until } => {
            open()?;
            let until = until.map(|until| ahead(incident, at, until)).transpose()?;
            What::Suppressed { cause: said("cause", cause)?, until }
        }
        Command::Wake => match incident.state {
            State::Snoozed { .. } | State::Suppressed { .. } => What::Woken,
            State::Resolved { .. } => return Err(Refusal::Resolved),
            State::Open | State::Acknowledged { .. } => return Err(Refusal::Awake),
        },
        Command::Resolve { outcome, note } => {
            open()?;
            let note = if note.is_empty() { note } else { said("note", note)? };
            What::Resolved { outcome, note }
        }
        Command::Reopen { .. } if !incident.resolved() => return Err(Refusal::NotResolved),
        Command::Reopen { cause } => What::Reopened { cause: said("cause", cause)? },
        Command::Vote { .. } if by.person().is_none() => return Err(Refusal::NotAPerson),
        Command::Vote { useful } => What::Voted { useful },
    })
}

fn said(what: &'static str, text: String) -> Result<String, Refusal> {
    let got = text.chars().count();
    if text.trim().is_empty() || got > TEXT { Err(Refusal::Text { what, got }) } else { Ok(text) }
}

/// After now, and after the last event, which a clock may have dated ahead of now.
fn ahead(incident: &Incident, at: Timestamp, until: Timestamp) -> Result<Timestamp, Refusal> {
    let from = at.max(incident.changed_at);
    let to = span::after(from, LONGEST);
    if until > from && until <= to { Ok(until) } else { Err(Refusal::Until { from, to, got: until }) }
}
