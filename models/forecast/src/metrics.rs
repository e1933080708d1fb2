//! How far a forecast was off. Every measure takes what came and what was said, step by step.
//!
//! A gap or a number that is none is refused: a sum that skips it makes a forecast full of gaps look best. Sources:
//! Hyndman & Koehler 2006 (MASE), Makridakis & Hibon 2000 (sMAPE of M3), Makridakis et al. 2020 (sMAPE and OWA of M4),
//! M5 guide 2020 (RMSSE, weighted pinball).

/// Why there is no score.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// Nothing to compare.
    #[error("there is nothing to score")]
    Empty,
    /// What came and what was said are not of one length.
    #[error("{forecast} values were forecast where {actual} came")]
    Length {
        /// Values that came.
        actual: usize,
        /// Values that were said.
        forecast: usize,
    },
    /// A gap.
    #[error("{what} {at} is {value}; a gap is refused, not skipped")]
    NotFinite {
        /// "forecast", "actual" or "history".
        what: &'static str,
        /// Where it stands, from 0.
        at: usize,
        /// What stands there.
        value: f64,
    },
    /// The history never moved, or is shorter than the season, so it gives no scale.
    #[error("{seen} values of history give no scale for a season of {season}: too few, or they never move")]
    NoScale {
        /// Values of history.
        seen: usize,
        /// Steps between the values that are compared.
        season: usize,
    },
    /// A quantile level outside (0, 1), or an upper bound without a lower.
    #[error("{0} is no quantile level; expected a number between 0 and 1")]
    Level(f64),
}

type Score = Result<f64, MetricError>;

fn finite(what: &'static str, values: &[f64]) -> Result<(), MetricError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(MetricError::NotFinite { what, at, value: values[at] }),
        None => Ok(()),
    }
}

/// Refuses what cannot be compared: other lengths, nothing, gaps.
pub fn check(actual: &[f64], forecast: &[f64]) -> Result<(), MetricError> {
    if actual.len() != forecast.len() {
        return Err(MetricError::Length { actual: actual.len(), forecast: forecast.len() });
    }
    if actual.is_empty() {
        return Err(MetricError::Empty);
    }
    finite("actual", actual)?;
    finite("forecast", forecast)
}

fn mean_of(actual: &[f64], forecast: &[f64], loss: impl Fn(f64, f64) -> f64) -> Score {
    check(actual, forecast)?;
    let sum: f64 = actual.iter().zip(forecast).map(|(y, f)| loss(*y, *f)).sum();
    Ok(sum / actual.len() as f64)
}

/// Mean absolute error, in the unit of the series.
pub fn mae(actual: &[f64], forecast: &[f64]) -> Score {
    mean_of(actual, forecast, |y, f| (y - f).abs())
}

/// Root of the mean squared error, in the unit of the series.
pub fn rmse(actual: &[f64], forecast: &[f64]) -> Score {
    Ok(mean_of(actual, forecast, |y, f| (y - f).powi(2))?.sqrt())
}

/// Mean absolute percentage error as a share (0.1 is 10 %); `None` where an actual value is 0.
pub fn mape(actual: &[f64], forecast: &[f64]) -> Result<Option<f64>, MetricError> {
    let score = mean_of(actual, forecast, |y, f| ((y - f) / y).abs())?;
    Ok(actual.iter().all(|y| *y != 0.0).then_some(score))
}

/// Σ|error| over Σ|actual|; `None` where nothing came at all.
pub fn wape(actual: &[f64], forecast: &[f64]) -> Result<Option<f64>, MetricError> {
    let error = mae(actual, forecast)?;
    let size = actual.iter().map(|y| y.abs()).sum::<f64>() / actual.len() as f64;
    Ok((size > 0.0).then(|| error / size))
}

/// M4's and NN5's sMAPE in per cent: the mean of 200 |y − f| / (|y| + |f|); 0 where both are 0.
pub fn smape(actual: &[f64], forecast: &[f64]) -> Score {
    mean_of(actual, forecast, |y, f| if y == f { 0.0 } else { 200.0 * (y - f).abs() / (y.abs() + f.abs()) })
}

/// M3's sMAPE in per cent: as [`smape`], with the plain sum y + f below, so that a negative forecast can distort it.
pub fn smape_m3(actual: &[f64], forecast: &[f64]) -> Score {
    mean_of(actual, forecast, |y, f| if y == f { 0.0 } else { 200.0 * (y - f).abs() / (y + f) })
}

/// Mean absolute error in units of the seasonal naive's error within `history` (`season` 1: the naive's).
pub fn mase(history: &[f64], season: usize, actual: &[f64], forecast: &[f64]) -> Score {
    let scale = seasonal_scale(history, season, f64::abs)?;
    Ok(mae(actual, forecast)? / scale)
}

/// Root of the squared error in units of the seasonal naive's within `history`.
pub fn rmsse(history: &[f64], season: usize, actual: &[f64], forecast: &[f64]) -> Score {
    let scale = seasonal_scale(history, season, |e| e * e)?;
    Ok((rmse(actual, forecast)?.powi(2) / scale).sqrt())
}

fn seasonal_scale(history: &[f64], season: usize, loss: impl Fn(f64) -> f64) -> Score {
    finite("history", history)?;
    let none = MetricError::NoScale { seen: history.len(), season };
    if season == 0 || history.len() <= season {
        return Err(none);
    }
    let sum: f64 = history[season..].iter().zip(history).map(|(y, before)| loss(y - before)).sum();
    let scale = sum / (history.len() - season) as f64;
    if scale > 0.0 { Ok(scale) } else { Err(none) }
}

/// M4's overall weighted average: the mean of sMAPE and MASE, each over that of the reference (Naive2). Both are means
/// over the series first.
pub fn owa(smape: f64, mase: f64, reference_smape: f64, reference_mase: f64) -> f64 {
    (smape / reference_smape + mase / reference_mase) / 2.0
}

/// Mean pinball loss of the quantile `level`, in the unit of the series.
pub fn pinball(level: f64, actual: &[f64], quantile: &[f64]) -> Score {
    if !(level > 0.0 && level < 1.0) {
        return Err(MetricError::Level(level));
    }
    mean_of(actual, quantile, |y, q| (level * (y - q)).max((level - 1.0) * (y - q)))
}

/// Weighted quantile loss: for each level 2 Σ pinball / Σ|actual|, and the mean over the levels; `None` where nothing
/// came at all.
pub fn wql(actual: &[f64], quantiles: &[(f64, &[f64])]) -> Result<Option<f64>, MetricError> {
    if quantiles.is_empty() {
        return Err(MetricError::Empty);
    }
    let mut sum = 0.0;
    for (level, line) in quantiles {
        sum += 2.0 * pinball(*level, actual, line)?;
    }
    let size = actual.iter().map(|y| y.abs()).sum::<f64>() / actual.len() as f64;
    Ok((size > 0.0).then(|| sum / quantiles.len() as f64 / size))
}

/// Share of what came that lies within [low, high].
pub fn coverage(actual: &[f64], low: &[f64], high: &[f64]) -> Score {
    check(actual, low)?;
    check(actual, high)?;
    let within = actual.iter().zip(low.iter().zip(high)).filter(|(y, (low, high))| *low <= *y && *y <= *high);
    Ok(within.count() as f64 / actual.len() as f64)
}

/// Mean of forecast − actual: above 0 too much was said.
pub fn bias(actual: &[f64], forecast: &[f64]) -> Score {
    mean_of(actual, forecast, |y, f| f - y)
}
