//! Signing in: whose tokens count, for how long, and what a stolen one is good for.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::{Method, StatusCode};
use jiff::SignedDuration;
use rcgen::{KeyPair, PublicKeyData};
use serde_json::{Value, json};
use vyavs_hub::identity::people;
use vyavs_hub::identity::tokens::Bearer;
use vyavs_store::{both_engines, orgs, users};

use crate::house::{Ask, House, NOW, PASSWORD, at, identity, send};

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Every way to a token that is not one of ours: `(what, token)`. All carry claims that would be right.
fn forged(good: &str, public: &[u8], now: i64) -> Vec<(String, String)> {
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts")
    };
    let say: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("JSON");
    let thief = KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    let thief = ring::signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(thief.serialized_der()).expect("a key");
    let signed = |header: &str, claims: &str| {
        let text = format!("{header}.{claims}");
        format!("{text}.{}", b64(thief.sign(text.as_bytes())))
    };
    let hmac = |hash: ring::hmac::Algorithm, key: &[u8], header: &Value| {
        let text = format!("{}.{claims}", b64(header.to_string()));
        format!("{text}.{}", b64(ring::hmac::sign(&ring::hmac::Key::new(hash, key), text.as_bytes())))
    };
    let mut all = Vec::new();
    let mut add = |what: &str, token: String| all.push((what.to_owned(), token));
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let header = b64(json!({"typ": "at+jwt", "alg": none}).to_string());
        add(&format!("alg {none:?}, no signature"), format!("{header}.{claims}."));
        add(&format!("alg {none:?}, old signature"), format!("{header}.{claims}.{signature}"));
        add(&format!("alg {none:?}, two parts"), format!("{header}.{claims}"));
    }
    for (name, hash) in
        [("HS256", ring::hmac::HMAC_SHA256), ("HS384", ring::hmac::HMAC_SHA384), ("HS512", ring::hmac::HMAC_SHA512)]
    {
        let header = json!({"typ": "at+jwt", "alg": name});
        add(&format!("{name} with the public key"), hmac(hash, public, &header));
        add(&format!("{name} with the public key's base64"), hmac(hash, b64(public).as_bytes(), &header));
        add(&format!("{name} with an empty key"), hmac(hash, b"", &header));
    }
    for alg in ["ES256", "RS256", "PS256", "EdDSA ", "eddsa", "Ed25519"] {
        add(
            &format!("alg {alg}"),
            format!("{}.{claims}.{signature}", b64(json!({"typ": "at+jwt", "alg": alg}).to_string())),
        );
    }
    // A key brought along, or pointed at.
    let own = b64(ring::signature::KeyPair::public_key(&thief));
    for (field, value) in [
        ("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": own})),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["AAAA"])),
        ("kid", json!("../../../dev/null")),
        ("crit", json!(["exp"])),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
    ] {
        let mut fields = json!({"typ": "at+jwt", "alg": "EdDSA"});
        fields[field] = value;
        let fields = b64(fields.to_string());
        add(&format!("{field}, signed by the thief"), signed(&fields, claims));
        add(&format!("{field}, old signature"), format!("{fields}.{claims}.{signature}"));
    }
    for typ in ["JWT", "vyavs-session+jwt", "AT+JWT", ""] {
        let fields = b64(json!({"typ": typ, "alg": "EdDSA"}).to_string());
        add(&format!("typ {typ:?}"), format!("{fields}.{claims}.{signature}"));
    }
    add("another key", signed(header, claims));
    // Altered claims under the old signature.
    for (field, value) in [
        ("org", json!(identity(2).org)),
        ("sub", json!(identity(2).org)),
        ("exp", json!(now + 999_999)),
        ("aud", json!("vyavs-browser")),
        ("aud", json!(["vyavs-api", "x"])),
        ("iss", json!("evil")),
        ("sid", json!(identity(2).org)),
    ] {
        let mut changed = say.clone();
        changed[field] = value;
        add(&format!("altered {field}"), format!("{header}.{}.{signature}", b64(changed.to_string())));
    }
    let flipped = format!("{}{}", &signature[..signature.len() - 4], "AAAA");
    add("a flipped signature", format!("{header}.{claims}.{flipped}"));
    add("no signature", format!("{header}.{claims}."));
    add("a fourth part", format!("{good}.{signature}"));
    add("padding", format!("{good}=="));
    add("nothing", String::new());
    add("dots", "..".to_owned());
    add("half", good[..good.len() / 2].to_owned());
    all
}

