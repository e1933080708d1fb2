//! A series explained by its own past: autoregressions over differences and seasonal lags, the best by AICc.
//!
//! The stated substitute for automatic ARIMA: a long autoregression stands for the moving-average part, least squares
//! for maximum likelihood, which makes a fit some hundred times cheaper.

use crate::baseline::{naive, root_mean_square};
use crate::history::{History, Refusal};
use crate::linear::Normal;
use crate::path::Path;

/// The series a candidate works on: as it is, its steps, or its change over a season.
#[derive(Clone, Copy, Debug)]
enum Change {
    Level,
    Lag(usize),
}

impl Change {
    fn lag(self) -> usize {
        match self {
            Self::Level => 0,
            Self::Lag(lag) => lag,
        }
    }

    fn of(self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::Level => values.to_vec(),
            Self::Lag(lag) => values[lag..].iter().zip(values).map(|(now, then)| now - then).collect(),
        }
    }
}

struct Candidate {
    change: Change,
    lags: Vec<usize>,
    answer: Vec<f64>,
    sd: f64,
    aicc: f64,
}

/// The autoregression with the least AICc; the naive below a dozen values or where nothing moves.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn forecast(history: &History, horizon: usize) -> Result<Path, Refusal> {
    let fallback = naive(history, horizon)?;
    let values = history.values();
    let n = values.len();
    let (_, spread) = standard(values);
    if n < 12 || spread <= 0.0 {
        return Ok(fallback);
    }
    let plain = best_of(history, values);
    let positive = values.iter().all(|y| *y > 0.0);
    let logs: Vec<f64> = if positive { values.iter().map(|y| y.ln()).collect() } else { Vec::new() };
    let logged = positive.then(|| best_of(history, &logs)).flatten();
    let path = match (plain, logged) {
        // A criterion on logarithms speaks of their density; the sum of the logarithms makes it one of the values.
        (Some(plain), Some(logged)) if logged.aicc + 2.0 * logged.sum < plain.aicc => {
            logged.ahead(horizon).exponential()
        }
        (Some(plain), _) => plain.ahead(horizon),
        (None, Some(logged)) => logged.ahead(horizon).exponential(),
        (None, None) => return Ok(fallback),
    };
    Ok(path.sane(values[n - 1], spread))
}

/// A fit, with the scale it was made on.
struct Found {
    scaled: Vec<f64>,
    mean: f64,
    spread: f64,
    best: Candidate,
    /// In the unit of the values.
    aicc: f64,
    /// Of the values it was judged on.
    sum: f64,
}

impl Found {
    fn ahead(&self, horizon: usize) -> Path {
        let path = ahead(&self.scaled, &self.best, horizon);
        let far = 5.0 * self.scaled.iter().fold(1.0_f64, |most, y| most.max(y.abs()));
        let mean = path.mean.iter().map(|value| self.mean + self.spread * value.clamp(-far, far)).collect();
        let sd = path.sd.iter().map(|sd| sd.min(far) * self.spread).collect();
        Path { mean, sd }
    }
}

fn best_of(history: &History, values: &[f64]) -> Option<Found> {
    let n = values.len();
    let (mean, spread) = standard(values);
    if spread <= 0.0 {
        return None;
    }
    let scaled: Vec<f64> = values.iter().map(|y| (y - mean) / spread).collect();
    let seasons: Vec<usize> = history.seasons().iter().copied().filter(|m| n >= 3 * m + 8).collect();
    let mut changes = vec![Change::Level, Change::Lag(1)];
    changes.extend(seasons.iter().map(|m| Change::Lag(*m)));
    let sets = lag_sets(&seasons, n);
    // Every candidate is judged on the same values, else their criteria could not be compared.
    let skip = sets.iter().flatten().max().copied().unwrap_or(1) + seasons.last().copied().unwrap_or(1);
    let skip = skip.min(n / 2);
    let mut best: Option<Candidate> = None;
    for change in changes {
        for lags in &sets {
            if let Some(found) = fit(&scaled, change, lags, skip)
                && best.as_ref().is_none_or(|best| found.aicc < best.aicc)
            {
                best = Some(found);
            }
        }
    }
    let best = best?;
    let judged = (n - skip) as f64;
    let aicc = best.aicc + 2.0 * judged * spread.ln();
    Some(Found { sum: values[skip..].iter().sum(), scaled, mean, spread, best, aicc })
}

