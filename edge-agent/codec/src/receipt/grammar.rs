//! A receipt grammar is data: a TOML file of line patterns for one till's layout. Regular expressions run in linear
//! time, so no receipt can stall the agent.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use vyavs_domain::sale::{ReceiptKind, TenderKind};

use super::row::{self, FileRow, Is, Row};
use crate::escpos::profile::{self, Profile};

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../grammars/", $name, ".toml")))),*]
    };
}

/// Grammars that come with the agent: (name, TOML).
pub const BUILT_IN: [(&str, &str); 14] = built_in![
    "vyavs-plain",
    "example-mart",
    "en-gb-supermarket",
    "en-us-grocery",
    "en-us-restaurant",
    "de-supermarkt",
    "de-baeckerei",
    "de-ch-warenhaus",
    "fr-supermarche",
    "fr-pharmacie",
    "es-supermercado",
    "es-moda",
    "it-alimentari",
    "nl-drogist",
];

/// A grammar that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin} is not a usable receipt grammar: {detail}")]
pub struct GrammarError {
    /// File or built-in name.
    pub origin: String,
    /// Which line, row or field, and what was expected.
    pub detail: String,
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    /// Which printer, for the numbers of its code pages.
    #[serde(default = "epson")]
    printer: String,
    /// At power-on, where it is not the printer's usual one; `codepages` are numbers that differ.
    codepage: Option<String>,
    #[serde(default)]
    codepages: BTreeMap<String, String>,
    #[serde(default = "point")]
    decimal_mark: char,
    /// Between thousands, three digits a group.
    #[serde(default)]
    thousands: String,
    /// `strptime` forms of the date, tried in order; one without time means midnight.
    #[serde(default)]
    dates: Vec<String>,
    /// Names of the months, January first, where a date is written with them: they count as `%m`.
    #[serde(default)]
    months: Vec<String>,
    /// A date further than this from the clock is no date of now.
    dates_within_h: Option<u32>,
    #[serde(default)]
    business_day: DayFrom,
    #[serde(default)]
    number: From,
    #[serde(default)]
    time: From,
    #[serde(default)]
    line_arithmetic: LineArithmetic,
    /// Whether sums must be right to the minor unit, where one is allowed otherwise.
    #[serde(default)]
    exact: bool,
    /// Whether every receipt says how it was paid, and the tenders less change must be the total.
    #[serde(default)]
    paid: bool,
    /// Whether every receipt ends with a cut: one without is not whole.
    #[serde(default)]
    cut: bool,
    #[serde(default = "five")]
    no_sale_within_s: u32,
    #[serde(default)]
    kinds: BTreeMap<String, ReceiptKind>,
    #[serde(default)]
    tenders: BTreeMap<String, TenderKind>,
    #[serde(rename = "row")]
    rows: Vec<Spanned<FileRow>>,
}

fn epson() -> String {
    "epson-tm".to_owned()
}

fn point() -> char {
    '.'
}

fn five() -> u32 {
    5
}

/// Where the business day comes from when no row captures it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DayFrom {
    /// The store's own rule over the printed time.
    #[default]
    Store,
    /// The printed date is the business day.
    Printed,
}

/// Where number and time come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum From {
    /// The paper; without them it is no receipt.
    #[default]
    Printed,
    /// The start of the job, where the paper has none.
    Job,
}

/// Whether quantity × unit price must be the line, where both are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LineArithmetic {
    /// Rounded to the nearest minor unit, halves either way.
    #[default]
    Exact,
    /// Rounded in any way, and the unit price is itself rounded: half of its last digit may be missing from each piece.
    Rounded,
    /// They need not multiply.
    Off,
}

