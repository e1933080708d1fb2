//! A hub, an agent and the line between them, as real processes on free ports of loopback; where the till prints, the
//! relay and the printer too.

mod held;
mod printing;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use vyavs_domain::ids::StoreId;
use vyavs_service::lifecycle::Lifecycle;

use crate::chaosproxy::Chaos;
use crate::process::{self, Programs, Running};
use printing::Printing;

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

/// What is not as usual in a house.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The hub's database; `None` is `hub.sqlite` in the folder of the house.
    pub database: Option<String>,
    /// The first till prints, so fast (bytes in a second), instead of writing a journal.
    pub prints: Option<u32>,
    /// Where the agent keeps what it owes; `None` is `outbox` in the folder of the house.
    pub outbox: Option<PathBuf>,
    /// Added to the agent's environment.
    pub agent_env: Vec<(String, String)>,
    /// Added to `edge.toml`.
    pub edge: String,
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
    printing: Option<Printing>,
    database: String,
    http: SocketAddr,
    agent_env: Vec<(String, String)>,
    agent_starts: Vec<Duration>,
    hub_starts: Vec<Duration>,
}

/// Ports that were free a moment ago, all different. Below the range from which the kernel takes the local ends of
/// connections: a program that is killed must find its port free when it starts again.
fn free_ports(count: usize) -> std::io::Result<Vec<SocketAddr>> {
    const BELOW_EPHEMERAL: std::ops::Range<u16> = 12_000..32_000;
    // Anywhere: trials that run side by side must not look for the same ones.
    let offset = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id()) % 18_000;
    let free =
        BELOW_EPHEMERAL.skip(offset as usize).filter_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    let listeners: Vec<TcpListener> = free.take(count).collect();
    if listeners.len() < count {
        return Err(std::io::Error::new(std::io::ErrorKind::AddrInUse, "no free ports between 12000 and 32000"));
    }
    listeners.iter().map(TcpListener::local_addr).collect()
}

/// What an earlier run left under names that are ours.
fn tidy(out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("failed to make {}", out.display()))?;
    let names = [
        "hub.sqlite",
        "hub.sqlite-wal",
        "hub.sqlite-shm",
        "ledger.jsonl",
        "hub.log",
        "edge.log",
        "relay.log",
        "store-sim.log",
        crate::play::COPY,
    ];
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
        Self::build_with(out, shop, &Options::default(), seed, life).await
    }

    /// The same, not as usual.
    pub async fn build_with(
        out: &Path,
        shop: &Shop,
        options: &Options,
        seed: u64,
        life: &Lifecycle,
    ) -> anyhow::Result<Self> {
        let programs = Programs::find()?;
        tidy(out)?;
        let out = std::fs::canonicalize(out)?;
        let secrets = tempfile::tempdir().context("failed to make a folder for the keys")?;
        let ports = free_ports(3 + shop.terminals.len())?;
        let (http, mqtt, page) = (ports[0], ports[1], ports[2]);
        let chaos = Chaos::start(mqtt, seed, life).await.context("failed to start the chaos proxy")?;
        let mut journals: Vec<_> = shop.terminals.iter().cloned().zip(ports[3..].iter().copied()).collect();
        let printing = match options.prints {
            Some(bytes_per_s) => {
                ensure!(!journals.is_empty(), "a shop without a till prints nothing");
                let (terminal, address) = journals.remove(0);
                Some(Printing::prepare(&terminal, address, bytes_per_s, life).await?)
            }
            None => None,
        };
        let database = options.database.clone();
        let database = database.unwrap_or_else(|| format!("sqlite://{}", out.join("hub.sqlite").display()));
        let outbox = options.outbox.clone().unwrap_or_else(|| out.join("outbox"));

        let hub_toml = secrets.path().join("hub.toml");
        let text = format!(
            "[database]\nurl = \"{database}\"\n[http]\nlisten = \"{http}\"\ntls = \"off\"\n[mqtt]\nlisten = \"{mqtt}\"\n\
             public_host = \"localhost\"\npublic_port = {}\n[keys]\ndir = \"{}\"\n",
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
            outbox.display(),
        );
        text += &printing.as_ref().map_or_else(String::new, Printing::section);
        for (terminal, listen) in &journals {
            text += &format!("[[journal]]\nterminal = \"{terminal}\"\nlisten = \"{listen}\"\n");
        }
        text += &options.edge;
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
            printing,
            database,
            http,
            agent_env: options.agent_env.clone(),
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
        if house.printing.is_some() {
            house.start_relay().await?;
        }
        Ok(house)
    }

    /// Where the hub answers, without TLS.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// From now on the agent is started with these in its environment.
    pub fn set_agent_env(&mut self, variables: Vec<(String, String)>) {
        self.agent_env = variables;
    }

    /// What the running agent says of itself.
    pub async fn agent_status(&self) -> anyhow::Result<Value> {
        let config = self.secrets.path().join("edge.toml");
        let args: [&std::ffi::OsStr; 3] = ["status".as_ref(), "--config".as_ref(), config.as_ref()];
        let printed = process::output(&self.programs.edge, args, &self.out.join("edge.log")).await?;
        json(&printed, "vyavs-edge status")
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

    /// Every folder that a program of this house writes to.
    pub fn folders(&self) -> Vec<PathBuf> {
        let run = self.printing.as_ref().map(Printing::folder);
        [&*self.out, self.secrets.path()].into_iter().chain(run).map(Path::to_owned).collect()
    }

    /// All that the stopped agent still has in its buffer, one record a line, as JSON.
    pub async fn exported(&self) -> anyhow::Result<String> {
        let config = self.secrets.path().join("edge.toml");
        let args: [&std::ffi::OsStr; 4] = ["buffer".as_ref(), "export".as_ref(), "--config".as_ref(), config.as_ref()];
        Ok(process::output(&self.programs.edge, args, &self.out.join("edge.log")).await?)
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
        let running = self.start("hub", "serve", &self.programs.hub, &config, &[]).await?;
        self.hub = Some(running);
        self.hub_starts.push(began.elapsed());
        Ok(())
    }

    /// Starts the agent, which is down, and waits until it reads.
    pub async fn start_agent(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let config = self.secrets.path().join("edge.toml");
        let running = self.start("edge", "run", &self.programs.edge, &config, &self.agent_env).await?;
        self.agent = Some(running);
        self.agent_starts.push(began.elapsed());
        Ok(())
    }

    async fn start(
        &self,
        name: &str,
        verb: &str,
        program: &Path,
        config: &Path,
        variables: &[(String, String)],
    ) -> anyhow::Result<Running> {
        let ready = self.secrets.path().join(format!("{name}.ready"));
        let _ = std::fs::remove_file(&ready);
        let args: [&std::ffi::OsStr; 5] =
            [verb.as_ref(), "--config".as_ref(), config.as_ref(), "--ready".as_ref(), ready.as_ref()];
        let mut running = Running::start_with(program, args, variables, &self.out.join(format!("{name}.log")))?;
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
        let relay = self.printing.as_mut().and_then(|printing| printing.relay.as_mut());
        for running in [self.hub.as_mut(), self.agent.as_mut(), relay].into_iter().flatten() {
            ensure_alive(running)?;
        }
        Ok(())
    }
}

fn ensure_alive(running: &mut Running) -> anyhow::Result<()> {
    match running.ended() {
        Some(status) => Err(anyhow::Error::from(running.error(status)).context("a program ended that nobody killed")),
        None => Ok(()),
    }
}
