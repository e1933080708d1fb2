//! A batch of records of one stream, as it lies on the device's disk and as it travels.
//!
//! ```text
//! magic "VYF1" | stream u8 | clock u8 | reserved u16 = 0 | epoch u64 | first u64 | count u32 | raw_len u32
//! | mono_ms u64 | wall_us i64 | boot_id 16 | prev 16 | crc32c u32 | zstd(postcard(records)…)        all little-endian
//! ```
//! `crc32c` covers every byte but its own four. `prev` is the [`Chain`] of the frame before, so that a frame that was
//! taken out, changed or swapped shows.

use serde::{Deserialize, Serialize};
use vyavs_wire::record::{Record, Stream};

use crate::{Chain, Seq};

/// Bytes a frame may have; what is larger is split before it is written.
pub const MAX_FRAME: usize = 64 * 1024;
/// Records a frame may hold.
pub const MAX_RECORDS: usize = 1024;
/// Bytes a frame's records may unpack to: what a hostile frame can make the hub allocate.
pub const MAX_RAW: usize = 1024 * 1024;
/// Bytes before the body.
pub const HEADER: usize = 84;

const MAGIC: &[u8; 4] = b"VYF1";
const CRC_AT: usize = HEADER - 4;

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
    raw_len: usize,
    body: &'a [u8],
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the header's length was checked")
}

fn checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&bytes[..CRC_AT]), &bytes[HEADER..])
}

/// The chain after a frame, whatever it holds.
pub fn chain_of(frame: &[u8]) -> Chain {
    blake3::hash(frame).as_bytes()[..16].try_into().expect("a hash has 32 bytes")
}

impl<'a> Frame<'a> {
    /// Reads the header and checks the checksum; the records are unpacked by [`Frame::records`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        if bytes.len() > MAX_FRAME {
            return Err(FrameError::Long(bytes.len()));
        }
        if bytes.len() < HEADER {
            return Err(FrameError::Short(bytes.len()));
        }
        if &bytes[..4] != MAGIC {
            return Err(FrameError::Magic);
        }
        if checksum(bytes) != u32::from_le_bytes(array(bytes, CRC_AT)) {
            return Err(FrameError::Checksum);
        }
        let wrong = |field| FrameError::Header { field };
        let header = Header {
            stream: Stream::from_number(bytes[4]).ok_or(wrong("stream"))?,
            clock: bytes[5],
            epoch: u64::from_le_bytes(array(bytes, 8)),
            first: u64::from_le_bytes(array(bytes, 16)),
            count: u32::from_le_bytes(array(bytes, 24)),
            mono_ms: u64::from_le_bytes(array(bytes, 32)),
            wall_us: i64::from_le_bytes(array(bytes, 40)),
            boot_id: array(bytes, 48),
            prev: array(bytes, 64),
        };
        let raw_len = u32::from_le_bytes(array(bytes, 28)) as usize;
        if header.clock > 2 {
            return Err(wrong("clock"));
        }
        if header.count == 0 || header.count as usize > MAX_RECORDS {
            return Err(wrong("count"));
        }
        if header.epoch == 0 || header.epoch > i64::MAX as u64 {
            return Err(wrong("epoch"));
        }
        // The hub's database counts in 63 bits.
        if header.first == 0
            || header.first.checked_add(u64::from(header.count)).is_none_or(|end| end > i64::MAX as u64)
        {
            return Err(wrong("first"));
        }
        if raw_len > MAX_RAW {
            return Err(wrong("raw_len"));
        }
        Ok(Self { header, chain: chain_of(bytes), raw_len, body: &bytes[HEADER..] })
    }

    /// Unpacks the records; allocates at most [`MAX_RAW`] whatever the frame claims.
    pub fn records(&self) -> Result<Vec<Record>, FrameError> {
        let raw = zstd::bulk::decompress(self.body, self.raw_len).map_err(FrameError::Unpack)?;
        let mut rest = raw.as_slice();
        let mut records = Vec::with_capacity(self.header.count as usize);
        for index in 0..self.header.count as usize {
            let (record, after) =
                postcard::take_from_bytes::<Record>(rest).map_err(|source| FrameError::Record { index, source })?;
            if record.stream() != self.header.stream {
                return Err(FrameError::Stream(index));
            }
            records.push(record);
            rest = after;
        }
        if rest.is_empty() { Ok(records) } else { Err(FrameError::Trailing(rest.len())) }
    }
}

