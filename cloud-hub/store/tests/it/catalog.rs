//! Products as people keep them: described, found, sorted, coded and priced.

use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_store::prices::{self, Price};
use vyavs_store::products::{self, Described, ProductFilter, SearchText, barcodes, groups};
use vyavs_store::{Db, Within, both_engines, reach, testing};

use crate::given::{at, id, identity, line, receipt, shop};
use crate::sales::ingest;

fn plain<'a>(name: &'a str, category: Option<&'a str>, attributes: &'a serde_json::Value) -> Described<'a> {
    Described { name, category, attributes, group: None, retired_at: None }
}

/// Puts products (SKU, name, category) into the catalog, searchable.
async fn described(db: &Db, org: OrgId, all: &[(&str, &str, Option<&str>)]) {
    let (now, none) = (at("2026-02-03T10:00:00Z"), json!({}));
    let mut tx = db.begin_write_for(org).await.expect("a transaction");
    for (sku, name, category) in all {
        let made = products::insert(&mut tx, org, sku, &plain(name, *category, &none), now).await.expect("a product");
        products::index(&mut tx, org, made.expect("new")).await.expect("words");
    }
    tx.commit().await.expect("a commit");
}

/// The SKUs that a search finds, and how many it says there are.
async fn found(db: &Db, org: OrgId, text: &str) -> (Vec<String>, u64) {
    let filter = ProductFilter { search: Some(SearchText::of(text).expect("words")), ..ProductFilter::default() };
    let mut tx = db.begin_read(org).await.expect("a transaction");
    let page = products::page(&mut tx, org, &filter, (None, 0), 100).await.expect("a page");
    let count = products::count(&mut tx, org, &filter).await.expect("a count");
    (page.into_iter().map(|product| product.sku).collect(), count)
}

