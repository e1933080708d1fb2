//! The relay on serial lines: what a cable does, with a witness.
//!
//! Bytes go on in both directions as they come, status included. A printer that takes nothing stops us, and we stop reading
//! the till: with flow control the till waits, as it does on a cable; without, its adapter overruns, as it would there. What
//! was read and not yet written when a plug is pulled waits for it to come back; what an adapter has taken is on its way.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracing::{debug, info, warn};
use vyavs_bridge::port::{Port, PortConfig};
use vyavs_service::backoff::Backoff;

use super::ends::PrinterEnd;
use super::feed::Feed;
use super::{RelayConfig, Witness, reset, tune};

/// One read. Small: what is in here is not yet on the line, and a killed relay takes it along.
const PIECE: usize = 1024;
/// What a printer said and its till has not taken.
const MAX_WORDS: usize = 4 * 1024;
/// Bounds of the wait before a port that is gone is tried again.
const MIN_WAIT: Duration = Duration::from_millis(100);
const MAX_WAIT: Duration = Duration::from_secs(2);
/// After so long a silence a network printer is free for others.
const IDLE: Duration = Duration::from_secs(30);
/// How long a serial printer's last words are waited for when a till on the network is done.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Which side broke.
#[derive(Debug)]
enum Broken {
    Till(io::Error),
    Printer(io::Error),
    /// Nobody said anything for [`IDLE`].
    Idle,
}

/// Relays a till on a serial line for ever; dropped at the relay's end.
pub(super) async fn till_line(till: &PortConfig, config: &RelayConfig, feed: &Feed) {
    let mut number = 0;
    loop {
        let port = open(till, "the till").await;
        number += 1;
        let error = converse(number, port, config, feed).await;
        feed.closed(number);
        warn!("the till's line {} is gone: {error}", till.path.display());
    }
}

/// Opens a port, however long that takes.
async fn open(port: &PortConfig, whose: &str) -> Port {
    let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
    let mut rng = StdRng::from_os_rng();
    let mut said = false;
    loop {
        match Port::open(port) {
            Ok(open) => {
                info!("the line of {whose}, {}, is open", port.path.display());
                return open;
            }
            Err(error) if !std::mem::replace(&mut said, true) => warn!("no line to {whose}: {error}"),
            Err(error) => debug!("still no line to {whose}: {error}"),
        }
        tokio::time::sleep(backoff.next(&mut rng)).await;
    }
}

/// As long as the till's port lives; printers may come and go meanwhile.
async fn converse(number: u64, mut till: Port, config: &RelayConfig, feed: &Feed) -> io::Error {
    let mut witness = Witness { feed, number, last: 0 };
    let mut pending = Vec::with_capacity(PIECE);
    loop {
        let broken = match &config.printer {
            PrinterEnd::Serial(port) => {
                let printer = open(port, "the printer").await;
                exchange(&mut till, printer, &mut pending, &mut witness, None).await
            }
            PrinterEnd::Tcp(address) => {
                // Nothing to print: nobody is kept from the printer.
                if pending.is_empty() {
                    match read(&mut till, &mut pending).await {
                        Ok(()) => {}
                        Err(error) => return error,
                    }
                }
                let printer = connect(address, Duration::from_millis(config.connect_timeout_ms)).await;
                exchange(&mut till, printer, &mut pending, &mut witness, Some(IDLE)).await
            }
        };
        match broken {
            Broken::Till(error) => return error,
            Broken::Printer(error) => {
                let waiting = pending.len();
                warn!(waiting, "the printer {} is gone: {error}; {waiting} bytes wait for it", config.printer);
            }
            Broken::Idle => {}
        }
    }
}

/// Connects, however long that takes.
async fn connect(address: &str, patience: Duration) -> TcpStream {
    let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
    let mut rng = StdRng::from_os_rng();
    let mut said = false;
    loop {
        let why = match timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(printer)) => {
                tune(&printer);
                return printer;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer in {} ms", patience.as_millis()),
        };
        if !std::mem::replace(&mut said, true) {
            warn!("the printer {address} does not answer: {why}");
        }
        tokio::time::sleep(backoff.next(&mut rng)).await;
    }
}

/// Both ways, until one side breaks or, where that is asked for, both are silent. `pending` keeps what was read of the till
/// and not written to the printer.
async fn exchange(
    till: &mut Port,
    printer: impl AsyncRead + AsyncWrite,
    pending: &mut Vec<u8>,
    witness: &mut Witness<'_>,
    idle: Option<Duration>,
) -> Broken {
    let (mut till_read, mut till_write) = tokio::io::split(till);
    let (mut printer_read, mut printer_write) = tokio::io::split(printer);
    let forth = async {
        loop {
            if pending.is_empty() {
                let more = read(&mut till_read, pending);
                let read = match idle {
                    None => more.await,
                    Some(idle) => match timeout(idle, more).await {
                        Ok(read) => read,
                        Err(_) => return Broken::Idle,
                    },
                };
                if let Err(error) = read {
                    return Broken::Till(error);
                }
            }
            if let Err(error) = write(&mut printer_write, pending, witness).await {
                return Broken::Printer(error);
            }
        }
    };
    let back = async {
        let mut words = Words::default();
        loop {
            if let Err(broken) = words.step(&mut printer_read, &mut till_write).await {
                return broken;
            }
        }
    };
    tokio::select! {
        broken = forth => broken,
        broken = back => broken,
    }
}

