//! Why a connection was refused or a session ended: one list for counters, logs and events.

use std::sync::atomic::{AtomicU64, Ordering};

use rumqttc::ConnectReturnCode;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident, $label:literal, $text:literal;)*) => {
        /// Why a connection was refused or a session ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Ended { $($(#[$doc])* $name,)* }

        impl Ended {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// A stable name for counters and the API: `snake_case`.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// For people: "connection closed: …".
            pub fn reason(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// In good order.
    Goodbye, "goodbye", "the device said goodbye";
    /// End of file, reset, or a TLS error on an authenticated connection.
    PeerClosed, "peer_closed", "the device's side closed it";
    /// The same identity connected again.
    Replaced, "replaced", "the same identity connected again";
    /// [`Guard::cut`](super::Guard::cut).
    Cut, "cut", "the hub cut it";
    /// The hub is stopping.
    Stopping, "stopping", "the hub is stopping";
    /// Above `max_connections`.
    Full, "full", "the hub holds as many connections as it may";
    /// Above `max_pending`.
    PendingFull, "pending_full", "too many connections are waiting to authenticate";
    /// Above `max_pending_per_address`.
    PendingFromAddress, "pending_from_address", "too many connections from this address are waiting to authenticate";
    /// No TLS handshake in time.
    HandshakeTimeout, "handshake_timeout", "no TLS handshake in time";
    /// Not TLS 1.3, or a certificate that our CA did not issue for a client, or that is not valid now.
    Handshake, "handshake", "the TLS handshake failed";
    /// Not exactly one `urn:vyavs:` name in the certificate.
    NoIdentity, "no_identity", "the certificate names no device: it needs exactly one SAN URI urn:vyavs:{org}:{store}:{device}";
    /// No CONNECT in time.
    ConnectTimeout, "connect_timeout", "no CONNECT in time";
    /// 16 KiB and still not authenticated.
    PreAuthBytes, "pre_auth_bytes", "more than 16 KiB before authentication";
    /// Something else came first.
    NotConnect, "not_connect", "the first packet was not CONNECT";
    /// Not a packet of MQTT 3.1.1.
    Malformed, "malformed", "bytes that are not MQTT 3.1.1";
    /// Another version of the protocol.
    Version, "version", "another protocol version than MQTT 3.1.1";
    /// Client id and certificate differ.
    ClientId, "client_id", "the client id is not the URN in the certificate";
    /// A persistent session was asked for.
    CleanSession, "clean_session", "only clean sessions are kept here";
    /// A last will.
    Will, "will", "a last will, which no device may have";
    /// 0, or above the limit.
    KeepAlive, "keep_alive", "a keep-alive outside the limits";
    /// The hub does not know the device.
    Unknown, "unknown", "the hub does not know this device";
    /// The device or its certificate is revoked.
    Revoked, "revoked", "this device or its certificate is revoked";
    /// The register of devices gave no answer.
    GateSilent, "gate_silent", "the register of devices could not be asked";
    /// Took itself over too often: maybe a clone.
    Quarantined, "quarantined", "in quarantine: one identity was used from two places";
    /// CONNECT on a session.
    SecondConnect, "second_connect", "a second CONNECT";
    /// PUBLISH to anything but the own `up`.
    PublishTopic, "publish_topic", "a publish to a topic that is not the device's own up";
    /// PUBLISH with retain.
    Retain, "retain", "a retained publish";
    /// QoS 2, up or down.
    Qos2, "qos2", "QoS 2, which is not offered";
    /// PUBLISH above the payload limit.
    Oversize, "oversize", "a payload over the limit";
    /// SUBSCRIBE to anything but the own `down`.
    SubscribeFilter, "subscribe_filter", "a subscription to anything but the device's own down";
    /// PUBACK for what was not sent, or in the wrong order.
    BadAck, "bad_ack", "an acknowledgement of what was not sent, or out of order";
    /// A packet type that a device has no use for.
    NotForDevices, "not_for_devices", "a kind of packet that devices have no use for";
    /// One and a half keep-alives of silence.
    Silent, "silent", "silent for one and a half keep-alives";
    /// Took nothing of what was sent to it.
    SlowReader, "slow_reader", "took nothing of what was sent to it for 30 s";
    /// The router behind the guard is not there, or closed the connection.
    RouterGone, "router_gone", "the router behind the guard is not there";
    /// The router sent what it may not send to this device.
    RouterBreach, "router_breach", "the router sent what is not for this device";
}

impl Ended {
    /// The device did what it may not, or could not be let in; the rest is the ordinary end of a session.
    pub fn is_refusal(self) -> bool {
        !matches!(
            self,
            Self::Goodbye
                | Self::PeerClosed
                | Self::Replaced
                | Self::Cut
                | Self::Stopping
                | Self::Silent
                | Self::RouterGone
        )
    }

    /// What CONNACK says, where the client can still be told.
    pub(crate) fn return_code(self) -> ConnectReturnCode {
        match self {
            Self::Version => ConnectReturnCode::RefusedProtocolVersion,
            Self::ClientId => ConnectReturnCode::BadClientId,
            Self::GateSilent | Self::RouterGone | Self::Quarantined | Self::Stopping | Self::RouterBreach => {
                ConnectReturnCode::ServiceUnavailable
            }
            _ => ConnectReturnCode::NotAuthorized,
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.reason())
    }
}

/// How often each reason occurred since the start.
#[derive(Debug)]
pub(crate) struct Counts(Vec<AtomicU64>);

impl Default for Counts {
    fn default() -> Self {
        Self(Ended::ALL.iter().map(|_| AtomicU64::new(0)).collect())
    }
}

impl Counts {
    pub(crate) fn add(&self, why: Ended) {
        self.0[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, why: Ended) -> u64 {
        self.0[why as usize].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_label_and_counter() {
        let counts = Counts::default();
        let labels: std::collections::HashSet<_> = Ended::ALL.iter().map(|why| why.label()).collect();
        assert_eq!(labels.len(), Ended::ALL.len());
        for (at, why) in Ended::ALL.iter().enumerate() {
            assert_eq!(*why as usize, at);
            (0..=at).for_each(|_| counts.add(*why));
        }
        for (at, why) in Ended::ALL.iter().enumerate() {
            assert_eq!(counts.get(*why), at as u64 + 1);
        }
    }
}
