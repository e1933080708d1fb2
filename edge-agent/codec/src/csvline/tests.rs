use std::collections::BTreeMap;

use jiff::civil::time;
use proptest::prelude::*;
use vyavs_domain::event::TillEventKind;
use vyavs_domain::sale::{Receipt, ReceiptKind, ReceiptSource, TenderKind};
use vyavs_domain::time::StoreTime;

use super::*;
use crate::tillfile::Terminals;

/// A German till: a total on an end row, comma for the point, Windows letters.
const GERMAN: &str = r#"
delimiter = ";"
encoding = "cp1252"
header = true
time_format = "%d.%m.%Y %H:%M:%S"
numbers = { decimal_mark = ",", thousands = "." }
rows = { P = "item", S = "voided", Z = "tender", E = "end", K = "no_sale", T = "ignore" }
tenders = { BAR = "cash", EC = "card" }

[columns]
row = "Art"
receipt = "Bon"
date = "Datum"
clock = "Uhr"
terminal = "Kasse"
sku = "Artikel"
name = "Bezeichnung"
quantity = "Menge"
price = "Preis"
amount = "Betrag"
total = "Summe"
tender = "Zahlart"
paid = "Gezahlt"
operator = "Bediener"
"#;

const DAY: &str = "Art;Bon;Kasse;Datum;Uhr;Artikel;Bezeichnung;Menge;Preis;Betrag;Summe;Zahlart;Gezahlt;Bediener\r\n\
P;100;3;17.05.2024;09:15:01;4711;K\u{e4}se;0,250;19,90;4,98;;;;7\r\n\
P;100;3;17.05.2024;09:15:02;4712;\"Wein; rot\";2;1.005,50;2.011,00;;;;7\r\n\
S;100;3;17.05.2024;09:15:03;4713;Brot;1;3,20;3,20;;;;7\r\n\
Z;100;3;17.05.2024;09:15:09;;;;;;;EC;2.015,98;7\r\n\
E;100;3;17.05.2024;09:15:10;;;;;;2.015,98;;;7\r\n\
T;;;;;;;;;;;;;\r\n\
K;101;3;17.05.2024;09:20:00;;;;;;;;;7\r\n\
P;102;3;17.05.2024;09:30:00;4713;Brot;1;3,20;3,20;;;;7\r\n\
E;102;3;17.05.2024;09:30:05;;;;;;3,99;;;7\r\n";

/// An English till: the total on every row, no end row.
const PLAIN: &str = r#"
columns = { receipt = 1, time = 2, sku = 3, quantity = 4, price = 5, total = 6 }
"#;

struct Shop(Terminals, StoreTime);

impl Shop {
    fn new() -> Self {
        let terminals = Terminals::new(BTreeMap::new(), "till-").expect("a prefix");
        Self(terminals, StoreTime::new("Europe/Berlin", time(4, 0, 0, 0)).expect("a zone"))
    }

    fn place(&self) -> Place<'_> {
        let seen = "2024-05-18T00:00:00Z".parse().expect("a time");
        Place { terminals: &self.0, time: &self.1, currency: "EUR".parse().expect("a code"), seen }
    }
}

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|letter| letter as u8).collect()
}

fn receipts(entries: &[Entry]) -> Vec<&Receipt> {
    entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Receipt(receipt) => Some(&**receipt),
            Entry::Event(_) => None,
        })
        .collect()
}

fn reasons(entries: &[Entry]) -> Vec<&str> {
    entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Event(event) => match &event.kind {
                TillEventKind::Quarantined { reason, .. } => Some(reason.as_str()),
                _ => None,
            },
            Entry::Receipt(_) => None,
        })
        .collect()
}

