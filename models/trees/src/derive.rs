//! Derivatives of a round, and the integers they become.

use std::thread;

use crate::loss::Loss;
use crate::split::Scale;
use crate::target::Target;

/// Integers of a row's derivatives reach this far.
const STEPS: f64 = (1_u64 << 30) as f64;
/// Rows from which derivatives are shared out.
const WORTH_A_THREAD: usize = 50_000;

/// Derivatives of every row, and the power of two that makes integers of them.
pub(crate) fn derive(
    loss: Loss,
    target: Target<'_>,
    scores: &[f64],
    pairs: &mut [(f32, f32)],
    threads: usize,
) -> Scale {
    let threads = threads.min(1 + scores.len() / WORTH_A_THREAD).max(1);
    let each = scores.len().div_ceil(threads);
    let part = |from: usize, pairs: &mut [(f32, f32)]| {
        let (mut first_most, mut second_most) = (0.0_f32, 0.0_f32);
        let rows = scores[from..].iter().zip(&target.labels[from..]).zip(pairs).enumerate();
        for (row, ((&score, &label), pair)) in rows {
            let weight = f64::from(target.weight(from + row));
            let (first, second) = loss.derivatives(score, f64::from(label));
            *pair = ((first * weight) as f32, (second * weight) as f32);
            first_most = first_most.max(pair.0.abs());
            second_most = second_most.max(pair.1);
        }
        (first_most, second_most)
    };
    let most = match threads {
        1 => part(0, pairs),
        _ => thread::scope(|scope| {
            let part = &part;
            let work = pairs.chunks_mut(each).enumerate().map(|(n, pairs)| scope.spawn(move || part(n * each, pairs)));
            let work: Vec<_> = work.collect();
            let parts = work.into_iter().map(|part| part.join().expect("derivatives do not panic"));
            parts.fold((0.0_f32, 0.0_f32), |most, part| (most.0.max(part.0), most.1.max(part.1)))
        }),
    };
    Scale { first: step(most.0), second: step(most.1) }
}

/// The least power of two of which [`STEPS`] reach past `most`.
fn step(most: f32) -> f64 {
    let mut step = 1.0;
    let most = if most.is_finite() { f64::from(most) } else { f64::from(f32::MAX) };
    if most == 0.0 {
        return step;
    }
    while step * STEPS <= most {
        step *= 2.0;
    }
    while step * STEPS * 0.5 > most {
        step *= 0.5;
    }
    step
}

/// A derivative in steps, to the nearest.
pub(crate) fn whole(value: f32, step: f64) -> i32 {
    let steps = f64::from(value) / step;
    (steps + 0.5_f64.copysign(steps)) as i32
}
