//! Personal data: every column is classed, an erasure reaches all of it, and what is past goes and nothing else.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};
use vyavs_domain::reading::{Quality, Reading};
use vyavs_store::clocks::{self, Mark};
use vyavs_store::customers::{self, Customer};
use vyavs_store::losses::{self, DeadLetter};
use vyavs_store::privacy::register::{self, Class, TABLES};
use vyavs_store::privacy::requests::{self, Request};
use vyavs_store::privacy::retention::{self, Past, Settings};
use vyavs_store::privacy::subject;
use vyavs_store::readings::{self, ReadingRow};
use vyavs_store::{Db, StoreError, audit, both_engines, reach, receipts, sales, series, testing, users};

use crate::given::{CUSTOMER, OTHER, at, id, line, person, receipt, rows, shop};
use crate::sales::ingest;

const NOW: &str = "2026-02-03T12:00:00Z";

#[test]
fn every_column_of_every_table_is_classed_and_each_once() {
    testing::on_sqlite(|db| async move {
        let Db::Sqlite { reader, .. } = &db else { panic!("not SQLite") };
        let found: Vec<(String, String)> = sqlx::query_as(
            "select m.name, c.name from sqlite_schema m, pragma_table_info(m.name) c where m.type = 'table'
                and m.name not like 'sqlite_%' and m.name not like '\\_sqlx%' escape '\\'
                and m.name not like 'product\\_fts%' escape '\\'",
        )
        .fetch_all(reader)
        .await
        .expect("a schema");
        let found: BTreeSet<_> = found.iter().map(|(table, column)| (table.as_str(), column.as_str())).collect();
        let classed: Vec<_> =
            TABLES.iter().flat_map(|table| table.columns().map(move |(name, _)| (table.name, name))).collect();
        let distinct: BTreeSet<_> = classed.iter().copied().collect();
        assert_eq!(distinct.len(), classed.len(), "a column is classed twice");
        let missing: Vec<_> = found.difference(&distinct).collect();
        assert!(missing.is_empty(), "class these in privacy/register/tables.rs: {missing:?}");
        let gone: Vec<_> = distinct.difference(&found).collect();
        assert!(gone.is_empty(), "these are classed and not there: {gone:?}");
        for table in TABLES {
            let columns: Vec<_> = table.columns().collect();
            let named = |name: &str| columns.iter().any(|(column, _)| *column == name);
            assert!(table.tenant.is_empty() || named(table.tenant), "{}: no tenant {}", table.name, table.tenant);
            assert!(table.people.iter().all(|link| named(link.column)), "{}: a link to nowhere", table.name);
            let says_nothing = columns.iter().all(|(_, class)| *class == Class::Plain);
            assert!(says_nothing || !table.purpose.is_empty(), "{}: say what its personal data is for", table.name);
        }
    });
}

#[test]
fn the_register_in_the_documents_is_the_one_that_is_followed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/privacy.md");
    let text = std::fs::read_to_string(path).expect("docs/privacy.md");
    let (begin, end) = ("<!-- register -->\n", "<!-- /register -->");
    let (head, rest) = text.split_once(begin).expect("a beginning");
    let (shown, tail) = rest.split_once(end).expect("an end");
    let wanted = register::markdown();
    if std::env::var_os("VYAVS_UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{head}{begin}{wanted}{end}{tail}")).expect("written");
        return;
    }
    assert_eq!(shown, wanted, "run the test once with VYAVS_UPDATE_DOCS=1");
}

fn letter(raw: &str) -> DeadLetter {
    DeadLetter { epoch: None, stream: None, range: None, reason: "garbage".to_owned(), raw: raw.into() }
}

