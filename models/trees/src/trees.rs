//! An ensemble as plain arrays: what is stored, and what is exported.

use serde::{Deserialize, Serialize};

use crate::{Link, TreesError};

/// Stands in [`Trees::feature`] where a node is a leaf.
pub const LEAF: u32 = u32::MAX;

/// Trees in one row of nodes. The raw score of a row is `base` plus the value of one leaf a tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trees {
    /// Features of a row.
    pub width: usize,
    /// The score before the first tree.
    pub base: f64,
    /// What makes an answer of the score.
    pub link: Link,
    /// The first node of each tree.
    pub start: Vec<u32>,
    /// The feature a node splits, or [`LEAF`].
    pub feature: Vec<u32>,
    /// `x < threshold` goes left.
    pub threshold: Vec<f32>,
    /// The child of rows below the threshold; of leaves 0.
    pub left: Vec<u32>,
    /// The child of the others.
    pub right: Vec<u32>,
    /// Whether a missing value goes left.
    pub missing_left: Vec<bool>,
    /// Of a leaf, what it adds to the score; of a split, the mean of what its leaves add, over the rows of training.
    pub value: Vec<f32>,
    /// What splits of each feature gained in training, summed.
    pub gain: Vec<f64>,
}

impl Trees {
    /// Trees there are.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    /// Whether there is no tree.
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// The first node past a tree.
    pub(crate) fn end(&self, tree: usize) -> usize {
        self.start.get(tree + 1).map_or(self.feature.len(), |&next| next as usize)
    }

    /// Keeps the first `trees`; `gain` stays that of all.
    pub fn truncate(&mut self, trees: usize) {
        if trees >= self.len() {
            return;
        }
        let nodes = self.start[trees] as usize;
        self.start.truncate(trees);
        self.feature.truncate(nodes);
        self.threshold.truncate(nodes);
        self.left.truncate(nodes);
        self.right.truncate(nodes);
        self.missing_left.truncate(nodes);
        self.value.truncate(nodes);
    }

    /// The leaf of a tree in which `row` ends: the definition that every faster walk is held to. The arrays must have
    /// passed [`crate::Forest::new`].
    pub fn leaf(&self, tree: usize, row: &[f32]) -> usize {
        let mut node = self.start[tree] as usize;
        while self.feature[node] != LEAF {
            let x = row[self.feature[node] as usize];
            let left = if x.is_nan() { self.missing_left[node] } else { x < self.threshold[node] };
            node = (if left { self.left[node] } else { self.right[node] }) as usize;
        }
        node
    }

    pub(crate) fn check(&self) -> Result<(), TreesError> {
        let nodes = self.feature.len();
        let same = [self.threshold.len(), self.left.len(), self.right.len(), self.missing_left.len(), self.value.len()];
        if same.iter().any(|&length| length != nodes) {
            return Err(TreesError::Ragged);
        }
        if self.width > 32_767 {
            return Err(TreesError::TooMany { what: "features", given: self.width, most: 32_767 });
        }
        if !self.base.is_finite() {
            return Err(TreesError::NotFinite { node: 0 });
        }
        for tree in 0..self.len() {
            let (start, end) = (self.start[tree], self.end(tree));
            let first = if tree == 0 { start == 0 } else { true };
            if start as usize >= end || end > nodes || !first {
                return Err(TreesError::Start { tree, start, nodes });
            }
            if end - start as usize > 65_535 {
                return Err(TreesError::TooMany { what: "nodes of a tree", given: end - start as usize, most: 65_535 });
            }
            (start as usize..end).try_for_each(|node| self.check_node(node, end))?;
        }
        Ok(())
    }

    fn check_node(&self, node: usize, end: usize) -> Result<(), TreesError> {
        if !self.value[node].is_finite() {
            return Err(TreesError::NotFinite { node });
        }
        if self.feature[node] == LEAF {
            return Ok(());
        }
        if self.feature[node] as usize >= self.width {
            return Err(TreesError::Feature { node, feature: self.feature[node], width: self.width });
        }
        if !self.threshold[node].is_finite() {
            return Err(TreesError::NotFinite { node });
        }
        for child in [self.left[node], self.right[node]] {
            if child as usize <= node || child as usize >= end {
                return Err(TreesError::Child { node, child });
            }
        }
        Ok(())
    }
}
