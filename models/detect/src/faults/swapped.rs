//! Two probes in each other's place, after a service visit.
//!
//! Each has a level of its own. When both read close to the other's level and far from their own, at once and for a
//! while, they were swapped; a fault that warms both does not look like that.

/// How sure it must be.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Swapped {
    /// Readings that make the levels.
    pub learn: u32,
    /// Levels closer than this are not told apart, in the unit of the readings.
    pub least_apart: f64,
    /// Readings in a row that must look swapped.
    pub hold: u32,
}

/// Where a [`Swapped`] stands with one pair of probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SwappedState {
    seen: u32,
    levels: (f64, f64),
    run: u32,
}

impl Swapped {
    /// Takes a reading of each; `true` once, when they are found in each other's place.
    pub fn step(&self, state: &mut SwappedState, one: f64, other: f64) -> bool {
        if !one.is_finite() || !other.is_finite() {
            return false;
        }
        if state.seen < self.learn {
            state.seen += 1;
            let share = 1.0 / f64::from(state.seen);
            state.levels.0 += share * (one - state.levels.0);
            state.levels.1 += share * (other - state.levels.1);
            return false;
        }
        let apart = (state.levels.0 - state.levels.1).abs();
        let near = |value: f64, own: f64, its: f64| (value - its).abs() < 0.5 * (value - own).abs();
        let crossed = near(one, state.levels.0, state.levels.1) && near(other, state.levels.1, state.levels.0);
        state.run = if crossed && apart >= self.least_apart { state.run.saturating_add(1) } else { 0 };
        state.run == self.hold.max(1)
    }
}
