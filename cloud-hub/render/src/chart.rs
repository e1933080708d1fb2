//! A picture of a few series of numbers, drawn in PDF and as a native chart in XLSX.

use rust_decimal::Decimal;

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartKind {
    /// Points joined by lines; a missing value is a break in the line.
    Line,
    /// Upright bars, one for each series beside the others.
    Bar,
}

/// A picture of a few series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// How it is drawn.
    pub kind: ChartKind,
    /// What it shows.
    pub title: String,
    /// What the values are counted in, or nothing.
    pub unit: String,
    /// What stands under the points.
    pub labels: Vec<String>,
    /// The series, each with one value for every label.
    pub series: Vec<Series>,
}

/// One line, or the bars of one colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// Its values; `None` where there is none.
    pub values: Vec<Option<Decimal>>,
}

impl Series {
    /// A series of `values`.
    pub fn new(name: impl Into<String>, values: Vec<Option<Decimal>>) -> Self {
        Self { name: name.into(), values }
    }
}

impl Chart {
    /// The first series whose values are not one for every label.
    pub(crate) fn crooked(&self) -> Option<&Series> {
        self.series.iter().find(|series| series.values.len() != self.labels.len())
    }
}
