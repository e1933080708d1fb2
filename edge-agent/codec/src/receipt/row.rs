//! One row of a grammar: what a line of paper is, and what its pattern captures.

use regex::Regex;
use serde::Deserialize;
use vyavs_domain::sale::{ReceiptKind, TenderKind};

/// Bound of one compiled pattern.
const PATTERN_BYTES: usize = 1 << 20;

/// `[[row]]` in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRow {
    pub(super) is: Is,
    #[serde(rename = "in", default)]
    parts: Vec<Part>,
    /// Only on the n-th line of the paper, from 1.
    line: Option<usize>,
    #[serde(rename = "match")]
    pattern: String,
    /// The part that begins after this row.
    then: Option<Part>,
    /// What kind of tender, where the pattern does not capture it.
    tender: Option<TenderKind>,
    /// The row's presence says what kind of ticket it is.
    kind: Option<ReceiptKind>,
    /// Printed without a sign, but taken away.
    #[serde(default)]
    negate: bool,
    /// A name that goes on from the row before.
    #[serde(default)]
    joins: bool,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Is {
    /// Nothing to read.
    Note,
    /// `number`, `date`, `time`, `day`, `kind`, `operator`, `customer`.
    Header,
    /// `name`, perhaps `sku`, of the item whose row follows.
    Name,
    /// `name` that goes on below the item's row.
    LineName,
    /// `quantity`, and perhaps `unit` and `name`, of the item whose row follows.
    Quantity,
    /// `quantity` and perhaps `unit` of the line before.
    LineQuantity,
    /// `total`, and any of `sku`, `name`, `quantity`, `unit`: completes a line.
    Item,
    /// `amount` taken off the line before; the line's total is after it.
    LineDiscount,
    /// `amount` taken off the line before; the line's total is before it.
    LineDeduction,
    /// `date` at which the line before was rung.
    LineTime,
    /// A line above is undone: the one of that `amount` (and `name`), or, without `amount`, the item that follows says which.
    Void,
    /// `amount`, a proof beside the total: all lines so far, with or without the discounts so far.
    Subtotal,
    /// `amount` taken off the ticket.
    Discount,
    /// `amount` added to the ticket.
    Tax,
    /// A row of the table of included taxes, a proof: `gross` adds up to the total, `net` and `tax` to `gross`.
    TaxRow,
    /// `amount`, perhaps `currency`, and the till's count of `lines` or `pieces`.
    Total,
    /// `amount`, and `tender` or the row's own.
    Tender,
    /// `amount` given back.
    Change,
    /// `amount` beside the total that only the tenders know: rounding of cash, a tip.
    Extra,
    /// How many `lines`, or `pieces`, the till counted: a proof.
    Count,
}

impl Is {
    /// (captures it must have, captures it may have).
    fn captures(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Note => (&[], &[]),
            Self::Header => (&[], &["number", "date", "date_rest", "time", "day", "kind", "operator", "customer"]),
            Self::Name => (&["name"], &["sku"]),
            Self::LineName => (&["name"], &[]),
            Self::Quantity => (&["quantity"], &["unit", "name"]),
            Self::LineQuantity => (&["quantity"], &["unit"]),
            Self::Item => (&["total"], &["sku", "name", "quantity", "unit"]),
            Self::LineTime => (&["date"], &["date_rest"]),
            Self::LineDiscount | Self::LineDeduction | Self::Subtotal | Self::Discount | Self::Tax => {
                (&["amount"], &[])
            }
            Self::Change | Self::Extra => (&["amount"], &[]),
            Self::Void => (&[], &["amount", "name"]),
            Self::TaxRow => (&[], &["net", "tax", "gross"]),
            Self::Total => (&["amount"], &["currency", "lines", "pieces"]),
            Self::Tender => (&["amount"], &["tender"]),
            Self::Count => (&[], &["lines", "pieces"]),
        }
    }

    /// As a file says it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Header => "header",
            Self::Name => "name",
            Self::LineName => "line_name",
            Self::Quantity => "quantity",
            Self::LineQuantity => "line_quantity",
            Self::Item => "item",
            Self::LineDiscount => "line_discount",
            Self::LineDeduction => "line_deduction",
            Self::LineTime => "line_time",
            Self::Void => "void",
            Self::Subtotal => "subtotal",
            Self::Discount => "discount",
            Self::Tax => "tax",
            Self::TaxRow => "tax_row",
            Self::Total => "total",
            Self::Tender => "tender",
            Self::Change => "change",
            Self::Extra => "extra",
            Self::Count => "count",
        }
    }
}

