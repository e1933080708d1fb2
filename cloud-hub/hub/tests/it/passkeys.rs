//! Passkeys through the running hub, with an authenticator in software: added, shown alone, beside a password and to
//! confirm; and what a thief, a foreign page or a copied key gets, which is nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::{Method, StatusCode};
use jiff::SignedDuration;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use vyavs_hub::ui::Ui;
use vyavs_store::both_engines;

use crate::house::{Ask, House, NOW, PASSWORD, Reply, at};
use crate::sso::cookie;

const ORIGIN: &str = "https://hub.example";
/// User present, user verified, backup eligible and backed up.
const FLAGS: u8 = 1 | 4 | 8 | 16;

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is told to a draft before it is signed.
type Lie = (&'static str, fn(&mut Draft));

/// A key in software, and the browser around it.
struct Stick {
    key: EcdsaKeyPair,
    id: [u8; 32],
    handle: String,
    counter: u32,
}

/// What it is about to say; a test may make a lie of it.
struct Draft {
    client: Value,
    rp_id: String,
    flags: u8,
    counter: u32,
    handle: Option<String>,
}

impl Draft {
    fn new(kind: &str, challenge: &Value, rp_id: &Value, counter: u32) -> Self {
        Self {
            client: json!({"type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": false}),
            rp_id: rp_id.as_str().expect("a domain").to_owned(),
            flags: FLAGS,
            counter,
            handle: None,
        }
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let hash = digest(&SHA256, self.rp_id.as_bytes());
        [hash.as_ref(), &[self.flags | more], &self.counter.to_be_bytes()].concat()
    }
}

impl Stick {
    /// Answers a registration's options.
    fn make(id: u8, options: &Value) -> (Self, Value) {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("made");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).expect("a key");
        let handle = options["user"]["id"].as_str().expect("a handle").to_owned();
        let stick = Self { key, id: [id; 32], handle, counter: 0 };
        let draft = Draft::new("webauthn.create", &options["challenge"], &options["rp"]["id"], 0);
        let (x, y) = stick.key.public_key().as_ref()[1..].split_at(32);
        // COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
        let cose = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], x, &[0x22, 0x58, 32], y].concat();
        let said = [&draft.data(64)[..], &[0; 16], &[0, 32], &stick.id, &cose].concat();
        let length = u8::try_from(said.len()).expect("short");
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let object = [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58", &[length][..], &said].concat();
        let answer = json!({
            "id": b64(stick.id), "rawId": b64(stick.id), "type": "public-key",
            "response": {"clientDataJSON": b64(draft.client.to_string()), "attestationObject": b64(object), "transports": ["usb"]},
            "clientExtensionResults": {"credProps": {"rk": true}},
        });
        (stick, answer)
    }

    /// Answers a sign-in's options, in the way that it was told to change.
    fn show(&mut self, options: &Value, change: impl FnOnce(&mut Draft)) -> Value {
        self.counter += 1;
        let mut draft = Draft::new("webauthn.get", &options["challenge"], &options["rpId"], self.counter);
        draft.handle = Some(self.handle.clone());
        change(&mut draft);
        let (client, said) = (draft.client.to_string(), draft.data(0));
        let message = [&said[..], digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).expect("signed");
        json!({
            "id": b64(self.id), "rawId": b64(self.id), "type": "public-key",
            "response": {"clientDataJSON": b64(client), "authenticatorData": b64(said), "signature": b64(signature), "userHandle": draft.handle},
            "clientExtensionResults": {},
        })
    }
}

