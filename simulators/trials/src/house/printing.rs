//! The printing till's side of a house: the relay as its own process, and the printer behind it.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use vyavs_service::lifecycle::Lifecycle;

use super::{FAREWELL, House, READY, ensure_alive};
use crate::paper::Paper;
use crate::process::Running;

/// A relay and its printer.
#[derive(Debug)]
pub(super) struct Printing {
    terminal: String,
    /// What `/run` is in a shop: in memory.
    run: TempDir,
    /// Where the till finds its printer.
    address: SocketAddr,
    pub(super) paper: Paper,
    pub(super) relay: Option<Running>,
}

impl Printing {
    pub(super) async fn prepare(
        terminal: &str,
        address: SocketAddr,
        bytes_per_s: u32,
        life: &Lifecycle,
    ) -> anyhow::Result<Self> {
        let run = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let run = run.context("failed to make a folder for the relay's socket")?;
        let paper = Paper::start(bytes_per_s, life).await.context("failed to start the printer")?;
        Ok(Self { terminal: terminal.to_owned(), run, address, paper, relay: None })
    }

    /// Its section of `edge.toml`.
    pub(super) fn section(&self) -> String {
        format!("[[printer]]\nterminal = \"{}\"\ntap = \"{}\"\n", self.terminal, self.tap())
    }

    /// Where its socket and figures lie.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.run.path()
    }

    fn tap(&self) -> String {
        self.run.path().join("tap.sock").display().to_string()
    }
}

impl House {
    /// The tills that print, and where each finds its printer.
    pub fn printers(&self) -> impl Iterator<Item = (&str, SocketAddr)> {
        self.printing.iter().map(|printing| (&*printing.terminal, printing.address))
    }

    /// The printer, where the till prints.
    pub fn paper(&self) -> Option<&Paper> {
        self.printing.as_ref().map(|printing| &printing.paper)
    }

    /// Starts the relay, which is down, and waits until it takes a till.
    pub async fn start_relay(&mut self) -> anyhow::Result<()> {
        let printing = self.printing.as_mut().context("no till of this house prints")?;
        let address = printing.address.to_string();
        let (printer, tap) = (printing.paper.address().to_string(), printing.tap());
        let args =
            ["relay", "--terminal", &printing.terminal, "--listen", &address, "--printer", &printer, "--tap", &tap];
        let args = args.map(OsString::from);
        let mut relay = Running::start(&self.programs.edge, args, &self.out.join("relay.log"))?;
        let began = Instant::now();
        while TcpStream::connect(printing.address).await.is_err() {
            if let Some(status) = relay.ended() {
                return Err(relay.error(status).into());
            }
            if began.elapsed() > READY {
                return Err(relay.late("took no till", READY).into());
            }
            sleep(Duration::from_millis(5)).await;
        }
        printing.relay = Some(relay);
        Ok(())
    }

    fn relay(&mut self) -> anyhow::Result<Running> {
        let relay = self.printing.as_mut().and_then(|printing| printing.relay.take());
        relay.context("the relay is not running")
    }

    /// `kill -9` of the relay.
    pub async fn kill_relay(&mut self) -> anyhow::Result<()> {
        let mut relay = self.relay()?;
        ensure_alive(&mut relay)?;
        Ok(relay.kill().await?)
    }

    /// Asks the relay to stop and waits until it has.
    pub async fn stop_relay(&mut self) -> anyhow::Result<()> {
        let status = self.relay()?.stop(FAREWELL).await?;
        ensure!(status.success(), "the relay was asked to stop and ended with {status}");
        Ok(())
    }
}
