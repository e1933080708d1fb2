//! Honest journeys.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use vyavs_signin::oidc::{self, Algorithm, Ask, Client, Journey, OidcError, Secret};
use vyavs_signin::once::Once;

use crate::mock::{AT, BACK, CLIENT, ISSUER, Mock, Sign, b64, config, now, random};

#[tokio::test]
async fn a_person_is_the_issuer_and_the_subject() {
    let mock = Mock::new();
    let identity = mock.journey(&Ask::default()).await.expect("signed in");
    assert_eq!((identity.issuer.as_str(), identity.subject.as_str()), (ISSUER, "248289761001"));
    assert_eq!((identity.email.as_deref(), identity.email_verified), (Some("asha@shop.example"), true));
    assert_eq!(identity.name.as_deref(), Some("Asha"));
    assert_eq!(
        mock.all_fetched(),
        [
            "https://id.example/realms/shop/.well-known/openid-configuration",
            "https://id.example/realms/shop/token",
            "https://keys.id.example/jwks",
        ]
    );
}

#[tokio::test]
async fn every_allowed_algorithm_verifies() {
    let sha256 = b64(&ring::digest::digest(&ring::digest::SHA256, AT.as_bytes()).as_ref()[..16]);
    let sha512 = b64(&ring::digest::digest(&ring::digest::SHA512, AT.as_bytes()).as_ref()[..32]);
    for (alg, kid, sign, hash) in [
        ("RS256", "r", Sign::Rsa, &sha256),
        ("ES256", "e", Sign::Ec, &sha256),
        ("EdDSA", "d", Sign::Ed, &sha512),
        ("Ed25519", "d", Sign::Ed, &sha512),
    ] {
        let mock = Mock::new();
        let hash = hash.clone();
        mock.say(move |say| {
            say.header = json!({ "alg": alg, "kid": kid });
            say.sign = sign.clone();
            say.claims["at_hash"] = json!(hash);
        });
        mock.journey(&Ask::default()).await.unwrap_or_else(|error| panic!("{alg}: {error}"));
    }
}

#[tokio::test]
async fn what_the_standard_leaves_open_is_taken_either_way() {
    let changes: Vec<fn(&mut crate::mock::Say)> = vec![
        |say| say.claims["aud"] = json!([CLIENT]),
        |say| say.claims["azp"] = json!(CLIENT),
        |say| say.claims["exp"] = json!(now().as_second() as f64 + 299.5),
        |say| say.claims["iat"] = json!(now().as_second() + 59),
        |say| say.claims["exp"] = json!(now().as_second() - 59),
        |say| say.claims["email_verified"] = json!("true"),
        |say| say.header = json!({ "alg": "EdDSA" }),
        |say| say.header["typ"] = json!("jwt"),
        |say| say.token["token_type"] = json!("bearer"),
        |say| say.discovery["code_challenge_methods_supported"] = json!(null),
        |say| say.discovery["token_endpoint_auth_methods_supported"] = json!(null),
        |say| {
            say.discovery["authorization_response_iss_parameter_supported"] = json!(null);
            say.discovery.as_object_mut().expect("an object").remove("authorization_response_iss_parameter_supported");
            say.back.retain(|(name, _)| name != "iss");
        },
        |say| say.back.push(("session_state".to_owned(), "x".to_owned())),
    ];
    for (n, change) in changes.into_iter().enumerate() {
        let mock = Mock::new();
        mock.say(change);
        mock.journey(&Ask::default()).await.unwrap_or_else(|error| panic!("{n}: {error}"));
    }
}

#[tokio::test]
async fn an_audience_that_the_owner_trusts_may_be_there_too() {
    let mock = Mock::new();
    mock.say(|say| {
        say.claims["aud"] = json!(["project 7", CLIENT]);
        say.claims["azp"] = json!(CLIENT);
    });
    let error = mock.journey(&Ask::default()).await.expect_err("not trusted");
    assert!(matches!(error, OidcError::ExtraAudience(other) if other == "project 7"));
    let mut config = config();
    config.trusted_audiences = vec!["project 7".to_owned()];
    let client = Client::discover(config, &mock).await.expect("found");
    mock.journey_with(&client, &Ask::default()).await.expect("trusted");
}

#[tokio::test]
async fn the_browser_is_sent_with_all_that_must_come_back() {
    let mock = Mock::new();
    let client = Client::discover(config(), &mock).await.expect("found");
    let ask = Ask { login_hint: Some("asha@shop.example".to_owned()), max_age_s: Some(0) };
    let started = client.start(&ask, random(1), now());
    assert_eq!(started.url.host_str(), Some("id.example"));
    let query: BTreeMap<String, String> = started.url.query_pairs().into_owned().collect();
    let names: Vec<&str> = query.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "client_id",
            "code_challenge",
            "code_challenge_method",
            "login_hint",
            "max_age",
            "nonce",
            "realm",
            "redirect_uri",
            "response_type",
            "scope",
            "state",
        ]
    );
    assert_eq!((query["scope"].as_str(), query["redirect_uri"].as_str()), ("openid email profile", BACK));
    assert_eq!(query["state"], started.journey.state());
    // Four words of 256 bits, none of them another.
    let secrets = [&query["state"], &query["nonce"], &query["code_challenge"], &started.cookie];
    assert!(secrets.iter().all(|word| word.len() == 43));
    assert!((1..4).all(|n| !secrets[..n].contains(&secrets[n])));
    let other = client.start(&ask, random(2), now());
    assert_ne!(other.url, started.url);
    // The verifier goes nowhere but to the token endpoint; nothing of it is in a log.
    let kept = serde_json::to_value(&started.journey).expect("JSON");
    let verifier = kept["verifier"].as_str().expect("kept");
    assert!(!started.url.as_str().contains(verifier) && !format!("{started:?}").contains(verifier));
    assert_eq!(serde_json::from_value::<Journey>(kept).expect("a journey"), started.journey);
}

