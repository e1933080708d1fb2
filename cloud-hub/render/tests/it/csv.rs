//! What is written as CSV is read back by another reader, whatever it was.

use proptest::prelude::*;
use rust_decimal::Decimal;
use vyavs_render::{Cell, Column, CsvOptions, Delimiter, Export, Kind, RenderError, Section, restore};

use crate::support::{columns, currency, dec, report, rows};

/// The fields of every record, by the `csv` crate.
fn read(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(bytes);
    reader.records().map(|record| record.expect("RFC 4180").iter().map(str::to_owned).collect()).collect()
}

/// Takes off the control records as the documentation says.
fn without_trailer(mut records: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let last = &records.last().expect("a trailer")[0];
    let count: usize = last.strip_prefix("# trailer records: ").expect("the count").parse().expect("a number");
    records.truncate(records.len() - count);
    records
}

/// A cell as a reader must find it: its field, and that of its currency or unit where there is one.
fn expected(cell: &Cell<'_>, column: &Column) -> Vec<String> {
    let value = match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_string(),
        Cell::Integer(number) => number.to_string(),
        Cell::Decimal(number) | Cell::Money(number, _) | Cell::Quantity(number, _) => number.to_string(),
        Cell::Percent(share) => (share * Decimal::from(100)).normalize().to_string(),
        Cell::Date(date) => date.to_string(),
        Cell::Timestamp(at) => at.to_string(),
    };
    let unit = match (cell, &column.kind) {
        (Cell::Money(_, currency), Kind::Money(None)) => vec![currency.to_string()],
        (Cell::Quantity(_, unit), Kind::Quantity(None)) => vec![unit.to_string()],
        (_, Kind::Money(None) | Kind::Quantity(None)) => vec![String::new()],
        _ => Vec::new(),
    };
    [vec![value], unit].concat()
}

