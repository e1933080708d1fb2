//! The outbox on disk: appends frames, finds them again by number, lets go of what is settled.
//!
//! One thread appends (see `writer`); the uplink reads and settles. The lock is held for bookkeeping only, never
//! across a write to the disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::{error, info, warn};
use vyavs_delivery::edge_step::Lane;
use vyavs_delivery::frame::{Encoder, FrameError, Header, chain_of};
use vyavs_delivery::{Chain, Seq};
use vyavs_domain::time::BootId;
use vyavs_service::clock::Clock;
use vyavs_wire::record::{PastLossV1, Record, Stream};
use vyavs_wire::up::{LossReasonV1, LossV1};

use super::OutboxConfig;
use super::catalog::{self, GenId, Index, Span};
use super::cursor::Cursor;
use super::item::Item;
use super::queue::{Queue, QueueError};

/// The outbox cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory cannot be made, listed or changed.
    #[error("failed to use the outbox directory {path}")]
    Dir {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database refused.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A record cannot be framed.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// At the quota, and nothing may be shed.
    #[error("the outbox is full: {used} of {quota} bytes, and what is left is money or alarms")]
    Full {
        /// Bytes used.
        used: u64,
        /// Bytes allowed.
        quota: u64,
    },
}

/// Signs a loss statement with the device's key.
pub type LossSigner = Arc<dyn Fn(&LossV1) -> Vec<u8> + Send + Sync>;

/// The outbox on disk. Shared; every method blocks on the disk, so async callers go through `spawn_blocking`.
pub struct Store {
    pub(super) dir: PathBuf,
    pub(super) config: OutboxConfig,
    pub(super) clock: Clock,
    boot: BootId,
    clock_state: AtomicU8,
    sign: LossSigner,
    inner: Mutex<Inner>,
    /// One closed generation is opened at a time: sled locks its file, even against ourselves.
    opening: Mutex<()>,
    _lock: fs::File,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("dir", &self.dir).finish_non_exhaustive()
    }
}

pub(super) struct Inner {
    pub(super) cursor: Cursor,
    cursor_dirty: bool,
    chain: [Chain; 3],
    pub(super) closed: BTreeMap<GenId, Index>,
    /// `None` after a disk error, until it can be opened again.
    active: Option<Active>,
    active_id: GenId,
    /// The closed generation that is being read.
    reading: Option<(GenId, Queue)>,
    /// Statements to write before anything else: losses found while opening.
    owed: Vec<LossV1>,
}

#[derive(Clone)]
struct Active {
    queue: Queue,
    index: Index,
}

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
    /// The last write failed and the buffer could not be opened again yet.
    pub broken: bool,
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

