//! The tap: finds jobs in the copied bytes and hands them to the agent, on a thread of its own. Whatever happens here,
//! to the agent or to the machine's memory, the copy does not notice.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use vyavs_service::clock::Clock;

use super::feed::{Feed, Piece};
use super::ring::{Ring, Why};
use super::wire::{self, TapAddress, ToRelay};
use super::{Ended, RelayConfig};
use vyavs_codec::escpos::jobs::{Found, Splitter};

/// How often pauses are looked for while a job is open.
const TICK: Duration = Duration::from_millis(50);
/// A pause this much longer ends even a job that stands in the middle of a command.
const TORN: u32 = 10;
/// Messages on their way that the agent has not acknowledged.
const WINDOW: usize = 32;
/// Between two attempts to reach the agent, and for one of them.
const RETRY: Duration = Duration::from_millis(250);
const CONNECT: Duration = Duration::from_secs(3);
/// What the ring gets to empty itself when the relay stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// Runs until `stop`; blocks its thread.
pub(super) fn run(config: &RelayConfig, feed: &Feed, clock: &Clock, stop: &CancellationToken) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Milliseconds of the start leave room for a million jobs before two runs could meet.
    let first = u64::try_from(clock.now().as_millisecond()).unwrap_or(0) << 20;
    let limit = usize::try_from(config.ring.0).unwrap_or(usize::MAX);
    let ring = RefCell::new(Ring::new(config.terminal.to_string(), limit, first));
    let mut left = feed.left();
    if left.jobs > 0 {
        let (jobs, bytes) = (left.jobs, left.bytes);
        warn!(jobs, bytes, "a relay ended with print jobs in hand: printed, and lost to us");
        // An event has a time, and the last relay had none for what it had just begun to print.
        let now_us = clock.now().as_microsecond();
        left.from_us = if left.from_us == 0 { now_us } else { left.from_us };
        left.to_us = if left.to_us == 0 { left.from_us } else { left.to_us };
        ring.borrow_mut().inherit(left);
    }
    let fresh = Notify::new();
    let mut tap = Tap { config, clock, ring: &ring, connections: HashMap::new(), last_us: i64::MIN, limit };
    runtime.block_on(async {
        tokio::select! {
            () = tap.run(feed, &fresh) => {}
            () = hand_over(&config.tap, &ring, feed, &fresh) => {}
            () = async {
                stop.cancelled().await;
                let empty = async {
                    while !ring.borrow().is_empty() {
                        tokio::time::sleep(TICK).await;
                    }
                };
                let _ = tokio::time::timeout(FAREWELL, empty).await;
            } => {}
        }
    });
    Ok(())
}

struct Connection {
    splitter: Splitter,
    last: Instant,
    started_us: i64,
    /// Bytes are missing: what comes up to the next boundary is no receipt.
    damaged: bool,
    lost: u64,
}

struct Tap<'a> {
    config: &'a RelayConfig,
    clock: &'a Clock,
    ring: &'a RefCell<Ring>,
    connections: HashMap<u64, Connection>,
    last_us: i64,
    limit: usize,
}

