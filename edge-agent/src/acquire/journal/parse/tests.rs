use jiff::civil::time;
use proptest::prelude::*;

use super::*;

fn read(line: &[u8]) -> Result<Entry, Refusal> {
    let terminal = "till-1".parse().expect("a name");
    let time = StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone");
    parse(line, Source { terminal: &terminal, time: &time, currency: "GBP".parse().expect("a currency") })
}

fn receipt_of(line: &str) -> Receipt {
    match read(line.as_bytes()).expect("a good line") {
        Entry::Receipt(receipt) => receipt,
        other => panic!("not a receipt: {other:?}"),
    }
}

fn refused(line: &str) -> (Option<String>, String) {
    let refusal = read(line.as_bytes()).expect_err("a bad line");
    (refusal.ack, refusal.reason)
}

const WHOLE: &str = r#"{"type":"receipt","number":"536365","kind":"sale","business_day":"2010-12-01","at":"2010-12-01T08:26:00",
"currency":"GBP","total":"17.85","tax":"0.00","discount":"0.00","operator":"7","customer":"17850",
"tenders":[{"kind":"card","amount":"17.85"}],"lines":[
{"sku":"85123A","name":"WHITE HANGING HEART T-LIGHT HOLDER","quantity":"6","unit_price":"2.55","discount":"0.00","total":"15.30","at":"2010-12-01T08:26:00"},
{"sku":"71053","name":"","quantity":1,"unit_price":2.55,"at":"2010-12-01 08:27:00"}]}"#;

fn with_line(line: &str, total: &str) -> String {
    format!(
        r#"{{"type":"receipt","number":"1","kind":"sale","at":"2011-07-01T12:00:00","total":"{total}","lines":[{line}]}}"#
    )
}

#[test]
fn a_whole_receipt_is_read_exactly() {
    let receipt = receipt_of(WHOLE);
    assert_eq!(receipt.key.number, "536365");
    assert_eq!(receipt.lines.len(), 2);
    assert_eq!((receipt.lines[0].line_no, receipt.lines[1].line_no), (1, 2));
    assert_eq!(receipt.lines[1].total_minor, 255);
    assert_eq!(receipt.lines[1].unit_price.to_string(), "2.55");
    assert_ne!(receipt.lines[0].sold_at, receipt.lines[1].sold_at);
    assert_eq!(receipt.tenders, [Tender { kind: TenderKind::Card, amount_minor: 1785 }]);
    assert_eq!(receipt.customer.as_deref(), Some("17850"));
}

