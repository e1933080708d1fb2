//! What the hub's own client of a broker carries, and what it asks for.

use bytes::Bytes;
use rumqttc::mqttbytes::QoS;

use super::token::AckToken;

/// What goes out.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    pub(crate) qos: QoS,
}

/// What came in.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    pub(crate) ack: AckToken,
}

/// What a client asks for.
#[derive(Clone, Debug)]
pub(crate) struct Wishes {
    pub(crate) client_id: String,
    /// `false`: the broker keeps what comes while the link is down.
    pub(crate) clean_session: bool,
    pub(crate) filter: String,
    pub(crate) qos: QoS,
}