/// Part of a receipt, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    /// What stands above the items.
    Header,
    /// The items: here every line must be understood.
    Items,
    /// What stands below.
    Totals,
    /// What follows once all is said: a card slip, an advertisement.
    End,
    /// Not a place: the texts of the bar codes, read after the lines.
    Code,
}

impl Part {
    /// As a file says it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Items => "items",
            Self::Totals => "totals",
            Self::End => "end",
            Self::Code => "code",
        }
    }
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) is: Is,
    pub(super) parts: Vec<Part>,
    pub(super) line: Option<usize>,
    pub(super) pattern: Regex,
    pub(super) then: Option<Part>,
    pub(super) tender: Option<TenderKind>,
    pub(super) kind: Option<ReceiptKind>,
    pub(super) negate: bool,
    pub(super) joins: bool,
    /// Where it stands in the file, from 1.
    pub(super) at_line: usize,
}

impl Row {
    pub(super) fn captures(&self, name: &str) -> bool {
        self.pattern.capture_names().flatten().any(|known| known == name)
    }

    /// Whether it may read this line.
    pub(super) fn is_for(&self, part: Part, number: usize) -> bool {
        // A bar code is read only where a row says so.
        let here = if self.parts.is_empty() { part != Part::Code } else { self.parts.contains(&part) };
        here && self.line.is_none_or(|only| only == number)
    }
}

pub(super) fn compile(row: FileRow, at_line: usize) -> Result<Row, String> {
    let pattern = regex::RegexBuilder::new(&row.pattern)
        .size_limit(PATTERN_BYTES)
        .build()
        .map_err(|error| format!("match: {error}"))?;
    let (must, may) = row.is.captures();
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if let Some(missing) = must.iter().find(|name| !names.contains(name)) {
        return Err(format!("match has no (?P<{missing}>…), which {:?} needs", row.is));
    }
    if let Some(strange) = names.iter().find(|name| !must.contains(name) && !may.contains(name)) {
        return Err(format!("(?P<{strange}>…) means nothing in {:?}; known are {:?} and {:?}", row.is, must, may));
    }
    let has = |name: &str| names.contains(&name);
    if row.is == Is::Tender && row.tender.is_none() && !has("tender") {
        return Err("a tender needs (?P<tender>…) or tender = \"card\"".to_owned());
    }
    if row.is == Is::TaxRow && !has("gross") && !(has("net") && has("tax")) {
        return Err("a tax_row needs (?P<gross>…), or (?P<net>…) and (?P<tax>…)".to_owned());
    }
    if row.is == Is::Count && !has("lines") && !has("pieces") {
        return Err("a count needs (?P<lines>…) or (?P<pieces>…)".to_owned());
    }
    if row.is == Is::Void && has("name") && !has("amount") {
        return Err("a void with (?P<name>…) needs (?P<amount>…) too".to_owned());
    }
    if row.parts.contains(&Part::Code) && (row.parts.len() > 1 || !matches!(row.is, Is::Header | Is::Note)) {
        return Err("a row in \"code\" is a header or a note, and in nothing else".to_owned());
    }
    if matches!(row.then, Some(Part::Code)) {
        return Err("nothing can follow in \"code\": bar codes are read after all lines".to_owned());
    }
    Ok(Row {
        is: row.is,
        parts: row.parts,
        line: row.line,
        pattern,
        then: row.then,
        tender: row.tender,
        kind: row.kind,
        negate: row.negate,
        joins: row.joins,
        at_line,
    })
}