both_engines! {
    async fn a_number_as_the_till_knows_it_is_never_stored(db: Db) {
        let origin = shop(&db, 1).await;
        let mut named = receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)]);
        named.customer = Some("17850".to_owned());
        let mut tx = db.begin_write().await.expect("a transaction");
        let refused = sales::insert_heads(&mut tx, &origin, &[rows(&named, 1).0]).await;
        let Err(StoreError::Unstorable(why)) = refused else { panic!("{refused:?}") };
        assert!(!why.to_string().contains("17850"), "{why}");
    }

    async fn a_customer_is_taken_off_receipts_and_lines_and_nothing_else_moves(db: Db) {
        let (origin, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let ticket = |number: &str| receipt(number, "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100), line(2, "B", "2", "1.00", 200)]);
        let mut other = ticket("3");
        other.customer = Some(OTHER.to_owned());
        ingest(&db, &origin, &[ticket("1"), ticket("2"), other]).await;
        ingest(&db, &theirs, &[ticket("1")]).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(customers::count_receipts(&mut tx, origin.org, CUSTOMER).await.expect("a count"), 2);
        assert_eq!(customers::on_receipts(&mut tx, origin.org, "", 9).await.expect("a list"), [CUSTOMER, OTHER]);
        let before = customers::receipts_of(&mut tx, origin.org, CUSTOMER, origin.received_at - SignedDuration::from_secs(1), 9).await;
        assert!(before.expect("a list").is_empty(), "they came later");
        for id in customers::receipts_of(&mut tx, origin.org, CUSTOMER, origin.received_at, 9).await.expect("a list") {
            assert_eq!(customers::rename(&mut tx, origin.org, id, None).await.expect("done"), 3, "head and two lines");
            let detail = receipts::get(&mut tx, origin.org, id).await.expect("read").expect("it stays");
            assert_eq!((detail.customer, detail.lines.len()), (None, 2));
        }
        let lines = audit::lines(&mut tx, origin.store).await.expect("lines");
        let left: Vec<_> = lines.iter().filter_map(|line| line.customer.as_deref()).collect();
        assert_eq!((lines.len(), left), (6, vec![OTHER, OTHER]));
        assert_eq!(customers::count_receipts(&mut tx, theirs.org, CUSTOMER).await.expect("a count"), 1, "another tenant's");
        assert_eq!(customers::named(&mut tx, uuid::Uuid::nil(), 9).await.expect("a list").len(), 2);
    }

    async fn a_record_stands_until_it_is_removed_and_not_if_it_is_younger(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await.org, shop(&db, 2).await.org);
        let now = at(NOW);
        let record = Customer { id: CUSTOMER.to_owned(), name: Some(vec![1, 2]), email: None, phone: Some(vec![3]), created_at: now, updated_at: now };
        let mut tx = db.begin_write_for(mine).await.expect("a transaction");
        customers::put(&mut tx, mine, &record).await.expect("put");
        let later = now + SignedDuration::from_secs(5);
        let changed = Customer { name: None, updated_at: later, ..record.clone() };
        customers::put(&mut tx, mine, &changed).await.expect("put");
        assert_eq!(customers::get(&mut tx, mine, CUSTOMER).await.expect("read"), Some(changed));
        assert_eq!(customers::get(&mut tx, theirs, CUSTOMER).await.expect("read"), None);
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(customers::ids(&mut tx, mine, "", 9).await.expect("a list"), [CUSTOMER]);
        assert!(customers::ids(&mut tx, theirs, "", 9).await.expect("a list").is_empty());
        assert!(!customers::remove(&mut tx, mine, CUSTOMER, now - SignedDuration::from_secs(1)).await.expect("done"));
        assert!(customers::remove(&mut tx, mine, CUSTOMER, now).await.expect("done"));
        assert_eq!(customers::get(&mut tx, mine, CUSTOMER).await.expect("read"), None);
    }

    async fn a_person_is_erased_everywhere_and_what_must_stay_names_nobody(db: Db) {
        let origin = shop(&db, 1).await;
        let org = origin.org;
        let mut tx = db.begin_write().await.expect("a transaction");
        let (gone, stays) = (person(&mut tx, org, 7).await, person(&mut tx, org, 8).await);
        for user in [gone, stays] {
            reach::set(&mut tx, org, user.0, &BTreeSet::from([origin.store])).await.expect("a reach");
        }
        let mut documents = Vec::new();
        for belongings in subject::of_person() {
            let found = belongings.of_person(&mut tx, org, gone, (0, 10)).await.expect("rows");
            assert_eq!(found.len() as u64, belongings.count(&mut tx, org, gone).await.expect("a count"));
            documents.extend(found.into_iter().map(|row| (belongings.table.name, row)));
        }
        let names: Vec<_> = documents.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["reach", "users"]);
        assert_eq!(documents[1].1["email"], "person7@shop.example");
        assert_eq!(documents[1].1.get("password_hash"), None, "what lets somebody in is given to nobody");
        assert!(subject::erase_person(&mut tx, org, gone, at(NOW)).await.expect("erased") >= 2);
        let user = users::get(&mut tx, org, gone).await.expect("read").expect("the id stays");
        assert_eq!((user.name.as_str(), user.password_hash.as_str(), user.disabled_at), ("Erased person", "", Some(at(NOW))));
        assert!(!user.email.contains("person7"), "{}", user.email);
        assert!(reach::stores(&mut tx, org, gone.0).await.expect("read").is_empty());
        let other = users::get(&mut tx, org, stays).await.expect("read").expect("there");
        assert_eq!((other.email.as_str(), other.disabled_at), ("person8@shop.example", None));
        assert_eq!(reach::stores(&mut tx, org, stays.0).await.expect("read").len(), 1);
        // A customer's rows as documents, and nothing of another organization.
        tx.commit().await.expect("a commit");
        ingest(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)])]).await;
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        let mut found = Vec::new();
        for belongings in subject::of_customer() {
            let rows = belongings.of_customer(&mut tx, org, CUSTOMER, (0, 10)).await.expect("rows");
            found.extend(rows.iter().map(|row| (belongings.table.name, row["customer_id"].clone())));
            assert!(belongings.of_customer(&mut tx, vyavs_domain::ids::OrgId(id(99)), CUSTOMER, (0, 9)).await.expect("rows").is_empty());
        }
        assert_eq!(found, [("receipts", Value::from(CUSTOMER)), ("transactions", Value::from(CUSTOMER))]);
    }

    async fn what_nobody_can_search_is_emptied_up_to_a_moment(db: Db) {
        let origin = shop(&db, 1).await;
        let later = vyavs_store::Origin { received_at: origin.received_at + SignedDuration::from_secs(60), ..origin };
        let mut tx = db.begin_write().await.expect("a transaction");
        losses::bury(&mut tx, &origin, &letter("Customer: 17850")).await.expect("buried");
        losses::bury(&mut tx, &later, &letter("Customer: 17851")).await.expect("buried");
        assert_eq!(subject::empty_unread(&mut tx, origin.org, origin.received_at).await.expect("done"), 1);
        assert_eq!(subject::empty_unread(&mut tx, origin.org, origin.received_at).await.expect("done"), 0, "once");
        let raw: Vec<_> = losses::dead(&mut tx, origin.org, origin.store, 9).await.expect("letters").into_iter().map(|(_, _, letter)| letter.raw).collect();
        assert_eq!(raw, [b"Customer: 17851".to_vec(), Vec::new()]);
    }

    async fn a_request_is_kept_confirmed_once_and_forgets_who_was_erased(db: Db) {
        let (org, other) = (shop(&db, 1).await.org, shop(&db, 2).await.org);
        let request = |n: u128, created: &str| Request {
            id: id(n), org, kind: "erasure".to_owned(), about: "customer".to_owned(), subject: CUSTOMER.to_owned(),
            pseudonyms: vec![OTHER.to_owned(), CUSTOMER.to_owned()], reason: "request".to_owned(), state: "preview".to_owned(),
            asked_by: id(5), created_at: at(created), due_at: at("2026-03-01T00:00:00Z"), ended_at: None, job: None,
            preview: Some(json!({"rows": []})), result: None,
        };
        let (one, two) = (request(1, "2026-02-01T00:00:00Z"), request(2, "2026-02-02T00:00:00Z"));
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        for request in [&one, &two] {
            requests::insert(&mut tx, request).await.expect("kept");
        }
        assert_eq!(requests::get(&mut tx, org, one.id).await.expect("read"), Some(one.clone()));
        assert_eq!(requests::get(&mut tx, other, one.id).await.expect("read"), None);
        let page = requests::page(&mut tx, org, None, 1).await.expect("a page");
        assert_eq!(page, std::slice::from_ref(&two));
        assert_eq!(requests::page(&mut tx, org, Some((two.created_at, two.id)), 9).await.expect("a page"), std::slice::from_ref(&one));
        assert!(requests::confirm(&mut tx, org, one.id, id(9)).await.expect("done"));
        assert!(!requests::confirm(&mut tx, org, one.id, id(9)).await.expect("done"), "once");
        requests::done(&mut tx, org, one.id, &json!({"rows": 3}), at(NOW)).await.expect("done");
        assert_eq!(requests::forget(&mut tx, org, "customer", CUSTOMER).await.expect("done"), 2, "every request about it");
        let after = requests::get(&mut tx, org, one.id).await.expect("read").expect("the proof stays");
        assert_eq!((after.subject.as_str(), after.pseudonyms.len(), after.state.as_str(), after.result), ("", 0, "done", Some(json!({"rows": 3}))));
    }

    async fn settings_are_changed_by_who_read_them_last(db: Db) {
        let org = shop(&db, 1).await.org;
        let set = |version, period: &str| Settings {
            country: "DE".to_owned(), timezone: "Europe/Berlin".to_owned(), version,
            periods: [("sessions".to_owned(), period.to_owned())].into(),
        };
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        assert_eq!(retention::settings(&mut tx, org).await.expect("read"), None);
        assert!(retention::put(&mut tx, org, &set(0, "30 days"), at(NOW)).await.expect("put"));
        assert!(!retention::put(&mut tx, org, &set(0, "31 days"), at(NOW)).await.expect("put"), "somebody was first");
        assert!(retention::put(&mut tx, org, &set(1, "60 days"), at(NOW)).await.expect("put"));
        assert_eq!(retention::settings(&mut tx, org).await.expect("read"), Some(set(2, "60 days")));
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write().await.expect("a transaction");
        let (first, second) = (at(NOW), at("2026-02-04T12:00:00Z"));
        for (run, removed) in [(first, 5), (first, 2), (second, 1)] {
            retention::note(&mut tx, org, "sessions", (run, at("2026-01-01T00:00:00Z")), removed).await.expect("noted");
        }
        let ran = retention::ran(&mut tx, org).await.expect("read");
        assert_eq!(ran.iter().map(|ran| (ran.at, ran.removed, ran.total)).collect::<Vec<_>>(), [(second, 1, 8)]);
    }

    async fn what_is_past_goes_in_bites_and_nothing_younger_or_of_others(db: Db) {
        let (origin, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let old = |number: &str| receipt(number, "2015-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100), line(2, "B", "1", "1.00", 100)]);
        let young = receipt("9", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)]);
        ingest(&db, &origin, &[old("1"), old("2"), young]).await;
        // One month is shared with another organization, one is not.
        ingest(&db, &theirs, &[receipt("1", "2015-03-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)])]).await;
        ingest(&db, &origin, &[receipt("3", "2015-03-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)])]).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        let reading = |seq: u64, at| ReadingRow { seq, reading: Reading { sensor: "a".parse().expect("a name"), at, value: 1.0, quality: Quality::Good } };
        readings::insert(&mut tx, &origin, &[reading(1, at("2025-10-01T00:00:00Z")), reading(2, at(NOW))]).await.expect("readings");
        let mark = |received: &str| Mark { boot: id(1), mono_ms: at(received).as_millisecond().unsigned_abs(), wall_us: 0, clock: 0, received_us: at(received).as_microsecond(), hello: true, ahead_us: 0 };
        for received in ["2025-10-01T00:00:00Z", NOW] {
            clocks::keep(&mut tx, &origin, &mark(received)).await.expect("kept");
        }
        tx.commit().await.expect("a commit");
        let (org, cutoff) = (origin.org, at("2016-01-01T00:00:00Z"));
        let sweep = async |past, cutoff, limit| {
            let mut tx = db.begin_write().await.expect("a transaction");
            let gone = retention::drop_past(&mut tx, org, past, cutoff, limit).await.expect("dropped");
            tx.commit().await.expect("a commit");
            gone
        };
        // PostgreSQL takes February 2015 as a whole; March is shared, so its line goes by itself.
        let mut bites = Vec::new();
        loop {
            match sweep(Past::Lines, cutoff, 2).await {
                0 => break,
                gone => bites.push(gone),
            }
        }
        assert_eq!(bites.iter().sum::<u64>(), 5, "{bites:?}");
        assert_eq!(sweep(Past::Receipts, cutoff, 9).await, 3);
        assert_eq!(sweep(Past::Operators, at(NOW), 9).await, 1);
        assert_eq!(sweep(Past::Operators, at(NOW), 9).await, 0);
        assert_eq!(sweep(Past::Readings, at("2026-01-01T00:00:00Z"), 9).await, 0, "nothing holds it yet");
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(series::roll_up(&mut tx, at("2026-01-01T00:00:00Z"), 9).await.expect("rolled up"), 1);
        tx.commit().await.expect("a commit");
        assert_eq!(sweep(Past::Readings, at("2026-01-01T00:00:00Z"), 9).await, 1);
        assert_eq!(sweep(Past::ClockMarks, at("2026-01-01T00:00:00Z"), 9).await, 1);
        for past in [Past::Thinned, Past::SignIns, Past::DeadLetters] {
            assert_eq!(sweep(past, at(NOW), 9).await, 0, "{past:?}");
        }
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        let numbers = |lines: Vec<audit::LineAudit>| lines.into_iter().map(|line| line.number).collect::<Vec<_>>();
        assert_eq!(numbers(audit::lines(&mut tx, origin.store).await.expect("lines")), ["9"]);
        assert_eq!(numbers(audit::lines(&mut tx, theirs.store).await.expect("lines")), ["1"]);
        let head = &audit::heads(&mut tx, origin.store).await.expect("heads")[0];
        assert_eq!((head.number.as_str(), head.operator.as_deref()), ("9", None));
        tx.rollback().await.expect("ended");
        // What is late for a month that went is stored all the same.
        ingest(&db, &origin, &[old("late")]).await;
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        assert_eq!(audit::lines(&mut tx, origin.store).await.expect("lines").len(), 3);
    }
}
