//! Where one print job ends and the next begins, in a stream that does not say so.
//!
//! `ESC @` begins a job once there is something before it; a cut ends one, but what follows a cut without printing (a
//! drawer pulse, paper feed) still belongs to it; a closed connection or a pause ends any.

use serde::{Deserialize, Serialize};

use super::{Token, Tokenizer};

/// Why a job counts as whole. Part of the relay's wire: variants keep their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// The paper was cut.
    Cut,
    /// The next one began with `ESC @`.
    Init,
    /// The till closed its connection.
    Closed,
    /// Nothing came for a while.
    Idle,
}

/// Most that is looked at in one go.
const PIECE: usize = 16 * 1024;

/// A job that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its bytes, verbatim; empty when it was longer than the bound.
    pub bytes: Vec<u8>,
    /// How long it was.
    pub length: u64,
    /// Why it ended.
    pub ended: Ended,
}

/// Splits one connection's stream into jobs.
#[derive(Debug)]
pub struct Splitter {
    tokenizer: Tokenizer,
    /// Longest job kept.
    bound: usize,
    job: Vec<u8>,
    /// Where in the stream `job` begins, and how much of the stream was taken.
    start: u64,
    taken: u64,
    printed: bool,
    content: bool,
    cut: bool,
    overlong: bool,
}

impl Splitter {
    /// Jobs longer than `bound` bytes are measured but not kept.
    pub fn new(bound: usize) -> Self {
        Self {
            tokenizer: Tokenizer::default(),
            bound,
            job: Vec::new(),
            start: 0,
            taken: 0,
            printed: false,
            content: false,
            cut: false,
            overlong: false,
        }
    }

    /// Bytes of the job that is not at its end.
    pub fn held(&self) -> usize {
        self.job.len()
    }

    /// Whether a job has begun that is worth waiting for.
    pub fn is_open(&self) -> bool {
        self.content
    }

    /// Whether the paper was cut: only a short pause is needed to end the job.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether the stream stands between two commands.
    pub fn is_between(&self) -> bool {
        self.tokenizer.is_between()
    }

    /// Gives up the bytes of the job that is open; it is measured on and found with empty `bytes`.
    pub fn forget(&mut self) {
        self.job = Vec::new();
        self.overlong = true;
    }

