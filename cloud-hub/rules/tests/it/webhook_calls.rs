//! Calls to other systems: signed, verified, tried again.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use vyavs_rules::webhook::retry::{Attempt, Next, next};
use vyavs_rules::webhook::signature::{Headers, Rejected, Secret, TOLERANCE, sign, verify};

use crate::say::at;

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY: &[u8] = br#"{"test": 2432232314}"#;

fn secret() -> Secret {
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().expect("a secret")
}

fn then() -> Timestamp {
    Timestamp::from_second(1_614_265_330).expect("a time")
}

/// The vector of the reference libraries: libraries/go/webhook_test.go and others in
/// github.com/standard-webhooks/standard-webhooks.
#[test]
fn the_signature_is_that_of_the_specification() {
    let headers = sign(ID, then(), BODY, &[secret()]).expect("signed");
    assert_eq!(headers.id, ID);
    assert_eq!(headers.timestamp, "1614265330");
    assert_eq!(headers.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_eq!(verify(&headers, BODY, &[secret()], then(), TOLERANCE), Ok(()));
}

#[test]
fn a_call_that_is_not_ours_is_turned_away() {
    let headers = sign(ID, then(), BODY, &[secret()]).expect("signed");
    let check = |headers: &Headers, body: &[u8]| verify(headers, body, &[secret()], then(), TOLERANCE);
    assert_eq!(check(&headers, br#"{"test":2432232314}"#), Err(Rejected::Signature));
    assert_eq!(check(&Headers { id: "msg_2".into(), ..headers.clone() }, BODY), Err(Rejected::Signature));
    assert_eq!(check(&Headers { timestamp: "1614265331".into(), ..headers.clone() }, BODY), Err(Rejected::Signature));
    for signature in ["", "v1,", "v1,AAAA", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "g0hM9SsE"] {
        let headers = Headers { signature: signature.into(), ..headers.clone() };
        assert_eq!(check(&headers, BODY), Err(Rejected::Signature), "{signature}");
    }
    let stranger = Secret::new([7; 32]);
    assert_eq!(verify(&headers, BODY, &[stranger], then(), TOLERANCE), Err(Rejected::Signature));
    assert_eq!(verify(&headers, BODY, &[], then(), TOLERANCE), Err(Rejected::Signature));
}

#[test]
fn an_old_call_played_again_is_turned_away() {
    let headers = sign(ID, then(), BODY, &[secret()]).expect("signed");
    for (seconds, good) in [(300, true), (-300, true), (301, false), (-301, false)] {
        let now = then() + SignedDuration::from_secs(seconds);
        let verdict = verify(&headers, BODY, &[secret()], now, TOLERANCE);
        assert_eq!(verdict.is_ok(), good, "{seconds}: {verdict:?}");
        assert!(good || matches!(verdict, Err(Rejected::Off { .. })));
    }
    for bad in ["", "x", "1.5", "99999999999999999999", "9223372036854775807"] {
        let headers = Headers { timestamp: bad.into(), ..headers.clone() };
        assert_eq!(
            verify(&headers, BODY, &[secret()], then(), TOLERANCE),
            Err(Rejected::Timestamp(bad.chars().take(40).collect()))
        );
    }
}

#[test]
fn a_secret_changes_without_a_gap() {
    let (old, new) = (secret(), Secret::new([9; 32]));
    let headers = sign(ID, then(), BODY, &[new.clone(), old.clone()]).expect("signed");
    assert_eq!(headers.signature.split(' ').count(), 2);
    for known in [old, new] {
        assert_eq!(verify(&headers, BODY, &[known], then(), TOLERANCE), Ok(()));
    }
}

#[test]
fn a_secret_is_24_to_64_bytes_and_is_not_printed() {
    let shown = Secret::new([9; 32]);
    let again: Secret = shown.reveal().parse().expect("a secret");
    assert_eq!(again.reveal(), shown.reveal());
    assert_eq!(format!("{shown:?}"), "Secret(…)");
    let of = |bytes: usize| format!("whsec_{}", "AAAA".repeat(bytes / 3));
    for (text, good) in [
        (of(24), true),
        (of(63), true),
        (of(21), false),
        (of(66), false),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(), false),
        ("whsec_!".to_owned(), false),
        (String::new(), false),
    ] {
        assert_eq!(text.parse::<Secret>().is_ok(), good, "{text}");
    }
}

#[test]
fn an_id_that_would_shift_what_is_signed_is_refused() {
    for bad in ["", "a.b", "a b", "é", &"x".repeat(101)] {
        assert!(sign(bad, then(), BODY, &[secret()]).is_err(), "{bad}");
    }
}

fn answered(status: u16) -> Attempt {
    Attempt::Answered { status, retry_after: None }
}

#[test]
fn a_call_is_tried_ten_times_over_three_days() {
    let mut now = at(0);
    let mut waits = Vec::new();
    let mut number = 1;
    while let Next::Again { at } = next(number, answered(500), now, 0.0) {
        waits.push(at.duration_since(now).as_secs());
        (now, number) = (at, number + 1);
    }
    assert_eq!(waits, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    // The table of the specification: 75:35:05.
    assert_eq!(now.duration_since(at(0)), SignedDuration::new(75 * 3600 + 35 * 60 + 5, 0));
    assert_eq!(number, 10);
    assert_eq!(next(u32::MAX, answered(500), now, 0.0), Next::GiveUp);
}

#[test]
fn what_the_receiver_says_is_heeded() {
    for status in [200, 202, 299] {
        assert_eq!(next(1, answered(status), at(0), 0.5), Next::Delivered);
    }
    assert_eq!(next(1, answered(410), at(0), 0.5), Next::SwitchOff);
    assert_eq!(next(1, Attempt::Forbidden, at(0), 0.5), Next::GiveUp);
    // A redirect is a failure like any; it is not followed.
    for status in [301, 308, 400, 404, 500] {
        assert_eq!(next(1, answered(status), at(0), 0.0), Next::Again { at: at(5) }, "{status}");
    }
    assert_eq!(next(1, Attempt::Unanswered, at(0), 0.0), Next::Again { at: at(5) });
    for status in [429, 502, 503, 504] {
        assert_eq!(next(1, answered(status), at(0), 0.0), Next::Again { at: at(60) }, "{status}");
    }
    let asks = |seconds| Attempt::Answered { status: 503, retry_after: Some(SignedDuration::from_secs(seconds)) };
    for (asked, waits) in [(3600, 3600), (0, 60), (-5, 60), (i64::MAX, 86_400)] {
        assert_eq!(next(1, asks(asked), at(0), 0.0), Next::Again { at: at(waits) }, "{asked}");
    }
}

proptest! {
    #[test]
    fn jitter_spreads_by_a_quarter_and_never_hastens(number in 1..10_u32, jitter in any::<f64>()) {
        let plain = next(number, answered(500), at(0), 0.0);
        match (plain, next(number, answered(500), at(0), jitter)) {
            (Next::Again { at: plain }, Next::Again { at: spread }) => {
                let (least, waits) = (plain.duration_since(at(0)), spread.duration_since(at(0)));
                prop_assert!(waits >= least && waits <= least * 5 / 4, "{waits} {least}");
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn what_is_signed_is_verified(body in any::<Vec<u8>>(), key in any::<[u8; 32]>(), flip in any::<prop::sample::Index>()) {
        let key = Secret::new(key);
        let headers = sign("msg_1", at(0), &body, std::slice::from_ref(&key)).expect("signed");
        prop_assert_eq!(verify(&headers, &body, std::slice::from_ref(&key), at(10), TOLERANCE), Ok(()));
        let mut other = body.clone();
        if other.is_empty() { other.push(0) } else { let n = flip.index(other.len()); other[n] ^= 1 }
        prop_assert_eq!(verify(&headers, &other, &[key], at(10), TOLERANCE), Err(Rejected::Signature));
    }
}