both_engines! {
    async fn a_product_is_described_once_and_changed_by_who_read_it(db: Db) {
        let origin = shop(&db, 1).await;
        let (org, now) = (origin.org, at("2026-02-03T10:00:00Z"));
        let (grams, none) = (json!({"g": 150}), json!({}));
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        let made = products::insert(&mut tx, org, "A", &plain("Apple", Some("fruit"), &grams), now).await.expect("a product");
        assert_eq!(made, Some(products::product_id(org, "A")));
        let again = products::insert(&mut tx, org, "A", &plain("Other", None, &none), now).await.expect("a query");
        assert_eq!(again, None);
        let id = made.expect("new");
        let dairy = groups::ensure(&mut tx, org, &["Food".to_owned(), "Dairy".to_owned()], now).await.expect("groups");
        let said = Described { group: dairy, retired_at: Some(now), ..plain("Apple, red", None, &none) };
        assert!(products::change(&mut tx, org, (id, 1), &said, now).await.expect("changed"));
        assert!(!products::change(&mut tx, org, (id, 1), &said, now).await.expect("a query"), "somebody was quicker");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(org).await.expect("a transaction");
        let found = products::by_sku(&mut tx, org, "A").await.expect("a query").expect("the product");
        assert_eq!((found.name.as_str(), found.category, found.attributes, found.version), ("Apple, red", None, json!({}), 2));
        assert_eq!((found.group.as_deref(), found.retired_at, found.updated_at), (Some("Food/Dairy"), Some(now), Some(now)));
        let tree = groups::list(&mut tx, org).await.expect("groups");
        let seen: Vec<_> = tree.iter().map(|group| (group.path.as_str(), group.name.as_str(), group.parent)).collect();
        assert_eq!(seen, [("Food", "Food", None), ("Food/Dairy", "Dairy", Some(tree[0].id))]);
        assert_eq!(products::get(&mut tx, identity(2).org, id).await.expect("a query"), None);
    }

    async fn pages_of_products_meet_without_gap_or_overlap_and_filters_hold(db: Db) {
        let origin = shop(&db, 1).await;
        let (org, now, none) = (origin.org, at("2026-02-03T10:00:00Z"), json!({}));
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        let food = groups::ensure(&mut tx, org, &["Food".to_owned()], now).await.expect("groups");
        let dairy = groups::ensure(&mut tx, org, &["Food".to_owned(), "Dairy".to_owned()], now).await.expect("groups");
        let foot = groups::ensure(&mut tx, org, &["Foodless".to_owned()], now).await.expect("groups");
        for n in 0..25 {
            let said = Described {
                group: [food, dairy, foot, None][n % 4],
                category: (n % 2 == 0).then_some("even"),
                retired_at: (n % 5 == 0).then_some(now),
                ..plain("thing", None, &none)
            };
            let made = products::insert(&mut tx, org, &format!("{n:02}"), &said, now).await.expect("a product").expect("new");
            products::index(&mut tx, org, made).await.expect("words");
        }
        // A till may ring an empty SKU; it is listed like any other.
        products::insert(&mut tx, org, "", &plain("nothing", None, &none), now).await.expect("a product");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(org).await.expect("a transaction");
        let filter = |category: Option<&str>, group: Option<&str>, retired, search: Option<&str>| ProductFilter {
            category: category.map(str::to_owned),
            group: group.map(str::to_owned),
            search: search.and_then(SearchText::of),
            retired,
        };
        for (filter, count) in [
            (filter(None, None, None, None), 26),
            (filter(Some("even"), None, None, None), 13),
            (filter(None, Some("Food"), None, None), 13),
            (filter(None, Some("Food/Dairy"), None, None), 6),
            (filter(None, None, Some(true), None), 5),
            (filter(None, None, Some(false), None), 21),
            (filter(Some("even"), Some("Food"), Some(false), None), 5),
            (filter(None, None, None, Some("THI")), 25),
            (filter(Some("even"), None, Some(false), Some("thing")), 10),
            (filter(Some("odd"), None, None, None), 0),
        ] {
            assert_eq!(products::count(&mut tx, org, &filter).await.expect("a count"), count, "{filter:?}");
            let (mut seen, mut after) = (Vec::new(), None::<String>);
            loop {
                let page = products::page(&mut tx, org, &filter, (after.as_deref(), 0), 4).await.expect("a page");
                let Some(last) = page.last() else { break };
                after = Some(last.sku.clone());
                seen.extend(page);
            }
            assert_eq!(seen.len() as u64, count, "{filter:?}");
            assert!(seen.windows(2).all(|pair| pair[0].sku < pair[1].sku));
            let skipped = products::page(&mut tx, org, &filter, (None, 3), 100).await.expect("a page");
            assert_eq!(skipped, seen.into_iter().skip(3).collect::<Vec<_>>());
        }
    }

    async fn words_are_found_by_their_beginnings_wherever_they_stand(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        described(&db, mine.org, &[
            ("85123A", "WHITE HANGING HEART T-LIGHT HOLDER", Some("Décor")),
            ("22423", "REGENCY CAKESTAND 3 TIER", None),
            ("KA-7", "Käse, 20% off", Some("Dairy")),
        ]).await;
        described(&db, theirs.org, &[("85123A", "White heart of theirs", None)]).await;
        for (text, expected) in [
            ("white", vec!["85123A"]), ("HEART hang", vec!["85123A"]), ("light", vec!["85123A"]),
            ("8512", vec!["85123A"]), ("85123a", vec!["85123A"]), ("déc", vec!["85123A"]),
            ("kä", vec!["KA-7"]), ("ka-7", vec!["KA-7"]), ("20", vec!["KA-7"]), ("dairy", vec!["KA-7"]),
            ("eart", vec![]), ("white cake", vec![]), ("\" OR 1", vec![]), ("'x' | 'y'", vec![]),
        ] {
            assert_eq!(found(&db, mine.org, text).await, (expected.iter().map(|sku| (*sku).to_owned()).collect(), expected.len() as u64), "{text}");
        }
        // Renamed: the old words are gone.
        let (none, now) = (json!({}), at("2026-02-03T10:00:00Z"));
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        let cake = products::product_id(mine.org, "22423");
        assert!(products::change(&mut tx, mine.org, (cake, 1), &plain("Tower", None, &none), now).await.expect("changed"));
        products::index(&mut tx, mine.org, cake).await.expect("words");
        tx.commit().await.expect("a commit");
        assert_eq!(found(&db, mine.org, "cakestand").await.1, 0);
        assert_eq!(found(&db, mine.org, "tower").await.1, 1);
    }

    async fn what_a_till_rings_is_found_and_what_a_person_wrote_stays(db: Db) {
        let origin = shop(&db, 1).await;
        described(&db, origin.org, &[("B", "Bread of ours", None)]).await;
        let mut nameless = line(1, "N-1", "1", "1.00", 100);
        nameless.name = String::new();
        ingest(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", vec![nameless, line(2, "B", "1", "1.00", 100), line(3, "C", "1", "1.00", 100)])]).await;
        assert_eq!(found(&db, origin.org, "näme").await.0, ["C"]);
        assert_eq!(found(&db, origin.org, "bread").await.0, ["B"]);
        assert_eq!(found(&db, origin.org, "n").await.0, ["C", "N-1"], "by its SKU, or a word of its name");
        // Its name comes later.
        ingest(&db, &origin, &[receipt("2", "2026-02-03T11:00:00Z", vec![line(1, "N-1", "1", "1.00", 100)])]).await;
        assert_eq!(found(&db, origin.org, "näme").await.0, ["C", "N-1"]);
    }

    async fn products_from_before_there_was_a_search_are_found_after_a_start(db: Db) {
        let origin = shop(&db, 1).await;
        ingest(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "OLD", "1", "1.00", 100)])]).await;
        testing::meddle(&db, "product_search", "delete from product_search").await;
        assert_eq!(found(&db, origin.org, "old").await.1, 0);
        db.migrate().await.expect("nothing but this to do");
        assert_eq!(found(&db, origin.org, "old").await.0, ["OLD"]);
    }

    async fn a_barcode_stands_for_one_product_of_the_organization(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        for org in [mine.org, theirs.org] {
            described(&db, org, &[("A", "Apple", None), ("B", "Bread", None)]).await;
        }
        let gtin = |text: &str| text.parse().expect("a GTIN");
        let (org, now) = (mine.org, at("2026-02-03T10:00:00Z"));
        let (a, b) = (products::product_id(org, "A"), products::product_id(org, "B"));
        let upc = gtin("036000291452");
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        let codes = [(upc, 1), (gtin("10614141000415"), 12)];
        assert_eq!(barcodes::set(&mut tx, org, a, &codes, now).await.expect("set"), Ok(()));
        assert_eq!(barcodes::set(&mut tx, org, b, &[(gtin("0036000291452"), 1)], now).await.expect("a query"), Err(upc));
        assert_eq!(barcodes::product_of(&mut tx, org, upc).await.expect("a query"), Some(a));
        assert_eq!(barcodes::of(&mut tx, org, &[a, b]).await.expect("codes").len(), 2);
        assert_eq!(barcodes::set(&mut tx, org, a, &codes[..1], now).await.expect("set"), Ok(()));
        products::index(&mut tx, org, a).await.expect("words");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write_for(theirs.org).await.expect("a transaction");
        let their_b = products::product_id(theirs.org, "B");
        assert_eq!(barcodes::set(&mut tx, theirs.org, their_b, &[(upc, 1)], now).await.expect("set"), Ok(()));
        tx.commit().await.expect("a commit");
        for text in ["036000291452", "0360002", "00036000291452"] {
            assert_eq!(found(&db, org, text).await.0, ["A"], "{text}");
        }
        assert_eq!(found(&db, org, "10614141000415").await.1, 0, "it was taken away");
    }

    async fn of_the_prices_in_force_the_stores_own_and_then_the_youngest_holds(db: Db) {
        let origin = shop(&db, 1).await;
        let (org, base) = (origin.org, at("2026-02-01T00:00:00Z"));
        described(&db, org, &[("A", "Apple", None)]).await;
        let product = products::product_id(org, "A");
        let days = |n: i64| base + SignedDuration::from_hours(24 * n);
        let price = |n: u128, text: &str, store, from: i64, to: Option<i64>| Price {
            id: id(9_000 + n), product, store, price: text.parse().expect("a decimal"), currency: "GBP".parse().expect("a code"),
            valid_from: days(from), valid_to: to.map(days), created_by: id(1), created_at: base + SignedDuration::from_secs(n as i64),
        };
        let all = [
            price(1, "1.00", None, 0, None), price(2, "1.250", None, 10, None), price(3, "0.99", None, 12, Some(14)),
            price(4, "2.00", Some(origin.store), 11, Some(13)), price(5, "1.30", None, 10, None),
        ];
        let mut tx = db.begin_write_for(org).await.expect("a transaction");
        for price in &all {
            prices::insert(&mut tx, org, price).await.expect("a price");
        }
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(org).await.expect("a transaction");
        for (day, here, everywhere) in [
            (-1, None, None), (0, Some("1.00"), Some("1.00")), (10, Some("1.30"), Some("1.30")), (11, Some("2.00"), Some("1.30")),
            (12, Some("2.00"), Some("0.99")), (13, Some("0.99"), Some("0.99")), (14, Some("1.30"), Some("1.30")),
        ] {
            for (store, expected) in [(Some(origin.store), here), (None, everywhere)] {
                let found = prices::in_force(&mut tx, org, &[product], store, days(day)).await.expect("prices");
                assert_eq!(found.get(&product).map(|price| price.price.to_string()).as_deref(), expected, "day {day}, {store:?}");
            }
        }
        let list = prices::list(&mut tx, org, product, Within::ALL).await.expect("prices");
        assert_eq!(list.iter().map(|price| price.price.to_string()).collect::<Vec<_>>(), ["0.99", "2.00", "1.30", "1.250", "1.00"]);
        // Who reaches other stores only does not see what this one asks.
        let holder = Uuid::from_u128(77);
        let elsewhere = Within { store: None, holder: Some(holder) };
        assert_eq!(prices::list(&mut tx, org, product, elsewhere).await.expect("prices").len(), 4);
        drop(tx);
        let mut tx = db.begin_write().await.expect("a transaction");
        reach::set(&mut tx, org, holder, &[origin.store].into()).await.expect("given");
        assert_eq!(prices::list(&mut tx, org, product, elsewhere).await.expect("prices").len(), 5);
        assert!(prices::list(&mut tx, identity(2).org, product, Within::ALL).await.expect("a query").is_empty());
    }
}
