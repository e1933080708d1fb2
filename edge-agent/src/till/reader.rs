//! Lines of paper and a grammar in, a receipt out, or why not.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use regex::Captures;
use vyavs_domain::money::{Currency, Decimal, to_minor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::BusinessDay;

use super::Place;
use super::grammar::{DayFrom, From, Grammar, Is, Part, Row};

/// Reads and proves a receipt; the error is a sentence for people, not yet scrubbed.
pub(super) fn receipt(lines: &[String], grammar: &Grammar, place: &Place<'_>) -> Result<Receipt, String> {
    let mut reading =
        Reading { grammar, place, part: Part::Header, found: Found::default(), name: None, lines: Vec::new() };
    for (at, line) in lines.iter().enumerate() {
        reading.line(at + 1, line).map_err(|why| format!("line {}: {why}", at + 1))?;
    }
    reading.prove()
}

/// What stands once on a receipt.
#[derive(Default)]
struct Found {
    number: Option<String>,
    closed: Option<DateTime>,
    day: Option<BusinessDay>,
    kind: Option<ReceiptKind>,
    operator: Option<String>,
    customer: Option<String>,
    subtotal: Option<Decimal>,
    discount: Decimal,
    tax: Decimal,
    total: Option<Decimal>,
    currency: Option<Currency>,
    tenders: Vec<(TenderKind, Decimal)>,
}

struct Item {
    sku: String,
    name: String,
    quantity: Decimal,
    unit_price: Decimal,
    discount: Decimal,
    total: Decimal,
    rung: Option<DateTime>,
}

struct Reading<'a> {
    grammar: &'a Grammar,
    place: &'a Place<'a>,
    part: Part,
    found: Found,
    /// A name whose item row is still to come.
    name: Option<String>,
    lines: Vec<Item>,
}

