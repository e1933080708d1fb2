//! Taking telemetry in: readings, and the minutes that are left of thinned ones.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Quality, Reading};

use crate::arrivals::{self, Detail};
use crate::batch::Shared;
use crate::columns::{Id, Param};
use crate::months::{self, Parted};
use crate::origin::{Check, Inserted, Origin, Unstorable, int};
use crate::tx::{Conn, Tx};
use crate::{Result, batch, sync};

/// A reading as a record brought it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingRow {
    /// The record's number in stream 1.
    pub seq: u64,
    /// The reading; a value that is no number is stored as none.
    pub reading: Reading,
}

/// What is left of a minute of readings, as a record brought it.
#[derive(Clone, Debug, PartialEq)]
pub struct MinuteRow {
    /// The record's number in stream 1.
    pub seq: u64,
    /// Of which channel.
    pub sensor: SensorId,
    /// Start of the minute.
    pub at: Timestamp,
    /// Readings in it.
    pub count: u32,
    /// Lowest, in the sensor's unit.
    pub min: f64,
    /// Mean.
    pub mean: f64,
    /// Highest.
    pub max: f64,
}

impl MinuteRow {
    /// Whether it can be stored.
    pub fn check(&self) -> std::result::Result<(), Unstorable> {
        Check(self.seq).seq()
    }
}

/// How a quality lies in its column.
pub(crate) fn quality_code(quality: Quality) -> i16 {
    match quality {
        Quality::Good => 0,
        Quality::Suspect => 1,
        Quality::Bad => 2,
    }
}

/// The quality of a code; one we never wrote counts as bad.
pub(crate) fn quality_of(code: i16) -> Quality {
    match code {
        0 => Quality::Good,
        1 => Quality::Suspect,
        _ => Quality::Bad,
    }
}

/// Stores readings at their event time, and beside it what a device said whose clock was wrong. One channel has one reading
/// at one instant, and the first to come stays.
pub async fn insert(tx: &mut Tx<'_>, origin: &Origin, rows: &[ReadingRow]) -> Result<Inserted> {
    if rows.is_empty() {
        return Ok(Inserted::default());
    }
    let at = |row: &ReadingRow| origin.clock.event_time(row.reading.at);
    months::ensure(tx, Parted::Readings, rows.iter().map(|row| at(row).as_microsecond())).await?;
    let readings = || rows.iter().map(|row| &row.reading);
    let new = match &mut tx.conn {
        Conn::Sqlite(conn) => {
            const HEAD: &str = "insert into readings (store_id, sensor, at, org_id, value, quality, device_at)";
            let shared = Shared::of(origin);
            batch::insert(conn, (HEAD, 7, "on conflict do nothing"), rows, |values, row| {
                values.shared(&shared.store)?;
                values.put(&row.reading.sensor)?;
                values.put(at(row))?;
                values.shared(&shared.org)?;
                values.put(row.reading.value)?;
                values.put(quality_code(row.reading.quality))?;
                values.put(origin.clock.device_time(row.reading.at))
            })
            .await?
        }
        Conn::Pg(conn) => {
            const SQL: &str = "insert into readings (store_id, org_id, device_at, sensor, at, value, quality)
                select $1, $2, case when $7 <> 0 then t.at + $7 end, t.sensor, t.at, t.value, t.quality
                from unnest($3::text[], $4::int8[], $5::float8[], $6::int2[]) as t (sensor, at, value, quality)
                on conflict do nothing";
            sqlx::query(SQL)
                .bind(Id(origin.store.0))
                .bind(Id(origin.org.0))
                .bind(readings().map(|reading| reading.sensor.as_str()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| at(row).as_microsecond()).collect::<Vec<_>>())
                .bind(readings().map(|reading| reading.value.column()).collect::<Vec<Option<f64>>>())
                .bind(readings().map(|reading| quality_code(reading.quality)).collect::<Vec<_>>())
                .bind(origin.clock.ahead_us)
                .execute(&mut **conn)
                .await?
                .rows_affected()
        }
    };
    keep_latest(tx, origin, rows).await?;
    if new > 0 {
        arrived(tx, origin, rows).await?;
    }
    let done = Inserted { new, duplicate: (rows.len() as u64).saturating_sub(new) };
    sync::count_duplicates(tx, origin, "reading", done.duplicate).await?;
    Ok(done)
}

/// Notes for the rules which channels have something new, and where.
async fn arrived(tx: &mut Tx<'_>, origin: &Origin, rows: &[ReadingRow]) -> Result<()> {
    let mut detail = Detail::default();
    for row in rows {
        let at = origin.clock.event_time(row.reading.at);
        let (from, to) = detail.readings.entry(row.reading.sensor.clone()).or_insert((at, at));
        (*from, *to) = ((*from).min(at), (*to).max(at));
    }
    arrivals::note(tx, origin, &detail).await
}

