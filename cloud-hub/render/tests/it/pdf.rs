//! Every word of a report is in its PDF, by the account of readers that know nothing of this crate: lopdf always, and
//! poppler-utils where it is installed.

use std::collections::BTreeMap;
use std::process::Command;

use lopdf::{Document, Object};
use proptest::prelude::*;
use vyavs_render::{
    Cell, Chart, ChartKind, Column, Export, Kind, Kpi, PdfOptions, Receipt, RenderError, Report, Section, Series,
};

use crate::support::{columns, currency, dec, report, rows};

fn write(report: &Report, sections: &[(Section, Vec<Vec<Cell<'static>>>)]) -> (Vec<u8>, Receipt) {
    let mut file = Vec::new();
    let mut export = Export::pdf(&mut file, report, PdfOptions::default()).expect("an export");
    for (section, rows) in sections {
        export.section(section, rows).expect("every row fits");
    }
    let receipt = export.finish().expect("a file");
    (file, receipt)
}

/// What `tool` of poppler-utils says about the file; `None`, with the reason on the console, where it is not installed.
fn poppler(tool: &str, options: &[&str], file: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, file).expect("written");
    let mut command = Command::new(tool);
    command.args(options).arg(&path);
    if tool == "pdftotext" {
        command.arg("-");
    }
    match command.output() {
        Ok(done) => {
            assert!(done.status.success(), "{tool}: {}", String::from_utf8_lossy(&done.stderr));
            let complaints = String::from_utf8_lossy(&done.stderr);
            // Versions before 23 expect a dictionary here; ISO 32000-1, table 321, has the boolean that is there.
            let known = |line: &str| line == "Syntax Error: Suspects object is wrong type (boolean)";
            assert_eq!(complaints.lines().find(|line| !known(line)), None, "{tool} complains");
            Some(String::from_utf8_lossy(&done.stdout).into_owned())
        }
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: {tool} of poppler-utils is not installed");
            None
        }
        Err(why) => panic!("{tool}: {why}"),
    }
}

fn load(file: &[u8]) -> Document {
    Document::load_mem(file).expect("a PDF")
}

/// The text of every page in the order of its content, which keeps a cell broken over lines together: by each reader.
fn readings(file: &[u8]) -> Vec<Vec<String>> {
    let document = load(file);
    let numbers: Vec<u32> = document.get_pages().keys().copied().collect();
    let first = numbers.iter().map(|page| document.extract_text(&[*page]).expect("text")).collect();
    let second = poppler("pdftotext", &["-raw", "-enc", "UTF-8"], file);
    let second = second.map(|text| text.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect());
    [Some(first), second].into_iter().flatten().collect()
}

