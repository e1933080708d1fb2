use std::fmt::Write;
use std::path::PathBuf;

use jiff::civil::time;
use proptest::prelude::*;
use vyavs_domain::money::{Decimal, Money, extended_minor};
use vyavs_domain::sale::{ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};

use super::*;

/// The example of docs/receipt-layouts.md, as it stands there.
const EXAMPLE: &str = "Fountain Road (simulated)
Receipt: 536365
Till: till-1  Op: 7
Date: 2010-12-01 08:26:00
------------------------------------------
WHITE HANGING HEART T-LIGHT HOLDER
  85123A  6 x 2.55                   15.30
COFFEE BEANS
  40021  0.254 x 18.90                4.30
  discount                           -0.50
------------------------------------------
Subtotal                             19.60
TOTAL GBP                            19.60
Card                                 19.60
";

fn london() -> StoreTime {
    StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone")
}

fn read_text(grammar: &str, text: &str) -> Job {
    let job = [b"\x1b@\x1bt\x10".as_slice(), text.as_bytes(), b"\x1dVB\x00\x1bp\x00\x19\xFA"].concat();
    read_job(grammar, &job)
}

fn read_job(grammar: &str, job: &[u8]) -> Job {
    // Compiling a grammar takes longer than reading with it.
    static PLAIN: std::sync::LazyLock<Grammar> = std::sync::LazyLock::new(Grammar::plain);
    match grammar {
        "vyavs-plain" => read_with(&PLAIN, job),
        other => read_with(&Grammar::built_in(other).expect("a grammar"), job),
    }
}

fn read_with(grammar: &Grammar, job: &[u8]) -> Job {
    let (store, terminal) = (london(), "till-1".parse().expect("a name"));
    let started = "2026-11-22T10:00:00Z".parse().expect("a time");
    let place = Place { terminal: &terminal, time: &store, currency: "GBP".parse().expect("a code"), started };
    read(job, grammar, &place)
}

#[test]
fn the_example_of_the_documentation_is_read() {
    let job = read_text("vyavs-plain", EXAMPLE);
    let Outcome::Receipt(receipt) = &job.outcome else { panic!("{job:?}") };
    assert_eq!(receipt.key.number, "536365");
    assert_eq!((receipt.operator.as_deref(), receipt.customer.as_deref()), (Some("7"), None));
    assert_eq!(receipt.closed_at.to_string(), "2010-12-01T08:26:00Z");
    let lines: Vec<_> = receipt
        .lines
        .iter()
        .map(|l| (l.sku.as_str(), l.quantity.to_string(), l.unit_price.to_string(), l.discount_minor, l.total_minor))
        .collect();
    assert_eq!(
        lines,
        [
            ("85123A", "6".to_owned(), "2.55".to_owned(), 0, 1_530),
            ("40021", "0.254".to_owned(), "18.90".to_owned(), 50, 430)
        ]
    );
    assert_eq!(receipt.tenders, [Tender { kind: TenderKind::Card, amount_minor: 1_960 }]);
    assert_eq!((job.pulses, job.unknown), (1, 0));
}

