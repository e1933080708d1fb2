//! Each rule on a story with a known end, and on any input at all.

mod charts;
mod coldchain;
mod data;
mod exceptions;
mod faults;
mod fraud;
mod judge;
mod novelty;

use proptest::prelude::*;
use vyavs_detect::*;
use vyavs_domain::reading::Quality;
use vyavs_features::Sample;

const MIN_US: i64 = 60_000_000;

fn sample(minute: i64, value: f64) -> Sample {
    Sample { at_us: minute * MIN_US, value, quality: Quality::Good, defrost: None, minute_of_day: 0 }
}

/// What happened, as `+` (raised) or `-` (cleared), the minute, and since when.
fn story(transitions: impl Iterator<Item = Option<Transition>>) -> Vec<(char, i64, i64)> {
    let told = transitions.flatten().map(|transition| match transition {
        Transition::Raised(e) => ('+', e.at_us / MIN_US, e.since_us / MIN_US),
        Transition::Cleared(e) => ('-', e.at_us / MIN_US, e.since_us / MIN_US),
    });
    told.collect()
}

fn fridge() -> Threshold {
    Threshold {
        low: Some(-1.0),
        high: Some(8.0),
        hysteresis: 0.5,
        raise_after_us: 10 * MIN_US,
        clear_after_us: 3 * MIN_US,
    }
}

#[test]
fn a_threshold_waits_for_its_hold_time_and_for_hysteresis() {
    let value = |minute| match minute {
        5..=12 => 9.0,  // eight minutes: forgiven
        20..=40 => 9.0, // raised at 30
        41..=45 => 7.8, // below the limit, but not by the hysteresis
        46 | 47 => 7.0,
        48 => 7.6, // back in the band: the clear time starts again
        49..=60 => 7.0,
        70..=85 => -2.0, // too cold, too
        _ => 3.0,
    };
    let mut state = ThresholdState::default();
    let told = story((0..100).map(|m| fridge().step(&mut state, &sample(m, value(m)))));
    assert_eq!(told, [('+', 30, 20), ('-', 51, 20), ('+', 80, 70), ('-', 88, 70)]);
}

#[test]
fn a_jump_of_the_clock_is_no_hold_time() {
    let (rule, mut state) = (fridge(), ThresholdState::default());
    assert_eq!(rule.step(&mut state, &sample(0, 9.0)), None);
    // Ten years later and back again: five minutes at most, then none.
    assert_eq!(rule.step(&mut state, &sample(5_256_000, 9.0)), None);
    assert_eq!(rule.step(&mut state, &sample(1, 9.0)), None);
    assert!(!state.is_raised());
    assert!(matches!(rule.step(&mut state, &sample(6, 9.0)), Some(Transition::Raised(_))));
}

#[test]
fn bad_samples_neither_raise_nor_clear() {
    let (rule, mut state) = (fridge(), ThresholdState::default());
    for minute in 0..60 {
        let bad = Sample { quality: Quality::Bad, ..sample(minute, 50.0) };
        assert_eq!(rule.step(&mut state, &bad), None);
        assert_eq!(rule.step(&mut state, &sample(minute, f64::NAN)), None);
    }
}

#[test]
fn time_above_adds_up_over_breaks_and_is_given_back_after_a_rest() {
    let rule = TimeAboveLimit { limit: 5.0, allow_us: 240 * MIN_US, recover_us: 120 * MIN_US };
    // Three hours warm, one cold, two warm: the fourth warm hour is full at minute 300.
    let value = |minute| if (180..240).contains(&minute) || minute >= 360 { 4.0 } else { 7.0 };
    let mut state = TimeAboveState::default();
    let told = story((0..600).map(|m| rule.step(&mut state, &sample(m, value(m)))));
    assert_eq!(told, [('+', 300, 0), ('-', 480, 0)]);
    assert_eq!(state.above_us(), 0);
    // Three hours warm, then two and a half cold, then three warm: never four.
    let value = |minute| if (180..330).contains(&minute) { 4.0 } else { 7.0 };
    let mut state = TimeAboveState::default();
    assert_eq!(story((0..510).map(|m| rule.step(&mut state, &sample(m, value(m))))), []);
}

