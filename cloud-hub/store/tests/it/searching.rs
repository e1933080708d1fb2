//! Lines of sale are found by what is known of them, and the day's sums are those of the lines, whatever came when.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_domain::sale::{Receipt, ReceiptKind};
use vyavs_store::daily::{self, SummaryFilter};
use vyavs_store::products::{self, Described};
use vyavs_store::transactions::{self, TransactionFilter};
use vyavs_store::{Db, Origin, Within, both_engines, stores};

use crate::given::{CUSTOMER, OTHER, at, id, identity, line, receipt, shop};
use crate::sales::ingest;

const ALWAYS: (&str, &str) = ("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z");

fn in_stores(stores: &[StoreId]) -> TransactionFilter {
    TransactionFilter { stores: stores.to_vec(), span: (at(ALWAYS.0), at(ALWAYS.1)), ..TransactionFilter::default() }
}

async fn second(db: &Db, origin: &Origin) -> Origin {
    let store = StoreId(Uuid::from_u128(0x2222));
    let mut tx = db.begin_write().await.expect("a transaction");
    let first = stores::get(&mut tx, origin.org, origin.store).await.expect("read").expect("there");
    stores::put(&mut tx, &stores::Store { id: store, name: "Second".to_owned(), ..first }).await.expect("a store");
    tx.commit().await.expect("a commit");
    Origin { store, ..*origin }
}

