//! What the agent takes of a small box: memory, disk of the program, and time from its start to its first durable reading.
//!
//! The real agent reads 100 points a second from simulated case controllers and 20 sale lines a second from a till, with
//! its hub connected, so that the backlog stays short. Memory is the proportional set size of the kernel's own account,
//! once a second; the highest counts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::drain;
use crate::feed::Feed;
use crate::process::Running;
use crate::rig::{Plan, Rig, cpu_time, free_ports};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Footprint {
    /// How long each of the two runs (without and with a model) lasts.
    pub run: Duration,
    /// Folder with `sensor-anomaly`, signed with a key the agent trusts; `None` leaves the second run out.
    pub models: Option<PathBuf>,
    /// Records of the backlog that a second start meets.
    pub backlog: u64,
    /// Where agent and hub keep their files; `None` is the system's temporary directory.
    pub dir: Option<PathBuf>,
}

/// Controllers, each read once a second, and points of each.
const CABINETS: usize = 25;
const POINTS: [&str; 4] = ["air", "product", "defrost", "door"];
/// A receipt of four lines five times a second.
const LINES: u32 = 4;
const EVERY: Duration = Duration::from_millis(200);
/// Starts that are timed.
const STARTS: usize = 5;
/// What an agent gets to its first durable reading.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the agent says when the first reading of a run is on disk.
const FIRST: &str = "the first readings since the start are on disk";

/// One run under load.
#[derive(Clone, Debug, Serialize)]
pub struct Load {
    /// The models that ran.
    pub models: Vec<String>,
    /// s.
    pub seconds: f64,
    /// Readings a second that came.
    pub readings_per_s: f64,
    /// Sale lines a second that were acknowledged.
    pub lines_per_s: f64,
    /// Highest proportional set size, MiB; the minutes of settling are in it.
    pub highest_pss_mib: f64,
    /// At the end.
    pub last_pss_mib: f64,
    /// Of that, MiB of the program's own pages (code and constants), which the kernel may drop.
    pub file_pss_mib: f64,
    /// Processor time in percent of one core.
    pub cpu_percent: f64,
    /// Records owed at the end.
    pub unsent: u64,
    /// From a reading to its verdict, as the agent counts: half, 99 of 100, the longest, µs.
    pub verdict_us: (f64, f64, f64),
    /// Verdicts counted.
    pub verdicts: u64,
    /// From a receipt on the wire to its durable acknowledgement, 99 of 100, ms.
    pub ack_p99_ms: f64,
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Without a model, then with one.
    pub loads: Vec<Load>,
    /// From the start of the process to the first reading on disk, ms, shortest first; an empty outbox.
    pub first_reading_ms: Vec<u64>,
    /// The same with the backlog.
    pub first_reading_backlog_ms: Vec<u64>,
    /// Records in the backlog.
    pub backlog: u64,
    /// Proportional set size after the first reading, with the backlog and no hub, MiB.
    pub backlog_pss_mib: f64,
    /// The program, stripped, bytes.
    pub binary_bytes: u64,
}

/// A simulated shop with as many cabinets as are read.
fn shop() -> String {
    let mut text = String::from("name = \"Bench (simulated)\"\nzone = \"UTC\"\n");
    for number in 1..=CABINETS {
        let _ = write!(
            text,
            "[[fridge]]\nid = \"fridge-{number}\"\nname = \"Fridge {number}\"\ncabinet = \"fridge\"\nsetpoint_c = 4.0\nband_c = 2.4\n\
             defrost_every_h = 6\ndefrost_min = 20\nopenings_per_hour = 16.0\n"
        );
    }
    text
}

/// The instruments as the agent reads them.
fn instruments(address: std::net::SocketAddr) -> String {
    let mut text = String::new();
    for unit in 1..=CABINETS {
        let _ = write!(
            text,
            "[[modbus]]\nname = \"cabinet-{unit}\"\naddress = \"{address}\"\nunit = {unit}\ntemplate = \"danfoss-ak-cc55\"\n\
             period_ms = 1000\nsensors = ["
        );
        for point in POINTS {
            let limits = if point == "air" { ", low = -1.0, high = 8.0" } else { "" };
            let _ = write!(
                text,
                "{{ point = \"{point}\", id = \"fridge-{unit}.{point}\", name = \"Fridge {unit}, {point}\"{limits} }},"
            );
        }
        text.push_str("]\n");
    }
    text
}

