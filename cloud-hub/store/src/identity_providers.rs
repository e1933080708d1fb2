//! Sign-in services of organizations (OpenID Connect). A client secret comes here sealed.
//!
//! The stores that newcomers reach, when not all, are in [`crate::reach`] under the provider's id.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// A sign-in service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its id: part of the address that the browser comes back to.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// What people see on the button.
    pub name: String,
    /// To the letter, as the provider writes it.
    pub issuer: String,
    /// As registered there.
    pub client_id: String,
    /// How the hub proves there who it is: `basic`, `post`, `none`.
    pub method: String,
    /// With what, sealed.
    pub secret: Option<Vec<u8>>,
    /// Whose e-mail addresses it may speak for: domains in lower case, separated by spaces.
    pub domains: String,
    /// Who is let in the first time: `invited`, `domain`.
    pub admits: String,
    /// What newcomers are.
    pub role: String,
    /// Whether newcomers reach all stores.
    pub everywhere: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when nobody signs in through it.
    pub disabled_at: Option<Timestamp>,
    /// Raised with every change.
    pub version: i64,
}

macro_rules! columns {
    () => {
        "id, org_id, name, issuer, client_id, method, secret, domains, admits, role, reach, created_at, disabled_at,
            version"
    };
}

type Row =
    (Id, Id, String, String, String, String, Option<Vec<u8>>, String, String, String, String, i64, Option<i64>, i64);

fn provider(row: Row) -> IdentityProvider {
    let (id, org, name, issuer, client_id, method, secret, domains, admits, role, reach, created, disabled, version) =
        row;
    IdentityProvider {
        id: id.0,
        org: OrgId(org.0),
        name,
        issuer,
        client_id,
        method,
        secret,
        domains,
        admits,
        role,
        everywhere: reach == "all",
        created_at: instant(created),
        disabled_at: disabled.map(instant),
        version,
    }
}

fn reach(everywhere: bool) -> &'static str {
    if everywhere { "all" } else { "some" }
}

/// Adds a provider.
pub async fn insert(tx: &mut Tx<'_>, new: &IdentityProvider) -> Result<()> {
    const SQL: &str = "insert into identity_providers (id, org_id, name, issuer, client_id, method, secret, domains,
            admits, role, reach, created_at, disabled_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    execute!(
        tx,
        SQL,
        new.id,
        new.org,
        new.name.as_str(),
        new.issuer.as_str(),
        new.client_id.as_str(),
        new.method.as_str(),
        new.secret.clone(),
        new.domains.as_str(),
        new.admits.as_str(),
        new.role.as_str(),
        reach(new.everywhere),
        new.created_at,
        new.disabled_at
    )?;
    Ok(())
}

/// Changes all but id, tenant and date, of the version given; `false` when it was changed meanwhile.
pub async fn change(tx: &mut Tx<'_>, to: &IdentityProvider) -> Result<bool> {
    const SQL: &str = "update identity_providers set name = $4, issuer = $5, client_id = $6, method = $7, secret = $8,
            domains = $9, admits = $10, role = $11, reach = $12, disabled_at = $13, version = version + 1
        where org_id = $1 and id = $2 and version = $3";
    let changed = execute!(
        tx,
        SQL,
        to.org,
        to.id,
        to.version,
        to.name.as_str(),
        to.issuer.as_str(),
        to.client_id.as_str(),
        to.method.as_str(),
        to.secret.clone(),
        to.domains.as_str(),
        to.admits.as_str(),
        to.role.as_str(),
        reach(to.everywhere),
        to.disabled_at
    )?;
    Ok(changed == 1)
}

/// Takes a provider away; `false` when there is none. People who came through it stay.
pub async fn delete(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<bool> {
    Ok(execute!(tx, "delete from identity_providers where org_id = $1 and id = $2", org, id)? == 1)
}

/// A provider of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<IdentityProvider>> {
    const SQL: &str = concat!("select ", columns!(), " from identity_providers where org_id = $1 and id = $2");
    Ok(fetch_optional!(tx, Row, SQL, org, id)?.map(provider))
}

/// A provider, whosever it is: somebody who is not signed in yet wants to sign in there. Needs the hub's own rights.
pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<IdentityProvider>> {
    const SQL: &str = concat!("select ", columns!(), " from identity_providers where id = $1");
    Ok(fetch_optional!(tx, Row, SQL, id)?.map(provider))
}

/// All of an organization, by name.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<IdentityProvider>> {
    const SQL: &str = concat!("select ", columns!(), " from identity_providers where org_id = $1 order by name, id");
    Ok(fetch_all!(tx, Row, SQL, org)?.into_iter().map(provider).collect())
}

/// Those that may speak for addresses of a domain, by name. Needs the hub's own rights. `domain` has no `%` and no `_`.
pub async fn of_domain(tx: &mut Tx<'_>, domain: &str) -> Result<Vec<IdentityProvider>> {
    const SQL: &str = concat!(
        "select ",
        columns!(),
        " from identity_providers where disabled_at is null and ' ' || domains || ' ' like $1 order by name, id limit 20"
    );
    Ok(fetch_all!(tx, Row, SQL, format!("% {domain} %"))?.into_iter().map(provider).collect())
}
