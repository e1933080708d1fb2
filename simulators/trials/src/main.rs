//! `vyavs-trials`: proofs against the real programs.

mod figures;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_service::output;
use vyavs_trials::crashloop::{self, Crash};
use vyavs_trials::faults::Wanted;
use vyavs_trials::replay::{self, Engine, Replay, Wire};
use vyavs_trials::report;
use vyavs_trials::source::{Record, Sample};

/// Runs the real hub and agent, lets things go wrong, and counts what is missing, duplicate, altered, misordered or
/// unexplained. Ends with 0 only when all five are 0.
///
/// vyavs-hub, vyavs-edge and vyavs-store-sim are taken from the folder of this program, or from VYAVS_BIN.
#[derive(Debug, Parser)]
#[command(name = "vyavs-trials", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(flatten)]
    Trial(Command),
    #[command(flatten)]
    Figure(figures::Figure),
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Every ticket of a file over the wire, through agent, line, broker and hub, under faults.
    #[command(
        after_help = "Example:\n  vyavs-trials replay --source online_retail --data DIR --keep OUT --cuts 20 --kills 10 --hub-kills 5 --broker-restarts 1\n  vyavs-trials replay --source online_retail --data DIR --keep OUT --wire printer --every 20 --kills 10 --relay-kills 5"
    )]
    Replay(ReplayArgs),
    /// Kills the agent and the hub again and again while a simulated shop trades.
    #[command(after_help = "Example:\n  vyavs-trials crash --agent-kills 30 --hub-kills 10")]
    Crash(CrashArgs),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Source {
    /// UCI Online Retail: DIR/invoices.csv or DIR/invoices.csv.gz.
    OnlineRetail,
    /// Complete Journey: DIR/transactions.csv and DIR/products.csv, or .csv.gz; at four tills.
    CompleteJourney,
    /// A bakery in Edinburgh: DIR/transactions.csv or DIR/transactions.csv.gz; no prices.
    BreadBasket,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WireName {
    /// Lines that the agent acknowledges.
    Journal,
    /// Receipts on paper, through the relay as its own process.
    Printer,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EngineName {
    /// OUT/hub.sqlite.
    Sqlite,
    /// A database on a real server: that of VYAVS_TEST_PG_URL, or a private one that is started and removed.
    Postgres,
}

#[derive(Debug, Args)]
struct Common {
    /// Of all random choices.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Prints the findings as one line of JSON on stdout.
    #[arg(long)]
    json: bool,
    /// Adds a row with command, date, machine, seed and counts to this table in Markdown.
    #[arg(long, value_name = "FILE.md")]
    table: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ReplayArgs {
    /// What the file is.
    #[arg(long, value_enum)]
    source: Source,
    /// Where the file is.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Keeps hub.sqlite, ledger.jsonl and the logs here; those of an earlier run are replaced.
    #[arg(long, value_name = "OUT")]
    keep: PathBuf,
    /// Episodes of a bad line: every other one a cut, the rest stalls, resets, half-open, corrupted, slow and narrow.
    #[arg(long, value_name = "N", default_value_t = 0)]
    cuts: u32,
    /// kill -9 of the agent.
    #[arg(long, value_name = "N", default_value_t = 0)]
    kills: u32,
    /// kill -9 of the hub.
    #[arg(long, value_name = "N", default_value_t = 0)]
    hub_kills: u32,
    /// Orderly stops and starts of the broker. It lives in the hub's process, so the hub restarts with it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    broker_restarts: u32,
    /// kill -9 of the relay between till and printer.
    #[arg(long, value_name = "N", default_value_t = 0)]
    relay_kills: u32,
    /// Only the first N receipts, of those that --every leaves.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only every N-th receipt.
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: usize,
    /// How the till reports.
    #[arg(long, value_enum, default_value = "journal")]
    wire: WireName,
    /// How fast the printer prints; a common one takes some 20,000.
    #[arg(long, value_name = "BYTES_PER_S", default_value_t = 400_000)]
    paper_rate: u32,
    /// What the hub keeps its rows in.
    #[arg(long, value_enum, default_value = "sqlite")]
    hub_db: EngineName,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct CrashArgs {
    /// kill -9 of the agent.
    #[arg(long, value_name = "N", default_value_t = 0)]
    agent_kills: u32,
    /// kill -9 of the hub, and the broker in it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    hub_kills: u32,
    /// Keeps hub.sqlite, ledger.jsonl and the logs here [default: a folder that is removed at the end].
    #[arg(long, value_name = "OUT")]
    keep: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    // The findings are the words of this program; what libraries say is for who asks.
    if std::env::var_os("VYAVS_LOG").is_some() {
        vyavs_service::logs::init(false);
    }
    let life = Lifecycle::new();
    life.stop_on_signal().context("failed to listen for signals")?;
    let command = match cli.verb {
        Verb::Trial(command) => command,
        Verb::Figure(figure) => return figures::run(figure, &life).await,
    };
    let (found, common) = {
        let stop = life.stop_token();
        // What is dropped half-way takes its processes with it.
        tokio::select! {
            biased;
            () = stop.cancelled() => anyhow::bail!("interrupted; the programs were stopped and what they wrote is kept"),
            found = run(command, &life) => found?,
        }
    };
    life.shutdown(Duration::from_secs(5)).await;
    eprintln!("{}", report::text(&found));
    if common.json {
        output::say(format_args!("{}", serde_json::to_string(&found).context("findings always have a JSON form")?))?;
    }
    if let Some(file) = &common.table {
        let command = format!("vyavs-trials {}", report::without_places(std::env::args().skip(1)).join(" "));
        report::append(file, &found, &command, Clock::system().now())?;
    }
    Ok(if found.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run(command: Command, life: &Lifecycle) -> anyhow::Result<(replay::Findings, Common)> {
    match command {
        Command::Replay(args) => {
            let record = match args.source {
                Source::OnlineRetail => Record::OnlineRetail,
                Source::CompleteJourney => Record::CompleteJourney,
                Source::BreadBasket => Record::BreadBasket,
            };
            let wanted = Wanted {
                cuts: args.cuts,
                kills: args.kills,
                hub_kills: args.hub_kills,
                broker_restarts: args.broker_restarts,
                relay_kills: args.relay_kills,
            };
            let sample = Sample { every: args.every.max(1), limit: args.limit.unwrap_or(usize::MAX) };
            let wire = match args.wire {
                WireName::Journal => Wire::Journal,
                WireName::Printer => Wire::Printer(args.paper_rate),
            };
            anyhow::ensure!(
                wanted.relay_kills == 0 || wire != Wire::Journal,
                "--relay-kills needs --wire printer: there is no relay on the journal wire"
            );
            let engine = match args.hub_db {
                EngineName::Sqlite => Engine::Sqlite,
                EngineName::Postgres => Engine::Postgres,
            };
            let (data, keep, seed) = (args.data, args.keep, args.common.seed);
            let replay = Replay { record, data, keep, sample, wire, engine, seed, wanted };
            if wanted.broker_restarts > 0 {
                eprintln!("the broker lives in the hub's process: restarting it restarts the hub");
            }
            Ok((Box::pin(replay::run(&replay, life)).await?, args.common))
        }
        Command::Crash(args) => {
            let temporary = tempfile::tempdir().context("failed to make a folder")?;
            let keep = args.keep.unwrap_or_else(|| temporary.path().to_owned());
            let (agent_kills, hub_kills) = (args.agent_kills, args.hub_kills);
            let crash = Crash { keep, seed: args.common.seed, agent_kills, hub_kills };
            Ok((Box::pin(crashloop::run(&crash, life)).await?, args.common))
        }
    }
}
