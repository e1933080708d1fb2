//! Mean kinetic temperature: the one temperature that would have aged the goods as much as the real ones did.
//!
//! USP <1160>: T = (ΔH/R) / −ln(mean of e^(−ΔH/RT)), with ΔH = 83.144 kJ/mol. Warm hours weigh more than in a mean, but
//! over a long window it hides excursions: it never replaces a limit on the time above.

use serde::{Deserialize, Serialize};

use crate::episode::elapsed;
use vyavs_features::Sample;

/// ΔH/R in kelvin, with ΔH = 83.144 kJ/mol and R = 8.3144 J/(mol K).
const ACTIVATION_K: f64 = 83_144.0 / 8.3144;
const ZERO_C_IN_K: f64 = 273.15;

/// Mean kinetic temperature in °C of `(°C, weight)` pairs, weights being times in any one unit. `None` without a
/// positive weight, or for what is no temperature (not a number, or at absolute zero and below).
pub fn mean_kinetic_temperature(parts: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    let mut mean = KineticMean::default();
    parts.into_iter().all(|(celsius, weight)| mean.add(celsius, weight)).then_some(())?;
    mean.celsius()
}

/// Mean kinetic temperature of a stream, in a few words of state; start a new one for each window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KineticMean {
    /// Sum of weight × e^(ΔH/R (1/T0 − 1/T)), T0 = 0 °C: as USP's, in a range that floating point likes.
    damage: f64,
    weight: f64,
    last_us: Option<i64>,
    last_c: Option<f64>,
}

impl KineticMean {
    /// Adds a temperature that lasted for `weight`. `false`, and nothing added, for what is no temperature or no time.
    pub fn add(&mut self, celsius: f64, weight: f64) -> bool {
        let kelvin = celsius + ZERO_C_IN_K;
        let sound = kelvin > 0.0 && kelvin.is_finite() && weight >= 0.0 && weight.is_finite();
        if sound {
            self.damage += weight * (ACTIVATION_K * (1.0 / ZERO_C_IN_K - 1.0 / kelvin)).exp();
            self.weight += weight;
        }
        sound
    }

    /// Takes a sample in °C: what was read last stands for the time up to it.
    pub fn step(&mut self, sample: &Sample) {
        let seconds = elapsed(&mut self.last_us, sample.at_us) as f64 / 1e6;
        if let Some(before) = self.last_c {
            self.add(before, seconds);
        }
        // A failed probe says nothing about the goods; the time until it speaks again is left out.
        self.last_c = sample.usable();
    }

    /// °C over all that was added; `None` before anything was.
    pub fn celsius(&self) -> Option<f64> {
        let mean = (self.weight > 0.0).then(|| self.damage / self.weight)?;
        Some(1.0 / (1.0 / ZERO_C_IN_K - mean.ln() / ACTIVATION_K) - ZERO_C_IN_K)
    }
}
