//! Answers that are kept: right at once after every change, one filling for many who ask, and never somebody else's.

use jiff::SignedDuration;
use serde_json::json;
use vyavs_cache::{Cache, CacheConfig};
use vyavs_domain::sale::ReceiptKind;
use vyavs_hub::ui::Ui;
use vyavs_store::both_engines;

use crate::house::{Ask, House, SetUp, at, identity, receipt, ring};

fn cache() -> Cache {
    Cache::new(&CacheConfig { keep_ms: 60_000, ..CacheConfig::default() }).expect("memory")
}

async fn sales(house: &House, token: &str) -> f64 {
    house.get(token, "kpis").await["kpis"][0]["value"].as_f64().expect("a figure")
}

both_engines! {
    async fn a_kept_answer_says_when_its_data_was_read_and_goes_with_every_change(db: Db) {
        let house = House::set_up(db.clone(), Ui::Absent, SetUp { cache: cache(), ..SetUp::default() }).await;
        let (origin, other) = (house.tenant(1).await, house.tenant(2).await);
        let (owner, theirs) = (house.token("owner1@shop.example").await, house.token("owner2@shop.example").await);
        let sale = |number: &str, minor| receipt(number, "2026-02-03T10:00:00Z", ReceiptKind::Sale, minor);
        ring(&db, &origin, &[sale("1", 500)], 1).await;
        let first = house.get(&owner, "kpis").await;
        // Behind the hub's back, to see that it does not look.
        ring(&db, &origin, &[sale("2", 300)], 100).await;
        house.hub.clock.set(at("2026-02-03T12:00:30Z"));
        let again = house.get(&owner, "kpis").await;
        assert_eq!(again, first, "to the last digit");
        assert_eq!(again["as_of"], "2026-02-03T12:00:00Z");
        let view = house.hub.cache.view();
        assert_eq!((view.hits, view.fills), (1, 1));
        // The other tenant has its own, and what ingest stores for one leaves the other's alone.
        ring(&db, &other, &[sale("1", 700)], 1).await;
        let before = sales(&house, &theirs).await;
        house.hub.cache.stale(origin.org).await;
        let now = house.get(&owner, "kpis").await;
        assert_ne!(now["kpis"][0]["value"], first["kpis"][0]["value"]);
        assert_eq!(now["as_of"], "2026-02-03T12:00:30Z");
        assert_eq!(sales(&house, &theirs).await.to_bits(), before.to_bits());
        assert_eq!(house.hub.cache.view().hits, 2);
        // A person's change, through the API.
        let dashboard = format!("analytics/dashboard?store_id={}", origin.store);
        let store = house.get(&owner, &dashboard).await;
        let body = json!({"store_id": origin.store.to_string(), "product_id": vyavs_store::products::product_id(origin.org, "SKU-1"), "kind": "count", "quantity": "5"});
        let booked = house.post(&owner, "stock-events", &body).await;
        assert!(booked.status.is_success(), "{}", booked.text());
        let moved = house.get(&owner, &dashboard).await;
        assert_eq!((&store["inventory"]["products"], &moved["inventory"]["products"]), (&json!(0), &json!(1)));
        // Too old.
        house.hub.clock.set(at("2026-02-03T12:02:00Z"));
        assert_eq!(house.get(&owner, &dashboard).await["as_of"], "2026-02-03T12:02:00Z");
        house.close().await;
    }

    async fn nobody_is_answered_from_beyond_the_own_reach(db: Db) {
        let house = House::set_up(db.clone(), Ui::Absent, SetUp { cache: cache(), ..SetUp::default() }).await;
        let (origin, other) = (house.tenant(1).await, house.tenant(2).await);
        let (owner, theirs) = (house.token("owner1@shop.example").await, house.token("owner2@shop.example").await);
        ring(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 500)], 1).await;
        let dashboard = format!("/api/v1/analytics/dashboard?store_id={}", origin.store);
        assert_eq!(house.send(Ask::get(&dashboard).bearer(&owner)).await.status, 200);
        assert_eq!(house.send(Ask::get(&dashboard).bearer(&theirs)).await.status, 404);
        // A viewer who reaches no store asks after one who reaches all.
        let all = sales(&house, &owner).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        let viewer = vyavs_store::users::by_email(&mut tx, "viewer1@shop.example").await.expect("read").expect("there");
        let mut person = vyavs_store::users::get(&mut tx, origin.org, viewer.id).await.expect("read").expect("there");
        person.everywhere = false;
        assert!(vyavs_store::users::change(&mut tx, &person).await.expect("changed"));
        tx.commit().await.expect("a commit");
        let narrow = house.token("viewer1@shop.example").await;
        let kpis = house.get(&narrow, "kpis").await;
        assert!(all > 0.0 && kpis["kpis"][1]["value"].as_f64() == Some(0.0), "{kpis}");
        assert_eq!(house.send(Ask::get(&dashboard).bearer(&narrow)).await.status, 404);
        assert_eq!(identity(2).org, other.org);
        house.close().await;
    }

    async fn of_many_who_ask_at_once_one_reads_the_database(db: Db) {
        let house = House::set_up(db.clone(), Ui::Absent, SetUp { cache: cache(), ..SetUp::default() }).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let asked = (0..20).map(|_| house.get(&owner, "kpis"));
        let answers = futures::future::join_all(asked).await;
        assert!(answers.windows(2).all(|two| two[0] == two[1]));
        assert_eq!(house.hub.cache.view().fills, 1);
        house.close().await;
    }

    async fn health_says_how_the_parts_stand(db: Db) {
        let house = House::set_up(db.clone(), Ui::Absent, SetUp { cache: cache(), ..SetUp::default() }).await;
        let origin = house.tenant(1).await;
        crate::house::measure(&db, &origin).await;
        let (owner, viewer) = (house.token("owner1@shop.example").await, house.token("viewer1@shop.example").await);
        let health = house.get(&owner, "health").await;
        assert_eq!((&health["status"], &health["database"], &health["cache"]["kind"]), (&json!("ok"), &json!(db.engine()), &json!("memory")));
        assert!(health["minutes_to_roll_up"].as_i64().expect("a count") > 0, "{health}");
        assert_eq!(house.send(Ask::get("/api/v1/health").bearer(&viewer)).await.status, 403);
        // Rolled up, the curve is what it was.
        let curve = format!("stores/{}/telemetry?from=2026-02-03T11:00:00Z&to=2026-02-03T12:00:00Z&points=10", identity(1).store);
        let before = house.get(&owner, &curve).await;
        house.hub.clock.set(at(crate::house::NOW) + SignedDuration::from_mins(5));
        let stop = tokio_util::sync::CancellationToken::new();
        assert!(vyavs_hub::series::round(&db, &house.hub.clock, &stop).await.expect("rolled up") > 0);
        assert_eq!(house.get(&owner, &curve).await["series"], before["series"]);
        assert_eq!(house.get(&owner, "health").await["minutes_to_roll_up"], 0);
        house.close().await;
    }
}