/// What a printer says, on its way to the till. A till that does not listen stops neither the printer nor the paper: what has
/// no room is lost, as it is on a cable.
#[derive(Default)]
struct Words {
    waiting: Vec<u8>,
    fresh: Vec<u8>,
}

impl Words {
    /// Hears some more, or hands some on. Safe to drop half-way.
    async fn step(
        &mut self,
        printer: &mut (impl AsyncRead + Unpin),
        till: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Broken> {
        tokio::select! {
            heard = read(printer, &mut self.fresh) => {
                heard.map_err(Broken::Printer)?;
                let room = MAX_WORDS - self.waiting.len();
                let lost = self.fresh.len().saturating_sub(room);
                if lost > 0 {
                    debug!(lost, "the till does not listen to its printer");
                }
                self.waiting.extend(self.fresh.drain(..).take(room));
            }
            told = till.write(&self.waiting), if !self.waiting.is_empty() => {
                let count = told.map_err(Broken::Till)?;
                self.waiting.drain(..count);
            }
        }
        Ok(())
    }
}

/// Some more bytes; the end of a line is an error.
async fn read(from: &mut (impl AsyncRead + Unpin), into: &mut Vec<u8>) -> io::Result<()> {
    match from.read_buf(into).await? {
        0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it was hung up")),
        _ => Ok(()),
    }
}

/// Writes what it can of `pending` and takes that out; the copy for the agent is what was written.
async fn write(to: &mut (impl AsyncWrite + Unpin), pending: &mut Vec<u8>, witness: &mut Witness<'_>) -> io::Result<()> {
    let (number, before) = (witness.number, witness.last);
    let printing = witness.printing(pending);
    let written = to.write(pending).await;
    let count = match written {
        Ok(count) if count == pending.len() => {
            printing.printed(number, pending);
            count
        }
        other => {
            // Not all: only what went is the tap's.
            drop(printing);
            witness.last = before;
            let count = other?;
            if count == 0 {
                return Err(io::Error::from(io::ErrorKind::WriteZero));
            }
            witness.printing(&pending[..count]).printed(number, &pending[..count]);
            count
        }
    };
    pending.drain(..count);
    Ok(())
}

/// A serial printer for tills on the network: one connection at a time, as a network printer has it.
#[derive(Debug)]
pub(super) struct SharedPrinter {
    config: PortConfig,
    port: Mutex<Option<Port>>,
}

impl SharedPrinter {
    pub(super) fn new(config: PortConfig) -> Arc<Self> {
        Arc::new(Self { config, port: Mutex::new(None) })
    }

    /// One connection of the till, to its end. Others wait; without a printer it is reset.
    pub(super) async fn serve(self: Arc<Self>, number: u64, mut till: TcpStream, feed: Arc<Feed>) {
        tune(&till);
        let mut port = self.port.lock().await;
        if port.is_none() {
            match Port::open(&self.config) {
                Ok(open) => *port = Some(open),
                Err(error) => {
                    warn!("no line to the printer: {error}");
                    return reset(&till);
                }
            }
        }
        let Some(printer) = port.as_mut() else { return reset(&till) };
        let copied = self.copy(number, &mut till, printer, &feed).await;
        feed.closed(number);
        match copied {
            Ok(()) => {}
            Err(Broken::Printer(error)) => {
                warn!("the printer's line {} is gone: {error}", self.config.path.display());
                *port = None;
                reset(&till);
            }
            Err(broken) => {
                debug!(connection = number, "the connection broke: {broken:?}");
                reset(&till);
            }
        }
    }

    async fn copy(&self, number: u64, till: &mut TcpStream, printer: &mut Port, feed: &Feed) -> Result<(), Broken> {
        let mut witness = Witness { feed, number, last: 0 };
        let (mut till_read, mut till_write) = till.split();
        let (mut printer_read, mut printer_write) = tokio::io::split(printer);
        let forth = async {
            let mut pending = Vec::with_capacity(PIECE);
            loop {
                match till_read.read_buf(&mut pending).await {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    Err(error) => return Err(Broken::Till(error)),
                }
                while !pending.is_empty() {
                    write(&mut printer_write, &mut pending, &mut witness).await.map_err(Broken::Printer)?;
                }
            }
        };
        let mut words = Words::default();
        tokio::pin!(forth);
        let mut done = false;
        loop {
            tokio::select! {
                ended = &mut forth, if !done => {
                    ended?;
                    done = true;
                }
                () = tokio::time::sleep(LAST_WORDS), if done => {
                    return till_write.shutdown().await.map_err(Broken::Till);
                }
                stepped = words.step(&mut printer_read, &mut till_write) => stepped?,
            }
        }
    }
}
