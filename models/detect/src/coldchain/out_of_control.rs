//! How long food may be out of temperature control: 4 hours, or 6 if it never got above 21 °C.
//!
//! FDA Food Code 3-501.19: food that starts at 5 °C or below may be without control for 4 hours whatever its temperature,
//! or for 6 hours while it stays at 21 °C or below. Then it is thrown away: coming back to 5 °C gives no time back. Only
//! [`OutOfControlState::restocked`] starts a new count.

use serde::{Deserialize, Serialize};
use vyavs_features::Sample;

use crate::episode::elapsed;
use crate::{Episode, Transition};

const HOUR_US: i64 = 3_600_000_000;

/// Temperatures and times of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutOfControl {
    /// At or below is in control, °C.
    pub cold_c: f64,
    /// Above, the short time counts, °C.
    pub warm_c: f64,
    /// Time out of control that ends the food, once it was above `warm_c`, µs.
    pub short_us: i64,
    /// Time out of control that ends the food, if it never was, µs.
    pub long_us: i64,
}

impl Default for OutOfControl {
    fn default() -> Self {
        Self { cold_c: 5.0, warm_c: 21.0, short_us: 4 * HOUR_US, long_us: 6 * HOUR_US }
    }
}

/// Where an [`OutOfControl`] stands with one cabinet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutOfControlState {
    last_us: Option<i64>,
    since_us: Option<i64>,
    out_us: i64,
    was_out: bool,
    was_warm: bool,
    raised: bool,
}

impl OutOfControlState {
    /// Time out of control so far, µs.
    pub fn out_us(&self) -> i64 {
        self.out_us
    }

    /// The food was thrown away and replaced: the count starts again. Clears the episode, if there is one; values in it
    /// are seconds out of control.
    pub fn restocked(&mut self, rule: &OutOfControl, at_us: i64) -> Option<Transition> {
        let before = std::mem::take(self);
        before.raised.then(|| Transition::Cleared(before.episode(rule, at_us)))
    }

    fn allowed_us(&self, rule: &OutOfControl) -> i64 {
        if self.was_warm { rule.short_us } else { rule.long_us }
    }

    fn episode(&self, rule: &OutOfControl, at_us: i64) -> Episode {
        let (value, limit) = (self.out_us as f64 / 1e6, self.allowed_us(rule) as f64 / 1e6);
        Episode { since_us: self.since_us.unwrap_or(at_us), at_us, value, limit }
    }
}

impl OutOfControl {
    /// Takes a sample of the food's temperature. The time between two samples counts when the earlier one was out of
    /// control. Values in the episode are seconds out of control.
    pub fn step(&self, state: &mut OutOfControlState, sample: &Sample) -> Option<Transition> {
        let passed = elapsed(&mut state.last_us, sample.at_us);
        if state.was_out {
            state.out_us = state.out_us.saturating_add(passed);
        }
        if let Some(celsius) = sample.usable() {
            state.was_out = celsius > self.cold_c;
            state.was_warm |= celsius > self.warm_c;
            if state.was_out {
                state.since_us.get_or_insert(sample.at_us);
            }
        }
        let over = !state.raised && state.since_us.is_some() && state.out_us >= state.allowed_us(self);
        state.raised |= over;
        over.then(|| Transition::Raised(state.episode(self, sample.at_us)))
    }
}
