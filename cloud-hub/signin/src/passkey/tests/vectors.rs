//! The test vectors of Web Authentication Level 3, §16.
//!
//! All of their randomness is HKDF of a fixed text, their ECDSA nonces are those of RFC 6979, and the RSA key is built on
//! the two smallest Mersenne primes of at least 1024 bits: so they are made here from that recipe, and compared with the
//! SHA-256 of the published bytes. Those that carry an attestation certificate are made with `none` in its place, which
//! leaves the key, its data and every signature of a sign-in as published. Left out are ES384, ES512 and Ed448, which
//! are not offered (see `lies`).

use ciborium::Value as Cbor;
use num_bigint::BigUint;
use p256::ecdsa::signature::Signer as _;
use ring::hkdf;
use ring::signature::KeyPair as _;
use serde_json::json;

use super::super::authenticator::AuthenticatorData;
use super::super::cose::PublicKey;
use super::soft;
use super::*;

/// A vector: the `info` of its derivation, how many values the attestation takes before the sign-in, what is peculiar.
struct Vector {
    info: &'static str,
    attestation_values: u8,
    key: Kind,
    frame: Frame,
    /// SHA-256 of clientDataJSON and authenticator data of the registration.
    registration: &'static str,
    /// SHA-256 of the attestation object, where it is made here as published.
    object: Option<&'static str>,
    /// SHA-256 of authenticator data, clientDataJSON and signature of the sign-in.
    sign_in: &'static str,
    /// What the public face says to each ceremony: fine, or this error.
    verdicts: [Option<Refusal>; 2],
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Es256,
    EdDsa,
    Rs256,
}

