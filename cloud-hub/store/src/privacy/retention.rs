//! How long what is kept, and dropping what is past: in bounded bites, so that nobody waits for it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Json, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

pub use super::past::{Past, drop_past};

/// What an organization settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Of its tax registration, ISO 3166-1.
    pub country: String,
    /// Whose days count, an IANA name.
    pub timezone: String,
    /// Periods of its own, by class.
    pub periods: BTreeMap<String, String>,
    /// Raised with every change.
    pub version: i64,
}

/// What an organization settled; `None` when it never did.
pub async fn settings(tx: &mut Tx<'_>, org: OrgId) -> Result<Option<Settings>> {
    const SQL: &str = "select country, timezone, periods, version from retention_policies where org_id = $1";
    let row = fetch_optional!(tx, (String, String, Json, i64), SQL, org)?;
    Ok(row.map(|(country, timezone, periods, version)| Settings {
        country,
        timezone,
        periods: serde_json::from_value(periods.value()).unwrap_or_default(),
        version,
    }))
}

/// Puts settings in place of the version they were made from, 0 for none; `false` when that was changed meanwhile.
pub async fn put(tx: &mut Tx<'_>, org: OrgId, settings: &Settings, now: Timestamp) -> Result<bool> {
    const FIRST: &str = "insert into retention_policies (org_id, country, timezone, periods, updated_at)
        values ($1, $2, $3, $4, $5) on conflict (org_id) do nothing";
    const NEXT: &str = "update retention_policies set country = $2, timezone = $3, periods = $4, updated_at = $5,
            version = version + 1
        where org_id = $1 and version = $6";
    let (country, zone, periods) = (settings.country.as_str(), settings.timezone.as_str(), Json::of(&settings.periods));
    let touched = match settings.version {
        0 => execute!(tx, FIRST, org, country, zone, periods, now)?,
        version => execute!(tx, NEXT, org, country, zone, periods, now, version)?,
    };
    Ok(touched == 1)
}

/// What the last run did to a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The class.
    pub class: String,
    /// When.
    pub at: Timestamp,
    /// What was older than this was past.
    pub cutoff: Timestamp,
    /// Rows that went in that run.
    pub removed: u64,
    /// Rows that went in all runs.
    pub total: u64,
}

/// The last run of every class.
pub async fn ran(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<Ran>> {
    const SQL: &str =
        "select class, ran_at, cutoff, removed, total from retention_runs where org_id = $1 order by class";
    let rows = fetch_all!(tx, (String, i64, i64, i64, i64), SQL, org)?;
    let ran = |(class, at, cutoff, removed, total): (String, i64, i64, i64, i64)| Ran {
        class,
        at: instant(at),
        cutoff: instant(cutoff),
        removed: removed.unsigned_abs(),
        total: total.unsigned_abs(),
    };
    Ok(rows.into_iter().map(ran).collect())
}

/// Adds a bite of a run to what is known of it; a run is named by its moment. Needs the hub's own rights.
pub async fn note(
    tx: &mut Tx<'_>,
    org: OrgId,
    class: &str,
    (at, cutoff): (Timestamp, Timestamp),
    removed: u64,
) -> Result<()> {
    const SQL: &str = "insert into retention_runs (org_id, class, ran_at, cutoff, removed, total)
        values ($1, $2, $3, $4, $5, $5) on conflict (org_id, class) do update set cutoff = excluded.cutoff,
            removed = excluded.removed + case when retention_runs.ran_at = excluded.ran_at then retention_runs.removed else 0 end,
            total = retention_runs.total + excluded.removed, ran_at = excluded.ran_at";
    execute!(tx, SQL, org, class, at, cutoff, i64::try_from(removed).unwrap_or(i64::MAX))?;
    Ok(())
}

/// Ends the time of files made before `cutoff`: the next sweep removes them. Needs the hub's own rights.
pub async fn expire_files(tx: &mut Tx<'_>, org: OrgId, cutoff: Timestamp, now: Timestamp) -> Result<u64> {
    const SQL: &str = "update job_outputs set expires_at = $3
        where org_id = $1 and created_at < $2 and expires_at > $3 and removed_at is null";
    execute!(tx, SQL, org, cutoff, now)
}
