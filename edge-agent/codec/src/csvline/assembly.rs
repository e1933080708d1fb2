//! Rows put together: a receipt is open until another number follows, or a row ends it.

use std::collections::VecDeque;

use jiff::Timestamp;
use rust_decimal::Decimal;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::{Currency, to_minor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::BusinessDay;

use super::Tally;
use super::mapping::{Columns, Mapping, RowKind};
use crate::scrub::{Field, scrub_field, scrub_text};
use crate::tillfile::{Entry, Place, QUARANTINE_TEXT, Record, bounded, decimal, quote, text_of};

/// Rows of one receipt.
const ROWS: usize = 10_000;
/// Receipts remembered, so that rows which come late are told.
const CLOSED: usize = 256;

#[derive(Debug)]
struct Line {
    number: Option<Decimal>,
    sku: String,
    name: String,
    quantity: Decimal,
    price: Option<Decimal>,
    discount: Decimal,
    amount: Option<Decimal>,
    at: Timestamp,
}

#[derive(Debug)]
struct Open {
    number: String,
    terminal: TerminalId,
    at: Timestamp,
    lines: Vec<Line>,
    voided: Vec<Line>,
    tenders: Vec<(TenderKind, Decimal)>,
    total: Option<Decimal>,
    tax: Option<Decimal>,
    discount: Option<Decimal>,
    kind: Option<ReceiptKind>,
    currency: Currency,
    operator: Option<String>,
    customer: Option<String>,
    rows: usize,
    /// What was read, for people.
    text: String,
    wrong: Option<String>,
}

/// The receipt in work.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    open: Option<Open>,
    /// How many were opened.
    opened: u64,
    closed: VecDeque<(TerminalId, BusinessDay, String)>,
}

/// A row's values as text, by column.
struct Row<'a> {
    record: &'a Record,
    mapping: &'a Mapping,
}

impl Row<'_> {
    /// `None` when it is not there or says nothing.
    fn text(&self, column: Option<usize>) -> Option<String> {
        let text = text_of(self.record.get(column?)?, self.mapping.encoding);
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn number(&self, what: &str, column: Option<usize>) -> Result<Option<Decimal>, String> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let value = decimal(&text, self.mapping.numbers);
        value.map(Some).ok_or_else(|| format!("{what} {:?} is not a number", quote(&text, 40)))
    }

    fn id(&self, what: &str, column: Option<usize>) -> Result<Option<String>, String> {
        self.text(column).map(|text| bounded(what, &text, 128)).transpose()
    }
}

impl Assembly {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn opened(&self) -> u64 {
        self.opened
    }

    /// Takes a row; what it completes is added to `entries`.
    pub(super) fn row(
        &mut self,
        record: &Record,
        columns: &Columns,
        mapping: &Mapping,
        place: &Place<'_>,
        tally: &mut Tally,
        entries: &mut Vec<Entry>,
    ) {
        let row = Row { record, mapping };
        let terminal = mapping.terminal(row.text(columns.terminal).as_deref(), place);
        let mut aside = |reason: &str, entries: &mut Vec<Entry>| {
            tally.quarantined += 1;
            entries.push(Entry::quarantined(terminal.clone(), place.seen, reason, &record.show(mapping.encoding)));
        };
        let kind = match row.text(columns.row) {
            None if columns.row.is_none() => RowKind::Item,
            None => return aside("the row does not say what it is", entries),
            Some(word) => match mapping.rows.get(&word) {
                Some(kind) => *kind,
                None => return aside(&format!("row {:?} is not among [rows]", quote(&word, 40)), entries),
            },
        };
        if kind == RowKind::Ignore {
            return;
        }
        let number = match row.id("receipt", Some(columns.receipt)) {
            Ok(number) => number,
            Err(reason) => return aside(&reason, entries),
        };
        let Some(number) = number.or_else(|| self.open.as_ref().map(|open| open.number.clone())) else {
            return aside("the row has no receipt number", entries);
        };
        let time = match (row.text(columns.time), row.text(columns.date), row.text(columns.clock)) {
            (Some(time), ..) => Some(time),
            (None, Some(date), clock) => Some(format!("{date} {}", clock.unwrap_or_default()).trim().to_owned()),
            (None, None, _) => None,
        };
        let at = match time.map(|text| mapping.time(&text, place)).transpose() {
            Ok(at) => at.or_else(|| self.open.as_ref().map(|open| open.at)),
            Err(reason) => return aside(&reason, entries),
        };
        let Some(at) = at else { return aside("the row has no time", entries) };
        if kind == RowKind::NoSale {
            let id = Some(scrub_text(&number).into_owned());
            return entries.push(Entry::Event(TillEvent { terminal, at, kind: TillEventKind::NoSale { id } }));
        }
        let same = |open: &Open| open.number == number && open.terminal == terminal;
        if !self.open.as_ref().is_some_and(same) {
            let key = (terminal.clone(), place.time.business_day(at), number.clone());
            if self.closed.contains(&key) && self.open.is_none() {
                return aside("the row belongs to a receipt that was already complete", entries);
            }
            entries.extend(self.close_all(mapping, place, tally));
            self.opened += 1;
            self.open = Some(Open::new(number, terminal, at, place.currency));
        }
        if let Some(open) = &mut self.open {
            open.take(&row, columns, kind, at);
        }
        if kind == RowKind::End {
            entries.extend(self.close_all(mapping, place, tally));
        }
    }

