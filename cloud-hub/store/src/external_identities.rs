//! Who somebody is at a sign-in service: issuer and subject, within one organization. Never an e-mail address.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::Id;
use crate::tx::{Tx, execute, fetch_optional};

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
    const SQL: &str = "insert into external_identities (org_id, issuer, subject, user_id, linked_at)
        values ($1, $2, $3, $4, $5)";
    execute!(tx, SQL, org, issuer, subject, user, now)?;
    Ok(())
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
