//! Many series in one table: who, when, how much.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};

use super::text::{self, Table};

/// Steps a panel may span: more are a date gone wrong, and would be filled step by step.
const LONGEST: u64 = 1_000_000;

/// How far apart two values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Step {
    /// Days.
    #[value(name = "D")]
    Day,
    /// Weeks, ending on the data's own weekday.
    #[value(name = "W")]
    Week,
    /// Hours.
    #[value(name = "H")]
    Hour,
}

impl Step {
    pub(crate) fn seasons(self) -> &'static [usize] {
        match self {
            Self::Day => &[7],
            Self::Week => &[52],
            Self::Hour => &[24, 168],
        }
    }

    fn hours(self) -> i64 {
        match self {
            Self::Day => 24,
            Self::Week => 168,
            Self::Hour => 1,
        }
    }
}

/// One series: values by step number, gaps left out.
pub(crate) struct Series {
    pub(crate) uid: String,
    pub(crate) values: BTreeMap<i64, f64>,
    /// For each row its known cells, as numbers; NaN where a cell is empty.
    pub(crate) known: BTreeMap<i64, Vec<f32>>,
    /// For each id column the group that the series belongs to, numbered over all columns.
    pub(crate) groups: Vec<usize>,
}

/// The whole panel. Step numbers count from `origin`, the first moment in it.
pub(crate) struct Panel {
    pub(crate) step: Step,
    origin: DateTime,
    pub(crate) known: Vec<String>,
    /// Groups of series that share a part of their id; none where ids have one part.
    pub(crate) groups: usize,
    pub(crate) series: Vec<Series>,
}

/// Which columns say what.
pub(crate) struct Columns<'a> {
    pub(crate) id: &'a [String],
    pub(crate) time: &'a str,
    pub(crate) target: &'a str,
    pub(crate) known: &'a [String],
}

/// One series while rows are read.
#[derive(Default)]
struct Found {
    values: BTreeMap<i64, (u64, f64)>,
    known: BTreeMap<i64, Vec<f32>>,
    groups: Vec<usize>,
}

/// A known column as numbers, a cell a row.
struct Known {
    cells: Vec<f32>,
}

impl Known {
    /// Numbers as they stand; where some cell is none, every text is a state, numbered in the order of the alphabet.
    fn read(table: &Table, name: &str) -> anyhow::Result<Self> {
        let at = table.column(name)?;
        let texts = || table.rows.iter().map(|(_, row)| row.get(at).unwrap_or(""));
        let number = |text: &str| text.parse::<f32>().ok().filter(|value| value.is_finite());
        if texts().all(|text| text.is_empty() || number(text).is_some()) {
            return Ok(Self { cells: texts().map(|text| number(text).unwrap_or(f32::NAN)).collect() });
        }
        let states: BTreeSet<&str> = texts().filter(|text| !text.is_empty()).collect();
        let numbers: BTreeMap<&str, f32> =
            states.into_iter().zip(0_u16..).map(|(text, at)| (text, at.into())).collect();
        let cells = texts().map(|text| numbers.get(text).copied().unwrap_or(f32::NAN)).collect();
        Ok(Self { cells })
    }
}

