//! One file of the set: rows by column name, those of one closing at a time.

use std::collections::HashMap;
use std::io::BufRead;

use rust_decimal::Decimal;

use super::{DsfinvkError, TableFormat};
use crate::tillfile::{NumberFormat, Record, Splitter, decimal, quote, text_of};

/// Most rows of one closing, all files together.
pub(super) const ROWS: usize = 500_000;
/// Rows that are too long, named one by one.
const NAMED: usize = 8;

/// A row with its columns' names.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    record: &'a Record,
    table: &'a Columns,
}

#[derive(Debug)]
pub(super) struct Columns {
    file: &'static str,
    names: HashMap<String, usize>,
    format: TableFormat,
}

impl Row<'_> {
    /// A column's text, trimmed; empty when it says nothing.
    pub(super) fn text(&self, column: &str) -> String {
        let at = self.table.names.get(column).copied();
        let bytes = at.and_then(|at| self.record.get(at)).unwrap_or_default();
        text_of(bytes, self.table.format.encoding).trim().to_owned()
    }

    /// A number; `None` when the column says nothing.
    pub(super) fn number(&self, column: &str) -> Result<Option<Decimal>, String> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        // Some tills write a point whatever their index says.
        let value = decimal(&text, self.table.format.numbers).or_else(|| decimal(&text, NumberFormat::default()));
        let wrong = || format!("{} {column} {:?} is not a number", self.table.file, quote(&text, 40));
        value.map(Some).ok_or_else(wrong)
    }

    /// Whether a mark is set (`1`).
    pub(super) fn flag(&self, column: &str) -> bool {
        matches!(self.text(column).as_str(), "1" | "true" | "True")
    }

    pub(super) fn key(&self) -> Key {
        Key { register: self.text("Z_KASSE_ID"), number: self.text("Z_NR") }
    }

    /// The row as it may be shown.
    pub(super) fn show(&self) -> String {
        self.record.show(self.table.format.encoding)
    }
}

/// Which closing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) register: String,
    pub(super) number: String,
}

/// A file at a row.
#[derive(Debug)]
pub(super) struct Cursor<R> {
    file: R,
    splitter: Splitter,
    columns: Columns,
    ahead: Option<Record>,
    ended: bool,
    /// Rows that are too long to be read.
    pub(super) damaged: Vec<String>,
}

impl<R: BufRead> Cursor<R> {
    pub(super) fn new(name: &'static str, file: R, format: TableFormat) -> Result<Self, DsfinvkError> {
        let splitter = Splitter::new(format.delimiter, format.quote);
        let columns = Columns { file: name, names: HashMap::new(), format };
        let mut cursor = Self { file, splitter, columns, ahead: None, ended: false, damaged: Vec::new() };
        cursor.advance()?;
        let clean = |name: &str| name.trim().trim_start_matches('\u{FEFF}').to_uppercase();
        let first: Vec<String> = match &cursor.ahead {
            Some(record) => {
                record.fields().map(|field| clean(&text_of(field, cursor.columns.format.encoding))).collect()
            }
            None => Vec::new(),
        };
        let header = first.iter().any(|name| name == "Z_KASSE_ID");
        let names = if header { first } else { cursor.columns.format.columns.iter().map(|name| clean(name)).collect() };
        cursor.columns.names = names.into_iter().enumerate().map(|(at, name)| (name, at)).collect();
        if cursor.ahead.is_some() {
            for column in ["Z_KASSE_ID", "Z_NR"] {
                if !cursor.columns.names.contains_key(column) {
                    return Err(DsfinvkError::Column { file: name, column });
                }
            }
        }
        if header {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    /// The row that comes next.
    pub(super) fn peek(&self) -> Option<Row<'_>> {
        self.ahead.as_ref().map(|record| Row { record, table: &self.columns })
    }

    /// Goes on to the next row that says something.
    pub(super) fn advance(&mut self) -> Result<(), DsfinvkError> {
        self.ahead = None;
        while self.ahead.is_none() && !self.ended {
            let io = |source| DsfinvkError::Io { file: self.columns.file.to_owned(), source };
            let bytes = match self.file.fill_buf() {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                bytes => bytes.map_err(io)?,
            };
            let (taken, record) = if bytes.is_empty() {
                self.ended = true;
                (0, self.splitter.finish())
            } else {
                self.splitter.next(bytes)
            };
            self.file.consume(taken);
            match record {
                Some(Ok(record)) if !(record.is_blank() && record.fields().len() <= 1) => self.ahead = Some(record),
                Some(Err(error)) if self.damaged.len() < NAMED => {
                    self.damaged.push(format!("{}: {error}", self.columns.file));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives `take` every row of `key` that comes now.
    pub(super) fn each(
        &mut self,
        key: &Key,
        rows: &mut usize,
        mut take: impl FnMut(&Row<'_>),
    ) -> Result<(), DsfinvkError> {
        while let Some(row) = self.peek() {
            if row.key() != *key {
                break;
            }
            *rows += 1;
            if *rows > ROWS {
                return Err(DsfinvkError::TooLarge(format!("{}/{}", key.register, key.number)));
            }
            take(&row);
            self.advance()?;
        }
        Ok(())
    }
}