#[test]
fn what_does_not_add_up_is_put_aside_with_its_reason_and_without_card_data() {
    let cases = [
        (EXAMPLE.replace("15.30", "15.32"), "not the subtotal"),
        (
            EXAMPLE.replace("TOTAL GBP                            19.60", "TOTAL GBP                            19.62"),
            "not the total",
        ),
        (
            EXAMPLE.replace("Subtotal                             19.60", "Subtotal                             19.50"),
            "not the subtotal",
        ),
        (EXAMPLE.replace("Receipt: 536365\n", ""), "no receipt number"),
        (EXAMPLE.replace("2010-12-01 08", "2010-13-01 08"), "is not a date of the form"),
        (EXAMPLE.replace("  discount", "  rebate"), "line 10"),
        (EXAMPLE.replace("COFFEE BEANS\n", "COFFEE BEANS\nCOFFEE BEANS\n"), "has no row with its price"),
        (EXAMPLE.replace("Till: till-1", "Kind: borrowed"), "not among the grammar's kinds"),
        (format!("{EXAMPLE}TOTAL GBP                            19.60\n"), "second total"),
        (EXAMPLE.replace("15.30", "99999999999999999999999999999999.00"), "is not an amount"),
        ("VISA 4111 1111 1111 1111\nTHANK YOU\n".to_owned(), "no total"),
        (EXAMPLE.replace("  discount", "4111111111111111"), "************1111"),
    ];
    for (text, why) in cases {
        let Outcome::Quarantined { reason, text } = read_text("vyavs-plain", &text).outcome else { panic!("{why}") };
        assert!(reason.contains(why), "{reason:?} should say {why:?}");
        assert!(!text.contains("4111") && !reason.contains("4111"), "{text} {reason}");
        assert!(text.len() <= QUARANTINE_TEXT);
    }
    let long = format!("{}4111111111111111\n", "é".repeat(QUARANTINE_TEXT / 2 - 4));
    let job = [b"\x1b@".as_slice(), long.as_bytes()].concat();
    let Outcome::Quarantined { text, .. } = read_job("vyavs-plain", &job).outcome else { panic!("no receipt") };
    assert!(text.len() <= QUARANTINE_TEXT && !text.contains("4111"), "cut after it was scrubbed");
}

#[test]
fn pictures_and_pulses_are_what_they_are() {
    let image = [b"\x1b@\x1dv0\x00\x02\x00\x02\x00\xAA\xAA\xAA\xAA".as_slice(), b"\x1dVB\x00"].concat();
    assert_eq!(read_job("vyavs-plain", &image).outcome, Outcome::ImageOnly);
    let pulse = read_job("vyavs-plain", b"\x1b@\x1bp\x00\x19\xFA");
    assert_eq!((pulse.outcome, pulse.pulses), (Outcome::Empty, 1));
}

#[test]
fn a_layout_of_one_row_an_item_is_a_matter_of_another_grammar() {
    let mut job = b"\x1b@ExampleMart Ltd.\nShop No. 42.\n\n".to_vec();
    job.extend(format!("{:>48}\n", "$").bytes());
    for (name, amount) in [
        ("Example item #1", "4.00"),
        ("Another thing", "3.50"),
        ("Something else", "1.00"),
        ("A final item", "4.45"),
        ("Subtotal", "12.95"),
    ] {
        job.extend(format!("{name:<38}{amount:>10}\n").bytes());
    }
    job.extend(format!("\n{:<38}{:>10}\n{:<14}$ 14.25\n", "A local tax", "1.30", "Total").bytes());
    job.extend(b"Monday 6th of April 2015 02:56:25 PM\n\x1dVA\x03\x1bp0<x");
    let read = read_job("example-mart", &job);
    let Outcome::Receipt(receipt) = &read.outcome else { panic!("{read:?}") };
    assert_eq!(receipt.lines.iter().map(|line| line.total_minor).collect::<Vec<_>>(), [400, 350, 100, 445]);
    assert_eq!((receipt.tax_minor, receipt.total_minor), (130, 1_425));
    assert_eq!(receipt.closed_at.to_string(), "2015-04-06T13:56:25Z");
    assert!(receipt.key.number.starts_with('@'), "it prints no number");
}

