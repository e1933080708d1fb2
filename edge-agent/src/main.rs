//! `vyavs-edge`: the agent in the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use tokio_util::sync::CancellationToken;
use vyavs_codec::receipt::{self, Place};
use vyavs_domain::ids::TerminalId;
use vyavs_edge_agent::acquire::modbus;
use vyavs_edge_agent::config::EdgeConfig;
use vyavs_edge_agent::health::Board;
use vyavs_edge_agent::outbox::buffer;
use vyavs_edge_agent::relay::{self, PrinterEnd, RelayConfig, TapAddress, TillEnd};
use vyavs_edge_agent::{app, discover, identity};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_service::{logs, output, tls};

/// The agent in the store: reads tills and sensors, keeps everything on disk, sends what it owes to the hub.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  vyavs-edge check-config --config /etc/vyavs/edge.toml\n  \
    vyavs-edge enrol --config /etc/vyavs/edge.toml --token-file token.txt\n  vyavs-edge run --config /etc/vyavs/edge.toml\n  \
    vyavs-edge relay --terminal till-1 --listen 0.0.0.0:9100 --printer 10.0.0.9:9100 --tap /run/vyavs/till-1.sock\n  \
    vyavs-edge relay --terminal till-2 --listen serial:/dev/ttyUSB0,19200,8N1,hardware --printer serial:/dev/ttyS1,19200,8N1,hardware --tap /run/vyavs/till-2.sock\n  \
    vyavs-edge modbus probe --config /etc/vyavs/edge.toml --device dairy --point air"
)]
struct Cli {
    /// Log as JSON lines.
    #[arg(long, global = true)]
    log_json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the agent until Ctrl-C or SIGTERM.
    Run {
        #[arg(long, default_value = "/etc/vyavs/edge.toml")]
        config: PathBuf,
        /// Write pid and epoch here once everything is started.
        #[arg(long)]
        ready: Option<PathBuf>,
    },
    /// Copy a till's bytes to its printer, and a bounded copy to the agent; works with the agent dead.
    Relay {
        /// The till whose receipts these are.
        #[arg(long)]
        terminal: TerminalId,
        /// Where the till finds its printer: an address, or `serial:PATH[,BAUD[,LINE[,FLOW]]]`.
        #[arg(long, value_name = "ADDRESS|serial:PATH,…")]
        listen: TillEnd,
        /// The printer: host:port, or `serial:PATH[,BAUD[,LINE[,FLOW]]]`; FLOW is none, hardware or software.
        #[arg(long, value_name = "HOST:PORT|serial:PATH,…")]
        printer: PrinterEnd,
        /// Where the agent takes print jobs: a socket path or a loopback address.
        #[arg(long)]
        tap: TapAddress,
        /// Where a killed relay leaves its figures, so that the next one can name what was lost: a file in memory
        /// [default: beside the tap's socket].
        #[arg(long, value_name = "FILE")]
        tally: Option<PathBuf>,
    },
    /// Read the configuration and say what is wrong with it; starts and changes nothing.
    CheckConfig {
        #[arg(long, default_value = "/etc/vyavs/edge.toml")]
        config: PathBuf,
    },
    /// Say what hangs on this box and could be an input, each with the section of edge.toml to begin with; opens nothing.
    Discover {
        /// As a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Trade a one-time token from the hub for an identity.
    Enrol {
        #[arg(long, default_value = "/etc/vyavs/edge.toml")]
        config: PathBuf,
        /// The token, as the hub printed it.
        #[arg(long, conflicts_with = "token_file")]
        token: Option<String>,
        /// A file with the token: keeps it out of the shell's history.
        #[arg(long)]
        token_file: Option<PathBuf>,
        /// The hub's address, where it is not the one in the token.
        #[arg(long)]
        hub: Option<String>,
    },
    /// What a running agent says of itself on its local page.
    Status {
        #[arg(long, default_value = "/etc/vyavs/edge.toml")]
        config: PathBuf,
    },
    /// Receipt grammars.
    Receipt {
        #[command(subcommand)]
        command: ReceiptCommand,
    },
    /// Devices on Modbus.
    Modbus {
        #[command(subcommand)]
        command: ModbusCommand,
    },
    /// Look into the buffer of an agent that is not running.
    Buffer {
        #[arg(long, global = true, default_value = "/etc/vyavs/edge.toml")]
        config: PathBuf,
        #[command(subcommand)]
        command: BufferCommand,
    },
}

#[derive(Subcommand)]
enum ReceiptCommand {
    /// Show how a grammar reads a captured print stream, line by line; exits with 1 when something could not be proven.
    Test {
        /// A built-in name or a file; `receipt grammars` lists and `receipt show` prints the built-in ones.
        #[arg(long, default_value = "vyavs-plain")]
        grammar: String,
        /// The store's zone, for times without one.
        #[arg(long, default_value = "UTC")]
        zone: String,
        /// Where the receipt does not say.
        #[arg(long, default_value = "EUR")]
        currency: String,
        /// When it was printed, such as 2026-11-22T10:00:00Z: dates far from it are refused as the grammar says. Without
        /// it any date will do.
        #[arg(long)]
        printed_at: Option<jiff::Timestamp>,
        /// Everything as JSON.
        #[arg(long)]
        json: bool,
        /// The captured bytes.
        file: PathBuf,
    },
    /// Names of the built-in grammars.
    Grammars,
    /// Print a built-in grammar, to be edited.
    Show {
        /// Its name.
        name: String,
    },
}

#[derive(Subcommand)]
enum ModbusCommand {
    /// Read a device's points counted from 0 and from 1, to prove a template's `base` by one value that the device shows.
    /// The agent must not run where the device is on a serial bus.
    Probe {
        #[arg(long, default_value = "/etc/vyavs/edge.toml")]
        config: PathBuf,
        /// The name of a `[[modbus]]` section.
        #[arg(long)]
        device: String,
        /// One point of its template [default: those of the section's sensors].
        #[arg(long)]
        point: Option<String>,
    },
}

#[derive(Subcommand)]
enum BufferCommand {
    /// Numbers and bytes, as JSON.
    Stat,
    /// Read every frame; exits with 1 when something is damaged.
    Verify,
    /// Replace damaged frames by loss statements that name their numbers.
    Repair,
    /// Every record as a JSON line on standard output.
    Export,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    logs::init(cli.log_json);
    tls::install();
    // Two threads carry a store; a stack of 2 MiB each would be most of the agent's memory.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .thread_stack_size(1024 * 1024)
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    let done = runtime.block_on(execute(cli.command));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    done
}

async fn execute(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run { config, ready } => app::run(EdgeConfig::load(&config)?, clock()?, ready).await,
        Command::Relay { terminal, listen, printer, tap, tally } => {
            let life = Lifecycle::new();
            life.stop_on_signal()?;
            let stop: CancellationToken = life.stop_token();
            let config = RelayConfig { tally, ..RelayConfig::new(terminal, listen, printer, tap) };
            Ok(relay::run(config, stop).await?)
        }
        Command::Discover { json } => {
            let mut found = discover::discover(Path::new("/"));
            found.extend(discover::local_broker());
            match json {
                true => say(format_args!("{}", serde_json::to_string_pretty(&found)?)),
                false => say(format_args!("{}", discover::text(&found))),
            }
        }
        Command::CheckConfig { config } => {
            let checked = EdgeConfig::load(&config)?;
            say(format_args!("{} is good: {}", config.display(), checked.inputs()))?;
            checked.codes()?.iter().try_for_each(|code| say(format_args!("[codes] {code}")))
        }
        Command::Enrol { config, token, token_file, hub } => {
            let config = EdgeConfig::load(&config)?;
            let token = match (token, token_file) {
                (Some(token), _) => token,
                (None, Some(path)) => {
                    std::fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?
                }
                (None, None) => bail!("give the token with --token or --token-file"),
            };
            let us = identity::enrol(&config.identity.dir, &token, hub.as_deref()).await?;
            say(format_args!("enrolled as {us}"))
        }
        Command::Status { config } => status(&EdgeConfig::load(&config)?).await,
        Command::Receipt { command } => receipt_command(command),
        Command::Modbus { command: ModbusCommand::Probe { config, device, point } } => {
            modbus_probe(&EdgeConfig::load(&config)?, &device, point.as_deref()).await
        }
        Command::Buffer { config, command } => buffer_command(&config, &command),
    }
}

