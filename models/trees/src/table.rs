//! Columns cut into bins: what is left of the data once a fit begins, one byte a cell.

use std::thread;

use crate::TableError;

/// The code of a missing value; the others count the cuts at or below a value.
pub(crate) const MISSING: u8 = 255;
/// Codes of a column.
pub(crate) const BINS: usize = 256;
/// Rows are numbered by 32 bits and their sums held in 64.
const MOST_ROWS: usize = 1 << 31;
const MOST_COLUMNS: usize = 32_767;

/// Columns of a training or validation part, in bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(crate) columns: Vec<Column>,
    rows: usize,
}

/// One column: `code(x) <= k` exactly where `x < cuts[k]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) cuts: Vec<f32>,
    pub(crate) codes: Vec<u8>,
}

impl Table {
    /// Cuts each column at its own quantiles into `bins` (2 to 255) bins at most, a distinct value to itself where they
    /// suffice. NaN is a missing value. The work is shared by `threads` threads.
    pub fn new(columns: &[&[f32]], bins: usize, threads: usize) -> Result<Self, TableError> {
        Self::build(columns, threads, |_, column| cuts(column, bins.clamp(2, 255)))
    }

    /// Cuts columns where `self` was cut: a validation part.
    pub fn like(&self, columns: &[&[f32]], threads: usize) -> Result<Self, TableError> {
        if columns.len() != self.width() {
            return Err(TableError::TooMany { what: "columns", given: columns.len(), most: self.width() });
        }
        Self::build(columns, threads, |place, _| self.columns[place].cuts.clone())
    }

    fn build(
        columns: &[&[f32]],
        threads: usize,
        cuts: impl Fn(usize, &[f32]) -> Vec<f32> + Sync,
    ) -> Result<Self, TableError> {
        let rows = columns.first().map_or(0, |column| column.len());
        if rows == 0 {
            return Err(TableError::Empty { columns: columns.len(), rows });
        }
        for (what, given, most) in [("rows", rows, MOST_ROWS), ("columns", columns.len(), MOST_COLUMNS)] {
            if given > most {
                return Err(TableError::TooMany { what, given, most });
            }
        }
        for (place, column) in columns.iter().enumerate() {
            if column.len() != rows {
                return Err(TableError::Ragged { column: place, rows: column.len(), expected: rows });
            }
            if let Some(row) = column.iter().position(|value| value.is_infinite()) {
                return Err(TableError::Infinite { column: place, row });
            }
        }
        let each = columns.len().div_ceil(threads.max(1));
        let cuts = &cuts;
        let made = thread::scope(|scope| {
            let parts: Vec<_> = columns.chunks(each).enumerate().collect();
            let work = parts.into_iter().map(|(part, columns)| {
                scope.spawn(move || {
                    let made = columns.iter().enumerate().map(|(place, column)| {
                        let cuts = cuts(part * each + place, column);
                        let codes = column.iter().map(|&value| code(&cuts, value)).collect();
                        Column { cuts, codes }
                    });
                    made.collect::<Vec<_>>()
                })
            });
            let work: Vec<_> = work.collect();
            work.into_iter().flat_map(|part| part.join().expect("cutting a column does not panic")).collect::<Vec<_>>()
        });
        Ok(Self { columns: made, rows })
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn is_cut_like(&self, other: &Self) -> bool {
        let same = |(ours, theirs): (&Column, &Column)| ours.cuts == theirs.cuts;
        self.width() == other.width() && self.columns.iter().zip(&other.columns).all(same)
    }
}

fn code(cuts: &[f32], value: f32) -> u8 {
    if value.is_nan() { MISSING } else { cuts.partition_point(|&cut| cut <= value) as u8 }
}

/// Ascending cuts between neighbouring values, such that each bin holds about as many rows; a value that alone fills a
/// bin has one to itself.
fn cuts(column: &[f32], bins: usize) -> Vec<f32> {
    // Adding zero makes -0 and 0 one value, as `<` has them.
    let mut sorted: Vec<f32> = column.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let mut distinct: Vec<(f32, usize)> = Vec::new();
    for value in sorted {
        match distinct.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            _ => distinct.push((value, 1)),
        }
    }
    let mut cuts = Vec::new();
    let mut left: usize = distinct.iter().map(|&(_, count)| count).sum();
    let mut held = 0;
    let all_fit = distinct.len() <= bins;
    for pair in distinct.windows(2) {
        let (here, next) = (pair[0], pair[1]);
        held += here.1;
        let room = bins - 1 - cuts.len();
        if room == 0 {
            break;
        }
        let fair = left.div_ceil(room + 1);
        if all_fit || held >= fair || next.1 >= fair {
            cuts.push(between(here.0, next.0));
            left -= held;
            held = 0;
        }
    }
    cuts
}

/// A value above `low` and at most `high`, midway where `f32` has one.
fn between(low: f32, high: f32) -> f32 {
    let middle = low / 2.0 + high / 2.0;
    if middle > low && middle <= high { middle } else { high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_which_side_of_every_cut() {
        let values = [3.0, 1.0, f32::NAN, 2.0, 2.0, 1.0e-40, -0.0, 0.0];
        let table = Table::new(&[&values], 255, 1).unwrap();
        let Column { cuts, codes } = &table.columns[0];
        for (value, code) in values.iter().zip(codes) {
            for (place, cut) in cuts.iter().enumerate() {
                assert_eq!(value < cut, usize::from(*code) <= place, "{value} {cut}");
            }
        }
        assert_eq!(codes[2], MISSING);
        assert_eq!(codes[6], codes[7]);
    }

    #[test]
    fn many_values_fill_the_bins_evenly() {
        let values: Vec<f32> = (0..10_000).map(|row| (row * 7919 % 10_007) as f32).collect();
        let table = Table::new(&[&values], 255, 2).unwrap();
        let mut counts = [0; BINS];
        table.columns[0].codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
        assert_eq!(table.columns[0].cuts.len(), 254);
        assert!(counts[..255].iter().all(|&count| (39..=41).contains(&count)), "{counts:?}");
    }
}
