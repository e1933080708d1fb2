//! What people and time do to incidents.

use std::collections::BTreeSet;

use uuid::Uuid;
use vyavs_domain::alert::Severity::{Critical, Info, Warning};
use vyavs_domain::alert::{Alarm, AlarmKind};
use vyavs_domain::ids::AlarmId;
use vyavs_rules::Actor;
use vyavs_rules::incident::{
    Command, Incident, IncidentId, Occurrence, Outcome, Policy, Refusal, State, What, apply, fold, settle, tick,
};

use crate::say::{Sees, at, fired, opened, person, rule, seen, store, user};

fn policy() -> Policy {
    Policy::default()
}

fn done(incident: &Incident, command: Command, second: i64) -> Incident {
    apply(incident, command, person(1), at(second), &policy()).expect("allowed").0
}

fn refused(incident: &Incident, command: Command, second: i64) -> Refusal {
    apply(incident, command, person(1), at(second), &policy()).expect_err("refused")
}

fn again(incident: &Incident, occurrence: Occurrence, second: i64) -> vyavs_rules::incident::Folded {
    fold(Some(incident), occurrence, IncidentId(Uuid::from_u128(0x22)), at(second), &policy())
}

fn clear(second: i64) -> Command {
    Command::Clear { subject: "fridge-1".into(), seen_at: at(second) }
}

fn resolve() -> Command {
    Command::Resolve { outcome: Outcome::Fixed, note: "door seal".into() }
}

#[test]
fn a_firing_rule_opens_an_incident_with_its_words_and_numbers() {
    let rule = rule(serde_json::json!({"kind": "threshold", "measure": "temperature", "op": "above", "value": 5}));
    let mut live = vyavs_rules::rule::Evaluator::new(rule.clone());
    let fired = live.sees(&seen(7, 6.5)).remove(0);
    let occurrence = Occurrence::of(&rule, &fired, BTreeSet::new());
    let folded = fold(None, occurrence, IncidentId(Uuid::from_u128(1)), at(9), &policy());
    let incident = folded.incident;
    assert!(folded.opened);
    assert_eq!((incident.title.as_str(), incident.store), ("Fridge too warm", store(1)));
    assert_eq!(incident.cause, "fridge-1 shows 6.5, limit 5, since 2026-03-01T00:00:07Z");
    assert_eq!((incident.first_seen, incident.changed_at), (at(7), at(9)));
    assert_eq!((&incident.state, incident.rule), (&State::Open, Some(rule.id)));
    let calm = live.sees(&seen(60, 4.0)).remove(0);
    assert_eq!(done(&incident, Command::cleared(&calm), 61).cleared_at, Some(at(60)));
}

#[test]
fn repeats_are_counted_and_open_nothing() {
    let mut incident = opened().incident;
    for second in 1..=9 {
        let folded = again(&incident, fired(second, Info, "fridge-1"), second);
        assert!(!folded.opened);
        incident = folded.incident;
    }
    assert_eq!((incident.count, incident.last_seen, incident.severity), (10, at(9), Warning));
    assert_eq!(incident.first_seen, at(0));
}

#[test]
fn a_late_record_is_counted_but_does_not_overwrite_what_is_known_since() {
    let incident = again(&opened().incident, fired(-60, Warning, "fridge-1"), 5).incident;
    assert_eq!((incident.first_seen, incident.last_seen, incident.count), (at(-60), at(0), 2));
    assert_eq!(incident.cause, "fridge-1 at 0");
}

#[test]
fn an_incident_of_two_subjects_has_cleared_when_both_have() {
    let incident = again(&opened().incident, fired(1, Warning, "fridge-2"), 1).incident;
    let incident = done(&incident, clear(2), 2);
    assert_eq!(incident.cleared_at, None);
    assert_eq!(refused(&incident, clear(3), 3), Refusal::NotFiring("fridge-1".into()));
    let incident = done(&incident, Command::Clear { subject: "fridge-2".into(), seen_at: at(4) }, 4);
    assert_eq!(incident.cleared_at, Some(at(4)));
}

#[test]
fn a_snooze_ends_at_exactly_its_time_however_late_the_tick() {
    let incident = done(&opened().incident, Command::Snooze { until: at(600) }, 10);
    assert_eq!(incident.state, State::Snoozed { by: person(1), until: at(600) });
    assert_eq!(tick(&incident, at(599), &policy()), None);
    for late in [600, 601, 90_000] {
        let (awake, event) = tick(&incident, at(late), &policy()).expect("due");
        assert_eq!((event.at, event.what, event.by), (at(600), What::Woken, Actor::Hub));
        assert_eq!(awake.state, State::Open);
        assert_eq!(tick(&awake, at(late), &policy()), None);
    }
}

