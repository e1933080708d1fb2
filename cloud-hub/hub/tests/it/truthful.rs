//! What has no engine says so: rows that lie there are shown, runs are refused by name, and no number is made up.

use hyper::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::{both_engines, products, testing};

use crate::house::{Ask, House, alarm, identity, measure, receipt, ring};

both_engines! {
    async fn runs_are_checked_and_then_refused_by_the_name_of_what_is_missing(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let other = house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        for origin in [&origin, &other] {
            ring(&db, origin, &[receipt("1", "2026-02-03T09:00:00Z", ReceiptKind::Sale, 250)], 1).await;
        }
        let mine = products::product_id(origin.org, "SKU-1");
        let theirs = products::product_id(other.org, "SKU-1");
        for (path, good, engine) in [
            ("forecasts/generate", json!({"product_ids": [mine], "horizon": 14, "parameters": {}}), "forecasting"),
            ("pricing/optimize", json!({"product_ids": [mine], "constraints": {}, "objectives": {}}), "price optimization"),
            ("risks/analyze", json!({"analysis_type": "supply", "parameters": {}}), "risk analysis"),
            ("simulation/what-if", json!({"scenario_type": "price_change", "parameters": {}, "changes": {}}), "digital twin"),
            ("optimization/inventory", json!({"stores": [origin.store], "products": [mine], "constraints": {}}), "inventory optimization"),
            ("optimization/marketing", json!({"budget": "100.00", "channels": ["search"], "objectives": {}}), "marketing optimization"),
        ] {
            let reply = house.post(&owner, path, &good).await;
            assert_eq!((reply.status, &reply.json()["type"]), (StatusCode::CONFLICT, &json!("urn:vyavs:problem:engine-not-installed")), "{path}: {}", reply.text());
            assert!(reply.json()["detail"].as_str().expect("a detail").contains(engine), "{path}");
            let mut odd = good.clone();
            odd["colour"] = json!("red");
            house.refused(&owner, path, Some(&odd)).await;
        }
        for (path, bad, named) in [
            ("forecasts/generate", json!({"product_ids": []}), "product_ids"),
            ("forecasts/generate", json!({"product_ids": [mine], "horizon": 400}), "horizon"),
            ("forecasts/generate", json!({"product_ids": [mine, theirs]}), "product_ids"),
            ("pricing/optimize", json!({"product_ids": [Uuid::nil()]}), "product_ids"),
            ("risks/analyze", json!({"analysis_type": ""}), "analysis_type"),
            ("simulation/what-if", json!({"scenario_type": "\n"}), "scenario_type"),
            ("optimization/inventory", json!({"stores": [], "products": [mine]}), "stores"),
            ("optimization/marketing", json!({"budget": "-1", "channels": ["search"]}), "budget"),
            ("optimization/marketing", json!({"budget": "1", "channels": []}), "channels"),
        ] {
            let detail = house.refused(&owner, path, Some(&bad)).await;
            assert!(detail.starts_with(named), "{path} {bad}: {detail}");
        }
        let foreign = json!({"stores": [other.store], "products": [mine]});
        assert_eq!(house.post(&owner, "optimization/inventory", &foreign).await.status, StatusCode::NOT_FOUND);
        house.close().await;
    }

    async fn reads_show_the_rows_that_lie_there_and_name_what_is_not_there(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let other = house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        ring(&db, &origin, &[receipt("1", "2026-02-03T09:00:00Z", ReceiptKind::Sale, 250)], 1).await;
        ring(&db, &other, &[receipt("1", "2026-02-03T09:00:00Z", ReceiptKind::Sale, 250)], 1).await;
        let product = products::product_id(origin.org, "SKU-1");
        let nothing = house.get(&owner, &format!("forecasts/{product}")).await;
        assert_eq!((&nothing["forecasts"], &nothing["engine"]["state"], &nothing["horizon"]), (&json!([]), &json!("not_available"), &json!(14)));
        assert_eq!(house.get(&owner, "pricing/recommendations").await["recommendations"], json!([]));
        // Somebody else's program wrote rows: yesterday, today (twice), and beyond the horizon.
        let (org, store, their) = (origin.org, origin.store, products::product_id(other.org, "SKU-1"));
        for (n, of, product, at, day, demand, made) in [
            (1, org, product, store, "2026-02-02", "1", 1), (2, org, product, store, "2026-02-03", "2", 1), (3, org, product, store, "2026-02-03", "2.5", 2),
            (4, org, product, store, "2026-03-03", "4", 1), (5, other.org, their, other.store, "2026-02-03", "9", 1),
        ] {
            let id = Uuid::from_u128(n);
            let sql = format!("insert into forecasts (id, org_id, product_id, store_id, forecast_date, predicted_demand, confidence_interval, model_version, created_at)
                values ('{id}', '{of}', '{product}', '{at}', '{day}', '{demand}', '{{\"p90\": 3}}', 'naive-1', {made})");
            testing::meddle(&db, "forecasts", &sql).await;
        }
        let sql = format!("insert into pricing_recommendations (id, org_id, product_id, store_id, current_price, recommended_price, currency, reasoning, created_at)
            values ('{}', '{org}', '{product}', '{store}', '2.50', '2.75', 'GBP', 'because', 1)", Uuid::from_u128(9));
        testing::meddle(&db, "pricing_recommendations", &sql).await;
        let shown = house.get(&owner, &format!("forecasts/{product}?store_id={store}&horizon=7")).await;
        assert_eq!(shown["forecasts"].as_array().map(Vec::len), Some(1), "{shown}");
        let row = &shown["forecasts"][0];
        assert_eq!((&row["date"], &row["predicted_demand"], &row["confidence"]), (&json!("2026-02-03"), &json!("2.5"), &json!({"p90": 3})));
        assert_eq!(house.get(&owner, &format!("forecasts/{product}?horizon=29")).await["forecasts"].as_array().map(Vec::len), Some(2));
        let priced = house.get(&owner, "pricing/recommendations").await;
        assert_eq!((&priced["recommendations"][0]["recommended_price"], &priced["engine"]["state"]), (&json!("2.75"), &json!("not_available")));
        assert_eq!(house.get(&owner, "pricing/recommendations?category=none").await["recommendations"], json!([]));
        assert_eq!(house.send(Ask::get(&format!("/api/v1/forecasts/{their}")).bearer(&owner)).await.status, StatusCode::NOT_FOUND);
        for query in ["horizon=0", "horizon=366", "store_id=x", "days=3"] {
            house.refused(&owner, &format!("forecasts/{product}?{query}"), None).await;
        }
        house.close().await;
    }

    async fn the_twin_and_the_alerts_are_what_was_measured(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        let empty = house.get(&owner, &format!("simulation/twin/{}", origin.store)).await;
        assert_eq!((&empty["last_updated"], &empty["twin_state"]["sensors"]), (&Value::Null, &json!([])));
        measure(&db, &origin).await;
        alarm(&db, &origin, 5).await;
        ring(&db, &origin, &[receipt("1", "2026-02-03T09:00:00Z", ReceiptKind::Sale, 250)], 1).await;
        let twin = house.get(&owner, &format!("simulation/twin/{}", origin.store)).await;
        assert_eq!((&twin["twin_state"]["calibrated"], &twin["engine"]["state"]), (&json!(false), &json!("not_available")));
        assert_eq!((&twin["last_updated"], &twin["metrics"]["receipts_today"]), (&json!("2026-02-03T12:00:00Z"), &json!(1)));
        assert_eq!(twin["twin_state"]["sensors"][0]["id"], "fridge-1.air");
        // Every third is over.
        let alerts = house.walk(&owner, "risks/alerts", "alerts", 2).await;
        assert_eq!(alerts.iter().map(|alert| alert["description"].as_str().expect("a text")).collect::<Vec<_>>(), ["too warm, 4", "too warm, 2", "too warm, 1"]);
        assert_eq!((&alerts[0]["type"], &alerts[0]["severity"]), (&json!("threshold"), &json!("critical")));
        let analytics = house.get(&owner, &format!("analytics/dashboard?store_id={}", origin.store)).await;
        assert_eq!((&analytics["sales"]["receipts_today"], &analytics["inventory"]["products"], &analytics["forecasts"]["rows"]), (&json!(1), &json!(0), &json!(0)));
        house.refused(&owner, "analytics/dashboard", None).await;
        let theirs = house.send(Ask::get(&format!("/api/v1/simulation/twin/{}", identity(2).store)).bearer(&owner)).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND);
        house.close().await;
    }
}
