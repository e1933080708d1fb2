//! What `vyavs-edge receipt test` prints: how a grammar reads a captured print stream, line by line.

use std::fmt::Write;

use serde::Serialize;
use vyavs_domain::money::Money;
use vyavs_domain::sale::{Receipt, SaleLine};

use super::{Grammar, LineRead, Outcome, Place, read_traced};
use crate::escpos::jobs::{Ended, Found, Splitter};

/// Longest job of a captured stream.
const MAX_JOB: usize = 64 << 20;

/// How a captured stream was read. The text is scrubbed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Name of the grammar.
    pub grammar: String,
    /// Receipts proven.
    pub receipts: usize,
    /// Jobs with text that could not be proven.
    pub quarantined: usize,
    /// Jobs of pictures only.
    pub image_only: usize,
    /// Every job, in order.
    pub jobs: Vec<JobReport>,
}

/// How one print job was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobReport {
    /// Its length in bytes.
    pub bytes: u64,
    /// Why it counts as whole.
    pub ended: Ended,
    /// `receipt`, `quarantined`, `image_only` or `empty`.
    pub outcome: &'static str,
    /// Why it was put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Box<Receipt>>,
    /// Lines rung and undone again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub voided: Vec<SaleLine>,
    /// How often the drawer was opened.
    pub pulses: u32,
    /// Bytes of no known command.
    pub unknown: u64,
    /// The paper, and which row read each line; reading stops at the line that cannot be.
    pub lines: Vec<LineRead>,
}

/// Reads a captured stream job by job, and says what was found.
pub fn test_report(grammar: &Grammar, stream: &[u8], place: &Place<'_>) -> Report {
    let mut splitter = Splitter::new(MAX_JOB);
    let mut found = Vec::new();
    splitter.push(stream, |job| found.push(job));
    found.extend(splitter.end(Ended::Closed));
    let jobs: Vec<JobReport> = found.iter().map(|job| report(job, grammar, place)).collect();
    let count = |outcome: &str| jobs.iter().filter(|job| job.outcome == outcome).count();
    Report {
        grammar: grammar.name().to_owned(),
        receipts: count("receipt"),
        quarantined: count("quarantined"),
        image_only: count("image_only"),
        jobs,
    }
}

fn report(job: &Found, grammar: &Grammar, place: &Place<'_>) -> JobReport {
    let (read, lines) = read_traced(&job.bytes, grammar, place);
    let (outcome, reason, receipt) = match read.outcome {
        Outcome::Receipt(receipt) => ("receipt", None, Some(receipt)),
        Outcome::Quarantined { reason, .. } => ("quarantined", Some(reason), None),
        Outcome::ImageOnly => ("image_only", None, None),
        Outcome::Empty => ("empty", None, None),
    };
    JobReport {
        bytes: job.length,
        ended: job.ended,
        outcome,
        reason,
        receipt,
        voided: read.voided,
        pulses: read.pulses,
        unknown: read.unknown,
        lines,
    }
}

impl Report {
    /// For people: every line of paper beside the row that read it, then what was made of them.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (at, job) in self.jobs.iter().enumerate() {
            let _ = writeln!(text, "job {} ({} bytes, ended by {:?}): {}", at + 1, job.bytes, job.ended, job.outcome);
            for line in &job.lines {
                let row = line.row.map_or_else(
                    || "-".to_owned(),
                    |row| format!("row {} {} (line {})", row.number, row.is, row.at_line),
                );
                let _ = writeln!(text, "  {:>3} {:<6} {row:<34} | {}", line.line, line.part, line.text);
            }
            if let Some(reason) = &job.reason {
                let _ = writeln!(text, "  put aside: {reason}");
            }
            if let Some(receipt) = &job.receipt {
                describe(receipt, &job.voided, &mut text);
            }
            if job.outcome == "empty" && job.pulses > 0 {
                text.push_str("  the drawer opened, nothing was printed\n");
            }
            let _ = match (job.pulses, job.unknown) {
                (0, 0) => Ok(()),
                (pulses, unknown) => {
                    writeln!(text, "  drawer pulses: {pulses}, bytes of no known command: {unknown}")
                }
            };
        }
        let _ = writeln!(
            text,
            "{} jobs with grammar {}: {} receipts, {} quarantined, {} of pictures only",
            self.jobs.len(),
            self.grammar,
            self.receipts,
            self.quarantined,
            self.image_only
        );
        text
    }
}

fn describe(receipt: &Receipt, voided: &[SaleLine], text: &mut String) {
    let money = |minor: i64| Money { minor, currency: receipt.currency }.to_decimal();
    let key = &receipt.key;
    let _ = writeln!(
        text,
        "  receipt {} of {} on {} ({:?}), closed {}",
        key.number, key.terminal, key.business_day, receipt.kind, receipt.closed_at
    );
    for (said, name) in [(&receipt.operator, "operator"), (&receipt.customer, "customer")] {
        if let Some(said) = said {
            let _ = writeln!(text, "    {name} {said}");
        }
    }
    let mut line = |line: &SaleLine, note: &str| {
        let off = match line.discount_minor {
            0 => String::new(),
            discount => format!(" (discount {})", money(discount)),
        };
        let _ = writeln!(
            text,
            "    {:>3}  {:<14} {:<32} {} x {} = {}{off}{note}",
            line.line_no,
            line.sku,
            line.name,
            line.quantity,
            line.unit_price,
            money(line.total_minor)
        );
    };
    receipt.lines.iter().for_each(|sold| line(sold, ""));
    voided.iter().for_each(|undone| line(undone, " (undone)"));
    let _ = writeln!(
        text,
        "    discount {}, tax {}, total {} {}: it balances",
        money(receipt.discount_minor),
        money(receipt.tax_minor),
        receipt.currency,
        money(receipt.total_minor)
    );
    for tender in &receipt.tenders {
        let _ = writeln!(text, "    paid {:?} {}", tender.kind, money(tender.amount_minor));
    }
}
