//! Trees that were checked, ready to score.

use crate::flat::Flat;
use crate::trees::{LEAF, Trees};
use crate::{Link, TreesError};

/// Scores rows. Rows are `width` values of `f32`, NaN where one is missing; a shorter row is filled up with NaN.
#[derive(Clone, Debug)]
pub struct Forest {
    trees: Trees,
    flat: Flat,
}

impl Forest {
    /// Checks the arrays, so that no row can lead a walk astray.
    pub fn new(trees: Trees) -> Result<Self, TreesError> {
        trees.check()?;
        let flat = Flat::new(&trees);
        Ok(Self { trees, flat })
    }

    /// The arrays.
    pub fn trees(&self) -> &Trees {
        &self.trees
    }

    /// Features of a row.
    pub fn width(&self) -> usize {
        self.trees.width
    }

    /// What makes an answer of a raw score.
    pub fn link(&self) -> Link {
        self.trees.link
    }

    /// The raw score of one row.
    pub fn score(&self, row: &[f32]) -> f64 {
        if row.len() < self.width() || row.is_empty() {
            let mut filled = row.to_vec();
            filled.resize(self.width().max(1), f32::NAN);
            return self.trees.base + self.flat.one(&filled);
        }
        self.trees.base + self.flat.one(row)
    }

    /// The raw scores of rows that lie one after another; values past the last whole row are left out.
    pub fn scores(&self, rows: &[f32]) -> Vec<f64> {
        let width = self.width().max(1);
        let mut scores = vec![0.0; rows.len() / width];
        self.flat.many(&rows[..scores.len() * width], width, &mut scores);
        scores.iter_mut().for_each(|score| *score += self.trees.base);
        scores
    }

    /// What each feature adds to the score of `row` on its way through the trees (Saabas, 2014): the change of the mean
    /// at every split, to the feature that was split. Together with [`Forest::bias`] they are the score.
    pub fn reasons(&self, row: &[f32]) -> Vec<f64> {
        let mut reasons = vec![0.0; self.width()];
        for &start in &self.trees.start {
            let mut node = start as usize;
            while self.trees.feature[node] != LEAF {
                let feature = self.trees.feature[node] as usize;
                let x = row.get(feature).copied().unwrap_or(f32::NAN);
                let left = if x.is_nan() { self.trees.missing_left[node] } else { x < self.trees.threshold[node] };
                let child = (if left { self.trees.left[node] } else { self.trees.right[node] }) as usize;
                reasons[feature] += f64::from(self.trees.value[child]) - f64::from(self.trees.value[node]);
                node = child;
            }
        }
        reasons
    }

    /// The score of a row of which nothing is known: the base and the mean of every tree.
    pub fn bias(&self) -> f64 {
        let means = self.trees.start.iter().map(|&start| f64::from(self.trees.value[start as usize]));
        self.trees.base + means.sum::<f64>()
    }
}
