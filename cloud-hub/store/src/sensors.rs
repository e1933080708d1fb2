//! The measured channels of a shop, and what each says now.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, SensorId, StoreId};
use vyavs_domain::reading::{Quality, Sensor};

use crate::columns::{instant, name_of, named};
use crate::origin::Origin;
use crate::readings::quality_of;
use crate::tx::{Tx, execute, fetch_all};
use crate::{ForeignValue, Result};

/// Notes channels as their device configures them.
pub async fn upsert(tx: &mut Tx<'_>, origin: &Origin, sensors: &[Sensor]) -> Result<()> {
    const SQL: &str = "insert into sensors (store_id, id, org_id, device_id, name, measure, low, high, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (store_id, id) do update set device_id = excluded.device_id, name = excluded.name,
            measure = excluded.measure, low = excluded.low, high = excluded.high, updated_at = excluded.updated_at";
    for sensor in sensors {
        execute!(
            tx,
            SQL,
            origin.store,
            &sensor.id,
            origin.org,
            origin.device,
            sensor.name.as_str(),
            name_of(sensor.measure),
            sensor.low,
            sensor.high,
            origin.received_at
        )?;
    }
    Ok(())
}

/// The newest reading of a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latest {
    /// When it was taken.
    pub at: Timestamp,
    /// In the sensor's unit; `None` when it had no value.
    pub value: Option<f64>,
    /// How far to trust it.
    pub quality: Quality,
}

/// A channel and its newest reading.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorNow {
    /// The channel.
    pub sensor: Sensor,
    /// `None` when nothing was ever read.
    pub latest: Option<Latest>,
}

type Row = (String, String, String, Option<f64>, Option<f64>, Option<i64>, Option<f64>, Option<i16>);

/// The channels of a shop by id. Costs one row a channel, however long the history.
pub async fn list(tx: &mut Tx<'_>, org: OrgId, store: StoreId) -> Result<Vec<SensorNow>> {
    const SQL: &str = "select s.id, s.name, s.measure, s.low, s.high, l.at, l.value, l.quality
        from sensors s left join latest_readings l on l.store_id = s.store_id and l.sensor = s.id
        where s.org_id = $1 and s.store_id = $2 order by s.id";
    fetch_all!(tx, Row, SQL, org, store)?
        .into_iter()
        .map(|(id, name, measure, low, high, at, value, quality)| {
            let id: SensorId = id.parse().map_err(|_| ForeignValue { what: "a sensor", got: id.clone() })?;
            let latest = at.map(|at| Latest { at: instant(at), value, quality: quality_of(quality.unwrap_or(2)) });
            Ok(SensorNow { sensor: Sensor { id, name, measure: named("a measure", &measure)?, low, high }, latest })
        })
        .collect()
}
