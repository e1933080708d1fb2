//! What the relay between till and printer costs, and what of the agent behind it the paper notices: nothing.
//!
//! The real relay and the real agent as processes, a printer on a socket. Jobs go to the printer directly and through the
//! relay in turns, so that both meet the same machine. Then the agent is killed, stopped so that it takes connections and
//! never reads, and starved of memory; each time with jobs enough that the relay's ring overflows.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use crate::process::{Running, edge};
use crate::rig::free_ports;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Relaying {
    /// Jobs printed each way in each state.
    pub jobs: usize,
    /// Bytes of a job.
    pub bytes: usize,
}

/// Jobs before those that are counted.
const WARM_UP: usize = 20;
/// A long ticket, a picture of half a metre of paper: what the agent needs for it, it has not lying about.
const LONG: usize = 600_000;
/// As often comes one, while the agent has no memory.
const LONG_EVERY: usize = 10;
/// A job that takes this long is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the programs get to be ready, and the agent to notice that it has no memory.
const READY: Duration = Duration::from_secs(60);
const STARVE: Duration = Duration::from_secs(5);
const CUT: &[u8] = b"\x1dVB\x00";

/// How the agent is while jobs are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It reads the jobs.
    Reading,
    /// `kill -9`.
    Killed,
    /// Stopped: its socket takes connections, and nobody reads.
    Hung,
    /// It may not grow by a page: what it allocates for a long job it does not get, and it dies of it.
    Starved,
}

impl State {
    fn words(self) -> &'static str {
        match self {
            Self::Reading => "reads the jobs",
            Self::Killed => "killed (SIGKILL)",
            Self::Hung => "hung (SIGSTOP: it accepts and never reads)",
            Self::Starved => "out of memory (it may not grow by a page)",
        }
    }
}

/// Times of one way, ms from the till's first byte to the printer's last.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Times {
    /// Half are faster.
    pub p50_ms: f64,
    /// One in a hundred is slower.
    pub p99_ms: f64,
    /// The slowest.
    pub longest_ms: f64,
}

/// One state.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// How the agent was.
    pub state: State,
    /// Straight to the printer.
    pub direct: Times,
    /// Through the relay.
    pub relayed: Times,
    /// p99 relayed less p99 direct, ms.
    pub added_p99_ms: f64,
    /// Jobs whose printed bytes were not those sent.
    pub altered: usize,
    /// BLAKE3 of all bytes sent through the relay, and of all that were printed.
    pub sent: String,
    /// As above.
    pub printed: String,
    /// What became of the agent, as seen after the jobs.
    pub agent: String,
}

/// All states.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// When.
    pub at: Timestamp,
    /// Jobs each way in each state, and bytes of each.
    pub jobs: usize,
    /// As above.
    pub bytes: usize,
    /// Each state.
    pub states: Vec<Measured>,
}

impl Findings {
    /// Whether every byte was printed and nothing was delayed: 5 ms more than directly, in the 99th of a hundred.
    pub fn is_clean(&self) -> bool {
        self.states.iter().all(|one| one.altered == 0 && one.sent == one.printed && one.added_p99_ms <= 5.0)
    }

    /// A table in Markdown.
    pub fn table(&self) -> String {
        let mut text =
            "| agent | direct p50 / p99, ms | relayed p50 / p99 (longest), ms | added p99, ms | goal | altered | \
                        sent = printed (BLAKE3) | agent afterwards |\n|---|--:|--:|--:|--:|--:|---|---|\n"
                .to_owned();
        for one in &self.states {
            let same = if one.sent == one.printed { "identical" } else { "DIFFERENT" };
            let _ = writeln!(
                text,
                "| {} | {:.2} / {:.2} | {:.2} / {:.2} ({:.2}) | {:.2} | ≤ 5 | {} of {} | {same} {} | {} |",
                one.state.words(),
                one.direct.p50_ms,
                one.direct.p99_ms,
                one.relayed.p50_ms,
                one.relayed.p99_ms,
                one.relayed.longest_ms,
                one.added_p99_ms,
                one.altered,
                self.jobs,
                &one.printed[..12.min(one.printed.len())],
                one.agent,
            );
        }
        text
    }
}