#[test]
fn a_day_of_a_german_till_is_read_by_its_mapping() {
    let (shop, mapping) = (Shop::new(), Mapping::parse(GERMAN).expect("a mapping"));
    let (entries, tally) = read_all(&latin(DAY), 4096, &mapping, &shop.place());
    assert_eq!(tally, Tally { rows: 9, receipts: 1, lines: 2, quarantined: 1 });
    let receipt = receipts(&entries)[0];
    assert_eq!((receipt.key.number.as_str(), receipt.key.terminal.as_str()), ("100", "till-3"));
    assert_eq!((receipt.kind, receipt.source), (ReceiptKind::Sale, ReceiptSource::File));
    assert_eq!((receipt.total_minor, receipt.closed_at.to_string().as_str()), (201_598, "2024-05-17T07:15:10Z"));
    let line = &receipt.lines[1];
    assert_eq!(
        (line.name.as_str(), line.total_minor, line.unit_price.to_string().as_str()),
        ("Wein; rot", 201_100, "1005.50")
    );
    assert_eq!((receipt.lines[0].name.as_str(), receipt.lines[0].quantity.to_string().as_str()), ("Käse", "0.250"));
    assert_eq!((receipt.tenders[0].kind, receipt.tenders[0].amount_minor), (TenderKind::Card, 201_598));
    let kinds: Vec<_> = entries
        .iter()
        .filter_map(|entry| if let Entry::Event(event) = entry { Some(&event.kind) } else { None })
        .collect();
    assert!(matches!(kinds[0], TillEventKind::LineVoided { sku, amount_minor: 320, .. } if sku == "4713"), "{kinds:?}");
    assert_eq!(kinds[1], &TillEventKind::NoSale { id: Some("101".to_owned()) });
    assert!(reasons(&entries)[0].contains("399"), "3.20 is not 3.99: {kinds:?}");
}

#[test]
fn a_receipt_ends_when_the_number_changes() {
    let (shop, mapping) = (Shop::new(), Mapping::parse(PLAIN).expect("a mapping"));
    let text = "1,2024-05-17T09:00:00,A,1,2.00,3.50\n1,2024-05-17T09:00:01,B,1,1.50,3.50\n2,2024-05-17T09:05:00,A,-1,2.00,-2.00\n";
    let mut reader = CsvReader::new(&mapping);
    let first = reader.push(text.as_bytes(), &shop.place());
    assert_eq!(receipts(&first).len(), 1);
    assert_eq!(reader.told() as usize, text.find("2,2024").expect("there"), "the open receipt is not told yet");
    assert!(reader.is_open());
    let rest = reader.close(&shop.place());
    assert_eq!(receipts(&rest)[0].kind, ReceiptKind::Return);
    assert_eq!(reader.told() as usize, text.len());
    let late = reader.push(b"2,2024-05-17T09:05:01,B,1,1.00,-1.00\n", &shop.place());
    assert!(reasons(&late)[0].contains("already complete"), "{late:?}");
}

#[test]
fn a_receipt_that_does_not_add_up_is_put_aside_whole() {
    let (shop, mapping) = (Shop::new(), Mapping::parse(PLAIN).expect("a mapping"));
    let read = |text: &str| read_all(text.as_bytes(), 9, &mapping, &shop.place());
    let (entries, _) = read("1,2024-05-17T09:00:00,A,1,2.00,3.50\n1,2024-05-17T09:00:01,B,1,1.40,3.50\n");
    assert!(receipts(&entries).is_empty());
    assert!(reasons(&entries)[0].contains("340") && reasons(&entries)[0].contains("350"), "{entries:?}");
    let (entries, _) = read("1,2024-05-17T09:00:00,A,1,2.00,3.50\n1,2024-05-17T09:00:01,B,1,1.50,3.60\n");
    assert!(reasons(&entries)[0].contains("was 3.50 before"), "{entries:?}");
    let (entries, _) = read("1,2024-05-17T09:00:00,A,1,2.00,\n");
    assert!(reasons(&entries)[0].contains("no row has the total"), "{entries:?}");
    let (entries, _) = read("1,soon,A,1,2.00,2.00\n2,2024-05-17T09:00:00,4111111111111111,x,2.00,2.00\n");
    assert_eq!(reasons(&entries).len(), 2);
    assert!(!format!("{entries:?}").contains("41111111"), "{entries:?}");
}

