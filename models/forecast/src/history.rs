//! What was seen of one series, in order and without gaps: the only input of every method.

/// Why there is no forecast. Positions count from 0, in the order of the series.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Nothing was ever seen.
    #[error("the series is empty; at least one value is needed")]
    Empty,
    /// A gap, an infinity, or a number that is none.
    #[error("value {at} of the series is {value}; expected a finite number (fill gaps before, or leave them out)")]
    NotFinite {
        /// Where it stands.
        at: usize,
        /// What stands there.
        value: f64,
    },
    /// A size beyond which squares are no longer numbers.
    #[error("value {at} of the series is {value:e}; expected at most 1e100 in size")]
    TooLarge {
        /// Where it stands.
        at: usize,
        /// What stands there.
        value: f64,
    },
    /// Nothing is asked for.
    #[error("a horizon of 0 steps asks for nothing; expected 1 or more")]
    NoHorizon,
    /// A panel model met nothing it could learn from.
    #[error("none of the {series} series is longer than {order} values, which this model looks back")]
    NothingToLearn {
        /// Series that were given.
        series: usize,
        /// Values that are needed before the first that is learned.
        order: usize,
    },
}

/// One series: finite values at equal steps, oldest first, and how long its seasons are.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    values: Vec<f64>,
    seasons: Vec<usize>,
}

impl History {
    /// `seasons` in steps, in any order (7 for days of the week; 24 and 168 for hours); those below 2 are none.
    ///
    /// # Errors
    /// Refuses an empty series, and one with a gap or a value beyond 1e100.
    pub fn new(values: Vec<f64>, seasons: &[usize]) -> Result<Self, Refusal> {
        if values.is_empty() {
            return Err(Refusal::Empty);
        }
        for (at, &value) in values.iter().enumerate() {
            if !value.is_finite() {
                return Err(Refusal::NotFinite { at, value });
            }
            if value.abs() > 1e100 {
                return Err(Refusal::TooLarge { at, value });
            }
        }
        let mut seasons: Vec<usize> = seasons.iter().copied().filter(|m| *m > 1).collect();
        seasons.sort_unstable();
        seasons.dedup();
        Ok(Self { values, seasons })
    }

    /// The values, oldest first.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Season lengths in steps, shortest first.
    pub fn seasons(&self) -> &[usize] {
        &self.seasons
    }

    /// The shortest season, 1 where there is none.
    pub fn season(&self) -> usize {
        self.seasons.first().copied().unwrap_or(1)
    }

    /// What was known `back` steps ago; `None` where nothing was.
    pub fn before(&self, back: usize) -> Option<Self> {
        let left = self.values.len().checked_sub(back).filter(|left| *left > 0)?;
        Some(Self { values: self.values[..left].to_vec(), seasons: self.seasons.clone() })
    }

    /// The same seasons over other values of the same steps.
    pub(crate) fn with(&self, values: Vec<f64>) -> Self {
        Self { values, seasons: self.seasons.clone() }
    }

    /// The same values without a season.
    pub(crate) fn seasonless(values: Vec<f64>) -> Self {
        Self { values, seasons: Vec::new() }
    }
}
