//! A till's journal: tickets to the agent over TCP, forgotten only when the agent says that it has them.
//!
//! The till keeps a bounded window of what is not acknowledged. After a lost connection, a `busy` or a long silence
//! it waits (longer each time), and sends the window again from its oldest item, in order. What is written in the
//! ledger is what was acknowledged, in the order it was sent.

mod window;

use std::time::Duration;

use bytes::{Buf, BytesMut};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::time::StoreTime;
use vyavs_service::backoff::Backoff;

use crate::item::Item;
use crate::ledger::{Ledger, LedgerError};
use crate::summary::Stats;

pub use window::{Answer, Window};

/// How a till behaves on its wire.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalConfig {
    /// Items that may be unacknowledged; at least 1.
    pub window: usize,
    /// Silence, with something unacknowledged, after which the till connects anew.
    pub ack_timeout_ms: u64,
    /// Longest wait before trying again.
    pub max_wait_ms: u64,
    /// What a stop waits for acknowledgements that are still out.
    pub farewell_ms: u64,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { window: 32, ack_timeout_ms: 5_000, max_wait_ms: 2_000, farewell_ms: 2_000 }
    }
}

/// Why a till gave up.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The ledger is the proof; without it there is no point.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The other side cannot read what we write, again and again.
    #[error("{terminal}: {address} could not read {id:?} and did not say which line it was, {times} times: {said}")]
    NotUnderstood {
        /// Which till.
        terminal: TerminalId,
        /// Where.
        address: String,
        /// The oldest unacknowledged item.
        id: String,
        /// How often.
        times: u32,
        /// What it said.
        said: String,
    },
}

/// How often an item may be answered with an error that names nothing.
const NOT_UNDERSTOOD: u32 = 20;
/// Answers are short; more than this without a line feed is not an agent.
const LONGEST_ANSWER: usize = 1 << 20;
const CONNECT: Duration = Duration::from_secs(5);

/// One till and its connection.
#[derive(Debug)]
pub struct Journal {
    /// Which till.
    pub terminal: TerminalId,
    /// The agent's port, `host:port`.
    pub address: String,
    /// How it behaves.
    pub config: JournalConfig,
    /// The store's reading of time.
    pub time: StoreTime,
    /// Who hears of acknowledgements.
    pub ledger: Ledger,
    /// Who counts.
    pub stats: Stats,
}

/// Why a connection ended.
enum End {
    /// Everything is acknowledged and nothing more comes, or we were stopped.
    Done,
    /// To be tried again.
    Broken(String),
}