/// A field in the same spelling.
fn found(field: &str, cell: &Cell<'_>) -> String {
    match cell {
        Cell::Text(_) => restore(field).into_owned(),
        Cell::Percent(_) => dec(field).normalize().to_string(),
        Cell::Timestamp(_) => field.parse::<jiff::Timestamp>().expect("ISO 8601 with offset").to_string(),
        _ => field.to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_was_written_is_read_back(
        rows in rows(0..12),
        delimiter in prop_oneof![Just(Delimiter::Comma), Just(Delimiter::Semicolon), Just(Delimiter::Tab), Just(Delimiter::Pipe)],
        byte_order_mark in any::<bool>(),
        trailer in any::<bool>(),
    ) {
        let options = CsvOptions { delimiter, byte_order_mark, trailer, file_name: None };
        let (columns, mut file) = (columns(), Vec::new());
        let mut export = Export::csv(&mut file, &report("de-DE"), options).expect("an export");
        export.section(&Section::new("All", columns.clone()), &rows).expect("every row fits");
        let receipt = export.finish().expect("a file");
        prop_assert_eq!(receipt.rows as usize, rows.len());
        prop_assert_eq!(file.starts_with("\u{feff}".as_bytes()), byte_order_mark);

        let mut records = read(&file, delimiter.byte());
        if trailer {
            records = without_trailer(records);
        }
        prop_assert_eq!(records.len(), rows.len() + 1);
        for (record, row) in records[1..].iter().zip(&rows) {
            let mut fields = record.iter();
            for (cell, column) in row.iter().zip(&columns) {
                let expected = expected(cell, column);
                prop_assert_eq!(&found(fields.next().expect("a field"), cell), &expected[0]);
                for unit in &expected[1..] {
                    prop_assert_eq!(restore(fields.next().expect("a unit")), unit.as_str());
                }
            }
            prop_assert!(fields.next().is_none());
        }
    }
}

#[test]
fn the_file_is_as_documented() {
    let mut file = Vec::new();
    let mut report = report("de-DE");
    report.joined_by = Some("Filiale".to_owned());
    let options = CsvOptions { trailer: true, delimiter: Delimiter::Semicolon, ..CsvOptions::default() };
    let mut export = Export::csv(&mut file, &report, options).expect("an export");
    let columns = vec![
        Column::new("Artikel", Kind::Text),
        Column::new("Umsatz", Kind::Money(None)),
        Column::new("Marge", Kind::Percent),
        Column::new("Um", Kind::Timestamp),
    ];
    let mut section = Section::new("Köln", columns);
    section.gaps.push("Kasse 2 offline".to_owned());
    let at = |at: &str| Cell::from(at.parse::<jiff::Timestamp>().expect("an instant"));
    let eur = |amount: &str| Cell::money(dec(amount), currency("EUR"));
    export.begin(&section).expect("the first section");
    export
        .row(&["Brot \"500 g\"; hell".into(), eur("-1.50"), Cell::Percent(dec("0.125")), at("2026-10-25T00:30:00Z")])
        .expect("a row");
    section.heading = "=Łódź".to_owned();
    section.gaps.clear();
    export.begin(&section).expect("the second section");
    export.row(&["=1+1".into(), Cell::Empty, Cell::Empty, at("2026-10-25T01:30:00Z")]).expect("a row");
    let receipt = export.finish().expect("a file");
    let expected = "Filiale;Artikel;Umsatz;Umsatz Währung;Marge (%);Um\r\n\
        Köln;\"Brot \"\"500 g\"\"; hell\";-1.50;EUR;12.5;2026-10-25T02:30:00+02:00\r\n\
        '=Łódź;'=1+1;;;;2026-10-25T02:30:00+01:00\r\n\
        # title: Wöchentlicher Bericht;;;;;\r\n\
        # organization: Ὀδύσσεια & Söhne;;;;;\r\n\
        \"# scope: Stores 1;' =2\";;;;;\r\n\
        # filters: without gift cards;;;;;\r\n\
        # as of: 2026-11-23T06:00:00Z;;;;;\r\n\
        # time zone: Europe/Berlin;;;;;\r\n\
        # missing: Store 7 is closed;;;;;\r\n\
        # missing in Köln: Kasse 2 offline;;;;;\r\n\
        # control total of Köln: Umsatz (EUR) -1.50;;;;;\r\n\
        # rows of Köln: 1;;;;;\r\n\
        # rows of =Łódź: 1;;;;;\r\n\
        # rows: 2;;;;;\r\n\
        # trailer records: 13;;;;;\r\n";
    assert_eq!(String::from_utf8(file).expect("UTF-8"), expected);

    let sidecar: serde_json::Value = serde_json::from_str(&receipt.sidecar.expect("a sidecar")).expect("JSON");
    assert_eq!(sidecar["@context"], "http://www.w3.org/ns/csvw");
    assert_eq!(sidecar["dialect"]["delimiter"], ";");
    let columns = sidecar["tableSchema"]["columns"].as_array().expect("columns");
    assert_eq!(columns.len(), 6);
    assert_eq!(columns[5]["datatype"], "dateTimeStamp");
    let notes = &sidecar["notes"][0];
    assert_eq!((&notes["rows"], &notes["filters"]), (&2.into(), &"without gift cards".into()));
    assert_eq!(notes["sections"][0]["control_totals"][0]["sum"], "-1.50");
    assert_eq!(notes["sections"][0]["missing"][0], "Kasse 2 offline");
}

#[test]
fn a_second_table_is_refused() {
    let mut file = Vec::new();
    let mut export = Export::csv(&mut file, &report("en-GB"), CsvOptions::default()).expect("an export");
    export.begin(&Section::new("One", vec![Column::new("A", Kind::Text)])).expect("the first");
    let second = export.begin(&Section::new("Two", vec![Column::new("A", Kind::Text)]));
    assert!(matches!(second, Err(RenderError::SecondTable { section, .. }) if section == "Two"));
    assert!(matches!(export.finish(), Err(RenderError::Broken)));
}