    /// Ends the open receipt; its voided lines are told with it.
    pub(super) fn close_all(&mut self, mapping: &Mapping, place: &Place<'_>, tally: &mut Tally) -> Vec<Entry> {
        let Some(open) = self.open.take() else { return Vec::new() };
        self.closed.push_back((open.terminal.clone(), place.time.business_day(open.at), open.number.clone()));
        if self.closed.len() > CLOSED {
            self.closed.pop_front();
        }
        let (terminal, at, text) = (open.terminal.clone(), open.at, open.text.clone());
        match open.prove(mapping, place) {
            Ok((receipt, voided)) => {
                tally.receipts += 1;
                tally.lines += receipt.lines.len() as u64;
                let voided =
                    voided.into_iter().map(|kind| Entry::Event(TillEvent { terminal: terminal.clone(), at, kind }));
                std::iter::once(Entry::receipt(receipt)).chain(voided).collect()
            }
            Err(reason) => {
                tally.quarantined += 1;
                vec![Entry::quarantined(terminal, at, &reason, &text)]
            }
        }
    }
}

impl Open {
    fn new(number: String, terminal: TerminalId, at: Timestamp, currency: Currency) -> Self {
        Self {
            number,
            terminal,
            at,
            lines: Vec::new(),
            voided: Vec::new(),
            tenders: Vec::new(),
            total: None,
            tax: None,
            discount: None,
            kind: None,
            currency,
            operator: None,
            customer: None,
            rows: 0,
            text: String::new(),
            wrong: None,
        }
    }

    fn take(&mut self, row: &Row<'_>, columns: &Columns, kind: RowKind, at: Timestamp) {
        self.rows += 1;
        if self.text.len() < 2 * QUARANTINE_TEXT {
            self.text.push_str(&row.record.show(row.mapping.encoding));
            self.text.push('\n');
        }
        let taken = if self.rows > ROWS {
            Err(format!("more than {ROWS} rows"))
        } else {
            self.try_take(row, columns, kind, at)
        };
        if let Err(reason) = taken {
            self.wrong.get_or_insert(format!("row {}: {reason}", self.rows));
        }
    }

    fn try_take(&mut self, row: &Row<'_>, columns: &Columns, kind: RowKind, at: Timestamp) -> Result<(), String> {
        self.at = self.at.max(at);
        for (place, what, column) in [
            (&mut self.total, "total", columns.total),
            (&mut self.tax, "tax", columns.tax),
            (&mut self.discount, "receipt_discount", columns.receipt_discount),
        ] {
            let Some(value) = row.number(what, column)? else { continue };
            match place {
                // Many files repeat the receipt's own values on each of its rows.
                Some(said) if *said != value => return Err(format!("{what} is {value} and was {said} before")),
                _ => *place = Some(value),
            }
        }
        if let Some(code) = row.text(columns.currency) {
            self.currency = code.parse().map_err(|error| format!("{error}"))?;
        }
        if let Some(word) = row.text(columns.kind) {
            let kind = row.mapping.kinds.get(&word);
            self.kind = Some(*kind.ok_or_else(|| format!("kind {:?} is not among [kinds]", quote(&word, 40)))?);
        }
        if let Some(operator) = row.id("operator", columns.operator)? {
            self.operator = Some(operator);
        }
        if let Some(customer) = row.id("customer", columns.customer)? {
            self.customer = Some(customer);
        }
        if matches!(kind, RowKind::Tender | RowKind::End | RowKind::Item)
            && let Some(paid) = row.number("paid", columns.paid)?
        {
            let named = row.text(columns.tender).and_then(|word| row.mapping.tenders.get(&word).copied());
            self.tenders.push((named.unwrap_or(TenderKind::Other), paid));
        }
        let line = match kind {
            RowKind::Item | RowKind::Voided => self.line(row, columns, at)?,
            _ => return Ok(()),
        };
        if kind == RowKind::Voided {
            self.voided.push(line)
        } else {
            self.lines.push(line)
        }
        Ok(())
    }

