//! What rules make of what they see, as it comes.

use serde_json::{Value, json};
use vyavs_rules::rule::{Evaluator, Observation, Turn, Watch};

use crate::say::{Sees, at, rule, run, seen, subject, turns};

fn warm(extra: &Value) -> Value {
    let mut form = json!({"kind": "threshold", "measure": "temperature", "op": "above", "value": 5});
    for (name, value) in extra.as_object().expect("an object") {
        form[name] = value.clone();
    }
    form
}

#[test]
fn a_threshold_without_a_duration_fires_at_once_and_clears_at_once() {
    let rule = rule(warm(&json!({})));
    assert_eq!(run(&rule, &[(0, 5.0), (60, 5.1), (120, 6.0), (180, 5.0)]), [('+', 60), ('-', 180)]);
}

#[test]
fn each_side_of_a_limit_means_what_it_says() {
    for (op, fires) in [
        ("above", [false, false, true]),
        ("at_least", [false, true, true]),
        ("below", [true, false, false]),
        ("at_most", [true, true, false]),
    ] {
        let rule = rule(warm(&json!({"op": op})));
        for (value, fire) in [4.0, 5.0, 6.0].into_iter().zip(fires) {
            assert_eq!(!run(&rule, &[(0, value)]).is_empty(), fire, "{op} {value}");
        }
    }
}

#[test]
fn a_fridge_must_be_warm_for_ten_minutes_without_a_break() {
    let rule = rule(warm(&json!({"for": "PT10M"})));
    assert_eq!(run(&rule, &[(0, 6.0), (300, 6.0), (599, 6.0)]), []);
    assert_eq!(run(&rule, &[(0, 6.0), (300, 6.0), (600, 6.0), (660, 4.0)]), [('+', 600), ('-', 660)]);
    // A door that was shut in between starts it anew.
    assert_eq!(run(&rule, &[(0, 6.0), (300, 5.0), (600, 6.0), (1199, 6.0)]), []);
}

#[test]
fn a_silence_longer_than_a_value_holds_ends_the_wait_but_not_the_alarm() {
    let rule = rule(warm(&json!({"for": "PT10M", "hold": "PT5M"})));
    assert_eq!(run(&rule, &[(0, 6.0), (301, 6.0), (600, 6.0)]), []);
    assert_eq!(run(&rule, &[(0, 6.0), (300, 6.0), (600, 6.0), (9000, 6.0), (9060, 4.0)]), [('+', 600), ('-', 9060)]);
}

#[test]
fn hysteresis_keeps_a_value_at_the_limit_from_flapping() {
    let rule = rule(warm(&json!({"hysteresis": 0.5})));
    assert_eq!(run(&rule, &[(0, 5.1), (60, 4.9), (120, 5.1), (180, 4.6), (240, 4.5)]), [('+', 0), ('-', 240)]);
    let low = rule_below();
    assert_eq!(run(&low, &[(0, 4.0), (60, 5.4), (120, 5.5)]), [('+', 0), ('-', 120)]);
}

fn rule_below() -> vyavs_rules::rule::Rule {
    rule(warm(&json!({"op": "below", "hysteresis": 0.5})))
}

#[test]
fn a_firing_says_the_numbers_that_fired_it() {
    let mut live = Evaluator::new(rule(warm(&json!({"for": "PT1M"}))));
    assert_eq!(live.sees(&seen(0, 6.0)), []);
    let fired = live.sees(&seen(60, 7.5)).remove(0);
    assert_eq!((fired.turn, fired.at), (Turn::Fired, at(60)));
    assert_eq!(fired.reason.observed, Some(7.5));
    assert_eq!(fired.reason.limit, Some(5.0));
    assert_eq!(fired.reason.since, at(0));
    assert_eq!(fired.reason.samples, 2);
    assert_eq!(fired.cause, "fridge-1 shows 7.5, limit 5, since 2026-03-01T00:00:00Z");
    assert_eq!(fired.key, "00000000-0000-0000-0000-0000000000aa/00000000-0000-0000-0000-000000000001/fridge-1");
    let cleared = live.sees(&seen(120, 4.0)).remove(0);
    assert_eq!((cleared.turn, cleared.reason.observed, cleared.key), (Turn::Cleared, Some(4.0), fired.key));
}

