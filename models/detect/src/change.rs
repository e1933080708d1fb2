//! A level that changed: the newest readings against those before them.
//!
//! Welch's statistic between a window of 32 readings and the 64 before it, each kept as a running sum, so a step costs the
//! same however long it runs. After a change both windows start again.

/// Readings in the newer window.
const NEW: usize = 32;
/// Readings in the older window.
const OLD: usize = 64;
const ALL: usize = NEW + OLD;

/// When two windows differ.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ChangePoint {
    /// Welch's t that is a change. Independent normal readings exceed 6 less than once in 100,000.
    pub limit: f64,
    /// Spread below which nothing is ever told apart, in the unit of the readings: their resolution.
    pub resolution: f64,
}

/// A change that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Mean before, in the unit of the readings.
    pub from: f64,
    /// Mean after.
    pub to: f64,
    /// Welch's t, positive when it rose.
    pub t: f64,
}

/// Where a [`ChangePoint`] stands; 1 KiB.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeState {
    ring: [f64; ALL],
    next: usize,
    seen: usize,
    /// Sums of values and squares, less `base` so that they stay exact enough far from zero.
    new: [f64; 2],
    old: [f64; 2],
    base: f64,
}

impl Default for ChangeState {
    fn default() -> Self {
        Self { ring: [0.0; ALL], next: 0, seen: 0, new: [0.0; 2], old: [0.0; 2], base: 0.0 }
    }
}

impl ChangePoint {
    /// Takes a reading or a residual; one that is no number changes nothing.
    pub fn step(&self, state: &mut ChangeState, value: f64) -> Option<Change> {
        if !value.is_finite() {
            return None;
        }
        if state.seen == 0 {
            *state = ChangeState { base: value, ..ChangeState::default() };
        }
        let value = value - state.base;
        let at = |back: usize| (state.next + ALL - back) % ALL;
        let (aged, gone) = (state.ring[at(NEW)], state.ring[at(ALL)]);
        let shift = |sums: &mut [f64; 2], value: f64, sign: f64| {
            sums[0] += sign * value;
            sums[1] += sign * value * value;
        };
        if state.seen >= NEW {
            shift(&mut state.new, aged, -1.0);
            shift(&mut state.old, aged, 1.0);
        }
        if state.seen >= ALL {
            shift(&mut state.old, gone, -1.0);
        }
        shift(&mut state.new, value, 1.0);
        state.ring[state.next] = value;
        state.next = (state.next + 1) % ALL;
        state.seen = state.seen.saturating_add(1);
        if state.seen < ALL {
            return None;
        }
        let moments = |sums: [f64; 2], count: usize| {
            let mean = sums[0] / count as f64;
            (mean, (sums[1] / count as f64 - mean * mean).max(0.0) / (count - 1) as f64)
        };
        let (before, after) = (moments(state.old, OLD), moments(state.new, NEW));
        let floor = self.resolution * self.resolution / NEW as f64;
        let spread = (before.1 + after.1 + floor).sqrt();
        // Both windows constant and no resolution given: any difference at all is a change.
        let t = if after.0 == before.0 { 0.0 } else { (after.0 - before.0) / spread };
        if t.abs() <= self.limit {
            return None;
        }
        let change = Change { from: before.0 + state.base, to: after.0 + state.base, t };
        *state = ChangeState::default();
        Some(change)
    }
}
