//! Lines of paper and a grammar in, what they say out; [`super::proof`] makes a receipt of it.

use jiff::civil::{Date, DateTime};
use regex::Captures;
use vyavs_domain::money::{Currency, Decimal, to_minor};
use vyavs_domain::sale::{ReceiptKind, TenderKind};
use vyavs_domain::time::BusinessDay;

use super::grammar::Grammar;
use super::row::{Is, Part, Row};
use super::{Place, RowRead, Trace, amount};
use crate::escpos::printout::Printout;

/// What stands once on a receipt.
#[derive(Default)]
pub(super) struct Found {
    pub(super) number: Option<String>,
    pub(super) closed: Option<DateTime>,
    /// Date and time of day, where they stand apart.
    date_text: Option<String>,
    time_text: Option<String>,
    pub(super) day: Option<BusinessDay>,
    pub(super) kind: Option<ReceiptKind>,
    pub(super) operator: Option<String>,
    pub(super) customer: Option<String>,
    pub(super) discount: Decimal,
    pub(super) tax: Decimal,
    pub(super) total: Option<Decimal>,
    pub(super) currency: Option<Currency>,
    pub(super) tenders: Vec<(TenderKind, Decimal)>,
    pub(super) change: Decimal,
    pub(super) extra: Decimal,
    /// Σ of the tax table, and its rows.
    pub(super) taxed: Option<(Decimal, u32)>,
    pub(super) count_lines: Option<Decimal>,
    pub(super) count_pieces: Option<Decimal>,
}

#[derive(Clone)]
pub(super) struct Item {
    /// Its place on the paper, from 1, counting those that are undone.
    pub(super) place: u32,
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) quantity: Option<Decimal>,
    pub(super) unit_price: Option<Decimal>,
    pub(super) discount: Decimal,
    pub(super) total: Decimal,
    pub(super) rung: Option<DateTime>,
}

pub(super) struct Reading<'a> {
    pub(super) grammar: &'a Grammar,
    pub(super) place: &'a Place<'a>,
    part: Part,
    pub(super) found: Found,
    /// A name whose item row is still to come.
    name: Option<String>,
    /// Its sku, where that stands beside the name.
    sku: Option<String>,
    /// Quantity and unit price whose item row is still to come.
    ahead: Option<(Decimal, Option<Decimal>)>,
    /// The item that comes next is one to be undone.
    voids_next: bool,
    pub(super) lines: Vec<Item>,
    pub(super) voided: Vec<Item>,
}

impl<'a> Reading<'a> {
    /// Reads the lines of `paper`, then its bar codes, and tells `each` which row read what. The error is a sentence
    /// for people, not yet scrubbed.
    pub(super) fn read(
        paper: &Printout,
        grammar: &'a Grammar,
        place: &'a Place<'a>,
        each: Trace<'_>,
    ) -> Result<Self, String> {
        let mut reading = Self {
            grammar,
            place,
            part: Part::Header,
            found: Found::default(),
            name: None,
            sku: None,
            ahead: None,
            voids_next: false,
            lines: Vec::new(),
            voided: Vec::new(),
        };
        for (at, line) in paper.lines.iter().enumerate() {
            reading.line(at + 1, line, each).map_err(|why| format!("line {}: {why}", at + 1))?;
        }
        reading.nothing_open()?;
        reading.part = Part::Code;
        for (at, code) in paper.code_texts.iter().enumerate() {
            reading.line(at + 1, code, each).map_err(|why| format!("bar code {}: {why}", at + 1))?;
        }
        Ok(reading)
    }

    fn line(&mut self, number: usize, line: &str, each: Trace<'_>) -> Result<(), String> {
        let rows = self.grammar.rows.iter().enumerate().filter(|(_, row)| row.is_for(self.part, number));
        let fit = rows.map(|(at, row)| (at, row, row.pattern.captures(line))).find(|(_, _, fit)| fit.is_some());
        let row = fit.as_ref().map(|(at, row, _)| RowRead { number: at + 1, at_line: row.at_line, is: row.is.name() });
        let part = self.part;
        each(number, line, part.name(), row);
        match fit {
            Some((_, row, Some(captures))) => self.row(row, &captures),
            // Above and below the items a till may print what it likes.
            _ if part != Part::Items || line.trim().is_empty() => Ok(()),
            _ => Err(format!("{line:?} is neither an item nor the end of the items")),
        }
    }

