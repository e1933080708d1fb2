//! Programs that fetch access tokens: who they are, and what they are granted.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Scopes, TokenError, TokenRequest};
use crate::{Digest, letters};

const ID_PREFIX: &str = "vyc_";
pub(super) const SECRET_PREFIX: &str = "vycs_";
/// An access token of a program lasts this long; there is no refresh token (RFC 6749 §4.4.3).
const GRANT: SignedDuration = SignedDuration::from_mins(10);

/// A program. It has one secret, or two while the new one is being carried to where the old one is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineClient {
    /// `vyc_` and sixteen letters.
    pub id: String,
    /// The newest last.
    pub secrets: Vec<ClientSecret>,
    /// What it may ask for.
    pub scopes: Scopes,
    /// When it was shut out.
    pub disabled_at: Option<Timestamp>,
}

/// What is stored of a client's secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// Of the secret.
    pub digest: Digest,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

/// What a program is granted: the claims of the access token that the hub makes for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The client.
    pub client: String,
    /// What it may do: what it asked for, or all it may when it asked for nothing.
    pub scopes: Scopes,
    /// Until when.
    pub expires_at: Timestamp,
}

impl MachineClient {
    /// The secret to show once, and what to store.
    pub fn register(scopes: Scopes, random: [u8; 42]) -> (String, Self) {
        let (id, secret) = random.split_at(10);
        let id = format!("{ID_PREFIX}{}", letters::write(id));
        let secrets = vec![ClientSecret { digest: digest(&id, secret), expires_at: None }];
        (letters::write_checked(SECRET_PREFIX, secret), Self { id, secrets, scopes, disabled_at: None })
    }

    /// A new secret to show once, and what to store: the last one goes on until `old_until`, all older ones are gone.
    pub fn rotate(&self, random: [u8; 32], old_until: Timestamp) -> (String, Self) {
        let last = self.secrets.last().map(|last| ClientSecret {
            digest: last.digest,
            expires_at: Some(last.expires_at.map_or(old_until, |at| at.min(old_until))),
        });
        let new = ClientSecret { digest: digest(&self.id, &random), expires_at: None };
        let secrets = last.into_iter().chain([new]).collect();
        (letters::write_checked(SECRET_PREFIX, &random), Self { secrets, ..self.clone() })
    }
}

/// Answers a request for a token. `client` is what the hub has under [`TokenRequest::client_id`]; an unknown one is
/// refused in the same words as a wrong secret.
pub(super) fn grant(
    request: &TokenRequest,
    client: Option<&MachineClient>,
    now: Timestamp,
) -> Result<Grant, TokenError> {
    let nobody = MachineClient { id: String::new(), secrets: Vec::new(), scopes: Scopes::default(), disabled_at: None };
    let known = client.filter(|client| client.id == request.client_id()).unwrap_or(&nobody);
    let brought = digest(request.client_id(), request.secret());
    let holds = |secret: &ClientSecret| secret.digest == brought && secret.expires_at.is_none_or(|at| now < at);
    // All are compared, so that the time taken does not say which was right.
    let right = known.secrets.iter().filter(|secret| holds(secret)).count();
    if right == 0 || known.disabled_at.is_some() {
        return Err(TokenError::InvalidClient { basic: request.is_basic() });
    }
    let scopes = match request.scopes() {
        Some(asked) if asked.within(&known.scopes) => asked.clone(),
        Some(_) => return Err(TokenError::InvalidScope),
        None => known.scopes.clone(),
    };
    Ok(Grant { client: known.id.clone(), scopes, expires_at: now.checked_add(GRANT).unwrap_or(Timestamp::MAX) })
}

fn digest(id: &str, secret: &[u8]) -> Digest {
    Digest::of("client secret", &[id.as_bytes(), secret])
}
