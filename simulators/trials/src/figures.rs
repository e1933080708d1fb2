//! The commands that measure instead of proving: each prints a table in Markdown, or JSON.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_service::output;
use vyavs_trials::drain::{self, Database, Drain, Drained};
use vyavs_trials::footprint::{self, Footprint, Measured};
use vyavs_trials::relaying::{self, Relaying};

/// What can be measured of whole processes.
#[derive(Debug, Subcommand)]
pub(crate) enum Figure {
    /// How fast a backlog drains: a full agent meets its hub, through TLS, guard, broker and commit.
    #[command(after_help = "Example:\n  vyavs-trials drain --records 300000 --hub-db postgres")]
    Drain(DrainArgs),
    /// What the agent takes: memory under load, program size, time from its start to the first durable reading.
    #[command(after_help = "Example:\n  vyavs-trials footprint --minutes 5 --models models/shipped")]
    Footprint(FootprintArgs),
    /// What the relay adds to a print job, and that the paper notices nothing of an agent that is killed, hung or starved.
    #[command(after_help = "Example:\n  vyavs-trials relaying --jobs 500")]
    Relaying(RelayingArgs),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum HubDb {
    /// A file.
    Sqlite,
    /// The server of VYAVS_TEST_PG_URL, or a private one of our own.
    Postgres,
}

#[derive(Debug, Args)]
pub(crate) struct DrainArgs {
    /// Sale lines in the backlog.
    #[arg(long, value_name = "N", default_value_t = 300_000)]
    records: u64,
    /// The hub's database.
    #[arg(long, value_enum, default_value = "sqlite")]
    hub_db: HubDb,
    /// How often; the median counts.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=99))]
    runs: u32,
    /// Where agent and hub keep their files, on the disk to be measured [default: the system's temporary directory].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Prints one JSON object a run.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FootprintArgs {
    /// How long each of the two runs under load lasts.
    #[arg(long, value_name = "N", default_value_t = 3.0)]
    minutes: f64,
    /// Folder with the signed `sensor-anomaly`; without it the run with a model is left out.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Records of the backlog that the second kind of start meets.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    backlog: u64,
    /// Where agent and hub keep their files, on the disk to be measured [default: the system's temporary directory].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RelayingArgs {
    /// Jobs printed directly, and as many through the relay, in each state of the agent.
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(100..))]
    jobs: u32,
    /// Bytes of a job.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    bytes: u16,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Measures and prints; what is dropped half-way takes its processes with it.
pub(crate) async fn run(figure: Figure, life: &Lifecycle) -> anyhow::Result<ExitCode> {
    let stop = life.stop_token();
    tokio::select! {
        biased;
        () = stop.cancelled() => anyhow::bail!("interrupted; the programs were stopped"),
        done = Box::pin(measure(figure)) => done?,
    }
    life.shutdown(Duration::from_secs(5)).await;
    Ok(ExitCode::SUCCESS)
}

async fn measure(figure: Figure) -> anyhow::Result<()> {
    match figure {
        Figure::Drain(args) => {
            let database = match args.hub_db {
                HubDb::Sqlite => Database::Sqlite,
                HubDb::Postgres => Database::Postgres,
            };
            let wanted = Drain { records: args.records, database, dir: args.dir };
            let mut all = Vec::new();
            for _ in 0..args.runs {
                let drained = drain::run(&wanted, Clock::system().now()).await?;
                eprintln!("{:.0} records/s", drained.records_per_s);
                if args.json {
                    output::say(format_args!("{}", serde_json::to_string(&drained)?))?;
                }
                all.push(drained);
            }
            if !args.json {
                output::print(format_args!("{}", drained(&mut all)))?;
            }
        }
        Figure::Relaying(args) => {
            let wanted = Relaying { jobs: args.jobs as usize, bytes: args.bytes.into() };
            let found = Box::pin(relaying::run(&wanted, Clock::system().now())).await?;
            match args.json {
                true => output::say(format_args!("{}", serde_json::to_string(&found)?))?,
                false => output::print(format_args!("{}", found.table()))?,
            }
            anyhow::ensure!(found.is_clean(), "bytes were altered, or the relay added more than 5 ms");
        }
        Figure::Footprint(args) => {
            let run = Duration::try_from_secs_f64(args.minutes * 60.0)?;
            let wanted = Footprint { run, models: args.models, backlog: args.backlog, dir: args.dir };
            let measured = Box::pin(footprint::run(&wanted, Clock::system().now())).await?;
            match args.json {
                true => output::say(format_args!("{}", serde_json::to_string(&measured)?))?,
                false => output::print(format_args!("{}", taken(&measured)))?,
            }
        }
    }
    Ok(())
}