#[derive(Clone, Copy, PartialEq)]
enum Frame {
    None,
    Cross,
    Top,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Refusal {
    Frame,
    NotVerified,
}

const ES256: Vector = Vector {
    info: "",
    attestation_values: 0,
    key: Kind::Es256,
    frame: Frame::None,
    registration: "",
    object: None,
    sign_in: "",
    verdicts: [None, None],
};

const VECTORS: [Vector; 12] = [
    Vector {
        info: "none.ES256",
        registration: "2104f387137d38aa7e247799ebf180e83573fe71d799a4f44e31f7485e34d81a",
        object: Some("c0aa49c57f59765c9f47e6000c04dfe66547a3bd2a6e003a82e336a6e569cb7f"),
        sign_in: "51f88ba36a5fc7dac2c8448f78d26e018ac7bd09ee414d79572026fd014a36f4",
        verdicts: [Some(Refusal::NotVerified), Some(Refusal::NotVerified)],
        ..ES256
    },
    Vector {
        info: "packed-self.ES256",
        registration: "c440888b7911ffba4ca6f6738a7a51e83f45a2a298658dff4bcbd4dd8a8a34d0",
        object: Some("69499bf5257be4e618f4462e458666d9827a713bca423b8bb77e8ef214f49f9f"),
        sign_in: "f04d30c37e47d62e1a8272ea42aa62d80d32ff4fab955209a3bcb2827bb7fa42",
        verdicts: [None, Some(Refusal::NotVerified)],
        ..ES256
    },
    Vector {
        info: "none.ES256.crossOrigin",
        frame: Frame::Cross,
        registration: "1fd828e95d0b8edda316053d482749127400aab5e944251209e03c51f045c813",
        object: Some("967a55ac8209a99f56256db28c4d03cd16b7c1557bbe57021227204a5932c106"),
        sign_in: "c2616949905872d0d015ca2426ea09e1bd2151f29e1f2fff09e0d8123ddaafda",
        verdicts: [Some(Refusal::Frame), Some(Refusal::Frame)],
        ..ES256
    },
    Vector {
        info: "none.ES256.topOrigin",
        frame: Frame::Top,
        registration: "84e4c874d8a093c1aace82d8e7d8f7d83911dde2a0fa7851cbb7c82252b7a256",
        object: Some("e88a736a22ffaf294316d8b00da95a96ae8ec0113ddeed605e3283199102ad2f"),
        sign_in: "03eb72cf96829fbebe01544b878143e4a52424b50c59492844f8bbd695d03a91",
        verdicts: [Some(Refusal::Frame), Some(Refusal::Frame)],
        ..ES256
    },
    Vector {
        info: "none.ES256.long-credential-id",
        registration: "498326b8e4d3242f8988c8bff157f627489cfb5dec0c749d1fd5fb656bff9d45",
        object: Some("c70087bde55d1a8207667876cfe14924d9caf8f522a9db4c7493ea9f3b5e4e5b"),
        sign_in: "b64abc4ec62f630444f7dd61d72f9fe5e0907c9bdf53d47010f6035b97f30c69",
        verdicts: [Some(Refusal::NotVerified), None],
        ..ES256
    },
    Vector {
        info: "packed.ES256",
        attestation_values: 2,
        registration: "766594f4b65270d9082363ce57d39342a87f443e01d9070e5fe39701bc2c75ff",
        sign_in: "bb6a9fc3c6c91e151d58e7d4eb7c66adb2969ca751624128c4b250ab81d00cc9",
        ..ES256
    },
    Vector {
        info: "packed.RS256",
        attestation_values: 2,
        key: Kind::Rs256,
        registration: "ce0248afecbe3276b17cb4dd37b233cf2a1fd7615dbb0eb852d046a8f66e0481",
        sign_in: "1c07a27751cbd730daf24a542b9bd6b9be3152f4361666b99945f007fac3dab6",
        verdicts: [None, Some(Refusal::NotVerified)],
        ..ES256
    },
    Vector {
        info: "packed.EdDSA",
        attestation_values: 2,
        key: Kind::EdDsa,
        registration: "0ef6665f460a08c40033d88b846ec7cb106ee7ec2ab5f2f354eae5a4b5c991dd",
        sign_in: "045bb6ab03480f53d54fcdd9acf0ee7833647e72fcfb4bcb70fdfead58ebd8c0",
        verdicts: [Some(Refusal::NotVerified), Some(Refusal::NotVerified)],
        ..ES256
    },
    Vector {
        info: "tpm.ES256",
        attestation_values: 2,
        registration: "68cbf6a1f9a61798f514aeb288809624f9d6c5b2fab77d749fbb842e75ac83bb",
        sign_in: "cfabb9ddc42230b56fdaeedfc46b0912c2a735603055d7258c10399f85997e59",
        ..ES256
    },
    Vector {
        info: "android-key.ES256",
        attestation_values: 1,
        registration: "2c704666321e9ac749da89d65c497deadae74b775912d51f8ea3a93d489cbddf",
        sign_in: "046d5d284a8ebc6100975bf018b247e6e122e039844831b640ebc05f2191116b",
        verdicts: [None, Some(Refusal::NotVerified)],
        ..ES256
    },
    Vector {
        info: "apple.ES256",
        attestation_values: 1,
        registration: "70fe323acefc1edbb10af862bdf72405709fb11bd295c3e63c89bdaac204b762",
        sign_in: "ce00e186354261e7c4a0f0ff5abcd5877a4775524f11463240fb5420d33fdddf",
        verdicts: [Some(Refusal::NotVerified), Some(Refusal::NotVerified)],
        ..ES256
    },
    Vector {
        info: "fido-u2f.ES256",
        attestation_values: 2,
        registration: "648be3a448af174ff163057c17a62345ee31b4d9d744287d1a7b46aede79ffbb",
        sign_in: "03a8b0381fff9b7b700849078429048f8639dccf61e43ed391fa5ad1bb8896d0",
        verdicts: [Some(Refusal::NotVerified), Some(Refusal::NotVerified)],
        ..ES256
    },
];

/// The values of a vector, one salt after the other.
struct Derive {
    info: &'static str,
    next: u8,
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Derive {
    fn take(&mut self, length: usize) -> Vec<u8> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &[self.next]);
        self.next += 1;
        let mut bytes = vec![0; length];
        let key = salt.extract(b"WebAuthn test vectors");
        let info = [self.info.as_bytes()];
        key.expand(&info, Length(length)).and_then(|okm| okm.fill(&mut bytes)).expect("short");
        bytes
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    /// clientDataJSON as the client of the vectors writes it.
    fn client_data(&mut self, kind: &str, challenge: &[u8], frame: Frame) -> Vec<u8> {
        let mut text = format!(
            r#"{{"type":"{kind}","challenge":"{}","origin":"https://example.org","crossOrigin":{}"#,
            soft::b64(challenge),
            frame != Frame::None
        );
        if frame == Frame::Top {
            text += r#","topOrigin":"https://example.com""#;
        }
        if self.byte() & 1 == 1 {
            let extra = soft::b64(&self.take(16));
            text +=
                r#","extraData":"clientDataJSON may be extended with additional fields in the future, such as this: "#;
            text += &format!("{extra}\"");
        }
        (text + "}").into_bytes()
    }
}

enum Signer {
    Es256(p256::ecdsa::SigningKey),
    EdDsa(ring::signature::Ed25519KeyPair),
    Rs256 { n: BigUint, d: BigUint },
}

impl Signer {
    fn new(kind: Kind, derive: &mut Derive) -> Self {
        match kind {
            Kind::Es256 => Self::Es256(p256::ecdsa::SigningKey::from_slice(&derive.take(32)).expect("a scalar")),
            Kind::EdDsa => {
                let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(&derive.take(32));
                Self::EdDsa(pair.expect("a seed"))
            }
            Kind::Rs256 => {
                let one = BigUint::from(1_u8);
                let mersenne = |exponent: u32| (&one << exponent) - &one;
                let (p, q) = (mersenne(1279), mersenne(2203));
                let d = BigUint::from(65_537_u32).modinv(&((&p - &one) * (&q - &one))).expect("coprime");
                Self::Rs256 { n: p * q, d }
            }
        }
    }

