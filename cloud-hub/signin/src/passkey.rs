//! Passkeys: the relying party's side of WebAuthn (W3C Web Authentication Level 3, §7).
//!
//! Two ceremonies, each in two steps. `begin_…` gives what the page hands to `navigator.credentials` (through
//! `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`) and a pending value; the hub keeps that under its
//! challenge in a [`crate::once::Once`], takes it out with the challenge of the answer
//! ([`RegistrationAnswer::challenge`]), which makes the challenge good once, and calls `finish_…`.
//!
//! Asked for: a discoverable credential, a verified user, no attestation. What kind of device holds the key is nobody's
//! business here, so `none` and the self-attestation of a device that has no other are accepted and the rest refused.
//! Signatures are ES256, EdDSA or RS256, verified by ring. No extensions are asked for, and those that come are ignored.

mod answer;
mod attestation;
mod authenticator;
mod bytes;
mod client_data;
mod cose;
mod error;
mod options;
mod record;
mod registration;
mod sign_in;

use jiff::SignedDuration;
use url::Url;

pub use answer::{RegistrationAnswer, SignInAnswer};
pub use bytes::Bytes;
pub use error::PasskeyError;
pub use options::{CreationOptions, RequestOptions};
pub use record::{CredentialId, Passkey, User, UserHandle};
pub use registration::PendingRegistration;
pub use sign_in::{PendingSignIn, SignedIn};

/// How long a person has to find their key: what Level 3 §15.1 recommends where the user is verified.
pub const TIMEOUT: SignedDuration = SignedDuration::from_mins(5);

/// The hub as browsers know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    name: String,
    origins: Vec<String>,
}

/// A relying party that no browser would accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyError {
    /// Not a domain name.
    #[error("the relying party id {0:?} must be a domain name in lower case, such as hub.example")]
    Id(String),
    /// Not an origin.
    #[error("the origin {0:?} must be https://host or https://host:port, without a path; http only for localhost")]
    Origin(String),
    /// An origin elsewhere.
    #[error("the origin {origin:?} is neither of {id} nor of a name below it")]
    Elsewhere {
        /// The origin.
        origin: String,
        /// The relying party's id.
        id: String,
    },
    /// No origin.
    #[error("a relying party needs at least one origin")]
    NoOrigin,
}

impl RelyingParty {
    /// `id` is the domain that keys are bound to (no change of it keeps a key working), `name` is shown to people, and
    /// `origins` are where the dashboard is served from, to the letter.
    pub fn new(id: &str, name: &str, origins: &[String]) -> Result<Self, RelyingPartyError> {
        let domain = |id: &str| matches!(url::Host::parse(id), Ok(url::Host::Domain(parsed)) if parsed == id);
        if !domain(id) || id.ends_with('.') {
            return Err(RelyingPartyError::Id(id.to_owned()));
        }
        if origins.is_empty() {
            return Err(RelyingPartyError::NoOrigin);
        }
        for origin in origins {
            let url = Url::parse(origin).ok().filter(|url| url.origin().ascii_serialization() == *origin);
            let url = url.ok_or_else(|| RelyingPartyError::Origin(origin.clone()))?;
            let host = url.host_str().unwrap_or_default();
            if url.scheme() != "https" && !(url.scheme() == "http" && host == "localhost") {
                return Err(RelyingPartyError::Origin(origin.clone()));
            }
            if host != id && !host.strip_suffix(id).is_some_and(|below| below.ends_with('.')) {
                return Err(RelyingPartyError::Elsewhere { origin: origin.clone(), id: id.to_owned() });
            }
        }
        Ok(Self { id: id.to_owned(), name: name.to_owned(), origins: origins.to_vec() })
    }

    /// The domain that keys are bound to.
    pub fn id(&self) -> &str {
        &self.id
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests;
