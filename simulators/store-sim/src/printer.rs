//! A receipt printer's wire: tickets as ESC/POS bytes to TCP 9100, in the layout `vyavs-plain`.
//!
//! The layout, which `docs/receipt-layouts.md` describes with an example and the agent's grammar of that name reads:
//! `ESC @`, `ESC t 16` (WPC1252), text lines of 42 columns, cut (`GS V 66 0`), and a drawer pulse (`ESC p 0 25 250`)
//! when cash is among the tenders.
//!
//! ```text
//! store name
//! Receipt: N
//! Till: till-1  Op: 7                      (Op only when known)
//! Date: 2010-12-01 08:26:00                (local, when the ticket was closed)
//! Kind: return                             (absent on a sale)
//! Day: 2010-11-30                          (the business day, where it is another date)
//! Customer: 17850                          (only when known)
//! ------------------------------------------
//! NAME                                     (byte for byte; an empty row when there is none)
//!   sku  qty x unit_price       line total (after the line's discount)
//!   discount                         -0.50 (only with a discount)
//!   at 2010-12-01 08:27:00                 (only when not rung at Date)
//! ------------------------------------------
//! Subtotal                          Σ lines
//! Discount                           -1.00 (only with a discount)
//! Tax                                 0.99 (only when added on top)
//! TOTAL GBP                          12.34
//! Cash                               12.34 (a row a tender)
//! ```
//!
//! A printer does not answer: what was written to the socket counts as printed. A job that a broken connection cut
//! off is printed again, whole, as a till would. The till's own buffer is small, as in a till: what it takes for
//! printed is not far from the paper.

mod layout;

use std::path::PathBuf;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::debug;
use vyavs_domain::event::TillEventKind;
use vyavs_domain::ids::TerminalId;
use vyavs_domain::time::StoreTime;
use vyavs_service::backoff::Backoff;

use crate::item::Item;
use crate::ledger::{Ledger, LedgerError, Outcome};
use crate::summary::Stats;

pub use layout::{no_sale_job, page_job, raster_job, receipt_job};

const CONNECT: Duration = Duration::from_secs(5);
/// What may lie between a till and its wire; the kernel's own idea of it is some thousand receipts.
const SEND_BUFFER: u32 = 4 * 1024;

/// A failure that the till does not get over.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// Of the list of what was printed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Of the copy of what was printed.
    #[error("failed to write the copy {path}")]
    Copy {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// How a till prints.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrinterConfig {
    /// Share of receipts printed as pictures, 0 to 1.
    pub raster: f64,
    /// Whether drawers opened without a sale send their pulse.
    pub drawer: bool,
    /// Keeps a copy of every job that was written to the wire, one after the other.
    pub copy: Option<PathBuf>,
}

impl Default for PrinterConfig {
    fn default() -> Self {
        Self { raster: 0.0, drawer: true, copy: None }
    }
}

impl PrinterConfig {
    /// Whether an event moves anything on the printer's wire: of all of them only an opened drawer does.
    pub fn says(&self, kind: &TillEventKind) -> bool {
        self.drawer && matches!(kind, TillEventKind::NoSale { .. })
    }
}

/// One till and its printer.
#[derive(Debug)]
pub struct Printer {
    /// Which till.
    pub terminal: TerminalId,
    /// The printer's port, or the relay's before it: `host:port`.
    pub address: String,
    /// How it prints.
    pub config: PrinterConfig,
    /// Printed on top.
    pub store: String,
    /// The store's reading of time.
    pub time: StoreTime,
    /// Who hears what was printed.
    pub ledger: Ledger,
    /// Who counts.
    pub stats: Stats,
}

impl Printer {
    /// Prints what `items` yields until it ends, or until `stop`.
    pub async fn run(self, mut items: Receiver<Item>, stop: CancellationToken) -> Result<(), PrintError> {
        let copying = |source| {
            let path = self.config.copy.clone().unwrap_or_default();
            PrintError::Copy { path, source }
        };
        let mut copy = match &self.config.copy {
            Some(path) => Some(File::create(path).await.map_err(copying)?),
            None => None,
        };
        let mut connection = None;
        let mut backoff = Backoff::new(Duration::from_millis(20), Duration::from_secs(2));
        let mut rng = StdRng::from_os_rng();
        loop {
            let item = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                item = items.recv() => item,
            };
            let Some(item) = item else { break };
            let Some((job, outcome)) = self.job(&item) else { continue };
            loop {
                match self.print(&mut connection, &job).await {
                    Ok(()) => break,
                    Err(why) => {
                        connection = None;
                        self.stats.add_reconnects(1);
                        debug!(terminal = %self.terminal, "the printer is tried again: {why}");
                    }
                }
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(backoff.next(&mut rng)) => {}
                }
                self.stats.add_resent(1);
            }
            backoff.reset();
            if let Some(file) = &mut copy {
                file.write_all(&job).await.map_err(copying)?;
                file.flush().await.map_err(copying)?;
            }
            self.stats.add_printed_jobs(1);
            self.stats.add_printed_bytes(job.len() as u64);
            self.ledger.write(&[(item, outcome)])?;
        }
        if let Some(mut stream) = connection {
            let _ = stream.shutdown().await;
        }
        Ok(())
    }

    fn job(&self, item: &Item) -> Option<(Vec<u8>, Outcome)> {
        match item {
            Item::Event(event) => {
                let opens = self.config.says(&event.event.kind);
                opens.then(|| (no_sale_job(), Outcome::Printed))
            }
            Item::Page(page) => Some((page_job(&page.rows), Outcome::Printed)),
            Item::Receipt(receipt) => {
                // By content, so that the same play prints the same pictures.
                let draw = (receipt.content_hash() % 10_000) as f64 / 10_000.0;
                if draw < self.config.raster {
                    return Some((raster_job(receipt), Outcome::PrintedAsImage));
                }
                Some((receipt_job(&self.store, receipt, &self.time), Outcome::Printed))
            }
        }
    }

    async fn print(&self, connection: &mut Option<TcpStream>, job: &[u8]) -> Result<(), String> {
        let stream = match connection {
            Some(stream) => stream,
            None => {
                let connected = timeout(CONNECT, connect(&self.address)).await;
                let stream = connected
                    .map_err(|_| format!("no connection within {} s", CONNECT.as_secs()))?
                    .map_err(|error| format!("failed to connect: {error}"))?;
                connection.insert(stream)
            }
        };
        // Nothing is ever read: the other side may have gone since the last job, which only shows on reading.
        let mut nothing = [0; 64];
        match stream.try_read(&mut nothing) {
            Ok(0) => return Err("the printer closed the connection".to_owned()),
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => return Err(error.to_string()),
            Ok(_) | Err(_) => {}
        }
        stream.write_all(job).await.map_err(|error| format!("failed to write: {error}"))?;
        stream.flush().await.map_err(|error| format!("failed to write: {error}"))
    }
}

async fn connect(address: &str) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "the name has no address");
    for address in lookup_host(address).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_send_buffer_size(SEND_BUFFER)?;
        match socket.connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
