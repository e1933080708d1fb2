//! What was erased: the one thing a backup must not know better.
//!
//! An append-only file outside the database. An entry holds the organization, a keyed hash of the subject, when and why;
//! no id, no name. Each entry is chained to the one before it by an HMAC, and a head beside the file counts them:
//!
//! ```text
//! ledger        vyavs-erasure-ledger 1
//!               1 2026-11-23T08:00:00.000000Z {org} {hash of the subject} request {chain}
//! ledger.head   vyavs-erasure-head 1 {entries} {chain of the last} {mac}
//! ```
//!
//! An entry is written and synced, then the head; only then has [`Ledger::append`] succeeded. So after a power cut there
//! is at most one entry, or a piece of one, beyond the head: a whole one is kept, a torn one is cut off and named
//! ([`TornTail`]). Anything else that does not fit is an error that names the entry, and the file stays as it is. Whoever
//! can write both files can still put older copies of both in place: [`Ledger::includes`] finds that by a [`Head`] that
//! was noted elsewhere, such as the database or the audit log.

mod entry;
mod file;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use crate::disk::{self, DiskError, Stamp};
use crate::key::Key;
pub use entry::{Entry, Reason};

/// A keyed hash of a subject; without the organization's key it leads to nobody.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubjectHash(pub [u8; 32]);

impl fmt::Display for SubjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for SubjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How far a ledger reaches. Note it outside the ledger's folder to find out later that both files went back in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub entries: u64,
    /// The chain of the last one; zeros when there is none.
    pub chain: [u8; 32],
}

impl Head {
    const EMPTY: Self = Self { entries: 0, chain: [0; 32] };
}

/// A piece of an entry that a power cut left behind. It was never confirmed, and it is cut off now: repeat that erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// Which entry it would have been.
    pub entry: u64,
    /// How many bytes of it there were.
    pub bytes: u64,
}

impl fmt::Display for TornTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the erasure ledger ended in {} bytes of an unconfirmed entry {}: cut off; repeat the erasure that was under way",
            self.bytes, self.entry
        )
    }
}

/// A ledger that cannot be read, written or believed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// An entry is not what was written.
    #[error(
        "{path}: entry {entry} was changed or is missing: expected {expected}, found {found}; nothing was changed, bring the file back from its copy"
    )]
    Entry {
        /// Which file.
        path: PathBuf,
        /// The first entry that does not fit, from 1.
        entry: u64,
        /// What it should be.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The head is not what was written.
    #[error(
        "{path} was changed, or belongs to other keys: expected {expected}, found {found}; bring it back from its copy"
    )]
    Head {
        /// Which file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// One of the two files is gone.
    #[error(
        "{missing} is missing, though {there} is there: bring it back from its copy; erasures are not served without it"
    )]
    Missing {
        /// The file that is gone.
        missing: PathBuf,
        /// The one beside it.
        there: PathBuf,
    },
    /// Both files are older than what was noted.
    #[error("{path} is an older copy: it has {found} entries, and entry {noted} was noted with another chain or later")]
    Older {
        /// Which file.
        path: PathBuf,
        /// Entries noted.
        noted: u64,
        /// Entries there.
        found: u64,
    },
}

/// The ledger of a hub. Share one a process; any number of processes may use the files.
///
/// [`Ledger::append`] waits for the disk, some milliseconds; so does whatever finds that another process appended.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    key: Key,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<Entry>,
    /// The last erasure of a subject.
    last: HashMap<(OrgId, SubjectHash), Timestamp>,
    /// Of the file as it was read; `None`: read it again.
    stamp: Option<Stamp>,
    torn: Option<TornTail>,
}

impl State {
    fn push(&mut self, entry: Entry) {
        let last = self.last.entry((entry.org, entry.subject)).or_insert(entry.at);
        *last = entry.at.max(*last);
        self.entries.push(entry);
    }

    fn head(&self) -> Head {
        let count = self.entries.len() as u64;
        self.entries.last().map_or(Head::EMPTY, |last| Head { entries: count, chain: last.chain })
    }
}

