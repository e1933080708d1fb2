//! `vyavs-hub`: broker, ingest, API and dashboard in one program.

mod cli;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, StoreId};
use vyavs_hub::config::HubConfig;
use vyavs_hub::identity::{Keys, Passwords, enrol, people};
use vyavs_hub::{api, app};
use vyavs_service::clock::Clock;
use vyavs_service::{logs, output, tls};
use vyavs_store::{Db, stores};

/// The hub: takes in what the stores send, keeps it, and shows it.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  vyavs-hub serve --config /etc/vyavs/hub.toml\n  \
    vyavs-hub store add --config hub.toml --name \"Fore Street\" --timezone Europe/London --currency GBP\n  \
    vyavs-hub enrol-token --config hub.toml --store 0191… --device box-1"
)]
struct Cli {
    /// Log as JSON lines.
    #[arg(long, global = true)]
    log_json: bool,
    /// The configuration.
    #[arg(long, global = true, default_value = "/etc/vyavs/hub.toml")]
    config: PathBuf,
    /// Print the answer as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until Ctrl-C or SIGTERM. The first start makes an administrator and prints the password once.
    Serve {
        /// Write the addresses here once they are served.
        #[arg(long)]
        ready: Option<PathBuf>,
    },
    /// Make database, keys, organization and administrator, and print the password once; serves nothing.
    Init,
    /// Bring the database's schema up to date.
    Migrate,
    /// Stores.
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// People.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// A one-time token with which one box enrols, good for 24 hours.
    EnrolToken {
        /// The store it will stand in.
        #[arg(long)]
        store: StoreId,
        /// For people.
        #[arg(long)]
        device: String,
    },
    /// Devices: the boxes in the stores.
    Device {
        #[command(subcommand)]
        command: DeviceCommand,
    },
    /// Import history: JSON lines of receipts, readings and sensors, from a file or standard input (-).
    Import {
        /// Into which store.
        #[arg(long)]
        store: StoreId,
        /// The file.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// After the database was restored from a backup: a new incarnation, so that the stores send again what it lacks.
    Restored,
    /// Print the API's description (OpenAPI 3.1).
    Openapi,
}

#[derive(Subcommand)]
enum StoreCommand {
    /// Add a store.
    Add {
        /// For people.
        #[arg(long)]
        name: String,
        /// IANA name.
        #[arg(long)]
        timezone: String,
        /// ISO 4217.
        #[arg(long)]
        currency: String,
        /// When its business day begins, local.
        #[arg(long, default_value = "04:00")]
        day_starts: String,
    },
    /// List the stores.
    List,
}

#[derive(Subcommand)]
enum DeviceCommand {
    /// List the devices.
    List,
    /// Shut a device out for good: a running hub ends its session within seconds, and it cannot come back.
    Revoke {
        /// Its id, from `device list`.
        #[arg(long)]
        device: DeviceId,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add a person; the password is read from a file.
    Add {
        /// To sign in with.
        #[arg(long)]
        email: String,
        /// `admin` or `viewer`.
        #[arg(long, default_value = "viewer")]
        role: String,
        /// Holds the password and nothing else.
        #[arg(long)]
        password_file: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    logs::init(cli.log_json);
    tls::install();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("failed to start the runtime")?;
    let code = runtime.block_on(execute(cli))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    std::process::exit(code)
}

async fn execute(cli: Cli) -> anyhow::Result<i32> {
    if matches!(cli.command, Command::Openapi) {
        output::print(format_args!("{}", api::openapi()))?;
        return Ok(0);
    }
    let config = HubConfig::load(&cli.config)?;
    let clock = Clock::system();
    if let Command::Serve { ready } = cli.command {
        return app::run(config, clock, ready).await;
    }
    let db = app::open_database(&config).await?;
    let done = command(cli.command, &config, &db, &clock, cli.json).await;
    db.close().await;
    done.map(|()| 0)
}

async fn command(command: Command, config: &HubConfig, db: &Db, clock: &Clock, as_json: bool) -> anyhow::Result<()> {
    match command {
        Command::Serve { .. } | Command::Openapi => Ok(()),
        Command::Migrate => cli::say(as_json, &json!({"migrated": true}), "the schema is up to date"),
        Command::Init => cli::init(config, db, clock, as_json).await,
        Command::Store { command: StoreCommand::Add { name, timezone, currency, day_starts } } => {
            let store = stores::Store {
                id: StoreId(Uuid::now_v7()),
                org: cli::organization(db).await?,
                name,
                location: json!({}),
                config: json!({}),
                timezone,
                currency: currency.parse()?,
                day_starts: day_starts.parse().with_context(|| format!("--day-starts {day_starts:?} is not HH:MM"))?,
                created_at: clock.now(),
            };
            store.time()?;
            let mut tx = db.begin_write().await?;
            stores::put(&mut tx, &store).await?;
            tx.commit().await?;
            cli::say(as_json, &json!({"store_id": store.id}), &format!("store {} is {}", store.name, store.id))
        }
        Command::Store { command: StoreCommand::List } => {
            let org = cli::organization(db).await?;
            let all = stores::list(&mut db.begin_read(org).await?, org).await?;
            let listed: Vec<_> = all.iter().map(|s| json!({"store_id": s.id, "name": s.name})).collect();
            let lines: Vec<_> = all.iter().map(|s| format!("{}  {}", s.id, s.name)).collect();
            cli::say(as_json, &json!({"stores": listed}), &lines.join("\n"))
        }
        Command::User { command: UserCommand::Add { email, role, password_file } } => {
            let password = cli::read_secret(&password_file)?;
            let org = cli::organization(db).await?;
            let id = people::add(db, &Passwords::new()?, org, (&email, &role, password), clock.now()).await?;
            cli::say(as_json, &json!({"user_id": id}), &format!("{email} may sign in"))
        }
        Command::EnrolToken { store, device } => {
            let keys = Keys::open(&config.keys)?;
            let address = config.http.address(config.http.listen, config.mqtt.public_address())?;
            let org = cli::organization(db).await?;
            let (invitation, expires_at) =
                enrol::invite(db, &keys, &address.base_url, (org, store, &device), clock.now()).await?;
            let token = invitation.to_text();
            cli::say(as_json, &json!({"token": token, "expires_at": expires_at}), &token)
        }
        Command::Device { command: DeviceCommand::List } => cli::list_devices(db, as_json).await,
        Command::Device { command: DeviceCommand::Revoke { device } } => {
            cli::revoke_device(db, clock, device, as_json).await
        }
        Command::Import { store, file } => cli::run_import(config, (db, clock), store, &file, as_json).await,
        Command::Restored => {
            let mut tx = db.begin_write().await?;
            vyavs_store::meta::reincarnate(&mut tx, Uuid::new_v4()).await?;
            tx.commit().await?;
            cli::say(
                as_json,
                &json!({"reincarnated": true}),
                "a new incarnation: the stores will send again what this database lacks",
            )
        }
    }
}
