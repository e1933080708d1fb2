//! From an authenticated TLS connection to a session, or to a reason why not.

use std::time::Duration;

use bytes::BytesMut;
use rumqttc::{ConnAck, Packet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::acceptor::{Metered, Spent};
use super::certificate::Peer;
use super::codec::{self, MAX_PACKET, Malformed, Outbound};
use super::ended::Ended;
use super::gate::{Admission, DeviceGate};
use super::policy;
use super::relay::{BEHIND, Behind, FAREWELL};

/// Why it ended, and what the log may say besides.
pub(super) type End = (Ended, String);

pub(super) fn end(why: Ended) -> End {
    (why, String::new())
}

pub(super) fn malformed(error: Malformed) -> End {
    let why = if matches!(error, Malformed::Version(_)) { Ended::Version } else { Ended::Malformed };
    (why, format!(" ({:#})", anyhow::Error::from(error)))
}

/// Reads CONNECT and asks the gate; the error says also whether a CONNACK can tell the device.
pub(super) async fn admit<G: DeviceGate>(
    device: &mut TlsStream<Metered>,
    inbound: &mut BytesMut,
    peer: &Peer,
    behind: &Behind<G>,
) -> Result<Duration, (End, bool)> {
    let first = timeout(behind.limits.handshake(), first_packet(device, inbound)).await;
    let packet = match first {
        Ok(Ok(packet)) => packet,
        Ok(Err(error)) => {
            let tell = error.0 == Ended::Version;
            return Err((error, tell));
        }
        Err(_) => return Err((end(Ended::ConnectTimeout), false)),
    };
    let Packet::Connect(connect) = packet else { return Err((end(Ended::NotConnect), false)) };
    let keep_alive =
        policy::connect(&peer.identity, &connect, behind.limits.max_keep_alive_s).map_err(|why| (end(why), true))?;
    let verdict = match timeout(BEHIND, behind.gate.admit(&peer.identity, &peer.serial)).await {
        Ok(Admission::Ok) => return Ok(keep_alive),
        Ok(Admission::Unknown) => Ended::Unknown,
        Ok(Admission::Revoked) => Ended::Revoked,
        Ok(Admission::Unavailable) | Err(_) => Ended::GateSilent,
    };
    Err((end(verdict), true))
}

async fn first_packet(device: &mut TlsStream<Metered>, inbound: &mut BytesMut) -> Result<Packet, End> {
    loop {
        if let Some(packet) = codec::decode(inbound, MAX_PACKET).map_err(malformed)? {
            return Ok(packet);
        }
        codec::make_room(inbound);
        match device.read_buf(inbound).await {
            Ok(0) => return Err(end(Ended::PeerClosed)),
            Ok(_) => {}
            Err(error) if Spent::is_why(&error) => return Err(end(Ended::PreAuthBytes)),
            Err(error) => return Err((Ended::PeerClosed, format!(" ({error})"))),
        }
    }
}

/// Tells the device why, if it can be told, and closes.
pub(super) async fn refuse(mut device: TlsStream<Metered>, why: Option<Ended>) {
    let _ = timeout(FAREWELL, async {
        if let Some(why) = why {
            let mut answer = Outbound::default();
            if answer.push(&Packet::ConnAck(ConnAck::new(why.return_code(), false))).is_ok() {
                let _ = answer.drain_all(&mut device).await;
            }
        }
        let _ = device.shutdown().await;
    })
    .await;
}
