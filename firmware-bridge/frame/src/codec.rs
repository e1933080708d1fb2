//! Frames: bytes on a serial line into messages, and back.

use crc::{CRC_32_ISCSI, Crc, NoTable};
use serde::Serialize;

use crate::message::{Envelope, Message, TAGS};

/// Longest frame, its 00 included.
pub const MAX_FRAME: usize = 512;
/// Longest body: a frame less its 00, what COBS adds (at most one byte in 254, begun) and the checksum.
pub const MAX_PAYLOAD: usize = 504;
const CRC_BYTES: usize = 4;

// Without a table: a kilobyte of flash is much on a small board, and its line is slow.
static CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISCSI);

/// Why bytes between two 00 are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// No 00 within [`MAX_FRAME`] bytes.
    TooLong,
    /// Fewer bytes than a checksum and a message have.
    TooShort,
    /// Not COBS.
    Cobs,
    /// The checksum is of other bytes.
    Crc,
    /// Whole, and yet not what its tag promises: of another version.
    Content {
        /// The conversation it was meant for.
        session: u32,
        /// The tag.
        tag: u32,
    },
}

impl core::fmt::Display for FrameError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TooLong => write!(f, "no end of a frame within {MAX_FRAME} bytes"),
            Self::TooShort => f.write_str("a frame too short for a message and its checksum"),
            Self::Cobs => f.write_str("a frame that is not COBS"),
            Self::Crc => f.write_str("a frame whose CRC-32C is wrong"),
            Self::Content { tag, .. } => write!(f, "a message with tag {tag} that does not read as one"),
        }
    }
}

impl core::error::Error for FrameError {}

/// A message that does not fit into a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooBig;

impl core::fmt::Display for TooBig {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "a message of more than {MAX_PAYLOAD} bytes")
    }
}

impl core::error::Error for TooBig {}

/// Writes a frame into `out`; the slice is the frame, its 00 included.
pub fn encode<'o>(envelope: &Envelope<'_>, out: &'o mut [u8; MAX_FRAME]) -> Result<&'o [u8], TooBig> {
    frame(envelope, out)
}

/// Any body as a frame: what [`encode`] does, and how a test says what no version says.
pub fn frame<'o>(body: &impl Serialize, out: &'o mut [u8; MAX_FRAME]) -> Result<&'o [u8], TooBig> {
    let mut raw = [0; MAX_PAYLOAD + CRC_BYTES];
    let len = postcard::to_slice(body, &mut raw[..MAX_PAYLOAD]).map_err(|_| TooBig)?.len();
    Ok(seal(raw, len, out))
}

/// Bytes as the body of a frame.
pub fn frame_bytes<'o>(payload: &[u8], out: &'o mut [u8; MAX_FRAME]) -> Result<&'o [u8], TooBig> {
    let mut raw = [0; MAX_PAYLOAD + CRC_BYTES];
    if payload.len() > MAX_PAYLOAD {
        return Err(TooBig);
    }
    raw[..payload.len()].copy_from_slice(payload);
    Ok(seal(raw, payload.len(), out))
}

fn seal(mut raw: [u8; MAX_PAYLOAD + CRC_BYTES], len: usize, out: &mut [u8; MAX_FRAME]) -> &[u8] {
    let checksum = CRC.checksum(&raw[..len]);
    raw[len..len + CRC_BYTES].copy_from_slice(&checksum.to_le_bytes());
    // 508 bytes become at most 510, and the 00.
    let end = cobs::encode(&raw[..len + CRC_BYTES], out);
    out[end] = 0;
    &out[..=end]
}

/// What was heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming<'a> {
    /// A message.
    Known(Envelope<'a>),
    /// A message of a newer version; answered with `Unsupported`.
    Unknown {
        /// The conversation it belongs to.
        session: u32,
        /// Its tag.
        tag: u32,
    },
}

