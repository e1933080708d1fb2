//! What this store still owes the hub, on disk, in the order it happened.
//!
//! Only the hub's word ([`Store::settle`]) lets go of a record, and what is settled stays for `retain_acked`. Sales are
//! never shed; at the quota readings are thinned, then dropped, and always named (see `shed`). Nothing in here knows
//! about MQTT.

pub mod buffer;
pub mod catalog;
mod compactor;
pub mod cursor;
pub mod item;
mod pack;
mod packer;
pub mod queue;
mod shed;
pub mod store;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::{mpsc, oneshot, watch};
use vyavs_delivery::Seq;
use vyavs_delivery::edge_step::Lane;
use vyavs_service::config::ByteSize;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_wire::record::Record;

use store::Store;
use writer::Writer;

/// `[outbox]` in `edge.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutboxConfig {
    /// Where the generations lie.
    pub dir: PathBuf,
    /// Disk the outbox may fill before it sheds readings; at least 4 MiB.
    pub quota: ByteSize,
    /// How long readings gather before a batch is written.
    pub batch_ms: u32,
    /// Hours that acknowledged data is kept, within the quota, for a hub that must be restored.
    pub retain_acked_h: u32,
    /// When a generation is closed and the next one started.
    pub generation: ByteSize,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("/var/lib/vyavs/outbox"),
            quota: ByteSize(2 << 30),
            batch_ms: 1000,
            retain_acked_h: 72,
            // What is being written lies twice as loose as what is closed and packed, so there is little of it.
            generation: ByteSize(4 << 20),
        }
    }
}

impl OutboxConfig {
    /// How long acknowledged data is kept.
    pub fn retain(&self) -> Duration {
        Duration::from_secs(u64::from(self.retain_acked_h) * 3600)
    }
}

/// Why records were not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Nothing was written; a source that can wait should send again later.
    #[error("not stored: {0}")]
    Busy(String),
    /// The outbox has stopped.
    #[error("the outbox has stopped")]
    Stopped,
}

/// What the writer is asked to keep.
#[derive(Debug)]
pub struct Append {
    /// All of one stream or of several; kept in order within each.
    pub records: Vec<Record>,
    /// Answered when the records are synced to disk; `None` for telemetry that may gather first.
    pub done: Option<oneshot::Sender<Result<(), AppendError>>>,
}

/// What the writer is asked.
#[derive(Debug)]
pub enum Request {
    /// Keep this.
    Append(Append),
    /// Number everything anew under this epoch.
    Raise(u64, oneshot::Sender<(u64, [Lane; 3])>),
}

/// Where inputs put what they read. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox {
    tx: mpsc::Sender<Request>,
}

impl Outbox {
    /// For the writer, and for tests that play it.
    pub fn channel(depth: usize) -> (Self, mpsc::Receiver<Request>) {
        let (tx, rx) = mpsc::channel(depth);
        (Self { tx }, rx)
    }

    /// Starts the writer and the compactor, each on a thread of its own; they end when the last handle is gone. The receiver tells the next
    /// numbers after each commit.
    pub fn start(store: Arc<Store>, life: &Lifecycle) -> (Self, watch::Receiver<[Seq; 3]>) {
        let (outbox, requests) = Self::channel(256);
        let (_, _, lanes) = store.lanes();
        let (heads, seen) = watch::channel(lanes.map(|lane| lane.next));
        let runtime = tokio::runtime::Handle::current();
        let (alive, writing) = watch::channel(());
        let packed = store.clone();
        let beside = runtime.clone();
        life.spawn_blocking(move || compactor::run(&packed, writing, &beside));
        let writer = Writer::new(store, requests, heads);
        life.spawn_blocking(move || {
            writer.run(&runtime);
            drop(alive);
        });
        (outbox, seen)
    }

    /// Returns when the records are on disk and synced: only now may a source be acknowledged.
    pub async fn append(&self, records: Vec<Record>) -> Result<(), AppendError> {
        let (done, answer) = oneshot::channel();
        let append = Append { records, done: Some(done) };
        self.tx.send(Request::Append(append)).await.map_err(|_| AppendError::Stopped)?;
        answer.await.map_err(|_| AppendError::Stopped)?
    }

    /// Hands over telemetry, which gathers for `batch_ms` before it is written; waits only for room.
    pub async fn offer(&self, records: Vec<Record>) -> Result<(), AppendError> {
        let append = Append { records, done: None };
        self.tx.send(Request::Append(append)).await.map_err(|_| AppendError::Stopped)
    }

    /// Numbers everything held anew; see [`Store::raise`].
    pub async fn raise(&self, to: u64) -> Result<(u64, [Lane; 3]), AppendError> {
        let (done, answer) = oneshot::channel();
        self.tx.send(Request::Raise(to, done)).await.map_err(|_| AppendError::Stopped)?;
        answer.await.map_err(|_| AppendError::Stopped)
    }
}
