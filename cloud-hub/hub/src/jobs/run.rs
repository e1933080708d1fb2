//! What a job works with while it runs.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId, UserId};
use vyavs_service::clock::Clock;
use vyavs_store::audit_log::Actor;
use vyavs_store::jobs::Job;
use vyavs_store::jobs::lease::{self, Held, Progress};
use vyavs_store::stores::Store;
use vyavs_store::{Db, StoreError, Tx, machine_keys, reach, stores, users};

use super::Jobs;
use super::work::Failure;
use crate::access::{Permissions, Role};
use crate::api::machine;
use crate::files::Folder;

/// Progress is written so often at most: it is for eyes.
const EVERY: Duration = Duration::from_secs(1);

/// In whose name a job runs, as that person or key stands now.
#[derive(Clone, Debug)]
pub struct Asker {
    /// What it may do.
    pub permissions: Permissions,
    /// The stores it reaches; `None` is all.
    pub reach: Option<BTreeSet<StoreId>>,
}

impl Asker {
    /// Who asked for a job; `None` when that person was shut out, or the key is good for nothing any more.
    pub(crate) async fn of(db: &Db, org: OrgId, actor: Actor, now: Timestamp) -> Result<Option<Self>, Failure> {
        Ok(Self::read(&mut db.begin_read(org).await?, org, actor, now).await?)
    }

    /// The same, as a transaction sees it.
    pub(crate) async fn read(
        tx: &mut Tx<'_>,
        org: OrgId,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let (id, permissions, everywhere) = match actor {
            Actor::Hub => return Ok(Some(Self { permissions: Permissions::all(), reach: None })),
            Actor::Person(id) => {
                let Some(user) = users::get(tx, org, UserId(id)).await? else { return Ok(None) };
                let Ok(role) = user.role.parse::<Role>() else { return Ok(None) };
                if user.disabled_at.is_some() {
                    return Ok(None);
                }
                (id, role.permissions(), user.everywhere)
            }
            Actor::Key(id) => {
                let Some(key) = machine_keys::get(tx, org, id).await? else { return Ok(None) };
                if !machine::holds(&key, now) {
                    return Ok(None);
                }
                (id, machine::permissions(&key), key.everywhere)
            }
        };
        let reach = if everywhere { None } else { Some(reach::stores(tx, org, id).await?) };
        Ok(Some(Self { permissions, reach }))
    }

    /// Whether all of these stores are within reach; none named are all that `whole` reaches.
    pub(crate) fn reaches(&self, stores: &[Uuid], whole: &Self) -> bool {
        match &self.reach {
            None => true,
            Some(own) if stores.is_empty() => whole.reach.as_ref().is_some_and(|all| all.is_subset(own)),
            Some(own) => stores.iter().all(|store| own.contains(&StoreId(*store))),
        }
    }
}

/// A job in a worker's hands.
#[derive(Debug)]
pub struct Run {
    /// The job as it was claimed.
    pub job: Job,
    /// In whose name.
    pub asker: Asker,
    /// Wall time.
    pub clock: Clock,
    pub(crate) db: Db,
    pub(crate) folder: Folder,
    told: Mutex<Option<Instant>>,
}

impl Run {
    pub(crate) fn new(jobs: &Jobs, job: Job, asker: Asker) -> Self {
        let inner = &jobs.0;
        let (db, clock, folder) = (inner.db.clone(), inner.clock.clone(), inner.folder.clone());
        Self { job, asker, clock, db, folder, told: Mutex::default() }
    }

    pub(crate) fn held(&self) -> Held {
        Held { job: self.job.id, fence: self.job.fence }
    }

    /// The input, read; what does not read can never be done.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_value(self.job.input.clone())
            .map_err(|error| Failure::Never(format!("the input of the job is not one of its kind: {error}")))
    }

    /// Where an earlier attempt came to; `None` at the beginning, and for a place this version does not know.
    pub fn place<T: DeserializeOwned>(&self) -> Option<T> {
        self.job.checkpoint.clone().and_then(|place| serde_json::from_value(place).ok())
    }

    /// A consistent picture of the organization's rows.
    pub async fn read(&self) -> Result<Tx<'static>, Failure> {
        Ok(self.db.begin_read(self.job.org).await?)
    }

    /// Begins a step: while it lasts nobody else can take the job.
    pub async fn step(&self) -> Result<Step<'_>, Failure> {
        let mut tx = self.db.begin_write_for(self.job.org).await?;
        if !lease::hold(&mut tx, self.held()).await? {
            return Err(Failure::Lost);
        }
        Ok(Step { tx, run: self })
    }

    /// The same with the hub's own rights, for what a tenant's transaction may not touch: sign-ins, receipts.
    pub(crate) async fn step_as_hub(&self) -> Result<Step<'_>, Failure> {
        let mut tx = self.db.begin_write().await?;
        if !lease::hold(&mut tx, self.held()).await? {
            return Err(Failure::Lost);
        }
        Ok(Step { tx, run: self })
    }

    /// A consistent picture with the hub's own rights; the caller says whose rows.
    pub(crate) async fn read_as_hub(&self) -> Result<Tx<'static>, Failure> {
        Ok(self.db.begin_read_hub().await?)
    }

    /// Shows how far the job is, where there is nothing to go on from. Written once a second at most.
    pub async fn show(&self, progress: &Progress) -> Result<(), Failure> {
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_some_and(|at| at.elapsed() < EVERY) {
                return Ok(());
            }
            *told = Some(Instant::now());
        }
        let mut tx = self.db.begin_write_for(self.job.org).await?;
        if !lease::progress(&mut tx, self.held(), progress, self.clock.now()).await? {
            return Err(Failure::Lost);
        }
        Ok(tx.commit().await?)
    }

    /// The stores of the reach by name, or those of them that were asked for.
    pub async fn stores(&self, wanted: &[uuid::Uuid]) -> Result<Vec<Store>, Failure> {
        let mut all = stores::list(&mut self.read().await?, self.job.org).await?;
        all.retain(|store| self.asker.reach.as_ref().is_none_or(|reach| reach.contains(&store.id)));
        if let Some(beyond) = wanted.iter().find(|id| !all.iter().any(|store| store.id.0 == **id)) {
            return Err(Failure::Never(format!("there is no such store: {beyond}")));
        }
        all.retain(|store| wanted.is_empty() || wanted.contains(&store.id.0));
        Ok(all)
    }
}

/// A part of a job: its effect and its checkpoint, or neither.
pub struct Step<'r> {
    /// Where the effect is written.
    pub tx: Tx<'static>,
    run: &'r Run,
}

impl std::fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step").field("job", &self.run.job.id).finish_non_exhaustive()
    }
}

impl Step<'_> {
    /// Makes the effect durable together with the place to go on from.
    pub async fn commit(mut self, place: &impl Serialize, progress: &Progress) -> Result<(), Failure> {
        let place = serde_json::to_value(place).map_err(|error| Failure::Again(error.into()))?;
        if !lease::checkpoint(&mut self.tx, self.run.held(), &place, progress, self.run.clock.now()).await? {
            return Err(Failure::Lost);
        }
        Ok(self.tx.commit().await?)
    }
}
