//! Records into frames.

use vyavs_wire::record::Record;

use super::{FrameError, Header, MAX_FRAME, MAX_RAW, MAX_RECORDS, ZSTD_MAGIC, body, chain_of, header};
use crate::Chain;

/// zstd's level: a frame is small, and higher ones win a hundredth.
const LEVEL: i32 = 3;

/// Packs records into frames; keeps its buffers between batches.
pub struct Encoder {
    zstd: zstd::bulk::Compressor<'static>,
    raw: Vec<u8>,
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
    /// Without a frame packed yet.
    pub fn new() -> Self {
        let mut zstd = zstd::bulk::Compressor::new(LEVEL).expect("a compressor needs only memory");
        // The frame's own header says it.
        let length_unsaid = zstd::zstd_safe::CParameter::ContentSizeFlag(false);
        zstd.set_parameter(length_unsaid).expect("zstd knows this parameter");
        Self { zstd, raw: Vec::new() }
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
        let records: Vec<&Record> = records.into_iter().collect();
        if let Some(index) = records.iter().position(|record| record.stream() != start.stream) {
            return Err(FrameError::Stream(index));
        }
        let mut frames: Vec<Encoded> = Vec::new();
        // What is still to pack, nearest last; what turns out too large is cut in half.
        let mut todo: Vec<&[&Record]> = records.chunks(MAX_RECORDS).rev().collect();
        let mut first = start.first;
        while let Some(some) = todo.pop() {
            let (raw_len, body) = self.pack(some);
            let header = Header {
                first,
                count: some.len() as u32,
                prev: frames.last().map_or(start.prev, |frame| frame.chain),
                ..start
            };
            let bytes = body.map(|body| header::write(&header, raw_len, &body)).filter(|it| it.len() <= MAX_FRAME);
            match bytes {
                Some(bytes) => {
                    first += some.len() as u64;
                    frames.push(Encoded { chain: chain_of(&bytes), bytes, header });
                }
                None if some.len() == 1 => return Err(FrameError::RecordTooLarge(raw_len)),
                None => {
                    let (front, back) = some.split_at(some.len() / 2);
                    todo.extend([back, front]);
                }
            }
        }
        Ok(frames)
    }

    /// Bytes of these records, and packed; `None` when they are more than a frame may hold.
    fn pack(&mut self, records: &[&Record]) -> (usize, Option<Vec<u8>>) {
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        self.raw = body::write(records, raw);
        let raw_len = self.raw.len();
        if raw_len > MAX_RAW {
            return (raw_len, None);
        }
        let packed = self.zstd.compress(&self.raw).ok();
        // Always the same four bytes.
        (raw_len, packed.and_then(|packed| packed.strip_prefix(&ZSTD_MAGIC).map(<[u8]>::to_vec)))
    }
}
