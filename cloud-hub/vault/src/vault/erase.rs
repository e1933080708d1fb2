//! Destroying a subject's key, and keeping it destroyed.

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use super::{Vault, VaultError};
use crate::kms::KmsError;
use crate::ledger::{Entry, Reason};
use crate::shelf::KeyShelf;
use crate::subject::Subject;

/// How many rows are looked at in one go.
const PAGE: u32 = 500;

/// An erasure that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// What the ledger says: the certificate of it.
    pub entry: Entry,
    /// Whether there was a key to destroy.
    pub had_key: bool,
}

/// What a restored database still held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reapplied {
    /// How many keys were looked at.
    pub checked: u64,
    /// Whose keys came back with the backup and were destroyed again: their other rows are to be removed as well.
    pub subjects: Vec<Subject>,
}

impl Vault {
    /// Destroys the key of a subject. The ledger is written first, so whatever happens in between, the key is refused
    /// from then on: here at once, in other processes when they look at its row, at the latest when a lease of theirs
    /// ends. Where the caller's transaction is rolled back the erasure stands, and [`Vault::reapply`] completes it.
    pub async fn erase(
        &self,
        shelf: &mut dyn KeyShelf,
        org: OrgId,
        subject: &Subject,
        reason: Reason,
        now: Timestamp,
    ) -> Result<Erased, VaultError> {
        if subject.is_secrets() {
            return Err(VaultError::NotAPerson(org));
        }
        let row = shelf.find(org, subject).await.map_err(VaultError::Shelf)?;
        // Where the clock went back: not before the key that it is to destroy.
        let at = row.as_ref().map_or(now, |row| now.max(row.made_at));
        let entry = self.ledger.append(org, self.hash(org, subject).await?, reason, at)?;
        self.cache().forget(org, Some(subject));
        let had_key = shelf.remove(org, subject).await.map_err(VaultError::Shelf)?;
        Ok(Erased { entry, had_key })
    }

    /// Destroys the keys of an organization again that the ledger says are destroyed; all of them, if it has left. To be run for every organization
    /// after a restore, before anything is served; at any other time it finds nothing.
    pub async fn reapply(&self, shelf: &mut dyn KeyShelf, org: OrgId) -> Result<Reapplied, VaultError> {
        let mut done = Reapplied::default();
        let mut after = None;
        loop {
            let page = shelf.page(org, after, PAGE).await.map_err(VaultError::Shelf)?;
            let Some(last) = page.last() else { return Ok(done) };
            after = Some(last.id);
            for row in &page {
                done.checked += 1;
                let erased = match self.erased_since(row).await {
                    Err(VaultError::Kms(KmsError::OrgDestroyed { .. })) => true,
                    erased => erased?.is_some(),
                };
                if erased {
                    shelf.remove(org, &row.subject).await.map_err(VaultError::Shelf)?;
                    self.cache().forget(org, Some(&row.subject));
                    done.subjects.push(row.subject.clone());
                }
            }
        }
    }

    /// Destroys every key of an organization that has left: its data is gone from all tables and all backups at once.
    pub async fn destroy_organization(&self, org: OrgId, now: Timestamp) -> Result<(), VaultError> {
        self.kms.destroy_organization(org, now).await?;
        self.cache().forget(org, None);
        self.hashing.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&org);
        Ok(())
    }
}
