//! The way in for devices: TLS 1.3 acceptor → guard → rumqttd on loopback → the hub's link.
//!
//! ```text
//! device ══TLS 1.3, mutual══ acceptor ── guard ──loopback── rumqttd ──loopback── HubLink ── ingest
//! ```
//! rumqttd has no access control, is taken down by one odd byte, and acknowledges what it later loses. So it is a
//! pipe here and nothing else: identity and rights are the [guard](Guard)'s, and what is stored is said by the hub's
//! signed acknowledgement. With an [external broker](ExternalBroker) the hub is only a client, and the same policy
//! is written out as that broker's ACL ([`acl`]).

mod acceptor;
pub mod acl;
mod admit;
mod broken;
mod certificate;
mod client;
mod codec;
mod config;
mod ended;
mod endpoint;
mod flips;
mod gate;
mod guard;
mod link;
mod parcel;
mod policy;
mod prompt;
mod relay;
mod room;
mod router;
mod session;
mod sessions;
mod token;
mod watchdog;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rumqttc::mqttbytes::QoS;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tracing::info;
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_wire::topic::ALL_UP;

pub use certificate::{Peer, ServerTls, TlsError, peer_of};
pub use config::{BrokerConfig, ExternalBroker, ExternalTls, MqttConfig};
pub use ended::Ended;
pub use endpoint::EndpointError;
pub use gate::{Admission, DeviceGate};
pub use guard::Guard;
pub use link::{HubLink, LinkError, Publisher, UpMessage};
pub use router::RouterError;
pub use sessions::{SessionEvent, SessionInfo};
pub use token::AckToken;
pub use watchdog::{EXIT_ROUTER_DEAD, RouterDead, Watchdog};

use client::Client;
use endpoint::Endpoint;
use parcel::Wishes;
use relay::Behind;
use room::Room;

/// The broker, running.
#[derive(Debug)]
pub struct Broker {
    /// Who is connected, and the say over them.
    pub guard: Guard,
    /// For ingest, and through [`HubLink::publisher`] for everybody else.
    pub link: HubLink,
    /// To be run on the tracker; when it fails, the process exits with [`EXIT_ROUTER_DEAD`]. None with an external
    /// broker, whose absence is no fault of this process.
    pub watchdog: Option<Watchdog>,
    /// Where devices connect; none with an external broker.
    pub listen: Option<SocketAddr>,
}

/// The broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The router inside.
    #[error(transparent)]
    Router(#[from] RouterError),
    /// CA, certificate or key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// `[mqtt.external]`.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// `[mqtt] listen`.
    #[error("failed to listen for devices on {0} ([mqtt] listen)")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The hub's own subscription did not come about.
    #[error("the message router did not accept the hub's own link within 10 s")]
    NoLink,
}

/// Starts the broker that `config` names. Devices are let in only once the hub's link is subscribed: rumqttd
/// acknowledges and drops what nobody subscribed to. `tls` and `gate` are not used with an external broker.
pub async fn start<G: DeviceGate>(
    config: &MqttConfig,
    tls: &ServerTls,
    gate: Arc<G>,
    clock: Clock,
    life: &Lifecycle,
) -> Result<Broker, StartError> {
    let guard = Guard::new(clock);
    let wishes = |client_id: &str| Wishes {
        client_id: client_id.to_owned(),
        // What comes while the link is down is kept for it.
        clean_session: false,
        filter: ALL_UP.to_owned(),
        qos: QoS::AtLeastOnce,
    };
    let listen = match config.broker() {
        BrokerConfig::External(external) => {
            let client = Client::start(Endpoint::external(&external)?, wishes(&external.client_id), life);
            let link = HubLink::new(client, None);
            return Ok(Broker { guard, link, watchdog: None, listen: None });
        }
        BrokerConfig::Embedded { listen } => listen,
    };
    let acceptor = tls.acceptor()?;
    let listener = TcpListener::bind(listen).await.map_err(|error| StartError::Listen(listen, error))?;
    let listen = listener.local_addr().map_err(|error| StartError::Listen(listen, error))?;
    let router = router::start(config.max_connections, config.backlog.0).await?;
    let endpoint = Endpoint::loopback(router.addr, &router.login);
    let room = Arc::new(Room::new(config.backlog.0));
    let link = HubLink::new(Client::start(endpoint.clone(), wishes("hub-ingest"), life), Some(room.clone()));
    match timeout(Duration::from_secs(10), link.publisher().up()).await {
        Ok(Ok(())) => {}
        _ => return Err(StartError::NoLink),
    }
    let watchdog = Some(Watchdog::start(endpoint, life));
    let behind = Arc::new(Behind { gate, guard: guard.clone(), router, room, limits: config.clone() });
    life.spawn(acceptor::run(listener, acceptor, behind, life.clone(), life.stop_token()));
    info!(%listen, "devices may connect on {listen}");
    Ok(Broker { guard, link, watchdog, listen: Some(listen) })
}
