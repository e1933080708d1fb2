//! Control charts keep the rate of false alarms that they were designed for.

use vyavs_detect::spc::{Cusum, DesignError, Ewma, Shift, cusum_run_length, ewma_run_length};
use vyavs_detect::{ChangePoint, Seasonal};

use crate::data::{normal, reading};

fn close(found: f64, expected: f64, share: f64) {
    assert!((found / expected - 1.0).abs() <= share, "{found}, expected {expected}");
}

/// Montgomery, Introduction to Statistical Quality Control, tables 9.3 and 9.11.
#[test]
fn run_lengths_are_those_of_the_textbook() {
    for (limit, calm, shifted) in [(4.0, 167.6, 8.38), (5.0, 465.0, 10.38)] {
        let chart = Cusum { allowance: 0.5, limit };
        close(cusum_run_length(&chart, 0.0), calm, 0.002);
        close(cusum_run_length(&chart, 1.0), shifted, 0.002);
    }
    let chart = Ewma { weight: 0.1, limit: 2.814 };
    close(ewma_run_length(&chart, 0.0), 500.0, 0.005);
    close(ewma_run_length(&chart, 1.0), 10.3, 0.005);
}

#[test]
fn a_designed_chart_has_the_run_length_asked_for() {
    for asked in [50.0, 370.0, 10_000.0] {
        let cusum = Cusum::designed(0.5, asked).expect("in range");
        close(cusum_run_length(&cusum, 0.0), asked, 1e-6);
        let ewma = Ewma::designed(0.1, asked).expect("in range");
        close(ewma_run_length(&ewma, 0.0), asked, 1e-6);
    }
    assert_eq!(Cusum::designed(-1.0, 370.0), Err(DesignError::Allowance(-1.0)));
    assert_eq!(Ewma::designed(0.0, 370.0), Err(DesignError::Weight(0.0)));
    assert!(Ewma::designed(0.1, f64::NAN).is_err());
}

#[test]
fn the_designed_rate_is_held_within_a_tenth_on_independent_residuals() {
    const READINGS: usize = 600_000;
    for asked in [100.0, 370.0] {
        let (cusum, ewma) = (Cusum::designed(0.5, asked).expect("fits"), Ewma::designed(0.1, asked).expect("fits"));
        let (mut sums, mut mean, mut alarms) = (Default::default(), Default::default(), (0, 0));
        for residual in normal(7).take(READINGS) {
            alarms.0 += usize::from(cusum.step(&mut sums, residual).is_some());
            alarms.1 += usize::from(ewma.step(&mut mean, residual).is_some());
        }
        close(READINGS as f64 / alarms.0 as f64, asked, 0.1);
        close(READINGS as f64 / alarms.1 as f64, asked, 0.1);
    }
}

#[test]
fn a_shift_is_told_with_its_direction() {
    let chart = Cusum { allowance: 0.5, limit: 5.0 };
    let mut state = Default::default();
    let first = (0..100).find_map(|at| chart.step(&mut state, -2.0).map(|shift| (at, shift)));
    assert_eq!(first, Some((3, Shift::Down)));
    assert_eq!(chart.step(&mut state, f64::NAN), None);
}

#[test]
fn a_day_that_repeats_leaves_residuals_of_spread_one_and_no_season() {
    let (rule, mut state, mut noise) = (Seasonal::default(), Default::default(), normal(3));
    let mut residuals = Vec::new();
    for minute in 0..14 * 1_440 {
        let season = 10.0 * (std::f64::consts::TAU * f64::from(minute % 1_440) / 1_440.0).sin();
        let value = season + 0.5 * noise.next().unwrap_or(0.0);
        let residual = rule.step(&mut state, &reading(i64::from(minute) * 60, value));
        residuals.extend(residual.filter(|_| minute > 7 * 1_440));
    }
    let count = residuals.len() as f64;
    let mean = residuals.iter().sum::<f64>() / count;
    let deviation = (residuals.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / count).sqrt();
    assert!(mean.abs() < 0.1 && (0.9..1.2).contains(&deviation), "{mean} {deviation}");
}

#[test]
fn a_new_level_is_a_change_and_noise_is_none() {
    let (rule, mut state) = (ChangePoint { limit: 7.0, resolution: 0.01 }, Default::default());
    let mut noise = normal(5);
    let calm = (0..20_000).filter_map(|_| rule.step(&mut state, noise.next()?)).count();
    assert_eq!(calm, 0);
    let found = (0..100).find_map(|at| rule.step(&mut state, 3.0 + noise.next()?).map(|change| (at, change)));
    let (at, change) = found.expect("three deviations are a change");
    assert!(at < 32 && change.t > 0.0 && change.from.abs() < 0.5 && change.to > change.from, "{at} {change:?}");
}
