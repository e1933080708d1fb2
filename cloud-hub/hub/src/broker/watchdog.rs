//! A heartbeat through the embedded router: when it stops, the router is dead although its port still answers.
//!
//! rumqttd's router is a thread that nothing can restart in the process, so the process has to end and be started
//! again by its supervisor (systemd, or the container's restart policy).

use std::time::Duration;

use bytes::Bytes;
use rumqttc::mqttbytes::QoS;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use vyavs_service::lifecycle::Lifecycle;
use vyavs_wire::topic::HEARTBEAT;

use super::client::Client;
use super::endpoint::Endpoint;
use super::parcel::{Outgoing, Wishes};

/// What the process exits with when the router is dead: `EX_SOFTWARE`.
pub const EXIT_ROUTER_DEAD: i32 = 70;

const BEAT: Duration = Duration::from_secs(2);
const MISSES: u32 = 3;

/// The router inside the process is dead; the process must be started again.
#[derive(Debug, thiserror::Error)]
#[error(
    "the message router is dead: {MISSES} heartbeats in a row did not come back; the process must be started again"
)]
pub struct RouterDead;

/// Watches the router on a connection of its own: ingest may be slow, the heartbeat may not.
#[derive(Debug)]
pub struct Watchdog {
    client: Client,
    stop: CancellationToken,
}

impl Watchdog {
    pub(crate) fn start(endpoint: Endpoint, life: &Lifecycle) -> Self {
        let wishes = Wishes {
            client_id: "hub-watchdog".to_owned(),
            clean_session: true,
            filter: HEARTBEAT.to_owned(),
            qos: QoS::AtMostOnce,
        };
        Self { client: Client::start(endpoint, wishes, life), stop: life.stop_token() }
    }

    /// Until stop, or until three heartbeats in a row are missed. On the error `main` exits with
    /// [`EXIT_ROUTER_DEAD`].
    pub async fn run(self) -> Result<(), RouterDead> {
        self.run_every(BEAT).await
    }

    async fn run_every(mut self, beat: Duration) -> Result<(), RouterDead> {
        let mut tick = interval(beat);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut sent, mut seen, mut misses) = (0u64, 0u64, 0u32);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                delivery = self.client.deliveries.recv() => {
                    let Some(delivery) = delivery else { return Ok(()) };
                    let beat = delivery.payload.as_ref().try_into().map(u64::from_be_bytes).unwrap_or(0);
                    seen = seen.max(beat.min(sent));
                    misses = 0;
                }
                _ = tick.tick() => {
                    if seen < sent {
                        misses += 1;
                        warn!(misses, "a heartbeat through the message router is missing");
                        if misses >= MISSES {
                            error!(exit_code = EXIT_ROUTER_DEAD, "{RouterDead}");
                            return Err(RouterDead);
                        }
                    }
                    sent += 1;
                    let beat = Bytes::copy_from_slice(&sent.to_be_bytes());
                    let message = Outgoing { topic: HEARTBEAT.to_owned(), payload: beat, qos: QoS::AtMostOnce };
                    // A full queue is a heartbeat that does not come back.
                    let _ = self.client.queue.try_send(message);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::router;
    use tokio::time::timeout;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_router_that_panicked_behind_its_open_port_is_found_dead() {
        let life = Lifecycle::new();
        let router = router::start(10, 1 << 20).await.expect("started");
        let endpoint = Endpoint::loopback(router.addr, &router.login);
        let watchdog = Watchdog::start(endpoint.clone(), &life);
        watchdog.client.up.clone().wait_for(|up| *up).await.expect("running");
        let beat = Duration::from_millis(100);
        let mut watch = tokio::task::JoinSet::new();
        watch.spawn(watchdog.run_every(beat));
        assert!(timeout(beat * 20, watch.join_next()).await.is_err(), "a living router is left alone");

        // What the guard never lets through: rumqttd slices the topic after its first byte.
        let wishes = Wishes {
            client_id: "killer".to_owned(),
            clean_session: true,
            filter: "x".to_owned(),
            qos: QoS::AtMostOnce,
        };
        let killer = Client::start(endpoint, wishes, &life);
        killer.up.clone().wait_for(|up| *up).await.expect("running");
        let message = Outgoing { topic: "é".to_owned(), payload: Bytes::from_static(b"x"), qos: QoS::AtMostOnce };
        killer.queue.send(message).await.expect("running");
        let dead = timeout(Duration::from_secs(10), watch.join_next()).await.expect("noticed").expect("one task");
        assert!(dead.expect("no panic").is_err());
        assert!(tokio::net::TcpStream::connect(router.addr).await.is_ok(), "its port still answers");
        life.shutdown(Duration::from_secs(5)).await;
    }
}