    fn cose(&self) -> Vec<(Cbor, Cbor)> {
        match self {
            Self::Es256(key) => soft::es256_cose(key.verifying_key().to_encoded_point(false).as_bytes()),
            Self::EdDsa(key) => soft::eddsa_cose(key.public_key().as_ref()),
            Self::Rs256 { n, .. } => soft::rs256_cose(n.to_bytes_be(), vec![1, 0, 1]),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Self::EdDsa(key) => key.sign(message).as_ref().to_vec(),
            // RFC 8017 §8.2.1.
            Self::Rs256 { n, d } => {
                let length = n.to_bytes_be().len();
                let info = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
                let digest = [&info[..], &sha256(message)].concat();
                let padded = [&[0, 1], &vec![0xff; length - digest.len() - 3][..], &[0], &digest].concat();
                let signature = BigUint::from_bytes_be(&padded).modpow(d, n).to_bytes_be();
                [vec![0; length - signature.len()], signature].concat()
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&sha256(bytes))
}

fn refusal(error: &PasskeyError) -> Refusal {
    match error {
        PasskeyError::CrossOrigin { .. } => Refusal::Frame,
        PasskeyError::UserNotVerified => Refusal::NotVerified,
        error => panic!("{error:?}"),
    }
}

#[test]
fn the_vectors_of_the_specification_verify_and_what_we_do_not_allow_is_refused() {
    let party = RelyingParty::new("example.org", "", &["https://example.org".to_owned()]).expect("a party");
    for vector in &VECTORS {
        let info = vector.info;
        let mut derive = Derive { info, next: 0 };

        // Registration, in the order of the salts.
        let challenge = derive.take(32);
        let signer = Signer::new(vector.key, &mut derive);
        let client = derive.client_data("webauthn.create", &challenge, vector.frame);
        let aaguid = derive.take(16);
        let id = derive.take(if info.ends_with("long-credential-id") { 1023 } else { 32 });
        // fido-u2f has no such bits: there the flags say only that somebody was there.
        let bits = if info.starts_with("fido-u2f") { 0 } else { derive.byte() };
        let eligible = bits & soft::BE;
        let flags = |bits: u8| soft::UP | bits & soft::UV | eligible | if eligible == 0 { 0 } else { bits & soft::BS };
        let cose = soft::cbor(&Cbor::Map(signer.cose()));
        let said = [soft::data("example.org", flags(bits) | soft::AT, 0), soft::attested(&aaguid, &id, &cose)].concat();
        assert_eq!(hex(&[&client[..], &said].concat()), vector.registration, "{info}");
        let (format, statement) = match info {
            "packed-self.ES256" => {
                let signature = signer.sign(&[&said[..], &sha256(&client)].concat());
                ("packed", soft::statement(-7, signature))
            }
            _ => ("none", Vec::new()),
        };
        let object = soft::object(format, statement, &said);
        if let Some(published) = vector.object {
            assert_eq!(hex(&object), published, "{info}");
        }
        let answer: RegistrationAnswer = serde_json::from_value(json!({
            "id": soft::b64(&id), "rawId": soft::b64(&id), "type": "public-key",
            "response": { "clientDataJSON": soft::b64(&client), "attestationObject": soft::b64(&object) },
        }))
        .expect("an answer");
        let random = challenge.try_into().expect("32 bytes");
        let (_, pending) = party.begin_registration(&user(7), &[], random, now());
        let registered = party.finish_registration(pending, &answer, false, now());
        assert_eq!(registered.as_ref().err().map(refusal), vector.verdicts[0], "{info}");

        // Sign-in.
        derive.next += vector.attestation_values;
        let challenge = derive.take(32);
        let client = derive.client_data("webauthn.get", &challenge, vector.frame);
        let said = soft::data("example.org", flags(derive.byte()), 0);
        let message = [&said[..], &sha256(&client)].concat();
        let signature = signer.sign(&message);
        assert_eq!(hex(&[&said[..], &client, &signature].concat()), vector.sign_in, "{info}");
        let passkey = registered.unwrap_or_else(|_| Passkey {
            id: CredentialId(Bytes(id.clone())),
            user: user(7).handle,
            public_key: Bytes(cose.clone()),
            counter: 0,
            backup_eligible: eligible != 0,
            backed_up: false,
            aaguid: Bytes(aaguid),
            transports: Vec::new(),
            discoverable: None,
            created_at: now(),
            used_at: None,
        });
        let answer: SignInAnswer = serde_json::from_value(json!({
            "id": soft::b64(&id), "rawId": soft::b64(&id), "type": "public-key",
            "response": {
                "clientDataJSON": soft::b64(&client), "authenticatorData": soft::b64(&said),
                "signature": soft::b64(&signature), "userHandle": soft::b64(&[7; 16]),
            },
        }))
        .expect("an answer");
        let (_, pending) = party.begin_sign_in(challenge.try_into().expect("32 bytes"), now());
        let signed_in = party.finish_sign_in(pending, &answer, &passkey, now());
        assert_eq!(signed_in.err().as_ref().map(refusal), vector.verdicts[1], "{info}");

        // The cryptography of each, also where our rules end the ceremony before it comes to that.
        let key = PublicKey::read(&cose).expect("a key");
        assert_eq!(key.verify(&message, &signature), Ok(()), "{info}");
        let mut other = message.clone();
        other[36] ^= 1;
        assert_eq!(key.verify(&other, &signature), Err(PasskeyError::Signature), "{info}");
        assert!(AuthenticatorData::read(&said).is_ok());
    }
}
