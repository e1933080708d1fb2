//! Links that work once: invitations and resets of passwords. The token is the caller's; here lies a digest of it.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// A link, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// Of the token and what it is for; how the row is found.
    pub digest: Vec<u8>,
    /// Of which organization.
    pub org: OrgId,
    /// For whom.
    pub user: UserId,
    /// `invitation`, `password_reset`.
    pub purpose: String,
    /// Of what must not have changed since.
    pub state: Vec<u8>,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// Keeps a new link.
pub async fn insert(tx: &mut Tx<'_>, new: &LinkRow, now: Timestamp) -> Result<()> {
    const SQL: &str = "insert into links (digest, org_id, user_id, purpose, state, expires_at, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    let (purpose, state) = (new.purpose.as_str(), new.state.clone());
    execute!(tx, SQL, new.digest.clone(), new.org, new.user, purpose, state, new.expires_at, now)?;
    Ok(())
}

/// The link of a digest. Needs the hub's own rights, for who shows it is not known yet.
pub async fn find(tx: &mut Tx<'_>, digest: &[u8]) -> Result<Option<LinkRow>> {
    const SQL: &str =
        "select digest, org_id, user_id, purpose, state, expires_at, used_at from links where digest = $1";
    type Row = (Vec<u8>, Id, Id, String, Vec<u8>, i64, Option<i64>);
    let found = fetch_optional!(tx, Row, SQL, digest.to_vec())?;
    Ok(found.map(|(digest, org, user, purpose, state, expires, used)| LinkRow {
        digest,
        org: OrgId(org.0),
        user: UserId(user.0),
        purpose,
        state,
        expires_at: instant(expires),
        used_at: used.map(instant),
    }))
}

/// Uses a link up; of many callers at once one is told `true`.
pub async fn spend(tx: &mut Tx<'_>, digest: &[u8], now: Timestamp) -> Result<bool> {
    Ok(execute!(tx, "update links set used_at = $2 where digest = $1 and used_at is null", digest.to_vec(), now)? == 1)
}

/// Makes every unused link of a person for one purpose good for nothing: a newer one takes their place.
pub async fn withdraw(tx: &mut Tx<'_>, org: OrgId, user: UserId, purpose: &str) -> Result<u64> {
    const SQL: &str = "delete from links where org_id = $1 and user_id = $2 and purpose = $3 and used_at is null";
    execute!(tx, SQL, org, user, purpose)
}

/// Who holds an unused link of a purpose, and until when it works.
pub async fn open(tx: &mut Tx<'_>, org: OrgId, purpose: &str) -> Result<Vec<(UserId, Timestamp)>> {
    const SQL: &str = "select user_id, max(expires_at) from links
        where org_id = $1 and purpose = $2 and used_at is null group by user_id";
    let rows = fetch_all!(tx, (Id, i64), SQL, org, purpose)?;
    Ok(rows.into_iter().map(|(user, until)| (UserId(user.0), instant(until))).collect())
}

/// Forgets links that expired before `before`. Needs the hub's own rights.
pub async fn tidy(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    execute!(tx, "delete from links where expires_at < $1", before)
}
