//! A field as it lies in the database.
//!
//! ```text
//! "VYS" 1 | key id, 16 bytes | nonce, 12 bytes | ciphertext | tag, 16 bytes
//! ```
//!
//! Header and key id are authenticated with the ciphertext, beside organization, subject, table, column and row. A shipped
//! version is never changed; `tests` below freeze its bytes.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use zeroize::Zeroizing;

use crate::key::{Key, KeyId, NONCE, RandomError, TAG, random};
use crate::subject::{Place, Subject, field_aad};

const HEADER: [u8; 4] = *b"VYS\x01";
const HEAD: usize = HEADER.len() + 16;
const TEXT: &str = "vys1.";

/// What a sealed field is longer than its text, bytes.
pub const OVERHEAD: usize = HEAD + NONCE + TAG;

/// The longest text of one field, bytes.
pub const MAX_TEXT: usize = 1 << 20;

/// A field that cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Not in the format.
    #[error("not a sealed field: expected {expected}, found {found}")]
    Format {
        /// What the format asks for.
        expected: &'static str,
        /// What is there; never its content.
        found: String,
    },
    /// Sealed under another key than the one at hand.
    #[error("the field is sealed under data key {found}, and {expected} is at hand: the key was replaced or destroyed")]
    OtherKey {
        /// The key at hand.
        expected: KeyId,
        /// The key the field names.
        found: KeyId,
    },
    /// The tag does not match.
    #[error(
        "the field does not open at {place} under data key {key}: it was changed, or was sealed for another table, column, row, person or organization"
    )]
    Changed {
        /// Table and column.
        place: String,
        /// The key the field names.
        key: KeyId,
    },
    /// Too long for a field.
    #[error("a field holds at most {MAX_TEXT} bytes, and {0} were given: nothing was sealed")]
    TooLong(usize),
    /// Opened, but not as text.
    #[error("the field at {0} is not UTF-8 text")]
    NotText(String),
    /// The key was destroyed while it was held.
    #[error("data key {0} was destroyed")]
    Erased(KeyId),
    /// Held for longer than a lease.
    #[error("data key {0} was held for longer than its lease: read its row again")]
    LeaseEnded(KeyId),
    /// No random bytes for the nonce.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// One sealed field. Bytes for a BLOB column, or `vys1.…` (base64url) for a text column.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// The data key it was sealed under.
    pub fn key_id(&self) -> KeyId {
        let id: [u8; 16] = self.0[HEADER.len()..HEAD].try_into().expect("checked when it was read");
        KeyId(Uuid::from_bytes(id))
    }

    /// For a BLOB column.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// For a BLOB column.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn seal(
        key: &Key,
        id: KeyId,
        org: OrgId,
        subject: &Subject,
        place: &Place<'_>,
        plain: &[u8],
    ) -> Result<Self, FieldError> {
        if plain.len() > MAX_TEXT {
            return Err(FieldError::TooLong(plain.len()));
        }
        Ok(Self::seal_with(random()?, key, id, org, subject, place, plain))
    }

    fn seal_with(
        nonce: [u8; NONCE],
        key: &Key,
        id: KeyId,
        org: OrgId,
        subject: &Subject,
        place: &Place<'_>,
        plain: &[u8],
    ) -> Self {
        let mut bytes = Vec::with_capacity(OVERHEAD + plain.len());
        bytes.extend_from_slice(&HEADER);
        bytes.extend_from_slice(id.as_bytes());
        let aad = field_aad(&bytes, org, subject, place);
        bytes.extend_from_slice(&nonce);
        key.seal(nonce, &aad, plain, &mut bytes);
        Self(bytes)
    }

    pub(crate) fn open(
        &self,
        key: &Key,
        id: KeyId,
        org: OrgId,
        subject: &Subject,
        place: &Place<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, FieldError> {
        let found = self.key_id();
        if found != id {
            return Err(FieldError::OtherKey { expected: id, found });
        }
        let (head, rest) = self.0.split_at(HEAD);
        let (nonce, sealed) = rest.split_at(NONCE);
        let aad = field_aad(head, org, subject, place);
        key.open(nonce.try_into().expect("split there"), &aad, sealed)
            .ok_or_else(|| FieldError::Changed { place: place.to_string(), key: id })
    }
}

impl TryFrom<Vec<u8>> for Sealed {
    type Error = FieldError;
    fn try_from(bytes: Vec<u8>) -> Result<Self, FieldError> {
        if bytes.len() < OVERHEAD || bytes.len() > OVERHEAD + MAX_TEXT {
            let expected = "48 bytes, and at most 1 MiB more";
            return Err(FieldError::Format { expected, found: format!("{} bytes", bytes.len()) });
        }
        if bytes[..HEADER.len()] != HEADER {
            let found = format!("bytes that begin {:02x?}", &bytes[..HEADER.len()]);
            return Err(FieldError::Format { expected: "the header VYS and version 1", found });
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TEXT)?;
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl FromStr for Sealed {
    type Err = FieldError;
    fn from_str(text: &str) -> Result<Self, FieldError> {
        let body = text.strip_prefix(TEXT).ok_or_else(|| FieldError::Format {
            expected: "a text that begins vys1.",
            found: format!("{} bytes of another text", text.len()),
        })?;
        // Strict: padding, white space and unused bits are refused, so that one field has one spelling.
        let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|error| FieldError::Format {
            expected: "base64url without padding after vys1.",
            found: format!("{:?} at byte {}", error.kind, TEXT.len() + error.position),
        })?;
        Self::try_from(bytes)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({}, {} bytes)", self.key_id(), self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed() -> (Key, KeyId, OrgId, Subject) {
        let key: [u8; 32] = std::array::from_fn(|i| i as u8);
        let id = KeyId(Uuid::from_u128(0x00112233_4455_4677_8899_aabbccddeeff));
        let org = OrgId(Uuid::from_u128(0x0f0e0d0c_0b0a_4908_8706_050403020100));
        (Key::from_bytes(&key), id, org, Subject::new("customer", "4711").expect("fits"))
    }

    const PLACE: Place<'static> = Place::new("customers", "email").row("7");

    /// Frozen: reckoned once by an independent AES-GCM (pyca/cryptography) from the description on top of this file.
    const GOLDEN: &str = "vys1.VllTAQARIjNEVUZ3iJmqu8zd7v-goaKjpKWmp6ipqquHdhJMBa563g8V67YpGa-zURjInipX6i6XjRKKvt3BFQ";

    #[test]
    fn shipped_bytes_open_for_ever() {
        let (key, id, org, subject) = fixed();
        let nonce = std::array::from_fn(|i| 0xa0 + i as u8);
        let made = Sealed::seal_with(nonce, &key, id, org, &subject, &PLACE, b"anna@example.com");
        assert_eq!(made.to_string(), GOLDEN);
        let read: Sealed = GOLDEN.parse().expect("well-formed");
        assert_eq!(*read.open(&key, id, org, &subject, &PLACE).expect("opens"), b"anna@example.com");
    }

    #[test]
    fn what_is_no_field_is_named_and_not_shown() {
        for text in ["", "anna@example.com", "vys1.", "vys1.!!!!", "vys2.AAAA", &GOLDEN[..40]] {
            let error = text.parse::<Sealed>().expect_err(text);
            assert!(!error.to_string().contains("anna"), "{error}");
        }
        let mut other = GOLDEN.parse::<Sealed>().expect("well-formed").into_bytes();
        other[3] = 2;
        let error = Sealed::try_from(other).expect_err("a later version");
        assert!(error.to_string().contains("version 1"), "{error}");
    }
}