    fn row(&mut self, row: &Row, captures: &Captures<'_>) -> Result<(), String> {
        let text = |name: &str| captures.name(name).map(|found| found.as_str());
        let signed = |amount: Decimal| if row.negate { -amount } else { amount };
        let amount = || amount::decimal(text("amount").unwrap_or_default(), self.grammar).map(signed);
        if let Some(kind) = row.kind {
            self.kind(kind)?;
        }
        match row.is {
            Is::Note => {}
            Is::Header => self.header(captures)?,
            Is::Name => {
                self.name_row(row, text("name").unwrap_or_default())?;
                self.sku = text("sku").map(str::to_owned).or(self.sku.take());
            }
            Is::LineName => {
                let item = self.lines.last_mut().ok_or("a name goes on before the first item")?;
                join(&mut item.name, text("name").unwrap_or_default());
            }
            Is::Quantity => {
                let pair = self.quantity(captures)?;
                if let Some(name) = text("name") {
                    self.name_row(row, name)?;
                }
                if self.ahead.replace(pair).is_some() {
                    return Err("two quantities and no item between them".to_owned());
                }
            }
            Is::LineQuantity => {
                let (quantity, unit) = self.quantity(captures)?;
                let item = self.lines.last_mut().ok_or("a quantity stands before the first item")?;
                if item.quantity.replace(quantity).is_some() {
                    return Err(format!("the item {:?} has two quantities", item.name));
                }
                item.unit_price = unit.or(item.unit_price);
            }
            Is::Item => self.item(row, captures)?,
            Is::LineDiscount | Is::LineDeduction => {
                let amount = amount()?.abs();
                let item = self.lines.last_mut().ok_or("a discount stands before the first item")?;
                item.discount += amount;
                if row.is == Is::LineDeduction {
                    item.total -= amount;
                }
            }
            Is::LineTime => {
                let rung = self.date(captures)?;
                self.lines.last_mut().ok_or("a time stands before the first item")?.rung = Some(rung);
            }
            Is::Void if text("amount").is_none() => self.voids_next = true,
            Is::Void => {
                let amount = amount()?;
                self.void(amount, text("name"))?;
            }
            Is::Subtotal => {
                let amount = amount()?;
                self.subtotal(amount)?;
            }
            Is::Discount => self.found.discount += amount()?.abs(),
            Is::Tax => self.found.tax += amount()?,
            Is::TaxRow => self.tax_row(captures)?,
            Is::Total => {
                let amount = amount()?;
                if self.found.total.replace(amount).is_some() {
                    return Err("there is a second total: more than one receipt in a job".to_owned());
                }
                self.count(captures)?;
                if let Some(code) = text("currency") {
                    self.found.currency = Some(code.parse().map_err(|error| format!("{error}"))?);
                }
            }
            Is::Tender => {
                let named = text("tender").and_then(|name| self.grammar.tenders.get(name).copied());
                let amount = amount()?;
                self.found.tenders.push((row.tender.or(named).unwrap_or(TenderKind::Other), amount));
            }
            Is::Change => self.found.change += amount()?.abs(),
            Is::Extra => self.found.extra += amount()?,
            Is::Count => self.count(captures)?,
        }
        if let Some(next) = row.then {
            self.nothing_open()?;
            self.part = next;
        }
        Ok(())
    }

    fn nothing_open(&mut self) -> Result<(), String> {
        if let Some(name) = self.name.take() {
            return Err(format!("the item {name:?} has no row with its price"));
        }
        if self.ahead.take().is_some() {
            return Err("a quantity has no item".to_owned());
        }
        if std::mem::take(&mut self.voids_next) {
            return Err("a void names no item".to_owned());
        }
        Ok(())
    }

