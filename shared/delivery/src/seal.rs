//! Signatures (Ed25519, RFC 8032): what the hub says to a device, and what a device admits to have lost.
//!
//! Each signature covers a fixed context and the device's URN, so that one cannot stand for another.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ED25519, Ed25519KeyPair, UnparsedPublicKey, VerificationAlgorithm,
};
use vyavs_domain::ids::DeviceIdentity;
use vyavs_wire::WireError;
use vyavs_wire::down::{Down, SIGNATURE};
use vyavs_wire::up::LossV1;

/// Why a signed message is not believed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Not signed by the key we know, or not for this device.
    #[error("the signature does not match")]
    Signature,
    /// Signed, but not a message.
    #[error(transparent)]
    Wire(#[from] WireError),
}

fn covered(context: &[u8], identity: DeviceIdentity, body: &[u8]) -> Vec<u8> {
    [context, identity.to_string().as_bytes(), b"\0", body].concat()
}

const DOWN: &[u8] = b"vyavs/down/1\0";
const LOSS: &[u8] = b"vyavs/loss/1\0";

/// A payload for `down`.
pub fn seal_down(key: &Ed25519KeyPair, identity: DeviceIdentity, down: &Down) -> Vec<u8> {
    let body = down.to_body();
    let mut payload = Vec::with_capacity(SIGNATURE + body.len());
    payload.extend_from_slice(key.sign(&covered(DOWN, identity, &body)).as_ref());
    payload.extend_from_slice(&body);
    payload
}

/// What the hub said, if the hub said it to us.
pub fn open_down(hub_key: &[u8], identity: DeviceIdentity, payload: &[u8]) -> Result<Down, SealError> {
    let (signature, body) = Down::split(payload)?;
    UnparsedPublicKey::new(&ED25519, hub_key)
        .verify(&covered(DOWN, identity, body), signature)
        .map_err(|_| SealError::Signature)?;
    Ok(Down::from_body(body)?)
}

fn loss_body(loss: &LossV1) -> Vec<u8> {
    postcard::to_stdvec(loss).expect("a vector takes any length")
}

/// The device's signature under a loss.
pub fn sign_loss(key: &Ed25519KeyPair, identity: DeviceIdentity, loss: &LossV1) -> Vec<u8> {
    key.sign(&covered(LOSS, identity, &loss_body(loss))).as_ref().to_vec()
}

/// Whether the device itself says so. The key is what its certificate holds: 32 bytes of Ed25519, or 65 of ECDSA P-256
/// (SEC 1, uncompressed), whose signature is 64 bytes (r, then s) or ASN.1 DER.
pub fn verify_loss(device_key: &[u8], identity: DeviceIdentity, loss: &LossV1, signature: &[u8]) -> bool {
    const P256: usize = 65;
    let algorithm: &dyn VerificationAlgorithm = match (device_key.len(), signature.len()) {
        (P256, SIGNATURE) => &ECDSA_P256_SHA256_FIXED,
        (P256, _) => &ECDSA_P256_SHA256_ASN1,
        _ => &ED25519,
    };
    UnparsedPublicKey::new(algorithm, device_key).verify(&covered(LOSS, identity, &loss_body(loss)), signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    };
    use vyavs_wire::up::LossReasonV1;

    #[test]
    fn a_loss_is_believed_from_either_kind_of_key_and_from_no_other_device() {
        let urn = |n: u8| {
            let id = |kind: u8| format!("00000000-0000-4000-8000-0000000{kind:02x}0{n:02x}");
            format!("urn:vyavs:{}:{}:{}", id(1), id(2), id(3)).parse::<DeviceIdentity>().expect("an identity")
        };
        let loss = LossV1 {
            epoch: 1,
            stream: 1,
            first: 3,
            last: 9,
            reason: LossReasonV1::Dropped,
            at_us: 7,
            detail: "over the quota".to_owned(),
        };
        let other = LossV1 { last: 8, ..loss.clone() };
        let random = SystemRandom::new();
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).expect("random");
        let key = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key");
        let mut signed = vec![(key.public_key().as_ref().to_vec(), sign_loss(&key, urn(1), &loss))];
        for algorithm in [&ECDSA_P256_SHA256_FIXED_SIGNING, &ECDSA_P256_SHA256_ASN1_SIGNING] {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("random");
            let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("a key");
            let signature = key.sign(&random, &covered(LOSS, urn(1), &loss_body(&loss))).expect("signed");
            signed.push((key.public_key().as_ref().to_vec(), signature.as_ref().to_vec()));
        }
        for (key, signature) in &signed {
            assert!(verify_loss(key, urn(1), &loss, signature), "{} bytes of key", key.len());
            assert!(!verify_loss(key, urn(2), &loss, signature), "another device");
            assert!(!verify_loss(key, urn(1), &other, signature), "another range");
            assert!(!verify_loss(key, urn(1), &loss, &signature[..signature.len() - 1]));
            assert!(!verify_loss(&[], urn(1), &loss, signature), "no key");
        }
    }
}
