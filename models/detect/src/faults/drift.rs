//! A slow departure from where the sensor was when it was trusted.
//!
//! Goods and rooms come back to their level; a probe that drifts does not. So a reference is learned once, and a slow
//! average is held against it. Feed it the difference to a second probe in the same cabinet where there is one: then
//! a warm summer is no drift.

use crate::spc::Shift;

/// How far and how slowly.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Drift {
    /// Readings that make the reference.
    pub learn: u32,
    /// Readings over which the slow average forgets most (1/e).
    pub memory: u32,
    /// Departure that is a drift, in the unit of the readings.
    pub limit: f64,
}

/// Where a [`Drift`] stands with one sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DriftState {
    seen: u32,
    reference: f64,
    slow: f64,
    raised: bool,
}

impl DriftState {
    /// How far the slow average is from the reference, in the unit of the readings.
    pub fn departure(&self) -> f64 {
        self.slow - self.reference
    }
}

impl Drift {
    /// Takes a reading; answers once when the drift is found, and again only after the sensor was back within half of it.
    pub fn step(&self, state: &mut DriftState, value: f64) -> Option<Shift> {
        if !value.is_finite() {
            return None;
        }
        state.seen = state.seen.saturating_add(1);
        if state.seen <= self.learn {
            state.reference += (value - state.reference) / f64::from(state.seen);
            state.slow = state.reference;
            return None;
        }
        state.slow += (value - state.slow) / f64::from(self.memory.max(1));
        let departure = state.departure();
        if departure.abs() < 0.5 * self.limit {
            state.raised = false;
        }
        if departure.abs() <= self.limit || std::mem::replace(&mut state.raised, true) {
            return None;
        }
        Some(if departure > 0.0 { Shift::Up } else { Shift::Down })
    }
}
