//! One connection of a till: lines in, records to the disk, answers out, all in the same order.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesOrdered, StreamExt};
use jiff::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_util::codec::FramedRead;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use vyavs_codec::tillfile;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::time::StoreTime;
use vyavs_wire::record::Record;

use super::Shared;
use super::answer::Answer;
use super::framing::{Framing, Piece};
use super::parse::{Entry, Refusal, Source, parse};
use crate::acquire::till::Told;
use crate::outbox::AppendError;

/// Text of a refused line that is kept, in bytes: with it one record still fits a frame.
const KEPT_TEXT: usize = 16 * 1024;
/// Bytes of lines that may wait for the disk on one connection.
const IN_FLIGHT_BYTES: usize = 1 << 20;
/// Bytes of answers that may wait for the till.
const OUT_BYTES: usize = 64 * 1024;
/// A till that does not take its answers for so long is gone.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// Unreadable lines in a row after which this is no till.
const GARBAGE_IN_A_ROW: u32 = 64;
/// A line and an idle time are measured in sixths.
const TICKS: u32 = 6;

/// A connection that was just accepted.
#[derive(Debug)]
pub(super) struct Guest {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) leave: CancellationToken,
    pub(super) heard_ms: Arc<AtomicU64>,
    pub(super) began: Instant,
}

/// What becomes of a line once the disk has answered.
#[derive(Debug)]
enum Then {
    Said { told: Box<Told>, ack: String, hash: u64 },
    Quarantined { answer: Answer, hash: u64 },
    Answer(Answer),
}

/// A line on its way: how the disk answered, what to do then, and the bytes it came in.
type Done = (Result<(), AppendError>, Then, usize);

/// Talks until the till leaves, falls silent or the agent stops; then finishes what is on its way to the disk.
pub(super) async fn converse(guest: Guest, shared: Arc<Shared>) {
    let (read, write) = guest.stream.into_split();
    let framing = Framing::new(shared.config.max_line.0 as usize);
    let mut talk = Talk {
        lines: FramedRead::new(read, framing),
        write,
        peer: guest.peer,
        pending: FuturesOrdered::new(),
        pending_bytes: 0,
        garbage: 0,
        out: BytesMut::new(),
        taken: Instant::now(),
        shared,
    };
    if talk.listen(&guest.leave, &guest.heard_ms, guest.began).await {
        talk.finish(&guest.leave).await;
    }
}

/// When the till says it was, where that can be read: a line that comes again after a restart is then the same event.
fn said_at(line: &[u8], time: &StoreTime) -> Option<Timestamp> {
    let value: serde_json::Value = serde_json::from_slice(line).ok()?;
    time.read(value.get("at")?.as_str()?).ok()
}

struct Talk {
    lines: FramedRead<OwnedReadHalf, Framing>,
    write: OwnedWriteHalf,
    peer: SocketAddr,
    pending: FuturesOrdered<BoxFuture<'static, Done>>,
    pending_bytes: usize,
    garbage: u32,
    out: BytesMut,
    /// When the till last took an answer, or there was none to take.
    taken: Instant,
    shared: Arc<Shared>,
}