both_engines! {
    async fn lines_are_found_by_every_filter_and_pages_meet(db: Db) {
        let one = shop(&db, 1).await;
        let two = second(&db, &one).await;
        for (origin, offset) in [(&one, 0), (&two, 100)] {
            let all: Vec<Receipt> = (0..20_i64).map(|n| {
                let day = 1 + n / 10;
                let mut sale = receipt(&(offset + n).to_string(), &format!("2026-02-0{day}T10:00:00Z"), vec![
                    line(1, "A", "1", "1.00", 100), line(2, &format!("S{}", n % 4), "1", "1.00", 50 * (n + 1)),
                ]);
                sale.kind = if n % 5 == 4 { ReceiptKind::Return } else { ReceiptKind::Sale };
                sale.key.terminal = format!("till-{}", n % 2).parse().expect("a terminal");
                sale.operator = Some(format!("{}", n % 3));
                sale.customer = (n == 7).then(|| CUSTOMER.to_owned());
                sale
            }).collect();
            ingest(&db, origin, &all).await;
        }
        let mut tx = db.begin_write_for(one.org).await.expect("a transaction");
        let none = json!({});
        let said = Described { name: "One", category: Some("ones"), attributes: &none, group: None, retired_at: None };
        assert!(products::change(&mut tx, one.org, (products::product_id(one.org, "S1"), 1), &said, at("2026-02-03T00:00:00Z")).await.expect("changed"));
        tx.commit().await.expect("a commit");

        let both = || in_stores(&[one.store, two.store]);
        let some = |text: &str| Some(text.to_owned());
        let a = Some(products::product_id(one.org, "A"));
        let gbp = "GBP".parse().expect("a code");
        let cases: Vec<(TransactionFilter, usize)> = vec![
            (both(), 80),
            (in_stores(&[two.store]), 40),
            (in_stores(&[]), 0),
            (TransactionFilter { product: a, ..both() }, 40),
            (TransactionFilter { product: a, ..in_stores(&[one.store]) }, 20),
            (TransactionFilter { category: some("ones"), ..both() }, 10),
            (TransactionFilter { terminal: some("till-1"), ..both() }, 40),
            (TransactionFilter { operator: some("0"), ..in_stores(&[one.store]) }, 14),
            (TransactionFilter { customer: Some(vec![OTHER.to_owned(), CUSTOMER.to_owned()]), ..both() }, 4),
            (TransactionFilter { number: some("103"), ..both() }, 2),
            (TransactionFilter { kind: Some(ReceiptKind::Return), ..both() }, 16),
            (TransactionFilter { total: Some((gbp, 501, 1000)), ..both() }, 20),
            (TransactionFilter { total: Some(("EUR".parse().expect("a code"), 0, 1000)), ..both() }, 0),
            (TransactionFilter { span: (at("2026-02-02T00:00:00Z"), at(ALWAYS.1)), ..both() }, 40),
            (TransactionFilter { span: (at(ALWAYS.0), at("2026-02-02T10:00:00Z")), ..both() }, 40),
            (TransactionFilter { product: a, terminal: some("till-0"), kind: Some(ReceiptKind::Sale), ..both() }, 16),
        ];
        let mut tx = db.begin_read(one.org).await.expect("a transaction");
        for (filter, expected) in cases {
            assert_eq!(transactions::count(&mut tx, one.org, &filter, 100).await.expect("a count"), Some(expected as u64), "{filter:?}");
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = transactions::page(&mut tx, one.org, &filter, (after, 0), 7).await.expect("a page");
                let Some(last) = page.last() else { break };
                after = Some((last.at, last.id));
                seen.extend(page);
            }
            assert_eq!(seen.len(), expected, "{filter:?}");
            assert!(seen.windows(2).all(|pair| (pair[0].at, pair[0].id) > (pair[1].at, pair[1].id)));
            let skipped = transactions::page(&mut tx, one.org, &filter, (None, 3), 100).await.expect("a page");
            assert_eq!(skipped, seen.into_iter().skip(3).collect::<Vec<_>>(), "{filter:?}");
        }
        assert_eq!(transactions::count(&mut tx, one.org, &both(), 79).await.expect("a count"), None, "nobody counts further");
        let seven = TransactionFilter { customer: Some(vec![OTHER.to_owned(), CUSTOMER.to_owned()]), ..in_stores(&[one.store]) };
        let found = transactions::page(&mut tx, one.org, &seven, (None, 0), 9).await.expect("a page");
        let head = found[0].head.clone().expect("its ticket");
        assert_eq!((head.customer.as_deref(), head.operator.as_deref(), head.kind), (Some(CUSTOMER), Some("1"), ReceiptKind::Sale));
        // Asked under other rights, with their ids.
        assert!(transactions::page(&mut tx, identity(2).org, &both(), (None, 0), 9).await.expect("a query").is_empty());
    }

    /// Figure: the summary equals a full recompute after late data, voids, refunds, replays and a day of 23 hours.
    async fn the_summary_equals_a_full_recompute_whatever_came_when(db: Db) {
        let mut runner = TestRunner::deterministic();
        let kinds = prop_oneof![4 => Just(ReceiptKind::Sale), 2 => Just(ReceiptKind::Return), 1 => Just(ReceiptKind::Void), 1 => Just(ReceiptKind::Training)];
        let lines = prop::collection::vec((0..5_u8, -3_000..9_000_i64, -500..5_000_i64), 1..5);
        // Minutes of three days around the night in which British clocks go forward (2026-03-29 01:00 UTC).
        let tickets = prop::collection::vec((kinds, 0..3 * 24 * 60_i64, lines, 0..1_000_u32), 10..60);
        for case in 0..12_u128 {
            let origin = shop(&db, case + 1).await;
            let mut tx = db.begin_read(origin.org).await.expect("a transaction");
            let shop_time = stores::get(&mut tx, origin.org, origin.store).await.expect("read").expect("there").time().expect("a zone");
            drop(tx);
            let drawn = tickets.new_tree(&mut runner).expect("tickets").current();
            let mut all: Vec<(u32, Receipt)> = drawn.into_iter().enumerate().map(|(n, (kind, minute, lines, order))| {
                let closed = at("2026-03-28T04:00:00Z") + SignedDuration::from_mins(minute);
                let lines = lines.into_iter().zip(1..).map(|((sku, milli, total), line_no)| {
                    let mut line = line(line_no, &format!("P{sku}"), "1", "1.00", total);
                    line.quantity = rust_decimal::Decimal::new(milli, 3);
                    line
                }).collect();
                let mut sale = receipt(&n.to_string(), &closed.to_string(), lines);
                sale.kind = kind;
                sale.key.business_day = shop_time.business_day(closed);
                sale.currency = if n % 9 == 0 { "EUR" } else { "GBP" }.parse().expect("a code");
                (order, sale)
            }).collect();
            // On paper, from the tickets alone.
            let mut paper: BTreeMap<(String, String, String), (i64, i64, i64)> = BTreeMap::new();
            for (_, sale) in all.iter().filter(|(_, sale)| matches!(sale.kind, ReceiptKind::Sale | ReceiptKind::Return)) {
                for line in &sale.lines {
                    let sum = paper.entry((sale.key.business_day.to_string(), line.sku.clone(), sale.currency.to_string())).or_default();
                    let micro = i64::try_from(line.quantity.mantissa() * 1_000).expect("small");
                    (sum.0, sum.1, sum.2) = (sum.0 + 1, sum.1 + micro, sum.2 + line.total_minor);
                }
            }
            // Late ones come late, and a fifth comes twice.
            all.sort_by_key(|(order, _)| *order);
            let came: Vec<Receipt> = all.into_iter().map(|(_, sale)| sale).collect();
            for batch in came.chunks(7) {
                ingest(&db, &origin, batch).await;
            }
            ingest(&db, &origin, &came.iter().step_by(5).cloned().collect::<Vec<_>>()).await;

            let mut tx = db.begin_read(origin.org).await.expect("a transaction");
            let filter = SummaryFilter {
                within: Within::one(origin.store), days: ("2026-03-01".parse().expect("a day"), "2026-04-30".parse().expect("a day")),
                product: None, category: None,
            };
            let (mut seen, mut after) = (BTreeMap::new(), None);
            loop {
                let page = daily::summary(&mut tx, origin.org, &filter, (after, 0), 6).await.expect("a page");
                let Some(last) = page.last() else { break };
                after = Some((last.day, last.store, last.product, last.currency.to_string()));
                for row in page {
                    let sums = (row.sold.lines, row.sold.quantity_micro, row.sold.revenue_minor);
                    assert_eq!(seen.insert((row.day.to_string(), row.sku, row.currency.to_string()), sums), None, "twice on pages");
                }
            }
            assert_eq!(seen, paper);
            let kept = daily::kept(&mut tx, origin.org, origin.store).await.expect("sums");
            assert_eq!(kept, daily::recompute(&mut tx, origin.org, origin.store).await.expect("sums"));
            assert_eq!(kept.len(), seen.len());
        }
    }

    async fn the_summary_keeps_to_days_products_categories_and_reach(db: Db) {
        let one = shop(&db, 1).await;
        let two = second(&db, &one).await;
        let sale = |number: &str, closed: &str, sku: &str| receipt(number, closed, vec![line(1, sku, "1", "1.00", 100)]);
        ingest(&db, &one, &[sale("1", "2026-02-01T10:00:00Z", "A"), sale("2", "2026-02-02T10:00:00Z", "A"), sale("3", "2026-02-03T10:00:00Z", "B")]).await;
        ingest(&db, &two, &[sale("4", "2026-02-02T10:00:00Z", "B")]).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        let holder = id(5);
        vyavs_store::reach::set(&mut tx, one.org, holder, &[two.store].into()).await.expect("given");
        tx.commit().await.expect("a commit");
        let day = |text: &str| text.parse().expect("a day");
        let wide = SummaryFilter { within: Within::ALL, days: (day("2026-01-01"), day("2026-12-31")), product: None, category: None };
        let mut tx = db.begin_read(one.org).await.expect("a transaction");
        for (filter, expected) in [
            (wide.clone(), 4),
            (SummaryFilter { days: (day("2026-02-02"), day("2026-02-02")), ..wide.clone() }, 2),
            (SummaryFilter { within: Within::one(one.store), ..wide.clone() }, 3),
            (SummaryFilter { within: Within { store: None, holder: Some(holder) }, ..wide.clone() }, 1),
            (SummaryFilter { product: Some(products::product_id(one.org, "B")), ..wide.clone() }, 2),
            (SummaryFilter { category: Some("none".to_owned()), ..wide.clone() }, 0),
        ] {
            let rows = daily::summary(&mut tx, one.org, &filter, (None, 0), 50).await.expect("a page");
            assert_eq!(rows.len(), expected, "{filter:?}");
            let skipped = daily::summary(&mut tx, one.org, &filter, (None, 1), 50).await.expect("a page");
            assert_eq!(skipped[..], rows[expected.min(1)..]);
        }
        assert!(daily::summary(&mut tx, identity(2).org, &wide, (None, 0), 50).await.expect("a query").is_empty());
    }
}
