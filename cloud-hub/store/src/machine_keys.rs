//! Keys and clients of machines: an id that may be shown, a secret of which only the hash is kept.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// How a machine proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With a key, in every call.
    Key,
    /// With an access token, which it buys with its secret.
    Client,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Client => "client",
        }
    }
}

/// A key, or a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineKey {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// Which of the two.
    pub kind: Kind,
    /// The part of it that may be seen: `vyk_…`, `vyc_…`; unique at the hub.
    pub public_id: String,
    /// What it is for, for people.
    pub name: String,
    /// Digest of the secret.
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

macro_rules! columns {
    () => {
        "id, org_id, kind, public_id, name, hash, permissions, reach, created_by, created_at, expires_at, last_used_at,
            revoked_at"
    };
}

type Row =
    (Id, Id, String, Option<String>, String, Vec<u8>, String, String, Id, i64, Option<i64>, Option<i64>, Option<i64>);

fn key(row: Row) -> MachineKey {
    let (id, org, kind, public_id, name, hash, permissions, reach, by, created, expires, used, revoked) = row;
    MachineKey {
        id: id.0,
        org: OrgId(org.0),
        kind: if kind == "client" { Kind::Client } else { Kind::Key },
        public_id: public_id.unwrap_or_default(),
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

/// Adds a key or a client.
pub async fn insert(tx: &mut Tx<'_>, key: &MachineKey) -> Result<()> {
    const SQL: &str =
        "insert into machine_keys (id, org_id, kind, public_id, name, hash, permissions, reach, created_by,
            created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    execute!(
        tx,
        SQL,
        key.id,
        key.org,
        key.kind.as_str(),
        key.public_id.as_str(),
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

/// The key or client of an id, whoever asks: needs the hub's own rights.
pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<MachineKey>> {
    const SQL: &str = concat!("select ", columns!(), " from machine_keys where id = $1");
    Ok(fetch_optional!(tx, Row, SQL, id)?.map(key))
}

/// The key or client whose seen part is this, whoever shows it: needs the hub's own rights.
pub async fn shown(tx: &mut Tx<'_>, kind: Kind, public_id: &str) -> Result<Option<MachineKey>> {
    const SQL: &str = concat!("select ", columns!(), " from machine_keys where kind = $1 and public_id = $2");
    Ok(fetch_optional!(tx, Row, SQL, kind.as_str(), public_id)?.map(key))
}

/// A key or client of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<MachineKey>> {
    const SQL: &str = concat!("select ", columns!(), " from machine_keys where org_id = $1 and id = $2");
    Ok(fetch_optional!(tx, Row, SQL, org, id)?.map(key))
}

/// All of one kind of an organization, newest first.
pub async fn list(tx: &mut Tx<'_>, org: OrgId, kind: Kind) -> Result<Vec<MachineKey>> {
    const SQL: &str = concat!(
        "select ",
        columns!(),
        " from machine_keys where org_id = $1 and kind = $2 order by created_at desc, id"
    );
    Ok(fetch_all!(tx, Row, SQL, org, kind.as_str())?.into_iter().map(key).collect())
}

/// Makes it good for nothing; `false` when there is none, or it was revoked before.
pub async fn revoke(tx: &mut Tx<'_>, org: OrgId, id: Uuid, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update machine_keys set revoked_at = $3 where org_id = $1 and id = $2 and revoked_at is null";
    Ok(execute!(tx, SQL, org, id, now)? == 1)
}

/// Notes that it was used; called at most once a minute.
pub async fn used(tx: &mut Tx<'_>, org: OrgId, id: Uuid, now: Timestamp) -> Result<()> {
    execute!(tx, "update machine_keys set last_used_at = $3 where org_id = $1 and id = $2", org, id, now)?;
    Ok(())
}
