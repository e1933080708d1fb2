//! R49: no text becomes a formula, in no spreadsheet, by no delimiter.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use vyavs_render::{Cell, Column, CsvOptions, Delimiter, Export, Kind, Section, XlsxOptions, restore};

use crate::support::{FORMULAS, dec, report};

const TRIGGERS: [char; 9] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\u{fe66}'];

fn section() -> Section {
    Section::new("=Formulas", vec![Column::new("=Text", Kind::Text), Column::new("Number", Kind::Integer)])
}

#[test]
fn no_field_of_a_csv_begins_a_formula_however_it_is_split() {
    for delimiter in [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab, Delimiter::Pipe] {
        let mut file = Vec::new();
        let options = CsvOptions { delimiter, ..CsvOptions::default() };
        let mut export = Export::csv(&mut file, &report("en-GB"), options).expect("an export");
        export.section(&section(), FORMULAS.iter().map(|text| [Cell::from(*text), Cell::from(1)])).expect("rows");
        export.finish().expect("a file");

        // As its own reader sees it.
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter.byte()).from_reader(file.as_slice());
        assert_eq!(&reader.headers().expect("a header")[0], "'=Text");
        let fields: Vec<String> = reader.records().map(|record| record.expect("a record")[0].to_owned()).collect();
        for (field, text) in fields.iter().zip(FORMULAS) {
            let seen = field
                .trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || "\"\u{feff}\u{200b}".contains(c));
            assert!(!seen.starts_with(TRIGGERS), "{text:?} is read as {field:?}");
            assert_eq!(restore(field), *text);
        }
        assert_eq!(fields.len(), FORMULAS.len());

        // As one that knows another delimiter and, the quotes then being inside its cells, no quotes either.
        let text = String::from_utf8(file).expect("UTF-8");
        for other in [';', '\t', '|'].into_iter().filter(|other| u32::from(*other) != u32::from(delimiter.byte())) {
            for line in text.split(['\n', '\r']) {
                for piece in line.split(other) {
                    let seen = piece.trim_start_matches([' ', '"', '\u{feff}', '\u{200b}', '\u{a0}', '\u{b}', '\u{0}']);
                    assert!(!seen.starts_with(TRIGGERS), "split at {other:?}: {piece:?}");
                }
            }
        }
    }
}

#[test]
fn a_unit_or_a_heading_is_no_formula_either() {
    let mut file = Vec::new();
    let mut report = report("en-GB");
    report.joined_by = Some("@Store".to_owned());
    let mut export = Export::csv(&mut file, &report, CsvOptions::default()).expect("an export");
    let section = Section::new("=Fulham", vec![Column::new("Amount", Kind::Quantity(None))]);
    export.section(&section, [[Cell::quantity(dec("-2"), "=cmd")]]).expect("a row");
    export.finish().expect("a file");
    assert_eq!(String::from_utf8(file).expect("UTF-8"), "'@Store,Amount,Amount unit\r\n'=Fulham,-2,'=cmd\r\n");
}

#[test]
fn numbers_stay_numbers() {
    let columns = vec![
        Column::new("Integer", Kind::Integer),
        Column::new("Decimal", Kind::Decimal),
        Column::new("Share", Kind::Percent),
        Column::new("Text", Kind::Text),
    ];
    let row = [Cell::from(-5), Cell::from(dec("-0.50")), Cell::Percent(dec("-0.125")), "-5".into()];
    let mut file = Vec::new();
    let mut export = Export::csv(&mut file, &report("en-GB"), CsvOptions::default()).expect("an export");
    export.section(&Section::new("All", columns.clone()), [&row]).expect("a row");
    export.finish().expect("a file");
    assert_eq!(String::from_utf8(file).expect("UTF-8").lines().nth(1), Some("-5,-0.50,-12.5,-5"));

    let mut file = Vec::new();
    let mut export = Export::xlsx(&mut file, &report("en-GB"), XlsxOptions::default()).expect("an export");
    export.section(&Section::new("All", columns), [&row]).expect("a row");
    export.finish().expect("a file");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).expect("a workbook");
    let sheet = book.worksheet_range("All").expect("the sheet");
    let found: Vec<&Data> = sheet.rows().nth(1).expect("the row").iter().collect();
    assert_eq!(found, [&Data::Float(-5.0), &Data::Float(-0.5), &Data::Float(-0.125), &Data::String("-5".to_owned())]);
}

#[test]
fn a_workbook_has_no_formula_and_keeps_the_words() {
    let mut file = Vec::new();
    let mut export = Export::xlsx(&mut file, &report("en-GB"), XlsxOptions::default()).expect("an export");
    export.section(&section(), FORMULAS.iter().map(|text| [Cell::from(*text), Cell::from(-5)])).expect("rows");
    export.finish().expect("a file");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).expect("a workbook");
    for name in book.sheet_names() {
        assert!(book.worksheet_formula(&name).expect("a sheet").is_empty(), "{name}");
    }
    let sheet = book.worksheet_range("=Formulas").expect("the sheet");
    for (row, text) in sheet.rows().skip(1).zip(FORMULAS) {
        assert_eq!(row, [Data::String((*text).to_owned()), Data::Float(-5.0)]);
    }
    assert_eq!(sheet.rows().count(), FORMULAS.len() + 1);
}
