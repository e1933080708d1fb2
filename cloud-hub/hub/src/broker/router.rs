//! rumqttd 0.20 as what it is good at: a router in memory, on loopback, that only the guard can talk to.
//!
//! What was measured or read in its source, and what is done about it:
//! - one idle connection blocks its TLS listener, a non-ASCII topic kills its router: it never sees either;
//! - any local process may connect to loopback: it asks for a password that is new at every start;
//! - a CONNECT that fails between registering and answering leaves a sender behind, and the next CONNECT under the
//!   same client id panics with a lock held, after which nobody can connect: client ids are [`Slots`], used again
//!   only after a pause, and never after such a failure;
//! - it remembers every client id for ever: slots are used again, so there are as many as sessions at a time;
//! - every filter has its own log, which only ever grows to its limit: the logs of the `down` topics are small, for
//!   an answer that was overtaken by 16 KiB of others is void anyway, and that of `up` is sized by `backlog`.

use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Mutex;
use std::time::Duration;

use rumqttd::{ConnectionSettings, RouterConfig, SegmentConfig, ServerSettings};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tracing::error;
use vyavs_wire::MAX_PAYLOAD;
use vyavs_wire::topic::ALL_UP;

use super::codec::MAX_PACKET;

/// The router did not start.
#[derive(Debug, thiserror::Error)]
pub enum RouterError {
    /// No free port on loopback, or no thread.
    #[error("failed to start the message router on loopback")]
    Start(#[source] std::io::Error),
    /// It does not answer.
    #[error("the message router does not listen on {0}")]
    Silent(SocketAddr),
}

/// The running router.
#[derive(Debug)]
pub(crate) struct Router {
    /// Where it listens, on loopback.
    pub(crate) addr: SocketAddr,
    /// User and password; new at every start.
    pub(crate) login: (String, String),
    pub(crate) slots: Slots,
}

/// Starts it. It cannot be stopped: it ends with the process.
pub(crate) async fn start(max_connections: usize, backlog: u64) -> Result<Router, RouterError> {
    let login = ("vyavs".to_owned(), uuid::Uuid::new_v4().simple().to_string());
    let mut last = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // Between finding a free port and rumqttd's own bind somebody else may take it: then the next one.
    for _ in 0..5 {
        let addr = free_port().map_err(RouterError::Start)?;
        let mut broker = rumqttd::Broker::new(config(addr, max_connections, backlog, &login));
        let thread = std::thread::Builder::new()
            .name("mqtt-router".to_owned())
            .spawn(move || {
                if let Err(error) = broker.start() {
                    error!(%error, "the message router ended");
                }
            })
            .map_err(RouterError::Start)?;
        for _ in 0..250 {
            if thread.is_finished() {
                break;
            }
            if TcpStream::connect(addr).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
                if !thread.is_finished() {
                    return Ok(Router { addr, login, slots: Slots::default() });
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        last = addr;
    }
    Err(RouterError::Silent(last))
}

fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn config(listen: SocketAddr, max_connections: usize, backlog: u64, login: &(String, String)) -> rumqttd::Config {
    const SEGMENTS: usize = 16;
    // The log must hold more than what the guard lets in, or it drops what it acknowledged.
    let segment = usize::try_from(backlog).unwrap_or(usize::MAX / 2) / (SEGMENTS - 2) + 16 * MAX_PAYLOAD;
    let up = SegmentConfig { max_segment_size: segment, max_segment_count: SEGMENTS };
    let server = ServerSettings {
        name: "mqtt-router-io".to_owned(),
        listen,
        tls: None,
        next_connection_delay_ms: 0,
        connections: ConnectionSettings {
            connection_timeout_ms: 5_000,
            max_payload_size: MAX_PACKET,
            max_inflight_count: 200,
            auth: Some(HashMap::from([login.clone()])),
            external_auth: None,
            dynamic_filters: false,
        },
    };
    rumqttd::Config {
        id: 0,
        router: RouterConfig {
            max_connections: max_connections + 64,
            max_outgoing_packet_count: 100,
            max_segment_size: 8 * 1024,
            max_segment_count: 3,
            custom_segment: Some(HashMap::from([(ALL_UP.to_owned(), up)])),
            ..RouterConfig::default()
        },
        v4: Some(HashMap::from([("guard".to_owned(), server)])),
        ..rumqttd::Config::default()
    }
}

/// Client ids for the router: `s0`, `s1`, …
#[derive(Debug, Default)]
pub(crate) struct Slots(Mutex<Free>);

#[derive(Debug, Default)]
struct Free {
    next: u64,
    /// Given back, with the time of it, oldest first.
    used: VecDeque<(Instant, u64)>,
}

impl Slots {
    /// The router needs a moment to see that a connection ended.
    const PAUSE: Duration = Duration::from_secs(10);

    pub(crate) fn take(&self, now: Instant) -> u64 {
        let mut free = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match free.used.front() {
            Some((since, slot)) if now.duration_since(*since) >= Self::PAUSE => {
                let slot = *slot;
                free.used.pop_front();
                slot
            }
            _ => {
                free.next += 1;
                free.next
            }
        }
    }

    /// Only when the router had answered the CONNECT under it.
    pub(crate) fn give_back(&self, slot: u64, now: Instant) {
        let mut free = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        free.used.push_back((now, slot));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again_but_not_at_once() {
        let (slots, start) = (Slots::default(), Instant::now());
        let (a, b) = (slots.take(start), slots.take(start));
        assert_ne!(a, b);
        slots.give_back(a, start);
        assert!(![a, b].contains(&slots.take(start)));
        assert_eq!(slots.take(start + Slots::PAUSE), a);
        assert!(![a, b].contains(&slots.take(start + Slots::PAUSE)));
    }
}