impl Talk {
    /// `false` when the till can no longer be answered.
    async fn listen(&mut self, leave: &CancellationToken, heard_ms: &AtomicU64, began: Instant) -> bool {
        let config = &self.shared.config;
        let (window, idle) = (config.in_flight.max(1), Duration::from_secs(u64::from(config.idle_s.max(1))));
        let tick = Duration::from_millis(u64::from(config.line_s.max(1)) * 1000 / u64::from(TICKS));
        let mut ticks = tokio::time::interval(tick.min(idle));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut heard, mut half_ticks) = (Instant::now(), 0);
        loop {
            let room =
                self.pending.len() < window && self.pending_bytes < IN_FLIGHT_BYTES && self.out.len() < OUT_BYTES;
            tokio::select! {
                biased;
                () = leave.cancelled() => return true,
                // Polled in every turn, also while the till takes no answers: an append that waits for room in the
                // outbox holds a place in its line, and must not hold up other inputs there.
                Some(done) = self.pending.next(), if !self.pending.is_empty() => self.settle(done),
                written = self.write.write_buf(&mut self.out), if !self.out.is_empty() => {
                    if written.is_err() {
                        return false;
                    }
                    self.taken = Instant::now();
                }
                piece = self.lines.next(), if room => {
                    (heard, half_ticks) = (Instant::now(), 0);
                    heard_ms.store(began.elapsed().as_millis() as u64, Ordering::Relaxed);
                    match piece {
                        Some(Ok(Piece::Line(line))) => self.line(line),
                        Some(Ok(Piece::TooLong(head))) => self.too_long(&head),
                        Some(Ok(Piece::Half(bytes))) => {
                            let what = format!("a connection ended {bytes} bytes into a line; the till sends it again");
                            self.shared.handle.error(&what);
                        }
                        Some(Err(_)) | None => return true,
                    }
                    if self.garbage >= GARBAGE_IN_A_ROW {
                        let error = format!("{GARBAGE_IN_A_ROW} lines in a row were not a journal; closing");
                        self.answer(Answer::Unread { error });
                        return true;
                    }
                }
                _ = ticks.tick() => {
                    if self.is_deaf() {
                        return false;
                    }
                    half_ticks = if room && !self.lines.read_buffer().is_empty() { half_ticks + 1 } else { 0 };
                    if half_ticks > TICKS {
                        let error = format!("the line did not end within {} s; closing", self.shared.config.line_s);
                        self.shared.handle.error(&error);
                        self.answer(Answer::Unread { error });
                        return true;
                    }
                    if heard.elapsed() > idle && self.pending.is_empty() {
                        return true;
                    }
                }
            }
        }
    }

    /// Answers what is still on its way to the disk. On a stop the listener bounds the time this takes.
    async fn finish(&mut self, leave: &CancellationToken) {
        self.taken = Instant::now();
        let mut ticks = tokio::time::interval(WRITE_PATIENCE / TICKS);
        while !(self.pending.is_empty() && self.out.is_empty()) {
            tokio::select! {
                biased;
                Some(done) = self.pending.next(), if !self.pending.is_empty() => self.settle(done),
                written = self.write.write_buf(&mut self.out), if !self.out.is_empty() => {
                    if written.is_err() {
                        return;
                    }
                    self.taken = Instant::now();
                }
                _ = ticks.tick() => if self.is_deaf() { return },
            }
        }
        if !leave.is_cancelled() {
            // Closed with unread bytes in its buffer, a socket resets, and the last answer may be lost with it.
            let _ = self.write.shutdown().await;
            let drain = async { while let Some(Ok(_)) = self.lines.next().await {} };
            let _ = tokio::time::timeout(Duration::from_millis(200), drain).await;
        }
    }

    /// Whether answers wait that the till does not take.
    fn is_deaf(&self) -> bool {
        let deaf = !self.out.is_empty() && self.taken.elapsed() > WRITE_PATIENCE;
        if deaf {
            let peer = self.peer;
            self.shared.handle.error(&format!("{peer} does not take its answers; closed, the till sends again"));
        }
        deaf
    }

    fn line(&mut self, line: Bytes) {
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let handle = &self.shared.handle;
        if handle.wants_bytes() {
            handle.bytes(&vyavs_codec::scrub::scrub_bytes(&line));
            handle.bytes(b"\n");
        }
        let ctx = &self.shared.ctx;
        let source = Source { terminal: &self.shared.config.terminal, time: &ctx.time, currency: ctx.currency };
        let parsed = parse(&line, source);
        self.garbage = if matches!(&parsed, Err(Refusal { ack: None, .. })) { self.garbage + 1 } else { 0 };
        let bytes = line.len();
        match parsed {
            Ok(Entry::Receipt(receipt)) => {
                // The till knows it by the number it sent, should that be one that is blanked.
                let ack = receipt.key.number.clone();
                let (records, told) = ctx.till.take(tillfile::Entry::Receipt(Box::new(receipt)));
                let hash = told.content_hash();
                self.say(records, Then::Said { told: Box::new(told), ack, hash }, bytes);
            }
            Ok(Entry::Event { id, at, kind }) => {
                let (records, told) = self.event(at, kind);
                let said = format!("{:?}", told.entry());
                let hash = hash(&[b"event", id.as_bytes(), said.as_bytes()]);
                self.say(records, Then::Said { told: Box::new(told), ack: id, hash }, bytes);
            }
            Err(Refusal { ack: Some(ack), reason }) => {
                let hash = hash(&[b"refused", &line]);
                let answer = Answer::Refused { error: reason.clone(), ack };
                self.shared.handle.error(&reason);
                if self.lately().knows(hash) {
                    return self.answer(answer);
                }
                let records = self.quarantine(reason, &line);
                self.append(records, Then::Quarantined { answer, hash }, bytes);
            }
            Err(Refusal { ack: None, reason }) => self.garbage(reason, &line),
        }
    }

    fn too_long(&mut self, head: &[u8]) {
        self.garbage += 1;
        self.garbage(format!("a line is longer than {} bytes", self.shared.config.max_line.0), head);
    }

    /// A line that names no receipt: kept while there are few, so that nobody fills the disk with them.
    fn garbage(&mut self, mut reason: String, line: &[u8]) {
        self.shared.handle.error(&reason);
        let answer = Answer::Unread { error: reason.clone() };
        let pass = self.shared.trickle.lock().unwrap_or_else(PoisonError::into_inner).pass(Instant::now());
        match pass {
            None => self.answer(answer),
            Some(held_back) => {
                if held_back > 0 {
                    reason = format!("{reason} ({held_back} such lines before it were not kept)");
                }
                let hash = hash(&[b"garbage", line]);
                let records = self.quarantine(reason, line);
                self.append(records, Then::Quarantined { answer, hash }, line.len());
            }
        }
    }

    fn quarantine(&self, reason: String, line: &[u8]) -> Vec<Record> {
        let terminal = &self.shared.config.terminal;
        warn!(terminal = %terminal, "a line of {terminal} could not be read and was put aside");
        let at = said_at(line, &self.shared.ctx.time).unwrap_or_else(|| self.shared.ctx.clock.now());
        // Scrubbed whole, then cut: a card number cut in two would not be seen.
        let line = String::from_utf8_lossy(line);
        let text = vyavs_codec::scrub::scrub_text(&line);
        let mut end = text.len().min(KEPT_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.event(at, TillEventKind::Quarantined { reason, text: text[..end].to_owned() }).0
    }

    fn event(&self, at: Timestamp, kind: TillEventKind) -> (Vec<Record>, Told) {
        let terminal = self.shared.config.terminal.clone();
        self.shared.ctx.till.take(tillfile::Entry::Event(TillEvent { terminal, at, kind }))
    }

    /// Hands on what the till said, unless it is durable since a moment ago.
    fn say(&mut self, records: Vec<Record>, then: Then, bytes: usize) {
        match then {
            Then::Said { ack, hash, .. } if self.lately().knows(hash) => self.answer(Answer::Ack { ack }),
            then => self.append(records, then, bytes),
        }
    }

    /// Hands records to the outbox now, in the order of the lines; the answer waits for the disk.
    fn append(&mut self, records: Vec<Record>, then: Then, bytes: usize) {
        let outbox = self.shared.ctx.outbox.clone();
        let mut stored = async move { outbox.append(records).await }.boxed();
        // The first poll puts it into the outbox's queue, or into the line before it: that fixes the order.
        let first = stored.as_mut().now_or_never();
        self.pending_bytes += bytes;
        self.pending.push_back(match first {
            Some(result) => std::future::ready((result, then, bytes)).boxed(),
            None => async move { (stored.await, then, bytes) }.boxed(),
        });
    }

    /// An answer that needs no disk still waits for those before it.
    fn answer(&mut self, answer: Answer) {
        self.pending.push_back(std::future::ready((Ok(()), Then::Answer(answer), 0)).boxed());
    }

    fn settle(&mut self, (stored, then, bytes): Done) {
        self.pending_bytes -= bytes;
        let handle = &self.shared.handle;
        if let Err(error) = &stored {
            handle.error(&error.to_string());
        }
        let answer = match (stored, then) {
            (_, Then::Answer(answer)) => answer,
            (Ok(()), Then::Said { told, ack, hash }) => {
                told.tell(handle);
                self.lately().remember(hash);
                Answer::Ack { ack }
            }
            (Ok(()), Then::Quarantined { answer, hash }) => {
                handle.record(1);
                handle.board().quarantined();
                self.lately().remember(hash);
                answer
            }
            (Err(_), Then::Said { ack, .. }) => Answer::Busy { busy: ack },
            (Err(_), Then::Quarantined { answer: Answer::Refused { ack, .. }, .. }) => Answer::Busy { busy: ack },
            // Nothing could be read, so there is nothing to ask for again.
            (Err(_), Then::Quarantined { answer, .. }) => answer,
        };
        if self.out.is_empty() {
            self.taken = Instant::now();
        }
        answer.write(&mut self.out);
    }

    fn lately(&self) -> MutexGuard<'_, super::Lately> {
        self.shared.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(parts: &[&[u8]]) -> u64 {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(part);
        hash.update(&[0]);
    }
    u64::from_le_bytes(hash.finalize().as_bytes()[..8].try_into().expect("a hash has 32 bytes"))
}
