//! Programs: keys that are shown with every call, and clients that trade a secret for short tokens (RFC 6749 §4.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use vyavs_store::{both_engines, machine_keys, reach};

use crate::house::{Ask, House, NOW, Reply, SetUp, at};

const UNTIL: &str = "2026-12-01T00:00:00Z";

/// A client of organization 1 with two permissions at all stores: its id, its client id and its secret.
async fn client(house: &House, owner: &str) -> (String, String, String) {
    let new =
        json!({"name": "ERP", "permissions": ["stores.read", "sales.read"], "all_stores": true, "expires_at": UNTIL});
    let made = house.post(owner, "machine-clients", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&made["details"]["id"]), text(&made["client_id"]), text(&made["client_secret"]))
}

fn form(fields: &[(&str, &str)]) -> Ask {
    let body = fields.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).collect::<Vec<_>>();
    let ask = Ask::new(Method::POST, "/auth/token").header("content-type", "application/x-www-form-urlencoded");
    ask.body(body.join("&").into_bytes())
}

fn basic(client: &str, secret: &str, fields: &[(&str, &str)]) -> Ask {
    form(fields).header("authorization", &format!("Basic {}", STANDARD.encode(format!("{client}:{secret}"))))
}

fn refused(reply: &Reply, status: u16, error: &str, what: &str) {
    assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (status, &json!(error)), "{what}: {}", reply.text());
    assert_eq!(reply.header("content-type"), "application/json", "{what}");
    assert_eq!(reply.header("cache-control"), "no-store", "{what}");
    assert!(reply.json()["access_token"].is_null(), "{what}");
    let way = reply.header("www-authenticate").starts_with("Basic realm=");
    assert_eq!(way, error == "invalid_client", "{what}");
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

