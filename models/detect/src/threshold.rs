//! A value beyond its limit for longer than a moment.

use vyavs_features::Sample;

use crate::episode::elapsed;
use crate::{Episode, Transition};

/// Limits with hysteresis and hold times.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Threshold {
    /// Below is wrong; in the sample's unit.
    pub low: Option<f64>,
    /// Above is wrong.
    pub high: Option<f64>,
    /// How far inside its limit a value must be to count as back.
    pub hysteresis: f64,
    /// How long it must be wrong before an episode is raised, µs.
    pub raise_after_us: i64,
    /// How long it must be back before the episode is cleared, µs.
    pub clear_after_us: i64,
}

/// Where a [`Threshold`] stands with one sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ThresholdState {
    last_us: Option<i64>,
    /// When this run of wrong values began.
    since_us: Option<i64>,
    beyond_us: i64,
    inside_us: i64,
    /// The limit of the episode that is raised.
    raised: Option<f64>,
}

impl ThresholdState {
    /// Whether an episode lasts.
    pub fn is_raised(&self) -> bool {
        self.raised.is_some()
    }

    /// Whether nothing is wrong and nothing is about to be: a sample inside the limits would change nothing that matters.
    pub fn is_idle(&self) -> bool {
        self.raised.is_none() && self.since_us.is_none()
    }
}

impl Threshold {
    /// The limit that a value breaks.
    fn broken(&self, value: f64) -> Option<f64> {
        self.high.filter(|high| value > *high).or(self.low.filter(|low| value < *low))
    }

    /// Whether a value is inside both limits by the hysteresis.
    fn is_back(&self, value: f64) -> bool {
        self.high.is_none_or(|high| value <= high - self.hysteresis)
            && self.low.is_none_or(|low| value >= low + self.hysteresis)
    }

    /// Takes a sample. Samples without a usable value change nothing, nor does the time they stand for count; the
    /// caller leaves out what a controller explains (a defrost) in the same way.
    pub fn step(&self, state: &mut ThresholdState, sample: &Sample) -> Option<Transition> {
        let dt = elapsed(&mut state.last_us, sample.at_us);
        let value = sample.usable()?;
        let at_us = sample.at_us;
        if let Some(limit) = state.raised {
            state.inside_us = if self.is_back(value) { state.inside_us + dt } else { 0 };
            if !self.is_back(value) || state.inside_us < self.clear_after_us {
                return None;
            }
            let since_us = state.since_us.unwrap_or(at_us);
            *state = ThresholdState { last_us: state.last_us, ..ThresholdState::default() };
            return Some(Transition::Cleared(Episode { since_us, at_us, value, limit }));
        }
        let Some(limit) = self.broken(value) else {
            (state.since_us, state.beyond_us) = (None, 0);
            return None;
        };
        // The first wrong sample starts the run; the time before it was in order.
        state.beyond_us = if state.since_us.is_some() { state.beyond_us + dt } else { 0 };
        let since_us = *state.since_us.get_or_insert(at_us);
        if state.beyond_us < self.raise_after_us {
            return None;
        }
        (state.raised, state.inside_us) = (Some(limit), 0);
        Some(Transition::Raised(Episode { since_us, at_us, value, limit }))
    }
}
