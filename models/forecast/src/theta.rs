//! Theta: half the long-run slope, all of the short-run level.

use crate::baseline::{deseasonalised, naive, root_mean_square};
use crate::history::{History, Refusal};
use crate::path::Path;
use crate::simplex;

/// The standard theta method (Assimakopoulos & Nikolopoulos 2000) in the form of Hyndman & Billah 2003: simple
/// exponential smoothing with half the slope of a line as drift, on the series without its season.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn standard(history: &History, horizon: usize) -> Result<Path, Refusal> {
    deseasonalised(history, horizon, |plain| {
        let values = plain.values();
        if values.len() < 4 {
            return naive(plain, horizon);
        }
        let smooth = |alpha: f64, first: f64| {
            let (mut level, mut squares) = (first, 0.0);
            for y in values {
                let error = y - level;
                squares += error * error;
                level += alpha * error;
            }
            (level, squares)
        };
        let spread = root_mean_square(values.windows(2).map(|pair| pair[1] - pair[0]));
        let start = [0.5, 0.0];
        let (point, squares) = simplex::minimise(&start, &[(0.01, 0.9999), (-5.0, 5.0)], 120, |point| {
            smooth(point[0], values[0] + point[1] * spread).1
        });
        let (alpha, level) = (point[0], smooth(point[0], values[0] + point[1] * spread).0);
        let n = values.len() as f64;
        let (mid, mean) = ((n - 1.0) / 2.0, values.iter().sum::<f64>() / n);
        let slope = values.iter().enumerate().map(|(at, y)| (at as f64 - mid) * (y - mean)).sum::<f64>() * 12.0
            / (n * (n * n - 1.0));
        let sd = (squares / n).sqrt();
        let path = (0..horizon).map(|k| {
            let drift = slope / 2.0 * (k as f64 + (1.0 - (1.0 - alpha).powf(n)) / alpha);
            (level + drift, sd * (1.0 + alpha * alpha * k as f64).sqrt())
        });
        let (mean, sd) = path.unzip();
        Ok(Path { mean, sd })
    })
}

/// The dynamic optimised theta model (Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler 2016): level, weight and theta
/// are fitted, and the long-run line is drawn again at every step.
///
/// # Errors
/// Refuses a horizon of 0.
pub fn dynamic(history: &History, horizon: usize) -> Result<Path, Refusal> {
    deseasonalised(history, horizon, |plain| {
        let values = plain.values();
        if values.len() < 6 {
            return naive(plain, horizon);
        }
        let spread = root_mean_square(values.windows(2).map(|pair| pair[1] - pair[0])).max(1e-12);
        let bounds = [(0.1, 0.99), (1.0, 20.0), (-10.0, 10.0)];
        let read = |point: &[f64]| Dynamic::new(values[0] + point[2] * spread, point[0], point[1]);
        let (point, squares) = simplex::minimise(&[0.5, 2.0, 0.0], &bounds, 200, |point| read(point).over(values));
        let mut model = read(&point);
        model.over(values);
        let (alpha, sd) = (point[0], (squares / (values.len() - 1) as f64).sqrt());
        let mean = (0..horizon).map(|_| {
            let said = model.said();
            model.see(said);
            said
        });
        let mean = mean.collect();
        let sd = (0..horizon).map(|k| sd * (1.0 + alpha * alpha * k as f64).sqrt()).collect();
        Ok(Path { mean, sd })
    })
}

/// The state of the dynamic model after `t` values: level, mean, and intercept and slope of the line through them.
struct Dynamic {
    alpha: f64,
    theta: f64,
    t: f64,
    level: f64,
    mean: f64,
    intercept: f64,
    slope: f64,
    /// (1 − alpha)^t
    left: f64,
}

impl Dynamic {
    fn new(level: f64, alpha: f64, theta: f64) -> Self {
        Self { alpha, theta, t: 0.0, level, mean: 0.0, intercept: 0.0, slope: 0.0, left: 1.0 }
    }

    /// What it says of the next value.
    fn said(&self) -> f64 {
        let line = self.left * self.intercept + (1.0 - self.left * (1.0 - self.alpha)) / self.alpha * self.slope;
        self.level + (1.0 - 1.0 / self.theta) * line
    }

    fn see(&mut self, y: f64) {
        let before = self.mean;
        self.t += 1.0;
        self.level += self.alpha * (y - self.level);
        self.mean += (y - before) / self.t;
        if self.t > 1.0 {
            self.slope = ((self.t - 2.0) * self.slope + 6.0 / self.t * (y - before)) / (self.t + 1.0);
        }
        self.intercept = self.mean - (self.t + 1.0) / 2.0 * self.slope;
        self.left *= 1.0 - self.alpha;
    }

    /// Sum of the squared one-step errors; the first value teaches and is not judged.
    fn over(&mut self, values: &[f64]) -> f64 {
        let mut squares = 0.0;
        for (at, y) in values.iter().enumerate() {
            if at > 0 {
                squares += (y - self.said()).powi(2);
            }
            self.see(*y);
        }
        squares
    }
}
