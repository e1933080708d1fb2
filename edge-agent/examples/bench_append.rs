//! How fast the outbox takes records durably, beside sled alone with the same frames.
//!
//! `cargo run -p vyavs-edge-agent --example bench_append -- --records 2500000 --dir /var/tmp/bench`
//!
//! Half the records are sale lines, half readings, about 100 bytes each. The outbox is driven as the inputs drive it:
//! `--tasks` sources at once, each sending `--group` records and waiting for their durable acknowledgement. sled alone
//! is driven by one thread, the same frames in commits of the same mean size, each ended by flush and `fdatasync`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use vyavs_delivery::frame::{Encoder, Header};
use vyavs_domain::time::BootId;
use vyavs_edge_agent::outbox::queue::dir_bytes;
use vyavs_edge_agent::outbox::store::Store;
use vyavs_edge_agent::outbox::{Outbox, OutboxConfig};
use vyavs_service::clock::Clock;
use vyavs_service::config::ByteSize;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_wire::record::{DecimalV1, ReadingV1, ReceiptRefV1, Record, SaleLineV1, Stream};

/// Durable append through the outbox, beside raw sled.
#[derive(Parser)]
struct Args {
    /// Records to write, each way.
    #[arg(long, default_value_t = 2_500_000)]
    records: u64,
    /// Sources that append at once.
    #[arg(long, default_value_t = 64)]
    tasks: u64,
    /// Records a source sends and waits for.
    #[arg(long, default_value_t = 32)]
    group: u64,
    /// Where to write; on the disk to be measured. A directory of its own is made in it, and removed at the end.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
}

