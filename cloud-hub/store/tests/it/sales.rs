//! Sales go in once, whole, exact, and their sums follow.

use vyavs_domain::sale::{Receipt, ReceiptKind};
use vyavs_store::products::{self, KnownProducts};
use vyavs_store::receipts::ReceiptFilter;
use vyavs_store::{Db, Inserted, Origin, audit, both_engines, cursors, daily, receipts, sales};

use crate::given::{CUSTOMER, line, receipt, rows, shop};

/// Stores whole receipts in one transaction; counts of heads and lines.
pub(crate) async fn ingest(db: &Db, origin: &Origin, all: &[Receipt]) -> (Inserted, Inserted) {
    let mut known = KnownProducts::default();
    let mut tx = db.begin_write().await.expect("a transaction");
    let done = ingest_in(&mut tx, origin, &mut known, all).await;
    tx.commit().await.expect("a commit");
    done
}

async fn ingest_in(
    tx: &mut vyavs_store::Tx<'_>,
    origin: &Origin,
    known: &mut KnownProducts,
    all: &[Receipt],
) -> (Inserted, Inserted) {
    let (mut heads, mut lines, mut seq) = (Vec::new(), Vec::new(), 1);
    for receipt in all {
        let (head, of) = rows(receipt, seq);
        seq += 1 + of.len() as u64;
        heads.push(head);
        lines.extend(of);
    }
    let heads = sales::insert_heads(tx, origin, &heads).await.expect("heads");
    let lines = sales::insert_lines(tx, origin, known, &lines).await.expect("lines");
    (heads, lines)
}

