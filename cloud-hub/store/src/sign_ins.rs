//! Sign-ins: as people see them in their list (since when, from where, with which factors), and whether one still holds,
//! which is asked with every request, so that an ended one ends at once.
//!
//! The tokens of a sign-in are in [`crate::sessions`]; both are named by the same family.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};
use crate::users::User;

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    /// The family of its refresh tokens.
    pub family: Uuid,
    /// Whose people.
    pub org: OrgId,
    /// Who.
    pub user: UserId,
    /// Since when.
    pub began_at: Timestamp,
    /// When it was used last: at sign-in and at every refresh.
    pub seen_at: Timestamp,
    /// When a factor was last shown.
    pub authenticated_at: Timestamp,
    /// Which factors, separated by spaces: `pwd`, `otp`, `recovery`, `hwk` (a passkey), `oidc` (a sign-in service).
    pub factors: String,
    /// What the browser or program called itself.
    pub client: String,
    /// From which address.
    pub address: String,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// Notes a new sign-in.
pub async fn insert(tx: &mut Tx<'_>, row: &SignInRow) -> Result<()> {
    const SQL: &str = "insert into sign_ins (family, org_id, user_id, began_at, seen_at, authenticated_at, factors,
            client, address)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    execute!(
        tx,
        SQL,
        row.family,
        row.org,
        row.user,
        row.began_at,
        row.seen_at,
        row.authenticated_at,
        row.factors.as_str(),
        row.client.as_str(),
        row.address.as_str()
    )?;
    Ok(())
}

/// Notes that it was used.
pub async fn seen(tx: &mut Tx<'_>, family: Uuid, now: Timestamp) -> Result<()> {
    execute!(tx, "update sign_ins set seen_at = $2 where family = $1", family, now)?;
    Ok(())
}

/// Notes that factors were shown again: a step-up.
pub async fn stepped_up(tx: &mut Tx<'_>, family: Uuid, factors: &str, now: Timestamp) -> Result<()> {
    const SQL: &str = "update sign_ins set authenticated_at = $2, seen_at = $2, factors = $3 where family = $1";
    execute!(tx, SQL, family, now, factors)?;
    Ok(())
}

type Row = (Id, Id, Id, i64, i64, i64, String, String, String, Option<i64>);

fn sign_in(row: Row) -> SignInRow {
    let (family, org, user, began, seen, authenticated, factors, client, address, ended) = row;
    SignInRow {
        family: family.0,
        org: OrgId(org.0),
        user: UserId(user.0),
        began_at: instant(began),
        seen_at: instant(seen),
        authenticated_at: instant(authenticated),
        factors,
        client,
        address,
        ended_at: ended.map(instant),
    }
}

/// The sign-ins of a person that still hold, newest first.
pub async fn list(tx: &mut Tx<'_>, org: OrgId, user: UserId, now: Timestamp) -> Result<Vec<SignInRow>> {
    const SQL: &str = "select s.family, s.org_id, s.user_id, s.began_at, s.seen_at, s.authenticated_at, s.factors,
            s.client, s.address, s.ended_at from sign_ins s
        where s.org_id = $1 and s.user_id = $2 and exists (select 1 from refresh_tokens t
            where t.family = s.family and t.revoked_at is null and t.expires_at > $3)
        order by s.began_at desc, s.family";
    Ok(fetch_all!(tx, Row, SQL, org, user, now)?.into_iter().map(sign_in).collect())
}

/// When a sign-in was ended; `None` while it holds, and for one that is not of this organization.
pub async fn ended_at(tx: &mut Tx<'_>, org: OrgId, family: Uuid) -> Result<Option<Timestamp>> {
    const SQL: &str = "select ended_at from sign_ins where org_id = $1 and family = $2";
    let row = fetch_optional!(tx, (Option<i64>,), SQL, org, family)?;
    Ok(row.and_then(|(ended,)| ended).map(instant))
}

/// Who signed in, and how fresh that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The person.
    pub user: User,
    /// When a factor was last shown; `None` for a sign-in older than this knowledge.
    pub authenticated_at: Option<Timestamp>,
    /// Which factors, separated by spaces.
    pub factors: String,
}

/// The person of a sign-in (a refresh token's family); `None` when it was ended, expired, or the person was shut out.
/// Needs the hub's own rights.
pub async fn holder(tx: &mut Tx<'_>, family: Uuid, now: Timestamp) -> Result<Option<Holder>> {
    const SQL: &str = "select u.id, u.organization_id, u.email, u.role, u.password_hash, u.created_at,
            u.name, u.reach, u.version, s.authenticated_at, s.factors
        from refresh_tokens t join users u on u.id = t.user_id left join sign_ins s on s.family = t.family
        where t.family = $1 and t.revoked_at is null and t.expires_at > $2 and u.disabled_at is null limit 1";
    type Row = (Id, Id, String, String, String, i64, String, String, i64, Option<i64>, Option<String>);
    let holder = |(id, org, email, role, password_hash, created, name, reach, version, shown, factors): Row| Holder {
        user: User {
            id: UserId(id.0),
            org: OrgId(org.0),
            email,
            name,
            role,
            everywhere: reach == "all",
            password_hash,
            disabled_at: None,
            created_at: instant(created),
            version,
        },
        authenticated_at: shown.map(instant),
        factors: factors.unwrap_or_default(),
    };
    Ok(fetch_optional!(tx, Row, SQL, family, now)?.map(holder))
}
