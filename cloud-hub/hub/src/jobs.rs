//! Work that outlives a request: queued in the database, done by workers of any hub process, each effect once.
//!
//! ```text
//! api, schedules ──enqueue──► jobs (SQL) ◄──claim, renew, finish── workers ──► Work::run(Run)
//!                                 ▲                                              │ step: effect + checkpoint
//!                            reap, fire, sweep: tend                             └ files: draft → whole → noted
//! ```
//! A worker that dies leaves a lease behind that runs out; the next one goes on at the last checkpoint. What was written
//! together with that checkpoint is there once, and what was not is not there at all.

mod cron;
pub(crate) mod deliver;
mod print;
mod run;
mod said;
mod tend;
mod work;
mod worker;

pub mod works;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::Db;
use vyavs_vault::Vault;

use crate::files::Folder;
use crate::live::Live;

pub use cron::{Pattern, PatternError};
pub use run::{Asker, Run, Step};
pub use vyavs_store::jobs::lease::Progress;
pub use work::{Failure, Made, Output, Start, Work};

/// `[jobs]` in `hub.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JobsConfig {
    /// Where files of exports and reports lie. Several hubs over one database share this folder.
    pub dir: PathBuf,
    /// Jobs this process does at once; none with 0.
    pub workers: u32,
    /// How long a worker that says nothing keeps its job, seconds; 3 at least.
    pub lease_s: u32,
    /// How long files are kept, days.
    pub keep_days: u32,
    /// How long jobs that are over stay in the list, days.
    pub forget_days: u32,
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self { dir: "/var/lib/vyavs/files".into(), workers: 2, lease_s: 60, keep_days: 7, forget_days: 90 }
    }
}

impl JobsConfig {
    fn lease(&self) -> Duration {
        Duration::from_secs(u64::from(self.lease_s.max(3)))
    }

    fn lease_from(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(SignedDuration::try_from(self.lease()).unwrap_or(SignedDuration::from_secs(60)))
            .unwrap_or(Timestamp::MAX)
    }

    fn kept_until(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(SignedDuration::from_hours(24 * i64::from(self.keep_days))).unwrap_or(Timestamp::MAX)
    }
}

/// A job that lost its worker so often without getting any further is given up.
const MOST_LOSSES: u32 = 10;

/// The jobs of this process. Cheap to clone.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    config: JobsConfig,
    db: Db,
    clock: Clock,
    /// By kind.
    works: HashMap<&'static str, Arc<dyn Work>>,
    folder: Folder,
    /// Names this process in leases.
    owner: String,
    /// Rings when a job was queued here.
    bell: Notify,
    /// Where whoever asked watches.
    live: OnceLock<Live>,
    /// What is being done in this process.
    running: Mutex<HashMap<Uuid, CancellationToken>>,
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs").field("config", &self.0.config).finish_non_exhaustive()
    }
}

impl Jobs {
    /// With these kinds of work; nothing runs before [`Jobs::start`].
    pub fn new(config: JobsConfig, db: Db, clock: Clock, works: Vec<Arc<dyn Work>>) -> Self {
        let works = works.into_iter().map(|work| (work.kind(), work)).collect();
        let folder = Folder::new(config.dir.clone());
        Self(Arc::new(Inner {
            config,
            db,
            clock,
            works,
            folder,
            owner: format!("{}-{}", std::process::id(), Uuid::new_v4().simple()),
            bell: Notify::new(),
            live: OnceLock::new(),
            running: Mutex::default(),
        }))
    }

    /// With all the work a hub knows.
    pub fn of_hub(config: JobsConfig, db: Db, clock: Clock, vault: &Arc<Vault>) -> Self {
        Self::new(config, db, clock, works::all(vault))
    }

    /// Where to tell, at once, who watches that a job of theirs is over.
    pub fn tell(&self, live: Live) {
        // The first stays: there is one a process.
        let _ = self.0.live.set(live);
    }

    /// Starts the workers, and the task that tends queue, schedules and files.
    pub fn start(&self, life: &Lifecycle) {
        if self.0.config.workers == 0 {
            return;
        }
        life.spawn(tend::tend(self.clone(), life.stop_token()));
        for _ in 0..self.0.config.workers {
            life.spawn(worker::work(self.clone(), life.stop_token()));
        }
    }

    /// Fires what is planned by now, takes jobs back from workers that are gone, and does what is due until nothing is;
    /// says how many jobs that were.
    pub async fn catch_up(&self) -> anyhow::Result<u32> {
        tend::once(self).await?;
        let (mut count, never) = (0, CancellationToken::new());
        while let Some(job) = self.claim().await? {
            worker::carry_out(self, job, &never).await;
            count += 1;
        }
        Ok(count)
    }

    /// Queues the day's retention run of every organization, once a day however often it is called.
    pub async fn plan_retention(&self) -> anyhow::Result<()> {
        tend::retention(self).await
    }

    /// The work of a kind.
    pub fn work(&self, kind: &str) -> Option<&Arc<dyn Work>> {
        self.0.works.get(kind)
    }

    /// Wakes a worker: a job was queued.
    pub fn ring(&self) {
        self.0.bell.notify_one();
    }

    /// Tells the worker of a job, if it is one of this process, that somebody asked to cancel it. Others find out when
    /// they renew their lease.
    pub fn tell_cancelled(&self, job: Uuid) {
        if let Some(token) = self.running().get(&job) {
            token.cancel();
        }
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.0.folder
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Uuid, CancellationToken>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
