//! Lines of separated values (RFC 4180, with the delimiter and quote of one's choice), fed in whatever pieces.
//!
//! A record is at most [`Splitter::LONGEST`] bytes; a longer one is dropped to its end and named, and the next is read
//! again. A field in quotes may hold line ends; since a forgotten quote would swallow the rest of the file, the bound
//! above ends it too.

use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::escpos::codepage::CodePage;

/// How a file's bytes are letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// With or without a byte order mark; what is not valid becomes U+FFFD.
    #[default]
    #[serde(rename = "utf-8", alias = "utf8")]
    Utf8,
    /// Windows-1252, Western Europe; ISO 8859-1 is read as this one too.
    #[serde(rename = "cp1252", alias = "windows-1252", alias = "iso-8859-1", alias = "latin1")]
    Cp1252,
}

/// Bytes of a file as text.
pub fn text_of(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Cp1252 => {
            static PAGE: LazyLock<CodePage> =
                LazyLock::new(|| CodePage::named("windows-1252").expect("it is in the table"));
            let mut text = String::with_capacity(bytes.len());
            PAGE.decode(bytes, &Default::default(), &mut text);
            text
        }
    }
}

/// One record, still bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    bytes: Vec<u8>,
    fields: Vec<Range<usize>>,
    raw: u64,
}

impl Record {
    /// Its fields without their quotes.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.fields.iter().map(|range| &self.bytes[range.clone()])
    }

    /// The field at `index`, from 0.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        self.fields.get(index).map(|range| &self.bytes[range.clone()])
    }

    /// Bytes it took in the file, its line end included.
    pub fn raw_len(&self) -> u64 {
        self.raw
    }

    /// Whether nothing stands on the line.
    pub fn is_blank(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The whole record as it may be shown: fields with ` | ` between.
    pub fn show(&self, encoding: Encoding) -> String {
        let fields: Vec<String> = self.fields().map(|field| text_of(field, encoding)).collect();
        fields.join(" | ")
    }
}

/// A record that was dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line of {bytes} bytes is longer than the {} that are taken", Splitter::LONGEST)]
pub struct RecordError {
    /// How many bytes it had.
    pub bytes: u64,
    /// How it began.
    pub begin: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first byte of a field.
    Start,
    Plain,
    Quoted,
    /// After a quote inside quotes: its end, or half of a doubled quote.
    Closing,
}

/// Cuts bytes into records.
#[derive(Debug)]
pub struct Splitter {
    delimiter: u8,
    quote: Option<u8>,
    state: State,
    record: Record,
    from: usize,
    /// The record is too long: its rest is passed over.
    over: bool,
    /// A carriage return outside quotes that may belong to a line end.
    cr: bool,
}

impl Splitter {
    /// Longest record, in bytes.
    pub const LONGEST: usize = 64 * 1024;
    /// Most fields of a record.
    pub const FIELDS: usize = 1024;
    /// What is kept of a record that is too long.
    const BEGIN: usize = 256;

    /// `quote` is `None` where quotes mean nothing.
    pub fn new(delimiter: u8, quote: Option<u8>) -> Self {
        let record = Record::default();
        Self { delimiter, quote, state: State::Start, record, from: 0, over: false, cr: false }
    }

    /// Takes bytes up to the end of the next record; how many, and the record if it is complete.
    pub fn next(&mut self, bytes: &[u8]) -> (usize, Option<Result<Record, RecordError>>) {
        for (at, &byte) in bytes.iter().enumerate() {
            self.record.raw += 1;
            if self.byte(byte) {
                return (at + 1, Some(self.take()));
            }
        }
        (bytes.len(), None)
    }

    /// The file is at its end: the record that has no line end, if there is one.
    pub fn finish(&mut self) -> Option<Result<Record, RecordError>> {
        (self.record.raw > 0).then(|| self.take())
    }

    /// Bytes of the record that is not complete yet.
    pub fn pending(&self) -> u64 {
        self.record.raw
    }

