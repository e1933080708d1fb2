//! `vyavs-store-sim`: plays a store onto real wires.

use std::io::{BufWriter, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::{Args, Parser, Subcommand};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use vyavs_domain::time::BusinessDay;
use vyavs_service::clock::Clock;
use vyavs_service::config::load;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_service::output;
use vyavs_store_sim::ble::BleConfig;
use vyavs_store_sim::config::{
    CompleteJourneyConfig, IncidentFlag, ModbusConfig, Moment, PlayConfig, RecordConfig, SensorRecordConfig, Wire,
    WorldConfig,
};
use vyavs_store_sim::counter::{CounterConfig, SUMS};
use vyavs_store_sim::history::{self, Span};
use vyavs_store_sim::mqtt::MqttConfig;
use vyavs_store_sim::onewire::OnewireConfig;
use vyavs_store_sim::pace::Speed;
use vyavs_store_sim::paper::Paper;
use vyavs_store_sim::play::{Play, check_incidents};
use vyavs_store_sim::truth;
use vyavs_world::{StoreSpec, World};

/// Plays a simulated store, or recorded invoices, onto the wires of a real one.
#[derive(Debug, Parser)]
#[command(name = "vyavs-store-sim", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays tickets, print jobs and instruments onto their wires.
    #[command(after_help = PLAY_EXAMPLES)]
    Play(Box<PlayArgs>),
    /// Writes a simulated store's past as JSON lines on stdout, for `vyavs-hub import`.
    #[command(after_help = HISTORY_EXAMPLES)]
    History(HistoryArgs),
    /// Writes what really happens in a simulated store and no wire says, as JSON lines on stdout: thefts, failures,
    /// promotions, the weather, what ran out.
    #[command(after_help = TRUTH_EXAMPLES)]
    Truth(TruthArgs),
    /// A receipt printer to print on: takes jobs on a TCP port.
    #[command(after_help = PAPER_EXAMPLES)]
    Paper(PaperArgs),
}

const PLAY_EXAMPLES: &str = "Examples:
  A store at the pace of life, from now on:
    vyavs-store-sim play --world-seed 1 --store simulators/store-sim/stores/fountain-road.toml \\
      --journal till-1=127.0.0.1:7001 --journal till-2=127.0.0.1:7002 --modbus 127.0.0.1:1502
  Recorded invoices as fast as they are acknowledged, with the list of what was:
    vyavs-store-sim play --online-retail DIR --journal till-1=127.0.0.1:7001 --ledger ledger.jsonl --json
  Supermarket baskets of 263 shops at two tills, or of one of them:
    vyavs-store-sim play --complete-journey DIR --journal till-1=127.0.0.1:7001 --journal till-2=127.0.0.1:7002
    vyavs-store-sim play --complete-journey DIR --shop 367 --journal till-1=127.0.0.1:7001
  Printed receipts of real shops onto a printer, and a real freezer behind a case controller, an hour in a minute:
    vyavs-store-sim play --receipts-text DIR --printer till-1=127.0.0.1:9100
    vyavs-store-sim play --freezer DIR --modbus 127.0.0.1:1502 --speed 60
  Sensors by radio, broker, HTTP and 1-Wire, and the sections of edge.toml that read them (docs/sensors.md):
    vyavs-store-sim play --world-seed 1 --store simulators/store-sim/stores/fountain-road.toml \\
      --ble /tmp/ble.btsnoop --ble-key /tmp/ble.key --mqtt 127.0.0.1:1883 --counter 127.0.0.1:0 --onewire /tmp/w1 \\
      --sections /tmp/sensors.toml
  As a file says, an hour in a minute:
    vyavs-store-sim play --config play.toml --speed 60";

const PAPER_EXAMPLES: &str = "Examples:
  vyavs-store-sim paper --listen 127.0.0.1:9100 --keep paper.bin";

const HISTORY_EXAMPLES: &str = "Examples:
  A quarter of a year that ends now:
    vyavs-store-sim history --store simulators/store-sim/stores/fountain-road.toml --seed 1 --days 90 \\
      | vyavs-hub import --config hub.toml --store ID";

const TRUTH_EXAMPLES: &str = "Examples:
  vyavs-store-sim truth --store simulators/store-sim/stores/fountain-road.toml --seed 1 --from 2026-03-01 --days 30";

