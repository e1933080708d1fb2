//! What rules look at: rows of other tables as plain facts, a stretch of time at a go, oldest first; and what the hub itself
//! observed, which is kept here.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::{AlarmId, DeviceId, OrgId, SensorId, StoreId};
use vyavs_domain::money::Currency;
use vyavs_domain::sale::ReceiptKind;

use crate::alarms::{StoredAlarm, by_id};
use crate::arrivals::Stretch;
use crate::columns::{Id, Json, instant, named};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result};

/// Usable readings of a channel from the first to the last instant, both included.
pub async fn readings(
    tx: &mut Tx<'_>,
    org: OrgId,
    (store, sensor): (StoreId, &SensorId),
    (from, to): Stretch,
    limit: u32,
) -> Result<Vec<(Timestamp, f64)>> {
    const SQL: &str = "select at, value from readings where org_id = $1 and store_id = $2 and sensor = $3
            and at >= $4 and at <= $5 and value is not null and quality <> 2
        order by at limit $6";
    let rows = fetch_all!(tx, (i64, f64), SQL, org, store, sensor, from, to, i64::from(limit))?;
    Ok(rows.into_iter().map(|(at, value)| (instant(at), value)).collect())
}

/// An event of a till, as far as rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillFact {
    /// Its id at the hub.
    pub id: Uuid,
    /// The till.
    pub terminal: String,
    /// When.
    pub at: Timestamp,
    /// The name of what happened.
    pub kind: String,
}

/// Events of a shop's tills in a stretch, after the last one seen.
pub async fn till_events(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    (from, to): Stretch,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<TillFact>> {
    const SQL: &str = "select id, terminal, at, kind from till_events where org_id = $1 and store_id = $2
            and at >= $3 and at <= $4 and (at, id) > ($5, $6)
        order by at, id limit $7";
    let (at, id) = after.unwrap_or((Timestamp::MIN, Uuid::nil()));
    let rows = fetch_all!(tx, (Id, String, i64, String), SQL, org, store, from, to, at, id, i64::from(limit))?;
    let fact =
        |(id, terminal, at, kind): (Id, String, i64, String)| TillFact { id: id.0, terminal, at: instant(at), kind };
    Ok(rows.into_iter().map(fact).collect())
}

/// A ticket, as far as rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketFact {
    /// Its id at the hub.
    pub id: Uuid,
    /// The till.
    pub terminal: String,
    /// When it was closed, by the till.
    pub closed_at: Timestamp,
    /// When that was.
    pub at: Timestamp,
    /// What kind of ticket.
    pub kind: ReceiptKind,
    /// What it comes to.
    pub total: Decimal,
}

/// Tickets of a shop closed in a stretch, after the last one seen.
pub async fn tickets(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    (from, to): Stretch,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<TicketFact>> {
    const SQL: &str = "select id, terminal, closed_at, coalesce(event_at, closed_at), kind, total_minor, currency
        from receipts where org_id = $1 and store_id = $2 and closed_at >= $3 and closed_at <= $4
            and (closed_at, id) > ($5, $6)
        order by closed_at, id limit $7";
    type Row = (Id, String, i64, i64, String, i64, String);
    let (at, id) = after.unwrap_or((Timestamp::MIN, Uuid::nil()));
    fetch_all!(tx, Row, SQL, org, store, from, to, at, id, i64::from(limit))?
        .into_iter()
        .map(|(id, terminal, closed, at, kind, minor, currency)| {
            let wrong = |got: &str| ForeignValue { what: "a currency", got: got.to_owned() };
            let currency: Currency = currency.parse().map_err(|_| wrong(&currency))?;
            Ok(TicketFact {
                id: id.0,
                terminal,
                closed_at: instant(closed),
                at: instant(at),
                kind: named("a kind of ticket", &kind)?,
                total: Decimal::new(minor, currency.exponent()),
            })
        })
        .collect()
}

/// How far an alarm of a device went into an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToldOf {
    /// Not at all.
    Nothing = 0,
    /// That it was raised.
    Raised = 1,
    /// That it was cleared, too.
    Cleared = 2,
}

/// An alarm and how far it went; held until the transaction ends.
pub async fn alarm(tx: &mut Tx<'_>, org: OrgId, id: AlarmId) -> Result<Option<(StoredAlarm, ToldOf)>> {
    const TOLD: &str = "select told from alarms where org_id = $1 and id = $2";
    // Takes the row's lock on PostgreSQL; SQLite has one writer.
    execute!(tx, "update alarms set told = told where org_id = $1 and id = $2", org, id)?;
    let Some((told,)) = fetch_optional!(tx, (i64,), TOLD, org, id)? else { return Ok(None) };
    let told = match told {
        0 => ToldOf::Nothing,
        1 => ToldOf::Raised,
        _ => ToldOf::Cleared,
    };
    Ok(by_id(tx, org, id).await?.map(|alarm| (alarm, told)))
}