/// Proportional set size in KiB: all of it, and that of mapped files.
fn pss(pid: u32) -> anyhow::Result<(u64, u64)> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = std::fs::read_to_string(&path).with_context(|| format!("failed to read {path}"))?;
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
    };
    let all = field("Pss:").with_context(|| format!("{path} says nothing of Pss"))?;
    Ok((all, field("Pss_File:").unwrap_or(0)))
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// Measures it all.
pub async fn run(wanted: &Footprint, now: Timestamp) -> anyhow::Result<Measured> {
    let mut loads = Vec::new();
    let models = wanted.models.iter().map(|dir| format!("[models]\ndir = \"{}\"\n", dir.display()));
    for models in std::iter::once(String::new()).chain(models) {
        let (mut rig, sim) = build(wanted, &models).await?;
        loads.push(load(&mut rig, wanted.run, now).await?);
        drop(sim);
    }
    let (mut rig, sim) = build(wanted, "").await?;
    let binary = rig.programs().edge.clone();
    let binary_bytes = binary.metadata().with_context(|| format!("failed to look at {}", binary.display()))?.len();
    let first_reading_ms = starts(&mut rig).await?;
    rig.start_agent().await?;
    let receipts = wanted.backlog / u64::from(drain::LINES + 1);
    eprintln!("a backlog of {} records", receipts * u64::from(drain::LINES + 1));
    drain::fill(&rig, receipts, now).await?;
    rig.stop_agent().await?;
    let first_reading_backlog_ms = starts(&mut rig).await?;
    rig.start_agent().await?;
    sleep(Duration::from_secs(3)).await;
    let backlog_pss_mib = mib(pss(rig.pid("edge")?)?.0);
    // It looks at its backlog every few seconds.
    sleep(Duration::from_secs(4)).await;
    let backlog = rig.status().await?["outbox"]["unsent"].as_u64().unwrap_or(0);
    ensure!(backlog >= receipts * u64::from(drain::LINES + 1), "the agent owes {backlog} records only");
    rig.stop_agent().await?;
    drop(sim);
    Ok(Measured { loads, first_reading_ms, first_reading_backlog_ms, backlog, backlog_pss_mib, binary_bytes })
}

/// Hub and agent, both stopped, and the instruments, which run until they are dropped.
async fn build(wanted: &Footprint, models: &str) -> anyhow::Result<(Rig, Running)> {
    let address = free_ports(8)?[7];
    let edge = format!("{models}{}", instruments(address));
    let plan = Plan { database: None, tills: 1, edge, dir: wanted.dir.clone() };
    let rig = Rig::build(&plan).await?;
    let shop_toml = rig.path("shop.toml");
    std::fs::write(&shop_toml, shop())?;
    let address = address.to_string();
    let args: [&std::ffi::OsStr; 7] = [
        "play".as_ref(),
        "--world-seed".as_ref(),
        "1".as_ref(),
        "--store".as_ref(),
        shop_toml.as_ref(),
        "--modbus".as_ref(),
        address.as_ref(),
    ];
    let mut sim = Running::start(&rig.programs().sim, args, &rig.path("sim.log"))?;
    let began = Instant::now();
    while tokio::net::TcpStream::connect(&address).await.is_err() {
        if let Some(status) = sim.ended() {
            return Err(sim.error(status).into());
        }
        ensure!(began.elapsed() < PATIENCE, "the instruments do not answer on {address}");
        sleep(Duration::from_millis(20)).await;
    }
    Ok((rig, sim))
}

