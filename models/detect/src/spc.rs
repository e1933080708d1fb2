//! Control charts with a designed rate of false alarms: CUSUM and EWMA on standardised residuals.
//!
//! Both take values that are 0 on average with a spread of 1 while nothing is wrong, and independent of each other: the
//! residuals of a [`crate::Seasonal`], never raw readings. Under that promise [`cusum_run_length`] and
//! [`ewma_run_length`] say how many readings pass between two false alarms (ARL0, the average run length), and
//! [`Cusum::designed`] and [`Ewma::designed`] find the limit for the ARL0 that is asked for. (Page 1954; Roberts 1959;
//! Montgomery, Introduction to Statistical Quality Control, ch. 9.)

mod run_length;

use serde::{Deserialize, Serialize};

pub use run_length::{cusum_run_length, ewma_run_length};

/// A chart that cannot be designed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// The allowance is what a shift must exceed to count.
    #[error("a CUSUM's allowance lies between 0 and 3 standard deviations, not at {0}")]
    Allowance(f64),
    /// The weight of the newest reading.
    #[error("an EWMA's weight lies between 0.02 and 1, not at {0}")]
    Weight(f64),
    /// The integral equations are solved well in this range.
    #[error("a chart is designed for 2 to 1,000,000 readings between false alarms, not for {0}")]
    RunLength(f64),
}

/// Which way a mean has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shift {
    /// Above what it was.
    Up,
    /// Below what it was.
    Down,
}

/// Two-sided tabular CUSUM: sums what goes beyond an allowance, either way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cusum {
    /// Half the shift that matters, in standard deviations (k).
    pub allowance: f64,
    /// The sum that is an alarm, in standard deviations (h).
    pub limit: f64,
}

/// Where a [`Cusum`] stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CusumState {
    up: f64,
    down: f64,
}

impl Cusum {
    /// The chart with `run_length` readings between false alarms on average.
    ///
    /// # Errors
    /// An allowance or a run length outside the range in which the design is exact.
    pub fn designed(allowance: f64, run_length: f64) -> Result<Self, DesignError> {
        if !(0.0..=3.0).contains(&allowance) {
            return Err(DesignError::Allowance(allowance));
        }
        let limit = search(run_length, |limit| cusum_run_length(&Self { allowance, limit }, 0.0))?;
        Ok(Self { allowance, limit })
    }

    /// Takes a standardised residual. After an alarm the sums start again; a residual that is no number changes nothing.
    pub fn step(&self, state: &mut CusumState, residual: f64) -> Option<Shift> {
        if residual.is_nan() {
            return None;
        }
        state.up = (state.up + residual - self.allowance).max(0.0);
        state.down = (state.down - residual - self.allowance).max(0.0);
        let shift = if state.up > self.limit {
            Shift::Up
        } else if state.down > self.limit {
            Shift::Down
        } else {
            return None;
        };
        *state = CusumState::default();
        Some(shift)
    }
}

/// Exponentially weighted moving average with constant limits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ewma {
    /// Weight of the newest residual (λ).
    pub weight: f64,
    /// Limit in standard deviations of the average in the long run (L).
    pub limit: f64,
}

/// Where an [`Ewma`] stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EwmaState {
    mean: f64,
}

impl Ewma {
    /// The chart with `run_length` readings between false alarms on average.
    ///
    /// # Errors
    /// A weight or a run length outside the range in which the design is exact.
    pub fn designed(weight: f64, run_length: f64) -> Result<Self, DesignError> {
        if !(0.02..=1.0).contains(&weight) {
            return Err(DesignError::Weight(weight));
        }
        let limit = search(run_length, |limit| ewma_run_length(&Self { weight, limit }, 0.0))?;
        Ok(Self { weight, limit })
    }

    /// The limit in the unit of the residuals.
    pub fn band(&self) -> f64 {
        self.limit * (self.weight / (2.0 - self.weight)).sqrt()
    }

    /// Takes a standardised residual. After an alarm the average starts again at 0; a residual that is no number changes
    /// nothing.
    pub fn step(&self, state: &mut EwmaState, residual: f64) -> Option<Shift> {
        if residual.is_nan() {
            return None;
        }
        state.mean += self.weight * (residual - state.mean);
        if state.mean.abs() <= self.band() {
            return None;
        }
        let shift = if state.mean > 0.0 { Shift::Up } else { Shift::Down };
        *state = EwmaState::default();
        Some(shift)
    }
}

/// The limit at which `length`, which grows with it, reaches `run_length`.
fn search(run_length: f64, length: impl Fn(f64) -> f64) -> Result<f64, DesignError> {
    if !(2.0..=1e6).contains(&run_length) {
        return Err(DesignError::RunLength(run_length));
    }
    let (mut low, mut high) = (0.0, 1.0);
    while length(high) < run_length && high < 1e3 {
        (low, high) = (high, high * 1.5);
    }
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if length(middle) < run_length { low = middle } else { high = middle }
    }
    Ok(0.5 * (low + high))
}
