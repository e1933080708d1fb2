//! Many frames in one value, for generations that are closed: tight on disk, and unpacked to the same bytes.
//!
//! ```text
//! magic "VYP1" | crc32c u32 of what follows | raw_len u32 | zstd(entries)          all little-endian
//! entry: first u64 | len u32 | flags u8 | the value's bytes
//! ```
//! A small frame is mostly header. What a header says twice is blanked before zstd sees it and computed again after:
//! `prev` is the chain of the value before, the checksum follows from the rest. What does not come out the same is
//! stored as it is, so a pack holds any values at all.

use std::ops::Range;

use vyavs_delivery::Seq;
use vyavs_delivery::frame::{Places, chain_of};

const MAGIC: &[u8; 4] = b"VYP1";
const HEAD: usize = 12;
const ENTRY: usize = 13;
/// Bytes a pack's entries may unpack to.
const MAX_RAW: usize = 1024 * 1024;
/// Values of this many bytes make a pack: enough for zstd, little enough to unpack for one frame.
pub(super) const PACK: usize = 256 * 1024;
/// zstd's level: higher ones win a hundredth and cost ten times the time.
const LEVEL: i32 = 3;

/// `prev` was the chain of the value before.
const CHAINED: u8 = 1;
/// The checksum was right.
const SUMMED: u8 = 2;

/// Bytes that are no pack, or no longer.
#[derive(Debug, thiserror::Error)]
#[error("a damaged pack of frames")]
pub(super) struct Damaged;

/// Packs values, each with its first number, in order.
pub(super) fn pack(values: &[(Seq, Vec<u8>)]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(values.iter().map(|(_, value)| value.len() + ENTRY).sum());
    let mut before: Option<&[u8]> = None;
    for (first, value) in values {
        let mut flags = 0;
        let places = Places::of(value);
        if let Some(places) = &places {
            if before.is_some_and(|before| value[places.prev.clone()] == chain_of(before)) {
                flags |= CHAINED;
            }
            if value[places.crc.clone()] == places.checksum(value) {
                flags |= SUMMED;
            }
        }
        raw.extend_from_slice(&first.to_le_bytes());
        raw.extend_from_slice(&(value.len() as u32).to_le_bytes());
        raw.push(flags);
        let at = raw.len();
        raw.extend_from_slice(value);
        if let Some(Places { prev, crc }) = places {
            if flags & CHAINED != 0 {
                raw[at..][prev].fill(0);
            }
            if flags & SUMMED != 0 {
                raw[at..][crc].fill(0);
            }
        }
        before = Some(value);
    }
    let body = zstd::bulk::compress(&raw, LEVEL).expect("compressing needs only memory");
    let mut packed = Vec::with_capacity(HEAD + body.len());
    packed.extend_from_slice(MAGIC);
    packed.extend_from_slice(&[0; 4]);
    packed.extend_from_slice(&(raw.len() as u32).to_le_bytes());
    packed.extend_from_slice(&body);
    let crc = crc32c::crc32c(&packed[8..]);
    packed[4..8].copy_from_slice(&crc.to_le_bytes());
    packed
}

/// A pack taken apart.
#[derive(Debug)]
pub(super) struct Unpacked {
    bytes: Vec<u8>,
    /// First number, and where its value lies.
    entries: Vec<(Seq, Range<usize>)>,
}

