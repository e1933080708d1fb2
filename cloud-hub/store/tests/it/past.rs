//! What goes when its time is over, and what is left of it: a log that still verifies, and everything a case rests on.

use jiff::Timestamp;
use vyavs_domain::ids::UserId;
use vyavs_rules::Actor;
use vyavs_rules::case::{self, Case, CaseId, Command, Finding, Kind, Link};
use vyavs_store::audit_log::{self, Entry, Tampered};
use vyavs_store::privacy::retention::{self, Past};
use vyavs_store::{Db, Origin, audit, both_engines, cases, testing};

use crate::given::{at, id, line, receipt, shop};
use crate::sales::ingest;

async fn sweep(db: &Db, origin: &Origin, past: Past, cutoff: &str, limit: u32) -> u64 {
    let mut tx = db.begin_write().await.expect("a transaction");
    let gone = retention::drop_past(&mut tx, origin.org, past, at(cutoff), limit).await.expect("dropped");
    tx.commit().await.expect("a commit");
    gone
}

/// Opens a case at `when`, says and links, and keeps every step.
async fn work(db: &Db, origin: &Origin, n: u128, when: Timestamp, commands: Vec<(Command, u128)>) -> Case {
    let person = |n: u128| Actor::Person(UserId(id(n)));
    let opened = case::open(CaseId(id(n)), Kind::Loss, origin.store, "Till short".to_owned(), person(1), when);
    let (mut now, first) = opened.expect("opened");
    let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
    assert!(cases::record(&mut tx, origin.org, &now, &first).await.expect("recorded"));
    for (command, by) in commands {
        let (next, entry) = case::apply(&now, command, person(by), when).expect("done");
        assert!(cases::record(&mut tx, origin.org, &next, &entry).await.expect("recorded"));
        now = next;
    }
    tx.commit().await.expect("a commit");
    now
}

fn closed(finding: Finding) -> Vec<(Command, u128)> {
    let propose = Command::ProposeClose { finding, note: "counted again".to_owned() };
    vec![(Command::StartReview, 1), (propose, 1), (Command::Close, 2)]
}

both_engines! {
    async fn the_front_of_the_log_goes_and_the_rest_still_verifies(db: Db) {
        let (origin, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        for (n, day) in (1..=6).zip(["2024-01-01", "2024-01-02", "2024-06-01", "2024-02-01", "2026-01-01", "2026-01-02"]) {
            for org in [origin.org, theirs.org] {
                let entry = Entry {
                    at: at(&format!("{day}T12:00:00Z")), actor: audit_log::Actor::Hub, action: "stores.create".to_owned(),
                    object: Some(n.to_string()), status: 201, request_id: "r".to_owned(), before: None, after: None,
                };
                let mut tx = db.begin_write_for(org).await.expect("a transaction");
                assert_eq!(audit_log::append(&mut tx, org, &entry).await.expect("written"), n);
                tx.commit().await.expect("a commit");
            }
        }
        let verify = async |org| {
            let mut tx = db.begin_read(org).await.expect("a transaction");
            audit_log::verify(&mut tx, org).await.expect("walked")
        };
        let whole = verify(origin.org).await;
        assert_eq!((whole.dropped, whole.entries, whole.broken), (0, 6, None));
        // The third is younger than the fourth: the fourth waits for it.
        assert_eq!(sweep(&db, &origin, Past::Audit, "2024-03-01T00:00:00Z", 100).await, 2);
        assert_eq!(sweep(&db, &origin, Past::Audit, "2024-03-01T00:00:00Z", 100).await, 0);
        let left = verify(origin.org).await;
        assert_eq!((left.dropped, left.entries, &left.hash, left.broken.clone()), (2, 4, &whole.hash, None));
        assert_ne!(left.begins_with, vec![0; 32]);
        assert_eq!(sweep(&db, &origin, Past::Audit, "2025-01-01T00:00:00Z", 1).await, 1, "in bites");
        assert_eq!(sweep(&db, &origin, Past::Audit, "2025-01-01T00:00:00Z", 100).await, 1);
        assert_eq!((verify(origin.org).await.entries, verify(theirs.org).await.entries), (2, 6));
        // Written on, verified on; and who takes one more from the front is found.
        testing::meddle(&db, "audit_log", "delete from audit_log where seq = 5").await;
        assert_eq!(verify(origin.org).await.broken, Some(Tampered::Missing(5)));
        assert_eq!(sweep(&db, &origin, Past::Audit, "2026-01-01T18:00:00Z", 100).await, 0, "a hole is left as it is");
    }

    async fn cases_go_by_their_closing_and_hold_what_they_rest_on_until_then(db: Db) {
        let origin = shop(&db, 1).await;
        let old = |number: &str| receipt(number, "2015-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)]);
        ingest(&db, &origin, &[old("1"), old("2")]).await;
        let heads = async || {
            let mut tx = db.begin_read_hub().await.expect("a transaction");
            audit::heads(&mut tx, origin.store).await.expect("heads")
        };
        let (first, second) = (heads().await[0].clone(), heads().await[1].clone());
        let then = at("2025-01-01T12:00:00Z");
        let link = |what: &str| (Command::Link { link: Link::Receipt(what.to_owned()) }, 1);
        let rests = work(&db, &origin, 70, then, vec![link(&first.id.to_string())]).await;
        work(&db, &origin, 71, then, closed(Finding::Confirmed)).await;
        work(&db, &origin, 72, then, closed(Finding::Unfounded)).await;
        work(&db, &origin, 73, then, closed(Finding::Inconclusive)).await;
        for past in [Past::CasesUpheld, Past::CasesDismissed] {
            assert_eq!(sweep(&db, &origin, past, "2025-01-01T12:00:00Z", 9).await, 0, "{past:?}");
        }
        assert_eq!(sweep(&db, &origin, Past::CasesDismissed, "2025-06-01T00:00:00Z", 1).await, 1, "in bites");
        assert_eq!(sweep(&db, &origin, Past::CasesDismissed, "2025-06-01T00:00:00Z", 9).await, 1);
        assert_eq!(sweep(&db, &origin, Past::CasesUpheld, "2025-06-01T00:00:00Z", 9).await, 1);
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        for n in 71..=73 {
            assert!(cases::get(&mut tx, origin.org, CaseId(id(n))).await.expect("read").is_none());
            assert!(cases::entries(&mut tx, origin.org, CaseId(id(n))).await.expect("read").is_empty());
        }
        assert_eq!(cases::get(&mut tx, origin.org, rests.id).await.expect("read"), Some(rests.clone()));
        tx.rollback().await.expect("ended");
        // The open one holds its ticket: who rang it up, its line and its head.
        let all = "2020-01-01T00:00:00Z";
        assert_eq!(sweep(&db, &origin, Past::Operators, all, 9).await, 1);
        assert_eq!(sweep(&db, &origin, Past::Lines, all, 9).await, 1);
        assert_eq!(sweep(&db, &origin, Past::Receipts, all, 9).await, 1);
        let left = heads().await;
        assert_eq!(left.iter().map(|head| (head.id, head.operator.clone())).collect::<Vec<_>>(), [(first.id, first.operator.clone())]);
        assert!(first.operator.is_some() && second.id != first.id);
    }
}