/// Asks to show a passkey: the options, and the browser's cookie.
async fn challenge(house: &House) -> (Value, String) {
    let reply = house.send(Ask::new(Method::POST, "/api/v1/auth/passkeys/challenge")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let set = reply.header("set-cookie");
    assert!(set.contains("SameSite=Strict") && set.contains("HttpOnly") && set.contains("Max-Age=300"), "{set}");
    (reply.json()["options"].clone(), cookie(&reply, "__Host-vyavs-passkey").expect("a cookie"))
}

async fn add(house: &House, token: &str, id: u8, name: &str) -> (Stick, Reply) {
    let begun = house.post(token, "auth/passkeys/registration", &json!({})).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text());
    let (stick, credential) = Stick::make(id, &begun.json()["options"]);
    let added = house.post(token, "auth/passkeys", &json!({"name": name, "credential": credential})).await;
    (stick, added)
}

async fn post(house: &House, path: &str, body: &Value, cookie: &str) -> Reply {
    house.send(Ask::post(&format!("/api/v1/auth/{path}"), body).header("cookie", cookie)).await
}

async fn sign_in(house: &House, stick: &mut Stick, change: impl FnOnce(&mut Draft)) -> Reply {
    let (options, cookie) = challenge(house).await;
    post(house, "passkeys/sign-in", &json!({"credential": stick.show(&options, change)}), &cookie).await
}

fn problem(reply: &Reply) -> String {
    reply.json()["type"].as_str().unwrap_or_default().replace("urn:vyavs:problem:", "")
}

async fn open(db: vyavs_store::Db) -> House {
    let house = House::with(db, Ui::Absent, Some(ORIGIN)).await;
    house.tenant(1).await;
    house
}