fn standard(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, root_mean_square(values.iter().map(|y| y - mean)))
}

/// Growing sets of lags, each with the neighbourhood of every season.
fn lag_sets(seasons: &[usize], n: usize) -> Vec<Vec<usize>> {
    let near = [1, 2, 3, 5, 8, 13, 25].into_iter().filter(|p| 4 * p < n);
    let mut sets = Vec::new();
    for p in near {
        let plain: Vec<usize> = (1..=p).collect();
        let mut wide = plain.clone();
        for m in seasons {
            // Where a day lies within a week, every day of the week speaks.
            let turns = seasons.last().map_or(2, |longest| (longest / m + 1).min(8));
            let around = (1..=turns).flat_map(|turn| [turn * m - 1, turn * m, turn * m + 1]);
            wide.extend(around.filter(|lag| 3 * lag < 2 * n));
        }
        wide.sort_unstable();
        wide.dedup();
        if wide.len() > plain.len() && 3 * wide.len() < n {
            sets.push(wide);
        }
        sets.push(plain);
    }
    sets
}

fn fit(scaled: &[f64], change: Change, lags: &[usize], skip: usize) -> Option<Candidate> {
    let moved = change.of(scaled);
    let first = skip.saturating_sub(change.lag());
    let reach = lags.last().copied()?;
    if first < reach || moved.len() < first + lags.len() + 4 {
        return None;
    }
    let size = lags.len() + 1;
    let mut normal = Normal::new(size, 1);
    let mut row = vec![1.0; size];
    for at in first..moved.len() {
        row.iter_mut().zip(lags).for_each(|(cell, lag)| *cell = moved[at - lag]);
        normal.add(&row, &[moved[at]], 1.0);
    }
    let answer = normal.solve(1e-4)?;
    let (rows, count) = (normal.rows(), size as f64 + 1.0);
    let left = normal.residual(&answer, 0).max(1e-12);
    if rows <= count + 2.0 {
        return None;
    }
    let aicc = rows * (left / rows).ln() + 2.0 * count + 2.0 * count * (count + 1.0) / (rows - count - 1.0);
    let sd = (left / (rows - size as f64).max(1.0)).sqrt();
    Some(Candidate { change, lags: lags.to_vec(), answer, sd, aicc })
}

/// The recursion onwards, and beside it the recursion of a unit shock, which gives the spread.
fn ahead(scaled: &[f64], found: &Candidate, horizon: usize) -> Path {
    let constant = found.answer.last().copied().unwrap_or(0.0);
    let run = |start: &[f64], constant: f64, shock: f64| {
        let (mut values, mut moved) = (start.to_vec(), found.change.of(start));
        for k in 0..horizon {
            let weighed = found.lags.iter().zip(&found.answer).map(|(lag, b)| b * moved[moved.len() - lag]);
            let next = constant + weighed.sum::<f64>() + if k == 0 { shock } else { 0.0 };
            moved.push(next);
            let base = match found.change {
                Change::Level => 0.0,
                Change::Lag(lag) => values[values.len() - lag],
            };
            values.push(base + next);
        }
        values.split_off(start.len())
    };
    let mean = run(scaled, constant, 0.0);
    let response = run(&vec![0.0; scaled.len()], 0.0, 1.0);
    let mut sum = 0.0;
    let sd = response.iter().map(|psi| {
        sum += psi * psi;
        found.sd * f64::sqrt(sum)
    });
    let sd = sd.collect();
    Path { mean, sd }
}