impl Reading<'_> {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        let here = |row: &&Row| {
            (row.parts.is_empty() || row.parts.contains(&self.part)) && row.line.is_none_or(|only| only == number)
        };
        let fit = self.grammar.rows.iter().filter(here).find_map(|row| Some((row, row.pattern.captures(line)?)));
        match fit {
            Some((row, captures)) => self.row(row, &captures),
            // Above and below the items a till may print what it likes.
            None if self.part != Part::Items || line.trim().is_empty() => Ok(()),
            None => Err(format!("{line:?} is neither an item nor the end of the items")),
        }
    }

    fn row(&mut self, row: &Row, captures: &Captures<'_>) -> Result<(), String> {
        let text = |name: &str| captures.name(name).map(|found| found.as_str());
        let amount = || self.decimal(text("amount").unwrap_or_default());
        match row.is {
            Is::Note => {}
            Is::Header => self.header(captures)?,
            Is::Name => {
                let name = text("name").unwrap_or_default().to_owned();
                if let Some(before) = self.name.replace(name) {
                    return Err(format!("the item {before:?} has no row with its price"));
                }
            }
            Is::Item => self.item(captures)?,
            Is::LineDiscount => {
                let amount = amount()?;
                let item = self.lines.last_mut().ok_or("a discount stands before the first item")?;
                item.discount += amount.abs();
            }
            Is::LineTime => {
                let rung = self.date(captures)?;
                self.lines.last_mut().ok_or("a time stands before the first item")?.rung = Some(rung);
            }
            Is::Subtotal => self.found.subtotal = Some(amount()?),
            Is::Discount => self.found.discount += amount()?.abs(),
            Is::Tax => self.found.tax += amount()?,
            Is::Total => {
                let amount = amount()?;
                if self.found.total.replace(amount).is_some() {
                    return Err("there is a second total: more than one receipt in a job".to_owned());
                }
                if let Some(code) = text("currency") {
                    self.found.currency = Some(code.parse().map_err(|error| format!("{error}"))?);
                }
            }
            Is::Tender => {
                let named = text("tender").and_then(|name| self.grammar.tenders.get(name).copied());
                let amount = amount()?;
                self.found.tenders.push((row.tender.or(named).unwrap_or(TenderKind::Other), amount));
            }
        }
        if let Some(next) = row.then {
            if let Some(name) = self.name.take() {
                return Err(format!("the item {name:?} has no row with its price"));
            }
            self.part = next;
        }
        Ok(())
    }

    fn header(&mut self, captures: &Captures<'_>) -> Result<(), String> {
        let text = |name: &str| captures.name(name).map(|found| found.as_str().to_owned());
        let found = &mut self.found;
        for (place, name) in
            [(&mut found.number, "number"), (&mut found.operator, "operator"), (&mut found.customer, "customer")]
        {
            *place = text(name).or(place.take());
        }
        if let Some(day) = text("day") {
            let day: Date = day.parse().map_err(|_| format!("{day:?} is not a day such as 2010-12-01"))?;
            found.day = Some(BusinessDay(day));
        }
        if let Some(kind) = text("kind") {
            let known = self.grammar.kinds.get(&kind).copied();
            found.kind = Some(known.ok_or_else(|| format!("{kind:?} is not among the grammar's kinds"))?);
        }
        if captures.name("date").is_some() {
            self.found.closed = Some(self.date(captures)?);
        }
        Ok(())
    }

    fn item(&mut self, captures: &Captures<'_>) -> Result<(), String> {
        let text = |name: &str| captures.name(name).map(|found| found.as_str());
        let total = self.decimal(text("total").unwrap_or_default())?;
        let quantity = text("quantity").map_or(Ok(Decimal::ONE), |text| self.decimal(text))?;
        let unit_price = match text("unit") {
            Some(text) => self.decimal(text)?,
            None if quantity == Decimal::ONE => total,
            None => total.checked_div(quantity).ok_or("a quantity of 0 and no unit price")?.normalize(),
        };
        let ahead = self.name.take();
        self.lines.push(Item {
            sku: text("sku").unwrap_or_default().to_owned(),
            name: text("name").map(str::to_owned).or(ahead).unwrap_or_default(),
            quantity,
            unit_price,
            discount: Decimal::ZERO,
            total,
            rung: None,
        });
        Ok(())
    }

    fn decimal(&self, text: &str) -> Result<Decimal, String> {
        let mut plain: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        if !self.grammar.thousands.is_empty() {
            plain = plain.replace(&self.grammar.thousands, "");
        }
        plain = plain.replace(self.grammar.decimal_mark, ".");
        // Some tills print the sign behind the amount.
        if let Some(amount) = plain.strip_suffix('-') {
            plain = format!("-{amount}");
        }
        // `from_str` rounds what has too many digits; a price is exact or it is not read.
        Decimal::from_str_exact(&plain).map_err(|_| format!("{text:?} is not an amount"))
    }

    fn date(&self, captures: &Captures<'_>) -> Result<DateTime, String> {
        let text = |name: &str| captures.name(name).map_or("", |found| found.as_str());
        let text = format!("{} {}", text("date"), text("date_rest"));
        let text = text.trim();
        let read = |form: &String| {
            let time = DateTime::strptime(form, text);
            time.or_else(|_| Date::strptime(form, text).map(|day| day.to_datetime(jiff::civil::Time::midnight()))).ok()
        };
        let known = || format!("{text:?} is not a date of the form {}", self.grammar.dates.join(" or "));
        self.grammar.dates.iter().find_map(read).ok_or_else(known)
    }

    fn prove(self) -> Result<Receipt, String> {
        let Self { grammar, place, found, lines, .. } = self;
        let total = found.total.ok_or("no total was found")?;
        let number = match (found.number, grammar.number_from) {
            (Some(number), _) => number,
            (None, From::Job) => format!("@{}", place.started.as_microsecond()),
            (None, From::Printed) => return Err("no receipt number was found".to_owned()),
        };
        let closed_at: Timestamp = match (found.closed, grammar.time_from) {
            (Some(local), _) => place.time.instant(local),
            (None, From::Job) => place.started,
            (None, From::Printed) => return Err("no date was found".to_owned()),
        };
        let printed_day =
            found.closed.filter(|_| grammar.day_from == DayFrom::Printed).map(|at| BusinessDay(at.date()));
        let business_day = found.day.or(printed_day).unwrap_or_else(|| place.time.business_day(closed_at));
        let currency = found.currency.unwrap_or(place.currency);
        let minor = |amount: Decimal| to_minor(amount, currency).ok_or_else(|| format!("{amount} is beyond 64 bits"));
        let mut sale_lines = Vec::with_capacity(lines.len());
        for (at, item) in lines.into_iter().enumerate() {
            sale_lines.push(SaleLine {
                line_no: at as u32 + 1,
                sku: item.sku,
                name: item.name,
                quantity: item.quantity,
                unit_price: item.unit_price,
                discount_minor: minor(item.discount)?,
                total_minor: minor(item.total)?,
                sold_at: item.rung.map_or(closed_at, |local| place.time.instant(local)),
            });
        }
        let mut tenders = Vec::with_capacity(found.tenders.len());
        for (kind, amount) in found.tenders {
            tenders.push(Tender { kind, amount_minor: minor(amount)? });
        }
        let receipt = Receipt {
            key: ReceiptKey { terminal: place.terminal.clone(), business_day, number },
            kind: found.kind.unwrap_or(ReceiptKind::Sale),
            source: ReceiptSource::Printer,
            closed_at,
            currency,
            total_minor: minor(total)?,
            tax_minor: minor(found.tax)?,
            discount_minor: minor(found.discount)?,
            tenders,
            operator: found.operator,
            customer: found.customer,
            lines: sale_lines,
        };
        receipt.balance().map_err(|error| error.to_string())?;
        if let Some(subtotal) = found.subtotal {
            let subtotal = minor(subtotal)?;
            let lines = receipt.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.total_minor));
            if lines.abs_diff(subtotal) > 1 {
                return Err(format!("lines {lines} are not the subtotal {subtotal} (minor units)"));
            }
        }
        Ok(receipt)
    }
}
