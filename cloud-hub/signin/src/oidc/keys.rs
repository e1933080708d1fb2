//! The provider's public keys: kept for an hour, fetched again when a token names one that is not among them, and not
//! more often than once a minute for that.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::OidcError;

/// A key that the provider withdrew is trusted no longer than this.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// Between two fetches for keys that nobody knows.
const BETWEEN: SignedDuration = SignedDuration::from_secs(60);
/// More keys than any provider has; the rest is not looked at.
const MOST: usize = 64;

/// How an id token may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSA, PKCS #1 v1.5, SHA-256; 2048 bits and more.
    RS256,
    /// P-256, SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// All that can be verified here.
    pub const ALL: [Self; 3] = [Self::RS256, Self::ES256, Self::EdDSA];

    /// Its names in JOSE: Ed25519 has had two since RFC 9864.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::RS256 => &["RS256"],
            Self::ES256 => &["ES256"],
            Self::EdDSA => &["EdDSA", "Ed25519"],
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.names().contains(&name))
    }

    pub(super) fn verifier(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::RS256 => jsonwebtoken::Algorithm::RS256,
            Self::ES256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

/// A JSON Web Key Set (RFC 7517 §5). Keys of kinds unknown to us are left out, one by one.
#[derive(Deserialize)]
pub(super) struct KeySet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// One key, and the one algorithm that it is for: a key never serves another.
#[derive(Clone)]
pub(super) struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    pub(super) verifying: DecodingKey,
}

/// The keys that are known.
#[derive(Default)]
pub(super) struct Keys {
    keys: Vec<Key>,
    fetched_at: Option<Timestamp>,
    /// When a key that nobody knew was last looked for.
    searched_at: Option<Timestamp>,
}

/// What to do about a token's key.
pub(super) enum Lookup {
    Found(Key),
    /// Fetch the set, [`Keys::replace`], and look again; the next look does not ask for this twice.
    Fetch,
}

impl Keys {
    pub(super) fn find(&mut self, kid: Option<&str>, alg: Algorithm, now: Timestamp) -> Result<Lookup, OidcError> {
        // A clock set back makes every age unknown.
        let within = |at: Timestamp, age: SignedDuration| at <= now && now.duration_since(at) < age;
        if !self.fetched_at.is_some_and(|at| within(at, FRESH)) {
            return Ok(Lookup::Fetch);
        }
        let fits = |key: &&Key| key.algorithm == alg && kid.is_none_or(|kid| key.kid.as_deref() == Some(kid));
        let mut fitting = self.keys.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(Lookup::Found(key.clone())),
            (Some(_), Some(_)) => Err(OidcError::WhichKey),
            (None, _) if self.searched_at.is_some_and(|at| within(at, BETWEEN)) => {
                Err(OidcError::UnknownKey(shown(kid)))
            }
            (None, _) => {
                self.searched_at = Some(now);
                Ok(Lookup::Fetch)
            }
        }
    }

    /// After a fetch: the key is there now, or it is unknown.
    pub(super) fn settle(
        &mut self,
        kid: Option<&str>,
        alg: Algorithm,
        now: Timestamp,
    ) -> Result<DecodingKey, OidcError> {
        match self.find(kid, alg, now)? {
            Lookup::Found(key) => Ok(key.verifying),
            Lookup::Fetch => Err(OidcError::UnknownKey(shown(kid))),
        }
    }

    pub(super) fn replace(&mut self, set: &KeySet, now: Timestamp) {
        self.keys = set.keys.iter().take(MOST).filter_map(key).collect();
        self.fetched_at = Some(now);
    }
}

fn shown(kid: Option<&str>) -> String {
    kid.unwrap_or_default().chars().take(80).collect()
}

fn key(value: &Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
    if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return None;
    }
    let (algorithm, verifying) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => (Algorithm::RS256, DecodingKey::from_rsa_components(jwk.n.as_ref()?, jwk.e.as_ref()?)),
        ("EC", Some("P-256")) => (Algorithm::ES256, DecodingKey::from_ec_components(jwk.x.as_ref()?, jwk.y.as_ref()?)),
        ("OKP", Some("Ed25519")) => (Algorithm::EdDSA, DecodingKey::from_ed_components(jwk.x.as_ref()?)),
        _ => return None,
    };
    // A key that says it is for something else (RSA for PS256) is not for this.
    if jwk.alg.as_deref().is_some_and(|alg| !algorithm.names().contains(&alg)) {
        return None;
    }
    Some(Key { kid: jwk.kid, algorithm, verifying: verifying.ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    fn set(keys: &[Value]) -> KeySet {
        KeySet { keys: keys.to_vec() }
    }

    fn ed(kid: &str) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    fn ask(keys: &mut Keys, kid: &str, seconds: i64) -> &'static str {
        match keys.find(Some(kid), Algorithm::EdDSA, at(seconds)) {
            Ok(Lookup::Found(_)) => "found",
            Ok(Lookup::Fetch) => "fetch",
            Err(OidcError::UnknownKey(_)) => "unknown",
            Err(_) => "which",
        }
    }

    #[test]
    fn an_unknown_key_is_looked_for_once_a_minute_and_old_keys_are_fetched_anew() {
        let mut keys = Keys::default();
        assert_eq!(ask(&mut keys, "a", 0), "fetch");
        keys.replace(&set(&[ed("a")]), at(0));
        assert_eq!(ask(&mut keys, "a", 0), "found");
        // Rotation.
        assert_eq!(ask(&mut keys, "b", 1), "fetch");
        keys.replace(&set(&[ed("b")]), at(1));
        assert_eq!((ask(&mut keys, "b", 1), ask(&mut keys, "a", 1)), ("found", "unknown"));
        // Names made up by the thousand.
        let asked: Vec<_> = (1..60).map(|n| ask(&mut keys, &format!("x{n}"), n)).collect();
        assert!(asked.iter().all(|said| *said == "unknown"));
        assert_eq!((ask(&mut keys, "x", 61), ask(&mut keys, "x", 62)), ("fetch", "unknown"));
        // Age, and a clock that was set back.
        assert_eq!((ask(&mut keys, "b", 3600), ask(&mut keys, "b", 3601)), ("found", "fetch"));
        assert_eq!(ask(&mut keys, "b", 0), "fetch");
    }

    #[test]
    fn a_key_serves_only_what_it_is_for() {
        let with = |name: &str, value: Value| {
            let mut key = ed("a");
            key[name] = value;
            key
        };
        assert!(key(&ed("a")).is_some());
        assert!(key(&with("alg", json!("Ed25519"))).is_some());
        for bad in [
            with("use", json!("enc")),
            with("alg", json!("ES256")),
            with("crv", json!("X25519")),
            with("kty", json!("oct")),
            with("x", json!("!")),
            with("x", Value::Null),
            with("kid", json!(7)),
            json!("key"),
            json!({ "kty": "oct", "k": "c2VjcmV0" }),
            json!({ "kty": "RSA", "n": "AQAB" }),
        ] {
            assert!(key(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn without_a_name_there_must_be_one_key_and_no_more() {
        let mut keys = Keys::default();
        keys.replace(&set(&[ed("a")]), at(0));
        assert!(matches!(keys.find(None, Algorithm::EdDSA, at(0)), Ok(Lookup::Found(_))));
        keys.replace(&set(&[ed("a"), ed("b")]), at(0));
        assert!(matches!(keys.find(None, Algorithm::EdDSA, at(0)), Err(OidcError::WhichKey)));
        keys.replace(&set(&[ed("a"), ed("a")]), at(0));
        assert_eq!(ask(&mut keys, "a", 0), "which");
    }
}
