//! What is learned.

use crate::FitError;
use crate::loss::Loss;

/// What is learned: a label a row, and what the row counts for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// A label for each row of the table.
    pub labels: &'a [f32],
    /// A weight for each row, from zero up; without them each counts 1.
    pub weights: Option<&'a [f32]>,
}

impl<'a> Target<'a> {
    /// Labels that count alike.
    pub fn new(labels: &'a [f32]) -> Self {
        Self { labels, weights: None }
    }

    pub(crate) fn weight(&self, row: usize) -> f32 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    pub(crate) fn check(&self, loss: Loss, rows: usize) -> Result<(), FitError> {
        let length = |what, given| match given == rows {
            true => Ok(()),
            false => Err(FitError::Length { what, given, expected: rows }),
        };
        length("labels", self.labels.len())?;
        self.labels.iter().enumerate().try_for_each(|(row, &label)| loss.check_label(row, label))?;
        let Some(weights) = self.weights else { return Ok(()) };
        length("weights", weights.len())?;
        let wrong = weights.iter().position(|&weight| !(weight >= 0.0 && weight.is_finite()));
        let zero = weights.iter().all(|&weight| weight == 0.0).then_some(0);
        match wrong.or(zero) {
            Some(row) => Err(FitError::Weight { row, given: weights[row] }),
            None => Ok(()),
        }
    }
}
