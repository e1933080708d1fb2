//! The people who sign in. Passwords are hashed by the caller; only the hash comes here.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_one, fetch_optional};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Whose people.
    pub org: OrgId,
    /// In lower case; unique at the hub.
    pub email: String,
    /// How the person is called; may be empty.
    pub name: String,
    /// `admin`, `store_manager`, `viewer`, …: what the caller's permissions know.
    pub role: String,
    /// Whether the person reaches all stores; else those of [`crate::reach`].
    pub everywhere: bool,
    /// A PHC string.
    pub password_hash: String,
    /// When it was shut out; `None` while it may sign in.
    pub disabled_at: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
    /// Raised with every change of role, name or reach.
    pub version: i64,
}

/// Adds a person; fails with [`crate::StoreError::is_taken`] when the email is in use.
pub async fn insert(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    const SQL: &str = "insert into users (id, organization_id, email, role, password_hash, disabled_at, created_at,
            name, reach)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    execute!(
        tx,
        SQL,
        user.id,
        user.org,
        user.email.to_lowercase(),
        user.role.as_str(),
        user.password_hash.as_str(),
        user.disabled_at,
        user.created_at,
        user.name.as_str(),
        reach(user.everywhere)
    )?;
    Ok(())
}

/// Changes a password; `false` when the organization has no such person.
pub async fn set_password(tx: &mut Tx<'_>, org: OrgId, id: UserId, hash: &str) -> Result<bool> {
    const SQL: &str = "update users set password_hash = $3 where organization_id = $1 and id = $2";
    Ok(execute!(tx, SQL, org, id, hash)? == 1)
}

/// Shuts a person out or lets them in again; `false` when the organization has no such person.
pub async fn set_disabled(tx: &mut Tx<'_>, org: OrgId, id: UserId, at: Option<Timestamp>) -> Result<bool> {
    const SQL: &str = "update users set disabled_at = $3 where organization_id = $1 and id = $2";
    Ok(execute!(tx, SQL, org, id, at)? == 1)
}

fn reach(everywhere: bool) -> &'static str {
    if everywhere { "all" } else { "some" }
}

/// Changes name, role and reach of the version given; `false` when there is no such person, or it was changed meanwhile.
pub async fn change(tx: &mut Tx<'_>, user: &User) -> Result<bool> {
    const SQL: &str = "update users set name = $4, role = $5, reach = $6, disabled_at = $7, version = version + 1
        where organization_id = $1 and id = $2 and version = $3";
    let (name, role) = (user.name.as_str(), user.role.as_str());
    let changed =
        execute!(tx, SQL, user.org, user.id, user.version, name, role, reach(user.everywhere), user.disabled_at)?;
    Ok(changed == 1)
}

type Row = (Id, Id, String, String, String, Option<i64>, i64, String, String, i64);

fn user((id, org, email, role, password_hash, disabled, created, name, reach, version): Row) -> User {
    User {
        id: UserId(id.0),
        org: OrgId(org.0),
        email,
        role,
        password_hash,
        disabled_at: disabled.map(instant),
        created_at: instant(created),
        name,
        everywhere: reach == "all",
        version,
    }
}

/// Who signs in with this email; needs the hub's own rights, for the organization is not known yet.
pub async fn by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<User>> {
    const SQL: &str = "select id, organization_id, email, role, password_hash, disabled_at, created_at,
            name, reach, version from users
        where email = $1";
    Ok(fetch_optional!(tx, Row, SQL, email.to_lowercase())?.map(user))
}

/// A person of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: UserId) -> Result<Option<User>> {
    const SQL: &str = "select id, organization_id, email, role, password_hash, disabled_at, created_at,
            name, reach, version from users
        where organization_id = $1 and id = $2";
    Ok(fetch_optional!(tx, Row, SQL, org, id)?.map(user))
}

/// The people of an organization, by email.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<User>> {
    const SQL: &str = "select id, organization_id, email, role, password_hash, disabled_at, created_at,
            name, reach, version from users
        where organization_id = $1 order by email";
    Ok(fetch_all!(tx, Row, SQL, org)?.into_iter().map(user).collect())
}

/// How many people the hub knows; none means that this is its first start. Needs the hub's own rights.
pub async fn count(tx: &mut Tx<'_>) -> Result<u64> {
    let (count,) = fetch_one!(tx, (i64,), "select count(*) from users")?;
    Ok(count as u64)
}
