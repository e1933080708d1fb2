//! What the page hands to the browser: `PublicKeyCredentialCreationOptionsJSON` and `…RequestOptionsJSON` (Level 3 §5.1.8,
//! §5.1.9).

use serde::Serialize;

use super::{Bytes, CredentialId, Passkey, RelyingParty, TIMEOUT, User, cose};

/// For `navigator.credentials.create`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions {
    rp: Party,
    user: UserEntity,
    challenge: Bytes,
    pub_key_cred_params: Vec<Parameter>,
    timeout: i64,
    exclude_credentials: Vec<Descriptor>,
    authenticator_selection: Selection,
    attestation: &'static str,
    extensions: Extensions,
}

/// For `navigator.credentials.get`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    challenge: Bytes,
    timeout: i64,
    rp_id: String,
    allow_credentials: Vec<Descriptor>,
    user_verification: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Party {
    id: String,
    name: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserEntity {
    id: Bytes,
    name: String,
    display_name: String,
}

#[derive(Clone, Debug, Serialize)]
struct Parameter {
    #[serde(rename = "type")]
    kind: &'static str,
    alg: i64,
}

#[derive(Clone, Debug, Serialize)]
struct Descriptor {
    #[serde(rename = "type")]
    kind: &'static str,
    id: CredentialId,
    transports: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: &'static str,
    // For browsers of Level 1.
    require_resident_key: bool,
    user_verification: &'static str,
}

/// Only to learn whether the key will show up without a name.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    cred_props: bool,
}

impl CreationOptions {
    pub(super) fn new(party: &RelyingParty, user: &User, existing: &[Passkey], challenge: Bytes) -> Self {
        Self {
            rp: Party { id: party.id.clone(), name: party.name.clone() },
            user: UserEntity {
                id: user.handle.clone().into(),
                name: user.name.clone(),
                display_name: user.display_name.clone(),
            },
            challenge,
            pub_key_cred_params: cose::OFFERED.map(|alg| Parameter { kind: "public-key", alg }).into(),
            timeout: TIMEOUT.as_secs() * 1000,
            exclude_credentials: existing.iter().map(Descriptor::of).collect(),
            authenticator_selection: Selection {
                resident_key: "required",
                require_resident_key: true,
                user_verification: "required",
            },
            attestation: "none",
            extensions: Extensions { cred_props: true },
        }
    }
}

impl RequestOptions {
    pub(super) fn new(party: &RelyingParty, allowed: &[Passkey], challenge: Bytes) -> Self {
        Self {
            challenge,
            timeout: TIMEOUT.as_secs() * 1000,
            rp_id: party.id.clone(),
            allow_credentials: allowed.iter().map(Descriptor::of).collect(),
            user_verification: "required",
        }
    }
}

impl Descriptor {
    fn of(passkey: &Passkey) -> Self {
        Self { kind: "public-key", id: passkey.id.clone(), transports: passkey.transports.clone() }
    }
}
