//! What is written as a workbook is read back by another reader, and what a sheet cannot hold is found elsewhere.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use jiff::civil::{Date, DateTime};
use proptest::prelude::*;
use rust_decimal::Decimal;
use vyavs_render::{
    Cell, Chart, ChartKind, Column, Export, Kind, Kpi, Receipt, RenderError, Report, Section, Series, XlsxOptions,
};

use crate::support::{columns, currency, dec, report, rows};

type Book = Xlsx<Cursor<Vec<u8>>>;

fn write(
    report: &Report,
    options: XlsxOptions,
    sections: &[(Section, Vec<Vec<Cell<'static>>>)],
) -> (Book, Receipt, Vec<u8>) {
    let mut file = Vec::new();
    let mut export = Export::xlsx(&mut file, report, options).expect("an export");
    for (section, rows) in sections {
        export.section(section, rows).expect("every row fits");
    }
    let receipt = export.finish().expect("a file");
    (Xlsx::new(Cursor::new(file.clone())).expect("a workbook"), receipt, file)
}

fn sheet(book: &mut Book, name: &str) -> Range<Data> {
    book.worksheet_range(name).unwrap_or_else(|why| panic!("sheet {name:?}: {why}"))
}

/// Days since 1899-12-30, which is how a spreadsheet counts from March 1900 on.
fn serial(at: DateTime) -> f64 {
    let start = Date::constant(1899, 12, 30).at(0, 0, 0, 0);
    let since = at.duration_since(start);
    since.as_secs() as f64 / 86_400.0
}

/// What a cell must be read back as.
fn matches(found: &Data, cell: &Cell<'_>, report: &Report) -> bool {
    let is = |number: Decimal| found == &Data::Float(number.to_string().parse().expect("a double"));
    let at = |expected: f64| matches!(found, Data::DateTime(day) if (day.as_f64() - expected).abs() < 1e-8);
    match cell {
        Cell::Empty => found == &Data::Empty,
        Cell::Text(text) if text.is_empty() => found == &Data::Empty,
        Cell::Text(text) => found == &Data::String(text.to_string()),
        Cell::Integer(number) => found == &Data::Float(*number as f64),
        Cell::Decimal(number) | Cell::Money(number, _) | Cell::Quantity(number, _) | Cell::Percent(number) => {
            is(*number)
        }
        Cell::Date(date) => {
            at(serial(date.at(0, 0, 0, 0)) - if *date < Date::constant(1900, 3, 1) { 1.0 } else { 0.0 })
        }
        Cell::Timestamp(instant) => at(serial(instant.to_zoned(report.timezone.clone()).datetime())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_was_written_is_read_back(rows in rows(1..12), per_sheet in 1_u32..6) {
        let (columns, report) = (columns(), report("de-DE"));
        let options = XlsxOptions { rows_per_sheet: Some(per_sheet), scratch: None };
        let (mut book, receipt, _) = write(&report, options, &[(Section::new("All", columns.clone()), rows.clone())]);
        prop_assert_eq!(receipt.rows as usize, rows.len());
        let mut found = Vec::new();
        let names = book.sheet_names();
        for name in names.iter().filter(|name| name.starts_with("All")) {
            let sheet = sheet(&mut book, name);
            let (height, width) = sheet.get_size();
            prop_assert!(height <= per_sheet as usize + 1);
            prop_assert_eq!(&sheet[(0, 4)], &Data::String("Any money".to_owned()));
            prop_assert_eq!(width, columns.len() + 2);
            found.extend(sheet.rows().skip(1).map(<[Data]>::to_vec));
        }
        prop_assert_eq!(found.len(), rows.len());
        for (record, row) in found.iter().zip(&rows) {
            let mut fields = record.iter();
            for (cell, column) in row.iter().zip(&columns) {
                let field = fields.next().expect("a field");
                prop_assert!(matches(field, cell, &report), "{:?} is read as {:?}", cell, field);
                match (&column.kind, cell) {
                    (Kind::Money(None), Cell::Money(_, currency)) => {
                        prop_assert_eq!(fields.next(), Some(&Data::String(currency.to_string())));
                    }
                    (Kind::Quantity(None), Cell::Quantity(_, unit)) => {
                        prop_assert_eq!(fields.next(), Some(&Data::String(unit.to_string())));
                    }
                    (Kind::Money(None) | Kind::Quantity(None), _) => prop_assert_eq!(fields.next(), Some(&Data::Empty)),
                    _ => {}
                }
            }
        }
    }
}

fn one(name: &str, kind: Kind, cells: impl IntoIterator<Item = Cell<'static>>) -> (Section, Vec<Vec<Cell<'static>>>) {
    (Section::new(name, vec![Column::new("A", kind)]), cells.into_iter().map(|cell| vec![cell]).collect())
}

#[test]
fn the_summary_proves_the_tables() {
    let eur = currency("EUR");
    let report = report("en-GB");
    let (mut section, rows) =
        one("Fulham", Kind::Money(Some(eur)), ["10.25", "-0.20"].map(|amount| Cell::money(dec(amount), eur)));
    section.gaps.push("Till 2 was offline".to_owned());
    section.kpis.push(Kpi::new("Margin", Cell::Percent(dec("0.2"))).against("last week", Cell::Percent(dec("0.01"))));
    let (mut book, receipt, file) = write(&report, XlsxOptions::default(), &[(section, rows)]);
    assert_eq!(book.sheet_names(), ["Summary", "Fulham"]);
    let summary = sheet(&mut book, "Summary");
    let lines: Vec<String> = summary
        .rows()
        .map(|row| row.iter().map(ToString::to_string).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" | "))
        .collect();
    for line in [
        "Wöchentlicher Bericht",
        "Organization | Ὀδύσσεια & Söhne",
        "Scope | Stores 1; =2",
        "Filters | without gift cards",
        "As of | 23/11/2026 07:00",
        "Time zone | Europe/Berlin",
        "Missing | Store 7 is closed",
        "Fulham | Margin | 0.2 | last week | 0.01",
        "Fulham | 2",
        "Rows in all sections | 2",
        "Fulham | A (EUR) | 10.05 | 10.05",
        "Fulham | Missing: Till 2 was offline",
    ] {
        assert!(lines.iter().any(|found| found == line), "{line:?} is not in {lines:#?}");
    }
    assert_eq!(receipt.sections[0].totals[0].sum, Some(dec("10.05")));
    let again = {
        let (mut section, rows) =
            one("Fulham", Kind::Money(Some(eur)), ["10.25", "-0.20"].map(|amount| Cell::money(dec(amount), eur)));
        section.gaps.push("Till 2 was offline".to_owned());
        section
            .kpis
            .push(Kpi::new("Margin", Cell::Percent(dec("0.2"))).against("last week", Cell::Percent(dec("0.01"))));
        write(&report, XlsxOptions::default(), &[(section, rows)]).2
    };
    assert!(file == again, "the same report gives the same bytes");
}

#[test]
fn what_a_sheet_cannot_hold_is_said_and_found() {
    let report = report("en-GB");
    let long = format!("={}é", "word ".repeat(20_000));
    let at = |at: &str| Cell::from(at.parse::<jiff::Timestamp>().expect("an instant"));
    let (mut book, receipt, _) = write(
        &report,
        XlsxOptions::default(),
        &[
            one("Texts", Kind::Text, ["short".into(), long.clone().into()]),
            one(
                "Numbers",
                Kind::Decimal,
                ["0.1", "9007199254740993", "1234567890.12345678901"].map(|n| Cell::from(dec(n))),
            ),
            one(
                "Instants",
                Kind::Timestamp,
                [at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z"), at("1850-01-01T00:00:00Z")],
            ),
            one(
                "Days",
                Kind::Date,
                [
                    Date::constant(1900, 1, 1),
                    Date::constant(1900, 2, 28),
                    Date::constant(1900, 3, 1),
                    Date::constant(1899, 12, 31),
                ]
                .map(Cell::from),
            ),
        ],
    );
    let notes: Vec<&[String]> = receipt.sections.iter().map(|section| section.notes.as_slice()).collect();
    assert!(notes[0].is_empty());
    assert!(
        notes[1].len() == 1 && notes[1][0].starts_with("Numbers with more digits") && notes[1][0].ends_with(": 2"),
        "{notes:?}"
    );
    assert!(notes[2].iter().any(|note| note.starts_with("Instants in the hour") && note.ends_with(": 2")), "{notes:?}");
    assert!(notes[2].iter().any(|note| note.starts_with("Days before 1900") && note.ends_with(": 1")), "{notes:?}");
    assert!(notes[3].iter().any(|note| note.starts_with("Days before 1900") && note.ends_with(": 1")), "{notes:?}");

    let texts = sheet(&mut book, "Texts");
    let shown = texts[(2, 0)].to_string();
    assert!(shown.encode_utf16().count() <= 32_767 && long.starts_with(&shown[..31_000]));
    assert!(shown.ends_with("… [whole text: sheet “Long texts”, from row 2]"), "{}", &shown[31_900..]);
    let pieces = sheet(&mut book, "Long texts");
    let whole: String = pieces.rows().skip(1).map(|row| row[2].to_string()).collect();
    assert!(whole == long);
    assert_eq!(
        pieces.rows().nth(1).map(|row| (row[0].to_string(), row[1].to_string())),
        Some(("Texts".to_owned(), "A3".to_owned()))
    );

    let days = sheet(&mut book, "Days");
    for (row, expected) in [(1, 1.0), (2, 59.0), (3, 61.0)] {
        assert!(matches!(&days[(row, 0)], Data::DateTime(day) if day.as_f64() == expected), "{:?}", days[(row, 0)]);
    }
    assert_eq!(days[(4, 0)], Data::String("1899-12-31".to_owned()));
    let exact = sheet(&mut book, "Summary")
        .rows()
        .any(|row| row.iter().any(|cell| cell == &Data::String("9007200489308883.22345678901".to_owned())));
    assert!(exact, "the control total is exact where the doubles are not");
}

#[test]
fn sections_of_the_same_columns_share_a_sheet() {
    let mut report = report("en-GB");
    report.joined_by = Some("Store".to_owned());
    let (mut book, receipt, _) = write(
        &report,
        XlsxOptions::default(),
        &[
            one("Fulham", Kind::Integer, [1, 2].map(Cell::from)),
            one("=Łódź", Kind::Integer, [3].map(Cell::from)),
            one("Other", Kind::Text, [Cell::from("x")]),
        ],
    );
    assert_eq!(book.sheet_names(), ["Summary", "Store", "Store (2)"]);
    let joined = sheet(&mut book, "Store");
    let rows: Vec<(String, String)> = joined.rows().map(|row| (row[0].to_string(), row[1].to_string())).collect();
    let expected = [("Store", "A"), ("Fulham", "1"), ("Fulham", "2"), ("=Łódź", "3")];
    assert_eq!(rows, expected.map(|(store, value)| (store.to_owned(), value.to_owned())));
    assert_eq!(receipt.sections.iter().map(|section| section.rows).collect::<Vec<_>>(), [2, 1, 1]);
}

#[test]
fn a_chart_stands_beside_its_numbers() {
    let mut section = Section::new("Fulham", Vec::new());
    section.chart = Some(Chart {
        kind: ChartKind::Line,
        title: "=Sales".to_owned(),
        unit: "EUR".to_owned(),
        labels: vec!["Mon".to_owned(), "Tue".to_owned(), "Wed".to_owned()],
        series: vec![Series::new("=A1", vec![Some(dec("1.5")), None, Some(dec("-2"))])],
    });
    let (mut book, _, file) = write(&report("en-GB"), XlsxOptions::default(), &[(section.clone(), Vec::new())]);
    let charts = sheet(&mut book, "Charts");
    assert_eq!(charts[(0, 0)], Data::String("Fulham: =Sales (EUR)".to_owned()));
    assert_eq!(charts[(1, 1)], Data::String("=A1".to_owned()));
    assert_eq!(
        (&charts[(2, 1)], &charts[(3, 1)], &charts[(4, 1)]),
        (&Data::Float(1.5), &Data::Empty, &Data::Float(-2.0))
    );
    assert!(file.windows(20).any(|bytes| bytes == b"xl/charts/chart1.xml"));

    if let Some(chart) = &mut section.chart {
        chart.labels.pop();
    }
    let mut export = Export::xlsx(std::io::sink(), &report("en-GB"), XlsxOptions::default()).expect("an export");
    assert!(matches!(export.begin(&section), Err(RenderError::Chart { expected: 2, found: 3, .. })));
}

#[test]
fn limits_are_named() {
    let report = report("en-GB");
    let many: Vec<Column> = (0..16_385).map(|at| Column::new(at.to_string(), Kind::Integer)).collect();
    let mut export = Export::xlsx(std::io::sink(), &report, XlsxOptions::default()).expect("an export");
    assert!(matches!(export.begin(&Section::new("Wide", many)), Err(RenderError::Limit { found: 16_385, .. })));

    let mut export = Export::xlsx(std::io::sink(), &report, XlsxOptions::default()).expect("an export");
    let refused = (0..300)
        .find_map(|at| export.begin(&Section::new(at.to_string(), vec![Column::new("A", Kind::Integer)])).err());
    let message = refused.expect("not 300 sheets").to_string();
    assert!(message.contains("joined_by"), "{message}");

    for rows in [0, 1_048_576] {
        let options = XlsxOptions { rows_per_sheet: Some(rows), scratch: None };
        assert!(matches!(Export::xlsx(std::io::sink(), &report, options), Err(RenderError::Option(_))));
    }
    let nowhere = XlsxOptions { scratch: Some("/nowhere/at/all".into()), rows_per_sheet: None };
    assert!(Export::xlsx(std::io::sink(), &report, nowhere).is_err());
}
