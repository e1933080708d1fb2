//! What people carry: short access tokens for programs, a longer one in a browser's httpOnly cookie, both JWTs signed with
//! EdDSA; and refresh tokens, which are only random. Machines carry the like of the first.
//!
//! The hub reads no tokens but its own, so the header must be, byte for byte, the one it writes: no algorithm to choose,
//! no key to bring along, nothing to be confused about. Those of people name their sign-in and those of machines their
//! client, which must still hold.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rcgen::{KeyPair, PublicKeyData};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use super::{KeyError, random};

/// An access token lasts this long, s.
pub const ACCESS_S: u32 = 600;
/// A browser's session lasts this long unless it is renewed, s.
pub const COOKIE_S: u32 = 12 * 3600;
/// A refresh token, and with it the whole sign-in, lasts this long unless it is used, s.
pub const REFRESH_S: u32 = 30 * 24 * 3600;

const ISSUER: &str = "vyavs-hub";

/// Who carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A program, in `Authorization`.
    Program,
    /// A browser, in its cookie.
    Browser,
    /// A program that is nobody's session: a machine client, in `Authorization`.
    Machine,
}

impl Bearer {
    fn typ(self) -> &'static str {
        match self {
            Self::Program => "at+jwt",
            Self::Browser => "vyavs-session+jwt",
            Self::Machine => "vyavs-machine+jwt",
        }
    }

    fn audience(self) -> &'static str {
        match self {
            Self::Program => "vyavs-api",
            Self::Browser => "vyavs-browser",
            Self::Machine => "vyavs-machine",
        }
    }

    fn lasts(self) -> i64 {
        match self {
            Self::Program | Self::Machine => i64::from(ACCESS_S),
            Self::Browser => i64::from(COOKIE_S),
        }
    }

    fn header(self) -> Header {
        Header { typ: Some(self.typ().to_owned()), ..Header::new(Algorithm::EdDSA) }
    }
}

/// What a token says. Seconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The hub.
    pub iss: String,
    /// For what.
    pub aud: String,
    /// The person.
    pub sub: UserId,
    /// The tenant.
    pub org: OrgId,
    /// The sign-in.
    pub sid: Uuid,
    /// Made at.
    pub iat: i64,
    /// Good from.
    pub nbf: i64,
    /// Good until.
    pub exp: i64,
}

/// What a machine's token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineClaims {
    /// The hub.
    pub iss: String,
    /// For what.
    pub aud: String,
    /// The client.
    pub sub: Uuid,
    /// The tenant.
    pub org: OrgId,
    /// What it may do, separated by spaces: what it asked for, and never more than the client still holds.
    pub scope: String,
    /// Made at.
    pub iat: i64,
    /// Good from.
    pub nbf: i64,
    /// Good until.
    pub exp: i64,
}

/// When claims were made, and from when until when they are good.
trait Times {
    fn times(&self) -> (i64, i64, i64);
}

impl Times for Claims {
    fn times(&self) -> (i64, i64, i64) {
        (self.iat, self.nbf, self.exp)
    }
}

impl Times for MachineClaims {
    fn times(&self) -> (i64, i64, i64) {
        (self.iat, self.nbf, self.exp)
    }
}

/// Why a token is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not one of ours, or altered.
    #[error("the token is not one of this hub's")]
    Foreign,
    /// Past its time.
    #[error("the token has expired")]
    Expired,
    /// Before its time.
    #[error("the token is not valid yet")]
    Early,
}

/// Makes and reads tokens.
pub struct TokenKey {
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl TokenKey {
    pub(crate) fn new(key: &KeyPair) -> Self {
        Self {
            signing: EncodingKey::from_ed_der(key.serialized_der()),
            verifying: DecodingKey::from_ed_der(key.der_bytes()),
        }
    }

    /// A token for a sign-in.
    pub fn make(
        &self,
        bearer: Bearer,
        (user, org): (UserId, OrgId),
        sign_in: Uuid,
        now: Timestamp,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let now = now.as_second();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: bearer.audience().to_owned(),
            sub: user,
            org,
            sid: sign_in,
            iat: now,
            nbf: now,
            exp: now + bearer.lasts(),
        };
        jsonwebtoken::encode(&bearer.header(), &claims, &self.signing)
    }

    /// A token for a machine client; `scope` is what it may do.
    pub fn make_for_machine(
        &self,
        (client, org): (Uuid, OrgId),
        scope: &str,
        now: Timestamp,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let (bearer, now) = (Bearer::Machine, now.as_second());
        let claims = MachineClaims {
            iss: ISSUER.to_owned(),
            aud: bearer.audience().to_owned(),
            sub: client,
            org,
            scope: scope.to_owned(),
            iat: now,
            nbf: now,
            exp: now + bearer.lasts(),
        };
        jsonwebtoken::encode(&bearer.header(), &claims, &self.signing)
    }

