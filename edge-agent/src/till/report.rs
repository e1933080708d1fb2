//! What `vyavs-edge receipt test` prints: how a grammar reads a captured print stream.

use std::fmt::Write;

use vyavs_domain::money::Money;
use vyavs_domain::sale::Receipt;

use super::{Grammar, Outcome, Place, read};
use crate::acquire::escpos::jobs::{Ended, Splitter};

/// Longest job of a captured stream.
const MAX_JOB: usize = 64 << 20;

/// How a captured stream was read. The text is scrubbed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// For people.
    pub text: String,
    /// Jobs found.
    pub jobs: usize,
    /// Receipts proven.
    pub receipts: usize,
    /// Jobs with text that could not be proven.
    pub quarantined: usize,
}

/// Reads a captured stream job by job, and says what was found.
pub fn test_report(grammar: &Grammar, stream: &[u8], place: &Place<'_>) -> Report {
    let mut splitter = Splitter::new(MAX_JOB);
    let mut found = Vec::new();
    splitter.push(stream, |job| found.push(job));
    found.extend(splitter.end(Ended::Closed));
    let mut report = Report { text: String::new(), jobs: found.len(), receipts: 0, quarantined: 0 };
    let text = &mut report.text;
    for (at, job) in found.iter().enumerate() {
        let read = read(&job.bytes, grammar, place);
        let _ = write!(text, "job {} ({} bytes, ended by {:?}): ", at + 1, job.length, job.ended);
        match &read.outcome {
            Outcome::Receipt(receipt) => {
                report.receipts += 1;
                describe(receipt, text);
            }
            Outcome::Quarantined { reason, text: paper } => {
                report.quarantined += 1;
                let _ = writeln!(text, "quarantined: {reason}");
                for (number, line) in paper.lines().enumerate() {
                    let _ = writeln!(text, "  {:>3} | {line}", number + 1);
                }
            }
            Outcome::ImageOnly => text.push_str("pictures only, nothing to read\n"),
            Outcome::Empty if read.pulses > 0 => text.push_str("the drawer opened, nothing was printed\n"),
            Outcome::Empty => text.push_str("nothing was printed\n"),
        }
        let _ = match (read.pulses, read.unknown) {
            (0, 0) => Ok(()),
            (pulses, unknown) => writeln!(text, "  drawer pulses: {pulses}, bytes of no known command: {unknown}"),
        };
    }
    let _ = writeln!(
        text,
        "{} jobs with grammar {}: {} receipts, {} quarantined",
        report.jobs,
        grammar.name(),
        report.receipts,
        report.quarantined
    );
    report
}

fn describe(receipt: &Receipt, text: &mut String) {
    let money = |minor: i64| Money { minor, currency: receipt.currency }.to_decimal();
    let key = &receipt.key;
    let _ = writeln!(
        text,
        "receipt {} of {} on {} ({:?}), closed {}",
        key.number, key.terminal, key.business_day, receipt.kind, receipt.closed_at
    );
    for line in &receipt.lines {
        let off = if line.discount_minor == 0 {
            String::new()
        } else {
            format!(" (discount {})", money(line.discount_minor))
        };
        let _ = writeln!(
            text,
            "  {:>3}  {:<14} {:<32} {} x {} = {}{off}",
            line.line_no,
            line.sku,
            line.name,
            line.quantity,
            line.unit_price,
            money(line.total_minor)
        );
    }
    let _ = writeln!(
        text,
        "  discount {}, tax {}, total {} {}: it balances",
        money(receipt.discount_minor),
        money(receipt.tax_minor),
        receipt.currency,
        money(receipt.total_minor)
    );
    for tender in &receipt.tenders {
        let _ = writeln!(text, "  paid {:?} {}", tender.kind, money(tender.amount_minor));
    }
}