#[derive(Debug, Args)]
struct PlayArgs {
    /// What to play, as TOML; flags win over it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Seed of the simulated store.
    #[arg(long, value_name = "N", requires = "store")]
    world_seed: Option<u64>,
    /// Description of the simulated store, as TOML.
    #[arg(long, value_name = "FILE", requires = "world_seed")]
    store: Option<PathBuf>,
    /// Folder with invoices.csv or invoices.csv.gz (UCI Online Retail).
    #[arg(long, value_name = "DIR", group = "record", conflicts_with = "store")]
    online_retail: Option<PathBuf>,
    /// Folder with transactions.csv and products.csv, or .csv.gz (Complete Journey 2.0).
    #[arg(long, value_name = "DIR", group = "record", conflicts_with = "store")]
    complete_journey: Option<PathBuf>,
    /// Only this shop of the Complete Journey, by its store_id [default: all, which take turns at the tills].
    #[arg(long, value_name = "ID", requires = "complete_journey")]
    shop: Option<String>,
    /// Folder with transactions.csv or transactions.csv.gz of a bakery: no prices, so every line is 0.00.
    #[arg(long, value_name = "DIR", group = "record", conflicts_with = "store")]
    bread_basket: Option<PathBuf>,
    /// Folder with receipts.jsonl or receipts.jsonl.gz: printed receipts as text (SROIE), for a printer.
    #[arg(long, value_name = "DIR", group = "record", conflicts_with = "store")]
    receipts_text: Option<PathBuf>,
    /// Folder with freezer_minutes.csv or .csv.gz: the air probe of the first cabinet on the Modbus wire.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["store", "record"])]
    freezer: Option<PathBuf>,
    /// A file of the Numenta Anomaly Benchmark: the air probe of the next cabinet on the Modbus wire.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["store", "record"])]
    nab: Vec<PathBuf>,
    /// A till's journal: the agent's port.
    #[arg(long, value_name = "TILL=HOST:PORT")]
    journal: Vec<Wire>,
    /// A till's printer, or the relay before it.
    #[arg(long, value_name = "TILL=HOST:PORT")]
    printer: Vec<Wire>,
    /// Where the instruments listen.
    #[arg(long, value_name = "IP:PORT")]
    modbus: Option<SocketAddr>,
    /// Beside --modbus: a link to make, behind which the same instruments are on a serial bus (Modbus RTU).
    #[arg(long, value_name = "PATH", requires = "modbus")]
    modbus_serial: Option<PathBuf>,
    /// Bluetooth sensors in the cabinets, as `btmon -w` would write them: a file that grows and begins anew.
    #[arg(long, value_name = "FILE")]
    ble: Option<PathBuf>,
    /// The same as a recording: HCI events in hex, one a line.
    #[arg(long, value_name = "FILE", conflicts_with = "ble")]
    ble_record: Option<PathBuf>,
    /// Beside --ble or --ble-record: a file with the key of the encrypted ones, made where there is none.
    #[arg(long, value_name = "FILE")]
    ble_key: Option<PathBuf>,
    /// A local broker at which the cabinets publish SenML, JSON and Sparkplug B.
    #[arg(long, value_name = "HOST:PORT")]
    mqtt: Option<String>,
    /// Where the people counter listens; port 0 is a free one, told at the start.
    #[arg(long, value_name = "IP:PORT")]
    counter: Option<SocketAddr>,
    /// Beside --counter: a file with user:password that it asks for.
    #[arg(long, value_name = "FILE")]
    counter_auth: Option<PathBuf>,
    /// The folder in which 1-Wire thermometers are shown as the kernel shows them.
    #[arg(long, value_name = "DIR")]
    onewire: Option<PathBuf>,
    /// Writes the sections of edge.toml that read radio, broker, counter and 1-Wire.
    #[arg(long, value_name = "FILE")]
    sections: Option<PathBuf>,
    /// Seconds of the store in one of ours, or max [default: 1 for a world or sensors, max for a record of tickets].
    #[arg(long, value_name = "X")]
    speed: Option<Speed>,
    /// First business day, or a time such as 2026-03-01T12:00:00Z, or now [default: now for a world, the start of a
    /// record]. From a time that is over, a world first sends what happened since.
    #[arg(long, value_name = "DATE")]
    from: Option<Moment>,
    /// First business day not played, or a time, or now [default: the end of a record, never for a world].
    #[arg(long, value_name = "DATE")]
    until: Option<Moment>,
    /// Something that goes wrong with a cold cabinet, beside what the world has in store for it.
    #[arg(long, value_name = "CABINET=KIND,FROM,TO")]
    incident: Vec<IncidentFlag>,
    /// Lists what was acknowledged, as JSON lines.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Items a till may have unacknowledged [default: 32].
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    /// Whether a drawer opened without a sale pulses on the printer wire [default: true].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    drawer: Option<bool>,
    /// Share of receipts printed as pictures, 0 to 1 [default: 0].
    #[arg(long, value_name = "SHARE")]
    raster: Option<f64>,
    /// Keeps a copy of every print job that was written to the wire.
    #[arg(long, value_name = "FILE")]
    print_copy: Option<PathBuf>,
    /// Prints the summary as JSON on stdout.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct HistoryArgs {
    /// Description of the simulated store, as TOML.
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// Seed of the simulated store.
    #[arg(long, value_name = "N")]
    seed: u64,
    /// Days of receipts.
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// Days of readings, the last ones; at most the days of receipts.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=3_650))]
    readings_days: u32,
    /// Minutes between two readings of a channel.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_440))]
    readings_every_min: u32,
    /// Where it ends: a time such as 2026-03-01T12:00:00Z [default: now].
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Where the receipts end already, for a play that begins there [default: where all of it ends].
    #[arg(long, value_name = "TIME")]
    receipts_until: Option<Timestamp>,
    /// Something that went wrong with a cold cabinet, beside what the world had in store for it.
    #[arg(long, value_name = "CABINET=KIND,FROM,TO")]
    incident: Vec<IncidentFlag>,
}

