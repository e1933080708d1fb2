//! A sign-in service on the loopback that says what it is told to say: discovery, keys and tokens by real HTTP. What a
//! person does there in a browser, [`Service::authorize`] does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use url::Url;

use crate::house::{NOW, at};

pub(crate) const CLIENT: &str = "vyavs-hub";
pub(crate) const SECRET: &str = "s3cret:/ +";
pub(crate) const SUBJECT: &str = "248289761001";

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How an id token is signed.
#[derive(Clone)]
pub(crate) enum Sign {
    Own,
    /// By somebody with a key of the right kind.
    Thief,
    Hmac(Vec<u8>),
    /// Not at all.
    No,
}

/// What is about to be said.
#[derive(Clone)]
pub(crate) struct Say {
    pub(crate) discovery: Value,
    pub(crate) keys: Value,
    /// What the browser brings back; pairs, so that one may be there twice.
    pub(crate) back: Vec<(String, String)>,
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) sign: Sign,
    pub(crate) token: Value,
    /// Instead of tokens.
    pub(crate) status: StatusCode,
}

impl Say {
    /// Another parameter of the return.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.drop(name);
        self.back.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn drop(&mut self, name: &str) {
        self.back.retain(|(known, _)| known != name);
    }
}

type Change = Arc<dyn Fn(&mut Say) + Send + Sync>;

/// What was asked when a code was given.
#[derive(Clone, Default)]
struct Asked {
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

struct Inner {
    issuer: String,
    own: Ed25519KeyPair,
    thief: Ed25519KeyPair,
    change: Mutex<Change>,
    codes: Mutex<BTreeMap<String, Asked>>,
    given: Mutex<usize>,
}

#[derive(Clone)]
pub(crate) struct Service(Arc<Inner>);

fn key() -> Ed25519KeyPair {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("made");
    Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key")
}

impl Service {
    /// Serves until the test's runtime ends.
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("bound"));
        let inner = Inner {
            issuer,
            own: key(),
            thief: key(),
            change: Mutex::new(Arc::new(|_| {})),
            codes: Mutex::default(),
            given: Mutex::default(),
        };
        let service = Self(Arc::new(inner));
        let router = Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(|State(of): State<Self>| async move { Json(of.about(&Asked::default()).discovery) }),
            )
            .route(
                "/jwks",
                get(|State(of): State<Self>| async move { Json(json!({"keys": of.about(&Asked::default()).keys})) }),
            )
            .route("/token", post(Self::token))
            .with_state(service.clone());
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        service
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The public half of its key, as everybody knows it.
    pub(crate) fn public(&self) -> Vec<u8> {
        self.0.own.public_key().as_ref().to_vec()
    }

    /// From now on it says this.
    pub(crate) fn say(&self, change: impl Fn(&mut Say) + Send + Sync + 'static) {
        *self.0.change.lock().expect("whole") = Arc::new(change);
    }

    /// The person signs in there and consents; gives the address that the browser is sent back to.
    pub(crate) fn authorize(&self, leave: &Url) -> Url {
        let query: BTreeMap<String, String> = leave.query_pairs().into_owned().collect();
        assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
        assert_eq!(query["client_id"], CLIENT);
        let asked = Asked {
            nonce: query["nonce"].clone(),
            challenge: query["code_challenge"].clone(),
            redirect_uri: query["redirect_uri"].clone(),
        };
        let code = {
            let mut given = self.0.given.lock().expect("whole");
            *given += 1;
            format!("code-{given}")
        };
        let mut say = self.about(&asked);
        for (name, value) in [("code", code.as_str()), ("state", query["state"].as_str()), ("iss", self.issuer())] {
            say.back.push((name.to_owned(), value.to_owned()));
        }
        self.0.change.lock().expect("whole").clone()(&mut say);
        self.0.codes.lock().expect("whole").insert(code, asked.clone());
        let mut back = Url::parse(&asked.redirect_uri).expect("an address");
        back.query_pairs_mut().extend_pairs(&say.back);
        back
    }

    fn about(&self, asked: &Asked) -> Say {
        let (issuer, now) = (self.issuer(), at(NOW).as_second());
        let mut say = Say {
            discovery: json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/auth"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/jwks"),
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "authorization_response_iss_parameter_supported": true,
            }),
            keys: json!([{"kty": "OKP", "kid": "d", "crv": "Ed25519", "x": b64(self.public())}]),
            back: Vec::new(),
            header: json!({"alg": "EdDSA", "kid": "d", "typ": "JWT"}),
            claims: json!({
                "iss": issuer, "sub": SUBJECT, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked.nonce,
                "email": "viewer1@shop.example", "email_verified": true, "name": "Vera", "auth_time": now,
            }),
            sign: Sign::Own,
            token: json!({"access_token": "ya29.access", "token_type": "Bearer", "expires_in": 300}),
            status: StatusCode::OK,
        };
        self.0.change.lock().expect("whole").clone()(&mut say);
        say
    }

    /// Takes a code once, and only with its verifier, its redirect and the client's secret.
    async fn token(State(of): State<Self>, headers: HeaderMap, body: String) -> Response {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(CLIENT), encoded(SECRET))));
        if headers.get(header::AUTHORIZATION).is_none_or(|given| given.as_bytes() != basic.as_bytes()) {
            return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"}))).into_response();
        }
        let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let asked = of.0.codes.lock().expect("whole").remove(text("code")).unwrap_or_default();
        let challenge = b64(ring::digest::digest(&ring::digest::SHA256, text("code_verifier").as_bytes()));
        if text("grant_type") != "authorization_code"
            || text("redirect_uri") != asked.redirect_uri
            || challenge != asked.challenge
        {
            return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
        }
        let say = of.about(&asked);
        let mut token = say.token.clone();
        if token.get("id_token").is_none() {
            token["id_token"] = json!(of.id_token(&say));
        }
        (say.status, Json(token)).into_response()
    }

    fn id_token(&self, say: &Say) -> String {
        let message = format!("{}.{}", b64(say.header.to_string()), b64(say.claims.to_string()));
        let signature = match &say.sign {
            Sign::Own => self.0.own.sign(message.as_bytes()).as_ref().to_vec(),
            Sign::Thief => self.0.thief.sign(message.as_bytes()).as_ref().to_vec(),
            Sign::Hmac(key) => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
                ring::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            Sign::No => Vec::new(),
        };
        format!("{message}.{}", b64(signature))
    }
}
