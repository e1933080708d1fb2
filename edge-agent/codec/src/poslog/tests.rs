use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;

use jiff::civil::time;
use proptest::prelude::*;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::sale::{Receipt, ReceiptKind, TenderKind};
use vyavs_domain::time::StoreTime;

use super::*;
use crate::tillfile::Terminals;

struct Shop {
    terminals: Terminals,
    time: StoreTime,
}

impl Shop {
    fn new() -> Self {
        let named = BTreeMap::from([("31".to_owned(), "self-checkout-1".parse().expect("a name"))]);
        Self {
            terminals: Terminals::new(named, "till-").expect("a prefix"),
            time: StoreTime::new("America/New_York", time(4, 0, 0, 0)).expect("a zone"),
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            terminals: &self.terminals,
            time: &self.time,
            currency: "USD".parse().expect("a code"),
            seen: "2017-10-02T00:00:00Z".parse().expect("a time"),
        }
    }
}

fn sample(name: &str) -> Option<Vec<u8>> {
    let base = std::env::var_os("VYAVS_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let path = base.join("device_bytes/poslog").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: {} is not here", path.display());
        return None;
    };
    if !name.ends_with(".gz") {
        return Some(bytes);
    }
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).expect("it unpacks");
    Some(plain)
}

fn entries(read: &[Transaction]) -> (Vec<&Receipt>, Vec<&TillEvent>) {
    let (mut receipts, mut events) = (Vec::new(), Vec::new());
    for entry in read.iter().flat_map(|transaction| &transaction.entries) {
        match entry {
            Entry::Receipt(receipt) => receipts.push(&**receipt),
            Entry::Event(event) => events.push(event),
        }
    }
    (receipts, events)
}

/// Workstation, sequence, lines after voids, total, tax and discount of each receipt, counted by another program.
const COUNTED: [(&str, &str, usize, i64, i64, i64); 20] = [
    ("31", "114", 6, 2045, 94, 0),
    ("2", "297", 4, 748, 0, 0),
    ("32", "113", 4, 1475, 0, 0),
    ("3", "87", 23, 9184, 363, 0),
    ("32", "114", 1, 1020, 94, 0),
    ("34", "100", 2, 1738, 0, 0),
    ("3", "88", 5, 1930, 40, 0),
    ("32", "115", 4, 792, 39, 0),
    ("3", "90", 7, 6934, 557, 0),
    ("1", "378", 22, 7334, 0, 0),
    ("3", "91", 5, 2478, 101, 0),
    ("2", "301", 10, 4551, 200, 0),
    ("1", "380", 4, 1296, 0, 0),
    ("32", "117", 2, 558, 0, 0),
    ("34", "102", 3, 1469, 0, 1454),
    ("3", "93", 12, 5573, 136, 1019),
    ("1", "382", 11, 4890, 121, 1064),
    ("2", "302", 106, 44013, 181, 4870),
    ("34", "105", 1, 1200, 0, 0),
    ("2", "303", 8, 5176, 0, 0),
];

