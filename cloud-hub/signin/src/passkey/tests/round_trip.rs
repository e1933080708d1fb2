//! Honest ceremonies, and what the browser is asked for.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::soft::{BE, BS, Key, Soft};
use super::*;
use crate::once::Once;

fn wire(options: &impl serde::Serialize) -> Value {
    serde_json::to_value(options).expect("JSON")
}

#[test]
fn a_key_of_each_kind_registers_and_signs_in_with_and_without_a_name() {
    let party = party();
    for key in [Key::es256(), Key::eddsa(), Key::rs256()] {
        let soft = Soft::new(key, 1, 7);
        for format in ["none", "packed"] {
            let (options, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
            let answer = soft.register(&wire(&options), |draft| draft.format = format);
            let passkey = party.finish_registration(pending, &answer, false, now()).expect("registered");
            assert_eq!((&passkey.user, passkey.discoverable), (&user(7).handle, Some(true)));
            assert!(passkey.backup_eligible && passkey.backed_up);
            // What is stored survives the table.
            let passkey: Passkey = serde_json::from_value(wire(&passkey)).expect("a key");

            let (options, pending) = party.begin_sign_in([2; 32], now());
            let answer = soft.sign_in(&wire(&options), |draft| draft.flags &= !BS);
            assert_eq!(answer.credential_id(), passkey.id);
            let signed_in = party.finish_sign_in(pending, &answer, &passkey, now()).expect("signed in");
            assert_eq!(signed_in.user, user(7).handle);
            assert_eq!((signed_in.passkey.backed_up, signed_in.passkey.used_at), (false, Some(now())));

            let (options, pending) =
                party.begin_confirmation(&user(7).handle, std::slice::from_ref(&passkey), [3; 32], now());
            let answer = soft.sign_in(&wire(&options), |draft| draft.handle = None);
            party.finish_sign_in(pending, &answer, &passkey, now()).expect("confirmed");
        }
    }
}

#[test]
fn a_key_that_counts_is_held_to_its_count() {
    let party = party();
    let soft = Soft::new(Key::es256(), 1, 7);
    let (options, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
    let answer = soft.register(&wire(&options), |draft| draft.counter = 5);
    let mut passkey = party.finish_registration(pending, &answer, false, now()).expect("registered");
    for (counter, expected) in [
        (6, Ok(6)),
        (6, Err(PasskeyError::Counter { stored: 6, got: 6 })),
        (5, Err(PasskeyError::Counter { stored: 6, got: 5 })),
        (0, Err(PasskeyError::Counter { stored: 6, got: 0 })),
        (u32::MAX, Ok(u32::MAX)),
    ] {
        let (options, pending) = party.begin_sign_in([2; 32], now());
        let answer = soft.sign_in(&wire(&options), |draft| draft.counter = counter);
        let got = party.finish_sign_in(pending, &answer, &passkey, now());
        assert_eq!(got.as_ref().map(|signed_in| signed_in.passkey.counter), expected.as_ref().copied());
        if let Ok(signed_in) = got {
            passkey = signed_in.passkey;
        }
    }
}

#[test]
fn the_browser_is_asked_for_a_discoverable_key_and_a_verified_user() {
    let party = party();
    let soft = Soft::new(Key::es256(), 1, 7);
    let (options, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
    let passkey = party
        .finish_registration(pending, &soft.register(&wire(&options), |draft| draft.flags &= !BE & !BS), false, now())
        .expect("registered");
    let (options, pending) = party.begin_registration(&user(7), std::slice::from_ref(&passkey), [0xff; 32], now());
    let id = soft_id(&soft);
    assert_eq!(
        wire(&options),
        json!({
            "rp": { "id": "hub.example", "name": "VyavsAI" },
            "user": { "id": "BwcHBwcHBwcHBwcHBwcHBw", "name": "asha@shop.example", "displayName": "Asha" },
            "challenge": "__________________________________________8",
            "pubKeyCredParams": [
                { "type": "public-key", "alg": -8 },
                { "type": "public-key", "alg": -7 },
                { "type": "public-key", "alg": -257 },
            ],
            "timeout": 300_000,
            "excludeCredentials": [{ "type": "public-key", "id": id, "transports": ["hybrid", "internal"] }],
            "authenticatorSelection": {
                "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
            },
            "attestation": "none",
            "extensions": { "credProps": true },
        })
    );
    assert_eq!(pending.challenge(), "__________________________________________8");
    let (options, _) = party.begin_sign_in([0xff; 32], now());
    assert_eq!(
        wire(&options),
        json!({
            "challenge": "__________________________________________8",
            "timeout": 300_000,
            "rpId": "hub.example",
            "allowCredentials": [],
            "userVerification": "required",
        })
    );
    let (options, _) = party.begin_confirmation(&user(7).handle, &[passkey], [0xff; 32], now());
    assert_eq!(wire(&options)["allowCredentials"][0]["id"], id);
}

fn soft_id(soft: &Soft) -> String {
    super::soft::b64(&soft.id)
}

#[test]
fn a_challenge_is_good_once_and_for_five_minutes() {
    let party = party();
    let soft = Soft::new(Key::es256(), 1, 7);
    let (options, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
    let passkey =
        party.finish_registration(pending, &soft.register(&wire(&options), |_| {}), false, now()).expect("registered");

    let mut ceremonies = Once::new(100);
    let (options, pending) = party.begin_sign_in([2; 32], now());
    ceremonies.put(&pending.challenge(), pending.clone(), pending.expires_at(), now());
    let answer = soft.sign_in(&wire(&options), |_| {});
    let challenge = answer.challenge().expect("readable");
    let taken = ceremonies.take(&challenge, now()).expect("pending");
    party.finish_sign_in(taken, &answer, &passkey, now()).expect("signed in");
    // The same answer once more, stolen from a log.
    assert_eq!(ceremonies.take(&challenge, now()), None);

    let late = now() + SignedDuration::from_mins(5);
    let expired = Err(PasskeyError::Expired(late));
    assert_eq!(party.finish_sign_in(pending.clone(), &answer, &passkey, late).map(|_| ()), expired);
    let just = late - SignedDuration::from_secs(1);
    assert!(party.finish_sign_in(pending, &answer, &passkey, just).is_ok());
    let (options, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
    let answer = soft.register(&wire(&options), |_| {});
    assert_eq!(party.finish_registration(pending, &answer, false, late).map(|_| ()), expired);
}

#[test]
fn a_pending_ceremony_survives_the_table() {
    let party = party();
    let (_, pending) = party.begin_registration(&user(7), &[], [1; 32], now());
    assert_eq!(serde_json::from_value::<PendingRegistration>(wire(&pending)).expect("pending"), pending);
    let (_, pending) = party.begin_sign_in([1; 32], now());
    assert_eq!(serde_json::from_value::<PendingSignIn>(wire(&pending)).expect("pending"), pending);
}

#[test]
fn only_origins_that_browsers_accept_for_the_domain_are_taken() {
    let new = |id: &str, origin: &str| RelyingParty::new(id, "VyavsAI", &[origin.to_owned()]).map(|_| ());
    for (id, origin) in [
        ("hub.example", "https://hub.example"),
        ("hub.example", "https://eu.hub.example:8443"),
        ("localhost", "http://localhost:8080"),
        ("localhost", "https://localhost"),
    ] {
        assert_eq!(new(id, origin), Ok(()), "{id} {origin}");
    }
    for id in ["", "Hub.example", "127.0.0.1", "hub.example.", "https://hub.example", "[::1]", "hub.example:443"] {
        assert_eq!(new(id, "https://hub.example"), Err(RelyingPartyError::Id(id.to_owned())), "{id}");
    }
    for origin in [
        "http://hub.example",
        "https://hub.example/",
        "https://HUB.example",
        "https://hub.example:443",
        "https://a@hub.example",
        "hub.example",
        "null",
        "android:apk-key-hash:x",
    ] {
        assert_eq!(new("hub.example", origin), Err(RelyingPartyError::Origin(origin.to_owned())), "{origin}");
    }
    for origin in ["https://other.example", "https://nothub.example", "https://hub.example.evil.example"] {
        assert!(matches!(new("hub.example", origin), Err(RelyingPartyError::Elsewhere { .. })), "{origin}");
    }
    assert_eq!(RelyingParty::new("hub.example", "VyavsAI", &[]), Err(RelyingPartyError::NoOrigin));
}