both_engines! {
    async fn no_token_but_our_own_opens_anything(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let now = at(NOW).as_second();
        let good = house.token("admin1@shop.example").await;
        let key = house.public_token_key();
        let table = forged(&good, &key, now);
        assert!(table.len() >= 60, "only {}", table.len());
        let ask = async |token: &str| send(house.at, Ask::get("/api/v1/me").bearer(token)).await;
        assert_eq!(ask(&good).await.status, StatusCode::OK);
        for (what, token) in &table {
            let reply = ask(token).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what}");
            assert!(reply.header("www-authenticate").starts_with("Bearer"), "{what}");
        }
        for authorization in [format!("Basic {good}"), good.clone(), format!("Bearer\t{good}"), "Bearer".to_owned()] {
            let reply = send(house.at, Ask::get("/api/v1/me").header("authorization", &authorization)).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{authorization}");
        }
        // Ours, of the wrong kind, time, sign-in or person.
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(good.split('.').nth(1).expect("claims")).expect("base64")).expect("JSON");
        let id = |field: &str| claims[field].as_str().expect("an id").parse::<uuid::Uuid>().expect("a UUID");
        let who = (vyavs_domain::ids::UserId(id("sub")), identity(1).org);
        let make = |bearer, who, sid, shift: i64| {
            house.hub.keys.tokens().make(bearer, who, sid, at(NOW) + SignedDuration::from_secs(shift)).expect("made")
        };
        assert_eq!(ask(&make(Bearer::Program, who, id("sid"), -599)).await.status, StatusCode::OK);
        for (what, token) in [
            ("expired", make(Bearer::Program, who, id("sid"), -600)),
            ("not yet valid", make(Bearer::Program, who, id("sid"), 1)),
            ("a cookie's", make(Bearer::Browser, who, id("sid"), 0)),
            ("no such sign-in", make(Bearer::Program, who, id("sub"), 0)),
            ("another tenant", make(Bearer::Program, (who.0, identity(2).org), id("sid"), 0)),
        ] {
            assert_eq!(ask(&token).await.status, StatusCode::UNAUTHORIZED, "{what}");
        }
        house.close().await;
    }

    async fn a_refresh_token_that_comes_twice_ends_the_whole_sign_in(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let session = house.login("viewer1@shop.example", PASSWORD).await.json();
        let other = house.token("viewer1@shop.example").await;
        let refresh = async |token: &str| send(house.at, Ask::post("/api/v1/auth/refresh", &json!({"refresh_token": token}))).await;
        let me = async |token: &str| send(house.at, Ask::get("/api/v1/me").bearer(token)).await.status;
        let text = |value: &Value, field: &str| value[field].as_str().expect(field).to_owned();
        let first = text(&session, "refresh_token");
        let next = refresh(&first).await;
        assert_eq!(next.status, StatusCode::OK, "{}", next.text());
        let next = next.json();
        assert_eq!(me(&text(&next, "access_token")).await, StatusCode::OK);
        // A thief shows the old one.
        assert_eq!(refresh(&first).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refresh(&text(&next, "refresh_token")).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(me(&text(&next, "access_token")).await, StatusCode::UNAUTHORIZED, "its access token, too");
        assert_eq!(me(&other).await, StatusCode::OK, "another sign-in of the same person goes on");
        for bad in ["", "vyr1.", "vyr1.AAAA", &"x".repeat(9000)] {
            assert_eq!(refresh(bad).await.status, StatusCode::UNAUTHORIZED);
        }
        house.close().await;
    }

    async fn of_a_hundred_refreshes_at_once_one_succeeds(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let session = house.login("viewer1@shop.example", PASSWORD).await.json();
        let ask = Ask::post("/api/v1/auth/refresh", &json!({"refresh_token": session["refresh_token"]}));
        let replies = futures::future::join_all((0..100).map(|_| send(house.at, ask.clone()))).await;
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200, "{statuses:?}");
        assert!(statuses[1..].iter().all(|status| *status == 401), "{statuses:?}");
        house.close().await;
    }

    async fn signing_out_a_new_password_and_shutting_out_end_it_at_once(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let me = async |token: &str| send(house.at, Ask::get("/api/v1/me").bearer(token)).await.status;
        let out = house.token("viewer1@shop.example").await;
        let reply = house.send(Ask::new(Method::POST, "/api/v1/auth/logout").bearer(&out)).await;
        assert_eq!((reply.status, reply.json()["success"].as_bool()), (StatusCode::OK, Some(true)));
        assert_eq!(me(&out).await, StatusCode::UNAUTHORIZED);
        let (one, two) = (house.token("viewer1@shop.example").await, house.token("viewer1@shop.example").await);
        people::set_password(&db, &house.hub.passwords, "viewer1@shop.example", "another long one".into(), at(NOW)).await.expect("set");
        assert_eq!((me(&one).await, me(&two).await), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
        assert_eq!(house.login("viewer1@shop.example", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
        let session = house.login("Viewer1@Shop.example", "another long one").await.json();
        let token = session["access_token"].as_str().expect("a token");
        let id = vyavs_domain::ids::UserId(session["user_info"]["id"].as_str().expect("an id").parse().expect("a UUID"));
        let mut tx = db.begin_write().await.expect("a transaction");
        assert!(users::set_disabled(&mut tx, identity(1).org, id, Some(at(NOW))).await.expect("done"));
        tx.commit().await.expect("a commit");
        assert_eq!(me(token).await, StatusCode::UNAUTHORIZED);
        assert_eq!(house.login("viewer1@shop.example", "another long one").await.status, StatusCode::UNAUTHORIZED);
        house.close().await;
    }

    async fn a_stranger_and_a_wrong_password_get_one_answer_and_guessing_ends(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let (wrong, nobody) = (house.login("admin1@shop.example", "wrong").await, house.login("who@shop.example", PASSWORD).await);
        assert_eq!((wrong.status, nobody.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
        for field in ["type", "title", "detail", "fix_hint"] {
            assert_eq!(wrong.json()[field], nobody.json()[field]);
        }
        for _ in 1..20 {
            house.login("admin1@shop.example", "wrong").await;
        }
        let reply = house.login("admin1@shop.example", PASSWORD).await;
        assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
        assert_eq!(house.login("viewer1@shop.example", PASSWORD).await.status, StatusCode::OK, "others may");
        house.close().await;
    }

    async fn a_cookie_reads_and_writes_only_for_our_own_pages(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let reply = house.login("admin1@shop.example", PASSWORD).await;
        let set = reply.header("set-cookie").to_owned();
        let parts: BTreeSet<&str> = set.split("; ").skip(1).collect();
        assert!(set.starts_with("vyavs="), "plain loopback: {set}");
        assert_eq!(parts, BTreeSet::from(["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"]));
        let cookie = set.split("; ").next().expect("a cookie").to_owned();
        assert_eq!(house.send(Ask::get("/api/v1/me").header("cookie", &cookie)).await.status, StatusCode::OK);
        let origin = format!("http://{}", house.at);
        let body = json!({"name": "North", "config": {"timezone": "Europe/London", "currency": "GBP"}});
        let write = || Ask::post("/api/v1/stores", &body).header("cookie", &cookie);
        let csrf = ("x-vyavs-csrf", "1");
        for (what, ask) in [
            ("neither", write()),
            ("no origin", write().header(csrf.0, csrf.1)),
            ("no header", write().header("origin", &origin)),
            ("foreign", write().header(csrf.0, csrf.1).header("origin", "https://evil.example")),
            ("another port", write().header(csrf.0, csrf.1).header("origin", "http://127.0.0.1:1")),
            ("another scheme", write().header(csrf.0, csrf.1).header("origin", &origin.replace("http", "https"))),
            ("a prefix", write().header(csrf.0, csrf.1).header("origin", &format!("{origin}.evil.example"))),
            ("null", write().header(csrf.0, csrf.1).header("origin", "null")),
            ("wrong value", write().header(csrf.0, "0").header("origin", &origin)),
        ] {
            let reply = house.send(ask).await;
            assert_eq!((reply.status, reply.json()["type"].as_str()), (StatusCode::FORBIDDEN, Some("urn:vyavs:problem:cross-site")), "{what}");
        }
        let reply = house.send(write().header(csrf.0, csrf.1).header("origin", &origin)).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        // A foreign page can sign nobody in.
        let login = Ask::post("/api/v1/auth/login", &json!({"email": "admin1@shop.example", "password": PASSWORD}));
        assert_eq!(house.send(login.header("origin", "https://evil.example")).await.status, StatusCode::FORBIDDEN);
        // Renewed by the cookie alone, and gone after signing out.
        let own = |path: &str| Ask::new(Method::POST, path).header("cookie", &cookie).header(csrf.0, csrf.1).header("origin", &origin);
        house.hub.clock.set(at(NOW) + SignedDuration::from_hours(11));
        let renewed = house.send(own("/auth/refresh")).await;
        assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text());
        assert!(renewed.json()["refresh_token"].is_null() && renewed.header("set-cookie").starts_with("vyavs=ey"));
        let fresh = renewed.header("set-cookie").split("; ").next().expect("a cookie").to_owned();
        house.hub.clock.set(at(NOW) + SignedDuration::from_hours(13));
        let me = async |cookie: &str| send(house.at, Ask::get("/api/v1/me").header("cookie", cookie)).await.status;
        assert_eq!((me(&cookie).await, me(&fresh).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
        let out = Ask::new(Method::POST, "/api/v1/auth/logout").header("cookie", &fresh).header(csrf.0, csrf.1).header("origin", &origin);
        let out = house.send(out).await;
        assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
        assert_eq!(me(&fresh).await, StatusCode::UNAUTHORIZED);
        house.close().await;
    }

    async fn the_first_start_makes_one_administrator_and_says_the_password_once(db: Db) {
        let house = House::open(db.clone()).await;
        let start = || people::first_start(&db, &house.hub.passwords, "Example Retail", "Admin@Example.com", at(NOW));
        let first = start().await.expect("made").expect("the first");
        assert!(first.password.len() >= 20, "{}", first.password.len());
        assert!(start().await.expect("asked").is_none());
        let reply = house.login("admin@example.com", &first.password).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let info = &reply.json()["user_info"];
        assert_eq!((info["role"].as_str(), info["organization_name"].as_str()), (Some("owner"), Some("Example Retail")));
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        assert_eq!(orgs::list(&mut tx).await.expect("read").len(), 1);
        drop(tx);
        house.close().await;
    }
}

#[tokio::test]
async fn behind_tls_the_cookie_is_bound_to_the_host() {
    let dir = tempfile::tempdir().expect("a directory");
    let db = vyavs_store::testing::sqlite(dir.path()).await;
    let house = House::with(db, vyavs_hub::ui::Ui::Absent, Some("https://hub.example")).await;
    house.tenant(1).await;
    let reply = house.login("admin1@shop.example", PASSWORD).await;
    let set = reply.header("set-cookie");
    assert!(set.starts_with("__Host-vyavs=") && set.contains("; Secure") && !set.contains("Domain"), "{set}");
    assert!(reply.header("strict-transport-security").starts_with("max-age=63072000"));
    // Its own public origin may write; the plain one may not.
    let cookie = set.split("; ").next().expect("a cookie");
    let write = |origin: &str| {
        let body = json!({"name": origin, "config": {"timezone": "Europe/London", "currency": "GBP"}});
        let ask = Ask::post("/api/v1/stores", &body).header("cookie", cookie).header("x-vyavs-csrf", "1");
        house.send(ask.header("origin", origin).header("host", "hub.example"))
    };
    assert_eq!(write("https://hub.example").await.status, StatusCode::CREATED);
    assert_eq!(write("http://hub.example").await.status, StatusCode::FORBIDDEN);
    house.close().await;
}

impl House {
    /// The public half of the key that signs tokens, as an attacker would know it.
    fn public_token_key(&self) -> Vec<u8> {
        let text = std::fs::read_to_string(self.keys_dir().join("token.key")).expect("there");
        KeyPair::from_pem(&text).expect("a key").der_bytes().to_vec()
    }
}
