//! A hub, an agent and the line between them, as real processes on free ports of loopback.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use vyavs_domain::ids::StoreId;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::Db;

use crate::chaosproxy::Chaos;
use crate::process::{self, Programs, Running};

/// The shop the agent stands in.
#[derive(Clone, Debug)]
pub struct Shop {
    /// IANA name.
    pub zone: String,
    /// ISO 4217.
    pub currency: String,
    /// Local time.
    pub day_starts: String,
    /// Its tills, each with a journal.
    pub terminals: Vec<String>,
}

/// What a program gets to say that it is ready.
const READY: Duration = Duration::from_secs(60);
/// What a program gets to stop in good order.
const FAREWELL: Duration = Duration::from_secs(60);

/// The processes and where everything lies.
#[derive(Debug)]
pub struct House {
    programs: Programs,
    out: PathBuf,
    /// Keys and identities: never kept.
    secrets: TempDir,
    hub: Option<Running>,
    agent: Option<Running>,
    chaos: Chaos,
    store: StoreId,
    journals: Vec<(String, SocketAddr)>,
    agent_starts: Vec<Duration>,
    hub_starts: Vec<Duration>,
}

/// Ports that were free a moment ago, all different. Below the range from which the kernel takes the local ends of
/// connections: a program that is killed must find its port free when it starts again.
fn free_ports(count: usize) -> std::io::Result<Vec<SocketAddr>> {
    const BELOW_EPHEMERAL: std::ops::Range<u16> = 12_000..32_000;
    let offset = std::process::id() as u16 % 10_000;
    let free = BELOW_EPHEMERAL
        .skip(usize::from(offset))
        .filter_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    let listeners: Vec<TcpListener> = free.take(count).collect();
    if listeners.len() < count {
        return Err(std::io::Error::new(std::io::ErrorKind::AddrInUse, "no free ports between 12000 and 32000"));
    }
    listeners.iter().map(TcpListener::local_addr).collect()
}

/// What an earlier run left under names that are ours.
fn tidy(out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("failed to make {}", out.display()))?;
    let names =
        ["hub.sqlite", "hub.sqlite-wal", "hub.sqlite-shm", "ledger.jsonl", "hub.log", "edge.log", "store-sim.log"];
    for name in names {
        match std::fs::remove_file(out.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("failed to remove {name} of an earlier run"));
            }
            _ => {}
        }
    }
    match std::fs::remove_dir_all(out.join("outbox")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context("failed to remove the outbox of an earlier run")
        }
        _ => Ok(()),
    }
}

fn json(text: &str, what: &str) -> anyhow::Result<Value> {
    let line = text.lines().rev().find(|line| line.trim_start().starts_with('{')).unwrap_or(text);
    serde_json::from_str(line)
        .or_else(|_| serde_json::from_str(text))
        .with_context(|| format!("{what} printed {text:?}, expected JSON"))
}

fn field<'a>(value: &'a Value, name: &str, what: &str) -> anyhow::Result<&'a str> {
    value.get(name).and_then(Value::as_str).with_context(|| format!("{what} printed {value}, expected a text {name:?}"))
}

