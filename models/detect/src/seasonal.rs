//! What is left of a reading when the time of day is taken out, in units of its own robust spread.
//!
//! A level per quarter of an hour follows the readings; an outlier pulls it by no more than a reading at three spreads
//! would (Huber's ψ), and the spread is 1.2533 times the mean of such clipped deviations, so that a normal
//! residual has spread 1. Control charts stand on these residuals.

use serde::{Deserialize, Serialize};
use vyavs_features::Sample;

/// Quarters of an hour in a day.
const BINS: usize = 96;
/// Mean deviation of a normal distribution to its standard deviation.
const TO_SIGMA: f64 = 1.253_314_137_315_5;
/// Spreads beyond which a residual pulls no harder.
const CLIP: f64 = 3.0;

/// How fast the daily levels and the spread follow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seasonal {
    /// Share of a residual that its level takes on.
    pub follow: f64,
    /// Share of a deviation that the spread takes on.
    pub spread_follow: f64,
    /// Readings before the first residual is given.
    pub warm_up: u32,
}

impl Default for Seasonal {
    /// For a reading a minute: a level takes about two days, the spread about half a day.
    fn default() -> Self {
        Self { follow: 0.03, spread_follow: 1.0 / 720.0, warm_up: 1_440 }
    }
}

/// Where a [`Seasonal`] stands with one sensor; 400 bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct SeasonalState {
    levels: [f32; BINS],
    spread: f64,
    seen: u32,
}

impl Default for SeasonalState {
    fn default() -> Self {
        Self { levels: [f32::NAN; BINS], spread: 0.0, seen: 0 }
    }
}

impl SeasonalState {
    /// The spread of the residuals, in the sample's unit.
    pub fn spread(&self) -> f64 {
        self.spread
    }
}

impl Seasonal {
    /// Takes a sample and gives its residual in spreads; `None` while it learns, for an unusable sample, and for a
    /// sensor that has never moved.
    pub fn step(&self, state: &mut SeasonalState, sample: &Sample) -> Option<f64> {
        let value = sample.usable()?;
        let bin = usize::from(sample.minute_of_day / 15) % BINS;
        let first = state.levels[bin].is_nan();
        if first {
            state.levels[bin] = value as f32;
        }
        let residual = value - f64::from(state.levels[bin]);
        let score = residual / state.spread;
        let bound = if state.seen < 16 || state.spread == 0.0 { residual.abs() } else { CLIP * state.spread };
        let clipped = residual.clamp(-bound, bound);
        state.levels[bin] += (self.follow * clipped) as f32;
        state.seen = state.seen.saturating_add(1);
        if !first {
            let follow = self.spread_follow.max(1.0 / f64::from(state.seen));
            state.spread += follow * (clipped.abs() * TO_SIGMA - state.spread);
        }
        (state.seen > self.warm_up && !first && score.is_finite()).then_some(score)
    }
}
