//! Stock as the API books and shows it.

use hyper::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::{both_engines, products};

use crate::house::{Ask, House, identity, receipt, ring};

both_engines! {
    async fn what_happened_is_booked_once_and_sales_count_from_the_first_count(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        // Two pieces of SKU-1 each.
        ring(&db, &origin, &[receipt("1", "2026-02-03T09:00:00Z", ReceiptKind::Sale, 250)], 1).await;
        let product = products::product_id(origin.org, "SKU-1");
        let event = |kind: &str, quantity: &str, at: &str| json!({
            "store_id": origin.store, "product_id": product, "kind": kind, "quantity": quantity, "occurred_at": at, "reason": "stocktaking",
        });
        let book = async |body: &Value| {
            let reply = house.post(&owner, "stock-events", body).await;
            assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
            reply.json()
        };
        let came = book(&event("receipt", "20", "2026-02-03T08:00:00Z")).await;
        assert_eq!((&came["stock"]["current_stock"], &came["stock"]["counted_at"]), (&json!("20"), &Value::Null));
        let counted = book(&event("count", "17.5", "2026-02-03T10:00:00Z")).await;
        assert_eq!((&counted["event"]["change"], &counted["stock"]["current_stock"]), (&json!("-2.5"), &json!("17.5")));
        ring(&db, &origin, &[receipt("2", "2026-02-03T11:00:00Z", ReceiptKind::Sale, 250), receipt("3", "2026-02-03T11:00:00Z", ReceiptKind::Void, 250)], 10).await;
        let wasted = book(&event("waste", "0.5", "2026-02-03T11:30:00Z")).await;
        assert_eq!((&wasted["stock"]["current_stock"], &wasted["stock"]["sold_since_count"]), (&json!("15.0"), &json!("2")));

        // The same told twice, by its id and by its key.
        let mut told = event("adjustment", "-1", "2026-02-03T11:40:00Z");
        told["id"] = json!(Uuid::from_u128(5));
        assert_eq!(house.post(&owner, "stock-events", &told).await.status, StatusCode::CREATED);
        let again = house.post(&owner, "stock-events", &told).await;
        assert_eq!((again.status, &again.json()["stock"]["current_stock"]), (StatusCode::OK, &json!("14.0")));
        told["quantity"] = json!("-2");
        assert_eq!(house.post(&owner, "stock-events", &told).await.status, StatusCode::CONFLICT);
        let keyed = || house.send(Ask::post("/api/v1/stock-events", &event("receipt", "1", "2026-02-03T11:50:00Z")).header("idempotency-key", "k-1").bearer(&owner));
        let (first, second) = (keyed().await, keyed().await);
        assert_eq!((first.status, second.status, first.body), (StatusCode::CREATED, StatusCode::CREATED, second.body));
        let list = house.get(&owner, "inventory").await;
        assert_eq!((&list["total"], &list["inventory"][0]["current_stock"]), (&json!(1), &json!("15.0")), "{list}");
        let events = house.walk(&owner, "stock-events", "events", 2).await;
        assert_eq!(events.iter().map(|event| event["kind"].as_str().expect("a kind")).collect::<Vec<_>>(), ["receipt", "adjustment", "waste", "count", "receipt"]);
        house.close().await;
    }

    async fn levels_are_set_by_who_read_them_and_low_stock_is_listed(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        ring(&db, &origin, &[receipt("1", "2026-02-03T09:00:00Z", ReceiptKind::Sale, 250)], 1).await;
        let mut ids = Vec::new();
        for (sku, quantity) in [("SKU-1", "5"), ("SKU-2", "50")] {
            let count = json!({"store_id": origin.store, "product_id": products::product_id(origin.org, sku), "kind": "count", "quantity": quantity});
            ids.push(house.post(&owner, "stock-events", &count).await.json()["stock"]["id"].as_str().expect("an id").to_owned());
        }
        let patch = |id: &str, version: &str, body: Value| house.send(Ask::patch(&format!("/api/v1/inventory/{id}"), version, &body).bearer(&owner));
        for id in &ids {
            let set = patch(id, "\"1\"", json!({"reserved_stock": "2", "reorder_point": "6.5", "max_stock": "60"})).await;
            assert_eq!((set.status, set.header("etag"), &set.json()["reorder_point"]), (StatusCode::OK, "\"2\"", &json!("6.5")), "{}", set.text());
        }
        assert_eq!(patch(&ids[0], "\"1\"", json!({"max_stock": null})).await.status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(patch(&ids[0], "\"2\"", json!({"reorder_point": "70"})).await.status, StatusCode::BAD_REQUEST, "above the most");
        assert_eq!(patch(&ids[0], "\"2\"", json!({"current_stock": "70"})).await.status, StatusCode::BAD_REQUEST, "it is booked, not set");
        assert_eq!(patch(&ids[0], "\"2\"", json!({"max_stock": null})).await.json()["max_stock"], Value::Null);
        let low = house.get(&owner, &format!("inventory?below_reorder=true&store_id={}", origin.store)).await;
        assert_eq!((&low["total"], &low["inventory"][0]["sku"]), (&json!(1), &json!("SKU-1")));
        assert_eq!(house.get(&owner, "inventory?below_reorder=false").await["inventory"][0]["sku"], "SKU-2");
        let by_product = format!("inventory?product_id={}", products::product_id(origin.org, "SKU-2"));
        assert_eq!(house.get(&owner, &by_product).await["total"], 1);
        assert_eq!(house.walk(&owner, "inventory", "inventory", 1).await.len(), 2);
        assert_eq!(house.get(&owner, "inventory?limit=1&offset=1").await["inventory"][0]["sku"], "SKU-2");
        house.close().await;
    }

    async fn what_cannot_have_happened_is_refused_and_nothing_is_booked(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        ring(&db, &origin, &[receipt("1", "2026-02-03T09:00:00Z", ReceiptKind::Sale, 250)], 1).await;
        let with = |field: &str, value: Value| {
            let mut event = json!({"store_id": origin.store, "product_id": products::product_id(origin.org, "SKU-1"), "kind": "receipt", "quantity": "1"});
            event[field] = value;
            event
        };
        for (event, named) in [
            (with("quantity", json!("-1")), "quantity"),
            (with("quantity", json!("0")), "quantity"),
            (with("quantity", json!("1e3")), "quantity"),
            (with("quantity", json!("99999999999999999999999999999")), "quantity"),
            (with("kind", json!("waste")), "reason"),
            (with("kind", json!("adjustment")), "reason"),
            (with("kind", json!("transfer")), "to_store_id"),
            (with("kind", json!("sale")), "Failed to deserialize"),
            (with("to_store_id", json!(origin.store)), "to_store_id"),
            (with("occurred_at", json!("2026-02-03T12:06:00Z")), "occurred_at"),
            (with("until", json!("tomorrow")), "Failed to deserialize"),
        ] {
            let detail = house.refused(&owner, "stock-events", Some(&event)).await;
            assert!(detail.starts_with(named), "{event}: {detail}");
        }
        let theirs = products::product_id(identity(2).org, "SKU-1");
        for event in [with("store_id", json!(identity(2).store)), with("product_id", json!(theirs)), with("product_id", json!(Uuid::nil()))] {
            assert_eq!(house.post(&owner, "stock-events", &event).await.status, StatusCode::NOT_FOUND, "{event}");
        }
        let mut moved = with("kind", json!("transfer"));
        moved["to_store_id"] = json!(identity(2).store);
        assert_eq!(house.post(&owner, "stock-events", &moved).await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.get(&owner, "inventory").await["total"], 0);
        house.close().await;
    }
}
