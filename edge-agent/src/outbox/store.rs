//! The outbox on disk: appends frames, finds them again by number, lets go of what is settled.
//!
//! One thread appends (see `writer`); the uplink reads and settles. The lock is held for bookkeeping only, never
//! across a write to the disk.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vyavs_delivery::edge_step::Lane;
use vyavs_delivery::frame::FrameError;
use vyavs_delivery::{Chain, Seq};
use vyavs_domain::time::BootId;
use vyavs_service::clock::Clock;
use vyavs_wire::record::Stream;
use vyavs_wire::up::LossV1;

use super::OutboxConfig;
use super::catalog::{GenId, Index, Span};
use super::cursor::Cursor;
use super::queue::{Queue, QueueError};

mod append;
mod compact;
mod generations;
mod open;
mod raise;
mod read;
mod status;
mod walk;

pub use compact::Step;
pub use status::{Status, StreamStatus};

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
    /// Held by whoever puts something else in the place of closed generations.
    rewriting: Mutex<()>,
    /// How many wait for that, so that packing, which can be done later, gives way.
    wanted: AtomicUsize,
    /// Why the last write failed; `None` once one succeeded.
    refusing: Mutex<Option<String>>,
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
    /// The closed generations that are being read, the last used at the back.
    reading: VecDeque<(GenId, Queue)>,
    /// The one that is being packed, and where to.
    packing: Option<(GenId, Queue, PathBuf)>,
    /// Statements to write before anything else: losses found while opening.
    owed: Vec<LossV1>,
}

#[derive(Clone)]
struct Active {
    queue: Queue,
    index: Index,
}

fn number(stream: Stream) -> usize {
    usize::from(stream.number())
}

impl Store {
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

    /// How the last write went, for people: `Some` says why it failed.
    pub(super) fn wrote(&self, refusing: Option<String>) {
        *self.refusing.lock().unwrap_or_else(PoisonError::into_inner) = refusing;
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
}

fn is_empty(index: &Index) -> bool {
    index.spans.iter().all(Span::is_empty)
}

/// Whether `dir` looks like an outbox.
pub fn exists(dir: &Path) -> bool {
    dir.join("cursor").exists()
}
