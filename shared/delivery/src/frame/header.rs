//! What stands before the records, in both versions.
//!
//! The second says the same in 20 bytes less: a small sale is mostly header, and goes over a paid line.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use vyavs_wire::record::Stream;

use super::{FrameError, Header, MAX_RAW, MAX_RECORDS};

const FIRST: &[u8; 4] = b"VYF1";
const SECOND: &[u8; 4] = b"VYF2";
/// Bytes of a header of the first version.
const FIRST_LEN: usize = 84;
/// Bytes of a header of the second version before its numbers.
const SECOND_FIXED: usize = 41;

/// How the records of a frame are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    First,
    Second,
}

/// Where in a frame lies what follows from the rest of it, or from the frame before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// [`Header::prev`].
    pub prev: Range<usize>,
    /// The checksum, of every byte but these.
    pub crc: Range<usize>,
}

impl Places {
    /// `None` when there are too few bytes for them. What has another magic is looked at as the first version.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match version(bytes) {
            Some(Version::Second) => (bytes.len() >= SECOND_FIXED).then_some(Self { prev: 8..24, crc: 4..8 }),
            _ => (bytes.len() >= FIRST_LEN).then_some(Self { prev: 64..80, crc: 80..84 }),
        }
    }

    /// What the checksum of these bytes should be, as it is written.
    pub fn checksum(&self, bytes: &[u8]) -> [u8; 4] {
        crc32c::crc32c_append(crc32c::crc32c(&bytes[..self.crc.start]), &bytes[self.crc.end..]).to_le_bytes()
    }
}

pub(super) fn version(bytes: &[u8]) -> Option<Version> {
    match bytes.first_chunk()? {
        FIRST => Some(Version::First),
        SECOND => Some(Version::Second),
        _ => None,
    }
}

/// The numbers of the second version, as postcard writes them: seven bits a byte.
#[derive(Serialize, Deserialize)]
struct Numbers {
    epoch: u64,
    first: u64,
    count: u32,
    raw_len: u32,
    mono_ms: u64,
    /// The wall clock since the epoch, which is the time a buffer was made: short unless a clock is far off.
    wall_since_epoch_us: i64,
}

/// A header, how long its records are unpacked, and where they begin.
pub(super) struct Read {
    pub(super) version: Version,
    pub(super) header: Header,
    pub(super) raw_len: usize,
    pub(super) body_at: usize,
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the header's length was checked")
}

/// Reads a header; its checksum is the caller's business.
pub(super) fn read(bytes: &[u8]) -> Result<Read, FrameError> {
    let version = version(bytes).ok_or(FrameError::Magic)?;
    let wrong = |field| FrameError::Header { field };
    let stream = |number| Stream::from_number(number).ok_or(wrong("stream"));
    let (header, raw_len, body_at) = match version {
        Version::First if bytes.len() < FIRST_LEN => return Err(FrameError::Short(bytes.len())),
        Version::Second if bytes.len() < SECOND_FIXED => return Err(FrameError::Short(bytes.len())),
        Version::First => {
            let header = Header {
                stream: stream(bytes[4])?,
                clock: bytes[5],
                epoch: u64::from_le_bytes(array(bytes, 8)),
                first: u64::from_le_bytes(array(bytes, 16)),
                count: u32::from_le_bytes(array(bytes, 24)),
                mono_ms: u64::from_le_bytes(array(bytes, 32)),
                wall_us: i64::from_le_bytes(array(bytes, 40)),
                boot_id: array(bytes, 48),
                prev: array(bytes, 64),
            };
            (header, u32::from_le_bytes(array(bytes, 28)), FIRST_LEN)
        }
        Version::Second => {
            let kind = bytes[40];
            let (numbers, body) = postcard::take_from_bytes::<Numbers>(&bytes[SECOND_FIXED..])
                .map_err(|_| wrong("one of the numbers"))?;
            let Numbers { epoch, first, count, raw_len, mono_ms, wall_since_epoch_us } = numbers;
            let header = Header {
                stream: stream(kind & 0x0F)?,
                clock: kind >> 4,
                epoch,
                first,
                count,
                mono_ms,
                wall_us: wall_since_epoch_us.wrapping_add_unsigned(epoch),
                boot_id: array(bytes, 24),
                prev: array(bytes, 8),
            };
            (header, raw_len, bytes.len() - body.len())
        }
    };
    check(&header, raw_len)?;
    Ok(Read { version, header, raw_len: raw_len as usize, body_at })
}

fn check(header: &Header, raw_len: u32) -> Result<(), FrameError> {
    let field = match header {
        Header { clock: 3.., .. } => "clock",
        Header { count, .. } if *count == 0 || *count as usize > MAX_RECORDS => "count",
        Header { epoch, .. } if *epoch == 0 || *epoch > i64::MAX as u64 => "epoch",
        // The hub's database counts in 63 bits.
        Header { first, count, .. }
            if *first == 0 || first.checked_add(u64::from(*count)).is_none_or(|end| end > i64::MAX as u64) =>
        {
            "first"
        }
        _ if raw_len as usize > MAX_RAW => "raw_len",
        _ => return Ok(()),
    };
    Err(FrameError::Header { field })
}

/// A frame of the second version, checksum and all.
pub(super) fn write(header: &Header, raw_len: usize, body: &[u8]) -> Vec<u8> {
    let Header { stream, epoch, first, count, boot_id, mono_ms, wall_us, clock, prev } = *header;
    let mut bytes = Vec::with_capacity(SECOND_FIXED + 32 + body.len());
    bytes.extend_from_slice(SECOND);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&prev);
    bytes.extend_from_slice(&boot_id);
    bytes.push(stream.number() | clock << 4);
    let wall_since_epoch_us = wall_us.wrapping_sub_unsigned(epoch);
    let numbers = Numbers { epoch, first, count, raw_len: raw_len as u32, mono_ms, wall_since_epoch_us };
    let mut bytes = postcard::to_extend(&numbers, bytes).expect("a vector takes any length");
    bytes.extend_from_slice(body);
    seal(&mut bytes);
    bytes
}

/// Makes the checksum right again, after bytes were changed on purpose.
pub fn seal(frame: &mut [u8]) {
    if let Some(places) = Places::of(frame) {
        let crc = places.checksum(frame);
        frame[places.crc].copy_from_slice(&crc);
    }
}
