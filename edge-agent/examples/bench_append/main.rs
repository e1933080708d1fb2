//! How fast the outbox takes records durably, beside sled, redb and SQLite in the same run; how much disk they take
//! offline, and what a start with a backlog costs.
//!
//! `cargo run --release -p vyavs-edge-agent --example bench_append -- --dir /var/tmp`
//!
//! Half the records are sale lines, half readings, about 100 bytes each. The outbox is driven as the inputs drive it:
//! `--tasks` sources at once, each sending `--group` records and waiting for their durable acknowledgement. The others
//! are driven by one thread, in commits of `tasks × group` records, each ended by their sync to the device.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use serde_json::json;
use vyavs_edge_agent::outbox::Outbox;
use vyavs_edge_agent::outbox::queue::dir_bytes;
use vyavs_service::lifecycle::Lifecycle;

mod backlog;
mod load;
mod peers;

use load::record;

/// Durable append through the outbox, beside other engines; disk and start with a backlog.
#[derive(Parser)]
struct Args {
    /// Records to write, each way.
    #[arg(long, default_value_t = 2_500_000)]
    records: u64,
    /// Sources that append at once.
    #[arg(long, default_value_t = 64)]
    tasks: u64,
    /// Records a source sends and waits for.
    #[arg(long, default_value_t = 20)]
    group: u64,
    /// Records unsent at the measured start.
    #[arg(long, default_value_t = 1_000_000)]
    backlog: u64,
    /// Records in a commit of the quiet shop: a receipt of twenty lines and twenty readings.
    #[arg(long, default_value_t = 40)]
    quiet: u64,
    /// Where to write; on the disk to be measured. A directory of its own is made in it, and removed at the end.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// The figures as one JSON object, in place of the tables.
    #[arg(long)]
    json: bool,
    #[arg(long, hide = true)]
    start_in: Option<PathBuf>,
}

/// What one engine did.
struct Outcome {
    name: &'static str,
    took: Duration,
    acks_ms: Vec<f64>,
    disk: u64,
}

impl Outcome {
    fn at(&self, share: f64) -> f64 {
        self.acks_ms[((self.acks_ms.len() - 1) as f64 * share) as usize]
    }

    fn json(&self, records: u64) -> serde_json::Value {
        json!({
            "name": self.name,
            "records_per_s": (records as f64 / self.took.as_secs_f64()).round(),
            "p50_ms": self.at(0.5), "p99_ms": self.at(0.99), "max_ms": self.at(1.0),
            "bytes_per_record": self.disk as f64 / records as f64,
        })
    }

    fn row(&self, records: u64) -> String {
        let rate = records as f64 / self.took.as_secs_f64();
        let each = self.disk as f64 / records as f64;
        let name = self.name;
        format!("| {name} | {rate:.0} | {:.2} | {:.2} | {:.2} | {each:.1} |", self.at(0.5), self.at(0.99), self.at(1.0))
    }
}

async fn through_outbox(args: &Args, dir: &Path) -> anyhow::Result<Outcome> {
    let store = Arc::new(backlog::store(dir)?);
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
    // What closed last is packed now; the rate above was measured with the packing going on beside it.
    while store.compact(&mut |_| true)?.is_some() {}
    drop(outbox);
    ensure!(life.shutdown(Duration::from_secs(60)).await, "the writer did not stop");
    drop(store);
    Ok(Outcome { name: "outbox", took, acks_ms, disk: dir_bytes(dir) })
}

fn measure(args: &Args, dir: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut outcomes = vec![
        runtime.block_on(through_outbox(args, &dir.join("outbox")))?,
        peers::sled(args, &dir.join("sled"))?,
        peers::redb(args, &dir.join("redb"))?,
        peers::sqlite(args, &dir.join("sqlite"))?,
        peers::sqlite_rows(args, &dir.join("sqlite-rows"))?,
    ];
    for outcome in &mut outcomes {
        outcome.acks_ms.sort_by(f64::total_cmp);
    }
    let quiet = backlog::fill(&dir.join("quiet"), args.records, args.quiet)?;
    let commit = args.tasks * args.group;
    let empty = backlog::start(&dir.join("empty"))?;
    let full = dir.join("backlog");
    backlog::fill(&full, args.backlog, commit)?;
    let loaded = backlog::start(&full)?;
    ensure!(loaded.backlog == args.backlog, "{} of {} records were found", loaded.backlog, args.backlog);
    let mean = load::mean_bytes();
    if args.json {
        let engines: Vec<_> = outcomes.iter().map(|outcome| outcome.json(args.records)).collect();
        let all = json!({
            "records": args.records, "record_bytes": mean, "sources": args.tasks, "group": args.group,
            "append": engines, "quiet_shop": quiet, "start_empty": empty, "start_backlog": loaded,
        });
        println!("{all:#}");
        return Ok(());
    }
    println!("{} records of {mean:.0} bytes; {} sources, {} records each\n", args.records, args.tasks, args.group);
    println!("| durable append | records/s | p50 ms | p99 ms | max ms | bytes/record on disk |");
    println!("|---|---:|---:|---:|---:|---:|");
    outcomes.iter().for_each(|outcome| println!("{}", outcome.row(args.records)));
    println!("\n| offline | records | MB | bytes/record | MB at most |");
    println!("|---|---:|---:|---:|---:|");
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let busy = outcomes[0].disk;
    let each = busy as f64 / args.records as f64;
    println!("| busy: commits of up to {commit} | {} | {:.1} | {each:.1} | |", args.records, mb(busy));
    println!(
        "| quiet: commits of {} | {} | {:.1} | {:.1} | {:.1} |",
        quiet.commit,
        quiet.records,
        mb(quiet.bytes),
        quiet.bytes_per_record,
        mb(quiet.peak_bytes)
    );
    println!("\n| start with | open ms | first durable append ms | RSS before, KiB | RSS after, KiB |");
    println!("|---|---:|---:|---:|---:|");
    for start in [empty, loaded] {
        println!(
            "| {} unsent | {:.1} | {:.1} | {} | {} |",
            start.backlog, start.open_ms, start.first_append_ms, start.rss_before_kib, start.rss_after_kib
        );
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(dir) = &args.start_in {
        println!("{}", serde_json::to_string(&backlog::started(dir)?)?);
        return Ok(());
    }
    ensure!(
        [args.records, args.tasks, args.group, args.backlog, args.quiet].iter().all(|count| *count > 0),
        "--records, --tasks, --group, --backlog and --quiet must be at least 1"
    );
    let dir = args.dir.join(format!("bench-append-{}", std::process::id()));
    std::fs::create_dir_all(&dir).with_context(|| format!("failed to make {}", dir.display()))?;
    let measured = measure(&args, &dir);
    std::fs::remove_dir_all(&dir).with_context(|| format!("failed to remove {}", dir.display()))?;
    measured
}
