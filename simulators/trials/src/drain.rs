//! How fast a backlog drains: an agent full of receipts meets its hub, through TLS, guard, broker and commit.

use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use vyavs_store::{Db, audit, testing};

use crate::feed::{BETWEEN, Feed};
use crate::rig::{Plan, Rig, cpu_time};

/// What drains.
#[derive(Clone, Debug)]
pub struct Drain {
    /// Sale lines in the backlog; a receipt's head comes on top for every [`LINES`] of them.
    pub records: u64,
    /// The hub's database.
    pub database: Database,
    /// Where agent and hub keep their files; `None` is the system's temporary directory.
    pub dir: Option<std::path::PathBuf>,
}

/// The hub's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    /// A file.
    Sqlite,
    /// The server of `VYAVS_TEST_PG_URL`, or a private one.
    Postgres,
}

/// Lines of a receipt.
pub const LINES: u32 = 20;
const TILLS: usize = 4;
/// A drain that stands still for this long will not go on.
const STANDSTILL: Duration = Duration::from_secs(60);

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Drained {
    /// The hub's database.
    pub database: Database,
    /// Sale lines that were owed, and are stored.
    pub records: u64,
    /// Heads of receipts beside them.
    pub heads: u64,
    /// Sale lines a second the agent took from its tills, each receipt acknowledged after the disk sync.
    pub filled_per_s: f64,
    /// From the start of the agent's process until the hub had everything.
    pub seconds: f64,
    /// Sale lines a second of that time.
    pub records_per_s: f64,
    /// From its first commit to its last: without the start of the agent, its look at the disk and the handshake.
    pub steady_per_s: f64,
    /// Processor time of the agent meanwhile.
    pub agent_cpu_s: f64,
    /// And of the hub; a database server's is not in it.
    pub hub_cpu_s: f64,
}

/// Fills, drains and counts.
pub async fn run(drain: &Drain, now: Timestamp) -> anyhow::Result<Drained> {
    let database = match drain.database {
        Database::Sqlite => None,
        Database::Postgres => {
            let server = testing::server().context("there is no PostgreSQL to run the hub on")?;
            Some(testing::postgres(&server).await)
        }
    };
    let url = database.as_ref().map(|database| database.url.clone());
    let plan = Plan { database: url, tills: TILLS, edge: String::new(), dir: drain.dir.clone() };
    let mut rig = Rig::build(&plan).await?;
    let done = measure(&mut rig, drain, now).await;
    drop(rig);
    if let Some(database) = database {
        database.drop().await;
    }
    done
}

/// Fills the agent through its journals while no hub is there; how long that took.
pub(crate) async fn fill(rig: &Rig, receipts: u64, now: Timestamp) -> anyhow::Result<Duration> {
    let tills = rig.journals().len() as u64;
    let each = receipts.div_ceil(tills);
    let span = BETWEEN * i32::try_from(each).unwrap_or(i32::MAX);
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    let mut left = receipts;
    for (till, address) in (0..).zip(rig.journals().iter().copied()) {
        let receipts = each.min(left);
        left -= receipts;
        let from = 1_000_000 * (till + 1);
        let begins = now - span - SignedDuration::from_mins(1);
        let feed = Feed { receipts, lines: LINES, from, begins, window: 64, every: None };
        tasks.spawn(async move { feed.run(address).await });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(began.elapsed())
}

async fn measure(rig: &mut Rig, drain: &Drain, now: Timestamp) -> anyhow::Result<Drained> {
    let receipts = drain.records.div_ceil(u64::from(LINES));
    let lines = receipts * u64::from(LINES);
    rig.start_agent().await?;
    eprintln!("filling: {receipts} receipts with {lines} lines");
    let filling = fill(rig, receipts, now).await?;
    rig.stop_agent().await?;
    rig.start_hub().await?;
    let db = Db::open(rig.url()).await?;
    eprintln!("draining");
    let began = Instant::now();
    rig.start_agent().await?;
    let (hub, agent) = (rig.pid("hub")?, rig.pid("edge")?);
    let hub_before = cpu_time(hub)?;
    let owed = receipts + lines;
    let (mut through, mut moved, mut first) = (0, Instant::now(), None);
    let (last, seconds) = loop {
        sleep(Duration::from_millis(50)).await;
        rig.check()?;
        let mut tx = db.begin_read_hub().await?;
        let settled = audit::settled(&mut tx, rig.store()).await?;
        tx.rollback().await?;
        let stored: u64 = settled.iter().map(|(_, _, through)| through).sum();
        if stored != through {
            (through, moved) = (stored, Instant::now());
            first.get_or_insert((stored, moved));
        }
        if stored >= owed {
            break (moved, moved.duration_since(began).as_secs_f64());
        }
        ensure!(moved.elapsed() < STANDSTILL, "{stored} of {owed} records are stored, and nothing moves");
    };
    let (agent_cpu, hub_cpu) = (cpu_time(agent)?, cpu_time(hub)?.saturating_sub(hub_before));
    let mut tx = db.begin_read_hub().await?;
    let held = audit::counts(&mut tx, rig.store()).await?;
    tx.rollback().await?;
    ensure!(held == (receipts, lines), "the hub holds {held:?} receipts and lines, expected {receipts} and {lines}");
    if let Db::Sqlite { writer, reader } = db {
        reader.close().await;
        writer.close().await;
    }
    // What the hub said is settled: the agent owes nothing.
    let unsent = loop {
        let unsent = rig.status().await?["outbox"]["unsent"].as_u64().unwrap_or(u64::MAX);
        if unsent == 0 || last.elapsed() > STANDSTILL {
            break unsent;
        }
        sleep(Duration::from_millis(500)).await;
    };
    ensure!(unsent == 0, "the hub has everything, but the agent still owes {unsent} records");
    rig.stop_agent().await?;
    rig.stop_hub().await?;
    let (before, from) = first.unwrap_or((0, began));
    let steady =
        (owed - before) as f64 * lines as f64 / owed as f64 / last.duration_since(from).as_secs_f64().max(1e-9);
    Ok(Drained {
        database: drain.database,
        records: lines,
        heads: receipts,
        filled_per_s: lines as f64 / filling.as_secs_f64(),
        seconds,
        records_per_s: lines as f64 / seconds,
        steady_per_s: steady,
        agent_cpu_s: agent_cpu.as_secs_f64(),
        hub_cpu_s: hub_cpu.as_secs_f64(),
    })
}
