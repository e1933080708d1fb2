//! An authenticator and a browser in software. Everything they are about to say lies open in a draft, so that a test can
//! change it before it is signed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value, json};

use super::super::{RegistrationAnswer, SignInAnswer, sha256};

pub(super) const UP: u8 = 1;
pub(super) const UV: u8 = 4;
pub(super) const BE: u8 = 8;
pub(super) const BS: u8 = 16;
pub(super) const AT: u8 = 64;
pub(super) const ED: u8 = 128;

pub(super) enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

/// One key of one person.
pub(super) struct Soft {
    key: Key,
    pub(super) id: Vec<u8>,
    pub(super) handle: Vec<u8>,
}

/// What is about to be said at a registration.
pub(super) struct Registering {
    pub(super) client: Value,
    pub(super) client_text: Option<String>,
    pub(super) rp_id: String,
    pub(super) flags: u8,
    pub(super) counter: u32,
    pub(super) id: Vec<u8>,
    pub(super) outer_id: Vec<u8>,
    pub(super) cose: Vec<(Cbor, Cbor)>,
    pub(super) data_tail: Vec<u8>,
    pub(super) cut: usize,
    pub(super) format: &'static str,
    pub(super) statement: Option<Vec<(Cbor, Cbor)>>,
    /// The algorithm that a self-attestation states.
    pub(super) states: i64,
    pub(super) object_tail: Vec<u8>,
    pub(super) kind: &'static str,
}

/// What is about to be said at a sign-in.
pub(super) struct SigningIn {
    pub(super) client: Value,
    pub(super) client_text: Option<String>,
    pub(super) rp_id: String,
    pub(super) flags: u8,
    pub(super) counter: u32,
    pub(super) data_tail: Vec<u8>,
    pub(super) cut: usize,
    pub(super) id: Vec<u8>,
    pub(super) handle: Option<Vec<u8>>,
    pub(super) kind: &'static str,
    /// Done to the signature once it is made.
    pub(super) spoil: fn(&mut Vec<u8>),
}

pub(super) fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn int(value: i64) -> Cbor {
    Cbor::Integer(value.into())
}

pub(super) fn cbor(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("written to memory");
    bytes
}

fn text(value: &str) -> Cbor {
    Cbor::Text(value.to_owned())
}

pub(super) fn client(kind: &str, challenge: &str) -> Value {
    json!({ "type": kind, "challenge": challenge, "origin": "https://hub.example", "crossOrigin": false })
}

pub(super) fn data(rp_id: &str, flags: u8, counter: u32) -> Vec<u8> {
    [&sha256(rp_id.as_bytes())[..], &[flags], &counter.to_be_bytes()].concat()
}

pub(super) fn attested(aaguid: &[u8], id: &[u8], cose: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).expect("short").to_be_bytes();
    [aaguid, &length, id, cose].concat()
}

pub(super) fn object(format: &str, statement: Vec<(Cbor, Cbor)>, data: &[u8]) -> Vec<u8> {
    cbor(&Cbor::Map(vec![
        (text("fmt"), text(format)),
        (text("attStmt"), Cbor::Map(statement)),
        (text("authData"), Cbor::Bytes(data.to_vec())),
    ]))
}

/// What a self-attestation states.
pub(super) fn statement(algorithm: i64, signature: Vec<u8>) -> Vec<(Cbor, Cbor)> {
    vec![(text("alg"), int(algorithm)), (text("sig"), Cbor::Bytes(signature))]
}

pub(super) fn es256_cose(point: &[u8]) -> Vec<(Cbor, Cbor)> {
    let (x, y) = (point[1..33].to_vec(), point[33..65].to_vec());
    vec![(int(1), int(2)), (int(3), int(-7)), (int(-1), int(1)), (int(-2), Cbor::Bytes(x)), (int(-3), Cbor::Bytes(y))]
}

pub(super) fn eddsa_cose(point: &[u8]) -> Vec<(Cbor, Cbor)> {
    vec![(int(1), int(1)), (int(3), int(-8)), (int(-1), int(6)), (int(-2), Cbor::Bytes(point.to_vec()))]
}

pub(super) fn rs256_cose(n: Vec<u8>, e: Vec<u8>) -> Vec<(Cbor, Cbor)> {
    vec![(int(1), int(3)), (int(3), int(-257)), (int(-1), Cbor::Bytes(n)), (int(-2), Cbor::Bytes(e))]
}

