//! Records beside the first one: what they say on their wires is what their files say.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio_modbus::Slave;
use tokio_modbus::client::{Reader, tcp};
use tokio_util::sync::CancellationToken;
use vyavs_store_sim::config::{CompleteJourneyConfig, ModbusConfig, PlayConfig, RecordConfig, SensorRecordConfig};
use vyavs_store_sim::journal::JournalConfig;
use vyavs_store_sim::pace::Speed;
use vyavs_store_sim::paper::Paper;
use vyavs_store_sim::play::Play;

use crate::agent::{Agent, Faults};
use crate::{clock, data, wire};

/// A product, what it came to, and what was taken off, in cents.
type Line = (String, i64, i64);

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let file = flate2::read::MultiGzDecoder::new(std::fs::File::open(path).expect("a file"));
    csv::Reader::from_reader(file).into_deserialize().map(|row| row.expect("a row")).collect()
}

fn impatient() -> JournalConfig {
    JournalConfig { ack_timeout_ms: 150, max_wait_ms: 50, ..JournalConfig::default() }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn cents(text: &str) -> i64 {
    (text.parse::<f64>().expect("an amount") * 100.0).round() as i64
}

/// All baskets of 263 shops over the bad wires of two tills: each once, each shop at one till, and to the cent.
#[tokio::test]
async fn the_baskets_of_many_shops_cross_bad_wires_once_and_to_the_cent() {
    let Some(dir) = data("complete_journey") else { return };
    let faults = Faults { cut: 8, silent: 1, busy: 2 };
    let agents = [Agent::start(7, faults).await, Agent::start(8, faults).await];
    let record = RecordConfig::complete_journey(dir.clone());
    let config = PlayConfig {
        complete_journey: Some(CompleteJourneyConfig { record, store: None }),
        journal: vec![wire("till-1", agents[0].address), wire("till-2", agents[1].address)],
        till: impatient(),
        ..PlayConfig::default()
    };
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let summary = play.run(CancellationToken::new()).await.expect("played");
    println!("{}", summary.sentence());
    // The file, read here by other means: what a basket's lines are and cost, and in which shop it was.
    let mut expected: BTreeMap<String, (String, Vec<Line>)> = BTreeMap::new();
    let file = rows(&dir.join("transactions.csv.gz"));
    for row in &file {
        let discount = cents(&row["retail_disc"]) + cents(&row["coupon_match_disc"]);
        let basket = expected.entry(row["basket_id"].clone()).or_default();
        basket.0.clone_from(&row["store_id"]);
        basket.1.push((row["product_id"].clone(), cents(&row["sales_value"]), discount));
    }
    let mut shops: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = 0;
    for (till, agent) in agents.iter().enumerate() {
        let held = agent.held.lock().expect("no panic");
        assert!(held.cut > 20 && held.again > 20, "the wire was too good");
        for ticket in &held.stored {
            let (shop, lines) = &expected[&text(&ticket["number"])];
            assert_eq!(*shops.entry(shop.clone()).or_insert(till), till, "shop {shop} is at one till");
            let told = ticket["lines"].as_array().expect("lines").iter();
            let told: Vec<_> =
                told.map(|l| (text(&l["sku"]), cents(&text(&l["total"])), cents(&text(&l["discount"])))).collect();
            assert_eq!(told, *lines);
            let sum: i64 = lines.iter().map(|(_, total, _)| total).sum();
            assert_eq!(cents(&text(&ticket["total"])), sum);
            seen += 1;
        }
        let times: Vec<String> = held.stored.iter().map(|ticket| text(&ticket["at"])).collect();
        assert!(times.is_sorted(), "in the order of the file");
    }
    assert_eq!((seen, summary.stored, summary.unacknowledged), (expected.len(), expected.len() as u64, 0));
    assert_eq!((summary.lines, shops.len()), (file.len() as u64, 263));
}

/// One shop alone, and a bakery without prices.
#[tokio::test]
async fn one_shop_and_a_roll_without_prices_are_played_as_they_stand() {
    let (Some(journey), Some(roll)) = (data("complete_journey"), data("bread_basket")) else { return };
    let record = RecordConfig::complete_journey(journey.clone());
    let store = Some("367".to_owned());
    let configs = [
        PlayConfig { complete_journey: Some(CompleteJourneyConfig { record, store }), ..PlayConfig::default() },
        PlayConfig { bread_basket: Some(RecordConfig::bread_basket(roll.clone())), ..PlayConfig::default() },
    ];
    let mut counts = Vec::new();
    for config in configs {
        let agent = Agent::start(3, Faults::default()).await;
        let config = PlayConfig { journal: vec![wire("till-1", agent.address)], till: impatient(), ..config };
        let play = Play::prepare(config, &clock()).await.expect("ready");
        let summary = play.run(CancellationToken::new()).await.expect("played");
        let held = agent.held.lock().expect("no panic");
        let zero = held.stored.iter().filter(|ticket| ticket["total"] == "0.00").count();
        counts.push((summary.source.clone(), summary.stored as usize, summary.lines as usize, zero));
    }
    let own = |rows: &[BTreeMap<String, String>], id: &str| {
        let tickets: std::collections::BTreeSet<String> = rows.iter().map(|row| row[id].clone()).collect();
        (tickets.len(), rows.len())
    };
    let mut shop = rows(&journey.join("transactions.csv.gz"));
    shop.retain(|row| row["store_id"] == "367");
    let (tickets, lines) = own(&shop, "basket_id");
    assert_eq!(counts[0].0, "Complete Journey (replayed), store 367");
    assert_eq!((counts[0].1, counts[0].2), (tickets, lines));
    let (tickets, lines) = own(&rows(&roll.join("transactions.csv.gz")), "Transaction");
    assert_eq!(counts[1], ("Bread Basket, prices not known (replayed)".to_owned(), tickets, lines, tickets));
}

/// Text goes onto paper, row by row, and never onto a journal.
#[tokio::test]
async fn receipts_that_are_only_text_are_printed() {
    let Some(dir) = data("receipts_text") else { return };
    let temp = tempfile::tempdir().expect("a directory");
    let path = temp.path().join("paper.bin");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let record = || Some(RecordConfig::receipts_text(dir.clone()));
    let refused =
        PlayConfig { receipts_text: record(), journal: vec![wire("till-1", address)], ..PlayConfig::default() };
    let error = Play::prepare(refused, &clock()).await.err().expect("refused").to_string();
    assert!(error.contains("name a printer"), "{error}");
    let config =
        PlayConfig { receipts_text: record(), printer: vec![wire("till-1", address)], ..PlayConfig::default() };
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let stop = CancellationToken::new();
    let paper = Paper { keep: Some(path.clone()), bytes_per_s: None };
    let printing = async {
        let summary = play.run(CancellationToken::new()).await.expect("played");
        let mut size = 0;
        while size < summary.printed_bytes {
            tokio::time::sleep(Duration::from_millis(20)).await;
            size = std::fs::metadata(&path).map_or(0, |meta| meta.len());
        }
        stop.cancel();
        summary
    };
    let (printed, summary) = tokio::join!(paper.run(listener, stop.clone()), printing);
    printed.expect("the printer ends in good order");
    let bytes = std::fs::read(&path).expect("paper");
    let file = flate2::read::MultiGzDecoder::new(std::fs::File::open(dir.join("receipts.jsonl.gz")).expect("a file"));
    let scans: Vec<Value> =
        serde_json::Deserializer::from_reader(file).into_iter().map(|scan| scan.expect("JSON")).collect();
    let pages: Vec<&[u8]> = bytes.split(|byte| *byte == 0x1b).filter(|part| part.starts_with(b"t\x10")).collect();
    assert_eq!((pages.len(), summary.printed_jobs, summary.unacknowledged), (scans.len(), scans.len() as u64, 0));
    for (page, scan) in pages.iter().zip(&scans) {
        // Every word of every box lies on the page, and nothing else does.
        let words = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let mut wanted: Vec<String> = scan["lines"]
            .as_array()
            .expect("lines")
            .iter()
            .flat_map(|line| words(line[4].as_str().unwrap_or("")))
            .collect();
        let end = page.iter().position(|byte| *byte == 0x1d).expect("a cut");
        let mut told = words(&String::from_utf8_lossy(&page[2..end]));
        wanted.sort();
        told.sort();
        assert_eq!(told, wanted, "{}", scan["id"]);
    }
}

/// A real freezer and a real machine behind the case controllers' registers, in tenths, as time goes on.
#[tokio::test]
async fn recorded_sensors_stand_in_the_registers() {
    let (Some(freezer), Some(nab)) = (data("freezer"), data("nab")) else { return };
    let machine = nab.join("data/realKnownCause/machine_temperature_system_failure.csv.gz");
    let config = PlayConfig {
        sensor_record: SensorRecordConfig {
            freezer: Some(freezer.clone()),
            nab: vec![machine.clone()],
            ..SensorRecordConfig::default()
        },
        modbus: Some(ModbusConfig { listen: "127.0.0.1:0".parse().expect("an address") }),
        // An hour in a second.
        speed: Some(Speed::Times(3_600.0)),
        ..PlayConfig::default()
    };
    let at_max = PlayConfig { speed: Some(Speed::Max), ..config.clone() };
    assert!(Play::prepare(at_max, &clock()).await.err().expect("refused").to_string().contains("needs a speed"));
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let address = play.modbus_address().expect("listening");
    let stop = CancellationToken::new();
    let tenths = |rows: Vec<BTreeMap<String, String>>, column: &str, count: usize| -> Vec<i64> {
        let values = rows.iter().take(count).map(|row| row[column].parse::<f64>().expect("a number"));
        values.map(|value| (value * 10.0).round() as i64).collect()
    };
    let cold = tenths(rows(&freezer.join("freezer_minutes.csv.gz")), "Temperature", 20 * 60);
    let warm = tenths(rows(&machine), "value", 20 * 12);
    let looking = async {
        let mut units = Vec::new();
        for unit in [1, 2] {
            units.push(tcp::connect_slave(address, Slave(unit)).await.expect("connected"));
        }
        let mut seen = [Vec::new(), Vec::new()];
        for _ in 0..12 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            for (unit, seen) in units.iter_mut().zip(&mut seen) {
                let words = unit.read_holding_registers(2529, 1).await.expect("connected").expect("a value");
                seen.push(i64::from(words[0].cast_signed()));
            }
        }
        for (seen, file) in seen.iter().zip([&cold, &warm]) {
            assert!(seen.iter().all(|value| file.contains(value)), "{seen:?}");
            let different: std::collections::BTreeSet<_> = seen.iter().collect();
            assert!(different.len() > 4, "time goes on: {seen:?}");
        }
        assert!(cold.contains(&seen[0][0]) && seen[0][0] < -150 && seen[1][0] > 600, "{seen:?}");
        stop.cancel();
    };
    let (summary, ()) = tokio::join!(play.run(stop.clone()), looking);
    assert_eq!(summary.expect("stopped").modbus_reads, 24);
}
