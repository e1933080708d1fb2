//! Every way for an id token to be wrong; each refused for its own reason.

use serde_json::{Value, json};
use vyavs_signin::oidc::{Ask, OidcError};

use crate::mock::{CLIENT, ISSUER, Mock, SECRET, Say, Sign, b64, now};

type Lie = (&'static str, fn(&mut Say), fn(&OidcError) -> bool);

fn algorithm(error: &OidcError) -> bool {
    matches!(error, OidcError::Algorithm(_))
}

fn signature(error: &OidcError) -> bool {
    matches!(error, OidcError::Signature)
}

fn unknown(error: &OidcError) -> bool {
    matches!(error, OidcError::UnknownKey(_))
}

fn no_jwt(error: &OidcError) -> bool {
    matches!(error, OidcError::NotAJwt(_))
}

fn nonce(error: &OidcError) -> bool {
    matches!(error, OidcError::Nonce)
}

fn issuer(error: &OidcError) -> bool {
    matches!(error, OidcError::Issuer { .. })
}

fn azp(error: &OidcError) -> bool {
    matches!(error, OidcError::AuthorizedParty)
}

fn subject(error: &OidcError) -> bool {
    matches!(error, OidcError::Subject)
}

/// The n-th part of the token is another.
fn part(say: &mut Say, at: usize, change: fn(&str) -> String) {
    say.spoil = Box::new(move |token| {
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        parts[at] = change(&parts[at]);
        parts.join(".")
    });
}

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().expect("an object").remove(name);
}

fn at(seconds: i64) -> Value {
    json!(now().as_second() + seconds)
}

