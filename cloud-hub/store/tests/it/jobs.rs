//! Jobs are done once, by one worker at a time, whoever dies when; schedules start each of them once.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_store::audit_log::{self, Actor, Entry};
use vyavs_store::jobs::lease::{self, Held, Progress};
use vyavs_store::jobs::outputs::{self, Output};
use vyavs_store::jobs::{self, Cancelled, Job, JobFilter, NewJob, State};
use vyavs_store::schedules::{self, Schedule};
use vyavs_store::{Db, both_engines};

use crate::given::{at, id, identity, shop};

const NOW: &str = "2026-02-03T12:00:00Z";

fn new(org: OrgId, number: u128) -> NewJob {
    NewJob {
        id: id(7000 + number),
        org,
        kind: "report".to_owned(),
        input: json!({"day": "2026-02-02"}),
        once: None,
        priority: 0,
        run_at: at(NOW),
        actor: Actor::Person(id(1)),
        schedule: None,
        max_failures: 3,
    }
}

async fn add(db: &Db, new: &NewJob) -> (Uuid, bool) {
    let mut tx = db.begin_write_for(new.org).await.expect("a transaction");
    let added = jobs::enqueue(&mut tx, new, at(NOW)).await.expect("queued");
    tx.commit().await.expect("a commit");
    added
}

const KINDS: [&str; 2] = ["report", "export"];

async fn claim(db: &Db, owner: &str, now: Timestamp) -> Option<Job> {
    let mut tx = db.begin_write().await.expect("a transaction");
    let until = now + SignedDuration::from_secs(30);
    let due = lease::is_due(&mut tx, &KINDS, now).await.expect("a query");
    let job = lease::claim(&mut tx, &KINDS, owner, now, until).await.expect("a query");
    // Another may have taken it in between.
    assert!(due || job.is_none(), "a worker that reads first misses nothing");
    tx.commit().await.expect("a commit");
    job
}

fn held(job: &Job) -> Held {
    Held { job: job.id, fence: job.fence }
}

async fn read(db: &Db, org: OrgId, id: Uuid) -> Job {
    jobs::get(&mut db.begin_read(org).await.expect("a transaction"), org, id).await.expect("a query").expect("the job")
}

/// An effect that shows when it happens twice: an entry of the audit log, and the checkpoint with it.
async fn step(db: &Db, job: &Job, number: u64) -> bool {
    let mut tx = db.begin_write_for(job.org).await.expect("a transaction");
    if !lease::hold(&mut tx, held(job)).await.expect("a query") {
        return false;
    }
    let entry = Entry {
        at: at(NOW),
        actor: Actor::Hub,
        action: "step".to_owned(),
        object: Some(format!("{}:{number}", job.id)),
        status: 0,
        request_id: String::new(),
        before: None,
        after: None,
    };
    audit_log::append(&mut tx, job.org, &entry).await.expect("an entry");
    let progress = Progress { done: number + 1, total: Some(3), unit: "steps".to_owned() };
    let kept = lease::checkpoint(&mut tx, held(job), &json!(number + 1), &progress, at(NOW)).await.expect("a query");
    if kept {
        tx.commit().await.expect("a commit");
    }
    kept
}

fn weekly(org: OrgId) -> Schedule {
    Schedule {
        id: id(9000),
        org,
        name: "Weekly".to_owned(),
        kind: "report".to_owned(),
        input: json!({}),
        pattern: "0 6 * * 1".to_owned(),
        timezone: "Europe/London".to_owned(),
        paused: false,
        attach: false,
        actor: Actor::Person(id(1)),
        version: 1,
        created_at: at(NOW),
        next_at: Some(at("2026-02-09T06:00:00Z")),
        last_at: None,
        last_job: None,
    }
}

