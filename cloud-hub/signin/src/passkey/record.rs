//! People and their keys, as stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Bytes, PasskeyError};

/// What a key calls itself: 1 to 1023 bytes. Unique over all people; where the hub's table says so, `finish_registration`
/// is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialId(pub Bytes);

/// What a key calls its owner: 1 to 64 bytes that mean nothing outside (a user's UUID, never an address).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bytes", into = "Bytes")]
pub struct UserHandle(Bytes);

/// Who registers a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// See [`UserHandle`].
    pub handle: UserHandle,
    /// The address they sign in with; keys show it in lists.
    pub name: String,
    /// How they are called; keys may show it too.
    pub display_name: String,
}

/// A registered key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// What it calls itself.
    pub id: CredentialId,
    /// Whose it is.
    pub user: UserHandle,
    /// Its public key, as COSE.
    pub public_key: Bytes,
    /// What it counted last; 0 where it does not count, as passkeys that are synchronised do not.
    pub counter: u32,
    /// Whether it may be copied to its owner's other devices. Never changes.
    pub backup_eligible: bool,
    /// Whether it is: when all keys of a person are not, ask for a second one.
    pub backed_up: bool,
    /// The model of the device, where it says so; zeros where not.
    pub aaguid: Bytes,
    /// How the browser reached it, for [`super::RequestOptions`].
    pub transports: Vec<String>,
    /// Whether it shows up when no name is given, where the browser says so.
    pub discoverable: Option<bool>,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

impl UserHandle {
    /// From 1 to 64 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, PasskeyError> {
        match bytes.len() {
            1..=64 => Ok(Self(Bytes(bytes.to_vec()))),
            _ => Err(PasskeyError::Malformed { what: "the user handle", expected: "1 to 64 bytes" }),
        }
    }

    /// As the hub made it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<Bytes> for UserHandle {
    type Error = PasskeyError;

    fn try_from(bytes: Bytes) -> Result<Self, PasskeyError> {
        Self::new(&bytes)
    }
}

impl From<UserHandle> for Bytes {
    fn from(handle: UserHandle) -> Self {
        handle.0
    }
}
