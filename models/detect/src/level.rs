//! What stands in for a model that is missing or refused: how far the last quarter of an hour is from the level.

use vyavs_features::{COLD_CHAIN, Vector};

/// Lags that make up a quarter of an hour.
const LAGS: usize = 15 / COLD_CHAIN.bin as usize;

/// A score without a model: distance of the last fifteen minutes from the sensor's own level, in its own mean
/// deviations. What a defrost explains is not in the vector, so it is not in the score either.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelScore {
    /// Above is abnormal.
    pub threshold: f32,
    /// How long it must stay above, seconds.
    pub raise_after_s: u32,
    /// Share of the threshold it must fall below to count as back.
    pub clear_below: f32,
    /// How long it must stay back, seconds.
    pub clear_after_s: u32,
}

impl Default for LevelScore {
    /// As `vyavs-train fit` chose them for the shipped model's card, on its validation stores.
    fn default() -> Self {
        Self { threshold: 5.05, raise_after_s: 0, clear_below: 0.7, clear_after_s: 900 }
    }
}

impl LevelScore {
    /// The score of a vector of [`COLD_CHAIN`].
    pub fn score(vector: &Vector) -> f32 {
        let last = COLD_CHAIN.lags();
        (vector[last - LAGS..last].iter().sum::<f32>() / LAGS as f32).abs()
    }
}