both_engines! {
    async fn what_was_read_before_an_erasure_is_read_again(db: Db) {
        let (org, other) = (shop(&db, 1).await.org, shop(&db, 2).await.org);
        for (org, number) in [(org, 1), (other, 2)] {
            add(&db, &new(org, number)).await;
        }
        let (one, two) = (claim(&db, "a", at(NOW)).await.expect("a job"), claim(&db, "b", at(NOW)).await.expect("a job"));
        let (mine, theirs) = if one.org == org { (one, two) } else { (two, one) };
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(lease::begin_again(&mut tx, org, &["export"]).await.expect("done"), 0, "another kind");
        assert_eq!(lease::begin_again(&mut tx, org, &["export", "report"]).await.expect("done"), 1);
        assert!(!lease::finish(&mut tx, held(&mine), &json!({}), at(NOW)).await.expect("a query"), "what it read is not noted");
        assert!(lease::finish(&mut tx, held(&theirs), &json!({}), at(NOW)).await.expect("a query"), "another tenant's goes on");
        tx.commit().await.expect("a commit");
        let again = claim(&db, "c", at(NOW)).await.expect("it waits");
        assert_eq!((again.id, again.fence), (mine.id, mine.fence + 1));
    }

    async fn the_same_key_is_the_same_job(db: Db) {
        let org = shop(&db, 1).await.org;
        let other = shop(&db, 2).await.org;
        let keyed = NewJob { once: Some("monday".to_owned()), ..new(org, 1) };
        assert_eq!(add(&db, &keyed).await, (keyed.id, true));
        assert_eq!(add(&db, &NewJob { id: id(7002), ..keyed.clone() }).await, (keyed.id, false));
        // Another kind, another organization and no key at all are other jobs.
        assert!(add(&db, &NewJob { id: id(7003), kind: "export".to_owned(), ..keyed.clone() }).await.1);
        assert!(add(&db, &NewJob { id: id(7004), org: other, ..keyed.clone() }).await.1);
        assert!(add(&db, &NewJob { id: id(7005), once: None, ..keyed.clone() }).await.1);
        let mut tx = db.begin_read(org).await.expect("a transaction");
        assert_eq!(jobs::get(&mut tx, org, id(7004)).await.expect("a query"), None, "another's");
        let mine = jobs::page(&mut tx, org, &JobFilter::default(), None, 9).await.expect("a page");
        assert_eq!(mine.iter().map(|job| job.id).collect::<Vec<_>>(), [id(7005), id(7003), id(7001)]);
        let after = Some((mine[0].created_at, mine[0].id));
        let filter = JobFilter { kind: Some("report".to_owned()), state: Some(State::Queued), actor: Some(id(1)), schedule: None };
        let rest = jobs::page(&mut tx, org, &filter, after, 9).await.expect("a page");
        assert_eq!(rest.iter().map(|job| job.id).collect::<Vec<_>>(), [id(7001)]);
        assert_eq!((rest[0].actor, &rest[0].input, rest[0].state), (Actor::Person(id(1)), &keyed.input, State::Queued));
    }

    async fn priority_goes_first_then_whoever_has_least_running(db: Db) {
        let (loud, quiet) = (shop(&db, 1).await.org, shop(&db, 2).await.org);
        for number in 1..=3 {
            add(&db, &new(loud, number)).await;
        }
        add(&db, &NewJob { run_at: at("2026-02-03T12:00:05Z"), ..new(quiet, 4) }).await;
        add(&db, &NewJob { priority: 5, ..new(loud, 5) }).await;
        add(&db, &NewJob { run_at: at("2026-02-03T13:00:00Z"), priority: 9, ..new(loud, 6) }).await;
        add(&db, &NewJob { kind: "unknown.here".to_owned(), priority: 9, ..new(loud, 7) }).await;
        let now = at("2026-02-03T12:00:10Z");
        let mut order = Vec::new();
        while let Some(job) = claim(&db, "a", now).await {
            order.push(job.id);
        }
        assert_eq!(order, [5, 4, 1, 2, 3].map(|number: u128| id(7000 + number)));
    }

    async fn workers_that_race_never_get_the_same_job(db: Db) {
        let org = shop(&db, 1).await.org;
        for number in 0..24 {
            add(&db, &new(org, number)).await;
        }
        let worker = |owner: &'static str| {
            let db = db.clone();
            async move {
                let mut got = Vec::new();
                while let Some(job) = claim(&db, owner, at(NOW)).await {
                    got.push((job.id, job.fence));
                }
                got
            }
        };
        let (a, b, c, d) = futures::join!(worker("a"), worker("b"), worker("c"), worker("d"));
        let all: Vec<_> = [a, b, c, d].concat();
        assert_eq!(all.len(), 24);
        assert_eq!(all.iter().map(|job| job.0).collect::<BTreeSet<_>>().len(), 24);
        assert!(all.iter().all(|job| job.1 == 1));
    }

    async fn who_was_taken_for_dead_changes_nothing_any_more(db: Db) {
        let org = shop(&db, 1).await.org;
        add(&db, &new(org, 1)).await;
        let first = claim(&db, "a", at(NOW)).await.expect("a job");
        assert!(step(&db, &first, 0).await);
        let late = at("2026-02-03T12:00:31Z");
        let mut tx = db.begin_write().await.expect("a transaction");
        let just = at("2026-02-03T12:00:30Z");
        assert!(!lease::is_overdue(&mut tx, just).await.expect("a query"));
        assert!(lease::reap(&mut tx, just, 3).await.expect("a query").is_empty(), "not yet");
        assert!(lease::is_overdue(&mut tx, late).await.expect("a query"));
        let taken = lease::reap(&mut tx, late, 3).await.expect("a query");
        assert_eq!(taken.iter().map(|job| (job.id, job.state)).collect::<Vec<_>>(), [(first.id, State::Queued)]);
        tx.commit().await.expect("a commit");
        assert!(!step(&db, &first, 1).await, "it waits for another");
        let second = claim(&db, "b", late).await.expect("the job again");
        assert_eq!((second.fence, second.losses, second.checkpoint.clone()), (2, 1, Some(json!(1))));
        // The first one is alive after all, and holds on to its fence.
        assert!(!step(&db, &first, 1).await);
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        assert_eq!(lease::renew(&mut tx, held(&first), late).await.expect("a query"), None);
        assert!(!lease::finish(&mut tx, held(&first), &json!({}), late).await.expect("a query"));
        assert!(!lease::fail(&mut tx, held(&first), "x", None, late).await.expect("a query"));
        assert!(!lease::release(&mut tx, held(&first)).await.expect("a query"));
        assert!(!lease::progress(&mut tx, held(&first), &Progress::default(), late).await.expect("a query"));
        tx.commit().await.expect("a commit");
        assert!(step(&db, &second, 1).await && step(&db, &second, 2).await);
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        assert!(lease::finish(&mut tx, held(&second), &json!({"ok": true}), late).await.expect("a query"));
        tx.commit().await.expect("a commit");
        let done = read(&db, org, first.id).await;
        assert_eq!((done.state, done.done, done.losses, done.result), (State::Done, 3, 0, Some(json!({"ok": true}))));
        let mut tx = db.begin_read(org).await.expect("a transaction");
        let entries = audit_log::oldest(&mut tx, org, 0, 100).await.expect("a query");
        assert_eq!(entries.iter().filter(|entry| entry.action == "step").count(), 3, "each step once");
    }

    async fn what_kills_its_workers_is_given_up_and_what_gets_further_is_not(db: Db) {
        let org = shop(&db, 1).await.org;
        add(&db, &new(org, 1)).await;
        let mut now = at(NOW);
        let mut lose = async |advance: bool| {
            let job = claim(&db, "a", now).await.expect("a job");
            if advance {
                assert!(step(&db, &job, 0).await);
            }
            now += SignedDuration::from_secs(31);
            let mut tx = db.begin_write().await.expect("a transaction");
            lease::reap(&mut tx, now, 2).await.expect("a query");
            tx.commit().await.expect("a commit");
            read(&db, org, job.id).await.state
        };
        for advance in [false, true, true, true] {
            assert_eq!(lose(advance).await, State::Queued);
        }
        assert_eq!(lose(false).await, State::Failed);
        assert!(read(&db, org, id(7001)).await.error.expect("why").contains("gone again and again"));
    }

    async fn errors_come_back_later_and_then_not_at_all(db: Db) {
        let org = shop(&db, 1).await.org;
        add(&db, &new(org, 1)).await;
        let job = claim(&db, "a", at(NOW)).await.expect("a job");
        let later = at("2026-02-03T12:05:00Z");
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        assert!(lease::fail(&mut tx, held(&job), "no room", Some(later), at(NOW)).await.expect("a query"));
        tx.commit().await.expect("a commit");
        assert_eq!(claim(&db, "a", at("2026-02-03T12:04:59Z")).await, None);
        let job = claim(&db, "a", later).await.expect("its time has come");
        assert_eq!((job.failures, job.error.as_deref(), job.started_at), (1, Some("no room"), Some(at(NOW))));
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        assert!(lease::fail(&mut tx, held(&job), "no room", None, later).await.expect("a query"));
        tx.commit().await.expect("a commit");
        let job = read(&db, org, job.id).await;
        assert_eq!((job.state, job.failures, job.ended_at), (State::Failed, 2, Some(later)));
    }

    async fn a_cancelled_job_stops_and_leaves_no_effect_behind(db: Db) {
        let (org, other) = (shop(&db, 1).await.org, shop(&db, 2).await.org);
        for number in [1, 2] {
            add(&db, &new(org, number)).await;
        }
        let cancel = async |org: OrgId, number: u128| {
            let mut tx = db.begin_write_for(org).await.expect("a transaction");
            let done = jobs::cancel(&mut tx, org, id(7000 + number), at(NOW)).await.expect("a query");
            tx.commit().await.expect("a commit");
            done
        };
        assert_eq!(cancel(other, 2).await, Cancelled::TooLate, "not theirs");
        assert_eq!(cancel(org, 2).await, Cancelled::Now);
        let job = claim(&db, "a", at(NOW)).await.expect("the other one");
        assert_eq!(claim(&db, "a", at(NOW)).await, None);
        assert_eq!(cancel(org, 1).await, Cancelled::Asked);
        assert!(!step(&db, &job, 0).await, "nothing more is done");
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        assert_eq!(lease::renew(&mut tx, held(&job), at(NOW)).await.expect("a query"), Some(true));
        assert!(lease::cancelled(&mut tx, held(&job), at(NOW)).await.expect("a query"));
        tx.commit().await.expect("a commit");
        assert_eq!(read(&db, org, job.id).await.state, State::Cancelled);
        assert_eq!(cancel(org, 1).await, Cancelled::TooLate);
    }

    async fn a_file_is_kept_until_its_day_and_a_stray_one_is_known(db: Db) {
        let org = shop(&db, 1).await.org;
        add(&db, &new(org, 1)).await;
        let job = claim(&db, "a", at(NOW)).await.expect("a job");
        let mut tx = db.begin_write().await.expect("a transaction");
        assert!(!outputs::is_stray(&mut tx, "x.csv", job.id, job.fence).await.expect("a query"), "it is being written");
        assert!(outputs::is_stray(&mut tx, "x.csv", job.id, job.fence + 1).await.expect("a query"));
        let output = Output {
            job: job.id, org, name: "Sales.csv".to_owned(), media_type: "text/csv".to_owned(), file: "x.csv".to_owned(),
            size: 12, digest: "ab".to_owned(), rows: 3, totals: json!([{"sum": "1.00"}]), created_at: at(NOW),
            expires_at: at("2026-02-10T12:00:00Z"), removed_at: None,
        };
        outputs::put(&mut tx, &output).await.expect("noted");
        assert!(lease::finish(&mut tx, held(&job), &json!(null), at(NOW)).await.expect("a query"));
        assert!(!outputs::is_stray(&mut tx, "x.csv", job.id, job.fence).await.expect("a query"));
        assert!(outputs::is_stray(&mut tx, "y.csv", job.id, job.fence).await.expect("a query"));
        assert_eq!(outputs::get(&mut tx, org, job.id).await.expect("a query"), Some(output.clone()));
        assert_eq!(outputs::get(&mut tx, identity(2).org, job.id).await.expect("a query"), None);
        assert!(outputs::expire(&mut tx, at("2026-02-10T11:59:59Z")).await.expect("a query").is_empty());
        assert_eq!(jobs::forget(&mut tx, at("2026-02-04T12:00:00Z")).await.expect("a query"), 0, "its file is still there");
        assert_eq!(outputs::expire(&mut tx, at("2026-02-10T12:00:00Z")).await.expect("a query"), ["x.csv"]);
        assert!(outputs::is_stray(&mut tx, "x.csv", job.id, job.fence).await.expect("a query"));
        assert_eq!(jobs::forget(&mut tx, at("2026-02-04T12:00:00Z")).await.expect("a query"), 1);
        tx.commit().await.expect("a commit");
    }

    async fn two_processes_fire_a_schedule_once(db: Db) {
        let (org, other) = (shop(&db, 1).await.org, shop(&db, 2).await.org);
        let planned = weekly(org);
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        schedules::insert(&mut tx, &planned).await.expect("a schedule");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        assert!(schedules::due(&mut tx, at("2026-02-09T05:59:59Z"), 9).await.expect("a query").is_empty());
        let due = schedules::due(&mut tx, at("2026-02-09T06:00:00Z"), 9).await.expect("a query");
        assert_eq!(due, std::slice::from_ref(&planned));
        drop(tx);
        // Both read it as due; one is first.
        let next = Some(at("2026-02-16T06:00:00Z"));
        for first in [true, false] {
            let mut tx = db.begin_write().await.expect("a transaction");
            assert_eq!(schedules::fired(&mut tx, &due[0], id(7001), next, at(NOW)).await.expect("a query"), first);
            tx.commit().await.expect("a commit");
        }
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        let now = schedules::get(&mut tx, org, planned.id).await.expect("a query").expect("the schedule");
        assert_eq!((now.next_at, now.last_job, now.version), (next, Some(id(7001)), 1), "firing is no change of a person");
        assert!(schedules::change(&mut tx, &Schedule { paused: true, next_at: None, ..now.clone() }).await.expect("changed"));
        assert!(!schedules::change(&mut tx, &now).await.expect("a query"), "of an old version");
        assert!(!schedules::delete(&mut tx, other, now.id).await.expect("a query"));
        assert!(schedules::list(&mut tx, other).await.expect("a query").is_empty());
        assert!(schedules::list(&mut tx, org).await.expect("a query")[0].paused);
        assert!(schedules::delete(&mut tx, org, now.id).await.expect("a query"));
        tx.commit().await.expect("a commit");
    }
}
