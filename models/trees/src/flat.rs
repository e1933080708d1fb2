//! The form in which trees are walked: eight bytes a node, siblings side by side, several walks at once.
//!
//! A step is one compare and no branch. A leaf steps onto itself, so walks of different lengths go in one loop; it ends
//! when none of them moves.

use crate::trees::{LEAF, Trees};

/// Walks that go side by side: enough to hide the wait for a node.
const LANES: usize = 8;

#[derive(Clone, Copy, Debug)]
struct Node {
    threshold: f32,
    /// Of the tree; the right child is the next one.
    left: u16,
    /// The feature, shifted left once, and whether a missing value goes left.
    feature: u16,
}

#[derive(Clone, Debug)]
pub(crate) struct Flat {
    nodes: Vec<Node>,
    values: Vec<f32>,
    starts: Vec<u32>,
}

impl Flat {
    /// Of arrays that passed their check.
    pub(crate) fn new(trees: &Trees) -> Self {
        let mut flat = Self { nodes: Vec::new(), values: Vec::new(), starts: Vec::new() };
        for tree in 0..trees.len() {
            let start = flat.nodes.len();
            flat.starts.push(start as u32);
            // Breadth first: the nodes that most rows meet lie together.
            let mut order = vec![trees.start[tree] as usize];
            let mut place = 0;
            while let Some(&node) = order.get(place) {
                let value = trees.value[node];
                if trees.feature[node] == LEAF {
                    // NaN is below nothing: always right, and right is here.
                    let left = (place as u16).wrapping_sub(1);
                    flat.nodes.push(Node { threshold: f32::NAN, left, feature: 0 });
                } else {
                    let feature = (trees.feature[node] as u16) << 1 | u16::from(trees.missing_left[node]);
                    let left = order.len() as u16;
                    flat.nodes.push(Node { threshold: trees.threshold[node], left, feature });
                    order.extend([trees.left[node] as usize, trees.right[node] as usize]);
                }
                flat.values.push(value);
                place += 1;
            }
        }
        flat
    }

    /// Adds the leaves of one row.
    pub(crate) fn one(&self, row: &[f32]) -> f64 {
        let mut sum = 0.0;
        for starts in self.starts.chunks(LANES) {
            let mut at = [0_u16; LANES];
            loop {
                let mut moved = false;
                for (lane, &start) in starts.iter().enumerate() {
                    let node = self.nodes[start as usize + usize::from(at[lane])];
                    let next = node.next(row[usize::from(node.feature >> 1)]);
                    moved |= next != at[lane];
                    at[lane] = next;
                }
                if !moved {
                    break;
                }
            }
            for (lane, &start) in starts.iter().enumerate() {
                sum += f64::from(self.values[start as usize + usize::from(at[lane])]);
            }
        }
        sum
    }

    /// Adds to each of `scores` the leaves of its row; `rows` lie one after another.
    pub(crate) fn many(&self, rows: &[f32], width: usize, scores: &mut [f64]) {
        // A block of rows turned on its side: all walks read from one slice.
        let mut block = vec![0.0; width * LANES];
        for (rows, scores) in rows.chunks(width * LANES).zip(scores.chunks_mut(LANES)) {
            if scores.len() < LANES {
                for (row, score) in rows.chunks(width).zip(scores) {
                    *score += self.one(row);
                }
                continue;
            }
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                row.iter().enumerate().for_each(|(feature, &x)| block[feature * LANES + lane] = x);
            }
            self.block(&block, scores);
        }
    }

    fn block(&self, block: &[f32], scores: &mut [f64]) {
        for (tree, &start) in self.starts.iter().enumerate() {
            let end = self.starts.get(tree + 1).map_or(self.nodes.len(), |&next| next as usize);
            let nodes = &self.nodes[start as usize..end];
            let mut at = [0_u16; LANES];
            loop {
                let mut moved = 0;
                for (lane, at) in at.iter_mut().enumerate() {
                    let node = nodes[usize::from(*at)];
                    let next = node.next(block[usize::from(node.feature >> 1) * LANES + lane]);
                    moved |= next ^ *at;
                    *at = next;
                }
                if moved == 0 {
                    break;
                }
            }
            let values = &self.values[start as usize..end];
            at.iter().zip(scores.iter_mut()).for_each(|(&at, score)| *score += f64::from(values[usize::from(at)]));
        }
    }
}

impl Node {
    /// Where a row goes that has `x` here.
    #[inline(always)]
    fn next(self, x: f32) -> u16 {
        let left = u16::from(x < self.threshold) | (u16::from(x.is_nan()) & self.feature & 1);
        self.left.wrapping_add(1 - left)
    }
}