/// The median run, with the slowest and the fastest beside it.
fn drained(all: &mut [Drained]) -> String {
    all.sort_by(|a, b| a.records_per_s.total_cmp(&b.records_per_s));
    let (Some(low), Some(high)) = (all.first(), all.last()) else { return String::new() };
    let middle = &all[all.len() / 2];
    let database = match middle.database {
        Database::Sqlite => "SQLite",
        Database::Postgres => "PostgreSQL",
    };
    let ours = middle.agent_cpu_s + middle.hub_cpu_s;
    format!(
        "| hub's database | sale lines (receipts) | records/s | lowest–highest of {} | goal | between first and last commit | \
         agent / hub CPU s | lines a CPU s of both | filling the agent, lines/s |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n\
         | {database} | {} ({}) | {:.0} | {:.0}–{:.0} | 30000 | {:.0} | {:.1} / {:.1} | {:.0} | {:.0} |\n",
        all.len(),
        middle.records,
        middle.heads,
        middle.records_per_s,
        low.records_per_s,
        high.records_per_s,
        middle.steady_per_s,
        middle.agent_cpu_s,
        middle.hub_cpu_s,
        middle.records as f64 / ours.max(0.01),
        middle.filled_per_s,
    )
}

/// A row a figure, with its goal.
fn taken(measured: &Measured) -> String {
    let mut rows: Vec<(String, String, &str)> = Vec::new();
    for load in &measured.loads {
        let (what, goal) = match load.models.as_slice() {
            [] => ("without a model".to_owned(), "≤ 16"),
            models => (format!("with {}", models.join(", ")), "≤ 32"),
        };
        let at = format!(
            "{:.0} readings/s and {:.0} sale lines/s for {:.1} min",
            load.readings_per_s,
            load.lines_per_s,
            load.seconds / 60.0
        );
        let memory = format!(
            "{:.1} (at the end {:.1}, of it mapped files {:.1})",
            load.highest_pss_mib, load.last_pss_mib, load.file_pss_mib
        );
        rows.push((format!("highest PSS {what}, MiB, at {at}"), memory, goal));
        let (p50, p99, longest) = load.verdict_us;
        let verdict =
            format!("{:.3} (half {:.3}, longest {:.3}, of {})", p99 / 1e3, p50 / 1e3, longest / 1e3, load.verdicts);
        rows.push((format!("reading to verdict {what}, p99, ms"), verdict, "≤ 2"));
        rows.push((
            format!("receipt to durable acknowledgement {what}, p99, ms"),
            format!("{:.1}", load.ack_p99_ms),
            "",
        ));
        rows.push((format!("CPU {what}, % of a core"), format!("{:.1}", load.cpu_percent), ""));
        rows.push((format!("records owed at the end {what}"), load.unsent.to_string(), ""));
    }
    let spread = |all: &[u64]| {
        let median = all.get(all.len() / 2).copied().unwrap_or_default();
        format!("{median} ({}–{})", all.first().unwrap_or(&0), all.last().unwrap_or(&0))
    };
    rows.push(("start to first durable reading, ms".to_owned(), spread(&measured.first_reading_ms), "≤ 300"));
    let backlog = format!("the same with a backlog of {} records, ms", measured.backlog);
    rows.push((backlog, spread(&measured.first_reading_backlog_ms), "≤ 1000"));
    rows.push(("PSS with that backlog and no hub, MiB".to_owned(), format!("{:.1}", measured.backlog_pss_mib), ""));
    let size = format!("{:.1}", measured.binary_bytes as f64 / 1e6);
    rows.push(("program, stripped, MB".to_owned(), size, "≤ 20"));
    let rows: Vec<String> =
        rows.into_iter().map(|(what, value, goal)| format!("| {what} | {value} | {goal} |\n")).collect();
    format!("| figure | measured | goal |\n|---|---|---|\n{}", rows.concat())
}