#[test]
fn what_may_be_left_out_has_its_meaning() {
    let receipt = receipt_of(&with_line(r#"{"sku":"M","quantity":"1000","unit_price":"0.001","line_no":7}"#, "1.00"));
    assert_eq!(receipt.key.business_day.to_string(), "2011-07-01");
    assert_eq!(receipt.closed_at.to_string(), "2011-07-01T11:00:00Z", "a local time is the store's");
    assert_eq!(receipt.currency.as_str(), "GBP");
    assert_eq!(receipt.lines[0].line_no, 7);
    assert_eq!(receipt.lines[0].unit_price.to_string(), "0.001", "the scale is kept");
    assert_eq!(receipt.lines[0].sold_at, receipt.closed_at);
    let late = WHOLE.replace(r#""business_day":"2010-12-01","#, "").replace("T08:26", "T02:26");
    assert_eq!(receipt_of(&late).key.business_day.to_string(), "2010-11-30", "the day ends at 04:00");
}

#[test]
fn a_line_total_is_rounded_once_and_away_from_zero() {
    for (quantity, price, discount, total) in [
        ("1", "0.005", "0", "0.01"),
        ("-1", "0.005", "0", "-0.01"),
        ("3", "0.335", "0.01", "1.00"),
        ("1", "-11062.06", "0", "-11062.06"),
        ("-9600", "0", "0", "0"),
    ] {
        let line = format!(r#"{{"sku":"X","quantity":"{quantity}","unit_price":"{price}","discount":"{discount}"}}"#);
        // The exact value (0.995 for the third) must not have been rounded twice: the receipt balances to the cent.
        let receipt = receipt_of(&with_line(&line, total));
        let want = to_minor(total.parse().expect("a decimal"), receipt.currency).expect("small");
        assert_eq!(receipt.lines[0].total_minor, want, "{quantity} x {price} - {discount}");
    }
}

#[test]
fn an_error_names_line_field_and_what_was_expected() {
    let line = |fields: &str| with_line(&format!(r#"{{"sku":"A","quantity":"1","unit_price":"1"}},{fields}"#), "1.00");
    for (bad, want) in [
        (line(r#"{"sku":"A","quantity":"x","unit_price":"1"}"#), r#"line 2: quantity "x" is not a decimal"#),
        (line(r#"{"sku":"A","quantity":true,"unit_price":"1"}"#), "line 2: quantity \"true\" is not a decimal"),
        (line(r#"{"sku":"A","unit_price":"1"}"#), "line 2: quantity is missing"),
        (line(r#"{"quantity":"1","unit_price":"1"}"#), "line 2: sku is missing"),
        (
            line(r#"{"sku":"A","quantity":"1","unit_price":"1","total":"1.005"}"#),
            "line 2: total \"1.005\" has more than",
        ),
        (line(r#"{"sku":"A","quantity":"1","unit_price":"1","line_no":0}"#), "line 2: line_no is not a whole number"),
        (line(r#"{"sku":"A","quantity":"1","unit_price":"1","line_no":1}"#), "line 2: line_no 1 stands twice"),
        (
            line(r#"{"sku":"A","quantity":"1","unit_price":"1","at":"yesterday"}"#),
            "line 2: at \"yesterday\" is neither",
        ),
        (line("7"), "line 2: is not a JSON object"),
        (line(r#"{"sku":"A","quantity":"9e27","unit_price":"9e27"}"#), "line 2: quantity x unit_price is beyond"),
        (WHOLE.replace("\"sale\"", "\"gift\""), "kind \"gift\" is not sale"),
        (WHOLE.replace("2010-12-01\",\"at", "1 Dec\",\"at"), "business_day \"1 Dec\" is not a date"),
        (WHOLE.replace("\"GBP\"", "\"pounds\""), "currency \"pounds\" is not an ISO 4217"),
        (WHOLE.replace("\"17.85\",\"tax\"", "\"18.85\",\"tax\""), "is not the total 1885"),
        (WHOLE.replace("\"amount\":\"17.85\"", "\"amount\":[]"), "tender 1: amount \"[]\" is not a decimal"),
        (WHOLE.replace("\"operator\":\"7\"", "\"operator\":\"7\\u0000\""), "operator"),
        (WHOLE.replace("\"name\":\"\"", "\"name\":\"a\\u0000b\""), "line 2: name has a NUL"),
        (WHOLE.replace("\"currency\":\"GBP\"", "\"lines\":[]"), "lines stands twice"),
    ] {
        let (ack, reason) = refused(&bad);
        assert!(reason.contains(want), "{reason:?} does not say {want:?}");
        assert!(ack.is_some(), "the number could be read: {reason}");
    }
}

#[test]
fn what_names_no_receipt_is_refused_without_an_acknowledgement() {
    for (bad, want) in [
        ("hello", "not JSON"),
        ("[1,2]", "not JSON: invalid type: sequence, expected a JSON object"),
        ("{\"type\":\"receipt\"", "not JSON: EOF"),
        ("{}", "type is missing"),
        ("{\"type\":\"refund\"}", "type \"refund\" is not receipt, no_sale, sign_on, sign_off or line_void"),
        ("{\"type\":\"receipt\"}", "number is missing"),
        ("{\"type\":\"receipt\",\"number\":{}}", "number \"{}\" is not a text"),
        ("{\"type\":\"no_sale\",\"at\":\"2011-07-01T12:00:00\"}", "id is missing"),
    ] {
        let (ack, reason) = refused(bad);
        assert_eq!(ack, None);
        assert!(reason.contains(want), "{reason:?} does not say {want:?}");
    }
    assert!(read(b"{\"type\":\"rec\xff\"}").expect_err("latin-1").reason.contains("not UTF-8: byte 13"));
}

#[test]
fn deep_json_is_refused_and_costs_no_stack() {
    for open in ["[", "{\"a\":"] {
        let bare = open.repeat(60_000);
        assert!(read(bare.as_bytes()).is_err());
        let inside = format!("{{\"type\":\"receipt\",\"number\":\"1\",\"lines\":{bare}");
        assert!(read(inside.as_bytes()).is_err());
    }
    let closed = format!("{}{}", "[".repeat(60_000), "]".repeat(60_000));
    let (ack, _) = refused(&format!(
        "{{\"type\":\"receipt\",\"number\":\"1\",\"kind\":\"sale\",\"at\":\"2011-07-01T12:00:00\",\"lines\":{closed}}}"
    ));
    assert_eq!(ack.as_deref(), Some("1"));
}

#[test]
fn an_error_quotes_no_card_number() {
    let pan = "4111 1111 1111 1111";
    for bad in [
        WHOLE.replace("\"6\"", &format!("\"{pan}\"")),
        WHOLE.replace("\"sale\"", &format!("\"{}{pan}\"", "x".repeat(30))),
        WHOLE.replace("\"GBP\"", "\"4111111111111111\""),
    ] {
        let (_, reason) = refused(&bad);
        assert!(!reason.contains("4111"), "{reason}");
    }
}

#[test]
fn the_drawer_without_a_sale_is_an_event() {
    let entry = read(br#"{"type":"no_sale","id":"ns-17","at":"2011-01-04T09:30:00"}"#).expect("an event");
    let kind = TillEventKind::NoSale { id: Some("ns-17".to_owned()) };
    assert_eq!(
        entry,
        Entry::Event { id: "ns-17".to_owned(), at: "2011-01-04T09:30:00Z".parse().expect("a time"), kind }
    );
    assert_eq!(refused(r#"{"type":"no_sale","id":"ns-17"}"#), (Some("ns-17".to_owned()), "at is missing".to_owned()));
}

const VOID: &str = r#"{"type":"line_void","id":"lv-1","receipt":"536365","line_no":3,"sku":"85123A",
"name":"T-LIGHT HOLDER","amount":"2.55","operator":"7","at":"2010-12-01T08:26:00"}"#;

#[test]
fn cashiers_and_lines_taken_off_are_events() {
    let kind = |line: &str| match read(line.as_bytes()).expect("an event") {
        Entry::Event { kind, .. } => kind,
        Entry::Receipt(receipt) => panic!("not an event: {receipt:?}"),
    };
    let operator = || "7".to_owned();
    let on = r#"{"type":"sign_on","id":"e-1","operator":7,"at":"2010-12-01T08:00:00"}"#;
    assert_eq!(kind(on), TillEventKind::SignOn { operator: operator() });
    assert_eq!(kind(&on.replace("sign_on", "sign_off")), TillEventKind::SignOff { operator: operator() });
    let voided = |name: &str, operator: Option<String>| TillEventKind::LineVoided {
        receipt: "536365".to_owned(),
        line_no: 3,
        sku: "85123A".to_owned(),
        name: name.to_owned(),
        amount_minor: 255,
        operator,
    };
    assert_eq!(kind(VOID), voided("T-LIGHT HOLDER", Some(operator())));
    let bare = VOID.replace("\"name\":\"T-LIGHT HOLDER\",", "").replace("\"operator\":\"7\",", "");
    assert_eq!(kind(&bare), voided("", None));
}

#[test]
fn an_event_that_is_incomplete_is_put_aside_and_says_why() {
    for (bad, want) in [
        (VOID.replace("\"line_no\":3,", ""), "line_no is missing"),
        (VOID.replace("\"line_no\":3", "\"line_no\":0"), "line_no is not a whole number from 1"),
        (VOID.replace("\"2.55\"", "\"2.555\""), "amount \"2.555\" has more than the 2 digits"),
        (VOID.replace("\"receipt\":\"536365\",", ""), "receipt is missing"),
        (VOID.replace("\"sku\":\"85123A\",", ""), "sku is missing"),
        (r#"{"type":"sign_on","id":"lv-1","at":"2010-12-01T08:00:00"}"#.to_owned(), "operator is missing"),
        (r#"{"type":"sign_off","id":"lv-1","operator":"7"}"#.to_owned(), "at is missing"),
    ] {
        let (ack, reason) = refused(&bad);
        assert_eq!(ack.as_deref(), Some("lv-1"), "{reason}");
        assert!(reason.contains(want), "{reason:?} does not say {want:?}");
    }
    assert_eq!(refused(r#"{"type":"sign_on","operator":"7","at":"2010-12-01T08:00:00"}"#).0, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever bytes arrive, the parser answers; what it accepts balances.
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&bytes);
    }

    /// A good receipt with bytes changed, cut out or put in: accepted only if it still balances.
    #[test]
    fn a_damaged_receipt_never_panics(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..12),
    ) {
        let mut bytes = WHOLE.as_bytes().to_vec();
        for (at, byte, what) in edits {
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
        }
        if let Ok(Entry::Receipt(receipt)) = read(&bytes) {
            prop_assert!(receipt.balance().is_ok());
            prop_assert!(receipt.lines.iter().all(|line| line.line_no > 0));
        }
    }

    /// Any digits a till may write come back as they were.
    #[test]
    fn a_price_keeps_value_and_scale(mantissa in -9_999_999_i64..9_999_999, scale in 0_u32..6) {
        let price = Decimal::new(mantissa, scale);
        let line = format!(r#"{{"sku":"A","quantity":"0","unit_price":{price}}}"#);
        let receipt = receipt_of(&with_line(&line, "0"));
        prop_assert_eq!(receipt.lines[0].unit_price.to_string(), if mantissa == 0 { Decimal::new(0, scale).to_string() } else { price.to_string() });
    }
}
