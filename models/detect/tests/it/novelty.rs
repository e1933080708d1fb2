//! The one score for any series: silent on what it knows, alarmed once by what it does not.

use proptest::prelude::*;
use vyavs_detect::{ALARM, Novelty, NoveltyState};

use crate::data::{normal, reading};

/// Minutes at which a series of a value a minute alarms.
fn alarms(values: impl Iterator<Item = f64>) -> Vec<usize> {
    let (novelty, mut state) = (Novelty::default(), NoveltyState::default());
    let score = |(minute, value)| novelty.step(&mut state, &reading(minute as i64 * 60, value));
    values.enumerate().map(score).enumerate().filter(|(_, s)| s.is_some_and(|s| s >= ALARM)).map(|(at, _)| at).collect()
}

fn day(minute: usize) -> f64 {
    20.0 + 5.0 * (std::f64::consts::TAU * minute as f64 / 1_440.0).sin()
}

#[test]
fn a_level_never_seen_before_is_one_alarm() {
    let series =
        normal(11).take(8_000).enumerate().map(|(at, noise)| day(at) + noise + if at >= 6_000 { 25.0 } else { 0.0 });
    let found: Vec<usize> = alarms(series).into_iter().filter(|at| *at > 2_880).collect();
    assert_eq!(found.first(), Some(&6_000));
    assert!(found.len() <= 2, "{found:?}");
}

/// Records fall even in pure noise, ever more rarely: about twice a week at a reading a minute.
#[test]
fn weeks_of_the_same_days_ring_rarely() {
    let found = alarms(normal(12).take(30 * 1_440).enumerate().map(|(at, noise)| day(at) + noise));
    let late = found.iter().filter(|at| **at > 2 * 1_440).count();
    assert!(late <= 10, "{late} in four weeks: {found:?}");
}

#[test]
fn the_unit_does_not_matter() {
    let series = |scale: f64, offset: f64| {
        let values = normal(13).take(6_000).enumerate();
        alarms(values.map(move |(at, noise)| offset + scale * (day(at) + noise + if at == 5_000 { 40.0 } else { 0.0 })))
    };
    assert_eq!(series(1.0, 0.0), series(1_024.0, 0.0));
    assert!(series(1.0, 0.0).contains(&5_000));
}

#[test]
fn a_sensor_costs_less_than_sixteen_kibibytes() {
    assert!(size_of::<NoveltyState>() < 16 * 1_024 / 8, "{}", size_of::<NoveltyState>());
}

/// A jump over a record at the very bottom of the floats is infinitely far, and is still a score.
#[test]
fn a_record_near_nothing_is_beaten_by_a_number() {
    let (novelty, mut state) = (Novelty::default(), NoveltyState::default());
    for minute in 0..1_000 {
        let value = if minute < 900 { f64::from(minute % 2) * 1e-307 } else { 1e9 * f64::from(minute % 7) };
        let score = novelty.step(&mut state, &reading(i64::from(minute), value)).expect("usable");
        assert!((0.0..1.0).contains(&score), "{score} at {minute}");
    }
}

proptest! {
    /// Any readings at any times, set clocks included: a score from 0 to 1 for each usable one.
    #[test]
    fn scores_stay_in_range(readings in prop::collection::vec((any::<i32>(), prop::num::f64::ANY), 0..400)) {
        let (novelty, mut state) = (Novelty::default(), NoveltyState::default());
        for (at, value) in readings {
            let score = novelty.step(&mut state, &reading(i64::from(at), value));
            prop_assert_eq!(score.is_some(), value.is_finite());
            prop_assert!(score.is_none_or(|score| (0.0..=1.0).contains(&score)), "{:?}", score);
        }
    }
}
