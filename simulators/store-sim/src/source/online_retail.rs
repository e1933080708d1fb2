//! The UCI Online Retail invoices as tickets (data set 352, Chen, Sain & Guo 2012; CC BY 4.0).
//!
//! One invoice number is one ticket, wherever its lines stand in the file; a line's number is its place within its
//! invoice in file order. Nothing is left out: `C` invoices are returns, `A` invoices adjustments, prices may be 0,
//! 0.001 or negative, names may be empty. Invoices come in the order of their first line, which is the file's.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::{Currency, Decimal, extended_minor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine};
use vyavs_domain::time::{StoreTime, TimeError};

use super::table::{self, TableError};

/// Why the file could not be read; nothing of it was played.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Not CSV, or not these columns.
    #[error("{path}: {source}")]
    Csv {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        source: csv::Error,
    },
    /// A time that is none.
    #[error("line {line}, InvoiceDate")]
    Time {
        /// In the file, from 1.
        line: u64,
        /// What it says.
        #[source]
        source: TimeError,
    },
    /// A number that is none.
    #[error("line {line}: {column} {got:?} is not a decimal")]
    Decimal {
        /// In the file, from 1.
        line: u64,
        /// Which column.
        column: &'static str,
        /// What it says.
        got: String,
    },
    /// An amount beyond 64 bits.
    #[error("line {line}: Quantity {quantity} x UnitPrice {price} is beyond 64 bits of minor units")]
    Amount {
        /// In the file, from 1.
        line: u64,
        /// As in the file.
        quantity: Decimal,
        /// As in the file.
        price: Decimal,
    },
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "InvoiceNo")]
    invoice: String,
    #[serde(rename = "StockCode")]
    code: String,
    #[serde(rename = "Description")]
    name: String,
    // Texts: a CSV reader that guesses would make a float of 2.50, and the scale is part of a price.
    #[serde(rename = "Quantity")]
    quantity: String,
    #[serde(rename = "InvoiceDate")]
    at: String,
    #[serde(rename = "UnitPrice")]
    price: String,
    #[serde(rename = "CustomerID")]
    customer: String,
}

/// Where and for whom the invoices were rung.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Its reading of time; the file's times are local.
    pub time: StoreTime,
    /// The one till all invoices come from.
    pub terminal: TerminalId,
    /// Of all prices.
    pub currency: Currency,
}

/// Reads `DIR/invoices.csv`, or else `DIR/invoices.csv.gz`; a path to a file is read as it is.
pub fn read(path: &Path, shop: &Shop) -> Result<Vec<Receipt>, ReadError> {
    let found = table::find(path, "invoices.csv")?;
    let bytes = table::bytes(&found)?;
    read_csv(bytes, shop).map_err(|error| match error {
        ReadError::Csv { source, .. } => ReadError::Csv { path: found, source },
        other => other,
    })
}

fn read_csv(bytes: impl Read, shop: &Shop) -> Result<Vec<Receipt>, ReadError> {
    let csv_error = |source| ReadError::Csv { path: PathBuf::new(), source };
    // No trimming: names keep the spaces they have.
    let mut reader = csv::Reader::from_reader(std::io::BufReader::with_capacity(1 << 16, bytes));
    let headers = reader.headers().map_err(csv_error)?.clone();
    let mut record = csv::StringRecord::new();
    let mut receipts: Vec<Receipt> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    while reader.read_record(&mut record).map_err(csv_error)? {
        let line = record.position().map_or(0, csv::Position::line);
        let row: Row = record.deserialize(Some(&headers)).map_err(csv_error)?;
        let at = shop.time.read(&row.at).map_err(|source| ReadError::Time { line, source })?;
        let quantity = decimal(line, "Quantity", &row.quantity)?;
        let price = decimal(line, "UnitPrice", &row.price)?;
        let beyond = || ReadError::Amount { line, quantity, price };
        let total_minor = extended_minor(quantity, price, shop.currency).ok_or_else(beyond)?;
        let place = *places.entry(row.invoice).or_insert_with_key(|invoice| {
            receipts.push(open(invoice, at, &row.customer, shop));
            receipts.len() - 1
        });
        let receipt = &mut receipts[place];
        receipt.closed_at = receipt.closed_at.max(at);
        receipt.total_minor = receipt.total_minor.checked_add(total_minor).ok_or_else(beyond)?;
        receipt.lines.push(SaleLine {
            line_no: receipt.lines.len() as u32 + 1,
            sku: row.code,
            name: row.name,
            quantity,
            unit_price: price,
            discount_minor: 0,
            total_minor,
            sold_at: at,
        });
    }
    Ok(receipts)
}

