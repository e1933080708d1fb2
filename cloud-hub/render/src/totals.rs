//! What an export proves about itself: how many rows, and the exact sum of every column that has one.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;

use crate::{Cell, Column, Section};

/// Currencies or units one column may bring along; beyond it is no column of amounts.
pub(crate) const MAX_UNITS: usize = 500;

/// An exact sum, or the knowledge that it left what 96 bits hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ExactSum(Option<Decimal>);

impl ExactSum {
    const ZERO: Self = Self(Some(Decimal::ZERO));

    /// Addition that would have to round gives up instead: a rounded control total controls nothing.
    fn add(&mut self, number: Decimal) {
        self.0 = self.0.and_then(|sum| {
            let next = sum.checked_add(number)?;
            let exact = next.scale() >= sum.scale().max(number.scale());
            exact.then_some(next)
        });
    }
}

/// The sum of a column, for one currency or unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// The column's name.
    pub column: String,
    /// Its currency or unit, if its numbers have one.
    pub unit: Option<String>,
    /// The exact sum; `None` when it has more than 28 digits.
    pub sum: Option<Decimal>,
}

impl Total {
    /// What is summed: "Net sales (EUR)".
    pub(crate) fn label(&self) -> String {
        match &self.unit {
            Some(unit) => format!("{} ({unit})", self.column),
            None => self.column.clone(),
        }
    }

    /// The sum as exact digits, or that it is beyond them.
    pub(crate) fn digits(&self) -> String {
        self.sum.map_or_else(|| "> 28".to_owned(), |sum| sum.to_string())
    }
}

/// "Net sales (EUR) 1199.50".
impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.label(), self.digits())
    }
}

/// What one section turned out to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionReceipt {
    /// Its heading.
    pub heading: String,
    /// Rows written.
    pub rows: u64,
    /// Control totals, in the order of the columns, then of the currencies or units.
    pub totals: Vec<Total>,
    /// Why something is missing.
    pub gaps: Vec<String>,
    /// What the format could not show as it was, and where it stands instead.
    pub notes: Vec<String>,
}

/// What an export turned out to hold, for the list of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Rows of all sections.
    pub rows: u64,
    /// The sections in order.
    pub sections: Vec<SectionReceipt>,
    /// CSV: a JSON description to be kept beside the file as `<name>-metadata.json`. See [`crate::CsvOptions`].
    pub sidecar: Option<String>,
}

/// Counts and sums while rows pass.
#[derive(Debug)]
pub(crate) struct Tally {
    heading: String,
    columns: Vec<Column>,
    sums: Vec<BTreeMap<Option<String>, ExactSum>>,
    rows: u64,
    gaps: Vec<String>,
}

impl Tally {
    pub(crate) fn new(section: &Section) -> Self {
        let unit_of = |column: &Column| column.kind.unit().map(str::to_owned);
        // A column in one unit has a total even without rows: 0.00 is an answer, no line is a question.
        let empty = |column: &Column| match column.is_summed() && !column.kind.has_companion() {
            true => BTreeMap::from([(unit_of(column), ExactSum::ZERO)]),
            false => BTreeMap::new(),
        };
        Self {
            heading: section.heading.clone(),
            sums: section.columns.iter().map(empty).collect(),
            columns: section.columns.clone(),
            rows: 0,
            gaps: section.gaps.clone(),
        }
    }

    pub(crate) fn heading(&self) -> &str {
        &self.heading
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn gap(&mut self, reason: String) {
        self.gaps.push(reason);
    }

    /// The column in which `cells` bring one unit too many.
    pub(crate) fn overfull(&self, cells: &[Cell<'_>]) -> Option<&Column> {
        let full = |(sums, cell): (&BTreeMap<Option<String>, ExactSum>, &Cell<'_>)| {
            sums.len() >= MAX_UNITS
                && cell.unit().is_some_and(|unit| !sums.keys().any(|known| known.as_deref() == Some(unit)))
        };
        self.sums.iter().zip(cells).position(full).and_then(|at| self.columns.get(at))
    }

    pub(crate) fn add(&mut self, cells: &[Cell<'_>]) {
        self.rows += 1;
        for ((column, sums), cell) in self.columns.iter().zip(&mut self.sums).zip(cells) {
            let Some(number) = cell.number().filter(|_| column.is_summed()) else { continue };
            // The column's one unit is there from the start, so a name is copied only the first time it is met.
            match sums.iter_mut().find(|(unit, _)| unit.as_deref() == cell.unit()) {
                Some((_, sum)) => sum.add(number),
                None => {
                    let mut sum = ExactSum::ZERO;
                    sum.add(number);
                    sums.insert(cell.unit().map(str::to_owned), sum);
                }
            }
        }
    }

    pub(crate) fn close(self) -> SectionReceipt {
        let totals = self.columns.iter().zip(self.sums).flat_map(|(column, sums)| {
            sums.into_iter().map(|(unit, sum)| Total { column: column.name.clone(), unit, sum: sum.0 })
        });
        SectionReceipt {
            totals: totals.collect(),
            heading: self.heading,
            rows: self.rows,
            gaps: self.gaps,
            notes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_would_round_says_so_instead() {
        let mut sum = ExactSum(Some(Decimal::MAX));
        sum.add(Decimal::new(1, 1));
        assert_eq!(sum, ExactSum(None));
        let mut sum = ExactSum(Some(Decimal::new(1, 28)));
        sum.add(Decimal::from(100));
        assert_eq!(sum, ExactSum(None));
        let mut sum = ExactSum::ZERO;
        (0..10).for_each(|_| sum.add(Decimal::new(1, 1)));
        assert_eq!(sum.0.map(|sum| sum.to_string()).as_deref(), Some("1.0"));
    }
}
