//! The numeric part: logistic regression by dual coordinate descent, Platt's sigmoid, a shuffle.

use crate::hash::mix;

/// Fisher-Yates over SplitMix64.
pub(super) fn shuffle(order: &mut [usize], seed: u64) {
    let mut state = seed;
    for at in (1..order.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        order.swap(at, (mix(state) % (at as u64 + 1)) as usize);
    }
}

pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// Mean of -ln P(label), the margin taken for a log-odds.
pub(super) fn log_loss(margins: &[f64], labels: &[bool]) -> f64 {
    let signed = margins.iter().zip(labels).map(|(margin, label)| if *label { *margin } else { -margin });
    signed.map(|m| if m > 0.0 { libm::log1p(libm::exp(-m)) } else { libm::log1p(libm::exp(m)) - m }).sum::<f64>()
        / margins.len().max(1) as f64
}

/// One row's dual step of L2-regularised logistic regression (Yu, Huang & Lin 2011, "Dual coordinate descent methods for logistic
/// regression", eq. 17): the new dual variable in (0, `cost`), given its old one, |x|² and y·w·x.
pub(super) fn dual_step(old: f64, cost: f64, square: f64, signed: f64) -> f64 {
    // With z = cost·σ(t) the optimum is the root of t + square·(z − old) + signed, which grows with t: Newton inside a bracket.
    let (mut low, mut high) = (-signed - square * (cost - old), -signed + square * old);
    let mut t = libm::log(old / (cost - old)).clamp(low, high);
    let mut z = old;
    for _ in 0..12 {
        let share = sigmoid(t);
        z = cost * share;
        let off = t + square * (z - old) + signed;
        if off.abs() < 1e-6 {
            break;
        }
        if off > 0.0 {
            high = t
        } else {
            low = t
        }
        let next = t - off / (1.0 + square * cost * share * (1.0 - share));
        t = if next > low && next < high { next } else { 0.5 * (low + high) };
    }
    z.clamp(cost * 1e-9, cost * (1.0 - 1e-9))
}

/// Slope and offset of the sigmoid that fits labels best (Platt 1999, with the smoothed targets; Newton's method with a step that is
/// halved until it helps, Lin, Lin & Weng 2007).
pub(super) fn platt(margins: &[f64], labels: &[bool]) -> (f64, f64) {
    let positive = labels.iter().filter(|label| **label).count() as f64;
    let negative = labels.len() as f64 - positive;
    let (high, low) = ((positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0));
    let targets: Vec<f64> = labels.iter().map(|label| if *label { high } else { low }).collect();
    let loss = |slope: f64, offset: f64| -> f64 {
        let one = |(margin, target): (&f64, &f64)| {
            let x = slope * margin + offset;
            let softplus = if x > 0.0 { x + libm::log1p(libm::exp(-x)) } else { libm::log1p(libm::exp(x)) };
            softplus - target * x
        };
        margins.iter().zip(&targets).map(one).sum()
    };
    let (mut slope, mut offset) = (1.0, 0.0);
    let mut least = loss(slope, offset);
    for _ in 0..50 {
        let (mut g, mut h) = ([0.0; 2], [1e-9, 0.0, 1e-9]);
        for (margin, target) in margins.iter().zip(&targets) {
            let p = sigmoid(slope * margin + offset);
            let (off, curve) = (p - target, p * (1.0 - p));
            g = [g[0] + off * margin, g[1] + off];
            h = [h[0] + curve * margin * margin, h[1] + curve * margin, h[2] + curve];
        }
        let det = h[0] * h[2] - h[1] * h[1];
        if det.is_nan() || det <= 1e-18 || g[0].abs() + g[1].abs() < 1e-7 {
            break;
        }
        let step = [(h[2] * g[0] - h[1] * g[1]) / det, (h[0] * g[1] - h[1] * g[0]) / det];
        let tried = (0..20).map(|halvings| 0.5f64.powi(halvings));
        let better = tried.map(|by| (slope - by * step[0], offset - by * step[1])).find(|(a, b)| loss(*a, *b) < least);
        let Some(better) = better else { break };
        (slope, offset) = better;
        least = loss(slope, offset);
    }
    (slope, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dual_step_reaches_the_optimum() {
        for (old, cost, square, signed) in [(0.1, 1.0, 1.0, 0.3), (1.9, 2.0, 25.0, -4.0), (1e-6, 8.0, 3.0, 9.0)] {
            let z = dual_step(old, cost, square, signed);
            let off = libm::log(z / (cost - z)) + square * (z - old) + signed;
            assert!(off.abs() < 1e-3, "{off}");
        }
    }

    #[test]
    fn platt_finds_the_sigmoid_that_made_the_labels() {
        let margins: Vec<f64> = (0..4000).map(|i| f64::from(i % 80) / 10.0 - 4.0).collect();
        let chance = |i: u64| (mix(i.wrapping_add(99)) >> 11) as f64 / (1u64 << 53) as f64;
        let labels: Vec<bool> =
            margins.iter().enumerate().map(|(i, m)| chance(i as u64) < sigmoid(0.5 * m - 0.25)).collect();
        let (slope, offset) = platt(&margins, &labels);
        assert!((slope - 0.5).abs() < 0.08 && (offset + 0.25).abs() < 0.15, "{slope} {offset}");
    }
}
