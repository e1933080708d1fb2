//! Other systems that are called: endpoints, and what of them the hub switched off or lets rest.

pub mod deliveries;

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// For people.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Which kinds of events it is told; all of them when empty.
    pub events: Vec<String>,
    /// Sealed.
    pub secret: Vec<u8>,
    /// The one before, sealed, and until when it still signs.
    pub old_secret: Option<(Vec<u8>, Timestamp)>,
    /// Whether it is called.
    pub enabled: bool,
    /// Why the hub switched it off itself.
    pub off_reason: Option<String>,
    /// Calls in a row that failed.
    pub failures: i64,
    /// Until when it rests because of that.
    pub paused_until: Option<Timestamp>,
    /// Raised with every change by a person.
    pub version: i64,
    /// Who made it.
    pub created_by: Uuid,
    /// When.
    pub created_at: Timestamp,
}

impl Endpoint {
    /// Whether it is told of events of this kind.
    pub fn takes(&self, kind: &str) -> bool {
        self.events.is_empty() || self.events.iter().any(|event| event == kind)
    }
}

macro_rules! columns {
    () => {
        "id, org_id, name, url, events, secret, old_secret, old_until, enabled, off_reason, failures, paused_until, version, created_by, created_at"
    };
}

type Row = (
    Id,
    Id,
    String,
    String,
    String,
    Vec<u8>,
    Option<Vec<u8>>,
    Option<i64>,
    bool,
    Option<String>,
    i64,
    Option<i64>,
    i64,
    Id,
    i64,
);

fn endpoint(row: Row) -> Endpoint {
    let (id, org, name, url, events, secret, old, old_until, enabled, off_reason, failures, paused, version, by, at) =
        row;
    Endpoint {
        id: id.0,
        org: OrgId(org.0),
        name,
        url,
        events: events.split_whitespace().map(str::to_owned).collect(),
        secret,
        old_secret: old.zip(old_until.map(instant)),
        enabled,
        off_reason,
        failures,
        paused_until: paused.map(instant),
        version,
        created_by: by.0,
        created_at: instant(at),
    }
}

/// Adds an endpoint.
pub async fn insert(tx: &mut Tx<'_>, new: &Endpoint) -> Result<()> {
    const SQL: &str =
        "insert into webhook_endpoints (id, org_id, name, url, events, secret, enabled, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (name, url, events) = (new.name.as_str(), new.url.as_str(), new.events.join(" "));
    let secret = new.secret.clone();
    execute!(tx, SQL, new.id, new.org, name, url, events, secret, new.enabled, new.created_by, new.created_at)?;
    Ok(())
}

/// Changes name, address, events and whether it is called, of the version given; `false` when it was changed meanwhile.
/// It is tried afresh: what made it rest is forgotten.
pub async fn change(tx: &mut Tx<'_>, to: &Endpoint) -> Result<bool> {
    const SQL: &str = "update webhook_endpoints set name = $4, url = $5, events = $6, enabled = $7, off_reason = null,
            failures = 0, paused_until = null, version = version + 1
        where org_id = $1 and id = $2 and version = $3";
    let (name, url, events) = (to.name.as_str(), to.url.as_str(), to.events.join(" "));
    Ok(execute!(tx, SQL, to.org, to.id, to.version, name, url, events, to.enabled)? == 1)
}

/// Gives an endpoint a new secret; the one before still signs until `old_until`.
pub async fn set_secret(tx: &mut Tx<'_>, org: OrgId, id: Uuid, secret: Vec<u8>, old_until: Timestamp) -> Result<bool> {
    const SQL: &str =
        "update webhook_endpoints set old_secret = secret, old_until = $4, secret = $3, version = version + 1
        where org_id = $1 and id = $2";
    Ok(execute!(tx, SQL, org, id, secret, old_until)? == 1)
}

/// Takes an endpoint away with all that was to be sent to it; `false` when there is none.
pub async fn delete(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<bool> {
    const ATTEMPTS: &str = "delete from webhook_attempts where org_id = $1
        and delivery_id in (select id from webhook_deliveries where org_id = $1 and endpoint_id = $2)";
    execute!(tx, ATTEMPTS, org, id)?;
    execute!(tx, "delete from webhook_deliveries where org_id = $1 and endpoint_id = $2", org, id)?;
    Ok(execute!(tx, "delete from webhook_endpoints where org_id = $1 and id = $2", org, id)? == 1)
}

/// An endpoint of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Endpoint>> {
    const SQL: &str = concat!("select ", columns!(), " from webhook_endpoints where org_id = $1 and id = $2");
    Ok(fetch_optional!(tx, Row, SQL, org, id)?.map(endpoint))
}

/// All of an organization, the oldest first.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<Endpoint>> {
    const SQL: &str =
        concat!("select ", columns!(), " from webhook_endpoints where org_id = $1 order by created_at, id");
    Ok(fetch_all!(tx, Row, SQL, org)?.into_iter().map(endpoint).collect())
}

/// The endpoint took a call: it does not rest.
pub async fn took(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<()> {
    const SQL: &str = "update webhook_endpoints set failures = 0, paused_until = null
        where org_id = $1 and id = $2 and failures <> 0";
    execute!(tx, SQL, org, id)?;
    Ok(())
}

/// A call failed; the endpoint rests until `paused_until`, if that is given.
pub async fn refused(tx: &mut Tx<'_>, org: OrgId, id: Uuid, paused_until: Option<Timestamp>) -> Result<()> {
    const SQL: &str = "update webhook_endpoints set failures = failures + 1, paused_until = $3
        where org_id = $1 and id = $2";
    execute!(tx, SQL, org, id, paused_until)?;
    Ok(())
}

/// The hub switches an endpoint off, for this reason; `false` when it was off.
pub async fn switch_off(tx: &mut Tx<'_>, org: OrgId, id: Uuid, why: &str) -> Result<bool> {
    const SQL: &str = "update webhook_endpoints set enabled = $3, off_reason = $4, version = version + 1
        where org_id = $1 and id = $2 and enabled";
    Ok(execute!(tx, SQL, org, id, false, why)? == 1)
}
