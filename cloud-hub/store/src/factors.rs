//! Second factors: authenticator apps and recovery codes. Secrets come here sealed, codes as digests.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::instant;
use crate::tx::{Tx, execute, fetch_optional};

/// An authenticator app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totp {
    /// What app and hub share, sealed.
    pub secret: Vec<u8>,
    /// When it was set up.
    pub made_at: Timestamp,
    /// When a first code proved that the app has it; until then it lets nobody in and asks nobody.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the last good code.
    pub last_step: Option<u64>,
}

/// The app of a person.
pub async fn totp(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<Option<Totp>> {
    const SQL: &str = "select secret, made_at, confirmed_at, last_step from totp where org_id = $1 and user_id = $2";
    let row = fetch_optional!(tx, (Vec<u8>, i64, Option<i64>, Option<i64>), SQL, org, user)?;
    Ok(row.map(|(secret, made_at, confirmed_at, last_step)| Totp {
        secret,
        made_at: instant(made_at),
        confirmed_at: confirmed_at.map(instant),
        last_step: last_step.map(i64::unsigned_abs),
    }))
}

/// Begins with a new secret, in place of one that was never confirmed; `false` when a confirmed one stands.
pub async fn begin_totp(tx: &mut Tx<'_>, org: OrgId, user: UserId, secret: Vec<u8>, now: Timestamp) -> Result<bool> {
    const SQL: &str = "insert into totp (user_id, org_id, secret, made_at) values ($2, $1, $3, $4)
        on conflict (user_id) do update set secret = excluded.secret, made_at = excluded.made_at
        where totp.confirmed_at is null and totp.org_id = excluded.org_id";
    Ok(execute!(tx, SQL, org, user, secret, now)? == 1)
}

/// Notes the step of a good code; `false` when that step or a later one was used: the code came twice.
pub async fn spend_step(tx: &mut Tx<'_>, org: OrgId, user: UserId, step: u64) -> Result<bool> {
    const SQL: &str = "update totp set last_step = $3
        where org_id = $1 and user_id = $2 and (last_step is null or last_step < $3)";
    Ok(execute!(tx, SQL, org, user, i64::try_from(step).unwrap_or(i64::MAX))? == 1)
}

/// Notes that the app has the secret; `false` when it was noted before.
pub async fn confirm_totp(tx: &mut Tx<'_>, org: OrgId, user: UserId, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update totp set confirmed_at = $3 where org_id = $1 and user_id = $2 and confirmed_at is null";
    Ok(execute!(tx, SQL, org, user, now)? == 1)
}

/// A person's recovery codes as stored, and when they were made.
pub async fn recovery_codes(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<Option<(String, Timestamp)>> {
    const SQL: &str = "select codes, made_at from recovery_codes where org_id = $1 and user_id = $2";
    let row = fetch_optional!(tx, (String, i64), SQL, org, user)?;
    Ok(row.map(|(codes, made_at)| (codes, instant(made_at))))
}

/// Puts new codes in place of all earlier ones.
pub async fn put_recovery_codes(tx: &mut Tx<'_>, org: OrgId, user: UserId, codes: &str, now: Timestamp) -> Result<()> {
    const SQL: &str = "insert into recovery_codes (user_id, org_id, codes, made_at) values ($2, $1, $3, $4)
        on conflict (user_id) do update set codes = excluded.codes, made_at = excluded.made_at";
    execute!(tx, SQL, org, user, codes, now)?;
    Ok(())
}

/// Puts what is left after a code was spent; `false` when the set is not `old` any more: a code was spent meanwhile.
pub async fn spend_recovery_code(tx: &mut Tx<'_>, org: OrgId, user: UserId, old: &str, left: &str) -> Result<bool> {
    const SQL: &str = "update recovery_codes set codes = $4 where org_id = $1 and user_id = $2 and codes = $3";
    Ok(execute!(tx, SQL, org, user, old, left)? == 1)
}

/// Takes every second factor of a person away; how many rows that were.
pub async fn remove(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<u64> {
    let app = execute!(tx, "delete from totp where org_id = $1 and user_id = $2", org, user)?;
    Ok(app + execute!(tx, "delete from recovery_codes where org_id = $1 and user_id = $2", org, user)?)
}
