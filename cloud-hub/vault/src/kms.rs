//! Who holds the topmost keys. [`crate::SealedFile`] keeps them in a file; a cloud KMS fits behind the same trait.
//!
//! The shape is that of AWS KMS, Google Cloud KMS and Vault's transit engine: a key-encryption key (KEK) for each
//! organization, in versions; what is wrapped carries its version; a context is authenticated with it.

use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;
use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use crate::disk::DiskError;
use crate::key::{Key, KeyId, RandomError};
use crate::pseudonym::Epoch;
use crate::subject::{Subject, push};

/// A version of an organization's KEK; from 1, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KekVersion(pub u32);

impl fmt::Display for KekVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a data key is wrapped with: unwrapping with any other context fails. What a cloud KMS calls encryption context.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The tenant whose KEK wraps.
    pub org: OrgId,
    /// Whose data the key seals.
    pub subject: &'a Subject,
    /// The data key's own id.
    pub id: KeyId,
    /// When it was made.
    pub made_at: Timestamp,
}

impl Context<'_> {
    /// One spelling of it all, for the additional data of an AEAD.
    pub(crate) fn aad(&self, version: KekVersion) -> Vec<u8> {
        let mut aad = Vec::with_capacity(128);
        aad.extend_from_slice(b"vyavs/key/1\0");
        aad.extend_from_slice(&version.0.to_be_bytes());
        aad.extend_from_slice(self.org.0.as_bytes());
        aad.extend_from_slice(self.id.as_bytes());
        aad.extend_from_slice(&self.made_at.as_microsecond().to_be_bytes());
        push(&mut aad, self.subject.as_str());
        aad
    }
}

/// A data key as it is stored: opaque bytes, and the version that opens them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    /// The KEK version.
    pub version: KekVersion,
    /// What the holder of the KEK made of the key.
    pub bytes: Vec<u8>,
}

/// A KEK version and its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KekLife {
    /// Which.
    pub version: KekVersion,
    /// When it was made.
    pub made_at: Timestamp,
    /// When the next one took over; `None` while it is the one that wraps.
    pub superseded_at: Option<Timestamp>,
}

/// Secrets that are not wrapped with anything: they make hashes that nobody else can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretName {
    /// Chains the erasure ledger. One a hub; never rotated, for it proves the past.
    LedgerChain,
    /// Hashes the subjects of an organization for the ledger. Never rotated, for a restore must find them again.
    Erasure(OrgId),
    /// Makes the pseudonyms of an organization in one epoch.
    Pseudonym(OrgId, Epoch),
}

/// A key that cannot be had, made or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// The disk refused, or others may read the file.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// No key file where one must be.
    #[error(
        "there is no key file at {0}: bring it back from its copy; a new one opens nothing that was sealed under the old one (on the very first start, make one with `SealedFile::create`)"
    )]
    Missing(PathBuf),
    /// A key file where none must be.
    #[error("there is a key file at {0} already: it stays as it is")]
    Exists(PathBuf),
    /// Not a key file, or damaged.
    #[error("{path} is not a whole key file: expected {expected}, found {found}; bring it back from its copy")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What a key file has there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// Sealed, and no unlock key was given.
    #[error("{0} is sealed: give the unlock key it was made with")]
    UnlockMissing(PathBuf),
    /// Not sealed, and an unlock key was given.
    #[error("{0} is not sealed, though an unlock key is configured: seal it with `SealedFile::reseal`")]
    UnlockUnused(PathBuf),
    /// Another unlock key, or a changed file.
    #[error("{0} does not open: another unlock key was used, or the file was changed")]
    UnlockWrong(PathBuf),
    /// Nothing was ever wrapped for this organization.
    #[error("organization {0} has no keys here: is the key file (or KMS) the one this database belongs to?")]
    UnknownOrg(OrgId),
    /// Destroyed on purpose.
    #[error("the keys of organization {org} were destroyed at {at}: its sealed data is gone for good")]
    OrgDestroyed {
        /// Whose.
        org: OrgId,
        /// When.
        at: Timestamp,
    },
    /// A version that is not here.
    #[error(
        "version {version} of the key of organization {org} is not here (newest: {newest}): it was destroyed, or the key file is an older copy"
    )]
    UnknownVersion {
        /// Whose.
        org: OrgId,
        /// Which.
        version: KekVersion,
        /// The newest there is.
        newest: KekVersion,
    },
    /// The version that wraps cannot be destroyed alone.
    #[error("version {version} is the one in use for organization {org}: rotate first")]
    InUse {
        /// Whose.
        org: OrgId,
        /// Which.
        version: KekVersion,
    },
    /// The context does not match.
    #[error(
        "data key {id} does not open under version {version} of organization {org}: its row was changed, or belongs to another person or organization"
    )]
    Refused {
        /// Whose.
        org: OrgId,
        /// Which data key.
        id: KeyId,
        /// Wrapped under.
        version: KekVersion,
    },
    /// A pseudonym key that was destroyed.
    #[error(
        "the pseudonym keys of organization {org} through epoch {through} were destroyed, so {epoch} cannot be had"
    )]
    EpochDestroyed {
        /// Whose.
        org: OrgId,
        /// Asked for.
        epoch: Epoch,
        /// Destroyed up to and including.
        through: Epoch,
    },
    /// The system gave no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A KMS elsewhere failed.
    #[error("the key service failed to {what}")]
    Service {
        /// `wrap`, `unwrap`, …
        what: &'static str,
        /// Its own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Holds the key-encryption keys. Every method is safe to call again after a failure.
#[async_trait]
pub trait Kms: Send + Sync {
    /// Wraps a data key under the newest version, which is made at the organization's first wrap.
    async fn wrap(&self, context: &Context<'_>, key: &Key) -> Result<Wrapped, KmsError>;

    /// Unwraps; fails when the context is not the one it was wrapped with.
    async fn unwrap(&self, context: &Context<'_>, wrapped: &Wrapped) -> Result<Key, KmsError>;

    /// Makes a new version, which wraps from now on; earlier ones still unwrap.
    async fn rotate(&self, org: OrgId, now: Timestamp) -> Result<KekVersion, KmsError>;

    /// The versions there are, oldest first; the last one wraps.
    async fn versions(&self, org: OrgId) -> Result<Vec<KekLife>, KmsError>;

    /// Destroys a superseded version. Whatever is still wrapped under it is lost: [`crate::Vault::retire`] makes sure
    /// that nothing is.
    async fn destroy(&self, org: OrgId, version: KekVersion) -> Result<(), KmsError>;

    /// Destroys every key of an organization that has left, and remembers that it did.
    async fn destroy_organization(&self, org: OrgId, now: Timestamp) -> Result<(), KmsError>;

    /// A secret by name, made when it is asked for first.
    async fn secret(&self, name: SecretName) -> Result<Key, KmsError>;

    /// The epochs for which a pseudonym key stands, oldest first.
    async fn epochs(&self, org: OrgId) -> Result<Vec<Epoch>, KmsError>;

    /// Destroys the pseudonym keys up to and including `through`; they are never made again.
    async fn destroy_epochs(&self, org: OrgId, through: Epoch) -> Result<(), KmsError>;
}
