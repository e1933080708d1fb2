//! Mail, links, webhooks and notifications: outboxes that lose nothing and show nothing to others.

use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_store::links::{self, LinkRow};
use vyavs_store::mails::{self, Mail, State};
use vyavs_store::notifications::{self, Notification};
use vyavs_store::privacy::retention::{self, Past};
use vyavs_store::webhooks::deliveries::{self, Attempt, Event, Next, event_id};
use vyavs_store::webhooks::{self, Endpoint};
use vyavs_store::{Db, both_engines};

use crate::given::{at, id, person, shop};

const NOW: &str = "2026-02-03T12:00:00Z";

fn mail(org: OrgId, n: u128) -> Mail {
    Mail {
        id: id(n),
        org,
        user: None,
        kind: "invitation".to_owned(),
        recipient: "ana@shop.example".to_owned(),
        subject: "Welcome".to_owned(),
        body: Some(vec![1, 2, 3]),
        state: State::Waiting,
        attempts: 0,
        next_at: at(NOW),
        created_at: at(NOW),
        good_until: Some(at("2026-02-10T12:00:00Z")),
        ended_at: None,
        error: None,
        filed_at: None,
    }
}

pub(crate) fn endpoint(org: OrgId, n: u128, events: &[&str]) -> Endpoint {
    Endpoint {
        id: id(n),
        org,
        name: format!("Endpoint {n}"),
        url: "https://example.com/hook".to_owned(),
        events: events.iter().map(|kind| (*kind).to_owned()).collect(),
        secret: vec![7; 40],
        old_secret: None,
        enabled: true,
        off_reason: None,
        failures: 0,
        paused_until: None,
        version: 1,
        created_by: id(900),
        created_at: at(NOW),
    }
}

fn event(kind: &str, n: u128) -> Event {
    Event { id: event_id(kind, id(n)), kind: kind.to_owned(), store: None, at: at(NOW), data: json!({"n": 1}) }
}

fn lease(n: u128) -> Uuid {
    id(0x1ea5e + n)
}

fn attempt(number: i64) -> Attempt {
    Attempt { number, at: at(NOW), took_ms: 5, status: Some(500), error: Some("no".to_owned()), head: None }
}

