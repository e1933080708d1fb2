//! An OpenID provider in memory. What it is about to say lies open in a [`Say`], so that a test can change it before it is
//! signed or sent. It signs with ring, so that no token is judged by the code that made it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value, json};
use url::Url;
use vyavs_signin::oidc::{
    Ask, Client, Config, Fetch, FetchError, Identity, Method, OidcError, Request, Response, Secret,
};

pub(crate) const ISSUER: &str = "https://id.example/realms/shop";
pub(crate) const CLIENT: &str = "vyavs hub";
pub(crate) const SECRET: &str = "s3cret:/ +ä";
pub(crate) const BACK: &str = "https://hub.example/auth/oidc/back";
pub(crate) const AT: &str = "ya29.access";

pub(crate) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How an id token is signed.
#[derive(Clone)]
pub(crate) enum Sign {
    Rsa,
    Ec,
    Ed,
    /// By somebody with a key of the right kind.
    Thief,
    Hmac(Vec<u8>),
    /// The signature as it is.
    As(Vec<u8>),
}

/// What is about to be said.
pub(crate) struct Say {
    pub(crate) discovery: Value,
    pub(crate) keys: Value,
    /// What the browser brings back; pairs, so that one may be there twice.
    pub(crate) back: Vec<(String, String)>,
    pub(crate) header: Value,
    pub(crate) claims: Value,
    /// Done to the claims' text before it is signed.
    pub(crate) write: fn(String) -> String,
    pub(crate) sign: Sign,
    /// Done to the token once it is signed.
    pub(crate) spoil: Box<dyn Fn(String) -> String>,
    pub(crate) token: Value,
    /// Status, content type and body of an answer, by its address' last word, instead of the honest one.
    pub(crate) instead: BTreeMap<&'static str, (u16, &'static str, Vec<u8>)>,
    /// The last word of the address that never answers.
    pub(crate) silent: Option<&'static str>,
}

type Change = Arc<dyn Fn(&mut Say) + Send + Sync>;

/// What was asked of it last.
#[derive(Default)]
struct Asked {
    nonce: String,
    challenge: String,
    redirect_uri: String,
    /// Every address that was fetched.
    fetched: Vec<String>,
}

pub(crate) struct Mock {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    thief: Ed25519KeyPair,
    change: Mutex<Change>,
    asked: Mutex<Asked>,
}

fn ed() -> Ed25519KeyPair {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("made");
    Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key")
}

