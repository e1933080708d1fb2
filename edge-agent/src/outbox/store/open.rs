//! Opening: what lies on the disk, what of it can be read, and what must be named as lost.

use std::collections::VecDeque;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicUsize};

use tracing::{error, info, warn};
use vyavs_delivery::Seq;
use vyavs_delivery::frame::{Encoder, Frame};
use vyavs_domain::time::BootId;
use vyavs_service::clock::Clock;
use vyavs_wire::record::Stream;
use vyavs_wire::up::{LossReasonV1, LossV1};

use super::{Active, Inner, LossSigner, Store, StoreError, is_empty, number};
use crate::outbox::OutboxConfig;
use crate::outbox::catalog::{self, GenId, Index, Packing};
use crate::outbox::cursor::Cursor;
use crate::outbox::item::{self, Item};
use crate::outbox::queue::{Queue, QueueError, dir_bytes};

impl Store {
    /// Opens the outbox in `config.dir`, or creates it. Lists generations and opens one; loads no backlog.
    pub fn open(config: OutboxConfig, clock: Clock, boot: BootId, sign: LossSigner) -> Result<Self, StoreError> {
        let dir = config.dir.clone();
        let failed = |source| StoreError::Dir { path: dir.clone(), source };
        fs::create_dir_all(&dir).map_err(failed)?;
        // Before anything is swept or set aside: a running agent's files look unfinished too.
        let lock = catalog::lock(&dir).map_err(failed)?;
        catalog::sweep(&dir).map_err(failed)?;
        let mut found = catalog::scan(&dir).map_err(failed)?;
        let now_us = clock.now().as_microsecond();
        let known = Cursor::load(&dir);
        let fresh = known.is_none() && found.closed.is_empty() && found.open.is_empty();
        // A new buffer's epoch is a time, so that a wiped box never numbers its records like an earlier buffer did.
        let mut cursor = known.unwrap_or_else(|| Cursor::new(u64::try_from(now_us).unwrap_or(1).max(1)));

        let mut active: Option<(GenId, Active)> = None;
        let mut damaged = false;
        // Only the last of all is written on; one that lost its index is closed again.
        let newest = found.open.iter().copied().max().filter(|id| found.closed.keys().all(|closed| closed < id));
        for id in std::mem::take(&mut found.open) {
            match Queue::open(&id.path(&dir))
                .and_then(|queue| reindex(&queue, cursor.epoch, now_us).map(|i| (queue, i)))
            {
                Ok((queue, index)) if Some(id) == newest => active = Some((id, Active { queue, index })),
                Ok((_, mut index)) => {
                    index.closed_us = now_us;
                    index.bytes = dir_bytes(&id.path(&dir));
                    catalog::close(&dir, id, &index).map_err(failed)?;
                    found.closed.insert(id, index);
                }
                // Held by someone else, or the disk refuses: no reason to set data aside.
                Err(cause) if !cause.is_damage() => return Err(cause.into()),
                Err(cause) => {
                    let aside = catalog::quarantine(&dir, id, now_us).map_err(failed)?;
                    error!(path = %aside.display(), "a buffer could not be opened and was set aside: {cause}");
                    damaged = true;
                }
            }
        }
        if fresh {
            info!(epoch = cursor.epoch, "a new outbox in {}", dir.display());
        } else if Cursor::load(&dir).is_none() {
            // The file is gone or damaged: the frames know their epoch; what was settled the hub will say.
            cursor.epoch = found
                .closed
                .values()
                .map(|i| i.epoch)
                .chain(active.iter().map(|a| a.1.index.epoch))
                .max()
                .unwrap_or(cursor.epoch);
        }
        // Frames of another epoch are an unfinished rewrite under a new one.
        let strangers: Vec<_> =
            found.closed.iter().filter(|(_, i)| i.epoch != cursor.epoch).map(|(id, _)| *id).collect();
        for id in strangers {
            found.closed.remove(&id);
            catalog::remove(&dir, id).map_err(failed)?;
        }
        if let Some((id, _)) = active.take_if(|(_, a)| a.index.epoch != cursor.epoch && !is_empty(&a.index)) {
            catalog::remove(&dir, id).map_err(failed)?;
        }

        let mut on_disk = [1; 3];
        for index in found.closed.values().chain(active.iter().map(|a| &a.1.index)) {
            for stream in Stream::ALL {
                let span = index.span(stream);
                if !span.is_empty() {
                    on_disk[number(stream)] = on_disk[number(stream)].max(span.last + 1);
                }
            }
        }
        let mut owed = Vec::new();
        for stream in Stream::ALL {
            let (disk, told) = (on_disk[number(stream)], cursor.next[number(stream)]);
            let settled = cursor.settled[number(stream)];
            // Erased because settled is no loss; what the cursor file saw written and is neither, is.
            let from = disk.max(settled + 1);
            if from < told {
                let detail = "the buffer that held these records could not be opened and was set aside".to_owned();
                let loss = LossV1 {
                    epoch: cursor.epoch,
                    stream: stream.number(),
                    first: from,
                    last: told - 1,
                    reason: LossReasonV1::BufferLost,
                    at_us: now_us,
                    detail,
                };
                warn!(
                    stream = stream.number(),
                    first = loss.first,
                    last = loss.last,
                    "records were lost with a buffer"
                );
                owed.push(loss);
                damaged = true;
            }
            cursor.next[number(stream)] = disk.max(told);
        }
        let top = found.closed.keys().chain(active.iter().map(|a| &a.0)).map(|id| id.number).max().unwrap_or(0);
        let (active_id, active) = match active {
            Some(active) => active,
            None => {
                let id = GenId { number: top + 1, rewrite: 0 };
                (id, Active { queue: Queue::open(&id.path(&dir))?, index: Index::new(cursor.epoch, now_us) })
            }
        };
        let inner = Inner {
            cursor,
            cursor_dirty: false,
            chain: [[0; 16]; 3],
            closed: found.closed,
            active: Some(active),
            active_id,
            reading: VecDeque::new(),
            packing: None,
            owed,
        };
        inner.cursor.save(&dir).map_err(failed)?;
        let store = Self {
            dir,
            config,
            clock,
            boot,
            clock_state: AtomicU8::new(2),
            sign,
            inner: Mutex::new(inner),
            opening: Mutex::new(()),
            refusing: Mutex::default(),
            rewriting: Mutex::new(()),
            wanted: AtomicUsize::new(0),
            _lock: lock,
        };
        for stream in Stream::ALL {
            // Not within the call: the guard would live as long as the statement, and `chain_before` locks too.
            let next = store.lock().cursor.next[number(stream)];
            let chain = store.chain_before(stream, next)?;
            store.lock().chain[number(stream)] = chain.unwrap_or_default();
        }
        if damaged {
            let to = store.lock().cursor.epoch + 1;
            store.raise(to, &mut Encoder::new())?;
        }
        Ok(store)
    }
}

/// The numbers a database holds, from its first and last value of each stream.
pub(super) fn reindex(queue: &Queue, epoch: u64, now_us: i64) -> Result<Index, QueueError> {
    let mut index = Index::new(epoch, now_us);
    if queue.is_packed() {
        index.packing = Packing::Packed;
    }
    for stream in Stream::ALL {
        let (Some((first, _)), Some((start, bytes))) = (queue.after(stream, 0)?, queue.at_or_before(stream, Seq::MAX)?)
        else {
            continue;
        };
        let claimed = item::claimed_last(&bytes, start);
        let last = match Item::read(bytes) {
            Ok(item) => {
                if let Item::Frame { bytes, .. } = &item
                    && let Ok(frame) = Frame::parse(bytes)
                {
                    index.epoch = frame.header.epoch;
                    index.opened_us = index.opened_us.min(frame.header.wall_us);
                }
                item.range().1
            }
            // Its checksum fails, but where it ends its header may still say; its numbers are not given twice.
            Err(_) => claimed.unwrap_or(start),
        };
        index.spans[number(stream)].extend(first, last);
    }
    Ok(index)
}