fn decimal(line: u64, column: &'static str, text: &str) -> Result<Decimal, ReadError> {
    text.parse().map_err(|_| ReadError::Decimal { line, column, got: text.to_owned() })
}

fn open(invoice: &str, at: jiff::Timestamp, customer: &str, shop: &Shop) -> Receipt {
    let kind = match invoice.as_bytes().first() {
        Some(b'C') => ReceiptKind::Return,
        Some(b'A') => ReceiptKind::Adjustment,
        _ => ReceiptKind::Sale,
    };
    Receipt {
        key: ReceiptKey {
            terminal: shop.terminal.clone(),
            business_day: shop.time.business_day(at),
            number: invoice.to_owned(),
        },
        kind,
        source: ReceiptSource::Journal,
        closed_at: at,
        currency: shop.currency,
        total_minor: 0,
        tax_minor: 0,
        discount_minor: 0,
        // The file does not say how an invoice was paid.
        tenders: Vec::new(),
        operator: None,
        customer: (!customer.is_empty()).then(|| customer.to_owned()),
        lines: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::london;

    fn shop() -> Shop {
        Shop { time: london(), terminal: "till-1".parse().expect("a name"), currency: "GBP".parse().expect("a code") }
    }

    const HEAD: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    fn parse(rows: &str) -> Result<Vec<Receipt>, ReadError> {
        read_csv(format!("{HEAD}{rows}").as_bytes(), &shop())
    }

    #[test]
    fn an_invoice_is_one_ticket_wherever_its_lines_stand() {
        let receipts = parse(
            "1,A,\" X, Y \",6,2011-07-01 08:26:00,2.50,17850,UK\n\
             2,B,,1,2011-07-01 08:27:00,0.0,,UK\n\
             1,A,\" X, Y \",6,2011-07-01 08:28:00,2.55,17850,UK\n\
             C3,M,Manual,-1,2011-07-02 01:00:00,0.001,,UK\n\
             A4,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,UK\n",
        )
        .expect("well-formed");
        assert_eq!(receipts.len(), 4);
        let one = &receipts[0];
        assert_eq!(one.lines.iter().map(|line| line.line_no).collect::<Vec<_>>(), [1, 2]);
        assert_eq!((one.total_minor, one.customer.as_deref()), (3_030, Some("17850")));
        assert_eq!(one.closed_at, one.lines[1].sold_at);
        assert_eq!(one.lines[0].name, " X, Y ");
        assert_eq!(one.lines[0].unit_price.to_string(), "2.50", "the scale is kept");
        assert_eq!(receipts[2].kind, ReceiptKind::Return);
        assert_eq!(receipts[2].key.business_day.to_string(), "2011-07-01", "the day starts at four");
        assert_eq!(receipts[2].lines[0].unit_price.to_string(), "0.001");
        assert_eq!((receipts[3].kind, receipts[3].total_minor), (ReceiptKind::Adjustment, -1_106_206));
        assert!(receipts.iter().all(|receipt| receipt.balance().is_ok()));
    }

    #[test]
    fn what_is_no_invoice_is_named_with_its_line() {
        let error = parse("1,A,X,six,2011-07-01 08:26:00,2.55,,UK\n").expect_err("no number").to_string();
        assert!(error.contains("line 2: Quantity \"six\""), "{error}");
        let error = parse("1,A,X,6,01/07/2011,2.55,,UK\n").expect_err("no time").to_string();
        assert!(error.contains("line 2, InvoiceDate"), "{error}");
        let big = "9999999999999999999";
        assert!(parse(&format!("1,A,X,{big},2011-07-01 08:26:00,{big},,UK\n")).is_err());
        assert!(matches!(read(Path::new("/nonexistent"), &shop()), Err(ReadError::Table(TableError::NoFile { .. }))));
    }
}