#[test]
fn the_rates_of_samples_do_not_matter_to_time_above() {
    let rule = TimeAboveLimit { limit: 5.0, allow_us: 30 * MIN_US, recover_us: 10 * MIN_US };
    for every_s in [1, 10, 60, 120] {
        let mut state = TimeAboveState::default();
        let mut samples = (0..7_200 / every_s).map(|n| Sample { at_us: n * every_s * 1_000_000, ..sample(0, 6.0) });
        let raised = samples.find_map(|s| rule.step(&mut state, &s));
        assert!(matches!(raised, Some(Transition::Raised(e)) if e.at_us == 30 * MIN_US), "{every_s} s: {raised:?}");
    }
}

fn stuck() -> StuckSensor {
    StuckSensor { tolerance: 1e-9, samples: 20, after_us: 60 * MIN_US, alone_factor: 3 }
}

#[test]
fn a_stuck_sensor_is_told_from_a_quiet_shop() {
    let value = |minute| if (10..200).contains(&minute) { 3.1 } else { 3.0 + (minute % 7) as f64 / 10.0 };
    let told = |others| {
        let mut state = StuckState::default();
        story((0..220).map(|m| stuck().step(&mut state, &sample(m, value(m)), others)))
    };
    // Minute 8 already said 3.1, minute 9 did not.
    assert_eq!(told(Others::Moved), [('+', 70, 10), ('-', 200, 10)]);
    assert_eq!(told(Others::Still), []);
    assert_eq!(told(Others::None), [('+', 190, 10), ('-', 200, 10)]);
}

#[test]
fn few_repeats_over_a_long_time_are_not_stuck() {
    let mut state = StuckState::default();
    let hourly = (0..19).map(|n| stuck().step(&mut state, &sample(n * 60, 3.0), Others::Moved));
    assert_eq!(story(hourly), []);
}

#[test]
fn silence_is_raised_once_and_cleared_by_a_word() {
    let rule = Missing { after_us: 10 * MIN_US };
    let mut state = MissingState::default();
    let mut told = Vec::new();
    for minute in 0..60 {
        let spoke = minute < 5 || minute == 40;
        told.push(rule.step(&mut state, minute * MIN_US, minute * MIN_US, spoke));
    }
    assert_eq!(story(told.into_iter()), [('+', 14, 4), ('-', 40, 4), ('+', 50, 40)]);
}

#[test]
fn a_sensor_that_never_spoke_is_missing_too() {
    let (rule, mut state) = (Missing { after_us: 10 * MIN_US }, MissingState::default());
    let told = story((0..30).map(|m| rule.step(&mut state, m * MIN_US, m * MIN_US, false)));
    assert_eq!(told, [('+', 10, 0)]);
}

proptest! {
    /// Raised and cleared take turns, whatever the samples and clocks do, and nothing overflows.
    #[test]
    fn episodes_take_turns(samples in prop::collection::vec((any::<i64>(), any::<f64>(), any::<bool>()), 0..200)) {
        let above = TimeAboveLimit { limit: 0.0, allow_us: MIN_US, recover_us: MIN_US };
        let (mut a, mut b, mut c, mut d) = Default::default();
        let mut open = [false; 4];
        for (at_us, value, flag) in samples {
            let value = if flag { value } else { 1.0 };
            let sample = Sample { at_us, value, quality: Quality::Good, defrost: None, minute_of_day: 0 };
            let found = [
                fridge().step(&mut a, &sample),
                above.step(&mut b, &sample),
                stuck().step(&mut c, &sample, if flag { Others::Moved } else { Others::None }),
                Missing { after_us: 5 }.step(&mut d, at_us, at_us, flag),
            ];
            for (open, found) in open.iter_mut().zip(found) {
                match found {
                    Some(Transition::Raised(_)) => { prop_assert!(!*open); *open = true; }
                    Some(Transition::Cleared(_)) => { prop_assert!(*open); *open = false; }
                    None => {}
                }
            }
        }
    }
}
