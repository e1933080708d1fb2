//! Is there a season, and what is it: the test and the indices of the M competitions.

/// M4's test: is the autocorrelation at lag `season` beyond its 90 % limit (Bartlett's formula)? `false` below three
/// full seasons. Source: the benchmark code of M4, `SeasonalityTest`.
pub fn is_seasonal(values: &[f64], season: usize) -> bool {
    let n = values.len();
    if season < 2 || n < 3 * season {
        return false;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let power: f64 = values.iter().map(|y| (y - mean).powi(2)).sum();
    if power <= 0.0 {
        return false;
    }
    let correlation = |lag: usize| {
        let pairs = values[lag..].iter().zip(values);
        pairs.map(|(now, then)| (now - mean) * (then - mean)).sum::<f64>() / power
    };
    let before: f64 = (1..season).map(|lag| correlation(lag).powi(2)).sum();
    let limit = 1.645 * ((1.0 + 2.0 * before) / n as f64).sqrt();
    correlation(season).abs() > limit
}

/// Seasonal indices by classical multiplicative decomposition; the first belongs to the first value. They average 1.
/// `None` below two seasons, or where the trend comes to 0 or below.
pub fn multiplicative_indices(values: &[f64], season: usize) -> Option<Vec<f64>> {
    indices(values, season, |value, trend| value / trend, |index, mean| index / mean)
        .filter(|found| found.iter().all(|index| *index > 0.0))
}

/// The same, additive: they average 0.
pub fn additive_indices(values: &[f64], season: usize) -> Option<Vec<f64>> {
    indices(values, season, |value, trend| value - trend, |index, mean| index - mean)
}

fn indices(
    values: &[f64],
    season: usize,
    detrend: impl Fn(f64, f64) -> f64,
    centre: impl Fn(f64, f64) -> f64,
) -> Option<Vec<f64>> {
    let n = values.len();
    if season < 2 || n < 2 * season {
        return None;
    }
    let half = season / 2;
    let (mut sums, mut counts) = (vec![0.0; season], vec![0.0; season]);
    // An even season takes half of either end, so that each of its places weighs the same (R's `decompose`).
    for at in half..n - half {
        let window = &values[at - half..=at + half];
        let mut sum: f64 = window.iter().sum();
        if season.is_multiple_of(2) {
            sum -= (window[0] + window[window.len() - 1]) / 2.0;
        }
        sums[at % season] += detrend(values[at], sum / season as f64);
        counts[at % season] += 1.0;
    }
    let raw: Vec<f64> = sums.iter().zip(&counts).map(|(sum, count): (&f64, &f64)| sum / count.max(1.0)).collect();
    let mean = raw.iter().sum::<f64>() / season as f64;
    let found: Vec<f64> = raw.iter().map(|index| centre(*index, mean)).collect();
    found.iter().all(|index| index.is_finite()).then_some(found)
}
