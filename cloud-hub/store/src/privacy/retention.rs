//! How long what is kept, and dropping what is past: in bounded bites, so that nobody waits for it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Json, instant};
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_optional};

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

/// What is dropped by age in one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Lines of receipts.
    Lines,
    /// Receipts without a line left, and what tills told beside them.
    Receipts,
    /// Who rang a receipt up is taken off it.
    Operators,
    /// Readings as measured.
    Readings,
    /// Minutes that devices thinned themselves.
    Minutes,
    /// Sign-ins, by their end.
    SignIns,
    /// Looks at devices' clocks.
    ClockMarks,
    /// Messages that could not be read.
    DeadLetters,
}

impl Past {
    /// SQLite, PostgreSQL; `$1` organization, `$2` cutoff, `$3` how many at most.
    fn sql(self) -> &'static [[&'static str; 2]] {
        match self {
            Self::Lines => &[[
                "delete from transactions where rowid in (select t.rowid from stores s cross join transactions t
                    on t.store_id = s.id where s.organization_id = $1 and t.transaction_time < $2 limit $3)",
                "delete from transactions where (id, transaction_time) in (select id, transaction_time from transactions
                    where store_id in (select id from stores where organization_id = $1) and transaction_time < $2 limit $3)",
            ]],
            Self::Receipts => &[
                [
                    "delete from receipts where rowid in (select r.rowid from stores s cross join receipts r
                        on r.store_id = s.id where s.organization_id = $1 and r.closed_at < $2 limit $3)",
                    "delete from receipts where id in (select id from receipts
                        where store_id in (select id from stores where organization_id = $1) and closed_at < $2 limit $3)",
                ],
                [
                    "delete from till_events where rowid in (select e.rowid from stores s cross join till_events e
                        on e.store_id = s.id where s.organization_id = $1 and e.at < $2 limit $3)",
                    "delete from till_events where id in (select id from till_events
                        where store_id in (select id from stores where organization_id = $1) and at < $2 limit $3)",
                ],
            ],
            Self::Operators => &[[
                "update receipts set operator = null where rowid in (select r.rowid from stores s cross join receipts r
                    on r.store_id = s.id where s.organization_id = $1 and r.closed_at < $2 and r.operator is not null limit $3)",
                "update receipts set operator = null where id in (select id from receipts
                    where store_id in (select id from stores where organization_id = $1) and closed_at < $2
                        and operator is not null limit $3)",
            ]],
            Self::Readings => &[[
                "delete from readings where (store_id, sensor, at) in (select r.store_id, r.sensor, r.at
                    from latest_readings l cross join readings r on r.store_id = l.store_id and r.sensor = l.sensor
                    where l.org_id = $1 and r.at < $2 limit $3)",
                "delete from readings where (store_id, sensor, at) in (select r.store_id, r.sensor, r.at
                    from latest_readings l join readings r on r.store_id = l.store_id and r.sensor = l.sensor
                    where l.org_id = $1 and r.at < $2 limit $3)",
            ]],
            Self::Minutes => &[[
                "delete from minutes where (store_id, sensor, at, device_id, epoch, seq) in
                    (select store_id, sensor, at, device_id, epoch, seq from minutes where org_id = $1 and at < $2 limit $3)",
                "delete from minutes where (store_id, sensor, at, device_id, epoch, seq) in
                    (select store_id, sensor, at, device_id, epoch, seq from minutes where org_id = $1 and at < $2 limit $3)",
            ]],
            Self::SignIns => &[
                [
                    "delete from sign_ins where family in (select family from sign_ins
                        where org_id = $1 and ended_at < $2 limit $3)",
                    "delete from sign_ins where family in (select family from sign_ins
                        where org_id = $1 and ended_at < $2 limit $3)",
                ],
                [
                    "delete from refresh_tokens where hash in (select hash from refresh_tokens
                        where org_id = $1 and expires_at < $2 limit $3)",
                    "delete from refresh_tokens where hash in (select hash from refresh_tokens
                        where org_id = $1 and expires_at < $2 limit $3)",
                ],
            ],
            Self::ClockMarks => &[[
                "delete from clock_marks where (device_id, boot_id, mono_ms, hello) in
                    (select device_id, boot_id, mono_ms, hello from clock_marks where org_id = $1 and received_at < $2 limit $3)",
                "delete from clock_marks where (device_id, boot_id, mono_ms, hello) in
                    (select device_id, boot_id, mono_ms, hello from clock_marks where org_id = $1 and received_at < $2 limit $3)",
            ]],
            Self::DeadLetters => &[[
                "delete from dead_letters where id in (select id from dead_letters where org_id = $1 and at < $2 limit $3)",
                "delete from dead_letters where id in (select id from dead_letters where org_id = $1 and at < $2 limit $3)",
            ]],
        }
    }

    fn parted(self) -> Option<&'static str> {
        match self {
            Self::Lines => Some("transactions"),
            Self::Readings => Some("readings"),
            _ => None,
        }
    }
}

/// Drops up to `limit` rows (of each kind of the class) that are older than `cutoff`; how many went. Needs the hub's own
/// rights. On PostgreSQL a month that is wholly past and of this organization alone goes as one partition.
pub async fn drop_past(tx: &mut Tx<'_>, org: OrgId, past: Past, cutoff: Timestamp, limit: u32) -> Result<u64> {
    let mut gone = 0;
    if let Some(table) = past.parted() {
        gone += drop_months(tx, org, table, cutoff).await?;
    }
    let engine = usize::from(matches!(tx.conn, Conn::Pg(_)));
    for sql in past.sql() {
        gone += execute!(tx, sql[engine], org, cutoff, i64::from(limit))?;
    }
    Ok(gone)
}

/// Months of a partitioned table that end before `cutoff`.
async fn drop_months(tx: &mut Tx<'_>, org: OrgId, table: &'static str, cutoff: Timestamp) -> Result<u64> {
    if matches!(tx.conn, Conn::Sqlite(_)) {
        return Ok(0);
    }
    const CHILDREN: &str = "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
        join pg_class p on p.oid = i.inhparent where p.relname = $1 and c.relname like $1 || '\\_y%' order by 1";
    const DROP: &str = "select vyavs_drop_month($1, $2, $3, $4)";
    let Conn::Pg(conn) = &mut tx.conn else { return Ok(0) };
    let children: Vec<(String,)> = sqlx::query_as(CHILDREN).bind(table).fetch_all(&mut **conn).await?;
    let mut gone = 0_i64;
    for (child,) in children {
        let (count,): (i64,) = sqlx::query_as(DROP)
            .bind(table)
            .bind(child)
            .bind(cutoff.as_microsecond())
            .bind(crate::columns::Id(org.0))
            .fetch_one(&mut **conn)
            .await?;
        gone += count;
    }
    Ok(gone.unsigned_abs())
}

/// Ends the time of files made before `cutoff`: the next sweep removes them. Needs the hub's own rights.
pub async fn expire_files(tx: &mut Tx<'_>, org: OrgId, cutoff: Timestamp, now: Timestamp) -> Result<u64> {
    const SQL: &str = "update job_outputs set expires_at = $3
        where org_id = $1 and created_at < $2 and expires_at > $3 and removed_at is null";
    execute!(tx, SQL, org, cutoff, now)
}