/// A grammar, ready to read with.
#[derive(Debug)]
pub struct Grammar {
    name: String,
    profile: Profile,
    no_sale_within_s: u32,
    pub(super) decimal_mark: char,
    pub(super) thousands: String,
    pub(super) dates: Vec<String>,
    pub(super) months: Vec<String>,
    pub(super) dates_within_h: Option<u32>,
    pub(super) day_from: DayFrom,
    pub(super) number_from: From,
    pub(super) time_from: From,
    pub(super) line_arithmetic: LineArithmetic,
    /// How far a sum may be from what is printed, in minor units.
    pub(super) slack: u64,
    pub(super) paid: bool,
    /// Whether a row says that it is a return: then nothing else goes below 0.
    pub(super) says_return: bool,
    pub(super) cut: bool,
    /// Whether some row has the time of day apart from the date.
    pub(super) time_apart: bool,
    /// Whether names stand on rows of their own.
    pub(super) name_rows: bool,
    pub(super) kinds: BTreeMap<String, ReceiptKind>,
    pub(super) tenders: BTreeMap<String, TenderKind>,
    pub(super) rows: Vec<Row>,
}

impl Grammar {
    /// One that comes with the agent; `None` when there is none of that name.
    pub fn built_in(name: &str) -> Option<Self> {
        let (name, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Some(Self::parse(name, text).expect("a test reads every built-in grammar"))
    }

    /// From the TOML `text` of `origin`, which errors name.
    pub fn parse(origin: &str, text: &str) -> Result<Self, GrammarError> {
        let wrong = |detail: String| GrammarError { origin: origin.to_owned(), detail };
        let file = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        Self::compile(file, text).map_err(wrong)
    }

    /// The built-in `vyavs-plain`.
    pub fn plain() -> Self {
        Self::built_in("vyavs-plain").expect("it is built in")
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The printer's code pages.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Seconds around a drawer pulse in which a sale explains it; 0 where the job of the pulse says it all.
    pub fn no_sale_within_s(&self) -> u32 {
        self.no_sale_within_s
    }

    /// Accepts dates however far they are from the clock: for bytes that were recorded some other day.
    #[must_use]
    pub fn at_any_time(mut self) -> Self {
        self.dates_within_h = None;
        self
    }

    fn compile(file: File, text: &str) -> Result<Self, String> {
        let mut profile = Profile::built_in(&file.printer).ok_or_else(|| {
            let known: Vec<&str> = Profile::names().collect();
            format!("printer {:?} is unknown; known are {}", file.printer, known.join(", "))
        })?;
        if let Some(start) = &file.codepage {
            profile.start = profile::page(start)?;
        }
        profile.pages.extend(profile::pages(&file.codepages).map_err(|why| format!("codepages: {why}"))?);
        let mut rows = Vec::new();
        for (at, row) in file.rows.into_iter().enumerate() {
            let line = text.get(..row.span().start).map_or(0, |above| above.matches('\n').count()) + 1;
            let compiled = row::compile(row.into_inner(), line);
            rows.push(compiled.map_err(|detail| format!("row {} (line {line}): {detail}", at + 1))?);
        }
        for needed in [Is::Item, Is::Total] {
            if !rows.iter().any(|row| row.is == needed) {
                return Err(format!("it has no row that is {needed:?}; without it no receipt can be proven"));
            }
        }
        if !matches!(file.months.len(), 0 | 12) {
            return Err(format!("months are twelve names, not {}", file.months.len()));
        }
        if file.paid && !rows.iter().any(|row| row.is == Is::Tender) {
            return Err("paid = true needs a row that is Tender".to_owned());
        }
        Ok(Self {
            name: file.name,
            profile,
            no_sale_within_s: file.no_sale_within_s,
            decimal_mark: file.decimal_mark,
            thousands: file.thousands,
            dates: file.dates,
            months: file.months.iter().map(|month| month.to_lowercase()).collect(),
            dates_within_h: file.dates_within_h,
            day_from: file.business_day,
            number_from: file.number,
            time_from: file.time,
            line_arithmetic: file.line_arithmetic,
            slack: u64::from(!file.exact),
            paid: file.paid,
            says_return: rows.iter().any(|row| row.kind == Some(ReceiptKind::Return)),
            cut: file.cut,
            time_apart: rows.iter().any(|row| row.captures("time")),
            name_rows: rows.iter().any(|row| row.is == Is::Name),
            kinds: file.kinds,
            tenders: file.tenders,
            rows,
        })
    }
}