impl Mock {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("made");
        Self {
            rsa: RsaKeyPair::from_der(include_bytes!("../keys/rsa2048.der")).expect("a key"),
            ec: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).expect("a key"),
            ed: ed(),
            thief: ed(),
            change: Mutex::new(Arc::new(|_| {})),
            asked: Mutex::default(),
        }
    }

    /// From now on it says this.
    pub(crate) fn say(&self, change: impl Fn(&mut Say) + Send + Sync + 'static) {
        *self.change.lock().expect("whole") = Arc::new(change);
    }

    /// How often an address with this last word was fetched.
    pub(crate) fn fetched(&self, word: &str) -> usize {
        let asked = self.asked.lock().expect("whole");
        asked.fetched.iter().filter(|url| url.rsplit('/').next() == Some(word)).count()
    }

    /// Every address that was fetched.
    pub(crate) fn all_fetched(&self) -> Vec<String> {
        self.asked.lock().expect("whole").fetched.clone()
    }

    /// The person signs in and consents; gives the query that the browser comes back with.
    pub(crate) fn authorize(&self, url: &Url) -> String {
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!((query["client_id"].as_str(), query["redirect_uri"].as_str()), (CLIENT, BACK));
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
        {
            let mut asked = self.asked.lock().expect("whole");
            asked.nonce = query["nonce"].clone();
            asked.challenge = query["code_challenge"].clone();
            asked.redirect_uri = query["redirect_uri"].clone();
        }
        let state = query["state"].clone();
        let say = self.about(vec![
            ("code".to_owned(), "SplxlOBeZQQYbYS6WxSbIA".to_owned()),
            ("state".to_owned(), state),
            ("iss".to_owned(), ISSUER.to_owned()),
        ]);
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(say.back).finish()
    }

    fn about(&self, back: Vec<(String, String)>) -> Say {
        let (x, y) = self.ec.public_key().as_ref()[1..].split_at(32);
        let rsa = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let at = now().as_second();
        let mut say = Say {
            discovery: json!({
                "issuer": ISSUER,
                "authorization_endpoint": "https://id.example/realms/shop/auth?realm=shop",
                "token_endpoint": "https://id.example/realms/shop/token",
                "jwks_uri": "https://keys.id.example/jwks",
                "end_session_endpoint": "https://id.example/realms/shop/logout",
                "response_types_supported": ["code", "id_token"],
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "authorization_response_iss_parameter_supported": true,
            }),
            keys: json!([
                { "kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256",
                  "n": b64(rsa.n), "e": b64(rsa.e) },
                { "kty": "EC", "kid": "e", "crv": "P-256", "x": b64(x), "y": b64(y) },
                { "kty": "OKP", "kid": "d", "crv": "Ed25519", "x": b64(self.ed.public_key()) },
                { "kty": "future", "kid": "f" },
            ]),
            back,
            header: json!({ "alg": "EdDSA", "kid": "d", "typ": "JWT" }),
            claims: json!({
                "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "exp": at + 300, "iat": at,
                "nonce": self.asked.lock().expect("whole").nonce,
                "email": "asha@shop.example", "email_verified": true, "name": "Asha",
            }),
            write: |claims| claims,
            sign: Sign::Ed,
            spoil: Box::new(|token| token),
            token: json!({ "access_token": AT, "token_type": "Bearer", "expires_in": 300 }),
            instead: BTreeMap::new(),
            silent: None,
        };
        let change = self.change.lock().expect("whole").clone();
        change(&mut say);
        say
    }

    fn id_token(&self, say: &Say) -> String {
        let message = format!("{}.{}", b64(say.header.to_string()), b64((say.write)(say.claims.to_string())));
        let signature = match &say.sign {
            Sign::Rsa => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                let random = SystemRandom::new();
                self.rsa.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).expect("signed");
                signature
            }
            Sign::Ec => self.ec.sign(&SystemRandom::new(), message.as_bytes()).expect("signed").as_ref().to_vec(),
            Sign::Ed => self.ed.sign(message.as_bytes()).as_ref().to_vec(),
            Sign::Thief => self.thief.sign(message.as_bytes()).as_ref().to_vec(),
            Sign::Hmac(key) => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
                ring::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            Sign::As(signature) => signature.clone(),
        };
        (say.spoil)(format!("{message}.{}", b64(signature)))
    }

    /// Takes the code only with its verifier, its redirect and the client's secret.
    fn token(&self, request: &Request, say: &Say) -> Response {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let asked = self.asked.lock().expect("whole");
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(CLIENT), encoded(SECRET))));
        let header = request.headers.iter().find(|(name, _)| *name == "authorization").map(|(_, value)| value);
        if header != Some(&basic) {
            return answer(401, json!({ "error": "invalid_client" }));
        }
        let verifier = form.get("code_verifier").map(String::as_str).unwrap_or_default();
        let challenge = b64(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()));
        let is = |name: &str, value: &str| form.get(name).is_some_and(|got| got == value);
        if !is("grant_type", "authorization_code")
            || !is("code", "SplxlOBeZQQYbYS6WxSbIA")
            || !is("redirect_uri", &asked.redirect_uri)
            || challenge != asked.challenge
        {
            return answer(400, json!({ "error": "invalid_grant", "error_description": "not your\u{7} code" }));
        }
        drop(asked);
        let mut body = say.token.clone();
        if body.get("id_token").is_none() {
            body["id_token"] = json!(self.id_token(say));
        }
        answer(200, body)
    }

    /// An honest journey, in the way that it was told to change; gives what the hub would see.
    pub(crate) async fn journey(&self, ask: &Ask) -> Result<Identity, OidcError> {
        let client = Client::discover(config(), self).await?;
        self.journey_with(&client, ask).await
    }

    pub(crate) async fn journey_with(&self, client: &Client, ask: &Ask) -> Result<Identity, OidcError> {
        let started = client.start(ask, random(1), now());
        let query = self.authorize(&started.url);
        client.finish(started.journey, &started.cookie, &query, self, now()).await
    }
}

pub(crate) fn config() -> Config {
    let mut config = Config::new(ISSUER, CLIENT, Secret::Basic(SECRET.to_owned()), BACK);
    config.post_logout_redirect_uri = Some("https://hub.example/bye".to_owned());
    config
}

pub(crate) fn random(from: u8) -> [u8; 128] {
    std::array::from_fn(|n| from.wrapping_add(n as u8).wrapping_mul(73))
}

fn answer(status: u16, body: Value) -> Response {
    let content_type = Some("application/json; charset=utf-8".to_owned());
    Response { status, content_type, body: body.to_string().into_bytes() }
}

impl Fetch for Mock {
    async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let word = {
            let mut asked = self.asked.lock().expect("whole");
            asked.fetched.push(request.url.to_string());
            request.url.path().rsplit('/').next().unwrap_or_default().to_owned()
        };
        let (silent, said) = {
            let say = self.about(Vec::new());
            let said = match say.instead.get(word.as_str()) {
                Some((status, content_type, body)) => {
                    Response { status: *status, content_type: Some((*content_type).to_owned()), body: body.clone() }
                }
                None => match word.as_str() {
                    "openid-configuration" => answer(200, say.discovery),
                    "jwks" => answer(200, json!({ "keys": say.keys })),
                    "token" if request.method == Method::Post => self.token(&request, &say),
                    other => panic!("nobody told anyone to fetch {other}"),
                },
            };
            (say.silent == Some(word.as_str()), said)
        };
        if silent {
            tokio::time::sleep(Duration::from_secs(86_400)).await;
        }
        // As a connection does: the other end is heard a moment later.
        tokio::task::yield_now().await;
        Ok(said)
    }
}