#[test]
fn a_store_s_own_log_is_read_to_the_last_cent() {
    let Some(bytes) = sample("POSLog_part1.xml.gz") else { return };
    let shop = Shop::new();
    let (read, tally, error) = read_all(&bytes, 64 * 1024, shop.place());
    assert!(error.is_none(), "{error:?}");
    let want = Tally {
        transactions: 26,
        receipts: 20,
        item_lines: 242,
        voided_lines: 1,
        no_sales: 1,
        sign_ons: 2,
        sign_offs: 3,
        aborted: 1,
        resumed: 1,
        ..Tally::default()
    };
    assert_eq!(tally, want);
    let (receipts, events) = entries(&read);
    let place = shop.place();
    for (receipt, (workstation, number, lines, total, tax, discount)) in receipts.iter().zip(COUNTED) {
        assert_eq!(receipt.key.terminal, place.terminals.of(workstation));
        assert_eq!(receipt.key.number, number);
        assert_eq!(receipt.key.business_day.to_string(), "2017-10-01");
        let got = (receipt.lines.len(), receipt.total_minor, receipt.tax_minor, receipt.discount_minor);
        assert_eq!(got, (lines, total, tax, discount), "receipt {number}");
        receipt.balance().expect("every one balances");
        assert_eq!(receipt.tenders.iter().map(|tender| tender.amount_minor).sum::<i64>(), total);
        assert_eq!(receipt.kind, ReceiptKind::Sale);
    }
    let cash = receipts.iter().flat_map(|receipt| &receipt.tenders).filter(|tender| tender.kind == TenderKind::Cash);
    assert_eq!(cash.map(|tender| tender.amount_minor).sum::<i64>(), 5171);
    let quantity: rust_decimal::Decimal =
        receipts.iter().flat_map(|receipt| &receipt.lines).map(|line| line.quantity).sum();
    assert_eq!(quantity.to_string(), "265.70", "a voided line and its reversal are gone together");

    assert_eq!(receipts[0].key.terminal.as_str(), "self-checkout-1");
    assert_eq!(receipts[0].closed_at.to_string(), "2017-10-01T19:15:25Z", "local time of the store");
    assert_eq!(receipts[0].operator.as_deref(), Some("91"));
    assert_eq!(receipts[0].lines[2].sku, "00205601000002");
    assert_eq!(receipts[0].lines[2].name, "DELI GUACOMOLE");
    assert_eq!(receipts[0].lines[2].quantity.to_string(), "0.65");
    assert_eq!(receipts[0].lines[2].unit_price.to_string(), "8.99");
    assert_eq!(receipts[17].customer.as_deref(), Some("0000000000000040001939267"));

    let kinds: Vec<&TillEventKind> = events.iter().map(|event| &event.kind).collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    let count = |test: fn(&TillEventKind) -> bool| kinds.iter().filter(|kind| test(kind)).count();
    assert_eq!(count(|kind| matches!(kind, TillEventKind::SignOn { operator } if !operator.is_empty())), 1);
    assert_eq!(count(|kind| matches!(kind, TillEventKind::SignOff { .. })), 3);
    assert!(kinds.contains(&&TillEventKind::NoSale { id: Some("9/till-5/65/2017-10-01".to_owned()) }), "{kinds:?}");
    let voided = TillEventKind::LineVoided {
        receipt: "301".to_owned(),
        line_no: 10,
        sku: "00000000010214".to_owned(),
        name: "AMIDO CDRV".to_owned(),
        amount_minor: 1250,
        operator: receipts[11].operator.clone(),
    };
    assert!(kinds.contains(&&voided), "{kinds:?}");
}

#[test]
fn pieces_and_a_second_reading_change_nothing() {
    let Some(bytes) = sample("POSLog_part1.xml.gz") else { return };
    let shop = Shop::new();
    let whole = read_all(&bytes, 1 << 20, shop.place());
    for piece in [1, 7, 4096] {
        let pieces = read_all(&bytes, piece, shop.place());
        assert_eq!((&pieces.0, pieces.1), (&whole.0, whole.1), "pieces of {piece}");
    }
    let last = whole.0.last().expect("26 of them");
    assert_eq!(
        last.end as usize + "</POSLog>".len(),
        bytes.len(),
        "resuming behind the last transaction reads no more"
    );
}

#[test]
fn a_reward_told_as_sum_and_as_parts_counts_once() {
    let Some(bytes) = sample("SMALL.xml") else { return };
    let (read, tally, error) = read_all(&bytes, 4096, Shop::new().place());
    assert!(error.is_none());
    assert_eq!((tally.transactions, tally.receipts, tally.sign_ons, tally.quarantined), (2, 1, 1, 0));
    let (receipts, _) = entries(&read);
    assert_eq!((receipts[0].total_minor, receipts[0].discount_minor), (107, 19));
    assert_eq!(receipts[0].key.business_day.to_string(), "2017-09-30", "the business day is not the calendar's");
    assert_eq!(receipts[0].closed_at.to_string(), "2017-10-01T06:02:54Z");
}

#[test]
fn every_cut_of_a_real_file_is_told_and_loses_nothing_before_it() {
    let Some(bytes) = sample("SMALL.xml") else { return };
    let shop = Shop::new();
    let whole = read_all(&bytes, 4096, shop.place()).0;
    for cut in (0..bytes.trim_ascii_end().len()).step_by(97) {
        let (read, _, error) = read_all(&bytes[..cut], 4096, shop.place());
        assert!(matches!(error, Some(PoslogError::Cut { .. })), "cut at {cut}: {error:?}");
        assert_eq!(read[..], whole[..read.len()], "cut at {cut}");
    }
}

