//! A month without the hub: 20 tills and 200 sensors write into the outbox on an accelerated clock, the box is started
//! anew every day, and at the end everything is read as it would be sent. How much disk that takes, what gives way at the
//! quota and how it is named, and how many bytes a sale line and a reading cost on the wire beside what others send.
//!
//! `cargo run --release -p vyavs-edge-agent --example bench_month -- --dir /var/tmp`

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use jiff::{SignedDuration, Timestamp};
use vyavs_delivery::frame::Encoder;
use vyavs_domain::ids::SensorId;
use vyavs_domain::time::{BootId, BusinessDay};
use vyavs_edge_agent::outbox::OutboxConfig;
use vyavs_edge_agent::outbox::store::Store;
use vyavs_service::clock::Clock;
use vyavs_service::config::ByteSize;
use vyavs_wire::convert::receipt_records;
use vyavs_wire::record::{ReadingV1, Record, SensorV1};
use vyavs_world::sensors::{Cabinet, FridgeSpec};
use vyavs_world::{StoreSpec, World};

mod others;
mod read;

use others::Others;
use read::Read;

/// A month offline on an accelerated clock.
#[derive(Parser)]
struct Args {
    /// Days without the hub.
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Seconds between two readings of a sensor.
    #[arg(long, default_value_t = 10)]
    period_s: u32,
    /// What the outbox may take.
    #[arg(long, default_value = "2 GiB")]
    quota: String,
    /// Where to write; on the disk to be measured. A directory of its own is made in it, and removed at the end.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
}

/// What was written.
#[derive(Default)]
struct Written {
    receipts: u64,
    lines: u64,
    total_minor: i64,
    readings: u64,
    declared: u64,
    commits: u64,
    took: Duration,
    peak: u64,
}

/// A supermarket of 20 tills and 50 cabinets, which with the meter and the door have 202 channels.
fn supermarket() -> anyhow::Result<World> {
    let fridges = (1..=50)
        .map(|n| match n % 3 {
            0 => FridgeSpec::new(&format!("freezer-{n}"), Cabinet::Freezer),
            _ => FridgeSpec::new(&format!("fridge-{n}"), Cabinet::Fridge),
        })
        .collect();
    let spec = StoreSpec {
        name: "Supermarket (simulated)".to_owned(),
        tills: 20,
        receipts_per_day: 3_000,
        fridges,
        ..StoreSpec::default()
    };
    Ok(World::new(7, spec)?)
}

/// The outbox as it ships, but for its quota.
fn open(dir: &Path, quota: ByteSize, clock: &Clock, boot: u32) -> anyhow::Result<Store> {
    let config = OutboxConfig { dir: dir.to_owned(), quota, ..OutboxConfig::default() };
    let boot = BootId(uuid::Uuid::from_u128(u128::from(boot)));
    Ok(Store::open(config, clock.clone(), boot, Arc::new(|_| Vec::new()))?)
}

/// One day: what the tills rang and what the sensors said, committed as it happened.
fn live(
    world: &World,
    day: BusinessDay,
    period: SignedDuration,
    store: &Store,
    clock: &Clock,
    written: &mut Written,
    others: Option<&mut Others>,
) -> anyhow::Result<()> {
    let (from, to) = world.time().span(day);
    let receipts = world.trade(day).receipts;
    let ids: Vec<SensorId> = world.sensors().into_iter().map(|sensor| sensor.id).collect();
    let mut rounds = world.rounds(from, to, &[]);
    let mut rung = receipts.into_iter().peekable();
    let mut encoder = Encoder::new();
    let mut others = others;
    let (mut at, mut round) = (from, 0_u64);
    while at < to {
        clock.set(at);
        let mut batch = Vec::new();
        while let Some(receipt) = rung.next_if(|receipt| receipt.closed_at <= at) {
            written.receipts += 1;
            written.lines += receipt.lines.len() as u64;
            written.total_minor += receipt.lines.iter().map(|line| line.total_minor).sum::<i64>();
            if let Some(others) = others.as_deref_mut() {
                others.receipt(&receipt);
            }
            // A receipt is committed at once: its till waits for the acknowledgement.
            commit(store, &mut encoder, &receipt_records(&receipt), written)?;
        }
        let readings = rounds.advance(at).readings(&ids);
        if let Some(others) = others.as_deref_mut() {
            others.readings(&readings);
        }
        batch.extend(readings.iter().map(|reading| Record::ReadingV1(ReadingV1::from(reading))));
        written.readings += batch.len() as u64;
        commit(store, &mut encoder, &batch, written)?;
        round += 1;
        if round.is_multiple_of(64) {
            store.housekeep()?;
            while store.compact(&mut |_| true)?.is_some() {}
            written.peak = written.peak.max(store.used());
        }
        at = at.saturating_add(period).context("the calendar ends")?;
    }
    // What was closed after the last round of the day belongs to it.
    for receipt in rung {
        written.receipts += 1;
        written.lines += receipt.lines.len() as u64;
        written.total_minor += receipt.lines.iter().map(|line| line.total_minor).sum::<i64>();
        commit(store, &mut encoder, &receipt_records(&receipt), written)?;
    }
    Ok(())
}

