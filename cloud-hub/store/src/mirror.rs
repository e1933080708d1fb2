//! Readings that are still to be copied to a time-series server: an outbox, filled by a trigger in the transaction that
//! stores them, while it is switched on. A row stays until the server has it, so none is lost and none is merged.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, SensorId, StoreId};
use vyavs_domain::reading::Quality;

use crate::columns::{Id, Json, instant};
use crate::readings::quality_of;
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_one};
use crate::{ForeignValue, Result, meta};

/// A reading that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its place in the outbox.
    pub n: i64,
    /// Whose.
    pub org: OrgId,
    /// Where it was measured.
    pub store: StoreId,
    /// The channel.
    pub sensor: SensorId,
    /// When; no other reading of the channel has this instant.
    pub at: Timestamp,
    /// In the sensor's unit.
    pub value: Option<f64>,
    /// How far to trust it.
    pub quality: Quality,
}

/// Switches the outbox on or off: readings that are stored from now on. What waits stays.
pub async fn switch(tx: &mut Tx<'_>, on: bool) -> Result<()> {
    meta::set(tx, "mirror", if on { "on" } else { "off" }).await
}

/// The first ones that wait, of all organizations.
pub async fn waiting(tx: &mut Tx<'_>, most: u32) -> Result<Vec<Waiting>> {
    const SQL: &str = "select n, org_id, store_id, sensor, at, value, quality from mirror_outbox order by n limit $1";
    type Row = (i64, Id, Id, String, i64, Option<f64>, i16);
    fetch_all!(tx, Row, SQL, i64::from(most))?
        .into_iter()
        .map(|(n, org, store, sensor, at, value, quality)| {
            let sensor = sensor.parse().map_err(|_| ForeignValue { what: "a sensor", got: sensor.clone() })?;
            let (org, store) = (OrgId(org.0), StoreId(store.0));
            Ok(Waiting { n, org, store, sensor, at: instant(at), value, quality: quality_of(quality) })
        })
        .collect()
}

/// The server has these. Row by row, not up to the last one: on PostgreSQL an earlier number may be committed later.
pub async fn settle(tx: &mut Tx<'_>, rows: &[Waiting]) -> Result<u64> {
    const SQL: [&str; 2] = [
        "delete from mirror_outbox where n in (select value from json_each($1))",
        "delete from mirror_outbox where n in (select cast(value as bigint) from jsonb_array_elements_text($1))",
    ];
    let sql = SQL[usize::from(matches!(tx.conn, Conn::Pg(_)))];
    let numbers: Vec<i64> = rows.iter().map(|row| row.n).collect();
    execute!(tx, sql, Json::of(&numbers))
}

/// How many wait, and since when the oldest of them was measured.
pub async fn backlog(tx: &mut Tx<'_>) -> Result<(u64, Option<Timestamp>)> {
    let (count, oldest) = fetch_one!(tx, (i64, Option<i64>), "select count(*), min(at) from mirror_outbox")?;
    Ok((count.unsigned_abs(), oldest.map(instant)))
}
