//! From a row to a key, and from a key to a field.

mod erase;
mod rotate;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use vyavs_domain::ids::OrgId;
use zeroize::Zeroizing;

use crate::cache::{Cache, CacheConfig, Held};
use crate::key::{Key, KeyId, RandomError};
use crate::kms::{Context, Kms, KmsError, SecretName};
use crate::ledger::{Ledger, LedgerError, SubjectHash};
use crate::pseudonym::{Epoch, Pseudonym, Pseudonyms, Who};
use crate::sealed::{FieldError, Sealed};
use crate::shelf::{KeyShelf, ShelfError, WrappedKey};
use crate::subject::{Place, Subject};
pub use erase::{Erased, Reapplied};
pub use rotate::Rewrapped;

/// Time since the process started, which never jumps: `vyavs_service::clock::Clock::uptime`.
pub type Uptime = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A key that cannot be had, or work on keys that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The holder of the topmost keys failed or refused.
    #[error(transparent)]
    Kms(#[from] KmsError),
    /// The ledger cannot be read, written or believed; without it no key is handed out.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The storage of wrapped keys failed.
    #[error("failed to reach the stored data keys")]
    Shelf(#[source] ShelfError),
    /// The ledger names this key's subject: the row came back from a backup.
    #[error("data key {id} belongs to somebody who was erased at {at}: it is not opened; `reapply` removes it")]
    Erased {
        /// Which key.
        id: KeyId,
        /// When.
        at: Timestamp,
    },
    /// The hub's own secrets are no person.
    #[error("the hub's own secrets of organization {0} cannot be erased as a person; nothing was changed")]
    NotAPerson(OrgId),
    /// Data keys are still wrapped under the version.
    #[error(
        "{keys} data keys of organization {org} are wrapped under version {version}: rewrap them first; nothing was destroyed"
    )]
    StillWrapped {
        /// Whose.
        org: OrgId,
        /// Which version.
        version: crate::kms::KekVersion,
        /// How many.
        keys: u64,
    },
    /// Backups may still need the version.
    #[error(
        "version {version} of organization {org} is kept until {until}, for backups from its time; nothing was destroyed"
    )]
    TooEarly {
        /// Whose.
        org: OrgId,
        /// Which version.
        version: crate::kms::KekVersion,
        /// From when on it may go.
        until: Timestamp,
    },
    /// The system gave no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Opens data keys, and seals and opens fields with them. Share one a process.
pub struct Vault {
    kms: Arc<dyn Kms>,
    ledger: Ledger,
    uptime: Uptime,
    cache: Mutex<Cache>,
    /// The keys that hash subjects for the ledger; one an organization, so bounded by the tenants.
    hashing: Mutex<HashMap<OrgId, Arc<Key>>>,
}

impl Vault {
    /// Opens the ledger at `ledger` with its key from `kms`.
    pub async fn open(
        kms: Arc<dyn Kms>,
        ledger: impl Into<std::path::PathBuf>,
        cache: CacheConfig,
        uptime: Uptime,
    ) -> Result<Self, VaultError> {
        let chain = kms.secret(SecretName::LedgerChain).await?;
        let ledger = Ledger::open(ledger, chain)?;
        Ok(Self { kms, ledger, uptime, cache: Mutex::new(Cache::new(cache)), hashing: Mutex::default() })
    }

    /// What was erased.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The holder of the topmost keys.
    pub fn kms(&self) -> &Arc<dyn Kms> {
        &self.kms
    }

