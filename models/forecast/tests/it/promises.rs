//! What holds for any input.

use proptest::collection::vec;
use proptest::prelude::*;
use vyavs_forecast::{Calibration, Ensemble, History, Method, Pooled, Refusal, rolling};

#[test]
fn bad_input_gets_a_sentence() {
    assert_eq!(History::new(Vec::new(), &[7]), Err(Refusal::Empty));
    let refused = History::new(vec![1.0, f64::NAN, 2.0], &[7]).expect_err("a gap");
    assert_eq!(
        refused.to_string(),
        "value 1 of the series is NaN; expected a finite number (fill gaps before, or leave them out)"
    );
    assert!(matches!(History::new(vec![1e200], &[]), Err(Refusal::TooLarge { at: 0, .. })));
    let history = History::new(vec![1.0], &[7]).expect("finite");
    for method in Method::ALL {
        assert_eq!(method.forecast(&history, 0), Err(Refusal::NoHorizon), "{}", method.name());
    }
}

/// One value, two, a constant, all zeros: every method answers with what it saw.
#[test]
fn short_and_still_series_are_carried_on() {
    for values in [vec![3.0], vec![3.0, 3.0], vec![3.0; 60], vec![0.0; 60]] {
        let history = History::new(values.clone(), &[7, 28]).expect("finite");
        for method in Method::ALL {
            let said = method.forecast(&history, 5).expect("a forecast");
            let near = |value: &f64| (value - values[0]).abs() <= 0.16 * values[0];
            assert!(said.mean.iter().all(near), "{}: {:?} after {values:?}", method.name(), said.mean);
        }
    }
}

#[test]
fn a_name_leads_back_to_its_method() {
    assert!(Method::ALL.into_iter().all(|method| Method::named(method.name()) == Some(method)));
    assert_eq!(Method::named("prophecy"), None);
}

/// The better member gets the weight: a clean weekly rhythm is the seasonal naive's.
#[test]
fn an_ensemble_leans_on_who_was_right() {
    let values: Vec<f64> = (0..140).map(|at| [5.0, 9.0, 2.0, 7.0, 7.0, 20.0, 30.0][at % 7]).collect();
    let history = History::new(values, &[7]).expect("finite");
    let ensemble = Ensemble { members: vec![Method::Naive, Method::SeasonalNaive], origins: 3 };
    let blend = ensemble.forecast(&history, 14).expect("a forecast");
    assert!(blend.weights[1] > 0.99, "{:?}", blend.weights);
    assert_eq!(blend.trials.len(), 3);
}

/// Trials never see what they forecast: changing the last fold changes no earlier trial.
#[test]
fn trials_do_not_see_the_future() {
    let mut values: Vec<f64> = (0..100).map(|at| f64::from(at * 37 % 11)).collect();
    let before = rolling::trials(Method::Ets, &History::new(values.clone(), &[7]).expect("finite"), 10, 3);
    values[95] = 1e6;
    let after = rolling::trials(Method::Ets, &History::new(values, &[7]).expect("finite"), 10, 3);
    let paths = |trials: Result<Vec<rolling::Trial>, Refusal>| -> Vec<_> {
        trials.expect("trials").into_iter().map(|trial| trial.path).collect()
    };
    assert_eq!(paths(before), paths(after));
}

#[test]
fn calibration_learns_how_errors_lay() {
    let wide = Calibration::new((-500..=500).map(|score| f64::from(score) / 100.0));
    assert!((wide.score(0.9) - 4.0).abs() < 0.2, "{}", wide.score(0.9));
    let none = Calibration::new([f64::NAN]);
    assert!((none.score(0.9) - 1.281_551_6).abs() < 1e-6);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is finite is forecast with finite numbers, spreads are not negative, and quantiles do not cross.
    #[test]
    fn any_series_is_answered(
        values in vec(prop_oneof![Just(0.0), -1e3..1e3_f64, 0.0..10.0_f64, -1e90..1e90_f64], 1..90),
        season in 0_usize..30,
        horizon in 1_usize..20,
    ) {
        let history = History::new(values, &[season, 2 * season]).expect("finite");
        for method in Method::ALL {
            let path = method.forecast(&history, horizon).expect("a forecast");
            prop_assert_eq!(path.mean.len(), horizon);
            prop_assert_eq!(path.sd.len(), horizon);
            prop_assert!(path.mean.iter().all(|value| value.is_finite()), "{}: {:?}", method.name(), path);
            prop_assert!(path.sd.iter().all(|sd| sd.is_finite() && *sd >= 0.0), "{}: {:?}", method.name(), path);
            let fan = path.normal(&[0.1, 0.5, 0.9]);
            for k in 0..horizon {
                prop_assert!(fan.quantiles[0][k] <= fan.quantiles[1][k] && fan.quantiles[1][k] <= fan.quantiles[2][k]);
            }
        }
    }

    /// A forecast moves with its unit: what is counted in dozens is forecast in dozens.
    #[test]
    fn units_do_not_matter(values in vec(1.0..50.0_f64, 40..80), unit in 0.01..100.0_f64) {
        let plain = History::new(values.clone(), &[7]).expect("finite");
        let scaled = History::new(values.iter().map(|y| y * unit).collect(), &[7]).expect("finite");
        for method in [Method::SeasonalNaive, Method::Naive2, Method::Theta, Method::Sba, Method::Imapa] {
            let (plain, scaled) = (method.forecast(&plain, 4), method.forecast(&scaled, 4));
            let (plain, scaled) = (plain.expect("a forecast").mean, scaled.expect("a forecast").mean);
            for (plain, scaled) in plain.iter().zip(&scaled) {
                prop_assert!((plain * unit - scaled).abs() <= 2e-2 * unit * plain.abs().max(1.0), "{}", method.name());
            }
        }
    }
}

/// One rhythm in thirty series of other sizes: the panel's model carries it on in a series it never saw.
#[test]
fn a_panel_teaches_a_newcomer() {
    let rhythm = |at: usize| [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0][at % 7];
    let series = |size: f64, from: usize| (from..from + 60).map(|at| size * (10.0 + rhythm(at))).collect::<Vec<_>>();
    let panel = (1..30).map(|k| History::new(series(f64::from(k), k as usize), &[7]).expect("finite"));
    let panel: Vec<History> = panel.collect();
    let pooled = Pooled::fit(&panel, 14, 7, 40, 1e-6).expect("a model");
    let newcomer = History::new(series(1000.0, 0), &[7]).expect("finite");
    let said = pooled.forecast(&newcomer).expect("long enough").mean;
    for (k, value) in said.iter().enumerate() {
        let came = 1000.0 * (10.0 + rhythm(60 + k));
        assert!((value - came).abs() < 0.02 * came, "{value} is not {came}");
    }
    assert!(pooled.forecast(&newcomer.before(50).expect("ten left")).is_none());
    assert!(matches!(Pooled::fit(&panel, 100, 7, 40, 1e-6), Err(Refusal::NothingToLearn { series: 29, .. })));
}
