//! A panel as the boosted model takes it: many series on one grid of steps, and what is known beside and ahead of them.

use super::calendar::Calendar;

/// Distinct values up to which a known column is a state (open, promotion, kind of holiday); beyond, it is an amount
/// (price, temperature).
const STATES: usize = 8;

/// Why a panel is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BoostedError {
    /// Nothing is asked for.
    #[error("a horizon of 0 steps asks for nothing; expected 1 or more")]
    NoHorizon,
    /// Too little to learn from.
    #[error("only {rows} moments of the past can be learned from; expected {least} or more")]
    TooFew {
        /// Moments that were found.
        rows: usize,
        /// Moments that are needed.
        least: usize,
    },
    /// Series of another length than the grid.
    #[error("series {series} has {given} {what}, the grid has {expected}")]
    Length {
        /// The series, from 0.
        series: usize,
        /// "values" or "known values".
        what: &'static str,
        /// How many were given.
        given: usize,
        /// How many the grid asks for.
        expected: usize,
    },
    /// An infinity.
    #[error("series {series}, step {step} is infinite; expected a number, or NaN for an unknown one")]
    Infinite {
        /// The series, from 0.
        series: usize,
        /// The step, from 0.
        step: usize,
    },
    /// The trees refused what was made of the panel.
    #[error("the trees cannot be grown")]
    Trees(#[from] vyavs_trees::FitError),
    /// The columns refused what was made of the panel.
    #[error("the table of features cannot be made")]
    Table(#[from] vyavs_trees::TableError),
}

/// One series.
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// A value a step of the past; NaN where none is known: before the first one, gaps, and steps on which the shelf was
    /// empty (a stock-out is censored: sales there are not demand).
    pub values: Vec<f32>,
    /// For each known column its value a step of past and horizon; NaN where unknown.
    pub known: Vec<Vec<f32>>,
    /// The groups it belongs to (its store, its department), as numbers below [`Sheet::groups`].
    pub groups: Vec<usize>,
}

/// The whole panel up to a cut-off. What came after is not in it, so it cannot leak.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Dates of the steps.
    pub calendar: Calendar,
    /// Steps of the past.
    pub past: usize,
    /// Steps ahead.
    pub horizon: usize,
    /// Groups that series may share.
    pub groups: usize,
    /// The series.
    pub tracks: Vec<Track>,
}

impl Sheet {
    pub(crate) fn check(&self) -> Result<(), BoostedError> {
        if self.horizon == 0 {
            return Err(BoostedError::NoHorizon);
        }
        let columns = self.columns();
        for (series, track) in self.tracks.iter().enumerate() {
            let wrong = |what, given, expected| BoostedError::Length { series, what, given, expected };
            if track.values.len() != self.past {
                return Err(wrong("values", track.values.len(), self.past));
            }
            if track.known.len() != columns {
                return Err(wrong("known columns", track.known.len(), columns));
            }
            if let Some(column) = track.known.iter().find(|column| column.len() != self.steps()) {
                return Err(wrong("known values", column.len(), self.steps()));
            }
            let mut cells = std::iter::once(&track.values).chain(&track.known);
            if let Some(step) = cells.find_map(|column| column.iter().position(|value| value.is_infinite())) {
                return Err(BoostedError::Infinite { series, step });
            }
        }
        Ok(())
    }

    /// Steps of past and horizon.
    pub(crate) fn steps(&self) -> usize {
        self.past + self.horizon
    }

    /// Known columns.
    pub(crate) fn columns(&self) -> usize {
        self.tracks.first().map_or(0, |track| track.known.len())
    }

    /// The panel as it stood `back` steps ago.
    pub(crate) fn before(&self, back: usize) -> Option<Self> {
        let past = self.past.checked_sub(back).filter(|past| *past > 0)?;
        let tracks = self.tracks.iter().map(|track| {
            let known = track.known.iter().map(|column| column[..past + self.horizon].to_vec()).collect();
            Track { values: track.values[..past].to_vec(), known, groups: track.groups.clone() }
        });
        Some(Self { tracks: tracks.collect(), past, calendar: self.calendar.clone(), ..*self })
    }

    /// The values that a known column takes, where it is a state; `None` where it is an amount.
    pub(crate) fn states(&self, column: usize) -> Option<Vec<f32>> {
        let mut found: Vec<f32> = Vec::new();
        for value in self.tracks.iter().flat_map(|track| &track.known[column]) {
            if !value.is_nan() && !found.contains(value) {
                if found.len() == STATES {
                    return None;
                }
                found.push(*value);
            }
        }
        found.sort_by(f32::total_cmp);
        Some(found)
    }
}