#[derive(Debug, Args)]
struct TruthArgs {
    /// Description of the simulated store, as TOML.
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// Seed of the simulated store.
    #[arg(long, value_name = "N")]
    seed: u64,
    /// First business day.
    #[arg(long, value_name = "DATE")]
    from: BusinessDay,
    /// How many of them.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
}

#[derive(Debug, Args)]
struct PaperArgs {
    /// Where to listen.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:9100")]
    listen: SocketAddr,
    /// Appends what is printed to this file.
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// How fast it prints; as fast as jobs come, if not given.
    #[arg(long, value_name = "BYTES")]
    bytes_per_s: Option<u32>,
}

impl PlayArgs {
    fn into_config(self) -> anyhow::Result<PlayConfig> {
        let mut config: PlayConfig = match &self.config {
            Some(path) => load(path)?,
            None => PlayConfig::default(),
        };
        let world = self.world_seed.zip(self.store).map(|(seed, store)| WorldConfig { seed, store });
        let journey = self.complete_journey.map(|dir| {
            let (record, store) = (RecordConfig::complete_journey(dir), self.shop);
            CompleteJourneyConfig { record, store }
        });
        let retail = self.online_retail.map(RecordConfig::online_retail);
        let bread = self.bread_basket.map(RecordConfig::bread_basket);
        let texts = self.receipts_text.map(RecordConfig::receipts_text);
        let sensors = SensorRecordConfig { freezer: self.freezer, nab: self.nab, ..SensorRecordConfig::default() };
        let records = retail.is_some() || bread.is_some() || texts.is_some() || journey.is_some();
        if world.is_some() || records || !sensors.is_empty() {
            // A source that is named by a flag takes the place of the file's.
            config.world = world;
            (config.online_retail, config.complete_journey) = (retail, journey);
            (config.bread_basket, config.receipts_text, config.sensor_record) = (bread, texts, sensors);
        }
        if !self.journal.is_empty() || !self.printer.is_empty() {
            (config.journal, config.printer) = (self.journal, self.printer);
        }
        if let Some(listen) = self.modbus {
            config.modbus = Some(ModbusConfig { listen });
        }
        config.modbus_serial = self.modbus_serial.or(config.modbus_serial);
        let radio = self.ble.map(BleConfig::to_btsnoop).or(self.ble_record.map(BleConfig::to_record));
        config.ble = radio.or(config.ble);
        match (&mut config.ble, self.ble_key) {
            (Some(ble), Some(key)) => ble.key_file = Some(key),
            (None, Some(_)) => bail!("--ble-key needs --ble or --ble-record"),
            (_, None) => {}
        }
        config.mqtt = self.mqtt.map(MqttConfig::new).or(config.mqtt);
        config.counter = self.counter.map(CounterConfig::new).or(config.counter);
        match (&mut config.counter, self.counter_auth) {
            (Some(counter), Some(auth)) => counter.auth_file = Some(auth),
            (None, Some(_)) => bail!("--counter-auth needs --counter"),
            (_, None) => {}
        }
        config.onewire = self.onewire.map(OnewireConfig::new).or(config.onewire);
        config.sections = self.sections.or(config.sections);
        config.speed = self.speed.or(config.speed);
        config.from = self.from.or(config.from);
        config.until = self.until.or(config.until);
        config.dated_incident.extend(self.incident.into_iter().map(|IncidentFlag(incident)| incident));
        config.ledger = self.ledger.or(config.ledger);
        config.till.window = self.window.unwrap_or(config.till.window);
        config.print.drawer = self.drawer.unwrap_or(config.print.drawer);
        config.print.raster = self.raster.unwrap_or(config.print.raster);
        config.print.copy = self.print_copy.or(config.print.copy);
        ensure!(config.till.window > 0, "window is 0, expected at least 1");
        Ok(config)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    vyavs_service::logs::init(false);
    let life = Lifecycle::new();
    life.stop_on_signal().context("failed to listen for signals")?;
    match Cli::parse().command {
        Command::Play(args) => play(*args, &life).await?,
        Command::History(args) => history(&args, Clock::system().now())?,
        Command::Truth(args) => {
            let spec: StoreSpec = load(&args.store)?;
            let world = World::new(args.seed, spec);
            let world = world.with_context(|| format!("{} describes no store", args.store.display()))?;
            let mut out = BufWriter::with_capacity(1 << 18, std::io::stdout().lock());
            let written = truth::write(&world, args.from, args.days, &mut out);
            output::unless_closed(written.map(|_| ())).context("failed to write the truth")?;
        }
        Command::Paper(args) => {
            let listener =
                TcpListener::bind(args.listen).await.with_context(|| format!("failed to listen on {}", args.listen))?;
            eprintln!("printing what comes in on {}", listener.local_addr()?);
            let paper = Paper { keep: args.keep, bytes_per_s: args.bytes_per_s };
            paper.run(listener, life.stop_token()).await?;
        }
    }
    life.shutdown(Duration::from_secs(5)).await;
    Ok(())
}

fn history(args: &HistoryArgs, now: Timestamp) -> anyhow::Result<()> {
    let spec: StoreSpec = load(&args.store)?;
    let world = World::new(args.seed, spec).with_context(|| format!("{} describes no store", args.store.display()))?;
    let until = args.until.unwrap_or(now);
    let back = |days: u32| {
        until
            .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
            .with_context(|| format!("{days} days before {until} is no time"))
    };
    let span = Span {
        from: back(args.days)?,
        readings_from: back(args.readings_days.min(args.days))?,
        every: SignedDuration::from_mins(args.readings_every_min.into()),
        until,
        receipts_until: args.receipts_until.map_or(until, |earlier| earlier.min(until)),
    };
    let incidents: Vec<_> = args.incident.iter().map(|IncidentFlag(incident)| incident.clone()).collect();
    check_incidents(&incidents, &world)?;
    let mut out = BufWriter::with_capacity(1 << 18, std::io::stdout().lock());
    match history::write(&world, span, &incidents, &mut out) {
        Ok(written) => {
            let (receipts, lines, readings) = (written.receipts, written.lines, written.readings);
            eprintln!(
                "{}: {receipts} receipts, {lines} lines and {readings} readings until {until}",
                world.spec().name
            );
            Ok(())
        }
        // Who read it has read enough, and says itself what was wrong.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(141),
        Err(error) => Err(error).context("failed to write the history"),
    }
}

async fn play(args: PlayArgs, life: &Lifecycle) -> anyhow::Result<()> {
    let json = args.json;
    let play = Play::prepare(args.into_config()?, &Clock::system()).await?;
    let (stats, name) = (play.stats(), play.name().to_owned());
    match play.modbus_address() {
        Some(address) => eprintln!("playing {name}; instruments on {address}"),
        None => eprintln!("playing {name}"),
    }
    if let Some(address) = play.counter_address() {
        eprintln!("people are counted at http://{address}{SUMS}");
    }
    let began = tokio::time::Instant::now();
    let mut progress = tokio::time::interval_at(began + Duration::from_secs(5), Duration::from_secs(5));
    let mut run = Box::pin(play.run(life.stop_token()));
    let summary = loop {
        tokio::select! {
            ended = &mut run => break ended?,
            _ = progress.tick() => eprintln!("{}", stats.summary(&name, began.elapsed()).sentence()),
        }
    };
    eprintln!("{}", summary.sentence());
    if json {
        output::say(format_args!("{}", serde_json::to_string(&summary).context("a summary always has a JSON form")?))?;
    }
    Ok(())
}
