//! How far the quantiles are moved, so that they hold what they promise on folds that were held out.
//!
//! Conformalized quantiles (Romano, Patterson & Candès 2019) in their scaled form: both distances from the median are
//! stretched until the wanted share of what came lies between; of all pairs that do so, the one of least pinball loss.
//!
//! Where nothing is sold on more than one day in ten, zero is the tenth percentile and lies inside the interval, which
//! then holds nine in ten instead of eight. Equal tails are not to be had there. So the interval leaves zero out at the
//! moments at which a sale is likeliest, as many as bring the share within down to what was promised: the lower quantile
//! is then half a piece, which costs next to nothing in pinball loss.

use super::heads::{LEVELS, Said};

/// Half a piece: above zero, below the least sale.
const HALF: f64 = 0.5;
/// Answers below which the quantiles stay as they are.
const LEAST: usize = 100;
/// Factors that are tried, in steps of [`STEP`].
const FACTORS: std::ops::Range<u32> = 10..200;
const STEP: f64 = 0.02;

/// How the quantiles are moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Margin {
    /// What the distance of the lower quantile from the median is multiplied by.
    low: f64,
    /// The same of the upper one.
    high: f64,
    /// Chance of a sale from which on the interval leaves zero out.
    sure: f64,
}

impl Default for Margin {
    fn default() -> Self {
        Self { low: 1.0, high: 1.0, sure: f64::INFINITY }
    }
}

impl Margin {
    /// From what was said and what came. `within` more moments lay where they had to: those that the week closes.
    pub(crate) fn learn(trials: &[(Said, f64)], within: usize) -> Self {
        if trials.len() < LEAST {
            return Self::default();
        }
        let promised = ((LEVELS[2] - LEVELS[0]) * (trials.len() + within) as f64).round() as usize;
        let tries = |low: bool| {
            FACTORS.map(move |factor| {
                let factor = f64::from(factor) * STEP;
                let margin = if low {
                    Self { low: factor, ..Self::default() }
                } else {
                    Self { high: factor, ..Self::default() }
                };
                let (mut loss, mut held) = (0.0, 0);
                for (said, came) in trials {
                    let place = if low { 0 } else { 2 };
                    let moved = margin.apply(said).quantiles;
                    loss += pinball(LEVELS[place], moved[place], *came);
                    held += usize::from(if low {
                        moved[0] <= *came && *came <= moved[1]
                    } else {
                        moved[1] < *came && *came <= moved[2]
                    });
                }
                (factor, loss, held)
            })
        };
        let (lows, highs): (Vec<_>, Vec<_>) = (tries(true).collect(), tries(false).collect());
        let pairs = lows.iter().flat_map(|low| highs.iter().map(move |high| (low, high)));
        let enough = pairs.filter(|(low, high)| low.2 + high.2 + within >= promised);
        let best = enough.min_by(|one, other| (one.0.1 + one.1.1).total_cmp(&(other.0.1 + other.1.1)));
        let Some((low, high)) = best else { return Self::default() };
        let margin = Self { low: low.0, high: high.0, ..Self::default() };
        Self { sure: margin.sure_from(trials, low.2 + high.2 + within - promised), ..margin }
    }

    /// The chance of a sale from which on leaving zero out loses `surplus` of the moments within.
    fn sure_from(self, trials: &[(Said, f64)], surplus: usize) -> f64 {
        let is_lost =
            |said: &Said, came: f64| came < HALF && self.apply(said).quantiles[0] <= came && said.quantiles[1] >= HALF;
        let mut chances: Vec<f64> =
            trials.iter().filter(|(said, came)| is_lost(said, *came)).map(|(said, _)| said.chance).collect();
        chances.sort_by(|one, other| other.total_cmp(one));
        let last = surplus.min(chances.len());
        last.checked_sub(1).map_or(f64::INFINITY, |last| chances[last])
    }

    /// The moved quantiles, none below zero.
    pub(crate) fn apply(self, said: &Said) -> Said {
        let [low, middle, high] = said.quantiles;
        let middle = middle.max(0.0);
        let mut low = (middle - self.low * (middle - low)).clamp(0.0, middle);
        if said.chance >= self.sure && middle >= HALF {
            low = low.max(HALF);
        }
        let high = (middle + self.high * (high - middle)).max(middle);
        Said { quantiles: [low, middle, high], mean: said.mean.max(0.0), ..*said }
    }
}

/// Pinball loss of one quantile.
pub(super) fn pinball(level: f64, said: f64, came: f64) -> f64 {
    ((came - said) * level).max((said - came) * (1.0 - level))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(low: f64, middle: f64, high: f64) -> Said {
        Said { quantiles: [low, middle, high], mean: middle, chance: 0.5 }
    }

    #[test]
    fn too_narrow_a_fan_is_stretched_until_it_holds() {
        let trials: Vec<(Said, f64)> =
            (0..1000).map(|at| (said(99.0, 100.0, 101.0), 98.0 + f64::from(at % 401) * 0.01)).collect();
        let margin = Margin::learn(&trials, 0);
        let held = trials.iter().filter(|(said, came)| {
            let [low, _, high] = margin.apply(said).quantiles;
            low <= *came && *came <= high
        });
        assert!((785..=815).contains(&held.count()), "{margin:?}");
    }

    /// A fifth of the moments sell nothing: the interval leaves zero out where sales were likeliest, and holds 80 %.
    #[test]
    fn zero_is_left_out_where_a_sale_is_likely() {
        let trial = |at: u32| {
            let chance = f64::from(at % 97) / 97.0;
            (Said { chance, ..said(0.0, 5.0, 9.0) }, f64::from(if at.is_multiple_of(5) { 0 } else { 1 + at % 10 }))
        };
        let trials: Vec<(Said, f64)> = (0..2000).map(trial).collect();
        let margin = Margin::learn(&trials, 0);
        let held = trials.iter().filter(|(said, came)| {
            let [low, _, high] = margin.apply(said).quantiles;
            low <= *came && *came <= high
        });
        assert!((1580..=1620).contains(&held.count()), "{margin:?}");
        assert_eq!(margin.apply(&Said { chance: 0.0, ..said(0.0, 5.0, 9.0) }).quantiles[0], 0.0);
    }

    #[test]
    fn quantiles_stay_in_order_and_above_zero() {
        let margin = Margin { low: 3.0, high: 0.2, sure: 0.1 };
        let [low, middle, high] = margin.apply(&said(-4.0, 0.2, 0.1)).quantiles;
        assert!(0.0 <= low && low <= middle && middle <= high);
    }
}
