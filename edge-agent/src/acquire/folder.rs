//! A folder that a till drops files into: what is complete is read, once, and remembered.
//!
//! Complete is what did not change for a while. A file is read as a stream on a thread of its own; what it says goes to
//! the outbox in batches, and only when a batch is durable is the place in the file saved (beside the outbox, by an atomic
//! rename). A reading that was stopped goes on there if what was read before still stands there; a file that is replaced
//! while it is read is noticed and read again from its start. Nothing in here knows what is in the files.

pub mod memory;
mod pattern;
pub mod sink;
mod watcher;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use vyavs_codec::tillfile::{Entry, Place, Terminals};
use vyavs_domain::money::Currency;
use vyavs_domain::time::StoreTime;
use vyavs_service::lifecycle::Pulse;

use super::Context;
use crate::health::InputHandle;
use memory::{Memory, Progress};
use watcher::Watcher;

pub use pattern::matches;

/// What happens to a file that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterRead {
    /// It stays, and is remembered.
    #[default]
    Keep,
    /// It goes into the folder `done` in its folder; what cannot be read into `refused`.
    Move,
    /// It is deleted; what cannot be read stays.
    Delete,
}

/// Where and how a folder is watched.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Of the input.
    pub name: String,
    /// Which folder.
    pub folder: PathBuf,
    /// What happens to what was read.
    pub done: AfterRead,
    /// How long a file must not have changed.
    pub settle: Duration,
    /// The file that remembers.
    pub state: PathBuf,
}

/// Why an input of files ended.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The section cannot be used.
    #[error("{section} {name}: {why}")]
    Config {
        /// Which section.
        section: &'static str,
        /// Which input.
        name: String,
        /// Why.
        why: String,
    },
    /// What was read cannot be remembered, and so nothing may be read.
    #[error("failed to write {path}: {source}")]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The outbox has stopped.
    #[error("the outbox has stopped")]
    Stopped,
}

/// Something that may be read: a file, or a folder of files that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its name in the folder.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Device, inode, size and time of change of everything in it: what differs was changed or replaced.
    pub stamp: String,
    /// When it last changed.
    pub modified: Timestamp,
}

/// The shop, as files need it.
#[derive(Clone, Debug)]
pub struct Site {
    /// Which till is which.
    pub terminals: Terminals,
    /// The store's reading of time.
    pub time: Arc<StoreTime>,
    /// The store's currency.
    pub currency: Currency,
}

impl Site {
    /// As the readers of files want it.
    pub fn place(&self, seen: Timestamp) -> Place<'_> {
        Place { terminals: &self.terminals, time: &self.time, currency: self.currency, seen }
    }
}

/// A piece of a file.
#[derive(Debug)]
pub struct Batch {
    /// What it says.
    pub entries: Vec<Entry>,
    /// Where reading may go on once it is durable.
    pub progress: Progress,
}

/// Why a file was not read to its end.
#[derive(Debug)]
pub enum Unread {
    /// The disk.
    Io(io::Error),
    /// It is not complete: it waits for more of it.
    Waits(String),
    /// It is nothing that is read: why, and how it begins.
    Refused(String, String),
    /// Nobody takes its batches any more.
    Stopped,
}

/// What is in the files.
pub trait Source: Send + Sync + 'static {
    /// Everything in the folder that is to be read, complete or not.
    fn candidates(&self, folder: &Path) -> io::Result<Vec<Candidate>>;

    /// The same one as it is now; `None` when it is gone.
    fn again(&self, candidate: &Candidate) -> io::Result<Option<Candidate>>;

    /// A hash of its content.
    fn digest(&self, candidate: &Candidate) -> io::Result<String>;

    /// Reads it on from `from` and gives every batch to `send`, which says whether to go on. Returns how many
    /// transactions it has, and a sentence about what was counted.
    fn read(
        &self,
        candidate: &Candidate,
        from: Option<&Progress>,
        send: &mut dyn FnMut(Batch) -> bool,
    ) -> Result<(u64, String), Unread>;
}

/// Watches a folder until the agent stops. Safe to drop and start again.
pub async fn watch<S: Source>(
    source: Arc<S>,
    settings: Settings,
    ctx: Context,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), FolderError> {
    let (memory, lost) = Memory::open(&settings.state);
    if let Some(why) = lost {
        input.error(&why);
    }
    let stop = ctx.stop.clone();
    let watcher = Watcher::new(source, settings, ctx, input, pulse, memory);
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = watcher.run() => ended,
    }
}

/// What tells one state of a file from another.
pub fn stamp(meta: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{:x}-{:x}-{}-{}.{:09}", meta.dev(), meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec())
}

/// When a file was last written.
pub fn modified(meta: &std::fs::Metadata) -> Timestamp {
    use std::os::unix::fs::MetadataExt;
    Timestamp::new(meta.mtime(), meta.mtime_nsec() as i32).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A name that a file beside the outbox can have.
pub(super) fn checked(section: &'static str, name: &str) -> Result<(), FolderError> {
    match name.parse::<vyavs_domain::ids::TerminalId>() {
        Ok(_) => Ok(()),
        Err(_) => Err(FolderError::Config {
            section,
            name: name.to_owned(),
            why: "name must be 1 to 48 characters out of A-Z a-z 0-9 . _ -".to_owned(),
        }),
    }
}