async fn load(rig: &mut Rig, run: Duration, now: Timestamp) -> anyhow::Result<Load> {
    rig.start_hub().await?;
    rig.start_agent().await?;
    let pid = rig.pid("edge")?;
    let receipts = u64::try_from(run.as_millis() / EVERY.as_millis()).unwrap_or(0);
    let feed = Feed { receipts, lines: LINES, from: 1, begins: now, window: 64, every: Some(EVERY) };
    let began = Instant::now();
    let cpu = cpu_time(pid)?;
    let watch = async {
        let (mut highest, mut told) = (0, 0);
        while began.elapsed() < run {
            sleep(Duration::from_secs(1)).await;
            let now = pss(pid)?.0;
            highest = highest.max(now);
            if began.elapsed().as_secs() / 30 > told {
                told = began.elapsed().as_secs() / 30;
                eprintln!("{} s: {:.1} MiB", began.elapsed().as_secs(), mib(now));
            }
        }
        anyhow::Ok(highest)
    };
    let (fed, highest) = tokio::join!(feed.run(rig.journals()[0]), watch);
    let (mut fed, highest) = (fed?, highest?);
    rig.check()?;
    let seconds = began.elapsed().as_secs_f64();
    let (last, file) = pss(pid)?;
    let cpu = cpu_time(pid)?.saturating_sub(cpu);
    // Its own figures are a few seconds behind.
    sleep(Duration::from_secs(6)).await;
    let status = rig.status().await?;
    let figures = &status["thinking"];
    let figure = |name: &str| figures[name].as_f64().with_context(|| format!("the agent's status has no {name}"));
    let readings: u64 = status["inputs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|input| input["kind"] == "modbus")
        .filter_map(|input| input["records"].as_u64())
        .sum();
    let uptime = status["uptime_s"].as_f64().unwrap_or(0.0);
    let models = status["models"].as_array().into_iter().flatten().filter_map(|model| Some(model.as_str()?.to_owned()));
    fed.sort_unstable();
    let p99 = fed.get(fed.len() * 99 / 100).copied().unwrap_or_default();
    let load = Load {
        models: models.collect(),
        seconds,
        readings_per_s: readings as f64 / uptime.max(1.0),
        lines_per_s: (fed.len() as u32 * LINES) as f64 / seconds,
        highest_pss_mib: mib(highest.max(last)),
        last_pss_mib: mib(last),
        file_pss_mib: mib(file),
        cpu_percent: 100.0 * cpu.as_secs_f64() / seconds,
        unsent: status["outbox"]["unsent"].as_u64().unwrap_or(u64::MAX),
        verdict_us: (figure("p50_us")?, figure("p99_us")?, figure("max_us")?),
        verdicts: figures["count"].as_u64().unwrap_or(0),
        ack_p99_ms: p99.as_secs_f64() * 1e3,
    };
    rig.stop_agent().await?;
    rig.stop_hub().await?;
    Ok(load)
}

/// Times the way from the start of the process to its first durable reading.
async fn starts(rig: &mut Rig) -> anyhow::Result<Vec<u64>> {
    let log = rig.path("edge.log");
    let mut all = Vec::new();
    for _ in 0..STARTS {
        let before = said(&log);
        let began = Instant::now();
        let (started, seen) = tokio::join!(rig.start_agent(), async {
            while said(&log) == before {
                if began.elapsed() > PATIENCE {
                    return None;
                }
                sleep(Duration::from_millis(1)).await;
            }
            Some(began.elapsed())
        });
        started?;
        let seen = seen.with_context(|| format!("no reading was on disk within {} s", PATIENCE.as_secs()))?;
        all.push(u64::try_from(seen.as_millis()).unwrap_or(u64::MAX));
        rig.stop_agent().await?;
    }
    all.sort_unstable();
    Ok(all)
}

/// How often the agent said that its first reading is on disk.
fn said(log: &Path) -> usize {
    std::fs::read_to_string(log).unwrap_or_default().matches(FIRST).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_pages_are_counted() {
        let (all, file) = pss(std::process::id()).expect("figures");
        assert!(all > file && file > 0, "{all} {file}");
    }

    #[test]
    fn a_hundred_points_are_read_a_second() {
        let text = instruments("127.0.0.1:1502".parse().expect("an address"));
        assert_eq!(text.matches("point = ").count(), 100);
        assert_eq!(text.matches("period_ms = 1000").count(), CABINETS);
    }
}
