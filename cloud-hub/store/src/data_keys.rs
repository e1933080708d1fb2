//! Wrapped data keys: the shelf that [`vyavs_vault`] takes them from, within the caller's transaction.

use async_trait::async_trait;
use vyavs_domain::ids::OrgId;
use vyavs_vault::kms::{KekVersion, Wrapped};
use vyavs_vault::{KeyId, KeyShelf, ShelfError, Subject, WrappedKey};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_one, fetch_optional};

/// The data keys of a transaction's organization.
pub struct Shelf<'a, 'c>(pub &'a mut Tx<'c>);

impl std::fmt::Debug for Shelf<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shelf")
    }
}

/// Whether any organization has a data key: then the key file that opens them must be there. Needs the hub's own rights.
pub async fn any(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(fetch_optional!(tx, (Id,), "select id from data_keys limit 1")?.is_some())
}

type Row = (Id, Id, String, i64, i64, Vec<u8>);

fn key(row: Row) -> std::result::Result<WrappedKey, ShelfError> {
    let (id, org, subject, made_at, version, bytes) = row;
    Ok(WrappedKey {
        id: KeyId(id.0),
        org: OrgId(org.0),
        subject: Subject::parse(&subject)?,
        made_at: instant(made_at),
        wrapped: Wrapped { version: KekVersion(u32::try_from(version)?), bytes },
    })
}

#[async_trait]
impl KeyShelf for Shelf<'_, '_> {
    async fn find(&mut self, org: OrgId, subject: &Subject) -> std::result::Result<Option<WrappedKey>, ShelfError> {
        const SQL: &str = "select id, org_id, subject, made_at, kek_version, wrapped from data_keys
            where org_id = $1 and subject = $2";
        fetch_optional!(self.0, Row, SQL, org, subject.as_str())?.map(key).transpose()
    }

    async fn insert(&mut self, new: WrappedKey) -> std::result::Result<WrappedKey, ShelfError> {
        const SQL: &str = "insert into data_keys (id, org_id, subject, made_at, kek_version, wrapped)
            values ($1, $2, $3, $4, $5, $6) on conflict (org_id, subject) do nothing";
        let (org, version) = (new.org, i64::from(new.wrapped.version.0));
        execute!(self.0, SQL, new.id.0, org, new.subject.as_str(), new.made_at, version, new.wrapped.bytes.clone())?;
        let standing = self.find(org, &new.subject).await?;
        Ok(standing.unwrap_or(new))
    }

    async fn replace(&mut self, old: &WrappedKey, new: &WrappedKey) -> std::result::Result<bool, ShelfError> {
        const SQL: &str = "update data_keys set kek_version = $4, wrapped = $5
            where org_id = $1 and id = $2 and wrapped = $3";
        let version = i64::from(new.wrapped.version.0);
        let (was, is) = (old.wrapped.bytes.clone(), new.wrapped.bytes.clone());
        Ok(execute!(self.0, SQL, old.org, old.id.0, was, version, is)? == 1)
    }

    async fn remove(&mut self, org: OrgId, subject: &Subject) -> std::result::Result<bool, ShelfError> {
        const SQL: &str = "delete from data_keys where org_id = $1 and subject = $2";
        Ok(execute!(self.0, SQL, org, subject.as_str())? == 1)
    }

    async fn page(
        &mut self,
        org: OrgId,
        after: Option<KeyId>,
        limit: u32,
    ) -> std::result::Result<Vec<WrappedKey>, ShelfError> {
        const SQL: &str = "select id, org_id, subject, made_at, kek_version, wrapped from data_keys
            where org_id = $1 and ($2 is null or id > $2) order by id limit $3";
        fetch_all!(self.0, Row, SQL, org, after.map(|id| id.0), i64::from(limit))?.into_iter().map(key).collect()
    }

    async fn below(
        &mut self,
        org: OrgId,
        version: KekVersion,
        limit: u32,
    ) -> std::result::Result<Vec<WrappedKey>, ShelfError> {
        const SQL: &str = "select id, org_id, subject, made_at, kek_version, wrapped from data_keys
            where org_id = $1 and kek_version < $2 order by id limit $3";
        fetch_all!(self.0, Row, SQL, org, i64::from(version.0), i64::from(limit))?.into_iter().map(key).collect()
    }

    async fn count(&mut self, org: OrgId, version: KekVersion) -> std::result::Result<u64, ShelfError> {
        const SQL: &str = "select count(*) from data_keys where org_id = $1 and kek_version = $2";
        let (count,) = fetch_one!(self.0, (i64,), SQL, org, i64::from(version.0))?;
        Ok(count.unsigned_abs())
    }
}