impl Tap<'_> {
    async fn run(&mut self, feed: &Feed, fresh: &Notify) {
        loop {
            let open = !self.connections.is_empty();
            tokio::select! {
                () = feed.ready() => {}
                () = tokio::time::sleep(TICK), if open => {}
            }
            for piece in feed.take() {
                match piece {
                    Piece::Bytes(connection, bytes) => self.bytes(connection, &bytes),
                    Piece::Lost(connection, bytes) => self.lost(connection, bytes),
                    Piece::Closed(connection) => {
                        self.end(connection, Ended::Closed);
                        self.connections.remove(&connection);
                    }
                }
                fresh.notify_one();
            }
            self.pauses();
            let growing = self.connections.values().filter(|c| c.splitter.is_open() || c.damaged).count();
            let lost: u64 = self.connections.values().map(|connection| connection.lost).sum();
            let mut ring = self.ring.borrow_mut();
            ring.growing(growing as u64, self.held() as u64 + lost);
            feed.owe(ring.owed());
            drop(ring);
            fresh.notify_one();
        }
    }

    /// Strictly rising, so that two jobs never share their start.
    fn now_us(&mut self) -> i64 {
        self.last_us = self.clock.now().as_microsecond().max(self.last_us.saturating_add(1));
        self.last_us
    }

    fn connection(&mut self, id: u64) -> &mut Connection {
        let limit = self.limit;
        self.connections.entry(id).or_insert_with(|| Connection {
            splitter: Splitter::new(limit),
            last: Instant::now(),
            started_us: 0,
            damaged: false,
            lost: 0,
        })
    }

    fn bytes(&mut self, id: u64, bytes: &[u8]) {
        let mut now_us = self.now_us();
        let mut last_us = now_us;
        let connection = self.connection(id);
        connection.last = Instant::now();
        let mut started_us = if connection.splitter.is_open() { connection.started_us } else { now_us };
        let mut found = Vec::new();
        connection.splitter.push(bytes, |job| {
            found.push((started_us, job));
            now_us += 1;
            last_us = now_us;
            started_us = now_us;
        });
        connection.started_us = started_us;
        self.last_us = last_us;
        for (started_us, job) in found {
            self.keep(id, started_us, job);
        }
        let held = self.held();
        self.ring.borrow_mut().make_room(held);
        if held > self.limit {
            self.abandon_longest();
        }
    }

    fn held(&self) -> usize {
        self.connections.values().map(|connection| connection.splitter.held()).sum()
    }

    fn keep(&mut self, id: u64, started_us: i64, job: Found) {
        let held = self.held();
        let connection = self.connection(id);
        let damaged = std::mem::take(&mut connection.damaged);
        let lost = std::mem::take(&mut connection.lost);
        let mut ring = self.ring.borrow_mut();
        if damaged {
            ring.lose(Why::Overrun, job.length + lost, started_us);
        } else if job.bytes.is_empty() {
            ring.lose(Why::TooLong, job.length, started_us);
        } else {
            ring.push(started_us, job.bytes, job.ended, held);
        }
    }

    fn lost(&mut self, id: u64, bytes: u64) {
        let now_us = self.now_us();
        let connection = self.connection(id);
        if !connection.splitter.is_open() {
            connection.started_us = now_us;
        }
        connection.damaged = true;
        connection.lost += bytes;
        connection.last = Instant::now();
        warn!(bytes, "the tap could not follow the printer; the job is lost to us, not to the printer");
    }

    fn end(&mut self, id: u64, ended: Ended) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let started_us = connection.started_us;
        match connection.splitter.end(ended) {
            Some(job) => self.keep(id, started_us, job),
            // Everything of it went missing.
            None if connection.damaged => {
                let lost = std::mem::take(&mut connection.lost);
                connection.damaged = false;
                self.ring.borrow_mut().lose(Why::Overrun, lost, started_us);
            }
            None => {}
        }
    }

    fn pauses(&mut self) {
        let (idle, after_cut) =
            (Duration::from_millis(self.config.idle_ms), Duration::from_millis(self.config.after_cut_ms));
        let over = |connection: &Connection| {
            let patience = match (&connection.splitter, connection.damaged) {
                (splitter, _) if splitter.is_cut() && splitter.is_between() => after_cut,
                (splitter, _) if !splitter.is_between() => idle * TORN,
                (splitter, damaged) if splitter.is_open() || damaged => idle,
                _ => return false,
            };
            connection.last.elapsed() >= patience
        };
        let ended: Vec<u64> = self.connections.iter().filter(|(_, c)| over(c)).map(|(id, _)| *id).collect();
        for id in ended {
            self.end(id, Ended::Idle);
        }
    }

    /// Open jobs alone fill the ring: the longest is given up, measured on and named when it ends.
    fn abandon_longest(&mut self) {
        let longest = self.connections.values_mut().max_by_key(|connection| connection.splitter.held());
        if let Some(connection) = longest {
            connection.splitter.forget();
        }
    }
}

