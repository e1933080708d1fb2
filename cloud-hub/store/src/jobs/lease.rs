//! How a worker holds a job: by a lease that it renews, and by a fence that nobody else has.
//!
//! Every function that writes names job and fence, and says whether the caller still holds it. Who does not must drop
//! the transaction it stands in: that is what undoes the effect of a worker that was taken for dead and is not.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use super::{Job, columns};
use crate::Result;
use crate::columns::{Id, Json};
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_optional};

/// Who holds a job: its id and the number of the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which job.
    pub job: Uuid,
    /// The number of the claim.
    pub fence: i64,
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How much is done.
    pub done: u64,
    /// Out of how much, where that is known.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: String,
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Whether [`claim`] would find a job. A read, so that a queue with nothing to do never takes the writer's turn.
pub async fn is_due(tx: &mut Tx<'_>, kinds: &[&str], now: Timestamp) -> Result<bool> {
    const SQL: &str = "select id from jobs
        where state = 'queued' and run_at <= $1 and $2 like '%,' || kind || ',%' limit 1";
    Ok(fetch_optional!(tx, (Id,), SQL, now, listed(kinds).as_str())?.is_some())
}

/// Whether [`reap`] would find a job; a read, too.
pub async fn is_overdue(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
    const SQL: &str = "select id from jobs where state = 'running' and lease_until < $1 limit 1";
    Ok(fetch_optional!(tx, (Id,), SQL, now)?.is_some())
}

/// `,export,report,`: looked for with `like`, which both engines know.
fn listed(kinds: &[&str]) -> String {
    format!(",{},", kinds.join(","))
}

