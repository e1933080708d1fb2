//! Each fault is found, and the healthy sensor beside it is left alone.

use proptest::prelude::*;
use vyavs_detect::faults::{Drift, Fault, Spike, Swapped};
use vyavs_detect::spc::Shift;

use crate::data::normal;

#[test]
fn one_wild_reading_is_a_spike_and_a_step_is_none() {
    let rule = Spike { steps: 8.0, least: 0.5 };
    let (mut state, mut noise, mut found) = (Default::default(), normal(2), Vec::new());
    for at in 0..1_000 {
        let level = if at >= 700 { 5.0 } else { 0.0 };
        let value = level + 0.1 * noise.next().unwrap_or(0.0) + if at == 300 || at == 400 { 40.0 } else { 0.0 };
        found.extend(rule.step(&mut state, value).map(|_| at));
    }
    assert_eq!(found, [301, 401]);
}

#[test]
fn a_slow_departure_is_a_drift_and_is_told_once() {
    let rule = Drift { learn: 1_000, memory: 500, limit: 1.0 };
    let (mut state, mut noise, mut found) = (Default::default(), normal(4), Vec::new());
    for at in 0..20_000 {
        let drift = (f64::from(at) - 8_000.0).max(0.0) * -0.0005;
        found.extend(rule.step(&mut state, drift + noise.next().unwrap_or(0.0)).map(|shift| (at, shift)));
    }
    let [(at, Shift::Down)] = found[..] else { panic!("{found:?}") };
    assert!((9_500..11_500).contains(&at), "{at}");
}

#[test]
fn probes_that_change_places_are_found_and_a_warm_cabinet_is_none() {
    let rule = Swapped { learn: 500, least_apart: 5.0, hold: 10 };
    let (mut state, mut noise) = (Default::default(), normal(6));
    let mut next = |one: f64, other: f64| {
        let (a, b) = (noise.next().unwrap_or(0.0), noise.next().unwrap_or(0.0));
        rule.step(&mut state, one + 0.5 * a, other + 0.5 * b)
    };
    assert!(!(0..600).any(|_| next(4.0, -18.0)));
    assert!(!(0..100).any(|_| next(10.0, -5.0)), "both warm");
    let found: Vec<i32> = (0..100).filter(|_| next(-18.0, 4.0)).collect();
    assert_eq!(found, [9]);
}

#[test]
fn classes_have_names() {
    assert_eq!(serde_json::to_string(&Fault::Swapped).expect("a name"), "\"swapped\"");
}

proptest! {
    /// Whatever comes, nothing panics.
    #[test]
    fn any_numbers_are_taken(values in prop::collection::vec(any::<f64>(), 0..300)) {
        let (mut spike, mut drift, mut swapped) = (Default::default(), Default::default(), Default::default());
        for pair in values.windows(2) {
            Spike { steps: 8.0, least: 0.5 }.step(&mut spike, pair[0]);
            Drift { learn: 3, memory: 0, limit: 1.0 }.step(&mut drift, pair[0]);
            Swapped { learn: 3, least_apart: 1.0, hold: 0 }.step(&mut swapped, pair[0], pair[1]);
        }
    }
}
