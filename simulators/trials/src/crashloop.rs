//! Kill, start, kill again: hundreds of times at random moments while a simulated shop trades on.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use vyavs_service::lifecycle::Lifecycle;

use crate::faults::{Done, Fault};
use crate::house::{House, Shop};
use crate::ledger::{Held, Key, Ticket, compare};
use crate::play::Play;
use crate::replay::{Findings, settle, size};

/// What to kill, and how often.
#[derive(Clone, Debug)]
pub struct Crash {
    /// Where everything is kept.
    pub keep: PathBuf,
    /// Of all random choices, the shop's trade included.
    pub seed: u64,
    /// `kill -9` of the agent.
    pub agent_kills: u32,
    /// `kill -9` of the hub.
    pub hub_kills: u32,
}

/// A shop with one till, as the simulator knows it.
const SHOP: &str = include_str!("../../store-sim/stores/park-street.toml");
/// A kill strikes up to this long after traffic was seen.
const LATEST_MS: u64 = 60;
/// A till with little in flight trades at the pace of the disk, so that a long loop stays small.
const WINDOW: u32 = 2;
/// A trade that stands still this long will not go on.
const STANDSTILL: Duration = Duration::from_secs(60);

/// Runs it. Leaves `hub.sqlite`, the ledger and the logs in `keep`.
pub async fn run(crash: &Crash, life: &Lifecycle) -> anyhow::Result<Findings> {
    let stop = life.stop_token();
    let shop = Shop {
        zone: said(SHOP, "zone")?,
        currency: said(SHOP, "currency")?,
        day_starts: said(SHOP, "day_starts").unwrap_or_else(|_| "04:00".to_owned()),
        terminals: vec!["till-1".to_owned()],
    };
    let mut house = House::build(&crash.keep, &shop, crash.seed, life).await?;
    let spec = tempfile::NamedTempFile::with_suffix(".toml").context("failed to write the shop's description")?;
    std::fs::write(spec.path(), SHOP)?;
    let seed = crash.seed.to_string();
    let began = Instant::now();
    let what: [&std::ffi::OsStr; 6] = [
        "--world-seed".as_ref(),
        seed.as_ref(),
        "--store".as_ref(),
        spec.path().as_ref(),
        "--from".as_ref(),
        "2026-01-05".as_ref(),
    ];
    let mut play = Play::start(&house, &what, Some(WINDOW))?;
    let ledger = play.ledger().to_owned();
    let done = strike(&mut house, &mut play, crash, &stop).await?;
    play.stop().await?;
    let promises = crate::ledger::read(&ledger)?;
    let expected = size(&promises.stored);
    if !house.drain(expected, STANDSTILL).await? {
        eprintln!("nothing moved for {} s and not all is at the hub", STANDSTILL.as_secs());
    }
    let seconds = began.elapsed().as_secs_f64();
    house.stop_agent().await?;
    house.stop_hub().await?;
    let (mut held, promises) = settle(&house, &ledger).await?;
    set_aside_in_flight(&mut held, &promises.stored);
    let found = compare(&promises.stored, &held);
    let facts = (expected.0, expected.1, seconds, done, crash.seed);
    Ok(Findings::of(&house, (found, promises.quarantined), None, held.gaps, facts))
}

/// What the till had on its way when it was told to stop: stored, perhaps, but not yet acknowledged, so nobody promised
/// it. At most a window of it, and only behind everything that was promised.
fn set_aside_in_flight(held: &mut Held, promised: &[Ticket]) {
    let known: HashSet<&Key> = promised.iter().map(|ticket| &ticket.key).collect();
    let behind: Vec<Key> = held
        .heads
        .iter()
        .rev()
        .map(|head| &head.key)
        .take_while(|key| !known.contains(key))
        .take(WINDOW as usize)
        .cloned()
        .collect();
    held.heads.retain(|head| !behind.contains(&head.key));
    held.lines.retain(|line| !behind.contains(&line.key));
}

/// Each kill waits for traffic: an acknowledgement for the agent, bytes on the line for the hub.
async fn strike(house: &mut House, play: &mut Play, crash: &Crash, stop: &CancellationToken) -> anyhow::Result<Done> {
    let mut rng = ChaCha8Rng::seed_from_u64(crash.seed);
    let mut order: Vec<bool> = (0..crash.agent_kills).map(|_| true).collect();
    order.extend((0..crash.hub_kills).map(|_| false));
    order.shuffle(&mut rng);
    let mut done = Done::default();
    let mut told = Instant::now();
    for (number, agent) in order.iter().enumerate() {
        let (acknowledged, bytes) = (play.acknowledged()?, house.chaos().traffic().up);
        let waits = Instant::now();
        loop {
            if stop.is_cancelled() {
                bail!("interrupted");
            }
            house.check()?;
            if let Some(status) = play.ended() {
                play.check(status)?;
                bail!("the trade ended before the trial did");
            }
            let moved = if *agent { play.acknowledged()? > acknowledged } else { house.chaos().traffic().up > bytes };
            if moved {
                break;
            }
            if waits.elapsed() > STANDSTILL {
                bail!(
                    "no traffic for {} s after {number} kills; see the logs in {}",
                    STANDSTILL.as_secs(),
                    house.out().display()
                );
            }
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_micros(rng.random_range(0..LATEST_MS * 1_000))).await;
        if *agent {
            house.kill_agent().await?;
            house.start_agent().await?;
            done.count(&Fault::AgentKill { down: Duration::ZERO });
        } else {
            house.kill_hub().await?;
            house.start_hub().await?;
            done.count(&Fault::HubKill { down: Duration::ZERO });
        }
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            eprintln!("{} of {} kills; {} items are acknowledged", number + 1, order.len(), play.acknowledged()?);
        }
    }
    Ok(done)
}

/// A top-level text of the shop's description.
fn said(description: &str, name: &str) -> anyhow::Result<String> {
    let line = description.lines().find_map(|line| line.trim().strip_prefix(name)?.trim_start().strip_prefix('='));
    let text = line.with_context(|| format!("the shop's description has no {name}"))?;
    Ok(text.split('#').next().unwrap_or(text).trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_shop_says_where_it_is() {
        let zone = super::said(super::SHOP, "zone").expect("a zone");
        assert!(jiff::tz::TimeZone::get(&zone).is_ok(), "{zone}");
        assert_eq!(super::said(super::SHOP, "currency").expect("a currency").len(), 3);
    }
}