/// Keeps a connection to the agent, for ever.
async fn hand_over(address: &TapAddress, ring: &RefCell<Ring>, feed: &Feed, fresh: &Notify) {
    let mut silent = false;
    loop {
        let session = async {
            match address {
                TapAddress::Path(path) => {
                    let stream = limited(UnixStream::connect(path)).await?;
                    info!("the agent takes print jobs");
                    session(stream, ring, feed, fresh).await
                }
                TapAddress::Tcp(address) => {
                    let stream = limited(TcpStream::connect(address)).await?;
                    stream.set_nodelay(true)?;
                    info!("the agent takes print jobs");
                    session(stream, ring, feed, fresh).await
                }
            }
        };
        match session.await {
            Ok(()) => silent = false,
            Err(error) if !silent => {
                // Once an outage: this goes on for as long as the agent is away.
                warn!("the agent at {address} takes no print jobs: {error}; they wait in the ring");
                silent = true;
            }
            Err(error) => debug!("still no agent at {address}: {error}"),
        }
        tokio::time::sleep(RETRY).await;
    }
}

async fn limited<T>(connect: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(CONNECT, connect).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// One connection: sends what the ring owes, oldest first, and settles what is acknowledged. A write may take for ever
/// (a hung agent); the ring is not held meanwhile.
async fn session(
    stream: impl AsyncRead + AsyncWrite,
    ring: &RefCell<Ring>,
    feed: &Feed,
    fresh: &Notify,
) -> io::Result<()> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let unsettled: RefCell<Vec<u64>> = RefCell::default();
    let room = Notify::new();
    let send = async {
        let (mut sent, mut said) = (0, Vec::new());
        loop {
            let message =
                if unsettled.borrow().len() < WINDOW { ring.borrow_mut().next_after(sent, &said) } else { None };
            let Some((id, message)) = message else {
                tokio::select! {
                    () = fresh.notified() => {}
                    () = room.notified() => {}
                }
                continue;
            };
            match &message {
                wire::ToAgent::Job(_) => sent = id,
                wire::ToAgent::Dropped(_) => {
                    said.push(id);
                    // Bounded: at most four statements are open, older ones are settled.
                    if said.len() > 8 {
                        said.remove(0);
                    }
                }
            }
            unsettled.borrow_mut().push(id);
            writer.write_all(&wire::frame(&message)?).await?;
            writer.flush().await?;
        }
    };
    let settle = async {
        while let Some(ToRelay::Ack { job }) = wire::next(&mut reader).await? {
            unsettled.borrow_mut().retain(|id| *id != job);
            ring.borrow_mut().settle(job);
            owe_less(ring, feed);
            room.notify_one();
        }
        Err(io::Error::new(io::ErrorKind::ConnectionAborted, "it closed the connection"))
    };
    tokio::select! {
        failed = send => failed,
        ended = settle => ended,
    }
}

/// The agent has something more. What the tap took meanwhile it has looked at: both are one task.
fn owe_less(ring: &RefCell<Ring>, feed: &Feed) {
    feed.owe(ring.borrow().owed());
}

/// A supervised thread: a panic in the tap must not end the relay, nor the tap for good.
pub(super) fn spawn(
    config: RelayConfig,
    feed: Arc<Feed>,
    clock: Clock,
    stop: CancellationToken,
) -> io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("tap".to_owned()).spawn(move || {
        while !stop.is_cancelled() {
            let work = std::panic::AssertUnwindSafe(|| run(&config, &feed, &clock, &stop));
            match std::panic::catch_unwind(work) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => warn!("the tap could not start: {error}"),
                Err(_) => {
                    warn!("the tap panicked and starts again; jobs in its ring are lost to us and named")
                }
            }
            if !stop.is_cancelled() {
                std::thread::sleep(RETRY);
            }
        }
    })
}
