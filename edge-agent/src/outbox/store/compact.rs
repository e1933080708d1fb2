//! A closed generation, written again compactly: the same numbers, the same bytes of every frame, less air.
//!
//! The copy is made beside the original, under the next name; it counts from the moment its index is there, whole and
//! synced. A crash before that leaves the original, a crash after it the copy, and the next start removes the other.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use tracing::{debug, warn};

use super::{Store, StoreError};
use crate::outbox::catalog::{self, GenId, Index, Packing};
use crate::outbox::item::Item;
use crate::outbox::packer::Packer;
use crate::outbox::queue::{Queue, QueueError};

/// How far packing a generation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The copy is begun, and has no frames yet.
    Begun,
    /// One more pack is in it.
    Packed,
    /// It is whole and synced.
    Synced,
    /// It has its index, and counts.
    Closed,
    /// The original is out of use, and about to be removed.
    Swapped,
}

/// How packing ended.
enum Written {
    /// All of it, and this large.
    Whole(u64),
    /// Something in it cannot be read: left to `repair`.
    Damaged,
    /// Asked to stop.
    Stopped,
}

/// How long whoever may be waiting for itself waits for the right to rewrite.
const SOON: Duration = Duration::from_secs(1);
const TRY: Duration = Duration::from_millis(10);

impl Store {
    /// The right to put something else in the place of closed generations; packing gives way.
    pub(in crate::outbox) fn alone(&self) -> MutexGuard<'_, ()> {
        self.wanted.fetch_add(1, Ordering::Relaxed);
        let alone = self.rewriting.lock().unwrap_or_else(PoisonError::into_inner);
        self.wanted.fetch_sub(1, Ordering::Relaxed);
        alone
    }

    /// The same, or `None` after a second: the caller may be inside of one who has it.
    pub(super) fn soon_alone(&self) -> Option<MutexGuard<'_, ()>> {
        self.wanted.fetch_add(1, Ordering::Relaxed);
        let mut waited = Duration::ZERO;
        let alone = loop {
            match self.rewriting.try_lock() {
                Ok(alone) => break Some(alone),
                Err(TryLockError::Poisoned(alone)) => break Some(alone.into_inner()),
                Err(TryLockError::WouldBlock) if waited >= SOON => break None,
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(TRY);
                    waited += TRY;
                }
            }
        };
        self.wanted.fetch_sub(1, Ordering::Relaxed);
        alone
    }

    /// Packs the oldest closed generation that the hub does not have yet; `None` when there is none to pack, or no
    /// room for both copies.
    ///
    /// `go_on` is called after every step, and stops it by `false` as long as the copy does not count yet.
    pub fn compact(&self, go_on: &mut dyn FnMut(Step) -> bool) -> Result<Option<GenId>, StoreError> {
        let _alone = self.rewriting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((id, index)) = self.next_to_pack() else { return Ok(None) };
        if self.used().saturating_add(index.bytes) > self.config.quota.0 {
            return Ok(None);
        }
        let to = id.rewritten();
        let path = to.path(&self.dir);
        let written = self.open_to_pack(id, &path).and_then(|old| self.write_packed(&old, &path, go_on));
        let packing = match &written {
            Ok(Written::Whole(bytes)) if bytes + bytes / 8 < index.bytes => Packing::Packed,
            Ok(Written::Whole(_) | Written::Damaged) => Packing::Useless,
            Ok(Written::Stopped) | Err(_) => Packing::Appended,
        };
        let (Packing::Packed, Ok(Written::Whole(bytes))) = (packing, &written) else {
            {
                let mut inner = self.lock();
                inner.packing = None;
                if let Some(index) = inner.closed.get_mut(&id) {
                    index.packing = packing;
                }
            }
            if path.exists() {
                catalog::remove(&self.dir, to).map_err(|e| self.failed(e))?;
            }
            if matches!(written, Ok(Written::Whole(_))) {
                // Known at the next start too; a damaged one is looked at again.
                catalog::close(&self.dir, id, &Index { packing, ..index }).map_err(|e| self.failed(e))?;
            }
            return written.map(|_| None).map_err(Into::into);
        };
        let packed = Index { bytes: *bytes, packing, ..index };
        go_on(Step::Synced);
        catalog::close(&self.dir, to, &packed).map_err(|e| self.failed(e))?;
        go_on(Step::Closed);
        {
            let mut inner = self.lock();
            inner.packing = None;
            inner.closed.insert(to, packed);
        }
        go_on(Step::Swapped);
        self.drop_generation(id)?;
        debug!(generation = id.number, from = index.bytes, to = packed.bytes, "a generation is packed");
        Ok(Some(to))
    }

    fn next_to_pack(&self) -> Option<(GenId, Index)> {
        let inner = self.lock();
        let settled = inner.cursor.settled;
        // What the hub has goes soon enough as it is.
        let fits = |index: &Index| index.packing == Packing::Appended && !index.is_settled(settled);
        inner.closed.iter().find(|(_, index)| fits(index)).map(|(id, index)| (*id, *index))
    }

    /// Beside what is being read, which may be the same one.
    fn open_to_pack(&self, id: GenId, to: &Path) -> Result<Queue, QueueError> {
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = self.lock().opened(id);
        let queue = match opened {
            Some(queue) => queue,
            None => Queue::open(&id.path(&self.dir))?,
        };
        self.lock().packing = Some((id, queue.clone(), to.to_owned()));
        Ok(queue)
    }

    fn write_packed(
        &self,
        old: &Queue,
        path: &Path,
        go_on: &mut dyn FnMut(Step) -> bool,
    ) -> Result<Written, QueueError> {
        let mut new = Packer::create(path)?;
        let mut stopped = |step| !go_on(step) || self.wanted.load(Ordering::Relaxed) > 0;
        if stopped(Step::Begun) {
            return Ok(Written::Stopped);
        }
        for value in old.iter() {
            let (stream, first, value) = match value {
                Ok(value) => value,
                Err(cause) if cause.is_damage() => return Ok(self.damaged(path, &cause)),
                Err(cause) => return Err(cause),
            };
            let value = match Item::read(value) {
                Ok(Item::Frame { bytes, .. }) => bytes,
                Ok(Item::Loss(loss)) => Item::loss_value(&loss),
                Err(cause) => return Ok(self.damaged(path, &cause)),
            };
            if new.put(stream, first, value)? && stopped(Step::Packed) {
                return Ok(Written::Stopped);
            }
        }
        let bytes = new.finish()?;
        // The name of the directory must be as durable as what is in it.
        catalog::sync_names(&self.dir).map_err(|source| QueueError::Sync { path: path.to_owned(), source })?;
        Ok(Written::Whole(bytes))
    }

    fn damaged(&self, path: &Path, cause: &dyn std::error::Error) -> Written {
        warn!(path = %path.display(), "a generation is damaged and is left as it is: {cause}");
        Written::Damaged
    }
}
