//! A box whose clock is ten years off: what it measured stands where it was, and people are told.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;
use vyavs_store::{Db, clocks};
use vyavs_wire::convert::receipt_records;
use vyavs_wire::record::{AlarmV1, ReadingV1, Record, SensorV1, TillEventKindV1, TillEventV1};

use crate::house;
use crate::program::{Device, Program, hub_on_both_engines};
use vyavs_domain::sale::ReceiptKind;

fn sensor() -> Record {
    let name = "Dairy fridge, air".to_owned();
    Record::SensorV1(SensorV1 { id: "fridge-1.air".to_owned(), name, measure: 0, low: Some(-1.0), high: Some(5.0) })
}

fn reading(at: Timestamp, value: f64) -> Record {
    Record::ReadingV1(ReadingV1 { sensor: "fridge-1.air".to_owned(), at_us: at.as_microsecond(), value, quality: 0 })
}

fn alarm(id: u8, at: Timestamp) -> Record {
    Record::AlarmV1(AlarmV1 {
        id: [id; 16],
        kind: 0,
        severity: 2,
        subject: "fridge-1.air".to_owned(),
        raised_at_us: at.as_microsecond(),
        cleared_at_us: None,
        value: Some(9.0),
        limit: Some(5.0),
        reason: "too warm".to_owned(),
        model: None,
    })
}

/// Ticket and drawer of a till that takes its time from the box.
async fn trade(device: &mut Device<'_>, number: &str) -> Timestamp {
    let at = device.wall();
    let mut receipt = house::receipt(number, "2026-02-03T10:00:00Z", ReceiptKind::Sale, 250);
    receipt.closed_at = at;
    receipt.lines.iter_mut().for_each(|line| line.sold_at = at);
    let mut records = receipt_records(&receipt);
    let event =
        TillEventV1 { terminal: "till-1".to_owned(), at_us: at.as_microsecond(), kind: TillEventKindV1::NoSale(None) };
    records.push(Record::TillEventV1(event));
    device.store(&records, 2).await;
    at
}

/// How far an instant of an answer is from now.
fn age(value: &Value) -> SignedDuration {
    let at: Timestamp = value.as_str().expect("a time").parse().expect("a time");
    vyavs_service::clock::Clock::system().now().duration_since(at).abs()
}

const NEAR: SignedDuration = SignedDuration::from_secs(8);

fn of_kind<'a>(alarms: &'a Value, subject: &str) -> Vec<&'a Value> {
    alarms["alarms"].as_array().expect("alarms").iter().filter(|alarm| alarm["subject"] == subject).collect()
}

