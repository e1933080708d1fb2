//! What the hub publishes on `down`: 64 bytes of signature, then the body.
//!
//! Signed by the hub's own key, so that a broker, ours or any other, can delay an acknowledgement but not invent one.

use serde::{Deserialize, Serialize};

use crate::{MAX_PAYLOAD, WireError, decode};

/// What the hub has of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StoredV1 {
    /// Stream number.
    pub stream: u8,
    /// All records up to here are stored, or stored as lost; 0 when none.
    pub through: u64,
    /// Chain after `through`, so that a device can tell its own history from another's; zeros when unknown.
    pub chain: [u8; 16],
}

/// The answer to a hello.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StateV1 {
    /// The highest epoch the hub has accepted from this device; 0 when it never heard from it.
    pub epoch: u64,
    /// Of that epoch.
    pub streams: Vec<StoredV1>,
    /// Frames that may be in flight.
    pub credit: u16,
    /// Changes when the hub's database is restored.
    pub incarnation: [u8; 16],
    /// The hello's `mono_ms`, given back.
    pub hello_mono_ms: u64,
    /// Hub wall clock when the hello came, µs.
    pub received_us: i64,
    /// Hub wall clock at this answer, µs.
    pub answered_us: i64,
}

/// Why records were not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RejectV1 {
    /// Could not be decoded; the bytes lie in the dead-letter table.
    Undecodable,
    /// Decoded, but says nothing the hub can store; in the dead-letter table too.
    Invalid,
}

/// Records that the hub took into the dead-letter table: settled, but not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RejectedV1 {
    /// First.
    pub first: u64,
    /// Last.
    pub last: u64,
    /// Why.
    pub why: RejectV1,
}

/// After a commit: what is stored, what is missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AckV1 {
    /// Of this epoch.
    pub epoch: u64,
    /// Of this stream.
    pub stream: u8,
    /// All records up to here are stored. Only this lets the device erase.
    pub stored_through: u64,
    /// Ranges to send again; at most 8.
    pub nacks: Vec<(u64, u64)>,
    /// Ranges in the dead-letter table.
    pub rejects: Vec<RejectedV1>,
    /// Frames that may be in flight.
    pub credit: u16,
    /// See [`StateV1::incarnation`].
    pub incarnation: [u8; 16],
}

/// All that the hub may say. Variants are never edited, moved or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Down {
    /// The answer to a hello.
    StateV1(StateV1),
    /// After a commit.
    AckV1(AckV1),
}

/// Bytes of an Ed25519 signature.
pub const SIGNATURE: usize = 64;

impl Down {
    /// The bytes that are signed.
    pub fn to_body(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a vector takes any length")
    }

    /// Signature and body of a payload; the caller verifies before it calls [`Down::from_body`].
    pub fn split(payload: &[u8]) -> Result<(&[u8; SIGNATURE], &[u8]), WireError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(WireError::TooLong(payload.len()));
        }
        payload.split_first_chunk().ok_or(WireError::TooShort(payload.len()))
    }

    /// Reads a verified body.
    pub fn from_body(body: &[u8]) -> Result<Self, WireError> {
        decode(body)
    }
}
