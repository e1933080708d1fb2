//! Who is told of which incidents: the routes of an organization.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_rules::route::Route;

use crate::columns::{Id, Json, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result};

/// A route as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The route.
    pub route: Route,
    /// Whose.
    pub org: OrgId,
    /// Whether anybody is told by it.
    pub enabled: bool,
    /// Raised with every change by a person.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
}

type Row = (Id, Json, bool, i64, i64);

fn stored((org, body, enabled, version, created): Row) -> Result<Stored> {
    let route = serde_json::from_str(&body.0).map_err(|_| ForeignValue { what: "a route", got: body.0 })?;
    Ok(Stored { route, org: OrgId(org.0), enabled, version, created_at: instant(created) })
}

/// Adds a route.
pub async fn insert(tx: &mut Tx<'_>, new: &Stored) -> Result<()> {
    const SQL: &str = "insert into notification_routes (id, org_id, name, enabled, route, created_at) values ($1, $2, $3, $4, $5, $6)";
    let (id, name) = (new.route.id.0, new.route.name.as_str());
    execute!(tx, SQL, id, new.org, name, new.enabled, Json::of(&new.route), new.created_at)?;
    Ok(())
}

/// Changes a route of the version given; `false` when it was changed meanwhile. What was planned by it stays planned.
pub async fn change(tx: &mut Tx<'_>, to: &Stored) -> Result<bool> {
    const SQL: &str = "update notification_routes set name = $4, enabled = $5, route = $6, version = version + 1
        where org_id = $1 and id = $2 and version = $3";
    let (id, name) = (to.route.id.0, to.route.name.as_str());
    Ok(execute!(tx, SQL, to.org, id, to.version, name, to.enabled, Json::of(&to.route))? == 1)
}

/// Takes a route away; `false` when there is none.
pub async fn delete(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<bool> {
    Ok(execute!(tx, "delete from notification_routes where org_id = $1 and id = $2", org, id)? == 1)
}

/// A route of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Stored>> {
    const SQL: &str = "select org_id, route, enabled, version, created_at from notification_routes
        where org_id = $1 and id = $2";
    fetch_optional!(tx, Row, SQL, org, id)?.map(stored).transpose()
}

/// All of an organization, by name.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<Stored>> {
    const SQL: &str = "select org_id, route, enabled, version, created_at from notification_routes
        where org_id = $1 order by name, id";
    fetch_all!(tx, Row, SQL, org)?.into_iter().map(stored).collect()
}
