//! Second factors: set up, asked for, good once, lost, and unreadable in the database.

use hyper::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vyavs_hub::identity::{KeysConfig, secrets};
use vyavs_service::clock::Clock;
use vyavs_signin::totp::Secret;
use vyavs_store::{both_engines, factors, users};

use crate::house::{Ask, House, NOW, PASSWORD, Reply, at};

const WHO: &str = "viewer1@shop.example";

async fn login(house: &House, email: &str, code: Option<&str>) -> Reply {
    let body = json!({"email": email, "password": PASSWORD, "code": code});
    house.send(Ask::post("/api/v1/auth/login", &body)).await
}

fn problem(reply: &Reply) -> String {
    reply.json()["type"].as_str().unwrap_or_default().replace("urn:vyavs:problem:", "")
}

fn token_of(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["access_token"].as_str().expect("a token").to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_owned()).collect()
}

/// Sets an app up for `email`, confirmed with the code of `now`.
async fn set_up(house: &House, email: &str, now: Timestamp) -> (Secret, Vec<String>) {
    let token = token_of(&login(house, email, None).await);
    let post = |path: &str, body: Value| house.send(Ask::post(path, &body).bearer(&token));
    let begun = post("/api/v1/auth/totp", json!({})).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
    let begun = begun.json();
    assert!(begun["qr_svg"].as_str().expect("a picture").contains("<svg"));
    let text = begun["secret"].as_str().expect("a secret");
    assert!(begun["uri"].as_str().expect("a URI").contains(text));
    let secret = Secret::try_from(text.to_owned()).expect("base32");
    // Not asked for before its first code.
    token_of(&login(house, email, None).await);
    assert_eq!(problem(&post("/api/v1/auth/totp/confirm", json!({"code": "000000"})).await), "wrong-code");
    let code = secret.code(now).expect("a code");
    let done = post("/api/v1/auth/totp/confirm", json!({"code": code})).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let codes = texts(&done.json()["recovery_codes"]);
    assert_eq!(codes.len(), 10);
    assert_eq!(problem(&post("/api/v1/auth/totp", json!({})).await), "conflict", "one app at a time");
    (secret, codes)
}

