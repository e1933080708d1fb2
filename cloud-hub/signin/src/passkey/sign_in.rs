//! A person signs in with a key, or confirms with it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::authenticator::AuthenticatorData;
use super::client_data::{self, Ceremony};
use super::cose::PublicKey;
use super::{
    Bytes, CredentialId, Passkey, PasskeyError, RelyingParty, RequestOptions, SignInAnswer, TIMEOUT, UserHandle,
};

/// What must be remembered of a sign-in until its answer comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingSignIn {
    challenge: Bytes,
    /// `None` when no name was given: any discoverable key will do.
    asked: Option<Asked>,
    expires_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    user: UserHandle,
    credentials: Vec<CredentialId>,
}

/// A sign-in that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: UserHandle,
    /// The key as it is to be stored now: counter, backup and use have moved on.
    pub passkey: Passkey,
}

impl PendingSignIn {
    /// Under which it is kept.
    pub fn challenge(&self) -> String {
        self.challenge.clone().into()
    }

    /// Until when it is kept.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl RelyingParty {
    /// Begins a sign-in with a key that finds its owner itself. The answer says nothing about who exists, so this is the
    /// one to offer to strangers.
    pub fn begin_sign_in(&self, random: [u8; 32], now: Timestamp) -> (RequestOptions, PendingSignIn) {
        self.begin(None, &[], random, now)
    }

    /// Begins a confirmation by somebody who is known already, with one of their keys.
    pub fn begin_confirmation(
        &self,
        user: &UserHandle,
        passkeys: &[Passkey],
        random: [u8; 32],
        now: Timestamp,
    ) -> (RequestOptions, PendingSignIn) {
        let credentials = passkeys.iter().map(|passkey| passkey.id.clone()).collect();
        self.begin(Some(Asked { user: user.clone(), credentials }), passkeys, random, now)
    }

    fn begin(
        &self,
        asked: Option<Asked>,
        allowed: &[Passkey],
        random: [u8; 32],
        now: Timestamp,
    ) -> (RequestOptions, PendingSignIn) {
        let challenge = Bytes(random.to_vec());
        let options = RequestOptions::new(self, allowed, challenge.clone());
        let expires_at = now.checked_add(TIMEOUT).unwrap_or(Timestamp::MAX);
        (options, PendingSignIn { challenge, asked, expires_at })
    }

    /// Verifies a sign-in (Level 3 §7.2). `passkey` is the stored key of [`SignInAnswer::credential_id`]; store what
    /// comes back in the transaction that read it. On [`PasskeyError::Counter`] warn the key's owner.
    pub fn finish_sign_in(
        &self,
        pending: PendingSignIn,
        answer: &SignInAnswer,
        passkey: &Passkey,
        now: Timestamp,
    ) -> Result<SignedIn, PasskeyError> {
        if now >= pending.expires_at {
            return Err(PasskeyError::Expired(pending.expires_at));
        }
        answer.check()?;
        if passkey.id.0 != answer.raw_id {
            return Err(PasskeyError::OtherCredential);
        }
        match (&pending.asked, &answer.response.user_handle) {
            (Some(asked), _) if !asked.credentials.contains(&passkey.id) => return Err(PasskeyError::NotAllowed),
            (Some(asked), _) if asked.user != passkey.user => return Err(PasskeyError::OtherUser),
            (_, Some(handle)) if handle.0 != passkey.user.as_bytes() => return Err(PasskeyError::OtherUser),
            (None, None) => return Err(PasskeyError::NoUserHandle),
            _ => {}
        }
        let hash = client_data::verify(&answer.response.client_data, Ceremony::SignIn, &pending.challenge, self)?;
        let data = AuthenticatorData::read(&answer.response.authenticator_data)?;
        data.check(self)?;
        if data.backup_eligible() != passkey.backup_eligible {
            return Err(PasskeyError::BackupEligibility { then: passkey.backup_eligible, now: data.backup_eligible() });
        }
        let message = [&*answer.response.authenticator_data, &hash].concat();
        PublicKey::read(&passkey.public_key)?.verify(&message, &answer.response.signature)?;
        if (data.counter != 0 || passkey.counter != 0) && data.counter <= passkey.counter {
            return Err(PasskeyError::Counter { stored: passkey.counter, got: data.counter });
        }
        let passkey =
            Passkey { counter: data.counter, backed_up: data.backed_up(), used_at: Some(now), ..passkey.clone() };
        Ok(SignedIn { user: passkey.user.clone(), passkey })
    }
}
