//! New versions of an organization's key, without downtime: rotate, rewrap, retire.

use std::time::Duration;

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use super::{Vault, VaultError};
use crate::kms::{KekVersion, KmsError};
use crate::shelf::{KeyShelf, WrappedKey};

/// What one batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys wrapped under the newest version now.
    pub moved: u64,
    /// Keys that somebody else changed or erased meanwhile.
    pub overtaken: u64,
    /// Whether there was nothing left to do.
    pub finished: bool,
}

impl Vault {
    /// A new version that wraps from now on. Earlier ones still open; nothing waits.
    pub async fn rotate(&self, org: OrgId, now: Timestamp) -> Result<KekVersion, VaultError> {
        Ok(self.kms.rotate(org, now).await?)
    }

    /// The same data key under the newest version; `None` when it is already. For a caller that has a row in hand and a
    /// transaction that writes: keys in use move by themselves.
    pub async fn rewrap(&self, row: &WrappedKey) -> Result<Option<WrappedKey>, VaultError> {
        if row.wrapped.version >= self.newest(row.org).await? {
            return Ok(None);
        }
        if let Some(at) = self.erased_since(row).await? {
            return Err(VaultError::Erased { id: row.id, at });
        }
        let key = self.kms.unwrap(&row.context(), &row.wrapped).await?;
        let wrapped = self.kms.wrap(&row.context(), &key).await?;
        Ok(Some(WrappedKey { wrapped, ..row.clone() }))
    }

    /// Moves up to `limit` keys to the newest version. Call it, each time in a transaction of its own, until it is
    /// finished; fields are not touched, and whoever reads or seals meanwhile notices nothing.
    pub async fn rewrap_batch(
        &self,
        shelf: &mut dyn KeyShelf,
        org: OrgId,
        limit: u32,
    ) -> Result<Rewrapped, VaultError> {
        let newest = self.newest(org).await?;
        let rows = shelf.below(org, newest, limit).await.map_err(VaultError::Shelf)?;
        let mut done = Rewrapped { finished: rows.is_empty(), ..Rewrapped::default() };
        for row in &rows {
            match self.rewrap(row).await {
                Ok(Some(next)) if shelf.replace(row, &next).await.map_err(VaultError::Shelf)? => done.moved += 1,
                Ok(_) => done.overtaken += 1,
                // Came back from a backup: it does not hold up the others, and goes as the ledger says.
                Err(VaultError::Erased { .. }) => {
                    shelf.remove(org, &row.subject).await.map_err(VaultError::Shelf)?;
                    done.overtaken += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Destroys a version that no data key is wrapped under. Refused until it was superseded for `keep_for`, which is to
    /// be longer than backups are kept and than any transaction lasts: a backup from its time needs it.
    ///
    /// The other side of it: a backup holds the wrapped keys of its time, those of people erased since included. The
    /// ledger keeps them from being opened by the hub. Whoever has such a backup **and** a key file of that time could
    /// still open them; that ends when the version is destroyed here. So rotate as often as erasures must reach
    /// backups, or leave the table of data keys out of the long-lived backups and keep short-lived ones of it.
    pub async fn retire(
        &self,
        shelf: &mut dyn KeyShelf,
        org: OrgId,
        version: KekVersion,
        keep_for: Duration,
        now: Timestamp,
    ) -> Result<(), VaultError> {
        let lives = self.kms.versions(org).await?;
        let newest = self.newest(org).await?;
        let life = lives.iter().find(|life| life.version == version);
        let life = life.ok_or(KmsError::UnknownVersion { org, version, newest })?;
        let superseded = life.superseded_at.ok_or(KmsError::InUse { org, version })?;
        let until = superseded.saturating_add(keep_for).unwrap_or(Timestamp::MAX);
        if now < until {
            return Err(VaultError::TooEarly { org, version, until });
        }
        let keys = shelf.count(org, version).await.map_err(VaultError::Shelf)?;
        if keys > 0 {
            return Err(VaultError::StillWrapped { org, version, keys });
        }
        Ok(self.kms.destroy(org, version).await?)
    }

    async fn newest(&self, org: OrgId) -> Result<KekVersion, VaultError> {
        let lives = self.kms.versions(org).await?;
        Ok(lives.last().ok_or(KmsError::UnknownOrg(org))?.version)
    }
}