impl Key {
    pub(super) fn es256() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("made");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random);
        Self::Es256(pair.expect("a key"))
    }

    pub(super) fn eddsa() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("made");
        Self::EdDsa(Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key"))
    }

    pub(super) fn rs256() -> Self {
        Self::Rs256(RsaKeyPair::from_der(include_bytes!("../../../tests/keys/rsa2048.der")).expect("a key"))
    }

    pub(super) fn cose(&self) -> Vec<(Cbor, Cbor)> {
        match self {
            Self::Es256(pair) => es256_cose(pair.public_key().as_ref()),
            Self::EdDsa(pair) => eddsa_cose(pair.public_key().as_ref()),
            Self::Rs256(pair) => {
                let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
                rs256_cose(public.n, public.e)
            }
        }
    }

    pub(super) fn algorithm(&self) -> i64 {
        match self {
            Self::Es256(_) => -7,
            Self::EdDsa(_) => -8,
            Self::Rs256(_) => -257,
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Es256(pair) => pair.sign(&random, message).expect("signed").as_ref().to_vec(),
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("signed");
                signature
            }
        }
    }
}

impl Soft {
    pub(super) fn new(key: Key, id: u8, handle: u8) -> Self {
        Self { key, id: vec![id; 32], handle: vec![handle; 16] }
    }

    /// Answers `options` as it came over the wire; `change` may make a lie of it.
    pub(super) fn register(&self, options: &Value, change: impl FnOnce(&mut Registering)) -> RegistrationAnswer {
        let challenge = options["challenge"].as_str().expect("a challenge");
        let mut draft = Registering {
            client: client("webauthn.create", challenge),
            client_text: None,
            rp_id: options["rp"]["id"].as_str().expect("an id").to_owned(),
            flags: UP | UV | BE | BS | AT,
            counter: 0,
            id: self.id.clone(),
            outer_id: self.id.clone(),
            cose: self.key.cose(),
            data_tail: Vec::new(),
            cut: 0,
            format: "none",
            statement: None,
            states: self.key.algorithm(),
            object_tail: Vec::new(),
            kind: "public-key",
        };
        change(&mut draft);
        let client = draft.client_text.unwrap_or_else(|| draft.client.to_string());
        let mut said = data(&draft.rp_id, draft.flags, draft.counter);
        if draft.flags & AT != 0 {
            said.extend(attested(&[0; 16], &draft.id, &cbor(&Cbor::Map(draft.cose))));
        }
        said.extend(draft.data_tail);
        said.truncate(said.len() - draft.cut);
        let statement = match draft.statement {
            Some(statement) => statement,
            None if draft.format == "packed" => {
                let message = [&said[..], &sha256(client.as_bytes())].concat();
                statement(draft.states, self.key.sign(&message))
            }
            None => Vec::new(),
        };
        let object = [object(draft.format, statement, &said), draft.object_tail].concat();
        let answer = json!({
            "id": b64(&draft.outer_id),
            "rawId": b64(&draft.outer_id),
            "type": draft.kind,
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": b64(client.as_bytes()),
                "attestationObject": b64(&object),
                "transports": ["hybrid", "internal"],
                "publicKeyAlgorithm": self.key.algorithm(),
            },
            "clientExtensionResults": { "credProps": { "rk": true } },
        });
        serde_json::from_value(answer).expect("the shape of an answer")
    }

    /// The same for a sign-in.
    pub(super) fn sign_in(&self, options: &Value, change: impl FnOnce(&mut SigningIn)) -> SignInAnswer {
        let challenge = options["challenge"].as_str().expect("a challenge");
        let mut draft = SigningIn {
            client: client("webauthn.get", challenge),
            client_text: None,
            rp_id: options["rpId"].as_str().expect("an id").to_owned(),
            flags: UP | UV | BE | BS,
            counter: 0,
            data_tail: Vec::new(),
            cut: 0,
            id: self.id.clone(),
            handle: Some(self.handle.clone()),
            kind: "public-key",
            spoil: |_| {},
        };
        change(&mut draft);
        let client = draft.client_text.unwrap_or_else(|| draft.client.to_string());
        let mut said = data(&draft.rp_id, draft.flags, draft.counter);
        said.extend(draft.data_tail);
        said.truncate(said.len() - draft.cut);
        let mut signature = self.key.sign(&[&said[..], &sha256(client.as_bytes())].concat());
        (draft.spoil)(&mut signature);
        let answer = json!({
            "id": b64(&draft.id),
            "rawId": b64(&draft.id),
            "type": draft.kind,
            "response": {
                "clientDataJSON": b64(client.as_bytes()),
                "authenticatorData": b64(&said),
                "signature": b64(&signature),
                "userHandle": draft.handle.as_deref().map(b64),
            },
            "clientExtensionResults": {},
        });
        serde_json::from_value(answer).expect("the shape of an answer")
    }
}