/// As the outbox's writer does it.
fn commit(store: &Store, encoder: &mut Encoder, records: &[Record], written: &mut Written) -> anyhow::Result<()> {
    let started = Instant::now();
    store.make_room(records.len() as u64 * 64 + 64 * 1024, encoder)?;
    store.append(encoder, records)?;
    written.took += started.elapsed();
    written.commits += 1;
    Ok(())
}

fn month(args: &Args, dir: &Path) -> anyhow::Result<()> {
    let quota = ByteSize::from_str(&args.quota)?;
    let world = supermarket()?;
    let sensors = world.sensors();
    let first: jiff::civil::Date = "2026-03-02".parse()?;
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let (mut written, mut others) = (Written::default(), Others::default());
    let mut day = first;
    for boot in 0..args.days {
        clock.set(world.time().span(BusinessDay(day)).0);
        let store = open(dir, quota, &clock, boot)?;
        if boot == 0 {
            let declared: Vec<_> = sensors.iter().map(|sensor| Record::SensorV1(SensorV1::from(sensor))).collect();
            written.declared = declared.len() as u64;
            commit(&store, &mut Encoder::new(), &declared, &mut written)?;
        }
        let period = SignedDuration::from_secs(i64::from(args.period_s));
        live(&world, BusinessDay(day), period, &store, &clock, &mut written, (boot == 0).then_some(&mut others))?;
        if boot == 0 {
            others.ours = Read::all(&store)?.wire();
        }
        eprintln!("day {} of {}: {:.1} MB on disk", boot + 1, args.days, store.used() as f64 / 1e6);
        day = day.tomorrow()?;
    }
    let store = open(dir, quota, &clock, args.days)?;
    let read = Read::all(&store)?;
    ensure!(store.used() <= quota.0, "{} of {} bytes are used", store.used(), quota.0);
    read.check(&written)?;
    print(args, &sensors, &written, &read, &store, &others);
    Ok(())
}

fn print(
    args: &Args,
    sensors: &[vyavs_domain::reading::Sensor],
    written: &Written,
    read: &Read,
    store: &Store,
    others: &Others,
) {
    println!(
        "{} days offline, 20 tills, {} sensors read every {} s, a restart a day, quota {}; {} commits, {:.0} s of writing\n",
        args.days,
        sensors.len(),
        args.period_s,
        args.quota,
        written.commits,
        written.took.as_secs_f64()
    );
    println!("| | written | read back | as minutes | named as lost |");
    println!("|---|---:|---:|---:|---:|");
    println!("| receipts | {} | {} | | 0 |", written.receipts, read.receipts);
    println!("| sale lines | {} | {} | | 0 |", written.lines, read.lines);
    println!("| readings | {} | {} | {} | {} |", written.readings, read.readings, read.in_minutes, read.named);
    println!("\n| disk | MB |\n|---|---:|");
    println!("| at the end | {:.1} |", store.used() as f64 / 1e6);
    println!("| at most | {:.1} |", written.peak.max(store.used()) as f64 / 1e6);
    println!();
    others.print();
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    ensure!(args.days > 0 && args.period_s > 0, "--days and --period-s must be at least 1");
    let dir = args.dir.join(format!("bench-month-{}", std::process::id()));
    std::fs::create_dir_all(&dir).with_context(|| format!("failed to make {}", dir.display()))?;
    let measured = month(&args, &dir);
    std::fs::remove_dir_all(&dir).with_context(|| format!("failed to remove {}", dir.display()))?;
    measured
}
