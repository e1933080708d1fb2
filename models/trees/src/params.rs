//! How trees are grown.

use crate::FitError;
use crate::loss::Loss;

/// Which leaf is split next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Growth {
    /// The one whose split gains most (LightGBM).
    #[default]
    LeafWise,
    /// The shallowest one; among those, the one that gains most.
    DepthWise,
}

/// Parameters of a fit; the default suits tables of some ten thousand rows and more.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// What is made small.
    pub loss: Loss,
    /// Trees at most.
    pub rounds: usize,
    /// What a tree counts for, above 0 and at most 1.
    pub learning_rate: f64,
    /// Leaves of a tree at most, 2 and up.
    pub leaves: usize,
    /// Splits from root to leaf at most, 1 and up.
    pub depth: usize,
    /// Which leaf is split next.
    pub growth: Growth,
    /// Rows of a leaf at least.
    pub min_rows: usize,
    /// Sum of second derivatives of a leaf at least (min child weight).
    pub min_hessian: f64,
    /// What a split must gain.
    pub min_gain: f64,
    /// L2 on leaf values.
    pub l2: f64,
    /// Share of rows a tree sees, above 0 and at most 1.
    pub row_share: f64,
    /// Share of columns a tree sees, above 0 and at most 1.
    pub column_share: f64,
    /// A column each: 1 the score may only rise with it, -1 only fall, 0 free. Empty: all free.
    pub monotone: Vec<i8>,
    /// Rounds without a better validation loss before the fit stops; trees past the best round are dropped.
    pub patience: usize,
    /// Of the samples of rows and columns.
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            loss: Loss::Squared,
            rounds: 300,
            learning_rate: 0.05,
            leaves: 31,
            depth: 32,
            growth: Growth::LeafWise,
            min_rows: 20,
            min_hessian: 1e-3,
            min_gain: 0.0,
            l2: 0.0,
            row_share: 1.0,
            column_share: 1.0,
            monotone: Vec::new(),
            patience: 50,
            seed: 0,
        }
    }
}

impl Params {
    pub(crate) fn check(&self, columns: usize) -> Result<(), FitError> {
        let within = |name, given: f64, holds: bool, expected| match holds {
            true => Ok(()),
            false => Err(FitError::Parameter { name, given, expected }),
        };
        let share = |value: f64| value > 0.0 && value <= 1.0;
        let from_zero = |value: f64| value >= 0.0 && value.is_finite();
        self.loss.check()?;
        within("learning_rate", self.learning_rate, share(self.learning_rate), "above 0 and at most 1")?;
        within("leaves", self.leaves as f64, (2..=32_768).contains(&self.leaves), "2 to 32768")?;
        within("depth", self.depth as f64, self.depth >= 1, "1 and up")?;
        within("min_hessian", self.min_hessian, from_zero(self.min_hessian), "0 and up")?;
        within("min_gain", self.min_gain, from_zero(self.min_gain), "0 and up")?;
        within("l2", self.l2, from_zero(self.l2), "0 and up")?;
        within("row_share", self.row_share, share(self.row_share), "above 0 and at most 1")?;
        within("column_share", self.column_share, share(self.column_share), "above 0 and at most 1")?;
        if !self.monotone.is_empty() && self.monotone.len() != columns {
            return Err(FitError::Length {
                what: "monotone constraints",
                given: self.monotone.len(),
                expected: columns,
            });
        }
        let sign = self.monotone.iter().find(|sign| !(-1..=1).contains(*sign));
        within("monotone", sign.map_or(0.0, |&sign| f64::from(sign)), sign.is_none(), "-1, 0 or 1")
    }
}
