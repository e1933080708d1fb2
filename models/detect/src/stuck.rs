//! A sensor that repeats itself while the world goes on.
//!
//! A probe in a steady freezer may well say −18.5 for half an hour, and a fault on the bus freezes all probes at once.
//! So repeating counts as stuck soon while other sensors move, later where there is no other sensor to ask, and not
//! at all while the others stand still, too.

use vyavs_features::Sample;

use crate::episode::elapsed;
use crate::{Episode, Transition};

/// How long and how often the same value may come.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StuckSensor {
    /// Values closer than this are the same; in the sample's unit.
    pub tolerance: f64,
    /// Fewer repeats than this are never stuck.
    pub samples: u32,
    /// How long it must repeat, µs.
    pub after_us: i64,
    /// Times `after_us` for a sensor that is alone.
    pub alone_factor: i64,
}

/// What the other sensors did since this one began to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// At least one changed its value.
    Moved,
    /// There are others, and none changed.
    Still,
    /// There are no others.
    None,
}

/// Where a [`StuckSensor`] stands with one sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StuckState {
    last_us: Option<i64>,
    held: Option<f64>,
    since_us: i64,
    same_us: i64,
    repeats: u32,
    raised: bool,
}

impl StuckState {
    /// Since when the value repeats, µs since the epoch; what [`Others`] is asked about.
    pub fn since_us(&self) -> Option<i64> {
        self.held.map(|_| self.since_us)
    }
}

impl StuckSensor {
    /// Takes a sample and what the others did since [`StuckState::since_us`]. Values in the episode: the value that
    /// repeats, against the seconds it may.
    pub fn step(&self, state: &mut StuckState, sample: &Sample, others: Others) -> Option<Transition> {
        let dt = elapsed(&mut state.last_us, sample.at_us);
        let value = sample.usable()?;
        let at_us = sample.at_us;
        let patience = match others {
            Others::Moved => self.after_us,
            Others::Still => i64::MAX,
            Others::None => self.after_us.saturating_mul(self.alone_factor),
        };
        let limit = self.after_us as f64 / 1e6;
        match state.held {
            Some(held) if (value - held).abs() <= self.tolerance => {
                state.repeats = state.repeats.saturating_add(1);
                state.same_us = state.same_us.saturating_add(dt);
                let stuck = state.repeats >= self.samples && state.same_us >= patience;
                if state.raised || !stuck {
                    return None;
                }
                state.raised = true;
                Some(Transition::Raised(Episode { since_us: state.since_us, at_us, value, limit }))
            }
            _ => {
                let (raised, since_us) = (state.raised, state.since_us);
                *state = StuckState {
                    last_us: state.last_us,
                    held: Some(value),
                    since_us: at_us,
                    repeats: 1,
                    ..StuckState::default()
                };
                raised.then_some(Transition::Cleared(Episode { since_us, at_us, value, limit }))
            }
        }
    }
}
