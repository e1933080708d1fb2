//! What changed is written down, once, in a chain that shows where it was tampered with; and the same write sent again
//! changes nothing.

use hyper::{Method, StatusCode};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use vyavs_store::{both_engines, testing};

use crate::house::{Ask, House, at};

fn new_store(name: &str) -> Value {
    json!({"name": name, "config": {"timezone": "Europe/London", "currency": "GBP"}})
}

async fn log(house: &House, token: &str) -> Vec<Value> {
    let reply = house.send(Ask::get("/api/v1/audit?limit=500").bearer(token)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["entries"].as_array().expect("a list").clone()
}

both_engines! {
    async fn every_change_is_written_once_and_a_refused_one_too(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        house.tenant(2).await;
        let (owner, viewer) = (house.token("owner1@shop.example").await, house.token("viewer1@shop.example").await);
        let made = house.send(Ask::post("/api/v1/stores", &new_store("North")).bearer(&owner)).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let refused = house.send(Ask::post("/api/v1/stores", &new_store("South")).bearer(&viewer)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let wrong = house.send(Ask::post("/api/v1/stores", &json!({"name": 1})).bearer(&owner)).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
        house.send(Ask::get("/api/v1/stores").bearer(&owner)).await;
        let entries = log(&house, &owner).await;
        let seen: Vec<_> = entries.iter().map(|entry| {
            (entry["seq"].as_i64().expect("a number"), entry["action"].as_str().expect("a name"), entry["entry"]["status"].as_i64().expect("a status"))
        }).collect();
        assert_eq!(seen, [(3, "POST /api/v1/stores", 400), (2, "POST /api/v1/stores", 403), (1, "stores.create", 200)]);
        assert_eq!(entries[2]["object"], made.json()["id"]);
        assert_eq!(entries[2]["entry"]["after"]["name"], "North");
        assert_eq!(entries[2]["entry"]["request_id"], made.header("x-request-id"));
        assert_eq!(entries[0]["at"], "2026-02-03T12:00:00Z");
        assert!(!serde_json::to_string(&entries).expect("text").contains("@shop.example"), "no e-mail in the chain");
        // Another organization has a chain of its own.
        assert!(log(&house, &house.token("owner2@shop.example").await).await.is_empty());
        // Narrowed.
        let only = house.send(Ask::get("/api/v1/audit?action=stores.&limit=1").bearer(&owner)).await.json();
        assert_eq!((only["entries"].as_array().map(Vec::len), &only["next_cursor"]), (Some(1), &Value::Null));
        let none = house.send(Ask::get("/api/v1/audit?from=2026-02-03T12:00:01Z").bearer(&owner)).await.json();
        assert_eq!(none["entries"], json!([]));
        house.close().await;
    }

    async fn an_export_verifies_with_any_sha256(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        for n in 0..12 {
            let reply = house.send(Ask::post("/api/v1/stores", &new_store(&format!("Store {n}"))).bearer(&owner)).await;
            assert_eq!(reply.status, StatusCode::CREATED);
        }
        let export = house.send(Ask::get("/api/v1/audit/export").bearer(&owner)).await;
        assert_eq!(export.status, StatusCode::OK, "{}", export.text());
        let mut chain = vec![0_u8; 32];
        let text = export.text();
        for line in text.lines() {
            let (hash, entry) = line.split_once('\t').expect("two columns");
            chain = digest(&SHA256, &[&chain[..], entry.as_bytes()].concat()).as_ref().to_vec();
            assert_eq!(chain.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), hash);
        }
        assert_eq!(text.lines().count(), 12);
        let verified = house.send(Ask::get("/api/v1/audit/verify").bearer(&owner)).await.json();
        assert_eq!((verified["intact"].as_bool(), verified["entries"].as_i64()), (Some(true), Some(12)), "{verified}");
        assert_eq!(verified["hash"].as_str(), text.lines().last().and_then(|line| line.split('\t').next()));
        house.close().await;
    }

    async fn whoever_tampers_is_found_and_the_place_is_named(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        for n in 0..9 {
            house.send(Ask::post("/api/v1/stores", &new_store(&format!("Store {n}"))).bearer(&owner)).await;
        }
        let verify = async || house.send(Ask::get("/api/v1/audit/verify").bearer(&owner)).await.json();
        assert_eq!(verify().await["intact"], true);
        // From the end, so that each is found though the others stay.
        testing::meddle(&db, "audit_log", "delete from audit_log where seq = 9").await;
        assert_eq!(verify().await["broken"], "the log ends with entry 8, and its head knows 9: entries at the end are gone or forged");
        testing::meddle(&db, "audit_log", "update audit_log set actor_id = object_id from (select organization_id as object_id from users limit 1) other where seq = 7").await;
        assert_eq!(verify().await["broken"], "entry 7 was altered");
        testing::meddle(&db, "audit_log", "update audit_log set entry = replace(entry, 'Store 5', 'Store X') where seq = 6").await;
        assert_eq!(verify().await["broken"], "entry 6 was altered");
        testing::meddle(&db, "audit_log", "delete from audit_log where seq = 4").await;
        assert_eq!(verify().await["broken"], "entry 4 is missing");
        assert_eq!(verify().await["entries"], 3);
        house.close().await;
    }

    async fn the_same_write_sent_again_changes_nothing(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let send = |body: &Value, key: &str| house.send(Ask::post("/api/v1/stores", body).bearer(&owner).header("idempotency-key", key));
        let first = send(&new_store("North"), "k-1").await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
        let again = send(&new_store("North"), "k-1").await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (StatusCode::CREATED, "true"));
        assert_eq!((again.text(), again.header("content-type")), (first.text(), "application/json"));
        assert_eq!(send(&new_store("South"), "k-1").await.json()["type"], "urn:vyavs:problem:idempotency-key");
        assert_eq!(send(&new_store("North"), &"x".repeat(201)).await.status, StatusCode::BAD_REQUEST);
        // What failed may be tried again under its key.
        assert_eq!(send(&new_store("North"), "k-2").await.status, StatusCode::CONFLICT);
        assert_eq!(send(&new_store("South"), "k-2").await.status, StatusCode::CREATED);
        // Ten at once are one.
        let body = new_store("West");
        let replies = futures::future::join_all((0..10).map(|_| send(&body, "k-3"))).await;
        let made: Vec<_> = replies.iter().filter(|reply| reply.status == StatusCode::CREATED).map(|reply| reply.json()["id"].clone()).collect();
        assert!(!made.is_empty() && made.iter().all(|id| *id == made[0]));
        assert!(replies.iter().all(|reply| matches!(reply.status, StatusCode::CREATED | StatusCode::CONFLICT)));
        let stores = house.send(Ask::get("/api/v1/stores").bearer(&owner)).await.json();
        assert_eq!(stores["stores"].as_array().map(Vec::len), Some(4));
        // One's key is not another's.
        let admin = house.token("admin1@shop.example").await;
        let other = Ask::post("/api/v1/stores", &new_store("East")).bearer(&admin).header("idempotency-key", "k-1");
        assert_eq!(house.send(other).await.status, StatusCode::CREATED);
        house.close().await;
    }

    async fn sign_ins_are_listed_and_ended_from_any_of_them(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let one = house.token("viewer1@shop.example").await;
        house.hub.clock.set(at("2026-02-03T12:05:00Z"));
        let two = house.token("viewer1@shop.example").await;
        let list = house.send(Ask::get("/api/v1/auth/sessions").bearer(&two)).await.json();
        let rows = list["sign_ins"].as_array().expect("a list").clone();
        let this: Vec<_> = rows.iter().map(|row| (row["this_one"].as_bool().expect("said"), row["began_at"].as_str().expect("a time").to_owned())).collect();
        assert_eq!(this, [(true, "2026-02-03T12:05:00Z".to_owned()), (false, "2026-02-03T12:00:00Z".to_owned())]);
        assert_eq!((rows[0]["address"].as_str(), &rows[0]["factors"]), (Some("127.0.0.1"), &json!(["pwd"])));
        let end = Ask::new(Method::DELETE, &format!("/api/v1/auth/sessions/{}", rows[1]["id"].as_str().expect("an id")));
        assert_eq!(house.send(end.bearer(&two)).await.status, StatusCode::NO_CONTENT);
        let me = |token: &str| house.send(Ask::get("/api/v1/me").bearer(token));
        assert_eq!((me(&one).await.status, me(&two).await.status), (StatusCode::UNAUTHORIZED, StatusCode::OK));
        // A new password ends the others and keeps this one.
        let three = house.token("viewer1@shop.example").await;
        let change = |current: &str| json!({"current": current, "new": "a whole new sentence, quite long"});
        let wrong = house.send(Ask::post("/api/v1/auth/password", &change("no")).bearer(&two)).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        let done = house.send(Ask::post("/api/v1/auth/password", &change(crate::house::PASSWORD)).bearer(&two)).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text());
        assert_eq!((me(&two).await.status, me(&three).await.status), (StatusCode::OK, StatusCode::UNAUTHORIZED));
        house.close().await;
    }

    async fn an_organization_is_changed_by_who_may_and_only_the_own_is_seen(db: Db) {
        let house = House::open(db).await;
        let origin = house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let path = format!("/api/v1/organizations/{}", origin.org);
        let read = house.send(Ask::get(&path).bearer(&owner)).await;
        assert_eq!((read.json()["name"].as_str(), read.header("etag")), (Some("Org 1"), "\"1\""));
        let changed = house.send(Ask::patch(&path, "\"1\"", &json!({"industry": "grocery"})).bearer(&owner)).await;
        assert_eq!((changed.status, changed.header("etag")), (StatusCode::OK, "\"2\""), "{}", changed.text());
        assert_eq!((changed.json()["name"].as_str(), changed.json()["industry"].as_str()), (Some("Org 1"), Some("grocery")));
        let stale = house.send(Ask::patch(&path, "\"1\"", &json!({"name": "X"})).bearer(&owner)).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let viewer = house.token("viewer1@shop.example").await;
        assert_eq!(house.send(Ask::get(&path).bearer(&viewer)).await.status, StatusCode::OK);
        house.close().await;
    }
}
