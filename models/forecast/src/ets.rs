//! Exponential smoothing: one model of the family, or the one that AICc picks.

mod model;

pub use model::{Kind, Spec, Trend};
use model::{Pass, State, Weights};

use crate::history::{History, Refusal};
use crate::path::Path;
use crate::{baseline, season, simplex};

/// Evaluations of the likelihood a model may cost.
const BUDGET: usize = 160;
/// Seasons beyond this are not smoothed: as many states as steps would have to be learned.
const LONGEST_SEASON: usize = 26;

/// A fitted model.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Which one.
    pub spec: Spec,
    /// Corrected Akaike criterion: the less, the better; comparable between models of one series only.
    pub aicc: f64,
    /// What it forecasts.
    pub path: Path,
}

/// Simple exponential smoothing, optimised.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn ses(history: &History, horizon: usize) -> Result<Path, Refusal> {
    one(history, Spec { error: Kind::Additive, trend: Trend::None, season: Kind::None }, horizon)
}

/// Holt's linear trend; `damped` lets it die away (Gardner & McKenzie 1985).
///
/// # Errors
/// Refuses a horizon of 0.
pub fn holt(history: &History, damped: bool, horizon: usize) -> Result<Path, Refusal> {
    let trend = if damped { Trend::Damped } else { Trend::Linear };
    one(history, Spec { error: Kind::Additive, trend, season: Kind::None }, horizon)
}

/// The named model; the naive where the series is too short or not positive enough for it.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn one(history: &History, spec: Spec, horizon: usize) -> Result<Path, Refusal> {
    let naive = baseline::naive(history, horizon)?;
    Ok(fit(history, spec, horizon).map_or(naive, |fitted| fitted.path))
}

/// The model with the least AICc. Error and season are chosen with no trend and with a damped one, then the trend: nine
/// models instead of fifteen. Constant or very short series get the naive.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn auto(history: &History, horizon: usize) -> Result<Path, Refusal> {
    let naive = baseline::naive(history, horizon)?;
    Ok(select(history, horizon).map_or(naive, |fitted| fitted.path))
}

/// As [`auto`], with the model beside the path; `None` where no model can be fitted.
pub fn select(history: &History, horizon: usize) -> Option<Fitted> {
    use Kind::{Additive, Multiplicative};
    let kinds = [
        (Additive, Kind::None),
        (Additive, Additive),
        (Multiplicative, Kind::None),
        (Multiplicative, Additive),
        (Multiplicative, Multiplicative),
    ];
    let plain = kinds.map(|(error, season)| Spec { error, trend: Trend::None, season });
    let mut found: Vec<Fitted> = plain.iter().filter_map(|spec| fit(history, *spec, horizon)).collect();
    found.sort_by(|a, b| a.aicc.total_cmp(&b.aicc));
    let lead: Vec<Spec> = found.iter().take(2).map(|fitted| fitted.spec).collect();
    for spec in lead {
        for trend in [Trend::Damped, Trend::Linear] {
            found.extend(fit(history, Spec { trend, ..spec }, horizon));
        }
    }
    found.into_iter().min_by(|a, b| a.aicc.total_cmp(&b.aicc))
}

fn fit(history: &History, spec: Spec, horizon: usize) -> Option<Fitted> {
    let (values, m) = (history.values(), history.season());
    let seasonal = spec.season != Kind::None;
    let m = if seasonal { m } else { 1 };
    let parameters = spec.parameters(m);
    let n = values.len();
    let positive = spec.error != Kind::Multiplicative && spec.season != Kind::Multiplicative;
    let fits = n > parameters + 2 && (!seasonal || (m > 1 && m <= LONGEST_SEASON && n >= 2 * m + 3));
    if !fits || !(positive || values.iter().all(|y| *y > 0.0)) {
        return None;
    }
    let first = first_state(values, m, spec)?;
    let spread = baseline::root_mean_square(values.windows(2).map(|pair| pair[1] - pair[0]));
    if spread == 0.0 {
        return None;
    }
    let search = Search { spec, first: &first, spread };
    let (start, bounds) = search.room();
    let mut wheel = Vec::with_capacity(m);
    let (point, cost) = simplex::minimise(&start, &bounds, BUDGET, |point| {
        let (weights, state) = search.read(point);
        spec.pass(values, &state, weights, &mut wheel).cost
    });
    let (weights, state) = search.read(&point);
    let pass: Pass = spec.pass(values, &state, weights, &mut wheel);
    let (count, n) = (parameters as f64, n as f64);
    let aicc = cost + 2.0 * count + 2.0 * count * (count + 1.0) / (n - count - 1.0);
    let (mean, sd) = spec.ahead(&pass, weights, horizon);
    let whole = aicc.is_finite() && mean.iter().chain(&sd).all(|value| value.is_finite());
    whole.then_some(Fitted { spec, aicc, path: Path { mean, sd } })
}

