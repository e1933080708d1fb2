//! One MQTT connection, from TLS to the subscription; rumqttc's traps stay in here.
//!
//! `poll` is not cancel-safe, so it runs in a task of its own; after any error the client is thrown away, because
//! what it kept would be sent out of turn.

use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Outgoing, Packet, QoS, Transport};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use vyavs_wire::MAX_PAYLOAD;
use vyavs_wire::topic::Topic;
use vyavs_wire::up::{Message, Up};

use super::UplinkConfig;
use crate::identity::Identity;

/// The connection is not to be had, or gone.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// TCP, TLS or MQTT.
    #[error("{0}")]
    Connection(String),
    /// The broker did not take us in time.
    #[error("no answer from the broker in {0} s")]
    Timeout(u64),
    /// The poll task ended.
    #[error("the connection ended")]
    Ended,
}

/// What comes from the hub.
#[derive(Debug)]
pub(super) enum LinkEvent {
    /// A publish on our `down`.
    Down(bytes::Bytes),
}

pub(super) struct Link {
    client: AsyncClient,
    up: String,
    events: mpsc::UnboundedReceiver<Result<LinkEvent, LinkError>>,
    /// Dropped with the link: nothing polls a connection that nobody listens to.
    _poller: AbortOnDropHandle<()>,
}

/// Requests that may wait for the socket; more only fills memory.
const REQUESTS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(15);

impl Link {
    pub(super) async fn open(config: &UplinkConfig, identity: &Identity) -> Result<Self, LinkError> {
        let us = identity.enrolment.identity;
        let host = config.host.clone().unwrap_or_else(|| identity.enrolment.mqtt_host.clone());
        let port = config.port.unwrap_or(identity.enrolment.mqtt_port);
        let mut options = MqttOptions::new(us.to_string(), host, port);
        options.set_keep_alive(Duration::from_secs(config.keep_alive_s.into()));
        options.set_clean_session(true);
        options.set_inflight(64);
        // The payload, its topic and a fixed header.
        options.set_max_packet_size(MAX_PAYLOAD + 512, MAX_PAYLOAD + 512);
        options.set_transport(Transport::tls_with_config(rumqttc::TlsConfiguration::Rustls(identity.tls())));
        let (client, mut poll) = AsyncClient::new(options, REQUESTS);
        poll.network_options.set_connection_timeout(PATIENCE.as_secs());
        // Frames are whole: waiting to fill a segment only adds the delayed ACK of the other side.
        poll.network_options.set_tcp_nodelay(true);
        let down = Topic::down(us).to_string();
        let ready = connect(&client, &mut poll, &down);
        tokio::time::timeout(PATIENCE, ready).await.map_err(|_| LinkError::Timeout(PATIENCE.as_secs()))??;
        // Not bounded: the hub sends one answer a frame, and frames are bounded by its credit.
        let (tx, events) = mpsc::unbounded_channel();
        #[expect(clippy::disallowed_methods, reason = "belongs to the link and is aborted with it")]
        let poller = tokio::spawn(pump(poll, tx));
        Ok(Self { client, up: Topic::up(us).to_string(), events, _poller: AbortOnDropHandle::new(poller) })
    }

    /// The next thing from the hub. Safe to drop and call again.
    pub(super) async fn next(&mut self) -> Result<LinkEvent, LinkError> {
        self.events.recv().await.ok_or(LinkError::Ended)?
    }

    /// What has come already.
    pub(super) fn try_next(&mut self) -> Result<Option<LinkEvent>, LinkError> {
        match self.events.try_recv() {
            Ok(event) => event.map(Some),
            Err(mpsc::error::TryRecvError::Empty) => Ok(None),
            Err(mpsc::error::TryRecvError::Disconnected) => Err(LinkError::Ended),
        }
    }

    /// Publishes with QoS 1; waits for room.
    pub(super) async fn send(&mut self, payload: Vec<u8>) -> Result<(), LinkError> {
        let publish = self.client.publish(self.up.as_str(), QoS::AtLeastOnce, false, payload);
        tokio::time::timeout(Duration::from_secs(30), publish)
            .await
            .map_err(|_| LinkError::Timeout(30))?
            .map_err(|error| LinkError::Connection(error.to_string()))
    }

    /// Publishes a picture of now: lost is lost.
    pub(super) async fn tell(&mut self, conversation: u64, message: &Message) -> Result<(), LinkError> {
        let payload = Up::message(conversation, message);
        if payload.len() > MAX_PAYLOAD {
            return Ok(());
        }
        match self.client.try_publish(self.up.as_str(), QoS::AtMostOnce, false, payload) {
            Ok(()) | Err(rumqttc::ClientError::TryRequest(_)) => Ok(()),
            Err(error) => Err(LinkError::Connection(error.to_string())),
        }
    }

    /// A last picture, then goodbye.
    pub(super) async fn farewell(mut self, conversation: u64, last: Message) {
        let _ = self.tell(conversation, &last).await;
        let _ = tokio::time::timeout(Duration::from_secs(1), self.client.disconnect()).await;
        // The poll task writes what was asked of it and then meets the closed connection.
        let _ = tokio::time::timeout(Duration::from_secs(1), async { while self.next().await.is_ok() {} }).await;
    }
}

async fn connect(client: &AsyncClient, poll: &mut EventLoop, down: &str) -> Result<(), LinkError> {
    loop {
        match poll.poll().await.map_err(failed)? {
            Event::Incoming(Packet::ConnAck(_)) => client
                .try_subscribe(down, QoS::AtLeastOnce)
                .map_err(|error| LinkError::Connection(error.to_string()))?,
            Event::Incoming(Packet::SubAck(_)) => return Ok(()),
            _ => {}
        }
    }
}

async fn pump(mut poll: EventLoop, events: mpsc::UnboundedSender<Result<LinkEvent, LinkError>>) {
    loop {
        let event = match poll.poll().await {
            Ok(Event::Incoming(Packet::Publish(publish))) => Ok(LinkEvent::Down(publish.payload)),
            Ok(Event::Outgoing(Outgoing::Disconnect)) => Err(LinkError::Ended),
            Ok(_) => continue,
            Err(error) => Err(failed(error)),
        };
        let over = event.is_err();
        if events.send(event).is_err() || over {
            return;
        }
    }
}

fn failed(error: rumqttc::ConnectionError) -> LinkError {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    // rustls judges certificates by the machine's clock; ours do not run out for years.
    if ["certificate expired", "certificate not valid yet"].iter().any(|what| text.contains(what)) {
        text = format!("by this box's clock the hub's certificate is not valid; is the clock right? ({text})");
    }
    LinkError::Connection(text)
}
