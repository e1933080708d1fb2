//! The weekly report of a chain of fifty stores as PDF, and what it costs:
//! `cargo run --release -p vyavs-render --example weekly [file] [locale]`.

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use jiff::civil;
use rust_decimal::Decimal;
use vyavs_domain::money::Currency;
use vyavs_render::{
    Cell, Chart, ChartKind, Column, Export, Kind, Kpi, Locale, PdfOptions, Period, Report, Section, Series,
};

type Any = Box<dyn std::error::Error>;

const PLACES: [&str; 5] =
    ["Köln, Schildergasse", "Łódź, Piotrkowska", "Αθήνα, Ερμού", "Fulham, North End Road", "Zürich, Bahnhofstraße"];
const GOODS: [&str; 4] =
    ["Weißbrot 500 g", "Żółty ser plastry", "Ελαιόλαδο 1 l", "Semi-skimmed milk, 2 pints, local farms only"];

fn main() -> Result<(), Any> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| std::env::temp_dir().join("weekly.pdf").display().to_string());
    let locale = Locale::new(&arguments.next().unwrap_or_else(|| "de-DE".to_owned()))?;
    let started = Instant::now();
    let file = File::create(&path)?;
    let receipt = weekly(&file, locale)?;
    let seconds = started.elapsed().as_secs_f64();
    let kib = file.metadata()?.len() / 1024;
    let mut out = std::io::stdout().lock();
    let (sections, rows) = (receipt.sections.len(), receipt.rows);
    writeln!(out, "{path}: {sections} sections, {rows} rows, {seconds:.2} s, {kib} KiB, peak RSS {} MiB", peak()?)?;
    Ok(())
}

/// The most memory this process has had, in MiB.
fn peak() -> Result<u64, Any> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}

fn weekly(file: &File, locale: Locale) -> Result<vyavs_render::Receipt, Any> {
    let eur: Currency = "EUR".parse()?;
    let mut report = Report::new("Week 47: sales, stock and waste", "2026-11-23T06:00:00Z".parse()?, locale);
    report.subtitle = "Every store, compared with the week before".to_owned();
    report.organization = "Ὀδύσσεια & Söhne Sp. z o.o.".to_owned();
    report.scope = "All 50 stores".to_owned();
    report.filters = "Without gift cards and deposits".to_owned();
    report.timezone = jiff::tz::TimeZone::get("Europe/Berlin")?;
    report.period = Some(Period { from: civil::date(2026, 11, 16), through: civil::date(2026, 11, 22) });
    report.joined_by = Some("Store".to_owned());
    let mut export = Export::pdf(file, &report, PdfOptions::default())?;
    for store in 0..50_i64 {
        let heading = format!("{} ({})", PLACES[store as usize % PLACES.len()], store + 1);
        let mut section = Section::new(heading, columns(eur));
        section.kpis = vec![
            Kpi::new("Net sales", Cell::money(Decimal::new(1_234_567 + store * 1_003, 2), eur))
                .change("on last week", Cell::Percent(Decimal::new(31 - store, 3))),
            Kpi::new("Baskets", 4_321 + store).against("last week", 4_200),
            Kpi::new("Waste", Cell::Percent(Decimal::new(12 + store % 9, 3)))
                .against("target", Cell::Percent(Decimal::new(15, 3))),
            Kpi::new("Coldest shelf", Decimal::new(21 + store % 20, 1)).unit("°C"),
        ];
        section.chart = Some(chart(store));
        if store % 7 == 3 {
            section.gaps.push(
                "The till was offline on 18 November from 14:05 to 16:40; its receipts have not arrived.".to_owned(),
            );
        }
        export.begin(&section)?;
        for row in 0..40_i64 {
            let price = Decimal::new(89 + (row * 37 + store) % 900, 2);
            let count = Decimal::from(1 + (row * 11 + store) % 60);
            export.row(&[
                format!("{:013}", 4_000_000_000_000_i64 + row).into(),
                format!("{} {}", GOODS[row as usize % GOODS.len()], row + 1).into(),
                civil::date(2026, 11, 16 + (row % 7) as i8).into(),
                Cell::quantity(count, if row % 4 == 1 { "kg" } else { "pcs" }),
                Cell::money(price, eur),
                Cell::money(price * count, eur),
                Cell::Percent(Decimal::new((row * 7) % 450, 3)),
                (row % 5 != 0).then_some(120 - row * 2).into(),
            ])?;
        }
    }
    Ok(export.finish()?)
}

fn columns(eur: Currency) -> Vec<Column> {
    vec![
        Column::new("GTIN", Kind::Text),
        Column::new("Article", Kind::Text),
        Column::new("Best day", Kind::Date),
        Column::new("Sold", Kind::Quantity(None)),
        Column::new("Price", Kind::Money(Some(eur))).without_total(),
        Column::new("Net sales", Kind::Money(Some(eur))),
        Column::new("Margin", Kind::Percent).decimals(1),
        Column::new("On hand", Kind::Integer),
    ]
}

fn chart(store: i64) -> Chart {
    let days = ["Mon 16", "Tue 17", "Wed 18", "Thu 19", "Fri 20", "Sat 21", "Sun 22"];
    let week = |shift: i64| {
        let day = |day: i64| {
            (day != 2 || store % 7 != 3).then(|| Decimal::from(900 + ((day * 173 + store * 31 + shift) % 800)))
        };
        (0..7).map(day).collect()
    };
    Chart {
        kind: if store % 2 == 0 { ChartKind::Line } else { ChartKind::Bar },
        title: "Net sales by day".to_owned(),
        unit: "EUR".to_owned(),
        labels: days.map(str::to_owned).to_vec(),
        series: vec![Series::new("This week", week(0)), Series::new("Last week", week(90))],
    }
}