#[tokio::test]
async fn a_journey_ends_once() {
    let mock = Mock::new();
    let client = Client::discover(config(), &mock).await.expect("found");
    let mut journeys = Once::new(100);
    let started = client.start(&Ask::default(), random(1), now());
    let until = started.journey.expires_at();
    journeys.put(started.journey.state(), started.journey.clone(), until, now());
    let query = mock.authorize(&started.url);
    let state = oidc::state(&query).expect("a state");
    let journey = journeys.take(&state, now()).expect("begun");
    client.finish(journey, &started.cookie, &query, &mock, now()).await.expect("signed in");
    assert!(journeys.take(&state, now()).is_none());
    assert_eq!(until, now() + SignedDuration::from_mins(10));
}

#[tokio::test]
async fn a_key_that_came_since_is_fetched_once_for_a_hundred_at_the_same_time() {
    let mock = Arc::new(Mock::new());
    let client = Arc::new(Client::discover(config(), &*mock).await.expect("found"));
    mock.journey_with(&client, &Ask::default()).await.expect("signed in");
    assert_eq!(mock.fetched("jwks"), 1);
    // The provider rotates.
    mock.say(|say| {
        say.keys[2]["kid"] = json!("d2");
        say.header["kid"] = json!("d2");
    });
    let started = client.start(&Ask::default(), random(1), now());
    let query = mock.authorize(&started.url);
    let all = (0..100).map(|_| {
        let (mock, client, started) = (mock.clone(), client.clone(), started.journey.clone());
        let (cookie, query) = (random_cookie(), query.clone());
        async move { client.finish(started, &cookie, &query, &*mock, now()).await }
    });
    for done in futures_of(all).await {
        done.expect("signed in");
    }
    assert_eq!(mock.fetched("jwks"), 2);
    // A name that nobody has, a hundred times within a minute: not one fetch more, for the search was just made.
    mock.say(|say| say.header["kid"] = json!("nobody"));
    for _ in 0..100 {
        let error = mock.journey_with(&client, &Ask::default()).await.expect_err("unknown");
        assert!(matches!(error, OidcError::UnknownKey(kid) if kid == "nobody"));
    }
    assert_eq!(mock.fetched("jwks"), 2);
}

fn random_cookie() -> String {
    b64(&random(1)[96..])
}

/// All of them in turns, each as far as it gets.
async fn futures_of<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (one, done) in &mut all {
            if done.is_none() {
                match one.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *done = Some(output),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    all.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn signing_out_there_goes_where_discovery_says() {
    let mock = Mock::new();
    let client = Client::discover(config(), &mock).await.expect("found");
    assert_eq!(
        client.logout("a.b.c", "xyz").expect("a place").as_str(),
        "https://id.example/realms/shop/logout?id_token_hint=a.b.c&client_id=vyavs+hub\
         &post_logout_redirect_uri=https%3A%2F%2Fhub.example%2Fbye&state=xyz"
    );
    mock.say(|say| {
        say.discovery.as_object_mut().expect("an object").remove("end_session_endpoint");
    });
    let client = Client::discover(config(), &mock).await.expect("found");
    assert_eq!(client.logout("a.b.c", "xyz"), None);
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused_before_anything_is_fetched() {
    let changes: Vec<fn(&mut oidc::Config)> = vec![
        |config| config.client_id.clear(),
        |config| config.secret = Secret::Basic(String::new()),
        |config| config.algorithms.clear(),
        |config| config.redirect_uri = "http://hub.example/back".to_owned(),
        |config| config.redirect_uri += "?x=1",
        |config| config.post_logout_redirect_uri = Some("javascript:alert(1)".to_owned()),
        |config| config.issuer = "http://id.example".to_owned(),
    ];
    let mock = Mock::new();
    for (n, change) in changes.into_iter().enumerate() {
        let mut config = config();
        change(&mut config);
        let error = Client::discover(config, &mock).await.expect_err("cannot work");
        assert!(matches!(error, OidcError::Config(_) | OidcError::Address { .. }), "{n}: {error}");
    }
    assert!(mock.all_fetched().is_empty());
    assert!(!format!("{:?}", config()).contains("s3cret"));
}

#[tokio::test]
async fn only_what_the_owner_allows_of_the_algorithms_is_taken() {
    let mock = Mock::new();
    let mut config = config();
    config.algorithms = vec![Algorithm::ES256];
    let client = Client::discover(config, &mock).await.expect("found");
    let error = mock.journey_with(&client, &Ask::default()).await.expect_err("EdDSA");
    assert!(matches!(error, OidcError::Algorithm(alg) if alg == "EdDSA"));
}
