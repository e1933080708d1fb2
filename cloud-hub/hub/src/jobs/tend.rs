//! What keeps the queue in order: taking jobs back from the dead, firing schedules, removing files whose time is over.

use std::time::Duration;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;
use vyavs_store::audit_log::Actor;
use vyavs_store::jobs::lease;
use vyavs_store::jobs::outputs;
use vyavs_store::jobs::{self as queue, NewJob, State};
use vyavs_store::orgs;
use vyavs_store::schedules::{self, Schedule};

use super::works::RETENTION;
use super::{Jobs, MOST_LOSSES, Pattern, said};
use crate::messages::notify;

/// How often schedules and leases are looked at.
const ROUND: Duration = Duration::from_secs(1);
/// Files and old jobs are looked at once in so many rounds.
const SWEEP: u64 = 300;
/// In which of these rounds the day's retention is planned: not in the first, in which a hub has other things to do.
const RETAIN: u64 = 60;
/// Schedules fired in one round.
const BATCH: u32 = 100;
/// A scheduled job is tried so often.
const TRIES: u32 = 5;

/// Tends until it is told to stop.
pub(super) async fn tend(jobs: Jobs, stop: CancellationToken) {
    for round in 0_u64.. {
        let done = async {
            queue_and_plan(&jobs).await?;
            if round.is_multiple_of(SWEEP) {
                sweep(&jobs).await?;
            }
            if round % SWEEP == RETAIN {
                retention(&jobs).await?;
            }
            anyhow::Ok(())
        };
        if let Err(cause) = done.await {
            warn!("jobs could not be tended: {cause:#}");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

/// All of it once.
pub(super) async fn once(jobs: &Jobs) -> anyhow::Result<()> {
    queue_and_plan(jobs).await?;
    sweep(jobs).await
}

async fn queue_and_plan(jobs: &Jobs) -> anyhow::Result<()> {
    let (inner, now) = (&jobs.0, jobs.0.clock.now());
    if lease::is_overdue(&mut inner.db.begin_read_hub().await?, now).await? {
        let mut tx = inner.db.begin_write().await?;
        let (taken, mut told) = (lease::reap(&mut tx, now, MOST_LOSSES).await?, Vec::new());
        for job in taken.iter().filter(|job| job.state == State::Failed) {
            told.extend(said::over(&mut tx, job, job.error.as_deref(), now).await?);
        }
        tx.commit().await?;
        for job in taken {
            warn!(job.id = %job.id, job.state = job.state.as_str(), "a job was taken back: its worker was not heard in time");
            jobs.ring();
        }
        if let Some(live) = inner.live.get() {
            told.iter().for_each(|told| notify::show(live, told));
        }
    }
    let due = schedules::due(&mut inner.db.begin_read_hub().await?, now, BATCH).await?;
    for schedule in due {
        if let Err(cause) = fire(jobs, &schedule, now).await {
            warn!(schedule.id = %schedule.id, "a schedule could not start its job: {cause:#}");
        }
    }
    Ok(())
}

/// Starts the job of a planned instant and plans the next one, in one transaction. Instants that were missed meanwhile
/// are made up for by this one run. The key is schedule and instant: however many hubs fire it, there is one job.
async fn fire(jobs: &Jobs, of: &Schedule, now: Timestamp) -> anyhow::Result<()> {
    let Some(planned) = of.next_at else { return Ok(()) };
    // A zone that this machine lost keeps the schedule where it is: it fires when the zone is back.
    let next = Pattern::new(&of.pattern, &of.timezone).context("its pattern does not read any more")?.next(now);
    let mut tx = jobs.0.db.begin_write().await?;
    let new = NewJob {
        id: Uuid::now_v7(),
        org: of.org,
        kind: of.kind.clone(),
        input: of.input.clone(),
        once: Some(format!("{}@{planned}", of.id)),
        priority: 0,
        run_at: planned,
        actor: of.actor,
        schedule: Some(of.id),
        max_failures: TRIES,
    };
    // It was asked for when it was planned: "yesterday" is the day before that.
    let (job, added) = queue::enqueue(&mut tx, &new, planned).await?;
    if schedules::fired(&mut tx, of, job, next, now).await? {
        tx.commit().await?;
        if added {
            info!(schedule.id = %of.id, job.id = %job, "{} starts, planned for {planned}", of.name);
            jobs.ring();
        }
    } else {
        tx.rollback().await?;
    }
    Ok(())
}

/// Queues the day's retention run of every organization; the day is the key, so there is one.
pub(super) async fn retention(jobs: &Jobs) -> anyhow::Result<()> {
    let (inner, now) = (&jobs.0, jobs.0.clock.now());
    let all = orgs::list(&mut inner.db.begin_read_hub().await?).await?;
    for org in all {
        let mut tx = inner.db.begin_write().await?;
        let new = NewJob {
            id: Uuid::now_v7(),
            org: org.id,
            kind: RETENTION.to_owned(),
            input: serde_json::json!({}),
            once: Some(now.to_zoned(TimeZone::UTC).date().to_string()),
            priority: -5,
            run_at: now,
            actor: Actor::Hub,
            schedule: None,
            max_failures: TRIES,
        };
        let (_, added) = queue::enqueue(&mut tx, &new, now).await?;
        tx.commit().await?;
        if added {
            jobs.ring();
        }
    }
    Ok(())
}

/// Removes files whose time is over, files that nobody noted, and jobs that ended long ago.
async fn sweep(jobs: &Jobs) -> anyhow::Result<()> {
    let (inner, now) = (&jobs.0, jobs.0.clock.now());
    let days = SignedDuration::from_hours(24 * i64::from(inner.config.forget_days));
    let mut tx = inner.db.begin_write().await?;
    outputs::expire(&mut tx, now).await?;
    queue::forget(&mut tx, now.saturating_sub(days).unwrap_or(Timestamp::MIN)).await?;
    tx.commit().await?;
    // What was marked is removed as a stray file, so that a hub that dies in between removes it the next time.
    let folder = inner.folder.clone();
    let files =
        tokio::task::spawn_blocking(move || folder.list()).await?.context("failed to list the files of jobs")?;
    let mut tx = inner.db.begin_read_hub().await?;
    for (file, job, fence) in files {
        if outputs::is_stray(&mut tx, &file, job, fence).await? {
            inner.folder.remove(&file).with_context(|| format!("failed to remove {file}"))?;
        }
    }
    Ok(())
}
