//! Finding a frame by its number, and naming what is not there any more.

use std::sync::PoisonError;

use tracing::error;
use vyavs_delivery::frame::chain_of;
use vyavs_delivery::{Chain, Seq};
use vyavs_wire::record::Stream;
use vyavs_wire::up::{LossReasonV1, LossV1};

use super::{Inner, Store, StoreError, number};
use crate::outbox::catalog::{self, GenId, Index, Packing, Span};
use crate::outbox::item::Item;
use crate::outbox::queue::{Queue, QueueError, dir_bytes};

impl Store {
    pub(super) fn chain_before(&self, stream: Stream, next: Seq) -> Result<Option<Chain>, StoreError> {
        if next <= 1 {
            return Ok(None);
        }
        Ok(self.chain_at(stream, next - 1)?)
    }

    /// Chain after the frame that ends at `through`; `None` when no frame on disk ends there.
    pub fn chain_at(&self, stream: Stream, through: Seq) -> Result<Option<Chain>, QueueError> {
        Ok(match self.find(stream, through)? {
            Some(Item::Frame { last, bytes, .. }) if last == through => Some(chain_of(&bytes)),
            _ => None,
        })
    }

    /// What lies at `at`, which must be below `next`: a frame, or the statement that it is gone.
    pub fn read(&self, stream: Stream, at: Seq) -> Result<Item, QueueError> {
        if let Some(item) = self.find(stream, at)? {
            return Ok(item);
        }
        // Erased once it was settled, and asked for again.
        let last = self.first_at_or_after(stream, at).saturating_sub(1).max(at);
        let detail = "stored at the hub once, kept here as long as configured, then erased".to_owned();
        Ok(Item::Loss(self.loss(stream, at, last, LossReasonV1::Expired, detail)))
    }

    pub(in crate::outbox) fn loss(
        &self,
        stream: Stream,
        first: Seq,
        last: Seq,
        reason: LossReasonV1,
        detail: String,
    ) -> LossV1 {
        let epoch = self.lock().cursor.epoch;
        LossV1 { epoch, stream: stream.number(), first, last, reason, at_us: self.clock.now().as_microsecond(), detail }
    }

    pub(super) fn first_at_or_after(&self, stream: Stream, at: Seq) -> Seq {
        let inner = self.lock();
        let spans = inner.closed.values().map(|index| index.span(stream));
        let active = inner.active.iter().map(|active| active.index.span(stream));
        let first =
            spans.chain(active).filter(|span| !span.is_empty() && span.last >= at).map(|span| span.first.max(at)).min();
        first.unwrap_or(inner.cursor.next[number(stream)])
    }

    pub(super) fn find(&self, stream: Stream, at: Seq) -> Result<Option<Item>, QueueError> {
        loop {
            let id = self.holder_of(stream, at);
            match self.look(stream, at) {
                // Rewritten under our hands: the same numbers lie elsewhere now.
                Err(_) if self.holder_of(stream, at) != id => {}
                // Damage below the frames, in the database itself.
                Err(cause) if cause.is_damage() => {
                    // Whoever rewrites generations may be ourselves, further up; then it is for the next time.
                    let Some(alone) = self.soon_alone() else { return Err(cause) };
                    if self.holder_of(stream, at) == id {
                        self.name_generation(stream, at, &cause)?;
                    }
                    drop(alone);
                    return self.look(stream, at);
                }
                found => return found,
            }
        }
    }

    fn look(&self, stream: Stream, at: Seq) -> Result<Option<Item>, QueueError> {
        let Some((id, queue, span)) = self.holder(stream, at)? else { return Ok(None) };
        let mut first = span.first;
        let mut detail = "the frame that held these records is gone from the database on disk";
        if let Some((start, bytes)) = queue.at_or_before(stream, at)? {
            match Item::read(bytes) {
                Ok(item) if item.range().1 >= at => return Ok(Some(item)),
                // A whole frame, and a hole after it: the hole is named, the frame stays.
                Ok(item) => first = item.range().1 + 1,
                Err(_) => {
                    first = start;
                    detail = "the frame on disk no longer matches its checksum";
                }
            }
        }
        // The range is named for good, so that the hub is told the same each time.
        let last = queue.after(stream, at)?.map_or(span.last, |(next, _)| next - 1).max(at);
        if self.holder_of(stream, at) != Some(id) {
            // Its files are gone because it was rewritten, not because they are damaged.
            return self.look(stream, at);
        }
        let settled = self.lock().cursor.settled[number(stream)];
        if at > settled {
            // What the hub has of a pack is not lost.
            first = first.max(settled + 1);
        }
        let loss = self.loss(stream, first, last, LossReasonV1::Corrupt, detail.to_owned());
        error!(stream = stream.number(), first, last, "a frame is damaged; it is named as lost");
        queue.commit([(stream, first, Item::loss_value(&loss).as_slice())])?;
        Ok(Some(Item::Loss(loss)))
    }

