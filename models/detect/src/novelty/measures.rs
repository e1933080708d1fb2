//! Twelve ways in which the newest readings may be strange, each zero or more, each a few operations.

use vyavs_features::Sample;

/// How many measures there are.
pub(super) const MEASURES: usize = 12;

/// Quarters of an hour in a day.
const BINS: usize = 96;
const DAY_US: i64 = 86_400_000_000;
/// Readings at least this far apart come once a bin at most.
const SPARSE_US: i64 = 900_000_000;

/// Beyond the range of any sensor.
const ABSURD: f64 = 1e30;

/// Running means over about 2, 8, 16, 64, 512 and 1,024 readings.
const SPANS: [f64; 6] = [2.0, 8.0, 16.0, 64.0, 512.0, 1_024.0];

/// What is remembered of one sensor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measures {
    seen: u64,
    first_us: i64,
    last_us: i64,
    last: f64,
    means: [f64; SPANS.len()],
    /// Mean absolute step over about 2,048 readings: the sensor's own unit.
    step: f64,
    /// Level and mean deviation by time of day.
    levels: [f32; BINS],
    deviations: [f32; BINS],
    residual_32: f64,
    deviation_64: f64,
    standard_8: f64,
    /// Bounds that the readings push out at once and that creep back over about 16.
    high: f64,
    low: f64,
    squashed_8: f64,
    squashed_512: f64,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            seen: 0,
            first_us: 0,
            last_us: 0,
            last: 0.0,
            means: [0.0; SPANS.len()],
            step: 0.0,
            levels: [f32::NAN; BINS],
            deviations: [f32::NAN; BINS],
            residual_32: 0.0,
            deviation_64: 0.0,
            standard_8: 0.0,
            high: 0.0,
            low: 0.0,
            squashed_8: 0.0,
            squashed_512: 0.0,
        }
    }
}

impl Measures {
    /// Takes a usable value and measures where it leaves the sensor.
    pub(super) fn step(&mut self, value: f64, sample: &Sample) -> [f64; MEASURES] {
        // What no sensor says, and no f32 holds, is not let in to spoil the means.
        let value = value.clamp(-ABSURD, ABSURD);
        if self.seen == 0 {
            (self.first_us, self.last_us, self.last) = (sample.at_us, sample.at_us, value);
            (self.means, self.high, self.low) = ([value; SPANS.len()], value, value);
        }
        self.seen += 1;
        let seen = self.seen as f64;
        let [.., level_512, level_1024] = self.means;
        for (mean, span) in self.means.iter_mut().zip(SPANS) {
            *mean += (value - *mean) / span.min(seen);
        }
        let [mean_2, mean_8, mean_16, mean_64, ..] = self.means;

        let step = (value - self.last).abs();
        self.last = value;
        self.step += (step - self.step) / seen.min(2_048.0);
        self.high = if value > self.high { value } else { self.high + (value - self.high) / 16.0 };
        self.low = if value < self.low { value } else { self.low + (value - self.low) / 16.0 };

        // Large values are squashed, so that one burst among bursts is no level.
        let squashed = ((value - level_1024) / (3.0 * self.step + 1e-9)).asinh();
        self.squashed_8 += (squashed - self.squashed_8) / seen.min(8.0);
        self.squashed_512 += (squashed - self.squashed_512) / seen.min(512.0);

        let (residual, standard) = self.by_time_of_day(value, mean_64, sample);
        self.residual_32 += (residual - self.residual_32) / 32.0;
        self.deviation_64 += (residual.abs() - self.deviation_64) / 64.0;
        self.standard_8 += (standard - self.standard_8) / 8.0;
        let knows_days = if sample.at_us.saturating_sub(self.first_us) > DAY_US { 1.0 } else { 0.0 };

        [
            value - level_512,
            level_512 - value,
            mean_16 - mean_2,
            mean_64 - mean_8,
            -self.residual_32 * knows_days,
            step,
            self.deviation_64 * knows_days,
            self.high - self.low,
            self.squashed_8 - self.squashed_512,
            standard * knows_days,
            -standard * knows_days,
            -self.standard_8 * knows_days,
        ]
        .map(|measure| measure.max(0.0))
    }

    /// The residual against the level of this time of day, plain and in its usual deviations; both learn from it.
    fn by_time_of_day(&mut self, value: f64, mean_64: f64, sample: &Sample) -> (f64, f64) {
        let sparse = sample.at_us.saturating_sub(self.last_us) >= SPARSE_US;
        self.last_us = sample.at_us;
        let bin = usize::from(sample.minute_of_day / 15) % BINS;
        let (level, deviation) = (&mut self.levels[bin], &mut self.deviations[bin]);
        let known = !level.is_nan();
        let residual = value - if known { f64::from(*level) } else { mean_64 };
        let usual = if known { f64::from(*deviation) } else { self.step };
        if known {
            *level += (residual * if sparse { 0.2 } else { 0.2 / 3.0 }) as f32;
            *deviation += (0.05 * (residual.abs() - usual)) as f32;
        } else {
            *level = value as f32;
            *deviation = (residual.abs() + self.step) as f32;
        }
        (residual, residual / (usual + 0.5 * self.step + 1e-9))
    }
}
