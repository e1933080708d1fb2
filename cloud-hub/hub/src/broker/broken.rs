//! Why a connection of the hub's own to a broker ended.

use rumqttc::ConnectReturnCode;

use super::client::PATIENCE;
use super::codec::Malformed;

/// Why a connection to the broker ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("{0}")]
    Io(#[source] std::io::Error),
    #[error("the broker closed the connection")]
    Closed,
    #[error("the broker gave no answer for {} s", PATIENCE.as_secs())]
    Silent,
    #[error("the broker refused the hub: {0:?}")]
    Refused(ConnectReturnCode),
    #[error("the broker refused the subscription to {0}")]
    NotSubscribed(String),
    #[error("the broker sent what is not MQTT 3.1.1: {0}")]
    Malformed(Malformed),
    #[error("the broker sent a packet that does not belong here")]
    Unexpected,
}