impl Unpacked {
    /// Takes a pack apart; allocates a bounded amount whatever it claims.
    pub(super) fn read(packed: &[u8]) -> Result<Self, Damaged> {
        let (head, body) = packed.split_first_chunk::<HEAD>().ok_or(Damaged)?;
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if !head.starts_with(MAGIC) || crc32c::crc32c(&packed[8..]) != number(4) {
            return Err(Damaged);
        }
        let raw_len = number(8) as usize;
        if raw_len > MAX_RAW {
            return Err(Damaged);
        }
        let mut bytes = zstd::bulk::decompress(body, raw_len).map_err(|_| Damaged)?;
        let mut entries: Vec<(Seq, Range<usize>)> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let head: [u8; ENTRY] = bytes.get(at..at + ENTRY).and_then(|e| e.try_into().ok()).ok_or(Damaged)?;
            let [a, b, c, d, e, f, g, h, l0, l1, l2, l3, flags] = head;
            let first = Seq::from_le_bytes([a, b, c, d, e, f, g, h]);
            let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
            let range = at + ENTRY..at + ENTRY + len;
            if range.end > bytes.len() {
                return Err(Damaged);
            }
            if flags != 0 {
                let places = Places::of(&bytes[range.clone()]).ok_or(Damaged)?;
                if flags & CHAINED != 0 {
                    let (_, before) = entries.last().ok_or(Damaged)?;
                    let chain = chain_of(&bytes[before.clone()]);
                    bytes[range.start..][places.prev.clone()].copy_from_slice(&chain);
                }
                if flags & SUMMED != 0 {
                    let sum = places.checksum(&bytes[range.clone()]);
                    bytes[range.start..][places.crc].copy_from_slice(&sum);
                }
            }
            at = range.end;
            entries.push((first, range));
        }
        Ok(Self { bytes, entries })
    }

    fn value(&self, index: usize) -> Option<(Seq, Vec<u8>)> {
        self.entries.get(index).map(|(first, range)| (*first, self.bytes[range.clone()].to_vec()))
    }

    /// The value that starts at or before `at`.
    pub(super) fn at_or_before(&self, at: Seq) -> Option<(Seq, Vec<u8>)> {
        self.value(self.entries.partition_point(|(first, _)| *first <= at).checked_sub(1)?)
    }

    /// The first value that starts after `at`.
    pub(super) fn after(&self, at: Seq) -> Option<(Seq, Vec<u8>)> {
        self.value(self.entries.partition_point(|(first, _)| *first <= at))
    }

    /// Whether it holds exactly these.
    pub(super) fn holds(&self, values: &[(Seq, Vec<u8>)]) -> bool {
        self.entries.len() == values.len()
            && self
                .entries
                .iter()
                .zip(values)
                .all(|((first, range), (other, value))| first == other && self.bytes[range.clone()] == value[..])
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use vyavs_delivery::frame::{Encoder, Header};
    use vyavs_wire::record::{ReadingV1, Record, Stream};

    use super::*;

    fn readings(n: u64, count: u64) -> Vec<Record> {
        (n..n + count)
            .map(|n| {
                let value = (n % 17) as f64 / 10.0;
                let sensor = format!("fridge-{}.air", n % 3);
                Record::ReadingV1(ReadingV1 { sensor, at_us: n as i64 * 1_000_000, value, quality: 0 })
            })
            .collect()
    }

    /// Small frames in a chain, as a quiet shop writes them.
    fn frames(count: u64) -> Vec<(Seq, Vec<u8>)> {
        let mut encoder = Encoder::new();
        let mut prev = [0; 16];
        (0..count)
            .map(|n| {
                let header = Header {
                    stream: Stream::Telemetry,
                    epoch: 1_700_000_000_000_000,
                    first: n * 20 + 1,
                    count: 0,
                    boot_id: [3; 16],
                    mono_ms: n * 1000,
                    wall_us: n as i64 * 1_000_000,
                    clock: 0,
                    prev,
                };
                let frame = encoder.encode(header, &readings(n * 20, 20)).expect("small").remove(0);
                prev = frame.chain;
                (frame.header.first, frame.bytes)
            })
            .collect()
    }

    #[test]
    fn small_frames_come_out_the_same_and_lie_tighter() {
        let values = frames(200);
        let packed = pack(&values);
        assert!(Unpacked::read(&packed).expect("whole").holds(&values));
        let plain: usize = values.iter().map(|(_, value)| value.len()).sum();
        assert!(packed.len() * 10 < plain * 8, "{} of {plain} bytes", packed.len());
    }

    #[test]
    fn a_number_finds_its_frame() {
        let values = frames(30);
        let unpacked = Unpacked::read(&pack(&values)).expect("whole");
        assert_eq!(unpacked.at_or_before(0), None);
        assert_eq!(unpacked.at_or_before(1).as_ref(), Some(&values[0]));
        assert_eq!(unpacked.at_or_before(20).as_ref(), Some(&values[0]));
        assert_eq!(unpacked.at_or_before(21).as_ref(), Some(&values[1]));
        assert_eq!(unpacked.at_or_before(Seq::MAX).as_ref(), values.last());
        assert_eq!(unpacked.after(0).as_ref(), Some(&values[0]));
        assert_eq!(unpacked.after(1).as_ref(), Some(&values[1]));
        assert_eq!(unpacked.after(29 * 20 + 1), None);
    }

    proptest! {
        /// Frames, statements, garbage, frames whose checksum is wrong: whatever goes in comes out.
        #[test]
        fn any_values_come_out_the_same(mut garbage in vec(vec(any::<u8>(), 0..300), 0..20), flip in any::<usize>()) {
            let mut values = frames(12);
            let (at, bit) = (flip % values.len(), flip / 16 % 8);
            let byte = flip / 128 % values[at].1.len();
            values[at].1[byte] ^= 1 << bit;
            let last = values.last().map_or(0, |(first, _)| *first);
            values.extend((last + 1..).zip(garbage.drain(..)));
            prop_assert!(Unpacked::read(&pack(&values)).expect("whole").holds(&values));
        }

        /// Any change of a pack's bytes is noticed, and nothing panics.
        #[test]
        fn a_changed_pack_is_refused(byte in any::<prop::sample::Index>(), change in 1..=255_u8, cut in any::<prop::sample::Index>()) {
            let mut packed = pack(&frames(5));
            prop_assert!(Unpacked::read(&packed[..cut.index(packed.len())]).is_err());
            let at = byte.index(packed.len());
            packed[at] ^= change;
            prop_assert!(Unpacked::read(&packed).is_err());
        }
    }
}
