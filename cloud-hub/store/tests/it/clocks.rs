//! A device's wrong clock: what it dated stands where it happened, and its own words stay beside it.

use jiff::{SignedDuration, Timestamp};
use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::AlarmId;
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};
use vyavs_store::alarms::{AlarmFilter, AlarmRow};
use vyavs_store::clocks::{self, Mark};
use vyavs_store::events::EventRow;
use vyavs_store::readings::{MinuteRow, ReadingRow};
use vyavs_store::{
    Db, DeviceClock, Within, alarms, both_engines, events, kpis, readings, receipts, sales, sensors, telemetry,
};

use crate::given::{at, id, line, receipt, rows, shop};
use crate::sales::ingest;

const NOW: &str = "2026-02-03T12:00:00Z";

/// One column pair of one table, raw.
async fn pairs(db: &Db, sql: &'static str) -> Vec<(i64, Option<i64>)> {
    match db {
        Db::Sqlite { reader, .. } => sqlx::query_as(sql).fetch_all(reader).await,
        Db::Pg(pool, _) => sqlx::query_as(sql).fetch_all(pool).await,
    }
    .expect("rows")
}

fn ten_years() -> SignedDuration {
    SignedDuration::from_hours(24 * 3_652)
}

fn reading(seq: u64, at: Timestamp) -> ReadingRow {
    let sensor = "fridge-1.air".parse().expect("a sensor");
    ReadingRow { seq, reading: Reading { sensor, at, value: 3.5, quality: Quality::Good } }
}

