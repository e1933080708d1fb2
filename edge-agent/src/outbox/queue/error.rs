//! What can go wrong with a generation, and how far the damage goes.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use vyavs_delivery::Seq;

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
    /// A pack of frames is not what was written.
    #[error("the pack of frames from number {first} on is damaged in {path}")]
    Pack {
        /// Which generation.
        path: PathBuf,
        /// Its first number.
        first: Seq,
    },
    /// It was rewritten or dropped meanwhile.
    #[error("the buffer in {path} is not there any more")]
    Gone {
        /// Which generation.
        path: PathBuf,
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
            Self::Panicked { .. } | Self::Pack { .. } => true,
            Self::Sync { .. } | Self::Gone { .. } => false,
            // What sled finds wrong in a file it reports without an error number of the system.
            Self::Sled { source: sled::Error::Io(cause), .. } => cause.raw_os_error().is_none() && !is_lock(cause),
            Self::Sled { .. } => true,
        }
    }

    /// Whether only what was asked for is damaged, and the rest of the generation can still be read: a page or a file
    /// of it whose checksum fails, or that is gone.
    pub(super) fn is_local(&self) -> bool {
        match self {
            Self::Sled { source: sled::Error::Io(cause), .. } => {
                matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof)
            }
            Self::Sled { source: sled::Error::Corruption { .. }, .. } | Self::Pack { .. } => true,
            _ => false,
        }
    }
}

/// The generation is open elsewhere; sled tells it in words only.
pub(super) fn is_lock(cause: &io::Error) -> bool {
    cause.to_string().starts_with("could not acquire lock")
}

/// Runs `work`, and makes a panic of sled's an error like any other.
pub(super) fn guarded<T>(path: &Path, work: impl FnOnce() -> sled::Result<T>) -> Result<T, QueueError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|source| QueueError::Sled { path: path.to_owned(), source }),
        Err(panic) => {
            let what = panic.downcast_ref::<String>().cloned();
            let what = what.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(QueueError::Panicked { path: path.to_owned(), what: what.unwrap_or_else(|| "no message".to_owned()) })
        }
    }
}
