//! What a million rows cost: `cargo run --release -p vyavs-render --example million [csv|xlsx|pdf] [rows]`.
//!
//! Without a format it measures CSV and XLSX, each in a process of its own, so that one does not hide behind the other.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp, civil};
use rust_decimal::Decimal;
use vyavs_domain::money::Currency;
use vyavs_render::{Cell, Column, Export, Format, Kind, Locale, Options, Report, Section};

type Any = Box<dyn std::error::Error>;

fn main() -> Result<(), Any> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rows: u32 = arguments.get(1).map_or(Ok(1_000_000), |rows| rows.parse())?;
    match arguments.first().map(String::as_str) {
        Some("csv") => measure(Format::Csv, rows),
        Some("xlsx") => measure(Format::Xlsx, rows),
        Some("pdf") => measure(Format::Pdf, rows),
        Some(other) => Err(format!("{other:?} is not csv, xlsx or pdf").into()),
        None => ["csv", "xlsx"].into_iter().try_for_each(|format| {
            let done =
                std::process::Command::new(std::env::current_exe()?).args([format, &rows.to_string()]).status()?;
            if done.success() { Ok(()) } else { Err(format!("{format} failed").into()) }
        }),
    }
}

fn measure(format: Format, rows: u32) -> Result<(), Any> {
    let folder = std::env::temp_dir().join(format!("vyavs-render-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("million.{}", format.extension()));
    let started = Instant::now();
    let done = write(format, rows, BufWriter::new(File::create(&path)?));
    let seconds = started.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(&path)?.len();
    std::fs::remove_dir_all(&folder)?;
    done?;
    let mut out = std::io::stdout().lock();
    let mib = bytes as f64 / 1_048_576.0;
    writeln!(
        out,
        "{:4} {rows} rows x 9 columns: {seconds:.1} s, {mib:.0} MiB, peak RSS {} MiB",
        format.extension(),
        peak()?
    )?;
    Ok(())
}

/// The most memory this process has had, in MiB.
fn peak() -> Result<u64, Any> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}

fn write(format: Format, rows: u32, sink: impl Write + Send) -> Result<(), Any> {
    let eur: Currency = "EUR".parse()?;
    let start: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let mut report = Report::new("Every line sold", start, Locale::new("de-DE")?);
    report.timezone = jiff::tz::TimeZone::get("Europe/Berlin")?;
    let columns = vec![
        Column::new("Filiale", Kind::Text),
        Column::new("SKU", Kind::Text),
        Column::new("Artikel", Kind::Text),
        Column::new("Tag", Kind::Date),
        Column::new("Verkauft um", Kind::Timestamp),
        Column::new("Menge", Kind::Quantity(Some("Stk".to_owned()))),
        Column::new("Preis", Kind::Money(Some(eur))).without_total(),
        Column::new("Umsatz", Kind::Money(Some(eur))),
        Column::new("Rabatt", Kind::Percent),
    ];
    let mut export = Export::open(format, sink, &report, Options::default())?;
    export.begin(&Section::new("Zeilen", columns))?;
    let first = civil::date(2026, 1, 1);
    for row in 0..i64::from(rows) {
        let price = Decimal::new(99 + row % 4_900, 2);
        let count = Decimal::from(1 + row % 7);
        let store = format!("Filiale {:03}", row % 50);
        let sku = format!("{:013}", 4_000_000_000_000 + row % 20_000);
        let item = format!("Artikel {} „Größe {}“", row % 20_000, row % 12);
        export.row(&[
            store.into(),
            sku.into(),
            item.into(),
            first.checked_add(SignedDuration::from_hours(24 * (row / 3_000)))?.into(),
            start.checked_add(SignedDuration::from_secs(row * 29))?.into(),
            Cell::quantity(count, "Stk"),
            Cell::money(price, eur),
            Cell::money(price * count, eur),
            Cell::Percent(Decimal::new(row % 30, 2)),
        ])?;
    }
    let receipt = export.finish()?;
    assert_eq!(receipt.rows, u64::from(rows));
    Ok(())
}