/// The machine's clock. For trials of a wrong one, `VYAVS_CLOCK_OFFSET_S` moves it; certificates are still judged by the
/// machine's.
fn clock() -> anyhow::Result<Clock> {
    let clock = Clock::system();
    if let Ok(text) = std::env::var("VYAVS_CLOCK_OFFSET_S") {
        let seconds: i64 = text.parse().with_context(|| format!("VYAVS_CLOCK_OFFSET_S is {text:?}, not seconds"))?;
        let moved = clock.now().checked_add(jiff::SignedDuration::from_secs(seconds));
        clock.set(moved.with_context(|| format!("VYAVS_CLOCK_OFFSET_S is {text}: there is no such time"))?);
        tracing::warn!("the clock is moved by {seconds} s on purpose (VYAVS_CLOCK_OFFSET_S)");
    }
    Ok(clock)
}

fn say(text: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    Ok(output::say(text)?)
}

async fn status(config: &EdgeConfig) -> anyhow::Result<()> {
    let state = config.identity.dir.parent().unwrap_or(Path::new("."));
    let status = vyavs_edge_agent::page::fetch(&config.page, state).await?;
    let text = serde_json::to_string_pretty(&status)?;
    say(format_args!("{text}"))
}

fn receipt_command(command: ReceiptCommand) -> anyhow::Result<()> {
    match command {
        ReceiptCommand::Grammars => receipt::BUILT_IN.iter().try_for_each(|(name, _)| say(format_args!("{name}"))),
        ReceiptCommand::Show { name } => match receipt::BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Ok(output::print(format_args!("{text}"))?),
            None => bail!("no grammar {name:?} is built in; `vyavs-edge receipt grammars` lists them"),
        },
        ReceiptCommand::Test { grammar, zone, currency, printed_at, json, file } => {
            let grammar = vyavs_edge_agent::grammar::load(&grammar)?;
            let grammar = if printed_at.is_some() { grammar } else { grammar.at_any_time() };
            let bytes = std::fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?;
            let time = vyavs_domain::time::StoreTime::new(&zone, jiff::civil::Time::constant(4, 0, 0, 0))?;
            let terminal: TerminalId = "till".parse()?;
            let started = printed_at.unwrap_or_else(|| Clock::system().now());
            let place = Place { terminal: &terminal, time: &time, currency: currency.parse()?, started };
            let report = receipt::test_report(&grammar, &bytes, &place);
            if json {
                say(format_args!("{}", serde_json::to_string_pretty(&report)?))?;
            } else {
                say(format_args!("{}", report.text()))?;
            }
            if report.quarantined > 0 {
                bail!("{} of {} jobs could not be proven", report.quarantined, report.jobs.len());
            }
            Ok(())
        }
    }
}

