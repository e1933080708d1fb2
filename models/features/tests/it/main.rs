//! The window, fed sample by sample, says what a plain computation over the whole history says.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use vyavs_domain::reading::Quality;
use vyavs_features::{COLD_CHAIN, FEATURES, Sample, Vector, Window};

const WINDOW: usize = COLD_CHAIN.window as usize;
const LAGS: usize = 24;

#[derive(Clone, Copy, Default)]
struct Minute {
    sum: f64,
    count: u32,
    defrost: bool,
}

/// The definition, written without a ring: the whole history at hand, each vector computed from nothing.
fn batch(samples: &[Sample]) -> Option<Vector> {
    let mut by_minute: BTreeMap<i64, Minute> = BTreeMap::new();
    for sample in samples {
        let minute = by_minute.entry(sample.at_us.div_euclid(60_000_000)).or_default();
        if sample.quality != Quality::Bad && sample.value.is_finite() {
            minute.sum += sample.value.clamp(-1e4, 1e4);
            minute.count += 1;
        }
        minute.defrost |= sample.defrost == Some(true);
    }
    let (first, open) = (*by_minute.keys().next()?, *by_minute.keys().next_back()?);
    let history: Vec<Minute> = (first..open).map(|m| by_minute.get(&m).copied().unwrap_or_default()).collect();
    let mean = |m: &Minute| (m.count > 0).then(|| m.sum / f64::from(m.count));

    let masked: Vec<bool> =
        (0..history.len()).map(|at| history[at.saturating_sub(30)..=at].iter().any(|m| m.defrost)).collect();
    let (mut level, mut scale, mut seen) = (0.0, 0.1_f64, 0_u32);
    for value in history.iter().zip(&masked).filter(|(_, masked)| !**masked).filter_map(|(m, _)| mean(m)) {
        seen += 1;
        let weight = 1.0 / f64::from(seen.min(2_880));
        if seen == 1 {
            level = value;
            continue;
        }
        let reach = 4.0 * scale.max(0.1);
        let off: f64 = if seen > 180 { (value - level).clamp(-reach, reach) } else { value - level };
        level += weight * off;
        scale += weight * (off.abs() - scale);
    }
    let scale = scale.max(0.1);
    let mut window = vec![Minute::default(); WINDOW];
    window.extend_from_slice(&history);
    let window = &window[window.len() - WINDOW..];
    let mut all_masked = vec![false; WINDOW];
    all_masked.extend(masked);
    let masked = &all_masked[all_masked.len() - WINDOW..];
    let values: Vec<Option<f32>> = window.iter().map(|m| mean(m).map(|v| v as f32)).collect();
    let open: Vec<Option<f32>> = values.iter().zip(masked).map(|(v, masked)| v.filter(|_| !masked)).collect();
    let gaps = values.iter().filter(|v| v.is_none()).count();
    if seen < 180 || gaps * 2 > WINDOW || values[WINDOW - 5..].iter().all(Option::is_none) {
        return None;
    }
    let mut out = Vec::with_capacity(FEATURES);
    for (bin, masked) in open.chunks(5).zip(masked.chunks(5)) {
        let present: Vec<f32> = bin.iter().flatten().copied().collect();
        let before = out.last().copied().unwrap_or(0.0);
        out.push(if present.is_empty() {
            if masked.contains(&true) { 0.0 } else { before }
        } else {
            let mean = present.iter().sum::<f32>() / present.len() as f32;
            (((f64::from(mean) - level) / scale) as f32).clamp(-20.0, 20.0)
        });
    }
    let defrosts = |of: &[Minute]| of.iter().filter(|m| m.defrost).count() as f32 / of.len() as f32;
    out.push(defrosts(&window[WINDOW - 5..]));
    out.push(defrosts(window));
    let since = history.iter().rev().position(|m| m.defrost).unwrap_or(WINDOW).min(WINDOW);
    out.push(since as f32 / WINDOW as f32);
    let steps: Vec<f32> = open[WINDOW - 30..].windows(2).filter_map(|two| Some((two[1]? - two[0]?).abs())).collect();
    let rough = if steps.is_empty() { 0.0 } else { steps.iter().sum::<f32>() / steps.len() as f32 };
    out.push(((f64::from(rough) / scale) as f32).clamp(-20.0, 20.0));
    let late: Vec<f32> = open[WINDOW - 15..].iter().flatten().copied().collect();
    let range = if late.is_empty() {
        0.0
    } else {
        late.iter().copied().fold(f32::NEG_INFINITY, f32::max) - late.iter().copied().fold(f32::INFINITY, f32::min)
    };
    out.push(((f64::from(range) / scale) as f32).clamp(-20.0, 20.0));
    let minute_of_day = samples.last()?.minute_of_day;
    for shift in [0, 360] {
        let minute = f32::from((minute_of_day + shift) % 1_440);
        out.push(1.0 - (minute - 720.0).abs() / 360.0);
    }
    out.push(gaps as f32 / WINDOW as f32);
    assert_eq!(out.len(), LAGS + 8);
    out.try_into().ok()
}

/// Seconds to the next sample, its value, whether it is bad, whether a defrost runs.
fn steps() -> impl Strategy<Value = Vec<(i64, f64, bool, bool)>> {
    let pause = prop_oneof![100 => 1_i64..90, 2 => 60_i64..2_400, 1 => Just(9_000_i64)];
    let value = prop_oneof![30 => -25.0..12.0_f64, 1 => Just(f64::NAN), 1 => Just(1e9)];
    let flags = (prop::bool::weighted(0.03), prop::bool::weighted(0.004));
    prop::collection::vec((pause, value, flags).prop_map(|(p, v, (b, d))| (p, v, b, d)), 400..700)
}

#[test]
fn streaming_is_batch() {
    let vectors = Cell::new(0);
    proptest!(ProptestConfig::with_cases(48), |(steps in steps(), start in -10_000_000_i64..2_000_000_000)| {
        let mut window = Window::new();
        let mut samples = Vec::new();
        let mut at_s = start;
        for (pause, value, bad, defrost) in steps {
            at_s += pause;
            let sample = Sample {
                at_us: at_s * 1_000_000,
                value,
                quality: if bad { Quality::Bad } else { Quality::Good },
                defrost: Some(defrost),
                minute_of_day: (at_s.div_euclid(60)).rem_euclid(1_440) as u16,
            };
            samples.push(sample);
            if window.push(&sample) && samples.len() > 200 {
                let streamed = window.vector();
                vectors.set(vectors.get() + usize::from(streamed.is_some()));
                // Bit for bit, not nearly.
                prop_assert_eq!(streamed.map(|v| v.map(f32::to_bits)), batch(&samples).map(|v| v.map(f32::to_bits)));
            }
        }
    });
    assert!(vectors.get() > 500, "the test must meet vectors, not only gaps: {}", vectors.get());
}
