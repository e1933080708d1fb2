//! What was promised against what is held: the five counts.
//!
//! The till's list of acknowledged receipts, or the invoices as the source file has them, become [`Ticket`]s; the hub's
//! tables become a [`Held`]; [`compare`] counts what is *missing, duplicate, altered, misordered* and *unexplained*.

mod compare;
mod held;
pub mod paper;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use vyavs_domain::sale::{Receipt, Tender};

pub use compare::{Comparison, Counts, compare};
pub use held::{Gaps, Held, HeldHead, HeldLine};

/// The till's own name of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The till.
    pub terminal: String,
    /// The day in the books, ISO 8601.
    pub business_day: String,
    /// The number on the ticket.
    pub number: String,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.terminal, self.business_day, self.number)
    }
}

/// All that a receipt's head says. Amounts in minor units, times in µs since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the fields of a receipt")]
pub struct HeadFacts {
    pub kind: String,
    pub source: String,
    pub currency: String,
    pub total_minor: i64,
    pub tax_minor: i64,
    pub discount_minor: i64,
    pub line_count: i64,
    pub operator: Option<String>,
    pub customer: Option<String>,
    pub closed_at_us: i64,
    pub tenders: Vec<Tender>,
}

/// All that a line says. Decimals are text: `2.50` is not `2.5`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the fields of a line")]
pub struct LineFacts {
    pub sku: String,
    pub name: String,
    pub quantity: String,
    pub unit_price: String,
    pub discount_minor: i64,
    pub total_minor: i64,
    pub currency: String,
    pub sold_at_us: i64,
    pub customer: Option<String>,
}

/// A receipt that must be held exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Which.
    pub key: Key,
    /// What its head says.
    pub head: HeadFacts,
    /// Its lines in order, each with its number.
    pub lines: Vec<(i64, LineFacts)>,
}

/// The serde (snake case) text of a plain enum.
pub(crate) fn name_of(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

impl From<Receipt> for Ticket {
    fn from(receipt: Receipt) -> Self {
        let currency = receipt.currency.to_string();
        let head = HeadFacts {
            kind: name_of(receipt.kind),
            source: name_of(receipt.source),
            currency: currency.clone(),
            total_minor: receipt.total_minor,
            tax_minor: receipt.tax_minor,
            discount_minor: receipt.discount_minor,
            line_count: receipt.lines.len() as i64,
            operator: receipt.operator,
            customer: receipt.customer.clone(),
            closed_at_us: receipt.closed_at.as_microsecond(),
            tenders: receipt.tenders,
        };
        let line = |line: vyavs_domain::sale::SaleLine| {
            let facts = LineFacts {
                sku: line.sku,
                name: line.name,
                quantity: line.quantity.to_string(),
                unit_price: line.unit_price.to_string(),
                discount_minor: line.discount_minor,
                total_minor: line.total_minor,
                currency: currency.clone(),
                sold_at_us: line.sold_at.as_microsecond(),
                customer: receipt.customer.clone(),
            };
            (i64::from(line.line_no), facts)
        };
        let key = Key {
            terminal: receipt.key.terminal.as_str().to_owned(),
            business_day: receipt.key.business_day.to_string(),
            number: receipt.key.number,
        };
        Self { key, head, lines: receipt.lines.into_iter().map(line).collect() }
    }
}

/// Why a ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It cannot be read.
    #[error("failed to read the ledger {0}")]
    Read(PathBuf, #[source] std::io::Error),
    /// A line is not what the simulator writes.
    #[error("{path}, line {line}: not an entry of a ledger")]
    Entry {
        /// Which file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// What a till was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promises {
    /// Receipts acknowledged as stored, in this order.
    pub stored: Vec<Ticket>,
    /// Items acknowledged as unreadable; they are named at the hub, not among its receipts.
    pub quarantined: u64,
    /// What else happened at the tills: drawers opened without a sale, cashiers who came and went, lines taken off.
    pub events: u64,
}

#[derive(Deserialize)]
struct Entry {
    outcome: String,
    receipt: Option<Receipt>,
}

/// Reads the list that `vyavs-store-sim play --ledger` wrote.
pub fn read(path: &Path) -> Result<Promises, LedgerError> {
    let failed = |error| LedgerError::Read(path.to_owned(), error);
    let mut promises = Promises::default();
    for (place, line) in BufReader::new(File::open(path).map_err(failed)?).lines().enumerate() {
        let line = line.map_err(failed)?;
        let entry: Entry = serde_json::from_str(&line).map_err(|source| LedgerError::Entry {
            path: path.to_owned(),
            line: place + 1,
            source,
        })?;
        match (entry.outcome.as_str(), entry.receipt) {
            ("quarantined", _) => promises.quarantined += 1,
            (_, Some(receipt)) => promises.stored.push(receipt.into()),
            (_, None) => promises.events += 1,
        }
    }
    Ok(promises)
}

#[cfg(test)]
mod tests;
