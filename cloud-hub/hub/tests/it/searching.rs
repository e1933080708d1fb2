//! Lines of sale are found, and the day's sums are shown, as the database has them.

use hyper::StatusCode;
use serde_json::{Value, json};
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::{both_engines, products};

use crate::house::{Ask, House, hidden, receipt, ring};

both_engines! {
    async fn lines_of_sale_are_found_by_what_is_known_of_them(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let other = house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        let rung: Vec<_> = (0..6_i64).map(|n| {
            let mut sale = receipt(&n.to_string(), &format!("2026-02-0{}T1{n}:00:00Z", 1 + n / 3), if n == 4 { ReceiptKind::Return } else { ReceiptKind::Sale }, 100 * (n + 1));
            sale.key.terminal = format!("till-{}", n % 2).parse().expect("a terminal");
            sale.operator = (n != 5).then(|| format!("{n}"));
            sale.customer = (n == 3).then(|| "c-3".to_owned());
            sale
        }).collect();
        let rung = hidden(&house, &origin, &rung).await;
        ring(&db, &origin, &rung, 1).await;
        ring(&db, &origin, &[receipt("old", "2025-11-03T10:00:00Z", ReceiptKind::Sale, 100)], 100).await;
        ring(&db, &other, &rung, 1).await;
        let all = house.walk(&owner, "transactions", "transactions", 5).await;
        assert_eq!(all.len(), 12, "two lines each, of the last 31 days");
        assert!(all.windows(2).all(|pair| pair[0]["transaction_time"].as_str() >= pair[1]["transaction_time"].as_str()));
        let newest = &all[0];
        assert_eq!((&newest["receipt_number"], &newest["register"], &newest["cashier"], &newest["kind"]), (&json!("5"), &json!("till-1"), &Value::Null, &json!("sale")));
        let product = products::product_id(origin.org, "SKU-2");
        for (query, expected) in [
            (format!("store_id={}", origin.store), 12), (format!("product_id={product}"), 6),
            (format!("product_id={product}&register=till-0"), 3), ("register=till-1".to_owned(), 6), ("cashier=2".to_owned(), 2),
            ("customer_id=c-3".to_owned(), 2), ("receipt_number=4".to_owned(), 2), ("kind=return".to_owned(), 2), ("kind=void".to_owned(), 0),
            ("min_total=2.00&max_total=4.00".to_owned(), 3), ("min_total=6.00".to_owned(), 1), ("category=none".to_owned(), 0),
            ("from=2026-02-02T00:00:00Z".to_owned(), 6), ("to=2026-02-01T11:00:00Z".to_owned(), 2), ("from=2025-11-01T00:00:00Z".to_owned(), 14),
        ] {
            let page = house.get(&owner, &format!("transactions?count=true&{query}")).await;
            assert_eq!((page["total"].as_u64(), page["transactions"].as_array().map(Vec::len)), (Some(expected), usize::try_from(expected).ok()), "{query}");
        }
        let skipped = house.get(&owner, "transactions?limit=5&offset=5").await;
        assert_eq!((skipped["transactions"].as_array().map(Vec::as_slice), &skipped["total"]), (Some(&all[5..10]), &Value::Null));
        for (query, named) in [("kind=gift", "kind"), ("min_total=x", "min_total"), ("from=2026-02-04T00:00:00Z", "from"), ("offset=10001", "offset"), ("cursor=AAAA", "cursor"), ("till=1", "till")] {
            assert!(house.refused(&owner, &format!("transactions?{query}"), None).await.starts_with(named), "{query}");
        }
        let foreign = house.send(Ask::get(&format!("/api/v1/transactions?store_id={}", other.store)).bearer(&owner)).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        let theirs = products::product_id(other.org, "SKU-2");
        assert_eq!(house.get(&owner, &format!("transactions?product_id={theirs}")).await["transactions"], json!([]));
        house.close().await;
    }

    async fn the_daily_summary_shows_the_sums_of_each_product(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        ring(&db, &origin, &[
            receipt("1", "2026-02-02T10:00:00Z", ReceiptKind::Sale, 250),
            receipt("2", "2026-02-02T11:00:00Z", ReceiptKind::Sale, 150),
            receipt("3", "2026-02-02T12:00:00Z", ReceiptKind::Void, 999),
            receipt("4", "2026-02-03T10:00:00Z", ReceiptKind::Return, -100),
            receipt("5", "2026-01-03T10:00:00Z", ReceiptKind::Sale, 700),
        ], 1).await;
        let week = house.walk(&owner, "daily-sales-summary", "summary", 3).await;
        let of = |day: &str, sku: &str| week.iter().find(|row| row["sale_date"] == day && row["sku"] == sku).expect("a row").clone();
        assert_eq!(week.len(), 4);
        let row = of("2026-02-02", "SKU-2");
        assert_eq!((&row["lines"], &row["total_quantity"], &row["total_revenue"]), (&json!(2), &json!("2"), &json!({"amount": "4.00", "currency": "GBP"})));
        assert_eq!(of("2026-02-03", "SKU-2")["total_revenue"]["amount"], "-1.00");
        let product = products::product_id(origin.org, "SKU-1");
        for (query, expected) in [
            ("from=2026-01-01&to=2026-02-28".to_owned(), 6), ("from=2026-02-03".to_owned(), 2), (format!("product_id={product}"), 2),
            (format!("store_id={}", origin.store), 4), ("category=x".to_owned(), 0), ("limit=2&offset=3".to_owned(), 1),
        ] {
            assert_eq!(house.get(&owner, &format!("daily-sales-summary?{query}")).await["summary"].as_array().map(Vec::len), Some(expected), "{query}");
        }
        for query in ["from=2026-02-04", "from=2010-01-01", "from=yesterday", "from=2026-02-30"] {
            assert!(house.refused(&owner, &format!("daily-sales-summary?{query}"), None).await.starts_with("from"), "{query}");
        }
        house.close().await;
    }

    async fn figures_are_held_against_the_same_weekday_a_year_ago(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        // 364 days before 2026-02-03, a Tuesday like it; what was rung after noon is left out.
        ring(&db, &origin, &[
            receipt("1", "2025-02-04T10:00:00Z", ReceiptKind::Sale, 800),
            receipt("2", "2025-02-04T11:59:59Z", ReceiptKind::Sale, 400),
            receipt("3", "2025-02-04T12:00:00Z", ReceiptKind::Sale, 7_700),
            receipt("4", "2025-02-03T10:00:00Z", ReceiptKind::Sale, 9_900),
            receipt("5", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 1_000),
        ], 1).await;
        let kpis = house.get(&owner, "kpis").await;
        let of = |id: &str| kpis["kpis"].as_array().expect("a list").iter().find(|kpi| kpi["id"] == id).expect("there").clone();
        assert_eq!((&of("sales_today")["value"], &of("sales_today")["last_year"]["value"]), (&json!(10.0), &json!(12.0)));
        assert_eq!((&of("receipts_today")["last_year"]["value"], &of("average_basket")["last_year"]["value"]), (&json!(2.0), &json!(6.0)));
        assert_eq!((&of("units_today")["last_year"]["value"], &of("open_alarms")["last_year"]), (&json!(6.0), &Value::Null));
        assert_eq!(of("sales_today")["compare"], Value::Null);
        assert!(of("sales_today")["formula"].as_str().is_some_and(|formula| !formula.is_empty()) && !of("sales_today")["as_of"].is_null());
        house.close().await;
    }
}
