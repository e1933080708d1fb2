//! The JSON form of rules: what is right goes there and back, what is wrong is named field by field.

use serde_json::{Value, json};
use vyavs_rules::rule::{Condition, Rule};

use crate::say::{rule, rule_json, seen, store};

fn faults(form: &Value) -> Vec<String> {
    Rule::from_json(&form.to_string()).expect_err("a wrong rule").0.iter().map(ToString::to_string).collect()
}

#[test]
fn every_kind_of_condition_goes_there_and_back() {
    let conditions = [
        json!({"kind": "threshold", "measure": "temperature", "op": "above", "value": 5, "for": "PT10M",
            "hysteresis": 0.5, "hold": "PT5M"}),
        json!({"kind": "rate", "measure": "void", "of": "count", "op": "above", "value": 8, "per": "PT8H"}),
        json!({"kind": "absence", "measure": "heartbeat", "for": "PT15M"}),
        json!({"kind": "score", "model": "refund-fraud", "min": 0.9, "hysteresis": 0.1}),
    ];
    for condition in conditions {
        let read = rule(condition);
        let json = serde_json::to_string(&read).expect("JSON");
        assert_eq!(Rule::from_json(&json), Ok(read.clone()), "{json}");
        assert_eq!(serde_json::from_str::<Rule>(&json).expect("a rule"), read);
    }
}

#[test]
fn what_is_not_said_has_a_default() {
    let rule = rule(json!({"kind": "threshold", "measure": "temperature", "op": "above", "value": 5}));
    assert_eq!(rule.dedupe_key, "{rule}/{store}/{subject}");
    assert!(rule.lateness.is_zero() && rule.scope.stores.is_empty());
    let Condition::Threshold { lasting, hysteresis, hold, .. } = rule.condition else { panic!("{rule:?}") };
    assert_eq!((lasting.as_secs(), hysteresis, hold.as_mins()), (0, 0.0, 15));
}

#[test]
fn durations_may_be_written_for_people() {
    let rule = rule(json!({"kind": "absence", "measure": "sale", "for": "1h 30m"}));
    assert!(matches!(rule.condition, Condition::Absence { lasting, .. } if lasting.as_mins() == 90));
}

#[test]
fn every_wrong_field_is_named_at_once_with_what_belongs_there() {
    let form = json!({
        "id": 7, "name": " ", "severity": "loud", "cause": "{who}", "lateness": "2d", "colour": "red",
        "scope": {"stores": ["x"], "kinds": [""], "aisle": 1},
        "condition": {"kind": "threshold", "measure": "t", "op": "over", "value": "5", "for": "-1s", "per": "1h"},
    });
    let found = faults(&form);
    let expected = [
        "colour: expected no such field, but only id, name,",
        "id: expected a UUID, got 7",
        "name: expected a text of 1 to 120 characters, got \" \"",
        "scope.aisle: expected no such field",
        "scope.stores: expected a list of store UUIDs, got [\"x\"]",
        "scope.kinds: expected a list of texts",
        "condition.per: expected no such field, but only kind, measure, op, value, for, hysteresis, hold",
        "condition.op: expected above, at_least, below or at_most, got \"over\"",
        "condition.value: expected a finite number, got \"5\"",
        "condition.for: expected a duration such as PT10M or 10m, from 0s to 744h, got \"-1s\"",
        "severity: expected info, warning or critical, got \"loud\"",
        "cause: expected in braces only {rule} {store}",
        "lateness: expected a duration",
    ];
    for start in expected {
        assert!(found.iter().any(|fault| fault.starts_with(start)), "{start:?} is not in {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn a_missing_field_and_an_unknown_kind_are_named() {
    let mut form = rule_json(json!({"kind": "rate", "measure": "void"}));
    form.as_object_mut().expect("an object").remove("name");
    let found = faults(&form);
    for start in ["name: ", "condition.of: ", "condition.op: ", "condition.value: ", "condition.per: "] {
        assert!(found.iter().any(|fault| fault.starts_with(start) && fault.ends_with("got nothing")), "{found:#?}");
    }
    assert_eq!(
        faults(&rule_json(json!({"kind": "magic"}))),
        ["condition.kind: expected threshold, rate, absence or score, got \"magic\""]
    );
    assert_eq!(faults(&rule_json(json!(3))), ["condition: expected an object, got 3"]);
}

#[test]
fn what_is_no_json_and_no_object_says_so() {
    for (text, what) in [("{", "JSON"), ("", "JSON"), ("[]", "an object"), ("null", "an object")] {
        let faults = Rule::from_json(text).expect_err("no rule");
        assert_eq!(faults.0[0].expected, what, "{text}");
    }
}

#[test]
fn long_nonsense_is_shortened_in_the_message() {
    let long = "ä".repeat(5000);
    let mut form = rule_json(json!({"kind": "absence", "measure": long, "for": "1h"}));
    form["severity"] = json!(long);
    assert!(faults(&form).iter().all(|fault| fault.chars().count() < 200));
}

#[test]
fn the_dedupe_key_may_not_hang_on_what_was_seen() {
    let mut form = rule_json(json!({"kind": "absence", "measure": "sale", "for": "1h"}));
    form["dedupe_key"] = json!("{rule}/{value}");
    assert_eq!(faults(&form).len(), 1);
    assert!(faults(&form)[0].starts_with("dedupe_key: ") && faults(&form)[0].ends_with("got {value}"));
}

#[test]
fn a_scope_is_all_of_its_parts_and_an_empty_part_is_everything() {
    let mut form = rule_json(json!({"kind": "threshold", "measure": "temperature", "op": "above", "value": 5}));
    let concerns = |form: &Value| Rule::from_json(&form.to_string()).expect("a rule").concerns(&seen(0, 9.0));
    assert!(concerns(&form));
    form["scope"] = json!({"stores": [store(1)], "kinds": ["fridge", "till"], "models": ["T1"],
        "product_groups": ["dairy"]});
    assert!(concerns(&form));
    for (part, other) in [
        ("stores", json!([store(2)])),
        ("kinds", json!(["till"])),
        ("models", json!(["T2"])),
        ("product_groups", json!(["meat"])),
    ] {
        let mut other_scope = form.clone();
        other_scope["scope"][part] = other;
        assert!(!concerns(&other_scope), "{part}");
    }
    form["condition"]["measure"] = json!("humidity");
    assert!(!concerns(&form));
}