hub_on_both_engines! {
    async fn ten_years_off_is_shown_right_said_raw_and_told(url) {
        let hub = Program::start(&url).await;
        let store = hub.store.clone();
        let years = SignedDuration::from_hours(24 * 3_652);
        for (n, ahead) in [(1_u8, years), (2, -years)] {
            let enrolled = hub.enrol(&format!("box-{n}"), &rcgen::PKCS_ED25519).await;
            let mut device = enrolled.connect(&hub, n, ahead).await;
            let wall = device.wall();
            device.store(&[sensor(), reading(wall - SignedDuration::from_secs(90), 3.0), reading(wall, -f64::from(n))], 2).await;
            device.store(&[alarm(n, wall)], 2).await;
            let number = n.to_string();
            let closed_at = trade(&mut device, &number).await;

            let sensors = hub.get(&format!("stores/{store}/sensors")).await;
            let latest = &sensors["sensors"][0]["latest"];
            assert_eq!(latest["value"], -f64::from(n));
            assert!(age(&latest["at"]) < NEAR, "{latest}");
            let curve = hub.get(&format!("stores/{store}/telemetry?sensor=fridge-1.air")).await;
            let points = curve["series"][0]["points"].as_array().expect("points");
            assert!(points.iter().any(|point| point[1] == -f64::from(n)), "{curve}");

            let alarms = hub.get("alarms").await;
            let theirs = of_kind(&alarms, "fridge-1.air");
            assert_eq!(theirs.len(), usize::from(n));
            assert!(theirs.iter().all(|alarm| age(&alarm["raised_at"]) < SignedDuration::from_secs(60)), "{alarms}");
            let ours = of_kind(&alarms, "clock");
            assert_eq!((ours.len(), ours[0]["kind"].as_str(), ours[0]["severity"].as_str()), (usize::from(n), Some("device"), Some("warning")));
            let reason = ours[0]["reason"].as_str().expect("a sentence");
            let which = if n == 1 { "10 years ahead of" } else { "10 years behind" };
            assert!(reason.contains(which) && age(&ours[0]["raised_at"]) < NEAR, "{ours:?}");

            // The ticket keeps its till's time, and is in this hour's sales all the same.
            let receipts = hub.get(&format!("stores/{store}/receipts")).await;
            let receipts = receipts["receipts"].as_array().expect("receipts");
            let ticket = receipts.iter().find(|receipt| receipt["number"] == number.as_str()).expect("stored");
            assert_eq!(ticket["closed_at"].as_str().expect("a time").parse::<Timestamp>().expect("a time"), closed_at);
            assert!(age(&ticket["event_at"]) < NEAR, "{ticket}");
            let sales = hub.get(&format!("sales?store_id={store}")).await;
            let sum: i64 = sales["points"].as_array().expect("points").iter().map(|point| point["receipts"].as_i64().expect("a count")).sum();
            assert_eq!(sum, i64::from(n), "{sales}");
            let events = hub.get(&format!("stores/{store}/events")).await;
            assert_eq!(events["events"].as_array().expect("events").len(), usize::from(n));
            assert!(age(&events["events"][0]["at"]) < NEAR, "{events}");

            let sync = hub.get(&format!("stores/{store}/sync")).await;
            let name = format!("box-{n}");
            let of = |sync: &Value| sync["devices"].as_array().expect("devices").iter().find(|d| d["name"] == name.as_str()).expect("there").clone();
            let clock = of(&sync)["clock"].clone();
            let offset = clock["offset_ms"].as_i64().expect("an offset");
            assert!((i128::from(offset) + ahead.as_millis()).abs() < 5_000, "hub less device: {clock}");
            assert_eq!(clock["state"], "unset");

            // What the box said is kept as it said it.
            let db = Db::open(&url).await.expect("it opens");
            let marks = clocks::newest(&mut db.begin_read_hub().await.expect("a transaction"), enrolled.identity.device, 9).await.expect("marks");
            let hello = marks.iter().find(|mark| mark.hello).expect("a hello");
            assert!((hello.wall_us - wall.as_microsecond()).abs() < 8_000_000 && hello.boot == Uuid::from_bytes([n; 16]));
            assert!((hello.ahead_us - ahead.as_micros() as i64).abs() < 8_000_000);
            assert!(marks.iter().any(|mark| !mark.hello && mark.clock == 2));
            db.close().await;

            // Set right: the page says so and the alarm is over.
            device.ahead = SignedDuration::ZERO;
            device.picture().await;
            hub.until("alarms?open=true", |alarms| of_kind(alarms, "clock").is_empty()).await;
            let sync = hub.until(&format!("stores/{store}/sync"), |sync| of(sync)["clock"]["state"] == "synced").await;
            assert!(of(&sync)["clock"]["offset_ms"].as_i64().expect("an offset").abs() < 8_000);
            let wall = device.wall();
            device.store(&[reading(wall, 100.0 + f64::from(n))], 0).await;
            let sensors = hub.get(&format!("stores/{store}/sensors")).await;
            assert_eq!(sensors["sensors"][0]["latest"]["value"], 100.0 + f64::from(n));
        }
    }

    async fn a_jump_in_the_middle_and_a_backlog_in_holdover_land_where_they_were(url) {
        let hub = Program::start(&url).await;
        let store = hub.store.clone();
        let enrolled = hub.enrol("box-1", &rcgen::PKCS_ED25519).await;
        let mut device = enrolled.connect(&hub, 1, SignedDuration::ZERO).await;
        let wall = device.wall();
        device.store(&[sensor(), reading(wall, 1.0)], 0).await;
        let latest = async |expected: f64| {
            let sensors = hub.get(&format!("stores/{store}/sensors")).await;
            let latest = sensors["sensors"][0]["latest"].clone();
            assert_eq!(latest["value"], expected, "{latest}");
            assert!(age(&latest["at"]) < NEAR, "{latest}");
        };
        latest(1.0).await;
        // The clock is set ten years on while the box thinks it is synced, and then ten years back in holdover.
        for (value, hours, clock) in [(2.0, 24 * 3_652, 0), (3.0, -24 * 3_652, 1)] {
            device.ahead = SignedDuration::from_hours(hours);
            let wall = device.wall();
            device.store(&[reading(wall, value)], clock).await;
            latest(value).await;
        }
        let curve = hub.get(&format!("stores/{store}/telemetry?sensor=fridge-1.air&points=2000")).await;
        let points = curve["series"][0]["points"].as_array().expect("points").clone();
        assert!(points.iter().any(|p| p[3] == 3.0) && points.iter().any(|p| p[1] == 1.0), "{curve}");
    }
}