#[test]
fn a_command_after_a_snooze_ended_unnoticed_is_told_to_settle_first() {
    let snoozed = done(&opened().incident, Command::Snooze { until: at(600) }, 10);
    assert_eq!(refused(&snoozed, Command::Acknowledge, 700), Refusal::Due(at(600)));
    let (incident, events) = settle(snoozed, at(700), &policy());
    assert_eq!(events.len(), 1);
    assert_eq!(done(&incident, Command::Acknowledge, 700).state, State::Acknowledged { by: person(1) });
}

#[test]
fn repeats_leave_a_snooze_alone_but_what_gets_worse_wakes_it() {
    let snoozed = done(&opened().incident, Command::Snooze { until: at(600) }, 10);
    let same = again(&snoozed, fired(20, Warning, "fridge-1"), 20).incident;
    assert!(matches!(same.state, State::Snoozed { .. }));
    let worse = again(&same, fired(30, Critical, "fridge-1"), 30);
    assert_eq!((worse.incident.state, worse.incident.severity), (State::Open, Critical));
    assert!(matches!(worse.events[0].what, What::Repeated { worse: true, .. }));
}

#[test]
fn what_is_suppressed_says_why_and_stays_so_though_it_gets_worse() {
    let suppress = Command::Suppress { cause: "defrost until noon".into(), until: None };
    let incident = done(&opened().incident, suppress, 10);
    assert_eq!(refused(&incident, Command::Acknowledge, 11), Refusal::Suppressed("defrost until noon".into()));
    let snooze = Command::Snooze { until: at(50) };
    assert_eq!(refused(&incident, snooze, 11), Refusal::Suppressed("defrost until noon".into()));
    let incident = again(&incident, fired(30, Critical, "fridge-1"), 30).incident;
    assert!(matches!(incident.state, State::Suppressed { .. }));
    assert_eq!(tick(&incident, at(999_999), &policy()), None);
    assert_eq!(done(&incident, Command::Wake, 40).state, State::Open);
}

#[test]
fn a_suppression_with_an_end_ends_there() {
    let suppress = Command::Suppress { cause: "maintenance".into(), until: Some(at(60)) };
    let incident = done(&opened().incident, suppress, 10);
    let (incident, event) = tick(&incident, at(61), &policy()).expect("due");
    assert_eq!((incident.state, event.at), (State::Open, at(60)));
}

#[test]
fn what_comes_back_soon_is_the_same_incident_and_later_another() {
    let incident = done(&done(&opened().incident, clear(5), 5), resolve(), 10);
    let back = again(&incident, fired(3610, Warning, "fridge-1"), 3610);
    assert!(!back.opened && back.incident.state == State::Open && back.incident.count == 2);
    assert!(matches!(back.events[0].what, What::Returned(_)));
    let other = again(&incident, fired(3611, Warning, "fridge-1"), 3611);
    assert!(other.opened && other.incident.id != incident.id && other.incident.count == 1);
}

#[test]
fn what_cleared_and_nobody_took_resolves_by_itself() {
    let incident = done(&opened().incident, clear(5), 5);
    assert_eq!(tick(&incident, at(86_404), &policy()), None);
    let (resolved, event) = tick(&incident, at(100_000), &policy()).expect("due");
    assert_eq!(event.at, at(86_405));
    assert_eq!(resolved.state, State::Resolved { outcome: Outcome::ClearedByItself, at: at(86_405) });
    let taken = done(&incident, Command::Acknowledge, 6);
    assert_eq!(tick(&taken, at(100_000), &policy()), None);
    let never = Policy { resolve_after: None, ..policy() };
    assert_eq!(tick(&incident, at(100_000), &never), None);
}

#[test]
fn what_somebody_reopened_is_not_resolved_by_the_clock_again() {
    let incident = done(&done(&opened().incident, clear(5), 5), resolve(), 10);
    let incident = done(&incident, Command::Reopen { cause: "milk still warm".into() }, 200_000);
    assert_eq!(tick(&incident, at(900_000), &policy()), None);
    assert_eq!(incident.state, State::Open);
}

