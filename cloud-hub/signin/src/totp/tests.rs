use super::*;

/// The secret of RFC 4226 Appendix D and RFC 6238 Appendix B.
const RFC: [u8; 20] = *b"12345678901234567890";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

#[test]
fn the_codes_are_those_of_rfc_4226_appendix_d() {
    let expected = [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
    for (counter, code) in expected.into_iter().enumerate() {
        assert_eq!(hotp(&RFC, counter as u64, 6), code, "counter {counter}");
    }
}

#[test]
fn the_codes_are_those_of_rfc_6238_appendix_b() {
    let expected = [
        (59, 94_287_082),
        (1_111_111_109, 7_081_804),
        (1_111_111_111, 14_050_471),
        (1_234_567_890, 89_005_924),
        (2_000_000_000, 69_279_037),
        (20_000_000_000, 65_353_130),
    ];
    for (time, code) in expected {
        assert_eq!(hotp(&RFC, time / 30, 8), code, "time {time}");
        // The six digits of an app are the last six of these eight.
        let shown = Secret::new(RFC).code(at(i64::try_from(time).expect("small"))).expect("a code");
        assert_eq!(shown, format!("{:06}", code % 1_000_000));
    }
}

#[test]
fn a_code_is_good_in_its_step_and_the_next_and_never_before() {
    let secret = Secret::new(RFC);
    let code = secret.code(at(1_800_000_000)).expect("a code");
    let step = 1_800_000_000 / 30;
    for (now, expected) in [
        (1_799_999_999, Err(TotpError::Wrong)),
        (1_800_000_000, Ok(step)),
        (1_800_000_029, Ok(step)),
        (1_800_000_030, Ok(step)),
        (1_800_000_059, Ok(step)),
        (1_800_000_060, Err(TotpError::Wrong)),
    ] {
        assert_eq!(secret.verify(None, &code, at(now)), expected, "{now}");
    }
    assert_eq!(secret.verify(None, &code, at(-1)), Err(TotpError::Clock));
}

#[test]
fn a_code_is_good_once_and_none_before_it_afterwards() {
    let secret = Secret::new(RFC);
    let (first, second) = (at(1_800_000_000), at(1_800_000_030));
    let (early, late) = (secret.code(first).expect("a code"), secret.code(second).expect("a code"));
    let step = secret.verify(None, &late, second).expect("good");
    assert_eq!(secret.verify(Some(step), &late, second), Err(TotpError::Used));
    // The step before is still within its grace, but an older code than the last is no code.
    assert_eq!(secret.verify(Some(step), &early, second), Err(TotpError::Used));
    let third = at(1_800_000_060);
    assert_eq!(secret.verify(Some(step), &secret.code(third).expect("a code"), third), Ok(step + 1));
}

#[test]
fn a_code_is_read_as_people_type_it_and_nothing_else_is_a_code() {
    let secret = Secret::new(RFC);
    let now = at(59);
    for good in ["287082", "287 082", " 287082 "] {
        assert_eq!(secret.verify(None, good, now), Ok(1), "{good}");
    }
    for bad in ["", "28708", "2870822", "28708a", "-87082", "+87082", "２８７０８２", "287\u{a0}082", "0x4616a"] {
        assert_eq!(secret.verify(None, bad, now), Err(TotpError::Malformed), "{bad}");
    }
    assert_eq!(secret.verify(None, "287083", now), Err(TotpError::Wrong));
}

#[test]
fn another_secret_does_not_take_the_code() {
    let now = at(59);
    assert_eq!(Secret::new([0; 20]).verify(None, "287082", now), Err(TotpError::Wrong));
}

#[test]
fn the_uri_escapes_what_would_change_its_meaning() {
    let secret = Secret::new(RFC);
    assert_eq!(
        secret.uri("VyavsAI & Söhne", "a+b@shop.example/?secret=x#y").expect("names"),
        "otpauth://totp/VyavsAI%20%26%20S%C3%B6hne:a%2Bb%40shop.example%2F%3Fsecret%3Dx%23y\
         ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=VyavsAI%20%26%20S%C3%B6hne&algorithm=SHA1&digits=6&period=30"
    );
    for (issuer, account, what) in
        [("a:b", "c", "the issuer"), ("a", "b:c", "the account"), ("", "c", "the issuer"), ("a", " ", "the account")]
    {
        assert_eq!(secret.uri(issuer, account), Err(NameError { what }));
    }
}

#[test]
fn a_secret_is_kept_as_base32_and_shown_nowhere() {
    let secret = Secret::new(RFC);
    let json = serde_json::to_string(&secret).expect("JSON");
    assert_eq!(json, "\"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\"");
    assert_eq!(serde_json::from_str::<Secret>(&json).expect("a secret"), secret);
    for bad in ["\"\"", "\"GEZDGNBV\"", "\"gezdgnbvgy3tqojqgezdgnbvgy3tqojq\"", "\"1\""] {
        assert!(serde_json::from_str::<Secret>(bad).is_err(), "{bad}");
    }
    assert_eq!(format!("{secret:?}"), "Secret(…)");
}
