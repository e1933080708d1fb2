//! Offline for long: how much disk the records take, and what a start with all of them costs.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use vyavs_delivery::frame::Encoder;
use vyavs_domain::time::BootId;
use vyavs_edge_agent::outbox::OutboxConfig;
use vyavs_edge_agent::outbox::queue::dir_bytes;
use vyavs_edge_agent::outbox::store::Store;
use vyavs_service::clock::Clock;
use vyavs_service::config::ByteSize;

use crate::load::record;

/// An outbox with the defaults that ship, and no quota to meet.
pub(crate) fn store(dir: &Path) -> anyhow::Result<Store> {
    let config = OutboxConfig { dir: dir.to_owned(), quota: ByteSize(u64::MAX / 4), ..OutboxConfig::default() };
    Ok(Store::open(config, Clock::system(), BootId(uuid::Uuid::nil()), Arc::new(|_| Vec::new()))?)
}

/// What records took on the disk.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Disk {
    /// How many.
    pub(crate) records: u64,
    /// Records in one commit, half of each stream.
    pub(crate) commit: u64,
    /// Of the whole directory, the generation that is written included.
    pub(crate) bytes: u64,
    /// That, for one record.
    pub(crate) bytes_per_record: f64,
    /// Most it was at any time: before the last generations were packed, or while.
    pub(crate) peak_bytes: u64,
}

/// Writes `records` in commits of `commit` with nobody to send them to; what closes is packed as it goes.
pub(crate) fn fill(dir: &Path, records: u64, commit: u64) -> anyhow::Result<Disk> {
    let store = store(dir)?;
    let mut encoder = Encoder::new();
    let mut peak = 0;
    for (nth, from) in (0..records).step_by(usize::try_from(commit)?).enumerate() {
        let batch: Vec<_> = (from..(from + commit).min(records)).map(record).collect();
        store.append(&mut encoder, &batch)?;
        if nth % 32 == 0 {
            store.housekeep()?;
            while store.compact(&mut |_| true)?.is_some() {}
            peak = peak.max(store.used());
        }
    }
    store.housekeep()?;
    while store.compact(&mut |_| true)?.is_some() {}
    drop(store);
    let bytes = dir_bytes(dir);
    Ok(Disk { records, commit, bytes, bytes_per_record: bytes as f64 / records as f64, peak_bytes: peak.max(bytes) })
}

/// What a start cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    /// Unsent records found.
    pub(crate) backlog: u64,
    /// Until the outbox was open.
    pub(crate) open_ms: f64,
    /// From the start of opening until one more record was durable.
    pub(crate) first_append_ms: f64,
    /// Resident memory before opening.
    pub(crate) rss_before_kib: u64,
    /// After the first append.
    pub(crate) rss_after_kib: u64,
}

/// Starts in a process of its own, with cold memory; the disk's cache is as warm as it is.
pub(crate) fn start(dir: &Path) -> anyhow::Result<Start> {
    let output = Command::new(std::env::current_exe()?).arg("--start-in").arg(dir).output()?;
    ensure!(output.status.success(), "the start failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("the start did not say what it cost")
}

/// The other side of [`start`].
pub(crate) fn started(dir: &Path) -> anyhow::Result<Start> {
    let rss_before_kib = rss_kib()?;
    let asked = Instant::now();
    let store = store(dir)?;
    let open_ms = asked.elapsed().as_secs_f64() * 1000.0;
    store.append(&mut Encoder::new(), &[record(1)])?;
    let first_append_ms = asked.elapsed().as_secs_f64() * 1000.0;
    let rss_after_kib = rss_kib()?;
    let backlog = store.status().streams.iter().map(|stream| stream.unsent).sum::<u64>() - 1;
    Ok(Start { backlog, open_ms, first_append_ms, rss_before_kib, rss_after_kib })
}

fn rss_kib() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("failed to read /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in /proc/self/status")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
