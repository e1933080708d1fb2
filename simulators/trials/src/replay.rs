//! Every recorded ticket over the journal wire, or as a printed receipt through the relay, then through agent, line,
//! broker and hub, while things go wrong.

mod findings;
mod printing;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::testing;

use crate::faults::{Done, Fault, Planned, Wanted, plan};
use crate::house::{House, Options};
use crate::ledger::{self, Held, Ticket, compare};
use crate::play::{self, Play};
use crate::source::{Record, Sample};

pub use findings::Findings;
use printing::{account, drain_paper};

/// How the till reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Lines that are acknowledged.
    Journal,
    /// Receipts on paper, through the relay, at a pace in bytes a second.
    Printer(u32),
}

impl Serialize for Wire {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Journal => "journal",
            Self::Printer(_) => "printer",
        })
    }
}

/// What the hub keeps its rows in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// A file.
    #[default]
    Sqlite,
    /// A real server, started for the trial.
    Postgres,
}

/// What to replay.
#[derive(Clone, Debug)]
pub struct Replay {
    /// What the file is.
    pub record: Record,
    /// Holds the tickets.
    pub data: PathBuf,
    /// Where everything is kept.
    pub keep: PathBuf,
    /// Which tickets.
    pub sample: Sample,
    /// Over which wire.
    pub wire: Wire,
    /// Into which database.
    pub engine: Engine,
    /// Of the faults.
    pub seed: u64,
    /// How many faults.
    pub wanted: Wanted,
}

/// Without any progress for this long, what is still out is missing.
const PATIENCE: Duration = Duration::from_secs(90);

