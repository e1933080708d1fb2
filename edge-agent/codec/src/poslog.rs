//! ARTS POSLog: a till's transactions as XML, read as a stream.
//!
//! ARTS/OMG POSLog 6 and IXRetail 2.x (OMG retail/2017-07-13), namespace `http://www.nrf-arts.org/IXRetail/namespace/`,
//! whatever prefix it goes by; vendors' extensions are passed over, except the rewards of NCR's ACS. Memory is bounded by
//! one transaction. A receipt is accepted when its arithmetic proves it (see `proof`); what cannot be read is put aside
//! with its scrubbed text, and reading goes on at the next transaction.
//!
//! The natural key is store, workstation, sequence and business day: the store is the box's own, the workstation becomes
//! a [`TerminalId`](vyavs_domain::ids::TerminalId), the sequence is the receipt's number.

mod input;
mod node;
mod proof;
#[cfg(test)]
mod tests;
mod transaction;
mod xml;

use std::io::{self, BufRead};

use node::Node;
use xml::{Read, Xml};

use crate::tillfile::{Entry, Place};

/// Why a file cannot be read on. What was read before stands.
#[derive(Debug, thiserror::Error)]
pub enum PoslogError {
    /// The disk, or what unpacks the file.
    #[error("failed to read: {0}")]
    Io(#[source] io::Error),
    /// The file ends before the XML does.
    #[error("the file ends at byte {at}, before its XML does: it is still being written, or it was cut")]
    Cut {
        /// Where.
        at: u64,
    },
    /// Not XML at all, or other XML.
    #[error("not a POSLog: {0}")]
    NotPoslog(String),
    /// An encoding that is not read.
    #[error("encoding {0} is not read, expected UTF-8, ISO-8859-1 or windows-1252")]
    Encoding(String),
    /// `<!DOCTYPE …>`: entities of one's own making are an attack on a reader, and no POSLog has them.
    #[error("the file has a document type, which is refused")]
    DocType,
}

/// What a file held, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// `Transaction` elements, readable or not.
    pub transactions: u64,
    /// Receipts that were proven.
    pub receipts: u64,
    /// `Sale` and `Return` elements of all transactions that were read, voided ones included.
    pub item_lines: u64,
    /// Of these, `Return`.
    pub returned_lines: u64,
    /// Item lines with `VoidFlag`.
    pub voided_lines: u64,
    /// Drawers opened without a sale.
    pub no_sales: u64,
    /// `OperatorSignOn` elements, aborted ones included.
    pub sign_ons: u64,
    /// `OperatorSignOff` elements, aborted ones included.
    pub sign_offs: u64,
    /// Of both, those that the till calls aborted: nobody signed on or off.
    pub aborted: u64,
    /// Tickets set aside to be taken up later: they sold nothing.
    pub suspended: u64,
    /// Tickets taken up again: `TransactionLink` with reason `Resume`.
    pub resumed: u64,
    /// Rung while training.
    pub training: u64,
    /// Cancelled as a whole.
    pub cancelled: u64,
    /// Tenders that do not add up to the total, of proven receipts.
    pub tenders_off: u64,
    /// Bookkeeping of the drawer and other transactions without a sale.
    pub others: u64,
    /// Put aside.
    pub quarantined: u64,
}

/// What one `Transaction` element says.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// In order; empty for what has no place among receipts and events.
    pub entries: Vec<Entry>,
    /// Bytes read (as UTF-8) up to its end: where a reader that was stopped may go on.
    pub end: u64,
}

/// A POSLog, read transaction by transaction.
#[derive(Debug)]
pub struct Poslog<'a, R> {
    xml: Xml<R>,
    place: Place<'a>,
    /// The store all transactions are of.
    store: Option<String>,
    tally: Tally,
}

impl<'a, R: BufRead> Poslog<'a, R> {
    /// `store` is the file's own number of the store; `None` takes the first one that the file names. Transactions of
    /// another store are put aside: their workstations are not this shop's.
    pub fn new(input: R, store: Option<&str>, place: Place<'a>) -> Self {
        Self { xml: Xml::new(input), place, store: store.map(str::to_owned), tally: Tally::default() }
    }

    /// The next transaction; `None` at the end of a whole file, and after an error.
    pub fn transaction(&mut self) -> Result<Option<Transaction>, PoslogError> {
        let Some(read) = self.xml.next()? else { return Ok(None) };
        self.tally.transactions += 1;
        let entries = match read {
            Read::Whole(node) => match transaction::read(&node, self.store.as_deref(), &self.place, &mut self.tally) {
                Ok(said) => {
                    self.store = self.store.take().or(said.store);
                    said.entries
                }
                Err(reason) => vec![self.aside(&node, &reason, None)],
            },
            Read::Broken { reason, text, node } => vec![self.aside(&node, &reason, Some(text))],
        };
        Ok(Some(Transaction { entries, end: self.xml.offset() }))
    }

    /// What was counted so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn aside(&mut self, node: &Node, reason: &str, text: Option<String>) -> Entry {
        self.tally.quarantined += 1;
        let shown = text.unwrap_or_else(|| {
            let mut shown = String::new();
            node.show(&mut shown, 2 * crate::tillfile::QUARANTINE_TEXT);
            shown
        });
        let (terminal, at) = transaction::whereabouts(node, &self.place);
        Entry::quarantined(terminal, at, reason, &shown)
    }
}

/// For a fuzzer: reads any bytes to their end in pieces of `piece` bytes.
pub fn read_all(bytes: &[u8], piece: usize, place: Place<'_>) -> (Vec<Transaction>, Tally, Option<PoslogError>) {
    let mut poslog = Poslog::new(io::BufReader::with_capacity(piece.max(1), bytes), None, place);
    let mut read = Vec::new();
    let error = loop {
        match poslog.transaction() {
            Ok(Some(transaction)) => read.push(transaction),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    (read, poslog.tally, error)
}