#[test]
fn reading_on_where_it_was_told_reads_each_receipt_once() {
    let (shop, mapping) = (Shop::new(), Mapping::parse(GERMAN).expect("a mapping"));
    let bytes = latin(DAY);
    let (whole, _) = read_all(&bytes, 4096, &mapping, &shop.place());
    for cut in 0..=bytes.len() {
        let mut reader = CsvReader::new(&mapping);
        let mut entries = reader.push(&bytes[..cut], &shop.place());
        let told = reader.told() as usize;
        assert!(told <= cut);
        let header = reader.header_line().to_vec();
        let mut reader = CsvReader::resume(&mapping, &header, told as u64, &shop.place());
        entries.extend(reader.push(&bytes[told..], &shop.place()));
        entries.extend(reader.finish(&shop.place()));
        assert_eq!(entries, whole, "stopped at {cut}");
    }
}

#[test]
fn a_receipt_may_go_on_in_the_next_file() {
    let (shop, mapping) = (Shop::new(), Mapping::parse(GERMAN).expect("a mapping"));
    let bytes = latin(DAY);
    let (whole, _) = read_all(&bytes, 4096, &mapping, &shop.place());
    let header = bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    let turn = bytes.windows(5).position(|at| at == b"S;100").expect("there");
    for with_header in [true, false] {
        let mut reader = CsvReader::new(&mapping);
        let mut entries = reader.push(&bytes[..turn], &shop.place());
        entries.extend(reader.next_file(&shop.place()));
        if with_header {
            entries.extend(reader.push(&bytes[..header], &shop.place()));
        }
        entries.extend(reader.push(&bytes[turn..], &shop.place()));
        entries.extend(reader.finish(&shop.place()));
        assert_eq!(entries, whole, "header {with_header}");
    }
}

#[test]
fn a_mapping_that_cannot_work_is_refused_with_its_place() {
    for (text, says) in [
        ("delimiter = \"ä\"\ncolumns = { receipt = 1, time = 2, price = 3 }", "delimiter"),
        ("columns = { receipt = 1, price = 3 }", "time is missing"),
        ("columns = { receipt = 1, time = 2 }", "price is missing"),
        ("columns = { receipt = 0, time = 2, price = 3 }", "column 0"),
        ("columns = { receipt = \"Bon\", time = 2, price = 3 }", "header is not true"),
        ("columns = { receipt = 1, time = 2, price = 3, row = 4 }", "[rows]"),
        ("time_format = \"%!\"\ncolumns = { receipt = 1, time = 2, price = 3 }", "time_format"),
        ("columns = { receipt = 1, time = 2, price = 3, prise = 4 }", "prise"),
    ] {
        let error = Mapping::parse(text).expect_err(text).to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
    let shop = Shop::new();
    let mapping = Mapping::parse(GERMAN).expect("a mapping");
    let (entries, _) = read_all(b"a;b;c\nd;e;f\n", 64, &mapping, &shop.place());
    assert!(reasons(&entries)[0].contains("no column \"Datum\""), "{entries:?}");
}

proptest! {
    #[test]
    fn any_bytes_end_without_a_panic_in_any_pieces(bytes in proptest::collection::vec(any::<u8>(), 0..400), piece in 1_usize..40) {
        let (shop, mapping) = (Shop::new(), Mapping::parse(PLAIN).expect("a mapping"));
        let whole = read_all(&bytes, bytes.len(), &mapping, &shop.place());
        prop_assert_eq!(read_all(&bytes, piece, &mapping, &shop.place()), whole);
    }

    #[test]
    fn damage_never_makes_a_receipt(at in 0_usize..900, with in proptest::collection::vec(any::<u8>(), 0..8), piece in 1_usize..40) {
        let (shop, mapping) = (Shop::new(), Mapping::parse(GERMAN).expect("a mapping"));
        let mut bytes = latin(DAY);
        let at = at.min(bytes.len());
        bytes.splice(at..(at + 4).min(DAY.chars().count()).max(at), with);
        let (entries, tally) = read_all(&bytes, piece, &mapping, &shop.place());
        for receipt in receipts(&entries) {
            prop_assert!(receipt.balance().is_ok());
        }
        prop_assert_eq!(tally.receipts as usize, receipts(&entries).len());
        prop_assert_eq!(read_all(&bytes, bytes.len(), &mapping, &shop.place()).0, entries);
    }
}