/// The shop: a folder, its agent, its relay, and the printer.
struct Shop {
    edge: PathBuf,
    dir: tempfile::TempDir,
    agent: Option<Running>,
    relay: Running,
    till: SocketAddr,
    printer: TcpListener,
}

/// Measures every state, each with a relay and an agent of its own.
pub async fn run(wanted: &Relaying, at: Timestamp) -> anyhow::Result<Findings> {
    let mut states = Vec::new();
    for state in [State::Reading, State::Killed, State::Hung, State::Starved] {
        let mut shop = Shop::open().await?;
        let measured = shop.measure(state, wanted).await.with_context(|| format!("with an agent that is {state:?}"))?;
        eprintln!("{}: p99 {:.2} ms more than directly", state.words(), measured.added_p99_ms);
        states.push(measured);
        shop.close().await?;
    }
    Ok(Findings { at, jobs: wanted.jobs, bytes: wanted.bytes, states })
}

impl Shop {
    async fn open() -> anyhow::Result<Self> {
        let edge = edge()?;
        // What `/run` is in a shop: in memory.
        let dir =
            tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).context("failed to make a folder")?;
        let ports = free_ports(2)?;
        let (till, page) = (ports[0], ports[1]);
        let at = |name: &str| dir.path().join(name).display().to_string();
        let config = format!(
            "[store]\nzone = \"Europe/London\"\ncurrency = \"GBP\"\n[identity]\ndir = \"{}\"\n[outbox]\ndir = \"{}\"\n\
             [page]\nlisten = \"{page}\"\n[[printer]]\nterminal = \"till-1\"\ntap = \"{}\"\n",
            at("identity"),
            at("outbox"),
            at("tap")
        );
        std::fs::write(dir.path().join("edge.toml"), config)?;
        let printer = TcpListener::bind("127.0.0.1:0").await.context("no port for the printer")?;
        let agent = start_agent(&edge, dir.path()).await?;
        let (listen, there, tap) = (till.to_string(), printer.local_addr()?.to_string(), at("tap"));
        let args = ["relay", "--terminal", "till-1", "--listen", &listen, "--printer", &there, "--tap", &tap];
        let mut relay = Running::start(&edge, args, &dir.path().join("relay.log"))?;
        let began = Instant::now();
        loop {
            if let Some(status) = relay.ended() {
                return Err(relay.error(status).into());
            }
            if let Ok(probe) = TcpStream::connect(till).await {
                drop(probe);
                // The relay went on to the printer with it.
                let _ = timeout(Duration::from_secs(1), printer.accept()).await;
                break;
            }
            if began.elapsed() > READY {
                return Err(relay.late("took no till", READY).into());
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(Self { edge, dir, agent: Some(agent), relay, till, printer })
    }

    async fn measure(&mut self, state: State, wanted: &Relaying) -> anyhow::Result<Measured> {
        let direct_to = self.printer.local_addr()?;
        for number in 0..WARM_UP {
            for to in [direct_to, self.till] {
                self.print(to, &job(number, wanted.bytes)).await?;
            }
        }
        let pid = self.agent_pid()?;
        match state {
            State::Reading => {}
            State::Killed => {
                let agent = self.agent.take().context("the agent is not running")?;
                agent.kill().await?;
            }
            State::Hung => kill_process(pid, Signal::STOP).context("failed to stop the agent")?,
            State::Starved => {
                // Nothing more for it from now on. Of data, not of address space: of that an allocator has reserved some ahead.
                let none = Rlimit { current: Some(1), maximum: Some(1) };
                prlimit(Some(pid), Resource::Data, none).context("failed to limit the agent's memory")?;
            }
        }
        let (mut direct, mut relayed) = (Vec::new(), Vec::new());
        let (mut sent, mut printed, mut altered) = (blake3::Hasher::new(), blake3::Hasher::new(), 0);
        for number in 0..wanted.jobs {
            if state == State::Starved && number % LONG_EVERY == LONG_EVERY / 2 {
                // Compared, not measured: the times are of jobs of one size.
                let long = job(WARM_UP + number, LONG);
                let (_, bytes) = self.print(self.till, &long).await?;
                sent.update(&long);
                printed.update(&bytes);
                altered += usize::from(bytes != long);
            }
            let job = job(WARM_UP + number, wanted.bytes);
            // In turns, and each first as often as the other.
            let ways = if number % 2 == 0 { [false, true] } else { [true, false] };
            for through in ways {
                let (taken, bytes) = self.print(if through { self.till } else { direct_to }, &job).await?;
                if through {
                    relayed.push(taken);
                    sent.update(&job);
                    printed.update(&bytes);
                    altered += usize::from(bytes != job);
                } else {
                    ensure!(bytes == job, "the printer itself altered a job");
                    direct.push(taken);
                }
            }
        }
        let agent = self.fate(state, pid).await?;
        if let Some(status) = self.relay.ended() {
            return Err(self.relay.error(status).into());
        }
        let (direct, relayed) = (times(direct), times(relayed));
        let added_p99_ms = (relayed.p99_ms - direct.p99_ms).max(0.0);
        let (sent, printed) = (sent.finalize().to_string(), printed.finalize().to_string());
        Ok(Measured { state, direct, relayed, added_p99_ms, altered, sent, printed, agent })
    }

    /// One job on a connection of its own, as most tills send them: the time from its first byte to the printer's last.
    async fn print(&self, to: SocketAddr, job: &[u8]) -> anyhow::Result<(Duration, Vec<u8>)> {
        let began = Instant::now();
        let till = async {
            let mut stream = TcpStream::connect(to).await?;
            stream.set_nodelay(true)?;
            stream.write_all(job).await?;
            stream.shutdown().await?;
            // Until the printer closes.
            let _ = stream.read(&mut [0; 16]).await;
            anyhow::Ok(())
        };
        let paper = async {
            let (mut stream, _) = self.printer.accept().await?;
            let mut bytes = Vec::with_capacity(job.len());
            stream.read_to_end(&mut bytes).await?;
            anyhow::Ok((began.elapsed(), bytes))
        };
        let both = timeout(PATIENCE, async { tokio::try_join!(till, paper) }).await;
        let ((), (taken, bytes)) = both.with_context(|| format!("a job was not printed within {PATIENCE:?}"))??;
        Ok((taken, bytes))
    }

    fn agent_pid(&self) -> anyhow::Result<Pid> {
        let id = self.agent.as_ref().and_then(Running::id).context("the agent is not running")?;
        Pid::from_raw(id.cast_signed()).context("an agent has a process id")
    }

    /// What became of the agent: a trial in which it was well after all proves nothing.
    async fn fate(&mut self, state: State, pid: Pid) -> anyhow::Result<String> {
        match state {
            State::Killed => Ok("gone".to_owned()),
            State::Reading => {
                // The last jobs are on their way when the last one is printed.
                let began = Instant::now();
                let mut records = self.records_read().await?;
                while records == 0 && began.elapsed() < READY {
                    sleep(Duration::from_millis(200)).await;
                    records = self.records_read().await?;
                }
                if records == 0 {
                    let log = crate::process::tail(&self.dir.path().join("edge.log"));
                    let relay = crate::process::tail(&self.dir.path().join("relay.log"));
                    bail!("the agent read none of the jobs; its last words:\n{log}\nthe relay's:\n{relay}");
                }
                Ok(format!("{records} records read"))
            }
            State::Hung => {
                let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))?;
                let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
                ensure!(state == Some('T'), "the agent was not stopped: {state:?}");
                kill_process(pid, Signal::CONT).context("failed to let the agent go on")?;
                Ok("stopped all the while".to_owned())
            }
            State::Starved => {
                let agent = self.agent.as_mut().context("the agent is not running")?;
                let began = Instant::now();
                while began.elapsed() < STARVE {
                    if let Some(status) = agent.ended() {
                        let last = agent.error(status).to_string();
                        self.agent = None;
                        let said = last.lines().rev().find(|line| line.contains("memory")).map(str::trim);
                        let said = said.with_context(|| format!("the agent died, but not of memory: {last}"))?;
                        return Ok(format!("died ({status}): {said}"));
                    }
                    sleep(Duration::from_millis(50)).await;
                }
                bail!("the agent is alive with the memory it had: this trial proves nothing")
            }
        }
    }

    /// Records of the agent's printer input so far, as its status says; the last jobs may be on their way.
    async fn records_read(&self) -> anyhow::Result<u64> {
        let config = self.dir.path().join("edge.toml");
        let args: [&std::ffi::OsStr; 3] = ["status".as_ref(), "--config".as_ref(), config.as_ref()];
        let text = crate::process::output(&self.edge, args, &self.dir.path().join("edge.log")).await?;
        let status: serde_json::Value = serde_json::from_str(&text).context("vyavs-edge status")?;
        let inputs = status["inputs"].as_array().context("a status has inputs")?;
        Ok(inputs.iter().filter_map(|input| input["records"].as_u64()).sum())
    }

    async fn close(self) -> anyhow::Result<()> {
        self.relay.kill().await?;
        if let Some(agent) = self.agent {
            agent.kill().await?;
        }
        Ok(())
    }
}

