//! One linear autoregression for a whole panel (Montero-Manso & Hyndman 2021): what no series is long enough to teach,
//! all of them together do.
//!
//! Each window is brought to its own level and size, so that large series do not outvote small ones; every step ahead
//! has its own coefficients (direct), so errors do not feed themselves.

use crate::history::{History, Refusal};
use crate::linear::Normal;
use crate::path::Path;

/// A fitted panel model.
#[derive(Clone, Debug)]
pub struct Pooled {
    order: usize,
    horizon: usize,
    answer: Vec<f64>,
    sd: Vec<f64>,
}

impl Pooled {
    /// Learns from every window of `order` values and the `horizon` after it, in all series. At most `windows` windows
    /// of a series count, its newest.
    ///
    /// # Errors
    /// Refuses a horizon of 0 and a panel in which no series is long enough.
    pub fn fit(panel: &[History], order: usize, horizon: usize, windows: usize, ridge: f64) -> Result<Self, Refusal> {
        if horizon == 0 {
            return Err(Refusal::NoHorizon);
        }
        let nothing = Refusal::NothingToLearn { series: panel.len(), order: order + horizon };
        let mut normal = Normal::new(order + 1, horizon);
        let (mut x, mut y) = (vec![1.0; order + 1], vec![0.0; horizon]);
        for history in panel {
            let values = history.values();
            let Some(last) = values.len().checked_sub(order + horizon) else { continue };
            for from in (last + 1).saturating_sub(windows)..=last {
                let (past, future) = (&values[from..from + order], &values[from + order..from + order + horizon]);
                let Some((level, size)) = frame(past) else { continue };
                x.iter_mut().zip(past).for_each(|(cell, value)| *cell = (value - level) / size);
                y.iter_mut().zip(future).for_each(|(cell, value)| *cell = (value - level) / size);
                normal.add(&x, &y, 1.0);
            }
        }
        if normal.rows() < 2.0 {
            return Err(nothing);
        }
        let answer = normal.solve(ridge).ok_or(nothing)?;
        let sd = (0..horizon).map(|k| (normal.residual(&answer, k) / normal.rows()).sqrt()).collect();
        Ok(Self { order, horizon, answer, sd })
    }

    /// The next steps of one series, as many as were learned; `None` where it is shorter than the order, or its last
    /// window does not move.
    pub fn forecast(&self, history: &History) -> Option<Path> {
        let values = history.values();
        let past = &values[values.len().checked_sub(self.order)?..];
        let (level, size) = frame(past)?;
        let constant = &self.answer[self.order * self.horizon..];
        let step = |k: usize| {
            let weighed =
                past.iter().enumerate().map(|(at, y)| (y - level) / size * self.answer[at * self.horizon + k]);
            level + size * (constant[k] + weighed.sum::<f64>())
        };
        let mean = (0..self.horizon).map(step).collect();
        Some(Path { mean, sd: self.sd.iter().map(|sd| sd * size).collect() })
    }
}

/// Level and size of a window: its last value, and its mean distance from its own mean; `None` where it does not move.
fn frame(past: &[f64]) -> Option<(f64, f64)> {
    let n = past.len() as f64;
    let mean = past.iter().sum::<f64>() / n;
    let size = past.iter().map(|y| (y - mean).abs()).sum::<f64>() / n;
    (size > 1e-9 * mean.abs().max(1e-300)).then_some((mean, size))
}
