//! Where wrapped data keys are kept: a table of the hub's database, behind a trait.

use async_trait::async_trait;
use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use crate::key::KeyId;
use crate::kms::{Context, KekVersion, Wrapped};
use crate::subject::Subject;

/// A data key as a row holds it. Nothing in it is secret, and any change to it keeps it from opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// The key's own id; unique.
    pub id: KeyId,
    /// The tenant.
    pub org: OrgId,
    /// Whose data it seals; unique within the organization.
    pub subject: Subject,
    /// When it was made, to the microsecond.
    pub made_at: Timestamp,
    /// The key, wrapped, and the KEK version that unwraps it.
    pub wrapped: Wrapped,
}

impl WrappedKey {
    pub(crate) fn context(&self) -> Context<'_> {
        Context { org: self.org, subject: &self.subject, id: self.id, made_at: self.made_at }
    }
}

/// What the storage behind a shelf says when it fails.
pub type ShelfError = Box<dyn std::error::Error + Send + Sync>;

/// Wrapped data keys, one a subject. `&mut self`, so that it can be the caller's own transaction: a person's key and the
/// first field under it are then committed together.
///
/// A key that is removed must be gone from the row's storage, not flagged.
#[async_trait]
pub trait KeyShelf: Send {
    /// The key of a subject.
    async fn find(&mut self, org: OrgId, subject: &Subject) -> Result<Option<WrappedKey>, ShelfError>;

    /// Stores a key unless its subject has one; answers the one that stands now.
    async fn insert(&mut self, key: WrappedKey) -> Result<WrappedKey, ShelfError>;

    /// Puts another wrapping of the same key in place of `old`; `false` when the row no longer holds exactly `old`.
    async fn replace(&mut self, old: &WrappedKey, new: &WrappedKey) -> Result<bool, ShelfError>;

    /// Removes the key of a subject; `false` when there was none.
    async fn remove(&mut self, org: OrgId, subject: &Subject) -> Result<bool, ShelfError>;

    /// Up to `limit` keys of an organization with an id above `after`, by id.
    async fn page(&mut self, org: OrgId, after: Option<KeyId>, limit: u32) -> Result<Vec<WrappedKey>, ShelfError>;

    /// Up to `limit` keys of an organization that are wrapped under a version below `version`.
    async fn below(&mut self, org: OrgId, version: KekVersion, limit: u32) -> Result<Vec<WrappedKey>, ShelfError>;

    /// How many keys of an organization are wrapped under exactly `version`.
    async fn count(&mut self, org: OrgId, version: KekVersion) -> Result<u64, ShelfError>;
}
