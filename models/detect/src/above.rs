//! Cold chain: how long the goods were too warm in all, not only at a stretch.
//!
//! The rule behind it is the Food Code's time as a control: out of control for up to 4 hours (FDA Food Code 3-501.19).
//! Going below the limit for a moment does not give the time back; staying below for `recover_us` does.

use vyavs_features::Sample;

use crate::episode::elapsed;
use crate::{Episode, Transition};

/// A limit, and how long it may be exceeded in all.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TimeAboveLimit {
    /// Above is too warm; in the sample's unit.
    pub limit: f64,
    /// Time above that raises an episode, µs.
    pub allow_us: i64,
    /// Time at or below, without a break, after which the count starts again and an episode is cleared, µs.
    pub recover_us: i64,
}

/// Where a [`TimeAboveLimit`] stands with one sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TimeAboveState {
    last_us: Option<i64>,
    since_us: Option<i64>,
    above_us: i64,
    below_us: i64,
    was_above: bool,
    raised: bool,
}

impl TimeAboveState {
    /// Time above the limit since it last recovered, µs.
    pub fn above_us(&self) -> i64 {
        self.above_us
    }
}

impl TimeAboveLimit {
    /// Takes a sample. The time between two samples counts as above when the earlier one was. Values in the episode
    /// are seconds above the limit.
    pub fn step(&self, state: &mut TimeAboveState, sample: &Sample) -> Option<Transition> {
        let dt = elapsed(&mut state.last_us, sample.at_us);
        let value = sample.usable()?;
        let at_us = sample.at_us;
        if state.was_above {
            state.above_us = state.above_us.saturating_add(dt);
        } else {
            state.below_us = state.below_us.saturating_add(dt);
        }
        state.was_above = value > self.limit;
        if state.was_above {
            state.since_us.get_or_insert(at_us);
            state.below_us = 0;
        }
        let since_us = state.since_us?;
        let episode =
            Episode { since_us, at_us, value: state.above_us as f64 / 1e6, limit: self.allow_us as f64 / 1e6 };
        if !state.raised && state.above_us >= self.allow_us {
            state.raised = true;
            return Some(Transition::Raised(episode));
        }
        if !state.was_above && state.below_us >= self.recover_us {
            let raised = state.raised;
            *state = TimeAboveState { last_us: state.last_us, ..TimeAboveState::default() };
            return raised.then_some(Transition::Cleared(episode));
        }
        None
    }
}
