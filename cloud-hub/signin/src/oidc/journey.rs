//! From the hub to the provider and back: what goes along, and what must come back the same.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Client, OidcError};
use crate::Digest;
use crate::digest::same;

/// How long a person has at the provider.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// The longest answer; a code is some hundred letters.
const LONGEST: usize = 8 * 1024;

/// What may be asked for besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// An address that the provider may fill in.
    pub login_hint: Option<String>,
    /// The provider must have asked the person within so many seconds; 0 asks again now. Verified on return.
    pub max_age_s: Option<u32>,
}

/// What must be remembered of a journey. It holds secrets: store it sealed, or not at all.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    /// Of the cookie.
    browser: Digest,
    issuer: String,
    client_id: String,
    /// As it was sent: the exchange must say the same.
    pub(super) redirect_uri: String,
    /// The provider must have asked the person since: `max_age` before the journey began.
    pub(super) asked_since: Option<Timestamp>,
    expires_at: Timestamp,
}

impl std::fmt::Debug for Journey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journey")
            .field("issuer", &self.issuer)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A journey that begins.
#[derive(Debug)]
pub struct Started {
    /// Where to send the browser.
    pub url: Url,
    /// What to set as a cookie: `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax`, for ten minutes.
    pub cookie: String,
    /// What to keep under its state until the browser is back.
    pub journey: Journey,
}

impl Journey {
    /// Under which it is kept.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// With whom it was begun: which [`Client`] is to finish it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Until when it is kept.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// The state in the query that the browser came back with, by which the journey is found.
pub fn state(query: &str) -> Result<String, OidcError> {
    parameters(query)?.remove("state").ok_or(OidcError::State)
}

impl Client {
    /// Begins a journey.
    pub fn start(&self, ask: &Ask, random: [u8; 128], now: Timestamp) -> Started {
        let mut words = random.chunks_exact(32).map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let mut word = || words.next().unwrap_or_default();
        let (state, nonce, verifier, cookie) = (word(), word(), word(), word());
        // RFC 7636 §4.2.
        let challenge = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(challenge);
        let mut url = self.metadata.authorization_endpoint.clone();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &self.config.client_id)
                .append_pair("redirect_uri", &self.config.redirect_uri)
                .append_pair("scope", &self.config.scope())
                .append_pair("state", &state)
                .append_pair("nonce", &nonce)
                .append_pair("code_challenge", &challenge)
                .append_pair("code_challenge_method", "S256");
            if let Some(hint) = &ask.login_hint {
                query.append_pair("login_hint", hint);
            }
            if let Some(age) = ask.max_age_s {
                query.append_pair("max_age", &age.to_string());
            }
        }
        let journey = Journey {
            state,
            nonce,
            verifier,
            browser: browser(&cookie),
            issuer: self.config.issuer.clone(),
            client_id: self.config.client_id.clone(),
            redirect_uri: self.config.redirect_uri.clone(),
            asked_since: ask
                .max_age_s
                .map(|age| now.checked_sub(SignedDuration::from_secs(age.into())).unwrap_or(Timestamp::MIN)),
            expires_at: now.checked_add(LIFETIME).unwrap_or(Timestamp::MAX),
        };
        Started { url, cookie, journey }
    }

    /// The code in the query, once everything that comes back is what went out.
    pub(super) fn code(
        &self,
        journey: &Journey,
        cookie: &str,
        query: &str,
        now: Timestamp,
    ) -> Result<String, OidcError> {
        let mut answer = parameters(query)?;
        if journey.issuer != self.config.issuer || journey.client_id != self.config.client_id {
            return Err(OidcError::OtherProvider);
        }
        if browser(cookie) != journey.browser {
            return Err(OidcError::OtherBrowser);
        }
        if !answer.get("state").is_some_and(|state| same(state, &journey.state)) {
            return Err(OidcError::State);
        }
        if now >= journey.expires_at {
            return Err(OidcError::Expired(journey.expires_at));
        }
        // RFC 9207 §2.4: before the code, or an error, is believed.
        match answer.remove("iss") {
            Some(got) if got != self.config.issuer => {
                return Err(OidcError::MixUp { expected: self.config.issuer.clone(), got });
            }
            None if self.metadata.names_issuer => {
                return Err(OidcError::MixUp { expected: self.config.issuer.clone(), got: String::new() });
            }
            _ => {}
        }
        if let Some(code) = answer.remove("error") {
            let description = answer.remove("error_description").map(|text| printable(&text));
            return Err(OidcError::Denied { code: printable(&code), description });
        }
        answer.remove("code").filter(|code| !code.is_empty()).ok_or(OidcError::NoCode)
    }
}

fn browser(cookie: &str) -> Digest {
    Digest::of("journey's browser", &[cookie.as_bytes()])
}

/// No parameter may be there twice: two parsers would each pick another one.
fn parameters(query: &str) -> Result<BTreeMap<String, String>, OidcError> {
    let mut all = BTreeMap::new();
    if query.len() > LONGEST {
        return Err(OidcError::Malformed { what: "the return", why: format!("it is longer than {LONGEST} bytes") });
    }
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if all.contains_key(name.as_ref()) {
            return Err(OidcError::Twice(printable(&name)));
        }
        all.insert(name.into_owned(), value.into_owned());
    }
    Ok(all)
}

/// What the provider says, fit for a log.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
