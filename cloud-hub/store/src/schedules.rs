//! When jobs start by themselves. The pattern is the caller's to read; here lies the next planned instant.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::audit_log::Actor;
use crate::columns::{Id, Json, instant};
use crate::jobs::actor_name;
use crate::tx::{Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result};

/// A schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// For people.
    pub name: String,
    /// Which work it starts.
    pub kind: String,
    /// What the work is told.
    pub input: Value,
    /// A cron pattern.
    pub pattern: String,
    /// The IANA zone the pattern is read in.
    pub timezone: String,
    /// Whether it rests.
    pub paused: bool,
    /// Whether the file goes with the mail to its recipients: see [`crate::recipients`].
    pub attach: bool,
    /// In whose name its jobs run.
    pub actor: Actor,
    /// Raised with every change by a person.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// The next planned instant; `None` while it rests, and when the pattern has none any more.
    pub next_at: Option<Timestamp>,
    /// When it last started a job.
    pub last_at: Option<Timestamp>,
    /// That job.
    pub last_job: Option<Uuid>,
}

macro_rules! columns {
    () => {
        "id, org_id, name, kind, input, pattern, timezone, paused, actor_kind, actor_id, version, created_at, next_at, last_at, last_job, attach"
    };
}

type Row = (
    Id,
    Id,
    String,
    String,
    Json,
    String,
    String,
    bool,
    String,
    Id,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<Id>,
    bool,
);

fn schedule(row: Row) -> Result<Schedule> {
    let (
        id,
        org,
        name,
        kind,
        input,
        pattern,
        timezone,
        paused,
        actor_kind,
        actor_id,
        version,
        made,
        next,
        last,
        job,
        attach,
    ) = row;
    let actor = crate::jobs::actor_of(&actor_kind, actor_id.0);
    Ok(Schedule {
        id: id.0,
        org: OrgId(org.0),
        name,
        kind,
        input: input.value(),
        pattern,
        timezone,
        paused,
        attach,
        actor: actor.ok_or(ForeignValue { what: "an actor", got: actor_kind })?,
        version,
        created_at: instant(made),
        next_at: next.map(instant),
        last_at: last.map(instant),
        last_job: job.map(|id| id.0),
    })
}

/// Adds a schedule.
pub async fn insert(tx: &mut Tx<'_>, new: &Schedule) -> Result<()> {
    const SQL: &str = "insert into job_schedules (id, org_id, name, kind, input, pattern, timezone, paused, actor_kind,
            actor_id, created_at, next_at, attach)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    execute!(
        tx,
        SQL,
        new.id,
        new.org,
        new.name.as_str(),
        new.kind.as_str(),
        Json::of(&new.input),
        new.pattern.as_str(),
        new.timezone.as_str(),
        new.paused,
        actor_name(new.actor),
        new.actor.id(),
        new.created_at,
        new.next_at,
        new.attach
    )?;
    Ok(())
}

/// Changes name, input, pattern, zone, rest and the name it runs in, of the version given; `false` when it was changed
/// meanwhile.
pub async fn change(tx: &mut Tx<'_>, to: &Schedule) -> Result<bool> {
    const SQL: &str = "update job_schedules set name = $4, input = $5, pattern = $6, timezone = $7, paused = $8,
            next_at = $9, actor_kind = $10, actor_id = $11, attach = $12, version = version + 1
        where org_id = $1 and id = $2 and version = $3";
    let changed = execute!(
        tx,
        SQL,
        to.org,
        to.id,
        to.version,
        to.name.as_str(),
        Json::of(&to.input),
        to.pattern.as_str(),
        to.timezone.as_str(),
        to.paused,
        to.next_at,
        actor_name(to.actor),
        to.actor.id(),
        to.attach
    )?;
    Ok(changed == 1)
}

/// Takes a schedule away; `false` when there is none.
pub async fn delete(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<bool> {
    Ok(execute!(tx, "delete from job_schedules where org_id = $1 and id = $2", org, id)? == 1)
}

/// A schedule of an organization; `None` for another's, too.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Schedule>> {
    const SQL: &str = concat!("select ", columns!(), " from job_schedules where org_id = $1 and id = $2");
    fetch_optional!(tx, Row, SQL, org, id)?.map(schedule).transpose()
}

/// All of an organization, by name.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<Schedule>> {
    const SQL: &str = concat!("select ", columns!(), " from job_schedules where org_id = $1 order by name, id");
    fetch_all!(tx, Row, SQL, org)?.into_iter().map(schedule).collect()
}

/// Those whose planned instant has come, of every organization, the longest overdue first. Needs the hub's own rights.
pub async fn due(tx: &mut Tx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Schedule>> {
    const SQL: &str =
        concat!("select ", columns!(), " from job_schedules where next_at <= $1 order by next_at, id limit $2");
    fetch_all!(tx, Row, SQL, now, i64::from(limit))?.into_iter().map(schedule).collect()
}

/// Notes that a schedule started `job` at its planned instant and plans the next; `false` when another process did, or
/// somebody changed it meanwhile. Needs the hub's own rights.
pub async fn fired(tx: &mut Tx<'_>, of: &Schedule, job: Uuid, next: Option<Timestamp>, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update job_schedules set next_at = $4, last_at = $5, last_job = $6
        where id = $1 and version = $2 and next_at = $3";
    Ok(execute!(tx, SQL, of.id, of.version, of.next_at, next, now, job)? == 1)
}
