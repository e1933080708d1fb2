//! Several methods as one, weighed by what each was worth at rolling origins inside the known past.

use crate::history::{History, Refusal};
use crate::method::Method;
use crate::path::Path;
use crate::rolling::{self, Trial};

/// How sharply skill decides: weights are error^−SHARPNESS.
const SHARPNESS: i32 = 3;

/// Which methods, and at how many past origins they are judged.
#[derive(Clone, Debug)]
pub struct Ensemble {
    /// The methods.
    pub members: Vec<Method>,
    /// Disjoint folds of one horizon each that skill is taken from.
    pub origins: usize,
}

/// An ensemble's answer for one series.
#[derive(Clone, Debug)]
pub struct Blend {
    /// Weight of each member, in the order of [`Ensemble::members`]; they sum to 1.
    pub weights: Vec<f64>,
    /// What each member says of the future, in the same order.
    pub paths: Vec<Path>,
    /// The weighed forecast.
    pub path: Path,
    /// What the same weights would have said in the past. The weights have seen these folds, so the trials are a little
    /// too good; with more folds the less so.
    pub trials: Vec<Trial>,
}

impl Default for Ensemble {
    /// One method of each kind: the last season, smoothing, a trend, seasons that grow with the level, seasonal lags.
    fn default() -> Self {
        let members =
            vec![Method::SeasonalNaive, Method::Ets, Method::DynamicTheta, Method::MstlLog, Method::Autoregression];
        Self { members, origins: 3 }
    }
}

impl Ensemble {
    /// Weighs and forecasts. A series too short for one fold gets equal weights.
    ///
    /// # Errors
    /// Refuses a horizon of 0.
    pub fn forecast(&self, history: &History, horizon: usize) -> Result<Blend, Refusal> {
        let mut paths = Vec::with_capacity(self.members.len());
        let mut past = Vec::with_capacity(self.members.len());
        for member in &self.members {
            paths.push(member.forecast(history, horizon)?);
            past.push(rolling::trials(*member, history, horizon, self.origins)?);
        }
        Ok(blend(paths, &past))
    }
}

/// Weighs `paths` by the error of the same methods in `past`, fold by fold; equal weights where there is none.
pub fn blend(paths: Vec<Path>, past: &[Vec<Trial>]) -> Blend {
    let errors: Vec<f64> = past.iter().map(|trials| trials.iter().map(Trial::error).sum::<f64>()).collect();
    let weights = weights(&errors);
    let path = weighed(&paths.iter().collect::<Vec<_>>(), &weights);
    let folds = past.iter().map(Vec::len).min().unwrap_or(0);
    let trials = (0..folds).map(|fold| {
        let said: Vec<&Path> = past.iter().map(|trials| &trials[fold].path).collect();
        Trial { path: weighed(&said, &weights), came: past[0][fold].came.clone() }
    });
    let trials = trials.collect();
    Blend { weights, paths, path, trials }
}

/// error^−3, made to sum to 1. Errors below a thousandth of the least positive one count alike; all 0 is equal weights.
fn weights(errors: &[f64]) -> Vec<f64> {
    let least = errors.iter().copied().filter(|e| *e > 0.0 && e.is_finite()).fold(f64::INFINITY, f64::min);
    if !least.is_finite() {
        return vec![1.0 / errors.len().max(1) as f64; errors.len()];
    }
    let raw = errors.iter().map(|e| (e.max(least / 1000.0) / least).powi(-SHARPNESS));
    let raw: Vec<f64> = raw.map(|w| if w.is_finite() { w } else { 0.0 }).collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|w| w / sum).collect()
}

fn weighed(paths: &[&Path], weights: &[f64]) -> Path {
    let steps = paths.first().map_or(0, |path| path.mean.len());
    let sum = |pick: fn(&Path) -> &[f64]| {
        let step = |k: usize| paths.iter().zip(weights).map(|(path, weight)| weight * pick(path)[k]).sum();
        (0..steps).map(step).collect()
    };
    Path { mean: sum(|path| &path.mean), sd: sum(|path| &path.sd) }
}