    fn name_row(&mut self, row: &Row, name: &str) -> Result<(), String> {
        match &mut self.name {
            Some(before) if row.joins => join(before, name),
            Some(before) => return Err(format!("the item {before:?} has no row with its price")),
            None => self.name = Some(name.to_owned()),
        }
        Ok(())
    }

    fn kind(&mut self, kind: ReceiptKind) -> Result<(), String> {
        match self.found.kind.replace(kind) {
            Some(before) if before != kind => Err(format!("it says to be a {before:?} and a {kind:?}")),
            _ => Ok(()),
        }
    }

    fn header(&mut self, captures: &Captures<'_>) -> Result<(), String> {
        let text = |name: &str| captures.name(name).map(|found| found.as_str().to_owned());
        let found = &mut self.found;
        for (place, name) in [
            (&mut found.number, "number"),
            (&mut found.operator, "operator"),
            (&mut found.customer, "customer"),
            (&mut found.time_text, "time"),
        ] {
            let Some(value) = text(name) else { continue };
            match place.replace(value) {
                // What is said twice proves itself.
                Some(before) if Some(&before) != place.as_ref() => {
                    return Err(format!("its {name} is {before:?} and {:?}", place.as_deref().unwrap_or_default()));
                }
                _ => {}
            }
        }
        if let Some(day) = text("day") {
            let day: Date = day.parse().map_err(|_| format!("{day:?} is not a day such as 2010-12-01"))?;
            found.day = Some(BusinessDay(day));
        }
        if let Some(kind) = text("kind") {
            let known = self.grammar.kinds.get(&kind).copied();
            self.kind(known.ok_or_else(|| format!("{kind:?} is not among the grammar's kinds"))?)?;
        }
        if captures.name("date").is_none() {
            return Ok(());
        }
        if self.grammar.time_apart {
            let said = date_text(captures);
            match self.found.date_text.replace(said.clone()) {
                Some(before) if before != said => return Err(format!("its date is {before:?} and {said:?}")),
                _ => return Ok(()),
            }
        }
        let said = self.date(captures)?;
        match self.found.closed.replace(said) {
            Some(before) if before != said => Err(format!("its date is {before} and {said}")),
            _ => Ok(()),
        }
    }

    fn quantity(&self, captures: &Captures<'_>) -> Result<(Decimal, Option<Decimal>), String> {
        let text = |name: &str| captures.name(name).map(|found| found.as_str());
        let quantity = amount::decimal(text("quantity").unwrap_or_default(), self.grammar)?;
        Ok((quantity, text("unit").map(|text| amount::decimal(text, self.grammar)).transpose()?))
    }

    fn item(&mut self, row: &Row, captures: &Captures<'_>) -> Result<(), String> {
        let text = |name: &str| captures.name(name).map(|found| found.as_str());
        let mut total = amount::decimal(text("total").unwrap_or_default(), self.grammar)?;
        if row.negate {
            total = -total;
        }
        let own = text("quantity").map(|_| self.quantity(captures)).transpose()?;
        let unit = text("unit").map(|text| amount::decimal(text, self.grammar)).transpose()?;
        let ahead = self.ahead.take();
        if own.is_some() && ahead.is_some() {
            return Err("an item has two quantities".to_owned());
        }
        let (quantity, unit_price) =
            own.or(ahead).map_or((None, unit), |(quantity, own)| (Some(quantity), own.or(unit)));
        let mut name = self.name.take();
        match (&mut name, text("name")) {
            (Some(before), Some(rest)) => join(before, rest),
            (None, Some(whole)) => name = Some(whole.to_owned()),
            (None, None) if self.grammar.name_rows => {
                return Err("a price stands without the row of its name".to_owned());
            }
            _ => {}
        }
        let name = name.unwrap_or_default();
        let sku = self.sku.take();
        if std::mem::take(&mut self.voids_next) {
            return self.void(total, Some(&name));
        }
        self.lines.push(Item {
            place: (self.lines.len() + self.voided.len() + 1) as u32,
            sku: text("sku").map(str::to_owned).or(sku).unwrap_or_default(),
            name,
            quantity,
            unit_price,
            discount: Decimal::ZERO,
            total,
            rung: None,
        });
        Ok(())
    }