/// Cheap noise, the same in every run.
fn noise(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

const NAMES: [&str; 8] = [
    "WHITE HANGING HEART T-LIGHT HOLDER",
    "REGENCY CAKESTAND 3 TIER",
    "JUMBO BAG RED RETROSPOT",
    "PARTY BUNTING",
    "LUNCH BAG RED RETROSPOT",
    "ASSORTED COLOUR BIRD ORNAMENT",
    "SET OF 3 CAKE TINS PANTRY DESIGN",
    "PACK OF 72 RETROSPOT CASES",
];

fn record(n: u64) -> Record {
    let random = noise(n);
    let at_us = 1_291_192_000_000_000 + n as i64 * 40_000;
    if n.is_multiple_of(2) {
        let price = i64::try_from(random % 2_000).unwrap_or_default();
        let quantity = i64::try_from(random >> 60).unwrap_or_default() + 1;
        Record::SaleLineV1(SaleLineV1 {
            receipt: ReceiptRefV1 {
                terminal: "till-1".into(),
                day: 14_944,
                number: (536_365 + n / 40).to_string(),
                content_hash: noise(n / 40),
                closed_at_us: at_us - at_us % 1_600_000,
            },
            currency: *b"GBP",
            line_no: (n / 2 % 20) as u32 + 1,
            sku: format!("{}", 20_000 + random % 4_000),
            name: NAMES[(random % 8) as usize].into(),
            quantity: DecimalV1 { mantissa: quantity.into(), scale: 0 },
            unit_price: DecimalV1 { mantissa: price.into(), scale: 2 },
            discount_minor: 0,
            total_minor: price * quantity,
            sold_at_us: at_us,
        })
    } else {
        let value = 4.0 + (random % 1_000) as f64 / 500.0;
        let sensor =
            format!("store-7.cold-room.fridge-{:02}.compressor.air-temperature.supply-side.probe-{}", n % 40, n % 3);
        Record::ReadingV1(ReadingV1 { sensor, at_us, value, quality: 0 })
    }
}

struct Outcome {
    name: &'static str,
    took: Duration,
    acks_ms: Vec<f64>,
    disk: u64,
}

impl Outcome {
    fn row(&mut self, records: u64) -> String {
        self.acks_ms.sort_by(f64::total_cmp);
        let at = |share: f64| self.acks_ms[((self.acks_ms.len() - 1) as f64 * share) as usize];
        let rate = records as f64 / self.took.as_secs_f64();
        let each = self.disk as f64 / records as f64;
        format!("| {} | {rate:.0} | {:.2} | {:.2} | {:.2} | {each:.1} |", self.name, at(0.5), at(0.99), at(1.0))
    }
}

async fn through_outbox(args: &Args, dir: &Path) -> anyhow::Result<Outcome> {
    let config = OutboxConfig { dir: dir.to_owned(), quota: ByteSize(u64::MAX / 4), ..OutboxConfig::default() };
    let store = Store::open(config, Clock::system(), BootId(uuid::Uuid::nil()), Arc::new(|_| Vec::new()))?;
    let store = Arc::new(store);
    let life = Lifecycle::new();
    let (outbox, heads) = Outbox::start(store.clone(), &life);
    let started = Instant::now();
    let sources: Vec<_> = (0..args.tasks)
        .map(|task| {
            let (outbox, records, step, group) = (outbox.clone(), args.records, args.tasks * args.group, args.group);
            life.spawn(async move {
                let mut acks = Vec::new();
                let mut from = task * group;
                while from < records {
                    let batch = (from..(from + group).min(records)).map(record).collect();
                    let asked = Instant::now();
                    outbox.append(batch).await?;
                    acks.push(asked.elapsed().as_secs_f64() * 1000.0);
                    from += step;
                }
                anyhow::Ok(acks)
            })
        })
        .collect();
    let mut acks_ms = Vec::new();
    for source in sources {
        acks_ms.extend(source.await.context("a source panicked")??);
    }
    let took = started.elapsed();
    let written: u64 = heads.borrow().iter().map(|next| next - 1).sum();
    ensure!(written == args.records, "{written} of {} records were written", args.records);
    drop(outbox);
    ensure!(life.shutdown(Duration::from_secs(60)).await, "the writer did not stop");
    drop(store);
    Ok(Outcome { name: "outbox", took, acks_ms, disk: dir_bytes(dir) })
}

fn through_sled(args: &Args, dir: &Path) -> anyhow::Result<Outcome> {
    let db = sled::Config::new().path(dir).cache_capacity(1 << 20).flush_every_ms(None).open()?;
    let file = std::fs::File::open(dir.join("db"))?;
    let mut encoder = Encoder::new();
    let mut acks_ms = Vec::new();
    let mut next = [1_u64; 3];
    let commit = args.tasks * args.group;
    let started = Instant::now();
    for from in (0..args.records).step_by(usize::try_from(commit)?) {
        let records: Vec<_> = (from..(from + commit).min(args.records)).map(record).collect();
        let asked = Instant::now();
        let mut batch = sled::Batch::default();
        for stream in [Stream::Money, Stream::Telemetry] {
            let lane = &mut next[usize::from(stream.number())];
            let start = Header {
                stream,
                epoch: 1,
                first: *lane,
                count: 0,
                boot_id: [0; 16],
                mono_ms: 0,
                wall_us: 0,
                clock: 0,
                prev: [0; 16],
            };
            for frame in encoder.encode(start, records.iter().filter(|record| record.stream() == stream))? {
                let mut key = vec![stream.number()];
                key.extend_from_slice(&frame.header.first.to_be_bytes());
                *lane = frame.header.last() + 1;
                batch.insert(key, frame.bytes);
            }
        }
        db.apply_batch(batch)?;
        db.flush()?;
        file.sync_data()?;
        acks_ms.push(asked.elapsed().as_secs_f64() * 1000.0);
    }
    let took = started.elapsed();
    drop(db);
    Ok(Outcome { name: "sled alone, same frames", took, acks_ms, disk: dir_bytes(dir) })
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    ensure!(args.records > 0 && args.tasks > 0 && args.group > 0, "--records, --tasks and --group must be at least 1");
    let dir = args.dir.join(format!("bench-append-{}", std::process::id()));
    std::fs::create_dir_all(&dir).with_context(|| format!("failed to make {}", dir.display()))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let measured = runtime
        .block_on(through_outbox(&args, &dir.join("outbox")))
        .and_then(|outbox| Ok([outbox, through_sled(&args, &dir.join("sled"))?]));
    std::fs::remove_dir_all(&dir).with_context(|| format!("failed to remove {}", dir.display()))?;
    let mean = (0..1_000.min(args.records))
        .map(|n| postcard::to_stdvec(&record(n)).map_or(0, |bytes| bytes.len()))
        .sum::<usize>() as f64
        / 1_000.min(args.records) as f64;
    println!(
        "{} records of {mean:.0} bytes; {} sources, {} records an acknowledgement\n",
        args.records, args.tasks, args.group
    );
    println!("| | records/s | p50 ms | p99 ms | max ms | bytes/record on disk |");
    println!("|---|---:|---:|---:|---:|---:|");
    for mut outcome in measured? {
        println!("{}", outcome.row(args.records));
    }
    Ok(())
}
