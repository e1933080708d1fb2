//! A back-test says what live would have said, whatever came in which portions, twice or out of order.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use vyavs_rules::rule::{Evaluator, Noise, Observation, Rule, Transition, Watch, backtest};

use crate::say::{Sees, at, rule, rule_json, seen, subject, turns};

fn conditions() -> impl Strategy<Value = Value> {
    let seconds = |range: std::ops::Range<i64>| range.prop_map(|n| format!("PT{n}S"));
    let op = prop_oneof![Just("above"), Just("at_least"), Just("below"), Just("at_most")];
    let of = prop_oneof![Just("count"), Just("sum"), Just("mean"), Just("change")];
    prop_oneof![
        (op.clone(), -3..8_i32, seconds(0..90), 0..3_u32, seconds(1..60)).prop_map(
            |(op, value, lasting, back, hold)| {
                json!({"kind": "threshold", "measure": "temperature", "op": op, "value": value, "for": lasting,
                "hysteresis": back, "hold": hold})
            }
        ),
        (of, op, -3..12_i32, seconds(1..90)).prop_map(|(of, op, value, per)| {
            json!({"kind": "rate", "measure": "temperature", "of": of, "op": op, "value": value, "per": per})
        }),
        seconds(1..60).prop_map(|lasting| json!({"kind": "absence", "measure": "temperature", "for": lasting})),
        (0..6_u32).prop_map(|min| json!({"kind": "score", "model": "temperature", "min": min})),
    ]
}

/// (second, number in the second, value in tenths, which subject)
type Seen = (i64, u64, i32, u8);

fn observation((second, seq, tenths, who): Seen) -> Observation {
    let subject = subject(if who == 0 { "fridge-1" } else { "fridge-2" });
    Observation { seq, subject, ..seen(second, f64::from(tenths) / 10.0) }
}

fn ordered(mut changes: Vec<Transition>) -> Vec<Transition> {
    changes.sort_by(|one, other| (one.at, &one.subject).cmp(&(other.at, &other.subject)));
    changes
}

const LATE: i64 = 20;
const END: i64 = 700;

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn live_says_what_the_back_test_says(
        condition in conditions(),
        history in vec((0..600_i64, 0..3_u64, -30..90_i32, 0..2_u8), 0..60),
        delays in vec((0..LATE, any::<bool>(), any::<bool>(), any::<bool>()), 60),
    ) {
        let mut form = rule_json(condition);
        form["lateness"] = json!(format!("PT{LATE}S"));
        let rule = Rule::from_json(&form.to_string()).expect("a rule");

        let told = backtest(&rule, history.iter().map(|seen| observation(*seen)), at(END), &TimeZone::UTC);

        // Each arrives up to LATE seconds out of its order, some twice, with ticks and restarts in between.
        let mut arrivals: Vec<(i64, usize)> = history.iter().zip(&delays).enumerate()
            .map(|(n, ((second, ..), (delay, ..)))| (second + delay, n)).collect();
        arrivals.sort_unstable();
        let mut live = Evaluator::new(rule.clone());
        let mut said = Vec::new();
        for (arrived, n) in arrivals {
            let (_, twice, tick, restart) = delays[n];
            said.extend(live.sees(&observation(history[n])));
            if twice {
                said.extend(live.sees(&observation(history[n])));
            }
            if tick {
                // What is still to come arrives from now on, so it is younger than this.
                said.extend(live.tick(at(arrived - LATE)));
            }
            if restart {
                let kept = serde_json::to_string(&live.watches().collect::<Vec<_>>()).expect("JSON");
                let watches: Vec<Watch> = serde_json::from_str(&kept).expect("watches");
                live = Evaluator::resume(rule.clone(), watches);
            }
        }
        said.extend(live.tick(at(END)));
        prop_assert_eq!(ordered(said), told.transitions.clone());

        // Firing and clearing take turns, and the sums are those of the list.
        prop_assert_eq!(told.fired, told.cleared + told.open);
        prop_assert_eq!(told.by_day.values().sum::<u32>(), told.fired);
        for who in ["fridge-1", "fridge-2"] {
            let own: Vec<Transition> = told.transitions.iter().filter(|t| t.subject == subject(who)).cloned().collect();
            for (n, (sign, _)) in turns(&own).into_iter().enumerate() {
                prop_assert_eq!(sign, if n % 2 == 0 { '+' } else { '-' });
            }
        }
    }
}

fn warm() -> Rule {
    rule(json!({"kind": "threshold", "measure": "temperature", "op": "above", "value": 5}))
}

#[test]
fn the_report_counts_by_the_days_of_the_shop() {
    // 22:30 and 23:30 UTC on two evenings: in Kolkata all four lie in the early morning after.
    let hours = [22.5, 23.5, 46.5, 47.5].map(|hour: f64| (hour * 3600.0) as i64);
    let history = hours.into_iter().flat_map(|start| [seen(start, 6.0), seen(start + 900, 4.0)]);
    let kolkata = TimeZone::get("Asia/Kolkata").expect("a zone");
    let report = backtest(&warm(), history, at(200_000), &kolkata);
    let days: Vec<(String, u32)> = report.by_day.iter().map(|(day, fired)| (day.to_string(), *fired)).collect();
    assert_eq!(days, [("2026-03-02".to_owned(), 2), ("2026-03-03".to_owned(), 2)]);
    assert_eq!((report.fired, report.cleared, report.open, report.watched), (4, 4, 0, 8));
    assert_eq!(report.firing_for, SignedDuration::from_mins(60));
    assert_eq!((report.first, report.last), (Some(at(hours[0])), Some(at(hours[3]))));
    assert_eq!(report.noisy, None);
}

#[test]
fn what_is_open_counts_to_the_end_and_what_comes_after_the_end_does_not() {
    let report = backtest(&warm(), [seen(0, 6.0), seen(7200, 4.0)], at(3600), &TimeZone::UTC);
    assert_eq!((report.open, report.firing_for, report.watched), (1, SignedDuration::from_hours(1), 1));
}

#[test]
fn a_rule_that_comes_back_at_once_is_called_flapping() {
    let history = (0..20).map(|n| seen(n * 120, if n % 2 == 0 { 5.1 } else { 4.9 }));
    let report = backtest(&warm(), history.clone(), at(4000), &TimeZone::UTC);
    assert_eq!(report.noisy, Some(Noise::Flaps { returns: 9, fired: 10 }));
    let calm =
        rule(json!({"kind": "threshold", "measure": "temperature", "op": "above", "value": 5, "hysteresis": 0.5}));
    assert_eq!(backtest(&calm, history, at(4000), &TimeZone::UTC).noisy, None);
}

#[test]
fn a_rule_that_fires_all_day_is_called_too_frequent() {
    let history = (0..24).flat_map(|hour| [seen(hour * 3600, 6.0), seen(hour * 3600 + 600, 4.0)]);
    let report = backtest(&warm(), history, at(86_400), &TimeZone::UTC);
    let Some(Noise::TooOften { subject: who, day, fired }) = report.noisy else { panic!("{:?}", report.noisy) };
    assert_eq!((who, day.to_string(), fired), (subject("fridge-1"), "2026-03-01".to_owned(), 24));
}

#[test]
fn no_history_is_a_report_of_nothing() {
    let report = backtest(&warm(), [], Timestamp::MAX, &TimeZone::UTC);
    assert_eq!((report.fired, report.first, report.noisy, report.transitions.len()), (0, None, None, 0));
}
