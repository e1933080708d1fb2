//! One exponential smoothing model: its recursion, its likelihood, its forecast.
//!
//! Notation and classes of Hyndman, Koehler, Ord & Snyder 2008: (error, trend, season), each none, additive or
//! multiplicative; a multiplicative trend is left out on purpose, it explodes over long horizons.

/// How the error or the season enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not at all (no error model is `None`).
    None,
    /// Added.
    Additive,
    /// Multiplied; positive series only.
    Multiplicative,
}

/// How the trend enters; always additive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// None.
    None,
    /// Goes on for ever.
    Linear,
    /// Dies away.
    Damped,
}

/// Which model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Additive or multiplicative.
    pub error: Kind,
    /// The trend.
    pub trend: Trend,
    /// The season.
    pub season: Kind,
}

/// Smoothing parameters: level, trend, season, and what is left of the trend after a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
    pub(super) phi: f64,
}

/// Where the model stands; `season[0]` is the season of the next step.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) level: f64,
    pub(super) trend: f64,
    pub(super) season: Vec<f64>,
}

/// What a pass over the series leaves.
pub(super) struct Pass {
    /// n ln Σe² + 2 Σ ln|ŷ| for multiplicative errors: −2 log likelihood but for a constant.
    pub(super) cost: f64,
    /// Standard deviation of the one-step errors (relative ones, if multiplicative).
    pub(super) sd: f64,
    pub(super) last: State,
}

impl Spec {
    /// Free numbers: smoothing weights, first states and the variance.
    pub(super) fn parameters(&self, m: usize) -> usize {
        let trend = match self.trend {
            Trend::None => 0,
            Trend::Linear => 2,
            Trend::Damped => 3,
        };
        3 + trend + if self.season == Kind::None { 0 } else { m + 1 }
    }

    /// Runs over `values` from `start`. `wheel` is room for the seasons, used again by the next pass.
    pub(super) fn pass(&self, values: &[f64], start: &State, w: Weights, wheel: &mut Vec<f64>) -> Pass {
        wheel.clear();
        wheel.extend_from_slice(&start.season);
        let (mut level, mut trend, mut place) = (start.level, start.trend, 0);
        let (mut squares, mut logs) = (0.0, 0.0);
        let (m, relative) = (wheel.len(), self.error == Kind::Multiplicative);
        for y in values {
            let base = level + w.phi * trend;
            let index = if m > 0 { wheel[place] } else { 0.0 };
            let (said, level_error, season_error) = match self.season {
                Kind::None => (base, y - base, 0.0),
                Kind::Additive => (base + index, y - base - index, y - base - index),
                Kind::Multiplicative => (base * index, (y - base * index) / index, (y - base * index) / base),
            };
            if relative {
                let error = (y - said) / said;
                squares += error * error;
                logs += said.abs().ln();
            } else {
                squares += (y - said) * (y - said);
            }
            level = base + w.alpha * level_error;
            trend = w.phi * trend + w.beta * level_error;
            if m > 0 {
                wheel[place] = index + w.gamma * season_error;
                place = if place + 1 == m { 0 } else { place + 1 };
            }
        }
        let n = values.len() as f64;
        let mut season = wheel.clone();
        season.rotate_left(place);
        let last = State { level, trend, season };
        let cost = n * (squares.max(f64::MIN_POSITIVE)).ln() + 2.0 * logs;
        Pass { cost, sd: (squares / n).sqrt(), last }
    }

    /// Mean and standard deviation of the next steps. The spread is that of the linear class (ibid., table 6.2); with
    /// a multiplicative error or season it scales with the mean, which is close while errors are small.
    pub(super) fn ahead(&self, pass: &Pass, w: Weights, horizon: usize) -> (Vec<f64>, Vec<f64>) {
        let (state, m) = (&pass.last, pass.last.season.len());
        let (mut mean, mut sd) = (Vec::with_capacity(horizon), Vec::with_capacity(horizon));
        let (mut damp, mut power, mut grown) = (0.0, 1.0, 1.0);
        for k in 0..horizon {
            power *= w.phi;
            damp += power;
            let base = state.level + damp * state.trend;
            let value = match self.season {
                Kind::None => base,
                Kind::Additive => base + state.season[k % m],
                Kind::Multiplicative => base * state.season[k % m],
            };
            let scale = if self.error == Kind::Multiplicative {
                value.abs()
            } else if self.season == Kind::Multiplicative {
                state.season[k % m].abs()
            } else {
                1.0
            };
            mean.push(value);
            sd.push(pass.sd * scale * f64::sqrt(grown));
            let turned = if m > 0 && (k + 1) % m == 0 { w.gamma } else { 0.0 };
            grown += (w.alpha + w.beta * damp + turned).powi(2);
        }
        (mean, sd)
    }
}