both_engines! {
    async fn an_app_is_asked_for_and_each_code_is_good_once(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let now = at(NOW);
        let (secret, _) = set_up(&house, WHO, now).await;
        let code = |seconds: i64| secret.code(now + SignedDuration::from_secs(seconds)).expect("a code");
        assert_eq!(problem(&login(&house, WHO, None).await), "second-factor");
        assert_eq!(problem(&login(&house, WHO, Some(&code(0))).await), "wrong-code", "it was used to confirm");
        for wrong in ["123", "", "12345x", &code(-3600), &code(300)] {
            assert_eq!(problem(&login(&house, WHO, Some(wrong)).await), "wrong-code", "{wrong}");
        }
        // A wrong password says nothing about the factor.
        let body = json!({"email": WHO, "password": "wrong", "code": code(30)});
        assert_eq!(problem(&house.send(Ask::post("/api/v1/auth/login", &body)).await), "wrong-credentials");

        // The same code from many at once lets exactly one in.
        house.hub.clock.set(now + SignedDuration::from_secs(30));
        let next = code(30);
        let all = futures::future::join_all((0..10).map(|_| login(&house, WHO, Some(&next)))).await;
        let (ok, no): (Vec<_>, Vec<_>) = all.iter().partition(|reply| reply.status == StatusCode::OK);
        assert_eq!((ok.len(), no.len()), (1, 9));
        assert!(no.iter().all(|reply| problem(reply) == "wrong-code"));
        let token = token_of(ok[0]);
        let sessions = house.send(Ask::get("/api/v1/auth/sessions").bearer(&token)).await;
        assert!(sessions.text().contains(r#"["pwd","otp"]"#), "{}", sessions.text());

        // A step-up takes the second factor, and not the password alone.
        house.hub.clock.set(now + SignedDuration::from_mins(20));
        let again = token_of(&login(&house, WHO, Some(&code(20 * 60))).await);
        let step = |body: Value| house.send(Ask::post("/api/v1/auth/step-up", &body).bearer(&again));
        assert_eq!(problem(&step(json!({"password": PASSWORD})).await), "second-factor");
        assert_eq!(problem(&step(json!({"code": code(20 * 60)})).await), "wrong-code", "used at sign-in");
        house.hub.clock.set(now + SignedDuration::from_mins(21));
        let stepped = step(json!({"code": code(21 * 60)})).await;
        assert_eq!(stepped.status, StatusCode::OK, "{}", stepped.text());
        house.close().await;
    }

    async fn a_code_on_paper_stands_in_once_and_new_ones_replace_all(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let (_, codes) = set_up(&house, WHO, at(NOW)).await;
        let token = token_of(&login(&house, WHO, Some(&codes[3])).await);
        assert_eq!(problem(&login(&house, WHO, Some(&codes[3])).await), "wrong-code");
        let left = house.send(Ask::get("/api/v1/auth/factors").bearer(&token)).await.json();
        assert_eq!((&left["recovery_codes_left"], &left["totp_since"]), (&json!(9), &json!(NOW)));
        let renewed = house.send(Ask::post("/api/v1/auth/recovery-codes", &json!({})).bearer(&token)).await;
        assert_eq!(renewed.status, StatusCode::CREATED, "{}", renewed.text());
        let new = texts(&renewed.json()["recovery_codes"]);
        assert_eq!(problem(&login(&house, WHO, Some(&codes[4])).await), "wrong-code");
        token_of(&login(&house, WHO, Some(&new[0].to_uppercase())).await);
        // Removed, the password signs in alone, and the codes are good for nothing.
        let gone = house.send(Ask::new(Method::DELETE, "/api/v1/auth/totp").bearer(&token)).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
        token_of(&login(&house, WHO, None).await);
        house.close().await;
    }

    async fn an_administrator_takes_a_lost_factor_away_but_never_another_tenant_s(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        house.tenant(2).await;
        let (_, codes) = set_up(&house, WHO, at(NOW)).await;
        let token = token_of(&login(&house, WHO, Some(&codes[0])).await);
        let me = house.send(Ask::get("/api/v1/me").bearer(&token)).await.json();
        let path = format!("/api/v1/users/{}/factors", me["id"].as_str().expect("an id"));
        let other = house.token("admin2@shop.example").await;
        assert_eq!(house.send(Ask::new(Method::DELETE, &path).bearer(&other)).await.status, StatusCode::NOT_FOUND);
        let admin = house.token("admin1@shop.example").await;
        assert_eq!(house.send(Ask::new(Method::DELETE, &path).bearer(&admin)).await.status, StatusCode::NO_CONTENT);
        assert_eq!(house.send(Ask::get("/api/v1/me").bearer(&token)).await.status, StatusCode::UNAUTHORIZED);
        token_of(&login(&house, WHO, None).await);
        house.close().await;
    }

    async fn the_database_does_not_tell_a_secret_and_opens_none_without_the_key_file(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let (secret, codes) = set_up(&house, WHO, at(NOW)).await;
        let (admin_secret, _) = set_up(&house, "admin1@shop.example", at(NOW)).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        let people = users::list(&mut tx, origin.org).await.expect("people");
        let id = |email: &str| people.iter().find(|user| user.email == email).expect("there").id;
        let (viewer, admin) = (id(WHO), id("admin1@shop.example"));
        let stored = factors::totp(&mut tx, origin.org, viewer).await.expect("asked").expect("an app").secret;
        let base32 = secret.to_base32();
        assert!(!stored.windows(8).any(|some| base32.as_bytes().windows(8).any(|part| part == some)));
        let (paper, _) = factors::recovery_codes(&mut tx, origin.org, viewer).await.expect("asked").expect("codes");
        assert!(codes.iter().all(|code| !paper.contains(code) && !paper.contains(&code.replace('-', ""))));
        // Who can write into the database cannot give somebody an app whose codes are known: a secret opens only in its row.
        factors::remove(&mut tx, origin.org, admin).await.expect("removed");
        assert!(factors::begin_totp(&mut tx, origin.org, admin, stored, at(NOW)).await.expect("stored"));
        assert!(factors::confirm_totp(&mut tx, origin.org, admin, at(NOW)).await.expect("noted"));
        tx.commit().await.expect("a commit");
        house.hub.clock.set(at(NOW) + SignedDuration::from_secs(60));
        for secret in [secret, admin_secret] {
            let code = secret.code(house.hub.clock.now()).expect("a code");
            let reply = login(&house, "admin1@shop.example", Some(&code)).await;
            assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", reply.text());
        }
        // Without its key file a hub whose database holds sealed fields does not start, and makes no new one.
        let dir = house.keys_dir();
        std::fs::rename(dir.join("vault.key"), dir.join("kept")).expect("moved");
        let config = KeysConfig { dir: dir.clone() };
        let refused = secrets::open(&config, &db, &Clock::manual(at(NOW))).await.expect_err("refused");
        assert!(format!("{:#}", anyhow::Error::from(refused)).contains("bring it back from its copy"));
        assert!(!dir.join("vault.key").exists());
        house.close().await;
    }
}
