//! What the key says (Level 3 §6.1): for whom, who was there, how often, and at registration its public key.

use super::{PasskeyError, RelyingParty, cose};

/// Level 3 §5.1.3: what may be longer is refused.
pub(super) const LONGEST_ID: usize = 1023;

const UP: u8 = 1;
const UV: u8 = 1 << 2;
const BE: u8 = 1 << 3;
const BS: u8 = 1 << 4;
const AT: u8 = 1 << 6;
const ED: u8 = 1 << 7;

/// Authenticator data, read to its last byte.
#[derive(Debug)]
pub(super) struct AuthenticatorData {
    rp_id_hash: [u8; 32],
    flags: u8,
    pub(super) counter: u32,
    pub(super) credential: Option<AttestedCredential>,
}

/// A key that registers.
#[derive(Debug)]
pub(super) struct AttestedCredential {
    pub(super) aaguid: Vec<u8>,
    pub(super) id: Vec<u8>,
    /// COSE, as the key wrote it.
    pub(super) public_key: Vec<u8>,
}

impl AuthenticatorData {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PasskeyError> {
        let malformed = |expected| move || PasskeyError::Malformed { what: "authenticatorData", expected };
        let (rp_id_hash, rest) = bytes.split_first_chunk().ok_or_else(malformed("37 bytes at the least"))?;
        let ([flags], rest) = rest.split_first_chunk().ok_or_else(malformed("37 bytes at the least"))?;
        let (counter, mut rest) = rest.split_first_chunk().ok_or_else(malformed("37 bytes at the least"))?;
        let mut credential = None;
        if flags & AT != 0 {
            let (aaguid, behind) = rest.split_first_chunk::<16>().ok_or_else(malformed("a model of 16 bytes"))?;
            let (length, behind) = behind.split_first_chunk().ok_or_else(malformed("the length of the id"))?;
            let length = usize::from(u16::from_be_bytes(*length));
            if !(1..=LONGEST_ID).contains(&length) {
                return Err(malformed("an id of 1 to 1023 bytes")());
            }
            let (id, behind) = behind.split_at_checked(length).ok_or_else(malformed("an id as long as it says"))?;
            let (_, left) = cose::one(behind).ok_or_else(malformed("a public key in CBOR"))?;
            let (public_key, behind) = behind.split_at(behind.len() - left);
            let [aaguid, id, public_key] = [aaguid, id, public_key].map(<[u8]>::to_vec);
            credential = Some(AttestedCredential { aaguid, id, public_key });
            rest = behind;
        }
        if flags & ED != 0 {
            let (extensions, left) = cose::one(rest).ok_or_else(malformed("extensions in CBOR"))?;
            if !extensions.is_map() {
                return Err(malformed("a map of extensions")());
            }
            rest = &rest[rest.len() - left..];
        }
        if !rest.is_empty() {
            return Err(malformed("nothing behind its end")());
        }
        Ok(Self { rp_id_hash: *rp_id_hash, flags: *flags, counter: u32::from_be_bytes(*counter), credential })
    }

    /// Level 3 §7.1 steps 13 to 17, §7.2 steps 15 to 19.
    pub(super) fn check(&self, party: &RelyingParty) -> Result<(), PasskeyError> {
        if self.rp_id_hash != super::sha256(party.id.as_bytes()) {
            return Err(PasskeyError::RelyingPartyId);
        }
        if self.flags & UP == 0 {
            return Err(PasskeyError::UserNotPresent);
        }
        if self.flags & UV == 0 {
            return Err(PasskeyError::UserNotVerified);
        }
        if self.backed_up() && !self.backup_eligible() {
            return Err(PasskeyError::BackupState);
        }
        Ok(())
    }

    pub(super) fn backup_eligible(&self) -> bool {
        self.flags & BE != 0
    }

    pub(super) fn backed_up(&self) -> bool {
        self.flags & BS != 0
    }
}