    /// Undoes the last line of that amount; a till prints the void of a line with the line's own figures.
    fn void(&mut self, amount: Decimal, name: Option<&str>) -> Result<(), String> {
        let same = |item: &Item| {
            (item.total.abs() == amount.abs() || (item.total + item.discount).abs() == amount.abs())
                && name.is_none_or(|name| item.name.trim() == name.trim())
        };
        let exactly = |item: &Item| same(item) && item.total.abs() == amount.abs();
        let at = self.lines.iter().rposition(exactly).or_else(|| self.lines.iter().rposition(same));
        let Some(at) = at else {
            return Err(format!("a void of {} takes off no line above", amount.abs()));
        };
        self.voided.push(self.lines.remove(at));
        Ok(())
    }

    /// A subtotal counts what stands above it, with or without what was taken off the ticket so far.
    fn subtotal(&mut self, amount: Decimal) -> Result<(), String> {
        let lines: Decimal = self.lines.iter().map(|item| item.total).sum();
        let off = (lines - amount).abs().min((lines - self.found.discount - amount).abs());
        let currency = self.found.currency.unwrap_or(self.place.currency);
        let minor = |amount: Decimal| to_minor(amount, currency).ok_or_else(|| format!("{amount} is beyond 64 bits"));
        if minor(off)?.unsigned_abs() > self.grammar.slack {
            return Err(format!("lines {} are not the subtotal {} (minor units)", minor(lines)?, minor(amount)?));
        }
        Ok(())
    }

    fn count(&mut self, captures: &Captures<'_>) -> Result<(), String> {
        let read =
            |name: &str| captures.name(name).map(|found| amount::decimal(found.as_str(), self.grammar)).transpose();
        let (lines, pieces) = (read("lines")?, read("pieces")?);
        self.found.count_lines = lines.or(self.found.count_lines);
        self.found.count_pieces = pieces.or(self.found.count_pieces);
        Ok(())
    }

    fn tax_row(&mut self, captures: &Captures<'_>) -> Result<(), String> {
        let read =
            |name: &str| captures.name(name).map(|found| amount::decimal(found.as_str(), self.grammar)).transpose();
        let (net, tax, gross) = (read("net")?, read("tax")?, read("gross")?);
        let sum = net.zip(tax).map(|(net, tax)| net + tax);
        let cent = Decimal::new(1, self.place.currency.exponent());
        if let (Some(sum), Some(gross)) = (sum, gross)
            && (sum - gross).abs() > cent
        {
            return Err(format!("net and tax are {sum}, not {gross}"));
        }
        let gross = gross.or(sum).ok_or("a row of the tax table without its amounts")?;
        let (so_far, rows) = self.found.taxed.unwrap_or_default();
        self.found.taxed = Some((so_far + gross, rows + 1));
        Ok(())
    }

    fn date(&self, captures: &Captures<'_>) -> Result<DateTime, String> {
        amount::date(&date_text(captures), self.grammar)
    }

    /// The time of day is put to its date once all is read.
    pub(super) fn closed(&self) -> Result<Option<DateTime>, String> {
        if !self.grammar.time_apart {
            return Ok(self.found.closed);
        }
        let Some(date) = &self.found.date_text else { return Ok(None) };
        let text = format!("{date} {}", self.found.time_text.as_deref().unwrap_or_default());
        amount::date(&text, self.grammar).map(Some)
    }
}

fn date_text(captures: &Captures<'_>) -> String {
    let text = |name: &str| captures.name(name).map_or("", |found| found.as_str());
    format!("{} {}", text("date"), text("date_rest")).trim().to_owned()
}

fn join(name: &mut String, rest: &str) {
    let rest = rest.trim();
    if !name.is_empty() && !rest.is_empty() && !name.ends_with('-') {
        name.push(' ');
    }
    name.push_str(rest);
}
