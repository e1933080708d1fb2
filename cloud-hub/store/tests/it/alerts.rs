//! What arrives is looked at once; rules, incidents and cases are what their revisions, events and entries say.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::alert::Severity;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::{DeviceId, UserId};
use vyavs_rules::Actor;
use vyavs_rules::case::{self, CaseId, Kind};
use vyavs_rules::incident::{Command, IncidentId, Occurrence, Policy, apply, fold};
use vyavs_rules::rule::{Observation, Rule, RuleId, Subject, Watch};
use vyavs_store::arrivals::{self, Detail};
use vyavs_store::cases::{self, CaseFilter};
use vyavs_store::events::EventRow;
use vyavs_store::incidents::{self, IncidentFilter};
use vyavs_store::rules::{self, Backtested};
use vyavs_store::{Db, Origin, Within, both_engines, events, watches};

use crate::given::{at, id, shop};

fn drawer(n: u64, when: &str) -> EventRow {
    let terminal = "till-1".parse().expect("a till");
    EventRow {
        seq: n,
        event: TillEvent { terminal, at: at(when), kind: TillEventKind::NoSale { id: Some(n.to_string()) } },
    }
}

fn rule(n: u128, name: &str, condition: &serde_json::Value) -> Rule {
    let body = json!({"id": id(n), "name": name, "condition": condition, "severity": "warning", "cause": "{subject}"});
    Rule::try_from(body).expect("a rule")
}

fn quiet() -> serde_json::Value {
    json!({"kind": "absence", "measure": "heard", "for": "PT20M"})
}

fn fired(origin: &Origin, key: &str, severity: Severity, when: &str) -> Occurrence {
    Occurrence {
        key: key.to_owned(),
        rule: Some(RuleId(id(50))),
        store: origin.store,
        subject: "fridge-1.air".to_owned(),
        severity,
        title: "Fridge too warm".to_owned(),
        cause: "100% sure_ly 9.5 °C".to_owned(),
        tags: Default::default(),
        seen_at: at(when),
    }
}

/// Opens an incident at `when` and records it.
async fn open(db: &Db, origin: &Origin, n: u128, severity: Severity, when: &str) -> vyavs_rules::incident::Incident {
    let folded =
        fold(None, fired(origin, &format!("key-{n}"), severity, when), IncidentId(id(n)), at(when), &Policy::default());
    let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
    let recorded = incidents::record(&mut tx, origin.org, &folded.incident, &folded.events, &Policy::default()).await;
    assert!(recorded.expect("recorded"));
    // The same again opens nothing.
    let again = incidents::record(&mut tx, origin.org, &folded.incident, &folded.events, &Policy::default()).await;
    assert!(!again.expect("refused"));
    tx.commit().await.expect("a commit");
    folded.incident
}

