//! Everything held, written again under a new epoch: the hub and this disk tell two histories, or a part is gone.

use std::collections::BTreeMap;

use tracing::{error, info, warn};
use vyavs_delivery::Seq;
use vyavs_delivery::edge_step::Lane;
use vyavs_delivery::frame::{Encoder, Frame};
use vyavs_service::clock::Clock;
use vyavs_wire::record::{PastLossV1, Record, Stream};
use vyavs_wire::up::{LossReasonV1, LossV1};

use super::{Store, StoreError, number};
use crate::outbox::catalog::{self, GenId, Index};
use crate::outbox::cursor::Cursor;
use crate::outbox::item::Item;
use crate::outbox::queue::Queue;

impl Store {
    /// Writes everything held under a new epoch: the hub and this disk tell two histories, or a part of it is gone.
    ///
    /// On error everything is held under the old numbers, as before.
    pub fn raise(&self, to: u64, encoder: &mut Encoder) -> Result<(u64, [Lane; 3]), StoreError> {
        info!(epoch = to, "everything held is numbered anew under a new epoch");
        self.reopen()?;
        let _alone = self.alone();
        self.rotate(true)?;
        let (old, before, chain, owed) = {
            let inner = self.lock();
            (inner.closed.clone(), inner.cursor.clone(), inner.chain, inner.owed.clone())
        };
        let damaged = match self.renumber(to, &old, &before, encoder) {
            Ok(damaged) => damaged,
            Err(cause) => {
                let mut inner = self.lock();
                let new: Vec<_> = inner.closed.keys().copied().chain([inner.active_id]).collect();
                inner.active = None;
                inner.reading.clear();
                inner.active_id = GenId { number: inner.active_id.number + 1, rewrite: 0 };
                (inner.closed, inner.cursor, inner.chain, inner.owed) = (old, before, chain, owed);
                drop(inner);
                for id in new {
                    // What stays is of an epoch that never began; the next start removes it.
                    if let Err(cause) = catalog::remove(&self.dir, id) {
                        warn!("failed to remove half a rewrite: {cause}");
                    }
                }
                return Err(cause);
            }
        };
        for id in old.keys() {
            let done = if damaged.contains(id) {
                catalog::quarantine(&self.dir, *id, self.clock.now().as_microsecond()).map(drop)
            } else {
                catalog::remove(&self.dir, *id)
            };
            // Of an epoch that is over: the next start removes it.
            if let Err(cause) = done {
                warn!("failed to remove a buffer of the epoch before: {cause}");
            }
        }
        let (epoch, _, lanes) = self.lanes();
        Ok((epoch, lanes))
    }

    /// Writes the records of `old` anew and names what is not in it; returns which generations could not be read.
    fn renumber(
        &self,
        to: u64,
        old: &BTreeMap<GenId, Index>,
        before: &Cursor,
        encoder: &mut Encoder,
    ) -> Result<Vec<GenId>, StoreError> {
        let mut statements = {
            let mut inner = self.lock();
            inner.reading.clear();
            inner.cursor = Cursor { incarnation: before.incarnation, ..Cursor::new(to) };
            inner.chain = [[0; 16]; 3];
            inner.closed.clear();
            if let Some(active) = &mut inner.active {
                active.index = Index::new(to, active.index.opened_us);
            }
            std::mem::take(&mut inner.owed)
        };
        let mut damaged = Vec::new();
        for (id, index) in old {
            // Where each stream must go on; what is skipped is neither here nor settled, so it is named.
            let mut expected = index.spans.map(|span| span.first);
            let mut hole = |stream: Stream, first: Seq, last: Seq| {
                let first = first.max(before.settled[number(stream)] + 1);
                if first <= last {
                    statements.push(corrupt(before.epoch, stream, first, last, &self.clock));
                }
            };
            let mut past = Vec::new();
            let queue = match Queue::open(&id.path(&self.dir)) {
                Ok(queue) => Some(queue),
                Err(cause) if cause.is_damage() => {
                    error!("a buffer could not be read: {cause}");
                    damaged.push(*id);
                    None
                }
                Err(cause) => return Err(cause.into()),
            };
            for value in queue.iter().flat_map(Queue::iter) {
                let (stream, _, bytes) = match value {
                    Ok(value) => value,
                    Err(cause) if cause.is_damage() => {
                        error!("a buffer could not be read to its end: {cause}");
                        damaged.push(*id);
                        break;
                    }
                    Err(cause) => return Err(cause.into()),
                };
                let Ok(item) = Item::read(bytes) else { continue };
                let (first, last) = item.range();
                match item {
                    Item::Frame { bytes, .. } => {
                        let Ok(records) = Frame::parse(&bytes).and_then(|frame| frame.records()) else {
                            continue;
                        };
                        self.append(encoder, &records)?;
                    }
                    Item::Loss(loss) => past.push(loss),
                }
                let next = &mut expected[number(stream)];
                if first > *next {
                    hole(stream, *next, first - 1);
                }
                *next = last + 1;
                self.rotate(false)?;
            }
            for stream in Stream::ALL {
                if !index.span(stream).is_empty() {
                    hole(stream, expected[number(stream)], index.span(stream).last);
                }
            }
            statements.append(&mut past);
        }
        let records: Vec<_> = statements
            .into_iter()
            .map(|loss| Record::PastLossV1(PastLossV1 { signature: self.sign(&loss), loss }))
            .collect();
        if !records.is_empty() {
            self.append(encoder, &records)?;
        }
        // From here the new numbers count; a crash before leaves the old ones.
        let cursor = self.lock().cursor.clone();
        cursor.save(&self.dir).map_err(|e| self.failed(e))?;
        Ok(damaged)
    }
}

fn corrupt(epoch: u64, stream: Stream, first: Seq, last: Seq, clock: &Clock) -> LossV1 {
    let detail = "the frame on disk no longer matches its checksum".to_owned();
    let at_us = clock.now().as_microsecond();
    LossV1 { epoch, stream: stream.number(), first, last, reason: LossReasonV1::Corrupt, at_us, detail }
}
