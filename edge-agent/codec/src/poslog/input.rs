//! The bytes under the XML reader: one encoding, a bound on each token, and the way back in after damage.

use std::io::{self, BufRead, Read};

use super::PoslogError;
use crate::tillfile::{Encoding, text_of};

/// Longest token (a tag with its attributes, a text, a comment), in bytes.
pub(super) const TOKEN: usize = 1 << 20;
/// Bytes looked at for the encoding.
const PROLOG: usize = 256;
/// Piece that is turned into UTF-8 at a time.
const PIECE: usize = 8 * 1024;
/// Longest tag name looked at while searching.
const NAME: usize = 64;

/// Bytes on their way to the XML reader, as UTF-8.
#[derive(Debug)]
pub(super) struct Input<R> {
    inner: R,
    /// Bytes to give before the inner ones.
    ahead: Vec<u8>,
    ahead_at: usize,
    latin: bool,
    /// Given so far.
    offset: u64,
    /// What the token in work may still take.
    left: usize,
    /// The inner reader is at its end.
    ended: bool,
    failed: Option<io::Error>,
}

impl<R: BufRead> Input<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, ahead: Vec::new(), ahead_at: 0, latin: false, offset: 0, left: TOKEN, ended: false, failed: None }
    }

    /// Finds the encoding out of the first bytes; `Err` when there is no XML to be expected behind them.
    pub(super) fn begin(&mut self) -> Result<(), PoslogError> {
        let mut first = Vec::new();
        while first.len() < PROLOG && !first.contains(&b'>') {
            let bytes = self.inner.fill_buf().map_err(PoslogError::Io)?;
            if bytes.is_empty() {
                break;
            }
            // Not a byte more, so that pieces do not matter.
            let end = bytes.iter().position(|byte| *byte == b'>').map_or(bytes.len(), |at| at + 1);
            let count = end.min(PROLOG - first.len());
            first.extend_from_slice(&bytes[..count]);
            self.inner.consume(count);
        }
        if let Some(rest) = first.strip_prefix(b"\xEF\xBB\xBF") {
            first = rest.to_vec();
        }
        let head = String::from_utf8_lossy(&first).to_ascii_lowercase();
        let head = head.trim_start();
        if first.starts_with(b"\xFE\xFF") || first.starts_with(b"\xFF\xFE") || first.contains(&0) {
            return Err(PoslogError::Encoding("UTF-16 or binary".to_owned()));
        }
        if !head.is_empty() && !head.starts_with('<') {
            return Err(PoslogError::NotPoslog("the file does not begin with <".to_owned()));
        }
        if let Some(declared) = head.strip_prefix("<?xml").and_then(encoding) {
            self.latin = match declared {
                "utf-8" | "utf8" | "us-ascii" | "ascii" => false,
                "iso-8859-1" | "latin1" | "windows-1252" | "cp1252" => true,
                other => return Err(PoslogError::Encoding(crate::tillfile::quote(other, 40))),
            };
        }
        self.ahead = if self.latin { text_of(&first, Encoding::Cp1252).into_bytes() } else { first };
        Ok(())
    }

    /// Bytes given so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next token may be as long as any.
    pub(super) fn next_token(&mut self) {
        self.left = TOKEN;
    }

    /// Whether the token in work took all it may.
    pub(super) fn exhausted(&self) -> bool {
        self.left == 0
    }

    /// Whether the file is at its end.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// What the disk said, if it was the disk.
    pub(super) fn failure(&mut self) -> Option<io::Error> {
        self.failed.take()
    }

    /// Passes over everything up to the next start tag of a `Transaction`, which is given again; `false` at the end.
    pub(super) fn seek_transaction(&mut self) -> io::Result<bool> {
        let mut tag: Option<Vec<u8>> = None;
        loop {
            self.left = TOKEN;
            let bytes = self.fill_buf()?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let mut taken = 0;
            let mut found = false;
            for &byte in bytes {
                taken += 1;
                match (byte, &mut tag) {
                    (b'<', _) => tag = Some(Vec::new()),
                    (b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/', Some(name)) if !name.is_empty() => {
                        let local = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
                        if local == b"Transaction" {
                            name.insert(0, b'<');
                            name.push(byte);
                            found = true;
                            break;
                        }
                        tag = None;
                    }
                    (_, Some(name)) if name.len() < NAME => name.push(byte),
                    _ => tag = None,
                }
            }
            self.consume(taken);
            if found {
                let mut again = tag.take().unwrap_or_default();
                self.offset -= again.len() as u64;
                again.extend_from_slice(&self.ahead[self.ahead_at..]);
                (self.ahead, self.ahead_at) = (again, 0);
                return Ok(true);
            }
        }
    }
}

/// The value of `encoding="…"` in an XML declaration.
fn encoding(declaration: &str) -> Option<&str> {
    let declaration = declaration.split('>').next()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|letter| ['"', '\''].contains(letter))?;
    value[1..].split(quote).next()
}

impl<R: BufRead> Read for Input<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(out.len());
        out[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Input<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a token is too long"));
        }
        if self.ahead_at == self.ahead.len() && self.latin && !self.ended {
            let bytes = match self.inner.fill_buf() {
                Ok(bytes) => &bytes[..bytes.len().min(PIECE)],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    let told = io::Error::new(error.kind(), error.to_string());
                    self.failed = Some(error);
                    return Err(told);
                }
            };
            self.ended = bytes.is_empty();
            self.ahead = text_of(bytes, Encoding::Cp1252).into_bytes();
            self.ahead_at = 0;
            let count = bytes.len();
            self.inner.consume(count);
        }
        if self.ahead_at < self.ahead.len() {
            let rest = &self.ahead[self.ahead_at..];
            return Ok(&rest[..rest.len().min(self.left)]);
        }
        if self.latin {
            return Ok(&[]);
        }
        match self.inner.fill_buf() {
            Ok(bytes) => {
                self.ended |= bytes.is_empty();
                Ok(&bytes[..bytes.len().min(self.left)])
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let told = io::Error::new(error.kind(), error.to_string());
                self.failed = Some(error);
                Err(told)
            }
        }
    }

    fn consume(&mut self, count: usize) {
        self.offset += count as u64;
        self.left = self.left.saturating_sub(count);
        if self.ahead_at < self.ahead.len() {
            self.ahead_at += count;
        } else {
            self.inner.consume(count);
        }
    }
}
