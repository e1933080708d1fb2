//! Routes: who is told of an alert, when, and who next if nobody answers.

use hyper::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::alert::Severity;
use vyavs_domain::ids::UserId;
use vyavs_hub::ui::Ui;
use vyavs_rules::Actor;
use vyavs_rules::incident::{Command, Event, Incident, IncidentId, Occurrence, Policy, apply, fold};
use vyavs_store::{Db, both_engines, incidents, notices, reach, users};

use crate::house::{Ask, House, PASSWORD, SetUp, at, identity};
use crate::sink::{Mode, Sink};

fn fired(severity: Severity, at: Timestamp) -> Occurrence {
    Occurrence {
        key: format!("fridge/{at}/{severity:?}"),
        rule: None,
        store: identity(1).store,
        subject: "fridge-1.air".to_owned(),
        severity,
        title: "Fridge too warm".to_owned(),
        cause: "fridge-1.air shows 8 °C".to_owned(),
        tags: ["cold".to_owned()].into(),
        seen_at: at,
    }
}

impl House {
    async fn record(&self, incident: &Incident, events: &[Event]) {
        let org = identity(1).org;
        let mut tx = self.hub.store.begin_write_for(org).await.expect("a transaction");
        assert!(incidents::record(&mut tx, org, incident, events, &Policy::default()).await.expect("kept"));
        tx.commit().await.expect("a commit");
    }

    /// Something fires now.
    async fn fire(&self, severity: Severity) -> Incident {
        let now = self.hub.clock.now();
        let folded = fold(None, fired(severity, now), IncidentId(Uuid::new_v4()), now, &Policy::default());
        self.record(&folded.incident, &folded.events).await;
        folded.incident
    }

    async fn route(&self, route: Value) -> Value {
        let owner = self.token("owner1@shop.example").await;
        let reply = self.post(&owner, "notification-routes", &route).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        reply.json()
    }

    async fn told(&self, email: &str) -> Vec<Value> {
        let token = self.token(email).await;
        self.get(&token, "notifications").await["notifications"].as_array().expect("a list").clone()
    }

    async fn id_of(&self, email: &str) -> UserId {
        let mut tx = self.hub.store.begin_read_hub().await.expect("a transaction");
        users::by_email(&mut tx, email).await.expect("asked").expect("there").id
    }

    async fn pass(&self, minutes: i64) -> u32 {
        self.hub.clock.set(self.hub.clock.now() + SignedDuration::from_mins(minutes));
        self.hub.messages.catch_up().await.expect("said")
    }
}

async fn house(db: Db, sink: &Sink) -> House {
    let house = House::set_up(db, Ui::Absent, SetUp { mail: sink.config(), ..SetUp::default() }).await;
    house.tenant(1).await;
    house
}

