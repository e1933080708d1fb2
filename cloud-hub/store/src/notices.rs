//! What is to be told of incidents: planned in the transaction of the event it tells of, kept until it is told or nobody
//! needs it any more.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use vyavs_domain::ids::OrgId;
use vyavs_rules::incident::{Event, Incident, IncidentId, What};
use vyavs_rules::route::{self, Notice, Route};

use crate::columns::{Id, Json, instant, name_of};
use crate::tx::{Tx, execute, fetch_all};
use crate::webhooks::deliveries;
use crate::{ForeignValue, Result, routes, stores};

/// What became of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was told.
    Told,
    /// Nobody needed it any more.
    Withdrawn,
    /// There was nobody to tell.
    Nobody,
}

impl Ended {
    /// As in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Withdrawn => "withdrawn",
            Self::Nobody => "nobody",
        }
    }
}

/// A notice as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The notice.
    pub notice: Notice,
    /// Whose.
    pub org: OrgId,
    /// `waiting`, `told`, `withdrawn`, `nobody`.
    pub state: String,
    /// When it was told or withdrawn.
    pub ended_at: Option<Timestamp>,
    /// Why, if it was not told.
    pub why: Option<String>,
}

/// Plans who is told of these events of an incident, and has webhooks told of them; in the transaction that keeps the
/// events. Planning twice plans once.
pub async fn plan(tx: &mut Tx<'_>, org: OrgId, incident: &Incident, events: &[Event]) -> Result<()> {
    let all = routes::list(tx, org).await?;
    let routes: Vec<Route> = all.into_iter().filter(|row| row.enabled).map(|row| row.route).collect();
    let zone = match routes.is_empty() {
        true => TimeZone::UTC,
        false => zone(tx, org, incident).await?,
    };
    for event in events {
        for notice in route::plan(incident, event, &routes, &zone) {
            insert(tx, org, incident, &notice).await?;
        }
        emit(tx, org, incident, event).await?;
    }
    Ok(())
}

/// Quiet hours are by the clock on the shop's wall; of a shop or zone that is not known, by UTC.
async fn zone(tx: &mut Tx<'_>, org: OrgId, incident: &Incident) -> Result<TimeZone> {
    let store = stores::get(tx, org, incident.store).await?;
    Ok(store.and_then(|store| TimeZone::get(&store.timezone).ok()).unwrap_or(TimeZone::UTC))
}

async fn insert(tx: &mut Tx<'_>, org: OrgId, incident: &Incident, notice: &Notice) -> Result<()> {
    const SQL: &str = "insert into notices (id, org_id, incident_id, store_id, notice, due_at, state)
        values ($1, $2, $3, $4, $5, $6, 'waiting') on conflict (id) do nothing";
    execute!(tx, SQL, notice.id, org, notice.incident.0, incident.store, Json::of(notice), notice.at)?;
    Ok(())
}

/// What an alert is to other systems.
pub fn alert(incident: &Incident) -> serde_json::Value {
    json!({
        "alert_id": incident.id, "title": incident.title, "cause": incident.cause, "severity": incident.severity,
        "state": incident.state, "first_seen": incident.first_seen, "last_seen": incident.last_seen, "count": incident.count,
    })
}

async fn emit(tx: &mut Tx<'_>, org: OrgId, incident: &Incident, event: &Event) -> Result<()> {
    let kind = match &event.what {
        What::Opened(_) => "alert.opened",
        What::Resolved { .. } => "alert.resolved",
        // That it goes on as it was is no news to another system.
        What::Repeated { worse: false, .. } | What::Cleared { .. } | What::Voted { .. } => return Ok(()),
        _ => "alert.changed",
    };
    let id = deliveries::event_id(&format!("{kind} {}", event.seq), incident.id.0);
    let data = alert(incident);
    let event = deliveries::Event { id, kind: kind.to_owned(), store: Some(incident.store), at: event.at, data };
    deliveries::emit(tx, org, &event).await?;
    Ok(())
}

type Row = (Id, Json, String, Option<i64>, Option<String>);

fn kept((org, body, state, ended, why): Row) -> Result<Kept> {
    let notice = serde_json::from_str(&body.0).map_err(|_| ForeignValue { what: "a notice", got: body.0 })?;
    Ok(Kept { notice, org: OrgId(org.0), state, ended_at: ended.map(instant), why })
}

/// Notices whose time has come, the longest overdue first. Needs the hub's own rights.
pub async fn due(tx: &mut Tx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Kept>> {
    const SQL: &str = "select org_id, notice, state, ended_at, why from notices
        where state = 'waiting' and due_at <= $1 order by due_at, id limit $2";
    fetch_all!(tx, Row, SQL, now, i64::from(limit))?.into_iter().map(kept).collect()
}

/// Ends a notice, in the transaction that tells of it; `false` when another process was quicker.
pub async fn end(tx: &mut Tx<'_>, of: &Kept, how: Ended, why: Option<route::Why>, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update notices set state = $3, ended_at = $4, why = $5
        where org_id = $1 and id = $2 and state = 'waiting'";
    let why: Option<String> = why.map(name_of);
    Ok(execute!(tx, SQL, of.org, of.notice.id, how.as_str(), now, why.as_deref())? == 1)
}

/// All notices of an incident, the earliest first.
pub async fn of(tx: &mut Tx<'_>, org: OrgId, incident: IncidentId, limit: u32) -> Result<Vec<Kept>> {
    const SQL: &str = "select org_id, notice, state, ended_at, why from notices
        where org_id = $1 and incident_id = $2 order by due_at, id limit $3";
    fetch_all!(tx, Row, SQL, org, incident.0, i64::from(limit))?.into_iter().map(kept).collect()
}
