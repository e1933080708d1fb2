//! One direction of one connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{Counters, Direction, Line, Mode, Weather};

/// What a line may hold; beyond it the sender waits, as it would with a real one.
const ON_THE_WAY: usize = 256 << 10;

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Both sides said good-bye.
    Closed,
    /// An error, or bytes were swallowed: to be reset.
    Reset,
}

/// The two ends of a connection.
pub(super) struct Wires {
    agent: (OwnedReadHalf, OwnedWriteHalf),
    hub: (OwnedReadHalf, OwnedWriteHalf),
}

impl Wires {
    pub(super) fn new(agent: TcpStream, hub: TcpStream) -> Self {
        Self { agent: agent.into_split(), hub: hub.into_split() }
    }

    /// Carries bytes both ways until both sides have ended, or one failed.
    pub(super) async fn run(
        &mut self,
        weather: &watch::Sender<Weather>,
        counters: &Arc<Counters>,
        mut rng: ChaCha8Rng,
    ) -> End {
        let second = ChaCha8Rng::seed_from_u64(rng.random());
        let mut up = Pump::new(Direction::Up, weather.subscribe(), counters.clone(), rng);
        let mut down = Pump::new(Direction::Down, weather.subscribe(), counters.clone(), second);
        let (agent, hub) = (&mut self.agent, &mut self.hub);
        let ends = tokio::try_join!(up.run(&mut agent.0, &mut hub.1), down.run(&mut hub.0, &mut agent.1));
        ends.map_or(End::Reset, |_| End::Closed)
    }

    /// The whole streams again.
    pub(super) fn join(self) -> (TcpStream, TcpStream) {
        let join = |(reader, writer): (OwnedReadHalf, OwnedWriteHalf)| {
            reader.reunite(writer).expect("the halves were split from one stream")
        };
        (join(self.agent), join(self.hub))
    }
}

/// The connection cannot go on.
#[derive(Debug)]
pub(super) struct Broken;

/// Carries bytes one way as the weather says.
pub(super) struct Pump {
    direction: Direction,
    weather: watch::Receiver<Weather>,
    counters: Arc<Counters>,
    rng: ChaCha8Rng,
    /// On the way, each with the time it arrives; in order.
    queue: VecDeque<(Instant, Vec<u8>)>,
    queued: usize,
    last_due: Instant,
    swallowed: bool,
}

impl Pump {
    pub(super) fn new(
        direction: Direction,
        weather: watch::Receiver<Weather>,
        counters: Arc<Counters>,
        rng: ChaCha8Rng,
    ) -> Self {
        let last_due = Instant::now();
        Self { direction, weather, counters, rng, queue: VecDeque::new(), queued: 0, last_due, swallowed: false }
    }

    fn mode(&mut self) -> Mode {
        let weather = *self.weather.borrow_and_update();
        match (weather.line, self.direction) {
            (Line::HalfOpen, _) => Mode::Swallow,
            (_, Direction::Up) => weather.up,
            (_, Direction::Down) => weather.down,
        }
    }

    /// Until the reader has ended and all is written.
    pub(super) async fn run(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        writer: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Broken> {
        let mut buffer = vec![0; 16 << 10];
        let mut open = true;
        loop {
            let mode = self.mode();
            if self.swallowed && mode != Mode::Swallow {
                return Err(Broken);
            }
            if !open && self.queue.is_empty() {
                return writer.shutdown().await.map_err(|_| Broken);
            }
            let due = self.queue.front().map(|(due, _)| *due);
            // A stalled or dead line delivers nothing that is on the way either.
            let delivers = due.is_some() && !matches!(mode, Mode::Stall | Mode::Swallow);
            let takes = open && mode != Mode::Stall && self.queued < ON_THE_WAY;
            let limit = match mode {
                // Twenty slices a second, so that a slow line is slow and not bursty.
                Mode::Bandwidth(rate) => (rate as usize / 20).clamp(1, buffer.len()),
                _ => buffer.len(),
            };
            tokio::select! {
                changed = self.weather.changed() => changed.map_err(|_| Broken)?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if delivers => {
                    if let Some((_, bytes)) = self.queue.pop_front() {
                        self.queued -= bytes.len();
                        writer.write_all(&bytes).await.map_err(|_| Broken)?;
                        self.count(bytes.len());
                    }
                }
                read = reader.read(&mut buffer[..limit]), if takes => match read {
                    Err(_) => return Err(Broken),
                    Ok(0) => open = false,
                    Ok(count) if mode == Mode::Swallow => {
                        let _ = count;
                        self.swallowed = true;
                    }
                    Ok(count) => self.take(mode, buffer[..count].to_vec()),
                },
            }
        }
    }

    /// Takes everything and gives nothing until the line is better, or the sender leaves.
    pub(super) async fn swallow(&mut self, reader: &mut (impl AsyncRead + Unpin)) {
        let mut buffer = vec![0; 16 << 10];
        while self.mode() == Mode::Swallow {
            tokio::select! {
                changed = self.weather.changed() => if changed.is_err() { return },
                read = reader.read(&mut buffer) => if matches!(read, Ok(0) | Err(_)) { return },
            }
        }
    }

    fn take(&mut self, mode: Mode, mut bytes: Vec<u8>) {
        self.spoil(&mut bytes);
        let now = Instant::now();
        let due = match mode {
            Mode::Latency(delay) => {
                let jitter_us = self.rng.random_range(0..=delay.as_micros() as u64 / 4);
                now + delay + Duration::from_micros(jitter_us)
            }
            Mode::Bandwidth(rate) => {
                self.last_due.max(now) + Duration::from_secs_f64(bytes.len() as f64 / f64::from(rate.max(1)))
            }
            _ => now,
        };
        // Bytes never overtake each other, whatever the weather did meanwhile.
        self.last_due = due.max(self.last_due);
        self.queued += bytes.len();
        self.queue.push_back((self.last_due, bytes));
    }

    fn spoil(&mut self, bytes: &mut [u8]) {
        let owed = match self.direction {
            Direction::Up => &self.counters.corrupt_up,
            Direction::Down => &self.counters.corrupt_down,
        };
        let take_one = |owed: &AtomicU32| {
            owed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1)).is_ok()
        };
        if take_one(owed) {
            let place = self.rng.random_range(0..bytes.len());
            bytes[place] ^= 1 << self.rng.random_range(0..8);
            self.counters.corrupted.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn count(&self, bytes: usize) {
        let counter = match self.direction {
            Direction::Up => &self.counters.up,
            Direction::Down => &self.counters.down,
        };
        counter.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
