//! A forecast: one mean and one spread a step, and the quantiles that follow.

use crate::normal;

/// What a method says of the next steps, before calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Expected value a step, in the unit of the series.
    pub mean: Vec<f64>,
    /// Standard deviation of the error a step, same unit, never negative.
    pub sd: Vec<f64>,
}

/// Quantiles a step beside the mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Fan {
    /// Expected value a step.
    pub mean: Vec<f64>,
    /// Rising levels within (0, 1).
    pub levels: Vec<f64>,
    /// For each level its value a step; they do not cross.
    pub quantiles: Vec<Vec<f64>>,
}

impl Path {
    /// Quantiles of the normal distribution with this mean and spread.
    pub fn normal(&self, levels: &[f64]) -> Fan {
        self.fan(levels, normal::quantile)
    }

    /// Quantiles as mean + spread × `score(level)`; what `score` answers must rise with the level.
    pub fn fan(&self, levels: &[f64], score: impl Fn(f64) -> f64) -> Fan {
        let line = |level: &f64| {
            let score = score(*level);
            self.mean.iter().zip(&self.sd).map(|(mean, sd)| mean + sd * score).collect()
        };
        Fan { mean: self.mean.clone(), levels: levels.to_vec(), quantiles: levels.iter().map(line).collect() }
    }

    /// A path of logarithms as one of values: the median stays the median.
    pub(crate) fn exponential(mut self) -> Self {
        for (mean, sd) in self.mean.iter_mut().zip(&mut self.sd) {
            *mean = mean.exp();
            *sd *= *mean;
        }
        self
    }

    /// The same with every value that is no number replaced by the last sane one: no method may hand out a gap.
    pub(crate) fn sane(mut self, fallback: f64, spread: f64) -> Self {
        for value in &mut self.mean {
            if !value.is_finite() {
                *value = fallback;
            }
        }
        for value in &mut self.sd {
            if !value.is_finite() || *value < 0.0 {
                *value = spread;
            }
        }
        self
    }
}

impl Fan {
    /// The same where less than nothing cannot be sold: below 0 becomes 0.
    pub fn at_least_zero(mut self) -> Self {
        let lines = self.quantiles.iter_mut().chain([&mut self.mean]);
        lines.flatten().for_each(|value| *value = value.max(0.0));
        self
    }
}
