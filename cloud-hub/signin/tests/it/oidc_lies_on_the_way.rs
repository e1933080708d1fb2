//! What can go wrong before there is a token: discovery, the browser's return, the token endpoint.

use jiff::SignedDuration;
use serde_json::json;
use vyavs_signin::oidc::{Ask, Client, FetchError, OidcError};

use crate::mock::{ISSUER, Mock, Say, config, now, random};

type Lie = (&'static str, fn(&mut Say), fn(&OidcError) -> bool);

async fn all_refused(lies: &[Lie]) {
    for (name, change, expected) in lies {
        let mock = Mock::new();
        mock.say(*change);
        let error = mock.journey(&Ask::default()).await.expect_err(name);
        assert!(expected(&error), "{name}: {error:?}");
        let own = |url: &String| url.starts_with(ISSUER) || url == "https://keys.id.example/jwks";
        assert!(mock.all_fetched().iter().all(own), "{name}: {:?}", mock.all_fetched());
    }
}

fn address(error: &OidcError) -> bool {
    matches!(error, OidcError::Address { .. })
}

fn mix_up(error: &OidcError) -> bool {
    matches!(error, OidcError::MixUp { .. })
}

fn twice(error: &OidcError) -> bool {
    matches!(error, OidcError::Twice(_))
}

fn set(say: &mut Say, name: &str, value: &str) {
    say.back.retain(|(known, _)| known != name);
    say.back.push((name.to_owned(), value.to_owned()));
}

fn drop(say: &mut Say, name: &str) {
    say.back.retain(|(known, _)| known != name);
}

#[tokio::test(start_paused = true)]
async fn a_lying_discovery_is_refused() {
    let lies: &[Lie] = &[
        (
            "another issuer",
            |s| s.discovery["issuer"] = json!("https://evil.example"),
            |e| matches!(e, OidcError::DiscoveryIssuer { got, .. } if got == "https://evil.example"),
        ),
        (
            "an issuer that is nearly it",
            |s| s.discovery["issuer"] = json!(format!("{ISSUER}/")),
            |e| matches!(e, OidcError::DiscoveryIssuer { .. }),
        ),
        ("a token endpoint without TLS", |s| s.discovery["token_endpoint"] = json!("http://id.example/token"), address),
        ("keys from a cloud's metadata", |s| s.discovery["jwks_uri"] = json!("https://169.254.169.254/jwks"), address),
        ("keys from the machine itself", |s| s.discovery["jwks_uri"] = json!("http://localhost:6379/jwks"), address),
        ("a script for a page", |s| s.discovery["authorization_endpoint"] = json!("javascript:alert(1)"), address),
        (
            "a sign-out on a private network",
            |s| s.discovery["end_session_endpoint"] = json!("https://10.0.0.1/"),
            address,
        ),
        (
            "no code flow",
            |s| s.discovery["response_types_supported"] = json!(["id_token"]),
            |e| matches!(e, OidcError::Unsupported("response_type=code")),
        ),
        (
            "plain PKCE alone",
            |s| s.discovery["code_challenge_methods_supported"] = json!(["plain"]),
            |e| matches!(e, OidcError::Unsupported("PKCE with S256")),
        ),
        (
            "symmetric signatures alone",
            |s| s.discovery["id_token_signing_alg_values_supported"] = json!(["HS256", "none"]),
            |e| matches!(e, OidcError::Unsupported(_)),
        ),
        (
            "another way to authenticate",
            |s| s.discovery["token_endpoint_auth_methods_supported"] = json!(["private_key_jwt"]),
            |e| matches!(e, OidcError::Unsupported(_)),
        ),
        (
            "no token endpoint",
            |s| {
                s.discovery.as_object_mut().expect("an object").remove("token_endpoint");
            },
            |e| matches!(e, OidcError::Malformed { what: "discovery", .. }),
        ),
        (
            "a page",
            |s| {
                s.instead.insert("openid-configuration", (200, "text/html", b"<html>".to_vec()));
            },
            |e| matches!(e, OidcError::ContentType { what: "discovery", .. }),
        ),
        (
            "a redirect",
            |s| {
                s.instead.insert("openid-configuration", (302, "application/json", b"{}".to_vec()));
            },
            |e| matches!(e, OidcError::Status { what: "discovery", status: 302 }),
        ),
        (
            "too much of it",
            |s| {
                s.instead.insert("openid-configuration", (200, "application/json", vec![b' '; 300_000]));
            },
            |e| matches!(e, OidcError::Fetch { what: "discovery", source: FetchError::TooLarge { most: 262_144 } }),
        ),
        (
            "half of it",
            |s| {
                s.instead.insert("openid-configuration", (200, "application/json", b"{\"issuer\":".to_vec()));
            },
            |e| matches!(e, OidcError::Malformed { .. }),
        ),
        (
            "JSON a million deep",
            |s| {
                s.instead.insert("openid-configuration", (200, "application/json", vec![b'['; 200_000]));
            },
            |e| matches!(e, OidcError::Malformed { .. }),
        ),
        (
            "silence",
            |s| s.silent = Some("openid-configuration"),
            |e| matches!(e, OidcError::Fetch { what: "discovery", source: FetchError::Timeout(_) }),
        ),
    ];
    all_refused(lies).await;
}

#[tokio::test(start_paused = true)]
async fn a_return_that_is_not_the_one_begun_is_refused() {
    let lies: &[Lie] = &[
        ("another state", |s| set(s, "state", "A"), |e| matches!(e, OidcError::State)),
        ("no state", |s| drop(s, "state"), |e| matches!(e, OidcError::State)),
        ("an empty state", |s| set(s, "state", ""), |e| matches!(e, OidcError::State)),
        ("two states", |s| s.back.push(("state".to_owned(), "A".to_owned())), twice),
        ("two codes", |s| s.back.insert(0, ("code".to_owned(), "A".to_owned())), twice),
        ("two issuers", |s| s.back.push(("iss".to_owned(), "https://evil.example".to_owned())), twice),
        ("the answer of another provider", |s| set(s, "iss", "https://evil.example"), mix_up),
        ("an issuer that is nearly it", |s| set(s, "iss", "https://id.example/realms/shop/"), mix_up),
        ("no issuer, though it was promised", |s| drop(s, "iss"), mix_up),
        (
            "another provider's refusal",
            |s| {
                set(s, "iss", "https://evil.example");
                set(s, "error", "access_denied");
            },
            mix_up,
        ),
        (
            "a refusal",
            |s| {
                set(s, "error", "access_denied");
                set(s, "error_description", "no\r\nLocation: x");
            },
            |e| matches!(e, OidcError::Denied { code, description: Some(text) } if code == "access_denied" && text == "noLocation: x"),
        ),
        (
            "a refusal with a code",
            |s| s.back.push(("error".to_owned(), "server_error".to_owned())),
            |e| matches!(e, OidcError::Denied { .. }),
        ),
        ("no code", |s| drop(s, "code"), |e| matches!(e, OidcError::NoCode)),
        ("an empty code", |s| set(s, "code", ""), |e| matches!(e, OidcError::NoCode)),
        (
            "a return of a megabyte",
            |s| set(s, "code", &"x".repeat(1_000_000)),
            |e| matches!(e, OidcError::Malformed { .. }),
        ),
        (
            "somebody else's code",
            |s| set(s, "code", "theirs"),
            |e| matches!(e, OidcError::TokenRefused { code, description: Some(text) } if code == "invalid_grant" && text == "not your code"),
        ),
    ];
    all_refused(lies).await;
}

#[tokio::test(start_paused = true)]
async fn a_lying_token_endpoint_is_refused() {
    let lies: &[Lie] = &[
        (
            "another kind of token",
            |s| s.token["token_type"] = json!("mac"),
            |e| matches!(e, OidcError::TokenType(kind) if kind == "mac"),
        ),
        (
            "no kind of token",
            |s| {
                s.token.as_object_mut().expect("an object").remove("token_type");
            },
            |e| matches!(e, OidcError::TokenType(_)),
        ),
        ("no id token", |s| s.token["id_token"] = json!(null), |e| matches!(e, OidcError::NoIdToken)),
        (
            "a redirect",
            |s| {
                s.instead.insert("token", (307, "application/json", b"{}".to_vec()));
            },
            |e| matches!(e, OidcError::Status { what: "token", status: 307 }),
        ),
        (
            "an error of its own",
            |s| {
                s.instead.insert("token", (500, "application/json", b"{}".to_vec()));
            },
            |e| matches!(e, OidcError::Status { what: "token", status: 500 }),
        ),
        (
            "a page",
            |s| {
                s.instead.insert("token", (200, "text/html", b"<html>".to_vec()));
            },
            |e| matches!(e, OidcError::ContentType { what: "token", .. }),
        ),
        (
            "too much",
            |s| {
                s.instead.insert("token", (200, "application/json", vec![b' '; 300_000]));
            },
            |e| matches!(e, OidcError::Fetch { what: "token", source: FetchError::TooLarge { .. } }),
        ),
        (
            "silence",
            |s| s.silent = Some("token"),
            |e| matches!(e, OidcError::Fetch { what: "token", source: FetchError::Timeout(_) }),
        ),
        (
            "keys that do not come",
            |s| s.silent = Some("jwks"),
            |e| matches!(e, OidcError::Fetch { what: "keys", source: FetchError::Timeout(_) }),
        ),
        (
            "keys by a redirect",
            |s| {
                s.instead.insert("jwks", (301, "application/json", b"{}".to_vec()));
            },
            |e| matches!(e, OidcError::Status { what: "keys", status: 301 }),
        ),
        (
            "keys that are none",
            |s| {
                s.instead.insert("jwks", (200, "application/json", b"[]".to_vec()));
            },
            |e| matches!(e, OidcError::Malformed { what: "keys", .. }),
        ),
    ];
    all_refused(lies).await;
}

#[tokio::test]
async fn a_journey_ends_in_the_browser_and_with_the_provider_and_in_the_time_it_began() {
    let mock = Mock::new();
    let client = Client::discover(config(), &mock).await.expect("found");
    let started = client.start(&Ask::default(), random(1), now());
    let theirs = client.start(&Ask::default(), random(2), now());
    let query = mock.authorize(&started.url);
    let finish = |cookie: String, at| {
        let (client, journey, query, mock) = (&client, started.journey.clone(), &query, &mock);
        async move { client.finish(journey, &cookie, query, mock, at).await }
    };
    // Somebody's journey, put into another's browser.
    for cookie in ["", &theirs.cookie, &started.cookie[1..]] {
        let error = finish(cookie.to_owned(), now()).await.expect_err("another browser");
        assert!(matches!(error, OidcError::OtherBrowser), "{error:?}");
    }
    let late = now() + SignedDuration::from_mins(10);
    let error = finish(started.cookie.clone(), late).await.expect_err("too late");
    assert!(matches!(error, OidcError::Expired(at) if at == late));
    // Begun with one client, ended with another.
    let mut other = config();
    other.client_id = "another hub".to_owned();
    let other = Client::discover(other, &mock).await.expect("found");
    let error = other.finish(started.journey.clone(), &started.cookie, &query, &mock, now()).await;
    assert!(matches!(error, Err(OidcError::OtherProvider)));
    // Another journey's code, state and all, with this one's verifier.
    let mixed = mock.authorize(&theirs.url);
    let error = client.finish(started.journey.clone(), &started.cookie, &mixed, &mock, now()).await;
    assert!(matches!(error, Err(OidcError::State)));
    // Only the code is theirs: PKCE binds it to its own journey.
    let error = finish(started.cookie.clone(), now()).await.expect_err("another's code");
    assert!(matches!(error, OidcError::TokenRefused { code, .. } if code == "invalid_grant"));
}
