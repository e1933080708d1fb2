//! Signatures (Ed25519, RFC 8032): what the hub says to a device, and what a device admits to have lost.
//!
//! Each signature covers a fixed context and the device's URN, so that one cannot stand for another.

use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
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

/// Whether the device itself says so.
pub fn verify_loss(device_key: &[u8], identity: DeviceIdentity, loss: &LossV1, signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, device_key).verify(&covered(LOSS, identity, &loss_body(loss)), signature).is_ok()
}
