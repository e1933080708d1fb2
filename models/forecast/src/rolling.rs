//! Forecasts from points in the past, of which the future is known: what skill and calibration are learned from.

use crate::history::{History, Refusal};
use crate::method::Method;
use crate::path::Path;

/// A forecast from the past, and what came.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What was said.
    pub path: Path,
    /// What came, one value for each step said.
    pub came: Vec<f64>,
}

impl Trial {
    /// Mean absolute error.
    pub fn error(&self) -> f64 {
        let errors = self.came.iter().zip(&self.path.mean).map(|(came, said)| (came - said).abs());
        errors.sum::<f64>() / self.came.len().max(1) as f64
    }

    /// Errors in units of the spread that was stated; a spread of 0 gives no score.
    pub fn scores(&self) -> impl Iterator<Item = f64> {
        let steps = self.came.iter().zip(self.path.mean.iter().zip(&self.path.sd));
        steps.filter(|(_, (_, sd))| **sd > 0.0).map(|(came, (mean, sd))| (came - mean) / sd)
    }
}

/// The last `origins` disjoint folds of `horizon` steps, newest first. Each fold sees only what came before it; fewer
/// where less than half the series would be left to learn from.
///
/// # Errors
/// Those of the method.
pub fn trials(method: Method, history: &History, horizon: usize, origins: usize) -> Result<Vec<Trial>, Refusal> {
    let n = history.values().len();
    let mut found = Vec::new();
    for fold in 1..=origins {
        let back = fold * horizon;
        if 2 * back > n {
            break;
        }
        let Some(known) = history.before(back) else { break };
        let came = history.values()[n - back..n - back + horizon].to_vec();
        found.push(Trial { path: method.forecast(&known, horizon)?, came });
    }
    Ok(found)
}
