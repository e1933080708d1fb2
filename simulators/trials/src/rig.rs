//! A hub and an agent as real processes with nothing between them: what whole-process figures are measured on.
//!
//! Unlike a [house](crate::house) it has no proxy on the line and no patience cut short: programs and settings are those
//! of a shop. Everything lies in one folder that is gone at the end, keys included.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use vyavs_domain::ids::StoreId;

use crate::process::{self, Programs, Running};

/// What a program gets to say that it is ready, and to stop in good order.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands in it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The hub's database; `None` is SQLite in the rig's own folder.
    pub database: Option<String>,
    /// Tills, each with a journal.
    pub tills: usize,
    /// Added to `edge.toml`: instruments, models.
    pub edge: String,
    /// Where the folder is made; `None` is the system's temporary directory.
    pub dir: Option<PathBuf>,
}

/// The processes and where everything lies.
#[derive(Debug)]
pub struct Rig {
    programs: Programs,
    dir: TempDir,
    url: String,
    hub: Option<Running>,
    agent: Option<Running>,
    store: StoreId,
    journals: Vec<SocketAddr>,
}

/// A till of the rig, by its place.
pub fn till(number: usize) -> String {
    format!("till-{}", number + 1)
}

/// Ports that were free a moment ago. Below the range from which the kernel takes the local ends of connections.
pub fn free_ports(count: usize) -> std::io::Result<Vec<SocketAddr>> {
    let offset = std::process::id() as usize % 10_000;
    let free = (12_000..32_000_u16).cycle().skip(offset).take(20_000);
    let free = free.filter_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    let listeners: Vec<TcpListener> = free.take(count).collect();
    if listeners.len() < count {
        return Err(std::io::Error::new(std::io::ErrorKind::AddrInUse, "no free ports between 12000 and 32000"));
    }
    listeners.iter().map(TcpListener::local_addr).collect()
}

impl Rig {
    /// Makes hub and agent, enrols the one at the other, and leaves both stopped.
    pub async fn build(plan: &Plan) -> anyhow::Result<Self> {
        let programs = Programs::find()?;
        let dir = match &plan.dir {
            Some(at) => tempfile::Builder::new().prefix("vyavs-rig-").tempdir_in(at),
            None => tempfile::Builder::new().prefix("vyavs-rig-").tempdir(),
        };
        let dir = dir.context("failed to make a folder")?;
        let ports = free_ports(3 + plan.tills)?;
        let (http, mqtt, page) = (ports[0], ports[1], ports[2]);
        let at = |name: &str| dir.path().join(name).display().to_string();
        let url = plan.database.clone().unwrap_or_else(|| format!("sqlite://{}", at("hub.sqlite")));
        let hub_toml = format!(
            "[database]\nurl = \"{url}\"\n[http]\nlisten = \"{http}\"\ntls = \"off\"\n\
             [mqtt]\nlisten = \"{mqtt}\"\npublic_host = \"localhost\"\n[keys]\ndir = \"{}\"\n",
            at("keys")
        );
        std::fs::write(dir.path().join("hub.toml"), hub_toml)?;
        let mut edge_toml = format!(
            "[store]\nzone = \"UTC\"\ncurrency = \"GBP\"\n[identity]\ndir = \"{}\"\n[outbox]\ndir = \"{}\"\n\
             [page]\nlisten = \"{page}\"\n[uplink]\nhost = \"127.0.0.1\"\n",
            at("identity"),
            at("outbox")
        );
        for (number, listen) in ports[3..].iter().enumerate() {
            edge_toml += &format!("[[journal]]\nterminal = \"{}\"\nlisten = \"{listen}\"\n", till(number));
        }
        edge_toml += &plan.edge;
        std::fs::write(dir.path().join("edge.toml"), edge_toml)?;

        let journals = ports[3..].to_vec();
        let store = StoreId(uuid::Uuid::nil());
        let mut rig = Self { programs, dir, url, hub: None, agent: None, store, journals };
        rig.hub_does(&["init"]).await?;
        let add =
            ["store", "add", "--name", "Bench", "--timezone", "UTC", "--currency", "GBP", "--day-starts", "04:00"];
        rig.store = text(&rig.hub_does(&add).await?, "store_id")?.parse()?;
        let store = rig.store.to_string();
        let token = rig.hub_does(&["enrol-token", "--store", &store, "--device", "bench"]).await?;
        let token = text(&token, "token")?;
        rig.start_hub().await?;
        rig.edge_does(&["enrol", "--token", &token, "--hub", &format!("http://{http}")]).await?;
        rig.stop_hub().await?;
        Ok(rig)
    }

    /// The shop at the hub.
    pub fn store(&self) -> StoreId {
        self.store
    }

    /// Where the hub's database is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the agent listens for each till.
    pub fn journals(&self) -> &[SocketAddr] {
        &self.journals
    }