    /// Reads a person's token of one kind; whether its sign-in still holds, the caller asks the database.
    pub fn read(&self, bearer: Bearer, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        self.open(bearer, token, now)
    }

    /// Reads a machine's token; whether its client still holds, the caller asks the database.
    pub fn read_machine(&self, token: &str, now: Timestamp) -> Result<MachineClaims, TokenError> {
        self.open(Bearer::Machine, token, now)
    }

    /// Whether it says that it is a machine's.
    pub fn is_machine(&self, token: &str) -> bool {
        is_of(Bearer::Machine, token)
    }

    fn open<C: DeserializeOwned + Times>(&self, bearer: Bearer, token: &str, now: Timestamp) -> Result<C, TokenError> {
        if !is_of(bearer, token) {
            return Err(TokenError::Foreign);
        }
        let mut checks = Validation::new(Algorithm::EdDSA);
        checks.algorithms = vec![Algorithm::EdDSA];
        checks.set_issuer(&[ISSUER]);
        checks.set_audience(&[bearer.audience()]);
        checks.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        // Against our own clock, below: the library reads the machine's.
        (checks.validate_exp, checks.validate_nbf) = (false, false);
        let claims =
            jsonwebtoken::decode::<C>(token, &self.verifying, &checks).map_err(|_| TokenError::Foreign)?.claims;
        let (now, (iat, nbf, exp)) = (now.as_second(), claims.times());
        match () {
            () if now >= exp => Err(TokenError::Expired),
            () if now < nbf => Err(TokenError::Early),
            // A life longer than any we give.
            () if exp.saturating_sub(iat) > bearer.lasts() => Err(TokenError::Foreign),
            () => Ok(claims),
        }
    }
}

/// Whether the header is, byte for byte, the one that we write.
fn is_of(bearer: Bearer, token: &str) -> bool {
    let Ok(header) = serde_json::to_vec(&bearer.header()) else { return false };
    token.strip_prefix(&URL_SAFE_NO_PAD.encode(header)).is_some_and(|rest| rest.starts_with('.'))
}

/// A new refresh token: 256 random bits.
pub(crate) fn refresh_token() -> Result<String, KeyError> {
    Ok(format!("vyr1.{}", URL_SAFE_NO_PAD.encode(random::<32>()?)))
}

/// When a refresh token made now expires.
pub(crate) fn refresh_until(now: Timestamp) -> Timestamp {
    now + SignedDuration::from_secs(i64::from(REFRESH_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().expect("a time")
    }

    #[test]
    fn a_token_is_good_for_its_time_and_its_bearer_only() {
        let key = TokenKey::new(&KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key"));
        let who = (UserId(Uuid::from_u128(1)), OrgId(Uuid::from_u128(2)));
        let token = key.make(Bearer::Program, who, Uuid::from_u128(3), now()).expect("made");
        let read = |bearer, seconds| key.read(bearer, &token, now() + SignedDuration::from_secs(seconds));
        assert_eq!(read(Bearer::Program, 0).expect("good").sid, Uuid::from_u128(3));
        assert_eq!(read(Bearer::Program, 599).expect("good").sub, who.0);
        assert_eq!(read(Bearer::Program, 600), Err(TokenError::Expired));
        assert_eq!(read(Bearer::Program, -1), Err(TokenError::Early));
        assert_eq!(read(Bearer::Browser, 0), Err(TokenError::Foreign));
        let other = TokenKey::new(&KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key"));
        assert_eq!(other.read(Bearer::Program, &token, now()), Err(TokenError::Foreign));
    }

    #[test]
    fn a_machine_s_token_is_no_person_s_and_the_other_way_round() {
        let key = TokenKey::new(&KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key"));
        let (client, org) = (Uuid::from_u128(1), OrgId(Uuid::from_u128(2)));
        let token = key.make_for_machine((client, org), "sales.read", now()).expect("made");
        let read = key.read_machine(&token, now()).expect("good");
        assert_eq!((read.sub, read.scope.as_str()), (client, "sales.read"));
        let later = |seconds| now() + SignedDuration::from_secs(seconds);
        assert_eq!(key.read_machine(&token, later(600)), Err(TokenError::Expired));
        assert_eq!(key.read_machine(&token, later(-1)), Err(TokenError::Early));
        assert!(key.is_machine(&token));
        for bearer in [Bearer::Program, Bearer::Browser] {
            assert_eq!(key.read(bearer, &token, now()), Err(TokenError::Foreign));
            let person = key.make(bearer, (UserId(client), org), client, now()).expect("made");
            assert!(!key.is_machine(&person));
            assert_eq!(key.read_machine(&person, now()), Err(TokenError::Foreign));
        }
    }
}