fn number(stream: Stream) -> usize {
    usize::from(stream.number())
}

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
                    index.bytes = super::queue::dir_bytes(&id.path(&dir));
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
            reading: None,
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

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Bookkeeping only: a panic elsewhere leaves it consistent enough to go on.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, source: std::io::Error) -> StoreError {
        StoreError::Dir { path: self.dir.clone(), source }
    }

    /// 0 synced, 1 holdover, 2 unset: what the next frames say of the clock.
    pub fn set_clock_state(&self, state: u8) {
        self.clock_state.store(state, Ordering::Relaxed);
    }

    /// Writes records, synced, and returns the next numbers; on error nothing is owed for them.
    pub fn append(&self, encoder: &mut Encoder, records: &[Record]) -> Result<[Seq; 3], StoreError> {
        self.reopen()?;
        let (cursor, chain, active) = {
            let inner = self.lock();
            (inner.cursor.clone(), inner.chain, inner.active.clone().expect("reopen left it open"))
        };
        let mut frames = Vec::new();
        let (mut next, mut chains) = (cursor.next, chain);
        for stream in Stream::ALL {
            let start = Header {
                stream,
                epoch: cursor.epoch,
                first: next[number(stream)],
                count: 0,
                boot_id: *self.boot.0.as_bytes(),
                mono_ms: u64::try_from(self.clock.uptime().as_millis()).unwrap_or(u64::MAX),
                wall_us: self.clock.now().as_microsecond(),
                clock: self.clock_state.load(Ordering::Relaxed),
                prev: chains[number(stream)],
            };
            for frame in encoder.encode(start, records.iter().filter(|record| record.stream() == stream))? {
                next[number(stream)] = frame.header.last() + 1;
                chains[number(stream)] = frame.chain;
                frames.push(frame);
            }
        }
        let written = active.queue.commit(frames.iter().map(|f| (f.header.stream, f.header.first, f.bytes.as_slice())));
        let mut inner = self.lock();
        if let Err(cause) = written {
            // What the disk has now is unknown: closed here, opened and read again before the next write.
            inner.active = None;
            return Err(cause.into());
        }
        inner.cursor.next = next;
        inner.chain = chains;
        inner.cursor_dirty = true;
        if let Some(active) = &mut inner.active {
            for frame in &frames {
                active.index.spans[number(frame.header.stream)].extend(frame.header.first, frame.header.last());
            }
        }
        Ok(next)
    }

    /// After a disk error: opens the written generation again and believes only what is there.
    fn reopen(&self) -> Result<(), StoreError> {
        let (id, epoch) = {
            let inner = self.lock();
            if inner.active.is_some() {
                return Ok(());
            }
            (inner.active_id, inner.cursor.epoch)
        };
        let queue = Queue::open(&id.path(&self.dir))?;
        queue.sync()?;
        let index = reindex(&queue, epoch, self.clock.now().as_microsecond())?;
        let mut inner = self.lock();
        for stream in Stream::ALL {
            let span = index.span(stream);
            if !span.is_empty() {
                inner.cursor.next[number(stream)] = inner.cursor.next[number(stream)].max(span.last + 1);
            }
        }
        inner.active = Some(Active { queue, index });
        let next = inner.cursor.next;
        drop(inner);
        for stream in Stream::ALL {
            let chain = self.chain_before(stream, next[number(stream)])?;
            self.lock().chain[number(stream)] = chain.unwrap_or_default();
        }
        info!("the buffer is open again");
        Ok(())
    }

    fn chain_before(&self, stream: Stream, next: Seq) -> Result<Option<Chain>, StoreError> {
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

    pub(super) fn loss(&self, stream: Stream, first: Seq, last: Seq, reason: LossReasonV1, detail: String) -> LossV1 {
        let epoch = self.lock().cursor.epoch;
        LossV1 { epoch, stream: stream.number(), first, last, reason, at_us: self.clock.now().as_microsecond(), detail }
    }

    fn first_at_or_after(&self, stream: Stream, at: Seq) -> Seq {
        let inner = self.lock();
        let spans = inner.closed.values().map(|index| index.span(stream));
        let active = inner.active.iter().map(|active| active.index.span(stream));
        let first =
            spans.chain(active).filter(|span| !span.is_empty() && span.last >= at).map(|span| span.first.max(at)).min();
        first.unwrap_or(inner.cursor.next[number(stream)])
    }

    fn find(&self, stream: Stream, at: Seq) -> Result<Option<Item>, QueueError> {
        match self.look(stream, at) {
            // Damage below the frames, in the database itself.
            Err(cause) if cause.is_damage() => {
                self.name_generation(stream, at, &cause)?;
                self.look(stream, at)
            }
            found => found,
        }
    }

    fn look(&self, stream: Stream, at: Seq) -> Result<Option<Item>, QueueError> {
        let Some((queue, span)) = self.holder(stream, at)? else { return Ok(None) };
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
        let loss = self.loss(stream, first, last, LossReasonV1::Corrupt, detail.to_owned());
        error!(stream = stream.number(), first, last, "a frame is damaged; it is named as lost");
        queue.commit([(stream, first, Item::loss_value(&loss).as_slice())])?;
        Ok(Some(Item::Loss(loss)))
    }

    /// Sets the generation at `at` aside and names its numbers in its place.
    fn name_generation(&self, stream: Stream, at: Seq, cause: &QueueError) -> Result<(), QueueError> {
        let holder = {
            let inner = self.lock();
            let holds = |index: &Index| index.span(stream).first <= at && at <= index.span(stream).last;
            inner.closed.iter().find(|(_, index)| holds(index)).map(|(id, index)| (*id, *index))
        };
        // The written one cannot be set aside under its writer; the next start does.
        let Some((id, index)) = holder else { return Ok(()) };
        self.replace_damaged(id, index, cause)
    }

    fn replace_damaged(&self, id: GenId, index: Index, cause: &QueueError) -> Result<(), QueueError> {
        let rewritten = GenId { number: id.number, rewrite: id.rewrite + 1 };
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
        let index = Index { bytes: super::queue::dir_bytes(&path), shed: 2, ..index };
        catalog::close(&self.dir, rewritten, &index).map_err(sync)?;
        let aside = catalog::quarantine(&self.dir, id, self.clock.now().as_microsecond()).map_err(sync)?;
        error!(path = %aside.display(), "a buffer could not be read and was set aside: {cause}");
        let mut inner = self.lock();
        inner.reading = None;
        inner.closed.remove(&id);
        inner.closed.insert(rewritten, index);
        Ok(())
    }

    fn holder(&self, stream: Stream, at: Seq) -> Result<Option<(Queue, Span)>, QueueError> {
        let covers = |index: &Index| {
            let span = index.span(stream);
            !span.is_empty() && span.first <= at && at <= span.last
        };
        let id = {
            let inner = self.lock();
            if let Some(active) = inner.active.as_ref().filter(|active| covers(&active.index)) {
                return Ok(Some((active.queue.clone(), active.index.span(stream))));
            }
            let Some((id, _)) = inner.closed.iter().find(|(_, index)| covers(index)) else { return Ok(None) };
            *id
        };
        let queue = self.open_closed(id)?;
        Ok(self.lock().closed.get(&id).map(|index| (queue, index.span(stream))))
    }

    /// The generation that is being read, or else this one in its place.
    pub(super) fn open_closed(&self, id: GenId) -> Result<Queue, QueueError> {
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, queue)) = self.lock().reading.as_ref().filter(|(reading, _)| *reading == id) {
            return Ok(queue.clone());
        }
        // The old one is dropped first: two open databases are twice the memory.
        let old = self.lock().reading.take();
        drop(old);
        let queue = Queue::open(&id.path(&self.dir))?;
        self.lock().reading = Some((id, queue.clone()));
        Ok(queue)
    }

    /// The hub has everything up to `through` (or, after it was restored, only that).
    pub fn settle(&self, stream: Stream, through: Seq) {
        let mut inner = self.lock();
        inner.cursor.settled[number(stream)] = through;
        inner.cursor_dirty = true;
    }

    /// The hub's life that settles.
    pub fn set_incarnation(&self, incarnation: [u8; 16]) {
        let mut inner = self.lock();
        inner.cursor.incarnation = Some(incarnation);
        inner.cursor_dirty = true;
    }

    /// Epoch, hub incarnation and lanes, for the protocol's start.
    pub fn lanes(&self) -> (u64, Option<[u8; 16]>, [Lane; 3]) {
        let inner = self.lock();
        let lane =
            |stream: Stream| Lane::resume(inner.cursor.next[number(stream)], inner.cursor.settled[number(stream)]);
        (inner.cursor.epoch, inner.cursor.incarnation, Stream::ALL.map(lane))
    }

    /// The device's signature under a statement.
    pub fn sign(&self, loss: &LossV1) -> Vec<u8> {
        (self.sign)(loss)
    }

    /// Numbers, bytes, oldest unsent.
    pub fn status(&self) -> Status {
        let (cursor, chain, broken, generations) = {
            let inner = self.lock();
            (inner.cursor.clone(), inner.chain, inner.active.is_none(), inner.closed.len() + 1)
        };
        let stream = |stream: Stream| {
            let (next, settled) = (cursor.next[number(stream)], cursor.settled[number(stream)]);
            let unsent = (next - 1).saturating_sub(settled);
            let oldest = self.first_at_or_after(stream, 1);
            let first = (unsent > 0).then(|| self.find(stream, settled + 1));
            let oldest_us = match first {
                Some(Ok(Some(Item::Frame { bytes, .. }))) => {
                    vyavs_delivery::frame::Frame::parse(&bytes).ok().map(|frame| frame.header.wall_us)
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
            broken,
        }
    }

    /// Bytes on disk.
    pub fn used(&self) -> u64 {
        let (closed, active) = {
            let inner = self.lock();
            (inner.closed.values().map(|index| index.bytes).sum::<u64>(), inner.active_id)
        };
        closed + super::queue::dir_bytes(&active.path(&self.dir))
    }

    /// Closes the written generation when it is large or old enough, and starts the next.
    pub fn rotate(&self, force: bool) -> Result<(), StoreError> {
        let now_us = self.clock.now().as_microsecond();
        let (id, mut index) = {
            let inner = self.lock();
            let Some(active) = &inner.active else { return Ok(()) };
            (inner.active_id, active.index)
        };
        let bytes = super::queue::dir_bytes(&id.path(&self.dir));
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
        for id in expired {
            self.drop_generation(id)?;
        }
        Ok(())
    }

    pub(super) fn drop_generation(&self, id: GenId) -> Result<(), StoreError> {
        {
            let mut inner = self.lock();
            inner.closed.remove(&id);
            if inner.reading.as_ref().is_some_and(|(reading, _)| *reading == id) {
                inner.reading = None;
            }
        }
        catalog::remove(&self.dir, id).map_err(|e| self.failed(e))
    }

    /// Replaces a closed generation by a smaller one that holds the same numbers.
    pub(super) fn replace_generation(&self, id: GenId, index: Index) -> Result<(), StoreError> {
        let rewritten = GenId { number: id.number, rewrite: id.rewrite + 1 };
        catalog::close(&self.dir, rewritten, &index).map_err(|e| self.failed(e))?;
        self.lock().closed.insert(rewritten, index);
        self.drop_generation(id)
    }

    /// Writes everything held under a new epoch: the hub and this disk tell two histories, or a part of it is gone.
    ///
    /// On error everything is held under the old numbers, as before.
    pub fn raise(&self, to: u64, encoder: &mut Encoder) -> Result<(u64, [Lane; 3]), StoreError> {
        info!(epoch = to, "everything held is numbered anew under a new epoch");
        self.reopen()?;
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
                inner.reading = None;
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
            inner.reading = None;
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
                        let Ok(records) = vyavs_delivery::frame::Frame::parse(&bytes).and_then(|frame| frame.records())
                        else {
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

    pub(super) fn save_cursor(&self) -> Result<(), StoreError> {
        let cursor = {
            let mut inner = self.lock();
            inner.cursor_dirty = false;
            inner.cursor.clone()
        };
        cursor.save(&self.dir).map_err(|e| self.failed(e))
    }

    /// Every closed generation and the written one, oldest first, for `buffer verify` and `export`.
    pub fn walk(
        &self,
        mut visit: impl FnMut(Stream, Seq, Result<Item, super::item::ItemError>),
    ) -> Result<(), StoreError> {
        let closed = self.lock().closed.clone();
        for (id, index) in closed {
            let mut expected = index.spans.map(|span| span.first);
            let mut read = || -> Result<(), QueueError> {
                for value in self.open_closed(id)?.iter() {
                    let (stream, first, bytes) = value?;
                    let item = Item::read(bytes);
                    expected[number(stream)] = item.as_ref().map_or(first, |item| item.range().1) + 1;
                    visit(stream, first, item);
                }
                Ok(())
            };
            match read() {
                Err(cause) if cause.is_damage() => {
                    for stream in Stream::ALL {
                        if expected[number(stream)] <= index.span(stream).last {
                            let why = super::item::ItemError::Database(cause.to_string());
                            visit(stream, expected[number(stream)], Err(why));
                        }
                    }
                }
                done => done?,
            }
        }
        let active = self.lock().active.clone();
        if let Some(active) = active {
            for value in active.queue.iter() {
                let (stream, first, bytes) = value?;
                visit(stream, first, Item::read(bytes));
            }
        }
        Ok(())
    }
}

fn corrupt(epoch: u64, stream: Stream, first: Seq, last: Seq, clock: &Clock) -> LossV1 {
    let detail = "the frame on disk no longer matches its checksum".to_owned();
    let at_us = clock.now().as_microsecond();
    LossV1 { epoch, stream: stream.number(), first, last, reason: LossReasonV1::Corrupt, at_us, detail }
}

fn is_empty(index: &Index) -> bool {
    index.spans.iter().all(Span::is_empty)
}

/// The numbers a database holds, from its first and last value of each stream.
fn reindex(queue: &Queue, epoch: u64, now_us: i64) -> Result<Index, QueueError> {
    let mut index = Index::new(epoch, now_us);
    for stream in Stream::ALL {
        let (Some((first, _)), Some((start, bytes))) = (queue.after(stream, 0)?, queue.at_or_before(stream, Seq::MAX)?)
        else {
            continue;
        };
        let claimed = super::item::claimed_last(&bytes, start);
        let last = match Item::read(bytes) {
            Ok(item) => {
                if let Item::Frame { bytes, .. } = &item
                    && let Ok(frame) = vyavs_delivery::frame::Frame::parse(bytes)
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

/// Whether `dir` looks like an outbox.
pub fn exists(dir: &Path) -> bool {
    dir.join("cursor").exists()
}
