//! One connection to the broker; rumqttc's traps stay in here.
//!
//! `poll` is not cancel-safe, so it runs in a task of its own; after any error the client is thrown away.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS, SubscribeReasonCode, Transport};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::BrokerConfig;

/// How long connecting and subscribing may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest message; a birth of a large node has tens of kilobytes.
const MAX_MESSAGE: usize = 1 << 20;
/// Messages that may wait for us; then the socket does.
const WAITING: usize = 256;
const REQUESTS: usize = 64;

/// A message.
#[derive(Debug)]
pub(super) struct Publish {
    pub(super) topic: String,
    pub(super) payload: Bytes,
    pub(super) retained: bool,
}

impl Publish {
    /// For the board: the topic and as much of the message as is text.
    pub(super) fn picture(&self) -> String {
        let text = String::from_utf8_lossy(&self.payload[..self.payload.len().min(512)]).into_owned();
        vyavs_codec::scrub::scrub_text(&format!("{} {text}\n", self.topic)).into_owned()
    }
}

pub(super) struct Link {
    client: AsyncClient,
    messages: mpsc::Receiver<Result<Publish, String>>,
    /// Dropped with the link: nothing polls a connection that nobody listens to.
    _poller: AbortOnDropHandle<()>,
}

impl Link {
    /// Connects and subscribes; says why not.
    pub(super) async fn open(config: &BrokerConfig) -> Result<Self, String> {
        let (host, port) = config.host().map_err(|error| error.to_string())?;
        let id = config.client_id.clone().unwrap_or_else(|| format!("vyavs-{}", config.name));
        let mut options = MqttOptions::new(id, host, port);
        options.set_keep_alive(Duration::from_secs(u64::from(config.keep_alive_s.max(5))));
        options.set_clean_session(true);
        options.set_max_packet_size(MAX_MESSAGE, MAX_MESSAGE);
        if let (Some(user), Some(password)) = (&config.user_file, &config.password_file) {
            options.set_credentials(secret(user)?, secret(password)?);
        }
        if let Some(ca) = &config.ca_file {
            let tls = rumqttc::TlsConfiguration::Rustls(tls(ca)?);
            options.set_transport(Transport::tls_with_config(tls));
        }
        let (client, mut poll) = AsyncClient::new(options, REQUESTS);
        poll.network_options.set_connection_timeout(PATIENCE.as_secs());
        poll.network_options.set_tcp_nodelay(true);
        let (tx, messages) = mpsc::channel(WAITING);
        let ready = connect(&client, &mut poll, config, &tx);
        tokio::time::timeout(PATIENCE, ready).await.map_err(|_| {
            format!("{} did not take us and our subscriptions within {} s", config.address, PATIENCE.as_secs())
        })??;
        #[expect(clippy::disallowed_methods, reason = "belongs to the link and is aborted with it")]
        let poller = tokio::spawn(pump(poll, tx, config.address.clone()));
        Ok(Self { client, messages, _poller: AbortOnDropHandle::new(poller) })
    }

    /// The next message. Safe to drop and call again.
    pub(super) async fn next(&mut self) -> Result<Publish, String> {
        self.messages.recv().await.unwrap_or_else(|| Err("the connection ended".to_owned()))
    }

    /// Publishes without waiting.
    pub(super) fn publish(&self, topic: &str, payload: Vec<u8>) -> Result<(), String> {
        self.client.try_publish(topic, QoS::AtMostOnce, false, payload).map_err(|error| error.to_string())
    }
}

/// Until every subscription is granted. A retained message may come before that.
async fn connect(
    client: &AsyncClient,
    poll: &mut EventLoop,
    config: &BrokerConfig,
    messages: &mpsc::Sender<Result<Publish, String>>,
) -> Result<(), String> {
    let mut open = config.subscriptions.iter();
    let mut asked = "";
    loop {
        match poll.poll().await.map_err(|error| cause(&config.address, &error))? {
            Event::Incoming(Packet::ConnAck(_)) => {}
            Event::Incoming(Packet::SubAck(granted)) => {
                if granted.return_codes.contains(&SubscribeReasonCode::Failure) {
                    return Err(format!("{} refuses the subscription {asked:?}", config.address));
                }
            }
            Event::Incoming(Packet::Publish(publish)) => {
                let _ = messages.try_send(Ok(message(publish)));
                continue;
            }
            _ => continue,
        }
        let Some(next) = open.next() else { return Ok(()) };
        asked = &next.topic;
        client.try_subscribe(asked, QoS::AtLeastOnce).map_err(|error| error.to_string())?;
    }
}

async fn pump(mut poll: EventLoop, messages: mpsc::Sender<Result<Publish, String>>, address: String) {
    loop {
        let event = match poll.poll().await {
            Ok(Event::Incoming(Packet::Publish(publish))) => Ok(message(publish)),
            Ok(_) => continue,
            Err(error) => Err(cause(&address, &error)),
        };
        let over = event.is_err();
        if messages.send(event).await.is_err() || over {
            return;
        }
    }
}

fn message(publish: rumqttc::Publish) -> Publish {
    Publish { topic: publish.topic, payload: publish.payload, retained: publish.retain }
}

fn cause(address: &str, error: &rumqttc::ConnectionError) -> String {
    match error {
        rumqttc::ConnectionError::ConnectionRefused(code) => {
            format!("{address} refuses us ({code:?}): check user_file, password_file and client_id")
        }
        rumqttc::ConnectionError::Io(error) => format!("failed to reach {address}: {error}"),
        rumqttc::ConnectionError::NetworkTimeout => format!("{address} did not answer in time"),
        other => format!("{address}: {other}"),
    }
}

fn secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("failed to read {}: {error}", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn tls(ca: &Path) -> Result<Arc<rustls::ClientConfig>, String> {
    let cannot = |error: String| format!("ca_file {}: {error}", ca.display());
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|error| cannot(error.to_string()))? {
        let certificate = certificate.map_err(|error| cannot(error.to_string()))?;
        roots.add(certificate).map_err(|error| cannot(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(cannot("no certificate in it".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| cannot(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
