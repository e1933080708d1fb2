//! Every recorded invoice over the journal wire, through agent, line, broker and hub, while things go wrong.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use vyavs_service::lifecycle::Lifecycle;

use crate::faults::{Done, Fault, Planned, Wanted, plan};
use crate::house::{House, Shop};
use crate::ledger::{self, Comparison, Counts, Gaps, Held, Ticket, compare};
use crate::play::Play;
use crate::source;

/// What to replay.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Holds the invoices.
    pub data: PathBuf,
    /// Where everything is kept.
    pub keep: PathBuf,
    /// Only the first so many invoices.
    pub limit: Option<usize>,
    /// Of the faults.
    pub seed: u64,
    /// How many faults.
    pub wanted: Wanted,
}

/// What a trial found.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// The five counts: the larger of the two lists'.
    #[serde(flatten)]
    pub counts: Counts,
    /// Lines that should be held.
    pub lines: u64,
    /// Receipts that should be held.
    pub receipts: u64,
    /// From the first receipt until all was at the hub.
    pub seconds: f64,
    /// What went wrong on purpose.
    pub faults: Done,
    /// Of all random choices.
    pub seed: u64,
    /// Receipts the agent could not read, and said so.
    pub quarantined: u64,
    /// Rows the hub met a second time and dropped.
    pub repeated: u64,
    /// Numbers of the stream in a loss statement.
    pub lost: u64,
    /// Numbers of the stream among the dead letters.
    pub dead_letters: u64,
    /// Against what the till was told.
    pub against_ledger: Counts,
    /// Against the source file, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_source: Option<Counts>,
    /// Middle and 99th percentile of the agent's starts until it reads, in ms.
    pub agent_start_ms: (u64, u64),
    /// Likewise of the hub's, until it serves.
    pub hub_start_ms: (u64, u64),
    /// The first faults found, for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl Findings {
    /// From what was compared.
    pub(crate) fn of(
        house: &House,
        ledger: (Comparison, u64),
        source: Option<Comparison>,
        gaps: Gaps,
        facts: (u64, u64, f64, Done, u64),
    ) -> Self {
        let (ledger, quarantined) = ledger;
        let (receipts, lines, seconds, faults, seed) = facts;
        let against_source = source.as_ref().map(|found| found.counts);
        let counts = against_source.map_or(ledger.counts, |counts| counts.worst(ledger.counts));
        let mut examples: Vec<String> = ledger.examples.into_iter().map(|text| format!("ledger: {text}")).collect();
        examples.extend(source.into_iter().flat_map(|found| found.examples).map(|text| format!("source: {text}")));
        let (agent, hub) = house.starts();
        Self {
            counts,
            lines,
            receipts,
            seconds,
            faults,
            seed,
            quarantined,
            repeated: gaps.repeated,
            lost: gaps.lost,
            dead_letters: gaps.dead,
            against_ledger: ledger.counts,
            against_source,
            agent_start_ms: percentiles(agent),
            hub_start_ms: percentiles(hub),
            examples,
        }
    }
}

fn percentiles(times: &[Duration]) -> (u64, u64) {
    let mut sorted = times.to_vec();
    sorted.sort();
    let at = |share: f64| {
        let place = (sorted.len() as f64 * share) as usize;
        sorted.get(place.min(sorted.len().saturating_sub(1))).map_or(0, |time| time.as_millis() as u64)
    };
    (at(0.5), at(0.99))
}

/// Without any progress for this long, what is still out is missing.
const PATIENCE: Duration = Duration::from_secs(90);

/// Runs it. Leaves `hub.sqlite`, the ledger and the logs in `keep`.
pub async fn run(replay: &Replay, life: &Lifecycle) -> anyhow::Result<Findings> {
    let stop = life.stop_token();
    let wanted = source::read(&replay.data, replay.limit)?;
    let lines: usize = wanted.iter().map(|ticket| ticket.lines.len()).sum();
    eprintln!("{} invoices with {lines} lines; setting up a hub and an agent", wanted.len());
    let part = tempfile::tempdir().context("failed to make a folder for the invoices")?;
    let from: &Path = match replay.limit {
        Some(limit) => {
            source::slice(&replay.data, limit, part.path())?;
            part.path()
        }
        None => &replay.data,
    };
    let shop = Shop {
        zone: source::ZONE.to_owned(),
        currency: source::CURRENCY.to_owned(),
        day_starts: source::DAY_STARTS.to_owned(),
        terminals: vec![source::TERMINAL.to_owned()],
    };
    let mut house = House::build(&replay.keep, &shop, replay.seed, life).await?;
    let began = Instant::now();
    let play = Play::start(&house, &["--online-retail".as_ref(), from.as_os_str()], None)?;
    let faults = plan(replay.seed, replay.wanted);
    let expected = (wanted.len() as u64, lines as u64);
    let (done, ledger) = Box::pin(disturb(&mut house, play, &faults, expected, &stop)).await?;
    if !house.drain(expected, PATIENCE).await? {
        eprintln!("nothing moved for {} s and not all is at the hub", PATIENCE.as_secs());
    }
    let seconds = began.elapsed().as_secs_f64();
    house.stop_agent().await?;
    house.stop_hub().await?;
    eprintln!("comparing");
    let (held, promises) = settle(&house, &ledger).await?;
    let against_ledger = compare(&promises.stored, &held);
    let against_source = compare(&wanted, &held);
    let facts = (expected.0, expected.1, seconds, done, replay.seed);
    Ok(Findings::of(&house, (against_ledger, promises.quarantined), Some(against_source), held.gaps, facts))
}

/// With everything stopped: empties the log into the database file, and reads it and the ledger.
pub(crate) async fn settle(house: &House, ledger: &Path) -> anyhow::Result<(Held, ledger::Promises)> {
    let db = house.open_db().await?;
    let held = Held::read(&db, house.store()).await.context("failed to read what the hub holds")?;
    db.checkpoint().await.context("failed to checkpoint hub.sqlite")?;
    db.close().await;
    Ok((held, ledger::read(ledger)?))
}

/// Bytes on the line that show that agent and hub talk again.
const TALK: u64 = 32 << 10;
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
    /// Half of a run is that the till was heard, half that the hub has it: a fault may strike in either.
    fn share(&self, (receipts, lines): (u64, u64)) -> f64 {
        (self.acknowledged as f64 / receipts.max(1) as f64 + self.held as f64 / lines.max(1) as f64) / 2.0
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
        let talk = traffic >= last.1 + TALK || last.0.elapsed() > QUIET;
        let share = progress.share(total);
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
                Fault::BrokerRestart => {
                    house.stop_hub().await?;
                    house.start_hub().await?;
                }
            }
            last = (Instant::now(), house.chaos().traffic().up);
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