both_engines! {
    async fn a_mail_waits_is_held_by_one_and_is_wiped_when_sent(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let (now, later) = (at(NOW), at("2026-02-03T12:01:00Z"));
        let mut tx = db.begin_write().await.expect("a transaction");
        assert!(mails::insert(&mut tx, &mail(mine.org, 1)).await.expect("stored"));
        assert!(!mails::insert(&mut tx, &mail(mine.org, 1)).await.expect("asked"), "the same mail is one");
        assert_eq!(mails::get(&mut tx, mine.org, id(1)).await.expect("asked"), Some(mail(mine.org, 1)));
        assert_eq!(mails::get(&mut tx, theirs.org, id(1)).await.expect("asked"), None);
        assert!(mails::page(&mut tx, theirs.org, None, None, 9).await.expect("asked").is_empty());
        let early = at("2026-02-03T11:59:59Z");
        assert_eq!(mails::claim(&mut tx, lease(1), early, later).await.expect("asked"), None, "it is not due");
        let held = mails::claim(&mut tx, lease(1), now, later).await.expect("asked").expect("it is due");
        assert_eq!((held.id, held.attempts), (id(1), 1));
        assert_eq!(mails::claim(&mut tx, lease(2), now, later).await.expect("asked"), None, "it is held");
        // Its sender died: another takes it, and the first one's word counts no more.
        let again = mails::claim(&mut tx, lease(2), later, later + SignedDuration::from_secs(60)).await.expect("asked");
        assert_eq!(again.map(|mail| mail.attempts), Some(2));
        assert!(!mails::sent(&mut tx, id(1), lease(1), later).await.expect("asked"));
        assert!(mails::failed(&mut tx, (id(1), lease(2)), "busy", Some(later), now).await.expect("asked"));
        let waits = mails::get(&mut tx, mine.org, id(1)).await.expect("asked").expect("there");
        assert_eq!((waits.state, waits.error.as_deref(), waits.next_at), (State::Waiting, Some("busy"), later));
        mails::claim(&mut tx, lease(3), later, later).await.expect("asked").expect("it is due");
        assert!(mails::failed(&mut tx, (id(1), lease(3)), "no such mailbox", None, later).await.expect("asked"));
        assert_eq!(mails::claim(&mut tx, lease(3), later, later).await.expect("asked"), None, "it was given up");
        assert!(!mails::retry(&mut tx, theirs.org, id(1), later).await.expect("asked"));
        assert!(mails::retry(&mut tx, mine.org, id(1), later).await.expect("asked"));
        mails::claim(&mut tx, lease(4), later, later).await.expect("asked").expect("it is due");
        assert!(mails::sent(&mut tx, id(1), lease(4), later).await.expect("asked"));
        let sent = mails::get(&mut tx, mine.org, id(1)).await.expect("asked").expect("there");
        assert_eq!((sent.state, sent.body, sent.ended_at), (State::Sent, None, Some(later)));
        assert!(!mails::retry(&mut tx, mine.org, id(1), later).await.expect("asked"), "it was sent");
        for n in 2..=4 {
            mails::insert(&mut tx, &mail(mine.org, n)).await.expect("stored");
        }
        let first = mails::page(&mut tx, mine.org, Some(State::Waiting), None, 2).await.expect("a page");
        let place = first.last().map(|mail| (mail.created_at, mail.id));
        let second = mails::page(&mut tx, mine.org, Some(State::Waiting), place, 2).await.expect("a page");
        let ids: Vec<_> = first.iter().chain(&second).map(|mail| mail.id).collect();
        assert_eq!(ids, [id(4), id(3), id(2)]);
        assert_eq!(mails::unfiled(&mut tx, 9).await.expect("asked").len(), 3);
        mails::filed(&mut tx, id(2), "no server", now).await.expect("noted");
        assert_eq!(mails::unfiled(&mut tx, 9).await.expect("asked").len(), 2);
        mails::wipe(&mut tx, later).await.expect("wiped");
        retention::drop_past(&mut tx, mine.org, Past::Notifications, later + SignedDuration::from_secs(1), 9).await.expect("dropped");
        assert_eq!(mails::get(&mut tx, mine.org, id(1)).await.expect("asked"), None, "it ended long ago");
        assert_eq!(mails::page(&mut tx, mine.org, None, None, 9).await.expect("a page").len(), 3, "what waits stays");
        tx.commit().await.expect("a commit");
    }

    async fn a_link_is_spent_once_and_withdrawn_by_a_newer_one(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let mut tx = db.begin_write().await.expect("a transaction");
        let user = person(&mut tx, mine.org, 900).await;
        let link = |n: u8, purpose: &str| LinkRow {
            digest: vec![n; 32], org: mine.org, user, purpose: purpose.to_owned(), state: vec![9; 32],
            expires_at: at("2026-02-10T12:00:00Z"), used_at: None,
        };
        for link in [link(1, "invitation"), link(2, "password_reset"), link(3, "invitation")] {
            links::insert(&mut tx, &link, at(NOW)).await.expect("stored");
        }
        assert_eq!(links::find(&mut tx, &[1; 32]).await.expect("asked"), Some(link(1, "invitation")));
        assert_eq!(links::find(&mut tx, &[4; 32]).await.expect("asked"), None);
        assert!(links::spend(&mut tx, &[1; 32], at(NOW)).await.expect("asked"));
        assert!(!links::spend(&mut tx, &[1; 32], at(NOW)).await.expect("asked"));
        assert_eq!(links::open(&mut tx, mine.org, "invitation").await.expect("asked"), [(user, at("2026-02-10T12:00:00Z"))]);
        assert!(links::open(&mut tx, theirs.org, "invitation").await.expect("asked").is_empty());
        assert_eq!(links::withdraw(&mut tx, theirs.org, user, "invitation").await.expect("asked"), 0);
        assert_eq!(links::withdraw(&mut tx, mine.org, user, "invitation").await.expect("asked"), 1);
        assert!(links::find(&mut tx, &[1; 32]).await.expect("asked").is_some_and(|link| link.used_at.is_some()), "a used one says so");
        assert_eq!(links::tidy(&mut tx, at("2026-02-10T12:00:01Z")).await.expect("tidied"), 2);
        tx.commit().await.expect("a commit");
    }

    async fn an_event_goes_once_to_each_endpoint_that_wants_it_and_to_one_at_a_time(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let (now, later) = (at(NOW), at("2026-02-03T12:01:00Z"));
        let mut tx = db.begin_write().await.expect("a transaction");
        let off = Endpoint { enabled: false, ..endpoint(mine.org, 3, &[]) };
        for endpoint in [endpoint(mine.org, 1, &[]), endpoint(mine.org, 2, &["job.failed"]), off, endpoint(theirs.org, 4, &[])] {
            webhooks::insert(&mut tx, &endpoint).await.expect("stored");
        }
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        assert_eq!(deliveries::emit(&mut tx, mine.org, &event("job.finished", 1)).await.expect("told"), 1);
        assert_eq!(deliveries::emit(&mut tx, mine.org, &event("job.finished", 1)).await.expect("told"), 0, "told before");
        assert_eq!(deliveries::emit(&mut tx, mine.org, &event("job.failed", 1)).await.expect("told"), 2);
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write().await.expect("a transaction");
        let first = deliveries::claim(&mut tx, lease(1), now, later).await.expect("asked").expect("due");
        let second = deliveries::claim(&mut tx, lease(2), now, later).await.expect("asked").expect("due");
        assert_ne!(first.endpoint, second.endpoint, "one at a time");
        let ((one, of_one), (two, of_two)) = match first.endpoint == id(1) {
            true => ((first, lease(1)), (second, lease(2))),
            false => ((second, lease(2)), (first, lease(1))),
        };
        assert_eq!(deliveries::claim(&mut tx, lease(3), now, later).await.expect("asked"), None);
        let body: serde_json::Value = serde_json::from_str(&one.body).expect("JSON");
        assert_eq!((&body["type"], &body["data"], &body["organization_id"]), (&json!(one.kind), &json!({"n": 1}), &json!(mine.org)));
        // The first fails and is tried again, the other is taken.
        assert!(!deliveries::settle(&mut tx, &one, lease(9), &attempt(1), Next::Failed).await.expect("asked"), "not held");
        assert!(deliveries::settle(&mut tx, &one, of_one, &attempt(1), Next::Again(later)).await.expect("asked"));
        assert!(deliveries::settle(&mut tx, &two, of_two, &attempt(1), Next::Delivered).await.expect("asked"));
        webhooks::refused(&mut tx, mine.org, one.endpoint, Some(later)).await.expect("noted");
        assert_eq!(deliveries::claim(&mut tx, lease(3), now, later).await.expect("asked").map(|next| next.endpoint), None, "it rests");
        let much_later = later + SignedDuration::from_secs(60);
        let mut seen = Vec::new();
        while let Some(next) = deliveries::claim(&mut tx, lease(3), later, much_later).await.expect("asked") {
            assert!(deliveries::settle(&mut tx, &next, lease(3), &attempt(next.attempts), Next::Failed).await.expect("asked"));
            seen.push(next.id);
        }
        assert!(seen.contains(&one.id), "{seen:?}");
        webhooks::took(&mut tx, mine.org, one.endpoint).await.expect("noted");
        let stands = webhooks::get(&mut tx, mine.org, one.endpoint).await.expect("asked").expect("there");
        assert_eq!((stands.failures, stands.paused_until), (0, None));
        assert_eq!(deliveries::attempts(&mut tx, mine.org, one.id, 9).await.expect("asked").len(), 2);
        assert!(deliveries::attempts(&mut tx, theirs.org, one.id, 9).await.expect("asked").is_empty());
        assert!(!deliveries::replay(&mut tx, theirs.org, one.id, later).await.expect("asked"));
        assert!(deliveries::replay(&mut tx, mine.org, one.id, later).await.expect("asked"));
        assert!(!deliveries::replay(&mut tx, mine.org, one.id, later).await.expect("asked"), "it waits");
        let replayed = deliveries::get(&mut tx, mine.org, one.id).await.expect("asked").expect("there");
        assert_eq!((replayed.attempt, replayed.attempts, replayed.state), (0, 2, deliveries::State::Waiting));
        assert!(deliveries::page(&mut tx, (theirs.org, one.endpoint), None, None, 9).await.expect("asked").is_empty());
        let page = deliveries::page(&mut tx, (mine.org, one.endpoint), Some(deliveries::State::Waiting), None, 9).await.expect("a page");
        assert_eq!(page.iter().map(|row| row.id).collect::<Vec<_>>(), [one.id]);
        assert!(retention::drop_past(&mut tx, mine.org, Past::Notifications, much_later, 9).await.expect("dropped") >= 1);
        assert!(deliveries::get(&mut tx, mine.org, one.id).await.expect("asked").is_some(), "what waits stays");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        assert!(!webhooks::delete(&mut tx, mine.org, id(4)).await.expect("asked"), "theirs");
        assert!(webhooks::delete(&mut tx, mine.org, one.endpoint).await.expect("asked"));
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        assert_eq!(deliveries::get(&mut tx, mine.org, one.id).await.expect("asked"), None);
        assert_eq!(webhooks::list(&mut tx, theirs.org).await.expect("asked"), [endpoint(theirs.org, 4, &[])]);
    }

    async fn an_endpoint_is_changed_by_who_read_it_last_and_switched_off_once(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        let first = endpoint(mine.org, 1, &["job.failed"]);
        webhooks::insert(&mut tx, &first).await.expect("stored");
        assert_eq!(webhooks::get(&mut tx, theirs.org, id(1)).await.expect("asked"), None);
        assert!(!webhooks::change(&mut tx, &Endpoint { org: theirs.org, ..first.clone() }).await.expect("asked"));
        assert!(webhooks::change(&mut tx, &Endpoint { name: "Other".to_owned(), ..first.clone() }).await.expect("asked"));
        assert!(!webhooks::change(&mut tx, &first).await.expect("asked"), "it is version 2 by now");
        assert!(webhooks::set_secret(&mut tx, mine.org, id(1), vec![8; 40], at(NOW)).await.expect("asked"));
        assert!(webhooks::switch_off(&mut tx, mine.org, id(1), "gone").await.expect("asked"));
        assert!(!webhooks::switch_off(&mut tx, mine.org, id(1), "gone").await.expect("asked"));
        let row = webhooks::get(&mut tx, mine.org, id(1)).await.expect("asked").expect("there");
        assert_eq!((row.name.as_str(), row.enabled, row.off_reason.as_deref()), ("Other", false, Some("gone")));
        assert_eq!((row.secret, row.old_secret), (vec![8; 40], Some((vec![7; 40], at(NOW)))));
        tx.commit().await.expect("a commit");
    }

    async fn a_person_is_told_once_and_reads_the_own_notifications_only(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let mut tx = db.begin_write().await.expect("a transaction");
        let (ana, ben) = (person(&mut tx, mine.org, 900).await, person(&mut tx, mine.org, 901).await);
        let told = |n: u128, user: UserId| Notification {
            id: id(n), org: mine.org, user, kind: "job.finished".to_owned(), title: "Export ready".to_owned(),
            body: "x".to_owned(), link: Some("/jobs".to_owned()), store: Some(mine.store),
            at: at(NOW) + SignedDuration::from_secs(i64::try_from(n).expect("small")), read_at: None,
        };
        assert!(notifications::insert(&mut tx, &told(1, ana), true).await.expect("stored"));
        assert!(!notifications::insert(&mut tx, &told(1, ana), true).await.expect("asked"));
        for n in 2..=3 {
            notifications::insert(&mut tx, &told(n, ana), false).await.expect("stored");
        }
        notifications::insert(&mut tx, &told(4, ben), false).await.expect("stored");
        let unasked = Notification { read_at: Some(at(NOW)), ..told(5, ben) };
        notifications::insert(&mut tx, &unasked, false).await.expect("stored");
        let (now, tx) = (at("2026-02-03T13:00:00Z"), &mut tx);
        let first = notifications::page(tx, (mine.org, ana), false, None, 2).await.expect("a page");
        assert_eq!(first, [told(3, ana), told(2, ana)]);
        let rest = notifications::page(tx, (mine.org, ana), false, Some((first[1].at, first[1].id)), 2).await.expect("a page");
        assert_eq!(rest, [told(1, ana)]);
        assert_eq!(notifications::unread(tx, mine.org, ana).await.expect("asked"), 3);
        assert_eq!(notifications::unread(tx, theirs.org, ana).await.expect("asked"), 0);
        assert_eq!(notifications::read(tx, mine.org, ben, id(1), now).await.expect("asked"), None, "hers");
        let read = notifications::read(tx, mine.org, ana, id(1), now).await.expect("asked").expect("hers");
        assert_eq!(read.read_at, Some(now));
        let again = notifications::read(tx, mine.org, ana, id(1), now + SignedDuration::from_secs(9)).await.expect("asked");
        assert_eq!(again.and_then(|row| row.read_at), Some(now), "the first time stays");
        assert_eq!(notifications::page(tx, (mine.org, ana), true, None, 9).await.expect("a page").len(), 2);
        assert_eq!(notifications::read_all(tx, mine.org, ana, now).await.expect("read"), 2);
        assert_eq!(notifications::unread(tx, mine.org, ben).await.expect("asked"), 1);
        assert_eq!(notifications::to_mail(tx, 9).await.expect("asked").len(), 1);
        notifications::mailed(tx, id(1)).await.expect("noted");
        assert!(notifications::to_mail(tx, 9).await.expect("asked").is_empty());
        assert_eq!(notifications::preferences(tx, mine.org, ana).await.expect("asked"), None);
        for chosen in [json!({"a": 1}), json!({"b": 2})] {
            notifications::set_preferences(tx, mine.org, ana, &chosen).await.expect("kept");
            assert_eq!(notifications::preferences(tx, mine.org, ana).await.expect("asked"), Some(chosen));
        }
        assert_eq!(notifications::preferences(tx, theirs.org, ana).await.expect("asked"), None);
        assert_eq!(retention::drop_past(tx, mine.org, Past::Notifications, now, 9).await.expect("dropped"), 5);
    }
}

#[test]
fn two_hubs_on_one_server_take_different_mails() {
    vyavs_store::testing::on_postgres(|db: Db| async move {
        let mine = shop(&db, 1).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        for n in 1..=2 {
            mails::insert(&mut tx, &mail(mine.org, n)).await.expect("stored");
        }
        tx.commit().await.expect("a commit");
        let (now, later) = (at(NOW), at("2026-02-03T12:01:00Z"));
        let (mut one, mut two) =
            (db.begin_write().await.expect("a transaction"), db.begin_write().await.expect("a transaction"));
        let first = mails::claim(&mut one, lease(1), now, later).await.expect("asked").expect("due");
        let second = mails::claim(&mut two, lease(2), now, later).await.expect("asked").expect("due");
        assert_ne!(first.id, second.id);
    });
}
