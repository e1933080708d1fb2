//! What gives way at the quota: settled generations first, then readings thinned to minutes, then dropped.
//!
//! Money (P0) and alarms (P1) never give way: when only they are left, the outbox is full, and says so to the sources.
//! What gives way is named: the numbers stay, as a loss statement in place of the frames.

use std::collections::BTreeMap;

use tracing::warn;
use vyavs_delivery::frame::{Encoder, Frame};
use vyavs_wire::record::{MinuteV1, Record, Stream};
use vyavs_wire::up::LossReasonV1;

use super::catalog::{GenId, Index, Packing, Span};
use super::item::Item;
use super::packer::Packer;
use super::store::{Store, StoreError};

const MINUTE_US: i64 = 60_000_000;

impl Store {
    /// Makes room for `need` more bytes, or says that the outbox is full.
    pub fn make_room(&self, need: u64, encoder: &mut Encoder) -> Result<(), StoreError> {
        let quota = self.config.quota.0;
        if self.used() + need <= quota {
            return Ok(());
        }
        let _alone = self.alone();
        // The cursor first: what it calls settled may go.
        self.save_cursor()?;
        while let Some(id) = self.oldest_closed(|index, settled| index.is_settled(settled)) {
            self.drop_generation(id)?;
            if self.used() + need <= quota {
                return Ok(());
            }
        }
        // What is being written can only be thinned once it is closed.
        self.rotate(true)?;
        let has_readings = |index: &Index| !index.span(Stream::Telemetry).is_empty() && index.shed < 2;
        while self.used() + need > quota {
            let Some(id) = self.oldest_closed(|index, _| has_readings(index)) else {
                return Err(StoreError::Full { used: self.used(), quota });
            };
            self.shed(id, encoder)?;
        }
        Ok(())
    }

    fn oldest_closed(&self, fits: impl Fn(&Index, [u64; 3]) -> bool) -> Option<GenId> {
        let inner = self.lock();
        let settled = inner.cursor.settled;
        inner.closed.iter().find(|(_, index)| fits(index, settled)).map(|(id, _)| *id)
    }

    /// Rewrites one generation without its raw readings; their minutes are appended first, so that a crash between
    /// says them twice rather than never.
    fn shed(&self, id: GenId, encoder: &mut Encoder) -> Result<(), StoreError> {
        let Some(index) = self.lock().closed.get(&id).copied() else { return Ok(()) };
        let old = self.open_closed(id)?;
        let settled = self.lock().cursor.settled[1];
        let mut minutes = Minutes::default();
        let mut kept: Vec<(Stream, u64, Vec<u8>)> = Vec::new();
        let span = index.span(Stream::Telemetry);
        let mut thinned = 0_u64;
        for value in old.iter() {
            let (stream, first, bytes) = value?;
            if stream != Stream::Telemetry {
                kept.push((stream, first, bytes));
                continue;
            }
            let Ok(item) = Item::read(bytes) else { continue };
            if item.range().1 <= settled {
                continue;
            }
            if let Item::Frame { bytes, .. } = item
                && let Ok(records) = Frame::parse(&bytes).and_then(|frame| frame.records())
            {
                thinned += records.len() as u64;
                records.iter().for_each(|record| minutes.take(record));
            }
        }
        let minutes = minutes.finish();
        let reason = if minutes.is_empty() { LossReasonV1::Dropped } else { LossReasonV1::Thinned };
        let detail =
            format!("{thinned} readings gave way at the quota; {} one-minute aggregates are kept", minutes.len());
        warn!(first = span.first, last = span.last, "{detail}");
        if !minutes.is_empty() {
            self.append(encoder, &minutes)?;
        }
        let unsettled = span.first.max(settled + 1);
        if unsettled <= span.last {
            let loss = self.loss(Stream::Telemetry, unsettled, span.last, reason, detail);
            kept.push((Stream::Telemetry, unsettled, Item::loss_value(&loss)));
        }
        let path = id.rewritten().path(&self.dir);
        // By stream and number: the statement came last.
        kept.sort_by_key(|(stream, first, _)| (stream.number(), *first));
        let mut packer = Packer::create(&path)?;
        for (stream, first, value) in kept {
            packer.put(stream, first, value)?;
        }
        let bytes = packer.finish()?;
        drop(old);
        // Thinned once is enough: the statement is small and stays.
        let mut smaller = Index { bytes, shed: 2, packing: Packing::Packed, ..index };
        // What was settled in it is gone too, and not as a loss.
        smaller.spans[1] =
            if unsettled <= span.last { Span { first: unsettled, last: span.last } } else { Span::EMPTY };
        self.replace_generation(id, smaller)
    }
}

/// One-minute aggregates of raw readings; minutes and declarations themselves are not aggregated again.
#[derive(Default)]
struct Minutes {
    cells: BTreeMap<(String, i64), (u32, f64, f64, f64)>,
    declared: Vec<Record>,
}

impl Minutes {
    fn take(&mut self, record: &Record) {
        match record {
            Record::ReadingV1(reading) if reading.quality < 2 && reading.value.is_finite() => {
                let minute = reading.at_us.div_euclid(MINUTE_US) * MINUTE_US;
                let cell = self.cells.entry((reading.sensor.clone(), minute)).or_insert((
                    0,
                    f64::INFINITY,
                    0.0,
                    f64::NEG_INFINITY,
                ));
                cell.0 += 1;
                cell.1 = cell.1.min(reading.value);
                cell.2 += reading.value;
                cell.3 = cell.3.max(reading.value);
            }
            // What a channel is stays known.
            Record::SensorV1(_) => self.declared.push(record.clone()),
            _ => {}
        }
    }

    fn finish(self) -> Vec<Record> {
        let minute = |((sensor, at_us), (count, min, sum, max)): ((String, i64), (u32, f64, f64, f64))| {
            Record::MinuteV1(MinuteV1 { sensor, at_us, count, min, mean: sum / f64::from(count), max })
        };
        self.declared.into_iter().chain(self.cells.into_iter().map(minute)).collect()
    }
}
