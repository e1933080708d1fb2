//! The invoices as the file has them, read without any of the code that plays them: numbers stay the text they are.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::ledger::{HeadFacts, Key, LineFacts, Ticket};

/// The shop that the data set comes from: its zone, currency and the hour its books close.
pub const ZONE: &str = "Europe/London";
/// See [`ZONE`].
pub const CURRENCY: &str = "GBP";
/// See [`ZONE`]; a local time.
pub const DAY_STARTS: &str = "04:00";
/// The one till of the replay.
pub const TERMINAL: &str = "till-1";

const COLUMNS: [&str; 7] =
    ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"];

/// `DIR/invoices.csv`, or else `DIR/invoices.csv.gz`.
pub fn find(dir: &Path) -> anyhow::Result<PathBuf> {
    let candidates = [dir.join("invoices.csv"), dir.join("invoices.csv.gz")];
    let found = candidates.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| anyhow!("{} holds neither invoices.csv nor invoices.csv.gz", dir.display()))
}

fn open(path: &Path) -> anyhow::Result<csv::Reader<Box<dyn Read>>> {
    let file = BufReader::new(File::open(path).with_context(|| format!("failed to open {}", path.display()))?);
    let bytes: Box<dyn Read> = match path.extension() {
        Some(end) if end == "gz" => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    Ok(csv::Reader::from_reader(bytes))
}

/// Which invoices of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The first, and then every so manieth, in the order of their first line.
    pub every: usize,
    /// At most so many.
    pub limit: usize,
}

impl Sample {
    /// The whole file.
    pub const ALL: Self = Self { every: 1, limit: usize::MAX };

    /// Whether the invoice at `place` of the file is one, from 0.
    fn takes(&self, place: usize) -> bool {
        let every = self.every.max(1);
        place.is_multiple_of(every) && place / every < self.limit
    }
}

/// The invoices of `sample`, in the order of their first line.
pub fn read(dir: &Path, sample: Sample) -> anyhow::Result<Vec<Ticket>> {
    let path = find(dir)?;
    let zone = TimeZone::get(ZONE).context("the time zone of the data set is unknown here")?;
    let mut reader = open(&path)?;
    let headers = reader.headers()?.clone();
    let mut at = [0; COLUMNS.len()];
    for (place, name) in at.iter_mut().zip(COLUMNS) {
        let found = headers.iter().position(|header| header == name);
        *place = found.with_context(|| format!("{} has no column {name}", path.display()))?;
    }
    let mut tickets: Vec<Ticket> = Vec::new();
    let mut places: HashMap<String, Option<usize>> = HashMap::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("{} is not CSV", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let [invoice, code, name, quantity, date, price, customer] = at.map(|place| record.get(place).unwrap_or(""));
        let place = match places.get(invoice) {
            Some(place) => *place,
            None => {
                let place = sample.takes(places.len()).then_some(tickets.len());
                places.insert(invoice.to_owned(), place);
                place
            }
        };
        let Some(place) = place else { continue };
        let wrong = || format!("{}, line {line}", path.display());
        let local: DateTime = date.parse().with_context(wrong)?;
        let sold_at = local.to_zoned(zone.clone()).with_context(wrong)?.timestamp().as_microsecond();
        let total_minor = total(quantity, price).with_context(wrong)?;
        if place == tickets.len() {
            tickets.push(ticket(invoice, local, customer)?);
        }
        let ticket = &mut tickets[place];
        ticket.head.total_minor += total_minor;
        ticket.head.line_count += 1;
        ticket.head.closed_at_us = ticket.head.closed_at_us.max(sold_at);
        let facts = LineFacts {
            sku: code.to_owned(),
            name: name.to_owned(),
            quantity: quantity.to_owned(),
            unit_price: price.to_owned(),
            discount_minor: 0,
            total_minor,
            currency: CURRENCY.to_owned(),
            sold_at_us: sold_at,
            customer: ticket.head.customer.clone(),
        };
        ticket.lines.push((ticket.head.line_count, facts));
    }
    ensure!(!tickets.is_empty(), "{} has no invoice", path.display());
    Ok(tickets)
}

