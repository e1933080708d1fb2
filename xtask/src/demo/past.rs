//! A shop's past, from the simulator's pipe into the hub's import.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

use super::setup::Setup;
use super::shop::Shop;
use super::{Programs, relative};

/// The wall's time, as the simulator reads it.
pub(crate) fn now() -> anyhow::Result<String> {
    let output = Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output().context("failed to run date")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Imports `days` of trade before `until`.
pub(crate) fn import(programs: &Programs, setup: &Setup, shop: &Shop, days: u32, until: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    let path = setup.dir.join("logs").join(format!("{}-import.log", shop.slug));
    let log = File::create(&path).with_context(|| format!("failed to make {}", path.display()))?;
    let mut history = Command::new(&programs.sim)
        .args(["history", "--seed", &shop.seed.to_string(), "--days", &days.to_string(), "--until", until, "--store"])
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
