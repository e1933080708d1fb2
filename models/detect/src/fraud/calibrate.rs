//! Raw scores made probabilities.

/// p = 1/(1 + e^−(slope·s + offset)): Platt (1999), fitted by Newton's method as Lin, Lin and Weng (2007) do, with their
/// softened targets.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Platt {
    /// What a unit of score counts for, above zero.
    pub slope: f64,
    /// Log-odds at score zero.
    pub offset: f64,
}

impl Platt {
    /// Leaves log-odds as they are.
    pub const IDENTITY: Self = Self { slope: 1.0, offset: 0.0 };

    /// Fits scores to what became of them; [`Platt::IDENTITY`] where a class is missing or the order would turn around.
    pub fn fit(scores: &[f64], frauds: &[bool]) -> Self {
        let found = frauds.iter().filter(|&&fraud| fraud).count() as f64;
        let good = frauds.len() as f64 - found;
        if found < 1.0 || good < 1.0 || scores.len() != frauds.len() {
            return Self::IDENTITY;
        }
        let (high, low) = ((found + 1.0) / (found + 2.0), 1.0 / (good + 2.0));
        let target = |fraud: bool| if fraud { high } else { low };
        let loss = |at: Self| -> f64 {
            let each = scores.iter().zip(frauds).map(|(&s, &fraud)| {
                let z = at.log_odds(s);
                z.max(0.0) + (-z.abs()).exp().ln_1p() - target(fraud) * z
            });
            each.sum()
        };
        let mut at = Self::IDENTITY;
        let mut here = loss(at);
        for _ in 0..100 {
            let (mut g, mut h) = ([0.0; 2], [1e-9, 0.0, 1e-9]);
            for (&s, &fraud) in scores.iter().zip(frauds) {
                let p = at.probability(s);
                let (rest, weight) = (p - target(fraud), p * (1.0 - p));
                g = [g[0] + rest * s, g[1] + rest];
                h = [h[0] + weight * s * s, h[1] + weight * s, h[2] + weight];
            }
            let det = h[0] * h[2] - h[1] * h[1];
            if g[0].abs().max(g[1].abs()) < 1e-7 || det <= 0.0 {
                break;
            }
            let step = [(h[2] * g[0] - h[1] * g[1]) / det, (h[0] * g[1] - h[1] * g[0]) / det];
            let tries = (0..20).map(|halvings| 0.5_f64.powi(halvings));
            let tries = tries.map(|part| Self { slope: at.slope - part * step[0], offset: at.offset - part * step[1] });
            let Some((next, better)) = tries.map(|next| (next, loss(next))).find(|(_, then)| *then < here) else {
                break;
            };
            (at, here) = (next, better);
        }
        if at.slope > 0.0 && at.slope.is_finite() && at.offset.is_finite() { at } else { Self::IDENTITY }
    }

    /// Calibrated log-odds of a raw score.
    pub fn log_odds(self, score: f64) -> f64 {
        self.slope * score + self.offset
    }

    /// Calibrated probability of a raw score.
    pub fn probability(self, score: f64) -> f64 {
        1.0 / (1.0 + (-self.log_odds(score)).exp())
    }
}