    /// Sets the generation at `at` aside and names its numbers in its place.
    fn name_generation(&self, stream: Stream, at: Seq, cause: &QueueError) -> Result<(), QueueError> {
        let holder = {
            let inner = self.lock();
            inner.closed.iter().find(|(_, index)| index.span(stream).holds(at)).map(|(id, index)| (*id, *index))
        };
        // The written one cannot be set aside under its writer; the next start does.
        let Some((id, index)) = holder else { return Ok(()) };
        self.replace_damaged(id, index, cause)
    }

    fn replace_damaged(&self, id: GenId, index: Index, cause: &QueueError) -> Result<(), QueueError> {
        let rewritten = id.rewritten();
        let path = rewritten.path(&self.dir);
        let queue = Queue::open(&path)?;
        let mut values = Vec::new();
        for stream in Stream::ALL {
            let span = index.span(stream);
            if !span.is_empty() {
                let detail = "the buffer that held these records could not be read and was set aside".to_owned();
                let loss = LossV1 {
                    epoch: index.epoch,
                    ..self.loss(stream, span.first, span.last, LossReasonV1::BufferLost, detail)
                };
                values.push((stream, span.first, Item::loss_value(&loss)));
            }
        }
        queue.commit(values.iter().map(|(stream, first, value)| (*stream, *first, value.as_slice())))?;
        drop(queue);
        let sync = |source| QueueError::Sync { path: path.clone(), source };
        let index = Index { bytes: dir_bytes(&path), shed: 2, packing: Packing::Appended, ..index };
        catalog::close(&self.dir, rewritten, &index).map_err(sync)?;
        let _none_opens_it = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let aside = catalog::quarantine(&self.dir, id, self.clock.now().as_microsecond()).map_err(sync)?;
        error!(path = %aside.display(), "a buffer could not be read and was set aside: {cause}");
        let mut inner = self.lock();
        inner.reading.retain(|(reading, _)| *reading != id);
        inner.closed.remove(&id);
        inner.closed.insert(rewritten, index);
        Ok(())
    }

    /// The generation that holds a number.
    fn holder_of(&self, stream: Stream, at: Seq) -> Option<GenId> {
        let inner = self.lock();
        if inner.active.as_ref().is_some_and(|active| active.index.span(stream).holds(at)) {
            return Some(inner.active_id);
        }
        inner.closed.iter().find(|(_, index)| index.span(stream).holds(at)).map(|(id, _)| *id)
    }

    fn holder(&self, stream: Stream, at: Seq) -> Result<Option<(GenId, Queue, Span)>, QueueError> {
        let (id, span) = {
            let inner = self.lock();
            if let Some(active) = inner.active.as_ref().filter(|active| active.index.span(stream).holds(at)) {
                return Ok(Some((inner.active_id, active.queue.clone(), active.index.span(stream))));
            }
            let Some((id, index)) = inner.closed.iter().find(|(_, index)| index.span(stream).holds(at)) else {
                return Ok(None);
            };
            (*id, index.span(stream))
        };
        Ok(Some((id, self.open_closed(id)?, span)))
    }

    /// A closed generation, opened if it is not yet.
    pub(in crate::outbox) fn open_closed(&self, id: GenId) -> Result<Queue, QueueError> {
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut inner = self.lock();
            if let Some(queue) = inner.opened(id) {
                return Ok(queue);
            }
            if !inner.closed.contains_key(&id) {
                // Opening it now would make it anew.
                return Err(QueueError::Gone { path: id.path(&self.dir) });
            }
        }
        // An old one is dropped first: more open databases are more memory.
        let old = {
            let mut inner = self.lock();
            (inner.reading.len() >= READING).then(|| inner.reading.pop_front())
        };
        drop(old);
        let queue = Queue::open(&id.path(&self.dir))?;
        self.lock().reading.push_back((id, queue.clone()));
        Ok(queue)
    }
}

/// Closed generations kept open: where the uplink reads, and where what the hub answers lies.
const READING: usize = 2;

impl Inner {
    pub(super) fn opened(&mut self, id: GenId) -> Option<Queue> {
        if let Some(at) = self.reading.iter().position(|(reading, _)| *reading == id) {
            let used = self.reading.remove(at)?;
            self.reading.push_back(used);
            return self.reading.back().map(|(_, queue)| queue.clone());
        }
        self.packing.as_ref().filter(|(packing, _, _)| *packing == id).map(|(_, queue, _)| queue.clone())
    }
}
