//! Alerts as they are shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_rules::Actor;
use vyavs_rules::incident::{self, Event, State};
use vyavs_store::incidents::{Counts, Stored, state_name};

use super::severity;
use crate::alerts::policy;
use crate::api::alarms::Severity;
use crate::api::viewer::Viewer;

/// Where the work on an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Nobody has it.
    Open,
    /// Somebody has it.
    Acknowledged,
    /// Nobody wants to hear of it until then.
    Snoozed,
    /// It is known and not worked on.
    Suppressed,
    /// It is over.
    Resolved,
}

/// How an alert ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something was wrong, and was mended.
    Fixed,
    /// Nothing was wrong.
    FalseAlarm,
    /// It was meant to be so: a delivery, a cleaning.
    Expected,
    /// Another alert is about it.
    Duplicate,
    /// It went away by itself.
    ClearedByItself,
}

impl From<incident::Outcome> for Outcome {
    fn from(of: incident::Outcome) -> Self {
        match of {
            incident::Outcome::Fixed => Self::Fixed,
            incident::Outcome::FalseAlarm => Self::FalseAlarm,
            incident::Outcome::Expected => Self::Expected,
            incident::Outcome::Duplicate => Self::Duplicate,
            incident::Outcome::ClearedByItself => Self::ClearedByItself,
        }
    }
}

impl From<Outcome> for incident::Outcome {
    fn from(of: Outcome) -> Self {
        match of {
            Outcome::Fixed => Self::Fixed,
            Outcome::FalseAlarm => Self::FalseAlarm,
            Outcome::Expected => Self::Expected,
            Outcome::Duplicate => Self::Duplicate,
            Outcome::ClearedByItself => Self::ClearedByItself,
        }
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct By {
    /// `person`, `key` or `hub`.
    #[schema(example = "person")]
    pub kind: String,
    /// The id of the person or key.
    #[schema(required)]
    pub id: Option<Uuid>,
}

impl From<Actor> for By {
    fn from(actor: Actor) -> Self {
        let (kind, id) = match actor {
            Actor::Person(id) => ("person", Some(id.0)),
            Actor::Key(id) => ("key", Some(id)),
            Actor::Hub => ("hub", None),
        };
        Self { kind: kind.to_owned(), id }
    }
}

/// Whether people found it useful, a voice a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Votes {
    /// It was.
    #[schema(minimum = 0)]
    pub useful: i64,
    /// It was not.
    #[schema(minimum = 0)]
    pub useless: i64,
    /// The caller's own voice.
    #[schema(required)]
    pub mine: Option<bool>,
}

/// An alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub store_id: Uuid,
    /// The rule that fired last; null for an alarm of a device.
    #[schema(required)]
    pub rule_id: Option<Uuid>,
    /// Where the work stands.
    pub state: AlertState,
    /// The worst it was.
    pub severity: Severity,
    /// What it is, in short.
    #[schema(example = "Fridge too warm")]
    pub title: String,
    /// What it meant when it fired last, with its numbers.
    pub cause: String,
    /// Who fires now: sensors, tills, devices, products.
    #[schema(example = json!(["fridge-1.air"]))]
    pub firing: Vec<String>,
    /// What notification routes may ask for.
    pub tags: Vec<String>,
    /// Who works on it.
    #[schema(required)]
    pub assignee_id: Option<Uuid>,
    /// Who acknowledged or snoozed it, while that lasts.
    #[schema(required)]
    pub by: Option<By>,
    /// When a snooze or a suppression ends.
    #[schema(required)]
    pub until: Option<Timestamp>,
    /// Why it is suppressed.
    #[schema(required)]
    pub suppressed_because: Option<String>,
    /// How it ended.
    #[schema(required)]
    pub outcome: Option<Outcome>,
    /// When it ended.
    #[schema(required)]
    pub resolved_at: Option<Timestamp>,
    /// When the hub opened it.
    pub opened_at: Timestamp,
    /// When it was so first, by what was observed.
    pub first_seen_at: Timestamp,
    /// When it was so last.
    pub last_seen_at: Timestamp,
    /// When nothing fired any more.
    #[schema(required)]
    pub cleared_at: Option<Timestamp>,
    /// When anything last happened to it.
    pub changed_at: Timestamp,
    /// How often it fired.
    #[schema(minimum = 1)]
    pub count: i64,
    /// Whether it comes and goes.
    pub flapping: bool,
    /// How many comments it has.
    #[schema(minimum = 0)]
    pub comments: i64,
    /// Whether people found it useful.
    pub votes: Votes,
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Alert {
    pub(crate) fn of(row: &Stored, viewer: &Viewer, now: Timestamp) -> Self {
        let of = &row.incident;
        let voices = |useful: bool| int(of.votes.values().filter(|vote| **vote == useful).count() as u64);
        let mine = viewer.signed_in.as_ref().and_then(|person| of.votes.get(&person.user).copied());
        let mut alert = Self {
            id: of.id.0,
            store_id: of.store.0,
            rule_id: of.rule.map(|rule| rule.0),
            state: AlertState::Open,
            severity: severity(of.severity),
            title: of.title.clone(),
            cause: of.cause.clone(),
            firing: of.firing.iter().cloned().collect(),
            tags: of.tags.iter().cloned().collect(),
            assignee_id: of.assignee.map(|id| id.0),
            by: None,
            until: None,
            suppressed_because: None,
            outcome: None,
            resolved_at: None,
            opened_at: row.opened_at,
            first_seen_at: of.first_seen,
            last_seen_at: of.last_seen,
            cleared_at: of.cleared_at,
            changed_at: of.changed_at,
            count: int(of.count),
            flapping: of.flapping(&policy(), now),
            comments: int(of.comments.len() as u64),
            votes: Votes { useful: voices(true), useless: voices(false), mine },
        };
        match &of.state {
            State::Open => {}
            State::Acknowledged { by } => (alert.state, alert.by) = (AlertState::Acknowledged, Some((*by).into())),
            State::Snoozed { by, until } => {
                (alert.state, alert.by, alert.until) = (AlertState::Snoozed, Some((*by).into()), Some(*until));
            }
            State::Suppressed { cause, until } => {
                (alert.state, alert.until) = (AlertState::Suppressed, *until);
                alert.suppressed_because = Some(cause.clone());
            }
            State::Resolved { outcome, at } => {
                (alert.state, alert.outcome) = (AlertState::Resolved, Some((*outcome).into()));
                alert.resolved_at = Some(*at);
            }
        }
        alert
    }
}

/// How many alerts there are in each state, whatever states were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertCounts {
    /// Nobody has them.
    #[schema(minimum = 0)]
    pub open: i64,
    /// Somebody has them.
    #[schema(minimum = 0)]
    pub acknowledged: i64,
    /// They sleep.
    #[schema(minimum = 0)]
    pub snoozed: i64,
    /// They are known.
    #[schema(minimum = 0)]
    pub suppressed: i64,
    /// They are over.
    #[schema(minimum = 0)]
    pub resolved: i64,
}

