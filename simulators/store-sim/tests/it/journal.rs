use std::path::Path;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use vyavs_domain::sale::Receipt;
use vyavs_store_sim::config::{PlayConfig, RecordConfig};
use vyavs_store_sim::journal::JournalConfig;
use vyavs_store_sim::play::Play;

use crate::agent::{Agent, Faults};
use crate::{clock, data, wire, world_config};

fn ledger(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a ledger");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn impatient() -> JournalConfig {
    JournalConfig { ack_timeout_ms: 150, max_wait_ms: 50, ..JournalConfig::default() }
}

/// Every invoice of the real file, over a wire that breaks all the time: each acknowledged once, in order, and the
/// agent holds what the file says, to the digit.
#[tokio::test]
async fn the_recorded_year_crosses_a_bad_wire_once_and_in_order() {
    let Some(dir) = data("online_retail") else { return };
    let temp = tempfile::tempdir().expect("a directory");
    let path = temp.path().join("ledger.jsonl");
    let agent = Agent::start(7, Faults { cut: 8, silent: 1, busy: 2 }).await;
    let config = PlayConfig {
        online_retail: Some(RecordConfig::online_retail(dir.clone())),
        journal: vec![wire("till-1", agent.address)],
        till: impatient(),
        ledger: Some(path.clone()),
        ..PlayConfig::default()
    };
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let summary = play.run(CancellationToken::new()).await.expect("played");
    println!("{}", summary.sentence());

    // The file, read here by other means.
    let mut expected: Vec<(String, Vec<[String; 4]>)> = Vec::new();
    let file = flate2::read::MultiGzDecoder::new(std::fs::File::open(dir.join("invoices.csv.gz")).expect("a file"));
    for row in csv::Reader::from_reader(file).into_records() {
        let row = row.expect("a row");
        let line = [&row[1], &row[2], &row[3], &row[5]].map(str::to_owned);
        match expected.iter_mut().rev().find(|(invoice, _)| *invoice == row[0]) {
            Some((_, lines)) => lines.push(line),
            None => expected.push((row[0].to_owned(), vec![line])),
        }
    }
    let held = agent.held.lock().expect("no panic");
    assert!(held.cut > 50 && held.silent > 5 && held.busy > 20 && held.again > 50, "the wire was too good");
    assert!(summary.resent > 100 && summary.reconnects > 50);
    let lines_of = |receipt: &Value| -> Vec<[String; 4]> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let lines = receipt["lines"].as_array().expect("lines").iter();
        lines.map(|l| ["sku", "name", "quantity", "unit_price"].map(|field| text(&l[field]))).collect()
    };
    let stored: Vec<(String, Vec<[String; 4]>)> =
        held.stored.iter().map(|r| (r["number"].as_str().expect("a number").to_owned(), lines_of(r))).collect();
    let odd = stored.iter().zip(&expected).find(|(stored, expected)| stored != expected);
    assert!(stored.len() == expected.len() && odd.is_none(), "not what the file says: {odd:?}");
    let listed = ledger(&path);
    assert!(listed.iter().all(|entry| entry["outcome"] == "stored"));
    let listed: Vec<(String, Vec<[String; 4]>)> = listed
        .iter()
        .map(|entry| {
            (entry["receipt"]["key"]["number"].as_str().expect("a number").to_owned(), lines_of(&entry["receipt"]))
        })
        .collect();
    assert!(listed == expected, "the ledger lists each receipt once, in order");
    assert_eq!((summary.stored, summary.unacknowledged), (expected.len() as u64, 0));
    assert_eq!(summary.lines, 320_705);
}

/// The same for a world with its no-sale events, on a wire that breaks even more often.
#[tokio::test]
async fn a_world_crosses_a_bad_wire_once_and_in_order() {
    let temp = tempfile::tempdir().expect("a directory");
    let path = temp.path().join("ledger.jsonl");
    let agent = Agent::start(3, Faults { cut: 40, silent: 4, busy: 10 }).await;
    let config = PlayConfig {
        journal: vec![wire("till-1", agent.address)],
        till: impatient(),
        ledger: Some(path.clone()),
        ..world_config()
    };
    let summary =
        Play::prepare(config, &clock()).await.expect("ready").run(CancellationToken::new()).await.expect("played");
    let held = agent.held.lock().expect("no panic");
    let listed = ledger(&path);
    assert_eq!(listed.len() as u64, summary.stored);
    assert!(listed.len() > 600 && summary.unacknowledged == 0 && held.cut > 5, "{}", summary.sentence());
    let stored: Vec<&str> =
        held.stored.iter().map(|v| v["number"].as_str().or(v["id"].as_str()).expect("an id")).collect();
    let listed_ids: Vec<String> = listed
        .iter()
        .map(|entry| {
            let event = entry["no_sale"]["id"].as_str().or(entry["event"]["id"].as_str());
            entry["receipt"]["key"]["number"].as_str().or(event).expect("an id").to_owned()
        })
        .collect();
    assert_eq!(stored, listed_ids);
    assert!(held.stored.iter().any(|value| value["type"] == "no_sale"));
    let receipts = listed.iter().filter(|entry| entry.get("receipt").is_some());
    for entry in receipts {
        let receipt: Receipt = serde_json::from_value(entry["receipt"].clone()).expect("a receipt");
        assert!(receipt.balance().is_ok());
    }
}

/// An agent that is not there yet is waited for; a stop does not wait for it.
#[tokio::test]
async fn a_stop_ends_a_play_whose_agent_is_gone_and_says_what_is_open() {
    let gone = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("bound")
    };
    let config = PlayConfig { journal: vec![wire("till-1", gone)], till: impatient(), ..world_config() };
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let stop = CancellationToken::new();
    let stopping = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        stop.cancel();
    };
    let (summary, ()) = tokio::join!(play.run(stop.clone()), stopping);
    let summary = summary.expect("stopped in good order");
    assert!(summary.unacknowledged > 0 && summary.stored == 0, "{}", summary.sentence());
    assert!(summary.seconds < 5.0);
}

/// What can never succeed ends with a sentence instead of trying for ever.
#[tokio::test]
async fn an_other_end_that_is_no_agent_is_named() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 65_536]).await;
        }
    });
    let config = PlayConfig { journal: vec![wire("till-1", address)], till: impatient(), ..world_config() };
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let error = play.run(CancellationToken::new()).await.expect_err("no agent").to_string();
    assert!(error.contains("till-1") && error.contains("HTTP/1.1 400"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_played_is_refused_before_anything_is_sent() {
    let address = "127.0.0.1:1".parse().expect("an address");
    let refuse = async |config: PlayConfig| match Play::prepare(config, &clock()).await {
        Ok(play) => panic!("{} was accepted", play.name()),
        Err(error) => format!("{error:#}"),
    };
    let mut market = world_config();
    market.world.as_mut().expect("a world").store = crate::stores().join("mission-street.toml");
    market.journal = vec![wire("till-1", address)];
    assert!(refuse(market).await.contains("till-2 has no wire"));
    assert!(refuse(world_config()).await.contains("no wire"));
    let twice = vec![wire("till-1", address), wire("till-1", address)];
    assert!(refuse(PlayConfig { journal: twice, ..world_config() }).await.contains("two wires"));
    assert!(refuse(PlayConfig::default()).await.contains("nothing to play"));
    let nowhere = RecordConfig::online_retail("/nonexistent".into());
    let record =
        PlayConfig { online_retail: Some(nowhere), journal: vec![wire("till-1", address)], ..PlayConfig::default() };
    assert!(refuse(record).await.contains("holds neither invoices.csv"));
}
