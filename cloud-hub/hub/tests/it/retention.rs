//! How long what is kept: settled within the law, and dropped when its time is over.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::{both_engines, daily, extracts, receipts};

use crate::house::{Ask, House, Reply, at, measure, receipt, ring};

async fn put(house: &House, token: &str, version: &str, body: &Value) -> Reply {
    house.send(Ask::patch("/api/v1/retention", version, body).by(Method::PUT).bearer(token)).await
}

fn class<'a>(retention: &'a Value, name: &str) -> &'a Value {
    let classes = retention["classes"].as_array().expect("a list");
    classes.iter().find(|class| class["class"] == name).unwrap_or_else(|| panic!("no class {name}"))
}

both_engines! {
    async fn a_period_below_the_law_is_refused_with_the_law(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        let first = house.get(&owner, "retention").await;
        assert_eq!((&first["country"], &class(&first, "receipts")["period"]), (&json!("ZZ"), &json!("10 calendar years")));
        assert_eq!(class(&first, "receipts")["ran_at"], Value::Null);
        let german = |periods: Value| json!({"country": "DE", "timezone": "Europe/Berlin", "periods": periods});
        for (body, named) in [
            (german(json!({"receipts": "7 calendar years"})), "§ 147"),
            (german(json!({"sessions": "24 months"})), "too long"),
            (german(json!({"sessions": "two weeks"})), "no period"),
            (german(json!({"cookies": "30 days"})), "receipts"),
            (json!({"country": "Germany", "timezone": "UTC"}), "country"),
            (json!({"country": "DE", "timezone": "Berlin"}), "timezone"),
        ] {
            let reply = put(&house, &owner, "\"0\"", &body).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
            assert!(reply.text().contains(named), "{body}: {}", reply.text());
        }
        let reply = put(&house, &owner, "\"0\"", &german(json!({"sessions": "30 days"}))).await;
        assert_eq!((reply.status, reply.header("etag")), (StatusCode::OK, "\"1\""), "{}", reply.text());
        assert_eq!(class(&reply.json(), "receipts")["period"], "8 calendar years");
        assert_eq!(put(&house, &owner, "\"0\"", &german(json!({}))).await.status, StatusCode::PRECONDITION_FAILED);
        let settled = house.get(&owner, "retention").await;
        assert_eq!((&class(&settled, "sessions")["period"], &class(&settled, "sessions")["own"]), (&json!("30 days"), &json!(true)));
        let theirs = house.token("owner2@shop.example").await;
        assert_eq!(house.get(&theirs, "retention").await["country"], "ZZ");
        house.close().await;
    }

    async fn what_is_past_is_gone_the_day_after_its_time_and_not_before(db: Db) {
        let house = House::open(db.clone()).await;
        let (origin, theirs) = (house.tenant(1).await, house.tenant(2).await);
        let owner = house.token("owner1@shop.example").await;
        let german = json!({"country": "DE", "timezone": "UTC", "periods": {"sessions": "30 days"}});
        assert_eq!(put(&house, &owner, "\"0\"", &german).await.status, StatusCode::OK);
        measure(&db, &origin).await;
        measure(&db, &theirs).await;
        let ticket = ring(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 250)], 1).await[0];
        let summed = daily::kept(&mut db.begin_read(origin.org).await.expect("a transaction"), origin.org, origin.store).await.expect("sums");
        // A sign-in that ended.
        let viewer = house.token("viewer1@shop.example").await;
        assert_eq!(house.send(Ask::post("/api/v1/auth/logout", &json!({})).bearer(&viewer)).await.status, StatusCode::OK);
        // `now` is noon of 3 February 2026: the whole of it has its time until the day of the same number ends.
        let run = async |now: &str, expected: u32| {
            house.hub.clock.set(at(now));
            house.hub.jobs.plan_retention().await.expect("planned");
            house.hub.jobs.plan_retention().await.expect("once a day");
            assert_eq!(house.hub.jobs.catch_up().await.expect("done"), expected, "{now}");
            let token = house.token("owner1@shop.example").await;
            house.get(&token, "retention").await
        };
        let early = run("2026-03-04T23:00:00Z", 2).await;
        assert_eq!((&class(&early, "telemetry_raw")["removed"], &class(&early, "sessions")["removed"]), (&json!(0), &json!(0)), "{early}");
        let due = run("2026-03-06T00:30:00Z", 2).await;
        assert_eq!(class(&due, "telemetry_raw")["removed_in_all"], 61, "{due}");
        assert!(class(&due, "sessions")["removed_in_all"].as_u64() >= Some(1), "{due}");
        assert_eq!((&class(&due, "receipts")["removed"], &class(&due, "telemetry_raw")["ran_at"]), (&json!(0), &json!("2026-03-06T00:30:00Z")));
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        let span = (at("2026-01-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
        assert_eq!(extracts::count_readings(&mut tx, theirs.org, theirs.store, span).await.expect("a count"), (0, 0), "by the default of 30 days");
        let detail = receipts::get(&mut tx, origin.org, ticket).await.expect("read").expect("the law wants it");
        assert_eq!(detail.operator.as_deref(), Some("7"));
        tx.rollback().await.expect("ended");
        // Half a year: who rang it up is taken off; the ticket stays for the eight years of the law and the days' sums for longer.
        run("2026-08-05T00:30:00Z", 2).await;
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        assert_eq!(receipts::get(&mut tx, origin.org, ticket).await.expect("read").expect("there").operator, None);
        tx.rollback().await.expect("ended");
        run("2036-12-31T12:00:00Z", 2).await;
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        assert!(receipts::get(&mut tx, origin.org, ticket).await.expect("read").is_some(), "lines are books: ten years, and heads stay with them");
        tx.rollback().await.expect("ended");
        let last = run("2037-01-01T12:00:00Z", 2).await;
        assert_eq!((&class(&last, "sales_lines")["removed"], &class(&last, "receipts")["removed"]), (&json!(2), &json!(1)), "{last}");
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        assert_eq!(receipts::get(&mut tx, origin.org, ticket).await.expect("read"), None);
        assert_eq!(daily::kept(&mut tx, origin.org, origin.store).await.expect("sums"), summed, "figures of days name nobody");
        house.close().await;
    }
}
