//! A shelf in memory, a clock by hand, and a vault on both.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_vault::kms::KekVersion;
use vyavs_vault::{CacheConfig, KeyId, KeyShelf, SealedFile, ShelfError, Subject, Uptime, Vault, WrappedKey};

pub(crate) fn org(n: u128) -> OrgId {
    OrgId(Uuid::from_u128(n))
}

pub(crate) fn customer(id: &str) -> Subject {
    Subject::new("customer", id).expect("fits")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) fn now() -> Timestamp {
    at("2026-11-23T08:00:00Z")
}

type Rows = BTreeMap<(OrgId, Subject), WrappedKey>;

/// What a table would do. Clones share the rows; `snapshot` and `restore` are its backup.
#[derive(Clone, Default)]
pub(crate) struct MemoryShelf(Arc<Mutex<Rows>>);

impl MemoryShelf {
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().expect("no test panics while it holds it")
    }

    pub(crate) fn snapshot(&self) -> Rows {
        self.rows().clone()
    }

    pub(crate) fn restore(&self, rows: Rows) {
        *self.rows() = rows;
    }
}

#[async_trait::async_trait]
impl KeyShelf for MemoryShelf {
    async fn find(&mut self, org: OrgId, subject: &Subject) -> Result<Option<WrappedKey>, ShelfError> {
        Ok(self.rows().get(&(org, subject.clone())).cloned())
    }

    async fn insert(&mut self, key: WrappedKey) -> Result<WrappedKey, ShelfError> {
        Ok(self.rows().entry((key.org, key.subject.clone())).or_insert(key).clone())
    }

    async fn replace(&mut self, old: &WrappedKey, new: &WrappedKey) -> Result<bool, ShelfError> {
        let mut rows = self.rows();
        let row = rows.get_mut(&(old.org, old.subject.clone())).filter(|row| *row == old);
        Ok(row.map(|row| *row = new.clone()).is_some())
    }

    async fn remove(&mut self, org: OrgId, subject: &Subject) -> Result<bool, ShelfError> {
        Ok(self.rows().remove(&(org, subject.clone())).is_some())
    }

    async fn page(&mut self, org: OrgId, after: Option<KeyId>, limit: u32) -> Result<Vec<WrappedKey>, ShelfError> {
        let mut found: Vec<_> =
            self.rows().values().filter(|row| row.org == org && Some(row.id) > after).cloned().collect();
        found.sort_by_key(|row| row.id);
        found.truncate(limit as usize);
        Ok(found)
    }

    async fn below(&mut self, org: OrgId, version: KekVersion, limit: u32) -> Result<Vec<WrappedKey>, ShelfError> {
        let below = |row: &&WrappedKey| row.org == org && row.wrapped.version < version;
        Ok(self.rows().values().filter(below).take(limit as usize).cloned().collect())
    }

    async fn count(&mut self, org: OrgId, version: KekVersion) -> Result<u64, ShelfError> {
        let rows = self.rows();
        Ok(rows.values().filter(|row| row.org == org && row.wrapped.version == version).count() as u64)
    }
}

/// Uptime that stands still until it is moved.
#[derive(Clone, Default)]
pub(crate) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(crate) fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
    }

    fn uptime(&self) -> Uptime {
        let hand = self.clone();
        Arc::new(move || Duration::from_millis(hand.0.load(Ordering::SeqCst)))
    }
}

/// A hub's folder of keys, with a process of the hub on it.
pub(crate) struct House {
    pub(crate) dir: Arc<tempfile::TempDir>,
    pub(crate) kms: Arc<SealedFile>,
    pub(crate) vault: Vault,
    pub(crate) shelf: MemoryShelf,
    pub(crate) hand: Hand,
}

impl House {
    pub(crate) async fn new() -> Self {
        let dir = Arc::new(tempfile::tempdir().expect("a folder"));
        SealedFile::create(key_path(dir.path()), None).expect("made");
        Self::on(dir, MemoryShelf::default()).await
    }

    /// Another process of the same hub.
    pub(crate) async fn another(&self) -> Self {
        Self::on(self.dir.clone(), self.shelf.clone()).await
    }

    async fn on(dir: Arc<tempfile::TempDir>, shelf: MemoryShelf) -> Self {
        let hand = Hand::default();
        let kms = Arc::new(SealedFile::open(key_path(dir.path()), None).expect("opens"));
        let ledger = ledger_path(dir.path());
        let vault = Vault::open(kms.clone(), ledger, CacheConfig::default(), hand.uptime()).await.expect("opens");
        Self { dir, kms, vault, shelf, hand }
    }
}

pub(crate) fn key_path(dir: &Path) -> PathBuf {
    dir.join("vault.keys")
}

pub(crate) fn ledger_path(dir: &Path) -> PathBuf {
    dir.join("erasures")
}

/// Puts other bytes into a file. Not cut to nothing in between: some file systems wait for the disk after that.
pub(crate) fn put(path: &Path, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).expect("opens");
    file.write_all(bytes).and_then(|()| file.set_len(bytes.len() as u64)).expect("written");
}

/// Runs a future on a runtime of its own, for property tests and threads.
pub(crate) fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}
