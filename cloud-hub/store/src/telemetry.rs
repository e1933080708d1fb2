//! A channel over time, thinned by the database to as many points as a chart has room for.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, SensorId, StoreId};

use crate::Result;
use crate::columns::instant;
use crate::series::{self, Tier};
use crate::tx::{Tx, fetch_all, fetch_one};

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

/// A channel over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The length of each stretch, microseconds.
    pub width_us: i64,
    /// Stretches with a usable reading, oldest first.
    pub points: Vec<Point>,
}

/// At most `points` stretches of equal length from `from` to `to` (excluded); a stretch without a usable reading is
/// absent. Readings without value or of bad quality are left out; minutes that were thinned on the device count with the
/// number of their readings.
///
/// Where a stretch is a minute, an hour or a day and longer, and where finer rows are forgotten, rows of that tier are read,
/// and the curve begins where the minute, hour or day of `from` does. What is not rolled up yet comes from finer rows.
pub async fn curve(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    sensor: &SensorId,
    (from, to): (Timestamp, Timestamp),
    points: u32,
) -> Result<Curve> {
    // The days to $5, the hours from there to $6, the minutes to $7, and readings to the end.
    const SQL: &str = "select bucket, cast(sum(n) as bigint), min(lowest), sum(total) / sum(n), max(highest) from (
            select (at - $4) / $9 as bucket, count as n, min as lowest, sum as total, max as highest
                from series where org_id = $1 and store_id = $2 and sensor = $3 and tier = 3 and at >= $4 and at < $5
            union all
            select (at - $4) / $9, count, min, sum, max
                from series where org_id = $1 and store_id = $2 and sensor = $3 and tier = 2 and at >= $5 and at < $6
            union all
            select (at - $4) / $9, count, min, sum, max
                from series where org_id = $1 and store_id = $2 and sensor = $3 and tier = 1 and at >= $6 and at < $7
            union all
            select (at - $4) / $9, cast(1 as bigint), value, value, value
                from readings where org_id = $1 and store_id = $2 and sensor = $3 and at >= $7 and at < $8
                and value is not null and quality <> 2
            union all
            select (at - $4) / $9, count, min, mean * count, max
                from minutes where org_id = $1 and store_id = $2 and sensor = $3 and at >= $7 and at < $8
                and min is not null and mean is not null and max is not null and count > 0
        ) every
        group by bucket order by bucket";
    let (start, end) = (from.as_microsecond(), to.as_microsecond());
    let Some(length) = end.checked_sub(start).filter(|length| *length > 0) else {
        return Ok(Curve { width_us: 1, points: Vec::new() });
    };
    // Rounded up, so that there are never more stretches than asked for.
    let points = i64::from(points.max(1));
    let width = rounded_up(length, points).max(1);
    let pruned = series::pruned(tx, org).await?;
    let tier = tier_of(start, width, &pruned);
    let start = tier.floor(start);
    // Longer by as much as its beginning moved.
    let width = rounded_up(end.saturating_sub(start), points).max(1);
    let width = rounded_up(width, tier.unit()).saturating_mul(tier.unit());
    let edges = match tier {
        Tier::Raw => [start; 3],
        _ => edges(tier, start, rolled_to(tx, (org, store, sensor), start.max(pruned[0]), end).await?),
    };
    type Row = (i64, i64, f64, f64, f64);
    let point = |(bucket, count, min, mean, max): Row| Point {
        at: instant(start + bucket * width),
        count: count as u64,
        min,
        mean,
        max,
    };
    let [days, hours, minutes] = edges;
    let rows = fetch_all!(tx, Row, SQL, org, store, sensor, start, days, hours, minutes, end, width)?;
    Ok(Curve { width_us: width, points: rows.into_iter().map(point).collect() })
}

fn rounded_up(length: i64, part: i64) -> i64 {
    length / part + i64::from(length % part != 0)
}

/// The coarsest tier whose rows fit into a stretch, or the finest that is still there.
fn tier_of(start: i64, width: i64, pruned: &[i64; 4]) -> Tier {
    let fits = Tier::ALL.into_iter().rev().find(|tier| tier.unit() <= width).unwrap_or(Tier::Raw);
    let there = Tier::ALL.into_iter().zip(pruned).find(|(_, through)| start >= **through);
    fits.max(there.map_or(Tier::Day, |(tier, _)| tier))
}

/// Up to where a channel is rolled up, in whole minutes: the first one that waits, or the one in which `end` lies.
async fn rolled_to(
    tx: &mut Tx<'_>,
    (org, store, sensor): (OrgId, StoreId, &SensorId),
    start: i64,
    end: i64,
) -> Result<i64> {
    const SQL: &str = "select min(minute) from series_dirty
        where org_id = $1 and store_id = $2 and sensor = $3 and minute >= $4 and minute < $5";
    let (waiting,) = fetch_one!(tx, (Option<i64>,), SQL, org, store, sensor, Tier::Minute.floor(start), end)?;
    Ok(waiting.unwrap_or(end).min(Tier::Minute.floor(end)))
}

/// Where days, hours and minutes end and the next finer rows begin.
fn edges(tier: Tier, start: i64, rolled: i64) -> [i64; 3] {
    let end_of = |finer: Tier| if tier >= finer { finer.floor(rolled).max(start) } else { start };
    [end_of(Tier::Day), end_of(Tier::Hour), end_of(Tier::Minute)]
}

/// The points of [`curve`].
pub async fn series(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    sensor: &SensorId,
    span: (Timestamp, Timestamp),
    points: u32,
) -> Result<Vec<Point>> {
    Ok(curve(tx, org, store, sensor, span, points).await?.points)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: [i64; 4] = [i64::MIN; 4];

    #[test]
    fn the_tier_is_as_fine_as_a_stretch_needs_and_as_the_past_still_has() {
        let hour = Tier::Hour.unit();
        assert_eq!(tier_of(0, 59_999_999, &NOTHING), Tier::Raw);
        assert_eq!(tier_of(0, 60_000_000, &NOTHING), Tier::Minute);
        assert_eq!(tier_of(0, 9 * hour, &NOTHING), Tier::Hour);
        assert_eq!(tier_of(0, 24 * hour, &NOTHING), Tier::Day);
        let gone = [100, 50, i64::MIN, i64::MIN];
        assert_eq!(tier_of(120, 1, &gone), Tier::Raw);
        assert_eq!(tier_of(70, 1, &gone), Tier::Minute);
        assert_eq!(tier_of(10, 1, &gone), Tier::Hour);
        assert_eq!(tier_of(10, 1, &[100; 4]), Tier::Day, "nothing is left: the answer is empty, not an error");
    }

    #[test]
    fn finer_rows_begin_where_the_coarser_ones_end() {
        let (day, hour, minute) = (Tier::Day.unit(), Tier::Hour.unit(), Tier::Minute.unit());
        let rolled = 3 * day + 5 * hour + 7 * minute;
        assert_eq!(edges(Tier::Day, 0, rolled), [3 * day, 3 * day + 5 * hour, rolled]);
        assert_eq!(edges(Tier::Hour, 0, rolled), [0, 3 * day + 5 * hour, rolled]);
        assert_eq!(edges(Tier::Minute, 0, rolled), [0, 0, rolled]);
        // A late reading in the first day: everything after it is read as it came, until it is rolled up.
        assert_eq!(edges(Tier::Day, day, day + minute), [day, day, day + minute]);
    }
}
