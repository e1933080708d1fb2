//! One generation of the outbox: frames by stream and number in a sled database of their own.
//!
//! This is the only file that names sled. A value is a whole frame, not a record: sled costs per value, and the frame
//! brings its own checksum. `flush` alone is not power-safe on Linux (it does not reach the device's cache), so
//! [`Queue::commit`] ends with `sync_data` on sled's own file. One sled tree never gives disk back, so a generation
//! is dropped whole, as a directory (see `catalog`).

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use vyavs_delivery::Seq;
use vyavs_wire::record::Stream;

/// Failed to read or write a generation.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The database refused.
    #[error("failed to use the buffer in {path}")]
    Sled {
        /// Which generation.
        path: PathBuf,
        /// Why.
        #[source]
        source: sled::Error,
    },
    /// The disk refused to sync.
    #[error("failed to sync the buffer in {path}")]
    Sync {
        /// Which generation.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// sled gave up on what it read: on a damaged file it panics more often than it answers.
    #[error("the buffer in {path} is damaged: sled panicked: {what}")]
    Panicked {
        /// Which generation.
        path: PathBuf,
        /// What it said.
        what: String,
    },
}

impl QueueError {
    /// Whether the files are damaged, so that trying again is no use; a busy or full disk is not damage.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Panicked { .. } => true,
            Self::Sync { .. } => false,
            // What sled finds wrong in a file it reports without an error number of the system.
            Self::Sled { source: sled::Error::Io(cause), .. } => cause.raw_os_error().is_none() && !is_lock(cause),
            Self::Sled { .. } => true,
        }
    }
}

/// The generation is open elsewhere; sled tells it in words only.
fn is_lock(cause: &io::Error) -> bool {
    cause.to_string().starts_with("could not acquire lock")
}

/// Runs `work`, and makes a panic of sled's an error like any other.
fn guarded<T>(path: &Path, work: impl FnOnce() -> sled::Result<T>) -> Result<T, QueueError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|source| QueueError::Sled { path: path.to_owned(), source }),
        Err(panic) => {
            let what = panic.downcast_ref::<String>().cloned();
            let what = what.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(QueueError::Panicked { path: path.to_owned(), what: what.unwrap_or_else(|| "no message".to_owned()) })
        }
    }
}

/// How long another user of the same generation, about to let go of it, is waited for.
const LOCK_WAIT: Duration = Duration::from_millis(20);
const LOCK_TRIES: u32 = 50;

/// An open generation.
#[derive(Clone, Debug)]
pub struct Queue {
    db: sled::Db,
    path: PathBuf,
}

/// sled's page cache for one generation: frames are read once, in order, so a cache wins nothing.
const CACHE: u64 = 1024 * 1024;

fn key(stream: Stream, first: Seq) -> [u8; 9] {
    let mut key = [0; 9];
    key[0] = stream.number();
    key[1..].copy_from_slice(&first.to_be_bytes());
    key
}

fn split(key: &[u8]) -> Option<(Stream, Seq)> {
    let (stream, first) = key.split_first()?;
    Some((Stream::from_number(*stream)?, Seq::from_be_bytes(first.try_into().ok()?)))
}

impl Queue {
    /// Opens or creates the generation in `path`.
    pub fn open(path: &Path) -> Result<Self, QueueError> {
        let config = sled::Config::new()
            .path(path)
            .cache_capacity(CACHE)
            // Committing is ours: no thread writes behind our back.
            .flush_every_ms(None);
        let mut tries = 0;
        let db = loop {
            match guarded(path, || config.open()) {
                Err(QueueError::Sled { source: sled::Error::Io(cause), .. })
                    if is_lock(&cause) && tries < LOCK_TRIES =>
                {
                    tries += 1;
                    std::thread::sleep(LOCK_WAIT);
                }
                done => break done?,
            }
        };
        Ok(Self { db, path: path.to_owned() })
    }

    /// Writes all values or none, and returns when they are on the device.
    pub fn commit<'a>(&self, values: impl IntoIterator<Item = (Stream, Seq, &'a [u8])>) -> Result<(), QueueError> {
        let mut batch = sled::Batch::default();
        for (stream, first, value) in values {
            batch.insert(&key(stream, first), value);
        }
        guarded(&self.path, || self.db.apply_batch(batch))?;
        self.sync()
    }

    /// Returns when everything written is on the device.
    pub fn sync(&self) -> Result<(), QueueError> {
        guarded(&self.path, || self.db.flush())?;
        File::open(self.path.join("db"))
            .and_then(|file| file.sync_data())
            .map_err(|source| QueueError::Sync { path: self.path.clone(), source })
    }

    /// The value that starts at or before `at`, with its first number.
    pub fn at_or_before(&self, stream: Stream, at: Seq) -> Result<Option<(Seq, Vec<u8>)>, QueueError> {
        let from = key(stream, 0);
        let to = key(stream, at);
        self.entry(|| self.db.range(from.as_slice()..=to.as_slice()).next_back())
    }

    /// The first value that starts after `at`.
    pub fn after(&self, stream: Stream, at: Seq) -> Result<Option<(Seq, Vec<u8>)>, QueueError> {
        let from = key(stream, at.saturating_add(1));
        let to = key(stream, Seq::MAX);
        self.entry(|| self.db.range(from.as_slice()..=to.as_slice()).next())
    }

    fn entry(
        &self,
        find: impl FnOnce() -> Option<Result<(sled::IVec, sled::IVec), sled::Error>>,
    ) -> Result<Option<(Seq, Vec<u8>)>, QueueError> {
        let found = guarded(&self.path, || find().transpose())?;
        Ok(found.and_then(|(key, value)| split(&key).map(|(_, first)| (first, value.to_vec()))))
    }

    /// Every value, by stream and number; ends at the first error.
    pub fn iter(&self) -> impl Iterator<Item = Result<(Stream, Seq, Vec<u8>), QueueError>> + '_ {
        let mut entries = self.db.iter();
        let mut over = false;
        std::iter::from_fn(move || {
            while !over {
                match guarded(&self.path, || entries.next().transpose()) {
                    Ok(None) => over = true,
                    Ok(Some((key, value))) => {
                        if let Some((stream, first)) = split(&key) {
                            return Some(Ok((stream, first, value.to_vec())));
                        }
                    }
                    Err(cause) => {
                        over = true;
                        return Some(Err(cause));
                    }
                }
            }
            None
        })
    }

    /// Bytes of its files, as the disk counts them.
    pub fn disk_bytes(&self) -> u64 {
        dir_bytes(&self.path)
    }
}

/// Bytes of all files below `path`.
pub fn dir_bytes(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => dir_bytes(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}
