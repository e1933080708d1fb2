//! A sensor that says nothing.
//!
//! Silence is only silence while someone else was heard: time is handed in as observed time, which stands still when
//! nothing at all arrives (the agent was off, or its clock was set), so the caller decides what was observed.

use crate::{Episode, Transition};

/// How long a sensor may say nothing usable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Missing {
    /// Silence that raises an episode, µs of observed time.
    pub after_us: i64,
}

/// Where a [`Missing`] stands with one sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MissingState {
    /// Observed time and wall time of the last usable word; of the start, before the first.
    heard: Option<(i64, i64)>,
    raised: bool,
}

impl Missing {
    /// Looks at the sensor at an observed time, `at_us` being the wall time then. `spoke` says that a usable sample is
    /// what brought us here. Values in the episode are seconds of silence.
    pub fn step(&self, state: &mut MissingState, observed_us: i64, at_us: i64, spoke: bool) -> Option<Transition> {
        let (heard_us, since_us) = *state.heard.get_or_insert((observed_us, at_us));
        let silent_us = observed_us.saturating_sub(heard_us);
        let limit = self.after_us as f64 / 1e6;
        let episode = Episode { since_us, at_us, value: silent_us as f64 / 1e6, limit };
        if spoke {
            state.heard = Some((observed_us, at_us));
            return std::mem::take(&mut state.raised).then_some(Transition::Cleared(episode));
        }
        if state.raised || silent_us < self.after_us {
            return None;
        }
        state.raised = true;
        Some(Transition::Raised(episode))
    }
}
