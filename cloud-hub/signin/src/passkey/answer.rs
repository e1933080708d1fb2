//! What the page sends back: `RegistrationResponseJSON` and `AuthenticationResponseJSON` (Level 3 §5.1.1), as
//! `PublicKeyCredential.toJSON()` writes them.
//!
//! What the browser adds for the page's convenience (the public key once more, the attachment) is not read: the
//! signed bytes say it all.

use serde::Deserialize;

use super::{Bytes, CredentialId, PasskeyError, client_data};

/// The most bytes of each part; the longest in practice are a tenth of it.
const MOST: usize = 64 * 1024;
/// The most ways to reach a key, and the longest name of one.
const TRANSPORTS: (usize, usize) = (8, 32);

/// A new key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationAnswer {
    pub(super) id: Bytes,
    pub(super) raw_id: Bytes,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) response: Attestation,
    #[serde(default)]
    pub(super) client_extension_results: ExtensionResults,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Attestation {
    #[serde(rename = "clientDataJSON")]
    pub(super) client_data: Bytes,
    #[serde(rename = "attestationObject")]
    pub(super) object: Bytes,
    #[serde(default)]
    pub(super) transports: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExtensionResults {
    #[serde(default)]
    pub(super) cred_props: CredProps,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct CredProps {
    pub(super) rk: Option<bool>,
}

/// A sign-in with a key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInAnswer {
    pub(super) id: Bytes,
    pub(super) raw_id: Bytes,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) response: Assertion,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assertion {
    #[serde(rename = "clientDataJSON")]
    pub(super) client_data: Bytes,
    pub(super) authenticator_data: Bytes,
    pub(super) signature: Bytes,
    #[serde(default)]
    pub(super) user_handle: Option<Bytes>,
}

impl RegistrationAnswer {
    /// By which the pending ceremony is found; not yet known to be true.
    pub fn challenge(&self) -> Result<String, PasskeyError> {
        client_data::challenge(&self.response.client_data)
    }

    /// What the new key calls itself; not yet known to be true. Ask the table whether it is there already.
    pub fn credential_id(&self) -> CredentialId {
        CredentialId(self.raw_id.clone())
    }

    pub(super) fn check(&self) -> Result<(), PasskeyError> {
        shape(&self.id, &self.raw_id, &self.kind)?;
        bounded("clientDataJSON", &self.response.client_data)?;
        bounded("attestationObject", &self.response.object)?;
        let (most, longest) = TRANSPORTS;
        let name = |text: &String| text.len() <= longest && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if self.response.transports.len() > most || !self.response.transports.iter().all(name) {
            return Err(PasskeyError::Malformed { what: "transports", expected: "a few short names in lower case" });
        }
        Ok(())
    }
}

impl SignInAnswer {
    /// By which the pending ceremony is found; not yet known to be true.
    pub fn challenge(&self) -> Result<String, PasskeyError> {
        client_data::challenge(&self.response.client_data)
    }

    /// Which key it says it is: by this the hub finds the [`super::Passkey`].
    pub fn credential_id(&self) -> CredentialId {
        CredentialId(self.raw_id.clone())
    }

    pub(super) fn check(&self) -> Result<(), PasskeyError> {
        shape(&self.id, &self.raw_id, &self.kind)?;
        bounded("clientDataJSON", &self.response.client_data)?;
        bounded("authenticatorData", &self.response.authenticator_data)?;
        bounded("the signature", &self.response.signature)
    }
}

fn shape(id: &Bytes, raw_id: &Bytes, kind: &str) -> Result<(), PasskeyError> {
    if kind != "public-key" {
        return Err(PasskeyError::Malformed { what: "type", expected: "public-key" });
    }
    if id != raw_id {
        return Err(PasskeyError::CredentialMismatch);
    }
    if raw_id.is_empty() || raw_id.len() > super::authenticator::LONGEST_ID {
        return Err(PasskeyError::Malformed { what: "rawId", expected: "1 to 1023 bytes" });
    }
    Ok(())
}

fn bounded(what: &'static str, bytes: &[u8]) -> Result<(), PasskeyError> {
    if bytes.len() > MOST { Err(PasskeyError::Malformed { what, expected: "at most 64 KiB" }) } else { Ok(()) }
}