/// Reads the body of a frame, its checksum taken off.
pub fn decode_payload(payload: &[u8]) -> Result<Incoming<'_>, FrameError> {
    let (session, message): (u32, _) = postcard::take_from_bytes(payload).map_err(|_| FrameError::TooShort)?;
    let (tag, _): (u32, _) = postcard::take_from_bytes(message).map_err(|_| FrameError::TooShort)?;
    if tag >= TAGS {
        return Ok(Incoming::Unknown { session, tag });
    }
    match postcard::take_from_bytes::<Message<'_>>(message) {
        Ok((message, [])) if is_sound(&message) => Ok(Incoming::Known(Envelope { session, message })),
        _ => Err(FrameError::Content { session, tag }),
    }
}

/// What the types do not say.
fn is_sound(message: &Message<'_>) -> bool {
    match message {
        Message::ReadingBatch(batch) => batch.samples.are_whole() && batch.seq > 0,
        Message::Event(event) => event.payload.len() <= crate::message::MAX_EVENT,
        Message::Command(command) => command.args.len() <= crate::message::MAX_ARGS,
        Message::CommandResult(result) => result.data.len() <= crate::message::MAX_ARGS,
        Message::OtaChunk(chunk) => chunk.data.len() <= crate::message::MAX_CHUNK,
        _ => true,
    }
}

/// Finds messages in bytes that come in whatever pieces; holds one frame at most.
#[derive(Clone, Debug)]
pub struct Decoder {
    bytes: [u8; MAX_FRAME],
    len: usize,
    /// More came than fits; nothing is believed before the next 00.
    over: bool,
    /// The frame in `bytes` was handed out.
    done: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { bytes: [0; MAX_FRAME], len: 0, over: false, done: false }
    }
}

impl Decoder {
    /// Takes from the front of `input` up to the end of the next frame; `None` when `input` is used up.
    pub fn next<'d>(&'d mut self, input: &mut &[u8]) -> Option<Result<Incoming<'d>, FrameError>> {
        if core::mem::take(&mut self.done) {
            self.len = 0;
        }
        loop {
            let (byte, rest) = input.split_first()?;
            *input = rest;
            if *byte != 0 {
                match self.bytes.get_mut(self.len) {
                    Some(at) if self.len < MAX_FRAME - 1 => {
                        *at = *byte;
                        self.len += 1;
                    }
                    _ => self.over = true,
                }
            } else if core::mem::take(&mut self.over) {
                self.len = 0;
                return Some(Err(FrameError::TooLong));
            } else if self.len > 0 {
                // Two 00 in a row are no frame: one may come first, to end what was left on the line.
                self.done = true;
                return Some(open(&mut self.bytes[..self.len]));
            }
        }
    }

    /// Bytes of a frame that has not ended.
    pub fn pending(&self) -> usize {
        if self.done { 0 } else { self.len }
    }

    /// Forgets the frame that has not ended: the line was opened anew.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

fn open(frame: &mut [u8]) -> Result<Incoming<'_>, FrameError> {
    let len = cobs::decode_in_place(frame).map_err(|_| FrameError::Cobs)?;
    let (payload, checksum) =
        frame.get(..len).and_then(<[u8]>::split_last_chunk::<CRC_BYTES>).ok_or(FrameError::TooShort)?;
    if CRC.checksum(payload) != u32::from_le_bytes(*checksum) {
        return Err(FrameError::Crc);
    }
    decode_payload(payload)
}

