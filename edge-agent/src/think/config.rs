//! `[rules]` and `[models]` in `edge.toml`.

use std::path::PathBuf;

use serde::Deserialize;
use vyavs_detect::{Missing, StuckSensor, Threshold, TimeAboveLimit};
use vyavs_domain::reading::Sensor;

/// Both sections.
#[derive(Clone, Debug, Default)]
pub struct ThinkConfig {
    /// `[rules]`.
    pub rules: RulesConfig,
    /// `[models]`.
    pub models: ModelsConfig,
}

/// `[rules]`: when a reading is an alarm. Limits are each sensor's own `low` and `high`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RulesConfig {
    /// How long a value must be beyond its limit, minutes.
    pub hold_minutes: u32,
    /// How far inside its limit it must be to count as back, in the sensor's unit.
    pub hysteresis: f64,
    /// How long it must be back, minutes.
    pub clear_minutes: u32,
    /// How long in all a temperature may be above its limit, minutes (cold chain).
    pub above_limit_minutes: u32,
    /// How long it must stay below before that count starts again, minutes.
    pub recover_minutes: u32,
    /// How long a sensor may repeat itself while others move, minutes.
    pub stuck_minutes: u32,
    /// How long a sensor may be silent, minutes.
    pub missing_minutes: u32,
    /// How long after a defrost a warm cabinet is still explained by it, minutes.
    pub defrost_grace_minutes: u32,
    /// The longest defrost that is believed, minutes; a state that stays on for longer explains nothing.
    pub defrost_limit_minutes: u32,
}

impl Default for RulesConfig {
    fn default() -> Self {
        Self {
            hold_minutes: 15,
            hysteresis: 0.5,
            clear_minutes: 5,
            above_limit_minutes: 120,
            recover_minutes: 60,
            stuck_minutes: 90,
            missing_minutes: 10,
            defrost_grace_minutes: 30,
            defrost_limit_minutes: 60,
        }
    }
}

/// `[models]`: where models come from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelsConfig {
    /// The folder of the artifact, or one that holds it as `sensor-anomaly`. Without it there is no model.
    pub dir: Option<PathBuf>,
    /// Public keys to trust besides the one compiled in: base64, one a line.
    pub keys: Option<PathBuf>,
}

pub(super) fn minutes_us(minutes: u32) -> i64 {
    i64::from(minutes) * 60_000_000
}

impl RulesConfig {
    pub(super) fn threshold(&self, sensor: &Sensor) -> Option<Threshold> {
        (sensor.low.is_some() || sensor.high.is_some()).then(|| Threshold {
            low: sensor.low,
            high: sensor.high,
            hysteresis: self.hysteresis,
            raise_after_us: minutes_us(self.hold_minutes),
            clear_after_us: minutes_us(self.clear_minutes),
        })
    }

    pub(super) fn above(&self, sensor: &Sensor) -> Option<TimeAboveLimit> {
        sensor.high.map(|limit| TimeAboveLimit {
            limit,
            allow_us: minutes_us(self.above_limit_minutes),
            recover_us: minutes_us(self.recover_minutes),
        })
    }

    pub(super) fn stuck(&self) -> StuckSensor {
        // Probes speak in tenths; anything finer is the same value.
        StuckSensor { tolerance: 1e-6, samples: 20, after_us: minutes_us(self.stuck_minutes), alone_factor: 3 }
    }

    pub(super) fn missing(&self) -> Missing {
        Missing { after_us: minutes_us(self.missing_minutes) }
    }
}
