//! What a model must beat: a limit, and the distance from what the probe says at this hour.

use crate::history::Store;
use crate::judge::{LEARN_MINUTES, Track};

/// A median absolute deviation as a standard deviation, for normal noise.
const MAD_TO_SIGMA: f64 = 1.4826;
/// The probes' own resolution.
const LEAST_SIGMA: f64 = 0.1;
/// Minutes a residual is averaged over.
const SMOOTH: usize = 15;
/// Minutes after a defrost that are left out with it.
const AFTER_DEFROST: usize = 30;

/// The raw values of a probe, with the defrosts.
pub(crate) struct Raw {
    pub(crate) values: Track,
    pub(crate) defrost: Vec<bool>,
}

/// The limits a store would set: (low, high), °C.
pub(crate) fn limits(store: &Store, cabinet: usize) -> (f64, f64) {
    let spec = &store.cabinets[cabinet].0;
    (spec.setpoint_c - 4.0 - spec.band_c, spec.limit_c())
}

/// Robust z of the seasonal residual: distance of the last quarter of an hour from the median of this hour of the day,
/// in median absolute deviations, both learned from the probe's own first two weeks; defrosts left out.
pub(crate) fn robust_z(raw: &Raw) -> Track {
    let calm = calm(&raw.defrost);
    let values = &raw.values.values;
    let learn = LEARN_MINUTES as usize;
    let hours: Vec<(f64, f64)> = (0..24)
        .map(|hour| {
            let of_hour = (0..learn).filter(|minute| minute / 60 % 24 == hour && calm[*minute]);
            let mut seen: Vec<f64> = of_hour.map(|m| f64::from(values[m])).filter(|v| !v.is_nan()).collect();
            let level = median(&mut seen);
            let mut off: Vec<f64> = seen.iter().map(|value| (value - level).abs()).collect();
            (level, (MAD_TO_SIGMA * median(&mut off)).max(LEAST_SIGMA))
        })
        .collect();
    let residual = |minute: usize| {
        let (level, sigma) = hours[minute / 60 % 24];
        (f64::from(values[minute]) - level) / sigma
    };
    let z = (0..values.len()).map(|minute| {
        if !calm[minute] {
            return f32::NAN;
        }
        let from = minute.saturating_sub(SMOOTH - 1);
        let last = (from..=minute).filter(|m| calm[*m]).map(residual).filter(|z| !z.is_nan());
        let (sum, count) = last.fold((0.0, 0), |(sum, count), z| (sum + z, count + 1));
        if count == 0 { f32::NAN } else { (sum / f64::from(count)).abs() as f32 }
    });
    Track { cabinet: raw.values.cabinet, channel: raw.values.channel, values: z.collect() }
}

/// Minutes that are neither in a defrost nor shortly after one.
fn calm(defrost: &[bool]) -> Vec<bool> {
    let mut since = AFTER_DEFROST;
    let calm = defrost.iter().map(|on| {
        since = if *on { 0 } else { since + 1 };
        since > AFTER_DEFROST
    });
    calm.collect()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