impl House {
    /// Sets up a hub with one store and one agent in it, in `out`, and starts both. What an earlier run left there under
    /// the same names is replaced.
    pub async fn build(out: &Path, shop: &Shop, seed: u64, life: &Lifecycle) -> anyhow::Result<Self> {
        let programs = Programs::find()?;
        tidy(out)?;
        let out = std::fs::canonicalize(out)?;
        let secrets = tempfile::tempdir().context("failed to make a folder for the keys")?;
        let ports = free_ports(3 + shop.terminals.len())?;
        let (http, mqtt, page) = (ports[0], ports[1], ports[2]);
        let chaos = Chaos::start(mqtt, seed, life).await.context("failed to start the chaos proxy")?;
        let journals: Vec<_> = shop.terminals.iter().cloned().zip(ports[3..].iter().copied()).collect();

        let hub_toml = secrets.path().join("hub.toml");
        let text = format!(
            "[database]\nurl = \"sqlite://{}\"\n[http]\nlisten = \"{http}\"\ntls = \"off\"\n[mqtt]\nlisten = \"{mqtt}\"\n\
             public_host = \"localhost\"\npublic_port = {}\n[keys]\ndir = \"{}\"\n",
            out.join("hub.sqlite").display(),
            mqtt.port(),
            secrets.path().join("hub").display(),
        );
        std::fs::write(&hub_toml, text)?;
        // Shorter patience than in a shop, so that a hundred faults fit into a run.
        let mut text = format!(
            "[store]\nzone = \"{}\"\nday_starts = \"{}\"\ncurrency = \"{}\"\n[identity]\ndir = \"{}\"\n\
             [uplink]\nhost = \"127.0.0.1\"\nport = {}\n\
             keep_alive_s = 5\nretry_max_s = 3\nack_timeout_s = 10\n[outbox]\ndir = \"{}\"\n[page]\nlisten = \"{page}\"\n",
            shop.zone,
            shop.day_starts,
            shop.currency,
            secrets.path().join("edge").display(),
            chaos.address().port(),
            out.join("outbox").display(),
        );
        for (terminal, listen) in &journals {
            text += &format!("[[journal]]\nterminal = \"{terminal}\"\nlisten = \"{listen}\"\n");
        }
        std::fs::write(secrets.path().join("edge.toml"), text)?;

        let hub = async |args: &[&str]| {
            let tail = ["--config".as_ref(), hub_toml.as_os_str(), "--json".as_ref()];
            let args: Vec<_> = args.iter().map(std::ffi::OsStr::new).chain(tail).collect();
            process::output(&programs.hub, args, &out.join("hub.log")).await
        };
        hub(&["init"]).await?;
        let made = hub(&[
            "store",
            "add",
            "--name",
            "Trial",
            "--timezone",
            &shop.zone,
            "--currency",
            &shop.currency,
            "--day-starts",
            &shop.day_starts,
        ])
        .await?;
        let made = json(&made, "vyavs-hub store add")?;
        let store: StoreId = field(&made, "store_id", "vyavs-hub store add")?.parse()?;
        let token = hub(&["enrol-token", "--store", &store.to_string(), "--device", "trial"]).await?;
        let token = json(&token, "vyavs-hub enrol-token")?;
        let token = field(&token, "token", "vyavs-hub enrol-token")?.to_owned();

        let mut house = Self {
            programs,
            out,
            secrets,
            hub: None,
            agent: None,
            chaos,
            store,
            journals,
            agent_starts: Vec::new(),
            hub_starts: Vec::new(),
        };
        house.start_hub().await?;
        let config = house.secrets.path().join("edge.toml");
        let url = format!("http://{http}");
        let args: [&std::ffi::OsStr; 7] = [
            "enrol".as_ref(),
            "--config".as_ref(),
            config.as_ref(),
            "--token".as_ref(),
            token.as_ref(),
            "--hub".as_ref(),
            url.as_ref(),
        ];
        process::output(&house.programs.edge, args, &house.out.join("edge.log")).await?;
        house.start_agent().await?;
        Ok(house)
    }

    /// The line between agent and hub.
    pub fn chaos(&self) -> &Chaos {
        &self.chaos
    }

    /// The shop at the hub.
    pub fn store(&self) -> StoreId {
        self.store
    }

    /// The tills and the ports the agent listens on for them.
    pub fn journals(&self) -> &[(String, SocketAddr)] {
        &self.journals
    }

    /// Where everything is kept.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// The programs in use.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// How long the agent, and the hub, took to be ready, each time.
    pub fn starts(&self) -> (&[Duration], &[Duration]) {
        (&self.agent_starts, &self.hub_starts)
    }

    /// Starts the hub, which is down, and waits until it serves.
    pub async fn start_hub(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let config = self.secrets.path().join("hub.toml");
        let running = self.start("hub", "serve", &self.programs.hub.clone(), &config, "hub.log").await?;
        self.hub = Some(running);
        self.hub_starts.push(began.elapsed());
        Ok(())
    }

    /// Starts the agent, which is down, and waits until it reads.
    pub async fn start_agent(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let config = self.secrets.path().join("edge.toml");
        let running = self.start("edge", "run", &self.programs.edge.clone(), &config, "edge.log").await?;
        self.agent = Some(running);
        self.agent_starts.push(began.elapsed());
        Ok(())
    }

