//! A print job becomes a receipt, or is kept as what it is: a receipt grammar reads it, arithmetic proves it.
//!
//! A sale is accepted only when Σ lines − discounts + tax = total within one minor unit, and when whatever else its
//! paper says (quantities, subtotal, tax table, count, tenders) agrees; everything else is quarantined with its scrubbed
//! text. Pure: a job and a grammar in, an [`Outcome`] out.

mod amount;
mod grammar;
mod proof;
mod reader;
mod report;
mod row;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::Currency;
use vyavs_domain::sale::{Receipt, SaleLine};
use vyavs_domain::time::StoreTime;

use crate::escpos::printout::Printout;
use crate::scrub::{self, Field, scrub_field, scrub_text};

pub use grammar::{BUILT_IN, Grammar, GrammarError};
pub use report::{JobReport, Report, test_report};

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
    /// Lines that the paper shows as rung and undone again; they are not among the receipt's. Their numbers count all lines.
    pub voided: Vec<SaleLine>,
}

/// A line of paper, or the text of a bar code, and the row of the grammar that read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineRead {
    /// Its place on the paper, from 1; bar codes are counted for themselves.
    pub line: usize,
    /// What it says, scrubbed of card data.
    pub text: String,
    /// Which part of the receipt it stands in: `header`, `items`, `totals`, `end`, `code`.
    pub part: &'static str,
    /// Which row read it: its number among the rows, its line in the file, and what it is. None where no row fits.
    pub row: Option<RowRead>,
}

/// A row of a grammar's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RowRead {
    /// The n-th row, from 1.
    pub number: usize,
    /// The line of the file where it begins, from 1.
    pub at_line: usize,
    /// What it is, as the file says it.
    pub is: &'static str,
}

/// Told of every line: its number, text, part and row.
type Trace<'a> = &'a mut dyn FnMut(usize, &str, &'static str, Option<RowRead>);

/// Reads one print job.
pub fn read(job: &[u8], grammar: &Grammar, place: &Place<'_>) -> Job {
    read_with(job, grammar, place, &mut |_, _, _, _| ())
}

/// Reads one print job and says which row of the grammar read which line, up to where reading stopped.
pub fn read_traced(job: &[u8], grammar: &Grammar, place: &Place<'_>) -> (Job, Vec<LineRead>) {
    let mut lines = Vec::new();
    let read = read_with(job, grammar, place, &mut |line, text, part, row| {
        lines.push(LineRead { line, text: text.to_owned(), part, row });
    });
    // All lines at once: a card number may go on in the next one.
    let whole = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    let scrubbed = scrub_text(&whole);
    let mut rows = scrubbed.split('\n');
    for line in &mut lines {
        line.text = rows.next().map(|row| scrub_text(row).into_owned()).unwrap_or_default();
    }
    (read, lines)
}

/// Any bytes as a print job, read with the grammar of any layout: for fuzzing.
pub fn read_any(job: &[u8]) {
    static ALL: std::sync::LazyLock<Vec<Grammar>> =
        std::sync::LazyLock::new(|| BUILT_IN.iter().filter_map(|(name, _)| Grammar::built_in(name)).collect());
    let time = StoreTime::new("Europe/Berlin", jiff::civil::Time::midnight()).expect("the zone is known");
    let (Ok(terminal), Ok(currency)) = ("till".parse(), "EUR".parse()) else { return };
    let place = Place { terminal: &terminal, time: &time, currency, started: Timestamp::UNIX_EPOCH };
    let (chosen, job) = job.split_first().map_or((0, job), |(first, rest)| (usize::from(*first), rest));
    let _ = read_traced(job, &ALL[chosen % ALL.len()], &place);
}

fn read_with(job: &[u8], grammar: &Grammar, place: &Place<'_>, each: Trace<'_>) -> Job {
    let paper = Printout::read(job, grammar.profile());
    let (outcome, voided) = outcome(&paper, grammar, place, each);
    Job { outcome, pulses: paper.pulses, unknown: paper.unknown, voided }
}

fn outcome(paper: &Printout, grammar: &Grammar, place: &Place<'_>, each: Trace<'_>) -> (Outcome, Vec<SaleLine>) {
    if !paper.has_text() {
        return (if paper.rasters > 0 { Outcome::ImageOnly } else { Outcome::Empty }, Vec::new());
    }
    match proven(paper, grammar, place, each) {
        Ok((mut receipt, mut voided)) => {
            scrub::receipt(&mut receipt);
            for line in &mut voided {
                line.name = scrub_text(&line.name).into_owned();
                line.sku = scrub_field(&line.sku, Field::Code).into_owned();
            }
            (Outcome::Receipt(Box::new(receipt)), voided)
        }
        Err(reason) => (quarantined(&reason, &paper.lines.join("\n")), Vec::new()),
    }
}

fn proven(paper: &Printout, grammar: &Grammar, place: &Place<'_>, each: Trace<'_>) -> Result<proof::Proven, String> {
    if paper.truncated {
        return Err("the job is longer than a mebibyte of text".to_owned());
    }
    let reading = reader::Reading::read(paper, grammar, place, each)?;
    if grammar.cut && !paper.cut {
        return Err("the paper was not cut: the receipt is not whole".to_owned());
    }
    proof::prove(reading)
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
