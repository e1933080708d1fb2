//! `vyavs-edge relay`: sits on the wire between till and printer and must never be felt.
//!
//! A process of its own that copies bytes both ways, verbatim, and works with the agent dead, hung or slow: it fails
//! open. A bounded copy goes to the agent through [`tap`]. Without a printer the till's connection is reset, as it would
//! be without the relay. Either end may be a serial line ([`serial`]). What a killed relay had in hand is named by the next one ([`tally`]).

pub mod ends;
mod feed;
mod ring;
mod serial;
mod tally;
mod tap;
pub mod wire;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use vyavs_domain::ids::TerminalId;
use vyavs_service::clock::Clock;
use vyavs_service::config::ByteSize;

pub use vyavs_codec::escpos::jobs::Ended;
pub use wire::TapAddress;

pub use ends::{PrinterEnd, TillEnd};

use feed::Feed;
use serial::SharedPrinter;
use tally::{Count, Tally};

/// One read; also what a slow printer makes the till wait for at most.
const PIECE: usize = 16 * 1024;
/// Connections at a time: a till has one or two.
const MAX_CONNECTIONS: usize = 256;
/// How long a printer may take to close its side after the till's last byte.
const DRAIN: Duration = Duration::from_secs(60);
/// What open connections get when the relay stops.
const FAREWELL: Duration = Duration::from_secs(5);
const KEEPALIVE: Duration = Duration::from_secs(30);
/// What may lie in a socket on either side. The kernel would take megabytes: a till would believe printed what a killed
/// relay takes with it.
const SOCKET_BUFFER: usize = 8 * 1024;

/// The relay of one printer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayConfig {
    /// The till whose receipts these are.
    pub terminal: TerminalId,
    /// Where the till finds its "printer".
    pub listen: TillEnd,
    /// The printer.
    pub printer: PrinterEnd,
    /// Where the agent takes print jobs.
    pub tap: TapAddress,
    /// Where a killed relay leaves its figures, a file in memory; if not given, `.tally` beside the tap's socket, and nowhere
    /// when the tap is TCP.
    #[serde(default)]
    pub tally: Option<PathBuf>,
    /// What is kept for the agent.
    #[serde(default = "one_mebibyte")]
    pub ring: ByteSize,
    /// A pause that ends a job.
    #[serde(default = "two_seconds")]
    pub idle_ms: u64,
    /// A pause that ends a job whose paper is cut.
    #[serde(default = "a_moment")]
    pub after_cut_ms: u64,
    /// How long the printer may take to answer.
    #[serde(default = "three_seconds")]
    pub connect_timeout_ms: u64,
}

fn one_mebibyte() -> ByteSize {
    ByteSize(1 << 20)
}

fn two_seconds() -> u64 {
    2_000
}

fn a_moment() -> u64 {
    300
}

fn three_seconds() -> u64 {
    3_000
}

impl RelayConfig {
    /// With all bounds at their defaults.
    pub fn new(terminal: TerminalId, listen: TillEnd, printer: PrinterEnd, tap: TapAddress) -> Self {
        Self {
            terminal,
            listen,
            printer,
            tap,
            tally: None,
            ring: one_mebibyte(),
            idle_ms: two_seconds(),
            after_cut_ms: a_moment(),
            connect_timeout_ms: three_seconds(),
        }
    }
}

impl RelayConfig {
    fn tally_path(&self) -> Option<PathBuf> {
        self.tally.clone().or_else(|| match &self.tap {
            TapAddress::Path(tap) => {
                let mut name = tap.file_name()?.to_owned();
                name.push(".tally");
                Some(tap.with_file_name(name))
            }
            TapAddress::Tcp(_) => None,
        })
    }
}

/// Why a relay cannot work.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The address for the till is not free.
    #[error("failed to listen for the till on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No thread for the tap.
    #[error("failed to start the tap")]
    Tap(#[source] io::Error),
}