#[test]
fn coming_and_going_is_flapping_until_it_is_calm() {
    let mut incident = opened().incident;
    for round in 1..=3 {
        assert!(!incident.flapping(&policy(), at(round * 60)));
        incident = done(&incident, clear(round * 60), round * 60);
        incident = again(&incident, fired(round * 60 + 30, Warning, "fridge-1"), round * 60 + 30).incident;
    }
    assert!(incident.flapping(&policy(), at(210)));
    assert!(!incident.flapping(&policy(), at(90 + 3600)));
}

#[test]
fn what_is_over_is_reopened_before_it_is_worked_on() {
    let over = done(&opened().incident, resolve(), 10);
    for command in [
        Command::Acknowledge,
        Command::Assign { to: None },
        Command::Snooze { until: at(60) },
        Command::Suppress { cause: "x".into(), until: None },
        Command::Wake,
        resolve(),
    ] {
        assert_eq!(refused(&over, command, 20), Refusal::Resolved);
    }
    // What was learnt may still be said.
    let over = done(&over, Command::Comment { text: "seal ordered".into() }, 20);
    let over = done(&over, Command::Vote { useful: true }, 20);
    assert_eq!((over.comments.len(), over.votes.len()), (1, 1));
    assert_eq!(done(&over, Command::Reopen { cause: "again".into() }, 30).state, State::Open);
}

#[test]
fn every_refusal_says_why() {
    let open = opened().incident;
    let reopen = Command::Reopen { cause: "x".into() };
    assert_eq!(refused(&open, reopen, 1), Refusal::NotResolved);
    assert_eq!(refused(&open, Command::Wake, 1), Refusal::Awake);
    let taken = done(&open, Command::Acknowledge, 1);
    assert_eq!(refused(&taken, Command::Acknowledge, 2), Refusal::AlreadyAcknowledged);
    let blank = Command::Comment { text: " ".into() };
    assert_eq!(refused(&open, blank, 1), Refusal::Text { what: "comment", got: 1 });
    let long = Command::Resolve { outcome: Outcome::Fixed, note: "x".repeat(4001) };
    assert_eq!(refused(&open, long, 1), Refusal::Text { what: "note", got: 4001 });
    let no_cause = Command::Suppress { cause: String::new(), until: None };
    assert_eq!(refused(&open, no_cause, 1), Refusal::Text { what: "cause", got: 0 });
    let month = 31 * 86_400;
    for until in [0, 1, month + 2] {
        let refusal = refused(&open, Command::Snooze { until: at(until) }, 1);
        assert_eq!(refusal, Refusal::Until { from: at(1), to: at(month + 1), got: at(until) });
    }
    let vote = apply(&open, Command::Vote { useful: true }, Actor::Key(Uuid::nil()), at(1), &policy());
    assert_eq!(vote, Err(Refusal::NotAPerson));
}

#[test]
fn the_last_vote_of_each_person_counts() {
    let mut incident = opened().incident;
    for (who, useful) in [(1, true), (2, true), (1, false)] {
        incident = apply(&incident, Command::Vote { useful }, person(who), at(1), &policy()).expect("allowed").0;
    }
    assert_eq!(incident.votes.into_iter().collect::<Vec<_>>(), [(user(1), false), (user(2), true)]);
}

#[test]
fn a_clock_set_back_does_not_put_events_out_of_order() {
    let (incident, event) =
        apply(&opened().incident, Command::Acknowledge, person(1), at(-500), &policy()).expect("allowed");
    assert_eq!((event.at, incident.changed_at), (at(0), at(0)));
}

#[test]
fn an_alarm_of_a_store_opens_an_incident_too() {
    let alarm = Alarm {
        id: AlarmId(Uuid::from_u128(5)),
        kind: AlarmKind::TimeAboveLimit,
        severity: Critical,
        subject: "fridge-2.air".into(),
        raised_at: at(30),
        cleared_at: None,
        value: Some(9.5),
        limit: Some(5.0),
        reason: "9.5 °C for two hours".into(),
        model: None,
    };
    let occurrence = Occurrence::raised(store(1), &alarm, BTreeSet::new());
    let incident = fold(None, occurrence, IncidentId(Uuid::nil()), at(31), &policy()).incident;
    assert_eq!(incident.key, "alarm/00000000-0000-0000-0000-000000000001/time_above_limit/fridge-2.air");
    assert_eq!((incident.rule, incident.severity), (None, Critical));
    assert!(incident.tags.contains("time_above_limit") && incident.cause == "9.5 °C for two hours");
}
