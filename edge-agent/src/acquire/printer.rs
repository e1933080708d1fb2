//! The printer tap: print jobs from `vyavs-edge relay` become receipts, events and losses, acknowledged once durable.
//!
//! Job → tokenizer → grammar → scrub → outbox → acknowledgement. A job that comes again (the acknowledgement was lost)
//! is known by its number within this run; after a restart its receipt has the same content hash, so that storing it
//! again changes nothing.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::{Notify, mpsc};
use tracing::{info, warn};
use vyavs_codec::receipt::{self, Grammar, Outcome, Place};
use vyavs_codec::scrub::scrub_bytes;
use vyavs_codec::tillfile::Entry;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::time::from_micros;
use vyavs_service::lifecycle::Pulse;

use super::{Context, till};
use crate::grammar;
use crate::health::InputHandle;
use crate::outbox::AppendError;
use crate::relay::wire::{self, Dropped, Job, TapAddress, ToAgent, ToRelay};

/// Jobs in work at a time, per relay: the outbox commits them together.
const IN_WORK: usize = 32;
/// Job numbers remembered.
const REMEMBERED: usize = 8_192;
/// Sales remembered to explain a drawer pulse.
const SALES: usize = 64;
const BEAT: Duration = Duration::from_secs(1);

/// `[[printer]]` in `edge.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterConfig {
    /// The till whose receipts these are.
    pub terminal: TerminalId,
    /// Where the relay meets the agent: path of a socket, or a loopback address.
    pub tap: TapAddress,
    /// Built-in name or path of the receipt grammar.
    #[serde(default = "plain")]
    pub grammar: String,
}

fn plain() -> String {
    "vyavs-plain".to_owned()
}

/// Why a tap cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum PrinterError {
    /// The grammar cannot be used.
    #[error(transparent)]
    Grammar(#[from] grammar::LoadError),
    /// The place is not free.
    #[error("failed to listen for the relay on {tap}: {source}")]
    Listen {
        /// Which place.
        tap: TapAddress,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No relay can be accepted any more.
    #[error("failed to accept the relay: {0}")]
    Accept(#[source] io::Error),
}

/// Takes print jobs until the agent stops. Safe to drop and start again: what was not acknowledged comes again.
pub async fn run(config: PrinterConfig, ctx: Context, input: InputHandle, pulse: Pulse) -> Result<(), PrinterError> {
    let grammar = grammar::load(&config.grammar)?;
    let failed = |source| PrinterError::Listen { tap: config.tap.clone(), source };
    let listener = Listener::bind(&config.tap).await.map_err(failed)?;
    info!(terminal = %config.terminal, "taking print jobs at {} with grammar {}", config.tap, grammar.name());
    input.running();
    let desk = Desk {
        config: &config,
        grammar: &grammar,
        ctx: &ctx,
        input: &input,
        memory: Mutex::default(),
        sold: Notify::new(),
    };
    let mut relays: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
    let mut beat = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            biased;
            () = ctx.stop.cancelled() => return Ok(()),
            _ = beat.tick() => pulse.beat(),
            Some(()) = relays.next() => input.peers(relays.len() as u32),
            accepted = listener.accept() => {
                let stream = accepted.map_err(PrinterError::Accept)?;
                relays.push(desk.relay(stream).boxed());
                input.peers(relays.len() as u32);
            }
        }
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    async fn bind(tap: &TapAddress) -> io::Result<Self> {
        let path = match tap {
            TapAddress::Tcp(address) => return TcpListener::bind(address).await.map(Self::Tcp),
            TapAddress::Path(path) => path,
        };
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        // A socket that nobody answers is left over from an agent that was killed.
        if path.exists() {
            if UnixStream::connect(path).await.is_ok() {
                return Err(io::Error::new(io::ErrorKind::AddrInUse, "another agent listens there"));
            }
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        // The relay may run as another user of the same group; nobody else reads receipts.
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o660))?;
        Ok(Self::Unix(listener))
    }

    async fn accept(&self) -> io::Result<Box<dyn Wire>> {
        Ok(match self {
            Self::Unix(listener) => Box::new(listener.accept().await?.0),
            Self::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        })
    }
}

/// What this run remembers.
#[derive(Debug, Default)]
struct Memory {
    done: HashSet<u64>,
    order: VecDeque<u64>,
    /// When the last jobs with something on paper began, µs.
    sales: VecDeque<i64>,
}

impl Memory {
    fn remember(&mut self, id: u64) {
        if self.done.insert(id) {
            self.order.push_back(id);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.done.remove(&oldest);
        }
    }
}

/// Where all relays of one tap are served.
struct Desk<'a> {
    config: &'a PrinterConfig,
    grammar: &'a Grammar,
    ctx: &'a Context,
    input: &'a InputHandle,
    memory: Mutex<Memory>,
    sold: Notify,
}

