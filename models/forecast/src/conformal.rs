//! Quantiles that hold what they promise: stated spreads, corrected by how past errors really lay.
//!
//! Split conformal prediction (Vovk, Gammerman & Shafer 2005) over scores (came − mean) / sd from rolling origins. The
//! scores of a series' past are not exchangeable with its future, so coverage is measured, not presumed.

use crate::normal;
use crate::path::{Fan, Path};

/// Scores at which the past alone is trusted half.
const FAIR: f64 = 20.0;

/// Past scores, sorted.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    scores: Vec<f64>,
}

impl Calibration {
    /// Scores that are no numbers are left out.
    pub fn new(scores: impl IntoIterator<Item = f64>) -> Self {
        let mut scores: Vec<f64> = scores.into_iter().filter(|score| score.is_finite()).collect();
        scores.sort_by(f64::total_cmp);
        Self { scores }
    }

    /// How many scores it stands on.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether it stands on none.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The score at `level`: the empirical quantile with n + 1 places (so the ends are a little wider than what was
    /// seen), drawn towards the normal one while there are few.
    pub fn score(&self, level: f64) -> f64 {
        let n = self.scores.len();
        let normal = normal::quantile(level);
        if n == 0 {
            return normal;
        }
        let place = level * (n as f64 + 1.0) - 1.0;
        let below = place.floor().clamp(0.0, (n - 1) as f64) as usize;
        let above = (below + 1).min(n - 1);
        let share = (place - below as f64).clamp(0.0, 1.0);
        let seen = self.scores[below] + share * (self.scores[above] - self.scores[below]);
        let trust = n as f64 / (n as f64 + FAIR);
        trust * seen + (1.0 - trust) * normal
    }

    /// The path's quantiles under these scores.
    pub fn fan(&self, path: &Path, levels: &[f64]) -> Fan {
        path.fan(levels, |level| self.score(level))
    }
}
