//! A worker: takes a job, holds it while it does it, and writes down what came of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use vyavs_store::StoreError;
use vyavs_store::jobs::Job;
use vyavs_store::jobs::lease::{self, Held};
use vyavs_store::jobs::outputs;

use super::run::{Asker, Run};
use super::work::{Failure, Output, Work};
use super::{Jobs, said};
use crate::messages::notify;

/// How often a worker looks for jobs that another process queued.
const LOOK: Duration = Duration::from_secs(1);
/// After an error a job waits so long, twice as long after the next one, and so on to [`LONGEST`].
const WAIT: SignedDuration = SignedDuration::from_secs(10);
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// Does jobs until it is told to stop; the one in hand is given back then.
pub(super) async fn work(jobs: Jobs, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let wait = match jobs.claim().await {
            Ok(Some(job)) => {
                carry_out(&jobs, job, &stop).await;
                continue;
            }
            Ok(None) => LOOK,
            Err(cause) => {
                warn!(error = &cause as &dyn std::error::Error, "a worker could not look for jobs");
                LOOK * 5
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = jobs.0.bell.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// How the time with a job ended.
enum Ended {
    Done(Output),
    Failed(Failure),
    Stopped,
    Cancelled,
    Lost,
}

impl Jobs {
    /// Takes the next job that is due.
    pub(super) async fn claim(&self) -> Result<Option<Job>, StoreError> {
        let inner = &self.0;
        let now = inner.clock.now();
        let kinds: Vec<&str> = inner.works.keys().copied().collect();
        if !lease::is_due(&mut inner.db.begin_read_hub().await?, &kinds, now).await? {
            return Ok(None);
        }
        let mut tx = inner.db.begin_write().await?;
        let job = lease::claim(&mut tx, &kinds, &inner.owner, now, inner.config.lease_from(now)).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Renews the lease; ends when the job must be let go of.
    async fn keep(&self, held: Held, asked: &CancellationToken) -> Ended {
        let lease = self.0.config.lease();
        let mut sure_until = Instant::now() + lease;
        loop {
            tokio::select! {
                () = tokio::time::sleep(lease / 3) => {}
                () = asked.cancelled() => return Ended::Cancelled,
            }
            let until = self.0.config.lease_from(self.0.clock.now());
            let renewed = async {
                let mut tx = self.0.db.begin_write().await?;
                let renewed = lease::renew(&mut tx, held, until).await?;
                tx.commit().await?;
                Ok::<_, StoreError>(renewed)
            };
            let began = Instant::now();
            match renewed.await {
                Ok(Some(false)) => sure_until = began + lease,
                Ok(Some(true)) => return Ended::Cancelled,
                Ok(None) => return Ended::Lost,
                Err(cause) => {
                    warn!(job.id = %held.job, error = &cause as &dyn std::error::Error, "a lease could not be renewed");
                    if Instant::now() >= sure_until {
                        return Ended::Lost;
                    }
                }
            }
        }
    }
}

/// Does a job and writes down what came of it.
pub(super) async fn carry_out(jobs: &Jobs, job: Job, stop: &CancellationToken) {
    let held = Held { job: job.id, fence: job.fence };
    let Some(work) = jobs.work(&job.kind).cloned() else {
        warn!(job.id = %job.id, "nobody here knows how to do {}", job.kind);
        return;
    };
    let asked = CancellationToken::new();
    if job.cancel_at.is_some() {
        asked.cancel();
    }
    jobs.running().insert(job.id, asked.clone());
    let ended = tokio::select! {
        biased;
        () = stop.cancelled() => Ended::Stopped,
        ended = jobs.keep(held, &asked) => ended,
        ended = AssertUnwindSafe(attempt(jobs, &work, job.clone())).catch_unwind() => match ended {
            Ok(Ok(output)) => Ended::Done(output),
            Ok(Err(Failure::Lost)) if asked.is_cancelled() => Ended::Cancelled,
            Ok(Err(Failure::Lost)) => Ended::Lost,
            Ok(Err(failure)) => Ended::Failed(failure),
            Err(panic) => Ended::Failed(Failure::Again(anyhow::anyhow!("it panicked: {}", text_of(panic.as_ref())))),
        },
    };
    jobs.running().remove(&job.id);
    // Written down or not: what is not, ends with its lease, and is done again from its last checkpoint.
    if let Err(cause) = settle(jobs, &job, held, ended).await {
        let cause = anyhow::Error::from(cause);
        error!(job.id = %job.id, job.kind = job.kind, "what came of a job could not be written down: {cause:#}");
    }
}

async fn attempt(jobs: &Jobs, work: &Arc<dyn Work>, job: Job) -> Result<Output, Failure> {
    let inner = &jobs.0;
    let asker = Asker::of(&inner.db, job.org, job.actor, inner.clock.now()).await?;
    let gone = || Failure::Never("whoever asked for this may not sign in any more".to_owned());
    let asker = asker.ok_or_else(gone)?;
    if !asker.permissions.has(work.needs()) {
        return Err(Failure::Never(format!("whoever asked for this does not hold {} any more", work.needs())));
    }
    let run = Run::new(jobs, job, asker);
    work.run(&run).await
}

async fn settle(jobs: &Jobs, job: &Job, held: Held, ended: Ended) -> Result<(), StoreError> {
    let inner = &jobs.0;
    let (now, kind) = (inner.clock.now(), job.kind.as_str());
    let mut tx = inner.db.begin_write_for(job.org).await?;
    // Once it is: with what error, if any.
    let mut over: Option<Option<String>> = matches!(ended, Ended::Done(_)).then_some(None);
    let kept = match ended {
        Ended::Lost => false,
        Ended::Stopped => lease::release(&mut tx, held).await?,
        Ended::Cancelled => {
            info!(job.id = %job.id, job.kind = kind, "a job was cancelled");
            lease::cancelled(&mut tx, held, now).await?
        }
        Ended::Done(Output { result, made }) => {
            let kept = lease::finish(&mut tx, held, &result, now).await?;
            if let Some(made) = made.filter(|_| kept) {
                let until = inner.config.kept_until(now);
                outputs::put(&mut tx, &made.printed.output(job, made.name, now, until)).await?;
            }
            kept
        }
        Ended::Failed(failure) => {
            let failures = job.failures + 1;
            let (text, again) = match failure {
                Failure::Again(cause) => {
                    warn!(job.id = %job.id, job.kind = kind, failures, "a job failed: {cause:#}");
                    let wait = WAIT.saturating_mul(1 << failures.min(10).saturating_sub(1)).min(LONGEST);
                    let again = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                    ("the hub failed to do this; its log says why".to_owned(), again)
                }
                other => (other.to_string(), Timestamp::MAX),
            };
            let again = (again < Timestamp::MAX && failures < job.max_failures).then_some(again);
            if again.is_none() {
                over = Some(Some(text.clone()));
            }
            lease::fail(&mut tx, held, &text, again, now).await?
        }
    };
    if kept {
        let told = match over {
            Some(error) => said::over(&mut tx, job, error.as_deref(), now).await?,
            None => Vec::new(),
        };
        tx.commit().await?;
        if let Some(live) = inner.live.get() {
            told.iter().for_each(|told| notify::show(live, told));
        }
        Ok(())
    } else {
        warn!(job.id = %job.id, job.kind = kind, "a job was taken over; what this worker did of it is dropped");
        tx.rollback().await
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "no message".to_owned())
}
