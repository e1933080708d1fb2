//! What an event makes of an incident. No judgement here: what is an event has happened.

use super::{Comment, Event, Incident, Occurrence, State, What};

const RETURNS: usize = 32;

/// Events that do not make an incident.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// There are none.
    #[error("an incident has at least the event that opened it")]
    Empty,
    /// Not the next one, or another incident's.
    #[error("expected event {expected} of the incident, got {got}")]
    Order {
        /// The number that was due.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// The first does not open it, or a later one does.
    #[error("an incident is opened by its first event and by no other; event {0} breaks this")]
    Opening(u64),
}

/// The incident that these events make.
pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Incident, Broken> {
    let mut made: Option<Incident> = None;
    for event in events {
        let expected = made.as_ref().map_or(1, |incident| incident.events + 1);
        let same = made.as_ref().is_none_or(|incident| incident.id == event.incident);
        if event.seq != expected || !same {
            return Err(Broken::Order { expected, got: event.seq });
        }
        made = Some(match (made, &event.what) {
            (None, What::Opened(first)) => open(event, first),
            (Some(incident), what) if !matches!(what, What::Opened(_)) => evolve(incident, event),
            _ => return Err(Broken::Opening(event.seq)),
        });
    }
    made.ok_or(Broken::Empty)
}

pub(super) fn open(event: &Event, first: &Occurrence) -> Incident {
    Incident {
        id: event.incident,
        key: first.key.clone(),
        rule: first.rule,
        store: first.store,
        firing: [first.subject.clone()].into(),
        severity: first.severity,
        title: first.title.clone(),
        cause: first.cause.clone(),
        tags: first.tags.clone(),
        state: State::Open,
        assignee: None,
        first_seen: first.seen_at,
        last_seen: first.seen_at,
        count: 1,
        cleared_at: None,
        comments: Vec::new(),
        votes: Default::default(),
        returns: Vec::new(),
        rang: event.seq,
        events: event.seq,
        changed_at: event.at,
    }
}

pub(super) fn evolve(mut incident: Incident, event: &Event) -> Incident {
    incident.events = event.seq;
    incident.changed_at = event.at;
    if matches!(
        event.what,
        What::Repeated { worse: true, .. } | What::Returned(_) | What::Reopened { .. } | What::Woken
    ) {
        incident.rang = event.seq;
    }
    match &event.what {
        What::Opened(_) => {}
        What::Repeated { fired, worse } => {
            if *worse && matches!(incident.state, State::Snoozed { .. }) {
                incident.state = State::Open;
            }
            seen(&mut incident, fired);
        }
        What::Returned(again) => {
            incident.state = State::Open;
            seen(&mut incident, again);
        }
        What::Cleared { subject, seen_at } => {
            incident.firing.remove(subject);
            incident.cleared_at = incident.firing.is_empty().then_some(*seen_at);
        }
        What::Acknowledged => incident.state = State::Acknowledged { by: event.by },
        What::Assigned { to } => incident.assignee = *to,
        What::Commented { text } => {
            incident.comments.push(Comment { by: event.by, at: event.at, text: text.clone() });
        }
        What::Snoozed { until } => incident.state = State::Snoozed { by: event.by, until: *until },
        What::Suppressed { cause, until } => {
            incident.state = State::Suppressed { cause: cause.clone(), until: *until };
        }
        What::Woken => incident.state = State::Open,
        What::Reopened { .. } => {
            // Who says that it is not over does not want it resolved by the clock.
            incident.state = State::Open;
            incident.cleared_at = None;
        }
        What::Resolved { outcome, .. } => incident.state = State::Resolved { outcome: *outcome, at: event.at },
        What::Voted { useful } => {
            if let Some(person) = event.by.person() {
                incident.votes.insert(person, *useful);
            }
        }
    }
    incident
}

fn seen(incident: &mut Incident, again: &Occurrence) {
    if incident.firing.is_empty() {
        incident.returns.push(again.seen_at);
        let surplus = incident.returns.len().saturating_sub(RETURNS);
        incident.returns.drain(..surplus);
    }
    incident.firing.insert(again.subject.clone());
    incident.cleared_at = None;
    incident.count = incident.count.saturating_add(1);
    incident.rule = again.rule.or(incident.rule);
    incident.severity = incident.severity.max(again.severity);
    incident.tags.extend(again.tags.iter().cloned());
    incident.first_seen = incident.first_seen.min(again.seen_at);
    if again.seen_at >= incident.last_seen {
        // A late record does not overwrite what is known since.
        incident.last_seen = again.seen_at;
        incident.cause.clone_from(&again.cause);
        incident.title.clone_from(&again.title);
    }
}
