//! The simulated till as a process: what it plays, and how far it has been told that it was heard.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::Context;

use crate::house::House;
use crate::process::Running;

/// What the till sent to its printer, in the folder of the house.
pub const COPY: &str = "printed.bin";

/// A running `vyavs-store-sim play` and its ledger.
#[derive(Debug)]
pub struct Play {
    running: Running,
    ledger: PathBuf,
    /// Read so far: bytes and lines.
    seen: (u64, u64),
}

impl Play {
    /// Plays onto the journals, or the printer, of `house` what `what` says, at full speed.
    pub fn start(house: &House, what: &[&std::ffi::OsStr], window: Option<u32>) -> anyhow::Result<Self> {
        let ledger = house.out().join("ledger.jsonl");
        let mut args: Vec<std::ffi::OsString> = vec!["play".into()];
        args.extend(what.iter().map(|arg| arg.to_os_string()));
        for (terminal, address) in house.journals() {
            args.push("--journal".into());
            args.push(format!("{terminal}={address}").into());
        }
        for (terminal, address) in house.printers() {
            args.push("--printer".into());
            args.push(format!("{terminal}={address}").into());
            args.push("--print-copy".into());
            args.push(house.out().join(COPY).into_os_string());
        }
        args.extend(["--speed".into(), "max".into(), "--ledger".into(), ledger.clone().into_os_string()]);
        if let Some(window) = window {
            args.extend(["--window".into(), window.to_string().into()]);
        }
        let running = Running::start(&house.programs().sim, args, &house.out().join("store-sim.log"))?;
        Ok(Self { running, ledger, seen: (0, 0) })
    }

    /// How many items the till was told are durable.
    pub fn acknowledged(&mut self) -> anyhow::Result<u64> {
        // Not there yet is nothing yet.
        let Ok(mut file) = File::open(&self.ledger) else { return Ok(0) };
        file.seek(SeekFrom::Start(self.seen.0))?;
        let mut buffer = [0; 64 << 10];
        loop {
            let count = file.read(&mut buffer).with_context(|| format!("failed to read {}", self.ledger.display()))?;
            if count == 0 {
                return Ok(self.seen.1);
            }
            self.seen.0 += count as u64;
            self.seen.1 += buffer[..count].iter().filter(|byte| **byte == b'\n').count() as u64;
        }
    }

    /// Its status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.running.ended()
    }

    /// An error when it ended badly.
    pub fn check(&self, status: ExitStatus) -> anyhow::Result<()> {
        if status.success() { Ok(()) } else { Err(self.running.error(status).into()) }
    }

    /// The ledger it writes.
    pub fn ledger(&self) -> &Path {
        &self.ledger
    }

    /// Asks it to stop; it waits for the acknowledgements that are out.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { running, .. } = self;
        let status = running.stop(Duration::from_secs(30)).await?;
        anyhow::ensure!(status.success(), "the till was asked to stop and ended with {status}");
        Ok(())
    }
}
