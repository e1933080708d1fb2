//! The id token (Core 1.0 §3.1.3.7, JWT best practice RFC 8725): read to the letter, and only then believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::{Number, Value};

use super::{Algorithm, OidcError};
use crate::digest::same;

/// Clocks differ by so much, s.
const LEEWAY: i64 = 60;
/// A token that was just asked for was made at most so long ago, s.
const AGE: i64 = 600;
const LONGEST: usize = 64 * 1024;

/// Who signed in elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who says so. With `subject`, and with nothing else, this is the person.
    pub issuer: String,
    /// What they call the person there; never given to another.
    pub subject: String,
    /// An address to show, and to fill in a form with. Not proof of anything, verified or not: it may be another's
    /// tomorrow.
    pub email: Option<String>,
    /// Whether the provider says it verified that address.
    pub email_verified: bool,
    /// A name to show.
    pub name: Option<String>,
    /// When the person was last asked there, where the provider says so, s since 1970.
    pub asked_at_s: Option<i64>,
    /// How they were asked, in the provider's words (RFC 8176: `pwd`, `otp`, `mfa`, `hwk`, …).
    pub methods: Vec<String>,
    /// How strongly, in the provider's words.
    pub class: Option<String>,
    /// The provider's name for the session there.
    pub session: Option<String>,
    /// The token itself, for signing out there ([`super::Client::logout`]). Store it sealed.
    pub id_token: String,
}

/// What a token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) trusted: &'a [String],
    pub(super) nonce: &'a str,
    pub(super) access_token: Option<&'a str>,
    /// The provider must have asked the person since.
    pub(super) asked_since: Option<Timestamp>,
    pub(super) now: Timestamp,
}

/// A signed JWT, not yet verified.
pub(super) struct Token<'a> {
    text: &'a str,
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
    header: Header,
    algorithm: Algorithm,
}

/// All else in a header (`jku`, `jwk`, `x5u`, …) would bring a key along, and is not looked at.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: Number,
    iat: Number,
    nbf: Option<Number>,
    azp: Option<String>,
    nonce: Option<String>,
    at_hash: Option<String>,
    auth_time: Option<Number>,
    email: Option<String>,
    email_verified: Option<Value>,
    name: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    acr: Option<String>,
    sid: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl<'a> Token<'a> {
    pub(super) fn read(text: &'a str, allowed: &[Algorithm]) -> Result<Self, OidcError> {
        if text.len() > LONGEST {
            return Err(OidcError::NotAJwt("it is longer than 64 KiB"));
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(OidcError::NotAJwt(if parts.len() == 5 {
                "it is encrypted"
            } else {
                "it has not three parts"
            }));
        };
        let message = &text[..header.len() + 1 + claims.len()];
        let header: Header = decoded(header, "its header is not JSON with an algorithm")?;
        let algorithm = Algorithm::named(&header.alg).filter(|alg| allowed.contains(alg));
        let Some(algorithm) = algorithm else {
            return Err(OidcError::Algorithm(header.alg.chars().take(40).collect()));
        };
        if header.crit.is_some() {
            return Err(OidcError::Critical);
        }
        if let Some(kind) = header.typ.as_ref().filter(|kind| !kind.eq_ignore_ascii_case("JWT")) {
            return Err(OidcError::Kind(kind.chars().take(40).collect()));
        }
        Ok(Self { text, message, claims, signature, header, algorithm })
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn verify(&self, key: &DecodingKey, expected: &Expected<'_>) -> Result<Identity, OidcError> {
        let message = self.message.as_bytes();
        let right = jsonwebtoken::crypto::verify(self.signature, message, key, self.algorithm.verifier());
        if !right.unwrap_or(false) {
            return Err(OidcError::Signature);
        }
        let claims: Claims =
            decoded(self.claims, "its claims are not JSON with iss, sub, aud, exp and iat, each once")?;
        for_us(&claims, expected)?;
        in_time(&claims, expected)?;
        if !claims.nonce.as_ref().is_some_and(|nonce| same(nonce, expected.nonce)) {
            return Err(OidcError::Nonce);
        }
        if let Some(hash) = &claims.at_hash
            && !expected.access_token.is_some_and(|token| same(hash, &self.half_hash(token)))
        {
            return Err(OidcError::AccessTokenHash);
        }
        if !(1..=255).contains(&claims.sub.len()) || !claims.sub.is_ascii() {
            return Err(OidcError::Subject);
        }
        Ok(Identity {
            issuer: claims.iss,
            subject: claims.sub,
            email: claims.email,
            // Some write it as a text.
            email_verified: matches!(claims.email_verified, Some(Value::Bool(true)))
                || claims.email_verified == Some(Value::String("true".to_owned())),
            name: claims.name,
            asked_at_s: claims.auth_time.as_ref().and_then(seconds),
            methods: claims.amr,
            class: claims.acr,
            session: claims.sid,
            id_token: self.text.to_owned(),
        })
    }

    /// Core 1.0 §3.1.3.6: the left half of the hash that belongs to the algorithm.
    fn half_hash(&self, access_token: &str) -> String {
        let hash = match self.algorithm {
            Algorithm::RS256 | Algorithm::ES256 => &ring::digest::SHA256,
            Algorithm::EdDSA => &ring::digest::SHA512,
        };
        let hash = ring::digest::digest(hash, access_token.as_bytes());
        let hash = hash.as_ref();
        URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2])
    }
}

