//! The tickets as a recorded file has them, read without any of the code that plays them: numbers stay the text they
//! are, and what the file leaves open is decided here a second time, as the player's documentation has it.

mod bread_basket;
mod complete_journey;
mod online_retail;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use serde::Serialize;

use crate::house::Shop;
use crate::ledger::Ticket;

/// A recorded file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// UCI Online Retail: `invoices.csv`; one shop in London.
    OnlineRetail,
    /// Complete Journey: `transactions.csv` and `products.csv`; 263 shops at four tills.
    CompleteJourney,
    /// A bakery in Edinburgh: `transactions.csv`; no prices.
    BreadBasket,
}

/// What a shop's books are kept by.
struct Place {
    zone: &'static str,
    currency: &'static str,
    /// Local time.
    day_starts: &'static str,
    most_tills: usize,
}

impl Record {
    fn place(self) -> Place {
        match self {
            Self::OnlineRetail => online_retail::SHOP,
            Self::CompleteJourney => complete_journey::SHOP,
            Self::BreadBasket => bread_basket::SHOP,
        }
    }

    /// The flag by which `vyavs-store-sim play` takes its folder.
    pub fn flag(self) -> &'static str {
        match self {
            Self::OnlineRetail => "--online-retail",
            Self::CompleteJourney => "--complete-journey",
            Self::BreadBasket => "--bread-basket",
        }
    }

    /// How many tickets a till may have unacknowledged; `None` is what a till usually may. Where tickets are small, few,
    /// so that faults strike while the tills still ring.
    pub fn window(self) -> Option<u32> {
        match self {
            Self::OnlineRetail => None,
            Self::CompleteJourney | Self::BreadBasket => Some(2),
        }
    }

    /// The shop that it is played in. On paper it has one till, however many it has otherwise.
    pub fn shop(self, prints: bool) -> Shop {
        let Place { zone, currency, day_starts, .. } = self.place();
        let terminals = (0..self.tills(prints)).map(till).collect();
        Shop { zone: zone.to_owned(), currency: currency.to_owned(), day_starts: day_starts.to_owned(), terminals }
    }

    fn tills(self, prints: bool) -> usize {
        if prints { 1 } else { self.place().most_tills }
    }

    /// The file of tickets, and the column that names the ticket of a row.
    fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::OnlineRetail => (online_retail::FILE, online_retail::COLUMNS[0]),
            Self::CompleteJourney => (complete_journey::FILE, complete_journey::COLUMNS[0]),
            Self::BreadBasket => (bread_basket::FILE, bread_basket::COLUMNS[0]),
        }
    }

    /// The tickets of `sample`, in the order of their first line.
    pub fn read(self, dir: &Path, sample: Sample, prints: bool) -> anyhow::Result<Vec<Ticket>> {
        let tickets = match self {
            Self::OnlineRetail => online_retail::read(dir, sample),
            Self::CompleteJourney => complete_journey::read(dir, sample, self.tills(prints)),
            Self::BreadBasket => bread_basket::read(dir, sample),
        }?;
        ensure!(!tickets.is_empty(), "{} has no ticket", dir.display());
        Ok(tickets)
    }

    /// Writes the tickets of `sample` into a folder that can be played like the whole, all their lines, field for field.
    pub fn slice(self, dir: &Path, sample: Sample, into: &Path) -> anyhow::Result<()> {
        let (file, column) = self.file();
        if self == Self::CompleteJourney {
            // What is not sliced is used where it lies.
            let products = std::fs::canonicalize(find(dir, complete_journey::PRODUCTS)?)?;
            let name = products.file_name().context("a file has a name")?;
            let link = into.join(name);
            let _ = std::fs::remove_file(&link);
            std::os::unix::fs::symlink(&products, link).context("failed to point to the products")?;
        }
        slice(&find(dir, file)?, column, sample, &into.join(file))
    }
}

/// Name of the till at a place, from 0.
fn till(place: usize) -> String {
    format!("till-{}", place + 1)
}

/// `DIR/name`, or else `DIR/name.gz`.
fn find(dir: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let candidates = [dir.join(name), dir.join(format!("{name}.gz"))];
    let found = candidates.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| anyhow!("{} holds neither {name} nor {name}.gz", dir.display()))
}