/// A relay that listens.
#[derive(Debug)]
pub struct Relay {
    config: RelayConfig,
    /// None where the till is on a serial line.
    listener: Option<TcpListener>,
}

/// Binds and relays until `stop`.
pub async fn run(config: RelayConfig, stop: CancellationToken) -> Result<(), RelayError> {
    Relay::bind(config).await?.run(stop).await
}

impl Relay {
    /// Listens for the till. A serial line is opened when it is there.
    pub async fn bind(config: RelayConfig) -> Result<Self, RelayError> {
        let listener = match &config.listen {
            TillEnd::Serial(_) => None,
            TillEnd::Tcp(address) => {
                let failed = |source| RelayError::Listen { address: *address, source };
                let listener = TcpListener::bind(address).await.map_err(failed)?;
                // Connections inherit it; set later, it would not bound what the till may send ahead.
                SockRef::from(&listener).set_recv_buffer_size(SOCKET_BUFFER).map_err(failed)?;
                Some(listener)
            }
        };
        Ok(Self { config, listener })
    }

    /// Where it listens, the port resolved; an error for a serial line.
    pub fn address(&self) -> io::Result<SocketAddr> {
        let listener = self.listener.as_ref();
        listener.ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "a serial line has no address"))?.local_addr()
    }

    /// Relays until `stop`; open connections get a moment to end.
    pub async fn run(self, stop: CancellationToken) -> Result<(), RelayError> {
        let Self { config, listener } = self;
        // The copy's queue is a quarter of the ring: both together are what the tap costs.
        let limit = usize::try_from(config.ring.0 / 4).unwrap_or(usize::MAX).max(4 * PIECE);
        let tally_at = config.tally_path();
        if tally_at.is_none() {
            warn!(
                "what this relay has in hand when it is killed cannot be named: give it a file in memory with --tally"
            );
        }
        let feed = Arc::new(Feed::new(limit, Tally::open(tally_at.as_deref())));
        let ended = CancellationToken::new();
        let tap = tap::spawn(config.clone(), feed.clone(), Clock::system(), ended.clone()).map_err(RelayError::Tap)?;
        info!(terminal = %config.terminal, "relaying {} to {}", config.listen, config.printer);
        let config = Arc::new(config);
        match listener {
            Some(listener) => take_tills(listener, &config, &feed, &stop).await,
            None => {
                if let TillEnd::Serial(port) = &config.listen {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = serial::till_line(port, &config, &feed) => {}
                    }
                }
            }
        }
        ended.cancel();
        let _ = tokio::task::spawn_blocking(move || tap.join()).await;
        Ok(())
    }
}

