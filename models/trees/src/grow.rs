//! One tree: leaves are split until no split gains, or the tree is full.

use crate::histogram::{Cell, Entry, Histogram, fill, subtract};
use crate::params::{Growth, Params};
use crate::split::{Bounds, Judge, Scale, Split};
use crate::table::{BINS, MISSING, Table};

/// A node of the tree that stands; leaves have no split.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) split: Option<Split>,
    pub(crate) left: usize,
    pub(crate) right: usize,
    pub(crate) value: f64,
    pub(crate) bounds: Bounds,
    pub(crate) rows: i64,
}

/// A leaf that may still be split, and the entries that lie in it.
struct Leaf {
    node: usize,
    depth: usize,
    from: usize,
    to: usize,
    all: Cell,
    histogram: Histogram,
    split: Option<Split>,
}

/// Grows trees over one table, and keeps its buffers between them.
pub(crate) struct Grower<'a> {
    table: &'a Table,
    params: &'a Params,
    threads: usize,
    spare: Vec<Histogram>,
    aside: Vec<Entry>,
}

/// A tree, and for each of its leaves the node and the entries that ended there.
pub(crate) struct Grown {
    pub(crate) nodes: Vec<Node>,
    pub(crate) leaves: Vec<(usize, std::ops::Range<usize>)>,
}

impl<'a> Grower<'a> {
    pub(crate) fn new(table: &'a Table, params: &'a Params, threads: usize) -> Self {
        Self { table, params, threads, spare: Vec::new(), aside: Vec::new() }
    }

    /// Sorts `entries` by leaf as it goes.
    pub(crate) fn grow(&mut self, entries: &mut [Entry], columns: &[usize], scale: Scale) -> Grown {
        self.aside.resize(entries.len(), Entry::default());
        let judge = Judge { params: self.params, scale };
        let all = Cell::of(entries);
        let mut nodes = vec![leaf_node(judge, all, Bounds::FREE)];
        let mut histogram = self.take(columns.len());
        fill(&mut histogram, entries, &self.table.columns, columns, self.threads);
        let root = Leaf { node: 0, depth: 0, from: 0, to: entries.len(), all, histogram, split: None };
        let mut leaves = vec![self.judged(root, judge, columns, Bounds::FREE)];
        while leaves.len() < self.params.leaves {
            let Some((place, split)) = self.next(&leaves) else { break };
            let leaf = leaves.swap_remove(place);
            let middle = leaf.from + self.part(&mut entries[leaf.from..leaf.to], &split);
            let bounds = nodes[leaf.node].bounds;
            let (low, high) = judge.divide(&split, bounds);
            let (left, right) = (nodes.len(), nodes.len() + 1);
            nodes.push(leaf_node(judge, split.left, low));
            nodes.push(leaf_node(judge, split.right, high));
            let parent = &mut nodes[leaf.node];
            (parent.split, parent.left, parent.right) = (Some(split), left, right);
            let last = leaves.len() + 2 >= self.params.leaves || leaf.depth + 1 >= self.params.depth;
            let (mut ours, mut theirs) = (Vec::new(), leaf.histogram);
            let left_is_smaller = middle - leaf.from <= leaf.to - middle;
            if last {
                self.spare.push(theirs);
                theirs = Vec::new();
            } else {
                let smaller = if left_is_smaller { leaf.from..middle } else { middle..leaf.to };
                ours = self.take(columns.len());
                fill(&mut ours, &entries[smaller], &self.table.columns, columns, self.threads);
                subtract(&mut theirs, &ours);
            }
            let (lefts, rights) = if left_is_smaller { (ours, theirs) } else { (theirs, ours) };
            let depth = leaf.depth + 1;
            let left =
                Leaf { node: left, depth, from: leaf.from, to: middle, all: split.left, histogram: lefts, split: None };
            let right = Leaf {
                node: right,
                depth,
                from: middle,
                to: leaf.to,
                all: split.right,
                histogram: rights,
                split: None,
            };
            leaves.push(self.judged(left, judge, columns, low));
            leaves.push(self.judged(right, judge, columns, high));
        }
        let ends = leaves.into_iter().map(|leaf| {
            if !leaf.histogram.is_empty() {
                self.spare.push(leaf.histogram);
            }
            (leaf.node, leaf.from..leaf.to)
        });
        Grown { leaves: ends.collect(), nodes }
    }

    fn take(&mut self, columns: usize) -> Histogram {
        let mut histogram = self.spare.pop().unwrap_or_default();
        histogram.resize(columns, [Cell::default(); BINS]);
        histogram
    }

    fn judged(&self, mut leaf: Leaf, judge: Judge<'_>, columns: &[usize], bounds: Bounds) -> Leaf {
        if !leaf.histogram.is_empty() {
            leaf.split = judge.best(&leaf.histogram, &self.table.columns, columns, leaf.all, bounds);
        }
        leaf
    }

    /// The leaf to split next; nodes are numbered as they were made, which settles a tie.
    fn next(&self, leaves: &[Leaf]) -> Option<(usize, Split)> {
        let open = leaves.iter().enumerate().filter_map(|(place, leaf)| leaf.split.map(|split| (place, leaf, split)));
        let first = open.min_by(|(_, a, one), (_, b, other)| {
            let shallow = match self.params.growth {
                Growth::LeafWise => std::cmp::Ordering::Equal,
                Growth::DepthWise => a.depth.cmp(&b.depth),
            };
            shallow.then(other.gain.total_cmp(&one.gain)).then(a.node.cmp(&b.node))
        });
        first.map(|(place, _, split)| (place, split))
    }

    /// Moves what goes left to the front, in order; answers how many that are.
    fn part(&mut self, entries: &mut [Entry], split: &Split) -> usize {
        let codes = &self.table.columns[split.column].codes[..];
        let (mut left, mut right) = (0, 0);
        let aside = &mut self.aside[..entries.len()];
        for place in 0..entries.len() {
            let entry = entries[place];
            let goes_left = usize::from(goes_left(codes[entry.row as usize], split));
            entries[left] = entry;
            aside[right] = entry;
            left += goes_left;
            right += 1 - goes_left;
        }
        entries[left..].copy_from_slice(&aside[..right]);
        left
    }
}

fn leaf_node(judge: Judge<'_>, all: Cell, bounds: Bounds) -> Node {
    Node { split: None, left: 0, right: 0, value: judge.value(all, bounds), bounds, rows: all.rows }
}

#[inline(always)]
pub(crate) fn goes_left(code: u8, split: &Split) -> bool {
    if code == MISSING { split.missing_left } else { code <= split.code }
}

impl Grown {
    /// The leaf in which a row of `table` ends.
    pub(crate) fn leaf_of(&self, table: &Table, row: usize) -> usize {
        let mut place = 0;
        while let Some(split) = &self.nodes[place].split {
            let node = &self.nodes[place];
            let left = goes_left(table.columns[split.column].codes[row], split);
            place = if left { node.left } else { node.right };
        }
        place
    }
}
