//! One simulated shop: its agent, its tills, its printer, its instruments.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::Value;

use super::children::Children;
use super::{Programs, configs, past, relative};

/// Where the programs of a shop meet; all on loopback.
#[derive(Clone, Debug)]
pub(crate) struct Ports {
    /// The agent's local page.
    pub(crate) page: SocketAddr,
    /// The simulated gateway to the instruments.
    pub(crate) modbus: SocketAddr,
    /// The first till's printer, the relay before it and the relay's way to the agent: the shop prints, or it does not.
    pub(crate) printer: Option<PrinterPorts>,
    /// A journal a till, in order, without the one that prints.
    pub(crate) journals: Vec<SocketAddr>,
}

/// The way of a print job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrinterPorts {
    /// Where the till prints.
    pub(crate) relay: SocketAddr,
    /// The printer.
    pub(crate) paper: SocketAddr,
    /// Where the relay tells the agent.
    pub(crate) tap: SocketAddr,
}

/// A shop of the demo.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    /// For people.
    pub(crate) name: String,
    /// For files.
    pub(crate) slug: String,
    /// The simulator's description of it.
    pub(crate) spec: PathBuf,
    /// The same seed is the same shop.
    pub(crate) seed: u64,
    /// Its id at the hub.
    pub(crate) store: String,
    /// IANA zone.
    pub(crate) zone: String,
    /// Local time the business day begins.
    pub(crate) day_starts: String,
    /// ISO 4217.
    pub(crate) currency: String,
    /// Its channels, as the simulator lists them.
    pub(crate) sensors: Vec<Value>,
    /// Where its programs meet.
    pub(crate) ports: Ports,
    /// Where its agent keeps things.
    pub(crate) dir: PathBuf,
    /// Where its past ends and its live trade begins.
    pub(crate) live_from: Timestamp,
    /// When it closed tickets since then, as far as the demo's beginning.
    pub(crate) awaited: Vec<Timestamp>,
}

