//! Seasons out of a series: STL (Cleveland, Cleveland, McRae & Terpenning 1990), and several of them by MSTL (Bandara,
//! Hyndman & Bergmeir 2021).

use crate::ets;
use crate::history::{History, Refusal};
use crate::loess;
use crate::path::Path;

/// A series in parts; their sum is the series.
#[derive(Clone, Debug)]
pub struct Parts {
    /// For each season that was long enough ago its length and its value a step.
    pub seasonal: Vec<(usize, Vec<f64>)>,
    /// What is left: trend and remainder.
    pub plain: Vec<f64>,
}

/// The seasonal part of `values`. `span` is how many seasons its smoothing looks at; `None` holds the season still.
fn seasonal(values: &[f64], m: usize, span: Option<usize>) -> Vec<f64> {
    let n = values.len();
    let span_or = span.map_or(10 * n + 1, |span| span.max(7));
    let trend_window = odd((1.5 * m as f64 / (1.0 - 1.5 / span_or as f64)).ceil() as usize);
    let mut trend = vec![0.0; n];
    let mut season = vec![0.0; n];
    for _ in 0..2 {
        // The season of each place, a step longer at both ends.
        let mut cycle = vec![0.0; n + 2 * m];
        for place in 0..m {
            let sub: Vec<f64> = (place..n).step_by(m).map(|at| values[at] - trend[at]).collect();
            let line: Vec<f64> = match span {
                None => vec![sub.iter().sum::<f64>() / sub.len() as f64; sub.len() + 2],
                Some(_) => {
                    let mut line = vec![loess::at(&sub, span_or, -1.0)];
                    line.extend(loess::smooth(&sub, span_or));
                    line.push(loess::at(&sub, span_or, sub.len() as f64));
                    line
                }
            };
            for (turn, value) in line.iter().enumerate() {
                if let Some(cell) = cycle.get_mut(place + turn * m) {
                    *cell = *value;
                }
            }
        }
        let low = moving_mean(&moving_mean(&moving_mean(&cycle, m), m), 3);
        let low = loess::smooth(&low, odd(m));
        for at in 0..n {
            season[at] = cycle[at + m] - low[at];
        }
        let plain: Vec<f64> = values.iter().zip(&season).map(|(y, season)| y - season).collect();
        trend = loess::smooth(&plain, trend_window);
    }
    season
}

/// Takes every season of which the series holds two out of it, shortest first, twice over.
pub fn mstl(history: &History) -> Parts {
    let n = history.values().len();
    let lengths: Vec<usize> = history.seasons().iter().copied().filter(|m| n > 2 * m).collect();
    let mut found: Vec<(usize, Vec<f64>)> = lengths.iter().map(|m| (*m, vec![0.0; n])).collect();
    let mut plain = history.values().to_vec();
    let rounds = if lengths.len() > 1 { 2 } else { 1 };
    for _ in 0..rounds {
        for (rank, (m, season)) in found.iter_mut().enumerate() {
            plain.iter_mut().zip(&*season).for_each(|(plain, season)| *plain += season);
            // Below four seasons a moving season would learn the noise.
            let span = (n >= 4 * *m).then_some(11 + 4 * rank);
            *season = seasonal(&plain, *m, span);
            plain.iter_mut().zip(&*season).for_each(|(plain, season)| *plain -= season);
        }
    }
    Parts { seasonal: found, plain }
}

/// MSTL: the last season goes on, what is left by the non-seasonal ETS that AICc picks.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn forecast(history: &History, horizon: usize) -> Result<Path, Refusal> {
    with(history, horizon, ets::auto)
}

/// As [`forecast`] with another method for what is left.
///
/// # Errors
/// Those of `rest`.
pub fn with(
    history: &History,
    horizon: usize,
    rest: impl Fn(&History, usize) -> Result<Path, Refusal>,
) -> Result<Path, Refusal> {
    let parts = mstl(history);
    let n = parts.plain.len();
    let mut path = rest(&History::seasonless(parts.plain), horizon)?;
    for (m, season) in &parts.seasonal {
        for (k, mean) in path.mean.iter_mut().enumerate() {
            *mean += season[n - m + k % m];
        }
    }
    Ok(path)
}

/// As [`with`] on logarithms, where every value is above 0: seasons that grow with the level. Else the same as `with`.
///
/// # Errors
/// Those of `rest`.
pub fn with_logs(
    history: &History,
    horizon: usize,
    rest: impl Fn(&History, usize) -> Result<Path, Refusal>,
) -> Result<Path, Refusal> {
    let values = history.values();
    let most = values.iter().fold(0.0_f64, |most, y| most.max(*y));
    if values.iter().any(|y| *y <= 0.0) {
        return with(history, horizon, rest);
    }
    let mut path = with(&history.with(values.iter().map(|y| y.ln()).collect()), horizon, rest)?;
    for (mean, sd) in path.mean.iter_mut().zip(&mut path.sd) {
        // A trend of logarithms may run away; ten times what was ever seen is far enough.
        *mean = mean.exp().min(10.0 * most);
        *sd *= *mean;
    }
    Ok(path)
}

fn odd(window: usize) -> usize {
    window | 1
}

fn moving_mean(values: &[f64], window: usize) -> Vec<f64> {
    let mut sum: f64 = values[..window].iter().sum();
    let mut out = vec![sum / window as f64];
    for at in window..values.len() {
        sum += values[at] - values[at - window];
        out.push(sum / window as f64);
    }
    out
}
