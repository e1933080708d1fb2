//! What is kept of a secret that is too random to be guessed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// SHA-256 of a secret and of what it is for. Compared in constant time.
///
/// No stretching: every secret behind one has at least 80 random bits, which no speed of hashing brings within reach.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 43 letters of base64url, the 32 bytes of a SHA-256")]
pub struct DigestError;

impl Digest {
    /// Of `parts`, for one use. Each part goes in behind its length, so that no two lists of parts look alike.
    pub(crate) fn of(usage: &str, parts: &[&[u8]]) -> Self {
        let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
        for part in [b"vyavs-signin".as_slice(), usage.as_bytes()].iter().chain(parts) {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hash.finish().as_ref());
        Self(bytes)
    }

    /// For a column of a table.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From a column of a table.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DigestError> {
        bytes.try_into().map(Self).map_err(|_| DigestError)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl std::hash::Hash for Digest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({}…)", &String::from(*self)[..6])
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        URL_SAFE_NO_PAD.encode(digest.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        Self::from_bytes(&URL_SAFE_NO_PAD.decode(text).map_err(|_| DigestError)?)
    }
}

/// Whether two texts are the same, in a time that says nothing about where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lists_of_parts_and_no_two_uses_look_alike() {
        let all = [
            Digest::of("a", &[b"bc"]),
            Digest::of("a", &[b"b", b"c"]),
            Digest::of("ab", &[b"c"]),
            Digest::of("a", &[b"bc", b""]),
            Digest::of("a", &[]),
        ];
        for (n, one) in all.iter().enumerate() {
            for (m, other) in all.iter().enumerate() {
                assert_eq!(one == other, n == m, "{n} {m}");
            }
        }
    }

    #[test]
    fn a_digest_survives_json_and_a_column_and_nothing_else_is_one() {
        let digest = Digest::of("test", &[b"secret"]);
        let json = serde_json::to_string(&digest).expect("JSON");
        assert_eq!(serde_json::from_str::<Digest>(&json).expect("a digest"), digest);
        assert_eq!(Digest::from_bytes(digest.as_bytes()), Ok(digest));
        for bad in ["\"\"", "\"AAAA\"", "7", "\"!\""] {
            assert!(serde_json::from_str::<Digest>(bad).is_err(), "{bad}");
        }
        assert_eq!(Digest::from_bytes(&[0; 31]), Err(DigestError));
        assert!(!format!("{digest:?}").contains(&String::from(digest)));
    }
}
