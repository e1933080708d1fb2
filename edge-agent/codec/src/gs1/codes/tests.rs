use proptest::prelude::*;

use super::*;
use crate::gs1::check_digit;

fn codes(rules: &[(&str, ValueKind)]) -> Result<Codes, CodesError> {
    let rule = |(pattern, kind): &(&str, ValueKind)| RuleConfig {
        pattern: (*pattern).to_owned(),
        kind: *kind,
        name: String::new(),
    };
    Codes::new(&CodesConfig { rules: rules.iter().map(rule).collect() })
}

fn in_store(code: &Code) -> (&str, String) {
    match code {
        Code::InStore { item, value, .. } => (item, value.amount.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn weights_and_prices_are_read_by_the_retailer_s_rules() {
    let codes = codes(&[
        ("21.....{NNDDD}", ValueKind::Weight),
        ("20.....V{NNDD}", ValueKind::Price),
        ("2 9 .....V{NNDD}", ValueKind::Price),
        ("02....x{NNNDD}C", ValueKind::Price),
        ("2..{NNNN}", ValueKind::Count),
    ])
    .expect("rules");
    assert_eq!(in_store(&codes.read("2112345015002")), ("12345", "1.500".to_owned()));
    let priced = codes.write("20.....V{NNDD}", "12345", Decimal::new(2875, 2)).expect("written");
    assert_eq!(&priced[7..12], "92875", "the verifier of 2875 is 9");
    assert_eq!(in_store(&codes.read(&priced)), ("12345", "28.75".to_owned()));
    let eight = codes.write("2..{NNNN}", "17", Decimal::from(12)).expect("written");
    assert_eq!((eight.len(), in_store(&codes.read(&eight))), (8, ("17", "12".to_owned())));
    // UPC-A of number system 2 is EAN-13 with 02.
    let ean = codes.write("02....x{NNNDD}C", "1234", Decimal::new(199, 2)).expect("written");
    assert_eq!(codes.read(&ean[1..]), codes.read(&ean));
    assert_eq!(codes.read("]E02112345015002"), codes.read("2112345015002"));
}

#[test]
fn a_wrong_check_digit_or_verifier_is_bad_and_what_no_rule_knows_is_left_alone() {
    let codes = codes(&[("21.....{NNDDD}", ValueKind::Weight), ("20.....V{NNDD}", ValueKind::Price)]).expect("rules");
    assert!(matches!(codes.read("2112345015003"), Code::Bad { .. }));
    let body = "201234582875";
    let wrong = format!("{body}{}", check_digit(body).expect("digits"));
    assert!(matches!(codes.read(&wrong), Code::Bad { why } if why.contains("verifier")));
    assert_eq!(codes.read("4006381333931"), Code::Gtin("04006381333931".to_owned()));
    assert_eq!(codes.read("4006381333932"), Code::Other("4006381333932".to_owned()));
    for own in ["85123A", "22423", "", "POST"] {
        assert_eq!(codes.read(own), Code::Other(own.to_owned()));
    }
    assert!(matches!(codes.read("(01)09520123456788(3103)001500"), Code::Elements(_)));
    assert!(matches!(codes.read("(01)09520123456789"), Code::Bad { .. }));
    assert_eq!(codes.read("https://example.com/about"), Code::Other("https://example.com/about".to_owned()));
}

#[test]
fn rules_that_cannot_be_told_apart_are_refused_with_an_example() {
    let error = codes(&[("21.....{NNDDD}", ValueKind::Weight), ("2.1....{NNNDD}", ValueKind::Price)]);
    // The second has no second digit, so nobody knows whose goods it reads.
    assert!(matches!(error, Err(CodesError::Pattern { .. })), "{error:?}");
    let error =
        codes(&[("21.....{NNDDD}", ValueKind::Weight), ("21.1...{NNNDD}", ValueKind::Price)]).expect_err("ambiguous");
    assert!(matches!(&error, CodesError::Ambiguous { example, .. } if example.starts_with("211")), "{error}");
    assert!(codes(&[("211....{NNDDD}", ValueKind::Weight), ("212....{NNNDD}", ValueKind::Price)]).is_ok());
    for bad in [
        "",
        "21.....",
        "21{NNDDD}",
        "21...{NNDDD}",
        "40.....{NNDDD}",
        "21.....{DDNNN}",
        "21..V..{NNNNDDD}",
        "21....{NDD}{ND}",
        "21.....{NNDDD",
    ] {
        assert!(matches!(codes(&[(bad, ValueKind::Weight)]), Err(CodesError::Pattern { .. })), "{bad}");
    }
}

#[test]
fn the_section_reads_as_toml() {
    let text = "rules = [{ pattern = \"21.....{NNDDD}\", kind = \"weight\", name = \"deli\" }]";
    let config: CodesConfig = toml::from_str(text).expect("a section");
    let codes = Codes::new(&config).expect("rules");
    assert!(matches!(codes.read("2112345015002"), Code::InStore { rule, .. } if rule == "deli"));
    assert!(toml::from_str::<CodesConfig>("rule = []").is_err());
}

fn line(sku: &str, quantity: &str, total_minor: i64) -> SaleLine {
    SaleLine {
        line_no: 3,
        sku: sku.to_owned(),
        name: "CHEESE".to_owned(),
        quantity: quantity.parse().expect("a number"),
        unit_price: Decimal::ZERO,
        discount_minor: 0,
        total_minor,
        sold_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn a_line_gets_its_item_number_and_a_weight_or_price_that_is_not_its_own_is_told() {
    let codes = codes(&[("21.....{NNDDD}", ValueKind::Weight), ("20.....V{NNDD}", ValueKind::Price)]).expect("rules");
    for quantity in ["1.500", "-1.5", "1"] {
        let mut sold = line("2112345015002", quantity, 2_985);
        assert_eq!(codes.settle(&mut sold, 2), None, "{quantity}");
        assert_eq!((sold.sku.as_str(), sold.quantity), ("12345", quantity.parse().expect("a number")));
    }
    let told = codes.settle(&mut line("2112345015002", "1.2", 2_985), 2).expect("told");
    assert!(told.contains("line 3") && told.contains("1.500 kg") && told.contains("1.2"), "{told}");
    let priced = codes.write("20.....V{NNDD}", "12345", Decimal::new(2875, 2)).expect("written");
    assert_eq!(codes.settle(&mut line(&priced, "1", 2_875), 2), None);
    assert!(codes.settle(&mut line(&priced, "1", 2_874), 2).is_some());
    let mut plain = line("85123A", "1", 100);
    assert_eq!((codes.settle(&mut plain, 2), plain.sku.as_str()), (None, "85123A"));
    assert!(codes.settle(&mut line("2112345015003", "1.5", 100), 2).is_some(), "a wrong check digit");
}

#[test]
fn an_example_of_each_rule_says_what_the_rule_is() {
    let codes = codes(&[
        ("21.....{NNDDD}", ValueKind::Weight),
        ("20.....V{NNDD}", ValueKind::Price),
        ("2..{NNNN}", ValueKind::Count),
    ])
    .expect("rules");
    let read: Vec<(String, String)> =
        codes.examples().map(|code| (codes.item(&code).expect("its own"), in_store(&codes.read(&code)).1)).collect();
    let said = |item: &str, value: &str| (item.to_owned(), value.to_owned());
    assert_eq!(read, [said("12345", "12.345"), said("12345", "12.34"), said("12", "1234")]);
    assert_eq!(codes.item("4006381333931"), None);
}

proptest! {
    #[test]
    fn what_a_rule_writes_it_reads(item in "[0-9]{5}", grams in 0_i64..100_000) {
        let codes = codes(&[("21.....{NNDDD}", ValueKind::Weight)]).expect("a rule");
        let amount = Decimal::new(grams, 3);
        let code = codes.write("21.....{NNDDD}", &item, amount).expect("written");
        match codes.read(&code) {
            Code::InStore { item: read, value, .. } => prop_assert_eq!((read, value.amount), (item, amount)),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_text_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        crate::gs1::fuzz(&bytes);
    }

    #[test]
    fn any_elements_are_survived(text in "[\u{1d}(01)(10)(3103)(17)0-9A-Z/?=&.\\\\]{0,60}", head in prop::sample::select(vec!["", "\u{1d}", "(01)", "https://a/01/", "]C1", "]e0", "]E0"])) {
        crate::gs1::fuzz(format!("{head}{text}").as_bytes());
    }
}
