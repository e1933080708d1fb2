//! Passkeys of people. What must be known to verify one is a document of the caller's; here it is kept, and changed only
//! by who saw it as it is.

use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::Id;
use crate::tx::{Tx, execute, fetch_all, fetch_one, fetch_optional};

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRow {
    /// Its id in lists.
    pub id: Uuid,
    /// Whose people.
    pub org: OrgId,
    /// Whose.
    pub user: UserId,
    /// What it calls itself; of one person in the whole hub.
    pub credential: Vec<u8>,
    /// What its owner calls it.
    pub name: String,
    /// Public key, counter and the like, as the caller writes them.
    pub record: String,
}

type Row = (Id, Id, Id, Vec<u8>, String, String);

fn passkey((id, org, user, credential, name, record): Row) -> PasskeyRow {
    PasskeyRow { id: id.0, org: OrgId(org.0), user: UserId(user.0), credential, name, record }
}

/// Adds a passkey; fails with [`crate::StoreError::is_taken`] when anybody has that credential.
pub async fn insert(tx: &mut Tx<'_>, new: &PasskeyRow) -> Result<()> {
    const SQL: &str = "insert into passkeys (id, org_id, user_id, credential, name, record)
        values ($1, $2, $3, $4, $5, $6)";
    let (name, record) = (new.name.as_str(), new.record.as_str());
    execute!(tx, SQL, new.id, new.org, new.user, new.credential.clone(), name, record)?;
    Ok(())
}

/// The passkeys of a person, by name.
pub async fn list(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<Vec<PasskeyRow>> {
    const SQL: &str = "select id, org_id, user_id, credential, name, record from passkeys
        where org_id = $1 and user_id = $2 order by name, id";
    Ok(fetch_all!(tx, Row, SQL, org, user)?.into_iter().map(passkey).collect())
}

/// How many passkeys a person has.
pub async fn count(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<u64> {
    const SQL: &str = "select count(*) from passkeys where org_id = $1 and user_id = $2";
    let (count,) = fetch_one!(tx, (i64,), SQL, org, user)?;
    Ok(count.unsigned_abs())
}

/// One of a person's own.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, user: UserId, id: Uuid) -> Result<Option<PasskeyRow>> {
    const SQL: &str = "select id, org_id, user_id, credential, name, record from passkeys
        where org_id = $1 and user_id = $2 and id = $3";
    Ok(fetch_optional!(tx, Row, SQL, org, user, id)?.map(passkey))
}

/// The passkey that calls itself this, whosever it is: needs the hub's own rights.
pub async fn by_credential(tx: &mut Tx<'_>, credential: &[u8]) -> Result<Option<PasskeyRow>> {
    const SQL: &str = "select id, org_id, user_id, credential, name, record from passkeys where credential = $1";
    Ok(fetch_optional!(tx, Row, SQL, credential.to_vec())?.map(passkey))
}

/// Calls one of a person's own something else; `false` when there is none.
pub async fn rename(tx: &mut Tx<'_>, org: OrgId, user: UserId, id: Uuid, name: &str) -> Result<bool> {
    const SQL: &str = "update passkeys set name = $4 where org_id = $1 and user_id = $2 and id = $3";
    Ok(execute!(tx, SQL, org, user, id, name)? == 1)
}

/// Notes that a passkey was used: its record was `old` and is `new` now; `false` when it was used meanwhile.
pub async fn used(tx: &mut Tx<'_>, org: OrgId, id: Uuid, old: &str, new: &str) -> Result<bool> {
    const SQL: &str = "update passkeys set record = $4 where org_id = $1 and id = $2 and record = $3";
    Ok(execute!(tx, SQL, org, id, old, new)? == 1)
}

/// Takes one of a person's own away; `false` when there is none.
pub async fn remove(tx: &mut Tx<'_>, org: OrgId, user: UserId, id: Uuid) -> Result<bool> {
    const SQL: &str = "delete from passkeys where org_id = $1 and user_id = $2 and id = $3";
    Ok(execute!(tx, SQL, org, user, id)? == 1)
}

/// Takes all of a person's away; how many.
pub async fn remove_all(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<u64> {
    execute!(tx, "delete from passkeys where org_id = $1 and user_id = $2", org, user)
}
