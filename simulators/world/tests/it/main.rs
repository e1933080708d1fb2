//! What a world promises to everyone who plays it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proptest::prelude::*;
use vyavs_domain::reading::Quality;
use vyavs_domain::sale::ReceiptKind;
use vyavs_domain::time::BusinessDay;
use vyavs_world::{StoreSpec, World};

fn store(zone: &str, currency: &str, tax: f64) -> StoreSpec {
    StoreSpec {
        zone: zone.to_owned(),
        currency: currency.parse().expect("a code"),
        added_tax_percent: tax,
        ..StoreSpec::default()
    }
}

fn any_spec() -> impl Strategy<Value = StoreSpec> {
    let zones = prop::sample::select(vec!["Europe/London", "Asia/Kolkata", "America/New_York", "Pacific/Apia"]);
    let currencies = prop::sample::select(vec!["GBP", "INR", "JPY", "KWD"]);
    (zones, currencies, 0.0..20.0, 0_u8..8, 9_u8..=24, 1_u8..6, 0_u32..400).prop_map(
        |(zone, currency, tax, opens, closes, tills, receipts_per_day)| StoreSpec {
            opens,
            closes,
            tills,
            receipts_per_day,
            ..store(zone, currency, tax)
        },
    )
}

fn any_day() -> impl Strategy<Value = BusinessDay> {
    (2009_i16..2030, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| BusinessDay(jiff::civil::date(y, m, d)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the store: tickets add up exactly, are paid exactly, have one key each and belong to their day.
    #[test]
    fn every_ticket_adds_up(seed in any::<u64>(), spec in any_spec(), day in any_day()) {
        let world = World::new(seed, spec).expect("a store");
        let trade = world.trade(day);
        let mut keys = BTreeSet::new();
        let mut last = BTreeMap::new();
        for receipt in &trade.receipts {
            let lines: i64 = receipt.lines.iter().map(|line| line.total_minor).sum();
            prop_assert_eq!(lines - receipt.discount_minor + receipt.tax_minor, receipt.total_minor);
            prop_assert!(receipt.balance().is_ok());
            if receipt.kind != ReceiptKind::Void {
                let paid: i64 = receipt.tenders.iter().map(|tender| tender.amount_minor).sum();
                prop_assert_eq!(paid, receipt.total_minor);
            }
            prop_assert!(keys.insert((receipt.key.terminal.clone(), receipt.key.number.clone())));
            prop_assert_eq!(world.time().business_day(receipt.closed_at), day);
            prop_assert_eq!(receipt.key.business_day, day);
            prop_assert!(!receipt.lines.is_empty());
            for (place, line) in receipt.lines.iter().enumerate() {
                prop_assert_eq!(line.line_no as usize, place + 1);
                prop_assert!(line.sold_at < receipt.closed_at);
                prop_assert!(line.discount_minor >= 0);
            }
            // One till rings one ticket at a time.
            let opened = receipt.lines[0].sold_at;
            let before = last.insert(receipt.key.terminal.clone(), receipt.closed_at);
            prop_assert!(before.is_none_or(|before| before < opened));
        }
        prop_assert!(trade.till_events.iter().all(|event| world.time().business_day(event.at) == day));
        prop_assert!(trade.till_events.windows(2).all(|two| two[0].at <= two[1].at));
        prop_assert!(trade.truth.iter().all(|one| one.from <= one.to));
        for stock in &trade.stock {
            prop_assert_eq!(stock.delivered, stock.sold + stock.stolen + stock.left);
        }
    }

    /// A day does not depend on which days were looked at before.
    #[test]
    fn a_day_can_be_computed_alone(seed in any::<u64>(), day in any_day()) {
        let world = World::new(seed, StoreSpec::default()).expect("a store");
        let next = BusinessDay(day.0.tomorrow().expect("in the calendar"));
        let alone = world.trade(next);
        world.trade(day);
        prop_assert_eq!(world.trade(next), alone);
    }
}

/// FNV-1a over what a day says, in its own words.
fn fingerprint(seed: u64, spec: StoreSpec, day: &str) -> u64 {
    let world = World::new(seed, spec).expect("a store");
    let day = world.day(day.parse().expect("a date"));
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut eat = |text: String| {
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    };
    for receipt in &day.receipts {
        eat(format!("{:016x}", receipt.content_hash()));
    }
    day.till_events.iter().for_each(|event| eat(format!("{event:?}")));
    day.truth.iter().for_each(|one| eat(format!("{one:?}")));
    day.stockouts.iter().for_each(|out| eat(format!("{out:?}")));
    day.readings.iter().for_each(|reading| eat(format!("{} {} {:.1}", reading.sensor, reading.at, reading.value)));
    hash
}

/// Models are trained on these days and documents quote them: a change here is a new world, and is said so.
#[test]
fn the_same_seed_is_the_same_day() {
    let hashes = [
        fingerprint(1, StoreSpec::default(), "2026-03-07"),
        fingerprint(2, StoreSpec::default(), "2026-03-07"),
        fingerprint(1, store("Asia/Kolkata", "INR", 5.0), "2026-10-25"),
    ];
    assert_eq!(hashes.map(|hash| format!("{hash:016x}")), ["11dac0d16cefae52", "02e0601d3694be66", "87e5227c694ec678"]);
}

/// The plan of incidents and the readings tell one story, and every channel speaks each minute.
#[test]
fn readings_carry_what_was_planned() {
    let world = World::new(4, StoreSpec::default()).expect("a store");
    let (from, _) = world.time().span("2026-03-01".parse().expect("a date"));
    let to = from + SignedDuration::from_hours(24 * 30);
    let plan = world.incidents(from, to);
    let dips = world.power_dips(from, to);
    assert!(plan.len() > 3, "{plan:?}");
    let dropout = plan.iter().find(|incident| {
        incident.kind == vyavs_world::sensors::IncidentKind::Dropout && from <= incident.from && incident.to <= to
    });
    let readings = world.readings(from, to, SignedDuration::from_mins(1));
    let sensors = world.sensors();
    assert_eq!(readings.len(), sensors.len() * 30 * 1440);
    let bad: Vec<_> = readings.iter().filter(|reading| reading.quality == Quality::Bad).collect();
    assert!(bad.iter().all(|reading| {
        plan.iter().any(|incident| incident.sensor() == reading.sensor.as_str() && incident.covers(reading.at))
            || dips.iter().any(|dip| dip.covers(reading.at))
    }));
    let dropout = dropout.expect("this seed has one");
    assert!(bad.iter().any(|reading| reading.sensor.as_str() == dropout.sensor()));
}

/// A demo must start in seconds: 90 days of three stores.
#[test]
fn a_quarter_of_three_stores_takes_seconds() {
    let started = std::time::Instant::now();
    let (mut receipts, mut readings) = (0, 0);
    for seed in 1..=3 {
        let world = World::new(seed, StoreSpec::default()).expect("a store");
        let mut day = jiff::civil::date(2026, 1, 1);
        let (from, _) = world.time().span(BusinessDay(day));
        for _ in 0..90 {
            receipts += world.trade(BusinessDay(day)).receipts.len();
            day = day.tomorrow().expect("in the calendar");
        }
        let (to, _) = world.time().span(BusinessDay(day));
        readings += world.readings(from, to, SignedDuration::from_mins(1)).len();
    }
    let took = started.elapsed();
    println!("{receipts} receipts and {readings} readings in {took:?}");
    assert!(receipts > 60_000 && readings > 3_000_000);
    assert!(took.as_secs() < 30, "{took:?}");
}