fn open(path: &Path) -> anyhow::Result<csv::Reader<Box<dyn Read>>> {
    let file = BufReader::new(File::open(path).with_context(|| format!("failed to open {}", path.display()))?);
    let bytes: Box<dyn Read> = match path.extension() {
        Some(end) if end == "gz" => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    Ok(csv::Reader::from_reader(bytes))
}

/// The rows of a file, with the columns that are asked for.
struct Rows<const N: usize> {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read>>,
    record: csv::StringRecord,
    at: [usize; N],
}

impl<const N: usize> Rows<N> {
    fn open(dir: &Path, name: &str, columns: [&str; N]) -> anyhow::Result<Self> {
        let path = find(dir, name)?;
        let mut reader = open(&path)?;
        let headers = reader.headers()?.clone();
        let mut at = [0; N];
        for (place, name) in at.iter_mut().zip(columns) {
            let found = headers.iter().position(|header| header == name);
            *place = found.with_context(|| format!("{} has no column {name}", path.display()))?;
        }
        Ok(Self { path, reader, record: csv::StringRecord::new(), at })
    }

    /// The next row, and where it stands for an error about it.
    fn next(&mut self) -> anyhow::Result<Option<(impl Fn() -> String + use<N>, [&str; N])>> {
        let read = self.reader.read_record(&mut self.record);
        if !read.with_context(|| format!("{} is not CSV", self.path.display()))? {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let path = self.path.clone();
        let wrong = move || format!("{}, line {line}", path.display());
        Ok(Some((wrong, self.at.map(|place| self.record.get(place).unwrap_or("")))))
    }
}

/// Which tickets of a file.
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

    /// Whether the ticket at `place` of the file is one, from 0.
    pub(super) fn takes(&self, place: usize) -> bool {
        let every = self.every.max(1);
        place.is_multiple_of(every) && place / every < self.limit
    }
}

fn slice(from: &Path, column: &str, sample: Sample, into: &Path) -> anyhow::Result<()> {
    let mut reader = open(from)?;
    let headers = reader.headers()?.clone();
    let ticket = headers.iter().position(|header| header == column).with_context(|| format!("no column {column}"))?;
    let mut writer = csv::Writer::from_path(into)?;
    writer.write_record(&headers)?;
    let mut places: HashMap<String, bool> = HashMap::new();
    for record in reader.records() {
        let record = record?;
        let number = record.get(ticket).unwrap_or("");
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
        let tickets = Record::OnlineRetail.read(dir.path(), Sample::ALL, false).expect("readable");
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

    const BASKETS: &str = "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,\
        coupon_match_disc,week,transaction_timestamp\n\
        906,319,31,7,1.0,1.5,0.29,0.0,0.0,1,2017-01-02 04:30:27\n\
        906,319,31,8,2.0,3.55,1.78,0.55,0.45,1,2017-01-02 04:30:27\n\
        906,319,31,9,3.0,1.0,0.0,0.5,0.0,1,2017-01-02 04:30:27\n\
        12,361,32,7,0.0,4.440892e-16,0.0,1.0,0.0,1,2017-07-01 03:59:59\n\
        12,319,33,7,32623.0,75.0,3.26,0.0,0.0,1,2017-07-01 05:00:00\n";

    /// The same rows as in the player's own test, decided a second time.
    #[test]
    fn a_basket_is_read_as_the_player_says_it_plays_it() {
        let (dir, part) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        std::fs::write(dir.path().join("transactions.csv"), BASKETS).expect("written");
        std::fs::write(dir.path().join("products.csv"), "product_id,product_type,package_size\n7,APPLE SAUCE,50 OZ\n")
            .expect("written");
        let journey = Record::CompleteJourney;
        let tickets = journey.read(dir.path(), Sample::ALL, false).expect("readable");
        let one = &tickets[0];
        assert_eq!((one.head.total_minor, one.head.customer.as_deref()), (605, Some("906")));
        assert_eq!((one.key.business_day.as_str(), one.key.terminal.as_str()), ("2017-01-01", "till-1"));
        assert_eq!(one.head.tenders[0].amount_minor, 105);
        let prices: Vec<&str> = one.lines.iter().map(|(_, line)| &*line.unit_price).collect();
        assert_eq!(prices, ["1.79", "2.89", "0.333"]);
        assert_eq!((one.lines[0].1.name.as_str(), one.lines[1].1.name.as_str()), ("APPLE SAUCE 50 OZ", ""));
        assert_eq!((one.lines[1].1.discount_minor, one.lines[0].1.quantity.as_str()), (223, "1.0"));
        assert_eq!((tickets[1].key.terminal.as_str(), tickets[1].head.total_minor), ("till-2", 0));
        assert_eq!(tickets[1].lines[0].1.unit_price, "0.00");
        assert_eq!((tickets[2].key.terminal.as_str(), &*tickets[2].lines[0].1.unit_price), ("till-1", "0.002399"));
        assert!(journey.read(dir.path(), Sample::ALL, true).expect("readable")[1].key.terminal == "till-1");
        let sample = Sample { every: 2, limit: 9 };
        journey.slice(dir.path(), sample, part.path()).expect("written");
        let sliced = journey.read(part.path(), Sample::ALL, false).expect("readable");
        assert_eq!(sliced, journey.read(dir.path(), sample, false).expect("readable"));
        assert_eq!(sliced.len(), 2);
    }

    #[test]
    fn a_bakers_roll_has_no_money() {
        let dir = tempfile::tempdir().expect("a directory");
        let rows = "Date,Time,Transaction,Item\n2017-01-01,01:21:05,2,NONE\n2017-01-01,01:21:05,2,Bread\n";
        std::fs::write(dir.path().join("transactions.csv"), rows).expect("written");
        let tickets = Record::BreadBasket.read(dir.path(), Sample::ALL, false).expect("readable");
        assert_eq!((tickets[0].key.business_day.as_str(), tickets[0].head.total_minor), ("2016-12-31", 0));
        let lines: Vec<(&str, &str)> = tickets[0].lines.iter().map(|(_, l)| (&*l.sku, &*l.unit_price)).collect();
        assert_eq!(lines, [("NONE", "0.00"), ("Bread", "0.00")]);
    }

    #[test]
    fn a_slice_is_the_same_as_the_limit() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("invoices.csv"), FILE).expect("written");
        let part = tempfile::tempdir().expect("a directory");
        for (sample, numbers) in
            [(Sample { limit: 1, ..Sample::ALL }, vec!["1"]), (Sample { every: 2, limit: 9 }, vec!["1", "C3"])]
        {
            Record::OnlineRetail.slice(dir.path(), sample, part.path()).expect("written");
            let limited = Record::OnlineRetail.read(dir.path(), sample, false).expect("readable");
            assert_eq!(limited.iter().map(|ticket| &*ticket.key.number).collect::<Vec<_>>(), numbers);
            assert_eq!(limited[0].lines.len(), 2, "all lines, wherever they stand");
            assert_eq!(Record::OnlineRetail.read(part.path(), Sample::ALL, false).expect("readable"), limited);
        }
        assert!(Record::OnlineRetail.read(&dir.path().join("none"), Sample::ALL, false).is_err());
    }
}