/// The file itself, where the data has it.
#[test]
fn the_captured_receipt_with_a_logo_is_read() {
    let root = std::env::var_os("VYAVS_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let path = root.join("device_bytes/escpos/receipt-with-logo.bin");
    let Ok(job) = std::fs::read(&path) else {
        return println!("skipped: {} is not here", path.display());
    };
    let read = read_job("example-mart", &job);
    let Outcome::Receipt(receipt) = &read.outcome else { panic!("{read:?}") };
    assert_eq!((receipt.lines.len(), receipt.tax_minor, receipt.total_minor, read.pulses), (4, 130, 1_425, 1));
}

#[test]
fn a_wrong_grammar_says_what_is_wrong_with_it() {
    let load = |text: &str| Grammar::parse("shop.toml", text).expect_err("wrong").to_string();
    let item = "[[row]]\nis = \"item\"\nmatch = '(?P<total>.+)'\n";
    assert!(load("name = 3").contains("shop.toml"));
    assert!(load(&format!("name = \"x\"\n{item}")).contains("no row that is Total"));
    assert!(load("name = \"x\"\n[[row]]\nis = \"total\"\nmatch = 'TOTAL (\\d+'\n").contains("row 1 (line 2): match"));
    assert!(load("name = \"x\"\n[[row]]\nis = \"total\"\nmatch = 'TOTAL'\n").contains("(?P<amount>…)"));
    assert!(
        load(&format!(
            "name = \"x\"\ncodepage = \"ebcdic\"\n{item}[[row]]\nis = \"total\"\nmatch = '(?P<amount>.+)'\n"
        ))
        .contains("ebcdic")
    );
    assert!(load("name = \"x\"\n[[row]]\nis = \"note\"\nmatch = '(?P<sku>.)'\n").contains("means nothing"));
    let whole = format!("{item}[[row]]\nis = \"total\"\nmatch = '(?P<amount>.+)'\n");
    let with = |settings: &str, row: &str| load(&format!("name = \"x\"\n{settings}\n{whole}{row}"));
    assert!(with("printer = \"abacus\"", "").contains("epson-tm"));
    assert!(with("[codepages]\n300 = \"cp437\"", "").contains("codepages"));
    assert!(with("months = [\"Jan\"]", "").contains("twelve"));
    assert!(with("paid = true", "").contains("Tender"));
    let row = |text: &str| with("", &format!("[[row]]\n{text}\n"));
    assert!(row("is = \"tender\"\nmatch = '(?P<amount>.+)'").contains("row 3 (line 9)"));
    assert!(row("is = \"tax_row\"\nmatch = '(?P<net>.+)'").contains("gross"));
    assert!(row("is = \"count\"\nmatch = '.+'").contains("pieces"));
    assert!(row("is = \"void\"\nmatch = '(?P<name>.+)'").contains("amount"));
    assert!(row("is = \"item\"\nin = [\"code\"]\nmatch = '(?P<total>.+)'").contains("code"));
    assert!(row("is = \"note\"\nthen = \"code\"\nmatch = '.+'").contains("code"));
    assert!(Grammar::built_in("no-such").is_none());
    for (name, _) in BUILT_IN {
        assert_eq!(Grammar::built_in(name).expect("built in").name(), name);
    }
}

#[test]
fn european_amounts_and_signs_are_a_matter_of_the_grammar() {
    let grammar = r#"
name = "markt"
codepage = "cp858"
decimal_mark = ","
thousands = "."
dates = ["%d.%m.%Y %H:%M"]
[[row]]
is = "header"
match = '^Bon (?P<number>\d+) +(?P<date>\d\d\.\d\d\.\d{4} \d\d:\d\d)$'
then = "items"
[[row]]
is = "total"
in = ["items"]
match = '^SUMME EUR +(?P<amount>[\d.,]+-?)$'
then = "totals"
[[row]]
is = "item"
in = ["items"]
match = '^(?P<name>.*?) +(?P<total>[\d.,]+-?) [AB]$'
[[row]]
is = "tender"
tender = "cash"
in = ["totals"]
match = '^BAR +(?P<amount>[\d.,]+)$'
"#;
    let grammar = Grammar::parse("markt.toml", grammar).expect("a grammar");
    let mut job = b"\x1b@Markt\nBon 77 24.12.2025 10:05\nK\x84se        1.234,56 A\nPfand            0,50- B\nSUMME EUR     1.234,06\nBAR 1.300,00\n".to_vec();
    job.extend(b"\x1dV\x00");
    let read = read_with(&grammar, &job);
    let Outcome::Receipt(receipt) = &read.outcome else { panic!("{read:?}") };
    assert_eq!(
        (receipt.lines[0].name.as_str(), receipt.lines[0].total_minor, receipt.lines[1].total_minor),
        ("Käse", 123_456, -50)
    );
    assert_eq!(receipt.tenders, [Tender { kind: TenderKind::Cash, amount_minor: 130_000 }]);
}

/// Prints as docs/receipt-layouts.md says.
fn print(receipt: &Receipt, store: &StoreTime) -> Vec<u8> {
    let mut text = String::from("A shop\n");
    let money = |minor: i64| Money { minor, currency: receipt.currency }.to_decimal().to_string();
    let row = |left: &str, right: &str| {
        format!("{left}{right:>width$}\n", width = 42_usize.saturating_sub(left.chars().count()).max(right.len() + 1))
    };
    let local = |at: Timestamp| store.local(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let _ = write!(text, "Receipt: {}\nTill: {}", receipt.key.number, receipt.key.terminal);
    if let Some(operator) = &receipt.operator {
        let _ = write!(text, "  Op: {operator}");
    }
    let _ = writeln!(text, "\nDate: {}", local(receipt.closed_at));
    if receipt.kind == ReceiptKind::Return {
        text.push_str("Kind: return\n");
    }
    if store.local(receipt.closed_at).date() != receipt.key.business_day.0 {
        let _ = writeln!(text, "Day: {}", receipt.key.business_day);
    }
    if let Some(customer) = &receipt.customer {
        let _ = writeln!(text, "Customer: {customer}");
    }
    text += &format!("{}\n", "-".repeat(42));
    for line in &receipt.lines {
        let _ = writeln!(text, "{}", line.name);
        text += &row(&format!("  {}  {} x {}", line.sku, line.quantity, line.unit_price), &money(line.total_minor));
        if line.discount_minor > 0 {
            text += &row("  discount", &format!("-{}", money(line.discount_minor)));
        }
        if line.sold_at != receipt.closed_at {
            let _ = writeln!(text, "  at {}", local(line.sold_at));
        }
    }
    text += &format!("{}\n", "-".repeat(42));
    text += &row("Subtotal", &money(receipt.lines.iter().map(|line| line.total_minor).sum()));
    if receipt.discount_minor > 0 {
        text += &row("Discount", &format!("-{}", money(receipt.discount_minor)));
    }
    if receipt.tax_minor != 0 {
        text += &row("Tax", &money(receipt.tax_minor));
    }
    text += &row(&format!("TOTAL {}", receipt.currency), &money(receipt.total_minor));
    for tender in &receipt.tenders {
        text += &row(&format!("{:?}", tender.kind), &money(tender.amount_minor));
    }
    let bytes = text.chars().map(|c| if (c as u32) < 128 { c as u8 } else { 0xE9 });
    b"\x1b@\x1bt\x10".iter().copied().chain(bytes).chain(*b"\x1dVB\x00").collect()
}

fn any_line() -> impl Strategy<Value = SaleLine> {
    let name = prop_oneof![
        " ?[A-Z0-9é.,x-][A-Z0-9é .,%&x-]{0,36}",
        Just(String::new()),
        Just("TOTAL GBP 5.00".to_owned()),
        Just("6 x 2.55   15.30".to_owned()),
        Just("Subtotal 1.00".to_owned())
    ];
    (
        name,
        "[A-Z0-9]{1,8}( [A-Z]{1,6})?",
        -2_000_i64..5_000,
        0_u32..4,
        -9_999_i64..99_999,
        0_u32..4,
        0_i64..100,
        0_i64..3,
    )
        .prop_map(|(name, sku, quantity, q_scale, price, p_scale, discount, later)| {
            let (quantity, unit_price) = (Decimal::new(quantity, q_scale), Decimal::new(price, p_scale));
            let gross = extended_minor(quantity, unit_price, "GBP".parse().expect("a code")).expect("small");
            SaleLine {
                line_no: 0,
                sku,
                name,
                quantity,
                unit_price,
                discount_minor: discount,
                total_minor: gross - discount,
                sold_at: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_mins(later),
            }
        })
}

fn any_receipt() -> impl Strategy<Value = Receipt> {
    let extras = (
        0_i64..500,
        0_i64..500,
        prop::option::of("[0-9]{1,4}"),
        prop::option::of("[0-9]{5}"),
        any::<bool>(),
        0_i64..40_000,
    );
    (prop::collection::vec(any_line(), 1..12), extras, "[A-Z]?[0-9]{1,8}").prop_map(
        |(mut lines, (discount, tax, operator, customer, back, hours), number)| {
            let closed_at = Timestamp::from_second(1_290_000_000 + hours * 3_600).expect("in range");
            for (at, line) in lines.iter_mut().enumerate() {
                line.line_no = at as u32 + 1;
                line.sold_at = closed_at - line.sold_at.duration_since(Timestamp::UNIX_EPOCH);
            }
            let sum: i64 = lines.iter().map(|line| line.total_minor).sum();
            let total = sum - discount + tax;
            Receipt {
                key: ReceiptKey {
                    terminal: "till-1".parse().expect("a name"),
                    business_day: london().business_day(closed_at),
                    number,
                },
                kind: if back { ReceiptKind::Return } else { ReceiptKind::Sale },
                source: ReceiptSource::Printer,
                closed_at,
                currency: "GBP".parse().expect("a code"),
                total_minor: total,
                tax_minor: tax,
                discount_minor: discount,
                tenders: vec![Tender { kind: TenderKind::Card, amount_minor: total }],
                operator,
                customer,
                lines,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever was rung is read back whole: names that look like totals, negative prices, times within a receipt.
    #[test]
    fn what_is_printed_is_what_is_read(receipt in any_receipt()) {
        // Within the hour that comes twice a year, a printed time does not say which one it was.
        let store = london();
        prop_assume!(receipt.lines.iter().all(|line| store.instant(store.local(line.sold_at)) == line.sold_at));
        let read = read_job("vyavs-plain", &print(&receipt, &store));
        let mut expected = receipt;
        crate::scrub::receipt(&mut expected);
        prop_assert_eq!(read.outcome, Outcome::Receipt(Box::new(expected)));
    }

    /// A digit that was printed wrong is never another sale: amounts are proven, or the receipt is put aside.
    #[test]
    fn a_wrong_amount_is_not_accepted(receipt in any_receipt(), at in any::<prop::sample::Index>(), by in 1_u8..10) {
        let job = print(&receipt, &london());
        // Digits of line totals, subtotal, tax, discounts and total: the last word of rows in the money part.
        let start = job.windows(10).position(|part| part == b"----------").expect("items");
        let mut places = Vec::new();
        let mut from = start;
        for row in job[start..].split_inclusive(|b| *b == b'\n') {
            let tender = row.starts_with(b"Card");
            if !tender && (row.starts_with(b"  ") && row.windows(3).any(|w| w == b" x ") || row.starts_with(b"Subtotal ") || row.starts_with(b"TOTAL ") || row.starts_with(b"Tax ")) {
                let word = row.iter().rposition(|b| *b == b' ').expect("columns") + 1;
                // The last digit may be off by one minor unit: that much is allowed.
                places.extend((word..row.len().saturating_sub(2)).filter(|i| row[*i].is_ascii_digit()).map(|i| from + i));
            }
            from += row.len();
        }
        let mut wrong = job.clone();
        let place = places[at.index(places.len())];
        wrong[place] = b'0' + (wrong[place] - b'0' + by) % 10;
        let read = read_job("vyavs-plain", &wrong);
        if let Outcome::Receipt(got) = read.outcome {
            // A name may itself look like a row of money; then nothing but the name changed.
            let same = |r: &Receipt| (r.total_minor, r.tax_minor, r.discount_minor, r.lines.iter().map(|l| l.total_minor).collect::<Vec<_>>());
            prop_assert_eq!(same(&got), same(&receipt));
        }
    }

    /// Whatever comes, every built-in grammar survives it.
    #[test]
    fn every_grammar_survives_any_bytes(chosen in any::<u8>(), text in "(\\PC{0,40}\\n){0,10}", tail in prop::collection::vec(any::<u8>(), 0..200)) {
        read_any(&[&[chosen], text.as_bytes(), &tail].concat());
    }

    /// Text of any kind never panics and never becomes a sale by chance.
    #[test]
    fn any_text_is_survived(text in "(\\PC{0,40}\\n){0,10}", tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let job = [text.as_bytes(), &tail].concat();
        prop_assert!(!matches!(read_job("vyavs-plain", &job).outcome, Outcome::Receipt(_)));
    }
}
