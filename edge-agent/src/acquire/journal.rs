//! A till's journal: JSON lines over TCP, one answer a receipt, given only after the disk has it.
//!
//! A connection is one task with a bounded window of receipts in flight, so that one sync to disk pays for many;
//! records and answers keep the order of the lines. What cannot be read is answered, put aside scrubbed and named,
//! and disturbs neither the next line nor another connection. A till that gets no answer sends again: that is why
//! nothing here may be lost by closing a connection, and why a repeated receipt is answered without a second copy.

mod answer;
mod connection;
mod fields;
mod framing;
mod memory;
mod parse;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use vyavs_domain::ids::TerminalId;
use vyavs_service::config::ByteSize;
use vyavs_service::lifecycle::Pulse;

use super::Context;
use crate::health::InputHandle;
use memory::{Lately, Trickle};

pub use parse::{Entry, Refusal, Source, parse};

/// `[[journal]]` in `edge.toml`: one a till.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalConfig {
    /// The till, as its receipts name it.
    pub terminal: TerminalId,
    /// Where the till connects to.
    pub listen: SocketAddr,
    /// Longest line, in bytes.
    #[serde(default = "max_line")]
    pub max_line: ByteSize,
    /// Connections at once; one more takes the place of the one that was silent longest.
    #[serde(default = "max_connections")]
    pub max_connections: usize,
    /// Lines of one connection that may wait for the disk.
    #[serde(default = "in_flight")]
    pub in_flight: usize,
    /// A line must end within this time after it began, s.
    #[serde(default = "line_s")]
    pub line_s: u32,
    /// A silent connection is closed after this time, s; a till opens a new one.
    #[serde(default = "idle_s")]
    pub idle_s: u32,
}

fn max_line() -> ByteSize {
    ByteSize(256 * 1024)
}

fn max_connections() -> usize {
    16
}

fn in_flight() -> usize {
    64
}

fn line_s() -> u32 {
    30
}

fn idle_s() -> u32 {
    900
}

impl JournalConfig {
    /// The section with its defaults.
    pub fn new(terminal: TerminalId, listen: SocketAddr) -> Self {
        Self {
            terminal,
            listen,
            max_line: max_line(),
            max_connections: max_connections(),
            in_flight: in_flight(),
            line_s: line_s(),
            idle_s: idle_s(),
        }
    }
}

/// Why a journal ended; it is started again.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The address cannot be listened on.
    #[error("journal of {terminal}: failed to listen on {listen}: {source}")]
    Listen {
        /// The till.
        terminal: TerminalId,
        /// The address.
        listen: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// What the connections of one journal share.
#[derive(Debug)]
struct Shared {
    config: JournalConfig,
    ctx: Context,
    handle: InputHandle,
    lately: Mutex<Lately>,
    trickle: Mutex<Trickle>,
}

/// A connection as the listener knows it.
#[derive(Debug)]
struct Seat {
    task: tokio::task::Id,
    leave: CancellationToken,
    /// When it last said something, ms after the listener began.
    heard_ms: Arc<AtomicU64>,
}

/// How long the connections have to finish what is on its way to the disk when the agent stops.
const FAREWELL: Duration = Duration::from_millis(1500);
/// A sign of life while nobody says anything.
const BEAT: Duration = Duration::from_secs(1);
/// After an accept that failed (no descriptors left): what is open goes on, and closes some.
const BREATHER: Duration = Duration::from_millis(200);

/// Listens and serves until the agent stops.
pub async fn run(config: JournalConfig, ctx: Context, handle: InputHandle, pulse: Pulse) -> Result<(), JournalError> {
    let (terminal, listen) = (config.terminal.clone(), config.listen);
    let listener =
        TcpListener::bind(listen).await.map_err(|source| JournalError::Listen { terminal, listen, source })?;
    serve(listener, config, ctx, handle, pulse).await;
    Ok(())
}

/// Serves a listener that is already bound. Dropping it half-way closes every connection; tills send again.
pub async fn serve(listener: TcpListener, config: JournalConfig, ctx: Context, handle: InputHandle, pulse: Pulse) {
    let terminal = config.terminal.clone();
    let stop = ctx.stop.clone();
    let began = Instant::now();
    let shared =
        Arc::new(Shared { config, ctx, handle, lately: Mutex::default(), trickle: Mutex::new(Trickle::new(began)) });
    shared.handle.running();
    info!(terminal = %terminal, "the journal of {terminal} is open");
    let mut tasks: JoinSet<()> = JoinSet::new();
    let mut seats: Vec<Seat> = Vec::new();
    let mut beat = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = beat.tick() => pulse.beat(),
            Some(ended) = tasks.join_next_with_id() => {
                let id = match ended {
                    Ok((id, ())) => id,
                    Err(join) => {
                        if join.is_panic() {
                            warn!(terminal = %terminal, "a connection of {terminal} broke off by a fault of ours");
                            shared.handle.error("a connection broke off by a fault of ours; the till sends again");
                        }
                        join.id()
                    }
                };
                seats.retain(|seat| seat.task != id);
                shared.handle.peers(seats.len() as u32);
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    make_room(&mut seats, shared.config.max_connections.max(1));
                    let _ = stream.set_nodelay(true);
                    let leave = stop.child_token();
                    let heard_ms = Arc::new(AtomicU64::new(began.elapsed().as_millis() as u64));
                    let guest = connection::Guest { stream, peer, leave: leave.clone(), heard_ms: heard_ms.clone(), began };
                    let task = tasks.spawn(connection::converse(guest, shared.clone())).id();
                    seats.push(Seat { task, leave, heard_ms });
                    shared.handle.peers(seats.len() as u32);
                }
                Err(error) => {
                    shared.handle.error(&format!("failed to accept a connection: {error}"));
                    tokio::time::sleep(BREATHER).await;
                }
            },
        }
    }
    let _ = tokio::time::timeout(FAREWELL, async { while tasks.join_next().await.is_some() {} }).await;
    shared.handle.peers(0);
}

/// Half-open connections of a till that lost power must not keep it out: the longest silent one leaves.
fn make_room(seats: &mut Vec<Seat>, max: usize) {
    while seats.len() >= max {
        let silent = seats.iter().enumerate().min_by_key(|(_, seat)| seat.heard_ms.load(Ordering::Relaxed));
        let Some((index, _)) = silent else { return };
        seats.swap_remove(index).leave.cancel();
    }
}
