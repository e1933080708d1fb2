//! The hub's own place at the broker, ours or another: every device's `up` comes out, `down` goes in.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rumqttc::mqttbytes::QoS;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::warn;
use vyavs_domain::ids::DeviceIdentity;
use vyavs_wire::MAX_PAYLOAD;
use vyavs_wire::topic::{Direction, Topic};

use super::client::Client;
use super::parcel::{Delivery, Outgoing};
use super::room::Room;
use super::token::AckToken;

/// The link cannot take a message.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The hub is stopping.
    #[error("the link to the broker is closed")]
    Closed,
    /// The broker is not there or too slow.
    #[error("the broker has taken nothing for 5 s")]
    Busy,
    /// Longer than a payload may be.
    #[error("a payload of {0} bytes is over the limit of {MAX_PAYLOAD}")]
    Oversize(usize),
}

/// A message from a device.
#[derive(Debug)]
pub struct UpMessage {
    /// By its topic. Our guard lets no device publish under another's; with an external broker its ACL does.
    pub identity: DeviceIdentity,
    /// As published.
    pub payload: Bytes,
    /// Hold it until the message is taken care of.
    pub ack: AckToken,
}

/// The hub's link to the broker.
#[derive(Debug)]
pub struct HubLink {
    deliveries: mpsc::Receiver<Delivery>,
    publisher: Publisher,
    room: Option<Arc<Room>>,
}

impl HubLink {
    pub(crate) fn new(client: Client, room: Option<Arc<Room>>) -> Self {
        let publisher = Publisher { queue: client.queue, up: client.up };
        Self { deliveries: client.deliveries, publisher, room }
    }

    /// The next message of any device; `None` when the hub is stopping. Safe to drop and start again. Messages of
    /// one device come in the order it published them.
    pub async fn next(&mut self) -> Option<UpMessage> {
        loop {
            let delivery = match &self.room {
                None => self.deliveries.recv().await?,
                Some(room) => match timeout(Duration::from_secs(1), self.deliveries.recv()).await {
                    Ok(delivery) => {
                        let delivery = delivery?;
                        room.take(delivery.payload.len());
                        delivery
                    }
                    Err(_) => {
                        room.settle();
                        continue;
                    }
                },
            };
            match delivery.topic.parse::<Topic>() {
                Ok(Topic { identity, direction: Direction::Up }) if delivery.payload.len() <= MAX_PAYLOAD => {
                    return Some(UpMessage { identity, payload: delivery.payload, ack: delivery.ack });
                }
                // Only with an external broker whose ACL or size limit is not ours.
                _ => warn!(
                    topic = %delivery.topic.escape_debug(),
                    bytes = delivery.payload.len(),
                    "a message that no device of ours may publish was dropped: check the broker's ACL"
                ),
            }
        }
    }

    /// Sends `payload` to the device's `down`. Returns when the link has it; what the broker then does with it the
    /// device's own acknowledgements tell. A device that is not connected never gets it.
    pub async fn publish(&self, identity: DeviceIdentity, payload: Vec<u8>) -> Result<(), LinkError> {
        self.publisher.publish(identity, payload).await
    }

    /// A handle for others that publish; cheap to clone.
    pub fn publisher(&self) -> Publisher {
        self.publisher.clone()
    }

    /// Whether the broker is there now.
    pub fn is_up(&self) -> bool {
        self.publisher.is_up()
    }
}

/// Sends to `down`, from anywhere in the hub.
#[derive(Clone, Debug)]
pub struct Publisher {
    queue: mpsc::Sender<Outgoing>,
    up: watch::Receiver<bool>,
}

impl Publisher {
    /// As [`HubLink::publish`].
    pub async fn publish(&self, identity: DeviceIdentity, payload: Vec<u8>) -> Result<(), LinkError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(LinkError::Oversize(payload.len()));
        }
        let topic = Topic::down(identity).to_string();
        let message = Outgoing { topic, payload: payload.into(), qos: QoS::AtLeastOnce };
        match self.queue.send_timeout(message, Duration::from_secs(5)).await {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(LinkError::Closed),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(LinkError::Busy),
        }
    }

    /// Whether the broker is there now.
    pub fn is_up(&self) -> bool {
        *self.up.borrow()
    }

    /// Until the broker is there.
    pub async fn up(&mut self) -> Result<(), LinkError> {
        self.up.wait_for(|up| *up).await.map(drop).map_err(|_| LinkError::Closed)
    }
}
