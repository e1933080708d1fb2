//! Readings, sensors and charts.

use jiff::{SignedDuration, Timestamp};
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};
use vyavs_store::readings::{self, MinuteRow, ReadingRow};
use vyavs_store::{Db, Inserted, Origin, both_engines, sensors, telemetry};

use crate::given::{at, shop};

fn reading(seq: u64, sensor: &str, at: Timestamp, value: f64) -> ReadingRow {
    ReadingRow {
        seq,
        reading: Reading { sensor: sensor.parse().expect("a sensor"), at, value, quality: Quality::Good },
    }
}

async fn insert(db: &Db, origin: &Origin, rows: &[ReadingRow]) -> Inserted {
    let mut tx = db.begin_write().await.expect("a transaction");
    let done = readings::insert(&mut tx, origin, rows).await.expect("readings");
    tx.commit().await.expect("a commit");
    done
}

fn fridge() -> Sensor {
    Sensor {
        id: "fridge-1.air".parse().expect("a sensor"),
        name: "Dairy fridge, air".to_owned(),
        measure: Measure::Temperature,
        low: Some(-1.0),
        high: Some(5.0),
    }
}

both_engines! {
    async fn the_latest_reading_is_the_newest_not_the_last_to_come(db: Db) {
        let origin = shop(&db, 1).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        let door = Sensor { id: "door".parse().expect("a sensor"), low: None, high: None, measure: Measure::Door, ..fridge() };
        sensors::upsert(&mut tx, &origin, &[fridge(), door.clone()]).await.expect("sensors");
        sensors::upsert(&mut tx, &origin, &[Sensor { name: "Fridge 1".to_owned(), ..fridge() }]).await.expect("renamed");
        tx.commit().await.expect("a commit");
        insert(&db, &origin, &[
            reading(1, "fridge-1.air", at("2026-02-03T10:00:02Z"), 4.5),
            reading(2, "fridge-1.air", at("2026-02-03T10:00:01Z"), 3.5),
        ]).await;
        insert(&db, &origin, &[reading(3, "fridge-1.air", at("2026-02-03T09:00:00Z"), 2.5)]).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let list = sensors::list(&mut tx, origin.org, origin.store).await.expect("sensors");
        assert_eq!((&list[0].sensor, list[0].latest), (&door, None));
        assert_eq!(list[1].sensor.name, "Fridge 1");
        let latest = list[1].latest.expect("a reading");
        assert_eq!((latest.at, latest.value, latest.quality), (at("2026-02-03T10:00:02Z"), Some(4.5), Quality::Good));
    }

    async fn a_reading_is_stored_once_and_no_number_is_none(db: Db) {
        let origin = shop(&db, 1).await;
        let now = at("2026-02-03T10:00:00Z");
        let mut rows: Vec<_> = (0..200_u64).map(|n| reading(n + 1, "a", now + SignedDuration::from_secs(n as i64), n as f64)).collect();
        rows[199].reading.value = f64::NAN;
        rows[198].reading.value = f64::INFINITY;
        assert_eq!(insert(&db, &origin, &rows).await, Inserted { new: 200, duplicate: 0 });
        rows.push(reading(201, "b", now, 1.0));
        assert_eq!(insert(&db, &origin, &rows).await, Inserted { new: 1, duplicate: 200 });
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let span = (now, now + SignedDuration::from_secs(200));
        let points = telemetry::series(&mut tx, origin.org, origin.store, &"a".parse().expect("a sensor"), span, 1).await.expect("a series");
        assert_eq!(points.len(), 1);
        assert_eq!((points[0].count, points[0].min, points[0].mean, points[0].max), (198, 0.0, 98.5, 197.0));
    }

    async fn a_chart_is_never_longer_than_asked_and_keeps_the_extremes(db: Db) {
        let origin = shop(&db, 1).await;
        let start = at("2026-02-03T10:00:00Z");
        let second = |n: i64| start + SignedDuration::from_secs(n);
        let sensor = "a".parse().expect("a sensor");
        let mut rows: Vec<_> = (0..1000).map(|n| reading(n as u64 + 1, "a", second(n), (n % 10) as f64)).collect();
        rows[500].reading.value = -40.0;
        rows[501].reading.quality = Quality::Bad;
        rows[501].reading.value = 999.0;
        insert(&db, &origin, &rows).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        for points in [1, 3, 7, 100, 999, 5000] {
            let series = telemetry::series(&mut tx, origin.org, origin.store, &sensor, (start, second(1000)), points).await.expect("a series");
            assert!(series.len() <= points as usize, "{} for {points}", series.len());
            assert_eq!(series.iter().map(|point| point.count).sum::<u64>(), 999);
            assert_eq!(series.iter().map(|point| point.min).fold(f64::MAX, f64::min), -40.0);
            assert_eq!(series.iter().map(|point| point.max).fold(f64::MIN, f64::max), 9.0);
            assert!(series.windows(2).all(|pair| pair[0].at < pair[1].at));
        }
        let series = telemetry::series(&mut tx, origin.org, origin.store, &sensor, (second(10), second(20)), 10).await.expect("a series");
        assert_eq!(series.iter().map(|point| (point.at, point.mean)).collect::<Vec<_>>(),
            (0..10).map(|n| (second(10 + n), n as f64)).collect::<Vec<_>>());
        let nothing = telemetry::series(&mut tx, origin.org, origin.store, &sensor, (second(20), second(10)), 10).await.expect("a series");
        assert!(nothing.is_empty());
    }

    async fn thinned_minutes_count_with_their_readings(db: Db) {
        let origin = shop(&db, 1).await;
        let start = at("2026-02-03T10:00:00Z");
        let minute = |seq, count, min, mean, max| MinuteRow { seq, sensor: "a".parse().expect("a sensor"), at: start, count, min, mean, max };
        // One minute thinned in two goes, and one plain reading.
        let rows = [minute(1, 20, 1.0, 2.0, 3.0), minute(2, 40, 0.5, 5.0, 9.0), minute(3, 0, f64::NAN, f64::NAN, f64::NAN)];
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(readings::insert_minutes(&mut tx, &origin, &rows).await.expect("minutes"), Inserted { new: 3, duplicate: 0 });
        assert_eq!(readings::insert_minutes(&mut tx, &origin, &rows).await.expect("minutes"), Inserted { new: 0, duplicate: 3 });
        tx.commit().await.expect("a commit");
        insert(&db, &origin, &[reading(4, "a", start, 65.0)]).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let span = (start, start + SignedDuration::from_mins(1));
        let points = telemetry::series(&mut tx, origin.org, origin.store, &"a".parse().expect("a sensor"), span, 1).await.expect("a series");
        let point = points[0];
        assert_eq!((point.count, point.min, point.max), (61, 0.5, 65.0));
        assert!((point.mean - (20.0 * 2.0 + 40.0 * 5.0 + 65.0) / 61.0).abs() < 1e-12);
    }

    async fn readings_of_any_year_are_stored_and_found(db: Db) {
        let origin = shop(&db, 1).await;
        let years = ["1970-01-01T00:00:00Z", "2025-12-31T23:59:59.999999Z", "2026-01-01T00:00:00Z", "2399-07-01T00:00:00Z"];
        let rows: Vec<_> = years.iter().zip(1..).map(|(text, seq)| reading(seq, "a", at(text), seq as f64)).collect();
        assert_eq!(insert(&db, &origin, &rows).await.new, 4);
        assert_eq!(insert(&db, &origin, &rows).await.duplicate, 4);
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let span = (at("1900-01-01T00:00:00Z"), at("2500-01-01T00:00:00Z"));
        let points = telemetry::series(&mut tx, origin.org, origin.store, &"a".parse().expect("a sensor"), span, 1000).await.expect("a series");
        assert_eq!(points.iter().map(|point| point.count).sum::<u64>(), 4);
    }
}