impl Desk<'_> {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One connection of a relay, to its end.
    async fn relay(&self, stream: Box<dyn Wire>) {
        if let Err(error) = self.serve(stream).await {
            warn!(terminal = %self.config.terminal, "the relay's connection ended: {error}");
            self.input.error(&format!("the relay's connection ended: {error}"));
        }
    }

    async fn serve(&self, stream: Box<dyn Wire>) -> io::Result<()> {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let (read, mut messages) = mpsc::channel::<ToAgent>(1);
        let reading = async move {
            while let Some(message) = wire::next(&mut reader).await? {
                if read.send(message).await.is_err() {
                    break;
                }
            }
            Ok(())
        };
        let working = async {
            let mut work: FuturesUnordered<BoxFuture<'_, Result<u64, AppendError>>> = FuturesUnordered::new();
            let mut open = true;
            while open || !work.is_empty() {
                tokio::select! {
                    biased;
                    Some(done) = work.next() => {
                        // Not stored: the relay keeps it and comes again on a new connection.
                        let job = done.map_err(io::Error::other)?;
                        writer.write_all(&wire::frame(&ToRelay::Ack { job })?).await?;
                    }
                    message = messages.recv(), if open && work.len() < IN_WORK => match message {
                        // First polled in this order, so appended in this order.
                        Some(message) => work.push(self.message(message).boxed()),
                        None => open = false,
                    },
                }
            }
            Ok(())
        };
        tokio::try_join!(reading, working).map(|_: ((), ())| ())
    }

    /// Stores what a message says; its number when that is durable.
    async fn message(&self, message: ToAgent) -> Result<u64, AppendError> {
        let id = match &message {
            ToAgent::Job(job) => job.job,
            ToAgent::Dropped(dropped) => dropped.id,
        };
        if !self.memory().done.contains(&id) {
            match message {
                ToAgent::Job(job) => self.job(&job).await?,
                ToAgent::Dropped(dropped) => self.dropped(&dropped).await?,
            }
            self.memory().remember(id);
        }
        Ok(id)
    }

    async fn job(&self, job: &Job) -> Result<(), AppendError> {
        if self.input.wants_bytes() {
            self.input.bytes(&scrub_bytes(&job.bytes));
        }
        let place = Place {
            terminal: &self.config.terminal,
            time: &self.ctx.time,
            currency: self.ctx.currency,
            started: from_micros(job.started_us),
        };
        let read = receipt::read(&job.bytes, self.grammar, &place);
        if read.outcome != Outcome::Empty {
            let mut memory = self.memory();
            memory.sales.push_back(job.started_us);
            if memory.sales.len() > SALES {
                memory.sales.pop_front();
            }
            drop(memory);
            self.sold.notify_waiters();
        }
        match read.outcome {
            Outcome::Receipt(receipt) => {
                let undone: Vec<Entry> = read.voided.into_iter().map(|line| till::undone(&receipt, line)).collect();
                self.store(std::iter::once(Entry::Receipt(receipt)).chain(undone)).await
            }
            Outcome::Quarantined { reason, text } => {
                self.event(job.started_us, TillEventKind::Quarantined { reason, text }).await
            }
            Outcome::ImageOnly => self.event(job.started_us, TillEventKind::ImageOnly).await,
            Outcome::Empty if read.pulses > 0 && !self.explained(job.started_us).await => {
                self.event(job.started_us, TillEventKind::NoSale { id: None }).await
            }
            Outcome::Empty => Ok(()),
        }
    }

    /// Whether a sale explains a drawer pulse; waits for one that is still to come.
    async fn explained(&self, pulse_us: i64) -> bool {
        let within = Duration::from_secs(u64::from(self.grammar.no_sale_within_s()));
        let near = || {
            let within_us = within.as_micros() as u64;
            self.memory().sales.iter().any(|sale_us| sale_us.abs_diff(pulse_us) <= within_us)
        };
        if within.is_zero() {
            return false;
        }
        let sale = async {
            loop {
                let sold = self.sold.notified();
                if near() {
                    return;
                }
                sold.await;
            }
        };
        tokio::time::timeout(within, sale).await.is_ok()
    }

    async fn dropped(&self, dropped: &Dropped) -> Result<(), AppendError> {
        let Dropped { jobs, bytes, reason, from_us, to_us, .. } = dropped;
        warn!(terminal = %self.config.terminal, jobs, bytes, "print jobs were lost: {reason}");
        let first = from_micros(*from_us);
        let reason = format!("{reason}; the first began at {first}");
        self.event(*to_us, TillEventKind::TapLoss { bytes: *bytes, jobs: *jobs, reason }).await
    }

    async fn event(&self, at_us: i64, kind: TillEventKind) -> Result<(), AppendError> {
        let event = TillEvent { terminal: self.config.terminal.clone(), at: from_micros(at_us), kind };
        self.store(std::iter::once(Entry::Event(event))).await
    }

    /// What one job says, durable together.
    async fn store(&self, entries: impl Iterator<Item = Entry>) -> Result<(), AppendError> {
        let (records, told): (Vec<_>, Vec<_>) = entries.map(|entry| self.ctx.till.take(entry)).unzip();
        self.ctx.outbox.append(records.concat()).await?;
        told.iter().for_each(|one| one.tell(self.input));
        Ok(())
    }
}