impl AlertCounts {
    pub(crate) fn of(counts: &Counts) -> Self {
        let of = |state: &str| counts.iter().find(|(name, _)| name == state).map_or(0, |(_, count)| int(*count));
        Self {
            open: of("open"),
            acknowledged: of("acknowledged"),
            snoozed: of("snoozed"),
            suppressed: of("suppressed"),
            resolved: of("resolved"),
        }
    }
}

/// A page of alerts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Alerts {
    /// Newest first.
    pub alerts: Vec<Alert>,
    /// How many there are.
    pub counts: AlertCounts,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Something that happened to an alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertHistory {
    /// Its number, from 1 without holes.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: By,
    /// `opened`, `repeated`, `returned`, `cleared`, `acknowledged`, `assigned`, `commented`, `snoozed`, `suppressed`,
    /// `woken`, `resolved`, `reopened` or `voted`.
    #[schema(example = "acknowledged")]
    pub what: String,
    /// More about it: `text`, `to`, `until`, `cause`, `outcome`, `note`, `useful`, `subject`, `seen_at`, `fired`.
    #[schema(value_type = Object)]
    pub details: Value,
}

impl From<&Event> for AlertHistory {
    fn from(event: &Event) -> Self {
        let mut details = serde_json::to_value(&event.what).unwrap_or_default();
        let what = details.as_object_mut().and_then(|fields| fields.remove("what"));
        let what = what.and_then(|what| what.as_str().map(str::to_owned)).unwrap_or_default();
        Self { seq: int(event.seq), at: event.at, by: event.by.into(), what, details }
    }
}

/// An alert with its history.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertDetail {
    /// The alert.
    pub alert: Alert,
    /// What happened to it, oldest first.
    pub history: Vec<AlertHistory>,
    /// How many events it has in all: where the last one shown has a lower number, ask again with it as `after`.
    #[schema(minimum = 1)]
    pub events: i64,
    /// When this was read.
    pub as_of: Timestamp,
}

impl AlertDetail {
    pub(crate) fn of(row: &Stored, events: &[Event], viewer: &Viewer, now: Timestamp) -> Self {
        let history = events.iter().map(AlertHistory::from).collect();
        Self { alert: Alert::of(row, viewer, now), history, events: int(row.incident.events), as_of: now }
    }
}

/// For the audit log: where an alert stands, in a word.
pub(super) fn told(row: &Stored) -> &'static str {
    state_name(&row.incident.state)
}