/// Seasonal states from a decomposition of the first seasons, level and trend from a line through them (ibid., 2.6.1).
fn first_state(values: &[f64], m: usize, spec: Spec) -> Option<State> {
    let early = &values[..values.len().min((4 * m).max(10))];
    let indices = match spec.season {
        Kind::None => Vec::new(),
        Kind::Additive => season::additive_indices(early, m)?,
        Kind::Multiplicative => {
            let found = season::multiplicative_indices(early, m)?;
            found.into_iter().map(|index| index.max(0.01)).collect()
        }
    };
    let plain: Vec<f64> = match spec.season {
        Kind::None => early.to_vec(),
        Kind::Additive => early.iter().enumerate().map(|(at, y)| y - indices[at % m]).collect(),
        Kind::Multiplicative => early.iter().enumerate().map(|(at, y)| y / indices[at % m]).collect(),
    };
    let n = plain.len() as f64;
    let (mid, mean) = ((n - 1.0) / 2.0, plain.iter().sum::<f64>() / n);
    let slope = plain.iter().enumerate().map(|(at, y)| (at as f64 - mid) * (y - mean)).sum::<f64>()
        / plain.iter().enumerate().map(|(at, _)| (at as f64 - mid).powi(2)).sum::<f64>();
    let (level, trend) = if spec.trend == Trend::None { (mean, 0.0) } else { (mean - slope * (mid + 1.0), slope) };
    Some(State { level, trend, season: indices })
}

/// What the simplex moves: weights, and how far level and trend start from where the line puts them.
struct Search<'a> {
    spec: Spec,
    first: &'a State,
    spread: f64,
}

impl Search<'_> {
    fn room(&self) -> (Vec<f64>, Vec<(f64, f64)>) {
        // alpha; the first level in spreads
        let (mut start, mut bounds) = (vec![0.3, 0.0], vec![(1e-4, 0.9999), (-5.0, 5.0)]);
        if self.spec.trend != Trend::None {
            // beta as a share of alpha; the first trend in spreads
            start.extend([0.1, 0.0]);
            bounds.extend([(1e-4, 0.9999), (-1.0, 1.0)]);
        }
        if self.spec.season != Kind::None {
            // gamma as a share of 1 − alpha
            start.push(0.1);
            bounds.push((1e-4, 0.9999));
        }
        if self.spec.trend == Trend::Damped {
            start.push(0.95);
            bounds.push((0.8, 0.98));
        }
        (start, bounds)
    }

    fn read(&self, point: &[f64]) -> (Weights, State) {
        let mut next = point.iter().copied();
        let mut take = || next.next().unwrap_or(0.0);
        let mut state = self.first.clone();
        let alpha = take();
        state.level += take() * self.spread;
        let (mut beta, mut gamma, mut phi) = (0.0, 0.0, 1.0);
        if self.spec.trend != Trend::None {
            beta = alpha * take();
            state.trend += take() * self.spread;
        }
        if self.spec.season != Kind::None {
            gamma = (1.0 - alpha) * take();
        }
        if self.spec.trend == Trend::Damped {
            phi = take();
        }
        (Weights { alpha, beta, gamma, phi }, state)
    }
}
