//! Everything a page, a browser or a key could say that is not so; each refused for its own reason.

use ciborium::Value as Cbor;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::soft::{AT, BE, BS, ED, Key, Registering, SigningIn, Soft, UP, UV, int, statement};
use super::*;

fn wire(options: &impl serde::Serialize) -> Value {
    serde_json::to_value(options).expect("JSON")
}

fn malformed(what: &'static str) -> impl Fn(&PasskeyError) -> bool {
    move |error| matches!(error, PasskeyError::Malformed { what: got, .. } if *got == what)
}

fn is(expected: PasskeyError) -> impl Fn(&PasskeyError) -> bool {
    move |error| *error == expected
}

fn key(error: &PasskeyError) -> bool {
    matches!(error, PasskeyError::Key(_))
}

type Case<D> = (&'static str, Box<dyn FnOnce(&mut D)>, Box<dyn Fn(&PasskeyError) -> bool>);

fn adding(
    name: &'static str,
    change: impl FnOnce(&mut Registering) + 'static,
    expected: impl Fn(&PasskeyError) -> bool + 'static,
) -> Case<Registering> {
    (name, Box::new(change), Box::new(expected))
}

fn entering(
    name: &'static str,
    change: impl FnOnce(&mut SigningIn) + 'static,
    expected: impl Fn(&PasskeyError) -> bool + 'static,
) -> Case<SigningIn> {
    (name, Box::new(change), Box::new(expected))
}

/// Sets the value of a label of a COSE key.
fn set(cose: &mut [(Cbor, Cbor)], label: i64, value: Cbor) {
    cose.iter_mut().find(|(known, _)| *known == int(label)).expect("there").1 = value;
}

fn registrations() -> Vec<Case<Registering>> {
    let offered = |alg| move |draft: &mut Registering| set(&mut draft.cose, 3, int(alg));
    vec![
        adding(
            "a sign-in's client data",
            |d| d.client["type"] = json!("webauthn.get"),
            |error| *error == PasskeyError::Type { got: "webauthn.get".to_owned(), expected: "webauthn.create" },
        ),
        adding(
            "a payment's client data",
            |d| d.client["type"] = json!("payment.get"),
            |error| matches!(error, PasskeyError::Type { .. }),
        ),
        adding("another challenge", |d| d.client["challenge"] = json!("A".repeat(43)), is(PasskeyError::Challenge)),
        adding(
            "a padded challenge",
            |d| d.client["challenge"] = json!(format!("{}=", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE")),
            is(PasskeyError::Challenge),
        ),
        adding(
            "a phisher's page",
            |d| d.client["origin"] = json!("https://hub.exarnple"),
            is(PasskeyError::Origin("https://hub.exarnple".to_owned())),
        ),
        adding(
            "another port",
            |d| d.client["origin"] = json!("https://hub.example:444"),
            |error| matches!(error, PasskeyError::Origin(_)),
        ),
        adding(
            "no TLS",
            |d| d.client["origin"] = json!("http://hub.example"),
            |error| matches!(error, PasskeyError::Origin(_)),
        ),
        adding(
            "a name below",
            |d| d.client["origin"] = json!("https://evil.hub.example"),
            |error| matches!(error, PasskeyError::Origin(_)),
        ),
        adding(
            "a frame elsewhere",
            |d| d.client["crossOrigin"] = json!(true),
            is(PasskeyError::CrossOrigin { top: None }),
        ),
        adding(
            "a frame in a named page",
            |d| d.client["topOrigin"] = json!("https://evil.example"),
            is(PasskeyError::CrossOrigin { top: Some("https://evil.example".to_owned()) }),
        ),
        adding(
            "two types",
            |d| {
                let text = d.client.to_string();
                d.client_text = Some(text.replacen('{', "{\"type\":\"webauthn.get\",", 1));
            },
            malformed("clientDataJSON"),
        ),
        adding(
            "no origin",
            |d| {
                d.client.as_object_mut().expect("an object").remove("origin");
            },
            malformed("clientDataJSON"),
        ),
        adding(
            "a byte order mark",
            |d| d.client_text = Some(format!("\u{feff}{}", d.client)),
            malformed("clientDataJSON"),
        ),
        adding(
            "client data with a tail",
            |d| d.client_text = Some(format!("{}{{}}", d.client)),
            malformed("clientDataJSON"),
        ),
        adding("too much client data", |d| d.client["pad"] = json!("x".repeat(70_000)), malformed("clientDataJSON")),
        adding("another relying party", |d| d.rp_id = "evil.example".to_owned(), is(PasskeyError::RelyingPartyId)),
        adding("nobody there", |d| d.flags &= !UP, is(PasskeyError::UserNotPresent)),
        adding("nobody verified", |d| d.flags &= !UV, is(PasskeyError::UserNotVerified)),
        adding("backed up, never eligible", |d| d.flags &= !BE, is(PasskeyError::BackupState)),
        adding("no key", |d| d.flags &= !AT, malformed("authenticatorData")),
        adding("bytes behind the key", |d| d.data_tail = vec![0], malformed("authenticatorData")),
        adding(
            "extensions that are none",
            |d| {
                d.flags |= ED;
                d.data_tail = vec![0x01];
            },
            malformed("authenticatorData"),
        ),
        adding("extensions announced and absent", |d| d.flags |= ED, malformed("authenticatorData")),
        adding(
            "bytes behind the extensions",
            |d| {
                d.flags |= ED;
                d.data_tail = vec![0xa0, 0xa0];
            },
            malformed("authenticatorData"),
        ),
        adding("extensions never announced", |d| d.data_tail = vec![0xa0], malformed("authenticatorData")),
        adding("a truncated key", |d| d.cut = 1, malformed("authenticatorData")),
        adding("an empty id", |d| d.id = Vec::new(), malformed("authenticatorData")),
        adding("an id that is too long", |d| d.id = vec![1; 1024], malformed("authenticatorData")),
        adding("bytes behind the attestation object", |d| d.object_tail = vec![0xa0], malformed("attestationObject")),
        adding("an outer id of another", |d| d.outer_id = vec![9; 32], is(PasskeyError::CredentialMismatch)),
        adding("another type of credential", |d| d.kind = "password", malformed("type")),
        adding("ES384", offered(-35), is(PasskeyError::Algorithm(-35))),
        adding("ES512", offered(-36), is(PasskeyError::Algorithm(-36))),
        adding("Ed448", offered(-53), is(PasskeyError::Algorithm(-53))),
        adding("RS1", offered(-65535), is(PasskeyError::Algorithm(-65535))),
        adding("HMAC as a public key", offered(5), is(PasskeyError::Algorithm(5))),
        adding("EdDSA on an EC2 key", offered(-8), key),
        adding("RS256 on an EC2 key", offered(-257), key),
        adding("an OKP key for ES256", |d| set(&mut d.cose, 1, int(1)), key),
        adding("a symmetric key for ES256", |d| set(&mut d.cose, 1, int(4)), key),
        adding("P-384 for ES256", |d| set(&mut d.cose, -1, int(2)), key),
        adding("a compressed point", |d| set(&mut d.cose, -3, Cbor::Bool(true)), key),
        adding("a short coordinate", |d| set(&mut d.cose, -2, Cbor::Bytes(vec![1; 31])), key),
        adding(
            "no algorithm",
            |d| {
                d.cose.remove(1);
            },
            key,
        ),
        adding("a label twice", |d| d.cose.push((int(3), int(-8))), key),
        adding("a label as text", |d| d.cose.push((Cbor::Text("kid".to_owned()), int(1))), key),
        adding("the private key too", |d| d.cose.push((int(-4), Cbor::Bytes(vec![1; 32]))), key),
        adding(
            "an attestation nobody asked for",
            |d| d.format = "fido-u2f",
            is(PasskeyError::AttestationFormat("fido-u2f".to_owned())),
        ),
        adding("a statement in `none`", |d| d.statement = Some(statement(-7, vec![1])), is(PasskeyError::Attestation)),
        adding(
            "a self-attestation by nobody",
            |d| {
                d.format = "packed";
                d.statement = Some(statement(-7, vec![0x30, 0x06, 2, 1, 1, 2, 1, 1]));
            },
            is(PasskeyError::Attestation),
        ),
        adding(
            "a self-attestation that holds, under another algorithm's name",
            |d| {
                d.format = "packed";
                d.states = -257;
            },
            is(PasskeyError::Attestation),
        ),
        adding(
            "a self-attestation with a chain",
            |d| {
                d.format = "packed";
                let mut chain = statement(-7, vec![1]);
                chain.push((Cbor::Text("x5c".to_owned()), Cbor::Array(vec![])));
                d.statement = Some(chain);
            },
            is(PasskeyError::AttestationFormat("packed".to_owned())),
        ),
    ]
}

#[test]
fn every_lie_at_a_registration_is_refused_for_its_own_reason() {
    let (party, soft) = (party(), Soft::new(Key::es256(), 1, 7));
    let cases = registrations();
    assert!(cases.len() >= 50);
    for (name, change, expected) in cases {
        let (options, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
        let answer = soft.register(&wire(&options), change);
        let error = party.finish_registration(pending, &answer, false, now()).expect_err(name);
        assert!(expected(&error), "{name}: {error:?}");
    }
}

#[test]
fn rsa_keys_that_are_too_short_or_oddly_written_are_refused() {
    let (party, soft) = (party(), Soft::new(Key::rs256(), 1, 7));
    for (label, value) in [
        (-1, vec![0xff; 128]),
        (-1, [&[0], &[0xff; 256][..]].concat()),
        (-1, vec![0xff; 1025]),
        (-1, vec![]),
        (-2, vec![]),
        (-2, vec![0, 1, 0, 1]),
        (-2, vec![1; 5]),
    ] {
        let (options, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
        let answer = soft.register(&wire(&options), |draft| set(&mut draft.cose, label, Cbor::Bytes(value.clone())));
        let error = party.finish_registration(pending, &answer, false, now()).expect_err("refused");
        assert!(key(&error), "{label} {value:?}: {error:?}");
    }
}

#[test]
fn a_key_is_registered_once() {
    let (party, soft) = (party(), Soft::new(Key::es256(), 1, 7));
    let (options, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
    let answer = soft.register(&wire(&options), |_| {});
    let taken = party.finish_registration(pending.clone(), &answer, true, now());
    assert_eq!(taken, Err(PasskeyError::AlreadyRegistered));
    let passkey = party.finish_registration(pending, &answer, false, now()).expect("registered");
    let (options, pending) = party.begin_registration(&user(7), &[passkey], [2; 32], now());
    let again = party.finish_registration(pending, &soft.register(&wire(&options), |_| {}), false, now());
    assert_eq!(again, Err(PasskeyError::AlreadyRegistered));
}

fn sign_ins() -> Vec<Case<SigningIn>> {
    vec![
        entering(
            "a registration's client data",
            |d| d.client["type"] = json!("webauthn.create"),
            |error| *error == PasskeyError::Type { got: "webauthn.create".to_owned(), expected: "webauthn.get" },
        ),
        entering("another challenge", |d| d.client["challenge"] = json!("A".repeat(43)), is(PasskeyError::Challenge)),
        entering("an empty challenge", |d| d.client["challenge"] = json!(""), is(PasskeyError::Challenge)),
        entering(
            "a phisher's page",
            |d| d.client["origin"] = json!("https://evil.example"),
            is(PasskeyError::Origin("https://evil.example".to_owned())),
        ),
        entering(
            "our name in theirs",
            |d| d.client["origin"] = json!("https://hub.example.evil.example"),
            |error| matches!(error, PasskeyError::Origin(_)),
        ),
        entering(
            "a frame elsewhere",
            |d| d.client["crossOrigin"] = json!(true),
            is(PasskeyError::CrossOrigin { top: None }),
        ),
        entering(
            "a frame that says it is none",
            |d| d.client["topOrigin"] = json!("https://hub.example"),
            |error| matches!(error, PasskeyError::CrossOrigin { .. }),
        ),
        entering("another relying party", |d| d.rp_id = "evil.example".to_owned(), is(PasskeyError::RelyingPartyId)),
        entering("nobody there", |d| d.flags &= !UP, is(PasskeyError::UserNotPresent)),
        entering("nobody verified", |d| d.flags &= !UV, is(PasskeyError::UserNotVerified)),
        entering(
            "no longer eligible for backup",
            |d| d.flags &= !(BE | BS),
            is(PasskeyError::BackupEligibility { then: true, now: false }),
        ),
        entering("backed up and not eligible", |d| d.flags &= !BE, is(PasskeyError::BackupState)),
        entering("truncated data", |d| d.cut = 1, malformed("authenticatorData")),
        entering("no data", |d| d.cut = 37, malformed("authenticatorData")),
        entering("data with a tail", |d| d.data_tail = vec![0], malformed("authenticatorData")),
        entering("a key announced and absent", |d| d.flags |= AT, malformed("authenticatorData")),
        entering("another's id", |d| d.id = vec![9; 32], is(PasskeyError::OtherCredential)),
        entering("another's handle", |d| d.handle = Some(vec![8; 16]), is(PasskeyError::OtherUser)),
        entering("no handle", |d| d.handle = None, is(PasskeyError::NoUserHandle)),
        entering("another type of credential", |d| d.kind = "federated", malformed("type")),
        entering("a flipped signature", |d| d.spoil = |signature| signature[20] ^= 1, is(PasskeyError::Signature)),
        entering("no signature", |d| d.spoil = Vec::clear, is(PasskeyError::Signature)),
        entering("a signature with a tail", |d| d.spoil = |signature| signature.push(0), is(PasskeyError::Signature)),
        entering(
            "the null signature",
            |d| d.spoil = |signature| *signature = vec![0x30, 6, 2, 1, 0, 2, 1, 0],
            is(PasskeyError::Signature),
        ),
    ]
}

#[test]
fn every_lie_at_a_sign_in_is_refused_for_its_own_reason() {
    let (party, soft) = (party(), Soft::new(Key::es256(), 1, 7));
    let (options, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
    let answer = soft.register(&wire(&options), |_| {});
    let passkey = party.finish_registration(pending, &answer, false, now()).expect("registered");
    let cases = sign_ins();
    assert!(cases.len() >= 15);
    for (name, change, expected) in cases {
        let (options, pending) = party.begin_sign_in([2; 32], now());
        let answer = soft.sign_in(&wire(&options), change);
        let error = party.finish_sign_in(pending, &answer, &passkey, now()).expect_err(name);
        assert!(expected(&error), "{name}: {error:?}");
    }
}

#[test]
fn nobody_signs_in_with_the_key_of_another() {
    let party = party();
    let register = |soft: &Soft, byte| {
        let (options, pending) = party.begin_registration(&user(byte), &[], [1; 32], now());
        party.finish_registration(pending, &soft.register(&wire(&options), |_| {}), false, now()).expect("registered")
    };
    let (asha, ben) = (Soft::new(Key::es256(), 1, 7), Soft::new(Key::es256(), 2, 8));
    let (of_asha, of_ben) = (register(&asha, 7), register(&ben, 8));

    // Ben's key, where one of Asha's was asked for.
    let (options, pending) = party.begin_confirmation(&of_asha.user, std::slice::from_ref(&of_asha), [2; 32], now());
    let answer = ben.sign_in(&wire(&options), |_| {});
    assert_eq!(party.finish_sign_in(pending.clone(), &answer, &of_ben, now()), Err(PasskeyError::NotAllowed));
    // Ben's key under the name of Asha's.
    let answer = ben.sign_in(&wire(&options), |draft| {
        (draft.id, draft.handle) = (of_asha.id.0.to_vec(), Some(vec![7; 16]));
    });
    assert_eq!(party.finish_sign_in(pending, &answer, &of_asha, now()), Err(PasskeyError::Signature));
    // A key that was handed over to another person in between.
    let (options, pending) = party.begin_confirmation(&of_asha.user, std::slice::from_ref(&of_ben), [2; 32], now());
    let answer = ben.sign_in(&wire(&options), |_| {});
    assert_eq!(party.finish_sign_in(pending, &answer, &of_ben, now()), Err(PasskeyError::OtherUser));
}

proptest! {
    /// Bytes that come from anywhere: an error, never a panic, never a key.
    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let soft = Soft::new(Key::es256(), 1, 7);
        let (options, pending) = party().begin_registration(&user(7), &[], [1; 32], now());
        let mut answer = soft.register(&wire(&options), |_| {});
        answer.response.object = Bytes(bytes);
        prop_assert!(party().finish_registration(pending, &answer, false, now()).is_err());
    }

    /// One changed byte of what the key said: no sign-in.
    #[test]
    fn any_changed_byte_is_refused(at in 0usize..37, to: u8) {
        let soft = Soft::new(Key::eddsa(), 1, 7);
        let (options, pending) = party().begin_registration(&user(7), &[], [1; 32], now());
        let passkey = party().finish_registration(pending, &soft.register(&wire(&options), |_| {}), false, now())?;
        let (options, pending) = party().begin_sign_in([2; 32], now());
        let mut answer = soft.sign_in(&wire(&options), |_| {});
        let same = answer.response.authenticator_data[at] == to;
        answer.response.authenticator_data.0[at] = to;
        prop_assert_eq!(party().finish_sign_in(pending, &answer, &passkey, now()).is_ok(), same);
    }
}