both_engines! {
    async fn a_passkey_signs_in_alone_beside_a_password_and_to_confirm(db: Db) {
        let house = open(db).await;
        let token = house.token("viewer1@shop.example").await;
        let (mut stick, added) = add(&house, &token, 7, "Stick").await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
        let id = added.json()["id"].as_str().expect("an id").to_owned();
        // Alone.
        let signed = sign_in(&house, &mut stick, |_| {}).await;
        assert_eq!(signed.status, StatusCode::OK, "{}", signed.text());
        assert_eq!(signed.json()["user_info"]["email"], "viewer1@shop.example");
        assert!(cookie(&signed, "__Host-vyavs").is_some());
        let fresh = signed.json()["access_token"].as_str().expect("a token").to_owned();
        let list = house.get(&fresh, "auth/sessions").await;
        assert!(list["sign_ins"].as_array().expect("a list").iter().any(|one| one["factors"] == json!(["hwk"])), "{list}");
        // The password alone is not enough any more; with the passkey it is.
        assert_eq!(problem(&house.login("viewer1@shop.example", PASSWORD).await), "second-factor");
        let (options, own) = challenge(&house).await;
        let both = json!({"email": "viewer1@shop.example", "password": PASSWORD, "passkey": stick.show(&options, |_| {})});
        let reply = post(&house, "login", &both, &own).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(problem(&post(&house, "login", &both, &own).await), "wrong-passkey", "its challenge is spent");
        // It confirms, where a password does not.
        house.hub.clock.set(at(NOW) + SignedDuration::from_mins(25));
        let token = house.send(Ask::post("/api/v1/auth/refresh", &json!({"refresh_token": signed.json()["refresh_token"]}))).await;
        let token = token.json()["access_token"].as_str().expect("a token").to_owned();
        let step = async |body: Value, cookie: &str| house.send(Ask::post("/api/v1/auth/step-up", &body).bearer(&token).header("cookie", cookie)).await;
        assert_eq!(problem(&house.post(&token, "auth/recovery-codes", &json!({})).await), "step-up");
        assert_eq!(problem(&step(json!({"password": PASSWORD}), "").await), "second-factor");
        let (options, own) = challenge(&house).await;
        let stepped = step(json!({"passkey": stick.show(&options, |_| {})}), &own).await;
        assert_eq!(stepped.status, StatusCode::OK, "{}", stepped.text());
        // Codes on paper stand in for it.
        let codes = house.post(&token, "auth/recovery-codes", &json!({})).await;
        assert_eq!(codes.status, StatusCode::CREATED, "{}", codes.text());
        let paper = json!({"email": "viewer1@shop.example", "password": PASSWORD, "code": codes.json()["recovery_codes"][0]});
        assert_eq!(post(&house, "login", &paper, "").await.status, StatusCode::OK);
        assert_eq!(problem(&post(&house, "login", &paper, "").await), "wrong-code");
        // Named, listed, removed: it opens nothing, and the password does again.
        let path = format!("/api/v1/auth/passkeys/{id}");
        let named = house.send(Ask::patch(&path, "\"1\"", &json!({"name": "Desk"})).bearer(&token)).await;
        assert_eq!(named.json()["name"], "Desk", "{}", named.text());
        let list = house.get(&token, "auth/passkeys").await;
        assert_eq!((&list["passkeys"][0]["name"], &list["passkeys"][0]["last_used_at"]), (&json!("Desk"), &json!("2026-02-03T12:25:00Z")));
        assert_eq!(house.get(&token, "auth/factors").await["passkeys"], 1);
        assert_eq!(house.send(Ask::new(Method::DELETE, &path).bearer(&token)).await.status, StatusCode::NO_CONTENT);
        assert_eq!(problem(&sign_in(&house, &mut stick, |_| {}).await), "wrong-passkey");
        assert_eq!(house.login("viewer1@shop.example", PASSWORD).await.status, StatusCode::OK);
        house.close().await;
    }

    async fn what_is_not_this_key_on_this_page_in_this_browser_now_is_refused(db: Db) {
        let house = open(db).await;
        let token = house.token("viewer1@shop.example").await;
        let (mut stick, added) = add(&house, &token, 7, "Stick").await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
        let lies: [Lie; 10] = [
            ("a page elsewhere", |d| d.client["origin"] = json!("https://hub.example.evil.example")),
            ("a page without TLS", |d| d.client["origin"] = json!("http://hub.example")),
            ("a frame", |d| d.client["crossOrigin"] = json!(true)),
            ("another challenge", |d| d.client["challenge"] = json!(b64([9; 32]))),
            ("a registration's answer", |d| d.client["type"] = json!("webauthn.create")),
            ("another hub's key", |d| d.rp_id = "evil.example".to_owned()),
            ("nobody there", |d| d.flags &= !1),
            ("nobody verified", |d| d.flags &= !4),
            ("another owner", |d| d.handle = Some(b64([1; 16]))),
            ("a copied key", |d| d.counter = 0),
        ];
        assert_eq!(sign_in(&house, &mut stick, |_| {}).await.status, StatusCode::OK);
        for (what, lie) in lies {
            let reply = sign_in(&house, &mut stick, lie).await;
            assert_eq!((reply.status, problem(&reply).as_str()), (StatusCode::FORBIDDEN, "wrong-passkey"), "{what}");
            assert!(reply.headers.get("set-cookie").is_none(), "{what}");
        }
        // Once, in time, in the browser that asked, from our own pages.
        let (options, own) = challenge(&house).await;
        let answer = json!({"credential": stick.show(&options, |_| {})});
        let foreign = Ask::post("/api/v1/auth/passkeys/sign-in", &answer).header("cookie", &own).header("origin", "https://evil.example");
        assert_eq!(problem(&house.send(foreign).await), "cross-site");
        assert_eq!(post(&house, "passkeys/sign-in", &answer, &own).await.status, StatusCode::OK);
        assert_eq!(problem(&post(&house, "passkeys/sign-in", &answer, &own).await), "wrong-passkey", "a replay");
        for other in ["", "__Host-vyavs-passkey=AAAA", &challenge(&house).await.1] {
            let (options, _) = challenge(&house).await;
            let answer = json!({"credential": stick.show(&options, |_| {})});
            assert_eq!(problem(&post(&house, "passkeys/sign-in", &answer, other).await), "wrong-passkey", "{other:?}");
        }
        let (options, own) = challenge(&house).await;
        let answer = json!({"credential": stick.show(&options, |_| {})});
        house.hub.clock.set(at(NOW) + SignedDuration::from_mins(5));
        assert_eq!(problem(&post(&house, "passkeys/sign-in", &answer, &own).await), "wrong-passkey", "too late");
        house.hub.clock.set(at(NOW));
        for nonsense in [json!({}), json!({"credential": {}}), json!({"credential": {"id": 7}}), json!({"credential": {"id": "!"}})] {
            assert_eq!(post(&house, "passkeys/sign-in", &nonsense, "").await.status, StatusCode::BAD_REQUEST, "{nonsense}");
        }
        // Shut out, it opens nothing.
        let owner = house.token("owner1@shop.example").await;
        let me = house.get(&token, "me").await["id"].as_str().expect("an id").to_owned();
        let out = house.send(Ask::patch(&format!("/api/v1/users/{me}"), "\"1\"", &json!({"disabled": true})).bearer(&owner)).await;
        assert_eq!(out.status, StatusCode::OK, "{}", out.text());
        assert_eq!(problem(&sign_in(&house, &mut stick, |_| {}).await), "wrong-passkey");
        house.close().await;
    }

    async fn a_key_is_one_person_s_and_is_added_by_the_sign_in_that_asked(db: Db) {
        let house = open(db).await;
        let (viewer, admin) = (house.token("viewer1@shop.example").await, house.token("admin1@shop.example").await);
        let (mut stick, added) = add(&house, &viewer, 7, "Stick").await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
        // The same credential for another person.
        assert_eq!(problem(&add(&house, &admin, 7, "Stolen").await.1), "wrong-passkey");
        // Another person's, or another sign-in's, ceremony.
        let begun = house.post(&viewer, "auth/passkeys/registration", &json!({})).await.json();
        assert_eq!(begun["options"]["excludeCredentials"].as_array().map(Vec::len), Some(1), "{begun}");
        let (_, credential) = Stick::make(8, &begun["options"]);
        let body = json!({"name": "x", "credential": credential});
        assert_eq!(problem(&house.post(&admin, "auth/passkeys", &body).await), "wrong-passkey");
        assert_eq!(problem(&house.post(&viewer, "auth/passkeys", &body).await), "wrong-passkey", "it was given out");
        // A key of one person does not confirm another.
        let (_, own) = add(&house, &admin, 9, "Own").await;
        assert_eq!(own.status, StatusCode::CREATED, "{}", own.text());
        let (options, cookie) = challenge(&house).await;
        let step = json!({"passkey": stick.show(&options, |_| {})});
        let reply = house.send(Ask::post("/api/v1/auth/step-up", &step).bearer(&admin).header("cookie", &cookie)).await;
        assert_eq!(problem(&reply), "wrong-code", "{}", reply.text());
        // An owner takes a lost one away; the person's sign-ins end.
        let owner = house.token("owner1@shop.example").await;
        let me = house.get(&viewer, "me").await["id"].as_str().expect("an id").to_owned();
        let gone = house.send(Ask::new(Method::DELETE, &format!("/api/v1/users/{me}/factors")).bearer(&owner)).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
        assert_eq!(house.send(Ask::get("/api/v1/me").bearer(&viewer)).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(problem(&sign_in(&house, &mut stick, |_| {}).await), "wrong-passkey");
        assert_eq!(house.login("viewer1@shop.example", PASSWORD).await.status, StatusCode::OK);
        house.close().await;
    }
}

#[tokio::test]
async fn a_hub_without_a_name_says_why_it_has_no_passkeys() {
    let dir = tempfile::tempdir().expect("a directory");
    let house = House::open(vyavs_store::testing::sqlite(dir.path()).await).await;
    let reply = house.send(Ask::new(Method::POST, "/api/v1/auth/passkeys/challenge")).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.text().contains("public_url"), "{}", reply.text());
    house.close().await;
}
