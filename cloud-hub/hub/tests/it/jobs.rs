//! Jobs through workers that die, stop, hang and panic: each effect once, nothing half-done.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::SignedDuration;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_hub::access::Permission;
use vyavs_hub::jobs::{Failure, Jobs, JobsConfig, Output, Progress, Run, Start, Work};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::audit_log::{self, Actor, Entry};
use vyavs_store::jobs::{self as queue, Cancelled, Job, NewJob, State};
use vyavs_store::schedules::{self, Schedule};
use vyavs_store::{Db, both_engines, orgs};

use crate::house::{NOW, at, identity};

/// Writes its steps down, one by one; each would show if it were there twice.
struct Steps;

fn entry(clock: &Clock, object: String) -> Entry {
    Entry {
        at: clock.now(),
        actor: Actor::Hub,
        action: "step".to_owned(),
        object: Some(object),
        status: 0,
        request_id: String::new(),
        before: None,
        after: None,
    }
}

async fn steps(run: &Run) -> Result<Output, Failure> {
    let total: u64 = run.input()?;
    for number in run.place().unwrap_or(0)..total {
        let mut step = run.step().await?;
        audit_log::append(&mut step.tx, run.job.org, &entry(&run.clock, format!("{}:{number}", run.job.id))).await?;
        tokio::task::yield_now().await;
        let progress = Progress { done: number + 1, total: Some(total), unit: "steps".to_owned() };
        step.commit(&(number + 1), &progress).await?;
        tokio::task::yield_now().await;
    }
    Ok(Output { result: json!({"steps": total}), made: None })
}

/// Fails as its input says, or waits to be told to go on.
struct Odd(Arc<Notify>);

macro_rules! work {
    ($type:ident, $kind:literal, $run:expr) => {
        impl Work for $type {
            fn kind(&self) -> &'static str {
                $kind
            }
            fn about(&self) -> &'static str {
                "A test."
            }
            fn needs(&self) -> Permission {
                Permission::JobsWrite
            }
            fn start(&self) -> Start {
                Start::Freely
            }
            fn check(&self, _: &Value) -> Result<(), String> {
                Ok(())
            }
            fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<Output, Failure>> {
                let go: fn(&'a Self, &'a Run) -> BoxFuture<'a, Result<Output, Failure>> = $run;
                go(self, run)
            }
        }
    };
}
work!(Steps, "test.steps", |_, run| Box::pin(steps(run)));
work!(Odd, "test.odd", |odd, run| Box::pin(async move {
    match run.job.input.as_str() {
        Some("panic") => panic!("as it was told"),
        Some("never") => Err(Failure::Never("there is no such day".to_owned())),
        Some("again") => Err(Failure::Again(anyhow::anyhow!("a secret cause"))),
        _ => {
            odd.0.notified().await;
            Ok(Output { result: json!(run.job.fence), made: None })
        }
    }
}));

struct Rig {
    jobs: Jobs,
    db: Db,
    clock: Clock,
    org: OrgId,
    go: Arc<Notify>,
    dir: tempfile::TempDir,
}

impl Rig {
    async fn open(db: Db) -> Self {
        let org = identity(1).org;
        let mut tx = db.begin_write().await.expect("a transaction");
        orgs::put(&mut tx, org, "Org", None, at(NOW)).await.expect("an organization");
        tx.commit().await.expect("a commit");
        let (clock, go, dir) =
            (Clock::manual(at(NOW)), Arc::new(Notify::new()), tempfile::tempdir().expect("a folder"));
        let jobs = Self::process(&db, &clock, &go, dir.path());
        Self { jobs, db, clock, org, go, dir }
    }

    /// The jobs of one process more.
    fn process(db: &Db, clock: &Clock, go: &Arc<Notify>, dir: &Path) -> Jobs {
        let config = JobsConfig { dir: dir.join("files"), lease_s: 30, ..JobsConfig::default() };
        Jobs::new(config, db.clone(), clock.clone(), vec![Arc::new(Steps), Arc::new(Odd(go.clone()))])
    }

    async fn add(&self, kind: &str, input: Value) -> Uuid {
        let new = NewJob {
            id: Uuid::now_v7(),
            org: self.org,
            kind: kind.to_owned(),
            input,
            once: None,
            priority: 0,
            run_at: self.clock.now(),
            actor: Actor::Hub,
            schedule: None,
            max_failures: 3,
        };
        let mut tx = self.db.begin_write_for(self.org).await.expect("a transaction");
        let (id, _) = queue::enqueue(&mut tx, &new, self.clock.now()).await.expect("queued");
        tx.commit().await.expect("a commit");
        self.jobs.ring();
        id
    }