const LIES: &[Lie] = &[
    // Algorithms.
    (
        "alg none, no signature",
        |s| {
            s.header["alg"] = json!("none");
            s.sign = Sign::As(Vec::new());
        },
        algorithm,
    ),
    (
        "alg None",
        |s| {
            s.header["alg"] = json!("None");
            s.sign = Sign::As(Vec::new());
        },
        algorithm,
    ),
    ("alg none, old signature", |s| s.header["alg"] = json!("none"), algorithm),
    (
        "HS256 with the client's secret",
        |s| {
            s.header["alg"] = json!("HS256");
            s.sign = Sign::Hmac(SECRET.as_bytes().to_vec());
        },
        algorithm,
    ),
    (
        "HS256 with the public key",
        |s| {
            let n = s.keys[0]["n"].as_str().expect("a key").as_bytes().to_vec();
            s.header = json!({ "alg": "HS256", "kid": "r" });
            s.sign = Sign::Hmac(n);
        },
        algorithm,
    ),
    (
        "RS384",
        |s| {
            s.header = json!({ "alg": "RS384", "kid": "r" });
            s.sign = Sign::Rsa;
        },
        algorithm,
    ),
    (
        "PS256",
        |s| {
            s.header = json!({ "alg": "PS256", "kid": "r" });
            s.sign = Sign::Rsa;
        },
        algorithm,
    ),
    ("an algorithm with a space", |s| s.header["alg"] = json!("EdDSA "), algorithm),
    ("RS256 with the EC key's name", |s| s.header = json!({ "alg": "RS256", "kid": "e" }), unknown),
    ("EdDSA with the RSA key's name", |s| s.header = json!({ "alg": "EdDSA", "kid": "r" }), unknown),
    ("ES256 signed by Ed25519", |s| s.header = json!({ "alg": "ES256", "kid": "e" }), signature),
    // Keys.
    ("a thief's key", |s| s.sign = Sign::Thief, signature),
    ("a name of no key", |s| s.header["kid"] = json!("x"), unknown),
    ("a path for a name", |s| s.header["kid"] = json!("../../../dev/null"), unknown),
    (
        "a key brought along",
        |s| {
            s.header["jwk"] = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64([1; 32]) });
            s.sign = Sign::Thief;
        },
        signature,
    ),
    (
        "a key pointed at",
        |s| {
            s.header["jku"] = json!("https://evil.example/jwks");
            s.header["x5u"] = json!("https://evil.example/x5u");
            s.sign = Sign::Thief;
        },
        signature,
    ),
    ("a key for encryption", |s| s.keys[2]["use"] = json!("enc"), unknown),
    ("a key that is gone", |s| s.keys = json!([]), unknown),
    ("a key that is broken", |s| s.keys[2]["x"] = json!("AAAA"), signature),
    (
        "no name, and two keys",
        |s| {
            remove(&mut s.header, "kid");
            let mut twin = s.keys[2].clone();
            twin["kid"] = json!("d2");
            s.keys.as_array_mut().expect("keys").push(twin);
        },
        |e| matches!(e, OidcError::WhichKey),
    ),
    // The envelope.
    ("no signature", |s| s.sign = Sign::As(Vec::new()), signature),
    ("zeros for a signature", |s| s.sign = Sign::As(vec![0; 64]), signature),
    (
        "zeros for an ECDSA signature",
        |s| {
            s.header = json!({ "alg": "ES256", "kid": "e" });
            s.sign = Sign::As(vec![0; 64]);
        },
        signature,
    ),
    ("other claims", |s| part(s, 1, |_| b64(r#"{"iss":"x"}"#)), signature),
    ("a padded signature", |s| part(s, 2, |text| format!("{text}==")), signature),
    ("two parts", |s| s.spoil = Box::new(|token| token.rsplit_once('.').expect("three").0.to_owned()), no_jwt),
    ("four parts", |s| s.spoil = Box::new(|token| token + ".x"), no_jwt),
    (
        "an encrypted one",
        |s| s.spoil = Box::new(|token| token + ".x.y"),
        |e| matches!(e, OidcError::NotAJwt("it is encrypted")),
    ),
    ("a header that is no JSON", |s| part(s, 0, |_| b64("x")), no_jwt),
    ("two algorithms", |s| part(s, 0, |_| b64(r#"{"alg":"none","alg":"EdDSA","kid":"d"}"#)), no_jwt),
    ("a token of a megabyte", |s| s.claims["pad"] = json!("x".repeat(100_000)), no_jwt),
    (
        "a critical header",
        |s| {
            s.header["crit"] = json!(["b64"]);
            s.header["b64"] = json!(false);
        },
        |e| matches!(e, OidcError::Critical),
    ),
    (
        "an access token",
        |s| s.header["typ"] = json!("at+jwt"),
        |e| matches!(e, OidcError::Kind(kind) if kind == "at+jwt"),
    ),
    ("a logout token", |s| s.header["typ"] = json!("logout+jwt"), |e| matches!(e, OidcError::Kind(_))),
    // For whom, by whom.
    ("another issuer", |s| s.claims["iss"] = json!("https://evil.example"), issuer),
    ("an issuer that is nearly it", |s| s.claims["iss"] = json!(format!("{ISSUER}/")), issuer),
    ("an issuer in capitals", |s| s.claims["iss"] = json!(ISSUER.to_uppercase()), issuer),
    ("no issuer", |s| remove(&mut s.claims, "iss"), no_jwt),
    ("another audience", |s| s.claims["aud"] = json!("another hub"), |e| matches!(e, OidcError::Audience)),
    ("no audience", |s| s.claims["aud"] = json!([]), |e| matches!(e, OidcError::Audience)),
    (
        "an audience too many",
        |s| {
            s.claims["aud"] = json!([CLIENT, "evil"]);
            s.claims["azp"] = json!(CLIENT);
        },
        |e| matches!(e, OidcError::ExtraAudience(other) if other == "evil"),
    ),
    ("issued to another", |s| s.claims["azp"] = json!("another hub"), azp),
    ("twice for us, issued to nobody", |s| s.claims["aud"] = json!([CLIENT, CLIENT]), azp),
    // When.
    ("expired", |s| s.claims["exp"] = at(-60), |e| matches!(e, OidcError::TokenExpired(_))),
    ("no end", |s| remove(&mut s.claims, "exp"), no_jwt),
    ("an end in words", |s| s.claims["exp"] = json!("tomorrow"), no_jwt),
    ("an end beyond all numbers", |s| s.claims["exp"] = json!(1e300), no_jwt),
    ("from tomorrow", |s| s.claims["iat"] = at(61), |e| matches!(e, OidcError::FromTheFuture(_))),
    ("good from tomorrow", |s| s.claims["nbf"] = at(61), |e| matches!(e, OidcError::FromTheFuture(_))),
    (
        "from an hour ago",
        |s| {
            s.claims["iat"] = at(-601);
            s.claims["exp"] = at(86_400);
        },
        |e| matches!(e, OidcError::Stale(_)),
    ),
    ("good from a time beyond all numbers", |s| s.claims["nbf"] = json!(1e300), no_jwt),
    // For which journey.
    ("another nonce", |s| s.claims["nonce"] = json!("n-0S6_WzA2Mj"), nonce),
    ("no nonce", |s| remove(&mut s.claims, "nonce"), nonce),
    ("an empty nonce", |s| s.claims["nonce"] = json!(""), nonce),
    (
        "another access token's hash",
        |s| s.claims["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ"),
        |e| matches!(e, OidcError::AccessTokenHash),
    ),
    (
        "a hash and no access token",
        |s| {
            s.claims["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ");
            remove(&mut s.token, "access_token");
        },
        |e| matches!(e, OidcError::AccessTokenHash),
    ),
    // Who.
    ("nobody", |s| s.claims["sub"] = json!(""), subject),
    ("somebody of 256 letters", |s| s.claims["sub"] = json!("x".repeat(256)), subject),
    ("somebody beyond ASCII", |s| s.claims["sub"] = json!("аdmin"), subject),
    ("a number", |s| s.claims["sub"] = json!(1), no_jwt),
    (
        "two issuers, well signed",
        |s| s.write = |claims| claims.replacen('{', r#"{"iss":"https://evil.example","#, 1),
        no_jwt,
    ),
    ("two subjects, well signed", |s| s.write = |claims| claims.replacen('{', r#"{"sub":"admin","#, 1), no_jwt),
];

#[tokio::test]
async fn every_lie_in_a_token_is_refused_for_its_own_reason() {
    assert!(LIES.len() >= 50);
    for (name, change, expected) in LIES {
        let mock = Mock::new();
        mock.say(*change);
        let error = mock.journey(&Ask::default()).await.expect_err(name);
        assert!(expected(&error), "{name}: {error:?}");
        // Nothing that a token names is fetched.
        assert!(!mock.all_fetched().iter().any(|url| url.contains("evil")), "{name}");
    }
}

#[tokio::test]
async fn who_was_to_be_asked_again_was_asked_again() {
    let ask = |seconds| Ask { login_hint: None, max_age_s: Some(seconds) };
    for (age, asked_at, fine) in [
        (0, Some(0), true),
        (0, Some(-59), true),
        (0, Some(-61), false),
        (3600, Some(-3600), true),
        (3600, Some(-3661), false),
        (3600, None, false),
    ] {
        let mock = Mock::new();
        mock.say(move |say| {
            if let Some(asked_at) = asked_at {
                say.claims["auth_time"] = at(asked_at);
            }
        });
        match mock.journey(&ask(age)).await {
            Ok(identity) => {
                assert!(fine, "{age} {asked_at:?}");
                assert_eq!(identity.asked_at_s, asked_at.map(|asked_at| now().as_second() + asked_at));
            }
            Err(error) => assert!(!fine && matches!(error, OidcError::NotAskedAgain), "{age} {asked_at:?}: {error}"),
        }
    }
}
