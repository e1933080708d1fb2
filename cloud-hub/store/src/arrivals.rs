//! What was stored and no rule has looked at yet.
//!
//! Written in the transaction that stores the rows, so that nothing is ever missed; taken away in the transaction that keeps
//! what the rules made of it, so that nothing counts twice. An arrival names stretches of time, not rows: a rule reads the
//! rows themselves, and what it has seen before it knows again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vyavs_domain::ids::{AlarmId, DeviceId, OrgId, SensorId, StoreId};

use crate::columns::{Id, Json};
use crate::origin::Origin;
use crate::tx::{Tx, execute, fetch_all};
use crate::{ForeignValue, Result};

/// From its first to its last instant, both included.
pub type Stretch = (Timestamp, Timestamp);

/// What came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// Readings, by channel.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub readings: BTreeMap<SensorId, Stretch>,
    /// Events of tills.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Stretch>,
    /// Tickets, by when they were closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Stretch>,
    /// Lines of tickets, by when they were rung: they moved stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Stretch>,
    /// Where to go on among the products of these lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_sku: Option<String>,
    /// Alarms of devices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<AlarmId>,
    /// Products whose stock was booked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Uuid>,
}

impl Detail {
    /// Whether there is nothing left to look at.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its number; the order is that of storing, more or less.
    pub n: i64,
    /// The shop.
    pub store: StoreId,
    /// The box it came from; nil where people booked it.
    pub device: DeviceId,
    /// What came.
    pub detail: Detail,
}

/// The whole stretch of these instants.
pub(crate) fn stretch(instants: impl IntoIterator<Item = Timestamp>) -> Option<Stretch> {
    instants.into_iter().fold(None, |known, at| match known {
        None => Some((at, at)),
        Some((from, to)) => Some((at.min(from), at.max(to))),
    })
}

/// The epoch of history that a person imports: no device's buffer has it, and no rule shall wake anybody over it.
const IMPORTED: u64 = 0;

/// Notes what a device's records brought. History that is imported is left out: a back-test reads it where it lies.
pub(crate) async fn note(tx: &mut Tx<'_>, origin: &Origin, detail: &Detail) -> Result<()> {
    if origin.epoch == IMPORTED {
        return Ok(());
    }
    put(tx, origin.org, (origin.store, origin.device), detail, origin.received_at).await
}

/// Notes what came, whoever brought it.
pub(crate) async fn put(
    tx: &mut Tx<'_>,
    org: OrgId,
    (store, device): (StoreId, DeviceId),
    detail: &Detail,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "insert into rule_arrivals (org_id, store_id, device_id, detail, arrived_at)
        values ($1, $2, $3, $4, $5)";
    if !detail.is_empty() {
        execute!(tx, SQL, org, store, device, Json::of(detail), now)?;
    }
    Ok(())
}

/// The oldest of an organization.
pub async fn oldest(tx: &mut Tx<'_>, org: OrgId, limit: u32) -> Result<Vec<Arrival>> {
    const SQL: &str = "select n, store_id, device_id, detail from rule_arrivals where org_id = $1 order by n limit $2";
    fetch_all!(tx, (i64, Id, Id, Json), SQL, org, i64::from(limit))?
        .into_iter()
        .map(|(n, store, device, detail)| {
            let read = serde_json::from_str(&detail.0);
            let detail = read.map_err(|_| ForeignValue { what: "an arrival", got: detail.0 })?;
            Ok(Arrival { n, store: StoreId(store.0), device: DeviceId(device.0), detail })
        })
        .collect()
}

/// Takes an arrival away: it was looked at.
pub async fn done(tx: &mut Tx<'_>, org: OrgId, n: i64) -> Result<()> {
    execute!(tx, "delete from rule_arrivals where org_id = $1 and n = $2", org, n)?;
    Ok(())
}

/// Keeps what is left of one that is too long for one go.
pub async fn left(tx: &mut Tx<'_>, org: OrgId, n: i64, detail: &Detail) -> Result<()> {
    execute!(tx, "update rule_arrivals set detail = $3 where org_id = $1 and n = $2", org, n, Json::of(detail))?;
    Ok(())
}

/// Organizations in which something waits. Needs the hub's own rights.
pub async fn waiting(tx: &mut Tx<'_>) -> Result<Vec<OrgId>> {
    const SQL: &str = "select o.id from organizations o
        where exists (select 1 from rule_arrivals a where a.org_id = o.id) order by o.id";
    Ok(fetch_all!(tx, (Id,), SQL)?.into_iter().map(|(id,)| OrgId(id.0)).collect())
}
