//! Cases: a timeline that nobody rewrites unseen, closed by a second pair of eyes.

use hyper::StatusCode;
use serde_json::{Value, json};
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::{both_engines, testing};

use crate::house::{Ask, House, PASSWORD, alarm, receipt, ring};

both_engines! {
    async fn a_case_takes_two_to_close_and_its_evidence_shows_what_was_altered(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        let theirs = house.token("owner2@shop.example").await;
        let new = json!({"email": "lp@shop.example", "role": "loss_prevention", "password": PASSWORD, "all_stores": true});
        assert_eq!(house.post(&owner, "users", &new).await.status, StatusCode::CREATED);
        let second = house.token("lp@shop.example").await;
        let ticket = ring(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Return, -250)], 1).await[0];
        alarm(&db, &origin, 1).await;
        house.hub.alerts.catch_up().await.expect("looked at");
        let drawer = house.get(&owner, &format!("stores/{}/events", origin.store)).await["events"][0]["id"].clone();
        let alert = house.get(&owner, "alerts").await["alerts"][0]["id"].clone();

        let open = json!({"kind": "fraud", "store_id": origin.store, "title": "Refunds without goods",
            "links": [{"kind": "receipt", "id": ticket}, {"kind": "alert", "id": alert}]});
        assert_eq!(house.post(&theirs, "cases", &open).await.status, StatusCode::NOT_FOUND, "not their store");
        let made = house.post(&owner, "cases", &open).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let path = format!("cases/{}", made.json()["case"]["id"].as_str().expect("an id"));
        let say = async |token: &str, body: Value| house.post(token, &format!("{path}/entries"), &body).await;
        assert_eq!(say(&theirs, json!({"command": "comment", "text": "x"})).await.status, StatusCode::NOT_FOUND);
        assert_eq!(say(&owner, json!({"command": "link", "link": {"kind": "till_event", "id": drawer}})).await.status, StatusCode::OK);
        let stranger = json!({"command": "link", "link": {"kind": "receipt", "id": uuid::Uuid::from_u128(5)}});
        assert_eq!(say(&owner, stranger).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(say(&owner, json!({"command": "comment", "text": "See the camera at ten."})).await.status, StatusCode::OK);
        assert_eq!(say(&owner, json!({"command": "start_review"})).await.status, StatusCode::OK);
        let proposed = say(&owner, json!({"command": "propose_close", "finding": "confirmed", "note": "Admitted."})).await.json();
        assert_eq!((&proposed["case"]["state"], &proposed["case"]["finding"]), (&json!("proposed_close"), &json!("confirmed")));
        let alone = house.post(&owner, &format!("{path}/close"), &json!({})).await;
        assert_eq!(alone.status, StatusCode::CONFLICT, "{}", alone.text());
        let closed = house.post(&second, &format!("{path}/close"), &json!({})).await;
        assert_eq!((closed.status, &closed.json()["case"]["state"]), (StatusCode::OK, &json!("closed")), "{}", closed.text());
        assert_eq!(say(&owner, json!({"command": "assign"})).await.status, StatusCode::CONFLICT);
        let listed = house.walk(&second, "cases?state=closed&kind=fraud", "cases", 1).await;
        assert_eq!((listed.len(), &listed[0]["links"].as_array().map(Vec::len)), (1, &Some(3)));

        let evidence = house.send(Ask::get(&format!("/api/v1/{path}/evidence")).bearer(&owner)).await;
        assert_eq!(evidence.status, StatusCode::OK, "{}", evidence.text());
        let text = evidence.text();
        let check = async |text: &str| house.post(&second, "cases/verify", &json!({"evidence": text})).await.json();
        let good = check(&text).await;
        assert_eq!((&good["intact"], &good["head"]), (&json!(true), &closed.json()["case"]["head"]), "{good}");
        assert_eq!(good["entries"], closed.json()["case"]["entries"]);
        let bad = check(&text.replace("at ten", "at two")).await;
        assert_eq!((&bad["intact"], &bad["line"]), (&json!(false), &json!(6)), "{bad}");
        let short = check(text.trim_end().rsplit_once('\n').expect("lines").0).await;
        assert!(short["altered"].as_str().expect("a reason").contains("entries"), "{short}");
        let long = json!({"evidence": "x".repeat(1_000_000)});
        assert_eq!(house.post(&second, "cases/verify", &long).await.json()["line"], 1);
        let timeline = house.get(&second, &path).await["timeline"].as_array().expect("a list").clone();
        assert_eq!(timeline.last().map(|entry| entry["what"].clone()), Some(json!("exported")));
        let audit = house.get(&owner, "audit?action=cases.evidence").await;
        assert_eq!(audit["entries"].as_array().map(Vec::len), Some(1));

        // Whoever reaches into the database is found before it leaves the house.
        testing::meddle(&db, "case_entries", "update case_entries set line = replace(line, 'at ten', 'at two')").await;
        let altered = house.send(Ask::get(&format!("/api/v1/{path}/evidence")).bearer(&owner)).await;
        assert_eq!(altered.status, StatusCode::CONFLICT, "{}", altered.text());
        house.close().await;
    }
}