both_engines! {
    async fn a_client_buys_ten_minutes_of_what_it_may_and_not_more(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let (id, client, secret) = client(&house, &owner).await;
        let got = house.send(basic(&client, &secret, &[GRANT])).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.text());
        assert_eq!((got.header("cache-control"), got.header("pragma")), ("no-store", "no-cache"));
        let got = got.json();
        assert_eq!((&got["token_type"], &got["expires_in"]), (&json!("Bearer"), &json!(600)));
        assert_eq!(got["scope"], "sales.read stores.read");
        let token = got["access_token"].as_str().expect("a token").to_owned();
        let get = async |token: &str, path: &str| house.send(Ask::get(path).bearer(token)).await;
        assert_eq!(get(&token, "/api/v1/stores").await.status, StatusCode::OK);
        assert_eq!(get(&token, "/api/v1/devices").await.json()["detail"], "this needs fleet.read");
        assert_eq!(get(&token, "/api/v1/me").await.status, StatusCode::FORBIDDEN, "a machine has no account");
        // Less than it may, in the form, at the path of the API's version; and never more.
        let narrow = |scope| form(&[GRANT, ("client_id", &client), ("client_secret", &secret), ("scope", scope)]);
        let mut ask = narrow("stores.read");
        ask.path = "/api/v1/auth/token".to_owned();
        let less = house.send(ask).await.json();
        let less = less["access_token"].as_str().expect("a token");
        assert_eq!(get(less, "/api/v1/stores").await.status, StatusCode::OK);
        assert_eq!(get(less, "/api/v1/sales").await.json()["detail"], "this needs sales.read");
        for more in ["stores.write", "stores.read stores.write", "users.write", "boss", "self"] {
            refused(&house.send(narrow(more)).await, 400, "invalid_scope", more);
        }
        // Ten minutes.
        house.hub.clock.set(at(NOW) + SignedDuration::from_secs(599));
        assert_eq!(get(&token, "/api/v1/stores").await.status, StatusCode::OK);
        house.hub.clock.set(at(NOW) + SignedDuration::from_secs(600));
        assert_eq!(get(&token, "/api/v1/stores").await.json()["detail"], "the token has expired");
        house.hub.clock.set(at(NOW));
        // Listed without its secret; revoked, its tokens stop at once.
        let owner = house.token("owner1@shop.example").await;
        let list = house.get(&owner, "machine-clients").await;
        assert_eq!((&list["machine_clients"][0]["public_id"], &list["machine_clients"][0]["last_used_at"]), (&json!(client), &json!("2026-02-03T12:09:59Z")));
        assert!(!list.to_string().contains("vycs_"));
        let as_key = house.send(Ask::new(Method::DELETE, &format!("/api/v1/api-keys/{id}")).bearer(&owner)).await;
        assert_eq!(as_key.status, StatusCode::NOT_FOUND, "a client is no key");
        let gone = house.send(Ask::new(Method::DELETE, &format!("/api/v1/machine-clients/{id}")).bearer(&owner)).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
        assert_eq!(get(&token, "/api/v1/stores").await.status, StatusCode::UNAUTHORIZED);
        refused(&house.send(basic(&client, &secret, &[GRANT])).await, 401, "invalid_client", "revoked");
        house.close().await;
    }

    async fn a_request_for_a_token_is_refused_in_the_words_of_the_standard(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let (_, client, secret) = client(&house, &owner).await;
        let (_, other, others) = self::client(&house, &owner).await;
        let plain = |content: &str, body: &str| {
            Ask::new(Method::POST, "/auth/token").header("content-type", content).body(body.as_bytes().to_vec())
        };
        let mut slip = secret.clone();
        slip.replace_range(10..11, if &secret[10..11] == "0" { "1" } else { "0" });
        let both = basic(&client, &secret, &[GRANT, ("client_secret", &secret)]);
        for (what, ask, status, error) in [
            ("an unknown client", basic("vyc_0000000000000000", &secret, &[GRANT]), 401, "invalid_client"),
            ("a slip in the secret", basic(&client, &slip, &[GRANT]), 401, "invalid_client"),
            ("the secret of another", basic(&client, &others, &[GRANT]), 401, "invalid_client"),
            ("another, with this secret", basic(&other, &secret, &[GRANT]), 401, "invalid_client"),
            ("no secret", form(&[GRANT, ("client_id", &client)]), 401, "invalid_client"),
            ("nobody", form(&[GRANT]), 401, "invalid_client"),
            ("a bearer token", form(&[GRANT]).bearer(&owner), 401, "invalid_client"),
            ("two ways", both, 400, "invalid_request"),
            ("two clients", basic(&client, &secret, &[GRANT, ("client_id", &other)]), 400, "invalid_request"),
            ("no grant", basic(&client, &secret, &[]), 400, "invalid_request"),
            ("a parameter twice", basic(&client, &secret, &[GRANT, GRANT]), 400, "invalid_request"),
            ("a password's grant", basic(&client, &secret, &[("grant_type", "password")]), 400, "unsupported_grant_type"),
            ("JSON", plain("application/json", "{\"grant_type\":\"client_credentials\"}"), 400, "invalid_request"),
            ("a scope that is none", basic(&client, &secret, &[GRANT, ("scope", "stores.read++x")]), 400, "invalid_scope"),
        ] {
            refused(&house.send(ask).await, status, error, what);
        }
        let long = plain("application/x-www-form-urlencoded", &"x".repeat(100_000));
        assert_eq!(house.send(long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(house.send(Ask::get("/auth/token")).await.status, StatusCode::METHOD_NOT_ALLOWED);
        // A token of another tenant's claim, of a key, or of nobody.
        let made = |id, org| house.hub.keys.tokens().make_for_machine((id, org), "stores.read", at(NOW)).expect("made");
        let mut tx = house.hub.store.begin_read_hub().await.expect("a transaction");
        let row = machine_keys::shown(&mut tx, machine_keys::Kind::Client, &client).await.expect("asked").expect("there");
        drop(tx);
        let ask = async |token: &str| house.send(Ask::get("/api/v1/stores").bearer(token)).await.status;
        assert_eq!(ask(&made(row.id, row.org)).await, StatusCode::OK);
        assert_eq!(ask(&made(row.id, crate::house::identity(2).org)).await, StatusCode::UNAUTHORIZED);
        assert_eq!(ask(&made(uuid::Uuid::nil(), row.org)).await, StatusCode::UNAUTHORIZED);
        let key = json!({"name": "k", "permissions": ["stores.read"], "all_stores": true, "expires_at": UNTIL});
        let key = house.post(&owner, "api-keys", &key).await.json()["details"]["id"].as_str().expect("an id").parse().expect("a UUID");
        assert_eq!(ask(&made(key, row.org)).await, StatusCode::UNAUTHORIZED, "a key buys no tokens");
        house.close().await;
    }

    async fn a_key_may_what_it_was_given_where_it_was_given_until_it_is_revoked(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let second = house.second_shop(1).await;
        let owner = house.token("owner1@shop.example").await;
        let (here, who) = (&house, &owner);
        let make = |body: Value| async move { here.post(who, "api-keys", &body).await };
        let with = |field: &str, value: Value| {
            let mut key = json!({"name": "k", "permissions": ["stores.read"], "all_stores": true, "expires_at": UNTIL});
            key[field] = value;
            key
        };
        for (field, bad) in [
            ("permissions", json!(["users.write"])),
            ("permissions", json!(["keys.write"])),
            ("permissions", json!(["self"])),
            ("permissions", json!(["privacy.manage"])),
            ("permissions", json!([])),
            ("expires_at", json!("2026-02-03T12:00:00Z")),
            ("expires_at", json!("2027-02-05T12:00:00Z")),
            ("expires_at", Value::Null),
            ("name", json!("")),
        ] {
            let reply = make(with(field, bad.clone())).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{field} {bad}: {}", reply.text());
        }
        let made = make(json!({
            "name": "ERP", "permissions": ["stores.read", "sales.read"], "all_stores": false, "store_ids": [second.to_string()],
            "expires_at": "2026-02-04T00:00:00Z",
        })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let made = made.json();
        let key = made["key"].as_str().expect("a key").to_owned();
        assert!(key.starts_with(made["details"]["public_id"].as_str().expect("its first part")) && key.len() == 80, "{key}");
        let get = |path: &str| house.send(Ask::get(path).bearer(&key));
        let list = get("/api/v1/stores").await;
        assert_eq!(list.json()["stores"].as_array().map(Vec::len), Some(1), "{}", list.text());
        assert_eq!(get(&format!("/api/v1/stores/{}", origin.store)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(get("/api/v1/devices").await.json()["detail"], "this needs fleet.read");
        assert_eq!(get("/api/v1/me").await.status, StatusCode::FORBIDDEN, "a machine has no account");
        // A slip is told from a key that is not there, before the database is asked.
        let why = async |key: &str| house.send(Ask::get("/api/v1/stores").bearer(key)).await.json()["detail"].as_str().unwrap_or_default().to_owned();
        let mut slip = key.clone();
        slip.replace_range(79.., if key.ends_with('0') { "1" } else { "0" });
        assert_eq!(why(&slip).await, "the key has a slip in it; copy it whole");
        let random = std::array::from_fn(|n| n as u8);
        let (stranger, _) = vyavs_signin::machine::ApiKey::issue("stores.read".parse().expect("a scope"), None, random, at(NOW));
        for foreign in [stranger.as_str(), "vyk_", "vyk_x_y", &key[..79]] {
            assert_eq!(why(foreign).await, "the key is not one of this hub's", "{foreign}");
        }
        let shown = house.get(&owner, "api-keys").await;
        assert!(!shown.to_string().contains(key.rsplit('_').next().expect("a secret")), "the secret is shown once");
        // Last use is kept to the minute: not every call is a write.
        let last = async || house.get(&owner, "api-keys").await["keys"][0]["last_used_at"].clone();
        assert_eq!(last().await, NOW);
        house.hub.clock.set(at(NOW) + SignedDuration::from_secs(59));
        get("/api/v1/stores").await;
        assert_eq!(last().await, NOW);
        house.hub.clock.set(at(NOW) + SignedDuration::from_secs(60));
        get("/api/v1/stores").await;
        assert_eq!(last().await, "2026-02-03T12:01:00Z");
        let id = made["details"]["id"].as_str().expect("an id").to_owned();
        assert_eq!(house.send(Ask::new(Method::DELETE, &format!("/api/v1/api-keys/{id}")).bearer(&owner)).await.status, StatusCode::NO_CONTENT);
        assert_eq!(why(&key).await, "the key was revoked, or has expired");
        // Its time over, it is as good as revoked.
        let brief = make(with("expires_at", json!("2026-02-03T12:02:00Z"))).await.json();
        let brief = brief["key"].as_str().expect("a key");
        house.hub.clock.set(at("2026-02-03T12:02:00Z"));
        assert_eq!(why(brief).await, "the key was revoked, or has expired");
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        assert_eq!(reach::all(&mut tx, origin.org).await.expect("asked").len(), 1, "the first key's reach alone");
        drop(tx);
        house.close().await;
    }
}

#[tokio::test]
async fn strangers_of_one_address_are_slowed_at_the_token_s_door() {
    let dir = tempfile::tempdir().expect("a directory");
    let db = vyavs_store::testing::sqlite(dir.path()).await;
    let limits = vyavs_hub::api::limits::LimitsConfig {
        per_address: std::num::NonZeroU32::new(100).expect("a number"),
        ..Default::default()
    };
    let house = House::set_up(db, vyavs_hub::ui::Ui::Absent, SetUp { limits, ..SetUp::default() }).await;
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(house.send(basic("vyc_0000000000000000", "x", &[GRANT])).await.status.as_u16());
    }
    assert_eq!(
        statuses.iter().filter(|status| **status == 401).count() + statuses.iter().filter(|s| **s == 429).count(),
        30
    );
    // Ten at once, and one more with each 600 ms that the thirty took.
    assert!((10..=15).contains(&statuses.iter().filter(|status| **status == 401).count()), "{statuses:?}");
    house.close().await;
}