fn log(transactions: &str) -> Vec<u8> {
    format!(
        r#"<?xml version="1.0"?><POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/">{transactions}</POSLog>"#
    )
    .into_bytes()
}

fn sale(number: u32, inner: &str, attributes: &str) -> String {
    format!(
        "<Transaction {attributes}><RetailStoreID>1</RetailStoreID><WorkstationID>7</WorkstationID><SequenceNumber>{number}</SequenceNumber>\
         <BusinessDayDate>2024-05-01</BusinessDayDate><EndDateTime>2024-05-01T10:00:00</EndDateTime><OperatorID>5</OperatorID>\
         <RetailTransaction>{inner}</RetailTransaction></Transaction>"
    )
}

fn item(kind: &str, sku: &str, amount: &str, rest: &str) -> String {
    format!(
        "<LineItem><{kind}><ItemID>{sku}</ItemID><Quantity>1</Quantity><ExtendedAmount>{amount}</ExtendedAmount>{rest}</{kind}></LineItem>"
    )
}

fn grand(total: &str) -> String {
    format!("<Total TotalType=\"TransactionGrandAmount\">{total}</Total>")
}

fn one(inner: &str, attributes: &str) -> Entry {
    let (read, ..) = read_all(&log(&sale(1, inner, attributes)), 512, Shop::new().place());
    read[0].entries[0].clone()
}

fn receipt(inner: &str, attributes: &str) -> Receipt {
    match one(inner, attributes) {
        Entry::Receipt(receipt) => *receipt,
        Entry::Event(event) => panic!("put aside: {event:?}"),
    }
}

#[test]
fn what_a_vendor_leaves_open_the_total_decides() {
    let discounted = item("Sale", "A", "10.00", "<ExtendedDiscountAmount>1.00</ExtendedDiscountAmount>");
    let before = receipt(&format!("{discounted}{}", grand("9.00")), "");
    assert_eq!((before.lines[0].total_minor, before.lines[0].discount_minor), (900, 100));
    let after = receipt(&format!("{discounted}{}", grand("10.00")), "");
    assert_eq!((after.lines[0].total_minor, after.lines[0].discount_minor), (1000, 100));
    let tax = "<LineItem><Tax><Amount>1.60</Amount></Tax></LineItem>";
    let added = receipt(&format!("{}{tax}{}", item("Sale", "A", "10.00", ""), grand("11.60")), "");
    let inside = receipt(&format!("{}{tax}{}", item("Sale", "A", "10.00", ""), grand("10.00")), "");
    assert_eq!((added.tax_minor, inside.tax_minor), (160, 0));
    let Entry::Event(event) = one(&format!("{}{}", item("Sale", "A", "10.00", ""), grand("12.34")), "") else {
        panic!("accepted without proof")
    };
    let TillEventKind::Quarantined { reason, text } = event.kind else { panic!("{event:?}") };
    assert!(reason.contains("1000") && reason.contains("1234"), "{reason}");
    assert!(text.contains("<ItemID>A</ItemID>"), "{text}");
    assert_eq!(event.terminal.as_str(), "till-7");
}

#[test]
fn goods_that_come_back_are_negative_whichever_sign_the_vendor_writes() {
    for amount in ["4.00", "-4.00"] {
        let back = receipt(&format!("{}{}", item("Return", "A", amount, ""), grand("-4.00")), "");
        assert_eq!(back.kind, ReceiptKind::Return);
        assert_eq!((back.lines[0].total_minor, back.lines[0].quantity.to_string().as_str()), (-400, "-1"));
    }
    let mixed = format!("{}{}{}", item("Return", "A", "4.00", ""), item("Sale", "B", "9.00", ""), grand("5.00"));
    assert_eq!(receipt(&mixed, "").kind, ReceiptKind::Sale);
}