/// Without what line breaking adds or moves.
fn solid(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What a cell shows, said a second time and only for English: the crate's own words are what is tested.
fn shown(cell: &Cell<'_>, column: &Column) -> String {
    match (cell, &column.kind) {
        (Cell::Text(text), _) => text.to_string(),
        (Cell::Money(amount, currency), Kind::Money(None)) => format!("{amount} {currency}"),
        (Cell::Date(date), _) => date.strftime("%m/%d/%Y").to_string(),
        (Cell::Integer(number), _) => number.to_string(),
        _ => String::new(),
    }
}

/// A table whose words European fonts can set.
fn readable(count: usize) -> (Section, Vec<Vec<Cell<'static>>>) {
    let columns = vec![
        Column::new("Artikel", Kind::Text),
        Column::new("Bemerkung", Kind::Text),
        Column::new("Anzahl", Kind::Integer),
        Column::new("Umsatz", Kind::Money(None)),
        Column::new("Tag", Kind::Date),
    ];
    let words = [
        "Straße",
        "ΕΛΛΗΝΙΚΆ",
        "Zażółć",
        "gęślą",
        "jaźń",
        "fluffig",
        "Ёлка",
        "½",
        "→",
        "★",
        "Donaudampfschifffahrtsgesellschaftskapitän",
    ];
    let row = |at: usize| {
        let text = (0..at % 23).map(|word| words[(at * 7 + word) % words.len()]).collect::<Vec<_>>().join(" ");
        vec![
            format!("{}{}", words[at % words.len()], at).into(),
            text.into(),
            Cell::from(at as i64 % 999),
            Cell::money(dec("12.50"), currency("PLN")),
            jiff::civil::date(2026, 1 + (at % 12) as i8, 1 + (at % 28) as i8).into(),
        ]
    };
    (Section::new("Übersicht Łódź Αθήνα", columns), (0..count).map(row).collect())
}

#[test]
fn every_cell_heading_and_total_can_be_read() {
    let (mut section, rows) = readable(120);
    section.gaps.push("Kasse 3 war offline".to_owned());
    section.kpis.push(
        Kpi::new("Net sales", Cell::money(dec("1234567.8"), currency("EUR")))
            .change("on last week", Cell::Percent(dec("0.034"))),
    );
    section.chart = Some(Chart {
        kind: ChartKind::Line,
        title: "Umsatz je Tag".to_owned(),
        unit: "EUR".to_owned(),
        labels: ["Mo", "Di", "Mi"].map(str::to_owned).to_vec(),
        series: vec![Series::new("diese Woche", vec![Some(dec("3")), None, Some(dec("97"))])],
    });
    let (file, receipt) = write(&report("en-US"), &[(section.clone(), rows.clone())]);
    assert!(receipt.sections[0].notes.is_empty(), "{:?}", receipt.sections[0].notes);
    for pages in readings(&file) {
        let read = solid(&pages.concat());
        for row in &rows {
            for (cell, column) in row.iter().zip(&section.columns) {
                let expected = solid(&shown(cell, column));
                // A cell over two pages has the lines above and below the content between its parts.
                let found = read.contains(&expected) || expected.len() > 40 && in_two(&read, &expected);
                assert!(found, "{expected:?} is not in the file");
            }
        }
        for expected in [
            "Wöchentlicher Bericht",
            "Organization: Ὀδύσσεια & Söhne",
            "Filters: without gift cards",
            "Time zone: Europe/Berlin",
            "Missing: Store 7 is closed",
            "Übersicht Łódź Αθήνα",
            "1,234,567.80 EUR",
            "+3.4% on last week",
            "Umsatz je Tag (EUR)",
            "diese Woche",
            "Rows: 120",
            "Control total Umsatz (PLN): 1,500.00",
            "Control total Anzahl: 7,140",
            "Missing: Kasse 3 war offline",
            "Rows in all sections: 120",
        ] {
            assert!(read.contains(&solid(expected)), "{expected:?} is not in the file");
        }
        assert!(pages.len() > 3);
        for (at, page) in pages.iter().enumerate() {
            let number = solid(&format!("Page {} of {}", at + 1, pages.len()));
            assert!(solid(page).contains(&number), "{number} is not on {page}");
        }
        let with_header = pages.iter().filter(|page| solid(page).contains("ArtikelBemerkungAnzahlUmsatzTag")).count();
        let with_rows = pages.iter().filter(|page| page.contains("12.50")).count();
        assert_eq!(with_header, with_rows, "a page of the table lacks its header");
    }
}

/// Whether `text` is in `read` in two parts.
fn in_two(read: &str, text: &str) -> bool {
    text.char_indices()
        .map(|(at, _)| text.split_at(at))
        .any(|(head, tail)| read.find(head).is_some_and(|at| read[at + head.len()..].contains(tail)))
}

/// How often each role stands in the structure tree, and the number of cells of each row.
fn roles(document: &Document, at: &Object, count: &mut BTreeMap<String, usize>, rows: &mut Vec<usize>) {
    let (_, at) = document.dereference(at).expect("a reference that leads somewhere");
    let Ok(element) = at.as_dict() else { return };
    let children: Vec<Object> = match element.get(b"K").map(|kids| document.dereference(kids).expect("kids").1) {
        Ok(Object::Array(kids)) => kids.clone(),
        Ok(one) => vec![one.clone()],
        Err(_) => Vec::new(),
    };
    if let Ok(role) = element.get(b"S").and_then(Object::as_name) {
        let role = String::from_utf8_lossy(role).into_owned();
        if role == "TR" {
            rows.push(children.len());
        }
        *count.entry(role).or_default() += 1;
    }
    children.iter().for_each(|child| roles(document, child, count, rows));
}

#[test]
fn the_file_is_tagged_and_its_fonts_are_inside() {
    let (mut section, rows) = readable(40);
    section.chart = Some(Chart {
        kind: ChartKind::Bar,
        title: "Umsatz".to_owned(),
        unit: String::new(),
        labels: vec!["Mo".to_owned()],
        series: vec![Series::new("Woche", vec![Some(dec("3"))])],
    });
    let (file, _) = write(&report("de-DE"), &[(section, rows)]);
    let document = load(&file);
    let catalog = document.catalog().expect("a catalog");
    assert_eq!(catalog.get(b"Lang").and_then(Object::as_str).expect("a language"), b"de-DE");
    let marked = catalog.get_deref(b"MarkInfo", &document).and_then(Object::as_dict).expect("mark info");
    assert!(marked.get(b"Marked").and_then(Object::as_bool).expect("marked"));
    let about = catalog.get_deref(b"Metadata", &document).and_then(Object::as_stream).expect("metadata");
    let about = String::from_utf8(about.get_plain_content().expect("XMP")).expect("UTF-8");
    for claim in ["pdfaid:part>2<", "pdfaid:conformance>A<", "pdfuaid:part>1<", "Wöchentlicher Bericht"] {
        assert!(about.contains(claim), "{claim:?} is not in {about}");
    }

    let tree = catalog.get_deref(b"StructTreeRoot", &document).expect("a tree");
    let (mut count, mut cells) = (BTreeMap::new(), Vec::new());
    roles(&document, tree, &mut count, &mut cells);
    assert_eq!(cells, [5; 41]);
    for (role, times) in [("H1", 1), ("H2", 1), ("Table", 1), ("TH", 5 + 40), ("TD", 4 * 40), ("Figure", 1)] {
        assert_eq!(count.get(role), Some(&times), "{role} in {count:?}");
    }

    let mut fonts = 0;
    for object in document.objects.values() {
        let Ok(font) = object.as_dict() else { continue };
        if font.get(b"Type").and_then(Object::as_name).is_ok_and(|kind| kind == b"FontDescriptor") {
            assert!(font.has(b"FontFile2") || font.has(b"FontFile3"), "a font is not embedded");
        }
        if font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Type0") {
            assert!(font.has(b"ToUnicode"), "text in a font cannot be copied");
            fonts += 1;
        }
    }
    assert!(fonts >= 2);
    assert!(file.len() < 100_000, "whole fonts are embedded: {} bytes", file.len());

    let Some(said) = poppler("pdfinfo", &["-struct-text"], &file) else { return };
    assert!(said.contains("\"Zażółć2\"") && !said.contains("Seite 1 von"), "page numbers are no content: {said}");
}

