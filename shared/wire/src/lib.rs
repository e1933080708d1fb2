//! What edge and hub say to each other, byte for byte.
//!
//! Everything on the wire is postcard (its format is specified and stable), which numbers enum variants by
//! position and carries no field names. So a shipped type is never edited, moved or removed: a new shape is a
//! new variant at the end. `tests/golden` holds the bytes of every one.

pub mod convert;
pub mod down;
pub mod record;
pub mod topic;
pub mod up;

/// The largest payload of one MQTT publish, both ways.
pub const MAX_PAYLOAD: usize = 64 * 1024 + 9;

/// Bytes that are not the message they should be.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// An empty payload.
    #[error("an empty payload")]
    Empty,
    /// Shorter than its kind and conversation.
    #[error("a payload of {0} bytes ends before its conversation does")]
    Short(usize),
    /// The first byte names no message kind.
    #[error("unknown payload kind {0:#04x}")]
    Kind(u8),
    /// Longer than [`MAX_PAYLOAD`].
    #[error("a payload of {0} bytes is over the limit of {MAX_PAYLOAD}")]
    TooLong(usize),
    /// Shorter than its fixed parts.
    #[error("a payload of {0} bytes is cut short")]
    TooShort(usize),
    /// postcard refused it: cut short, or a variant this version does not know.
    #[error("not a message this version can read")]
    Decode(#[source] postcard::Error),
    /// Bytes after the message.
    #[error("{0} bytes after the end of the message")]
    Trailing(usize),
}

/// Decodes all of `bytes`; what is left over is an error, not padding.
pub(crate) fn decode<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, WireError> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(WireError::Decode)?;
    if rest.is_empty() { Ok(value) } else { Err(WireError::Trailing(rest.len())) }
}