#[test]
fn training_and_cancelled_tickets_are_told_apart_from_sales() {
    let ticket = format!("{}{}", item("Sale", "A", "4.00", ""), grand("4.00"));
    assert_eq!(receipt(&ticket, "TrainingModeFlag=\"true\"").kind, ReceiptKind::Training);
    assert_eq!(receipt(&ticket, "CancelFlag=\"1\"").kind, ReceiptKind::Void);
    let unpaid = receipt(&format!("{}{}", item("Sale", "A", "4.00", ""), grand("0.00")), "CancelFlag=\"true\"");
    assert_eq!((unpaid.kind, unpaid.total_minor), (ReceiptKind::Void, 400));
    assert_eq!(receipt(&ticket, "CancelFlag=\"false\"").kind, ReceiptKind::Sale);
}

#[test]
fn a_flagged_line_and_its_reversal_are_both_understood() {
    let flagged =
        "<LineItem VoidFlag=\"true\"><Sale><ItemID>B</ItemID><ExtendedAmount>3.00</ExtendedAmount></Sale></LineItem>";
    let ticket = format!("{}{flagged}{}", item("Sale", "A", "4.00", ""), grand("4.00"));
    let (read, tally, _) = read_all(&log(&sale(1, &ticket, "")), 512, Shop::new().place());
    let (receipts, events) = entries(&read);
    assert_eq!((receipts[0].lines.len(), events.len(), tally.voided_lines, tally.item_lines), (1, 1, 1, 2));
    assert!(
        matches!(&events[0].kind, TillEventKind::LineVoided { sku, amount_minor: 300, line_no: 2, .. } if sku == "B")
    );
}

#[test]
fn a_suspended_ticket_is_counted_and_not_sold_twice() {
    let suspended = sale(1, &format!("{}{}", item("Sale", "A", "4.00", ""), grand("4.00")), "")
        .replace("<RetailTransaction>", "<RetailTransaction TransactionStatus=\"Suspended\">");
    let link = "<TransactionLink ReasonCode=\"Resume\"><SequenceNumber>1</SequenceNumber></TransactionLink>";
    let resumed = sale(2, &format!("{}{link}{}", item("Sale", "A", "4.00", ""), grand("4.00")), "");
    let (read, tally, _) = read_all(&log(&(suspended + &resumed)), 512, Shop::new().place());
    assert_eq!((tally.suspended, tally.resumed, tally.receipts), (1, 1, 1));
    assert_eq!(entries(&read).0[0].key.number, "2");
}

