//! Who somebody is at a sign-in service: issuer and subject, within one organization. Never an e-mail address.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// An account at a sign-in service that signs a person in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedAccount {
    /// Its id in lists.
    pub id: Uuid,
    /// Who speaks for it.
    pub issuer: String,
    /// What the organization calls the service; `None` when it is registered no more.
    pub service: Option<String>,
    /// Since when.
    pub linked_at: Timestamp,
    /// When it signed in last.
    pub used_at: Option<Timestamp>,
}

/// The person whom a service calls this.
pub async fn person(tx: &mut Tx<'_>, org: OrgId, (issuer, subject): (&str, &str)) -> Result<Option<UserId>> {
    const SQL: &str = "select user_id from external_identities where org_id = $1 and issuer = $2 and subject = $3";
    Ok(fetch_optional!(tx, (Id,), SQL, org, issuer, subject)?.map(|(id,)| UserId(id.0)))
}

/// Notes who it is; fails with [`crate::StoreError::is_taken`] when the service's subject is somebody already.
pub async fn link(
    tx: &mut Tx<'_>,
    org: OrgId,
    (issuer, subject): (&str, &str),
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "insert into external_identities (id, org_id, issuer, subject, user_id, linked_at)
        values ($1, $2, $3, $4, $5, $6)";
    execute!(tx, SQL, Uuid::new_v4(), org, issuer, subject, user, now)?;
    Ok(())
}

/// The accounts of a person elsewhere, the oldest first.
pub async fn list(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<Vec<LinkedAccount>> {
    // Two registrations may name one issuer: either name will do.
    const SQL: &str = "select e.id, e.issuer,
            (select min(p.name) from identity_providers p where p.org_id = e.org_id and p.issuer = e.issuer),
            e.linked_at, e.used_at
        from external_identities e where e.org_id = $1 and e.user_id = $2 order by e.linked_at, e.id";
    type Row = (Id, String, Option<String>, i64, Option<i64>);
    let account = |(id, issuer, service, linked, used): Row| LinkedAccount {
        id: id.0,
        issuer,
        service,
        linked_at: instant(linked),
        used_at: used.map(instant),
    };
    Ok(fetch_all!(tx, Row, SQL, org, user)?.into_iter().map(account).collect())
}

/// Forgets one of a person's own; `false` when there is none.
pub async fn unlink(tx: &mut Tx<'_>, org: OrgId, user: UserId, id: Uuid) -> Result<bool> {
    const SQL: &str = "delete from external_identities where org_id = $1 and user_id = $2 and id = $3";
    Ok(execute!(tx, SQL, org, user, id)? == 1)
}

/// Notes that somebody came through it.
pub async fn used(tx: &mut Tx<'_>, org: OrgId, (issuer, subject): (&str, &str), now: Timestamp) -> Result<()> {
    const SQL: &str = "update external_identities set used_at = $4
        where org_id = $1 and issuer = $2 and subject = $3";
    execute!(tx, SQL, org, issuer, subject, now)?;
    Ok(())
}

/// Forgets who a person is elsewhere; how many services that were.
pub async fn unlink_all(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<u64> {
    execute!(tx, "delete from external_identities where org_id = $1 and user_id = $2", org, user)
}
