//! An incident is the sum of its events.

use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;
use vyavs_domain::alert::Severity::{Critical, Info, Warning};
use vyavs_rules::Actor;
use vyavs_rules::incident::{
    Broken, Command, Event, Incident, IncidentId, Outcome, Policy, Refusal, State, What, apply, fold, replay, settle,
};

use crate::say::{at, fired, opened, person, user};

fn policy() -> Policy {
    Policy::default()
}

#[test]
fn events_that_make_no_incident_are_named() {
    let folded = opened();
    let next = apply(&folded.incident, Command::Acknowledge, person(1), at(1), &policy()).expect("allowed").1;
    let first = folded.events[0].clone();
    assert_eq!(replay([]), Err(Broken::Empty));
    assert_eq!(replay([&next]), Err(Broken::Order { expected: 1, got: 2 }));
    assert_eq!(replay([&first, &first]), Err(Broken::Order { expected: 2, got: 1 }));
    assert_eq!(replay([&first, &Event { seq: 2, ..first.clone() }]), Err(Broken::Opening(2)));
    assert_eq!(replay([&Event { seq: 1, ..next.clone() }]), Err(Broken::Opening(1)));
    assert!(replay([&first, &next]).is_ok());
}

#[derive(Clone, Debug)]
enum Do {
    Fire(u8, u8),
    Command(Command),
    Wait,
}

pub(crate) fn commands() -> impl Strategy<Value = Command> {
    let until = (1..5000_i64).prop_map(at);
    prop_oneof![
        (0..3_u8, 0..5000_i64).prop_map(|(n, s)| Command::Clear { subject: format!("s{n}"), seen_at: at(s) }),
        Just(Command::Acknowledge),
        proptest::option::of(1..3_u128).prop_map(|to| Command::Assign { to: to.map(user) }),
        Just(Command::Comment { text: "c".into() }),
        until.clone().prop_map(|until| Command::Snooze { until }),
        proptest::option::of(until).prop_map(|until| Command::Suppress { cause: "c".into(), until }),
        Just(Command::Wake),
        Just(Command::Resolve { outcome: Outcome::Expected, note: String::new() }),
        Just(Command::Reopen { cause: "c".into() }),
        any::<bool>().prop_map(|useful| Command::Vote { useful }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// Whatever is done in whatever order: every event is kept, in order, and makes the incident again.
    #[test]
    fn no_sequence_of_commands_loses_an_event(
        steps in vec((prop_oneof![
            (0..3_u8, 0..3_u8).prop_map(|(subject, severity)| Do::Fire(subject, severity)),
            commands().prop_map(Do::Command),
            Just(Do::Wait),
        ], -20..400_i64), 1..40),
    ) {
        let policy = Policy {
            return_within: SignedDuration::from_secs(300),
            resolve_after: Some(SignedDuration::from_secs(400)),
            ..policy()
        };
        let (mut now, mut kept, mut fires) = (0, opened().events, 1_u64);
        let mut incident = opened().incident;
        for (step, wait) in steps {
            now += wait;
            let before = incident.clone();
            let (after, events) = match step {
                Do::Fire(subject, severity) => {
                    let severity = [Info, Warning, Critical][usize::from(severity)];
                    let occurrence = fired(now, severity, &format!("s{subject}"));
                    let fresh = IncidentId(Uuid::from_u128(kept.len() as u128));
                    let folded = fold(Some(&incident), occurrence, fresh, at(now), &policy);
                    if folded.opened {
                        // The old one is over, and complete.
                        prop_assert!(settle(incident.clone(), at(now), &policy).0.resolved());
                        prop_assert_eq!(replay(&kept).expect("events"), incident.clone());
                        prop_assert_eq!(incident.count, fires);
                        (kept, fires) = (Vec::new(), 0);
                    }
                    fires += 1;
                    (folded.incident, folded.events)
                }
                Do::Command(command) => {
                    let (settled, mut events) = settle(incident.clone(), at(now), &policy);
                    match apply(&settled, command, person(1), at(now), &policy) {
                        Ok((after, event)) => {
                            events.push(event);
                            (after, events)
                        }
                        Err(refusal) => {
                            prop_assert!(!matches!(refusal, Refusal::Due(_)), "{refusal}");
                            (settled, events)
                        }
                    }
                }
                Do::Wait => settle(incident.clone(), at(now), &policy),
            };
            // What slept woke at exactly its time, if it was not woken before.
            if let (State::Snoozed { until, .. }, Some(Event { what: What::Woken, by: Actor::Hub, at: woke, .. })) =
                (&before.state, events.first())
            {
                prop_assert_eq!(until, woke);
            }
            kept.extend(events);
            incident = after;
            let json = serde_json::to_string(&(&incident, &kept)).expect("JSON");
            let (stored, stored_events): (Incident, Vec<Event>) = serde_json::from_str(&json).expect("an incident");
            prop_assert_eq!(&stored, &incident);
            prop_assert_eq!(replay(&stored_events).expect("events"), stored);
        }
        prop_assert_eq!(incident.count, fires);
        prop_assert_eq!(incident.events, kept.len() as u64);
        prop_assert!(kept.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].seq + 1 == pair[1].seq));
    }
}