#[test]
fn what_is_secret_reaches_neither_receipt_nor_quarantine() {
    let card = "<LineItem><Tender TenderType=\"CreditDebit\"><Amount>4.00</Amount><CreditDebit CardType=\"Credit\">\
        <PrimaryAccountNumber>4111111111111111</PrimaryAccountNumber><CardHolderName>JANE DOE</CardHolderName></CreditDebit>\
        <Authorization><AuthorizationCode>9Z9Z9Z</AuthorizationCode></Authorization></Tender></LineItem>\
        <Customer><Name>Jane Doe</Name><CustomerID>77</CustomerID></Customer><Note>paid with 4111 1111 1111 1111</Note>";
    let total = grand("4.00");
    let good = receipt(&format!("{}{card}{total}", item("Sale", "A", "4.00", "")), "");
    assert_eq!(good.tenders[0].kind, TenderKind::Card);
    assert_eq!(good.customer.as_deref(), Some("77"));
    let bad = one(&format!("{}{card}{total}", item("Sale", "A", "5.00", "")), "");
    for text in [format!("{good:?}"), format!("{bad:?}")] {
        for secret in ["4111", "JANE", "Jane", "9Z9Z9Z"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(format!("{bad:?}").contains("paid with"));
}

#[test]
fn damage_costs_one_transaction_and_is_named() {
    let good = |number| sale(number, &format!("{}{}", item("Sale", "A", "4.00", ""), grand("4.00")), "");
    let cases = [
        ("a tag that never closes", good(2).replace("<Quantity>", "<Quantity <")),
        ("an end of another name", good(2).replace("</ItemID>", "</ItemNo>")),
        ("no end", good(2).replace("</RetailTransaction></Transaction>", "")),
        ("an entity of one's own", good(2).replace(">A<", ">&boom;<")),
        ("bytes that are no letters", good(2).replace(">A<", "><![CDATA[\u{1}]]>\u{7f}\0<")),
        ("too deep", good(2).replace(">A<", &format!(">{}{}<", "<x>".repeat(100), "</x>".repeat(100)))),
        ("a number that is none", good(2).replace("4.00</Ext", "4,00 EUR</Ext")),
        ("no sequence", good(2).replace("SequenceNumber", "Sequence")),
        ("no time", good(2).replace("EndDateTime", "End")),
        ("another store", good(2).replace("<RetailStoreID>1<", "<RetailStoreID>2<")),
        ("a token too long", good(2).replace(">A<", &format!(">{}<", "x".repeat(2 << 20)))),
        ("a transaction too large", good(2).replace(">A<", &format!(">{}<", "<x>y</x>".repeat(100_000)))),
    ];
    for (what, broken) in cases {
        let (read, tally, error) = read_all(&log(&(good(1) + &broken + &good(3))), 4096, Shop::new().place());
        assert!(error.is_none(), "{what}: {error:?}");
        let (receipts, events) = entries(&read);
        let numbers: Vec<&str> = receipts.iter().map(|receipt| receipt.key.number.as_str()).collect();
        assert_eq!(numbers, ["1", "3"], "{what}");
        assert_eq!((tally.quarantined, events.len()), (1, 1), "{what}: {events:?}");
        assert!(matches!(&events[0].kind, TillEventKind::Quarantined { reason, .. } if !reason.is_empty()), "{what}");
    }
}

#[test]
fn what_is_no_poslog_is_refused_with_its_reason() {
    let place = Shop::new();
    let refuse = |bytes: &[u8]| read_all(bytes, 64, place.place()).2.map(|error| error.to_string()).unwrap_or_default();
    assert!(refuse(b"").contains("still being written"));
    assert!(refuse(b"{\"a\":1}").contains("not a POSLog"));
    assert!(refuse(b"<html><body/></html>").contains("<html>"));
    assert!(refuse(b"\xFF\xFE<\0").contains("UTF-16"));
    assert!(refuse(b"<?xml version='1.0' encoding='Shift_JIS'?><POSLog/>").contains("shift_jis"));
    let bomb = b"<!DOCTYPE a [<!ENTITY b \"xxxx\"><!ENTITY c \"&b;&b;&b;\">]><POSLog>&c;</POSLog>";
    assert!(refuse(bomb).contains("document type"));
    assert_eq!(refuse(b"<POSLog/>"), "");
}

#[test]
fn letters_come_in_the_encoding_the_file_names() {
    let ticket = format!(
        "{}{}",
        item("Sale", "A", "4.00", "<Description>K\u{e4}se &amp; Br&#246;tchen</Description>"),
        grand("4.00")
    );
    let utf8 = log(&sale(1, &ticket, ""));
    let text = String::from_utf8(utf8.clone()).expect("it was text");
    let latin: Vec<u8> = text.replace("?>", " encoding=\"ISO-8859-1\"?>").chars().map(|letter| letter as u8).collect();
    for bytes in [utf8, [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat(), latin] {
        for piece in [1, 3, 4096] {
            let (read, ..) = read_all(&bytes, piece, Shop::new().place());
            assert_eq!(entries(&read).0[0].lines[0].name, "Käse & Brötchen");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_end_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), piece in 1_usize..64) {
        read_all(&bytes, piece, Shop::new().place());
    }

    /// Any damage to a good log, in whatever pieces it comes: never a panic, never a receipt that is not proven.
    #[test]
    fn damage_never_makes_a_receipt(at in 0_usize..1500, with in proptest::collection::vec(any::<u8>(), 0..12), piece in 1_usize..64) {
        let good = |number| sale(number, &format!("{}{}", item("Sale", "A", "4.00", ""), grand("4.00")), "");
        let mut bytes = log(&(good(1) + &good(2)));
        let at = at.min(bytes.len());
        let end = (at + with.len() / 2).min(bytes.len());
        bytes.splice(at..end, with);
        let shop = Shop::new();
        let (read, tally, error) = read_all(&bytes, piece, shop.place());
        for receipt in entries(&read).0 {
            prop_assert!(receipt.balance().is_ok());
        }
        prop_assert_eq!(tally.transactions, read.len() as u64);
        let whole = read_all(&bytes, bytes.len(), shop.place());
        prop_assert_eq!((&read, tally), (&whole.0, whole.1));
        prop_assert_eq!(error.is_some(), whole.2.is_some());
    }
}
