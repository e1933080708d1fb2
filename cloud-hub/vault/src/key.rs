//! A secret of 256 bits, wiped when it is dropped, and the two things done with one: AES-256-GCM and HMAC-SHA-256.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes of a nonce.
pub(crate) const NONCE: usize = 12;
/// Bytes of a tag.
pub(crate) const TAG: usize = 16;
/// Bytes of a key, and of an HMAC.
pub(crate) const KEY: usize = 32;

/// The system gave no random bytes; nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct RandomError;

/// Which data key: 128 random bits in the form of a UUID. Says nothing about whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub Uuid);

impl KeyId {
    pub(crate) fn random() -> Result<Self, RandomError> {
        Ok(Self(uuid::Builder::from_random_bytes(random()?).into_uuid()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// 256 secret bits. On the heap, so that moving one leaves no copy behind; wiped when dropped; never printed.
///
/// ring does not wipe the round keys it expands, so they are expanded on the stack for each use and not kept: no copy of
/// a key stays on the heap after this value is gone.
pub struct Key(Box<[u8; KEY]>);

impl Key {
    /// A new key.
    pub fn random() -> Result<Self, RandomError> {
        let mut key = Self(Box::new([0; KEY]));
        SystemRandom::new().fill(key.0.as_mut()).map_err(|_| RandomError)?;
        Ok(key)
    }

    /// A key from elsewhere: a KMS, a credential of the service manager. The caller wipes its own copy.
    pub fn from_bytes(bytes: &[u8; KEY]) -> Self {
        Self(Box::new(*bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    /// A second holder of the same secret.
    pub(crate) fn again(&self) -> Self {
        Self::from_bytes(&self.0)
    }

    fn cipher(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, self.0.as_slice()).expect("32 bytes are a key of AES-256"))
    }

    /// Appends ciphertext and tag of `plain` to `out`. A nonce is never used twice with one key.
    pub(crate) fn seal(&self, nonce: [u8; NONCE], aad: &[u8], plain: &[u8], out: &mut Vec<u8>) {
        out.reserve_exact(plain.len() + TAG);
        let start = out.len();
        out.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .cipher()
            .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut out[start..])
            .expect("far below the 64 GiB that GCM can take");
        out.extend_from_slice(tag.as_ref());
    }

    /// What was sealed, or `None` when a bit of it, of the nonce or of `aad` differs.
    pub(crate) fn open(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut plain = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let length = self.cipher().open_in_place(nonce, Aad::from(aad), &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }

    /// HMAC-SHA-256 over the parts, one after the other; the caller keeps them apart.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; KEY] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice()));
        parts.iter().for_each(|part| context.update(part));
        context.sign().as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.as_mut().zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Bytes of the system's generator.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| RandomError)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).expect("hex")
    }

    fn key(text: &str) -> Key {
        Key::from_bytes(&hex(text).try_into().expect("32 bytes"))
    }

    /// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16: the vectors NIST SP 800-38D
    /// was adopted with. key, nonce, additional data, text, ciphertext and tag.
    const GCM: [[&str; 5]; 3] = [
        [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "000000000000000000000000",
            "",
            "",
            "530f8afbc74536b9a963b4f1c4cb738b",
        ],
        [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "000000000000000000000000",
            "",
            "00000000000000000000000000000000",
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
        ],
        [
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
        ],
    ];

    #[test]
    fn the_cipher_is_the_one_of_the_standard() {
        for [secret, nonce, aad, plain, sealed] in GCM {
            let (secret, nonce, aad) = (key(secret), hex(nonce).try_into().expect("12 bytes"), hex(aad));
            let mut out = Vec::new();
            secret.seal(nonce, &aad, &hex(plain), &mut out);
            assert_eq!(HEXLOWER.encode(&out), sealed);
            assert_eq!(*secret.open(nonce, &aad, &out).expect("opens"), hex(plain));
        }
    }

    #[test]
    fn the_mac_is_the_one_of_the_standard() {
        // RFC 4231 §4.2 pads its key "Jefe" with zeros to a block, as HMAC does: 32 bytes are the same key.
        let mut jefe = [0; KEY];
        jefe[..4].copy_from_slice(b"Jefe");
        let mac = Key::from_bytes(&jefe).mac(&[b"what do ya want ", b"for nothing?"]);
        assert_eq!(HEXLOWER.encode(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn a_key_is_not_printed() {
        let key = Key::from_bytes(&[0x41; KEY]);
        assert_eq!(format!("{key:?}"), "Key(…)");
    }
}