    async fn start(&self, name: &str, verb: &str, program: &Path, config: &Path, log: &str) -> anyhow::Result<Running> {
        let ready = self.secrets.path().join(format!("{name}.ready"));
        let _ = std::fs::remove_file(&ready);
        let args: [&std::ffi::OsStr; 5] =
            [verb.as_ref(), "--config".as_ref(), config.as_ref(), "--ready".as_ref(), ready.as_ref()];
        let mut running = Running::start(program, args, &self.out.join(log))?;
        let began = Instant::now();
        while !ready.is_file() {
            if let Some(status) = running.ended() {
                return Err(running.error(status).into());
            }
            if began.elapsed() > READY {
                return Err(running.late("was not ready", READY).into());
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(running)
    }

    /// `kill -9` of the agent.
    pub async fn kill_agent(&mut self) -> anyhow::Result<()> {
        let mut agent = self.agent.take().context("the agent is not running")?;
        ensure_alive(&mut agent)?;
        Ok(agent.kill().await?)
    }

    /// `kill -9` of the hub.
    pub async fn kill_hub(&mut self) -> anyhow::Result<()> {
        let mut hub = self.hub.take().context("the hub is not running")?;
        ensure_alive(&mut hub)?;
        Ok(hub.kill().await?)
    }

    /// Asks the hub to stop, and with it the broker inside, and waits until it has.
    pub async fn stop_hub(&mut self) -> anyhow::Result<()> {
        let mut hub = self.hub.take().context("the hub is not running")?;
        ensure_alive(&mut hub)?;
        let status = hub.stop(FAREWELL).await?;
        ensure!(status.success(), "the hub was asked to stop and ended with {status}");
        Ok(())
    }

    /// Asks the agent to stop and waits until it has.
    pub async fn stop_agent(&mut self) -> anyhow::Result<()> {
        let mut agent = self.agent.take().context("the agent is not running")?;
        ensure_alive(&mut agent)?;
        let status = agent.stop(FAREWELL).await?;
        ensure!(status.success(), "the agent was asked to stop and ended with {status}");
        Ok(())
    }

    /// An error when a program ended that nobody killed.
    pub fn check(&mut self) -> anyhow::Result<()> {
        for running in [&mut self.hub, &mut self.agent].into_iter().flatten() {
            ensure_alive(running)?;
        }
        Ok(())
    }

    /// The hub's database, to look into.
    pub async fn open_db(&self) -> anyhow::Result<Db> {
        let url = format!("sqlite://{}", self.out.join("hub.sqlite").display());
        Db::open(&url).await.with_context(|| format!("failed to open {url}"))
    }

    /// How many receipts and lines the hub holds. Only while the hub runs: whoever closes the file last tidies it up, and
    /// after a kill that is to be the hub.
    pub async fn held(&self) -> anyhow::Result<(u64, u64)> {
        let db = self.open_db().await?;
        let mut tx = db.begin_read_hub().await?;
        let held = vyavs_store::audit::counts(&mut tx, self.store).await?;
        tx.rollback().await?;
        // Not `Db::close`: it would empty the hub's log for it.
        if let Db::Sqlite { writer, reader } = db {
            reader.close().await;
            writer.close().await;
        }
        Ok(held)
    }

    /// Waits until the hub holds `receipts` and `lines`, and then until its cursors rest. `false` when nothing moved for
    /// `patience` and something is still out.
    pub async fn drain(&mut self, (receipts, lines): (u64, u64), patience: Duration) -> anyhow::Result<bool> {
        let db = self.open_db().await?;
        let mut last = (0, 0, 0);
        let mut moved = Instant::now();
        let mut told = Instant::now();
        let whole = loop {
            self.check()?;
            let mut tx = db.begin_read_hub().await?;
            let held = vyavs_store::audit::counts(&mut tx, self.store).await?;
            let settled = vyavs_store::audit::settled(&mut tx, self.store).await?;
            tx.rollback().await?;
            let now = (held.0, held.1, settled.iter().map(|(_, _, through)| through).sum::<u64>());
            if now != last {
                (last, moved) = (now, Instant::now());
            }
            let whole = held.0 >= receipts && held.1 >= lines;
            if whole && moved.elapsed() > Duration::from_millis(1_500) {
                break true;
            }
            if moved.elapsed() > patience {
                break false;
            }
            if told.elapsed() > Duration::from_secs(5) {
                told = Instant::now();
                eprintln!("draining: {} of {receipts} receipts, {} of {lines} lines are at the hub", held.0, held.1);
            }
            sleep(Duration::from_millis(200)).await;
        };
        drop(db);
        Ok(whole)
    }
}

fn ensure_alive(running: &mut Running) -> anyhow::Result<()> {
    match running.ended() {
        Some(status) => Err(anyhow::Error::from(running.error(status)).context("a program ended that nobody killed")),
        None => Ok(()),
    }
}