    /// Whether `byte` ended the record.
    fn byte(&mut self, byte: u8) -> bool {
        let quoted = self.state == State::Quoted;
        if byte == b'\n' && (!quoted || self.over) {
            return true;
        }
        if self.over {
            return false;
        }
        if std::mem::take(&mut self.cr) {
            // It stood inside a line after all.
            self.keep(b'\r');
        }
        match self.state {
            State::Quoted if Some(byte) == self.quote => self.state = State::Closing,
            State::Quoted => self.keep(byte),
            State::Start if Some(byte) == self.quote => self.state = State::Quoted,
            State::Closing if Some(byte) == self.quote => {
                self.keep(byte);
                self.state = State::Quoted;
            }
            _ if byte == self.delimiter => self.field(),
            _ if byte == b'\r' => self.cr = true,
            _ => {
                // A letter behind a closing quote is taken as it stands.
                self.keep(byte);
                self.state = State::Plain;
            }
        }
        false
    }

    fn keep(&mut self, byte: u8) {
        self.record.bytes.push(byte);
        if self.record.bytes.len() > Self::LONGEST {
            self.over = true;
        }
    }

    fn field(&mut self) {
        self.record.fields.push(self.from..self.record.bytes.len());
        self.from = self.record.bytes.len();
        self.state = State::Start;
        if self.record.fields.len() >= Self::FIELDS {
            self.over = true;
        }
    }

    fn take(&mut self) -> Result<Record, RecordError> {
        self.field();
        let record = std::mem::take(&mut self.record);
        let over = std::mem::take(&mut self.over);
        (self.from, self.state, self.cr) = (0, State::Start, false);
        if over {
            let mut begin = record.bytes;
            begin.truncate(Self::BEGIN);
            return Err(RecordError { bytes: record.raw, begin });
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(bytes: &[u8], pieces: usize) -> Vec<Result<Vec<String>, u64>> {
        let mut splitter = Splitter::new(b';', Some(b'"'));
        let mut records = Vec::new();
        for mut piece in bytes.chunks(pieces.max(1)) {
            while !piece.is_empty() {
                let (taken, record) = splitter.next(piece);
                piece = &piece[taken..];
                records.extend(record);
            }
        }
        records.extend(splitter.finish());
        let texts = |record: Record| record.fields().map(|field| text_of(field, Encoding::Utf8)).collect();
        records.into_iter().map(|record| record.map(texts).map_err(|error| error.bytes)).collect()
    }

    #[test]
    fn quotes_hold_delimiters_line_ends_and_quotes() {
        let records = split(b"a;\"b;\"\"c\"\"\r\nd\";e\r\n;;\n\"x\"y;z", 1);
        let want = [vec!["a", "b;\"c\"\r\nd", "e"], vec!["", "", ""], vec!["xy", "z"]];
        assert_eq!(records.len(), 3);
        for (got, want) in records.iter().zip(want) {
            assert_eq!(got.as_ref().expect("read"), &want);
        }
    }

    #[test]
    fn a_line_too_long_is_named_and_the_next_is_read() {
        let mut bytes = vec![b'x'; Splitter::LONGEST * 3];
        bytes.extend_from_slice(b"\na;b\n\"never closed");
        bytes.extend(vec![b'\n'; 3]);
        let records = split(&bytes, 4096);
        assert_eq!(records[0], Err(Splitter::LONGEST as u64 * 3 + 1));
        assert_eq!(records[1].as_ref().expect("read"), &["a", "b"]);
        assert_eq!(records.len(), 3, "an open quote ends with the file");
        let many = [vec![b';'; 3000], b"\na\n".to_vec()].concat();
        let records = split(&many, 7);
        assert!(records[0].is_err());
        assert_eq!(records[1].as_ref().expect("read"), &["a"]);
    }

    #[test]
    fn letters_of_western_europe_are_read() {
        assert_eq!(text_of(b"M\xFCll \x80 5", Encoding::Cp1252), "Müll € 5");
        assert_eq!(text_of("Müll €".as_bytes(), Encoding::Utf8), "Müll €");
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(bytes in proptest::collection::vec(prop_oneof![Just(b';'), Just(b'"'), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..300), pieces in 1_usize..20) {
            prop_assert_eq!(split(&bytes, pieces), split(&bytes, bytes.len().max(1)));
        }
    }
}
