//! Incidents: each is the sum of its events, and both are kept in one go ([`record`]).

mod page;

pub use page::{Counts, IncidentFilter, counts, page};

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_rules::incident::{Event, Incident, IncidentId, Policy, State, tick};

use crate::columns::{Id, Json, instant, name_of};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result, notices};

/// An incident as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The incident.
    pub incident: Incident,
    /// When it opened first.
    pub opened_at: Timestamp,
}

/// The name of a state, as it is kept and asked for.
pub fn state_name(state: &State) -> &'static str {
    match state {
        State::Open => "open",
        State::Acknowledged { .. } => "acknowledged",
        State::Snoozed { .. } => "snoozed",
        State::Suppressed { .. } => "suppressed",
        State::Resolved { .. } => "resolved",
    }
}

/// Every name a state can have.
pub const STATES: [&str; 5] = ["open", "acknowledged", "snoozed", "suppressed", "resolved"];

/// Keeps an incident together with the events that made it what it is: all that ever happens to an incident goes through
/// here. `false` when somebody else changed it meanwhile: then nothing was kept.
pub async fn record(
    tx: &mut Tx<'_>,
    org: OrgId,
    incident: &Incident,
    events: &[Event],
    policy: &Policy,
) -> Result<bool> {
    const ADD: &str = "insert into incidents (id, org_id, store_id, key, rule_id, state, severity, assignee, opened_at,
            changed_at, due, events, useful, useless, words, body)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict (id) do nothing";
    const CHANGE: &str = "update incidents set rule_id = $4, state = $5, severity = $6, assignee = $7, changed_at = $8,
            due = $9, events = $10, useful = $11, useless = $12, words = $13, body = $14
        where id = $1 and org_id = $2 and events = $3";
    const EVENT: &str = "insert into incident_events (incident_id, seq, org_id, at, body) values ($1, $2, $3, $4, $5)";
    let Some(first) = events.first() else { return Ok(true) };
    let due = tick(incident, Timestamp::MAX, policy).map(|(_, event)| event.at);
    let rule = incident.rule.map(|rule| rule.0);
    let (state, severity) = (state_name(&incident.state), name_of(incident.severity));
    let count = |useful: bool| incident.votes.values().filter(|vote| **vote == useful).count() as i64;
    let (useful, useless) = (count(true), count(false));
    let (words, body) = (words(incident), Json::of(incident));
    let known = int(first.seq) - 1;
    let kept = if known == 0 {
        execute!(
            tx,
            ADD,
            incident.id.0,
            org,
            incident.store,
            incident.key.as_str(),
            rule,
            state,
            severity,
            incident.assignee,
            first.at,
            incident.changed_at,
            due,
            int(incident.events),
            useful,
            useless,
            words,
            body
        )?
    } else {
        execute!(
            tx,
            CHANGE,
            incident.id.0,
            org,
            known,
            rule,
            state,
            severity,
            incident.assignee,
            incident.changed_at,
            due,
            int(incident.events),
            useful,
            useless,
            words,
            body
        )?
    };
    if kept != 1 {
        return Ok(false);
    }
    for event in events {
        execute!(tx, EVENT, incident.id.0, int(event.seq), org, event.at, Json::of(event))?;
    }
    notices::plan(tx, org, incident, events).await?;
    Ok(true)
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn words(incident: &Incident) -> String {
    let subjects = incident.firing.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    format!("{} {} {} {subjects}", incident.title, incident.cause, incident.key).to_lowercase()
}

type Row = (Json, i64);

fn stored((body, opened): Row) -> Result<Stored> {
    let incident = serde_json::from_str(&body.0).map_err(|_| ForeignValue { what: "an incident", got: body.0 })?;
    Ok(Stored { incident, opened_at: instant(opened) })
}

/// An incident of an organization; `None` for another's, too.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: IncidentId) -> Result<Option<Stored>> {
    const SQL: &str = "select body, opened_at from incidents where org_id = $1 and id = $2";
    fetch_optional!(tx, Row, SQL, org, id.0)?.map(stored).transpose()
}

/// The same, held until the transaction ends.
pub async fn hold(tx: &mut Tx<'_>, org: OrgId, id: IncidentId) -> Result<Option<Stored>> {
    // Takes the row's lock on PostgreSQL; SQLite has one writer.
    execute!(tx, "update incidents set events = events where org_id = $1 and id = $2", org, id.0)?;
    get(tx, org, id).await
}

/// The latest incident of a key, held until the transaction ends.
pub async fn latest(tx: &mut Tx<'_>, org: OrgId, key: &str) -> Result<Option<Stored>> {
    const SQL: &str = "select id from incidents where org_id = $1 and key = $2
        order by opened_at desc, id desc limit 1";
    match fetch_optional!(tx, (Id,), SQL, org, key)? {
        Some((id,)) => hold(tx, org, IncidentId(id.0)).await,
        None => Ok(None),
    }
}

/// Incidents that time alone changes by `now`, the longest overdue first.
pub async fn due(tx: &mut Tx<'_>, org: OrgId, now: Timestamp, limit: u32) -> Result<Vec<IncidentId>> {
    const SQL: &str = "select id from incidents where org_id = $1 and due <= $2 order by due, id limit $3";
    let rows = fetch_all!(tx, (Id,), SQL, org, now, i64::from(limit))?;
    Ok(rows.into_iter().map(|(id,)| IncidentId(id.0)).collect())
}

/// The events of an incident after the number `after`, in order.
pub async fn events(tx: &mut Tx<'_>, org: OrgId, id: IncidentId, after: u64, limit: u32) -> Result<Vec<Event>> {
    const SQL: &str = "select body from incident_events
        where org_id = $1 and incident_id = $2 and seq > $3 order by seq limit $4";
    fetch_all!(tx, (Json,), SQL, org, id.0, int(after), i64::from(limit))?
        .into_iter()
        .map(|(body,)| {
            let read = serde_json::from_str(&body.0);
            Ok(read.map_err(|_| ForeignValue { what: "an event of an incident", got: body.0 })?)
        })
        .collect()
}

/// Incidents of a rule that people voted on: for whom a rule is tried anew, what is known of its worth.
pub async fn voted(tx: &mut Tx<'_>, org: OrgId, rule: Uuid, limit: u32) -> Result<Vec<Incident>> {
    const SQL: &str = "select body, opened_at from incidents
        where org_id = $1 and rule_id = $2 and (useful > 0 or useless > 0) order by opened_at desc, id desc limit $3";
    let rows = fetch_all!(tx, Row, SQL, org, rule, i64::from(limit))?;
    rows.into_iter().map(|row| stored(row).map(|stored| stored.incident)).collect()
}
