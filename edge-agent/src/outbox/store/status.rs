//! What is told about the outbox: numbers, bytes, how old the oldest unsent record is.

use std::sync::PoisonError;

use vyavs_delivery::frame::Frame;
use vyavs_delivery::{Chain, Seq};
use vyavs_wire::record::Stream;

use super::{Store, number};
use crate::outbox::catalog::Packing;
use crate::outbox::item::Item;
use crate::outbox::queue::dir_bytes;

/// What `status` and the hub are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// Buffer's epoch.
    pub epoch: u64,
    /// By stream: next number, settled, unsent, when the oldest unsent was written (µs).
    pub streams: Vec<StreamStatus>,
    /// Bytes on disk.
    pub used: u64,
    /// Bytes allowed.
    pub quota: u64,
    /// Directories of frames.
    pub generations: usize,
    /// Of them, those that were rewritten compactly.
    pub packed: usize,
    /// The last write failed and the buffer could not be opened again yet.
    pub broken: bool,
    /// Why nothing can be written just now.
    pub refusing: Option<String>,
}

/// One stream of [`Status`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct StreamStatus {
    /// Stream number.
    pub stream: u8,
    /// First number still on disk.
    pub oldest: Seq,
    /// The next number.
    pub next: Seq,
    /// Stored at the hub.
    pub settled: Seq,
    /// Not stored at the hub.
    pub unsent: u64,
    /// When the oldest unsent frame was closed, µs of the device's clock.
    pub oldest_us: Option<i64>,
    /// Chain after `next - 1`.
    #[serde(skip)]
    pub chain: Chain,
}

impl Store {
    /// Numbers, bytes, oldest unsent.
    pub fn status(&self) -> Status {
        let (cursor, chain, broken, generations, packed) = {
            let inner = self.lock();
            let packed = inner.closed.values().filter(|index| index.packing == Packing::Packed).count();
            (inner.cursor.clone(), inner.chain, inner.active.is_none(), inner.closed.len() + 1, packed)
        };
        let stream = |stream: Stream| {
            let (next, settled) = (cursor.next[number(stream)], cursor.settled[number(stream)]);
            let unsent = (next - 1).saturating_sub(settled);
            let oldest = self.first_at_or_after(stream, 1);
            let first = (unsent > 0).then(|| self.find(stream, settled + 1));
            let oldest_us = match first {
                Some(Ok(Some(Item::Frame { bytes, .. }))) => {
                    Frame::parse(&bytes).ok().map(|frame| frame.header.wall_us)
                }
                Some(Ok(Some(Item::Loss(loss)))) => Some(loss.at_us),
                _ => None,
            };
            StreamStatus {
                stream: stream.number(),
                oldest,
                next,
                settled,
                unsent,
                oldest_us,
                chain: chain[number(stream)],
            }
        };
        Status {
            epoch: cursor.epoch,
            streams: Stream::ALL.map(stream).to_vec(),
            used: self.used(),
            quota: self.config.quota.0,
            generations,
            packed,
            broken,
            refusing: self.refusing.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Bytes on disk; of a generation that is being packed, both copies count.
    pub fn used(&self) -> u64 {
        let (closed, active, packing) = {
            let inner = self.lock();
            let closed = inner.closed.values().map(|index| index.bytes).sum::<u64>();
            (closed, inner.active_id, inner.packing.as_ref().map(|(_, _, path)| path.clone()))
        };
        closed + dir_bytes(&active.path(&self.dir)) + packing.map_or(0, |path| dir_bytes(&path))
    }
}
