//! Notices out of events.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};
use vyavs_domain::alert::Severity;

use super::{Route, Target};
use crate::incident::{Event, Incident, IncidentId, State, What};
use crate::span;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// Something began.
    Opened,
    /// It came back after it was over, or somebody said that it is not.
    Returned,
    /// A snooze or a suppression ended.
    Woke,
    /// It got worse.
    Worse,
    /// It is over.
    Resolved,
}

/// Something to be told to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Hangs on the incident, the event, the step and the target, and on nothing else.
    pub id: Uuid,
    /// Of which incident.
    pub incident: IncidentId,
    /// The number of the event that is told.
    pub event: u64,
    /// What is told.
    pub news: News,
    /// The step: how long after the first. Zero for the first.
    pub after: SignedDuration,
    /// To whom.
    pub target: Target,
    /// Not before this.
    pub at: Timestamp,
}

/// What to do with a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its time has not come.
    Wait,
    /// Send it.
    Send,
    /// Nobody needs it any more.
    Withdraw(Why),
}

/// Why nobody needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Somebody has it.
    Acknowledged,
    /// Nobody wants to hear of it for now.
    Asleep,
    /// It is over.
    Resolved,
    /// The incident was told of anew since; the newer notices go on.
    Overtaken,
}

/// What an event is to those who are not looking; `None` is what only those want to know who look.
pub fn news(event: &Event) -> Option<News> {
    match &event.what {
        What::Opened(_) => Some(News::Opened),
        What::Returned(_) | What::Reopened { .. } => Some(News::Returned),
        What::Woken => Some(News::Woke),
        What::Repeated { worse: true, .. } => Some(News::Worse),
        What::Resolved { .. } => Some(News::Resolved),
        _ => None,
    }
}

/// Who is told of an event of the incident, and when, by these routes; `zone` is that of its shop. Where two routes tell the same to the same at the same step, it is told once, at the
/// earlier time.
pub fn plan(incident: &Incident, event: &Event, routes: &[Route], zone: &TimeZone) -> Vec<Notice> {
    let Some(news) = news(event) else { return Vec::new() };
    let mut notices: BTreeMap<(SignedDuration, &Target), Notice> = BTreeMap::new();
    for route in routes.iter().filter(|route| route.of.takes(incident)) {
        let steps = match news {
            News::Resolved if !route.tell_resolved => 0,
            News::Resolved => 1,
            _ => route.steps.len(),
        };
        let (mut at, mut told) = (event.at, SignedDuration::ZERO);
        for step in &route.steps[..steps.min(route.steps.len())] {
            // Counted from when the step before went out, not from when it would have: nobody could answer at night.
            at = span::after(at, step.after.saturating_sub(told));
            told = step.after;
            if let Some(quiet) = &route.quiet
                && !(quiet.critical_passes && incident.severity == Severity::Critical)
            {
                at = quiet.over(at, zone);
            }
            for target in &step.to {
                let make = || Notice {
                    id: id(event, step.after, target),
                    incident: event.incident,
                    event: event.seq,
                    news,
                    after: step.after,
                    target: target.clone(),
                    at,
                };
                let notice = notices.entry((step.after, target)).or_insert_with(make);
                notice.at = notice.at.min(at);
            }
        }
    }
    notices.into_values().collect()
}

/// Whether a notice is still wanted, by the incident as it is. What is told first is told always, if late; who is told
/// because nobody answered need not be told once somebody did.
pub fn verdict(notice: &Notice, incident: &Incident, now: Timestamp) -> Verdict {
    let first = notice.after.is_zero();
    if !first {
        let why = match incident.state {
            State::Acknowledged { .. } => Some(Why::Acknowledged),
            State::Snoozed { .. } | State::Suppressed { .. } => Some(Why::Asleep),
            State::Resolved { .. } => Some(Why::Resolved),
            State::Open if incident.rang > notice.event => Some(Why::Overtaken),
            State::Open => None,
        };
        if let Some(why) = why {
            return Verdict::Withdraw(why);
        }
    }
    if notice.at <= now { Verdict::Send } else { Verdict::Wait }
}

/// A UUID of version 8: the first half of a SHA-256 over what the notice is, each part behind its length.
fn id(event: &Event, step: SignedDuration, target: &Target) -> Uuid {
    let (channel, to) = match target {
        Target::InApp(to) => ("in_app", who(to)),
        Target::Mail(to) => ("mail", who(to)),
        Target::Webhook(endpoint) => ("webhook", endpoint.to_string()),
    };
    let parts = [
        "vyavs-rules notice",
        &event.incident.0.to_string(),
        &event.seq.to_string(),
        &step.as_nanos().to_string(),
        channel,
        &to,
    ];
    let mut text = Vec::new();
    for part in parts {
        text.extend((part.len() as u64).to_be_bytes());
        text.extend(part.as_bytes());
    }
    let hash = digest(&SHA256, &text);
    let mut half = [0; 16];
    half.copy_from_slice(&hash.as_ref()[..16]);
    Builder::from_custom_bytes(half).into_uuid()
}

fn who(to: &super::Recipient) -> String {
    match to {
        super::Recipient::Person(id) => format!("person {id}"),
        super::Recipient::Role(role) => format!("role {role}"),
    }
}
