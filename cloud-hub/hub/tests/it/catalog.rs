//! Products, their barcodes, places and prices, as the API keeps them.

use hyper::StatusCode;
use serde_json::{Value, json};
use vyavs_store::both_engines;

use crate::house::{Ask, House, identity};

fn skus(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["sku"].as_str().expect("a SKU")).collect()
}

both_engines! {
    async fn a_product_is_made_found_changed_and_retired(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let new = json!({
            "sku": "85123A", "name": "White hanging heart", "attributes": {"colour": "white"}, "hierarchy": ["Home", "Lighting"],
            "barcodes": [{"gtin": "036000291452"}, {"gtin": "10614141000415", "pack": 12}],
            "prices": [{"price": "2.550", "currency": "GBP"}, {"price": "9.99", "currency": "GBP", "valid_from": "2026-03-01T00:00:00Z"}],
        });
        let made = house.post(&owner, "products", &new).await;
        assert_eq!((made.status, made.header("etag")), (StatusCode::CREATED, "\"1\""), "{}", made.text());
        let made = made.json();
        assert_eq!((made["category"].as_str(), made["price"]["price"].as_str()), (Some("Lighting"), Some("2.550")));
        assert_eq!(made["hierarchy"], json!(["Home", "Lighting"]));
        assert_eq!(made["barcodes"], json!([{"gtin": "036000291452", "pack": 1}, {"gtin": "10614141000415", "pack": 12}]));
        let again = house.post(&owner, "products", &new).await;
        assert_eq!((again.status, again.json()["detail"].as_str().expect("a detail").contains("already")), (StatusCode::CONFLICT, true));
        let rival = house.post(&owner, "products", &json!({"sku": "B", "name": "B", "barcodes": [{"gtin": "0036000291452"}]})).await;
        assert_eq!(rival.status, StatusCode::CONFLICT);
        assert!(rival.json()["detail"].as_str().expect("a detail").contains("barcode 036000291452 belongs to product \"85123A\""), "{}", rival.text());
        assert_eq!(house.get(&owner, "products").await["total"], 1, "nothing was left behind");

        let path = format!("/api/v1/products/{}", made["id"].as_str().expect("an id"));
        let change = |version: &str, body: &Value| house.send(Ask::patch(&path, version, body).bearer(&owner));
        let changed = change("\"1\"", &json!({"name": "Heart, red", "category": null, "barcodes": []})).await;
        assert_eq!((changed.status, changed.header("etag")), (StatusCode::OK, "\"2\""), "{}", changed.text());
        let seen = changed.json();
        assert_eq!((&seen["category"], &seen["barcodes"], &seen["attributes"]), (&Value::Null, &json!([]), &json!({"colour": "white"})));
        assert_eq!(change("\"1\"", &json!({"name": "x"})).await.status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(change("\"2\"", &json!({"sku": "other"})).await.status, StatusCode::BAD_REQUEST, "a SKU is what it is");
        for (search, total) in [("red", 1), ("WHITE", 0), ("036000291452", 0), ("85123a light", 1)] {
            assert_eq!(house.get(&owner, &format!("products?search={}", search.replace(' ', "%20"))).await["total"], total, "{search}");
        }
        assert_eq!(change("\"2\"", &json!({"retired": true})).await.json()["retired_at"], "2026-02-03T12:00:00Z");
        for (retired, total) in [("", 0), ("retired=false", 0), ("retired=true", 1), ("retired=all", 1)] {
            assert_eq!(house.get(&owner, &format!("products?{retired}")).await["total"], total, "{retired}");
        }
        let audit = house.get(&owner, "audit?action=products.").await;
        assert_eq!(audit["entries"].as_array().map(Vec::len), Some(3), "{audit}");
        // A viewer reads; another tenant has a product of the same barcode and sees nothing of this one.
        let viewer = house.token("viewer1@shop.example").await;
        assert_eq!(house.get(&viewer, "products?retired=all").await["total"], 1);
        assert_eq!(house.post(&viewer, "products", &json!({"sku": "C", "name": "C"})).await.status, StatusCode::FORBIDDEN);
        house.close().await;
    }

    async fn the_catalog_is_paged_both_ways_and_filtered(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        for n in 0..11 {
            let place = if n % 2 == 0 { json!(["Food", "Dairy"]) } else { json!(["Food"]) };
            let new = json!({"sku": format!("S{n:02}"), "name": format!("thing {n}"), "category": format!("c{}", n % 3), "hierarchy": place});
            assert_eq!(house.post(&owner, "products", &new).await.status, StatusCode::CREATED);
        }
        let theirs = house.token("owner2@shop.example").await;
        assert_eq!(house.post(&theirs, "products", &json!({"sku": "S00", "name": "thing of theirs"})).await.status, StatusCode::CREATED);
        let all = house.walk(&owner, "products", "products", 4).await;
        assert_eq!(skus(&all), (0..11).map(|n| format!("S{n:02}")).collect::<Vec<_>>());
        let second = house.get(&owner, "products?limit=4&offset=4").await;
        assert_eq!(skus(second["products"].as_array().expect("a list")), ["S04", "S05", "S06", "S07"]);
        assert_eq!(second["page_info"]["has_more"], true);
        assert_eq!((&second["total"], &second["page_info"]["offset"]), (&json!(11), &json!(4)));
        assert_eq!(house.walk(&owner, "products?search=thing", "products", 3).await.len(), 11);
        for (query, expected) in [("category=c1", 4), ("group=Food", 11), ("group=Food/Dairy", 6), ("group=Foo", 0), ("category=c0&group=Food/Dairy", 2), ("search=thing&category=c2", 3)] {
            let page = house.get(&owner, &format!("products?{query}")).await;
            assert_eq!((page["total"].as_i64(), page["products"].as_array().map(Vec::len)), (Some(expected), usize::try_from(expected).ok()), "{query}");
        }
        let groups = house.get(&owner, "product-groups").await;
        assert_eq!(groups["groups"][1]["path"], "Food/Dairy");
        assert_eq!((&groups["groups"][0]["products"], &groups["groups"][1]["products"]), (&json!(5), &json!(6)));
        for (query, named) in [("limit=0", "limit"), ("offset=-1", "offset"), ("cursor=x", "cursor"), ("retired=maybe", "retired"), ("search=--", "search"), ("sort=name", "sort"), ("store_id=7", "store_id")] {
            assert!(house.refused(&owner, &format!("products?{query}"), None).await.starts_with(named), "{query}");
        }
        house.close().await;
    }

    async fn what_is_no_product_is_refused_by_the_name_of_its_field(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let with = |field: &str, value: Value| {
            let mut new = json!({"sku": "A", "name": "Apple"});
            new[field] = value;
            new
        };
        let price = |field: &str, value: Value| {
            let mut terms = json!({"price": "1.00", "currency": "GBP"});
            terms[field] = value;
            with("prices", json!([terms]))
        };
        for (new, named) in [
            (with("sku", json!(" ")), "sku:"),
            (with("name", json!("two\nlines")), "name:"),
            (with("colour", json!("red")), "Failed to deserialize"),
            (with("hierarchy", json!(["Food/Dairy"])), "hierarchy[0]:"),
            (with("hierarchy", json!(["a", "b", "c", "d", "e", "f", "g", "h", "i"])), "hierarchy:"),
            (with("barcodes", json!([{"gtin": "4006381333932"}])), "barcodes[0].gtin: \"4006381333932\" is not a GTIN: \"4006381333932\" ends in a wrong check digit, expected 1"),
            (with("barcodes", json!([{"gtin": "4006381333931", "pack": 0}])), "barcodes[0].pack:"),
            (with("barcodes", json!([{"gtin": "036000291452"}, {"gtin": "0036000291452"}])), "barcodes[1].gtin:"),
            (with("attributes", json!({"x": "y".repeat(20_000)})), "attributes:"),
            (price("price", json!("1,50")), "prices[0].price:"),
            (price("price", json!("-1")), "prices[0].price:"),
            (price("price", json!("0.1234567")), "prices[0].price:"),
            (price("currency", json!("pound")), "prices[0].currency:"),
            (price("valid_to", json!("2026-01-01T00:00:00Z")), "prices[0].valid_to:"),
        ] {
            let detail = house.refused(&owner, "products", Some(&new)).await;
            assert!(detail.starts_with(named), "{new}: {detail}");
        }
        assert_eq!(house.get(&owner, "products?retired=all").await["total"], 0, "nothing was made");
        assert_eq!(house.get(&owner, "product-groups").await["groups"], json!([]));
        house.close().await;
    }

    async fn a_price_is_added_and_the_stores_own_holds_there(db: Db) {
        let house = House::open(db).await;
        let origin = house.tenant(1).await;
        house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        let made = house.post(&owner, "products", &json!({"sku": "A", "name": "Apple", "prices": [{"price": "1.00", "currency": "GBP"}]})).await.json();
        let id = made["id"].as_str().expect("an id");
        let here = origin.store.to_string();
        let own = json!({"product_id": id, "store_id": here, "price": "0.875", "currency": "GBP", "valid_to": "2026-02-10T00:00:00Z"});
        let added = house.post(&owner, "prices", &own).await;
        assert_eq!((added.status, added.json()["price"].clone()), (StatusCode::CREATED, json!("0.875")), "{}", added.text());
        let of = async |query: &str| house.get(&owner, &format!("products{query}")).await["products"][0]["price"]["price"].clone();
        assert_eq!((of("").await, of(&format!("?store_id={here}")).await), (json!("1.00"), json!("0.875")));
        let list = house.get(&owner, &format!("prices?product_id={id}")).await;
        assert_eq!(list["prices"].as_array().map(Vec::len), Some(2));
        let euro = json!({"product_id": id, "store_id": here, "price": "1", "currency": "EUR"});
        assert!(house.refused(&owner, "prices", Some(&euro)).await.contains("GBP, the currency of the store"));
        let foreign = json!({"product_id": id, "store_id": identity(2).store, "price": "1", "currency": "GBP"});
        assert_eq!(house.post(&owner, "prices", &foreign).await.status, StatusCode::NOT_FOUND);
        let theirs = house.token("owner2@shop.example").await;
        let stolen = json!({"product_id": id, "price": "1", "currency": "GBP"});
        assert_eq!(house.post(&theirs, "prices", &stolen).await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.send(Ask::get(&format!("/api/v1/prices?product_id={id}")).bearer(&theirs)).await.status, StatusCode::NOT_FOUND);
        house.close().await;
    }
}