/// One row a sensor, so that "what is it now" costs the number of sensors.
async fn keep_latest(tx: &mut Tx<'_>, origin: &Origin, rows: &[ReadingRow]) -> Result<()> {
    let mut latest: HashMap<&SensorId, &Reading> = HashMap::new();
    for reading in rows.iter().map(|row| &row.reading) {
        let slot = latest.entry(&reading.sensor).or_insert(reading);
        if reading.at > slot.at {
            *slot = reading;
        }
    }
    let latest: BTreeMap<_, _> = latest.into_iter().collect();
    let latest: Vec<&Reading> = latest.into_values().collect();
    match &mut tx.conn {
        Conn::Sqlite(conn) => {
            const HEAD: &str = "insert into latest_readings (store_id, sensor, org_id, at, value, quality)";
            const TAIL: &str = "on conflict (store_id, sensor) do update set at = excluded.at, value = excluded.value,
                quality = excluded.quality where excluded.at > latest_readings.at";
            let shared = Shared::of(origin);
            batch::insert(conn, (HEAD, 6, TAIL), &latest, |values, reading| {
                values.shared(&shared.store)?;
                values.put(&reading.sensor)?;
                values.shared(&shared.org)?;
                values.put(origin.clock.event_time(reading.at))?;
                values.put(reading.value)?;
                values.put(quality_code(reading.quality))
            })
            .await?;
        }
        Conn::Pg(conn) => {
            const SQL: &str = "insert into latest_readings (store_id, org_id, sensor, at, value, quality)
                select $1, $2, * from unnest($3::text[], $4::int8[], $5::float8[], $6::int2[])
                on conflict (store_id, sensor) do update set at = excluded.at, value = excluded.value,
                    quality = excluded.quality where excluded.at > latest_readings.at";
            sqlx::query(SQL)
                .bind(Id(origin.store.0))
                .bind(Id(origin.org.0))
                .bind(latest.iter().map(|reading| reading.sensor.as_str()).collect::<Vec<_>>())
                .bind(
                    latest
                        .iter()
                        .map(|reading| origin.clock.event_time(reading.at).as_microsecond())
                        .collect::<Vec<_>>(),
                )
                .bind(latest.iter().map(|reading| reading.value.column()).collect::<Vec<Option<f64>>>())
                .bind(latest.iter().map(|reading| quality_code(reading.quality)).collect::<Vec<_>>())
                .execute(&mut **conn)
                .await?;
        }
    }
    Ok(())
}

/// Stores thinned minutes. A minute thinned in two goes has two rows: their records differ.
pub async fn insert_minutes(tx: &mut Tx<'_>, origin: &Origin, rows: &[MinuteRow]) -> Result<Inserted> {
    if rows.is_empty() {
        return Ok(Inserted::default());
    }
    rows.iter().try_for_each(MinuteRow::check)?;
    let new = match &mut tx.conn {
        Conn::Sqlite(conn) => {
            const HEAD: &str = "insert into minutes (store_id, sensor, at, device_id, epoch, seq, org_id, count, min, mean, max, device_at)";
            let shared = Shared::of(origin);
            batch::insert(conn, (HEAD, 12, "on conflict do nothing"), rows, |values, row| {
                values.shared(&shared.store)?;
                values.put(&row.sensor)?;
                values.put(origin.clock.event_time(row.at))?;
                values.shared(&shared.device)?;
                values.put(int(origin.epoch))?;
                values.put(int(row.seq))?;
                values.shared(&shared.org)?;
                values.put(i64::from(row.count))?;
                values.put(row.min)?;
                values.put(row.mean)?;
                values.put(row.max)?;
                values.put(origin.clock.device_time(row.at))
            })
            .await?
        }
        Conn::Pg(conn) => {
            const SQL: &str =
                "insert into minutes (store_id, org_id, device_id, epoch, device_at, sensor, at, seq, count, min, mean, max)
                select $1, $2, $3, $4, case when $12 <> 0 then t.at + $12 end, t.* from
                    unnest($5::text[], $6::int8[], $7::int8[], $8::int8[], $9::float8[], $10::float8[], $11::float8[])
                    as t (sensor, at, seq, count, min, mean, max)
                on conflict do nothing";
            sqlx::query(SQL)
                .bind(Id(origin.store.0))
                .bind(Id(origin.org.0))
                .bind(Id(origin.device.0))
                .bind(int(origin.epoch))
                .bind(rows.iter().map(|row| row.sensor.as_str()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| origin.clock.event_time(row.at).as_microsecond()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| int(row.seq)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| i64::from(row.count)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.min.column()).collect::<Vec<Option<f64>>>())
                .bind(rows.iter().map(|row| row.mean.column()).collect::<Vec<Option<f64>>>())
                .bind(rows.iter().map(|row| row.max.column()).collect::<Vec<Option<f64>>>())
                .bind(origin.clock.ahead_us)
                .execute(&mut **conn)
                .await?
                .rows_affected()
        }
    };
    let done = Inserted { new, duplicate: (rows.len() as u64).saturating_sub(new) };
    sync::count_duplicates(tx, origin, "minute", done.duplicate).await?;
    Ok(done)
}