#[test]
fn a_rate_counts_a_sliding_window_and_clears_when_what_fired_it_has_left() {
    let rule = rule(json!({"kind": "rate", "measure": "temperature", "of": "count", "op": "at_least", "value": 3,
        "per": "PT1H"}));
    let mut live = Evaluator::new(rule);
    let mut out = Vec::new();
    for second in [0, 1800, 3599, 3600] {
        out.extend(live.sees(&seen(second, 1.0)));
    }
    // At 3600 the first has left as the fourth came: three still.
    assert_eq!(turns(&out), [('+', 3599)]);
    out.extend(live.tick(at(5399)));
    assert_eq!(turns(&out), [('+', 3599)]);
    // A late tick dates it to when it came about.
    out.extend(live.tick(at(90_000)));
    assert_eq!(turns(&out), [('+', 3599), ('-', 5400)]);
}

#[test]
fn two_voids_in_one_second_are_two_and_the_same_void_sent_twice_is_one() {
    let rule = rule(json!({"kind": "rate", "measure": "temperature", "of": "count", "op": "at_least", "value": 3,
        "per": "PT1H"}));
    let mut live = Evaluator::new(rule);
    let void = |seq| Observation { seq, ..seen(0, 1.0) };
    for seq in [1, 2, 1, 2, 1] {
        assert_eq!(live.sees(&void(seq)), []);
    }
    assert_eq!(turns(&live.sees(&void(3))), [('+', 0)]);
    assert_eq!(live.watches().map(Watch::stale).sum::<u64>(), 3);
}

#[test]
fn too_few_is_said_only_of_a_window_that_was_watched_whole() {
    let rule = rule(json!({"kind": "rate", "measure": "temperature", "of": "count", "op": "below", "value": 2,
        "per": "PT1H"}));
    let mut live = Evaluator::new(rule);
    let mut out = Vec::new();
    for second in [0, 1800, 3000] {
        out.extend(live.sees(&seen(second, 1.0)));
    }
    assert_eq!(turns(&out), []);
    out.extend(live.tick(at(7200)));
    assert_eq!(turns(&out), [('+', 5400)]);
    assert_eq!(out[0].reason.observed, Some(1.0));
}

#[test]
fn sums_means_and_rises_are_made_of_what_the_window_holds() {
    let of = |of: &str, op: &str, value: f64| {
        rule(json!({"kind": "rate", "measure": "temperature", "of": of, "op": op, "value": value, "per": "PT10M"}))
    };
    let values = [(0, 2.0), (300, 3.0), (599, 5.0), (600, 6.0), (900, 1.0)];
    assert_eq!(run(&of("sum", "at_least", 14.0), &values), [('+', 600), ('-', 900)]);
    assert_eq!(run(&of("mean", "above", 4.5), &values), [('+', 600), ('-', 900)]);
    assert_eq!(run(&of("change", "at_least", 3.0), &values), [('+', 599), ('-', 900)]);
    assert_eq!(run(&of("change", "at_most", -4.0), &values), [('+', 900)]);
}

#[test]
fn silence_is_dated_to_when_it_was_long_enough_and_ends_with_the_next_word() {
    let mut live = Evaluator::new(rule(json!({"kind": "absence", "measure": "temperature", "for": "PT15M"})));
    let mut out = live.sees(&seen(0, 1.0));
    out.extend(live.sees(&seen(900, 1.0)));
    out.extend(live.tick(at(1799)));
    assert_eq!(turns(&out), []);
    out.extend(live.tick(at(5000)));
    out.extend(live.tick(at(5001)));
    out.extend(live.sees(&seen(5060, 1.0)));
    assert_eq!(turns(&out), [('+', 1800), ('-', 5060)]);
    assert_eq!((out[0].reason.since, out[0].reason.observed), (at(900), None));
}

#[test]
fn a_sensor_that_never_spoke_is_missed_and_one_that_is_gone_is_forgotten() {
    let mut live = Evaluator::new(rule(json!({"kind": "absence", "measure": "temperature", "for": "PT15M"})));
    live.expect(subject("fridge-1"), seen(0, 0.0).traits, at(0));
    live.expect(subject("fridge-2"), seen(0, 0.0).traits, at(0));
    live.expect(subject("fridge-1"), seen(0, 0.0).traits, at(800));
    let gone = live.forget(&subject("fridge-2")).expect("it was expected");
    assert_eq!(gone.firing_since(), None);
    let out = live.tick(at(900));
    assert_eq!(turns(&out), [('+', 900)]);
    assert_eq!(out[0].subject, subject("fridge-1"));
}

#[test]
fn a_score_fires_at_its_limit() {
    let rule = rule(json!({"kind": "score", "model": "temperature", "min": 0.9, "hysteresis": 0.2}));
    assert_eq!(run(&rule, &[(0, 0.89), (1, 0.9), (99_999, 0.75), (100_000, 0.69)]), [('+', 1), ('-', 100_000)]);
}

