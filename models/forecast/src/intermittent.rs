//! Demand that is mostly zero: how often, times how much.
//!
//! Croston 1972; Syntetos & Boylan 2005 (SBA, and the classes); Teunter, Syntetos & Babai 2011 (TSB); Nikolopoulos et al.
//! 2011 (ADIDA); Petropoulos & Kourentzes 2015 (IMAPA). All forecast one level for every step.

use crate::baseline::root_mean_square;
use crate::history::{History, Refusal};
use crate::path::Path;

/// How demand comes (Syntetos, Boylan & Croston 2005): by the mean interval between demands, limit 1.32, and the
/// squared variation of their sizes, limit 0.49.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Often and even.
    Smooth,
    /// Seldom and even.
    Intermittent,
    /// Often and uneven.
    Erratic,
    /// Seldom and uneven.
    Lumpy,
}

/// The class of a series; `None` where there was no demand.
pub fn classify(values: &[f64]) -> Option<Class> {
    let sizes: Vec<f64> = values.iter().copied().filter(|y| *y > 0.0).collect();
    if sizes.is_empty() {
        return None;
    }
    let n = sizes.len() as f64;
    let mean = sizes.iter().sum::<f64>() / n;
    let variation = sizes.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n / (mean * mean);
    let seldom = values.len() as f64 / n >= 1.32;
    Some(match (seldom, variation >= 0.49) {
        (false, false) => Class::Smooth,
        (true, false) => Class::Intermittent,
        (false, true) => Class::Erratic,
        (true, true) => Class::Lumpy,
    })
}

/// Croston's method: size and interval of demands, each smoothed by `alpha` when there is one. It stands still without
/// demand, so it must not be used for what dies out.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn croston(history: &History, alpha: f64, horizon: usize) -> Result<Path, Refusal> {
    flat(history, horizon, croston_rate(history.values(), alpha))
}

/// Croston without its bias: times 1 − alpha / 2.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn sba(history: &History, alpha: f64, horizon: usize) -> Result<Path, Refusal> {
    flat(history, horizon, (1.0 - alpha / 2.0) * croston_rate(history.values(), alpha))
}

/// Size smoothed by `alpha` at demands, its probability by `beta` at every step: falls to zero when demand ends. Starts
/// from the share and the mean size of all demands.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn tsb(history: &History, alpha: f64, beta: f64, horizon: usize) -> Result<Path, Refusal> {
    let values = history.values();
    let demands = values.iter().filter(|y| **y != 0.0).count() as f64;
    let mut size = if demands > 0.0 { values.iter().sum::<f64>() / demands } else { 0.0 };
    let mut chance = demands / values.len() as f64;
    for y in values {
        let came = f64::from(*y != 0.0);
        chance += beta * (came - chance);
        size += came * alpha * (y - size);
    }
    flat(history, horizon, chance * size)
}

/// Demand summed over blocks as long as the mean interval, smoothed, and spread again.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn adida(history: &History, horizon: usize) -> Result<Path, Refusal> {
    let values = history.values();
    flat(history, horizon, blockwise(values, mean_interval(values).round().max(1.0) as usize))
}

/// The mean of [`adida`] over every block length from 1 to the mean interval.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn imapa(history: &History, horizon: usize) -> Result<Path, Refusal> {
    let values = history.values();
    let longest = mean_interval(values).round().max(1.0) as usize;
    let rate = (1..=longest).map(|block| blockwise(values, block)).sum::<f64>() / longest as f64;
    flat(history, horizon, rate)
}

fn croston_rate(values: &[f64], alpha: f64) -> f64 {
    let mut state: Option<(f64, f64)> = None;
    let mut since = 0.0;
    for y in values {
        since += 1.0;
        if *y != 0.0 {
            state = Some(match state {
                None => (*y, since),
                Some((size, gap)) => (size + alpha * (y - size), gap + alpha * (since - gap)),
            });
            since = 0.0;
        }
    }
    state.map_or(0.0, |(size, gap)| size / gap)
}

fn mean_interval(values: &[f64]) -> f64 {
    let last = values.iter().rposition(|y| *y != 0.0).map_or(0, |at| at + 1);
    let demands = values.iter().filter(|y| **y != 0.0).count();
    if demands == 0 { 1.0 } else { last as f64 / demands as f64 }
}

/// Sums of whole blocks, newest last, smoothed with the weight that fits best, a step's share of it.
fn blockwise(values: &[f64], block: usize) -> f64 {
    let sums: Vec<f64> = values[values.len() % block..].chunks(block).map(|part| part.iter().sum()).collect();
    let Some(first) = sums.first() else { return values.iter().sum::<f64>() / values.len() as f64 };
    let run = |alpha: f64| {
        sums.iter().fold((*first, 0.0), |(level, squares), sum| {
            let error = sum - level;
            (level + alpha * error, squares + error * error)
        })
    };
    let weights = (1..=30).map(|step| f64::from(step) / 100.0);
    let best = weights.map(run).min_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(*first, |(level, _)| level) / block as f64
}

fn flat(history: &History, horizon: usize, rate: f64) -> Result<Path, Refusal> {
    if horizon == 0 {
        return Err(Refusal::NoHorizon);
    }
    let sd = root_mean_square(history.values().iter().map(|y| y - rate));
    Ok(Path { mean: vec![rate; horizon], sd: vec![sd; horizon] })
}
