//! Numbers that others worked out.

use vyavs_forecast::intermittent::{self, Class};
use vyavs_forecast::metrics::{self, MetricError};
use vyavs_forecast::{History, Method, baseline, ets, season, stl, theta};

const SPARSE: [f64; 12] = [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 2.0, 0.0, 5.0, 0.0, 0.0, 1.0];

fn history(values: &[f64], seasons: &[usize]) -> History {
    History::new(values.to_vec(), seasons).expect("finite")
}

#[track_caller]
fn near(left: f64, right: f64, within: f64) {
    assert!((left - right).abs() <= within, "{left} is not {right}");
}

#[test]
fn sparse_demand_meets_its_golden_numbers() {
    let sparse = history(&SPARSE, &[]);
    near(intermittent::croston(&sparse, 0.1, 1).expect("a forecast").mean[0], 0.969_241, 1e-6);
    near(intermittent::sba(&sparse, 0.1, 1).expect("a forecast").mean[0], 0.920_779, 1e-6);
    near(intermittent::tsb(&sparse, 0.1, 0.1, 3).expect("a forecast").mean[2], 0.997_812, 1e-6);
    assert_eq!(intermittent::classify(&SPARSE), Some(Class::Intermittent));
    assert_eq!(intermittent::classify(&[0.0, 0.0]), None);
}

/// One block of one step is plain smoothing, and demand at every step has an interval of one.
#[test]
fn aggregation_over_single_steps_is_smoothing() {
    let even = history(&[4.0, 6.0, 5.0, 7.0, 6.0, 8.0], &[]);
    let adida = intermittent::adida(&even, 1).expect("a forecast").mean[0];
    near(intermittent::imapa(&even, 1).expect("a forecast").mean[0], adida, 1e-12);
    // alpha .3, the most that is searched: 4, 4.6, 4.72, 5.404, 5.5828, 6.30796
    near(adida, 6.307_96, 1e-9);
}

#[test]
fn measures_by_hand() {
    let (actual, said) = ([2.0, 4.0], [3.0, 2.0]);
    near(metrics::mae(&actual, &said).expect("a score"), 1.5, 1e-12);
    near(metrics::rmse(&actual, &said).expect("a score"), 2.5_f64.sqrt(), 1e-12);
    assert_eq!(metrics::mape(&actual, &said), Ok(Some(0.5)));
    assert_eq!(metrics::mape(&[0.0, 4.0], &said), Ok(None));
    assert_eq!(metrics::wape(&actual, &said), Ok(Some(0.5)));
    assert_eq!(metrics::wape(&[0.0, 0.0], &said), Ok(None));
    near(metrics::smape(&actual, &said).expect("a score"), (40.0 + 200.0 * 2.0 / 6.0) / 2.0, 1e-12);
    near(metrics::mase(&[1.0, 2.0, 4.0], 1, &actual, &said).expect("a score"), 1.0, 1e-12);
    near(metrics::rmsse(&[1.0, 2.0, 4.0], 1, &actual, &said).expect("a score"), 1.0, 1e-12);
    near(metrics::pinball(0.9, &actual, &said).expect("a score"), (0.1 + 1.8) / 2.0, 1e-12);
    near(metrics::wql(&actual, &[(0.9, &said)]).expect("a score").expect("demand"), 1.9 / 3.0, 1e-12);
    near(metrics::coverage(&actual, &[1.0, 5.0], &[2.0, 6.0]).expect("a score"), 0.5, 1e-12);
    near(metrics::bias(&actual, &said).expect("a score"), -0.5, 1e-12);
    near(metrics::owa(8.0, 2.0, 10.0, 4.0), 0.65, 1e-12);
}

#[test]
fn a_gap_in_a_forecast_is_refused_not_skipped() {
    let refused = metrics::wape(&[1.0, 2.0], &[1.0, f64::NAN]);
    assert!(matches!(refused, Err(MetricError::NotFinite { what: "forecast", at: 1, .. })));
    let short = metrics::mae(&[1.0, 2.0], &[1.0]);
    assert_eq!(short, Err(MetricError::Length { actual: 2, forecast: 1 }));
    assert_eq!(metrics::mae(&[], &[]), Err(MetricError::Empty));
    assert!(matches!(metrics::mase(&[5.0; 9], 7, &[1.0], &[1.0]), Err(MetricError::NoScale { .. })));
}

/// Four quarters, 1.1 / .9 / .8 / 1.2 around a line: the indices come back, and Naive2 carries them on.
#[test]
fn naive2_carries_the_season_on() {
    let indices = [1.1, 0.9, 0.8, 1.2];
    let values: Vec<f64> = (0..40).map(|at| 100.0 * indices[at % 4]).collect();
    assert!(season::is_seasonal(&values, 4));
    let found = season::multiplicative_indices(&values, 4).expect("two seasons");
    found.iter().zip(indices).for_each(|(found, index)| near(*found, index, 1e-12));
    let ahead = baseline::naive2(&history(&values, &[4]), 6).expect("a forecast");
    ahead.mean.iter().enumerate().for_each(|(k, value)| near(*value, 100.0 * indices[k % 4], 1e-9));
    assert!(!season::is_seasonal(&values[..11], 4), "below three seasons there is no test");
}

/// The line 1, 2, … 30: a damped trend and theta follow it in part, Holt wholly.
#[test]
fn trends_go_on_as_far_as_they_are_believed() {
    let line = history(&(1..=30).map(f64::from).collect::<Vec<_>>(), &[]);
    let last = |path: vyavs_forecast::Path| path.mean[9];
    near(last(ets::holt(&line, false, 10).expect("a forecast")), 40.0, 0.5);
    // Half the slope by design (Hyndman & Billah 2003): 30 + 10 / 2, and half a step that smoothing lags.
    near(last(theta::standard(&line, 10).expect("a forecast")), 35.0, 0.6);
    let damped = last(ets::holt(&line, true, 10).expect("a forecast"));
    assert!((34.0..40.0).contains(&damped), "{damped}");
}

/// Two seasons, one within the other, come apart again.
#[test]
fn mstl_separates_days_from_weeks() {
    let day = |at: usize| 10.0 * (std::f64::consts::TAU * at as f64 / 24.0).sin();
    let week = |at: usize| if at / 24 % 7 >= 5 { 6.0 } else { 0.0 };
    let values: Vec<f64> = (0..1000).map(|at| 100.0 + day(at) + week(at)).collect();
    let ahead = stl::forecast(&history(&values, &[24, 168]), 168).expect("a forecast");
    let error = ahead.mean.iter().enumerate().map(|(k, value)| (value - 100.0 - day(1000 + k) - week(1000 + k)).abs());
    assert!(error.sum::<f64>() / 168.0 < 0.3);
}

/// y = .7 y₋₁ + .3 y₋₁₂ exactly: the autoregression finds the recursion.
#[test]
fn an_autoregression_finds_its_recursion() {
    let mut values: Vec<f64> = (0..12).map(|at| 50.0 + f64::from(at * at % 7)).collect();
    for at in 12..130 {
        values.push(0.7 * values[at - 1] + 0.3 * values[at - 12]);
    }
    let ahead = Method::Autoregression.forecast(&history(&values[..120], &[12]), 10).expect("a forecast");
    ahead.mean.iter().zip(&values[120..]).for_each(|(said, came)| near(*said, *came, 0.05));
}
