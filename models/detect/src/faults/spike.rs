//! One reading far from both its neighbours, which agree.

/// How far, and how well they agree.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Spike {
    /// Distance of the wild reading from both neighbours, in mean absolute steps.
    pub steps: f64,
    /// Least distance, in the unit of the readings: what physics does between two readings.
    pub least: f64,
}

/// Where a [`Spike`] stands with one sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SpikeState {
    before: Option<f64>,
    last: Option<f64>,
    step: f64,
    seen: u32,
}

impl Spike {
    /// Takes a reading and says whether the one before it was a spike, and its value: it can be told only now.
    pub fn step(&self, state: &mut SpikeState, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        let (before, last) = (state.before, state.last);
        state.before = last;
        state.last = Some(value);
        let (before, last) = (before?, last?);
        let (there, back, apart) = (last - before, last - value, (value - before).abs());
        let far = there.abs().min(back.abs());
        let spike = there * back > 0.0 && far > self.least.max(self.steps * state.step) && apart < 0.3 * far;
        // A spike is not how the sensor moves, or the second one would go unseen.
        if spike && state.seen > 8 {
            state.before = Some(before);
            return Some(last);
        }
        state.seen = state.seen.saturating_add(1);
        state.step += (there.abs() - state.step) * (1.0 / 256.0f64).max(1.0 / f64::from(state.seen));
        None
    }
}