impl Ledger {
    /// Opens the ledger, or begins it where neither of its files is. `key` chains it: [`crate::kms::SecretName::LedgerChain`].
    pub fn open(path: impl Into<PathBuf>, key: Key) -> Result<Self, LedgerError> {
        let path = path.into();
        let _lock = disk::lock(&path)?;
        let state = file::load(&path, &key)?;
        Ok(Self { path, key, state: Mutex::new(state) })
    }

    /// What a power cut left behind, found since the ledger was opened; told once.
    pub fn torn_tail(&self) -> Option<TornTail> {
        self.guard().torn.take()
    }

    /// Adds an entry; when this returns it is on the disk, and the head with it. `at` never goes back for a subject.
    pub fn append(
        &self,
        org: OrgId,
        subject: SubjectHash,
        reason: Reason,
        at: Timestamp,
    ) -> Result<Entry, LedgerError> {
        let _lock = disk::lock(&self.path)?;
        let mut state = self.guard();
        self.renew(&mut state)?;
        let at = at.max(state.last.get(&(org, subject)).copied().unwrap_or(at));
        let entry = Entry::after(&self.key, state.head(), org, subject, reason, at);
        // Whatever fails from here on, the file has to be read again before it is believed.
        state.stamp = None;
        let stamp = disk::append(&self.path, entry.line().as_bytes())?;
        file::store_head(&self.path, &self.key, Head { entries: entry.number, chain: entry.chain })?;
        state.push(entry.clone());
        state.stamp = Some(stamp);
        Ok(entry)
    }

    /// Reads everything from the disk again and checks each entry; where it reaches.
    pub fn verify(&self) -> Result<Head, LedgerError> {
        let _lock = disk::lock(&self.path)?;
        let mut state = self.guard();
        state.stamp = None;
        self.renew(&mut state)?;
        Ok(state.head())
    }

    /// The entries after the first `count`, oldest first.
    pub fn since(&self, count: u64) -> Result<Vec<Entry>, LedgerError> {
        let state = self.current()?;
        Ok(state.entries.iter().skip(usize::try_from(count).unwrap_or(usize::MAX)).cloned().collect())
    }

    /// When a subject was erased last.
    pub fn erased_at(&self, org: OrgId, subject: SubjectHash) -> Result<Option<Timestamp>, LedgerError> {
        Ok(self.current()?.last.get(&(org, subject)).copied())
    }

    /// How far it reaches.
    pub fn head(&self) -> Result<Head, LedgerError> {
        Ok(self.current()?.head())
    }

    /// Whether the ledger still holds all it held when `noted` was its head; else it is an older copy, or another one.
    pub fn includes(&self, noted: Head) -> Result<(), LedgerError> {
        let state = self.current()?;
        let found = state.entries.len() as u64;
        let chain = match noted.entries.checked_sub(1) {
            None => Some(Head::EMPTY.chain),
            Some(index) => usize::try_from(index).ok().and_then(|index| state.entries.get(index)).map(|e| e.chain),
        };
        if chain == Some(noted.chain) {
            return Ok(());
        }
        Err(LedgerError::Older { path: self.path.clone(), noted: noted.entries, found })
    }

    fn guard(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state as of now; only the first look after a change reads the file.
    fn current(&self) -> Result<MutexGuard<'_, State>, LedgerError> {
        let mut state = self.guard();
        if state.stamp.is_none() || disk::stamp(&self.path)? != state.stamp {
            let _lock = disk::lock(&self.path)?;
            self.renew(&mut state)?;
        }
        Ok(state)
    }

    /// Under the lock.
    fn renew(&self, state: &mut State) -> Result<(), LedgerError> {
        if state.stamp.is_none() || disk::stamp(&self.path)? != state.stamp {
            state.stamp = None;
            let torn = state.torn.take();
            *state = file::load(&self.path, &self.key)?;
            state.torn = state.torn.take().or(torn);
        }
        Ok(())
    }
}

/// `ledger` → `ledger.head`.
fn head_path(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".head");
    PathBuf::from(beside)
}