/// Packs records into frames; keeps its buffers between batches.
pub struct Encoder {
    zstd: zstd::bulk::Compressor<'static>,
    raw: Vec<u8>,
    ends: Vec<usize>,
}

/// A frame ready for the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The frame.
    pub bytes: Vec<u8>,
    /// What it says.
    pub header: Header,
    /// Chain after it.
    pub chain: Chain,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// With zstd level 1: records of one store repeat themselves, higher levels cost time and win little.
    pub fn new() -> Self {
        let zstd = zstd::bulk::Compressor::new(1).expect("a compressor needs only memory");
        Self { zstd, raw: Vec::new(), ends: Vec::new() }
    }

    /// Packs all `records`, which must be of `start.stream`, into as many frames as it takes.
    ///
    /// `start` gives the first number and chain; its `count` is ignored. On error nothing was packed that matters:
    /// the caller drops the batch.
    pub fn encode<'r>(
        &mut self,
        start: Header,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> Result<Vec<Encoded>, FrameError> {
        self.raw.clear();
        self.ends.clear();
        let mut raw = std::mem::take(&mut self.raw);
        for (index, record) in records.into_iter().enumerate() {
            if record.stream() != start.stream {
                return Err(FrameError::Stream(index));
            }
            raw = postcard::to_extend(record, raw).expect("a vector takes any length");
            self.ends.push(raw.len());
        }
        let ends = std::mem::take(&mut self.ends);
        let packed = self.pack(start, &raw, &ends);
        (self.raw, self.ends) = (raw, ends);
        packed
    }

    fn pack(&mut self, start: Header, raw: &[u8], ends: &[usize]) -> Result<Vec<Encoded>, FrameError> {
        let mut frames: Vec<Encoded> = Vec::new();
        // Ranges of records still to pack, nearest last; a range that turns out too large is cut in half.
        let mut todo: Vec<(usize, usize)> = Vec::new();
        let mut from = 0;
        while from < ends.len() {
            let to = (from + MAX_RECORDS).min(ends.len());
            todo.push((from, to));
            from = to;
        }
        todo.reverse();
        while let Some((from, to)) = todo.pop() {
            let begin = if from == 0 { 0 } else { ends[from - 1] };
            let slice = &raw[begin..ends[to - 1]];
            let body = if slice.len() > MAX_RAW { None } else { self.zstd.compress(slice).ok() };
            let Some(body) = body.filter(|body| HEADER + body.len() <= MAX_FRAME) else {
                if to - from == 1 {
                    return Err(FrameError::RecordTooLarge(slice.len()));
                }
                let middle = from + (to - from) / 2;
                todo.push((middle, to));
                todo.push((from, middle));
                continue;
            };
            let header = Header {
                first: start.first + from as u64,
                count: (to - from) as u32,
                prev: frames.last().map_or(start.prev, |frame| frame.chain),
                ..start
            };
            frames.push(assemble(header, slice.len(), &body));
        }
        Ok(frames)
    }
}

fn assemble(header: Header, raw_len: usize, body: &[u8]) -> Encoded {
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.push(header.stream.number());
    bytes.push(header.clock);
    bytes.extend_from_slice(&[0; 2]);
    bytes.extend_from_slice(&header.epoch.to_le_bytes());
    bytes.extend_from_slice(&header.first.to_le_bytes());
    bytes.extend_from_slice(&header.count.to_le_bytes());
    bytes.extend_from_slice(&(raw_len as u32).to_le_bytes());
    bytes.extend_from_slice(&header.mono_ms.to_le_bytes());
    bytes.extend_from_slice(&header.wall_us.to_le_bytes());
    bytes.extend_from_slice(&header.boot_id);
    bytes.extend_from_slice(&header.prev);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(body);
    let crc = checksum(&bytes);
    bytes[CRC_AT..HEADER].copy_from_slice(&crc.to_le_bytes());
    Encoded { chain: chain_of(&bytes), bytes, header }
}