fn ticket(invoice: &str, local: DateTime, customer: &str) -> anyhow::Result<Ticket> {
    let kind = match invoice.as_bytes().first() {
        Some(b'C') => "return",
        Some(b'A') => "adjustment",
        _ => "sale",
    };
    let key = Key {
        terminal: TERMINAL.to_owned(),
        // The books close at four: what was rung before belongs to the day before.
        business_day: local.checked_sub(4.hours())?.date().to_string(),
        number: invoice.to_owned(),
    };
    let head = HeadFacts {
        kind: kind.to_owned(),
        source: "journal".to_owned(),
        currency: CURRENCY.to_owned(),
        total_minor: 0,
        tax_minor: 0,
        discount_minor: 0,
        line_count: 0,
        operator: None,
        customer: (!customer.is_empty()).then(|| customer.to_owned()),
        closed_at_us: i64::MIN,
        tenders: Vec::new(),
    };
    Ok(Ticket { key, head, lines: Vec::new() })
}

/// Quantity × price in pence, half away from zero.
fn total(quantity: &str, price: &str) -> anyhow::Result<i64> {
    let (quantity, price): (Decimal, Decimal) = (quantity.parse()?, price.parse()?);
    let pence =
        (quantity * price * Decimal::ONE_HUNDRED).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    pence.to_i64().context("an amount beyond 64 bits")
}

/// Writes the invoices of `sample` to `into/invoices.csv`, all their lines, field for field.
pub fn slice(dir: &Path, sample: Sample, into: &Path) -> anyhow::Result<()> {
    let mut reader = open(&find(dir)?)?;
    let headers = reader.headers()?.clone();
    let invoice = headers.iter().position(|header| header == COLUMNS[0]).context("no column InvoiceNo")?;
    let mut writer = csv::Writer::from_path(into.join("invoices.csv"))?;
    writer.write_record(&headers)?;
    let mut places: HashMap<String, bool> = HashMap::new();
    for record in reader.records() {
        let record = record?;
        let number = record.get(invoice).unwrap_or("");
        let taken = match places.get(number) {
            Some(taken) => *taken,
            None => {
                let taken = sample.takes(places.len());
                places.insert(number.to_owned(), taken);
                taken
            }
        };
        if taken {
            writer.write_record(&record)?;
        }
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
        1,A,\" X, \"\"Y\"\" \",6,2011-07-01 08:26:00,2.50,17850,UK\n\
        2,B,,1,2011-07-01 08:27:00,0.0,,UK\n\
        1,A,\" X, \"\"Y\"\" \",6,2011-07-01 08:28:00,2.50,17850,UK\n\
        C3,M,Manual,-3,2011-07-02 03:59:00,0.005,,UK\n";

    #[test]
    fn numbers_stay_text_and_the_day_is_the_books_day() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("invoices.csv"), FILE).expect("written");
        let tickets = read(dir.path(), Sample::ALL).expect("readable");
        assert_eq!(tickets.len(), 3);
        let one = &tickets[0];
        assert_eq!((one.head.total_minor, one.head.line_count), (3_000, 2));
        assert_eq!(one.lines[1].0, 2);
        assert_eq!(one.lines[1].1.unit_price, "2.50");
        assert_eq!(one.lines[0].1.name, " X, \"Y\" ");
        // Summer time in London.
        assert_eq!(
            one.head.closed_at_us,
            "2011-07-01T07:28:00Z".parse::<jiff::Timestamp>().expect("a time").as_microsecond()
        );
        assert_eq!(tickets[1].lines[0].1.unit_price, "0.0");
        let three = &tickets[2];
        assert_eq!((three.head.kind.as_str(), three.head.total_minor), ("return", -2), "half a penny, away from zero");
        assert_eq!(three.key.business_day, "2011-07-01");
    }

    #[test]
    fn a_slice_is_the_same_as_the_limit() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("invoices.csv"), FILE).expect("written");
        let part = tempfile::tempdir().expect("a directory");
        for (sample, numbers) in
            [(Sample { limit: 1, ..Sample::ALL }, vec!["1"]), (Sample { every: 2, limit: 9 }, vec!["1", "C3"])]
        {
            slice(dir.path(), sample, part.path()).expect("written");
            let limited = read(dir.path(), sample).expect("readable");
            assert_eq!(limited.iter().map(|ticket| &*ticket.key.number).collect::<Vec<_>>(), numbers);
            assert_eq!(limited[0].lines.len(), 2, "all lines, wherever they stand");
            assert_eq!(read(part.path(), Sample::ALL).expect("readable"), limited);
        }
        assert!(read(&dir.path().join("none"), Sample::ALL).is_err());
    }
}
