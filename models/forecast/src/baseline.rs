//! What every other method must beat: the last value, the last season, and the Naive2 of the M competitions.

use crate::history::{History, Refusal};
use crate::path::Path;
use crate::season;

/// The last value, for every step.
///
/// # Errors
/// Refuses a horizon of 0, as every method does.
pub fn naive(history: &History, horizon: usize) -> Result<Path, Refusal> {
    seasonal_naive_of(history.values(), 1, horizon)
}

/// The value one season ago. `season` 1, or longer than the history, is the naive.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn seasonal_naive(history: &History, season: usize, horizon: usize) -> Result<Path, Refusal> {
    seasonal_naive_of(history.values(), season, horizon)
}

fn seasonal_naive_of(values: &[f64], season: usize, horizon: usize) -> Result<Path, Refusal> {
    if horizon == 0 {
        return Err(Refusal::NoHorizon);
    }
    let n = values.len();
    let season = if season == 0 || season > n { 1 } else { season };
    let mean: Vec<f64> = (0..horizon).map(|k| values[n - season + k % season]).collect();
    let pairs = values[season..].iter().zip(values);
    let sd = root_mean_square(pairs.map(|(now, then)| now - then));
    let sd = (0..horizon).map(|k| sd * ((k / season + 1) as f64).sqrt()).collect();
    Ok(Path { mean, sd })
}

/// The last value of the series without its season, with the season put back; the naive where M4's test finds none.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn naive2(history: &History, horizon: usize) -> Result<Path, Refusal> {
    deseasonalised(history, horizon, |plain| naive(plain, horizon))
}

/// Takes the season out by multiplicative indices where M4's test finds one, forecasts what is left, and puts it back.
pub(crate) fn deseasonalised(
    history: &History,
    horizon: usize,
    forecast: impl Fn(&History) -> Result<Path, Refusal>,
) -> Result<Path, Refusal> {
    let (values, m) = (history.values(), history.season());
    let indices = season::is_seasonal(values, m).then(|| season::multiplicative_indices(values, m)).flatten();
    let Some(indices) = indices else {
        return forecast(&History::seasonless(values.to_vec()));
    };
    let plain = values.iter().enumerate().map(|(at, value)| value / indices[at % m]).collect();
    let mut path = forecast(&History::seasonless(plain))?;
    for k in 0..horizon {
        let index = indices[(values.len() + k) % m];
        path.mean[k] *= index;
        path.sd[k] *= index;
    }
    Ok(path)
}

/// √ of the mean square; 0 of nothing.
pub(crate) fn root_mean_square(errors: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = errors.fold((0.0, 0.0), |(sum, count), e| (sum + e * e, count + 1.0));
    if count > 0.0 { f64::sqrt(sum / count) } else { 0.0 }
}