/// Reads any bytes as a line and as a body: `(messages, errors)` of the line. The entry for a fuzzer.
pub fn read_any(bytes: &[u8]) -> (u32, u32) {
    let _ = decode_payload(bytes);
    let (mut decoder, mut input, mut heard, mut wrong) = (Decoder::default(), bytes, 0, 0);
    while let Some(frame) = decoder.next(&mut input) {
        match frame {
            Ok(_) => heard += 1,
            Err(_) => wrong += 1,
        }
    }
    (heard, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Ping, Pong};
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn checksum_and_stuffing_are_the_published_ones() {
        assert_eq!(CRC.checksum(b"123456789"), 0xE306_9283);
        let mut out = [0; 8];
        let len = cobs::encode(&[0x11, 0x22, 0x00, 0x33], &mut out);
        assert_eq!(out[..len], [0x03, 0x11, 0x22, 0x02, 0x33]);
    }

    #[test]
    fn the_longest_body_fits_into_the_longest_frame() {
        let mut out = [0; MAX_FRAME];
        for fill in [0x00, 0x55, 0xFF] {
            let len = frame_bytes(&[fill; MAX_PAYLOAD], &mut out).expect("fits").len();
            assert!((509..=512).contains(&len), "{len}");
        }
        assert_eq!(frame_bytes(&[1; MAX_PAYLOAD + 1], &mut out), Err(TooBig));
    }

    fn ping(nonce: u32) -> Vec<u8> {
        let mut out = [0; MAX_FRAME];
        encode(&Envelope { session: 7, message: Message::Ping(Ping { nonce }) }, &mut out).expect("fits").to_vec()
    }

    fn nonces(line: &[u8], chunk: usize) -> Vec<u32> {
        let mut decoder = Decoder::default();
        let mut heard = Vec::new();
        for mut piece in line.chunks(chunk.max(1)) {
            while let Some(frame) = decoder.next(&mut piece) {
                if let Ok(Incoming::Known(Envelope { message: Message::Ping(Ping { nonce }), .. })) = frame {
                    heard.push(nonce);
                }
            }
        }
        heard
    }

    #[test]
    fn a_tag_of_tomorrow_is_named_and_a_known_one_with_more_behind_it_too() {
        assert_eq!(decode_payload(&[7, 20, 1, 2, 3]), Ok(Incoming::Unknown { session: 7, tag: 20 }));
        assert_eq!(decode_payload(&[7, 0xFF, 0x01]), Ok(Incoming::Unknown { session: 7, tag: 255 }));
        assert_eq!(decode_payload(&[7, 18, 5]), {
            let message = Message::Pong(Pong { nonce: 5 });
            Ok(Incoming::Known(Envelope { session: 7, message }))
        });
        assert_eq!(decode_payload(&[7, 18, 5, 0]), Err(FrameError::Content { session: 7, tag: 18 }));
        assert_eq!(decode_payload(&[]), Err(FrameError::TooShort));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
            read_any(&bytes);
        }

        #[test]
        fn pieces_make_no_difference(
            noise in proptest::collection::vec(any::<u8>(), 0..700), chunk in 1usize..80, count in 1u32..20,
        ) {
            let mut line = noise;
            line.push(0);
            for nonce in 0..count {
                line.extend(ping(nonce));
            }
            let whole = nonces(&line, usize::MAX);
            prop_assert_eq!(&whole[whole.len() - count as usize..], (0..count).collect::<Vec<_>>());
            prop_assert_eq!(nonces(&line, chunk), whole);
        }

        /// One byte spoilt costs the frame it stands in, and the next one only where it was the 00 between them.
        #[test]
        fn a_spoilt_byte_costs_one_frame(at in any::<prop::sample::Index>(), flip in 1u8..) {
            let frames: Vec<Vec<u8>> = (100..110).map(ping).collect();
            let mut line = frames.concat();
            let at = at.index(line.len());
            let (mut end, mut hit) = (0, 0);
            for (number, frame) in frames.iter().enumerate() {
                if (end..end + frame.len()).contains(&at) {
                    hit = number as u32;
                }
                end += frame.len();
            }
            let was_end = line[at] == 0;
            line[at] ^= flip;
            let heard = nonces(&line, usize::MAX);
            let want: Vec<u32> =
                (0..10).filter(|n| *n != hit && !(was_end && *n == hit + 1)).map(|n| n + 100).collect();
            prop_assert_eq!(heard, want);
        }

        /// A flip can also move a zero, or the end of the frame: the checksum covers what comes out of that.
        #[test]
        fn a_flipped_bit_is_never_another_message(nonce in any::<u32>(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mut line = ping(nonce);
            let at = at.index(line.len());
            line[at] ^= 1 << bit;
            line.push(0);
            prop_assert_eq!(nonces(&line, usize::MAX), Vec::<u32>::new());
        }
    }
}
