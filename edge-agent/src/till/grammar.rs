//! A receipt grammar is data: a TOML file of line patterns for one till's layout. Regular expressions run in linear
//! time, so no receipt can stall the agent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde::Deserialize;
use vyavs_domain::sale::{ReceiptKind, TenderKind};
use vyavs_service::config::{self, ConfigError};

use crate::acquire::escpos::codepage::CodePage;
use crate::acquire::escpos::printout::Profile;

/// Grammars that come with the agent: (name, TOML).
pub const BUILT_IN: [(&str, &str); 2] = [
    ("vyavs-plain", include_str!("../../grammars/vyavs-plain.toml")),
    ("example-mart", include_str!("../../grammars/example-mart.toml")),
];

/// Bound of one compiled pattern.
const PATTERN_BYTES: usize = 1 << 20;

/// A grammar that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GrammarError {
    /// The file cannot be read or parsed.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// It reads as TOML but does not make sense.
    #[error("{origin} is not a usable receipt grammar: {detail}")]
    Meaning {
        /// File or built-in name.
        origin: String,
        /// Which row or field, and what was expected.
        detail: String,
    },
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    /// At power-on; where a printer's numbers differ from Epson's, `codepages` says so.
    #[serde(default = "cp437")]
    codepage: String,
    #[serde(default)]
    codepages: BTreeMap<String, String>,
    #[serde(default = "point")]
    decimal_mark: char,
    /// Between thousands; removed.
    #[serde(default)]
    thousands: String,
    /// `strptime` forms of the date, tried in order; one without time means midnight.
    #[serde(default)]
    dates: Vec<String>,
    #[serde(default)]
    business_day: DayFrom,
    #[serde(default)]
    number: From,
    #[serde(default)]
    time: From,
    #[serde(default = "five")]
    no_sale_within_s: u32,
    #[serde(default)]
    kinds: BTreeMap<String, ReceiptKind>,
    #[serde(default)]
    tenders: BTreeMap<String, TenderKind>,
    #[serde(rename = "row")]
    rows: Vec<FileRow>,
}

fn cp437() -> String {
    "cp437".to_owned()
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRow {
    is: Is,
    #[serde(rename = "in", default)]
    parts: Vec<Part>,
    /// Only on the n-th line of the paper, from 1.
    line: Option<usize>,
    #[serde(rename = "match")]
    pattern: String,
    /// The part that begins after this row.
    then: Option<Part>,
    /// What kind of tender, where the pattern does not capture it.
    tender: Option<TenderKind>,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Is {
    /// Nothing to read.
    Note,
    /// `number`, `date`, `day`, `kind`, `operator`, `customer`.
    Header,
    /// `name` of the item whose row follows.
    Name,
    /// `total`, and any of `sku`, `name`, `quantity`, `unit`: completes a line.
    Item,
    /// `amount` taken off the line before.
    LineDiscount,
    /// `date` at which the line before was rung.
    LineTime,
    /// `amount`, a proof beside the total.
    Subtotal,
    /// `amount` taken off the ticket.
    Discount,
    /// `amount` added to the ticket.
    Tax,
    /// `amount`, perhaps `currency`.
    Total,
    /// `amount`, and `tender` or the row's own.
    Tender,
}

impl Is {
    /// (captures it must have, captures it may have).
    fn captures(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Note => (&[], &[]),
            Self::Header => (&[], &["number", "date", "date_rest", "day", "kind", "operator", "customer"]),
            Self::Name => (&["name"], &[]),
            Self::Item => (&["total"], &["sku", "name", "quantity", "unit"]),
            Self::LineTime => (&["date"], &["date_rest"]),
            Self::LineDiscount | Self::Subtotal | Self::Discount | Self::Tax => (&["amount"], &[]),
            Self::Total => (&["amount"], &["currency"]),
            Self::Tender => (&["amount"], &["tender"]),
        }
    }
}

/// Part of a receipt, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    /// What stands above the items.
    Header,
    /// The items: here every line must be understood.
    Items,
    /// What stands below.
    Totals,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) is: Is,
    pub(super) parts: Vec<Part>,
    pub(super) line: Option<usize>,
    pub(super) pattern: Regex,
    pub(super) then: Option<Part>,
    pub(super) tender: Option<TenderKind>,
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
    pub(super) day_from: DayFrom,
    pub(super) number_from: From,
    pub(super) time_from: From,
    pub(super) kinds: BTreeMap<String, ReceiptKind>,
    pub(super) tenders: BTreeMap<String, TenderKind>,
    pub(super) rows: Vec<Row>,
}

impl Grammar {
    /// By built-in name, or from a file.
    pub fn load(name_or_path: &str) -> Result<Self, GrammarError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            let path = PathBuf::from(format!("built-in {name}"));
            let file = toml::from_str(text).map_err(|error| ConfigError::Parse { path, detail: error.to_string() })?;
            return Self::compile(name, file);
        }
        Self::compile(name_or_path, config::load(Path::new(name_or_path))?)
    }

    /// The built-in `vyavs-plain`.
    pub fn plain() -> Self {
        Self::load("vyavs-plain").expect("a test loads every built-in grammar")
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

    fn compile(origin: &str, file: File) -> Result<Self, GrammarError> {
        let wrong = |detail: String| GrammarError::Meaning { origin: origin.to_owned(), detail };
        let page = |name: &str| {
            CodePage::named(name)
                .ok_or_else(|| wrong(format!("code page {name:?} is unknown; cp437, cp1252, utf-8 … are known")))
        };
        let mut numbers = Vec::new();
        for (number, name) in &file.codepages {
            let number =
                number.parse().map_err(|_| wrong(format!("codepages: {number:?} is not a number from 0 to 255")))?;
            numbers.push((number, page(name)?));
        }
        let mut rows = Vec::new();
        for (at, row) in file.rows.into_iter().enumerate() {
            rows.push(compile_row(row).map_err(|detail| wrong(format!("row {}: {detail}", at + 1)))?);
        }
        for needed in [Is::Item, Is::Total] {
            if !rows.iter().any(|row| row.is == needed) {
                return Err(wrong(format!("it has no row that is {needed:?}; without it no receipt can be proven")));
            }
        }
        Ok(Self {
            name: file.name,
            profile: Profile { start: page(&file.codepage)?, numbers },
            no_sale_within_s: file.no_sale_within_s,
            decimal_mark: file.decimal_mark,
            thousands: file.thousands,
            dates: file.dates,
            day_from: file.business_day,
            number_from: file.number,
            time_from: file.time,
            kinds: file.kinds,
            tenders: file.tenders,
            rows,
        })
    }
}

fn compile_row(row: FileRow) -> Result<Row, String> {
    let pattern = regex::RegexBuilder::new(&row.pattern)
        .size_limit(PATTERN_BYTES)
        .build()
        .map_err(|error| format!("match: {error}"))?;
    let (must, may) = row.is.captures();
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if let Some(missing) = must.iter().find(|name| !names.contains(name)) {
        return Err(format!("match has no (?P<{missing}>…), which {:?} needs", row.is));
    }
    if let Some(strange) = names.iter().find(|name| !must.contains(name) && !may.contains(name)) {
        return Err(format!("(?P<{strange}>…) means nothing in {:?}; known are {:?} and {:?}", row.is, must, may));
    }
    if row.is == Is::Tender && row.tender.is_none() && !names.contains(&"tender") {
        return Err("a tender needs (?P<tender>…) or tender = \"card\"".to_owned());
    }
    Ok(Row { is: row.is, parts: row.parts, line: row.line, pattern, then: row.then, tender: row.tender })
}
