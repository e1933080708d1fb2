//! Organizations: the tenants.

use jiff::Timestamp;
use serde_json::Value;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Id, Json, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// A retailer.
#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    /// Its id.
    pub id: OrgId,
    /// For people.
    pub name: String,
    /// What it trades in.
    pub industry: Option<String>,
    /// Its settings.
    pub config: Value,
    /// Since when.
    pub created_at: Timestamp,
    /// Raised with every change by a person.
    pub version: i64,
}

/// Makes an organization, or renames it; needs the hub's own rights.
pub async fn put(tx: &mut Tx<'_>, id: OrgId, name: &str, industry: Option<&str>, now: Timestamp) -> Result<()> {
    const SQL: &str = "insert into organizations (id, name, industry, created_at, updated_at) values ($1, $2, $3, $4, $4)
        on conflict (id) do update set name = excluded.name, industry = excluded.industry, updated_at = excluded.updated_at";
    execute!(tx, SQL, id, name, industry, now)?;
    Ok(())
}

/// Changes name and industry of the version given; `false` when it was changed meanwhile.
pub async fn change(
    tx: &mut Tx<'_>,
    id: OrgId,
    version: i64,
    (name, industry): (&str, Option<&str>),
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "update organizations set name = $3, industry = $4, updated_at = $5, version = version + 1
        where id = $1 and version = $2";
    Ok(execute!(tx, SQL, id, version, name, industry, now)? == 1)
}

type Row = (Id, String, Option<String>, Json, i64, i64);

fn organization((id, name, industry, config, created, version): Row) -> Organization {
    Organization { id: OrgId(id.0), name, industry, config: config.value(), created_at: instant(created), version }
}

/// An organization.
pub async fn get(tx: &mut Tx<'_>, id: OrgId) -> Result<Option<Organization>> {
    const SQL: &str = "select id, name, industry, config, created_at, version from organizations where id = $1";
    Ok(fetch_optional!(tx, Row, SQL, id)?.map(organization))
}

/// All of them; needs the hub's own rights.
pub async fn list(tx: &mut Tx<'_>) -> Result<Vec<Organization>> {
    const SQL: &str =
        "select id, name, industry, config, created_at, version from organizations order by created_at, id";
    Ok(fetch_all!(tx, Row, SQL)?.into_iter().map(organization).collect())
}