    fn line(&self, row: &Row<'_>, columns: &Columns, at: Timestamp) -> Result<Line, String> {
        let name = row.text(columns.name).map(|name| bounded("name", &name, 1024)).transpose()?;
        let (price, amount) = (row.number("price", columns.price)?, row.number("amount", columns.amount)?);
        if price.is_none() && amount.is_none() {
            return Err("neither price nor amount".to_owned());
        }
        Ok(Line {
            number: row.number("line", columns.line)?,
            sku: row.id("sku", columns.sku)?.unwrap_or_default(),
            name: name.unwrap_or_default(),
            quantity: row.number("quantity", columns.quantity)?.unwrap_or(Decimal::ONE),
            price,
            discount: row.number("discount", columns.discount)?.unwrap_or_default(),
            amount,
            at,
        })
    }

    fn prove(self, mapping: &Mapping, place: &Place<'_>) -> Result<(Receipt, Vec<TillEventKind>), String> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let minor =
            |amount: Decimal| to_minor(amount, self.currency).ok_or_else(|| format!("{amount} is beyond 64 bits"));
        let line_minor = |line: &Line| -> Result<i64, String> {
            let product = line.price.and_then(|price| line.quantity.checked_mul(price)?.checked_sub(line.discount));
            match (line.amount, product) {
                (Some(amount), _) => minor(amount),
                (None, Some(product)) => minor(product),
                (None, None) => Err("quantity x price is beyond what a number can hold".to_owned()),
            }
        };
        let mut numbers = std::collections::HashSet::new();
        let mut lines = Vec::with_capacity(self.lines.len());
        for (at, line) in self.lines.iter().enumerate() {
            let line_no = match line.number {
                Some(number) => u32::try_from(number).ok().filter(|no| *no > 0 && number.fract().is_zero()),
                None => u32::try_from(at + 1).ok(),
            };
            let line_no = line_no.ok_or_else(|| format!("line {}: its number is not one from 1", at + 1))?;
            if !numbers.insert(line_no) {
                return Err(format!("line {line_no} stands twice on the receipt"));
            }
            let total_minor = line_minor(line)?;
            if mapping.columns.total.is_none()
                && let (Some(price), Some(_)) = (line.price, line.amount)
            {
                // The only arithmetic that the file has.
                let says = line.quantity.checked_mul(price).and_then(|says| says.checked_sub(line.discount));
                let says = minor(says.ok_or("quantity x price is beyond what a number can hold")?)?;
                if says.abs_diff(total_minor) > 1 {
                    return Err(format!(
                        "line {line_no}: quantity x price is {says} and its amount {total_minor} (minor units)"
                    ));
                }
            }
            let each = || line.amount.and_then(|amount| amount.checked_add(line.discount)?.checked_div(line.quantity));
            lines.push(SaleLine {
                line_no,
                sku: line.sku.clone(),
                name: line.name.clone(),
                quantity: line.quantity,
                unit_price: line.price.or_else(each).map_or(Decimal::ZERO, |price| price.round_dp(6)),
                discount_minor: minor(line.discount)?,
                total_minor,
                sold_at: line.at,
            });
        }
        let sum = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.total_minor));
        let (tax_minor, discount_minor) =
            (minor(self.tax.unwrap_or_default())?, minor(self.discount.unwrap_or_default())?);
        let total_minor = match self.total {
            Some(total) => minor(total)?,
            None if mapping.columns.total.is_some() => return Err("no row has the total".to_owned()),
            None => sum.saturating_sub(discount_minor).saturating_add(tax_minor),
        };
        let kind = self.kind.unwrap_or(if total_minor < 0 { ReceiptKind::Return } else { ReceiptKind::Sale });
        let mut tenders = Vec::with_capacity(self.tenders.len());
        for (kind, amount) in &self.tenders {
            tenders.push(Tender { kind: *kind, amount_minor: minor(*amount)? });
        }
        let mut voided = Vec::with_capacity(self.voided.len());
        for (at, line) in self.voided.iter().enumerate() {
            let place = line.number.and_then(|number| u32::try_from(number).ok());
            voided.push(TillEventKind::LineVoided {
                receipt: scrub_text(&self.number).into_owned(),
                line_no: place.unwrap_or((self.lines.len() + at + 1) as u32),
                sku: scrub_field(&line.sku, Field::Code).into_owned(),
                name: scrub_text(&line.name).into_owned(),
                amount_minor: line_minor(line)?.saturating_abs(),
                operator: self.operator.as_deref().map(|id| scrub_text(id).into_owned()),
            });
        }
        let receipt = Receipt {
            key: ReceiptKey {
                terminal: self.terminal,
                business_day: place.time.business_day(self.at),
                number: self.number,
            },
            kind,
            source: ReceiptSource::File,
            closed_at: self.at,
            currency: self.currency,
            total_minor,
            tax_minor,
            discount_minor,
            tenders,
            operator: self.operator,
            customer: self.customer,
            lines,
        };
        receipt.balance().map_err(|unbalanced| unbalanced.to_string())?;
        Ok((receipt, voided))
    }
}
