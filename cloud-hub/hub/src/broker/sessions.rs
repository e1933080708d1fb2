//! What the guard says about connected devices: who is there, who came and who left.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use vyavs_domain::ids::DeviceIdentity;

use super::ended::Ended;

/// One device that is connected now.
#[derive(Clone, Debug)]
pub struct SessionInfo {
    /// Who.
    pub identity: DeviceIdentity,
    /// From where.
    pub address: SocketAddr,
    /// Serial number of its certificate.
    pub cert_serial: String,
    /// Since when.
    pub since: Timestamp,
    /// Nothing was heard from it for this long.
    pub idle: Duration,
    /// Messages it published.
    pub messages_in: u64,
    /// Payload bytes of these.
    pub bytes_in: u64,
    /// Messages sent to it.
    pub messages_out: u64,
    /// Payload bytes of these.
    pub bytes_out: u64,
}

/// What ingest and the API may want to know at once.
#[derive(Clone, Debug)]
pub enum SessionEvent {
    /// A device came. If it was there already, a `Disconnected` with [`Ended::Replaced`] precedes this.
    Connected(SessionInfo),
    /// A device left.
    Disconnected {
        /// Who.
        identity: DeviceIdentity,
        /// When.
        at: Timestamp,
        /// Why.
        why: Ended,
    },
    /// One identity took itself over too often: two boxes may share a key. Both are out, for a minute.
    CloneSuspected {
        /// Whose.
        identity: DeviceIdentity,
        /// When.
        at: Timestamp,
        /// Where the last one came from.
        address: SocketAddr,
        /// Where the one before it was.
        other: SocketAddr,
    },
    /// A device with a valid certificate was refused or thrown out for what it did.
    Refused {
        /// Who.
        identity: DeviceIdentity,
        /// When.
        at: Timestamp,
        /// Why.
        why: Ended,
    },
}
