//! Rules at work over what devices send: incidents open once, sleep, wake and end; a back-test says what live said.

use hyper::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};
use vyavs_domain::sale::ReceiptKind;
use vyavs_hub::alerts::Alerts;
use vyavs_hub::live::{Live, Told, Topic};
use vyavs_store::{Db, Origin, both_engines, events, readings, sensors, sync};
use vyavs_wire::record::{ReadingV1, Record, SensorV1};

use crate::house::{Ask, House, alarm, at, receipt, ring};
use crate::program::{Program, hub_on_both_engines};

fn minutes(from: &str, n: i64) -> Timestamp {
    at(from) + SignedDuration::from_mins(n)
}

/// Readings of a fridge, a minute each.
async fn fridge(db: &Db, origin: &Origin, from: &str, values: &[f64]) {
    let sensor = Sensor {
        id: "fridge-1.air".parse().expect("a name"),
        name: "Dairy fridge, air".to_owned(),
        measure: Measure::Temperature,
        low: Some(-1.0),
        high: Some(5.0),
    };
    let row = |(n, value): (i64, &f64)| readings::ReadingRow {
        seq: n.unsigned_abs() + 1,
        reading: Reading { sensor: sensor.id.clone(), at: minutes(from, n), value: *value, quality: Quality::Good },
    };
    let rows: Vec<_> = (0..).zip(values).map(row).collect();
    let mut tx = db.begin_write().await.expect("a transaction");
    sensors::upsert(&mut tx, origin, std::slice::from_ref(&sensor)).await.expect("a sensor");
    readings::insert(&mut tx, origin, &rows).await.expect("readings");
    tx.commit().await.expect("a commit");
}

/// Two hours: well, warm for an hour, well again.
fn a_bad_morning() -> Vec<f64> {
    [vec![4.0; 30], vec![9.5; 60], vec![4.0; 30]].concat()
}

impl House {
    async fn look(&self) -> u32 {
        self.hub.alerts.catch_up().await.expect("rules are looked at")
    }

    async fn alerts(&self, token: &str, query: &str) -> Vec<Value> {
        self.get(token, &format!("alerts?{query}")).await["alerts"].as_array().expect("a list").clone()
    }

