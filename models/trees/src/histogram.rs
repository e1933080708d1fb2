//! Sums of derivatives by bin, as integers: exact, so the order of adding never shows.

use std::thread;

use crate::table::{BINS, Column};

/// Rows times columns from which a second thread is worth its start.
const WORTH_A_THREAD: usize = 400_000;

/// A row in the tree that is being grown, with its derivatives in steps of the round's scale.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) row: u32,
    pub(crate) first: i32,
    pub(crate) second: i32,
}

/// What lies in a bin, or in a leaf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) first: i64,
    pub(crate) second: i64,
    pub(crate) rows: i64,
}

impl Cell {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { first: self.first + other.first, second: self.second + other.second, rows: self.rows + other.rows }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self { first: self.first - other.first, second: self.second - other.second, rows: self.rows - other.rows }
    }

    #[inline(always)]
    fn add(&mut self, entry: Entry) {
        self.first += i64::from(entry.first);
        self.second += i64::from(entry.second);
        self.rows += 1;
    }

    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut sum = Self::default();
        entries.iter().for_each(|&entry| sum.add(entry));
        sum
    }
}

/// One array of bins for each column that the tree sees.
pub(crate) type Histogram = Vec<[Cell; BINS]>;

/// Fills `histogram` from `entries`, for the columns named.
pub(crate) fn fill(histogram: &mut Histogram, entries: &[Entry], table: &[Column], columns: &[usize], threads: usize) {
    let threads = threads.min(1 + entries.len() * columns.len() / WORTH_A_THREAD).max(1);
    let each = columns.len().div_ceil(threads);
    if threads == 1 {
        return fill_part(histogram, entries, table, columns);
    }
    thread::scope(|scope| {
        for (part, columns) in histogram.chunks_mut(each).zip(columns.chunks(each)) {
            scope.spawn(move || fill_part(part, entries, table, columns));
        }
    });
}

fn fill_part(part: &mut [[Cell; BINS]], entries: &[Entry], table: &[Column], columns: &[usize]) {
    // Two columns a pass: one read of the entries feeds both, and the bins of both stay in the nearest cache.
    for (pair, columns) in part.chunks_mut(2).zip(columns.chunks(2)) {
        match (pair, columns) {
            ([one, other], [first, second]) => {
                one.fill(Cell::default());
                other.fill(Cell::default());
                let (first, second) = (&table[*first].codes[..], &table[*second].codes[..]);
                for &entry in entries {
                    let row = entry.row as usize;
                    one[usize::from(first[row])].add(entry);
                    other[usize::from(second[row])].add(entry);
                }
            }
            (bins, columns) => {
                for (bins, &column) in bins.iter_mut().zip(columns) {
                    bins.fill(Cell::default());
                    let codes = &table[column].codes[..];
                    for &entry in entries {
                        bins[usize::from(codes[entry.row as usize])].add(entry);
                    }
                }
            }
        }
    }
}

/// The sibling's histogram: the parent's without this one's.
pub(crate) fn subtract(parent: &mut Histogram, child: &Histogram) {
    for (parent, child) in parent.iter_mut().zip(child) {
        for (parent, child) in parent.iter_mut().zip(child) {
            *parent = parent.minus(*child);
        }
    }
}