/// Takes the next job whose time has come, of one of `kinds`: by priority, then of the organization that has the fewest
/// running, then the one that waits longest. Needs the hub's own rights.
pub async fn claim(
    tx: &mut Tx<'_>,
    kinds: &[&str],
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Job>> {
    macro_rules! sql {
        ($lock:literal) => {
            concat!(
                "update jobs set state = 'running', fence = fence + 1, lease_owner = $1, lease_until = $3,
                    started_at = coalesce(started_at, $2), moved_at = coalesce(moved_at, $2)
                where id = (select j.id from jobs j
                    where j.state = 'queued' and j.run_at <= $2 and $4 like '%,' || j.kind || ',%'
                    order by j.priority desc,
                        (select count(*) from jobs r where r.org_id = j.org_id and r.state = 'running'), j.run_at, j.id
                    limit 1 ",
                $lock,
                ") returning ",
                columns!()
            )
        };
    }
    let kinds = listed(kinds);
    let sql = match tx.conn {
        Conn::Sqlite(_) => sql!(""),
        // Two hubs each take another one instead of waiting for each other.
        Conn::Pg(_) => sql!("for update of j skip locked"),
    };
    fetch_optional!(tx, Job, sql, owner, now, until, kinds.as_str())
}

/// Renews a lease: `None` when the job is held no longer, else whether somebody asked to cancel it.
pub async fn renew(tx: &mut Tx<'_>, held: Held, until: Timestamp) -> Result<Option<bool>> {
    const SQL: &str = "update jobs set lease_until = $3 where id = $1 and fence = $2 and state = 'running'
        returning cancel_at";
    let found = fetch_optional!(tx, (Option<i64>,), SQL, held.job, held.fence, until)?;
    Ok(found.map(|(cancel,)| cancel.is_some()))
}

/// Makes sure that the job is still held, and that nobody can take it before this transaction ends.
pub async fn hold(tx: &mut Tx<'_>, held: Held) -> Result<bool> {
    const SQL: &str = "update jobs set lease_owner = lease_owner
        where id = $1 and fence = $2 and state = 'running' and cancel_at is null";
    Ok(execute!(tx, SQL, held.job, held.fence)? == 1)
}

/// Notes how far the job is, for people; `false` when it is held no longer.
pub async fn progress(tx: &mut Tx<'_>, held: Held, progress: &Progress, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update jobs set done = $3, total = $4, unit = $5, moved_at = $6
        where id = $1 and fence = $2 and state = 'running'";
    let Progress { done, total, unit } = progress;
    Ok(execute!(tx, SQL, held.job, held.fence, whole(*done), total.map(whole), unit.as_str(), now)? == 1)
}

/// Notes where to go on, in the transaction that holds the effect up to there; `false` when it is held no longer, or is to
/// be cancelled.
pub async fn checkpoint(
    tx: &mut Tx<'_>,
    held: Held,
    place: &Value,
    progress: &Progress,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "update jobs set checkpoint = $3, done = $4, total = $5, unit = $6, moved_at = $7, losses = 0
        where id = $1 and fence = $2 and state = 'running' and cancel_at is null";
    let Progress { done, total, unit } = progress;
    let place = Json::of(place);
    let (done, total) = (whole(*done), total.map(whole));
    Ok(execute!(tx, SQL, held.job, held.fence, place, done, total, unit.as_str(), now)? == 1)
}

/// The job did what it was asked to; `false` when it is held no longer. Whoever asked to cancel it came too late.
pub async fn finish(tx: &mut Tx<'_>, held: Held, result: &Value, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update jobs set state = 'done', result = $3, ended_at = $4, moved_at = $4, checkpoint = null,
            lease_owner = null, lease_until = null, error = null, done = coalesce(total, done)
        where id = $1 and fence = $2 and state = 'running'";
    Ok(execute!(tx, SQL, held.job, held.fence, Json::of(result), now)? == 1)
}

/// The job ended in an error: it is tried again at `again`, or given up; `false` when it is held no longer.
pub async fn fail(tx: &mut Tx<'_>, held: Held, error: &str, again: Option<Timestamp>, now: Timestamp) -> Result<bool> {
    const GIVE_UP: &str = "update jobs set state = 'failed', failures = failures + 1, error = $3, ended_at = $4,
            lease_owner = null, lease_until = null
        where id = $1 and fence = $2 and state = 'running'";
    const AGAIN: &str = "update jobs set state = 'queued', failures = failures + 1, error = $3, run_at = $4,
            lease_owner = null, lease_until = null
        where id = $1 and fence = $2 and state = 'running'";
    let (sql, at) = again.map_or((GIVE_UP, now), |at| (AGAIN, at));
    Ok(execute!(tx, sql, held.job, held.fence, error, at)? == 1)
}

/// The worker lets go of a job because it stops itself: the next one goes on at once.
pub async fn release(tx: &mut Tx<'_>, held: Held) -> Result<bool> {
    const SQL: &str = "update jobs set state = 'queued', lease_owner = null, lease_until = null
        where id = $1 and fence = $2 and state = 'running'";
    Ok(execute!(tx, SQL, held.job, held.fence)? == 1)
}

/// Sends running jobs of these kinds back to the beginning, and takes them from their workers: what those read is not true
/// any more. How many those were. Needs the hub's own rights.
pub async fn begin_again(tx: &mut Tx<'_>, org: OrgId, kinds: &[&str]) -> Result<u64> {
    const SQL: &str = "update jobs set state = 'queued', lease_owner = null, lease_until = null, checkpoint = null
        where org_id = $1 and state = 'running' and $2 like '%,' || kind || ',%'";
    execute!(tx, SQL, org, format!(",{},", kinds.join(",")))
}

/// The worker let go of a job because somebody asked to cancel it.
pub async fn cancelled(tx: &mut Tx<'_>, held: Held, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update jobs set state = 'cancelled', ended_at = $3, lease_owner = null, lease_until = null
        where id = $1 and fence = $2 and state = 'running' and cancel_at is not null";
    Ok(execute!(tx, SQL, held.job, held.fence, now)? == 1)
}

/// Takes jobs from workers whose lease ran out and gives them back to the queue; one that lost its worker `most` times
/// without getting any further is given up, for it may be what kills them. Needs the hub's own rights.
pub async fn reap(tx: &mut Tx<'_>, now: Timestamp, most: u32) -> Result<Vec<Job>> {
    const SQL: &str = concat!(
        "update jobs set losses = losses + 1, lease_owner = null, lease_until = null,
            state = case when cancel_at is not null then 'cancelled' when losses + 1 >= $2 then 'failed' else 'queued' end,
            ended_at = case when cancel_at is not null or losses + 1 >= $2 then $1 else ended_at end,
            error = case when cancel_at is null and losses + 1 >= $2
                then 'its worker was gone again and again before it got any further' else error end
        where state = 'running' and lease_until < $1 returning ",
        columns!()
    );
    fetch_all!(tx, Job, SQL, now, i64::from(most))
}
