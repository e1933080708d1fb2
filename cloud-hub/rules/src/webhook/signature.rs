//! Signatures: HMAC-SHA256 over `id.timestamp.body`, one for each secret, so that a secret can be changed without a gap.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use zeroize::Zeroizing;

/// What stands before a secret.
const PREFIX: &str = "whsec_";
const LEAST: usize = 24;
const MOST: usize = 64;

/// The headers' names.
pub const ID: &str = "webhook-id";
/// When it was signed, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The signatures.
pub const SIGNATURE: &str = "webhook-signature";

/// How far a receiver lets clocks differ.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// What both ends know, 24 to 64 random bytes. Stored sealed; it is shown to its owner as `whsec_…`.
#[derive(Clone)]
pub struct Secret {
    key: hmac::Key,
    shown: Zeroizing<String>,
}

/// A text that is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is {PREFIX} and the base64 of {LEAST} to {MOST} bytes")]
pub struct SecretError;

impl Secret {
    /// Of fresh bytes of the system's generator, never used twice.
    pub fn new(random: [u8; 32]) -> Self {
        Self::of(&random)
    }

    fn of(bytes: &[u8]) -> Self {
        let shown = Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(bytes)));
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, bytes), shown }
    }

    /// The text for its owner, and for the sealed column.
    pub fn reveal(&self) -> &str {
        &self.shown
    }
}

impl std::str::FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let bytes = text.strip_prefix(PREFIX).and_then(|rest| STANDARD.decode(rest).ok()).ok_or(SecretError)?;
        if (LEAST..=MOST).contains(&bytes.len()) { Ok(Self::of(&bytes)) } else { Err(SecretError) }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The three headers of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    /// [`ID`]: the same at every attempt, so that a receiver knows it again.
    pub id: String,
    /// [`TIMESTAMP`]: of this attempt.
    pub timestamp: String,
    /// [`SIGNATURE`]: one or more, with spaces between.
    pub signature: String,
}

/// An id that would make two messages one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook id is 1 to 100 characters out of A-Z a-z 0-9 _ -, got {0:?}")]
pub struct IdError(pub String);

/// Signs a body with every secret that is good now. The id has no full stop, which parts it from the time.
pub fn sign(id: &str, at: Timestamp, body: &[u8], secrets: &[Secret]) -> Result<Headers, IdError> {
    let fits = (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if !fits {
        return Err(IdError(id.to_owned()));
    }
    let timestamp = at.as_second().to_string();
    let message = message(id, &timestamp, body);
    let one = |secret: &Secret| format!("v1,{}", STANDARD.encode(hmac::sign(&secret.key, &message)));
    let signature = secrets.iter().map(one).collect::<Vec<_>>().join(" ");
    Ok(Headers { id: id.to_owned(), timestamp, signature })
}

/// Why a receiver turns a call away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// No time.
    #[error("{TIMESTAMP}: expected seconds since 1970, got {0:?}")]
    Timestamp(String),
    /// An old call played again, or a clock that is off.
    #[error("{TIMESTAMP}: expected a time within {tolerance:#} of now, got one that is off by {off:#}")]
    Off {
        /// By how much.
        off: SignedDuration,
        /// How much would do.
        tolerance: SignedDuration,
    },
    /// Not by anybody who knows a secret.
    #[error("{SIGNATURE}: no signature is by a known secret over this body")]
    Signature,
}

/// Verifies a call as its receiver does, in a time that says nothing about the secrets. The body is that which came over
/// the wire, byte by byte.
pub fn verify(
    headers: &Headers,
    body: &[u8],
    secrets: &[Secret],
    now: Timestamp,
    tolerance: SignedDuration,
) -> Result<(), Rejected> {
    let wrong = || Rejected::Timestamp(headers.timestamp.chars().take(40).collect());
    let second: i64 = headers.timestamp.parse().map_err(|_| wrong())?;
    let at = Timestamp::from_second(second).map_err(|_| wrong())?;
    let off = now.duration_since(at).abs();
    if off > tolerance {
        return Err(Rejected::Off { off, tolerance });
    }
    let message = message(&headers.id, &headers.timestamp, body);
    let given = headers.signature.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
    let known = given.into_iter().any(|tag| secrets.iter().any(|s| hmac::verify(&s.key, &message, &tag).is_ok()));
    if known { Ok(()) } else { Err(Rejected::Signature) }
}

fn message(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}