#[test]
fn a_table_too_wide_for_the_page_is_continued() {
    let columns: Vec<Column> = (1..=40).map(|at| Column::new(format!("Spalte{at}"), Kind::Decimal)).collect();
    let row: Vec<Cell> = (1..=40).map(|at| Cell::from(dec(&format!("{at}00000.25")))).collect();
    let (file, _) = write(&report("en-US"), &[(Section::new("Wide", columns), vec![row])]);
    for text in readings(&file).iter().map(|pages| pages.concat()) {
        for at in 1..=40 {
            assert!(text.contains(&format!("Spalte{at}")), "column {at}");
            let grouped = if at < 10 { format!("{at}00,000.25") } else { format!("{},{}00,000.25", at / 10, at % 10) };
            assert!(text.contains(&grouped), "{grouped}");
        }
        assert!(text.contains("of 40"));
    }
}

#[test]
fn what_has_no_shape_is_counted_and_kept() {
    let section = Section::new("Names", vec![Column::new("Name", Kind::Text)]);
    let rows = ["牛奶", "حليب", "ok", "\u{e000}\u{7}", "e\u{301}"].map(|name| vec![Cell::from(name)]).to_vec();
    let (file, receipt) = write(&report("en-US"), &[(section, rows)]);
    assert!(receipt.sections[0].notes[0].ends_with(": 8"), "{:?}", receipt.sections[0].notes);
    let Some(text) = poppler("pdftotext", &["-raw"], &file) else { return };
    assert!(text.contains("牛奶") && text.contains("ok") && text.contains('é'), "{text}");
    // Right-to-left words are read out from their end by the reader of this test.
    assert!(text.contains("حليب") || text.contains(&"حليب".chars().rev().collect::<String>()), "{text}");
}

