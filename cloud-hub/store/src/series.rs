//! Readings rolled up to minutes, hours and days, so that a year's curve costs what an hour's does.
//!
//! A trigger notes every minute whose readings changed; [`roll_up`] makes those minutes anew from all of their readings, and
//! from them their hours and days. So late readings and readings that come twice end in the same rows as a recompute of
//! everything, and doing it again changes nothing. What is not rolled up yet is read from the readings themselves: see
//! [`crate::telemetry::curve`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, SensorId, StoreId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Conn, Tx, fetch_all, fetch_one};

mod prune;
mod rows;

pub use prune::{going, prune, pruned};
use rows::Rolled;

/// How coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The readings themselves, and minutes as devices thinned them.
    Raw,
    /// One row a minute.
    Minute,
    /// One row an hour.
    Hour,
    /// One row a day of UTC.
    Day,
}

impl Tier {
    /// From fine to coarse.
    pub const ALL: [Self; 4] = [Self::Raw, Self::Minute, Self::Hour, Self::Day];

    pub(crate) fn code(self) -> i16 {
        self as i16
    }

    /// The length of a row, microseconds; of a reading, one.
    pub(crate) fn unit(self) -> i64 {
        match self {
            Self::Raw => 1,
            Self::Minute => 60_000_000,
            Self::Hour => 3_600_000_000,
            Self::Day => 86_400_000_000,
        }
    }

    /// The beginning of the row in which an instant lies.
    pub(crate) fn floor(self, at: i64) -> i64 {
        at.saturating_sub(at.rem_euclid(self.unit()))
    }
}

/// What a channel did in a minute, an hour or a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roll {
    /// Usable readings: with a value, and not of bad quality.
    pub count: u64,
    /// Lowest, in the sensor's unit.
    pub min: f64,
    /// Highest.
    pub max: f64,
    /// Of all of them.
    pub sum: f64,
    /// The last one, and when it was taken; `None` where only minutes are left that a device thinned.
    pub last: Option<(Timestamp, f64)>,
}

impl Roll {
    fn of(at: i64, value: f64) -> Self {
        Self { count: 1, min: value, max: value, sum: value, last: Some((instant(at), value)) }
    }

    fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        self.last = match (self.last, other.last) {
            (Some(mine), Some(theirs)) if mine.0 >= theirs.0 => Some(mine),
            (mine, None) => mine,
            (_, theirs) => theirs,
        };
    }
}

/// Adds up what falls into the same row of a tier, in the order of time.
fn gather(tier: Tier, parts: impl IntoIterator<Item = (i64, Roll)>) -> BTreeMap<i64, Roll> {
    let mut rows: BTreeMap<i64, Roll> = BTreeMap::new();
    for (at, part) in parts {
        rows.entry(tier.floor(at)).and_modify(|row| row.add(&part)).or_insert(part);
    }
    rows
}

type Channel = (OrgId, StoreId, SensorId);

/// Rolls up minutes that changed and lie before `before`, at most `most` of them, of all organizations; says how many.
/// Minutes that go on are better left alone: on PostgreSQL their ingest would wait for us.
pub async fn roll_up(tx: &mut Tx<'_>, before: Timestamp, most: u32) -> Result<u64> {
    let taken = take(tx, before, most).await?;
    let done = taken.len() as u64;
    let mut channels: BTreeMap<Channel, BTreeSet<i64>> = BTreeMap::new();
    let mut gone: BTreeMap<OrgId, i64> = BTreeMap::new();
    for (org, store, sensor, minute) in taken {
        let gone = match gone.get(&org) {
            Some(gone) => *gone,
            None => {
                let through = pruned(tx, org).await?;
                *gone.entry(org).or_insert(through.into_iter().max().unwrap_or(i64::MIN))
            }
        };
        // What is left of such a minute is not what it was made of: it stays as it is.
        if minute >= gone
            && let Ok(sensor) = sensor.parse()
        {
            channels.entry((org, store, sensor)).or_default().insert(minute);
        }
    }
    let mut made = Vec::new();
    for (channel, minutes) in &channels {
        for (first, last) in runs(minutes) {
            let readings = rows::readings(tx, channel, first, last + Tier::Minute.unit()).await?;
            made.extend(
                gather(Tier::Minute, readings)
                    .into_iter()
                    .map(|(at, roll)| Rolled::new(channel, Tier::Minute, at, roll)),
            );
        }
    }
    rows::put(tx, &made).await?;
    for (fine, coarse) in [(Tier::Minute, Tier::Hour), (Tier::Hour, Tier::Day)] {
        let mut made = Vec::new();
        for (channel, minutes) in &channels {
            let wanted: BTreeSet<i64> = minutes.iter().map(|minute| coarse.floor(*minute)).collect();
            for at in wanted {
                let parts = rows::of_tier(tx, channel, fine, at, at + coarse.unit()).await?;
                made.extend(gather(coarse, parts).into_iter().map(|(at, roll)| Rolled::new(channel, coarse, at, roll)));
            }
        }
        rows::put(tx, &made).await?;
    }
    Ok(done)
}