both_engines! {
    async fn the_next_is_told_only_if_nobody_answered(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        let house = house(db.clone(), &sink).await;
        let admin = house.id_of("admin1@shop.example").await;
        house.route(json!({
            "name": "Cold chain", "of": {"tags": ["cold"]}, "tell_resolved": true,
            "steps": [
                {"after": "PT0S", "to": [{"channel": "in_app", "role": "viewer"}]},
                {"after": "PT15M", "to": [{"channel": "mail", "user_id": admin.0}]},
            ],
        })).await;
        let first = house.fire(Severity::Warning).await;
        house.pass(0).await;
        let told = house.told("viewer1@shop.example").await;
        assert_eq!((told.len(), told[0]["title"].as_str(), told[0]["kind"].as_str()), (1, Some("Fridge too warm"), Some("alert")));
        assert!(told[0]["body"].as_str().is_some_and(|body| body.contains("Shop 1: fridge-1.air shows 8 °C")), "{told:?}");
        assert_eq!(told[0]["link"], format!("/alerts/{}", first.id.0));
        assert!(house.told("owner1@shop.example").await.is_empty());
        house.pass(14).await;
        assert!(sink.taken().is_empty(), "too early");
        house.pass(1).await;
        assert_eq!(sink.taken().len(), 1, "nobody answered");
        assert!(sink.taken()[0].contains("To: admin1@shop.example") && sink.taken()[0].contains("Subject: Fridge too warm"));
        // Of a second one somebody takes care.
        let second = house.fire(Severity::Critical).await;
        house.pass(5).await;
        let by = Actor::Person(admin);
        let (second, event) = apply(&second, Command::Acknowledge, by, house.hub.clock.now(), &Policy::default()).expect("taken");
        house.record(&second, &[event]).await;
        house.pass(60).await;
        assert_eq!(sink.taken().len(), 1, "who answered is not called over");
        let org = identity(1).org;
        let kept = notices::of(&mut db.begin_read(org).await.expect("a transaction"), org, second.id, 9).await.expect("asked");
        let ends: Vec<_> = kept.iter().map(|kept| (kept.state.as_str(), kept.why.as_deref())).collect();
        assert_eq!(ends, [("told", None), ("withdrawn", Some("acknowledged"))]);
        assert_eq!(house.told("viewer1@shop.example").await.len(), 2);
        assert_eq!(house.pass(600).await, 0, "nothing is told twice");
        house.close().await;
    }

    async fn quiet_hours_delay_and_what_is_critical_passes(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        let house = house(db, &sink).await;
        let quiet = |passes: bool| json!({
            "name": "By day", "steps": [{"after": "PT0S", "to": [{"channel": "in_app", "role": if passes { "viewer" } else { "owner" }}]}],
            "quiet": {"from": "11:30", "to": "13:00", "critical_passes": passes},
        });
        house.route(quiet(true)).await;
        house.route(quiet(false)).await;
        house.fire(Severity::Critical).await;
        house.pass(0).await;
        assert_eq!(house.told("viewer1@shop.example").await.len(), 1);
        house.pass(59).await;
        assert!(house.told("owner1@shop.example").await.is_empty(), "it is 12:59");
        house.pass(1).await;
        assert_eq!(house.told("owner1@shop.example").await.len(), 1, "it is 13:00 on the shop's wall");
        house.close().await;
    }

    async fn who_does_not_reach_the_store_is_not_told_and_webhooks_are(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        let house = house(db, &sink).await;
        let owner = house.token("owner1@shop.example").await;
        for (email, all) in [("near@shop.example", true), ("far@shop.example", false)] {
            let new = json!({"email": email, "role": "store_manager", "password": PASSWORD, "all_stores": all});
            assert_eq!(house.post(&owner, "users", &new).await.status, StatusCode::CREATED);
        }
        let far = house.id_of("far@shop.example").await;
        let mut tx = house.hub.store.begin_read_hub().await.expect("a transaction");
        assert!(reach::stores(&mut tx, identity(1).org, far.0).await.expect("asked").is_empty(), "or this proves nothing");
        drop(tx);
        let hook = |kinds: Value| json!({"name": "ERP", "url": "https://receiver.invalid/hook", "events": kinds});
        let named = house.post(&owner, "webhooks", &hook(json!(["job.failed"]))).await.json()["webhook"]["id"].clone();
        let subscribed = house.post(&owner, "webhooks", &hook(json!(["alert.opened", "alert.resolved"]))).await.json()["webhook"]["id"].clone();
        house.route(json!({"name": "All", "steps": [{"after": "PT0S", "to": [
            {"channel": "in_app", "role": "store_manager"}, {"channel": "webhook", "webhook_id": named}]}]})).await;
        house.fire(Severity::Info).await;
        house.pass(0).await;
        assert_eq!((house.told("near@shop.example").await.len(), house.told("far@shop.example").await.len()), (1, 0));
        for (id, kind) in [(&named, "alert.notice"), (&subscribed, "alert.opened")] {
            let page = house.get(&owner, &format!("webhooks/{}/deliveries", id.as_str().expect("an id"))).await;
            let kinds: Vec<_> = page["deliveries"].as_array().expect("a list").iter().map(|one| one["event"].as_str()).collect();
            assert_eq!(kinds, [Some(kind)], "{page}");
        }
        house.close().await;
    }

    async fn a_route_is_checked_when_it_is_written(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        let house = house(db, &sink).await;
        let owner = house.token("owner1@shop.example").await;
        let to = json!([{"channel": "in_app", "role": "viewer"}]);
        let steps = |after: &str, to: &Value| json!({"name": "x", "steps": [{"after": after, "to": to}]});
        let nobody = Uuid::from_u128(5);
        for (route, named) in [
            (json!({"name": "x", "steps": []}), "steps"),
            (json!({"name": "", "steps": [{"after": "PT0S", "to": to}]}), "name"),
            (steps("PT5M", &to), "steps[0].after"),
            (steps("soon", &to), "steps[0].after"),
            (steps("PT0S", &json!([])), "steps[0].to"),
            (steps("PT0S", &json!([{"channel": "mail", "user_id": nobody}])), "steps[0].to"),
            (steps("PT0S", &json!([{"channel": "mail", "role": "boss"}])), "steps[0].to"),
            (steps("PT0S", &json!([{"channel": "webhook", "webhook_id": nobody}])), "steps[0].to"),
            (steps("PT0S", &json!([{"channel": "webhook", "role": "viewer"}])), "steps[0].to"),
            (json!({"name": "x", "of": {"severity": "dire"}, "steps": [{"after": "PT0S", "to": to}]}), "of.severity"),
            (json!({"name": "x", "of": {"stores": [nobody]}, "steps": [{"after": "PT0S", "to": to}]}), "of.stores"),
            (json!({"name": "x", "quiet": {"from": "25:00", "to": "07:00"}, "steps": [{"after": "PT0S", "to": to}]}), "quiet.from"),
            (json!({"name": "x", "quiet": {"from": "07:00", "to": "07:00"}, "steps": [{"after": "PT0S", "to": to}]}), "quiet.to"),
        ] {
            let detail = house.refused(&owner, "notification-routes", Some(&route)).await;
            assert!(detail.contains(named), "{route}: {detail}");
        }
        let made = house.route(steps("PT0S", &to)).await;
        assert_eq!((made["route"]["enabled"].as_bool(), made["route"]["steps"][0]["after"].as_str()), (Some(true), Some("PT0S")), "{made}");
        let path = format!("/api/v1/notification-routes/{}", made["id"].as_str().expect("an id"));
        let quiet = json!({"enabled": false, "quiet": {"from": "22:00", "to": "07:00"}});
        let patch = |version: &str, body: &Value| house.send(Ask::patch(&path, version, body).bearer(&owner));
        let changed = patch("\"1\"", &quiet).await;
        assert_eq!((changed.status, changed.header("etag")), (StatusCode::OK, "\"2\""), "{}", changed.text());
        assert_eq!(changed.json()["route"]["quiet"]["from"], "22:00");
        assert_eq!(patch("\"1\"", &quiet).await.status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(patch("\"2\"", &json!({"quiet": null})).await.json()["route"]["quiet"], Value::Null);
        house.fire(Severity::Critical).await;
        house.pass(0).await;
        assert!(house.told("viewer1@shop.example").await.is_empty(), "it is switched off");
        assert_eq!(at("2026-02-03T12:00:00Z"), house.hub.clock.now());
        house.close().await;
    }
}
