//! The holder of keys without any set-up: a file for the hub's user alone.
//!
//! It is replaced whole, under a lock between processes, and synced before anything wrapped by what is new in it gets
//! out. Other processes see a change at their next call. Given an unlock key (a credential of systemd, a TPM), the file
//! is itself sealed; without one its mode 0600 and the disk's own encryption guard it. Either way: keep a copy of it apart
//! from the database's backups, for it opens all of them, and nothing opens them without it.

mod keyring;

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use crate::disk::{self, Stamp};
use crate::key::{Key, NONCE, TAG, random};
use crate::kms::{Context, KekLife, KekVersion, Kms, KmsError, SecretName, Wrapped};
use crate::pseudonym::Epoch;
use keyring::Keyring;

/// A wrapped key's own format: version 1, nonce, ciphertext and tag.
const WRAP: u8 = 1;

/// Keys in a file. Share one a process; any number of processes may use the file.
///
/// Calls that change it (rotation, an organization's first key) wait for the disk, some milliseconds.
#[derive(Debug)]
pub struct SealedFile {
    path: PathBuf,
    unlock: Option<Key>,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    ring: Keyring,
    stamp: Stamp,
}

impl SealedFile {
    /// Makes the file, on the first start; fails when there is one. `unlock` seals it.
    pub fn create(path: impl Into<PathBuf>, unlock: Option<Key>) -> Result<Self, KmsError> {
        let path = path.into();
        let _lock = disk::lock(&path)?;
        if disk::stamp(&path)?.is_some() {
            return Err(KmsError::Exists(path));
        }
        let ring = Keyring::new()?;
        let stamp = store(&path, unlock.as_ref(), &ring)?;
        Ok(Self { path, unlock, state: RwLock::new(State { ring, stamp }) })
    }

    /// Opens the file; one that is missing, damaged or readable by others is refused, and stays as it is.
    pub fn open(path: impl Into<PathBuf>, unlock: Option<Key>) -> Result<Self, KmsError> {
        let path = path.into();
        let state = load(&path, unlock.as_ref())?;
        Ok(Self { path, unlock, state: RwLock::new(state) })
    }

    /// Seals the file under another unlock key, or under none. Other processes must be given the new one.
    pub fn reseal(path: impl AsRef<Path>, from: Option<&Key>, to: Option<&Key>) -> Result<(), KmsError> {
        let path = path.as_ref();
        let _lock = disk::lock(path)?;
        store(path, to, &load(path, from)?.ring)?;
        Ok(())
    }

    /// Answers from the file as it is now; reads it again when it changed since.
    fn read<T>(&self, answer: impl FnOnce(&Keyring) -> Result<T, KmsError>) -> Result<T, KmsError> {
        let now = disk::stamp(&self.path)?.ok_or_else(|| KmsError::Missing(self.path.clone()))?;
        {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            if state.stamp == now {
                return answer(&state.ring);
            }
        }
        // Under the lock, so that what is read is on the disk: the writer holds it until then.
        let _lock = disk::lock(&self.path)?;
        let fresh = load(&self.path, self.unlock.as_ref())?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *state = fresh;
        answer(&state.ring)
    }

    /// Changes the file as it is now; an error from `change` changes nothing.
    fn change<T>(&self, change: impl FnOnce(&mut Keyring) -> Result<T, KmsError>) -> Result<T, KmsError> {
        let _lock = disk::lock(&self.path)?;
        let mut ring = load(&self.path, self.unlock.as_ref())?.ring;
        let done = change(&mut ring)?;
        let stamp = store(&self.path, self.unlock.as_ref(), &ring)?;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State { ring, stamp };
        Ok(done)
    }
}

fn load(path: &Path, unlock: Option<&Key>) -> Result<State, KmsError> {
    let (bytes, stamp) = disk::read(path)?.ok_or_else(|| KmsError::Missing(path.to_owned()))?;
    Ok(State { ring: keyring::decode(path, &bytes, unlock)?, stamp })
}

fn store(path: &Path, unlock: Option<&Key>, ring: &Keyring) -> Result<Stamp, KmsError> {
    let bytes = keyring::encode(ring, unlock)?;
    Ok(disk::replace(path, &bytes)?)
}

#[async_trait]
impl Kms for SealedFile {
    async fn wrap(&self, context: &Context<'_>, key: &Key) -> Result<Wrapped, KmsError> {
        if self.read(|ring| ring.needs_kek(context.org))? {
            self.change(|ring| ring.first_kek(context.org, context.made_at))?;
        }
        self.read(|ring| {
            let kek = ring.newest(context.org)?;
            let nonce = random::<NONCE>()?;
            let mut bytes = vec![WRAP];
            bytes.extend_from_slice(&nonce);
            kek.key.seal(nonce, &context.aad(kek.version()), key.bytes(), &mut bytes);
            Ok(Wrapped { version: kek.version(), bytes })
        })
    }

    async fn unwrap(&self, context: &Context<'_>, wrapped: &Wrapped) -> Result<Key, KmsError> {
        let Context { org, id, .. } = *context;
        let refused = || KmsError::Refused { org, id, version: wrapped.version };
        self.read(|ring| {
            let kek = ring.kek(org, wrapped.version)?;
            let sealed = match wrapped.bytes.split_first() {
                Some((&WRAP, sealed)) if sealed.len() == NONCE + 32 + TAG => sealed,
                _ => return Err(refused()),
            };
            let (nonce, sealed) = sealed.split_at(NONCE);
            let nonce = nonce.try_into().expect("split there");
            let opened = kek.key.open(nonce, &context.aad(wrapped.version), sealed).ok_or_else(refused)?;
            Ok(Key::from_bytes(opened.as_slice().try_into().map_err(|_| refused())?))
        })
    }

    async fn rotate(&self, org: OrgId, now: Timestamp) -> Result<KekVersion, KmsError> {
        self.change(|ring| ring.rotate(org, now))
    }

    async fn versions(&self, org: OrgId) -> Result<Vec<KekLife>, KmsError> {
        self.read(|ring| ring.lives(org))
    }

    async fn destroy(&self, org: OrgId, version: KekVersion) -> Result<(), KmsError> {
        self.change(|ring| ring.destroy(org, version))
    }

    async fn destroy_organization(&self, org: OrgId, now: Timestamp) -> Result<(), KmsError> {
        self.change(|ring| ring.leave(org, now))
    }

    async fn secret(&self, name: SecretName) -> Result<Key, KmsError> {
        match self.read(|ring| ring.secret(name))? {
            Some(key) => Ok(key),
            None => self.change(|ring| ring.make_secret(name)),
        }
    }

    async fn epochs(&self, org: OrgId) -> Result<Vec<Epoch>, KmsError> {
        self.read(|ring| ring.epochs(org))
    }

    async fn destroy_epochs(&self, org: OrgId, through: Epoch) -> Result<(), KmsError> {
        self.change(|ring| ring.destroy_epochs(org, through))
    }
}
