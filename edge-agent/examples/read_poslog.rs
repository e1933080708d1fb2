//! How much memory and time a large POSLog takes: `cargo run -p vyavs-edge-agent --example read_poslog -- FOLDER`.
//!
//! Reads every `*.xml` in FOLDER as `[[poslog]]` does, with an outbox that forgets, and prints what the process held at
//! most (`VmHWM`).

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use vyavs_domain::time::StoreTime;
use vyavs_edge_agent::acquire::Context;
use vyavs_edge_agent::acquire::poslog::{self, PoslogConfig};
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_edge_agent::health::Board;
use vyavs_edge_agent::outbox::{Outbox, Request};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};
use vyavs_wire::record::Record;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder: PathBuf = std::env::args().nth(1).context("expected a folder")?.into();
    let state = folder.join("state");
    let time = Arc::new(StoreTime::new("Europe/Berlin", jiff::civil::time(4, 0, 0, 0))?);
    let (clock, currency) = (Clock::system(), "EUR".parse()?);
    let board = Board::new(clock.clone(), time.clone(), currency);
    let (outbox, mut requests) = Outbox::channel(64);
    let stop = CancellationToken::new();
    let ctx = Context { outbox, time, currency, till: TillSink::default(), clock, stop: stop.clone() };
    let config: PoslogConfig = toml::from_str(&format!("name = \"bench\"\nfolder = {folder:?}\nsettle_s = 0"))?;
    let (receipts, records) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (seen, all) = (receipts.clone(), records.clone());
    let life = Lifecycle::new();
    life.spawn(async move {
        while let Some(request) = requests.recv().await {
            let Request::Append(append) = request else { continue };
            let heads = append.records.iter().filter(|record| matches!(record, Record::ReceiptV1(_))).count();
            seen.fetch_add(heads as u64, Ordering::Relaxed);
            all.fetch_add(append.records.len() as u64, Ordering::Relaxed);
            if let Some(done) = append.done {
                let _ = done.send(Ok(()));
            }
        }
    });
    let started = Instant::now();
    let reading = life.spawn(poslog::run(config, state.clone(), ctx, board.input("bench", "poslog"), Pulse::default()));
    // The file is done when it is remembered.
    let done = || std::fs::read_to_string(state.join("poslog-bench.json")).is_ok_and(|text| text.contains("\"stamp\""));
    while !done() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = started.elapsed();
    stop.cancel();
    reading.await??;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let most = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM unknown");
    let (receipts, records) = (receipts.load(Ordering::Relaxed), records.load(Ordering::Relaxed));
    println!("{receipts} receipts, {records} records in {:.1} s; {most}", took.as_secs_f64());
    Ok(())
}
