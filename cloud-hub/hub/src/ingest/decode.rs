//! A message from a device, read as far as the bytes allow; nothing here trusts a length it has not checked.

use jiff::Timestamp;
use vyavs_delivery::frame::{Frame, Header};
use vyavs_delivery::hub_step::Arrival;
use vyavs_domain::ids::DeviceIdentity;
use vyavs_wire::record::{Record, Stream};
use vyavs_wire::up::{Body, HelloV1, LossV1, Message, NowV1, Up};

use crate::broker::{AckToken, UpMessage};

/// A message, and who sent it when.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) identity: DeviceIdentity,
    pub(super) at: Timestamp,
    /// Which of the device's conversations it belongs to; `None` when that cannot be read.
    pub(super) conversation: Option<u64>,
    pub(super) content: Content,
    /// Dropped with the message: only then does the broker hand out another in its place.
    _place: AckToken,
}

#[derive(Debug)]
pub(super) enum Content {
    Hello(HelloV1),
    Now(NowV1),
    Records {
        header: Header,
        arrival: Arrival,
        records: Vec<Record>,
    },
    /// The header holds, the records do not.
    Poison {
        header: Header,
        arrival: Arrival,
        raw: Vec<u8>,
        reason: String,
    },
    Loss {
        loss: LossV1,
        stream: Stream,
        arrival: Arrival,
        signature: Vec<u8>,
    },
    /// Nothing of it can be used.
    Garbage {
        raw: Vec<u8>,
        reason: String,
    },
}

pub(super) fn decode(message: UpMessage, at: Timestamp) -> Arrived {
    let UpMessage { identity, payload, ack } = message;
    let (conversation, content) = read(&payload);
    Arrived { identity, at, conversation, content, _place: ack }
}

fn read(payload: &[u8]) -> (Option<u64>, Content) {
    let garbage = |reason: String| Content::Garbage { raw: payload.to_vec(), reason };
    let Up { conversation, body } = match Up::decode(payload) {
        Ok(up) => up,
        Err(error) => return (None, garbage(error.to_string())),
    };
    let content = match body {
        Body::Message(Message::HelloV1(hello)) => Content::Hello(hello),
        Body::Message(Message::NowV1(now)) => Content::Now(now),
        Body::Message(Message::LossV1(loss, signature)) => {
            match (Stream::from_number(loss.stream), Arrival::loss(&loss)) {
                (Some(stream), Some(arrival)) => Content::Loss { loss, stream, arrival, signature },
                _ => garbage("a loss statement of no possible range".to_owned()),
            }
        }
        Body::Frame(bytes) => match Frame::parse(bytes) {
            Err(error) => garbage(error.to_string()),
            Ok(frame) => {
                let (header, arrival) = (frame.header, Arrival::frame(&frame));
                match frame.records() {
                    Ok(records) => Content::Records { header, arrival, records },
                    Err(error) => Content::Poison { header, arrival, raw: bytes.to_vec(), reason: error.to_string() },
                }
            }
        },
    };
    (Some(conversation), content)
}