    /// A new data key for a subject, for the caller to store. `now` is when it is made; for somebody who was erased
    /// before and is back it is at any rate later than the erasure.
    pub async fn make(&self, org: OrgId, subject: &Subject, now: Timestamp) -> Result<WrappedKey, VaultError> {
        let made_at = match self.erased_at(org, subject).await? {
            Some(erased) => now.max(erased.saturating_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX)),
            None => now,
        };
        // To the microsecond, as rows hold it and the wrapping authenticates it.
        let made_at = vyavs_domain::time::from_micros(made_at.as_microsecond());
        let (id, key) = (KeyId::random()?, Key::random()?);
        let wrapped = self.kms.wrap(&Context { org, subject, id, made_at }, &key).await?;
        Ok(WrappedKey { id, org, subject: subject.clone(), made_at, wrapped })
    }

    /// The key in a row, for the length of a lease. Read the row in the transaction that uses the key: then an erasure by
    /// any process is seen at once, and a lease already given ends within [`crate::MAX_LEASE`].
    pub async fn unlock(&self, row: &WrappedKey) -> Result<DataKey, VaultError> {
        // Before anything is asked, so that a slow KMS does not lengthen the lease.
        let now = (self.uptime)();
        let found = self.cache().get(row, now);
        let held = match found {
            Some(held) => held,
            None => {
                if let Some(at) = self.erased_since(row).await? {
                    return Err(VaultError::Erased { id: row.id, at });
                }
                let key = self.kms.unwrap(&row.context(), &row.wrapped).await?;
                let mut cache = self.cache();
                let held = Arc::new(Held::new(key, row, now + cache.lease()));
                cache.put(&held, now);
                held
            }
        };
        Ok(DataKey { held, uptime: self.uptime.clone() })
    }

    /// The key of a subject, if it has one: nothing is sealed for somebody without.
    pub async fn key_of(
        &self,
        shelf: &mut dyn KeyShelf,
        org: OrgId,
        subject: &Subject,
    ) -> Result<Option<DataKey>, VaultError> {
        match shelf.find(org, subject).await.map_err(VaultError::Shelf)? {
            Some(row) => self.unlock(&row).await.map(Some),
            None => Ok(None),
        }
    }

    /// The key of a subject, made and stored when it has none.
    pub async fn key_for(
        &self,
        shelf: &mut dyn KeyShelf,
        org: OrgId,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<DataKey, VaultError> {
        let row = match shelf.find(org, subject).await.map_err(VaultError::Shelf)? {
            Some(row) => row,
            None => shelf.insert(self.make(org, subject, now).await?).await.map_err(VaultError::Shelf)?,
        };
        self.unlock(&row).await
    }

    /// Wipes keys whose lease has ended. Every use does so too; a timer each second does it when nothing is used.
    pub fn sweep(&self) {
        self.cache().sweep((self.uptime)());
    }

    /// Makes pseudonyms of a tenant in an epoch, without asking the KMS again for each.
    pub async fn pseudonyms(&self, org: OrgId, epoch: Epoch) -> Result<Pseudonyms, VaultError> {
        Ok(Pseudonyms::new(org, epoch, self.kms.secret(SecretName::Pseudonym(org, epoch)).await?))
    }

    /// Every pseudonym under which rows of somebody may stand: for access (Art. 15 GDPR) and erasure (Art. 17).
    pub async fn pseudonyms_of(&self, org: OrgId, who: Who, id: &str) -> Result<Vec<(Epoch, Pseudonym)>, VaultError> {
        let epochs = match self.kms.epochs(org).await {
            Err(KmsError::UnknownOrg(_)) => vec![],
            epochs => epochs?,
        };
        let mut all = Vec::with_capacity(epochs.len());
        for epoch in epochs {
            all.push((epoch, self.pseudonyms(org, epoch).await?.of(who, id)));
        }
        Ok(all)
    }

    /// When a subject was erased last; for rows without any sealed field, too.
    pub async fn erased_at(&self, org: OrgId, subject: &Subject) -> Result<Option<Timestamp>, VaultError> {
        let hash = self.hash(org, subject).await?;
        Ok(self.ledger.erased_at(org, hash)?)
    }

    /// The erasure after which this row is no longer to be opened.
    async fn erased_since(&self, row: &WrappedKey) -> Result<Option<Timestamp>, VaultError> {
        Ok(self.erased_at(row.org, &row.subject).await?.filter(|erased| row.made_at <= *erased))
    }

    async fn hash(&self, org: OrgId, subject: &Subject) -> Result<SubjectHash, VaultError> {
        let known = self.hashing.lock().unwrap_or_else(PoisonError::into_inner).get(&org).cloned();
        let key = match known {
            Some(key) => key,
            None => {
                let key = Arc::new(self.kms.secret(SecretName::Erasure(org)).await?);
                self.hashing.lock().unwrap_or_else(PoisonError::into_inner).insert(org, key.clone());
                key
            }
        };
        Ok(SubjectHash(key.mac(&[b"vyavs/subject/1\0", org.0.as_bytes(), subject.as_str().as_bytes()])))
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

/// A data key for a moment: [`crate::MAX_LEASE`] after it was unlocked, or as soon as it is erased here, it refuses.
pub struct DataKey {
    held: Arc<Held>,
    uptime: Uptime,
}

impl DataKey {
    /// Its id, which every field sealed under it names.
    pub fn id(&self) -> KeyId {
        self.held.id
    }

    /// Seals a field; it opens at this place only.
    pub fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Sealed, FieldError> {
        let held = self.held()?;
        Sealed::seal(&held.key, held.id, held.org, &held.subject, place, plain)
    }

    /// Opens a field; what comes out is wiped when it is dropped.
    pub fn open(&self, place: &Place<'_>, field: &Sealed) -> Result<Zeroizing<Vec<u8>>, FieldError> {
        let held = self.held()?;
        field.open(&held.key, held.id, held.org, &held.subject, place)
    }

    /// Opens a field that holds text.
    pub fn open_text(&self, place: &Place<'_>, field: &Sealed) -> Result<Zeroizing<String>, FieldError> {
        let mut bytes = self.open(place, field)?;
        let text = String::from_utf8(std::mem::take(&mut *bytes));
        text.map(Zeroizing::new).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            FieldError::NotText(place.to_string())
        })
    }

    /// A fingerprint of bytes that says nothing about them without the key (HMAC-SHA-256, RFC 2104): for what must be known
    /// again and may hold a password, which a plain hash would let anybody guess at.
    pub fn fingerprint(&self, place: &Place<'_>, bytes: &[u8]) -> Result<[u8; 32], FieldError> {
        let held = self.held()?;
        let place = place.to_string();
        let length = (place.len() as u64).to_be_bytes();
        Ok(held.key.mac(&[b"vyavs/fingerprint/1\0", held.org.0.as_bytes(), &length, place.as_bytes(), bytes]))
    }

    fn held(&self) -> Result<&Held, FieldError> {
        if self.held.is_erased() {
            return Err(FieldError::Erased(self.held.id));
        }
        if (self.uptime)() >= self.held.until {
            return Err(FieldError::LeaseEnded(self.held.id));
        }
        Ok(&self.held)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.held.id)
    }
}
