//! One measurement as windows and detectors take it: a reading plus what the store knows beside it.

use vyavs_domain::reading::{Quality, Reading};

/// One measurement with its context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was taken, µs since the Unix epoch.
    pub at_us: i64,
    /// In the sensor's unit (°C for cold chain).
    pub value: f64,
    /// How far to trust it.
    pub quality: Quality,
    /// Whether the cabinet is defrosting, where the controller says so.
    pub defrost: Option<bool>,
    /// Local time of day in the store, 0 to 1439. An argument because time zones belong to the rim.
    pub minute_of_day: u16,
}

impl Sample {
    /// A reading without context: no word about a defrost, time of day in UTC.
    pub fn of(reading: &Reading) -> Self {
        let at_us = reading.at.as_microsecond();
        Self {
            at_us,
            value: reading.value,
            quality: reading.quality,
            defrost: None,
            minute_of_day: at_us.div_euclid(60_000_000).rem_euclid(1_440) as u16,
        }
    }

    /// The value, unless the sensor or its bus failed.
    pub fn usable(&self) -> Option<f64> {
        (self.quality != Quality::Bad && self.value.is_finite()).then_some(self.value)
    }
}
