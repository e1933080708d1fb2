//! What the browser says of itself (Level 3 §5.8.1): which ceremony, which challenge, on which page.

use serde::Deserialize;

use super::{Bytes, PasskeyError, RelyingParty};
use crate::digest::same;

/// Which ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ceremony {
    Registration,
    SignIn,
}

/// A member given twice is an error of the parser; members unknown to us are allowed by the specification.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<String>,
}

/// The challenge in it.
pub(super) fn challenge(json: &[u8]) -> Result<String, PasskeyError> {
    Ok(read(json)?.challenge)
}

/// Level 3 §7.1 steps 5 to 11, §7.2 steps 8 to 14; gives the hash that the key signed.
pub(super) fn verify(
    json: &[u8],
    ceremony: Ceremony,
    challenge: &Bytes,
    party: &RelyingParty,
) -> Result<[u8; 32], PasskeyError> {
    let data = read(json)?;
    let expected = match ceremony {
        Ceremony::Registration => "webauthn.create",
        Ceremony::SignIn => "webauthn.get",
    };
    if data.kind != expected {
        return Err(PasskeyError::Type { got: data.kind, expected });
    }
    if !same(&data.challenge, &String::from(challenge.clone())) {
        return Err(PasskeyError::Challenge);
    }
    if !party.origins.contains(&data.origin) {
        return Err(PasskeyError::Origin(data.origin));
    }
    // The dashboard lets nobody frame it, so there is no honest way to be in a frame.
    if data.cross_origin || data.top_origin.is_some() {
        return Err(PasskeyError::CrossOrigin { top: data.top_origin });
    }
    Ok(super::sha256(json))
}

fn read(json: &[u8]) -> Result<ClientData, PasskeyError> {
    serde_json::from_slice(json).map_err(|_| PasskeyError::Malformed {
        what: "clientDataJSON",
        expected: "an object with type, challenge and origin, each once",
    })
}
