//! Enrolment tokens: each lets one device join one shop, once.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, StoreId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_optional};

/// A token; the token itself is never stored, only its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolToken {
    /// Hash of the token.
    pub hash: Vec<u8>,
    /// For which organization.
    pub org: OrgId,
    /// For which shop.
    pub store: StoreId,
    /// What the device will be called.
    pub device_name: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What became of a token that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// Good, and used up by this.
    Good(EnrolToken),
    /// Used before, at this time.
    Used(Timestamp),
    /// Expired, at this time.
    Expired(Timestamp),
    /// No such token.
    Unknown,
}

/// Stores a new token.
pub async fn issue(tx: &mut Tx<'_>, token: &EnrolToken) -> Result<()> {
    const SQL: &str =
        "insert into enrol_tokens (hash, org_id, store_id, device_name, expires_at) values ($1, $2, $3, $4, $5)";
    execute!(tx, SQL, token.hash.clone(), token.org, token.store, token.device_name.as_str(), token.expires_at)?;
    Ok(())
}

/// Uses a token up; needs the hub's own rights, for who shows it is not known yet. Of many callers at once one succeeds.
pub async fn redeem(tx: &mut Tx<'_>, hash: &[u8], now: Timestamp) -> Result<Redeemed> {
    const TAKE: &str = "update enrol_tokens set used_at = $2 where hash = $1 and used_at is null and expires_at > $2";
    const FIND: &str = "select org_id, store_id, device_name, expires_at, used_at from enrol_tokens where hash = $1";
    let taken = execute!(tx, TAKE, hash.to_vec(), now)? == 1;
    type Row = (Id, Id, String, i64, Option<i64>);
    let Some((org, store, device_name, expires, used)) = fetch_optional!(tx, Row, FIND, hash.to_vec())? else {
        return Ok(Redeemed::Unknown);
    };
    let expires_at = instant(expires);
    Ok(match used {
        _ if taken => Redeemed::Good(EnrolToken {
            hash: hash.to_vec(),
            org: OrgId(org.0),
            store: StoreId(store.0),
            device_name,
            expires_at,
        }),
        Some(used) => Redeemed::Used(instant(used)),
        None => Redeemed::Expired(expires_at),
    })
}