async fn start_agent(edge: &Path, dir: &Path) -> anyhow::Result<Running> {
    let (config, ready) = (dir.join("edge.toml"), dir.join("ready"));
    let args: [&std::ffi::OsStr; 5] =
        ["run".as_ref(), "--config".as_ref(), config.as_ref(), "--ready".as_ref(), ready.as_ref()];
    let mut agent = Running::start(edge, args, &dir.join("edge.log"))?;
    let began = Instant::now();
    while !ready.is_file() {
        if let Some(status) = agent.ended() {
            return Err(agent.error(status).into());
        }
        if began.elapsed() > READY {
            bail!(agent.late("was not ready", READY));
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(agent)
}

/// A ticket with a picture on top, so long, that the agent's plain layout reads; no two are alike.
fn job(number: usize, bytes: usize) -> Vec<u8> {
    let rule = "-".repeat(42);
    let total = 2 * (number % 1000 + 1);
    let text = format!(
        "A shop\nReceipt: {number}\nTill: till-1  Op: 7\nDate: 2026-11-20 08:26:00\n{rule}\nHEART\n  85123A  {} x 2.00  {total}.00\n\
         {rule}\nSubtotal  {total}.00\nTOTAL GBP  {total}.00\nCash  {total}.00\n",
        number % 1000 + 1
    );
    let rest = bytes.saturating_sub(text.len() + 2 + 8 + CUT.len());
    let rows = (rest / 32).min(usize::from(u16::MAX));
    let mut job = b"\x1b@\x1dv0\x00\x20\x00".to_vec();
    job.extend((rows as u16).to_le_bytes());
    job.extend((0..rows * 32).map(|at| (at * 31 + number * 7) as u8));
    job.extend(text.as_bytes());
    job.extend(CUT);
    job
}

fn times(mut all: Vec<Duration>) -> Times {
    all.sort();
    let at = |share: f64| {
        let place = ((all.len() as f64 * share).ceil() as usize).clamp(1, all.len().max(1)) - 1;
        all.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    Times { p50_ms: at(0.5), p99_ms: at(0.99), longest_ms: at(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_so_long_and_no_two_are_alike() {
        for bytes in [2_000, 10_000] {
            let job = job(3, bytes);
            assert!(job.len() <= bytes && job.len() > bytes - 40, "{}", job.len());
            assert_ne!(job, super::job(4, bytes));
        }
    }

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let all: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        let found = times(all);
        assert_eq!((found.p50_ms, found.p99_ms, found.longest_ms), (100.0, 198.0, 200.0));
    }
}
