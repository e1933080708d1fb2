//! The rounds: derivatives, a tree, new scores, and when to stop.

use crate::derive::{derive, whole};
use crate::grow::{Grower, Grown};
use crate::histogram::Entry;
use crate::loss::{Loss, quantile};
use crate::sample;
use crate::target::Target;
use crate::trees::{LEAF, Trees};
use crate::{FitError, Forest, Params, Table};

/// A fit, and how it went.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The trees up to the best round.
    pub forest: Forest,
    /// Mean loss of the validation part before the first tree and after each; empty without one.
    pub losses: Vec<f64>,
}

/// Fits trees to `target`, a label a row of `table`. With a validation part the fit stops when its loss no longer falls.
/// The answer is the same for any number of `threads`.
pub fn fit(
    params: &Params,
    table: &Table,
    target: Target<'_>,
    valid: Option<(&Table, Target<'_>)>,
    threads: usize,
) -> Result<Fit, FitError> {
    params.check(table.width())?;
    target.check(params.loss, table.rows())?;
    if let Some((part, target)) = &valid {
        target.check(params.loss, part.rows())?;
        if !part.is_cut_like(table) {
            return Err(FitError::OtherCuts);
        }
    }
    let mut trees = Trees { width: table.width(), link: params.loss.link(), ..Trees::default() };
    trees.gain = vec![0.0; table.width()];
    trees.base = start(params.loss, target);
    let mut scores = vec![trees.base; table.rows()];
    let mut valid = valid.map(|(part, target)| Validation::new(params, trees.base, part, target));
    let mut grower = Grower::new(table, params, threads);
    let (mut pairs, mut entries) = (vec![(0.0, 0.0); table.rows()], Vec::new());
    for round in 0..params.rounds {
        let scale = derive(params.loss, target, &scores, &mut pairs, threads);
        entries.clear();
        for (row, &(first, second)) in pairs.iter().enumerate() {
            if params.row_share >= 1.0 || sample::row_is_in(params.seed, round, row, params.row_share) {
                let (first, second) = (whole(first, scale.first), whole(second, scale.second));
                entries.push(Entry { row: row as u32, first, second });
            }
        }
        let columns = sample::columns(params.seed, round, table.width(), params.column_share);
        let mut grown = grower.grow(&mut entries, &columns, scale);
        if grown.nodes.len() == 1 && params.row_share >= 1.0 && params.column_share >= 1.0 {
            // No split gains, and none will: nothing changes from round to round.
            break;
        }
        if let Loss::Quantile { level } = params.loss {
            renew(&mut grown, &entries, level, target, &scores);
        }
        append(&mut trees, &mut grown, params.learning_rate);
        advance(&grown, &entries, table, &mut scores, params.row_share < 1.0);
        if let Some(valid) = &mut valid
            && valid.is_past_its_best(&grown)
        {
            break;
        }
    }
    let losses = valid.map_or_else(Vec::new, |valid| {
        trees.truncate(valid.best);
        valid.losses
    });
    let forest = Forest::new(trees).expect("what was grown here passes its own check");
    Ok(Fit { forest, losses })
}

/// The part that says when to stop.
struct Validation<'a> {
    params: &'a Params,
    table: &'a Table,
    target: Target<'a>,
    scores: Vec<f64>,
    losses: Vec<f64>,
    best: usize,
}

impl<'a> Validation<'a> {
    fn new(params: &'a Params, base: f64, table: &'a Table, target: Target<'a>) -> Self {
        let scores = vec![base; table.rows()];
        let loss = params.loss.mean(&scores, target.labels, target.weights);
        Self { params, table, target, scores, losses: vec![loss], best: 0 }
    }

    fn is_past_its_best(&mut self, grown: &Grown) -> bool {
        for (row, score) in self.scores.iter_mut().enumerate() {
            *score += grown.nodes[grown.leaf_of(self.table, row)].value;
        }
        let loss = self.params.loss.mean(&self.scores, self.target.labels, self.target.weights);
        self.losses.push(loss);
        if loss < self.losses[self.best] {
            self.best = self.losses.len() - 1;
        }
        self.losses.len() - 1 - self.best >= self.params.patience.max(1)
    }
}

/// The best constant. Labels are added up in their own order, not that of the rows.
fn start(loss: Loss, target: Target<'_>) -> f64 {
    let mut pairs: Vec<(f32, f32)> =
        target.labels.iter().enumerate().map(|(row, &label)| (label, target.weight(row))).collect();
    let level = if let Loss::Quantile { level } = loss { level } else { 0.5 };
    let quantile = quantile(&mut pairs, level);
    if matches!(loss, Loss::Quantile { .. }) {
        return quantile;
    }
    let all: f64 = pairs.iter().map(|&(_, weight)| f64::from(weight)).sum();
    let sum: f64 = pairs.iter().map(|&(label, weight)| f64::from(label) * f64::from(weight)).sum();
    loss.start(sum / all)
}

/// Leaves answer the quantile of what is left over: pinball loss has no second derivative to step by.
fn renew(grown: &mut Grown, entries: &[Entry], level: f64, target: Target<'_>, scores: &[f64]) {
    let mut left_over = Vec::new();
    for (node, range) in &grown.leaves {
        left_over.clear();
        left_over.extend(entries[range.clone()].iter().map(|entry| {
            let row = entry.row as usize;
            ((f64::from(target.labels[row]) - scores[row]) as f32, target.weight(row))
        }));
        let node = &mut grown.nodes[*node];
        node.value = node.bounds.hold(quantile(&mut left_over, level));
    }
}

/// Writes a tree behind the others, its leaves shrunk, and leaves the shrunk values in `grown`.
fn append(trees: &mut Trees, grown: &mut Grown, learning_rate: f64) {
    let start = trees.feature.len();
    trees.start.push(start as u32);
    // Children are numbered after their parents, so from the back each mean is ready when it is asked for.
    for place in (0..grown.nodes.len()).rev() {
        let node = &grown.nodes[place];
        let value = match &node.split {
            None => f64::from((node.value * learning_rate) as f32),
            Some(_) => {
                let (left, right) = (&grown.nodes[node.left], &grown.nodes[node.right]);
                let rows = (left.rows + right.rows).max(1) as f64;
                (left.value * left.rows as f64 + right.value * right.rows as f64) / rows
            }
        };
        grown.nodes[place].value = value;
    }
    for node in &grown.nodes {
        let (left, right) = ((start + node.left) as u32, (start + node.right) as u32);
        match &node.split {
            Some(split) => {
                trees.feature.push(split.column as u32);
                trees.threshold.push(split.threshold);
                trees.left.push(left);
                trees.right.push(right);
                trees.missing_left.push(split.missing_left);
                trees.gain[split.column] += split.gain;
            }
            None => {
                trees.feature.push(LEAF);
                trees.threshold.push(0.0);
                trees.left.push(0);
                trees.right.push(0);
                trees.missing_left.push(false);
            }
        }
        trees.value.push(node.value as f32);
    }
}

/// Adds the tree's answers to the scores; rows outside the sample are walked.
fn advance(grown: &Grown, entries: &[Entry], table: &Table, scores: &mut [f64], sampled: bool) {
    if !sampled {
        for (node, range) in &grown.leaves {
            let value = grown.nodes[*node].value;
            entries[range.clone()].iter().for_each(|entry| scores[entry.row as usize] += value);
        }
        return;
    }
    for (row, score) in scores.iter_mut().enumerate() {
        *score += grown.nodes[grown.leaf_of(table, row)].value;
    }
}
