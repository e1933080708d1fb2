//! What is read in pages is read whole, once, in one order, and of one shop alone.

use jiff::SignedDuration;
use uuid::Uuid;
use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::ids::AlarmId;
use vyavs_domain::reading::{Quality, Reading};
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::alarms::{self, AlarmRow};
use vyavs_store::readings::{self, MinuteRow, ReadingRow};
use vyavs_store::{both_engines, extracts, receipts};

use crate::given::{at, line, receipt, shop};
use crate::sales::ingest;

both_engines! {
    async fn tickets_and_lines_come_page_by_page(db: Db) {
        let (origin, other) = (shop(&db, 1).await, shop(&db, 2).await);
        let mut all = Vec::new();
        for number in 0..7 {
            // All in the same second: what tells them apart is more than the time.
            let closed = if number < 5 { "2026-02-03T10:00:00Z" } else { "2026-02-05T10:00:00Z" };
            all.push(receipt(&format!("{number}"), closed, vec![line(1, "A", "1", "1.00", 100), line(2, "B", "1", "2.50", 250)]));
        }
        all[2].kind = ReceiptKind::Void;
        ingest(&db, &origin, &all).await;
        ingest(&db, &other, &all[..1]).await;
        let (org, store) = (origin.org, origin.store);
        let days = ("2026-02-03".parse().expect("a day"), "2026-02-04".parse().expect("a day"));
        let mut tx = db.begin_read(org).await.expect("a transaction");
        assert_eq!(receipts::count_of_days(&mut tx, org, store, days).await.expect("a count"), 5);
        let (mut numbers, mut after) = (Vec::new(), None);
        loop {
            let page = receipts::of_days(&mut tx, org, store, days, after.as_ref(), 2).await.expect("a page");
            let Some(last) = page.last() else { break };
            after = Some((last.business_day, last.terminal.clone(), last.number.clone(), last.id));
            numbers.extend(page.into_iter().map(|head| head.number));
        }
        assert_eq!(numbers, ["0", "1", "2", "3", "4"]);
        let span = (at("2026-02-03T00:00:00Z"), at("2026-02-04T00:00:00Z"));
        assert_eq!(extracts::count_lines(&mut tx, org, store, span).await.expect("a count"), 10);
        let (mut lines, mut after) = (Vec::new(), None);
        loop {
            let page = extracts::lines(&mut tx, org, store, span, after, 3).await.expect("a page");
            let Some(last) = page.last() else { break };
            after = Some((last.sold_at, last.id));
            lines.extend(page);
        }
        let ids: std::collections::BTreeSet<Uuid> = lines.iter().map(|line| line.id).collect();
        assert_eq!((lines.len(), ids.len()), (10, 10));
        assert_eq!(lines.iter().filter(|line| line.kind == ReceiptKind::Void).count(), 2);
        assert_eq!(lines.iter().filter(|line| line.receipt == "3").map(|line| line.total_minor).sum::<i64>(), 350);
        let whole = lines.iter().find(|line| line.line_no == 2).expect("a second line");
        assert_eq!((whole.sku.as_str(), whole.unit_price.to_string(), whole.terminal.as_str()), ("B", "2.50".to_owned(), "till-1"));
        assert!(extracts::lines(&mut tx, org, other.store, span, None, 9).await.expect("a page").is_empty(), "another's");
        assert!(receipts::of_days(&mut tx, org, other.store, days, None, 9).await.expect("a page").is_empty(), "another's");
    }

    async fn the_catalog_comes_page_by_page(db: Db) {
        let (origin, other) = (shop(&db, 1).await, shop(&db, 2).await);
        let skus = ["A", "B", "C", "D", "E"];
        let lines = (1..).zip(skus).map(|(n, sku)| line(n, sku, "1", "1.00", 100)).collect();
        ingest(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", lines)]).await;
        ingest(&db, &other, &[receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "X", "1", "1.00", 100)])]).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        assert_eq!(extracts::count_products(&mut tx, origin.org).await.expect("a count"), 5);
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = extracts::products(&mut tx, origin.org, after.as_deref(), 2).await.expect("a page");
            let Some(last) = page.last() else { break };
            after = Some(last.sku.clone());
            found.extend(page.into_iter().map(|product| product.sku));
        }
        assert_eq!(found, skus);
    }

    async fn readings_and_alarms_come_oldest_first(db: Db) {
        let (origin, other) = (shop(&db, 1).await, shop(&db, 2).await);
        let (org, store, start) = (origin.org, origin.store, at("2026-02-03T10:00:00Z"));
        let sensor: vyavs_domain::ids::SensorId = "a".parse().expect("a sensor");
        let moment = |n: u64| start + SignedDuration::from_secs(n.cast_signed());
        let rows: Vec<_> = (0..7)
            .map(|n| ReadingRow {
                seq: n + 1,
                reading: Reading { sensor: sensor.clone(), at: moment(n), value: if n == 6 { f64::NAN } else { n as f64 }, quality: Quality::Good },
            })
            .collect();
        let minute = MinuteRow { seq: 20, sensor: sensor.clone(), at: start, count: 3, min: 1.0, mean: 2.0, max: 3.0 };
        let alarm = |n: u64| AlarmRow {
            seq: n + 1,
            alarm: Alarm {
                id: AlarmId(Uuid::from_u128(u128::from(n) + 1)), kind: AlarmKind::Threshold, severity: Severity::Critical, subject: "a".to_owned(),
                raised_at: moment(n / 2), cleared_at: None, value: None, limit: None, reason: String::new(), model: None,
            },
        };
        let alarms: Vec<_> = (0..6).map(alarm).collect();
        let mut tx = db.begin_write().await.expect("a transaction");
        readings::insert(&mut tx, &origin, &rows).await.expect("readings");
        readings::insert_minutes(&mut tx, &origin, &[minute]).await.expect("a minute");
        alarms::upsert(&mut tx, &origin, &alarms).await.expect("alarms");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(org).await.expect("a transaction");
        let span = (start, moment(7));
        assert_eq!(extracts::count_readings(&mut tx, org, store, span).await.expect("a count"), (7, 1));
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = extracts::readings(&mut tx, org, (store, &sensor), span, after, 3).await.expect("a page");
            let Some(last) = page.last() else { break };
            after = Some(last.at);
            found.extend(page);
        }
        assert_eq!(found.iter().map(|one| one.at).collect::<Vec<_>>(), (0..7).map(moment).collect::<Vec<_>>());
        assert_eq!((found[5].value, found[6].value), (Some(5.0), None));
        assert!(extracts::readings(&mut tx, other.org, (store, &sensor), span, None, 3).await.expect("a page").is_empty());
        let (mut raised, mut after) = (Vec::new(), None);
        loop {
            let page = alarms::of_span(&mut tx, org, store, (start, moment(2)), after, 1).await.expect("a page");
            let Some(last) = page.last() else { break };
            after = Some((last.alarm.raised_at, last.alarm.id));
            raised.extend(page.into_iter().map(|stored| stored.alarm.id.0.as_u128()));
        }
        assert_eq!(raised, [1, 2, 3, 4], "those raised within the span, each once");
        assert!(alarms::of_span(&mut tx, other.org, store, span, None, 9).await.expect("a page").is_empty());
    }
}
