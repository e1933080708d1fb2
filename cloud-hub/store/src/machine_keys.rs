//! Keys of machines: an id that may be shown, a secret of which only the hash is kept.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineKey {
    /// Its id: the part that may be shown.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// What it is for, for people.
    pub name: String,
    /// Hash of the secret.
    pub hash: Vec<u8>,
    /// Names of permissions, separated by spaces.
    pub permissions: String,
    /// Whether it reaches all stores; else those of `reach`.
    pub everywhere: bool,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Until when; `None` until it is revoked.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Since when it is good for nothing.
    pub revoked_at: Option<Timestamp>,
}

type Row = (Id, Id, String, Vec<u8>, String, String, Id, i64, Option<i64>, Option<i64>, Option<i64>);

fn key(row: Row) -> MachineKey {
    let (id, org, name, hash, permissions, reach, by, created, expires, used, revoked) = row;
    MachineKey {
        id: id.0,
        org: OrgId(org.0),
        name,
        hash,
        permissions,
        everywhere: reach == "all",
        created_by: UserId(by.0),
        created_at: instant(created),
        expires_at: expires.map(instant),
        last_used_at: used.map(instant),
        revoked_at: revoked.map(instant),
    }
}

/// Adds a key.
pub async fn insert(tx: &mut Tx<'_>, key: &MachineKey) -> Result<()> {
    const SQL: &str = "insert into machine_keys (id, org_id, name, hash, permissions, reach, created_by, created_at,
            expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    execute!(
        tx,
        SQL,
        key.id,
        key.org,
        key.name.as_str(),
        key.hash.clone(),
        key.permissions.as_str(),
        if key.everywhere { "all" } else { "some" },
        key.created_by,
        key.created_at,
        key.expires_at
    )?;
    Ok(())
}

/// The key of an id, whoever shows it: needs the hub's own rights.
pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<MachineKey>> {
    const SQL: &str = "select id, org_id, name, hash, permissions, reach, created_by, created_at, expires_at,
            last_used_at, revoked_at from machine_keys where id = $1";
    Ok(fetch_optional!(tx, Row, SQL, id)?.map(key))
}

/// A key of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<MachineKey>> {
    const SQL: &str = "select id, org_id, name, hash, permissions, reach, created_by, created_at, expires_at,
            last_used_at, revoked_at from machine_keys where org_id = $1 and id = $2";
    Ok(fetch_optional!(tx, Row, SQL, org, id)?.map(key))
}

/// All keys of an organization, newest first.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<MachineKey>> {
    const SQL: &str = "select id, org_id, name, hash, permissions, reach, created_by, created_at, expires_at,
            last_used_at, revoked_at from machine_keys where org_id = $1 order by created_at desc, id";
    Ok(fetch_all!(tx, Row, SQL, org)?.into_iter().map(key).collect())
}

/// Makes a key good for nothing; `false` when there is none, or it was revoked before.
pub async fn revoke(tx: &mut Tx<'_>, org: OrgId, id: Uuid, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update machine_keys set revoked_at = $3 where org_id = $1 and id = $2 and revoked_at is null";
    Ok(execute!(tx, SQL, org, id, now)? == 1)
}

/// Notes that a key was used; called at most once a minute a key.
pub async fn used(tx: &mut Tx<'_>, org: OrgId, id: Uuid, now: Timestamp) -> Result<()> {
    execute!(tx, "update machine_keys set last_used_at = $3 where org_id = $1 and id = $2", org, id, now)?;
    Ok(())
}
