use std::collections::BTreeMap;
use std::io::{BufReader, Cursor as Bytes};

use jiff::civil::time;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use vyavs_domain::event::TillEventKind;
use vyavs_domain::sale::{Receipt, ReceiptKind, TenderKind};
use vyavs_domain::time::StoreTime;

use super::*;
use crate::tillfile::Terminals;

struct Shop(Terminals, StoreTime);

impl Shop {
    fn new() -> Self {
        let terminals = Terminals::new(BTreeMap::new(), "till-").expect("a prefix");
        Self(terminals, StoreTime::new("Europe/Berlin", time(4, 0, 0, 0)).expect("a zone"))
    }

    fn place(&self) -> Place<'_> {
        let seen = "2024-06-01T00:00:00Z".parse().expect("a time");
        Place { terminals: &self.0, time: &self.1, currency: "EUR".parse().expect("a code"), seen }
    }
}

/// A set, written by hand: file name to rows, the first of them the names of the columns.
#[derive(Clone, Debug, Default)]
struct Set(BTreeMap<&'static str, Vec<Vec<String>>>);

const COLUMNS: [(&str, &str); 8] = [
    (
        "cashpointclosing.csv",
        "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;Z_BUCHUNGSTAG;TAXONOMIE_VERSION;Z_START_ID;Z_ENDE_ID;NAME;Z_SE_ZAHLUNGEN;Z_SE_BARZAHLUNGEN",
    ),
    (
        "transactions.csv",
        "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;BON_NR;BON_TYP;BON_NAME;TERMINAL_ID;BON_STORNO;BON_START;BON_ENDE;BEDIENER_ID;BEDIENER_NAME;UMS_BRUTTO;KUNDE_NAME;KUNDE_ID",
    ),
    (
        "lines.csv",
        "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;POS_ZEILE;ARTIKELTEXT;GV_TYP;P_STORNO;ART_NR;GTIN;MENGE;EINHEIT;STK_BR",
    ),
    ("lines_vat.csv", "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;POS_ZEILE;UST_SCHLUESSEL;POS_BRUTTO;POS_NETTO;POS_UST"),
    (
        "datapayment.csv",
        "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;ZAHLART_TYP;ZAHLART_NAME;ZAHLWAEH_CODE;ZAHLWAEH_BETRAG;BASISWAEH_BETRAG",
    ),
    (
        "businesscases.csv",
        "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;GV_TYP;GV_NAME;AGENTUR_ID;UST_SCHLUESSEL;Z_UMS_BRUTTO;Z_UMS_NETTO;Z_UST",
    ),
    ("payment.csv", "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;ZAHLART_TYP;ZAHLART_NAME;Z_ZAHLART_BETRAG"),
    ("cashregister.csv", "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;KASSE_BRAND;KASSE_MODELL;KASSE_BASISWAEH_CODE"),
];

/// Cents as the files write them, with more decimals than there are cents.
fn euros(cents: i64) -> String {
    format!("{}{},{:02}000", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

/// One line of a receipt to be written: case, article, cents, pieces, cancelled.
type Planned = (&'static str, u32, i64, i64, bool);

impl Set {
    fn new() -> Self {
        Self(COLUMNS.iter().map(|(file, names)| (*file, vec![names.split(';').map(str::to_owned).collect()])).collect())
    }

    fn row(&mut self, file: &'static str, values: &[&str]) {
        self.0.get_mut(file).expect("a file of the set").push(values.iter().map(|value| (*value).to_owned()).collect());
    }

    /// One closing with its receipts: (BON_TYP, cancels, lines, way to pay).
    fn closing(&mut self, register: &str, number: u32, receipts: &[(&str, bool, Vec<Planned>, &str)]) {
        let (z, at) = (number.to_string(), format!("2024-05-{:02}T22:00:00", number % 28 + 1));
        let day = &at[..10];
        let (mut cases, mut ways): (BTreeMap<&str, i64>, BTreeMap<&str, i64>) = (BTreeMap::new(), BTreeMap::new());
        for (index, (kind, cancels, lines, way)) in receipts.iter().enumerate() {
            let (bon, nr) = (format!("{register}-{number}-{index}"), (index + 1).to_string());
            let total: i64 = lines.iter().map(|line| line.2).sum();
            let ended = format!("{day}T10:{:02}:00", index % 60);
            self.row(
                "transactions.csv",
                &[
                    register,
                    &at,
                    &z,
                    &bon,
                    &nr,
                    kind,
                    "",
                    register,
                    if *cancels { "1" } else { "0" },
                    &ended,
                    &ended,
                    "7",
                    "Erika Muster",
                    &euros(total),
                    "Max Muster",
                    "K1",
                ],
            );
            for (place, (case, article, cents, pieces, voided)) in lines.iter().enumerate() {
                let (place, sku) = ((place + 1).to_string(), article.to_string());
                let mark = if *voided { "1" } else { "0" };
                let each = euros(if *pieces == 0 { 0 } else { cents / pieces });
                self.row(
                    "lines.csv",
                    &[
                        register,
                        &at,
                        &z,
                        &bon,
                        &place,
                        "Käse; \"gut\"",
                        case,
                        mark,
                        &sku,
                        "",
                        &format!("{pieces},000"),
                        "Stk",
                        &each,
                    ],
                );
                // Two rates of tax on one line, as a menu has.
                let half = cents / 2;
                for (rate, part) in [("1", half), ("2", cents - half)] {
                    self.row(
                        "lines_vat.csv",
                        &[register, &at, &z, &bon, &place, rate, &euros(part), &euros(part), "0,00000"],
                    );
                }
                if *kind == "Beleg" {
                    *cases.entry(case).or_default() += cents;
                }
            }
            self.row("datapayment.csv", &[register, &at, &z, &bon, way, "", "EUR", "", &euros(total)]);
            if *kind == "Beleg" {
                *ways.entry(way).or_default() += total;
            }
        }
        for (case, cents) in &cases {
            self.row("businesscases.csv", &[register, &at, &z, case, "", "0", "1", &euros(*cents), "", ""]);
        }
        for (way, cents) in &ways {
            self.row("payment.csv", &[register, &at, &z, way, "", &euros(*cents)]);
        }
        let (first, last) = (format!("{register}-{number}-0"), format!("{register}-{number}-{}", receipts.len() - 1));
        let (all, cash) = (ways.values().sum::<i64>(), ways.get("Bar").copied().unwrap_or(0));
        self.row(
            "cashpointclosing.csv",
            &[register, &at, &z, day, "2.3", &first, &last, "Laden GmbH", &euros(all), &euros(cash)],
        );
        self.row("cashregister.csv", &[register, &at, &z, "Marke", "Modell", "EUR"]);
    }

    fn bytes(&self, file: &str) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(b';')
            .quote_style(csv::QuoteStyle::Always)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        for row in &self.0[file] {
            writer.write_record(row).expect("memory");
        }
        writer.into_inner().expect("memory")
    }

    fn index() -> Vec<u8> {
        let table = |(file, names): &(&str, &str)| {
            let columns: String = names
                .split(';')
                .map(|name| format!("<VariableColumn><Name>{name}</Name><AlphaNumeric/></VariableColumn>"))
                .collect();
            format!(
                "<Table><URL>{file}</URL><Name>x</Name><UTF8/><DecimalSymbol>,</DecimalSymbol><DigitGroupingSymbol>.</DigitGroupingSymbol>\
                 <Range><From>2</From></Range><VariableLength><ColumnDelimiter>;</ColumnDelimiter><RecordDelimiter>&#13;&#10;</RecordDelimiter>\
                 <TextEncapsulator>&quot;</TextEncapsulator>{columns}</VariableLength></Table>"
            )
        };
        let tables: String = COLUMNS.iter().map(table).collect();
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE DataSet SYSTEM \"gdpdu-01-09-2004.dtd\"><DataSet><Version>1.0</Version><Media><Name>1</Name>{tables}</Media></DataSet>").into_bytes()
    }

    fn read(&self, piece: usize) -> (Vec<Closing>, Tally, Option<DsfinvkError>) {
        let shop = Shop::new();
        let open = |file: &str| {
            let bytes = match file {
                INDEX => Some(Self::index()),
                file => self.0.contains_key(file).then(|| self.bytes(file)),
            };
            Ok(bytes.map(|bytes| BufReader::with_capacity(piece, Bytes::new(bytes))))
        };
        let mut export = match Export::open(open, shop.place()) {
            Ok(export) => export,
            Err(error) => return (Vec::new(), Tally::default(), Some(error)),
        };
        let mut closings = Vec::new();
        loop {
            match export.closing() {
                Ok(Some(closing)) => closings.push(closing),
                Ok(None) => return (closings, *export.tally(), None),
                Err(error) => return (closings, *export.tally(), Some(error)),
            }
        }
    }
}

fn day() -> Set {
    let mut set = Set::new();
    set.closing(
        "Kasse 1",
        17,
        &[
            ("Beleg", false, vec![("Anfangsbestand", 0, 10_000, 1, false)], "Bar"),
            (
                "Beleg",
                false,
                vec![("Umsatz", 4711, 598, 2, false), ("Pfand", 9, 50, 2, false), ("Rabatt", 0, -60, 1, false)],
                "Bar",
            ),
            (
                "Beleg",
                false,
                vec![("Umsatz", 1, 100, 1, false), ("Umsatz", 2, 333, 1, false), ("Umsatz", 1, -100, -1, true)],
                "ECKarte",
            ),
            ("AVBestellung", false, vec![("Umsatz", 4711, 299, 1, false)], "Keine"),
            ("AVTraining", false, vec![("Umsatz", 4711, 299, 1, false)], "Bar"),
            ("Beleg", true, vec![("Umsatz", 4711, -299, -1, false)], "Bar"),
            ("AVBelegabbruch", false, vec![("Umsatz", 5, 1200, 1, false)], "Keine"),
            ("Beleg", false, vec![("PfandRueckzahlung", 9, -25, -1, false)], "Bar"),
        ],
    );
    set.closing("Kasse 1", 18, &[("Beleg", false, vec![("Umsatz", 1, 100, 1, false)], "Guthabenkarte")]);
    set
}

fn receipts(closings: &[Closing]) -> Vec<&Receipt> {
    let entries = closings.iter().flat_map(|closing| &closing.entries);
    entries
        .filter_map(|entry| match entry {
            Entry::Receipt(receipt) => Some(&**receipt),
            Entry::Event(_) => None,
        })
        .collect()
}

#[test]
fn a_day_of_a_till_is_read_and_its_closings_add_up() {
    let (closings, tally, error) = day().read(4096);
    assert!(error.is_none(), "{error:?}");
    assert!(closings.iter().all(|closing| closing.differences.is_empty()), "{closings:?}");
    assert_eq!(
        tally,
        Tally { closings: 2, transactions: 9, receipts: 8, lines: 9, others: 1, quarantined: 0, unbalanced: 0 }
    );
    let receipts = receipts(&closings);
    let kinds: Vec<ReceiptKind> = receipts.iter().map(|receipt| receipt.kind).collect();
    use ReceiptKind::{Adjustment, Return, Sale, Training, Void};
    assert_eq!(kinds, [Adjustment, Sale, Sale, Training, Return, Void, Return, Sale]);
    let sale = receipts[1];
    assert_eq!((sale.total_minor, sale.discount_minor, sale.lines.len()), (588, 60, 2));
    assert_eq!((sale.key.number.as_str(), sale.key.business_day.to_string().as_str()), ("17/2", "2024-05-18"));
    assert_eq!(sale.closed_at.to_string(), "2024-05-18T08:01:00Z");
    assert_eq!((sale.lines[0].name.as_str(), sale.lines[0].sku.as_str()), ("Käse; \"gut\"", "4711"));
    assert_eq!(
        (sale.lines[0].unit_price.to_string().as_str(), sale.lines[0].quantity.to_string().as_str()),
        ("2.99000", "2.000")
    );
    assert_eq!(sale.tenders[0].kind, TenderKind::Cash);
    assert_eq!(receipts[7].tenders[0].kind, TenderKind::Voucher);
    assert_eq!(receipts[2].lines.len(), 1, "a cancelled line and the one that takes it back are gone");
    let voided = closings[0].entries.iter().any(|entry| matches!(entry, Entry::Event(event) if matches!(&event.kind, TillEventKind::LineVoided { sku, amount_minor: 100, line_no: 1, .. } if sku == "1")));
    assert!(voided, "{:?}", closings[0].entries);
    let said = format!("{closings:?}");
    assert!(!said.contains("Muster"), "names of people are not read");
}

#[test]
fn what_the_till_closed_with_and_its_receipts_do_not_say_is_named() {
    let mut set = day();
    set.0.get_mut("lines.csv").expect("there").retain(|row| row[3] != "Kasse 1-17-1");
    let (closings, tally, _) = set.read(64);
    assert_eq!((tally.quarantined, tally.unbalanced, tally.receipts), (1, 1, 7));
    assert!(
        closings[0].differences.iter().any(|difference| difference.contains("Umsatz") && difference.contains("6.32")),
        "{:?}",
        closings[0].differences
    );
    assert!(closings[1].differences.is_empty(), "the other closing stands");

    let mut set = day();
    set.0.get_mut("payment.csv").expect("there")[1][5] = "999,99".to_owned();
    set.0.get_mut("cashpointclosing.csv").expect("there")[1][6] = "gone".to_owned();
    let (closings, ..) = set.read(64);
    let said = closings[0].differences.join("\n");
    assert!(said.contains("payment.csv has 999.99 Bar") && said.contains("Z_ENDE_ID \"gone\""), "{said}");
    let told = closings[0].entries.iter().any(|entry| matches!(entry, Entry::Event(event) if matches!(&event.kind, TillEventKind::Quarantined { reason, .. } if reason.contains("closing Kasse 1/17 does not add up"))));
    assert!(told);
}

#[test]
fn a_receipt_that_is_not_its_lines_is_put_aside() {
    let mut set = day();
    set.0.get_mut("transactions.csv").expect("there")[2][13] = "6,00".to_owned();
    set.0.get_mut("lines_vat.csv").expect("there")[10][6] = "vier".to_owned();
    let (closings, tally, _) = set.read(64);
    assert_eq!(tally.quarantined, 2, "{closings:?}");
    assert_eq!(receipts(&closings).len(), 6);
}

#[test]
fn rows_of_no_closing_are_named_and_a_missing_file_is_refused() {
    let mut set = day();
    set.0.get_mut("cashpointclosing.csv").expect("there").pop();
    let (closings, ..) = set.read(64);
    assert_eq!(closings.last().expect("one more").id, "no closing");
    assert!(
        closings.last().expect("one more").differences.iter().any(|left| left.starts_with("transactions.csv: 1 rows"))
    );
    let mut set = day();
    set.0.remove("datapayment.csv");
    assert!(matches!(set.read(64).2, Some(DsfinvkError::Missing("datapayment.csv"))));
    let mut set = day();
    set.0.get_mut("lines.csv").expect("there")[0][2] = "Z_NUMMER".to_owned();
    assert!(matches!(set.read(64).2, Some(DsfinvkError::Column { file: "lines.csv", column: "Z_NR" })));
}

#[test]
fn the_index_says_how_the_files_are_written() {
    let set = day();
    let text = String::from_utf8(Set::index()).expect("text");
    let dotted = text.replace("<DecimalSymbol>,<", "<DecimalSymbol>.<").replace("Symbol>.</DigitG", "Symbol>,</DigitG");
    let piped = dotted.replace("Delimiter>;<", "Delimiter>|<");
    let index = Index::read(piped.as_bytes()).expect("it is one");
    let format = index.format("lines.csv");
    assert_eq!((format.delimiter, format.quote, format.numbers.decimal_mark), (b'|', Some(b'"'), '.'));
    assert_eq!(format.columns.len(), 13);
    let evil = text.replace("SYSTEM \"gdpdu-01-09-2004.dtd\"", "[<!ENTITY a \"b\">]");
    assert!(Index::read(evil.as_bytes()).is_err());
    assert!(Index::read(&text.as_bytes()[..text.len() - 20]).is_err());
    // Without a line of names, the index has them.
    let shop = Shop::new();
    let open = |file: &str| {
        let bytes = if file == INDEX { Some(Set::index()) } else { set.0.contains_key(file).then(|| set.bytes(file)) };
        let cut = |bytes: Vec<u8>| {
            bytes.iter().position(|byte| *byte == b'\n').map(|at| bytes[at + 1..].to_vec()).unwrap_or_default()
        };
        Ok(bytes.map(|bytes| Bytes::new(if file == INDEX { bytes } else { cut(bytes) })))
    };
    let mut export = Export::open(open, shop.place()).expect("it opens");
    assert!(export.closing().expect("it reads").expect("a closing").differences.is_empty());
}

#[test]
fn a_hundred_closings_of_random_receipts_balance_to_the_cent() {
    let mut rng = rand::rngs::StdRng::seed_from_u64(7);
    let mut set = Set::new();
    let (mut count, mut sum) = (0, 0);
    for number in 1..=100 {
        let mut planned = Vec::new();
        for _ in 0..rng.random_range(1..40) {
            let line = |rng: &mut rand::rngs::StdRng| {
                let pieces = rng.random_range(1..5);
                ("Umsatz", rng.random_range(1..500), pieces * rng.random_range(1..2000), pieces, false)
            };
            let lines: Vec<Planned> = (0..rng.random_range(1..12)).map(|_| line(&mut rng)).collect();
            count += 1;
            sum += lines.iter().map(|line| line.2).sum::<i64>();
            planned.push(("Beleg", false, lines, if rng.random_bool(0.5) { "Bar" } else { "ECKarte" }));
        }
        set.closing(if number % 2 == 0 { "1" } else { "2" }, number, &planned);
    }
    let (closings, tally, error) = set.read(8192);
    assert!(error.is_none());
    assert_eq!((tally.closings, tally.receipts, tally.unbalanced, tally.quarantined), (100, count, 0, 0));
    assert_eq!(receipts(&closings).iter().map(|receipt| receipt.total_minor).sum::<i64>(), sum);
    assert_eq!(set.read(1).0, closings, "pieces do not matter");
}

fn joined(set: &Set) -> Vec<u8> {
    let mut all = [b"@index.xml\n".to_vec(), Set::index(), b"\n".to_vec()].concat();
    for file in set.0.keys() {
        all.extend_from_slice(format!("@{file}\n").as_bytes());
        all.extend_from_slice(&set.bytes(file));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_end_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), file in 0_usize..8) {
        let name = COLUMNS[file].0;
        let mut set = day();
        set.0.remove(name);
        let mut all = joined(&set);
        all.extend_from_slice(format!("@{name}\n{}\n", COLUMNS[file].1).as_bytes());
        all.extend_from_slice(&bytes);
        read_all(&all, Shop::new().place());
        read_all(&bytes, Shop::new().place());
    }

    #[test]
    fn damage_never_makes_a_receipt(at in 0_usize..12_000, with in proptest::collection::vec(any::<u8>(), 0..8)) {
        let mut all = joined(&day());
        let at = at.min(all.len());
        let end = (at + with.len()).min(all.len());
        all.splice(at..end, with);
        let (closings, tally, _) = read_all(&all, Shop::new().place());
        for receipt in receipts(&closings) {
            prop_assert!(receipt.balance().is_ok());
        }
        prop_assert_eq!(tally.receipts as usize, receipts(&closings).len());
    }
}