/// Runs it. Leaves `hub.sqlite`, the ledger and the logs in `keep`.
pub async fn run(replay: &Replay, life: &Lifecycle) -> anyhow::Result<Findings> {
    let stop = life.stop_token();
    let record = replay.record;
    let prints = match replay.wire {
        Wire::Journal => None,
        Wire::Printer(bytes_per_s) => Some(bytes_per_s),
    };
    let mut wanted = record.read(&replay.data, replay.sample, prints.is_some())?;
    let lines: usize = wanted.iter().map(|ticket| ticket.lines.len()).sum();
    eprintln!("{} tickets with {lines} lines; setting up a hub and an agent", wanted.len());
    let part = tempfile::tempdir().context("failed to make a folder for the tickets")?;
    let from: &Path = match replay.sample {
        Sample::ALL => &replay.data,
        sample => {
            record.slice(&replay.data, sample, part.path())?;
            part.path()
        }
    };
    let shop = record.shop(prints.is_some());
    let server = match replay.engine {
        Engine::Sqlite => None,
        Engine::Postgres => {
            let server = testing::server().context("there is no PostgreSQL to run the hub on")?;
            Some(testing::postgres(&server).await)
        }
    };
    let database = server.as_ref().map(|database| database.url.clone());
    let options = Options { database, prints, ..Options::default() };
    let mut house = House::build_with(&replay.keep, &shop, &options, replay.seed, life).await?;
    let began = Instant::now();
    let play = Play::start(&house, &[record.flag().as_ref(), from.as_os_str()], record.window())?;
    let faults = plan(replay.seed, replay.wanted);
    let expected = (wanted.len() as u64, lines as u64);
    let (done, ledger) = Box::pin(disturb(&mut house, play, &faults, expected, &stop)).await?;
    let printed = match house.paper().cloned() {
        Some(paper) => {
            let sent = std::fs::read(house.out().join(play::COPY)).context("failed to read what the till sent")?;
            Some(drain_paper(&mut house, &paper, &sent, &stop).await?)
        }
        None => {
            if !house.drain(expected, PATIENCE).await? {
                eprintln!("nothing moved for {} s and not all is at the hub", PATIENCE.as_secs());
            }
            None
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    if printed.is_some() {
        house.stop_relay().await?;
    }
    house.stop_agent().await?;
    house.stop_hub().await?;
    eprintln!("comparing");
    let facts = (expected.0, expected.1, seconds, done, replay.seed);
    let mut found = match printed {
        None => {
            let (held, promises) = settle(&house, &ledger).await?;
            let against_ledger = compare(&promises.stored, &held);
            let against_source = compare(&wanted, &held);
            Findings::of(&house, (against_ledger, promises.quarantined), Some(against_source), held.gaps, facts)
        }
        Some(on_paper) => {
            wanted.iter_mut().for_each(|ticket| ticket.head.source = "printer".to_owned());
            account(&house, &wanted, &on_paper, facts).await?
        }
    };
    (found.wire, found.engine) = (replay.wire, replay.engine);
    drop(house);
    if let Some(database) = server {
        database.drop().await;
    }
    Ok(found)
}

/// With everything stopped: empties the log into the database file, and reads it and the ledger.
pub(crate) async fn settle(house: &House, ledger: &Path) -> anyhow::Result<(Held, ledger::Promises)> {
    Ok((settled(house).await?, ledger::read(ledger)?))
}

async fn settled(house: &House) -> anyhow::Result<Held> {
    let db = house.open_db().await?;
    let held = Held::read(&db, house.store()).await.context("failed to read what the hub holds")?;
    db.checkpoint().await.context("failed to checkpoint hub.sqlite")?;
    db.close().await;
    Ok(held)
}

/// Bytes on the line that show that agent and hub talk again.
const TALK: u64 = 32 << 10;
/// What a sale line takes on the line between agent and hub, or less.
const BYTES_A_LINE: u64 = 8;
/// A fault does not wait longer than this for them to talk.
const QUIET: Duration = Duration::from_secs(3);

/// How far a run is, and when that last changed.
struct Progress {
    acknowledged: u64,
    held: u64,
    moved: Instant,
    looked: Instant,
}

impl Progress {
    /// Half of a run is that the till was heard, half that the hub has it: a fault may strike in either. A printer is
    /// slower than everything behind it, and what it lost on the way nobody ever has.
    fn share(&self, (receipts, lines): (u64, u64), prints: bool) -> f64 {
        let heard = self.acknowledged as f64 / receipts.max(1) as f64;
        if prints { heard } else { (heard + self.held as f64 / lines.max(1) as f64) / 2.0 }
    }

    async fn look(&mut self, house: &House, play: &mut Play) -> anyhow::Result<()> {
        let mut now = (play.acknowledged()?, self.held);
        if self.looked.elapsed() > Duration::from_millis(300) {
            self.looked = Instant::now();
            now.1 = house.held().await?.1;
        }
        if now != (self.acknowledged, self.held) {
            self.moved = Instant::now();
            (self.acknowledged, self.held) = now;
        }
        Ok(())
    }
}

/// Lets the faults strike as the run gets on, until the till is done and the line is good again. A bad line strikes a
/// good one: it waits until the last is over and they talk again. Gives the ledger's place.
async fn disturb(
    house: &mut House,
    mut play: Play,
    faults: &[Planned],
    total: (u64, u64),
    stop: &CancellationToken,
) -> anyhow::Result<(Done, PathBuf)> {
    let mut done = Done::default();
    let mut left = faults.iter().peekable();
    let mut heal_at: Option<Instant> = None;
    let mut told = Instant::now();
    let mut progress = Progress { acknowledged: 0, held: 0, moved: told, looked: told };
    let mut last = (told, 0);
    // A small record is told in few bytes: its faults still strike while it is told.
    let enough = TALK.min(total.1 * BYTES_A_LINE / (faults.len() as u64 + 1));
    loop {
        if stop.is_cancelled() {
            bail!("interrupted");
        }
        house.check()?;
        let ended = play.ended();
        progress.look(house, &mut play).await?;
        let still = progress.moved.elapsed() > PATIENCE;
        let traffic = house.chaos().traffic().up;
        if heal_at.is_some_and(|at| Instant::now() >= at) {
            house.chaos().heal();
            heal_at = None;
            last = (Instant::now(), traffic);
        }
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            let Progress { acknowledged, held, .. } = progress;
            let (receipts, lines) = total;
            let faults = left.len();
            eprintln!(
                "{acknowledged} of {receipts} receipts acknowledged, {held} of {lines} lines held; {faults} faults to come"
            );
        }
        let talk = traffic >= last.1 + enough || last.0.elapsed() > QUIET;
        let share = progress.share(total, house.paper().is_some());
        let strikes = |planned: &&Planned| {
            let bad_line = matches!(planned.fault, Fault::Line(..));
            planned.at <= share && talk && (heal_at.is_none() || !bad_line)
        };
        if let Some(planned) = left.next_if(strikes) {
            match planned.fault {
                Fault::Line(fault, lasts) => {
                    fault.apply(house.chaos());
                    heal_at = Some(Instant::now() + lasts);
                }
                Fault::AgentKill { down } => {
                    house.kill_agent().await?;
                    sleep(down).await;
                    house.start_agent().await?;
                }
                Fault::HubKill { down } => {
                    house.kill_hub().await?;
                    sleep(down).await;
                    house.start_hub().await?;
                }
                Fault::RelayKill { down } => {
                    house.kill_relay().await?;
                    sleep(down).await;
                    house.start_relay().await?;
                }
                Fault::BrokerRestart => {
                    house.stop_hub().await?;
                    house.start_hub().await?;
                }
            }
            last = (Instant::now(), house.chaos().traffic().up);
            progress.moved = last.0;
            done.count(&planned.fault);
            continue;
        }
        if let Some(status) = ended
            && (left.peek().is_none() || still)
            && heal_at.is_none()
        {
            play.check(status)?;
            house.chaos().heal();
            return Ok((done, play.ledger().to_owned()));
        }
        if still && ended.is_none() {
            bail!("the till was told nothing for {} s; see the logs in {}", PATIENCE.as_secs(), house.out().display());
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// How many receipts and lines a list has.
pub(crate) fn size(tickets: &[Ticket]) -> (u64, u64) {
    (tickets.len() as u64, tickets.iter().map(|ticket| ticket.lines.len() as u64).sum())
}
