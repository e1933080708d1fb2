//! Bytes of a till's connection cut into lines, never holding more than one line and never losing step.

use bytes::{Buf, Bytes, BytesMut};
use tokio_util::codec::Decoder;

/// What stands between two line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A line without its end; may be empty.
    Line(Bytes),
    /// A line longer than the limit: its first bytes; the rest is read past.
    TooLong(Bytes),
    /// The connection ended in the middle of a line of so many bytes.
    Half(usize),
}

/// Cuts at `\n`; a `\r` before it is dropped.
#[derive(Debug)]
pub(super) struct Framing {
    limit: usize,
    scanned: usize,
    skipping: bool,
}

impl Framing {
    /// `limit` is the longest line, in bytes without its end.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, scanned: 0, skipping: false }
    }
}

impl Decoder for Framing {
    type Item = Piece;
    type Error = std::io::Error;

    fn decode(&mut self, buf: &mut BytesMut) -> Result<Option<Piece>, std::io::Error> {
        loop {
            let end = buf[self.scanned..].iter().position(|byte| *byte == b'\n').map(|at| self.scanned + at);
            match (self.skipping, end) {
                (true, Some(end)) => {
                    buf.advance(end + 1);
                    (self.skipping, self.scanned) = (false, 0);
                }
                (true, None) => {
                    buf.clear();
                    self.scanned = 0;
                    return Ok(None);
                }
                (false, Some(end)) => {
                    self.scanned = 0;
                    let mut line = buf.split_to(end).freeze();
                    buf.advance(1);
                    if line.last() == Some(&b'\r') {
                        line.truncate(line.len() - 1);
                    }
                    if line.len() > self.limit {
                        line.truncate(self.limit);
                        return Ok(Some(Piece::TooLong(line)));
                    }
                    return Ok(Some(Piece::Line(line)));
                }
                // One byte more than the limit may still be the `\r` of a line that fits.
                (false, None) if buf.len() > self.limit + 1 => {
                    (self.skipping, self.scanned) = (true, 0);
                    let head = buf.split_to(self.limit).freeze();
                    buf.clear();
                    return Ok(Some(Piece::TooLong(head)));
                }
                (false, None) => {
                    self.scanned = buf.len();
                    return Ok(None);
                }
            }
        }
    }

    fn decode_eof(&mut self, buf: &mut BytesMut) -> Result<Option<Piece>, std::io::Error> {
        if let Some(piece) = self.decode(buf)? {
            return Ok(Some(piece));
        }
        self.scanned = 0;
        let half = std::mem::take(buf).len();
        Ok((half > 0).then_some(Piece::Half(half)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Feeds `bytes` in pieces of the given sizes.
    fn cut(limit: usize, bytes: &[u8], sizes: &[usize]) -> Vec<Piece> {
        let (mut framing, mut buf, mut pieces) = (Framing::new(limit), BytesMut::new(), Vec::new());
        let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
        while !rest.is_empty() {
            let (now, later) = rest.split_at((*sizes.next().expect("a cycle")).clamp(1, rest.len()));
            buf.extend_from_slice(now);
            rest = later;
            while let Some(piece) = framing.decode(&mut buf).expect("never fails") {
                pieces.push(piece);
            }
            assert!(buf.len() <= limit + 1, "more than a line is held");
        }
        while let Some(piece) = framing.decode_eof(&mut buf).expect("never fails") {
            pieces.push(piece);
        }
        pieces
    }

    proptest! {
        /// However the network cuts the bytes, the lines are the same, and what was too long loses no later line.
        #[test]
        fn lines_do_not_depend_on_how_they_arrive(
            lines in proptest::collection::vec("[ab\r]{0,24}", 0..12),
            tail in "[ab]{0,24}",
            sizes in proptest::collection::vec(1_usize..30, 1..8),
        ) {
            let limit = 12;
            let bytes = lines.iter().fold(String::new(), |text, line| text + line + "\n") + &tail;
            let mut want: Vec<Piece> = lines
                .iter()
                .map(|line| {
                    let line = line.strip_suffix('\r').unwrap_or(line);
                    let bytes = Bytes::copy_from_slice(&line.as_bytes()[..line.len().min(limit)]);
                    if line.len() > limit { Piece::TooLong(bytes) } else { Piece::Line(bytes) }
                })
                .collect();
            if tail.len() > limit + 1 {
                want.push(Piece::TooLong(Bytes::copy_from_slice(&tail.as_bytes()[..limit])));
            } else if !tail.is_empty() {
                want.push(Piece::Half(tail.len()));
            }
            prop_assert_eq!(cut(limit, bytes.as_bytes(), &sizes), want);
        }
    }
}
