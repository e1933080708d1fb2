//! A TCP proxy that behaves like a bad line: slow, stalled, cut, reset, half-open, or changing bytes on the way.
//!
//! What it does next is said through [`Chaos`], at any time and for each direction. The bytes it changes and the jitter
//! it adds come from a seed.

mod pump;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vyavs_service::lifecycle::Lifecycle;

use pump::{Pump, Wires};

/// What one direction of the line does with bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Hands them on.
    #[default]
    Pass,
    /// Hands them on after this long, plus up to a quarter of it.
    Latency(Duration),
    /// Hands on this many bytes in a second, at least 1.
    Bandwidth(u32),
    /// Takes nothing; what the sender's system buffers waits.
    Stall,
    /// Takes everything and hands nothing on; such a connection is reset when the line is better again.
    Swallow,
}

/// Whether there is a line at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Up,
    /// Connections are reset, new ones as soon as they come.
    Cut,
    /// Nothing comes through, and nobody is told: connections stay, new ones are accepted and swallowed.
    HalfOpen,
}

/// The state of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weather {
    /// From the agent to the hub.
    up: Mode,
    /// From the hub to the agent.
    down: Mode,
    line: Line,
}

/// A direction, seen from the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the agent to the hub.
    Up,
    /// From the hub to the agent.
    Down,
}

/// What went over the line so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections accepted.
    pub connections: u64,
    /// Bytes handed on towards the hub.
    pub up: u64,
    /// Bytes handed on towards the agent.
    pub down: u64,
    /// Bytes changed on the way.
    pub corrupted: u64,
}

#[derive(Debug, Default)]
struct Counters {
    connections: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
    corrupted: AtomicU64,
    corrupt_up: AtomicU32,
    corrupt_down: AtomicU32,
}

/// The hand on the line. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Chaos {
    weather: Arc<watch::Sender<Weather>>,
    /// Every connection hangs on this until the next reset.
    connections: Arc<watch::Sender<CancellationToken>>,
    counters: Arc<Counters>,
    address: SocketAddr,
}

impl Chaos {
    /// Starts a line to `upstream` on a free port of loopback; it ends with `life`.
    pub async fn start(upstream: SocketAddr, seed: u64, life: &Lifecycle) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let chaos = Self {
            weather: Arc::new(watch::Sender::new(Weather::default())),
            connections: Arc::new(watch::Sender::new(CancellationToken::new())),
            counters: Arc::default(),
            address: listener.local_addr()?,
        };
        life.spawn(chaos.clone().accept(listener, upstream, seed, life.clone()));
        Ok(chaos)
    }

    /// Where to connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets what one direction does.
    pub fn set(&self, direction: Direction, mode: Mode) {
        self.weather.send_modify(|weather| match direction {
            Direction::Up => weather.up = mode,
            Direction::Down => weather.down = mode,
        });
    }

    /// Cuts the line: connections are reset, and new ones as soon as they come.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.line = Line::Cut);
        self.reset();
    }

    /// From now on nothing comes through, and nobody is told.
    pub fn half_open(&self) {
        self.weather.send_modify(|weather| weather.line = Line::HalfOpen);
    }

    /// A good line again. Connections that lost bytes are reset, as a line that returns does to them.
    pub fn heal(&self) {
        self.weather.send_replace(Weather::default());
    }

    /// Resets every connection; new ones are welcome.
    pub fn reset(&self) {
        self.connections.send_replace(CancellationToken::new()).cancel();
    }

    /// Changes one bit of the next bytes that go this way.
    pub fn corrupt(&self, direction: Direction) {
        match direction {
            Direction::Up => &self.counters.corrupt_up,
            Direction::Down => &self.counters.corrupt_down,
        }
        .fetch_add(1, Ordering::Relaxed);
    }

    /// What went over it so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            connections: self.counters.connections.load(Ordering::Relaxed),
            up: self.counters.up.load(Ordering::Relaxed),
            down: self.counters.down.load(Ordering::Relaxed),
            corrupted: self.counters.corrupted.load(Ordering::Relaxed),
        }
    }

    async fn accept(self, listener: TcpListener, upstream: SocketAddr, seed: u64, life: Lifecycle) {
        let stop = life.stop_token();
        loop {
            let agent = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    // Out of descriptors, or the peer left before we looked: neither ends the line.
                    Err(_) => {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                        continue;
                    }
                },
            };
            let number = self.counters.connections.fetch_add(1, Ordering::Relaxed);
            if self.weather.borrow().line == Line::Cut {
                let_it_reset(agent);
                continue;
            }
            let rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(number));
            // Cancelled by a reset, and by the end of everything.
            let ended = self.connections.borrow().child_token();
            life.spawn(self.clone().carry(agent, upstream, rng, ended, stop.clone()));
        }
    }

    async fn carry(
        self,
        agent: TcpStream,
        upstream: SocketAddr,
        rng: ChaCha8Rng,
        ended: CancellationToken,
        stop: CancellationToken,
    ) {
        let weather = self.weather.subscribe();
        if weather.borrow().line == Line::HalfOpen {
            // Nobody is there, but it looks as if.
            let mut pump = Pump::new(Direction::Up, weather, self.counters.clone(), rng);
            let (mut reader, _writer) = tokio::io::split(agent);
            tokio::select! {
                () = ended.cancelled() => {}
                () = stop.cancelled() => {}
                () = pump.swallow(&mut reader) => {}
            }
            let_it_reset(reader.unsplit(_writer));
            return;
        }
        let hub = tokio::select! {
            () = ended.cancelled() => return let_it_reset(agent),
            () = stop.cancelled() => return,
            connected = TcpStream::connect(upstream) => match connected {
                Ok(hub) => hub,
                Err(_) => return let_it_reset(agent),
            },
        };
        for stream in [&agent, &hub] {
            // Without it a probe's answer waits for the next packet; a line that cannot is as good as any.
            let _ = stream.set_nodelay(true);
        }
        let mut wires = Wires::new(agent, hub);
        let end = tokio::select! {
            () = ended.cancelled() => pump::End::Reset,
            () = stop.cancelled() => pump::End::Reset,
            end = wires.run(&self.weather, &self.counters, rng) => end,
        };
        if let pump::End::Reset = end {
            let (agent, hub) = wires.join();
            let_it_reset(agent);
            let_it_reset(hub);
        }
    }
}

/// Closes with a RST instead of a FIN.
fn let_it_reset(stream: TcpStream) {
    let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    drop(stream);
}

#[cfg(test)]
mod tests;