/// Serves tills on the network until `stop`; open connections get a moment to end.
async fn take_tills(listener: TcpListener, config: &Arc<RelayConfig>, feed: &Arc<Feed>, stop: &CancellationToken) {
    let line = match &config.printer {
        PrinterEnd::Serial(port) => Some(SharedPrinter::new(port.clone())),
        PrinterEnd::Tcp(_) => None,
    };
    let mut connections = JoinSet::new();
    let mut number = 0_u64;
    loop {
        let room = connections.len() < MAX_CONNECTIONS;
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if room => match accepted {
                Ok((till, _)) => {
                    number += 1;
                    match (&line, &config.printer) {
                        (Some(line), _) => connections.spawn(line.clone().serve(number, till, feed.clone())),
                        (None, PrinterEnd::Tcp(printer)) => {
                            let patience = Duration::from_millis(config.connect_timeout_ms);
                            connections.spawn(serve(number, till, printer.clone(), patience, feed.clone()))
                        }
                        (None, PrinterEnd::Serial(_)) => continue,
                    };
                }
                Err(error) => {
                    // Out of descriptors, or the peer is gone already: neither may end the relay.
                    warn!("a connection of the till was not taken: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
    let finish = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(FAREWELL, finish).await;
}

/// One connection of the till, to its end.
async fn serve(number: u64, mut till: TcpStream, address: String, patience: Duration, feed: Arc<Feed>) {
    let mut printer = match tokio::time::timeout(patience, TcpStream::connect(&address)).await {
        Ok(Ok(printer)) => printer,
        Ok(Err(error)) => {
            warn!("the printer {address} does not answer: {error}");
            return reset(&till);
        }
        Err(_) => {
            warn!("the printer {address} did not answer in {} ms", patience.as_millis());
            return reset(&till);
        }
    };
    tune(&till);
    tune(&printer);
    let copied = copy(number, &mut till, &mut printer, &feed).await;
    feed.closed(number);
    if let Err(error) = copied {
        debug!(connection = number, "the connection broke: {error}");
        reset(&till);
        reset(&printer);
    }
}

/// Small buffers, no waiting, and a peer that lost its power is found out. The till's side has its receive buffer from the
/// listener.
fn tune(stream: &TcpStream) {
    let alive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 3);
    let socket = SockRef::from(stream);
    let set = socket.set_send_buffer_size(SOCKET_BUFFER).and_then(|()| socket.set_tcp_keepalive(&alive));
    if let Err(error) = set.and_then(|()| stream.set_nodelay(true)) {
        debug!("socket options: {error}");
    }
}

/// Copies both ways until both are done.
async fn copy(number: u64, till: &mut TcpStream, printer: &mut TcpStream, feed: &Feed) -> io::Result<()> {
    // Borrowed halves: owned ones would say goodbye when they are dropped, where a reset has to be felt.
    let (mut till_read, mut till_write) = till.split();
    let (mut printer_read, mut printer_write) = printer.split();
    let done = CancellationToken::new();
    let forth = async {
        let copied = pump(&mut till_read, &mut printer_write, Some(Witness { feed, number, last: 0 })).await;
        done.cancel();
        copied
    };
    let back = pump(&mut printer_read, &mut till_write, None);
    let back = async {
        tokio::pin!(back);
        tokio::select! {
            copied = &mut back => copied,
            // The till may have closed for good: only then is there an end to waiting for the printer.
            () = done.cancelled() => match tokio::time::timeout(DRAIN, back).await {
                Ok(copied) => copied,
                Err(_) => Ok(()),
            },
        }
    };
    tokio::try_join!(forth, back).map(|_| ())
}

/// Sees what goes to the printer.
struct Witness<'a> {
    feed: &'a Feed,
    number: u64,
    /// The byte before.
    last: u8,
}

/// Bytes on their way to the printer: counted, but not the tap's yet. Dropped before that, they were not printed.
struct Printing<'a> {
    feed: &'a Feed,
    count: Option<Count>,
}

impl<'a> Witness<'a> {
    fn printing(&mut self, bytes: &[u8]) -> Printing<'a> {
        let count = Count::of(self.last, bytes);
        self.last = bytes.last().copied().unwrap_or(self.last);
        self.feed.printing(count);
        Printing { feed: self.feed, count: Some(count) }
    }
}

impl Printing<'_> {
    fn printed(mut self, number: u64, bytes: &[u8]) {
        if let Some(count) = self.count.take() {
            self.feed.bytes(number, bytes, count);
        }
    }
}

impl Drop for Printing<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.count.take() {
            self.feed.unprinted(count);
        }
    }
}

/// One direction, half-close included.
async fn pump(from: &mut ReadHalf<'_>, to: &mut WriteHalf<'_>, mut witness: Option<Witness<'_>>) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return match to.shutdown().await {
                // It closed both ways already: nothing is left to say.
                Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
                other => other,
            };
        }
        let bytes = &buffer[..count];
        let printing = witness.as_mut().map(|witness| (witness.number, witness.printing(bytes)));
        to.write_all(bytes).await?;
        if let Some((number, printing)) = printing {
            printing.printed(number, bytes);
        }
    }
}

/// What is dropped after this is reset, not closed: the till learns that its bytes did not arrive.
fn reset(stream: &TcpStream) {
    if let Err(error) = SockRef::from(stream).set_linger(Some(Duration::ZERO)) {
        debug!("no reset: {error}");
    }
}
