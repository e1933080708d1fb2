//! Which column is what: data, in TOML, so that another till's file needs no program.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use serde::Deserialize;
use vyavs_domain::ids::TerminalId;
use vyavs_domain::sale::{ReceiptKind, TenderKind};

use crate::tillfile::{Encoding, NumberFormat, Place, Record, Splitter, quote, text_of};

/// A column by its number from 1, or by its name in the header.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Column {
    /// From 1.
    Number(usize),
    /// As the header names it; letters' case and blanks around it do not matter.
    Name(String),
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// An item of a receipt.
    Item,
    /// A payment of a receipt.
    Tender,
    /// The last row of a receipt; it may hold its total.
    End,
    /// An item that was taken off before payment.
    Voided,
    /// The drawer was opened without a sale.
    NoSale,
    /// Nothing that is kept.
    Ignore,
}

/// Where each value stands; `T` is [`Column`] in the file, and the index from 0 once they are found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, bound = "T: Deserialize<'de>")]
pub struct ColumnSet<T> {
    /// The receipt's number.
    pub receipt: T,
    /// When, date and time of day in one.
    pub time: Option<T>,
    /// The date, where the time of day stands in a column of its own.
    pub date: Option<T>,
    /// The time of day.
    pub clock: Option<T>,
    /// What the row is, see `[rows]`.
    pub row: Option<T>,
    /// The line's number on the receipt; without it, its place.
    pub line: Option<T>,
    /// The item's number.
    pub sku: Option<T>,
    /// The item's name.
    pub name: Option<T>,
    /// Pieces or kilograms; without it, 1.
    pub quantity: Option<T>,
    /// Price of one.
    pub price: Option<T>,
    /// Taken off the line.
    pub discount: Option<T>,
    /// What the line comes to; without it, quantity x price - discount.
    pub amount: Option<T>,
    /// The receipt's total, on any of its rows.
    pub total: Option<T>,
    /// Tax added on top of the lines.
    pub tax: Option<T>,
    /// Taken off the whole receipt.
    pub receipt_discount: Option<T>,
    /// Name of a payment, see `[tenders]`.
    pub tender: Option<T>,
    /// Amount of a payment.
    pub paid: Option<T>,
    /// The till.
    pub terminal: Option<T>,
    /// The cashier's number.
    pub operator: Option<T>,
    /// The loyalty account.
    pub customer: Option<T>,
    /// What kind of receipt, see `[kinds]`.
    pub kind: Option<T>,
    /// ISO 4217.
    pub currency: Option<T>,
}

/// Columns that were found, from 0.
pub type Columns = ColumnSet<usize>;

impl ColumnSet<Column> {
    fn find(&self, mut find: impl FnMut(&Column) -> Result<usize, String>) -> Result<Columns, String> {
        let mut maybe = |column: &Option<Column>| column.as_ref().map(&mut find).transpose();
        Ok(ColumnSet {
            time: maybe(&self.time)?,
            date: maybe(&self.date)?,
            clock: maybe(&self.clock)?,
            row: maybe(&self.row)?,
            line: maybe(&self.line)?,
            sku: maybe(&self.sku)?,
            name: maybe(&self.name)?,
            quantity: maybe(&self.quantity)?,
            price: maybe(&self.price)?,
            discount: maybe(&self.discount)?,
            amount: maybe(&self.amount)?,
            total: maybe(&self.total)?,
            tax: maybe(&self.tax)?,
            receipt_discount: maybe(&self.receipt_discount)?,
            tender: maybe(&self.tender)?,
            paid: maybe(&self.paid)?,
            terminal: maybe(&self.terminal)?,
            operator: maybe(&self.operator)?,
            customer: maybe(&self.customer)?,
            kind: maybe(&self.kind)?,
            currency: maybe(&self.currency)?,
            receipt: find(&self.receipt)?,
        })
    }
}

/// A file's layout.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What separates columns: one ASCII character.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// What columns with separators in them stand in; empty for none.
    #[serde(default = "quote_mark")]
    pub quote: String,
    /// How letters are written.
    #[serde(default)]
    pub encoding: Encoding,
    /// Whether the first line names the columns.
    #[serde(default)]
    pub header: bool,
    /// How times are written, as `%d.%m.%Y %H:%M:%S` (strptime); without it RFC 3339 or a local ISO 8601.
    #[serde(default)]
    pub time_format: Option<String>,
    /// How numbers are written.
    #[serde(default)]
    pub numbers: NumberFormat,
    /// Where each value stands.
    pub columns: ColumnSet<Column>,
    /// What the values of the `row` column mean; what is not here is put aside.
    #[serde(default)]
    pub rows: BTreeMap<String, RowKind>,
    /// How receipts were paid; other names are `other`.
    #[serde(default)]
    pub tenders: BTreeMap<String, TenderKind>,
    /// Kinds of receipt; others are put aside.
    #[serde(default)]
    pub kinds: BTreeMap<String, ReceiptKind>,
    /// The till's name where no column says one.
    #[serde(default = "one")]
    pub terminal: String,
}

fn comma() -> char {
    ','
}