    async fn job(&self, id: Uuid) -> Job {
        let mut tx = self.db.begin_read(self.org).await.expect("a transaction");
        queue::get(&mut tx, self.org, id).await.expect("a query").expect("the job")
    }

    async fn until(&self, id: Uuid, state: State) -> Job {
        let wait = async {
            loop {
                let job = self.job(id).await;
                if job.state == state {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap_or_else(|_| panic!("never {state:?}"))
    }

    async fn all_done(&self, jobs: &[Uuid]) -> bool {
        for id in jobs {
            if self.job(*id).await.state != State::Done {
                return false;
            }
        }
        true
    }

    fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    /// How often each step was done.
    async fn done(&self) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        let mut tx = self.db.begin_read(self.org).await.expect("a transaction");
        for row in audit_log::oldest(&mut tx, self.org, 0, 100_000).await.expect("a query") {
            let entry: Value = serde_json::from_str(&row.entry).expect("JSON");
            *counts.entry(entry["object"].as_str().expect("a step").to_owned()).or_insert(0) += 1;
        }
        counts
    }
}

both_engines! {
    async fn forty_kills_at_random_points_lose_nothing_and_do_nothing_twice(db: Db) {
        let rig = Rig::open(db.clone()).await;
        let mut jobs = Vec::new();
        for _ in 0..6 {
            jobs.push(rig.add("test.steps", json!(25)).await);
        }
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        let (mut kills, mut life) = (0, 60_u64);
        while kills < 40 {
            // A worker that is dropped wherever it stands: in a claim, a step, a commit, a renewal.
            let worker = Rig::process(&db, &rig.clock, &rig.go, rig.dir.path());
            let patience = Duration::from_micros(rng.random_range(100..life * 1000));
            match tokio::time::timeout(patience, worker.catch_up()).await {
                Err(_) => kills += 1,
                Ok(done) => {
                    done.expect("the database is there");
                    life = (life / 2).max(2);
                    jobs.push(rig.add("test.steps", json!(25)).await);
                }
            }
            rig.later(31);
        }
        let last = Rig::process(&db, &rig.clock, &rig.go, rig.dir.path());
        // What the last kill had sent to the engine may arrive after it: a claim whose commit is seen only now. Processes look
        // again and again, and so does this one.
        for _ in 0..20 {
            last.catch_up().await.expect("the database is there");
            if rig.all_done(&jobs).await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            rig.later(31);
        }
        let (counts, mut fences) = (rig.done().await, 0);
        assert_eq!(counts.len(), jobs.len() * 25, "lost");
        assert!(counts.values().all(|count| *count == 1), "twice: {counts:?}");
        for id in jobs {
            let job = rig.job(id).await;
            assert_eq!((job.state, job.done, job.result), (State::Done, 25, Some(json!({"steps": 25}))));
            fences += job.fence - 1;
        }
        assert!(fences >= 10, "only {fences} jobs were taken over: the kills did not hit");
    }

    async fn errors_and_panics_come_back_and_what_can_never_be_done_does_not(db: Db) {
        let rig = Rig::open(db).await;
        let (panic, again, never) =
            (rig.add("test.odd", json!("panic")).await, rig.add("test.odd", json!("again")).await, rig.add("test.odd", json!("never")).await);
        rig.jobs.catch_up().await.expect("the database is there");
        let ended = rig.job(never).await;
        assert_eq!((ended.state, ended.error.as_deref()), (State::Failed, Some("there is no such day")));
        for (wait, state) in [(9, State::Queued), (1, State::Queued), (20, State::Failed)] {
            for id in [panic, again] {
                assert_eq!(rig.job(id).await.state, State::Queued);
            }
            rig.later(wait);
            rig.jobs.catch_up().await.expect("the database is there");
            assert_eq!(rig.job(panic).await.state, state, "after {wait} s");
        }
        let ended = rig.job(again).await;
        assert_eq!((ended.state, ended.failures), (State::Failed, 3));
        assert!(!ended.error.expect("a reason").contains("secret"), "the cause is for the log");
    }

    async fn workers_start_at_once_stop_when_told_and_give_back_what_they_hold(db: Db) {
        let rig = Rig::open(db).await;
        let life = Lifecycle::new();
        rig.jobs.start(&life);
        let quick = rig.add("test.steps", json!(3)).await;
        rig.until(quick, State::Done).await;
        let long = rig.add("test.odd", json!(null)).await;
        rig.until(long, State::Running).await;
        assert!(life.shutdown(Duration::from_secs(10)).await, "they stop");
        let given = rig.job(long).await;
        assert_eq!((given.state, given.losses, given.failures), (State::Queued, 0, 0));
        rig.go.notify_one();
        assert_eq!(rig.jobs.catch_up().await.expect("the database is there"), 1);
        assert_eq!(rig.job(long).await.result, Some(json!(2)));
    }

    async fn a_running_job_is_cancelled_at_once(db: Db) {
        let rig = Rig::open(db).await;
        let life = Lifecycle::new();
        rig.jobs.start(&life);
        let long = rig.add("test.odd", json!(null)).await;
        rig.until(long, State::Running).await;
        let mut tx = rig.db.begin_write_for(rig.org).await.expect("a transaction");
        assert_eq!(queue::cancel(&mut tx, rig.org, long, at(NOW)).await.expect("a query"), Cancelled::Asked);
        tx.commit().await.expect("a commit");
        rig.jobs.tell_cancelled(long);
        rig.until(long, State::Cancelled).await;
        // The worker is free for the next.
        let quick = rig.add("test.steps", json!(1)).await;
        rig.until(quick, State::Done).await;
        assert!(life.shutdown(Duration::from_secs(10)).await);
    }

    async fn a_worker_that_was_taken_for_dead_ends_nothing(db: Db) {
        let rig = Rig::open(db.clone()).await;
        let id = rig.add("test.odd", json!(null)).await;
        let slow_go = Arc::new(Notify::new());
        let slow = Rig::process(&db, &rig.clock, &slow_go, rig.dir.path());
        let (slow, _) = futures::join!(slow.catch_up(), async {
            rig.until(id, State::Running).await;
            rig.later(31);
            rig.go.notify_one();
            assert_eq!(rig.jobs.catch_up().await.expect("the database is there"), 1, "another takes it over");
            slow_go.notify_one();
        });
        slow.expect("the database is there");
        assert_eq!(rig.job(id).await.result, Some(json!(2)), "the second one's");
    }

    async fn a_schedule_starts_one_job_an_instant_and_one_for_all_it_missed(db: Db) {
        let rig = Rig::open(db.clone()).await;
        let schedule = Schedule {
            id: Uuid::now_v7(), org: rig.org, name: "Every day".to_owned(), kind: "test.steps".to_owned(), input: json!(1),
            pattern: "30 1 * * *".to_owned(), timezone: "Europe/London".to_owned(), paused: false, attach: false, actor: Actor::Hub, version: 1,
            created_at: at(NOW), next_at: Some(at("2026-03-29T01:00:00Z")), last_at: None, last_job: None,
        };
        let mut tx = rig.db.begin_write_for(rig.org).await.expect("a transaction");
        schedules::insert(&mut tx, &schedule).await.expect("a schedule");
        tx.commit().await.expect("a commit");
        let mut ran = Vec::new();
        // The morning on which half past one does not exist, seen by two processes; then nobody for four days.
        for now in ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-04-03T12:00:00Z", "2026-04-04T00:30:00Z"] {
            rig.clock.set(at(now));
            let other = Rig::process(&db, &rig.clock, &rig.go, rig.dir.path());
            let (one, two) = futures::join!(rig.jobs.catch_up(), other.catch_up());
            ran.push(one.expect("the database is there") + two.expect("the database is there"));
        }
        assert_eq!(ran, [0, 1, 1, 1, 1]);
        let mut tx = rig.db.begin_read(rig.org).await.expect("a transaction");
        let now = schedules::get(&mut tx, rig.org, schedule.id).await.expect("a query").expect("there");
        assert_eq!(now.next_at, Some(at("2026-04-05T00:30:00Z")));
        let all = queue::page(&mut tx, rig.org, &queue::JobFilter::default(), None, 9).await.expect("a page");
        let planned: Vec<_> = all.iter().rev().map(|job| job.created_at.to_string()).collect();
        assert_eq!(planned, ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z", "2026-04-04T00:30:00Z"]);
        assert!(all.iter().all(|job| job.schedule == Some(schedule.id)));
    }
}