both_engines! {
    async fn what_a_wrong_clock_dated_is_shown_when_it_was_and_kept_as_it_was_said(db: Db) {
        for (n, ahead) in [(1_u128, ten_years()), (2, -ten_years())] {
            let now = at(NOW);
            let said = now + ahead;
            let clock = DeviceClock { ahead_us: ahead.as_micros() as i64, wall_us: said.as_microsecond() };
            let origin = shop(&db, n).await.by(clock);
            let (org, store) = (origin.org, origin.store);
            let sensor = Sensor {
                id: "fridge-1.air".parse().expect("a sensor"),
                name: "Dairy fridge".to_owned(),
                measure: Measure::Temperature,
                low: None,
                high: None,
            };
            let alarm = Alarm {
                id: AlarmId(id(900 + n)),
                kind: AlarmKind::Threshold,
                severity: Severity::Critical,
                subject: "fridge-1.air".to_owned(),
                raised_at: said,
                cleared_at: None,
                value: Some(9.0),
                limit: Some(5.0),
                reason: "too warm".to_owned(),
                model: None,
            };
            let minute = MinuteRow {
                seq: 3,
                sensor: sensor.id.clone(),
                at: said - SignedDuration::from_mins(5),
                count: 60,
                min: 3.0,
                mean: 3.2,
                max: 3.4,
            };
            // The drawer was opened by a person the box saw; the other till's own clock is right.
            let event = |seq, at| EventRow {
                seq,
                event: TillEvent { terminal: "till-1".parse().expect("a terminal"), at, kind: TillEventKind::NoSale { id: None } },
            };
            let mut tx = db.begin_write().await.expect("a transaction");
            sensors::upsert(&mut tx, &origin, &[sensor]).await.expect("a sensor");
            readings::insert(&mut tx, &origin, &[reading(1, said - SignedDuration::from_secs(60)), reading(2, said)]).await.expect("readings");
            readings::insert_minutes(&mut tx, &origin, &[minute]).await.expect("minutes");
            alarms::upsert(&mut tx, &origin, &[AlarmRow { seq: 4, alarm: alarm.clone() }]).await.expect("an alarm");
            events::insert(&mut tx, &origin, &[event(5, said), event(6, now)]).await.expect("events");
            tx.commit().await.expect("a commit");
            // The clock is set right, and the alarm ends: it began when it began.
            let right = origin.by(DeviceClock::default());
            let over = Alarm { cleared_at: Some(now + SignedDuration::from_mins(2)), raised_at: said, ..alarm };
            let mut tx = db.begin_write().await.expect("a transaction");
            alarms::upsert(&mut tx, &right, &[AlarmRow { seq: 7, alarm: over }]).await.expect("cleared");
            readings::insert(&mut tx, &right, &[reading(8, now + SignedDuration::from_mins(1))]).await.expect("readings");
            tx.commit().await.expect("a commit");

            let mut tx = db.begin_read(org).await.expect("a transaction");
            let latest = sensors::list(&mut tx, org, store).await.expect("sensors")[0].latest.expect("read");
            assert_eq!(latest.at, now + SignedDuration::from_mins(1));
            let span = (now - SignedDuration::from_mins(10), now + SignedDuration::from_mins(10));
            let series = telemetry::series(&mut tx, org, store, &"fridge-1.air".parse().expect("a sensor"), span, 20).await.expect("a series");
            assert_eq!(series.iter().map(|point| point.count).sum::<u64>(), 63);
            let found = alarms::page(&mut tx, org, AlarmFilter::default(), None, 9).await.expect("alarms");
            assert_eq!((found[0].alarm.raised_at, found[0].alarm.cleared_at), (now, Some(now + SignedDuration::from_mins(2))));
            let seen = events::page(&mut tx, org, store, None, 9).await.expect("events");
            assert_eq!(seen.iter().map(|event| event.event.at).collect::<Vec<_>>(), [now, now]);
            drop(tx);

            let us = |at: Timestamp| at.as_microsecond();
            let raw = pairs(&db, "select at, device_at from readings order by at").await;
            let minute_ago = now - SignedDuration::from_secs(60);
            for row in [
                (us(minute_ago), Some(us(minute_ago + ahead))),
                (us(now), Some(us(said))),
                (us(now + SignedDuration::from_mins(1)), None),
            ] {
                assert!(raw.contains(&row), "{row:?} in {raw:?}");
            }
            let raw = pairs(&db, "select raised_at, device_raised_at from alarms order by raised_at").await;
            assert!(raw.contains(&(us(now), Some(us(said)))), "{raw:?}");
            let raw = pairs(&db, "select at, device_at from till_events order by at").await;
            assert!(raw.contains(&(us(now), Some(us(said)))) && raw.contains(&(us(now), None)), "{raw:?}");
            let raw = pairs(&db, "select at, device_at from minutes order by at").await;
            assert!(raw.contains(&(us(now - SignedDuration::from_mins(5)), Some(us(said - SignedDuration::from_mins(5))))), "{raw:?}");
            let mut clean = db.begin_write().await.expect("a transaction");
            assert!(alarms::clear(&mut clean, &origin, "fridge-1.air", now).await.expect("none of the hub's").is_empty());
        }
    }

    async fn a_ticket_keeps_its_tills_time_and_counts_in_the_hour_it_was_rung(db: Db) {
        let now = at(NOW);
        let wrong = DeviceClock { ahead_us: ten_years().as_micros() as i64, wall_us: (now + ten_years()).as_microsecond() };
        let origin = shop(&db, 1).await.by(wrong);
        let follows = receipt("1", "2036-02-03T11:58:00Z", vec![line(1, "A", "2", "1.00", 200)]);
        assert_eq!(follows.closed_at - ten_years(), at("2026-02-03T11:58:00Z"));
        let own = receipt("2", "2026-02-03T11:59:00Z", vec![line(1, "A", "3", "1.00", 300)]);
        ingest(&db, &origin, &[follows.clone(), own.clone()]).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        let heads = [rows(&follows, 1).0, rows(&own, 3).0];
        sales::reckon(&mut tx, &origin, &heads).await.expect("reckoned");
        sales::reckon(&mut tx, &origin, &heads).await.expect("once");
        tx.commit().await.expect("a commit");

        let (org, store) = (origin.org, origin.store);
        let mut tx = db.begin_read(org).await.expect("a transaction");
        for within in [Within::ALL, Within::one(store)] {
            let hours = kpis::by_hour(&mut tx, org, within, (at("2026-02-03T11:00:00Z"), now)).await.expect("hours");
            assert_eq!(hours.len(), 1);
            assert_eq!((hours[0].at, hours[0].revenue_minor, hours[0].receipts, hours[0].units), (at("2026-02-03T11:00:00Z"), 500, 2, 5.0));
            let then = (at("2036-02-03T11:00:00Z"), at("2036-02-03T12:00:00Z"));
            assert!(kpis::by_hour(&mut tx, org, within, then).await.expect("hours").is_empty());
        }
        let heads = receipts::page(&mut tx, org, store, &receipts::ReceiptFilter::default(), None, 9).await.expect("receipts");
        let of = |number: &str| heads.iter().find(|head| head.number == number).expect("there").clone();
        assert_eq!((of("1").closed_at, of("1").event_at), (follows.closed_at, Some(at("2026-02-03T11:58:00Z"))));
        assert_eq!(of("1").business_day.to_string(), "2036-02-03");
        assert_eq!((of("2").closed_at, of("2").event_at), (own.closed_at, None));
    }

    async fn marks_are_kept_once_and_read_oldest_first(db: Db) {
        let origin = shop(&db, 1).await;
        let mark = |n: i64, hello| Mark {
            boot: id(77),
            mono_ms: n as u64 * 1_000,
            wall_us: i64::MIN + n,
            clock: 2,
            received_us: at(NOW).as_microsecond() + n * 1_000_000,
            hello,
            ahead_us: -n,
        };
        let mut tx = db.begin_write().await.expect("a transaction");
        for n in [3, 1, 2, 1] {
            clocks::keep(&mut tx, &origin, &mark(n, n == 1)).await.expect("kept");
        }
        clocks::keep(&mut tx, &origin, &Mark { wall_us: 5, ..mark(1, true) }).await.expect("kept as it was");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        assert_eq!(clocks::newest(&mut tx, origin.device, 2).await.expect("marks"), [mark(2, false), mark(3, false)]);
        assert_eq!(clocks::newest(&mut tx, origin.device, 9).await.expect("marks")[0], mark(1, true));
        let other = shop(&db, 2).await;
        let mut tx = db.begin_read(other.org).await.expect("a transaction");
        assert!(clocks::newest(&mut tx, other.device, 9).await.expect("marks").is_empty());
    }

    async fn the_hubs_own_alarm_is_raised_once_and_cleared_once(db: Db) {
        let origin = shop(&db, 1).await;
        let now = at(NOW);
        let alarm = |n| Alarm {
            id: AlarmId(id(n)),
            kind: AlarmKind::Device,
            severity: Severity::Warning,
            subject: "clock".to_owned(),
            raised_at: now,
            cleared_at: None,
            value: Some(3_600.0),
            limit: Some(10.0),
            reason: "ahead".to_owned(),
            model: None,
        };
        let mut tx = db.begin_write().await.expect("a transaction");
        assert!(alarms::raise(&mut tx, &origin, &alarm(1)).await.expect("raised"));
        let worse = Alarm { reason: "behind".to_owned(), value: Some(-60.0), ..alarm(2) };
        assert!(!alarms::raise(&mut tx, &origin, &worse).await.expect("open already"));
        assert_eq!(alarms::open_count(&mut tx, origin.org).await.expect("a count"), 1);
        // Another kind about the same subject is another alarm: neither says what the other says.
        let other = Alarm { kind: AlarmKind::Threshold, raised_at: now + SignedDuration::from_secs(1), ..alarm(4) };
        assert!(alarms::raise(&mut tx, &origin, &other).await.expect("raised"));
        assert!(!alarms::raise(&mut tx, &origin, &other).await.expect("open already"));
        let open = alarms::page(&mut tx, origin.org, AlarmFilter::default(), None, 9).await.expect("alarms");
        assert_eq!(open.iter().map(|found| found.alarm.reason.as_str()).collect::<Vec<_>>(), ["ahead", "behind"]);
        let mut cleared = alarms::clear(&mut tx, &origin, "clock", now).await.expect("cleared");
        cleared.retain(|alarm| alarm.kind == AlarmKind::Device);
        assert_eq!(cleared, [Alarm { cleared_at: Some(now), reason: "behind".to_owned(), value: Some(-60.0), ..alarm(1) }]);
        assert!(alarms::clear(&mut tx, &origin, "clock", now).await.expect("nothing").is_empty());
        assert!(alarms::raise(&mut tx, &origin, &alarm(3)).await.expect("another episode"));
        tx.commit().await.expect("a commit");
    }
}
