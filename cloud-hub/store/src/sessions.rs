//! Refresh tokens, each good for one use. A second use means that a copy is about: its whole family ends.
//!
//! All of it needs the hub's own rights: a token says whose it is, not the other way round.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_optional};

/// A refresh token; the token itself is never stored, only its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// Hash of the token.
    pub hash: Vec<u8>,
    /// Whose people.
    pub org: OrgId,
    /// Whose.
    pub user: UserId,
    /// One sign-in and all tokens that followed from it.
    pub family: Uuid,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What became of a token that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Used {
    /// Good, and used up by this.
    Good(RefreshToken),
    /// It was used before: every token of its family is revoked by this.
    Again(RefreshToken),
    /// Unknown, expired or revoked.
    No,
}

/// Stores a new token.
pub async fn insert(tx: &mut Tx<'_>, token: &RefreshToken) -> Result<()> {
    const SQL: &str =
        "insert into refresh_tokens (hash, org_id, user_id, family, expires_at) values ($1, $2, $3, $4, $5)";
    execute!(tx, SQL, token.hash.clone(), token.org, token.user, token.family, token.expires_at)?;
    Ok(())
}

/// Uses a token up. Of a hundred callers at once, one is told [`Used::Good`].
pub async fn take(tx: &mut Tx<'_>, hash: &[u8], now: Timestamp) -> Result<Used> {
    const TAKE: &str = "update refresh_tokens set used_at = $2
        where hash = $1 and used_at is null and revoked_at is null and expires_at > $2";
    const FIND: &str =
        "select org_id, user_id, family, expires_at, used_at, revoked_at from refresh_tokens where hash = $1";
    let taken = execute!(tx, TAKE, hash.to_vec(), now)? == 1;
    type Row = (Id, Id, Id, i64, Option<i64>, Option<i64>);
    let Some((org, user, family, expires, used, revoked)) = fetch_optional!(tx, Row, FIND, hash.to_vec())? else {
        return Ok(Used::No);
    };
    let token = RefreshToken {
        hash: hash.to_vec(),
        org: OrgId(org.0),
        user: UserId(user.0),
        family: family.0,
        expires_at: instant(expires),
    };
    if taken {
        return Ok(Used::Good(token));
    }
    if used.is_some() && revoked.is_none() {
        end_family(tx, token.family, now).await?;
        return Ok(Used::Again(token));
    }
    Ok(Used::No)
}

/// Ends one sign-in: every token that followed from it.
pub async fn end_family(tx: &mut Tx<'_>, family: Uuid, now: Timestamp) -> Result<()> {
    execute!(tx, "update refresh_tokens set revoked_at = $2 where family = $1 and revoked_at is null", family, now)?;
    execute!(tx, "update sign_ins set ended_at = $2 where family = $1 and ended_at is null", family, now)?;
    Ok(())
}

/// Ends every sign-in of a person: password changed, account closed.
pub async fn end_all(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<()> {
    execute!(tx, "update refresh_tokens set revoked_at = $2 where user_id = $1 and revoked_at is null", user, now)?;
    execute!(tx, "update sign_ins set ended_at = $2 where user_id = $1 and ended_at is null", user, now)?;
    Ok(())
}

/// Ends every sign-in of a person but one: the one that asks for it.
pub async fn end_others(tx: &mut Tx<'_>, user: UserId, family: Uuid, now: Timestamp) -> Result<u64> {
    const TOKENS: &str = "update refresh_tokens set revoked_at = $3
        where user_id = $1 and family <> $2 and revoked_at is null";
    const SEEN: &str = "update sign_ins set ended_at = $3 where user_id = $1 and family <> $2 and ended_at is null";
    execute!(tx, TOKENS, user, family, now)?;
    execute!(tx, SEEN, user, family, now)
}

/// Drops what expired before `before`; says how many.
pub async fn sweep(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    execute!(tx, "delete from refresh_tokens where expires_at < $1", before)
}