    /// Takes the next piece of the stream and hands on the jobs that it ends.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Found)) {
        // In pieces, so that what lies behind a boundary is moved a few kilobytes, not the rest of a long stream.
        for piece in bytes.chunks(PIECE) {
            self.push_piece(piece, &mut each);
        }
    }

    fn push_piece(&mut self, bytes: &[u8], each: &mut impl FnMut(Found)) {
        let mut bounds: Vec<(u64, Ended)> = Vec::new();
        let (mut printed, mut content, mut cut) = (self.printed, self.content, self.cut);
        self.tokenizer.push_at(bytes, |token, began| {
            let prints =
                matches!(token, Token::Text(_) | Token::Raster { .. } | Token::Barcode { .. } | Token::Symbol { .. });
            let next = match token {
                Token::Init if content => Some(Ended::Init),
                _ if prints && cut => Some(Ended::Cut),
                _ => None,
            };
            if let Some(ended) = next {
                // After a cut, `ESC @` only says what the cut said.
                bounds.push((began, if cut { Ended::Cut } else { ended }));
                (printed, content, cut) = (false, false, false);
            }
            printed |= prints;
            cut |= token == Token::Cut && printed;
            content |= prints || matches!(token, Token::Cut | Token::DrawerPulse { .. });
        });
        (self.printed, self.content, self.cut) = (printed, content, cut);
        let piece_start = self.taken;
        self.taken += bytes.len() as u64;
        self.keep(bytes);
        for (at, ended) in bounds {
            self.split(at, ended, bytes, piece_start, each);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.overlong |= self.job.len() + bytes.len() > self.bound.saturating_mul(2).max(self.bound + bytes.len());
        if self.overlong {
            self.job = Vec::new();
        } else {
            self.job.extend_from_slice(bytes);
        }
    }

    /// Ends the job before the byte `at` of the stream.
    fn split(&mut self, at: u64, ended: Ended, piece: &[u8], piece_start: u64, each: &mut impl FnMut(Found)) {
        let length = at - self.start;
        let whole = !self.overlong && length as usize <= self.bound;
        let mut bytes = Vec::new();
        if self.overlong {
            // The next job lies in this piece, except for the first byte of a command that was cut in two.
            self.job = match usize::try_from(at.saturating_sub(piece_start)) {
                Ok(skip) if at >= piece_start => piece[skip.min(piece.len())..].to_vec(),
                _ => [&[0x1B], piece].concat(),
            };
            self.overlong = false;
        } else {
            // Collected anew: a job holds its own bytes, not the room of the whole buffer.
            bytes = self.job.drain(..(length as usize).min(self.job.len())).collect();
        }
        self.start = at;
        each(Found { bytes: if whole { bytes } else { Vec::new() }, length, ended });
    }

    /// The stream ended, or paused for long enough: what is open is a job.
    pub fn end(&mut self, ended: Ended) -> Option<Found> {
        let length = self.taken - self.start;
        let open = std::mem::take(&mut self.content);
        let whole = !self.overlong && length as usize <= self.bound;
        let mut bytes = std::mem::take(&mut self.job);
        bytes.shrink_to_fit();
        let ended = if self.cut { Ended::Cut } else { ended };
        self.tokenizer.reset();
        self.start = self.taken;
        (self.printed, self.cut, self.overlong) = (false, false, false);
        // Settings without anything printed are nobody's job.
        open.then(|| Found { bytes: if whole { bytes } else { Vec::new() }, length, ended })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SALE: &[u8] = b"\x1b@\x1bt\x10Shop\nTOTAL 1.00\n\x1dVB\x00\x1bp\x00\x19\xFA";
    const NO_SALE: &[u8] = b"\x1b@\x1bp\x00\x19\xFA";

    fn jobs(pieces: &[&[u8]], bound: usize) -> Vec<Found> {
        let mut splitter = Splitter::new(bound);
        let mut all = Vec::new();
        for piece in pieces {
            splitter.push(piece, |job| all.push(job));
        }
        all.extend(splitter.end(Ended::Closed));
        all
    }

    #[test]
    fn a_pulse_after_the_cut_belongs_to_the_sale_and_one_alone_is_its_own() {
        let stream = [SALE, NO_SALE, SALE].concat();
        let all = jobs(&[&stream], 1 << 20);
        let bytes: Vec<&[u8]> = all.iter().map(|job| job.bytes.as_slice()).collect();
        assert_eq!(bytes, [SALE, NO_SALE, SALE]);
        assert_eq!(all.iter().map(|job| job.ended).collect::<Vec<_>>(), [Ended::Cut, Ended::Init, Ended::Cut]);
    }

    #[test]
    fn a_till_that_never_resets_its_printer_is_split_at_cuts() {
        let one: &[u8] = b"Shop\nTOTAL 1.00\n\x1dV\x00";
        let all = jobs(&[&[one, b"\x1bd\x03", one].concat()], 1 << 20);
        assert_eq!(all.iter().map(|job| job.length).collect::<Vec<_>>(), [one.len() as u64 + 3, one.len() as u64]);
    }

    #[test]
    fn a_job_holds_no_more_memory_than_its_bytes() {
        let stream = SALE.repeat(20_000);
        let all = jobs(&[&stream], 1 << 20);
        assert_eq!(all.len(), 20_000);
        let held: usize = all.iter().map(|job| job.bytes.capacity()).sum();
        assert!(held <= stream.len() + 1_000, "{held}");
    }

    #[test]
    fn settings_alone_are_no_job_and_an_overlong_one_is_only_measured() {
        assert!(jobs(&[b"\x1b@\x1bt\x10"], 100).is_empty());
        let long = [b"\x1b@".as_slice(), &[b'x'; 5_000], b"\x1dV\x00"].concat();
        let stream = [long.as_slice(), SALE].concat();
        for size in [1, 3, 100, 10_000] {
            let pieces: Vec<&[u8]> = stream.chunks(size).collect();
            let all = jobs(&pieces, 100);
            assert_eq!((all.len(), all[0].length, all[0].bytes.len()), (2, long.len() as u64, 0), "{size}");
            assert_eq!(all[1].bytes, SALE, "{size}");
        }
    }

    proptest! {
        #[test]
        fn where_the_stream_is_cut_does_not_matter(kinds in prop::collection::vec(0_usize..3, 1..6), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10)) {
            let parts: [&[u8]; 3] = [SALE, NO_SALE, b"\x1b@text only\n"];
            let stream: Vec<u8> = kinds.iter().flat_map(|kind| parts[*kind].to_vec()).collect();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            at.sort_unstable();
            at.push(stream.len());
            let mut pieces = Vec::new();
            let mut from = 0;
            for to in at {
                pieces.push(&stream[from..to]);
                from = to;
            }
            let all = jobs(&pieces, 1 << 20);
            prop_assert_eq!(all.iter().flat_map(|job| job.bytes.clone()).collect::<Vec<u8>>(), stream);
            prop_assert_eq!(all.len(), kinds.len());
        }
    }
}
