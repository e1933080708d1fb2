//! Signing in elsewhere, through the running hub: who is let in, as whom, and which of a lying service's and a thief's
//! attempts are refused, each for its own reason.

use hyper::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use url::Url;
use vyavs_store::{both_engines, identity_providers};

use crate::house::{Ask, House, NOW, Reply, at, identity};
use crate::service::{CLIENT, SECRET, SUBJECT, Say, Service, Sign, b64};

/// A registration at a service: its id.
pub(crate) async fn register(house: &House, owner: &str, issuer: &str, change: Value) -> String {
    let mut new = json!({
        "name": "Entra ID", "issuer": issuer, "client_id": CLIENT, "client_secret": SECRET, "method": "basic",
        "domains": ["shop.example"], "admits": "invited", "role": "viewer", "all_stores": true,
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        new[name] = value.clone();
    }
    let made = house.post(owner, "identity-providers", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()["id"].as_str().expect("an id").to_owned()
}

/// A cookie of an answer, as a browser sends it back; `None` when there is none, or it is taken away.
pub(crate) fn cookie(reply: &Reply, name: &str) -> Option<String> {
    let all = reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("ASCII"));
    let pair = all.filter_map(|text| text.split("; ").next()).find(|pair| pair.starts_with(&format!("{name}=")))?;
    (!pair.ends_with('=')).then(|| pair.to_owned())
}

/// Leaves for the service: where to, and the journey's cookie.
async fn leave(house: &House, id: &str) -> (Url, String) {
    let reply = house.send(Ask::get(&format!("/api/v1/auth/oidc/{id}/start"))).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    let set = reply.header("set-cookie").to_owned();
    assert!(set.contains("SameSite=Lax") && set.contains("HttpOnly") && set.contains("Max-Age=600"), "{set}");
    (reply.header("location").parse().expect("an address"), cookie(&reply, "vyavs-sso").expect("a cookie"))
}

/// Comes back from it.
async fn back(house: &House, to: &Url, cookie: &str) -> Reply {
    let path = format!("{}?{}", to.path(), to.query().unwrap_or_default());
    house.send(Ask::get(&path).header("cookie", cookie)).await
}

async fn whole_way(house: &House, service: &Service, id: &str) -> Reply {
    let (to, cookie) = leave(house, id).await;
    back(house, &service.authorize(&to), &cookie).await
}

/// Whom the session cookie of an answer belongs to.
async fn who(house: &House, reply: &Reply) -> Value {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    let session = cookie(reply, "vyavs").unwrap_or_else(|| panic!("no session: {}", reply.header("location")));
    house.send(Ask::get("/api/v1/me").header("cookie", &session)).await.json()
}

/// No session, a word for the dashboard, and the reason in the audit log.
async fn refused(house: &House, owner: &str, reply: &Reply, (word, reason): (&str, &str), what: &str) {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{what}: {}", reply.text());
    assert_eq!(reply.header("location"), format!("/?sso={word}"), "{what}");
    assert_eq!(cookie(reply, "vyavs"), None, "{what}");
    let last = house.get(owner, "audit?limit=1").await["entries"][0].clone();
    assert_eq!(last["action"], "auth.oidc.refused", "{what}: {last}");
    let told = last["entry"]["after"]["reason"].as_str().unwrap_or_default();
    assert!(told.contains(reason), "{what}: {told}");
    assert!(!told.contains("@shop.example"), "{what}: {told}");
}

type Lie = (&'static str, fn(&mut Say), &'static str, &'static str);

/// What a service, or who stands between, may lie; the word and the reason.
const LIES: &[Lie] = &[
    ("another state", |s| s.set("state", "A"), "again", "the state is unknown"),
    ("no state", |s| s.drop("state"), "refused", "state is not the one"),
    ("two codes", |s| s.back.push(("code".to_owned(), "x".to_owned())), "refused", "parameter code twice"),
    ("no code", |s| s.drop("code"), "refused", "has no code"),
    ("a code nobody gave", |s| s.set("code", "x"), "refused", "refused the code: invalid_grant"),
    (
        "mix-up: the answer of another issuer",
        |s| s.set("iss", "https://evil.example"),
        "refused",
        "comes from the issuer",
    ),
    ("mix-up: an answer that does not say whose", |s| s.drop("iss"), "refused", "comes from the issuer"),
    ("the person says no", |s| s.set("error", "access_denied"), "denied", "access_denied"),
    ("another nonce", |s| s.claims["nonce"] = json!("A"), "refused", "nonce"),
    ("no nonce", |s| s.claims["nonce"] = Value::Null, "refused", "nonce"),
    (
        "alg none",
        |s| {
            s.header["alg"] = json!("none");
            s.sign = Sign::No;
        },
        "refused",
        "signed with \"none\"",
    ),
    (
        "HS256 with the public key",
        |s| {
            let x = s.keys[0]["x"].as_str().expect("a key").to_owned();
            s.header["alg"] = json!("HS256");
            s.sign = Sign::Hmac(x.into_bytes());
        },
        "refused",
        "signed with \"HS256\"",
    ),
    (
        "HS256 with the client's secret",
        |s| {
            s.header["alg"] = json!("HS256");
            s.sign = Sign::Hmac(SECRET.as_bytes().to_vec());
        },
        "refused",
        "signed with \"HS256\"",
    ),
    ("no signature", |s| s.sign = Sign::No, "refused", "signature is wrong"),
    ("a thief's key", |s| s.sign = Sign::Thief, "refused", "signature is wrong"),
    (
        "a key brought along",
        |s| {
            s.header["jwk"] = json!({"kty": "OKP", "crv": "Ed25519", "x": b64([1; 32])});
            s.sign = Sign::Thief;
        },
        "refused",
        "signature is wrong",
    ),
    (
        "a key pointed at",
        |s| {
            s.header["jku"] = json!("https://evil.example/jwks");
            s.sign = Sign::Thief;
        },
        "refused",
        "signature is wrong",
    ),
    ("a key nobody has", |s| s.header["kid"] = json!("x"), "refused", "no key \"x\""),
    ("a critical header", |s| s.header["crit"] = json!(["b64"]), "refused", "critical"),
    ("an access token for an id token", |s| s.header["typ"] = json!("at+jwt"), "refused", "the type \"at+jwt\""),
    ("another issuer's token", |s| s.claims["iss"] = json!("https://evil.example"), "refused", "issuer is"),
    ("a token for another client", |s| s.claims["aud"] = json!("other"), "refused", "not for this client"),
    (
        "a token for another client, too",
        |s| s.claims["aud"] = json!([CLIENT, "other"]),
        "refused",
        "also for \"other\"",
    ),
    ("a token given to another", |s| s.claims["azp"] = json!("other"), "refused", "azp"),
    ("an expired token", |s| s.claims["exp"] = json!(at(NOW).as_second() - 61), "refused", "expired"),
    ("a token of tomorrow", |s| s.claims["iat"] = json!(at(NOW).as_second() + 3_600), "refused", "future"),
    ("a token of yesterday", |s| s.claims["iat"] = json!(at(NOW).as_second() - 86_400), "refused", "too long ago"),
    ("another access token's hash", |s| s.claims["at_hash"] = json!("AAAA"), "refused", "at_hash"),
    ("no subject", |s| s.claims["sub"] = json!(""), "refused", "subject"),
    ("no id token", |s| s.token["id_token"] = Value::Null, "refused", "no id_token"),
    ("a redirect instead of tokens", |s| s.status = hyper::StatusCode::FOUND, "unavailable", "status 302"),
    ("an address that nobody verified", |s| s.claims["email_verified"] = json!(false), "refused", "that it verified"),
    ("an address it says nothing of", |s| s.claims["email_verified"] = Value::Null, "refused", "that it verified"),
    ("no address", |s| s.claims["email"] = Value::Null, "refused", "that it verified"),
    (
        "an address of a domain elsewhere",
        |s| s.claims["email"] = json!("viewer1@evil.example"),
        "refused",
        "does not speak for",
    ),
    (
        "an address of a domain below",
        |s| s.claims["email"] = json!("viewer1@x.shop.example"),
        "refused",
        "does not speak for",
    ),
    (
        "the owner's address",
        |s| s.claims["email"] = json!("Owner1@shop.example"),
        "refused",
        "administrators and owners",
    ),
    (
        "an administrator's address",
        |s| s.claims["email"] = json!("admin1@shop.example"),
        "refused",
        "administrators and owners",
    ),
    (
        "an address of another organization",
        |s| s.claims["email"] = json!("viewer2@shop.example"),
        "refused",
        "another organization",
    ),
    ("an address of nobody", |s| s.claims["email"] = json!("new@shop.example"), "not-invited", "nobody was invited"),
];

/// What discovery may say, so that nobody even leaves.
const DISCOVERIES: &[Lie] = &[
    (
        "PKCE taken back to plain",
        |s| s.discovery["code_challenge_methods_supported"] = json!(["plain"]),
        "unavailable",
        "PKCE with S256",
    ),
    (
        "another issuer",
        |s| s.discovery["issuer"] = json!("https://evil.example"),
        "unavailable",
        "discovery says the issuer is",
    ),
    (
        "a script for a page",
        |s| s.discovery["authorization_endpoint"] = json!("javascript:alert(1)"),
        "unavailable",
        "authorization_endpoint",
    ),
    (
        "keys of the cloud",
        |s| s.discovery["jwks_uri"] = json!("https://169.254.169.254/"),
        "unavailable",
        "private network",
    ),
    (
        "symmetric signatures alone",
        |s| s.discovery["id_token_signing_alg_values_supported"] = json!(["HS256"]),
        "unavailable",
        "algorithm",
    ),
];

both_engines! {
    async fn every_lie_of_a_service_is_refused_and_the_reason_stands_in_the_audit_log(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        let service = Service::open().await;
        for (what, lie, word, reason) in LIES {
            service.say(*lie);
            let id = register(&house, &owner, service.issuer(), json!({})).await;
            let reply = whole_way(&house, &service, &id).await;
            refused(&house, &owner, &reply, (word, reason), what).await;
        }
        for (what, lie, word, reason) in DISCOVERIES {
            service.say(*lie);
            let id = register(&house, &owner, service.issuer(), json!({})).await;
            let reply = house.send(Ask::get(&format!("/api/v1/auth/oidc/{id}/start"))).await;
            refused(&house, &owner, &reply, (word, reason), what).await;
        }
        assert!(LIES.len() + DISCOVERIES.len() >= 40, "{}", LIES.len() + DISCOVERIES.len());
        // Told nothing, it is honest, and the same way leads in.
        service.say(|_| {});
        let id = register(&house, &owner, service.issuer(), json!({})).await;
        assert_eq!(who(&house, &whole_way(&house, &service, &id).await).await["email"], "viewer1@shop.example");
        house.close().await;
    }

    async fn a_thief_between_two_browsers_two_services_or_two_journeys_gets_nothing(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let (service, other) = (Service::open().await, Service::open().await);
        let id = register(&house, &owner, service.issuer(), json!({})).await;
        let second = register(&house, &owner, other.issuer(), json!({"name": "Other"})).await;
        let of_browser = "begun in another browser";

        // The victim is sent to the thief's answer, without a journey or with one of their own.
        let (to, _) = leave(&house, &id).await;
        let answer = service.authorize(&to);
        refused(&house, &owner, &back(&house, &answer, "").await, ("refused", of_browser), "no cookie").await;
        let (to, _) = leave(&house, &id).await;
        let (_, own) = leave(&house, &id).await;
        let answer = service.authorize(&to);
        refused(&house, &owner, &back(&house, &answer, &own).await, ("refused", of_browser), "another's cookie").await;

        // An answer is good once: even its own browser cannot use it again, nor after it went wrong.
        let (to, own) = leave(&house, &id).await;
        let answer = service.authorize(&to);
        assert_eq!(who(&house, &back(&house, &answer, &own).await).await["email"], "viewer1@shop.example");
        refused(&house, &owner, &back(&house, &answer, &own).await, ("again", "used before"), "a replay").await;

        // A code that was given to another browser: it does not fit this journey's verifier.
        let (theirs, _) = leave(&house, &id).await;
        let stolen = service.authorize(&theirs).query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        let (to, own) = leave(&house, &id).await;
        let mut answer = service.authorize(&to);
        let pairs: Vec<(String, String)> = answer.query_pairs().into_owned().collect();
        answer.query_pairs_mut().clear().extend_pairs(pairs.into_iter().map(|(name, value)| if name == "code" { (name, stolen.clone()) } else { (name, value) }));
        refused(&house, &owner, &back(&house, &answer, &own).await, ("refused", "invalid_grant"), "a stolen code").await;

        // A code that was used.
        let (to, own) = leave(&house, &id).await;
        let answer = service.authorize(&to);
        let used = answer.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        who(&house, &back(&house, &answer, &own).await).await;
        let (to, own) = leave(&house, &id).await;
        let mut answer = service.authorize(&to);
        let pairs: Vec<(String, String)> = answer.query_pairs().into_owned().collect();
        answer.query_pairs_mut().clear().extend_pairs(pairs.into_iter().map(|(name, value)| if name == "code" { (name, used.clone()) } else { (name, value) }));
        refused(&house, &owner, &back(&house, &answer, &own).await, ("refused", "invalid_grant"), "a used code").await;

        // The answer of one service at the address of the other.
        let (to, own) = leave(&house, &id).await;
        let mut answer = service.authorize(&to);
        answer.set_path(&answer.path().replace(&id, &second));
        refused(&house, &owner, &back(&house, &answer, &own).await, ("refused", "another sign-in service"), "mix-up of addresses").await;

        // The same subject at another service is another person: without an address of their own nobody.
        other.say(|s| s.claims["email_verified"] = json!(false));
        assert_eq!(SUBJECT.len(), 12);
        refused(&house, &owner, &whole_way(&house, &other, &second).await, ("refused", "verified"), "a subject elsewhere").await;

        // Eleven minutes at the service are too many.
        let (to, own) = leave(&house, &id).await;
        let answer = service.authorize(&to);
        house.hub.clock.set(at(NOW) + SignedDuration::from_mins(10));
        let late = back(&house, &answer, &own).await;
        house.hub.clock.set(at(NOW));
        refused(&house, &owner, &late, ("again", "expired"), "a slow person").await;

        // The way back leads to our own pages only, and the address at the service is to the letter.
        let bad = house.send(Ask::get(&format!("/api/v1/auth/oidc/{id}/start?return_to=//evil.example"))).await;
        assert_eq!(bad.status, StatusCode::BAD_REQUEST, "{}", bad.text());
        let good = house.send(Ask::get(&format!("/api/v1/auth/oidc/{id}/start?return_to=/stores%3Fopen%3D1"))).await;
        let to: Url = good.header("location").parse().expect("an address");
        let redirect = to.query_pairs().find(|(name, _)| name == "redirect_uri").expect("a redirect").1.into_owned();
        assert_eq!(redirect, format!("http://{}/api/v1/auth/oidc/{id}/callback", house.at));
        let landed = back(&house, &service.authorize(&to), &cookie(&good, "vyavs-sso").expect("a cookie")).await;
        assert_eq!(landed.header("location"), "/stores?open=1");
        // Its journey's cookie is gone, and the session's is strict.
        let set: Vec<&str> = landed.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("ASCII")).collect();
        assert!(set.iter().any(|text| text.starts_with("vyavs-sso=;") && text.contains("Max-Age=0")), "{set:?}");
        assert!(set.iter().any(|text| text.starts_with("vyavs=") && text.contains("SameSite=Strict")), "{set:?}");
        house.close().await;
    }

    async fn a_person_is_known_by_the_subject_and_by_nothing_else(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let service = Service::open().await;
        let second = house.second_shop(1).await;
        let change = json!({"admits": "domain", "role": "store_manager", "all_stores": false, "store_ids": [second.to_string()]});
        let id = register(&house, &owner, service.issuer(), change).await;
        // Somebody new is added, with the role and the reach that the service's newcomers have, and no password.
        service.say(|s| s.claims["email"] = json!("Nadia@shop.example"));
        let nadia = who(&house, &whole_way(&house, &service, &id).await).await;
        assert_eq!((&nadia["email"], &nadia["role"]), (&json!("nadia@shop.example"), &json!("store_manager")));
        assert_eq!((&nadia["all_stores"], &nadia["store_ids"]), (&json!(false), &json!([second.to_string()])));
        assert_eq!(house.login("nadia@shop.example", "").await.status, StatusCode::UNAUTHORIZED);
        // Her address changes, or is another's now: she stays who she is.
        service.say(|s| s.claims["email"] = json!("viewer1@shop.example"));
        let again = whole_way(&house, &service, &id).await;
        assert_eq!(who(&house, &again).await["id"], nadia["id"]);
        let session = cookie(&again, "vyavs").expect("a session");
        let list = house.send(Ask::get("/api/v1/auth/sessions").header("cookie", &session)).await.json();
        assert_eq!(list["sign_ins"][0]["factors"], json!(["oidc"]));
        let last = house.get(&owner, "audit?limit=1").await["entries"][0].clone();
        assert_eq!((&last["action"], &last["entry"]["after"]["person"]), (&json!("auth.oidc.sign_in"), &json!("known")));
        // Another subject with the address that was hers is not she: it is linked to whom the address belongs to here.
        service.say(|s| s.claims["sub"] = json!("another"));
        assert_eq!(who(&house, &whole_way(&house, &service, &id).await).await["email"], "viewer1@shop.example");
        // Shut out here, the service's word counts for nothing, and her session ends.
        let path = format!("/api/v1/users/{}", nadia["id"].as_str().expect("an id"));
        let out = house.send(Ask::patch(&path, "\"1\"", &json!({"disabled": true})).bearer(&owner)).await;
        assert_eq!(out.status, StatusCode::OK, "{}", out.text());
        assert_eq!(house.send(Ask::get("/api/v1/me").header("cookie", &session)).await.status, StatusCode::UNAUTHORIZED);
        service.say(|_| {});
        refused(&house, &owner, &whole_way(&house, &service, &id).await, ("refused", "shut out"), "shut out").await;
        house.close().await;
    }

    async fn who_signed_in_elsewhere_long_ago_shows_a_factor_there_again(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let service = Service::open().await;
        let id = register(&house, &owner, service.issuer(), json!({})).await;
        let hours_ago = |s: &mut Say| s.claims["auth_time"] = json!(at(NOW).as_second() - 4 * 3_600);
        service.say(hours_ago);
        let session = cookie(&whole_way(&house, &service, &id).await, "vyavs").expect("a session");
        let origin = format!("http://{}", house.at);
        let post = async |path: &str, body: Value| {
            let ask = Ask::post(&format!("/api/v1/{path}"), &body).header("cookie", &session);
            house.send(ask.header("x-vyavs-csrf", "1").header("origin", &origin)).await
        };
        assert_eq!(post("auth/totp", json!({})).await.json()["type"], "urn:vyavs:problem:step-up");
        let away = async || {
            let away = post("auth/oidc/step-up", json!({"provider_id": id, "return_to": "/account"})).await;
            assert_eq!(away.status, StatusCode::OK, "{}", away.text());
            let to: Url = away.json()["url"].as_str().expect("an address").parse().expect("an address");
            assert!(to.query_pairs().any(|(name, value)| name == "max_age" && value == "0"), "{to}");
            (service.authorize(&to), cookie(&away, "vyavs-sso").expect("a cookie"))
        };
        // A service that does not ask again, does not say, or asks somebody else confirms nothing.
        let lies: [Lie; 3] = [
            ("not asked again", hours_ago, "refused", "did not ask the person"),
            ("no auth_time", |s| s.claims["auth_time"] = Value::Null, "refused", "did not ask the person"),
            ("another person", |s| s.claims["sub"] = json!("another"), "refused", "another person here"),
        ];
        for (what, lie, word, reason) in lies {
            service.say(lie);
            let (answer, own) = away().await;
            refused(&house, &owner, &back(&house, &answer, &own).await, (word, reason), what).await;
            assert_eq!(post("auth/totp", json!({})).await.status, StatusCode::FORBIDDEN, "{what}");
        }
        service.say(|_| {});
        let (answer, own) = away().await;
        let landed = back(&house, &answer, &own).await;
        assert_eq!((landed.header("location"), cookie(&landed, "vyavs")), ("/account", None), "the session goes on");
        assert_eq!(post("auth/totp", json!({})).await.status, StatusCode::CREATED);
        // The sign-in that asked has ended: the answer confirms nothing.
        let (answer, own) = away().await;
        assert_eq!(post("auth/logout", json!({})).await.status, StatusCode::OK);
        refused(&house, &owner, &back(&house, &answer, &own).await, ("again", "ended meanwhile"), "signed out").await;
        house.close().await;
    }

    async fn an_owner_links_the_service_signed_in_and_nobody_takes_the_account_there(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        let service = Service::open().await;
        let id = register(&house, &owner, service.issuer(), json!({})).await;
        service.say(|s| s.claims["email"] = json!("owner1@shop.example"));
        refused(&house, &owner, &whole_way(&house, &service, &id).await, ("refused", "link"), "not linked yet").await;
        let link = async |token: &str| {
            let away = house.post(token, "auth/oidc/link", &json!({"provider_id": id})).await;
            assert_eq!(away.status, StatusCode::OK, "{}", away.text());
            let to: Url = away.json()["url"].as_str().expect("an address").parse().expect("an address");
            back(&house, &service.authorize(&to), &cookie(&away, "vyavs-sso").expect("a cookie")).await
        };
        assert_eq!(link(&owner).await.header("location"), "/");
        assert_eq!(who(&house, &whole_way(&house, &service, &id).await).await["role"], "owner");
        let admin = house.token("admin1@shop.example").await;
        refused(&house, &owner, &link(&admin).await, ("refused", "another person here"), "taken").await;
        // Its owner sees the link, and parts with it.
        let own = house.get(&owner, "auth/linked-accounts").await["accounts"][0].clone();
        assert_eq!((&own["service"], &own["issuer"]), (&json!("Entra ID"), &json!(service.issuer())), "{own}");
        assert!(own["used_at"].is_string(), "{own}");
        let unlink = async |token: &str| {
            let path = format!("/api/v1/auth/linked-accounts/{}", own["id"].as_str().expect("an id"));
            house.send(Ask::new(Method::DELETE, &path).bearer(token)).await.status
        };
        assert_eq!(unlink(&admin).await, StatusCode::NOT_FOUND, "it is another's");
        assert_eq!(unlink(&owner).await, StatusCode::NO_CONTENT);
        assert_eq!(unlink(&owner).await, StatusCode::NOT_FOUND);
        assert_eq!(house.get(&owner, "auth/linked-accounts").await["accounts"], json!([]));
        refused(&house, &owner, &whole_way(&house, &service, &id).await, ("refused", "link"), "linked no more").await;
        // Another organization neither leaves through it nor sees it.
        let stranger = house.token("owner2@shop.example").await;
        for path in ["auth/oidc/link", "auth/oidc/step-up"] {
            assert_eq!(house.post(&stranger, path, &json!({"provider_id": id})).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        house.close().await;
    }

    async fn a_service_is_written_down_changed_and_taken_away(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let service = Service::open().await;
        let id = register(&house, &owner, service.issuer(), json!({})).await;
        let path = format!("/api/v1/identity-providers/{id}");
        let one = house.send(Ask::get(&path).bearer(&owner)).await;
        assert_eq!(one.header("etag"), "\"1\"");
        assert!(!one.text().contains(SECRET) && one.json()["has_secret"] == true, "{}", one.text());
        let mut tx = db.begin_read(identity(1).org).await.expect("a transaction");
        let row = identity_providers::list(&mut tx, identity(1).org).await.expect("asked").remove(0);
        drop(tx);
        let sealed = row.secret.expect("sealed");
        assert!(!sealed.windows(SECRET.len()).any(|some| some == SECRET.as_bytes()));
        // The button of an address' domain: the same for who is here and who is not.
        for (email, known) in [("viewer1@shop.example", 1), ("nobody@SHOP.example", 1), ("x@evil.example", 0), ("x@%", 0), ("x", 0)] {
            let found = house.send(Ask::get(&format!("/api/v1/auth/oidc/providers?email={}", email.replace('%', "%25")))).await;
            assert_eq!(found.json()["services"].as_array().map(Vec::len), Some(known), "{email}: {}", found.text());
        }
        // What cannot work is refused by name.
        for (field, bad) in [
            ("issuer", json!("http://id.example")),
            ("issuer", json!("https://id.example?x=1")),
            ("issuer", json!("javascript:alert(1)")),
            ("client_id", json!("")),
            ("client_secret", json!("")),
            ("client_secret", Value::Null),
            ("role", json!("owner")),
            ("role", json!("admin")),
            ("domains", json!(["example"])),
            ("domains", json!(["%.example"])),
            ("name", json!("")),
        ] {
            let reply = house.send(Ask::patch(&path, "\"1\"", &json!({field: bad})).bearer(&owner)).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{field} {bad}: {}", reply.text());
            assert!(reply.json()["detail"].as_str().is_some_and(|detail| detail.starts_with(field)), "{}", reply.text());
        }
        assert_eq!(house.send(Ask::patch(&path, "\"7\"", &json!({})).bearer(&owner)).await.status, StatusCode::PRECONDITION_FAILED);
        // A secret that is wrong signs nobody in; put right, the next one gets in at once.
        let wrong = house.send(Ask::patch(&path, "\"1\"", &json!({"client_secret": "wrong"})).bearer(&owner)).await;
        assert_eq!(wrong.header("etag"), "\"2\"", "{}", wrong.text());
        refused(&house, &owner, &whole_way(&house, &service, &id).await, ("refused", "invalid_client"), "a wrong secret").await;
        let right = house.send(Ask::patch(&path, "\"2\"", &json!({"client_secret": SECRET})).bearer(&owner)).await;
        assert_eq!(right.status, StatusCode::OK, "{}", right.text());
        who(&house, &whole_way(&house, &service, &id).await).await;
        // Off, and gone: nobody leaves, and who is on the way does not arrive.
        let (to, own) = leave(&house, &id).await;
        let off = house.send(Ask::patch(&path, "\"3\"", &json!({"disabled": true})).bearer(&owner)).await;
        assert_eq!(off.status, StatusCode::OK, "{}", off.text());
        let reply = back(&house, &service.authorize(&to), &own).await;
        refused(&house, &owner, &reply, ("refused", "any more"), "switched off").await;
        let start = format!("/api/v1/auth/oidc/{id}/start");
        assert_eq!(house.send(Ask::get(&start)).await.status, StatusCode::NOT_FOUND);
        let gone = house.send(Ask::new(Method::DELETE, &path).bearer(&owner)).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
        assert_eq!(house.send(Ask::get(&start)).await.status, StatusCode::NOT_FOUND);
        let audit = house.get(&owner, "audit?limit=500").await.to_string();
        assert!(!audit.contains(SECRET), "the secret stands in the audit log");
        house.close().await;
    }
}
