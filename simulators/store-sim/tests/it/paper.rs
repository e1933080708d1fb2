use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use vyavs_store_sim::config::PlayConfig;
use vyavs_store_sim::paper::Paper;
use vyavs_store_sim::play::Play;
use vyavs_store_sim::printer::PrinterConfig;

use crate::{clock, wire, world_config};

/// Three days on paper: each ticket once, whole and in order; some as pictures, and drawers without a sale.
#[tokio::test]
async fn every_ticket_is_printed_once_and_in_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let (paper_path, ledger_path) = (dir.path().join("paper.bin"), dir.path().join("ledger.jsonl"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let config = PlayConfig {
        printer: vec![wire("till-1", address)],
        print: PrinterConfig { raster: 0.05, drawer: true, copy: None },
        ledger: Some(ledger_path.clone()),
        ..world_config()
    };
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let stop = CancellationToken::new();
    let paper = Paper { keep: Some(paper_path.clone()), bytes_per_s: None };
    let printing = async {
        let summary = play.run(CancellationToken::new()).await.expect("played");
        // The printer reads on until the till has closed its end, and a little time for its file.
        let mut size = 0;
        while size < summary.printed_bytes {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            size = std::fs::metadata(&paper_path).map_or(0, |meta| meta.len());
        }
        stop.cancel();
        summary
    };
    let (printed, summary) = tokio::join!(paper.run(listener, stop.clone()), printing);
    printed.expect("the printer ends in good order");
    let bytes = std::fs::read(&paper_path).expect("paper");
    assert_eq!(bytes.len() as u64, summary.printed_bytes);

    let ledger = std::fs::read_to_string(&ledger_path).expect("a ledger");
    let entries: Vec<Value> = ledger.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let listed: Vec<String> = entries
        .iter()
        .filter(|entry| entry["outcome"] == "printed" && entry.get("receipt").is_some())
        .map(|entry| entry["receipt"]["key"]["number"].as_str().expect("a number").to_owned())
        .collect();
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let on_paper: Vec<String> =
        text.lines().filter_map(|row| row.strip_prefix("Receipt: ")).map(str::to_owned).collect();
    assert!(on_paper.len() > 500);
    assert_eq!(on_paper, listed);
    let of = |outcome: &str| entries.iter().filter(|entry| entry["outcome"] == outcome).count();
    let pictures = of("printed_as_image");
    assert!(pictures > 10, "{pictures}");
    assert_eq!(text.matches("\u{1b}@\u{1d}v0\0").count(), pictures);
    let no_sales = entries.iter().filter(|entry| entry.get("no_sale").is_some()).count();
    assert_eq!(text.matches("\u{1b}@\u{1b}p\0\u{19}\u{fa}").count(), no_sales);
    assert_eq!(entries.len() as u64, summary.printed_jobs);
}
