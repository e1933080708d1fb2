//! A batch of records of one stream, as it lies on the device's disk and as it travels.
//!
//! ```text
//! magic "VYF2" | crc32c u32 | prev 16 | boot_id 16 | stream, clock << 4 u8 | epoch, first, count, raw_len, mono_ms,
//! wall_us - epoch, as postcard writes them | zstd(entries…) without zstd's magic
//!
//! magic "VYF1" | stream u8 | clock u8 | reserved u16 = 0 | epoch u64 | first u64 | count u32 | raw_len u32
//! | mono_ms u64 | wall_us i64 | boot_id 16 | prev 16 | crc32c u32 | zstd(postcard(records)…)        all little-endian
//! ```
//! Only the second version is written; the first is read for good, for it lies on disks. `crc32c` covers every byte but
//! its own four. `prev` is the [`Chain`] of the frame before, so that a frame that was taken out, changed or swapped shows.

mod body;
mod encoder;
mod header;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use vyavs_wire::record::{Record, Stream};

use crate::{Chain, Seq};

pub use encoder::{Encoded, Encoder};
pub use header::{Places, seal};

use header::Version;

/// Bytes a frame may have; what is larger is split before it is written.
pub const MAX_FRAME: usize = 64 * 1024;
/// Records a frame may hold.
pub const MAX_RECORDS: usize = 1024;
/// Bytes a frame's records may unpack to: what a hostile frame can make the hub allocate.
pub const MAX_RAW: usize = 1024 * 1024;

/// What every zstd frame begins with (RFC 8878 §3.1.1).
const ZSTD_MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// What a frame says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Which lane.
    pub stream: Stream,
    /// Of which buffer.
    pub epoch: u64,
    /// Number of the first record.
    pub first: Seq,
    /// How many records; at least 1.
    pub count: u32,
    /// The device's run.
    pub boot_id: [u8; 16],
    /// Monotonic ms since boot, when the batch was closed.
    pub mono_ms: u64,
    /// Wall clock then, µs; may be wrong.
    pub wall_us: i64,
    /// 0 synced, 1 holdover, 2 unset.
    pub clock: u8,
    /// Chain of the frame before; zeros for the first of an epoch.
    pub prev: Chain,
}

impl Header {
    /// Number of the last record.
    pub fn last(&self) -> Seq {
        self.first.saturating_add(u64::from(self.count)).saturating_sub(1)
    }
}

/// Bytes that are not a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Shorter than its header.
    #[error("{0} bytes are too few for a frame")]
    Short(usize),
    /// Longer than [`MAX_FRAME`].
    #[error("{0} bytes are over the frame limit of {MAX_FRAME}")]
    Long(usize),
    /// Not ours, or of another version.
    #[error("not a frame of this version")]
    Magic,
    /// The checksum does not match.
    #[error("checksum mismatch: the frame is damaged")]
    Checksum,
    /// The header says what it may not.
    #[error("{field} of the header is out of range")]
    Header {
        /// Which field.
        field: &'static str,
    },
    /// The body does not unpack to what the header says.
    #[error("the body does not unpack")]
    Unpack(#[source] std::io::Error),
    /// The body unpacks, but not to `count` records this version knows.
    #[error("record {index} of the frame cannot be read")]
    Record {
        /// Which, from 0.
        index: usize,
        /// Why.
        #[source]
        source: postcard::Error,
    },
    /// A line that goes on with a receipt that is not there, or says what no line can.
    #[error("record {0} of the frame goes on with no receipt, or is out of range")]
    Line(usize),
    /// Bytes after the last record.
    #[error("{0} bytes after the last record")]
    Trailing(usize),
    /// A record that belongs to another stream.
    #[error("record {0} of the frame belongs to another stream")]
    Stream(usize),
    /// One record alone does not fit.
    #[error("a record of {0} bytes does not fit in a frame")]
    RecordTooLarge(usize),
}

/// A frame whose checksum holds.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What it says about itself.
    pub header: Header,
    /// Head of the chain after it.
    pub chain: Chain,
    version: Version,
    raw_len: usize,
    body: &'a [u8],
}

/// The chain after a frame, whatever it holds.
pub fn chain_of(frame: &[u8]) -> Chain {
    blake3::hash(frame).as_bytes()[..16].try_into().expect("a hash has 32 bytes")
}

/// What bytes that may be damaged say about themselves: a hint, for nothing but the ranges is checked.
pub fn claimed(bytes: &[u8]) -> Option<Header> {
    header::read(bytes).ok().map(|read| read.header)
}

/// Where in a frame its packed records begin.
pub fn body_at(bytes: &[u8]) -> Result<usize, FrameError> {
    header::read(bytes).map(|read| read.body_at)
}

impl<'a> Frame<'a> {
    /// Reads the header and checks the checksum; the records are unpacked by [`Frame::records`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        if bytes.len() > MAX_FRAME {
            return Err(FrameError::Long(bytes.len()));
        }
        let places = Places::of(bytes).ok_or(FrameError::Short(bytes.len()))?;
        header::version(bytes).ok_or(FrameError::Magic)?;
        if places.checksum(bytes) != bytes[places.crc.clone()] {
            return Err(FrameError::Checksum);
        }
        let header::Read { version, header, raw_len, body_at } = header::read(bytes)?;
        Ok(Self { header, chain: chain_of(bytes), version, raw_len, body: &bytes[body_at..] })
    }

    /// Unpacks the records; allocates a bounded amount whatever the frame claims.
    pub fn records(&self) -> Result<Vec<Record>, FrameError> {
        let body = match self.version {
            Version::First => Cow::Borrowed(self.body),
            Version::Second => Cow::Owned([&ZSTD_MAGIC, self.body].concat()),
        };
        let raw = zstd::bulk::decompress(&body, self.raw_len).map_err(FrameError::Unpack)?;
        let mut rest = raw.as_slice();
        let mut records: Vec<Record> = Vec::with_capacity(self.header.count as usize);
        for index in 0..self.header.count as usize {
            let (record, after) = body::read(self.version, rest, index, records.last())?;
            if record.stream() != self.header.stream {
                return Err(FrameError::Stream(index));
            }
            records.push(record);
            rest = after;
        }
        if rest.is_empty() { Ok(records) } else { Err(FrameError::Trailing(rest.len())) }
    }
}
