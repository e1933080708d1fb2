//! Rows of the tiers, read and written.

use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::{Channel, Roll, Tier};
use crate::columns::{Id, Param, instant};
use crate::tx::{Conn, Tx, fetch_all};
use crate::{Result, batch};

/// A row to be written.
pub(super) struct Rolled<'a> {
    channel: &'a Channel,
    tier: Tier,
    at: i64,
    roll: Roll,
}

impl<'a> Rolled<'a> {
    pub(super) fn new(channel: &'a Channel, tier: Tier, at: i64, roll: Roll) -> Self {
        Self { channel, tier, at, roll }
    }
}

/// Usable readings of a channel and what is left of thinned ones, in the order of time. The order decides how a sum is
/// rounded, so both engines are told it to the last column.
pub(super) async fn readings(tx: &mut Tx<'_>, channel: &Channel, from: i64, to: i64) -> Result<Vec<(i64, Roll)>> {
    const READINGS: &str = "select at, value from readings where org_id = $1 and store_id = $2 and sensor = $3
            and at >= $4 and at < $5 and value is not null and quality <> 2 order by at";
    const THINNED: &str =
        "select at, count, min, max, mean from minutes where org_id = $1 and store_id = $2 and sensor = $3
            and at >= $4 and at < $5 and min is not null and mean is not null and max is not null and count > 0
        order by at, device_id, epoch, seq";
    let (org, store, sensor) = channel;
    let read = fetch_all!(tx, (i64, f64), READINGS, *org, *store, sensor, from, to)?;
    let mut rows: Vec<(i64, Roll)> = read.into_iter().map(|(at, value)| (at, Roll::of(at, value))).collect();
    let thinned = fetch_all!(tx, (i64, i64, f64, f64, f64), THINNED, *org, *store, sensor, from, to)?;
    rows.extend(thinned.into_iter().map(|(at, count, min, max, mean)| {
        (at, Roll { count: count.unsigned_abs(), min, max, sum: mean * count as f64, last: None })
    }));
    Ok(rows)
}

/// Rows of a tier, oldest first.
pub(super) async fn of_tier(
    tx: &mut Tx<'_>,
    channel: &Channel,
    tier: Tier,
    from: i64,
    to: i64,
) -> Result<Vec<(i64, Roll)>> {
    const SQL: &str = "select at, count, min, max, sum, last_at, last from series
        where org_id = $1 and store_id = $2 and sensor = $3 and tier = $4 and at >= $5 and at < $6 order by at";
    type Row = (i64, i64, f64, f64, f64, Option<i64>, Option<f64>);
    let (org, store, sensor) = channel;
    let rows = fetch_all!(tx, Row, SQL, *org, *store, sensor, tier.code(), from, to)?;
    Ok(rows
        .into_iter()
        .map(|(at, count, min, max, sum, last_at, last)| {
            (at, Roll { count: count.unsigned_abs(), min, max, sum, last: last_at.map(instant).zip(last) })
        })
        .collect())
}

/// Writes rows, each in the place of the one that was there.
pub(super) async fn put(tx: &mut Tx<'_>, rows: &[Rolled<'_>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    match &mut tx.conn {
        Conn::Sqlite(conn) => {
            const HEAD: &str =
                "insert into series (store_id, sensor, tier, at, org_id, count, min, max, sum, last_at, last)";
            const TAIL: &str = "on conflict (store_id, sensor, tier, at) do update set count = excluded.count,
                min = excluded.min, max = excluded.max, sum = excluded.sum, last_at = excluded.last_at, last = excluded.last";
            batch::insert(conn, (HEAD, 11, TAIL), rows, |values, row| {
                let (org, store, sensor) = row.channel;
                values.put(*store)?;
                values.put(sensor)?;
                values.put(row.tier.code())?;
                values.put(row.at)?;
                values.put(*org)?;
                values.put(row.roll.count.cast_signed())?;
                values.put(row.roll.min)?;
                values.put(row.roll.max)?;
                values.put(row.roll.sum)?;
                values.put(row.roll.last.map(|last| last.0.as_microsecond()))?;
                values.put(row.roll.last.map(|last| last.1))
            })
            .await?;
        }
        Conn::Pg(conn) => {
            bound(rows).execute(&mut **conn).await?;
        }
    }
    Ok(())
}

fn bound<'q>(rows: &'q [Rolled<'_>]) -> Query<'q, Postgres, PgArguments> {
    const SQL: &str = "insert into series (store_id, sensor, tier, at, org_id, count, min, max, sum, last_at, last)
        select * from unnest($1::uuid[], $2::text[], $3::int2[], $4::int8[], $5::uuid[], $6::int8[], $7::float8[],
            $8::float8[], $9::float8[], $10::int8[], $11::float8[])
        on conflict (store_id, sensor, tier, at) do update set count = excluded.count, min = excluded.min,
            max = excluded.max, sum = excluded.sum, last_at = excluded.last_at, last = excluded.last";
    let number = |of: fn(&Roll) -> f64| rows.iter().map(|row| of(&row.roll).column()).collect::<Vec<Option<f64>>>();
    sqlx::query(SQL)
        .bind(rows.iter().map(|row| Id(row.channel.1.0)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.channel.2.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.tier.code()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.at).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| Id(row.channel.0.0)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.roll.count.cast_signed()).collect::<Vec<_>>())
        .bind(number(|roll| roll.min))
        .bind(number(|roll| roll.max))
        .bind(number(|roll| roll.sum))
        .bind(rows.iter().map(|row| row.roll.last.map(|last| last.0.as_microsecond())).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.roll.last.map(|last| last.1)).collect::<Vec<Option<f64>>>())
}