#[test]
fn strange_reports_are_files_too() {
    let wide = "W".repeat(5_000);
    let mut section =
        Section::new(wide.clone(), vec![Column::new(wide.clone(), Kind::Text), Column::new("", Kind::Integer)]);
    section.kpis.push(Kpi::new(wide.clone(), Cell::Text(wide.clone().into())));
    let chart = |kind, values: &[Option<&str>]| Chart {
        kind,
        title: String::new(),
        unit: String::new(),
        labels: values.iter().map(|_| wide.clone()).collect(),
        series: vec![Series::new("", values.iter().map(|value| value.map(dec)).collect())],
    };
    let (max, min) = ("79228162514264337593543950335", "-79228162514264337593543950335");
    for chart in [
        chart(ChartKind::Line, &[]),
        chart(ChartKind::Bar, &[None]),
        chart(ChartKind::Line, &[Some("0")]),
        chart(ChartKind::Bar, &[Some(max), Some(min)]),
        chart(ChartKind::Line, &[Some(max), None, Some(max)]),
        chart(ChartKind::Line, &[Some("0.0000000000000000000000000001"), Some("0")]),
    ] {
        section.chart = Some(chart);
        let rows = vec![vec![wide.clone().into(), Cell::Empty], vec!["\n\n\n".into(), 5.into()]];
        let mut report = report("el-GR");
        report.title = String::new();
        report.subtitle = wide.clone();
        let (file, _) = write(&report, &[(section.clone(), rows)]);
        // Subtitle, heading, column, label, value and cell have them all; a chart's labels only where they have room.
        for pages in readings(&file) {
            assert!(pages.concat().matches('W').count() >= 30_000);
        }
    }
    let (file, _) = write(&report("en-US"), &[]);
    assert!(file.starts_with(b"%PDF-1.7"));
    let (file, _) = write(&report("en-US"), &[(Section::new("", Vec::new()), Vec::new())]);
    assert!(file.starts_with(b"%PDF-1.7"));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let once = || write(&report("de-DE"), &[readable(30)]).0;
    assert!(once() == once());
}

#[test]
fn a_fallback_font_that_is_none_is_refused() {
    let options = PdfOptions { fallback_fonts: vec![b"no font".to_vec()], ..PdfOptions::default() };
    let refused = Export::pdf(std::io::sink(), &report("en-US"), options).err().expect("refused");
    assert!(matches!(refused, RenderError::Option(ref why) if why.contains("fallback font 0")), "{refused}");
}

#[test]
fn a_table_nobody_can_read_is_refused_and_not_cut() {
    let options = PdfOptions { max_cells: 20, ..PdfOptions::default() };
    let mut export = Export::pdf(std::io::sink(), &report("en-US"), options).expect("an export");
    let (section, rows) = readable(5);
    let refused = export.section(&section, rows).expect_err("25 cells");
    assert!(matches!(refused, RenderError::Limit { found: 25, max: 20, .. }), "{refused}");
    assert!(matches!(export.finish(), Err(RenderError::Broken)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The validators of PDF/A-2a and PDF/UA-1 run over every file; no row may make them refuse it.
    #[test]
    fn every_row_can_be_printed(rows in rows(0..8), locale in prop_oneof![Just("en-IN"), Just("pl-PL"), Just("fr-FR"), Just("el-GR")]) {
        let (file, receipt) = write(&report(locale), &[(Section::new("All", columns()), rows.clone())]);
        prop_assert_eq!(receipt.rows as usize, rows.len());
        prop_assert!(file.starts_with(b"%PDF-1.7"));
    }
}