    /// The programs in use.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// A file or folder of the rig.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn hub_does(&self, args: &[&str]) -> anyhow::Result<Value> {
        let config = self.path("hub.toml");
        let tail: [&OsStr; 3] = ["--config".as_ref(), config.as_ref(), "--json".as_ref()];
        let args = args.iter().map(OsStr::new).chain(tail);
        let printed = process::output(&self.programs.hub, args, &self.path("hub.log")).await?;
        let line = printed.lines().rev().find(|line| line.trim_start().starts_with('{')).unwrap_or("null");
        serde_json::from_str(line).with_context(|| format!("vyavs-hub printed {printed:?}, expected JSON"))
    }

    async fn edge_does(&self, args: &[&str]) -> anyhow::Result<String> {
        let config = self.path("edge.toml");
        let tail: [&OsStr; 2] = ["--config".as_ref(), config.as_ref()];
        let args = args.iter().map(OsStr::new).chain(tail);
        Ok(process::output(&self.programs.edge, args, &self.path("edge.log")).await?)
    }

    /// What the running agent says of itself.
    pub async fn status(&self) -> anyhow::Result<Value> {
        let printed = self.edge_does(&["status"]).await?;
        serde_json::from_str(&printed).with_context(|| format!("vyavs-edge status printed {printed:?}, expected JSON"))
    }

    /// Starts the hub and waits until it serves.
    pub async fn start_hub(&mut self) -> anyhow::Result<Duration> {
        let (hub, took) = self.start("hub", "serve", &self.programs.hub).await?;
        self.hub = Some(hub);
        Ok(took)
    }

    /// Starts the agent and waits until it reads.
    pub async fn start_agent(&mut self) -> anyhow::Result<Duration> {
        let (agent, took) = self.start("edge", "run", &self.programs.edge).await?;
        self.agent = Some(agent);
        Ok(took)
    }

    async fn start(&self, name: &str, verb: &str, program: &Path) -> anyhow::Result<(Running, Duration)> {
        let ready = self.path(&format!("{name}.ready"));
        let _ = std::fs::remove_file(&ready);
        let config = self.path(&format!("{name}.toml"));
        let args: [&OsStr; 5] =
            [verb.as_ref(), "--config".as_ref(), config.as_ref(), "--ready".as_ref(), ready.as_ref()];
        let began = Instant::now();
        let mut running = Running::start(program, args, &self.path(&format!("{name}.log")))?;
        // The file is there a moment before its text is.
        while !std::fs::read_to_string(&ready).is_ok_and(|text| text.ends_with('}')) {
            if let Some(status) = running.ended() {
                return Err(running.error(status).into());
            }
            if began.elapsed() > PATIENCE {
                return Err(running.late("was not ready", PATIENCE).into());
            }
            sleep(Duration::from_millis(1)).await;
        }
        Ok((running, began.elapsed()))
    }

    /// Asks the hub to stop and waits until it has.
    pub async fn stop_hub(&mut self) -> anyhow::Result<()> {
        let status = self.hub.take().context("the hub is not running")?.stop(PATIENCE).await?;
        ensure!(status.success(), "the hub was asked to stop and ended with {status}");
        Ok(())
    }

    /// Asks the agent to stop and waits until it has.
    pub async fn stop_agent(&mut self) -> anyhow::Result<()> {
        let status = self.agent.take().context("the agent is not running")?.stop(PATIENCE).await?;
        ensure!(status.success(), "the agent was asked to stop and ended with {status}");
        Ok(())
    }

    /// An error when a program ended that nobody stopped.
    pub fn check(&mut self) -> anyhow::Result<()> {
        for running in [&mut self.hub, &mut self.agent].into_iter().flatten() {
            if let Some(status) = running.ended() {
                return Err(running.error(status)).context("a program ended that nobody stopped");
            }
        }
        Ok(())
    }

    /// The process id that `hub` or `edge` wrote when it was ready.
    pub fn pid(&self, name: &str) -> anyhow::Result<u32> {
        let ready = self.path(&format!("{name}.ready"));
        let text = std::fs::read_to_string(&ready).with_context(|| format!("failed to read {}", ready.display()))?;
        let ready: Value = serde_json::from_str(&text).with_context(|| format!("{name} wrote {text:?}"))?;
        let pid = ready["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
        pid.with_context(|| format!("{name} wrote {text:?}, expected a pid"))
    }
}

fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    let text = value[field].as_str().with_context(|| format!("vyavs-hub printed {value}, expected {field:?}"))?;
    Ok(text.to_owned())
}

/// Processor time of a process so far.
pub fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("failed to read the process's times")?;
    // The name before it may hold spaces; in ticks of 10 ms, as on every Linux we build for.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = rest.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_and_all_different() {
        let ports = free_ports(5).expect("free ports");
        let all: std::collections::BTreeSet<u16> = ports.iter().map(SocketAddr::port).collect();
        assert_eq!(all.len(), 5);
        assert!(ports.iter().all(|port| TcpListener::bind(port).is_ok()));
    }

    #[test]
    fn the_processor_time_of_a_busy_process_grows() {
        let pid = std::process::id();
        let before = cpu_time(pid).expect("a time");
        let began = std::time::Instant::now();
        while began.elapsed() < Duration::from_millis(100) {
            std::hint::spin_loop();
        }
        assert!(cpu_time(pid).expect("a time") > before);
    }
}