both_engines! {
    async fn what_arrives_waits_until_it_was_looked_at_and_history_does_not(db: Db) {
        let origin = shop(&db, 1).await;
        let (early, late) = (drawer(1, "2026-02-03T10:00:00Z"), drawer(2, "2026-02-03T11:00:00Z"));
        let mut tx = db.begin_write().await.expect("a transaction");
        events::insert(&mut tx, &origin, &[late.clone(), early.clone()]).await.expect("stored");
        events::insert(&mut tx, &origin, &[late]).await.expect("known");
        events::insert(&mut tx, &Origin { epoch: 0, ..origin }, &[drawer(3, "2026-02-03T11:30:00Z")]).await.expect("imported");
        tx.commit().await.expect("a commit");
        assert_eq!(arrivals::waiting(&mut db.begin_read_hub().await.expect("read")).await.expect("who"), [origin.org]);
        let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
        let waits = arrivals::oldest(&mut tx, origin.org, 9).await.expect("read");
        assert_eq!(waits.len(), 1, "{waits:?}");
        assert_eq!((waits[0].store, waits[0].device), (origin.store, origin.device));
        let stretch = (early.event.at, at("2026-02-03T11:00:00Z"));
        assert_eq!(waits[0].detail, Detail { events: Some(stretch), ..Detail::default() });
        let rest = Detail { events: Some((stretch.1, stretch.1)), ..Detail::default() };
        arrivals::left(&mut tx, origin.org, waits[0].n, &rest).await.expect("noted");
        assert_eq!(arrivals::oldest(&mut tx, origin.org, 9).await.expect("read")[0].detail, rest);
        arrivals::done(&mut tx, origin.org, waits[0].n).await.expect("noted");
        tx.commit().await.expect("a commit");
        assert!(arrivals::waiting(&mut db.begin_read_hub().await.expect("read")).await.expect("who").is_empty());
    }

    async fn a_rule_runs_as_it_was_activated_whatever_is_drafted(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let first = rule(50, "First", &quiet());
        let person = Actor::Person(UserId(id(9)));
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        rules::insert(&mut tx, mine.org, &first, false, person, at("2026-02-03T10:00:00Z")).await.expect("added");
        assert!(rules::active(&mut tx, mine.org).await.expect("read").0.is_empty());
        let row = rules::get(&mut tx, mine.org, first.id).await.expect("read").expect("there");
        assert_eq!((row.latest, row.active, row.version, row.author, &row.rule), (1, None, 1, person, &first));
        let found = Backtested { job: id(70), found: json!({"fired": 3}), at: at("2026-02-03T10:05:00Z") };
        assert!(rules::backtested(&mut tx, mine.org, (first.id, 1), &found).await.expect("noted"));
        assert!(!rules::backtested(&mut tx, mine.org, (first.id, 2), &found).await.expect("no such revision"));
        assert!(rules::activate(&mut tx, mine.org, &row, Some(1), row.created_at).await.expect("runs"));
        assert!(!rules::activate(&mut tx, mine.org, &row, None, row.created_at).await.expect("stale"));
        let row = rules::get(&mut tx, mine.org, first.id).await.expect("read").expect("there");
        assert_eq!(row.backtest, Some(found));
        let second = Rule { name: "Second".to_owned(), ..first.clone() };
        assert!(rules::change(&mut tx, mine.org, &row, &second, person, row.created_at).await.expect("changed"));
        let row = rules::get(&mut tx, mine.org, first.id).await.expect("read").expect("there");
        assert_eq!((row.latest, row.active, row.version, &row.backtest, row.rule.name.as_str()), (2, Some(1), 3, &None, "Second"));
        assert_eq!(rules::active(&mut tx, mine.org).await.expect("read").0, std::slice::from_ref(&first));
        assert_eq!(rules::revision(&mut tx, mine.org, first.id, 1).await.expect("read"), Some(first.clone()));
        tx.commit().await.expect("a commit");
        for hub in [false, true] {
            let tx = if hub { db.begin_read_hub().await } else { db.begin_read(theirs.org).await };
            let mut tx = tx.expect("a transaction");
            assert_eq!(rules::get(&mut tx, theirs.org, first.id).await.expect("read"), None);
            assert_eq!(rules::revision(&mut tx, theirs.org, first.id, 1).await.expect("read"), None);
            assert!(rules::list(&mut tx, theirs.org).await.expect("read").is_empty());
        }
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        assert!(rules::delete(&mut tx, mine.org, &row, row.created_at).await.expect("gone"));
        assert_eq!(rules::get(&mut tx, mine.org, first.id).await.expect("read"), None);
        assert!(rules::active(&mut tx, mine.org).await.expect("read").0.is_empty());
    }

    async fn a_watch_comes_back_as_it_was_and_is_due_when_it_says(db: Db) {
        let origin = shop(&db, 1).await;
        let silent = rule(50, "Silent", &quiet());
        let subject = Subject { store: origin.store, name: "box".to_owned() };
        let seen = Observation {
            at: at("2026-02-03T10:00:00Z"), seq: 0, subject: subject.clone(), traits: Default::default(),
            measure: "heard".to_owned(), value: 1.0,
        };
        let (mut watch, mut none) = (Watch::new(&silent, subject.clone(), Default::default()), Vec::new());
        watch.observe(&silent, &seen, seen.at, &mut none);
        let own = DeviceId(Uuid::nil());
        let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
        assert_eq!(watches::hold(&mut tx, origin.org).await.expect("held"), None, "new");
        assert_eq!(watches::hold(&mut tx, origin.org).await.expect("held"), Some(None));
        watches::swept(&mut tx, origin.org, seen.at).await.expect("noted");
        rules::insert(&mut tx, origin.org, &silent, true, Actor::Hub, seen.at).await.expect("added");
        watches::keep(&mut tx, origin.org, &silent, &watch, own).await.expect("kept");
        tx.commit().await.expect("a commit");
        let moved = async |now: Timestamp| {
            let mut tx = db.begin_read_hub().await.expect("a transaction");
            watches::moved_by_time(&mut tx, now, seen.at - SignedDuration::from_secs(1)).await.expect("who")
        };
        assert!(moved(at("2026-02-03T10:19:59Z")).await.is_empty());
        assert_eq!(moved(at("2026-02-03T10:20:00Z")).await, [origin.org]);
        let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
        assert_eq!(watches::hold(&mut tx, origin.org).await.expect("held"), Some(Some(seen.at)));
        assert_eq!(watches::of(&mut tx, origin.org, &subject).await.expect("read"), [(silent.id, watch.clone())]);
        let due = at("2026-02-03T10:20:00Z");
        assert_eq!(watches::due_devices(&mut tx, origin.org, due).await.expect("read"), [own]);
        let mut found = watches::due(&mut tx, origin.org, own, due, 9).await.expect("read");
        let (_, mut woken) = found.pop().expect("due");
        let mut changes = Vec::new();
        woken.tick(&silent, due, &mut changes);
        assert_eq!(changes.len(), 1);
        watches::keep(&mut tx, origin.org, &silent, &woken, own).await.expect("kept");
        assert!(watches::due_devices(&mut tx, origin.org, Timestamp::MAX).await.expect("read").is_empty(), "it fires");
        assert_eq!(watches::forget(&mut tx, origin.org, silent.id).await.expect("forgotten"), [woken]);
        assert!(watches::of(&mut tx, origin.org, &subject).await.expect("read").is_empty());
    }

    async fn an_incident_is_found_by_all_that_is_known_of_it(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let first = open(&db, &mine, 101, Severity::Critical, "2026-02-03T10:00:00Z").await;
        open(&db, &mine, 102, Severity::Info, "2026-02-03T11:00:00Z").await;
        open(&db, &theirs, 103, Severity::Critical, "2026-02-03T11:00:00Z").await;
        let who = UserId(id(9));
        let now = at("2026-02-03T12:00:00Z");
        let policy = Policy::default();
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        let held = incidents::latest(&mut tx, mine.org, "key-101").await.expect("read").expect("there");
        assert_eq!((&held.incident, held.opened_at), (&first, at("2026-02-03T10:00:00Z")));
        let until = at("2026-02-03T13:00:00Z");
        let mut incident = held.incident;
        for command in [Command::Assign { to: Some(who) }, Command::Vote { useful: true }, Command::Snooze { until }] {
            let (after, event) = apply(&incident, command, Actor::Person(who), now, &policy).expect("allowed");
            assert!(incidents::record(&mut tx, mine.org, &after, &[event], &policy).await.expect("recorded"));
            incident = after;
        }
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(mine.org).await.expect("a transaction");
        let tx = &mut tx;
        assert_eq!(incidents::due(tx, mine.org, until - SignedDuration::from_secs(1), 9).await.expect("read"), []);
        assert_eq!(incidents::due(tx, mine.org, until, 9).await.expect("read"), [first.id]);
        let all = incidents::events(tx, mine.org, first.id, 0, 9).await.expect("read");
        assert_eq!(vyavs_rules::incident::replay(&all).expect("whole"), incident);
        assert_eq!(incidents::events(tx, mine.org, first.id, 3, 9).await.expect("read").len(), 1);
        assert_eq!(rules::votes(tx, mine.org).await.expect("read"), [(RuleId(id(50)), 1, 0)]);
        let none = IncidentFilter::default;
        let text = |text: &str| IncidentFilter { text: Some(text.to_owned()), ..none() };
        for (filter, found) in [
            (none(), &[102, 101][..]),
            (IncidentFilter { within: Within::one(mine.store), ..none() }, &[102, 101]),
            (IncidentFilter { within: Within::one(theirs.store), ..none() }, &[]),
            (IncidentFilter { within: Within { store: None, holder: Some(id(999)) }, ..none() }, &[]),
            (IncidentFilter { states: vec!["snoozed".to_owned()], ..none() }, &[101]),
            (IncidentFilter { states: vec!["open".to_owned(), "snoozed".to_owned()], ..none() }, &[102, 101]),
            (IncidentFilter { severities: vec!["info".to_owned()], ..none() }, &[102]),
            (IncidentFilter { assignee: Some(Some(who)), ..none() }, &[101]),
            (IncidentFilter { assignee: Some(None), ..none() }, &[102]),
            (IncidentFilter { rule: Some(id(51)), ..none() }, &[]),
            (IncidentFilter { since: Some(at("2026-02-03T10:00:01Z")), ..none() }, &[102]),
            (IncidentFilter { until: Some(at("2026-02-03T10:00:01Z")), ..none() }, &[101]),
            (text("FRIDGE-1"), &[102, 101]),
            (text("100% SURE_LY"), &[102, 101]),
            (text("100_"), &[]),
            (text("key-102"), &[102]),
        ] {
            let page = incidents::page(tx, mine.org, &filter, None, 9).await.expect("a page");
            let ids: Vec<_> = page.iter().map(|stored| stored.incident.id).collect();
            assert_eq!(ids, found.iter().map(|n| IncidentId(id(*n))).collect::<Vec<_>>(), "{filter:?}");
        }
        let counts = incidents::counts(tx, mine.org, &IncidentFilter { states: vec!["open".to_owned()], ..none() }).await;
        assert_eq!(counts.expect("counted"), [("open".to_owned(), 1), ("snoozed".to_owned(), 1)]);
        let first_page = incidents::page(tx, mine.org, &none(), None, 1).await.expect("a page");
        let after = Some((first_page[0].opened_at, first_page[0].incident.id));
        assert_eq!(incidents::page(tx, mine.org, &none(), after, 9).await.expect("a page")[0].incident.id, first.id);
        assert_eq!(incidents::get(tx, theirs.org, first.id).await.expect("read"), None);
        assert!(incidents::events(tx, theirs.org, first.id, 0, 9).await.expect("read").is_empty());
        assert_eq!(incidents::voted(tx, mine.org, id(50), 9).await.expect("read").len(), 1);
    }

    async fn a_case_is_kept_line_by_line(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let person = Actor::Person(UserId(id(9)));
        let now = at("2026-02-03T12:00:00Z");
        let (opened, first) = case::open(CaseId(id(60)), Kind::Loss, mine.store, "Till short".to_owned(), person, now).expect("opened");
        let comment = case::Command::Comment { text: "Counted \u{1f}twice, \"é\"".to_owned() };
        let (after, second) = case::apply(&opened, comment, person, now).expect("said");
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        for (case, entry, kept) in [(&opened, &first, true), (&opened, &first, false), (&after, &second, true), (&after, &second, false)] {
            assert_eq!(cases::record(&mut tx, mine.org, case, entry).await.expect("recorded"), kept);
        }
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(mine.org).await.expect("a transaction");
        assert_eq!(cases::get(&mut tx, mine.org, opened.id).await.expect("read"), Some(after.clone()));
        let entries = cases::entries(&mut tx, mine.org, opened.id).await.expect("read");
        assert_eq!(case::replay(&entries).expect("whole"), after);
        let page = async |filter: CaseFilter| {
            let mut tx = db.begin_read(mine.org).await.expect("a transaction");
            cases::page(&mut tx, mine.org, &filter, None, 9).await.expect("a page").len()
        };
        let none = CaseFilter::default;
        assert_eq!(page(none()).await, 1);
        assert_eq!(page(CaseFilter { state: Some("open".to_owned()), kind: Some("loss".to_owned()), ..none() }).await, 1);
        assert_eq!(page(CaseFilter { kind: Some("fraud".to_owned()), ..none() }).await, 0);
        assert_eq!(page(CaseFilter { assignee: Some(UserId(id(9))), ..none() }).await, 0);
        assert_eq!(page(CaseFilter { within: Within::one(theirs.store), ..none() }).await, 0);
        assert_eq!(cases::get(&mut tx, theirs.org, opened.id).await.expect("read"), None);
        assert!(cases::entries(&mut tx, theirs.org, opened.id).await.expect("read").is_empty());
    }
}
