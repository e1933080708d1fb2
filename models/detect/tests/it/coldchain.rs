//! Kinetic temperature, the 4-hour and 6-hour rule, and defrosts.

use proptest::prelude::*;
use vyavs_detect::coldchain::{DefrostMask, KineticMean, OutOfControl, OutOfControlState, mean_kinetic_temperature};
use vyavs_detect::{ALARM, Novelty, Transition};

use crate::data::{file, reading, text};

/// USP <1160>, worked by hand.
#[test]
fn kinetic_temperature_is_that_of_the_pharmacopeia() {
    let warm_hour = mean_kinetic_temperature([(5.0, 23.0), (25.0, 1.0)]).expect("temperatures");
    let halves = mean_kinetic_temperature([(4.0, 12.0), (6.0, 12.0)]).expect("temperatures");
    assert!((warm_hour - 7.7564).abs() < 5e-5 && (halves - 5.0609).abs() < 5e-5, "{warm_hour} {halves}");
    assert_eq!(mean_kinetic_temperature([]), None);
    assert_eq!(mean_kinetic_temperature([(5.0, 1.0), (f64::NAN, 1.0)]), None);
    assert_eq!(mean_kinetic_temperature([(-300.0, 1.0)]), None);
}

#[test]
fn a_stream_has_the_kinetic_temperature_of_its_parts() {
    let mut mean = KineticMean::default();
    for minute in 0..=24 * 60 {
        mean.step(&reading(minute * 60, if minute < 23 * 60 { 5.0 } else { 25.0 }));
    }
    assert!(mean.celsius().is_some_and(|celsius| (celsius - 7.7564).abs() < 5e-5), "{mean:?}");
}

proptest! {
    /// Never below the plain mean, never beyond the extremes.
    #[test]
    fn kinetic_temperature_leans_to_the_warm_side(parts in prop::collection::vec((-40.0..60.0, 0.01..10.0), 1..50)) {
        let kinetic = mean_kinetic_temperature(parts.iter().copied()).expect("temperatures");
        let weight: f64 = parts.iter().map(|part| part.1).sum();
        let mean = parts.iter().map(|part| part.0 * part.1).sum::<f64>() / weight;
        let warmest = parts.iter().map(|part| part.0).fold(f64::MIN, f64::max);
        prop_assert!(kinetic > mean - 1e-6 && kinetic < warmest + 1e-6);
    }
}

/// Minutes until the food is thrown away, at one temperature.
fn lasts(celsius: f64, pause: std::ops::Range<i64>) -> Option<i64> {
    let (rule, mut state) = (OutOfControl::default(), OutOfControlState::default());
    (0..600).find(|minute| {
        let now = if pause.contains(minute) { 4.0 } else { celsius };
        matches!(rule.step(&mut state, &reading(minute * 60, now)), Some(Transition::Raised(_)))
    })
}

#[test]
fn food_has_four_hours_and_six_if_it_never_was_warm() {
    assert_eq!(lasts(22.0, 0..0), Some(240));
    assert_eq!(lasts(15.0, 0..0), Some(360));
    assert_eq!(lasts(5.0, 0..0), None);
    // Back in the cold for an hour: the clock stands still, and is not set back.
    assert_eq!(lasts(15.0, 100..160), Some(420));
}

#[test]
fn new_food_has_new_time() {
    let (rule, mut state) = (OutOfControl::default(), OutOfControlState::default());
    for minute in 0..=360 {
        rule.step(&mut state, &reading(minute * 60, 15.0));
    }
    assert!(matches!(state.restocked(&rule, 0), Some(Transition::Cleared(_))));
    assert_eq!((state.out_us(), state.restocked(&rule, 0)), (0, None));
}

#[test]
fn a_defrost_explains_a_hump_and_not_a_failure() {
    let (mask, mut state) = (DefrostMask::default(), Default::default());
    for minute in 0..600 {
        assert!(!mask.step(&mut state, &reading(minute * 60, -19.0)));
    }
    let hump = (600..640).all(|minute| mask.step(&mut state, &reading(minute * 60, -6.0)));
    let cold_again = !mask.step(&mut state, &reading(640 * 60, -19.0));
    let failed = (641..800).filter(|minute| mask.step(&mut state, &reading(minute * 60, -6.0))).count();
    assert!(hump && cold_again && failed == 76, "{failed}");
}

/// Ten days of a real freezer: the first two to learn it, then at most one alarm in eight days.
#[test]
fn a_healthy_freezer_rings_less_than_once_a_week() {
    let Some(path) = file("freezer/freezer_minutes.csv.gz") else { return };
    let (novelty, mask) = (Novelty::default(), DefrostMask::default());
    let (mut seen, mut defrost, mut alarms) = (Default::default(), Default::default(), Vec::new());
    for (minute, line) in text(&path).lines().skip(1).enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        let [_, at, celsius, ..] = fields[..] else { panic!("line {}: {line}", minute + 2) };
        let sample = reading(at.parse().expect("seconds"), celsius.parse().expect("°C"));
        let explained = mask.step(&mut defrost, &sample);
        let score = novelty.step(&mut seen, &sample).expect("a usable reading");
        if minute >= 2 * 1_440 && score >= ALARM && !explained {
            alarms.push((minute, celsius.to_owned()));
        }
    }
    assert!(alarms.is_empty(), "{alarms:?}");
}
