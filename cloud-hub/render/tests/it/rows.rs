//! A bad row costs that row, and the counts say what is in the file.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use vyavs_render::{Cell, Column, CsvOptions, Export, Format, Kind, Options, RenderError, RowError, Section};

use crate::support::{columns, currency, dec, report, rows};

/// Sums by hand: millionths in 128 bits, by column and unit.
fn sums(rows: &[Vec<Cell<'_>>], columns: &[Column]) -> BTreeMap<(String, Option<String>), i128> {
    let mut sums = BTreeMap::new();
    for column in columns {
        let unit = match &column.kind {
            Kind::Money(Some(currency)) => Some(currency.to_string()),
            Kind::Quantity(Some(unit)) => Some(unit.clone()),
            Kind::Integer | Kind::Decimal => None,
            _ => continue,
        };
        sums.insert((column.name.clone(), unit), 0);
    }
    for row in rows {
        for (cell, column) in row.iter().zip(columns) {
            let (number, unit) = match cell {
                Cell::Integer(number) => (Decimal::from(*number), None),
                Cell::Decimal(number) => (*number, None),
                Cell::Money(amount, currency) => (*amount, Some(currency.to_string())),
                Cell::Quantity(value, unit) => (*value, Some(unit.to_string())),
                _ => continue,
            };
            let millionths = number.mantissa() * 10_i128.pow(6 - number.scale());
            *sums.entry((column.name.clone(), unit)).or_default() += millionths;
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn totals_are_what_adding_up_gives(rows in rows(0..20), format in prop_oneof![Just(Format::Csv), Just(Format::Xlsx)]) {
        let columns = columns();
        let mut export = Export::open(format, std::io::sink(), &report("en-US"), Options::default()).expect("an export");
        export.section(&Section::new("All", columns.clone()), &rows).expect("every row fits");
        let receipt = export.finish().expect("a file");
        prop_assert_eq!(receipt.rows as usize, rows.len());
        let found: BTreeMap<_, _> = receipt.sections[0].totals.iter().map(|total| {
            let sum = total.sum.expect("within 28 digits");
            ((total.column.clone(), total.unit.clone()), sum.mantissa() * 10_i128.pow(6 - sum.scale()))
        }).collect();
        prop_assert_eq!(found, sums(&rows, &columns));
    }
}

#[test]
fn a_refused_row_is_not_in_the_file_and_the_next_one_is() {
    let columns = vec![Column::new("Store", Kind::Text), Column::new("Net", Kind::Money(Some(currency("EUR"))))];
    let mut file = Vec::new();
    let mut export = Export::csv(&mut file, &report("en-GB"), CsvOptions::default()).expect("an export");
    assert!(matches!(export.row(&[]), Err(RenderError::NoSection)));
    export.begin(&Section::new("All", columns)).expect("a section");
    export.row(&["A".into(), Cell::money(dec("1.00"), currency("EUR"))]).expect("a row");

    let dollars = export.row(&["B".into(), Cell::money(dec("2.00"), currency("USD"))]).expect_err("another currency");
    assert!(dollars.is_row());
    let RenderError::Row { section, row, why } = dollars else { panic!("not a row's error") };
    assert_eq!((section.as_str(), row), ("All", 2));
    assert_eq!(why.to_string(), "column \"Net\" expects amounts in EUR, found 2.00 USD");
    let short = export.row(&["B".into()]).expect_err("too short");
    assert!(matches!(short, RenderError::Row { why: RowError::Width { expected: 2, found: 1 }, .. }));

    export.row(&["C".into(), Cell::money(dec("3.00"), currency("EUR"))]).expect("a row");
    let receipt = export.finish().expect("a file");
    assert_eq!(receipt.sections[0].totals[0].sum, Some(dec("4.00")));
    assert_eq!(String::from_utf8(file).expect("UTF-8"), "Store,Net (EUR)\r\nA,1.00\r\nC,3.00\r\n");
}

#[test]
fn a_column_of_a_million_units_does_not_fill_the_memory() {
    let section = Section::new("All", vec![Column::new("Amount", Kind::Quantity(None))]);
    let mut export = Export::csv(std::io::sink(), &report("en-GB"), CsvOptions::default()).expect("an export");
    export.begin(&section).expect("a section");
    for unit in 0..500 {
        export.row(&[Cell::quantity(dec("1"), unit.to_string())]).expect("a unit");
    }
    let more = export.row(&[Cell::quantity(dec("1"), "one more")]).expect_err("too many");
    assert!(matches!(more, RenderError::Row { why: RowError::Units { max: 500, .. }, .. }));
    export.row(&[Cell::quantity(dec("1"), "7")]).expect("a known unit");
}

#[test]
fn a_disk_that_is_full_is_an_error_in_every_format() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in [Format::Csv, Format::Xlsx, Format::Pdf] {
        let report = report("en-GB");
        let done = (|| {
            let mut export = Export::open(format, Full, &report, Options::default())?;
            export.section(&Section::new("All", vec![Column::new("A", Kind::Integer)]), [[Cell::from(1)]])?;
            export.finish()
        })();
        assert!(done.is_err(), "{format:?}");
    }
}
