//! A till's lines of separated values as receipts: which column is what is data, and the arithmetic is the proof.
//!
//! Pure: pieces of a file in, receipts out, with the place in the file up to which everything is told. A receipt ends
//! when another number follows or on a row that says so. Where a total stands in the file, Σ lines − discount + tax must
//! be it within one minor unit, as on paper; where none stands, quantity × price must be each line's amount.

mod assembly;
mod mapping;
#[cfg(test)]
mod tests;

use crate::tillfile::{Entry, Place, Record, RecordError, Splitter, text_of};

use assembly::Assembly;
pub use mapping::{Column, Columns, Mapping, MappingError, RowKind};

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows with something on them, the header not counted.
    pub rows: u64,
    /// Receipts that were proven.
    pub receipts: u64,
    /// Lines of these.
    pub lines: u64,
    /// Receipts and rows put aside.
    pub quarantined: u64,
}

/// Reads a file that grows.
#[derive(Debug)]
pub struct CsvReader<'a> {
    mapping: &'a Mapping,
    splitter: Splitter,
    columns: Option<Columns>,
    /// The next row may be a header.
    header: bool,
    /// The header that was read, as a line.
    header_line: Vec<u8>,
    assembly: Assembly,
    /// Bytes taken.
    read: u64,
    /// Up to here everything is told: where to read on after a restart.
    told: u64,
    /// The first bytes may be a byte order mark.
    mark: u8,
    tally: Tally,
}

impl<'a> CsvReader<'a> {
    /// At the start of a file. With a header, the columns are found by it.
    pub fn new(mapping: &'a Mapping) -> Self {
        Self {
            mapping,
            splitter: mapping.splitter(),
            columns: mapping.numbered(),
            header: mapping.has_header(),
            header_line: Vec::new(),
            assembly: Assembly::default(),
            read: 0,
            told: 0,
            mark: 0,
            tally: Tally::default(),
        }
    }

    /// Inside a file; `header` is what [`CsvReader::header_line`] said and `at` what [`CsvReader::told`] did.
    pub fn resume(mapping: &'a Mapping, header: &[u8], at: u64, place: &Place<'_>) -> Self {
        let mut reader = Self::new(mapping);
        if at > 0 || !header.is_empty() {
            if reader.header {
                reader.push(header, place);
                // At its top a file may have one of its own.
                reader.header = at == 0;
                reader.splitter = mapping.splitter();
                reader.assembly = Assembly::default();
            }
            (reader.read, reader.told, reader.mark) = (at, at, if at > 0 { 3 } else { 0 });
            reader.tally = Tally::default();
        }
        reader
    }

    /// The next file begins, at `at` 0: a receipt that is open goes on in it; a header may stand at its top or not. What
    /// was half written at the end of the file before is its last row.
    pub fn next_file(&mut self, place: &Place<'_>) -> Vec<Entry> {
        let mut entries = Vec::new();
        if let Some(record) = self.splitter.finish() {
            self.record(record, place, &mut entries);
        }
        (self.read, self.told, self.mark) = (0, 0, 0);
        self.header = self.mapping.has_header();
        entries
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8], place: &Place<'_>) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut rest = bytes;
        while let Some(&first) = rest.first().filter(|_| self.mark < 3) {
            if first != b"\xEF\xBB\xBF"[usize::from(self.mark)] {
                for byte in &b"\xEF\xBB\xBF"[..usize::from(self.mark)] {
                    self.splitter.next(&[*byte]);
                }
                self.mark = 3;
                break;
            }
            (self.mark, self.read, rest) = (self.mark + 1, self.read + 1, &rest[1..]);
        }
        while !rest.is_empty() {
            let (taken, record) = self.splitter.next(rest);
            self.read += taken as u64;
            rest = &rest[taken..];
            if let Some(record) = record {
                self.record(record, place, &mut entries);
            }
        }
        entries
    }

    /// Nothing follows: the row without a line end, and the receipt that is open.
    pub fn finish(&mut self, place: &Place<'_>) -> Vec<Entry> {
        let mut entries = Vec::new();
        if let Some(record) = self.splitter.finish() {
            self.record(record, place, &mut entries);
        }
        entries.extend(self.close(place));
        entries
    }

    /// Nothing followed for long: the open receipt is complete as it is. A row that is half written stays.
    pub fn close(&mut self, place: &Place<'_>) -> Vec<Entry> {
        let entries = self.assembly.close_all(self.mapping, place, &mut self.tally);
        self.told = self.read - self.splitter.pending();
        entries
    }

    /// Bytes of the file up to which everything is told.
    pub fn told(&self) -> u64 {
        self.told
    }

    /// Bytes of the file that were taken.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// The header that was read, as a line; empty where there is none.
    pub fn header_line(&self) -> &[u8] {
        &self.header_line
    }

    /// How many receipts were begun: tells one that is open from another.
    pub fn opened(&self) -> u64 {
        self.assembly.opened()
    }

    /// Whether a receipt waits for its end.
    pub fn is_open(&self) -> bool {
        self.assembly.is_open()
    }

    /// Bytes of a row that is not complete.
    pub fn pending(&self) -> u64 {
        self.splitter.pending()
    }

    /// What was counted so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn record(&mut self, record: Result<Record, RecordError>, place: &Place<'_>, entries: &mut Vec<Entry>) {
        let raw = match &record {
            Ok(record) => record.raw_len(),
            Err(error) => error.bytes,
        };
        let was_open = self.assembly.opened();
        match record {
            Ok(record) if record.is_blank() && record.fields().len() <= 1 => {}
            Ok(record) => self.row(&record, place, entries),
            Err(error) => {
                self.tally.rows += 1;
                let text = text_of(&error.begin, self.mapping.encoding);
                self.aside(&error.to_string(), &text, place, entries);
            }
        }
        if !self.assembly.is_open() {
            self.told = self.read;
        } else if self.assembly.opened() != was_open {
            // The receipt that this row opened is told only when it is closed.
            self.told = self.read - raw;
        }
    }

    fn row(&mut self, record: &Record, place: &Place<'_>, entries: &mut Vec<Entry>) {
        if self.header {
            match self.mapping.header(record) {
                Ok(columns) => {
                    (self.columns, self.header) = (Some(columns), false);
                    self.header_line = self.mapping.line(record);
                    return;
                }
                // A file that was cut to nothing may go on without it.
                Err(_) if self.columns.is_some() => self.header = false,
                Err(reason) => {
                    let text = record.show(self.mapping.encoding);
                    return self.aside(&reason, &text, place, entries);
                }
            }
        }
        let Some(columns) = &self.columns else { return };
        self.tally.rows += 1;
        self.assembly.row(record, columns, self.mapping, place, &mut self.tally, entries);
    }

    fn aside(&mut self, reason: &str, text: &str, place: &Place<'_>, entries: &mut Vec<Entry>) {
        self.tally.quarantined += 1;
        entries.push(Entry::quarantined(self.mapping.terminal(None, place), place.seen, reason, text));
    }
}

/// For a fuzzer: a whole file in pieces of `piece` bytes.
pub fn read_all(bytes: &[u8], piece: usize, mapping: &Mapping, place: &Place<'_>) -> (Vec<Entry>, Tally) {
    let mut reader = CsvReader::new(mapping);
    let mut entries = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        entries.extend(reader.push(piece, place));
    }
    entries.extend(reader.finish(place));
    (entries, reader.tally)
}