#[test]
fn subjects_do_not_share_a_memory() {
    let mut live = Evaluator::new(rule(warm(&json!({"for": "PT1M"}))));
    let other = |second| Observation { subject: subject("fridge-2"), ..seen(second, 9.0) };
    assert_eq!(live.sees(&seen(0, 9.0)), []);
    assert_eq!(live.sees(&other(60)), []);
    assert_eq!(live.sees(&other(120)).len(), 1);
    assert_eq!(live.watches().count(), 2);
}

#[test]
fn what_is_no_number_is_counted_and_decides_nothing() {
    let mut live = Evaluator::new(rule(warm(&json!({}))));
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(live.sees(&seen(0, value)), []);
    }
    assert_eq!(live.watches().map(Watch::refused).sum::<u64>(), 3);
    assert_eq!(live.sees(&seen(0, 6.0)).len(), 1);
}

#[test]
fn one_wrong_clock_does_not_make_all_others_late() {
    let mut live = Evaluator::new(rule(warm(&json!({}))));
    let year = 365 * 86_400;
    assert_eq!(live.observe(&seen(year, 9.0), at(0)), []);
    assert_eq!(live.observe(&seen(601, 9.0), at(0)), []);
    assert_eq!(live.watches().map(Watch::refused).sum::<u64>(), 2);
    assert_eq!(turns(&live.observe(&seen(600, 9.0), at(0))), [('+', 600)]);
}

#[test]
fn the_ends_of_time_and_of_numbers_are_values_like_any() {
    for condition in [
        warm(&json!({"for": "PT10M"})),
        json!({"kind": "rate", "measure": "temperature", "of": "sum", "op": "above", "value": 1, "per": "PT1H"}),
        json!({"kind": "absence", "measure": "temperature", "for": "PT1H"}),
    ] {
        let mut live = Evaluator::new(rule(condition));
        for time in [jiff::Timestamp::MIN, at(0), jiff::Timestamp::MAX] {
            for (seq, value) in [f64::MAX, f64::MAX, f64::MIN].into_iter().enumerate() {
                live.sees(&Observation { at: time, seq: seq as u64, ..seen(0, value) });
            }
            live.tick(time);
        }
        assert_eq!(live.watches().count(), 1);
    }
}

#[test]
fn a_rule_given_another_condition_begins_anew() {
    let mut live = Evaluator::new(rule(warm(&json!({}))));
    assert_eq!(live.sees(&seen(0, 6.0)).len(), 1);
    let watches: Vec<Watch> = live.watches().cloned().collect();
    let other = rule(json!({"kind": "absence", "measure": "temperature", "for": "PT15M"}));
    let mut live = Evaluator::resume(other, watches);
    assert_eq!(live.sees(&seen(60, 6.0)), []);
    assert_eq!(turns(&live.tick(at(2000))), [('+', 960)]);
}

#[test]
fn a_limit_that_moved_clears_by_the_new_one() {
    let mut live = Evaluator::new(rule(warm(&json!({}))));
    assert_eq!(live.sees(&seen(0, 6.0)).len(), 1);
    let watches: Vec<Watch> = live.watches().cloned().collect();
    let mut live = Evaluator::resume(rule(warm(&json!({"value": 8}))), watches);
    assert_eq!(turns(&live.sees(&seen(60, 7.0))), [('-', 60)]);
}

#[test]
fn what_is_late_waits_its_turn_and_what_is_too_late_is_counted() {
    let mut form = crate::say::rule_json(warm(&json!({"for": "PT2M"})));
    form["lateness"] = json!("PT1M");
    let rule = vyavs_rules::rule::Rule::from_json(&form.to_string()).expect("a rule");
    let mut live = Evaluator::new(rule);
    let mut out = Vec::new();
    // The dip at 60 comes after 120 and still breaks the run.
    for (second, value) in [(0, 6.0), (120, 6.0), (61, 4.0), (180, 6.0), (241, 6.0)] {
        out.extend(live.sees(&seen(second, value)));
    }
    assert_eq!(turns(&out), []);
    assert_eq!(live.watches().map(Watch::stale).sum::<u64>(), 0);
    assert_eq!(live.sees(&seen(100, 4.0)), []);
    assert_eq!(live.watches().map(Watch::stale).sum::<u64>(), 1);
    assert_eq!(turns(&live.tick(at(241))), [('+', 241)]);
}
