//! Roll-ups of readings are what a recompute of everything gives, whatever came when; and forgetting keeps the coarser rows.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Quality, Reading};
use vyavs_store::readings::{self, MinuteRow, ReadingRow};
use vyavs_store::series::{self, Roll, Tier};
use vyavs_store::{Db, Origin, both_engines, telemetry};

use crate::given::{at, identity, shop};

fn sensor() -> SensorId {
    "fridge".parse().expect("a sensor")
}

fn reading(seq: u64, at: Timestamp, value: f64, quality: Quality) -> ReadingRow {
    ReadingRow { seq, reading: Reading { sensor: sensor(), at, value, quality } }
}

async fn insert(db: &Db, origin: &Origin, rows: &[ReadingRow]) {
    let mut tx = db.begin_write().await.expect("a transaction");
    readings::insert(&mut tx, origin, rows).await.expect("readings");
    tx.commit().await.expect("a commit");
}

/// Rolls up all that waits, a few minutes at a time.
async fn settle(db: &Db, most: u32) -> u64 {
    let mut done = 0;
    loop {
        let mut tx = db.begin_write().await.expect("a transaction");
        let now = series::roll_up(&mut tx, at("2200-01-01T00:00:00Z"), most).await.expect("rolled up");
        tx.commit().await.expect("a commit");
        if now == 0 {
            return done;
        }
        done += now;
    }
}

async fn rows(db: &Db, origin: &Origin, tier: Tier) -> Vec<(Timestamp, Roll)> {
    let mut tx = db.begin_read(origin.org).await.expect("a transaction");
    let span = (at("1960-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z"));
    series::list(&mut tx, origin.org, origin.store, &sensor(), tier, span).await.expect("rows")
}

/// On paper, from all readings at once.
fn recomputed(all: &BTreeMap<i64, f64>, unit: i64) -> Vec<(Timestamp, Roll)> {
    let mut rows: BTreeMap<i64, Roll> = BTreeMap::new();
    for (at, value) in all {
        let last = Some((Timestamp::from_microsecond(*at).expect("a time"), *value));
        let row = rows.entry(at.div_euclid(unit) * unit).or_insert(Roll {
            count: 0,
            min: *value,
            max: *value,
            sum: 0.0,
            last,
        });
        *row = Roll {
            count: row.count + 1,
            min: row.min.min(*value),
            max: row.max.max(*value),
            sum: row.sum + value,
            last,
        };
    }
    rows.into_iter().map(|(at, row)| (Timestamp::from_microsecond(at).expect("a time"), row)).collect()
}

fn same(one: &[(Timestamp, Roll)], two: &[(Timestamp, Roll)]) {
    assert_eq!(one.len(), two.len());
    for (one, two) in one.iter().zip(two) {
        assert_eq!(
            (one.0, one.1.count, one.1.min, one.1.max, one.1.last),
            (two.0, two.1.count, two.1.min, two.1.max, two.1.last)
        );
        // Rounded in another order of adding.
        assert!((one.1.sum - two.1.sum).abs() <= 1e-9 * one.1.sum.abs().max(1.0), "{one:?} {two:?}");
    }
}

const TIERS: [(Tier, i64); 3] = [(Tier::Minute, 60_000_000), (Tier::Hour, 3_600_000_000), (Tier::Day, 86_400_000_000)];

