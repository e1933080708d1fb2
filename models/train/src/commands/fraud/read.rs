//! Payments out of CSV files, plain or gzip.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use csv::{ByteRecord, Reader};
use flate2::read::MultiGzDecoder;
use jiff::civil::{Date, DateTime};

/// Amounts past this are no payments, and would not add up exactly.
const MOST: f64 = 1e11;

/// The names of the columns.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    pub(super) label: &'a str,
    pub(super) time: &'a str,
    pub(super) amount: &'a str,
    pub(super) entities: &'a [String],
}

/// Numbers for the entities' names, a map for each kind.
#[derive(Debug)]
pub(super) struct Numbers(pub(super) Vec<HashMap<Vec<u8>, u32>>);

/// A row of a file.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) at_s: i64,
    pub(super) amount: f64,
    pub(super) entities: Vec<u32>,
    /// `None` where nobody knows.
    pub(super) fraud: Option<bool>,
}

/// Reads a file whole, in its own order.
pub(super) fn read(path: &Path, columns: &Columns<'_>, numbers: &mut Numbers) -> anyhow::Result<Vec<Row>> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let packed = path.extension().is_some_and(|end| end == "gz");
    let bytes: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut reader = Reader::from_reader(BufReader::with_capacity(1 << 18, bytes));
    let header = reader.byte_headers().with_context(|| format!("{} is not CSV", path.display()))?.clone();
    let find = |name: &str| {
        let place = header.iter().position(|field| field == name.as_bytes());
        place.with_context(|| {
            let there: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
            format!("{} has no column {name:?}, only {}", path.display(), there.join(", "))
        })
    };
    let (label, time, amount) = (find(columns.label)?, find(columns.time)?, find(columns.amount)?);
    let entities = columns.entities.iter().map(|name| find(name)).collect::<Result<Vec<_>, _>>()?;
    let (mut rows, mut record) = (Vec::new(), ByteRecord::new());
    while reader.read_byte_record(&mut record).with_context(|| format!("{} is broken", path.display()))? {
        let line = record.position().map_or(0, csv::Position::line);
        let text = |place: usize| std::str::from_utf8(&record[place]).unwrap_or("").trim();
        let at = |name: &str, place: usize, expected: &str| {
            let given = String::from_utf8_lossy(&record[place]);
            format!("{}, line {line}, column {name}: {given:?}, expected {expected}", path.display())
        };
        let at_s = seconds(text(time))
            .with_context(|| at(columns.time, time, "a date and time such as 2018-08-14 09:30:00"))?;
        let paid: Option<f64> = text(amount).parse().ok().filter(|paid: &f64| paid.abs() <= MOST);
        let paid = paid.with_context(|| at(columns.amount, amount, "an amount, a number within ±1e11"))?;
        let fraud = match text(label) {
            "1" | "true" | "True" | "1.0" => Some(true),
            "0" | "false" | "False" | "0.0" => Some(false),
            "" => None,
            _ => bail!(at(columns.label, label, "0, 1, or nothing where it is not known")),
        };
        let named = entities.iter().zip(&mut numbers.0).map(|(&place, numbers)| {
            let next = numbers.len() as u32;
            match numbers.get(&record[place]) {
                Some(&number) => number,
                None => *numbers.entry(record[place].to_vec()).or_insert(next),
            }
        });
        rows.push(Row { at_s, amount: paid, entities: named.collect(), fraud });
    }
    ensure!(!rows.is_empty(), "{} holds no payment", path.display());
    Ok(rows)
}

/// Seconds of the wall clock that the text shows.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let parsed: Result<DateTime, _> = text.trim_end_matches('Z').parse();
    let at = parsed.or_else(|_| text.parse::<Date>().map(|day| day.at(0, 0, 0, 0))).ok()?;
    at.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp().as_second())
}

/// A span such as 7d, 36h or 0d, in seconds.
pub(super) fn delay(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is no span, expected days or hours such as 7d or 36h");
    let (unit_s, count) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => (86_400, days),
        (_, Some(hours)) => (3_600, hours),
        _ => return Err(wrong()),
    };
    let count: u32 = count.parse().map_err(|_| wrong())?;
    Ok(i64::from(count.min(36_500 * 24)) * unit_s)
}
