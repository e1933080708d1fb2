//! DSFinV-K: the export every German till can make for the tax office, read as receipts that add up closing by closing.
//!
//! "Digitale Schnittstelle der Finanzverwaltung für Kassensysteme" 2.x: a set of files of separated values described by
//! an `index.xml` (GDPdU). Read are `cashpointclosing.csv` (Stamm_Abschluss), `transactions.csv` (Bonkopf), `lines.csv`
//! (Bonpos), `lines_vat.csv` (Bonpos_USt), `datapayment.csv` (Bonkopf_Zahlarten), `businesscases.csv` (Z_GV_Typ),
//! `payment.csv` (Z_Zahlart) and `cashregister.csv` (Stamm_Kassen). Names of customers and cashiers are not read.
//!
//! Memory is bounded by one closing (`Z_KASSE_ID`, `Z_NR`): all files are read side by side, in the order of
//! `cashpointclosing.csv`, so a closing's rows have to stand together in each file. A receipt is accepted when its lines
//! are its `UMS_BRUTTO`; each closing's sums by business case and payment must be those that the till itself closed with,
//! and what differs is named.

mod closing;
mod index;
mod receipt;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use crate::tillfile::{Encoding, Entry, Place};

pub use index::{Index, TableFormat};
use rows::Cursor;

/// Files that must be there.
pub const REQUIRED: [&str; 5] =
    ["cashpointclosing.csv", "transactions.csv", "lines.csv", "lines_vat.csv", "datapayment.csv"];
/// Files that are read where they are.
pub const OPTIONAL: [&str; 3] = ["businesscases.csv", "payment.csv", "cashregister.csv"];
/// The description of the set.
pub const INDEX: &str = "index.xml";

/// Why an export cannot be read on. What was read before stands.
#[derive(Debug, thiserror::Error)]
pub enum DsfinvkError {
    /// The disk.
    #[error("failed to read {file}: {source}")]
    Io {
        /// Which file.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the set is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// `index.xml` cannot be used.
    #[error("index.xml: {0}")]
    Index(String),
    /// A file's columns are not those of the specification.
    #[error("{file} has no column {column}")]
    Column {
        /// Which file.
        file: &'static str,
        /// Which column.
        column: &'static str,
    },
    /// One closing is larger than any till makes.
    #[error("closing {0} has more than {max} rows", max = rows::ROWS)]
    TooLarge(String),
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Closings.
    pub closings: u64,
    /// Rows of `transactions.csv`.
    pub transactions: u64,
    /// Receipts that were proven.
    pub receipts: u64,
    /// Lines of these.
    pub lines: u64,
    /// Orders, transfers and other transactions that are no receipts (`AVBestellung`, `AVTransfer`, …).
    pub others: u64,
    /// Put aside.
    pub quarantined: u64,
    /// Closings whose sums are not their receipts'.
    pub unbalanced: u64,
}

/// One closing.
#[derive(Clone, Debug, PartialEq)]
pub struct Closing {
    /// `Z_KASSE_ID` and `Z_NR`, as `kasse/17`.
    pub id: String,
    /// Receipts and events, in the order of `transactions.csv`.
    pub entries: Vec<Entry>,
    /// What does not add up; empty when the closing balances. It stands in `entries` too, as an event.
    pub differences: Vec<String>,
}

/// An export, read closing by closing.
#[derive(Debug)]
pub struct Export<'a, R> {
    place: Place<'a>,
    tables: BTreeMap<&'static str, Cursor<R>>,
    tally: Tally,
    over: bool,
}

impl<'a, R: BufRead> Export<'a, R> {
    /// `open` gives the file of a name in the set, `None` where there is none.
    pub fn open(mut open: impl FnMut(&str) -> io::Result<Option<R>>, place: Place<'a>) -> Result<Self, DsfinvkError> {
        let mut ask = |file: &str| open(file).map_err(|source| DsfinvkError::Io { file: file.to_owned(), source });
        let index = match ask(INDEX)? {
            Some(file) => Index::read(file)?,
            None => Index::default(),
        };
        let mut tables = BTreeMap::new();
        for name in REQUIRED.into_iter().chain(OPTIONAL) {
            match ask(name)? {
                Some(file) => drop(tables.insert(name, Cursor::new(name, file, index.format(name))?)),
                None if REQUIRED.contains(&name) => return Err(DsfinvkError::Missing(name)),
                None => {}
            }
        }
        Ok(Self { place, tables, tally: Tally::default(), over: false })
    }

    /// The next closing; `None` at the end, and after an error.
    pub fn closing(&mut self) -> Result<Option<Closing>, DsfinvkError> {
        if self.over {
            return Ok(None);
        }
        let read = closing::next(&mut self.tables, &self.place, &mut self.tally);
        self.over = !matches!(read, Ok(Some(_)));
        if !matches!(read, Ok(None)) {
            return read;
        }
        closing::rest(&mut self.tables, &self.place, &mut self.tally)
    }

    /// What was counted so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// For a fuzzer: a set in one piece, its files one after another, each after a line `@name`.
pub fn read_all(bytes: &[u8], place: Place<'_>) -> (Vec<Closing>, Tally, Option<DsfinvkError>) {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut name = String::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"@") {
            Some(named) => name = crate::tillfile::text_of(named.trim_ascii(), Encoding::Utf8),
            None => files.entry(name.clone()).or_default().extend_from_slice(line),
        }
    }
    let open = |name: &str| Ok(files.get(name).map(|bytes| io::Cursor::new(bytes.as_slice())));
    let mut export = match Export::open(open, place) {
        Ok(export) => export,
        Err(error) => return (Vec::new(), Tally::default(), Some(error)),
    };
    let mut closings = Vec::new();
    let error = loop {
        match export.closing() {
            Ok(Some(closing)) => closings.push(closing),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    (closings, export.tally, error)
}