async fn modbus_probe(config: &EdgeConfig, device: &str, point: Option<&str>) -> anyhow::Result<()> {
    let section = config.modbus.iter().find(|section| section.name == device);
    let names: Vec<&str> = config.modbus.iter().map(|section| &*section.name).collect();
    let section =
        section.with_context(|| format!("no [[modbus]] is called {device:?}; there are {}", names.join(", ")))?;
    let board = Board::new(clock()?, Arc::new(config.store.time()?), config.store.currency);
    let life = Lifecycle::new();
    let table = modbus::probe(section, point, &board.input(device, "modbus"), &life).await?;
    life.shutdown(std::time::Duration::from_secs(2)).await;
    Ok(output::print(format_args!("{table}"))?)
}

fn buffer_command(config: &Path, command: &BufferCommand) -> anyhow::Result<()> {
    let config = EdgeConfig::load(config)?;
    if !vyavs_edge_agent::outbox::store::exists(&config.outbox.dir) {
        bail!("there is no buffer in {}", config.outbox.dir.display());
    }
    let store = buffer::open(config.outbox, Clock::system()).context("is the agent still running?")?;
    match command {
        BufferCommand::Stat => say(format_args!("{}", serde_json::to_string_pretty(&buffer::stat(&store))?)),
        BufferCommand::Verify => {
            let found = buffer::verify(&store)?;
            say(format_args!("{}", serde_json::to_string_pretty(&found)?))?;
            if !found.is_sound() {
                bail!("the buffer is damaged; `buffer repair` names what is lost");
            }
            Ok(())
        }
        BufferCommand::Repair => {
            let named = buffer::repair(&store)?;
            say(format_args!("{named} damaged frames were replaced by loss statements"))
        }
        BufferCommand::Export => {
            buffer::export(&store, std::io::stdout().lock())?;
            Ok(())
        }
    }
}
