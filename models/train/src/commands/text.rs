//! Tables as text: plain or gzip, told apart by their first bytes.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use flate2::read::MultiGzDecoder;

/// What a file may unpack to.
const LARGEST: u64 = 4 << 30;

/// Reads a CSV file, with its lines numbered from 1; the first is the header.
pub(crate) struct Table {
    pub(crate) path: PathBuf,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<(u64, csv::StringRecord)>,
}

impl Table {
    /// `FILE` or, where that is absent, `FILE.gz`.
    pub(crate) fn beside(dir: &Path, name: &str) -> anyhow::Result<Option<Self>> {
        let found = [dir.join(name), dir.join(format!("{name}.gz"))].into_iter().find(|path| path.is_file());
        found.map(|path| Self::read(&path)).transpose()
    }

    /// Reads the whole file. Rows may differ in length; who needs a cell asks for it.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut plain = Vec::new();
            let read = MultiGzDecoder::new(bytes.as_slice()).take(LARGEST).read_to_end(&mut plain);
            read.with_context(|| format!("{} is not whole gzip", path.display()))?;
            if plain.len() as u64 == LARGEST {
                bail!("{} unpacks to more than {LARGEST} bytes", path.display());
            }
            plain
        } else {
            bytes
        };
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).has_headers(false).trim(csv::Trim::All).from_reader(&bytes[..]);
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.with_context(|| format!("{} is not CSV", path.display()))?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line, record));
        }
        if rows.is_empty() {
            bail!("{} is empty; expected a header and rows", path.display());
        }
        let (_, header) = rows.remove(0);
        let header = header.iter().map(|cell| cell.trim_start_matches('\u{feff}').to_owned()).collect();
        Ok(Self { path: path.to_path_buf(), header, rows })
    }

    /// The place of a column.
    pub(crate) fn column(&self, name: &str) -> anyhow::Result<usize> {
        let found = self.header.iter().position(|column| column == name);
        found.with_context(|| {
            format!("{} has no column {name:?}; it has {}", self.path.display(), self.header.join(", "))
        })
    }
}

/// A number in a cell, or a sentence that says where none is.
pub(crate) fn number(path: &Path, line: u64, column: &str, cell: &str) -> anyhow::Result<f64> {
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => bail!("{} line {line}, column {column}: {cell:?} is not a number; nothing was changed", path.display()),
    }
}
