//! A print job becomes a receipt, or is kept as what it is: a receipt grammar reads it, arithmetic proves it.
//!
//! A sale is accepted only when Σ lines − discounts + tax = total within one minor unit; everything else is
//! quarantined with its scrubbed text. Pure: a job and a grammar in, an [`Outcome`] out.

mod grammar;
mod reader;
mod report;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::Currency;
use vyavs_domain::sale::Receipt;
use vyavs_domain::time::StoreTime;

use crate::acquire::escpos::printout::Printout;
use crate::scrub::{self, scrub_text};

pub use grammar::{BUILT_IN, Grammar, GrammarError};
pub use report::{Report, test_report};

/// Text of a quarantined receipt that is kept, in bytes.
pub const QUARANTINE_TEXT: usize = 8 * 1024;

/// Where and when a job was printed: what its paper may leave out.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The till.
    pub terminal: &'a TerminalId,
    /// The store's reading of time.
    pub time: &'a StoreTime,
    /// The store's currency.
    pub currency: Currency,
    /// When the job began, by the relay's clock.
    pub started: Timestamp,
}

/// What a job is. Everything in it is scrubbed of card data.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A receipt, proven.
    Receipt(Box<Receipt>),
    /// Text that could not be proven to be a receipt.
    Quarantined {
        /// Why.
        reason: String,
        /// What was printed, at most 8 KiB.
        text: String,
    },
    /// Only pictures were printed.
    ImageOnly,
    /// Nothing was printed.
    Empty,
}

/// A job, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What was printed.
    pub outcome: Outcome,
    /// How often the drawer was opened.
    pub pulses: u32,
    /// Bytes of no known command.
    pub unknown: u64,
}

/// Reads one print job.
pub fn read(job: &[u8], grammar: &Grammar, place: &Place<'_>) -> Job {
    let paper = Printout::read(job, grammar.profile());
    Job { outcome: outcome(&paper, grammar, place), pulses: paper.pulses, unknown: paper.unknown }
}

fn outcome(paper: &Printout, grammar: &Grammar, place: &Place<'_>) -> Outcome {
    if !paper.has_text() {
        return if paper.rasters > 0 { Outcome::ImageOnly } else { Outcome::Empty };
    }
    let proven = if paper.truncated {
        Err("the job is longer than a mebibyte of text".to_owned())
    } else {
        reader::receipt(&paper.lines, grammar, place)
    };
    match proven {
        Ok(mut receipt) => {
            scrub::receipt(&mut receipt);
            Outcome::Receipt(Box::new(receipt))
        }
        Err(reason) => quarantined(&reason, &paper.lines.join("\n")),
    }
}

/// A job put aside, scrubbed first and then cut to its bound, so that a number at the cut is seen whole.
pub fn quarantined(reason: &str, text: &str) -> Outcome {
    let mut text = scrub_text(text).into_owned();
    let mut end = text.len().min(QUARANTINE_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    Outcome::Quarantined { reason: scrub_text(reason).into_owned(), text }
}
