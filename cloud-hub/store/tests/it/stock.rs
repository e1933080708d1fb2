//! Stock follows what is booked and what is sold, in whatever order the hub hears of it.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::inventory::events::{self, Booked, StockEvent, StockEventKind as Kind};
use vyavs_store::inventory::{self, Levels, StockFilter};
use vyavs_store::products::{self, Described};
use vyavs_store::{Db, Origin, Within, both_engines, stores};

use crate::given::{at, id, identity, line, receipt, shop};
use crate::sales::ingest;

fn dec(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

/// What happened to product `A` of the shop.
fn happened(origin: &Origin, n: u128, kind: Kind, quantity: &str, when: &str) -> StockEvent {
    StockEvent {
        id: id(7_000 + n),
        store: origin.store,
        product: products::product_id(origin.org, "A"),
        kind,
        quantity: dec(quantity),
        change: Decimal::ZERO,
        other_store: None,
        reason: Some("because".to_owned()),
        reference: None,
        occurred_at: at(when),
        recorded_at: at("2026-02-10T00:00:00Z"),
        actor: id(1),
    }
}

async fn product(db: &Db, origin: &Origin) {
    let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
    let none = json!({});
    let said = Described { name: "Apple", category: None, attributes: &none, group: None, retired_at: None };
    products::insert(&mut tx, origin.org, "A", &said, at("2026-01-01T00:00:00Z")).await.expect("a product");
    tx.commit().await.expect("a commit");
}

async fn book(db: &Db, origin: &Origin, event: &StockEvent) -> Booked {
    let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
    let done = events::book(&mut tx, origin.org, event).await.expect("booked");
    tx.commit().await.expect("a commit");
    done
}

/// How far a count found the stock off.
async fn off(db: &Db, origin: &Origin, event: &StockEvent) -> Decimal {
    match book(db, origin, event).await {
        Booked::New(event) => event.change,
        other => panic!("{other:?}"),
    }
}

/// On hand, and when it was last counted.
async fn on_hand(db: &Db, origin: &Origin, store: StoreId) -> (Decimal, Option<Timestamp>) {
    let mut tx = db.begin_read(origin.org).await.expect("a transaction");
    let product = products::product_id(origin.org, "A");
    let stock = inventory::of(&mut tx, origin.org, store, product).await.expect("a query").expect("a row");
    (stock.current(), stock.counted_at)
}

fn sold(n: u32, when: &str, quantity: &str, kind: ReceiptKind) -> vyavs_domain::sale::Receipt {
    let mut sale = receipt(&n.to_string(), when, vec![line(1, "A", quantity, "1.00", 100)]);
    sale.kind = kind;
    sale
}

both_engines! {
    async fn sales_take_stock_from_the_first_count_on_and_voids_never(db: Db) {
        let origin = shop(&db, 1).await;
        ingest(&db, &origin, &[sold(1, "2026-02-01T10:00:00Z", "3", ReceiptKind::Sale)]).await;
        book(&db, &origin, &happened(&origin, 1, Kind::Receipt, "20", "2026-02-01T08:00:00Z")).await;
        assert_eq!(on_hand(&db, &origin, origin.store).await, (dec("20"), None), "nobody has counted: sales take nothing off");
        let found = off(&db, &origin, &happened(&origin, 2, Kind::Count, "18.5", "2026-02-02T08:00:00Z")).await;
        assert_eq!(found, dec("-1.5"));
        ingest(&db, &origin, &[
            sold(2, "2026-02-02T10:00:00Z", "2.125", ReceiptKind::Sale),
            sold(3, "2026-02-02T11:00:00Z", "-1", ReceiptKind::Return),
            sold(4, "2026-02-02T12:00:00Z", "9", ReceiptKind::Void),
            sold(5, "2026-02-02T12:00:00Z", "9", ReceiptKind::Training),
        ]).await;
        let counted = Some(at("2026-02-02T08:00:00Z"));
        assert_eq!(on_hand(&db, &origin, origin.store).await, (dec("17.375"), counted));
        // A late ticket from before the count changes nothing, one from after it does, and a replay does not.
        let late = [sold(6, "2026-02-01T20:00:00Z", "1", ReceiptKind::Sale), sold(7, "2026-02-02T09:00:00Z", "0.375", ReceiptKind::Sale)];
        ingest(&db, &origin, &late).await;
        ingest(&db, &origin, &late).await;
        assert_eq!(on_hand(&db, &origin, origin.store).await, (dec("17"), counted));
        // Expected 17 at the next count, two were stolen; then one is thrown away.
        let found = off(&db, &origin, &happened(&origin, 3, Kind::Count, "15", "2026-02-03T08:00:00Z")).await;
        assert_eq!(found, dec("-2"));
        book(&db, &origin, &happened(&origin, 4, Kind::Waste, "1", "2026-02-03T09:00:00Z")).await;
        assert_eq!(on_hand(&db, &origin, origin.store).await.0, dec("14"));
    }

    async fn the_order_in_which_the_hub_hears_of_it_does_not_matter(db: Db) {
        let origin = shop(&db, 1).await;
        product(&db, &origin).await;
        let said = [
            happened(&origin, 1, Kind::Receipt, "10", "2026-02-01T08:00:00Z"),
            happened(&origin, 2, Kind::Count, "8", "2026-02-02T08:00:00Z"),
            happened(&origin, 3, Kind::Receipt, "5", "2026-02-02T09:00:00Z"),
            happened(&origin, 4, Kind::Waste, "1", "2026-02-02T10:00:00Z"),
            happened(&origin, 5, Kind::Adjustment, "-0.5", "2026-02-02T11:00:00Z"),
        ];
        // Every order that a shuffle by fives can give.
        for (n, step) in [1_usize, 2, 3, 4].into_iter().enumerate() {
            let store = StoreId(Uuid::from_u128(0x77_00 + n as u128));
            let mut tx = db.begin_write().await.expect("a transaction");
            let first = stores::get(&mut tx, origin.org, origin.store).await.expect("read").expect("there");
            stores::put(&mut tx, &stores::Store { id: store, name: format!("{n}"), ..first }).await.expect("a store");
            tx.commit().await.expect("a commit");
            for turn in 0..5 {
                let event = &said[(turn * step + n) % 5];
                let here = StockEvent { id: id(event.id.as_u128() + 100 * (n as u128 + 1)), store, ..event.clone() };
                assert!(matches!(book(&db, &origin, &here).await, Booked::New(_)));
            }
            assert_eq!(on_hand(&db, &origin, store).await, (dec("11.5"), Some(at("2026-02-02T08:00:00Z"))), "step {step}");
        }
    }

    async fn a_transfer_leaves_one_store_and_reaches_the_other_once(db: Db) {
        let origin = shop(&db, 1).await;
        product(&db, &origin).await;
        let other = StoreId(Uuid::from_u128(0x7777));
        let mut tx = db.begin_write().await.expect("a transaction");
        let first = stores::get(&mut tx, origin.org, origin.store).await.expect("read").expect("there");
        stores::put(&mut tx, &stores::Store { id: other, name: "Other".to_owned(), ..first }).await.expect("a store");
        tx.commit().await.expect("a commit");
        book(&db, &origin, &happened(&origin, 1, Kind::Receipt, "10", "2026-02-01T08:00:00Z")).await;
        let moved = StockEvent { other_store: Some(other), ..happened(&origin, 2, Kind::Transfer, "4", "2026-02-01T09:00:00Z") };
        let back = StockEvent { store: other, other_store: Some(origin.store), ..happened(&origin, 3, Kind::Transfer, "1", "2026-02-01T10:00:00Z") };
        // Both at once, each twice: a lock that could cross would show.
        let go = |event: &StockEvent| { let event = event.clone(); let db = db.clone(); async move { book(&db, &origin, &event).await } };
        let done = tokio::join!(go(&moved), go(&back), go(&moved), go(&back));
        let new = [done.0, done.1, done.2, done.3].iter().filter(|done| matches!(done, Booked::New(_))).count();
        assert_eq!(new, 2);
        assert!(matches!(book(&db, &origin, &moved).await, Booked::Again(_)));
        let changed = StockEvent { quantity: dec("5"), ..moved };
        assert_eq!(book(&db, &origin, &changed).await, Booked::Other);
        assert_eq!((on_hand(&db, &origin, origin.store).await.0, on_hand(&db, &origin, other).await.0), (dec("7"), dec("3")));
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let list = events::page(&mut tx, origin.org, (Within::ALL, None), None, 50).await.expect("events");
        assert_eq!(list.len(), 5, "a receipt, and both ends of two transfers");
        let first = events::page(&mut tx, origin.org, (Within::ALL, None), None, 2).await.expect("events");
        let rest = events::page(&mut tx, origin.org, (Within::ALL, None), Some((first[1].occurred_at, first[1].id)), 50).await.expect("events");
        assert_eq!([first, rest].concat(), list);
    }

    async fn rows_are_listed_filtered_and_levelled(db: Db) {
        let origin = shop(&db, 1).await;
        ingest(&db, &origin, &[receipt("1", "2026-02-01T10:00:00Z", (1..=5).map(|n| line(n, &format!("S{n}"), "1", "1.00", 100)).collect())]).await;
        for n in 1..=5_u32 {
            let event = StockEvent { product: products::product_id(origin.org, &format!("S{n}")), ..happened(&origin, u128::from(n), Kind::Count, &n.to_string(), "2026-02-02T08:00:00Z") };
            book(&db, &origin, &event).await;
        }
        let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
        let all = inventory::page(&mut tx, origin.org, &StockFilter::default(), (None, 0), 100).await.expect("a page");
        assert_eq!(all.iter().map(|stock| stock.sku.as_str()).collect::<Vec<_>>(), ["S1", "S2", "S3", "S4", "S5"]);
        for stock in &all[..4] {
            let levels = Levels { reserved: dec("0.5"), reorder_point: Some(dec("2.5")), max_stock: None };
            assert!(inventory::set_levels(&mut tx, origin.org, (stock.id, stock.version), &levels, at("2026-02-03T00:00:00Z")).await.expect("set"));
            assert!(!inventory::set_levels(&mut tx, origin.org, (stock.id, stock.version), &levels, at("2026-02-03T00:00:00Z")).await.expect("a query"));
        }
        tx.commit().await.expect("a commit");
        // One more is sold: S3 falls from 3 to 2, below its point of 2.5.
        ingest(&db, &origin, &[receipt("2", "2026-02-02T10:00:00Z", vec![line(1, "S3", "1", "1.00", 100)])]).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        for (below, expected) in [(Some(true), vec!["S1", "S2", "S3"]), (Some(false), vec!["S4", "S5"]), (None, vec!["S1", "S2", "S3", "S4", "S5"])] {
            let filter = StockFilter { below_reorder: below, within: Within::one(origin.store), product: None };
            assert_eq!(inventory::count(&mut tx, origin.org, &filter).await.expect("a count"), expected.len() as u64);
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let page = inventory::page(&mut tx, origin.org, &filter, (after, 0), 2).await.expect("a page");
                let Some(last) = page.last() else { break };
                after = Some((last.sku.clone(), last.store));
                seen.extend(page.into_iter().map(|stock| stock.sku));
            }
            assert_eq!(seen, expected);
        }
        assert_eq!(inventory::count_low(&mut tx, origin.org, origin.store).await.expect("a count"), (5, 3), "by one walk, the same");
        assert_eq!(inventory::count_low(&mut tx, identity(2).org, origin.store).await.expect("a count"), (0, 0));
        let other = StockFilter { product: Some(products::product_id(origin.org, "S3")), ..StockFilter::default() };
        let one = inventory::page(&mut tx, origin.org, &other, (None, 0), 9).await.expect("a page");
        assert_eq!((one.len(), one[0].current(), one[0].reserved), (1, dec("2"), dec("0.5")));
        assert_eq!(inventory::get(&mut tx, origin.org, one[0].id).await.expect("a query").as_ref(), Some(&one[0]));
        assert_eq!(inventory::get(&mut tx, identity(2).org, one[0].id).await.expect("a query"), None);
        let nobody = StockFilter { within: Within { store: None, holder: Some(id(5)) }, ..StockFilter::default() };
        assert!(inventory::page(&mut tx, origin.org, &nobody, (None, 0), 9).await.expect("a page").is_empty());
    }
}
