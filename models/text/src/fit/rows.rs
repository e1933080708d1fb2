//! The rows of a fit: features as columns, scaled by log-count ratios of the rows in use.

use super::{FitConfig, linear};
use crate::features::{Features, MOODS};
use crate::hash::Map;
use crate::model::Table;

/// One sparse row: columns, counts, and one over the root of the sum of counts.
struct Sparse {
    columns: Vec<(u32, f32)>,
    scale: f32,
}

/// Which kind of sparse feature.
#[derive(Clone, Copy)]
pub(super) enum Block {
    Words,
    Pieces,
}

pub(super) struct Rows<'a> {
    labels: &'a [bool],
    keys: [Vec<u32>; 2],
    rows: Vec<[Sparse; 2]>,
    moods: Vec<[f32; MOODS]>,
}

/// What the solver found, the log-count ratios multiplied in.
pub(super) struct Weights {
    sparse: [Vec<f32>; 2],
    pub(super) moods: [f32; MOODS],
    pub(super) bias: f32,
}

impl<'a> Rows<'a> {
    pub(super) fn of(features: &[Features], labels: &'a [bool]) -> Self {
        let mut index: [Map<u32, u32>; 2] = Default::default();
        let mut keys: [Vec<u32>; 2] = Default::default();
        let mut sparse = |block: usize, from: &[u32]| {
            let mut columns: Vec<u32> = from
                .iter()
                .map(|key| {
                    *index[block].entry(*key).or_insert_with(|| {
                        keys[block].push(*key);
                        keys[block].len() as u32 - 1
                    })
                })
                .collect();
            columns.sort_unstable();
            let counted = columns.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f32)).collect();
            Sparse { columns: counted, scale: 1.0 / (from.len().max(1) as f32).sqrt() }
        };
        let rows = features.iter().map(|f| [sparse(0, &f.words), sparse(1, &f.pieces)]).collect();
        Self { labels, keys, rows, moods: features.iter().map(|f| f.moods).collect() }
    }

    /// ln of how much likelier a column is in positive rows than in negative ones, one added to each count (presence, not frequency).
    fn ratios(&self, kept: &[bool], block: usize) -> Vec<f32> {
        let mut counts = vec![[1.0f64; 2]; self.keys[block].len()];
        for (at, row) in self.rows.iter().enumerate().filter(|(at, _)| kept[*at]) {
            let label = usize::from(self.labels[at]);
            row[block].columns.iter().for_each(|(column, _)| counts[*column as usize][label] += 1.0);
        }
        let sums = counts.iter().fold([0.0, 0.0], |sum, count| [sum[0] + count[0], sum[1] + count[1]]);
        counts.iter().map(|count| (libm::log(count[1] / sums[1]) - libm::log(count[0] / sums[0])) as f32).collect()
    }

    /// Fits on the rows that are kept.
    pub(super) fn solve(&self, kept: &[bool], cost: f64, config: &FitConfig) -> Weights {
        let by = [1.0, config.pieces];
        let ratios: [Vec<f32>; 2] = std::array::from_fn(|block| {
            let unseen_is_nothing = self.seen(kept, block);
            let ratios = self.ratios(kept, block);
            ratios.iter().zip(unseen_is_nothing).map(|(r, seen)| if seen { r * by[block] } else { 0.0 }).collect()
        });
        let mut weights = Weights {
            sparse: std::array::from_fn(|block| vec![0.0; self.keys[block].len()]),
            moods: [0.0; MOODS],
            bias: 0.0,
        };
        let mut order: Vec<usize> = (0..self.rows.len()).filter(|at| kept[*at]).collect();
        let mut duals = vec![cost * 1e-3; self.rows.len()];
        let squares: Vec<f64> = (0..self.rows.len()).map(|at| self.square(&ratios, config.moods, at)).collect();
        for &at in &order {
            self.add(&mut weights, &ratios, config.moods, at, duals[at]);
        }
        for pass in 0..config.passes {
            linear::shuffle(&mut order, config.seed ^ u64::from(pass + 1));
            for &at in &order {
                let margin = self.scaled_margin(&weights, &ratios, config.moods, at);
                let signed = if self.labels[at] { margin } else { -margin };
                let next = linear::dual_step(duals[at], cost, squares[at], signed);
                self.add(&mut weights, &ratios, config.moods, at, next - duals[at]);
                duals[at] = next;
            }
        }
        for (weights, ratios) in weights.sparse.iter_mut().zip(&ratios) {
            weights.iter_mut().zip(ratios).for_each(|(weight, ratio)| *weight *= ratio);
        }
        weights.moods.iter_mut().for_each(|weight| *weight *= config.moods);
        weights
    }

    fn seen(&self, kept: &[bool], block: usize) -> Vec<bool> {
        let mut seen = vec![false; self.keys[block].len()];
        for (_, row) in self.rows.iter().enumerate().filter(|(at, _)| kept[*at]) {
            row[block].columns.iter().for_each(|(column, _)| seen[*column as usize] = true);
        }
        seen
    }

    fn square(&self, ratios: &[Vec<f32>; 2], moods: f32, at: usize) -> f64 {
        let mut sum = 1.0;
        for (row, ratios) in self.rows[at].iter().zip(ratios) {
            let part: f32 = row.columns.iter().map(|(c, n)| (n * ratios[*c as usize] * row.scale).powi(2)).sum();
            sum += f64::from(part);
        }
        sum + f64::from(self.moods[at].iter().map(|m| (m * moods).powi(2)).sum::<f32>())
    }

    fn scaled_margin(&self, weights: &Weights, ratios: &[Vec<f32>; 2], moods: f32, at: usize) -> f64 {
        let mut sum = f64::from(weights.bias);
        for ((row, ratios), weights) in self.rows[at].iter().zip(ratios).zip(&weights.sparse) {
            let part: f32 = row.columns.iter().map(|(c, n)| n * ratios[*c as usize] * weights[*c as usize]).sum();
            sum += f64::from(part * row.scale);
        }
        sum + f64::from(moods * self.moods[at].iter().zip(&weights.moods).map(|(m, w)| m * w).sum::<f32>())
    }

    fn add(&self, weights: &mut Weights, ratios: &[Vec<f32>; 2], moods: f32, at: usize, change: f64) {
        let change = if self.labels[at] { change as f32 } else { -change as f32 };
        for ((row, ratios), weights) in self.rows[at].iter().zip(ratios).zip(&mut weights.sparse) {
            let by = change * row.scale;
            row.columns.iter().for_each(|(c, n)| weights[*c as usize] += by * n * ratios[*c as usize]);
        }
        weights.moods.iter_mut().zip(&self.moods[at]).for_each(|(weight, mood)| *weight += change * moods * mood);
        weights.bias += change;
    }

    /// The margin of a row, by weights that carry their ratios.
    pub(super) fn margin(&self, weights: &Weights, at: usize) -> f64 {
        let mut sum = f64::from(weights.bias);
        for (row, weights) in self.rows[at].iter().zip(&weights.sparse) {
            sum += f64::from(row.scale * row.columns.iter().map(|(c, n)| n * weights[*c as usize]).sum::<f32>());
        }
        sum + f64::from(self.moods[at].iter().zip(&weights.moods).map(|(m, w)| m * w).sum::<f32>())
    }

    /// A block's weights as they are stored, the `most` largest.
    pub(super) fn table(&self, block: Block, weights: &Weights, most: usize) -> Table {
        let block = block as usize;
        Table::quantised(self.keys[block].iter().copied().zip(weights.sparse[block].iter().copied()).collect(), most)
    }
}
