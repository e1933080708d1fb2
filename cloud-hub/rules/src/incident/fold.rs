//! Folding what fires into incidents, and what time does to them.

use jiff::Timestamp;

use super::apply::happen;
use super::evolve::open;
use super::{Event, Incident, IncidentId, Occurrence, Outcome, Policy, State, What};
use crate::{Actor, span};

/// What became of an occurrence.
#[derive(Clone, Debug, PartialEq)]
pub struct Folded {
    /// The incident it went into.
    pub incident: Incident,
    /// Its own event at the end; before it what fell due in the incident until then.
    pub events: Vec<Event>,
    /// Whether the incident is a new one. One of the same key that was over long ago is then left as it is.
    pub opened: bool,
}

/// Folds what fired into the latest incident of its key, or opens one under `fresh`.
pub fn fold(latest: Option<&Incident>, fired: Occurrence, fresh: IncidentId, at: Timestamp, policy: &Policy) -> Folded {
    if let Some(latest) = latest {
        let (incident, mut events) = settle(latest.clone(), at, policy);
        let what = match incident.state {
            State::Resolved { at: over, .. } if span::after(over, policy.return_within) < at => None,
            State::Resolved { .. } => Some(What::Returned(fired.clone())),
            _ => {
                let known = matches!(incident.state, State::Suppressed { .. });
                let worse = fired.severity > incident.severity && !known;
                Some(What::Repeated { fired: fired.clone(), worse })
            }
        };
        if let Some(what) = what {
            let (incident, event) = happen(&incident, what, Actor::Hub, at);
            events.push(event);
            return Folded { incident, events, opened: false };
        }
    }
    let event = Event { incident: fresh, seq: 1, at, by: Actor::Hub, what: What::Opened(fired.clone()) };
    Folded { incident: open(&event, &fired), events: vec![event], opened: true }
}

/// The next thing that time alone did until `now`, dated to when it did: a snooze or a suppression ends, an incident that
/// cleared resolves.
pub fn tick(incident: &Incident, now: Timestamp, policy: &Policy) -> Option<(Incident, Event)> {
    let over = || Some(span::after(incident.cleared_at?, policy.resolve_after?));
    let (due, what) = match &incident.state {
        State::Snoozed { until, .. } | State::Suppressed { until: Some(until), .. } => (*until, What::Woken),
        State::Open => (over()?, What::Resolved { outcome: Outcome::ClearedByItself, note: String::new() }),
        // Who acknowledged it says how it ended.
        State::Acknowledged { .. } | State::Suppressed { until: None, .. } | State::Resolved { .. } => return None,
    };
    (due <= now).then(|| happen(incident, what, Actor::Hub, due))
}

/// Everything that time alone did until `now`.
pub fn settle(mut incident: Incident, now: Timestamp, policy: &Policy) -> (Incident, Vec<Event>) {
    let mut events = Vec::new();
    while let Some((next, event)) = tick(&incident, now, policy) {
        incident = next;
        events.push(event);
    }
    (incident, events)
}
