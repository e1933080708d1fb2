//! What a report is about, and its sections up to their rows.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use crate::{Cell, Chart, Column, Locale};

/// What a report is about. Every format prints all of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its name.
    pub title: String,
    /// What narrows the title, or nothing.
    pub subtitle: String,
    /// Whose numbers these are.
    pub organization: String,
    /// Which stores, regions or devices it covers, in words.
    pub scope: String,
    /// What was chosen or left out, in words; empty when nothing was.
    pub filters: String,
    /// The instant its numbers were true; also the date inside the file, so that the same report gives the same bytes.
    pub as_of: Timestamp,
    /// The days it covers.
    pub period: Option<Period>,
    /// In which instants are shown.
    pub timezone: TimeZone,
    /// How numbers and days are written where people read them, and the language of the labels.
    pub locale: Locale,
    /// Why something is missing from the whole report.
    pub gaps: Vec<String>,
    /// The name of a column that tells sections apart where they share one table: in CSV all of them, in XLSX those
    /// that follow each other with the same columns. Without it CSV takes one section and XLSX gives each its sheet.
    pub joined_by: Option<String>,
}

impl Report {
    /// A report in UTC about everything.
    pub fn new(title: impl Into<String>, as_of: Timestamp, locale: Locale) -> Self {
        Self {
            title: title.into(),
            subtitle: String::new(),
            organization: String::new(),
            scope: String::new(),
            filters: String::new(),
            as_of,
            period: None,
            timezone: TimeZone::UTC,
            locale,
            gaps: Vec::new(),
            joined_by: None,
        }
    }

    /// The time zone's IANA name, or its offset.
    pub(crate) fn zone_name(&self) -> String {
        match self.timezone.iana_name() {
            Some(name) => name.to_owned(),
            None => format!("UTC{}", self.timezone.to_offset(self.as_of)),
        }
    }

    /// What stands above every format's numbers: label and value.
    pub(crate) fn preamble(&self) -> Vec<(&'static str, String)> {
        let words = self.locale.words();
        let or_none = |text: &str| if text.is_empty() { words.none.to_owned() } else { text.to_owned() };
        let mut lines = vec![
            (words.organization, or_none(&self.organization)),
            (words.scope, or_none(&self.scope)),
            (words.filters, or_none(&self.filters)),
        ];
        if let Some(period) = self.period {
            let (from, through) = (self.locale.date(period.from), self.locale.date(period.through));
            lines.push((words.period, format!("{from} – {through}")));
        }
        lines.push((words.as_of, self.locale.timestamp(self.as_of, &self.timezone)));
        lines.push((words.time_zone, self.zone_name()));
        lines.extend(self.gaps.iter().map(|gap| (words.gap, gap.clone())));
        lines
    }
}

/// Days, the first and the last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: civil::Date,
    /// The last day.
    pub through: civil::Date,
}

/// A part of a report, up to its rows, which are pushed into the [`crate::Export`].
#[derive(Clone, Debug)]
pub struct Section {
    /// What it is about.
    pub heading: String,
    /// Its key figures, in reading order.
    pub kpis: Vec<Kpi>,
    /// The columns of its table; none for a section without one.
    pub columns: Vec<Column>,
    /// A picture of it, for PDF and XLSX.
    pub chart: Option<Chart>,
    /// Why something is missing from it, as far as known before its rows.
    pub gaps: Vec<String>,
}

impl Section {
    /// A section with a table.
    pub fn new(heading: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { heading: heading.into(), kpis: Vec::new(), columns, chart: None, gaps: Vec::new() }
    }
}

/// A key figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kpi {
    /// What it is.
    pub label: String,
    /// How much.
    pub value: Cell<'static>,
    /// What a plain number is counted in.
    pub unit: Option<String>,
    /// What to hold it against.
    pub comparison: Option<Comparison>,
}

/// What a key figure is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Against what: "last week".
    pub label: String,
    /// The other value, or the difference from it.
    pub value: Cell<'static>,
    /// Whether it is a difference, which is shown with its sign.
    pub is_change: bool,
}

impl Kpi {
    /// A key figure without comparison.
    pub fn new(label: impl Into<String>, value: impl Into<Cell<'static>>) -> Self {
        Self { label: label.into(), value: value.into(), unit: None, comparison: None }
    }

    /// Counted in `unit`.
    pub fn unit(self, unit: impl Into<String>) -> Self {
        Self { unit: Some(unit.into()), ..self }
    }

    /// Held against another value: "4,200 last week".
    pub fn against(self, label: impl Into<String>, value: impl Into<Cell<'static>>) -> Self {
        let comparison = Comparison { label: label.into(), value: value.into(), is_change: false };
        Self { comparison: Some(comparison), ..self }
    }

    /// Changed by `value`: "+3.4% on last week".
    pub fn change(self, label: impl Into<String>, value: impl Into<Cell<'static>>) -> Self {
        let comparison = Comparison { label: label.into(), value: value.into(), is_change: true };
        Self { comparison: Some(comparison), ..self }
    }
}