/// Notes how far an alarm went.
pub async fn told(tx: &mut Tx<'_>, org: OrgId, id: AlarmId, of: ToldOf) -> Result<()> {
    execute!(tx, "update alarms set told = $3 where org_id = $1 and id = $2", org, id, of as i64)?;
    Ok(())
}

/// A device as it was last heard.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceFact {
    /// Which.
    pub device: DeviceId,
    /// In which shop.
    pub store: StoreId,
    /// For people.
    pub name: String,
    /// When anything last came from it.
    pub heard_at: Timestamp,
    /// Its last picture of now, as ingest wrote it out.
    pub now: Option<Value>,
}

/// Devices of an organization that were heard and are not revoked.
pub async fn devices(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<DeviceFact>> {
    const SQL: &str = "select d.id, d.store_id, d.name, s.last_heard_at, s.now
        from devices d join device_state s on s.device_id = d.id
        where d.org_id = $1 and d.revoked_at is null order by d.id";
    type Row = (Id, Id, String, i64, Option<Json>);
    let fact = |(device, store, name, heard, now): Row| DeviceFact {
        device: DeviceId(device.0),
        store: StoreId(store.0),
        name,
        heard_at: instant(heard),
        now: now.map(|json| json.value()),
    };
    Ok(fetch_all!(tx, Row, SQL, org)?.into_iter().map(fact).collect())
}

/// Something the hub itself observed.
#[derive(Clone, Debug, PartialEq)]
pub struct HubFact {
    /// In which shop.
    pub store: StoreId,
    /// Of what.
    pub measure: String,
    /// About whom.
    pub subject: String,
    /// When.
    pub at: Timestamp,
    /// How much.
    pub value: f64,
    /// What the subject is.
    pub kind: String,
    /// Its group of products.
    pub group: String,
}

/// Keeps what the hub observed; `false` when something of that instant is there already.
pub async fn keep(tx: &mut Tx<'_>, org: OrgId, fact: &HubFact) -> Result<bool> {
    const SQL: &str = "insert into hub_observations (store_id, measure, subject, at, org_id, value, kind, category)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing";
    let HubFact { store, measure, subject, at, value, kind, group } = fact;
    let kept =
        execute!(tx, SQL, *store, measure.as_str(), subject.as_str(), *at, org, *value, kind.as_str(), group.as_str())?;
    Ok(kept == 1)
}

/// When the hub last observed this, and what it was.
pub async fn last(
    tx: &mut Tx<'_>,
    org: OrgId,
    (store, measure, subject): (StoreId, &str, &str),
) -> Result<Option<(Timestamp, f64)>> {
    const SQL: &str = "select at, value from hub_observations
        where org_id = $1 and store_id = $2 and measure = $3 and subject = $4 order by at desc limit 1";
    let row = fetch_optional!(tx, (i64, f64), SQL, org, store, measure, subject)?;
    Ok(row.map(|(at, value)| (instant(at), value)))
}

/// What the hub observed of a measure in a shop in a stretch, by subject and time, after the last one seen.
pub async fn hub_facts(
    tx: &mut Tx<'_>,
    org: OrgId,
    (store, measure): (StoreId, &str),
    (from, to): Stretch,
    after: Option<(String, Timestamp)>,
    limit: u32,
) -> Result<Vec<HubFact>> {
    const SQL: &str = "select subject, at, value, kind, category from hub_observations
        where org_id = $1 and store_id = $2 and measure = $3 and (subject, at) > ($4, $5) and at >= $6 and at <= $7
        order by subject, at limit $8";
    let (subject, at) = after.unwrap_or((String::new(), Timestamp::MIN));
    let rows = fetch_all!(
        tx,
        (String, i64, f64, String, String),
        SQL,
        org,
        store,
        measure,
        subject,
        at,
        from,
        to,
        i64::from(limit)
    )?;
    let fact = |(subject, at, value, kind, group)| HubFact {
        store,
        measure: measure.to_owned(),
        subject,
        at: instant(at),
        value,
        kind,
        group,
    };
    Ok(rows.into_iter().map(fact).collect())
}

/// Forgets what the hub observed before `before`.
pub async fn forget(tx: &mut Tx<'_>, org: OrgId, before: Timestamp) -> Result<u64> {
    execute!(tx, "delete from hub_observations where org_id = $1 and at < $2", org, before)
}
