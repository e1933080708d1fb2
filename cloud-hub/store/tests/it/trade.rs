//! Pages and figures for people: receipts, alarms, till events, days and hours of trade.

use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::AlarmId;
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::alarms::{self, AlarmFilter, AlarmRow};
use vyavs_store::events::{self, EventRow};
use vyavs_store::receipts::{self, ReceiptFilter};
use vyavs_store::{Inserted, Within, both_engines, kpis};

use crate::given::{at, id, line, receipt, shop};
use crate::sales::ingest;

fn alarm(n: u128, raised: &str, cleared: Option<&str>) -> Alarm {
    Alarm {
        id: AlarmId(id(n)),
        kind: AlarmKind::TimeAboveLimit,
        severity: Severity::Critical,
        subject: "fridge-1.air".to_owned(),
        raised_at: at(raised),
        cleared_at: cleared.map(at),
        value: Some(9.25),
        limit: Some(5.0),
        reason: "9.25 °C for 31 min, limit 5 °C".to_owned(),
        model: None,
    }
}

both_engines! {
    async fn pages_of_receipts_meet_without_gap_or_overlap(db: Db) {
        let origin = shop(&db, 1).await;
        // Many close in the same instant: the id decides.
        let all: Vec<_> = (0..25)
            .map(|n| {
                let mut sale = receipt(&n.to_string(), &format!("2026-02-0{}T10:00:00Z", 1 + n / 10), vec![line(1, "A", "1", "1.00", 100)]);
                if n % 2 == 1 {
                    sale.key.terminal = "till-2".parse().expect("a terminal");
                }
                sale
            })
            .collect();
        ingest(&db, &origin, &all).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let filters = [
            (ReceiptFilter::default(), 25),
            (ReceiptFilter { terminal: Some("till-2".parse().expect("a terminal")), business_day: None }, 12),
            (ReceiptFilter { terminal: None, business_day: Some("2026-02-02".parse().expect("a day")) }, 10),
            (ReceiptFilter { terminal: Some("till-1".parse().expect("a terminal")), business_day: Some("2026-02-03".parse().expect("a day")) }, 3),
        ];
        for (filter, count) in filters {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = receipts::page(&mut tx, origin.org, origin.store, &filter, after, 4).await.expect("a page");
                let Some(last) = page.last() else { break };
                after = Some((last.closed_at, last.id));
                seen.extend(page);
            }
            assert_eq!(seen.len(), count, "{filter:?}");
            assert!(seen.windows(2).all(|pair| (pair[0].closed_at, pair[0].id) > (pair[1].closed_at, pair[1].id)));
        }
    }

    async fn an_alarm_is_raised_once_and_stays_cleared(db: Db) {
        let origin = shop(&db, 1).await;
        let other = shop(&db, 2).await;
        let raised = AlarmRow { seq: 1, alarm: alarm(1, "2026-02-03T10:00:00Z", None) };
        let cleared = AlarmRow { seq: 2, alarm: alarm(1, "2026-02-03T10:00:00Z", Some("2026-02-03T11:00:00Z")) };
        let second = AlarmRow { seq: 3, alarm: alarm(2, "2026-02-03T12:00:00Z", None) };
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(alarms::upsert(&mut tx, &origin, std::slice::from_ref(&raised)).await.expect("alarms").new, 1);
        assert_eq!(alarms::open_count(&mut tx, origin.org).await.expect("a count"), 1);
        // Another shop cannot clear it by using its id.
        let stolen = AlarmRow { seq: 9, ..cleared.clone() };
        assert_eq!(alarms::upsert(&mut tx, &other, &[stolen]).await.expect("alarms").duplicate, 1);
        assert_eq!(alarms::open_count(&mut tx, origin.org).await.expect("a count"), 1);
        let done = alarms::upsert(&mut tx, &origin, &[cleared.clone(), raised, second.clone()]).await.expect("alarms");
        assert_eq!((done.new, done.duplicate), (2, 1));
        tx.commit().await.expect("a commit");

        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let all = alarms::page(&mut tx, origin.org, AlarmFilter::default(), None, 10).await.expect("a page");
        assert_eq!(all.iter().map(|row| &row.alarm).collect::<Vec<_>>(), [&second.alarm, &cleared.alarm]);
        let rest = alarms::page(&mut tx, origin.org, AlarmFilter::default(), Some((second.alarm.raised_at, second.alarm.id)), 10).await.expect("a page");
        assert_eq!(rest.len(), 1);
        let of_shop = |open| AlarmFilter { within: Within::one(origin.store), open };
        for (open, expected) in [(Some(true), &second), (Some(false), &cleared)] {
            let page = alarms::page(&mut tx, origin.org, of_shop(open), None, 10).await.expect("a page");
            assert_eq!(page.iter().map(|row| &row.alarm).collect::<Vec<_>>(), [&expected.alarm]);
        }
        assert_eq!(alarms::open_by_store(&mut tx, origin.org).await.expect("counts"), [(origin.store, 1)]);
    }

    async fn a_till_event_is_stored_once_whatever_its_sequence(db: Db) {
        let origin = shop(&db, 1).await;
        let event = |seq, hour: u32, kind| EventRow {
            seq,
            event: TillEvent { terminal: "till-1".parse().expect("a terminal"), at: at(&format!("2026-02-03T{hour:02}:00:00Z")), kind },
        };
        let quarantined = TillEventKind::Quarantined { reason: "does not add up".to_owned(), text: "TOTAL 1.00\0".to_owned() };
        let all = [
            event(1, 10, TillEventKind::NoSale { id: None }),
            event(2, 11, quarantined),
            event(3, 12, TillEventKind::ImageOnly),
            event(4, 13, TillEventKind::TapLoss { bytes: 900, jobs: 2, reason: "ring full".to_owned() }),
        ];
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(events::insert(&mut tx, &origin, &all).await.expect("events").new, 4);
        let again = [EventRow { seq: 50, ..all[0].clone() }];
        assert_eq!(events::insert(&mut tx, &origin, &again).await.expect("events").duplicate, 1);
        let named = |id: &str| event(60, 9, TillEventKind::NoSale { id: Some(id.to_owned()) });
        let twice_in_a_second = [named("ns-1"), named("ns-2"), named("ns-1")];
        assert_eq!(events::insert(&mut tx, &origin, &twice_in_a_second).await.expect("events"), Inserted { new: 2, duplicate: 1 });
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let page = events::page(&mut tx, origin.org, origin.store, None, 3).await.expect("a page");
        assert_eq!(page.iter().map(|row| &row.event).collect::<Vec<_>>()[..2], [&all[3].event, &all[2].event]);
        assert_eq!(page[2].event.at, all[1].event.at);
        let rest = events::page(&mut tx, origin.org, origin.store, Some((page[2].event.at, page[2].id)), 3).await.expect("a page");
        assert_eq!(rest[0].event, all[0].event);
        assert_eq!(rest[1..].len(), 2, "a drawer that was opened twice in a second");
    }

    async fn a_day_of_trade_adds_up_in_each_currency(db: Db) {
        let origin = shop(&db, 1).await;
        let sale = |number: &str, closed: &str, kind, code: &str, total| {
            let mut sale = receipt(number, closed, vec![line(1, "A", "1.5", "1.00", total)]);
            sale.kind = kind;
            sale.currency = code.parse().expect("a code");
            sale
        };
        ingest(&db, &origin, &[
            sale("1", "2026-02-03T10:10:00Z", ReceiptKind::Sale, "GBP", 1000),
            sale("2", "2026-02-03T10:50:00Z", ReceiptKind::Sale, "GBP", 500),
            sale("3", "2026-02-03T12:00:00Z", ReceiptKind::Return, "GBP", -300),
            sale("4", "2026-02-03T12:30:00Z", ReceiptKind::Training, "GBP", 77_700),
            sale("5", "2026-02-03T12:30:00Z", ReceiptKind::Void, "GBP", 88_800),
            sale("6", "2026-02-03T13:00:00Z", ReceiptKind::Sale, "EUR", 250),
            sale("7", "2026-02-04T09:00:00Z", ReceiptKind::Sale, "GBP", 42),
        ]).await;
        let (day, next) = ("2026-02-03".parse().expect("a day"), "2026-02-04".parse().expect("a day"));
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let found = kpis::days(&mut tx, origin.org, &[(origin.store, day)]).await.expect("figures");
        let [euro, pound] = found[&origin.store][..] else { panic!("{found:?}") };
        assert_eq!((euro.currency.as_str(), euro.revenue_minor, euro.receipts, euro.units), ("EUR", 250, 1, 1.5));
        assert_eq!((pound.revenue_minor, pound.receipts, pound.returns, pound.units), (1200, 2, 1, 4.5));
        assert_eq!(pound.last_sale_at, at("2026-02-03T12:00:00Z"));
        assert_eq!(kpis::last_sales(&mut tx, origin.org).await.expect("times")[&origin.store], at("2026-02-04T09:00:00Z"));

        for within in [Within::ALL, Within::one(origin.store)] {
            let days = kpis::by_day(&mut tx, origin.org, within, (day, next)).await.expect("days");
            let seen: Vec<_> = days.iter().map(|p| (p.at, p.currency.as_str(), p.revenue_minor, p.receipts, p.units)).collect();
            assert_eq!(seen, [(day, "EUR", 250, 1, 1.5), (day, "GBP", 1200, 2, 4.5), (next, "GBP", 42, 1, 1.5)]);
            let span = (at("2026-02-03T04:00:00Z"), at("2026-02-04T04:00:00Z"));
            let hours = kpis::by_hour(&mut tx, origin.org, within, span).await.expect("hours");
            let seen: Vec<_> = hours.iter().map(|p| (p.at, p.currency.as_str(), p.revenue_minor, p.receipts, p.units)).collect();
            assert_eq!(seen, [
                (at("2026-02-03T10:00:00Z"), "GBP", 1500, 2, 3.0),
                (at("2026-02-03T12:00:00Z"), "GBP", -300, 0, 1.5),
                (at("2026-02-03T13:00:00Z"), "EUR", 250, 1, 1.5),
            ]);
        }
    }
}
