//! Reading the outbox as the uplink does, from the first number to the last: everything is there or named.

use anyhow::{bail, ensure};
use vyavs_delivery::frame::Frame;
use vyavs_edge_agent::outbox::item::Item;
use vyavs_edge_agent::outbox::store::Store;
use vyavs_wire::record::{Record, Stream};

use crate::Written;

/// Conversation number and kind, before each frame.
const UP: u64 = 9;
/// `v1/{org}/{store}/{device}/up`, three UUIDs.
const TOPIC: u64 = 117;
/// MQTT 3.1.1 §3.3: fixed header of a payload over 127 bytes, length of the topic, packet id.
const PUBLISH: u64 = 3 + 2 + 2;

/// What lies in the outbox.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) receipts: u64,
    pub(crate) lines: u64,
    pub(crate) total_minor: i64,
    pub(crate) readings: u64,
    /// Readings that were thinned to minutes.
    pub(crate) in_minutes: u64,
    /// Numbers that loss statements name.
    pub(crate) named: u64,
    /// By stream: frames and their bytes.
    frames: [(u64, u64); 3],
}

/// Bytes on the wire.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wire {
    pub(crate) per_line: f64,
    pub(crate) per_reading: f64,
}

impl Read {
    /// Reads every number of every stream once.
    pub(crate) fn all(store: &Store) -> anyhow::Result<Self> {
        let mut read = Self::default();
        for stream in store.status().streams {
            let name = Stream::from_number(stream.stream).expect("the outbox has three streams");
            let mut at = 1;
            while at < stream.next {
                let item = store.read(name, at)?;
                let (first, last) = item.range();
                ensure!(first <= at && at <= last, "{name:?} {at} was answered with {first} to {last}");
                match item {
                    Item::Frame { bytes, .. } => read.frame(name, &bytes)?,
                    Item::Loss(loss) if name == Stream::Telemetry => read.named += loss.last - at + 1,
                    Item::Loss(loss) => bail!("{name:?} lost {} to {}: {}", loss.first, loss.last, loss.detail),
                }
                at = last + 1;
            }
        }
        Ok(read)
    }

    fn frame(&mut self, stream: Stream, bytes: &[u8]) -> anyhow::Result<()> {
        let of = &mut self.frames[usize::from(stream.number())];
        *of = (of.0 + 1, of.1 + bytes.len() as u64);
        for record in Frame::parse(bytes)?.records()? {
            match record {
                Record::ReceiptV1(_) => self.receipts += 1,
                Record::SaleLineV1(line) => {
                    self.lines += 1;
                    self.total_minor += line.total_minor;
                }
                Record::ReadingV1(_) => self.readings += 1,
                Record::MinuteV1(minute) => self.in_minutes += u64::from(minute.count),
                _ => {}
            }
        }
        Ok(())
    }

    /// Bytes on the wire of what was read, MQTT's own among them.
    pub(crate) fn wire(&self) -> Wire {
        let bytes = |stream: Stream| {
            let (frames, bytes) = self.frames[usize::from(stream.number())];
            (bytes + frames * (UP + TOPIC + PUBLISH)) as f64
        };
        Wire {
            per_line: bytes(Stream::Money) / self.lines.max(1) as f64,
            per_reading: bytes(Stream::Telemetry) / self.readings.max(1) as f64,
        }
    }

    /// Every sale is there to the penny; every reading is there, or counted in a minute, or named.
    pub(crate) fn check(&self, written: &Written) -> anyhow::Result<()> {
        ensure!(
            (self.receipts, self.lines, self.total_minor) == (written.receipts, written.lines, written.total_minor),
            "{} receipts and {} lines were read, {} and {} written",
            self.receipts,
            self.lines,
            written.receipts,
            written.lines
        );
        let missing = written.readings.saturating_sub(self.readings);
        ensure!(missing <= self.named, "{missing} readings are missing, {} numbers are named", self.named);
        Ok(())
    }
}
