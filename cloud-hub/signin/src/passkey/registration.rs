//! A person adds a key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attestation::Attestation;
use super::authenticator::AuthenticatorData;
use super::client_data::{self, Ceremony};
use super::cose::PublicKey;
use super::{
    Bytes, CreationOptions, CredentialId, Passkey, PasskeyError, RegistrationAnswer, RelyingParty, TIMEOUT, User,
    UserHandle,
};

/// What must be remembered of a registration until its answer comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRegistration {
    challenge: Bytes,
    user: UserHandle,
    existing: Vec<CredentialId>,
    expires_at: Timestamp,
}

impl PendingRegistration {
    /// Under which it is kept.
    pub fn challenge(&self) -> String {
        self.challenge.clone().into()
    }

    /// Whose it is: finish it only in the same person's session.
    pub fn user(&self) -> &UserHandle {
        &self.user
    }

    /// Until when it is kept.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl RelyingParty {
    /// Begins a registration for who is signed in. `existing` are all keys of that person, so that none is registered
    /// twice.
    pub fn begin_registration(
        &self,
        user: &User,
        existing: &[Passkey],
        random: [u8; 32],
        now: Timestamp,
    ) -> (CreationOptions, PendingRegistration) {
        let challenge = Bytes(random.to_vec());
        let pending = PendingRegistration {
            challenge: challenge.clone(),
            user: user.handle.clone(),
            existing: existing.iter().map(|passkey| passkey.id.clone()).collect(),
            expires_at: now.checked_add(TIMEOUT).unwrap_or(Timestamp::MAX),
        };
        (CreationOptions::new(self, user, existing, challenge), pending)
    }

    /// Verifies a registration (Level 3 §7.1) and gives the key to store. `taken` is whether anybody has a key of
    /// [`RegistrationAnswer::credential_id`]; let a unique index say so again when it is stored.
    pub fn finish_registration(
        &self,
        pending: PendingRegistration,
        answer: &RegistrationAnswer,
        taken: bool,
        now: Timestamp,
    ) -> Result<Passkey, PasskeyError> {
        if now >= pending.expires_at {
            return Err(PasskeyError::Expired(pending.expires_at));
        }
        answer.check()?;
        let hash = client_data::verify(&answer.response.client_data, Ceremony::Registration, &pending.challenge, self)?;
        let attestation = Attestation::read(&answer.response.object)?;
        let data = AuthenticatorData::read(&attestation.authenticator_data)?;
        data.check(self)?;
        let (counter, backup_eligible, backed_up) = (data.counter, data.backup_eligible(), data.backed_up());
        let credential = data.credential.ok_or(PasskeyError::Malformed {
            what: "authenticatorData",
            expected: "the new key (attested credential data)",
        })?;
        let key = PublicKey::read(&credential.public_key)?;
        attestation.verify(&key, &hash)?;
        if credential.id != answer.raw_id.0 {
            return Err(PasskeyError::CredentialMismatch);
        }
        let id = CredentialId(Bytes(credential.id));
        if taken || pending.existing.contains(&id) {
            return Err(PasskeyError::AlreadyRegistered);
        }
        Ok(Passkey {
            id,
            user: pending.user,
            public_key: Bytes(credential.public_key),
            counter,
            backup_eligible,
            backed_up,
            aaguid: Bytes(credential.aaguid),
            transports: answer.response.transports.clone(),
            discoverable: answer.client_extension_results.cred_props.rk,
            created_at: now,
            used_at: None,
        })
    }
}
