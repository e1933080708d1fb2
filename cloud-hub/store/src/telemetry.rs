//! A channel over time, thinned by the database to as many points as a chart has room for.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, SensorId, StoreId};

use crate::Result;
use crate::columns::instant;
use crate::tx::{Tx, fetch_all};

/// What a channel did in one stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where the stretch begins.
    pub at: Timestamp,
    /// Readings in it.
    pub count: u64,
    /// Lowest, in the sensor's unit.
    pub min: f64,
    /// Mean of the readings.
    pub mean: f64,
    /// Highest.
    pub max: f64,
}

/// At most `points` stretches of equal length from `from` to `to` (excluded); a stretch without a usable reading is
/// absent. Readings without value or of bad quality are left out; minutes that were thinned on the device count with the
/// number of their readings.
pub async fn series(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    sensor: &SensorId,
    (from, to): (Timestamp, Timestamp),
    points: u32,
) -> Result<Vec<Point>> {
    const SQL: &str =
        "select bucket, cast(sum(n) as bigint), min(lowest), sum(middle * n) / sum(n), max(highest) from (
            select (at - $4) / $6 as bucket, cast(1 as bigint) as n, value as lowest, value as middle, value as highest
                from readings where org_id = $1 and store_id = $2 and sensor = $3 and at >= $4 and at < $5
                and value is not null and quality <> 2
            union all
            select (at - $4) / $6, count, min, mean, max
                from minutes where org_id = $1 and store_id = $2 and sensor = $3 and at >= $4 and at < $5
                and min is not null and mean is not null and max is not null and count > 0
        ) every
        group by bucket order by bucket";
    let (start, end) = (from.as_microsecond(), to.as_microsecond());
    let Some(length) = end.checked_sub(start).filter(|length| *length > 0) else { return Ok(Vec::new()) };
    // Rounded up, so that there are never more stretches than asked for.
    let points = i64::from(points.max(1));
    let width = (length / points + i64::from(length % points != 0)).max(1);
    type Row = (i64, i64, f64, f64, f64);
    let point = |(bucket, count, min, mean, max): Row| Point {
        at: instant(start + bucket * width),
        count: count as u64,
        min,
        mean,
        max,
    };
    Ok(fetch_all!(tx, Row, SQL, org, store, sensor, start, end, width)?.into_iter().map(point).collect())
}