impl Panel {
    /// Rows in any order; an empty target is a gap. Refuses two values for one moment, what is no number, and moments
    /// that do not lie a whole number of steps apart.
    pub(crate) fn new(table: &Table, columns: &Columns<'_>, step: Step) -> anyhow::Result<Self> {
        let ids = columns.id.iter().map(|name| table.column(name)).collect::<anyhow::Result<Vec<_>>>()?;
        let (time, target) = (table.column(columns.time)?, table.column(columns.target)?);
        let known = columns.known.iter().map(|name| Known::read(table, name)).collect::<anyhow::Result<Vec<_>>>()?;
        let mut origin: Option<DateTime> = None;
        let mut found: BTreeMap<String, Found> = BTreeMap::new();
        let mut groups: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for (place_of_row, (line, row)) in table.rows.iter().enumerate() {
            let place = || format!("{} line {line}", table.path.display());
            let cell = |at: usize| row.get(at).unwrap_or("");
            let uid = ids.iter().map(|at| cell(*at)).collect::<Vec<_>>().join("/");
            let moment = moment(cell(time)).with_context(|| format!("{}, column {}", place(), columns.time))?;
            let origin = *origin.get_or_insert(moment);
            let number = number(origin, moment, step).with_context(|| {
                format!("{}: {} does not lie whole {step:?}s from {origin}, the first moment", place(), cell(time))
            })?;
            if number.unsigned_abs() > LONGEST {
                bail!("{}: {} lies over {LONGEST} steps from {origin}; is a date wrong?", place(), cell(time));
            }
            let series = found.entry(uid).or_default();
            if ids.len() > 1 {
                let parts = ids.iter().enumerate().map(|(part, at)| {
                    let next = groups.len();
                    *groups.entry((part, cell(*at))).or_insert(next)
                });
                series.groups = parts.collect();
            }
            if !known.is_empty() {
                series.known.insert(number, known.iter().map(|column| column.cells[place_of_row]).collect());
            }
            if cell(target).is_empty() {
                continue;
            }
            let value = text::number(&table.path, *line, columns.target, cell(target))?;
            if let Some((before, _)) = series.values.insert(number, (*line, value)) {
                bail!("{}: {} is there already, in line {before}; expected one value a moment", place(), cell(time));
            }
        }
        let Some(origin) = origin else { bail!("{} has a header and no row", table.path.display()) };
        let groups = groups.len();
        let series = found.into_iter().map(|(uid, found)| {
            let values = found.values.into_iter().map(|(at, (_, value))| (at, value)).collect();
            Series { uid, values, known: found.known, groups: found.groups }
        });
        Ok(Self { step, origin, known: columns.known.to_vec(), groups, series: series.collect() })
    }

    /// The last step that any series has.
    pub(crate) fn last(&self) -> Option<i64> {
        self.series.iter().filter_map(|series| series.values.keys().next_back()).max().copied()
    }

    /// The step a date lies in: the last one that is not after it.
    pub(crate) fn step_of(&self, date: &str) -> anyhow::Result<i64> {
        let hours = hours_between(self.origin, moment(date)?);
        Ok(hours.div_euclid(self.step.hours()))
    }

    /// When a step begins.
    pub(crate) fn date_of(&self, number: i64) -> anyhow::Result<DateTime> {
        let at = self.origin.checked_add((number * self.step.hours()).hours());
        at.with_context(|| format!("step {number} from {} lies outside the calendar", self.origin))
    }

    /// A step as the table writes it.
    pub(crate) fn moment(&self, number: i64) -> anyhow::Result<String> {
        let at = self.date_of(number)?;
        Ok(match self.step {
            Step::Hour => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Step::Day | Step::Week => at.date().to_string(),
        })
    }
}

impl Series {
    /// What was known at `cutoff`, without a hole: a missing value is taken from one season before, else from the step
    /// before. `None` where nothing was known. Beside it how many were filled.
    pub(crate) fn known(&self, cutoff: i64, season: usize) -> Option<(Vec<f64>, usize)> {
        let first = *self.values.range(..=cutoff).next()?.0;
        let mut values: Vec<f64> = Vec::with_capacity((cutoff - first + 1) as usize);
        let mut filled = 0;
        for at in first..=cutoff {
            let seen = self.values.get(&at).copied();
            filled += usize::from(seen.is_none());
            let before = values.len().checked_sub(season).or(values.len().checked_sub(1));
            values.push(seen.or_else(|| before.map(|before| values[before])).unwrap_or(0.0));
        }
        Some((values, filled))
    }
}

fn moment(text: &str) -> anyhow::Result<DateTime> {
    let plain = text.trim_end_matches('Z');
    let found = plain.parse::<DateTime>().or_else(|_| plain.parse::<Date>().map(|date| date.at(0, 0, 0, 0)));
    found.ok().with_context(|| format!("{text:?} is no date; expected 2026-11-23 or 2026-11-23 14:00:00"))
}

fn hours_between(from: DateTime, to: DateTime) -> i64 {
    from.duration_until(to).as_hours()
}

fn number(origin: DateTime, moment: DateTime, step: Step) -> Option<i64> {
    let seconds = origin.duration_until(moment).as_secs();
    let length = step.hours() * 3600;
    (seconds % length == 0).then_some(seconds / length)
}