both_engines! {
    /// Figure: roll-ups equal a full recompute after late data and data that comes twice.
    async fn roll_ups_equal_a_full_recompute_whatever_came_when(db: Db) {
        let mut runner = TestRunner::deterministic();
        // Three days around 1970 and around a turn of a month, so that days, hours and signs of times all change.
        let begin = prop_oneof![Just(at("1969-12-31T00:00:00Z")), Just(at("2026-01-31T00:00:00Z"))];
        let drawn = (begin, prop::collection::vec((0..3 * 86_400_i64, -40.0..40.0_f64, 0..8_u8, any::<u16>()), 20..150));
        for case in 0..8_u128 {
            let origin = shop(&db, case + 1).await;
            let (begin, drawn) = drawn.new_tree(&mut runner).expect("readings").current();
            let mut all: BTreeMap<i64, f64> = BTreeMap::new();
            let mut seen = std::collections::BTreeSet::new();
            let mut came: Vec<(u16, ReadingRow)> = Vec::new();
            for (n, (second, value, quality, order)) in drawn.into_iter().enumerate() {
                let at = begin + SignedDuration::from_secs(second);
                let (value, quality) = match quality {
                    0 => (value, Quality::Bad),
                    1 => (f64::NAN, Quality::Good),
                    2 => (value, Quality::Suspect),
                    _ => (value, Quality::Good),
                };
                // The first to come stays, so an instant is drawn once.
                if seen.insert(at) {
                    if quality != Quality::Bad && !value.is_nan() {
                        all.insert(at.as_microsecond(), value);
                    }
                    came.push((order, reading(n as u64 + 1, at, value, quality)));
                }
            }
            came.sort_by_key(|(order, _)| *order);
            let came: Vec<ReadingRow> = came.into_iter().map(|(_, row)| row).collect();
            for (n, batch) in came.chunks(11).enumerate() {
                insert(&db, &origin, batch).await;
                // A frame comes again, before or after it was rolled up.
                if n % 2 == 0 {
                    settle(&db, 7).await;
                }
                insert(&db, &origin, &batch[..batch.len() / 2]).await;
            }
            settle(&db, 1_000).await;
            for (tier, unit) in TIERS {
                same(&rows(&db, &origin, tier).await, &recomputed(&all, unit));
            }
            assert_eq!(settle(&db, 1_000).await, 0, "nothing waits, and nothing new is found to do");
        }
    }

    async fn a_curve_is_the_same_before_and_after_its_readings_are_rolled_up(db: Db) {
        let origin = shop(&db, 1).await;
        let start = at("2026-02-01T00:00:00Z");
        let second = |n: i64| start + SignedDuration::from_secs(n);
        let batch: Vec<ReadingRow> = (0..4 * 1440_i64).map(|n| reading(n as u64 + 1, second(n * 45), (n % 97) as f64, Quality::Good)).collect();
        insert(&db, &origin, &batch).await;
        let thinned = MinuteRow { seq: 1, sensor: sensor(), at: second(7_200), count: 50, min: -7.0, mean: 1.5, max: 120.0 };
        let mut tx = db.begin_write().await.expect("a transaction");
        readings::insert_minutes(&mut tx, &origin, &[thinned]).await.expect("minutes");
        tx.commit().await.expect("a commit");
        let spans = [(0, 3 * 86_400, 3), (0, 3 * 86_400, 60), (0, 2 * 86_400, 500), (40, 200_000, 700), (3_000, 9_000, 50), (0, 86_400, 1)];
        let curves = async || {
            let mut tx = db.begin_read(origin.org).await.expect("a transaction");
            let mut curves = Vec::new();
            for (from, to, points) in spans {
                let curve = telemetry::curve(&mut tx, origin.org, origin.store, &sensor(), (second(from), second(to)), points).await.expect("a curve");
                assert!(curve.points.len() <= points as usize, "{} for {points}", curve.points.len());
                assert!(curve.points.windows(2).all(|two| two[0].at < two[1].at));
                curves.push(curve);
            }
            curves
        };
        let close = |one: &telemetry::Curve, two: &telemetry::Curve| {
            assert_eq!((one.width_us, one.points.len()), (two.width_us, two.points.len()));
            for (one, two) in one.points.iter().zip(&two.points) {
                assert_eq!((one.at, one.count, one.min, one.max), (two.at, two.count, two.min, two.max));
                assert!((one.mean - two.mean).abs() < 1e-9);
            }
        };
        let before = curves().await;
        assert_eq!(before[0].points.iter().map(|point| point.count).sum::<u64>(), 4 * 1440 + 50);
        // Half of it, then all of it.
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(series::roll_up(&mut tx, second(100_000), 5_000).await.expect("rolled up"), 1_667);
        tx.commit().await.expect("a commit");
        curves().await.iter().zip(&before).for_each(|(one, two)| close(one, two));
        settle(&db, 5_000).await;
        curves().await.iter().zip(&before).for_each(|(one, two)| close(one, two));
        // A late one is in the curve at once, and still there when it is rolled up.
        insert(&db, &origin, &[reading(9_999, second(7), 1_000.0, Quality::Good)]).await;
        let late = curves().await;
        assert_eq!(late[0].points[0].max, 1_000.0);
        settle(&db, 5_000).await;
        curves().await.iter().zip(&late).for_each(|(one, two)| close(one, two));
    }

    async fn forgotten_readings_leave_their_roll_ups_and_late_ones_do_not_spoil_them(db: Db) {
        let (origin, other) = (shop(&db, 1).await, shop(&db, 2).await);
        let day = |n: i64| at("2026-02-01T00:00:00Z") + SignedDuration::from_hours(24 * n);
        for origin in [&origin, &other] {
            let batch: Vec<ReadingRow> = (0..72_i64).map(|n| reading(n as u64 + 1, day(0) + SignedDuration::from_hours(n), n as f64, Quality::Good)).collect();
            insert(&db, origin, &batch).await;
        }
        let prune = async |tier, before| {
            let mut tx = db.begin_write().await.expect("a transaction");
            let mut gone = 0;
            loop {
                let now = series::prune(&mut tx, origin.org, tier, before, 10).await.expect("pruned");
                gone += now;
                if now == 0 {
                    break;
                }
            }
            tx.commit().await.expect("a commit");
            gone
        };
        assert_eq!(prune(Tier::Raw, day(2)).await, 0, "readings wait until they are rolled up");
        settle(&db, 500).await;
        let (hours, days) = (rows(&db, &origin, Tier::Hour).await, rows(&db, &origin, Tier::Day).await);
        assert_eq!((hours.len(), days.len()), (72, 3));
        assert_eq!(prune(Tier::Raw, day(2) + SignedDuration::from_hours(5)).await, 48, "whole days alone");
        assert_eq!(rows(&db, &origin, Tier::Raw).await.len(), 24);
        assert_eq!(rows(&db, &other, Tier::Raw).await.len(), 72, "another organization's stay");
        insert(&db, &origin, &[reading(500, day(0) + SignedDuration::from_mins(10), 99.0, Quality::Good)]).await;
        settle(&db, 500).await;
        assert_eq!(rows(&db, &origin, Tier::Hour).await, hours);
        assert_eq!(rows(&db, &origin, Tier::Day).await, days);
        assert_eq!(prune(Tier::Minute, day(1)).await, 24);
        // The finest that is still there answers.
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let curve = telemetry::curve(&mut tx, origin.org, origin.store, &sensor(), (day(0), day(0) + SignedDuration::from_hours(3)), 1_000).await.expect("a curve");
        assert_eq!((curve.width_us, curve.points.len()), (3_600_000_000, 3));
        drop(tx);
        assert_eq!(prune(Tier::Hour, day(3)).await, 72);
        assert_eq!(rows(&db, &origin, Tier::Day).await, days);
        let mut tx = db.begin_read(identity(3).org).await.expect("a transaction");
        assert_eq!(series::pruned(&mut tx, origin.org).await.expect("a query").iter().filter(|at| **at > i64::MIN).count(), if matches!(db, Db::Pg(..)) { 0 } else { 3 });
    }
}
