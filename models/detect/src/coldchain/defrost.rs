//! Which warm air a defrost explains, where no controller says so.
//!
//! A defrost is a hump: the air warms within minutes and is cold again within the hour, several times a day. Warm air is
//! explained while it is younger than a defrost lasts, and not warmer than one gets; a door that is left open or a
//! compressor that failed outlasts it. Where the controller does say so, its word and a recovery time decide.

use serde::{Deserialize, Serialize};
use vyavs_features::Sample;

/// What a defrost of this cabinet may look like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefrostMask {
    /// Warmer than its usual level by this is a hump, K.
    pub rise_k: f64,
    /// Warmer than its usual level by this is no defrost, K.
    pub most_k: f64,
    /// The longest a hump may last, µs.
    pub longest_us: i64,
    /// How long after the controller's word the air may stay warm, µs.
    pub recover_us: i64,
    /// How fast the usual level follows, as a share per sample outside of humps.
    pub follow: f64,
}

impl Default for DefrostMask {
    /// Half an hour of heat and as much to recover, for a freezer read once a minute. Heaters are switched off at about
    /// +10 °C, 30 K above a freezer.
    fn default() -> Self {
        let minutes = 60_000_000;
        Self { rise_k: 2.0, most_k: 30.0, longest_us: 75 * minutes, recover_us: 30 * minutes, follow: 1.0 / 720.0 }
    }
}

/// Where a [`DefrostMask`] stands with one cabinet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DefrostState {
    level: Option<f64>,
    warm_since_us: Option<i64>,
    told_us: Option<i64>,
}

impl DefrostState {
    /// The cabinet's usual temperature as learned so far.
    pub fn level(&self) -> Option<f64> {
        self.level
    }
}

impl DefrostMask {
    /// Whether a defrost explains this sample's temperature. What it explains is left out of limits and scores, never
    /// out of the time above a limit: warm is warm for the goods.
    pub fn step(&self, state: &mut DefrostState, sample: &Sample) -> bool {
        if sample.defrost == Some(true) {
            state.told_us = Some(sample.at_us);
        }
        let Some(celsius) = sample.usable() else { return false };
        let level = *state.level.get_or_insert(celsius);
        let rise = celsius - level;
        if rise <= self.rise_k {
            state.warm_since_us = None;
            // Down at once, up slowly: the first samples may have been a defrost.
            let follow = if rise < -self.rise_k { 0.1 } else { self.follow };
            state.level = Some(level + follow * rise);
        }
        if rise > self.most_k {
            return false;
        }
        if sample.defrost.is_some() {
            return state.told_us.is_some_and(|told| sample.at_us.saturating_sub(told) <= self.recover_us);
        }
        if rise <= self.rise_k {
            return false;
        }
        let since = *state.warm_since_us.get_or_insert(sample.at_us);
        let lasted = sample.at_us.saturating_sub(since);
        if lasted > self.longest_us.saturating_mul(8) {
            // This is no hump but where the cabinet stands now.
            state.level = Some(level + self.follow * rise);
        }
        lasted <= self.longest_us
    }
}
