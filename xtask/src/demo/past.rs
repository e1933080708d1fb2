//! A shop's past, from the simulator's pipe into the hub's import.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};

use super::setup::Setup;
use super::shop::Shop;
use super::{Programs, relative};

/// Tickets that the live wires should have to carry at once.
const FIRST: usize = 8;

/// The wall's time, in whole seconds.
pub(crate) fn now() -> anyhow::Result<Timestamp> {
    let output = Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output().context("failed to run date")?;
    String::from_utf8_lossy(&output.stdout).trim().parse().context("date does not tell the time")
}

/// Where a shop's past ends and its live trade begins: early enough for a few tickets, ten minutes ago at the latest and
/// an hour ago at the earliest. `tickets` are the shop's, by time.
pub(crate) fn live_from(tickets: &[Timestamp], now: Timestamp) -> Timestamp {
    let ago = |minutes| now.saturating_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
    let first = tickets.iter().rev().nth(FIRST - 1).copied().unwrap_or(Timestamp::MIN);
    first.clamp(ago(60), ago(10))
}

/// Imports `days` of trade before the shop's live trade, and readings up to now.
pub(crate) fn import(programs: &Programs, setup: &Setup, shop: &Shop, days: u32) -> anyhow::Result<()> {
    let began = Instant::now();
    let path = setup.dir.join("logs").join(format!("{}-import.log", shop.slug));
    let log = File::create(&path).with_context(|| format!("failed to make {}", path.display()))?;
    let (seed, days_text) = (shop.seed.to_string(), days.to_string());
    let (until, receipts_until) = (setup.now.to_string(), shop.live_from.to_string());
    let mut history = Command::new(&programs.sim)
        .args(["history", "--seed", &seed, "--days", &days_text])
        .args(["--until", &until, "--receipts-until", &receipts_until])
        .args(setup.incident_of(shop).iter().flat_map(|incident| ["--incident", incident]))
        .arg("--store")
        .arg(&shop.spec)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log.try_clone()?)
        .spawn()
        .context("failed to start vyavs-store-sim history")?;
    let pipe = history.stdout.take().context("the history has no pipe")?;
    let imported = Command::new(&programs.hub)
        .args(["import", "--config"])
        .arg(&setup.hub_toml)
        .args(["--store", &shop.store])
        .stdin(pipe)
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()
        .context("failed to start vyavs-hub import")?;
    let written = history.wait().context("vyavs-store-sim history was lost")?;
    if !imported.success() || !written.success() {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        bail!("importing the past of {} failed; {} says:\n{}", shop.name, relative(&path), text.trim_end());
    }
    eprintln!("  {}: {days} days of trade imported ({:.1} s)", shop.name, began.elapsed().as_secs_f64());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_trade_begins_with_a_few_tickets_between_ten_minutes_and_an_hour_ago() {
        let now: Timestamp = "2026-11-23T02:00:00Z".parse().expect("a time");
        let ago = |minutes: i64| now - SignedDuration::from_mins(minutes);
        let every = |minutes: i64| (0..60).rev().map(|step| ago(step * minutes)).collect::<Vec<_>>();
        assert_eq!(live_from(&every(4), now), ago(28));
        assert_eq!(live_from(&every(1), now), ago(10), "a busy shop");
        assert_eq!(live_from(&every(30), now), ago(60), "the small hours");
        assert_eq!(live_from(&[], now), ago(60), "nobody at all");
    }
}
