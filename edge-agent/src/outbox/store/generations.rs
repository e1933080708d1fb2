//! The life of a generation: written, closed, kept, dropped.

use std::sync::PoisonError;
use std::time::Duration;

use super::{Active, Store, StoreError, is_empty};
use crate::outbox::catalog::{self, GenId, Index};
use crate::outbox::queue::{Queue, dir_bytes};

impl Store {
    /// Closes the written generation when it is large or old enough, and starts the next.
    pub fn rotate(&self, force: bool) -> Result<(), StoreError> {
        let now_us = self.clock.now().as_microsecond();
        let (id, mut index) = {
            let inner = self.lock();
            let Some(active) = &inner.active else { return Ok(()) };
            (inner.active_id, active.index)
        };
        let bytes = dir_bytes(&id.path(&self.dir));
        let age = Duration::from_micros(u64::try_from(now_us.saturating_sub(index.opened_us)).unwrap_or(0));
        let due = force || bytes >= self.config.generation.0 || age >= self.config.retain() / 8;
        if is_empty(&index) || !due {
            return Ok(());
        }
        let next = GenId { number: id.number + 1, rewrite: 0 };
        let queue = Queue::open(&next.path(&self.dir))?;
        catalog::sync_names(&self.dir).map_err(|e| self.failed(e))?;
        index.bytes = bytes;
        index.closed_us = now_us;
        catalog::close(&self.dir, id, &index).map_err(|e| self.failed(e))?;
        let mut inner = self.lock();
        let epoch = inner.cursor.epoch;
        inner.closed.insert(id, index);
        inner.active = Some(Active { queue, index: Index::new(epoch, now_us) });
        inner.active_id = next;
        Ok(())
    }

    /// Saves the cursor and drops generations that are settled and older than `retain_acked`.
    pub fn housekeep(&self) -> Result<(), StoreError> {
        self.rotate(false)?;
        let now_us = self.clock.now().as_microsecond();
        let retain_us = i64::try_from(self.config.retain().as_micros()).unwrap_or(i64::MAX);
        let (save, expired) = {
            let mut inner = self.lock();
            let save = std::mem::take(&mut inner.cursor_dirty).then(|| inner.cursor.clone());
            let settled = inner.cursor.settled;
            let old = |index: &Index| now_us.saturating_sub(index.closed_us) >= retain_us;
            let expired: Vec<_> =
                inner.closed.iter().filter(|(_, i)| i.is_settled(settled) && old(i)).map(|(id, _)| *id).collect();
            (save, expired)
        };
        // The cursor first: what it calls settled may go.
        if let Some(cursor) = save {
            cursor.save(&self.dir).map_err(|e| self.failed(e))?;
        }
        if !expired.is_empty() {
            let _alone = self.alone();
            for id in expired {
                // Under its newest name: it may have been packed while we waited.
                let id = self.lock().closed.keys().copied().find(|other| other.number == id.number).unwrap_or(id);
                self.drop_generation(id)?;
            }
        }
        Ok(())
    }

    pub(in crate::outbox) fn drop_generation(&self, id: GenId) -> Result<(), StoreError> {
        {
            let _none_opens_it = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
            let mut inner = self.lock();
            inner.closed.remove(&id);
            inner.reading.retain(|(reading, _)| *reading != id);
        }
        catalog::remove(&self.dir, id).map_err(|e| self.failed(e))
    }

    /// Replaces a closed generation by a smaller one that holds the same numbers.
    pub(in crate::outbox) fn replace_generation(&self, id: GenId, index: Index) -> Result<(), StoreError> {
        let rewritten = id.rewritten();
        catalog::close(&self.dir, rewritten, &index).map_err(|e| self.failed(e))?;
        self.lock().closed.insert(rewritten, index);
        self.drop_generation(id)
    }

    pub(in crate::outbox) fn save_cursor(&self) -> Result<(), StoreError> {
        let cursor = {
            let mut inner = self.lock();
            inner.cursor_dirty = false;
            inner.cursor.clone()
        };
        cursor.save(&self.dir).map_err(|e| self.failed(e))
    }
}
