//! AES-128-CCM with a 4-byte tag, as BTHome, MiBeacon and pvvx use it (RFC 3610, L = 2 to 4).

use aes::Aes128;
use ccm::Ccm;
use ccm::aead::array::Array;
use ccm::aead::{Aead, KeyInit, Payload};
use ccm::consts::{U4, U11, U12, U13};

use super::Key;

/// Opens `sealed` (ciphertext with the tag behind it) under a nonce of 11, 12 or 13 bytes; `None` unless the tag proves
/// it.
pub(super) fn open(key: &Key, nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    macro_rules! open {
        ($width:ty) => {
            Ccm::<Aes128, U4, $width>::new(&Array(key.0))
                .decrypt(&Array(nonce.try_into().ok()?), Payload { msg: sealed, aad })
                .ok()
        };
    }
    match nonce.len() {
        11 => open!(U11),
        12 => open!(U12),
        13 => open!(U13),
        _ => None,
    }
}

/// Seals `plain` under a 13-byte nonce: ciphertext with the tag behind it.
pub(super) fn seal(key: &Key, nonce: [u8; 13], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let cipher = Ccm::<Aes128, U4, U13>::new(&Array(key.0));
    cipher
        .encrypt(&Array(nonce), Payload { msg: plain, aad })
        .expect("an advertisement is far shorter than CCM's limit")
}