impl Journal {
    /// Sends what `items` yields until it ends and all is acknowledged, or until `stop`. Returns how many items were
    /// left unacknowledged.
    pub async fn run(self, mut items: Receiver<Item>, stop: CancellationToken) -> Result<usize, JournalError> {
        let mut window = Window::new(self.config.window.max(1));
        let max_wait = Duration::from_millis(self.config.max_wait_ms.max(1));
        let mut backoff = Backoff::new(Duration::from_millis(20).min(max_wait), max_wait);
        let mut rng = StdRng::from_os_rng();
        let mut not_understood = 0;
        let mut first = true;
        loop {
            if stop.is_cancelled() || (items.is_closed() && items.is_empty() && window.is_empty()) {
                return Ok(window.len());
            }
            let before = window.settled_total();
            let why = match timeout(CONNECT, TcpStream::connect(&self.address)).await {
                Ok(Ok(stream)) => {
                    if !std::mem::take(&mut first) {
                        self.stats.add_reconnects(1);
                    }
                    self.stats.add_resent(window.start_over() as u64);
                    match self.talk(stream, &mut window, &mut items, &stop).await? {
                        End::Done => return Ok(window.len()),
                        End::Broken(why) => why,
                    }
                }
                Ok(Err(error)) => format!("failed to connect: {error}"),
                Err(_) => format!("no connection within {} s", CONNECT.as_secs()),
            };
            if window.settled_total() > before {
                backoff.reset();
                not_understood = 0;
            } else if let Some(said) = window.take_complaint() {
                not_understood += 1;
                if not_understood >= NOT_UNDERSTOOD {
                    let id = window.oldest().unwrap_or_default().to_owned();
                    let (terminal, address) = (self.terminal, self.address);
                    return Err(JournalError::NotUnderstood { terminal, address, id, times: not_understood, said });
                }
            }
            let wait = backoff.next(&mut rng);
            debug!(terminal = %self.terminal, wait_ms = wait.as_millis() as u64, "the journal connects again: {why}");
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// One connection. Every branch is safe to drop half-way: what was read stands in `inbox`, what is to be
    /// written in `outbox`.
    async fn talk(
        &self,
        stream: TcpStream,
        window: &mut Window,
        items: &mut Receiver<Item>,
        stop: &CancellationToken,
    ) -> Result<End, JournalError> {
        if let Err(error) = stream.set_nodelay(true) {
            return Ok(End::Broken(format!("failed to set up the connection: {error}")));
        }
        let (mut reader, mut writer) = stream.into_split();
        let (mut inbox, mut outbox) = (BytesMut::with_capacity(4_096), BytesMut::with_capacity(65_536));
        let silence = Duration::from_millis(self.config.ack_timeout_ms.max(1));
        let mut heard = Instant::now();
        let mut leave_at: Option<Instant> = None;
        let mut open = true;
        loop {
            while outbox.len() < 65_536 {
                let Some(line) = window.next_to_send() else { break };
                outbox.extend_from_slice(line.as_bytes());
            }
            if window.is_empty() && (!open || leave_at.is_some()) {
                // Half-closed in good order, so the agent sees an end and not an accident.
                let _ = writer.shutdown().await;
                return Ok(End::Done);
            }
            tokio::select! {
                biased;
                () = stop.cancelled(), if leave_at.is_none() => {
                    leave_at = Some(Instant::now() + Duration::from_millis(self.config.farewell_ms));
                }
                () = sleep_until(leave_at.unwrap_or_else(Instant::now)), if leave_at.is_some() => return Ok(End::Done),
                read = reader.read_buf(&mut inbox) => {
                    match read {
                        Ok(0) => return Ok(End::Broken("the agent closed the connection".to_owned())),
                        Ok(_) => heard = Instant::now(),
                        Err(error) => return Ok(End::Broken(format!("failed to read: {error}"))),
                    }
                    if let Some(end) = self.hear(&mut inbox, window)? {
                        return Ok(end);
                    }
                }
                wrote = writer.write(&outbox), if !outbox.is_empty() => match wrote {
                    Ok(count) => outbox.advance(count),
                    Err(error) => return Ok(End::Broken(format!("failed to write: {error}"))),
                },
                () = sleep_until(heard + silence), if window.has_sent() => {
                    return Ok(End::Broken(format!("no answer within {} ms", silence.as_millis())));
                }
                item = items.recv(), if open && leave_at.is_none() && window.has_room() => match item {
                    Some(item) => {
                        if !window.has_sent() {
                            heard = Instant::now();
                        }
                        // What this wire has no words for is never routed to it.
                        if let Some(line) = item.to_line(&self.time) {
                            window.push(item, line);
                        }
                    }
                    None => open = false,
                },
            }
        }
    }

    /// Takes the whole lines out of `inbox`.
    fn hear(&self, inbox: &mut BytesMut, window: &mut Window) -> Result<Option<End>, JournalError> {
        let mut settled = Vec::new();
        let mut end = None;
        while let Some(length) = inbox.iter().position(|byte| *byte == b'\n') {
            let line = inbox.split_to(length + 1);
            match window.hear(&line) {
                Answer::Settled(items) => settled.extend(items),
                Answer::Nothing => {}
                Answer::Busy(id) => {
                    self.stats.add_busy(1);
                    end = Some(End::Broken(format!("{id:?} is to be sent again later")));
                }
                Answer::Complaint(said) => {
                    self.stats.add_unreadable(1);
                    warn!(terminal = %self.terminal, "the agent could not read a line: {said}");
                    end = Some(End::Broken("a line was not understood".to_owned()));
                }
            }
            if end.is_some() {
                break;
            }
        }
        for (_, outcome) in &settled {
            match outcome {
                crate::ledger::Outcome::Quarantined { .. } => self.stats.add_quarantined(1),
                _ => self.stats.add_stored(1),
            }
        }
        self.ledger.write(&settled)?;
        if end.is_none() && inbox.len() > LONGEST_ANSWER {
            end = Some(End::Broken(format!("an answer is longer than {LONGEST_ANSWER} bytes")));
        }
        Ok(end)
    }
}
