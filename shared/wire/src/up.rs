//! What a device publishes on `up`: a frame of records as it lies on its disk, or a message about itself.

use serde::{Deserialize, Serialize};

use crate::record::ReadingV1;
use crate::{MAX_PAYLOAD, WireError, decode};

/// Where one stream of a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamStatusV1 {
    /// Stream number.
    pub stream: u8,
    /// First record still on the device (acknowledged ones are kept for a while); `next` when none is.
    pub oldest: u64,
    /// The number the next record will get; 1 when none was ever written.
    pub next: u64,
    /// What the device believes the hub has stored.
    pub settled: u64,
    /// Head of the hash chain after `next - 1`.
    pub chain: [u8; 16],
}

/// Opens every connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HelloV1 {
    /// Protocol version of the device: 1.
    pub protocol: u8,
    /// `vyavs-edge` version.
    pub agent: String,
    /// The buffer's epoch.
    pub epoch: u64,
    /// This run of the device.
    pub boot_id: [u8; 16],
    /// Monotonic time, ms since boot.
    pub mono_ms: u64,
    /// Wall clock, µs since the epoch.
    pub wall_us: i64,
    /// 0 synced, 1 holdover, 2 unset.
    pub clock: u8,
    /// The hub incarnation the device last heard from.
    pub incarnation: Option<[u8; 16]>,
    /// One entry a stream.
    pub streams: Vec<StreamStatusV1>,
}

/// Why records are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LossReasonV1 {
    /// Over the byte cap: thinned to one-minute aggregates.
    Thinned,
    /// Over the byte cap: dropped.
    Dropped,
    /// The frame on disk no longer matches its checksum.
    Corrupt,
    /// Already stored once, then kept for `retain_acked`, and gone when a restored hub asked again.
    Expired,
    /// The buffer could not be opened and was set aside.
    BufferLost,
}

/// "These records will never come": what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossV1 {
    /// Of which epoch.
    pub epoch: u64,
    /// Of which stream.
    pub stream: u8,
    /// First lost.
    pub first: u64,
    /// Last lost.
    pub last: u64,
    /// Why.
    pub reason: LossReasonV1,
    /// When it was found, µs.
    pub at_us: i64,
    /// One sentence for people.
    pub detail: String,
}

/// Unsent records of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacklogV1 {
    /// Stream number.
    pub stream: u8,
    /// Records not yet stored at the hub.
    pub unsent: u64,
    /// When the oldest of them was written, µs.
    pub oldest_us: Option<i64>,
}

/// How one input of the agent is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputV1 {
    /// As configured.
    pub name: String,
    /// Its section in `edge.toml`: `journal`, `printer`, `modbus` …
    pub kind: String,
    /// 0 starting, 1 running, 2 backing off after an error, 3 connected but what came last could not be read.
    pub state: u8,
    /// The last error, if any.
    pub detail: Option<String>,
    /// Records so far in this run.
    pub records: u64,
    /// When the last one came, µs.
    pub last_us: Option<i64>,
}

/// A small, unstored picture of now: heartbeat, and fresh values while a backlog drains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NowV1 {
    /// Device wall clock, µs.
    pub at_us: i64,
    /// Since the process started, s.
    pub uptime_s: u64,
    /// What waits.
    pub backlog: Vec<BacklogV1>,
    /// Bytes the outbox holds on disk.
    pub disk_used: u64,
    /// Bytes it may hold.
    pub disk_quota: u64,
    /// Latest value of each channel.
    pub readings: Vec<ReadingV1>,
    /// Each input.
    pub inputs: Vec<InputV1>,
    /// Name and version of each running model.
    pub models: Vec<String>,
    /// Alarms open now.
    pub open_alarms: u32,
}

/// What a device says about itself. Variants are never edited, moved or removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// Opens a connection.
    HelloV1(HelloV1),
    /// Names a loss; the signature (Ed25519, 64 bytes) is the device key's over the statement.
    LossV1(LossV1, Vec<u8>),
    /// A picture of now.
    NowV1(NowV1),
}

/// One publish on `up`: a byte for its kind, 8 bytes (little-endian) for the conversation, the body.
#[derive(Debug, PartialEq)]
pub struct Up<'a> {
    /// Drawn at random by the device for each hello. What a broker held back since an earlier one is told by it:
    /// the device has said hello since, and what it says now starts from the hub's answer.
    pub conversation: u64,
    /// What it says.
    pub body: Body<'a>,
}

/// What one publish on `up` says.
#[derive(Debug, PartialEq)]
pub enum Body<'a> {
    /// A frame of records, exactly as on disk: see `vyavs_delivery::frame`.
    Frame(&'a [u8]),
    /// A message.
    Message(Message),
}

const FRAME: u8 = b'F';
const MESSAGE: u8 = b'M';

impl<'a> Up<'a> {
    /// Reads a payload.
    pub fn decode(payload: &'a [u8]) -> Result<Self, WireError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(WireError::TooLong(payload.len()));
        }
        let (kind, rest) = payload.split_first().ok_or(WireError::Empty)?;
        if ![FRAME, MESSAGE].contains(kind) {
            return Err(WireError::Kind(*kind));
        }
        let (conversation, body) = rest.split_first_chunk().ok_or(WireError::Short(payload.len()))?;
        let body = if *kind == FRAME { Body::Frame(body) } else { Body::Message(decode(body)?) };
        Ok(Self { conversation: u64::from_le_bytes(*conversation), body })
    }

    /// The payload of a frame.
    pub fn frame(conversation: u64, frame: &[u8]) -> Vec<u8> {
        let mut payload = Vec::with_capacity(frame.len() + 9);
        payload.push(FRAME);
        payload.extend_from_slice(&conversation.to_le_bytes());
        payload.extend_from_slice(frame);
        payload
    }

    /// The payload of a message.
    pub fn message(conversation: u64, message: &Message) -> Vec<u8> {
        let mut payload = vec![MESSAGE];
        payload.extend_from_slice(&conversation.to_le_bytes());
        postcard::to_extend(message, payload).expect("a vector takes any length")
    }
}
