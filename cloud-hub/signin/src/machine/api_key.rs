//! API keys: `vyk_<id>_<secret><checksum>`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Scope, Scopes};
use crate::{Digest, letters};

const PREFIX: &str = "vyk_";
/// Letters of an id: 80 bits, so that no two ever meet.
const ID: usize = 16;

/// What is stored of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The public part, by which it is found and shown in lists: `vyk_` and sixteen letters.
    pub id: String,
    /// Of the secret.
    pub digest: Digest,
    /// What it may do.
    pub scopes: Scopes,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when; `None` for ever, which an owner should have to ask for.
    pub expires_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
}

/// A key as a program brings it: whole, and not yet known to be anyone's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedKey {
    id: String,
    digest: Digest,
}

/// A key that opens nothing. All but `Scope` are 401 to the outside.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// Not a key of ours.
    #[error("not an API key: one is `vyk_`, 16 letters, `_`, 59 letters")]
    Malformed,
    /// A slip, or a key cut and pasted in halves.
    #[error("the API key has a slip in it: its checksum is wrong")]
    Checksum,
    /// The secret of another.
    #[error("the API key's secret is wrong")]
    Wrong,
    /// Past its time.
    #[error("the API key expired at {0}")]
    Expired(Timestamp),
    /// Withdrawn.
    #[error("the API key was revoked at {0}")]
    Revoked(Timestamp),
    /// Good, but not for this.
    #[error("the API key lacks the scope {}", .0.as_str())]
    Scope(Scope),
}

impl ApiKey {
    /// The key to show once, and what to store.
    pub fn issue(scopes: Scopes, expires_at: Option<Timestamp>, random: [u8; 42], now: Timestamp) -> (String, Self) {
        let (id, secret) = random.split_at(10);
        let id = format!("{PREFIX}{}", letters::write(id));
        let text = letters::write_checked(&format!("{id}_"), secret);
        let digest = digest(&id, secret);
        (text, Self { id, digest, scopes, created_at: now, expires_at, revoked_at: None })
    }

    /// Whether what was brought is this key, and good at `now`; for what, the caller asks its scopes.
    pub fn holds(&self, key: &PresentedKey, now: Timestamp) -> Result<(), ApiKeyError> {
        match (self.revoked_at, self.expires_at) {
            _ if key.id != self.id || key.digest != self.digest => Err(ApiKeyError::Wrong),
            (Some(at), _) => Err(ApiKeyError::Revoked(at)),
            (None, Some(at)) if now >= at => Err(ApiKeyError::Expired(at)),
            _ => Ok(()),
        }
    }

    /// The same, and good for `scope`.
    pub fn admits(&self, key: &PresentedKey, scope: &Scope, now: Timestamp) -> Result<(), ApiKeyError> {
        self.holds(key, now)?;
        if self.scopes.has(scope) { Ok(()) } else { Err(ApiKeyError::Scope(scope.clone())) }
    }
}

impl PresentedKey {
    /// Which stored key it says it is.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl std::str::FromStr for PresentedKey {
    type Err = ApiKeyError;

    fn from_str(text: &str) -> Result<Self, ApiKeyError> {
        let whole = PREFIX.len() + ID + 1;
        let head = text.get(..whole).filter(|head| head.starts_with(PREFIX)).ok_or(ApiKeyError::Malformed)?;
        let secret: [u8; 32] = letters::read_checked(head, text).map_err(|error| match error {
            letters::ReadError::Malformed => ApiKeyError::Malformed,
            letters::ReadError::Checksum => ApiKeyError::Checksum,
        })?;
        let id = head.strip_suffix('_').ok_or(ApiKeyError::Malformed)?;
        Ok(Self { id: id.to_owned(), digest: digest(id, &secret) })
    }
}

fn digest(id: &str, secret: &[u8]) -> Digest {
    Digest::of("API key", &[id.as_bytes(), secret])
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().expect("a time")
    }

    fn read() -> Scope {
        "sales:read".parse().expect("a scope")
    }

    fn issue(byte: u8) -> (String, ApiKey) {
        let until = now() + SignedDuration::from_hours(1);
        let random = std::array::from_fn(|n| byte.wrapping_mul(31).wrapping_add(n as u8).wrapping_mul(73));
        ApiKey::issue("sales:read".parse().expect("scopes"), Some(until), random, now())
    }

    #[test]
    fn a_key_opens_what_its_scopes_say_until_it_expires_or_is_revoked() {
        let (text, key) = issue(7);
        assert_eq!(text.len(), 80);
        let brought: PresentedKey = text.parse().expect("whole");
        assert_eq!(brought.id(), key.id);
        assert_eq!(key.admits(&brought, &read(), now()), Ok(()));
        let write: Scope = "sales:write".parse().expect("a scope");
        assert_eq!(key.admits(&brought, &write, now()), Err(ApiKeyError::Scope(write)));
        let end = key.expires_at.expect("ends");
        assert_eq!(key.admits(&brought, &read(), end), Err(ApiKeyError::Expired(end)));
        let revoked = ApiKey { revoked_at: Some(now()), ..key.clone() };
        assert_eq!(revoked.admits(&brought, &read(), now()), Err(ApiKeyError::Revoked(now())));
        let (other, _) = issue(8);
        assert_eq!(key.admits(&other.parse().expect("whole"), &read(), now()), Err(ApiKeyError::Wrong));
    }

    #[test]
    fn the_secret_of_another_key_does_not_open_this_one() {
        let (_, key) = ApiKey::issue(Scopes::default(), None, [7; 42], now());
        let mut random = [7; 42];
        random[41] ^= 1;
        let (text, _) = ApiKey::issue(Scopes::default(), None, random, now());
        let brought: PresentedKey = text.parse().expect("whole");
        assert_eq!(brought.id(), key.id);
        assert_eq!(key.admits(&brought, &read(), now()), Err(ApiKeyError::Wrong));
    }

    #[test]
    fn a_key_matches_the_pattern_that_scanners_are_given() {
        let (text, key) = issue(255);
        let allowed = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase() && !"ilou".contains(c);
        let (id, secret) = text.strip_prefix("vyk_").and_then(|rest| rest.split_once('_')).expect("two parts");
        assert_eq!((id.len(), secret.len()), (16, 59));
        assert!(id.chars().chain(secret.chars()).all(allowed));
        let json = serde_json::to_string(&key).expect("JSON");
        assert!(!json.contains(&secret[..16]));
        assert_eq!(serde_json::from_str::<ApiKey>(&json).expect("a key"), key);
    }

    proptest! {
        #[test]
        fn every_single_slip_is_refused_before_the_database(random in prop::array::uniform32(any::<u8>()), at in 0usize..80, to in 0u8..128) {
            let all: [u8; 42] = std::array::from_fn(|n| random[n % 32] ^ (n / 32) as u8);
            let (text, _) = ApiKey::issue(Scopes::default(), None, all, now());
            let mut slipped = text.clone().into_bytes();
            slipped[at] = to;
            let slipped = String::from_utf8(slipped).expect("ASCII");
            let read = slipped.parse::<PresentedKey>();
            prop_assert_eq!(read.is_ok(), slipped == text);
        }

        #[test]
        fn nothing_panics(text in ".{0,90}") {
            prop_assert!(text.parse::<PresentedKey>().is_err());
        }
    }
}