/// Minutes on end, each run with its first and last.
fn runs(minutes: &BTreeSet<i64>) -> Vec<(i64, i64)> {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for minute in minutes {
        match runs.last_mut() {
            Some(run) if run.1 + Tier::Minute.unit() == *minute => run.1 = *minute,
            _ => runs.push((*minute, *minute)),
        }
    }
    runs
}

/// Takes the notes away before anything is read: who stores another reading meanwhile makes a new one.
async fn take(tx: &mut Tx<'_>, before: Timestamp, most: u32) -> Result<Vec<(OrgId, StoreId, String, i64)>> {
    const SQLITE: &str = "delete from series_dirty where (store_id, sensor, minute) in
        (select store_id, sensor, minute from series_dirty where minute < $1 order by minute limit $2)
        returning org_id, store_id, sensor, minute";
    const PG: &str = "with picked as (
            select store_id, sensor, minute from series_dirty where minute < $1 order by minute limit $2
            for update skip locked
        )
        delete from series_dirty d using picked p
        where d.store_id = p.store_id and d.sensor = p.sensor and d.minute = p.minute
        returning d.org_id, d.store_id, d.sensor, d.minute";
    let sql = if matches!(tx.conn, Conn::Pg(_)) { PG } else { SQLITE };
    let rows = fetch_all!(tx, (Id, Id, String, i64), sql, before, i64::from(most))?;
    Ok(rows.into_iter().map(|(org, store, sensor, minute)| (OrgId(org.0), StoreId(store.0), sensor, minute)).collect())
}

/// Minutes that wait to be rolled up, of all organizations.
pub async fn backlog(tx: &mut Tx<'_>) -> Result<u64> {
    Ok(fetch_one!(tx, (i64,), "select count(*) from series_dirty")?.0.unsigned_abs())
}

/// The rows of a tier from `from` to `to` (excluded), oldest first. Of the readings themselves each is a row.
pub async fn list(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    sensor: &SensorId,
    tier: Tier,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<(Timestamp, Roll)>> {
    let channel = (org, store, sensor.clone());
    let (from, to) = (from.as_microsecond(), to.as_microsecond());
    let rows = match tier {
        Tier::Raw => rows::readings(tx, &channel, from, to).await?,
        _ => rows::of_tier(tx, &channel, tier, from, to).await?,
    };
    Ok(rows.into_iter().map(|(at, roll)| (instant(at), roll)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_begin_on_the_clock_before_1970_too() {
        assert_eq!(Tier::Hour.floor(3_600_000_001), 3_600_000_000);
        assert_eq!(Tier::Minute.floor(-1), -60_000_000);
        assert_eq!(Tier::Raw.floor(-7), -7);
        assert_eq!(Tier::Day.floor(i64::MIN), i64::MIN, "no earlier day fits");
    }

    #[test]
    fn minutes_on_end_are_one_run() {
        let minute = |n: i64| n * 60_000_000;
        let set = [0, 1, 2, 5, 9, 10].map(minute).into();
        assert_eq!(runs(&set), [(0, minute(2)), (minute(5), minute(5)), (minute(9), minute(10))]);
    }
}