    async fn act(&self, token: &str, alert: &Value, what: &str, body: Value) -> Value {
        let path = format!("alerts/{}/{what}", alert["id"].as_str().expect("an id"));
        let reply = self.post(token, &path, &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{what}: {}", reply.text());
        reply.json()
    }

    async fn rule(&self, token: &str, name: &str) -> Value {
        let rules = self.get(token, "rules").await;
        let found = rules["rules"].as_array().expect("a list").iter().find(|rule| rule["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("no rule {name}: {rules}"))
    }
}

/// What of an alert is the same, however its hub came to it.
fn essence(alert: &Value) -> Value {
    let of = ["state", "severity", "title", "cause", "firing", "first_seen_at", "last_seen_at", "cleared_at", "count"];
    of.iter().map(|field| alert[field].clone()).collect()
}

both_engines! {
    async fn a_fridge_too_warm_is_one_alert_from_its_opening_to_its_end(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let mut watcher = house.hub.live.watch(origin.org, None, &[Topic::Alerts], None);
        fridge(&db, &origin, "2026-02-03T10:00:00Z", &[vec![4.0; 30], vec![9.5; 60]].concat()).await;
        house.look().await;
        let open = house.alerts(&owner, "state=open").await;
        let Told::Event(_, event) = watcher.next().await else { panic!("a gap") };
        let told: Value = serde_json::from_str(&event.json).expect("JSON");
        assert_eq!((&told["id"], &told["state"], &told["title"]), (&open[0]["id"], &json!("open"), &json!("Fridge too warm")));
        assert_eq!(open.len(), 1, "{open:?}");
        let alert = &open[0];
        assert_eq!((&alert["title"], &alert["severity"], &alert["count"]), (&json!("Fridge too warm"), &json!("critical"), &json!(1)));
        assert_eq!((&alert["first_seen_at"], &alert["firing"]), (&json!("2026-02-03T11:00:00Z"), &json!(["fridge-1.air"])));
        assert!(alert["cause"].as_str().expect("a text").contains("9.5 °C, limit 8 °C, since 2026-02-03T10:30:00Z"), "{alert}");
        let rule = house.rule(&owner, "Fridge too warm").await;
        assert_eq!((&rule["id"], &rule["state"]), (&alert["rule_id"], &json!("active")));

        // The same batch again, and a look at nothing: nothing happens.
        fridge(&db, &origin, "2026-02-03T10:00:00Z", &[vec![4.0; 30], vec![9.5; 60]].concat()).await;
        house.look().await;
        house.look().await;
        assert_eq!(house.alerts(&owner, "").await, open);

        let taken = house.act(&owner, alert, "acknowledge", json!({})).await;
        assert_eq!((&taken["state"], &taken["by"]["kind"]), (&json!("acknowledged"), &json!("person")));
        let again = house.post(&owner, &format!("alerts/{}/acknowledge", alert["id"].as_str().expect("an id")), &json!({})).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
        house.act(&owner, alert, "comment", json!({"text": "The door was open."})).await;
        let me = house.get(&owner, "me").await["id"].clone();
        let mine = house.act(&owner, alert, "assign", json!({"user_id": me})).await;
        assert_eq!(mine["assignee_id"], me);
        let nobody = json!({"user_id": uuid::Uuid::from_u128(9)});
        let refused = house.refused(&owner, &format!("alerts/{}/assign", alert["id"].as_str().expect("an id")), Some(&nobody)).await;
        assert!(refused.starts_with("user_id"), "{refused}");

        let asleep = house.act(&owner, alert, "snooze", json!({"until": "2026-02-03T12:30:00Z"})).await;
        assert_eq!((&asleep["state"], &asleep["until"]), (&json!("snoozed"), &json!("2026-02-03T12:30:00Z")));
        house.hub.clock.set(at("2026-02-03T12:29:59Z"));
        house.look().await;
        let owner = house.token("owner1@shop.example").await;
        assert_eq!(house.alerts(&owner, "state=snoozed").await.len(), 1);
        house.hub.clock.set(at("2026-02-03T12:31:07Z"));
        house.look().await;
        assert_eq!(house.alerts(&owner, "state=open").await.len(), 1);
        let detail = house.get(&owner, &format!("alerts/{}", alert["id"].as_str().expect("an id"))).await;
        let history = detail["history"].as_array().expect("a list");
        let what: Vec<_> = history.iter().map(|event| event["what"].as_str().expect("a name")).collect();
        assert_eq!(what, ["opened", "acknowledged", "commented", "assigned", "snoozed", "woken"]);
        assert_eq!((&history[5]["at"], &history[5]["by"]["kind"]), (&json!("2026-02-03T12:30:00Z"), &json!("hub")));
        assert_eq!(history[2]["details"]["text"], "The door was open.");

        house.act(&owner, alert, "vote", json!({"useful": true})).await;
        let over = house.act(&owner, alert, "resolve", json!({"outcome": "fixed", "note": "Closed it."})).await;
        assert_eq!((&over["state"], &over["outcome"], &over["votes"]["useful"]), (&json!("resolved"), &json!("fixed"), &json!(1)));
        let rule = house.rule(&owner, "Fridge too warm").await;
        assert_eq!((&rule["precision"], &rule["useful_votes"]), (&json!(1.0), &json!(1)));
        let counts = house.get(&owner, "alerts?state=open").await["counts"].clone();
        assert_eq!((&counts["open"], &counts["resolved"]), (&json!(0), &json!(1)));
        for (query, found) in [
            ("severity=critical", 1), ("severity=info,warning", 0), ("text=9.5%20%C2%B0c", 1), ("text=50%25", 0),
            ("assignee=none", 0), ("since=2026-02-03T12:00:01Z", 0), ("until=2026-02-03T12:00:01Z", 1),
        ] {
            assert_eq!(house.alerts(&owner, query).await.len(), found, "{query}");
        }
        assert!(house.refused(&owner, "alerts?state=closed", None).await.starts_with("state"));
        let audit = house.get(&owner, "audit?action=alerts.resolve").await;
        assert_eq!(audit["entries"].as_array().map(Vec::len), Some(1), "{audit}");
        house.close().await;
    }

    async fn what_clears_by_itself_ends_by_itself_unless_somebody_has_it(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        fridge(&db, &origin, "2026-02-03T10:00:00Z", &a_bad_morning()).await;
        house.look().await;
        let owner = house.token("owner1@shop.example").await;
        let open = house.alerts(&owner, "state=open").await;
        assert_eq!((&open[0]["cleared_at"], &open[0]["firing"]), (&json!("2026-02-03T11:30:00Z"), &json!([])));
        house.hub.clock.set(at("2026-02-04T11:30:01Z"));
        house.look().await;
        let owner = house.token("owner1@shop.example").await;
        let over = house.alerts(&owner, "state=resolved&severity=critical").await;
        assert_eq!((&over[0]["outcome"], &over[0]["resolved_at"]), (&json!("cleared_by_itself"), &json!("2026-02-04T11:30:00Z")));
        house.close().await;
    }

    async fn two_hubs_and_a_hub_that_dies_do_nothing_twice(db: Db) {
        let house = House::open(db.clone()).await;
        let (one, other) = (house.tenant(1).await, house.tenant(2).await);
        let portions: Vec<Vec<f64>> = a_bad_morning().chunks(7).map(<[f64]>::to_vec).collect();
        // The first organization's hub is never disturbed: its alerts are the measure.
        fridge(&db, &one, "2026-02-03T10:00:00Z", &a_bad_morning()).await;
        house.look().await;
        let mut minute = 0;
        let second = Alerts::new(db.clone(), house.hub.clock.clone(), Live::new(uuid::Uuid::new_v4(), 8));
        for (n, portion) in portions.iter().enumerate() {
            let from = minutes("2026-02-03T10:00:00Z", minute).to_string();
            fridge(&db, &other, &from, portion).await;
            minute += portion.len() as i64;
            // Dropped at whatever it awaits then, again and again, a little later each time.
            for patience in 0..6_u64 {
                let patience = std::time::Duration::from_micros(patience * (150 + 40 * n as u64));
                let _ = tokio::time::timeout(patience, second.catch_up()).await;
            }
            if n % 3 == 0 {
                let (here, there) = tokio::join!(house.hub.alerts.catch_up(), second.catch_up());
                // Whoever comes second waits, and finds nothing left.
                assert!(here.is_ok() && there.is_ok(), "{here:?} {there:?}");
            }
        }
        house.look().await;
        let theirs = house.alerts(&house.token("owner2@shop.example").await, "").await;
        let mine = house.alerts(&house.token("owner1@shop.example").await, "").await;
        assert_eq!((theirs.len(), mine.len()), (1, 1), "{theirs:?}");
        assert_eq!(essence(&theirs[0]), essence(&mine[0]));
        let history = house.get(&house.token("owner2@shop.example").await, &format!("alerts/{}", theirs[0]["id"].as_str().expect("an id"))).await;
        assert_eq!(history["events"], 2, "opened and cleared: {history}");
        house.close().await;
    }

    async fn a_back_test_says_what_live_said_and_comes_before_a_rule_runs(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        // Three episodes, of which the second comes back within the hour.
        let day = [vec![4.0; 20], vec![9.0; 15], vec![4.0; 10], vec![9.0; 15], vec![4.0; 20], vec![9.0; 30]].concat();
        let new = json!({
            "name": "Warm for ten minutes", "severity": "warning", "cause": "{subject}: {value}",
            "condition": {"kind": "threshold", "measure": "temperature", "op": "above", "value": 8, "for": "PT10M", "hysteresis": 0.5},
            "scope": {"kinds": ["fridge"]},
        });
        let made = house.post(&owner, "rules", &new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let (path, etag) = (format!("rules/{}", made.json()["id"].as_str().expect("an id")), made.header("etag").to_owned());
        assert_eq!((&made.json()["state"], etag.as_str()), (&json!("draft"), "\"1\""));
        let early = house.post(&owner, &format!("{path}/activate"), &json!({})).await;
        assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text());
        let try_it = async |span: Value| {
            let queued = house.post(&owner, &format!("{path}/backtest"), &span).await;
            assert_eq!(queued.status, StatusCode::ACCEPTED, "{}", queued.text());
            assert_eq!(house.hub.jobs.catch_up().await.expect("done"), 1);
            house.get(&owner, &path).await["backtest"]["found"].clone()
        };
        assert_eq!(try_it(json!({})).await["fired"], 0, "nothing is stored yet");
        assert_eq!(house.post(&owner, &format!("{path}/activate"), &json!({})).await.status, StatusCode::OK);
        fridge(&db, &origin, "2026-02-03T10:00:00Z", &day).await;
        house.look().await;
        let live = house.alerts(&owner, &format!("rule_id={}", made.json()["id"].as_str().expect("an id"))).await;
        let fired: i64 = live.iter().map(|alert| alert["count"].as_i64().expect("a count")).sum();
        let found = try_it(json!({"from": "2026-02-03T09:00:00Z"})).await;
        assert_eq!((found["fired"].as_i64(), found["alerts"].as_u64()), (Some(fired), Some(live.len() as u64)), "{found}");
        assert_eq!((fired, &found["open"], &found["watched"]), (3, &json!(1), &json!(110)));
        assert_eq!(found["latest"][0]["at"], live[0]["last_seen_at"]);
        assert_eq!(found["latest"][2]["at"], live[0]["first_seen_at"]);
        house.act(&owner, &live[0], "vote", json!({"useful": false})).await;
        assert_eq!(try_it(json!({"from": "2026-02-03T09:00:00Z"})).await["known_useless"], 3);

        // A change is a draft again; what runs goes on to run.
        let version = house.send(Ask::get(&format!("/api/v1/{path}")).bearer(&owner)).await.header("etag").to_owned();
        let mut condition = new["condition"].clone();
        condition["value"] = json!(20);
        let patch = |version: &str, body: Value| house.send(Ask::patch(&format!("/api/v1/{path}"), version, &body).bearer(&owner));
        assert_eq!(patch("\"1\"", json!({"condition": condition})).await.status, StatusCode::PRECONDITION_FAILED);
        let wrong = patch(&version, json!({"condition": {"kind": "threshold", "measure": "temperature"}})).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
        let detail = wrong.json()["detail"].as_str().expect("a detail").to_owned();
        assert!(detail.contains("condition.op: expected above") && detail.contains("condition.value"), "{detail}");
        let changed = patch(&version, json!({"condition": condition})).await;
        assert_eq!((changed.status, &changed.json()["state"], &changed.json()["backtest"]), (StatusCode::OK, &json!("active_with_draft"), &Value::Null), "{}", changed.text());
        assert_eq!(house.post(&owner, &format!("{path}/activate"), &json!({})).await.status, StatusCode::CONFLICT);
        assert_eq!(try_it(json!({"from": "2026-02-03T09:00:00Z"})).await["fired"], 0);
        assert_eq!(house.post(&owner, &format!("{path}/activate"), &json!({})).await.json()["state"], "active");
        // Who does not watch any more cannot say that it lasts.
        assert_eq!(house.post(&owner, &format!("{path}/deactivate"), &json!({})).await.json()["state"], "draft");
        let live = house.alerts(&owner, &format!("rule_id={}", made.json()["id"].as_str().expect("an id"))).await;
        assert_eq!((live.len(), &live[0]["firing"]), (1, &json!([])));
        let version = house.send(Ask::get(&format!("/api/v1/{path}")).bearer(&owner)).await.header("etag").to_owned();
        let gone = house.send(Ask::new(Method::DELETE, &format!("/api/v1/{path}")).header("if-match", &version).bearer(&owner)).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
        assert_eq!(house.send(Ask::get(&format!("/api/v1/{path}")).bearer(&owner)).await.status, StatusCode::NOT_FOUND);
        house.close().await;
    }

    async fn devices_tills_stock_and_alarms_open_alerts_too(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        // A device that is heard, and then is not.
        let mut tx = db.begin_write().await.expect("a transaction");
        let picture = json!({"backlog": [], "inputs": [], "models": []});
        sync::heard_now(&mut tx, &origin, &picture).await.expect("heard");
        // Nine openings of the drawer within the shift.
        let drawer = |n: i64| events::EventRow {
            seq: n.unsigned_abs() + 1,
            event: TillEvent {
                terminal: "till-1".parse().expect("a till"),
                at: minutes("2026-02-03T10:00:00Z", n * 5),
                kind: TillEventKind::NoSale { id: None },
            },
        };
        events::insert(&mut tx, &origin, &(0..9).map(drawer).collect::<Vec<_>>()).await.expect("events");
        tx.commit().await.expect("a commit");
        // A device's own alarm, raised and not cleared.
        alarm(&db, &Origin { received_at: at("2026-02-03T11:59:00Z"), ..origin }, 2).await;
        // Stock that is sold down to its reorder point.
        ring(&db, &origin, &[receipt("1", "2026-02-03T09:00:00Z", ReceiptKind::Sale, 250)], 1).await;
        let product = vyavs_store::products::product_id(origin.org, "SKU-1");
        let count = json!({"store_id": origin.store, "product_id": product, "kind": "count", "quantity": "3", "occurred_at": "2026-02-03T09:30:00Z"});
        let counted = house.post(&owner, "stock-events", &count).await;
        assert_eq!(counted.status, StatusCode::CREATED, "{}", counted.text());
        let stock = counted.json()["stock"]["id"].as_str().expect("an id").to_owned();
        let version = house.send(Ask::get(&format!("/api/v1/inventory/{stock}")).bearer(&owner)).await.header("etag").to_owned();
        let point = house.send(Ask::patch(&format!("/api/v1/inventory/{stock}"), &version, &json!({"reorder_point": "2"})).bearer(&owner)).await;
        assert_eq!(point.status, StatusCode::OK, "{}", point.text());
        house.look().await;
        let titles = async |query: &str| -> Vec<String> {
            let alerts = house.alerts(&house.token("owner1@shop.example").await, query).await;
            let mut titles: Vec<_> = alerts.iter().map(|alert| alert["title"].as_str().expect("a title").to_owned()).collect();
            titles.sort();
            titles
        };
        assert_eq!(titles("").await, ["A value is beyond its limit", "Drawer opened often without a sale"]);
        // Two of three are sold: one is left.
        ring(&db, &origin, &[receipt("2", "2026-02-03T11:00:00Z", ReceiptKind::Sale, 250)], 20).await;
        house.look().await;
        assert_eq!(titles("severity=info").await, ["Time to reorder"]);
        // Twenty minutes without a word.
        house.hub.clock.set(at("2026-02-03T12:20:01Z"));
        house.look().await;
        assert!(titles("").await.contains(&"Device silent".to_owned()), "{:?}", titles("").await);
        // It speaks again, and says that nothing waits: so the drawers of the morning are over, too.
        house.hub.clock.set(at("2026-02-03T19:00:00Z"));
        let mut tx = db.begin_write().await.expect("a transaction");
        let later = Origin { received_at: at("2026-02-03T19:00:00Z"), ..origin };
        sync::heard_now(&mut tx, &later, &picture).await.expect("heard");
        tx.commit().await.expect("a commit");
        house.look().await;
        let owner = house.token("owner1@shop.example").await;
        for alert in house.alerts(&owner, "severity=warning").await {
            assert_eq!((&alert["state"], &alert["firing"]), (&json!("open"), &json!([])), "{alert}");
            let cleared = if alert["title"] == "Device silent" { "2026-02-03T19:00:00Z" } else { "2026-02-03T18:00:00Z" };
            assert_eq!(alert["cleared_at"], cleared, "{alert}");
        }
        // Many at once, each by itself.
        let all: Vec<Value> = house.alerts(&owner, "state=open").await.iter().map(|alert| alert["id"].clone()).collect();
        let mut ids = all.clone();
        ids.push(json!(uuid::Uuid::from_u128(7)));
        let done = house.post(&owner, "alerts/bulk", &json!({"ids": ids, "command": {"command": "acknowledge"}})).await.json();
        let outcomes = done["outcomes"].as_array().expect("a list");
        assert_eq!(outcomes.iter().filter(|one| one["done"] == true).count(), all.len());
        assert_eq!((&outcomes[all.len()]["done"], &outcomes[all.len()]["refused"]), (&json!(false), &json!("there is no such alert")));
        house.close().await;
    }

    async fn history_that_is_imported_wakes_nobody(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        fridge(&db, &Origin { epoch: 0, ..origin }, "2026-02-03T10:00:00Z", &a_bad_morning()).await;
        house.look().await;
        assert!(house.alerts(&house.token("owner1@shop.example").await, "").await.is_empty());
        house.close().await;
    }
}

hub_on_both_engines! {
    async fn what_a_device_sends_is_an_alert_within_seconds(url) {
        let hub = Program::start(&url).await;
        let enrolled = hub.enrol("box-1", &rcgen::PKCS_ED25519).await;
        // The rules that every organization begins with are there by themselves.
        hub.until("rules", |rules| rules["rules"].as_array().is_some_and(|rules| rules.len() >= 10)).await;
        let mut device = enrolled.connect(&hub, 1, SignedDuration::ZERO).await;
        let wall = device.wall();
        let sensor = "fridge-1.air".to_owned();
        let name = "Dairy fridge, air".to_owned();
        let mut records = vec![Record::SensorV1(SensorV1 { id: sensor.clone(), name, measure: 0, low: Some(-1.0), high: Some(5.0) })];
        records.extend((0..40).map(|n| {
            let at_us = (wall - SignedDuration::from_mins(40 - n)).as_microsecond();
            Record::ReadingV1(ReadingV1 { sensor: sensor.clone(), at_us, value: 9.5, quality: 0 })
        }));
        device.store(&records, 2).await;
        let alerts = hub.until("alerts?state=open", |alerts| !alerts["alerts"].as_array().is_none_or(Vec::is_empty)).await;
        assert_eq!((&alerts["alerts"][0]["title"], &alerts["counts"]["open"]), (&json!("Fridge too warm"), &json!(1)), "{alerts}");
    }
}
