//! ESC/POS, what a till sends its printer: bytes in, tokens out, whatever the pieces they arrive in.
//!
//! A state machine over the length table of the Epson ESC/POS command reference, with the vendors' obsolete
//! commands ([`table`]). It never fails: a byte that belongs to no command is counted and skipped. Memory is bounded by
//! the longest bar code; pictures are measured, not kept. Real-time commands are seen inside pictures too, and their
//! bytes stay part of the picture, as printers do it.

pub mod codepage;
pub mod jobs;
pub mod printout;
pub mod profile;
mod table;
#[cfg(test)]
mod tests;

use table::{Payload, Step, measure};

/// Longest bar code or symbol text handed on; what is beyond is skipped.
const MAX_DATA: usize = 4_096;
/// Longest fixed part of a command.
const MAX_HEAD: usize = 16;

/// One thing a print stream says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Characters in the current code page; a run may arrive as several tokens.
    Text(&'a [u8]),
    /// End of a line.
    LineFeed,
    /// Carriage return.
    Return,
    /// To the next tab stop.
    Tab,
    /// Paper moves by command: the line ends if there is one.
    Feed,
    /// Everything as at power-on: a job starts.
    Init,
    /// `ESC t n`.
    CodePage(u8),
    /// From here on text is UTF-8, or again bytes of a code page (`FS ( C`, function 48).
    Utf8(bool),
    /// `ESC $`: to so many dots from the left, mostly to bring an amount to its column.
    MoveTo(u16),
    /// `ESC \`: so many dots on, or back.
    MoveBy(i16),
    /// `ESC D`: columns of the tab stops.
    TabStops(&'a [u8]),
    /// `ESC R n`: national forms of twelve ASCII characters.
    International(u8),
    /// The paper is cut: a job ends.
    Cut,
    /// The drawer opens.
    DrawerPulse {
        /// Sent past the buffer (`DLE DC4`), perhaps in the middle of a picture.
        realtime: bool,
    },
    /// A picture, of that many bytes; 0 for one that the printer keeps.
    Raster {
        /// Length of its data.
        bytes: u64,
    },
    /// A bar code.
    Barcode {
        /// Its system, `m` of `GS k`.
        system: u8,
        /// What it says, at most 4 KiB.
        data: &'a [u8],
    },
    /// A two-dimensional symbol's text (QR, PDF417, …).
    Symbol {
        /// Its kind, `cn` of `GS ( k`.
        kind: u8,
        /// What it says, at most 4 KiB.
        data: &'a [u8],
    },
    /// A real-time request such as a status query; (second byte, n).
    Realtime(u8, u8),
    /// A known command that changes only how things look.
    Command,
    /// Bytes that belong to no known command.
    Unknown(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ground,
    Head,
    /// So many bytes of a payload are still to come.
    Bulk(u64),
    /// A payload that a NUL ends.
    UntilNul,
    /// `ESC &`: per character one width byte, then width × height bytes.
    Glyphs {
        height: u8,
        left: u16,
        skip: u32,
    },
    /// `FS q`: per picture four bytes of size, then its data.
    Pictures {
        left: u8,
        size: [u8; 4],
        have: u8,
        skip: u64,
        total: u64,
    },
}

/// The tokenizer of one stream; feed it pieces of any size.
#[derive(Debug)]
pub struct Tokenizer {
    state: State,
    head: [u8; MAX_HEAD],
    filled: usize,
    payload: Payload,
    length: u64,
    data: Vec<u8>,
    /// The start of a real-time command inside a payload.
    inner: [u8; 5],
    inner_filled: usize,
    unknown: u64,
    /// Bytes read so far, and where the token that is being read began.
    at: u64,
    began: u64,
}

impl Default for Tokenizer {
    fn default() -> Self {
        Self {
            state: State::Ground,
            head: [0; MAX_HEAD],
            filled: 0,
            payload: Payload::Skip,
            length: 0,
            data: Vec::new(),
            inner: [0; 5],
            inner_filled: 0,
            unknown: 0,
            at: 0,
            began: 0,
        }
    }
}

/// Any bytes as a print stream, in pieces whose size the first byte says: for fuzzing. Tokens, jobs and paper agree on
/// how much there was.
pub fn read_any(bytes: &[u8]) {
    let (size, stream) = bytes.split_first().map_or((1, bytes), |(first, rest)| (usize::from(*first).max(1), rest));
    let mut splitter = jobs::Splitter::new(stream.len());
    let mut found = Vec::new();
    stream.chunks(size).for_each(|piece| splitter.push(piece, |job| found.push(job)));
    found.extend(splitter.end(jobs::Ended::Closed));
    assert!(found.iter().map(|job| job.length).sum::<u64>() <= stream.len() as u64, "jobs hold what came");
    let profiles: Vec<_> = profile::Profile::names().filter_map(profile::Profile::built_in).collect();
    for job in &found {
        let _ = printout::Printout::read(&job.bytes, &profiles[size % profiles.len()]);
    }
}

impl Tokenizer {
    /// Bytes so far that belong to no known command.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Whether the last token is whole: no command is half read.
    pub fn is_between(&self) -> bool {
        self.state == State::Ground
    }

    /// Forgets a half-read command: the stream was cut here.
    pub fn reset(&mut self) {
        let (unknown, at) = (self.unknown, self.at);
        *self = Self { unknown, at, began: at, ..Self::default() };
    }

    /// Reads the next piece and calls `each` for every token in it.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Token<'_>)) {
        self.push_at(bytes, |token, _| each(token));
    }

    /// The same, with the place in the stream (bytes since the first piece) where each token began.
    pub fn push_at(&mut self, bytes: &[u8], mut each: impl FnMut(Token<'_>, u64)) {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            if self.state == State::Ground {
                self.began = self.at;
            }
            let began = self.began;
            let mut each = |token: Token<'_>| each(token, began);
            let used = match self.state {
                State::Ground => self.ground(rest, &mut each),
                State::Head => {
                    self.head_byte(byte, &mut each);
                    1
                }
                State::Bulk(left) => {
                    let take = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    self.swallow(&rest[..take], &mut each);
                    self.state = State::Bulk(left - take as u64);
                    if left == take as u64 {
                        self.payload_ends(&mut each);
                    }
                    take
                }
                State::UntilNul => {
                    let end = rest.iter().position(|b| *b == 0);
                    self.swallow(&rest[..end.unwrap_or(rest.len())], &mut each);
                    if end.is_some() {
                        self.payload_ends(&mut each);
                    }
                    end.map_or(rest.len(), |at| at + 1)
                }
                State::Glyphs { height, left, skip } => self.glyphs(rest, (height, left, skip), &mut each),
                State::Pictures { left, size, have, skip, total } => {
                    self.pictures(rest, (left, size, have, skip, total), &mut each)
                }
            };
            self.at += used as u64;
            rest = &rest[used..];
        }
    }

    fn ground(&mut self, rest: &[u8], each: &mut impl FnMut(Token<'_>)) -> usize {
        let text = rest.iter().position(|b| *b < 0x20).unwrap_or(rest.len());
        if text > 0 {
            each(Token::Text(&rest[..text]));
            return text;
        }
        match rest[0] {
            b'\n' => each(Token::LineFeed),
            b'\r' => each(Token::Return),
            b'\t' => each(Token::Tab),
            0x0C => each(Token::Feed),
            // NUL is padding; CAN clears what page mode holds.
            0x00 | 0x18 => each(Token::Command),
            0x10 | 0x1B | 0x1C | 0x1D => {
                self.head[0] = rest[0];
                self.filled = 1;
                self.state = State::Head;
            }
            _ => self.stray(1, each),
        }
        1
    }

    fn head_byte(&mut self, byte: u8, each: &mut impl FnMut(Token<'_>)) {
        self.head[self.filled] = byte;
        self.filled += 1;
        self.state = State::Ground;
        match measure(&self.head[..self.filled]) {
            Step::More if self.filled < MAX_HEAD => self.state = State::Head,
            Step::More => self.stray(MAX_HEAD as u8, each),
            Step::Whole(token) => each(token),
            Step::Bulk(length, payload) => {
                self.begin(payload, length);
                self.state = State::Bulk(length);
                if length == 0 {
                    self.payload_ends(each);
                }
            }
            Step::UntilNul(payload) => {
                self.begin(payload, 0);
                self.state = State::UntilNul;
            }
            Step::Glyphs(height, left) if left > 0 => self.state = State::Glyphs { height, left, skip: 0 },
            Step::Pictures(left) if left > 0 => {
                self.state = State::Pictures { left, size: [0; 4], have: 0, skip: 0, total: 0 };
            }
            Step::Glyphs(..) | Step::Pictures(_) => each(Token::Command),
            Step::Unknown => {
                // A control code after the escape begins something of its own.
                if self.filled == 2 && byte < 0x20 {
                    self.stray(1, each);
                    self.ground(&[byte], each);
                } else {
                    self.stray(self.filled as u8, each);
                }
            }
        }
    }

    fn stray(&mut self, count: u8, each: &mut impl FnMut(Token<'_>)) {
        self.unknown += u64::from(count);
        each(Token::Unknown(count));
    }

    fn begin(&mut self, payload: Payload, length: u64) {
        self.payload = payload;
        self.length = length;
        self.data.clear();
        self.inner_filled = 0;
    }

    /// A piece of a payload.
    fn swallow(&mut self, piece: &[u8], each: &mut impl FnMut(Token<'_>)) {
        if !matches!(self.payload, Payload::Skip | Payload::Raster) {
            let room = MAX_DATA - self.data.len();
            self.data.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        let mut rest = piece;
        while !rest.is_empty() {
            if self.inner_filled == 0 {
                let Some(at) = rest.iter().position(|b| *b == 0x10) else { return };
                rest = &rest[at..];
            }
            self.inner_byte(rest[0], each);
            rest = &rest[1..];
        }
    }

    /// Looks for a real-time command inside a payload; narrow, for any picture may hold these bytes by chance.
    fn inner_byte(&mut self, byte: u8, each: &mut impl FnMut(Token<'_>)) {
        self.inner[self.inner_filled] = byte;
        self.inner_filled += 1;
        match &self.inner[..self.inner_filled] {
            [0x10] | [0x10, 0x04 | 0x05 | 0x14] | [0x10, 0x14, 0x01] | [0x10, 0x14, 0x01, 0 | 1] => return,
            [0x10, kind @ (0x04 | 0x05), n @ 1..=8] => each(Token::Realtime(*kind, *n)),
            [0x10, 0x14, 0x01, 0 | 1, 1..=8] => each(Token::DrawerPulse { realtime: true }),
            _ => {}
        }
        self.inner_filled = 0;
        if byte == 0x10 {
            self.inner[0] = byte;
            self.inner_filled = 1;
        }
    }

    fn payload_ends(&mut self, each: &mut impl FnMut(Token<'_>)) {
        self.state = State::Ground;
        match self.payload {
            Payload::Skip => each(Token::Command),
            Payload::Raster => each(Token::Raster { bytes: self.length }),
            Payload::Barcode(system) => each(Token::Barcode { system, data: &self.data }),
            Payload::Tabs => each(Token::TabStops(&self.data)),
            Payload::Encoding => match self.data.as_slice() {
                [48, system @ (1 | 49 | 2 | 50)] => each(Token::Utf8(matches!(system, 2 | 50))),
                _ => each(Token::Command),
            },
            // `cn fn m d…`: function 80 stores the text, the others say how it looks.
            Payload::Symbol => match self.data.as_slice() {
                [kind, 80, _, data @ ..] => each(Token::Symbol { kind: *kind, data }),
                _ => each(Token::Command),
            },
        }
    }

    fn glyphs(&mut self, rest: &[u8], now: (u8, u16, u32), each: &mut impl FnMut(Token<'_>)) -> usize {
        let (height, mut left, mut skip) = now;
        let used = if skip == 0 {
            skip = u32::from(rest[0]) * u32::from(height);
            1
        } else {
            let take = (skip as usize).min(rest.len());
            skip -= take as u32;
            take
        };
        left -= u16::from(skip == 0);
        self.state = State::Glyphs { height, left, skip };
        if left == 0 {
            self.state = State::Ground;
            each(Token::Command);
        }
        used
    }

    fn pictures(
        &mut self,
        rest: &[u8],
        (mut left, mut size, mut have, mut skip, mut total): (u8, [u8; 4], u8, u64, u64),
        each: &mut impl FnMut(Token<'_>),
    ) -> usize {
        let used = if have < 4 {
            size[usize::from(have)] = rest[0];
            have += 1;
            if have == 4 {
                let side = |low: u8, high: u8| u64::from(u16::from_le_bytes([low, high]));
                skip = side(size[0], size[1]) * side(size[2], size[3]) * 8;
                total += skip;
            }
            1
        } else {
            let take = usize::try_from(skip).unwrap_or(usize::MAX).min(rest.len());
            skip -= take as u64;
            take
        };
        if have == 4 && skip == 0 {
            (left, have) = (left - 1, 0);
        }
        self.state = State::Pictures { left, size, have, skip, total };
        if left == 0 {
            // Stored for later, not printed.
            self.state = State::Ground;
            each(Token::Command);
        }
        used
    }
}
