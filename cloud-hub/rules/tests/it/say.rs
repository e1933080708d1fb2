//! Short words for what the tests talk about.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::alert::Severity;
use vyavs_domain::ids::{StoreId, UserId};
use vyavs_rules::Actor;
use vyavs_rules::incident::{Folded, IncidentId, Occurrence, Policy, fold};
use vyavs_rules::rule::{Evaluator, Observation, Rule, RuleId, Subject, Traits, Transition, Turn};

/// Seconds after the start of every test: 2026-03-01, midnight in Greenwich.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_772_323_200 + seconds).expect("a time")
}

pub(crate) fn store(n: u128) -> StoreId {
    StoreId(Uuid::from_u128(n))
}

pub(crate) fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

pub(crate) fn rule_json(condition: Value) -> Value {
    json!({
        "id": "00000000-0000-0000-0000-0000000000aa",
        "name": "Fridge too warm",
        "condition": condition,
        "severity": "warning",
        "cause": "{subject} shows {value}, limit {limit}, since {since}",
    })
}

pub(crate) fn rule(condition: Value) -> Rule {
    Rule::from_json(&rule_json(condition).to_string()).expect("a rule")
}

pub(crate) fn subject(name: &str) -> Subject {
    Subject { store: store(1), name: name.to_owned() }
}

pub(crate) fn seen(seconds: i64, value: f64) -> Observation {
    Observation {
        at: at(seconds),
        seq: 0,
        subject: subject("fridge-1"),
        traits: Traits { kind: "fridge".into(), model: "T1".into(), group: "dairy".into() },
        measure: "temperature".into(),
        value,
    }
}

/// An evaluator to whose clock nothing lies in the future.
pub(crate) trait Sees {
    fn sees(&mut self, seen: &Observation) -> Vec<Transition>;
}

impl Sees for Evaluator {
    fn sees(&mut self, seen: &Observation) -> Vec<Transition> {
        self.observe(seen, Timestamp::MAX)
    }
}

/// When it fired (`+`) and cleared (`-`), in seconds.
pub(crate) fn turns(changes: &[Transition]) -> Vec<(char, i64)> {
    let sign = |turn| if turn == Turn::Fired { '+' } else { '-' };
    changes.iter().map(|change| (sign(change.turn), change.at.as_second() - at(0).as_second())).collect()
}

/// What the rule makes of values at seconds.
pub(crate) fn run(rule: &Rule, values: &[(i64, f64)]) -> Vec<(char, i64)> {
    let mut live = Evaluator::new(rule.clone());
    let changes: Vec<Transition> =
        values.iter().flat_map(|(seconds, value)| live.sees(&seen(*seconds, *value))).collect();
    turns(&changes)
}

/// A person by number.
pub(crate) fn person(n: u128) -> Actor {
    Actor::Person(user(n))
}

pub(crate) fn fired(seconds: i64, severity: Severity, subject: &str) -> Occurrence {
    Occurrence {
        key: "k".into(),
        rule: Some(RuleId(Uuid::from_u128(0xaa))),
        store: store(1),
        subject: subject.into(),
        severity,
        title: "Fridge too warm".into(),
        cause: format!("{subject} at {seconds}"),
        tags: ["cold".to_owned()].into(),
        seen_at: at(seconds),
    }
}

pub(crate) const INCIDENT: IncidentId = IncidentId(Uuid::from_u128(0x11));

/// An incident of one warning at second 0.
pub(crate) fn opened() -> Folded {
    fold(None, fired(0, Severity::Warning, "fridge-1"), INCIDENT, at(0), &Policy::default())
}
