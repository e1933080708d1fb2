//! A recorded table on disk, as CSV, gzipped or not, read row by row.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use vyavs_domain::money::Decimal;

/// Why a recorded file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Neither the plain file nor the gzipped one.
    #[error("{dir} holds neither {name} nor {name}.gz")]
    NoFile {
        /// Where it was looked for.
        dir: PathBuf,
        /// What was looked for.
        name: &'static str,
    },
    /// It is there but cannot be read.
    #[error("failed to open {0}")]
    Open(PathBuf, #[source] std::io::Error),
    /// Not CSV.
    #[error("{path} is not CSV")]
    Csv {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        #[source]
        source: csv::Error,
    },
    /// A column that must be there is not.
    #[error("{path} has no column {column}")]
    Column {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
    },
    /// A value that is not what its column says.
    #[error("{path}, line {line}: {what}")]
    Value {
        /// Which file.
        path: PathBuf,
        /// In the file, from 1.
        line: u64,
        /// Column, value and what was expected.
        what: String,
    },
}

/// `DIR/name`, or else `DIR/name.gz`; a path to a file is taken as it is.
pub(super) fn find(dir: &Path, name: &'static str) -> Result<PathBuf, TableError> {
    let candidates = [dir.join(name), dir.join(format!("{name}.gz")), dir.to_owned()];
    let found = candidates.into_iter().find(|file| file.is_file());
    found.ok_or_else(|| TableError::NoFile { dir: dir.to_owned(), name })
}

/// The bytes of a file, unpacked where its name ends in `.gz`.
pub(super) fn bytes(path: &Path) -> Result<Box<dyn Read + Send>, TableError> {
    let file = File::open(path).map_err(|source| TableError::Open(path.to_owned(), source))?;
    let file = BufReader::with_capacity(1 << 16, file);
    Ok(match path.extension() {
        Some(end) if end == "gz" => {
            Box::new(BufReader::with_capacity(1 << 16, flate2::bufread::MultiGzDecoder::new(file)))
        }
        _ => Box::new(file),
    })
}

/// Rows of a file, one at a time, their columns in the order that was asked for.
pub(super) struct Rows<const N: usize> {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    record: csv::StringRecord,
    at: [usize; N],
}

/// One row: its line in the file, and the columns as text. Nothing is trimmed or guessed.
#[derive(Debug)]
pub(super) struct Row<'a, const N: usize> {
    path: &'a Path,
    pub(super) line: u64,
    pub(super) columns: [&'a str; N],
}

impl<const N: usize> Rows<N> {
    pub(super) fn open(path: PathBuf, columns: [&'static str; N]) -> Result<Self, TableError> {
        let bytes = bytes(&path)?;
        Self::of(path, bytes, columns)
    }

    pub(super) fn of(
        path: PathBuf,
        bytes: Box<dyn Read + Send>,
        columns: [&'static str; N],
    ) -> Result<Self, TableError> {
        let mut reader = csv::Reader::from_reader(bytes);
        let headers = reader.headers().map_err(|source| TableError::Csv { path: path.clone(), source })?;
        let mut at = [0; N];
        for (place, column) in at.iter_mut().zip(columns) {
            let found = headers.iter().position(|header| header == column);
            *place = found.ok_or_else(|| TableError::Column { path: path.clone(), column })?;
        }
        Ok(Self { path, reader, record: csv::StringRecord::new(), at })
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_, N>>, TableError> {
        let csv = |source| TableError::Csv { path: self.path.clone(), source };
        if !self.reader.read_record(&mut self.record).map_err(csv)? {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let columns = self.at.map(|place| self.record.get(place).unwrap_or(""));
        Ok(Some(Row { path: &self.path, line, columns }))
    }
}

impl<const N: usize> Row<'_, N> {
    /// An error about this row.
    pub(super) fn wrong(&self, what: String) -> TableError {
        TableError::Value { path: self.path.to_owned(), line: self.line, what }
    }

    /// A decimal, also as `4.4e-16`.
    pub(super) fn decimal(&self, place: usize, column: &str) -> Result<Decimal, TableError> {
        let text = self.columns[place];
        let read = if text.contains(['e', 'E']) { Decimal::from_scientific(text).ok() } else { text.parse().ok() };
        read.ok_or_else(|| self.wrong(format!("{column} {text:?} is not a decimal")))
    }
}
