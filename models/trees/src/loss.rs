//! Losses, with their derivatives in the raw score.

use crate::FitError;
use crate::exp::{exp, sigmoid};

/// What boosting makes small. `s` is the raw score, `y` the label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// ½(y − s)².
    Squared,
    /// eˢ − y·s: counts, y ≥ 0, the mean is eˢ.
    Poisson,
    /// Tweedie's deviance for 1 < power < 2: amounts with many zeros, y ≥ 0, the mean is eˢ.
    Tweedie {
        /// The variance grows with this power of the mean.
        power: f64,
    },
    /// Pinball loss: `s` becomes the quantile at `level`, 0 < level < 1.
    Quantile {
        /// The share of labels below the score.
        level: f64,
    },
    /// Log loss, 0 ≤ y ≤ 1: the probability is 1/(1 + e⁻ˢ).
    Logistic,
}

/// What makes an answer of a raw score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Link {
    /// The score itself.
    #[default]
    Identity,
    /// eˢ.
    Exp,
    /// 1/(1 + e⁻ˢ).
    Logistic,
}

impl Link {
    /// The answer for a raw score.
    pub fn answer(self, score: f64) -> f64 {
        match self {
            Self::Identity => score,
            Self::Exp => exp(score),
            Self::Logistic => sigmoid(score),
        }
    }
}

/// e^0.7: the second derivative is taken 0.7 further on, which holds the step of a leaf (LightGBM's
/// `poisson_max_delta_step`). Spelled out, for a platform's exponential may differ in the last bit.
const COUNT_STEP: f64 = 2.013_752_707_470_476_6;

impl Loss {
    /// What makes an answer of the raw score.
    pub fn link(self) -> Link {
        match self {
            Self::Squared | Self::Quantile { .. } => Link::Identity,
            Self::Poisson | Self::Tweedie { .. } => Link::Exp,
            Self::Logistic => Link::Logistic,
        }
    }

    pub(crate) fn check(self) -> Result<(), FitError> {
        match self {
            Self::Tweedie { power } if !(power > 1.0 && power < 2.0) => {
                Err(FitError::Parameter { name: "power", given: power, expected: "above 1 and below 2" })
            }
            Self::Quantile { level } if !(level > 0.0 && level < 1.0) => {
                Err(FitError::Parameter { name: "level", given: level, expected: "above 0 and below 1" })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn check_label(self, row: usize, label: f32) -> Result<(), FitError> {
        let (holds, expected) = match self {
            Self::Squared | Self::Quantile { .. } => (label.is_finite(), "a finite number"),
            Self::Poisson | Self::Tweedie { .. } => (label >= 0.0 && label.is_finite(), "a finite number from zero up"),
            Self::Logistic => ((0.0..=1.0).contains(&label), "0 to 1"),
        };
        if holds { Ok(()) } else { Err(FitError::Label { row, given: label, expected }) }
    }

    /// First and second derivative at score `s`.
    #[inline(always)]
    pub(crate) fn derivatives(self, s: f64, y: f64) -> (f64, f64) {
        match self {
            Self::Squared => (s - y, 1.0),
            Self::Poisson => {
                let mean = exp(s);
                (mean - y, mean * COUNT_STEP)
            }
            Self::Tweedie { power } => {
                let (near, far) = (exp((1.0 - power) * s), exp((2.0 - power) * s));
                (far - y * near, (2.0 - power) * far - (1.0 - power) * y * near)
            }
            // The second derivative is zero; leaves are set to the quantile itself once the tree stands.
            Self::Quantile { level } => (if y < s { 1.0 - level } else { -level }, 1.0),
            Self::Logistic => {
                let p = sigmoid(s);
                (p - y, p * (1.0 - p))
            }
        }
    }

    /// Mean loss of raw scores, weighted where weights are given; constants that no score changes are left out.
    pub fn mean(self, scores: &[f64], labels: &[f32], weights: Option<&[f32]>) -> f64 {
        let (mut sum, mut of) = (0.0, 0.0);
        for (row, (&s, &label)) in scores.iter().zip(labels).enumerate() {
            let weight = weights.and_then(|weights| weights.get(row)).map_or(1.0, |&weight| f64::from(weight));
            sum += weight * self.value(s, f64::from(label));
            of += weight;
        }
        if of > 0.0 { sum / of } else { 0.0 }
    }

    fn value(self, s: f64, y: f64) -> f64 {
        match self {
            Self::Squared => 0.5 * (y - s) * (y - s),
            Self::Poisson => exp(s) - y * s,
            Self::Tweedie { power } => {
                exp((2.0 - power) * s) / (2.0 - power) - y * exp((1.0 - power) * s) / (1.0 - power)
            }
            Self::Quantile { level } => (y - s) * (if y < s { level - 1.0 } else { level }),
            // ln(1 + eˢ) − y·s, written so that neither end overflows.
            Self::Logistic => s.max(0.0) + libm::log1p(exp(-s.abs())) - y * s,
        }
    }

    /// The score before the first tree, from the weighted mean label (for quantiles: see [`quantile`]).
    pub(crate) fn start(self, mean: f64) -> f64 {
        match self {
            Self::Squared | Self::Quantile { .. } => mean,
            Self::Poisson | Self::Tweedie { .. } => libm::log(mean.max(1e-9)),
            Self::Logistic => {
                let p = mean.clamp(1e-9, 1.0 - 1e-9);
                libm::log(p / (1.0 - p))
            }
        }
    }
}

/// The weighted quantile: the least value at or below which `level` of the weight lies. Sorts `values`.
pub(crate) fn quantile(values: &mut [(f32, f32)], level: f64) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let all: f64 = values.iter().map(|&(_, weight)| f64::from(weight)).sum();
    let mut below = 0.0;
    for &(value, weight) in values.iter() {
        below += f64::from(weight);
        if below >= level * all {
            return f64::from(value);
        }
    }
    values.last().map_or(0.0, |&(value, _)| f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_value() {
        let losses = [Loss::Squared, Loss::Tweedie { power: 1.3 }, Loss::Logistic];
        for loss in losses {
            for (s, y) in [(0.3, 0.0), (-1.2, 1.0), (2.0, 0.7)] {
                let step = 1e-5;
                let (up, here, down) = (loss.value(s + step, y), loss.value(s, y), loss.value(s - step, y));
                let (first, second) = loss.derivatives(s, y);
                assert!(((up - down) / (2.0 * step) - first).abs() < 1e-6, "{loss:?}");
                assert!(((up - 2.0 * here + down) / (step * step) - second).abs() < 1e-3, "{loss:?}");
            }
        }
    }

    #[test]
    fn a_quantile_counts_weights() {
        let mut values = [(3.0, 1.0), (1.0, 1.0), (2.0, 2.0)];
        assert_eq!(quantile(&mut values, 0.5), 2.0);
        assert_eq!(quantile(&mut values, 0.9), 3.0);
        assert_eq!(quantile(&mut values, 0.1), 1.0);
    }
}
