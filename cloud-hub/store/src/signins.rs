//! Whether a sign-in still holds, and whose it is: asked with every request, so that an ended one ends at once.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, fetch_optional};
use crate::users::User;

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
