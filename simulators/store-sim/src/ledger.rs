//! What the other side said it has, in the order it was said: the independent list that a trial is checked against.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::sale::Receipt;

use crate::item::Item;

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// Acknowledged on the journal wire: durable.
    Stored,
    /// Acknowledged, but as unreadable.
    Quarantined {
        /// What the agent said.
        error: String,
    },
    /// Sent to the printer, which does not answer.
    Printed,
    /// Sent to the printer as a picture.
    PrintedAsImage,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    outcome: &'a Outcome,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum What<'a> {
    Receipt(&'a Receipt),
    NoSale {
        id: &'a str,
        terminal: &'a str,
        at: Timestamp,
        business_day: String,
    },
    Event {
        id: &'a str,
        business_day: String,
        #[serde(flatten)]
        event: &'a TillEvent,
    },
    Page {
        id: &'a str,
        terminal: &'a str,
        at: Timestamp,
        business_day: String,
    },
}

impl<'a> From<&'a Item> for What<'a> {
    fn from(item: &'a Item) -> Self {
        let (id, terminal) = (item.id(), item.terminal().as_str());
        let (at, business_day) = (item.at(), item.business_day().to_string());
        match item {
            Item::Receipt(receipt) => Self::Receipt(receipt),
            Item::Page(_) => Self::Page { id, terminal, at, business_day },
            Item::Event(event) => match &event.event.kind {
                TillEventKind::NoSale { .. } => Self::NoSale { id, terminal, at, business_day },
                _ => Self::Event { id, business_day, event: &event.event },
            },
        }
    }
}

/// Failed to write the ledger.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the ledger {path}")]
pub struct LedgerError {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

/// A JSON Lines file, or none: `{"outcome":"stored","receipt":{…}}`, with the receipt as
/// [`vyavs_domain::sale::Receipt`] serializes, `{"outcome":"stored","no_sale":{id,terminal,at,business_day}}`,
/// `{"outcome":"stored","event":{id,business_day,terminal,at,kind:{…}}}` or `{"outcome":"printed","page":{…}}`.
/// Each line is handed to the system before the next item is sent, so a killed simulator leaves a true list.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Option<Arc<(PathBuf, Mutex<BufWriter<File>>)>>);

impl Ledger {
    /// Writes to `path`, which is emptied first.
    pub fn create(path: &Path) -> Result<Self, LedgerError> {
        let file = File::create(path).map_err(|source| LedgerError { path: path.to_owned(), source })?;
        Ok(Self(Some(Arc::new((path.to_owned(), Mutex::new(BufWriter::new(file)))))))
    }

    /// Keeps nothing.
    pub fn none() -> Self {
        Self(None)
    }

    /// Adds items in this order.
    pub fn write(&self, items: &[(Item, Outcome)]) -> Result<(), LedgerError> {
        let Some(inner) = &self.0 else { return Ok(()) };
        let (path, file) = &**inner;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut write = || -> std::io::Result<()> {
            for (item, outcome) in items {
                let what = What::from(item);
                serde_json::to_writer(&mut *file, &Entry { outcome, what })?;
                file.write_all(b"\n")?;
            }
            file.flush()
        };
        write().map_err(|source| LedgerError { path: path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::receipt;

    #[test]
    fn a_ledger_reads_back_as_the_receipts_it_was_given() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger.jsonl");
        let ledger = Ledger::create(&path).expect("created");
        let (one, two) = (receipt("1"), receipt("2"));
        let bad = Outcome::Quarantined { error: "line 3".to_owned() };
        let item = |receipt: &Receipt| Item::Receipt(Box::new(receipt.clone()));
        ledger.write(&[(item(&one), Outcome::Stored), (item(&two), bad)]).expect("written");
        let text = std::fs::read_to_string(&path).expect("readable");
        let values: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(values[0]["outcome"], "stored");
        assert_eq!(values[1]["error"], "line 3");
        let back: Receipt = serde_json::from_value(values[1]["receipt"].clone()).expect("a receipt");
        assert_eq!(back, two);
        assert!(Ledger::create(&dir.path().join("none/at/all")).is_err());
    }
}
