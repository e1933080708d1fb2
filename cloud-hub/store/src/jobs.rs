//! Work that outlives a request: what is to be done, how far it is, and what came of it.
//!
//! ```text
//! queued ──claim──► running ──finish──► done
//!   ▲ ▲                │ ├────fail────► failed      (or queued again, later)
//!   │ └──fail, release─┘ └───cancel───► cancelled
//!   └──── reap: the lease ran out
//! ```
//! A worker holds a job by a lease and a fence ([`lease`]): the fence rises with every claim, and whatever an earlier holder
//! still wants to write is refused by it. An effect that is written in the transaction of a checkpoint is therefore
//! written once, whoever dies when.

mod job;
pub mod lease;
pub mod outputs;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::audit_log::Actor;
use crate::columns::{Id, Json};
use crate::tx::{Tx, execute, fetch_all, fetch_one, fetch_optional};

pub(crate) use job::actor as actor_of;
pub use job::{Job, State};

/// Every column of a job, in every query that reads one.
macro_rules! columns {
    () => {
        "id, org_id, kind, input, priority, state, run_at, created_at, actor_kind, actor_id, schedule_id, max_failures, failures, losses, fence, started_at, moved_at, ended_at, cancel_at, done, total, unit, checkpoint, result, error"
    };
}
pub(crate) use columns;

/// A job to be.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// Its id, should there be none yet under its key.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// Which work.
    pub kind: String,
    /// What the work is told.
    pub input: Value,
    /// The same key of the same kind is the same job.
    pub once: Option<String>,
    /// Higher goes first.
    pub priority: i64,
    /// Not before.
    pub run_at: Timestamp,
    /// Who asked for it.
    pub actor: Actor,
    /// The schedule that did.
    pub schedule: Option<Uuid>,
    /// After so many errors it is given up.
    pub max_failures: u32,
}

/// How an actor lies in its two columns.
pub(crate) fn actor_name(actor: Actor) -> &'static str {
    match actor {
        Actor::Person(_) => "person",
        Actor::Key(_) => "key",
        Actor::Hub => "hub",
    }
}

/// Adds a job, or finds the one that is there under its key; `true` when it was added.
pub async fn enqueue(tx: &mut Tx<'_>, new: &NewJob, now: Timestamp) -> Result<(Uuid, bool)> {
    const ADD: &str =
        "insert into jobs (id, org_id, kind, input, once_key, priority, state, run_at, created_at, actor_kind,
            actor_id, schedule_id, max_failures)
        values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9, $10, $11, $12)
        on conflict (org_id, kind, once_key) do nothing";
    const FIND: &str = "select id from jobs where org_id = $1 and kind = $2 and once_key = $3";
    let (kind, once) = (new.kind.as_str(), new.once.clone().unwrap_or_else(|| new.id.to_string()));
    let added = execute!(
        tx,
        ADD,
        new.id,
        new.org,
        kind,
        Json::of(&new.input),
        once.as_str(),
        new.priority,
        new.run_at,
        now,
        actor_name(new.actor),
        new.actor.id(),
        new.schedule,
        i64::from(new.max_failures)
    )?;
    if added == 1 {
        return Ok((new.id, true));
    }
    let (id,) = fetch_one!(tx, (Id,), FIND, new.org, kind, once.as_str())?;
    Ok((id.0, false))
}

/// A job of an organization; `None` for another's, too.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Job>> {
    const SQL: &str = concat!("select ", columns!(), " from jobs where org_id = $1 and id = $2");
    fetch_optional!(tx, Job, SQL, org, id)
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// In this state.
    pub state: Option<State>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Asked for by this person or key.
    pub actor: Option<Uuid>,
    /// Started by this schedule.
    pub schedule: Option<Uuid>,
}

/// Newest first, beginning after the time and id of the last one seen.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: &JobFilter,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Job>> {
    const SQL: &str = concat!(
        "select ",
        columns!(),
        " from jobs where org_id = $1 and (created_at, id) < ($2, $3) and ($4 = '' or state = $4)
            and ($5 = '' or kind = $5) and ($6 is null or actor_id = $6) and ($7 is null or schedule_id = $7)
        order by created_at desc, id desc limit $8"
    );
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id));
    let state = filter.state.map_or("", State::as_str);
    let kind = filter.kind.as_deref().unwrap_or("");
    fetch_all!(tx, Job, SQL, org, at, id, state, kind, filter.actor, filter.schedule, i64::from(limit))
}

/// What asking to cancel came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It had not begun and never will.
    Now,
    /// Its worker is told, and will let go of it.
    Asked,
    /// It had ended before.
    TooLate,
}

/// Cancels a job of an organization, or asks its worker to.
pub async fn cancel(tx: &mut Tx<'_>, org: OrgId, id: Uuid, now: Timestamp) -> Result<Cancelled> {
    const QUEUED: &str = "update jobs set state = 'cancelled', cancel_at = $3, ended_at = $3
        where org_id = $1 and id = $2 and state = 'queued'";
    const RUNNING: &str = "update jobs set cancel_at = coalesce(cancel_at, $3)
        where org_id = $1 and id = $2 and state = 'running'";
    // Running first: on PostgreSQL a claim that commits between the two leaves it running, which the third asks again.
    for (sql, came_to) in [(RUNNING, Cancelled::Asked), (QUEUED, Cancelled::Now), (RUNNING, Cancelled::Asked)] {
        if execute!(tx, sql, org, id, now)? == 1 {
            return Ok(came_to);
        }
    }
    Ok(Cancelled::TooLate)
}

/// Forgets jobs that ended before `before` and have no file left; says how many. Needs the hub's own rights.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    const OUTPUTS: &str = "delete from job_outputs where removed_at is not null and job_id in
        (select id from jobs where ended_at < $1)";
    const JOBS: &str = "delete from jobs where ended_at < $1
        and not exists (select 1 from job_outputs where job_outputs.job_id = jobs.id)";
    execute!(tx, OUTPUTS, before)?;
    execute!(tx, JOBS, before)
}