both_engines! {
    async fn a_receipt_reads_back_as_it_was_rung(db: Db) {
        let origin = shop(&db, 1).await;
        let rung = receipt("536365", "2026-02-03T10:15:30.123456Z", vec![
            line(1, "85123A", "6", "2.50", 1500),
            line(2, "71053", "1.500", "0.001", 0),
            line(3, "B", "-1", "-11062.06", 1106206),
            line(4, "FREE", "3", "0.00", 0),
            line(7, "85123A", "6", "2.50", 1500),
        ]);
        let (heads, lines) = ingest(&db, &origin, std::slice::from_ref(&rung)).await;
        assert_eq!((heads.new, heads.duplicate), (1, 0));
        assert_eq!((lines.new, lines.duplicate), (5, 0));

        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let page = receipts::page(&mut tx, origin.org, origin.store, &ReceiptFilter::default(), None, 10).await.expect("a page");
        assert_eq!(page.len(), 1);
        let detail = receipts::get(&mut tx, origin.org, page[0].id).await.expect("a query").expect("the receipt");
        assert_eq!(detail.head, page[0]);
        assert_eq!(detail.head.number, "536365");
        assert_eq!(detail.head.business_day, rung.key.business_day);
        assert_eq!(detail.head.closed_at, rung.closed_at);
        assert_eq!(detail.head.tenders, rung.tenders);
        assert_eq!((detail.operator.as_deref(), detail.customer.as_deref()), (Some("7"), Some(CUSTOMER)));
        assert_eq!((detail.record, detail.ingested_at), ((1, 1), origin.received_at));
        assert!(!detail.head.flagged);
        assert_eq!(detail.lines.len(), 5);
        for (stored, rung) in detail.lines.iter().zip(&rung.lines) {
            assert_eq!((stored.line_no, &stored.sku, &stored.name), (rung.line_no, &rung.sku, &rung.name));
            // As text: the scale is part of the price.
            assert_eq!(stored.quantity.to_string(), rung.quantity.to_string());
            assert_eq!(stored.unit_price.to_string(), rung.unit_price.to_string());
            assert_eq!((stored.total_minor, stored.sold_at), (rung.total_minor, rung.sold_at));
        }
        let product = products::by_sku(&mut tx, origin.org, "85123A").await.expect("a query").expect("the product");
        assert_eq!((product.id, product.name.as_str()), (detail.lines[0].product, "Näme of 85123A"));
    }

    async fn an_audit_sees_every_row_as_it_lies(db: Db) {
        let origin = shop(&db, 1).await;
        let rung = receipt("7", "2026-02-03T10:15:30.123456Z", vec![line(1, "A", "6", "2.50", 1500), line(2, "B", "1", "0.001", 0)]);
        ingest(&db, &origin, std::slice::from_ref(&rung)).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        let cursor = cursors::Cursor { epoch: 1, through: 3, chain: [0; 16] };
        cursors::advance(&mut tx, &origin, 0, &cursor).await.expect("forward");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        let heads = audit::heads(&mut tx, origin.store).await.expect("heads");
        assert_eq!(heads.len(), 1);
        assert_eq!((heads[0].number.as_str(), heads[0].business_day.as_str(), heads[0].kind.as_str()), ("7", "2026-02-03", "sale"));
        assert_eq!((heads[0].closed_at_us, heads[0].line_count), (rung.closed_at.as_microsecond(), 2));
        let tenders: serde_json::Value = serde_json::from_str(&heads[0].tenders).expect("a document");
        assert_eq!(tenders, serde_json::json!([{"kind": "card", "amount_minor": 1500}]));
        let lines = audit::lines(&mut tx, origin.store).await.expect("lines");
        let seen: Vec<_> = lines.iter().map(|line| (line.line_no, line.sku.as_str(), line.quantity.as_str(), line.unit_price.as_str())).collect();
        assert_eq!(seen, [(1, "A", "6", "2.50"), (2, "B", "1", "0.001")]);
        assert!(lines.iter().all(|line| line.receipt_id == heads[0].id && line.customer.as_deref() == Some(CUSTOMER)));
        let numbers = audit::numbers(&mut tx, origin.store).await.expect("numbers");
        assert_eq!(numbers, [(origin.device, 1, 1), (origin.device, 1, 2), (origin.device, 1, 3)]);
        assert_eq!(audit::settled(&mut tx, origin.store).await.expect("cursors"), [(origin.device, 1, 3)]);
        assert_eq!(audit::counts(&mut tx, origin.store).await.expect("counts"), (1, 2));
    }

    async fn a_replayed_receipt_is_counted_and_changes_nothing(db: Db) {
        let origin = shop(&db, 1).await;
        let all = [
            receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "2", "1.00", 200), line(2, "A", "2", "1.00", 200)]),
            receipt("2", "2026-02-03T11:00:00Z", vec![line(1, "B", "1", "5.00", 500)]),
        ];
        ingest(&db, &origin, &all[..1]).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let before = daily::kept(&mut tx, origin.org, origin.store).await.expect("sums");
        drop(tx);
        // The first again, with another sequence and epoch, twice in the same batch, beside a new one.
        let later = Origin { epoch: 2, ..origin };
        let again = [all[0].clone(), all[0].clone(), all[1].clone()];
        let (heads, lines) = ingest(&db, &later, &again).await;
        assert_eq!((heads.new, heads.duplicate), (1, 2));
        assert_eq!((lines.new, lines.duplicate), (1, 4));
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let after = daily::kept(&mut tx, origin.org, origin.store).await.expect("sums");
        assert_eq!(after.len(), before.len() + 1);
        assert!(before.iter().all(|(key, sold)| after.get(key) == Some(sold)));
        assert_eq!(after, daily::recompute(&mut tx, origin.org, origin.store).await.expect("sums"));
        assert_eq!(sales::count_lines(&mut tx, origin.org, origin.store).await.expect("a count"), 3);
        let view = &vyavs_store::sync::view(&mut tx, origin.org, origin.store).await.expect("a view")[0];
        assert_eq!(view.duplicates, [("line".to_owned(), 4), ("receipt".to_owned(), 2)]);
    }

    async fn one_number_with_two_contents_is_two_receipts_and_both_are_flagged(db: Db) {
        let origin = shop(&db, 1).await;
        let one = receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "2", "1.00", 200)]);
        let other = receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "3", "1.00", 300)]);
        let plain = receipt("2", "2026-02-03T10:00:00Z", vec![line(1, "A", "3", "1.00", 300)]);
        ingest(&db, &origin, &[one, plain]).await;
        ingest(&db, &origin, &[other]).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let page = receipts::page(&mut tx, origin.org, origin.store, &ReceiptFilter::default(), None, 10).await.expect("a page");
        let mut seen: Vec<_> = page.iter().map(|head| (head.number.as_str(), head.total_minor, head.flagged)).collect();
        seen.sort_unstable();
        assert_eq!(seen, [("1", 200, true), ("1", 300, true), ("2", 300, false)]);
        for head in &page {
            let detail = receipts::get(&mut tx, origin.org, head.id).await.expect("a query").expect("the receipt");
            assert_eq!(detail.lines.len(), 1, "each keeps its own line");
        }
    }

    async fn sums_follow_the_lines_and_leave_out_what_is_no_sale(db: Db) {
        let origin = shop(&db, 1).await;
        let mut all = Vec::new();
        for (n, kind) in [ReceiptKind::Sale, ReceiptKind::Return, ReceiptKind::Void, ReceiptKind::Training, ReceiptKind::Adjustment]
            .into_iter()
            .cycle()
            .take(40)
            .enumerate()
        {
            let day = 1 + n % 3;
            let lines = vec![line(1, "A", "0.125", "8.00", 100), line(2, &format!("S{}", n % 7), "2", "1.10", 220)];
            let mut receipt = receipt(&n.to_string(), &format!("2026-02-0{day}T1{}:00:00Z", n % 10), lines);
            receipt.kind = kind;
            all.push(receipt);
        }
        for batch in all.chunks(7) {
            ingest(&db, &origin, batch).await;
        }
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let kept = daily::kept(&mut tx, origin.org, origin.store).await.expect("sums");
        assert_eq!(kept, daily::recompute(&mut tx, origin.org, origin.store).await.expect("sums"));
        let of_a: i64 = kept.iter().filter(|(key, _)| key.1 == products::product_id(origin.org, "A")).map(|(_, sold)| sold.quantity_micro).sum();
        assert_eq!(of_a, 16 * 125_000, "16 of 40 are sales or returns");
        let revenue: i64 = kept.values().map(|sold| sold.revenue_minor).sum();
        assert_eq!(revenue, 16 * 320);
    }

    async fn a_rolled_back_batch_leaves_no_trace_and_no_false_memory(db: Db) {
        let origin = shop(&db, 1).await;
        let sale = [receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "NEW", "1", "1.00", 100)])];
        let mut known = KnownProducts::default();
        let mut tx = db.begin_write().await.expect("a transaction");
        ingest_in(&mut tx, &origin, &mut known, &sale).await;
        tx.rollback().await.expect("a rollback");
        // The same cache, and a product that the database does not have after all.
        let mut tx = db.begin_write().await.expect("a transaction");
        let (heads, lines) = ingest_in(&mut tx, &origin, &mut known, &sale).await;
        tx.commit().await.expect("a commit");
        assert_eq!((heads.new, lines.new), (1, 1));
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        assert!(products::by_sku(&mut tx, origin.org, "NEW").await.expect("a query").is_some());
    }

    async fn a_wrong_clock_never_blocks_a_sale(db: Db) {
        let origin = shop(&db, 1).await;
        let all: Vec<_> = ["1996-01-01T00:00:00Z", "2016-02-03T10:00:00Z", "2036-12-31T23:59:59Z", "9999-12-30T00:00:00Z"]
            .iter()
            .map(|closed| receipt(closed, closed, vec![line(1, "A", "1", "1.00", 100)]))
            .collect();
        let (_, lines) = ingest(&db, &origin, &all).await;
        assert_eq!(lines.new, 4);
        let (_, lines) = ingest(&db, &origin, &all).await;
        assert_eq!((lines.new, lines.duplicate), (0, 4));
    }

    async fn hostile_text_is_stored_and_harms_nothing(db: Db) {
        let origin = shop(&db, 1).await;
        let mut sale = receipt("'; drop table receipts; --", "2026-02-03T10:00:00Z", vec![
            line(1, "nul\0sku", "1", "1.00", 100),
            line(2, "\"$1\"\\u0000", "1", "1.00", 100),
            line(3, "", "1", "1.00", 100),
        ]);
        sale.lines[0].name = "na\0me \u{202e} 🛒".to_owned();
        sale.operator = Some("\0".to_owned());
        let (heads, lines) = ingest(&db, &origin, &[sale]).await;
        assert_eq!((heads.new, lines.new), (1, 3));
    }

    async fn what_cannot_be_summed_is_refused_with_its_reason(db: Db) {
        let origin = shop(&db, 1).await;
        let sale = receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", i64::MAX)]);
        let (head, lines) = rows(&sale, 41);
        assert_eq!(head.check().expect_err("too much").to_string(),
            "record 41: the total is 9223372036854775807, expected at most 10^15 minor units");
        let mut tx = db.begin_write().await.expect("a transaction");
        let mut known = KnownProducts::default();
        let error = sales::insert_lines(&mut tx, &origin, &mut known, &lines).await.expect_err("too much");
        assert!(error.to_string().starts_with("record 42: the line total is"), "{error}");
        // The transaction is still good for the others.
        let good = receipt("2", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)]);
        let (_, lines) = ingest_in(&mut tx, &origin, &mut known, &[good]).await;
        tx.commit().await.expect("a commit");
        assert_eq!(lines.new, 1);
    }
}
