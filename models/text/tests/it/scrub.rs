//! Personal data does not survive, and the rest does.

use proptest::prelude::*;
use vyavs_text::{Personal, scrub};

#[test]
fn what_names_a_person_is_taken_out() {
    let cases: &[(&str, &str)] = &[
        ("Mail me at anna.smith+shop@example.co.uk please", "Mail me at [email] please"),
        ("anna at gmail dot com", "[email]"),
        ("Call me on 07700 900123 tomorrow", "Call me on [phone] tomorrow"),
        ("My number: +49 (0)30 901820-45.", "My number: [phone]."),
        ("reach us at (212) 555-0187", "reach us at [phone]"),
        ("They charged 4111 1111 1111 1111 twice", "They charged [card] twice"),
        ("card 5500-0000-0000-0004!", "card [card]!"),
        ("my loyalty card no. 6312345678 was not scanned", "my loyalty card no. [loyalty] was not scanned"),
        ("Clubcard: AB 98765432", "Clubcard: [loyalty]"),
        ("I live at 12 Baker Street, London NW1 6XE.", "I live at [address]."),
        ("Lieferung nach Hauptstraße 5, 10115 Berlin kam nie", "Lieferung nach [address] kam nie"),
        ("at SW1A 1AA", "at [address]"),
        ("Dear Anna, the bread was stale", "Dear [name], the bread was stale"),
        ("Hi team, great shop", "Hi team, great shop"),
        ("Great shop.\nKind regards,\nJohn O'Neill", "Great shop.\nKind regards,\n[name]"),
        ("My name is Maria Lopez and I waited", "My name is [name] and I waited"),
        ("Mrs. Jones at the till was kind", "Mrs. [name] at the till was kind"),
        ("served by Kevin, very rude", "served by [name], very rude"),
    ];
    for (text, expected) in cases {
        assert_eq!(scrub(text).text, *expected);
    }
}

#[test]
fn what_names_nobody_stays() {
    for text in [
        "It cost 12.50 on 01.02.2024 at 10:30, 20% off",
        "We waited 25 minutes, 3 tills open out of 12",
        "Order 12345 came late. Thanks for nothing!",
        "EAN 4006381333931 out of stock",
        "The manager was great",
        "5 stars :-)",
        "",
    ] {
        let out = scrub(text);
        assert_eq!(out.text, text);
        assert!(out.removed.is_empty(), "{text}");
    }
}

#[test]
fn finds_are_counted_by_class() {
    let out = scrub("a@b.org, c@d.org; call 0151 4960 0123");
    assert_eq!(out.removed.get(&Personal::Email), Some(&2));
    assert_eq!(out.removed.get(&Personal::Phone), Some(&1));
    assert_eq!(out.removed.len(), 2);
}

fn luhn(body: &str) -> String {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            if at % 2 == 0 {
                let twice = digit * 2;
                if twice > 9 { twice - 9 } else { twice }
            } else {
                digit
            }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever stands around it, and doing it again changes nothing.
    #[test]
    fn twice_is_once(text in "(?s).{0,120}") {
        let once = scrub(&text).text;
        prop_assert_eq!(&scrub(&once).text, &once);
    }

    #[test]
    fn a_planted_address_of_mail_is_gone(user in "[a-z][a-z0-9._]{0,12}[a-z0-9]", host in "[a-z]{2,12}\\.(com|de|co\\.uk)", before in "[a-z ]{0,20}", after in "[a-z ,.]{0,20}") {
        let out = scrub(&format!("{before} {user}@{host} {after}"));
        prop_assert!(!out.text.contains(&format!("@{host}")), "{}", out.text);
        prop_assert!(out.removed.contains_key(&Personal::Email));
    }

    #[test]
    fn a_planted_card_is_gone(body in "4[0-9]{14}", gap in prop::sample::select(vec!["", " ", "-"]), before in "[a-z ]{0,20}", after in "[a-z ,.]{0,20}") {
        let number = luhn(&body);
        let spaced = [&number[..4], &number[4..8], &number[8..12], &number[12..]].join(gap);
        let out = scrub(&format!("{before} {spaced} {after}"));
        prop_assert!(!out.text.chars().any(|letter| letter.is_ascii_digit()), "{}", out.text);
    }

    #[test]
    fn a_planted_phone_is_gone(number in "\\+[1-9][0-9]{9,12}", before in "[a-z ]{0,20}", after in "[a-z ,.]{0,20}") {
        let out = scrub(&format!("{before} {number} {after}"));
        prop_assert!(!out.text.contains(&number[1..]), "{}", out.text);
    }

    #[test]
    fn a_planted_loyalty_number_is_gone(number in "[0-9]{6,12}", cue in prop::sample::select(vec!["loyalty card", "member number", "Clubcard no.", "customer id:"])) {
        let out = scrub(&format!("my {cue} {number} did not work"));
        prop_assert!(!out.text.contains(&number), "{}", out.text);
    }
}