fn quote_mark() -> String {
    "\"".to_owned()
}

fn one() -> String {
    "1".to_owned()
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A value that cannot work.
    #[error("{0}")]
    Value(String),
}

impl Mapping {
    /// Reads and checks a mapping.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let mapping: Self = toml::from_str(text)?;
        mapping.check().map_err(MappingError::Value)?;
        Ok(mapping)
    }

    fn check(&self) -> Result<(), String> {
        let plain = |letter: char| letter.is_ascii() && !['\n', '\r', '\0'].contains(&letter);
        if !plain(self.delimiter) {
            return Err(format!("delimiter {:?} is not one ASCII character", self.delimiter));
        }
        if self.quote.len() > 1 || !self.quote.chars().all(|mark| plain(mark) && mark != self.delimiter) {
            return Err(format!("quote {:?} is not empty or one ASCII character other than the delimiter", self.quote));
        }
        let columns = &self.columns;
        if columns.time.is_none() && columns.date.is_none() {
            return Err("columns: time is missing, or date (and clock)".to_owned());
        }
        if columns.price.is_none() && columns.amount.is_none() {
            return Err("columns: price is missing, or amount".to_owned());
        }
        if columns.row.is_some() == self.rows.is_empty() {
            return Err("columns: row and [rows] go together".to_owned());
        }
        let number = |column: &Column| match column {
            Column::Number(number @ 1..=Splitter::FIELDS) => Ok(*number),
            Column::Number(number) => Err(format!("column {number} is not a number from 1 to {}", Splitter::FIELDS)),
            Column::Name(_) if self.header => Ok(0),
            Column::Name(name) => Err(format!("column {name:?} is a name, and header is not true")),
        };
        self.columns.find(number)?;
        if let Some(format) = &self.time_format {
            // A format that cannot even be written is wrong; what it reads is up to the file.
            let probe = DateTime::constant(2024, 5, 17, 13, 14, 15, 0);
            let probe = probe.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| error.to_string())?;
            let text = strtime::format(format, &probe).map_err(|error| format!("time_format {format:?}: {error}"))?;
            strtime::parse(format, &text).map_err(|error| format!("time_format {format:?}: {error}"))?;
        }
        Ok(())
    }

    /// Whether the first line names the columns.
    pub fn has_header(&self) -> bool {
        self.header
    }

    pub(super) fn splitter(&self) -> Splitter {
        Splitter::new(self.delimiter as u8, self.quote.bytes().next())
    }

    /// The columns, where they all have numbers.
    pub(super) fn numbered(&self) -> Option<Columns> {
        let number = |column: &Column| match column {
            Column::Number(number) => Ok(number.saturating_sub(1)),
            Column::Name(_) => Err(String::new()),
        };
        self.columns.find(number).ok().filter(|_| !self.header)
    }

    /// The columns by a header; the error names what is not in it.
    pub(super) fn header(&self, record: &Record) -> Result<Columns, String> {
        let clean = |text: &str| text.trim().to_lowercase();
        let names: Vec<String> = record.fields().map(|field| clean(&text_of(field, self.encoding))).collect();
        let find = |column: &Column| match column {
            Column::Number(number) => Ok(number.saturating_sub(1)),
            Column::Name(name) => {
                let at = names.iter().position(|known| *known == clean(name));
                at.ok_or_else(|| {
                    format!("no column {name:?} in the header, which has {}", quote(&names.join(", "), 200))
                })
            }
        };
        self.columns.find(find)
    }

    /// A record as a line again.
    pub(super) fn line(&self, record: &Record) -> Vec<u8> {
        let mut line = Vec::new();
        for (at, field) in record.fields().enumerate() {
            if at > 0 {
                line.push(self.delimiter as u8);
            }
            let quote = self.quote.bytes().next();
            line.extend(quote);
            for byte in field {
                line.push(*byte);
                line.extend(quote.filter(|quote| quote == byte));
            }
            line.extend(quote);
        }
        line.push(b'\n');
        line
    }

    pub(super) fn terminal(&self, named: Option<&str>, place: &Place<'_>) -> TerminalId {
        place.terminals.of(named.unwrap_or(&self.terminal))
    }

    /// A time as the file writes it.
    pub(super) fn time(&self, text: &str, place: &Place<'_>) -> Result<Timestamp, String> {
        let wrong = || match &self.time_format {
            Some(format) => format!("time {:?} is not of the form {format}", quote(text, 40)),
            None => format!("time {:?} is neither RFC 3339 nor a local YYYY-MM-DDTHH:MM:SS", quote(text, 40)),
        };
        let Some(format) = &self.time_format else { return place.time.read(text).map_err(|_| wrong()) };
        let parsed = strtime::parse(format, text).map_err(|_| wrong())?;
        if parsed.offset().is_some() {
            return parsed.to_timestamp().map_err(|_| wrong());
        }
        let midnight = || parsed.to_date().map(|date| date.to_datetime(jiff::civil::Time::midnight()));
        parsed.to_datetime().or_else(|_| midnight()).map(|local| place.time.instant(local)).map_err(|_| wrong())
    }
}
