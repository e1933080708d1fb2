//! The best split of a leaf, and what a leaf answers.

use crate::histogram::{Cell, Histogram};
use crate::params::Params;
use crate::table::{Column, MISSING};

/// What the integers of a round stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) first: f64,
    pub(crate) second: f64,
}

/// Between what a leaf's value must lie: what monotone splits above it left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Bounds {
    pub(crate) const FREE: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

    pub(crate) fn hold(self, value: f64) -> f64 {
        value.max(self.low).min(self.high)
    }
}

/// Codes at or below `code` go left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    pub(crate) column: usize,
    pub(crate) code: u8,
    pub(crate) threshold: f32,
    pub(crate) missing_left: bool,
    pub(crate) gain: f64,
    pub(crate) left: Cell,
    pub(crate) right: Cell,
}

/// What judges a split: the parameters, and what the integers stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) params: &'a Params,
    pub(crate) scale: Scale,
}

impl Judge<'_> {
    /// The value that makes the second-order loss of a leaf least, within its bounds.
    pub(crate) fn value(self, leaf: Cell, bounds: Bounds) -> f64 {
        let second = leaf.second as f64 * self.scale.second + self.params.l2;
        if second <= 0.0 {
            return bounds.hold(0.0);
        }
        bounds.hold(-(leaf.first as f64 * self.scale.first) / second)
    }

    /// How much the loss falls when `leaf` answers its value, twice.
    fn worth(self, leaf: Cell, bounds: Bounds) -> f64 {
        let first = leaf.first as f64 * self.scale.first;
        let second = leaf.second as f64 * self.scale.second + self.params.l2;
        if second <= 0.0 {
            return 0.0;
        }
        if bounds == Bounds::FREE {
            return first * first / second;
        }
        let value = self.value(leaf, bounds);
        -(2.0 * first * value + second * value * value)
    }

    fn may_be(self, leaf: Cell) -> bool {
        leaf.rows >= self.params.min_rows.max(1) as i64
            && leaf.second as f64 * self.scale.second >= self.params.min_hessian
    }

    /// The split of a leaf that gains most; of equals, the first by column and code.
    pub(crate) fn best(
        self,
        histogram: &Histogram,
        table: &[Column],
        columns: &[usize],
        all: Cell,
        bounds: Bounds,
    ) -> Option<Split> {
        let mut best: Option<Split> = None;
        let rest = self.worth(all, bounds) + self.params.min_gain;
        for (bins, &column) in histogram.iter().zip(columns) {
            let sign = self.params.monotone.get(column).copied().unwrap_or(0);
            let missing = bins[usize::from(MISSING)];
            let cuts = &table[column].cuts;
            let mut below = Cell::default();
            // One place past the cuts: present values left, missing ones right.
            for (code, &bin) in bins.iter().enumerate().take(cuts.len() + 1) {
                below = below.plus(bin);
                let last = code == cuts.len();
                if bin.rows == 0 && !last {
                    continue;
                }
                for missing_left in [false, true] {
                    if missing_left && (missing.rows == 0 || last) {
                        continue;
                    }
                    let left = if missing_left { below.plus(missing) } else { below };
                    let right = all.minus(left);
                    if !self.may_be(left) || !self.may_be(right) {
                        continue;
                    }
                    if sign != 0 {
                        let rise = self.value(right, bounds) - self.value(left, bounds);
                        if rise * f64::from(sign) < 0.0 {
                            continue;
                        }
                    }
                    let gain = self.worth(left, bounds) + self.worth(right, bounds) - rest;
                    if gain > best.map_or(1e-12, |best| best.gain) {
                        let threshold = cuts.get(code).copied().unwrap_or(f32::MAX);
                        // Where training saw no missing value, one goes with the most rows.
                        let missing_left = if missing.rows == 0 { left.rows > right.rows } else { missing_left };
                        best = Some(Split { column, code: code as u8, threshold, missing_left, gain, left, right });
                    }
                }
            }
        }
        best
    }

    /// What the two sides of `split` may answer, so that no leaf below crosses over.
    pub(crate) fn divide(self, split: &Split, bounds: Bounds) -> (Bounds, Bounds) {
        let middle = (self.value(split.left, bounds) + self.value(split.right, bounds)) / 2.0;
        let (low, high) = (Bounds { low: middle, ..bounds }, Bounds { high: middle, ..bounds });
        match self.params.monotone.get(split.column) {
            Some(1) => (high, low),
            Some(-1) => (low, high),
            _ => (bounds, bounds),
        }
    }
}