impl Shop {
    /// Reads the simulator's description. Whether the first till prints is `prints`; ports are given out by `port`.
    pub(crate) fn read(
        programs: &Programs,
        spec: &Path,
        seed: u64,
        now: Timestamp,
        prints: bool,
        data: &Path,
        port: &mut impl FnMut() -> anyhow::Result<SocketAddr>,
    ) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(spec).with_context(|| format!("failed to read {}", spec.display()))?;
        let toml: toml::Table = text.parse().with_context(|| format!("{} is not TOML", spec.display()))?;
        let string = |key: &str| -> anyhow::Result<String> {
            let value = toml.get(key).and_then(toml::Value::as_str);
            Ok(value.with_context(|| format!("{}: {key} is missing", spec.display()))?.to_owned())
        };
        let tills = toml.get("tills").and_then(toml::Value::as_integer).and_then(|tills| usize::try_from(tills).ok());
        let tills = tills.with_context(|| format!("{}: tills is missing", spec.display()))?;
        let slug = spec.file_stem().and_then(|stem| stem.to_str()).context("a description has a name")?.to_owned();
        let printer = match prints {
            true => Some(PrinterPorts { relay: port()?, paper: port()?, tap: port()? }),
            false => None,
        };
        let journals = (0..tills - usize::from(prints)).map(|_| port()).collect::<anyhow::Result<_>>()?;
        let (sensors, tickets) = last_day(programs, spec, seed, now)?;
        let live_from = past::live_from(&tickets, now);
        Ok(Self {
            name: string("name")?,
            zone: string("zone")?,
            day_starts: string("day_starts")?,
            currency: string("currency")?,
            dir: data.join(&slug),
            slug,
            spec: spec.to_owned(),
            seed,
            store: String::new(),
            sensors,
            ports: Ports { page: port()?, modbus: port()?, printer, journals },
            live_from,
            awaited: tickets.into_iter().filter(|at| *at >= live_from).collect(),
        })
    }

    /// Whether it sold within the last hour: nobody can be asked for its opening hours.
    pub(crate) fn is_open(&self) -> bool {
        !self.awaited.is_empty()
    }

    /// The name of the till behind a journal.
    pub(crate) fn journal_till(&self, index: usize) -> String {
        format!("till-{}", index + 1 + usize::from(self.ports.printer.is_some()))
    }

    /// The agent's configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.dir.join("edge.toml")
    }

    /// The PIN of the agent's local page.
    pub(crate) fn pin(&self) -> PathBuf {
        self.dir.join("page.pin")
    }

    /// The PIN itself, as soon as the agent has made it.
    pub(crate) fn pin_text(&self) -> String {
        std::fs::read_to_string(self.pin())
            .map_or_else(|_| format!("in {}", relative(&self.pin())), |pin| pin.trim().to_owned())
    }

    /// Writes the agent's configuration.
    pub(crate) fn write_config(&self, mqtt: SocketAddr, models: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.dir).with_context(|| format!("failed to make {}", self.dir.display()))?;
        let text = configs::edge(self, mqtt, models)?;
        std::fs::write(self.config(), text).with_context(|| format!("failed to write {}", self.config().display()))
    }

    /// Trades a token for the agent's identity.
    pub(crate) fn enrol(&self, programs: &Programs, token: &str) -> anyhow::Result<()> {
        let output = Command::new(&programs.edge)
            .args(["enrol", "--token", token, "--config"])
            .arg(self.config())
            .output()
            .context("failed to start vyavs-edge enrol")?;
        if !output.status.success() {
            bail!("enrolling {} failed: {}", self.name, String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// Starts the agent, what prints, and the shop itself, in which `incident` goes wrong.
    pub(crate) fn start(
        &self,
        programs: &Programs,
        incident: Option<String>,
        children: &mut Children,
    ) -> anyhow::Result<()> {
        let ready = self.dir.join("ready");
        let _ = std::fs::remove_file(&ready);
        let (config, ready_text) = (self.config().display().to_string(), ready.display().to_string());
        let name = |what: &str| format!("{}-{what}", self.slug);
        children.start(&name("edge"), &programs.edge, &["run", "--config", &config, "--ready", &ready_text])?;
        children.ready(&ready, Duration::from_secs(30))?;
        let spec = self.spec.display().to_string();
        let (seed, modbus) = (self.seed.to_string(), self.ports.modbus.to_string());
        let from = self.live_from.to_string();
        let mut play = vec!["play", "--world-seed", &seed, "--store", &spec, "--speed", "1", "--modbus", &modbus];
        play.extend(["--from", &from]);
        play.extend(incident.iter().flat_map(|incident| ["--incident", incident]));
        let journals: Vec<String> = self
            .ports
            .journals
            .iter()
            .enumerate()
            .map(|(i, port)| format!("{}={port}", self.journal_till(i)))
            .collect();
        for journal in &journals {
            play.extend(["--journal", journal]);
        }
        let mut printer = String::new();
        if let Some(ports) = self.ports.printer {
            let till = "till-1";
            let (relay, paper, tap) = (ports.relay.to_string(), ports.paper.to_string(), ports.tap.to_string());
            children.start(&name("paper"), &programs.sim, &["paper", "--listen", &paper])?;
            // Should it be killed, the next one can name what it had in hand.
            let tally = self.dir.join("relay.tally").display().to_string();
            let mut args = vec!["relay", "--terminal", till, "--listen", &relay, "--printer", &paper, "--tap", &tap];
            args.extend(["--tally", &tally]);
            children.start(&name("relay"), &programs.edge, &args)?;
            printer = format!("{till}={relay}");
        }
        if !printer.is_empty() {
            play.extend(["--printer", &printer]);
        }
        children.start(&name("sim"), &programs.sim, &play)
    }
}

/// The shop's channels, and when it closed tickets within the last day: a short past of it tells both.
fn last_day(
    programs: &Programs,
    spec: &Path,
    seed: u64,
    now: Timestamp,
) -> anyhow::Result<(Vec<Value>, Vec<Timestamp>)> {
    let output = Command::new(&programs.sim)
        .args(["history", "--days", "1", "--readings-days", "0", "--seed", &seed.to_string()])
        .args(["--until", &now.to_string(), "--store"])
        .arg(spec)
        .output()
        .context("failed to start vyavs-store-sim history")?;
    if !output.status.success() {
        bail!("{}: {}", spec.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    let (mut sensors, mut tickets) = (Vec::new(), Vec::new());
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Value = serde_json::from_slice(line).context("vyavs-store-sim history did not print JSON")?;
        if let Some(sensor) = line.get("sensor") {
            sensors.push(sensor.clone());
        }
        let receipt = &line["receipt"];
        // What was undone before payment is no sale to wait for.
        if let Some(at) = receipt["closed_at"].as_str().filter(|_| receipt["kind"] == "sale") {
            tickets.push(at.parse().context("a receipt of the simulator has no time")?);
        }
    }
    Ok((sensors, tickets))
}

#[cfg(test)]
impl Shop {
    /// A shop that is only looked at.
    pub(crate) fn of_test(live_from: Timestamp, awaited: Vec<Timestamp>) -> Self {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        Self {
            name: "Test (simulated)".to_owned(),
            slug: "test".to_owned(),
            spec: PathBuf::new(),
            seed: 1,
            store: String::new(),
            zone: "UTC".to_owned(),
            day_starts: "04:00:00".to_owned(),
            currency: "GBP".to_owned(),
            sensors: Vec::new(),
            ports: Ports { page: nowhere, modbus: nowhere, printer: None, journals: Vec::new() },
            dir: PathBuf::new(),
            live_from,
            awaited,
        }
    }
}