fn for_us(claims: &Claims, expected: &Expected<'_>) -> Result<(), OidcError> {
    if claims.iss != expected.issuer {
        return Err(OidcError::Issuer { expected: expected.issuer.to_owned(), got: claims.iss.clone() });
    }
    let audiences = match &claims.aud {
        Audience::One(one) => std::slice::from_ref(one),
        Audience::Many(many) => many,
    };
    if !audiences.iter().any(|audience| audience == expected.client_id) {
        return Err(OidcError::Audience);
    }
    let strange = |audience: &&String| *audience != expected.client_id && !expected.trusted.contains(audience);
    if let Some(strange) = audiences.iter().find(strange) {
        return Err(OidcError::ExtraAudience(strange.clone()));
    }
    match &claims.azp {
        Some(azp) if azp != expected.client_id => Err(OidcError::AuthorizedParty),
        None if audiences.len() > 1 => Err(OidcError::AuthorizedParty),
        _ => Ok(()),
    }
}

fn in_time(claims: &Claims, expected: &Expected<'_>) -> Result<(), OidcError> {
    let now = expected.now.as_second();
    let nbf = claims.nbf.as_ref().map_or(Some(i64::MIN), seconds);
    let (Some(exp), Some(iat), Some(nbf)) = (seconds(&claims.exp), seconds(&claims.iat), nbf) else {
        return Err(OidcError::NotAJwt("its times are no numbers of seconds"));
    };
    if now.saturating_sub(LEEWAY) >= exp {
        return Err(OidcError::TokenExpired(exp));
    }
    let begins = nbf.max(iat);
    if begins > now.saturating_add(LEEWAY) {
        return Err(OidcError::FromTheFuture(begins));
    }
    if iat < now.saturating_sub(AGE) {
        return Err(OidcError::Stale(iat));
    }
    let Some(since) = expected.asked_since else { return Ok(()) };
    let asked = claims.auth_time.as_ref().and_then(seconds).ok_or(OidcError::NotAskedAgain)?;
    if asked < since.as_second().saturating_sub(LEEWAY) { Err(OidcError::NotAskedAgain) } else { Ok(()) }
}

/// A NumericDate (RFC 7519 §2), which may have a fraction.
fn seconds(number: &Number) -> Option<i64> {
    let whole = |seconds: f64| (seconds.abs() < 1e15).then(|| seconds.floor() as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(whole))
}

fn decoded<T: serde::de::DeserializeOwned>(part: &str, why: &'static str) -> Result<T, OidcError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| OidcError::NotAJwt(why))?;
    serde_json::from_slice(&bytes).map_err(|_| OidcError::NotAJwt(why))
}
