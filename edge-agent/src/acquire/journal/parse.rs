//! One line of a till's journal as a receipt or an event, or what is wrong with it: line of the receipt, field, what was expected.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Timestamp;
use rust_decimal::Decimal;
use vyavs_domain::event::TillEventKind;
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::{Currency, to_minor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::{BusinessDay, StoreTime};

use super::fields::{Fields, Wrong, object, quote};

/// Bytes of an identifying text (number, sku, operator, customer), and of a name.
const ID_BYTES: usize = 128;
const NAME_BYTES: usize = 1024;

/// Where a line comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The till.
    pub terminal: &'a TerminalId,
    /// The store's reading of local times.
    pub time: &'a StoreTime,
    /// The store's currency, where the receipt names none.
    pub currency: Currency,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A ticket; it balances.
    Receipt(Receipt),
    /// Something beside a ticket: a drawer, a cashier, a line taken off. Its texts are not scrubbed yet.
    Event {
        /// The till's id of the event: what is acknowledged.
        id: String,
        /// When.
        at: Timestamp,
        /// What.
        kind: TillEventKind,
    },
}

/// A line that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The receipt's number, where it could be read: then the refusal is an acknowledgement too.
    pub ack: Option<String>,
    /// What is wrong; card data is blanked.
    pub reason: String,
}

/// Reads one line. It never panics and takes memory in proportion to the line.
pub fn parse(line: &[u8], source: Source<'_>) -> Result<Entry, Refusal> {
    let unread = |reason: String| Refusal { ack: None, reason };
    let text = std::str::from_utf8(line)
        .map_err(|error| unread(format!("not UTF-8: byte {} of the line", error.valid_up_to() + 1)))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fields: Fields<'_> = serde_json::from_str(text)
        .map_err(|error| unread(format!("not JSON: {}", vyavs_codec::scrub::scrub_text(&error.to_string()))))?;
    match fields.text("type").map_err(unread)?.as_deref() {
        Some("receipt") => {
            let number = identifier(&fields, "number").and_then(required("number")).map_err(unread)?;
            receipt(&fields, &number, source)
                .map(Entry::Receipt)
                .map_err(|reason| Refusal { ack: Some(number), reason })
        }
        Some(word @ ("no_sale" | "sign_on" | "sign_off" | "line_void")) => {
            let id = identifier(&fields, "id").and_then(required("id")).map_err(unread)?;
            match event(&fields, word, &id, source) {
                Ok((at, kind)) => Ok(Entry::Event { id, at, kind }),
                Err(reason) => Err(Refusal { ack: Some(id), reason }),
            }
        }
        Some(other) => Err(unread(format!("type {} is not {TYPES}", quote(other)))),
        None => Err(unread(format!("type is missing: {TYPES}"))),
    }
}

/// What a line may be.
const TYPES: &str = "receipt, no_sale, sign_on, sign_off or line_void";

/// An event beside a ticket, by the word of its type.
fn event(fields: &Fields<'_>, word: &str, id: &str, source: Source<'_>) -> Result<(Timestamp, TillEventKind), Wrong> {
    let at = instant(fields, "at", source.time).and_then(required("at"))?;
    let operator = || identifier(fields, "operator");
    let kind = match word {
        "sign_on" => TillEventKind::SignOn { operator: operator().and_then(required("operator"))? },
        "sign_off" => TillEventKind::SignOff { operator: operator().and_then(required("operator"))? },
        "line_void" => TillEventKind::LineVoided {
            receipt: identifier(fields, "receipt").and_then(required("receipt"))?,
            line_no: line_number(fields).and_then(required("line_no"))?,
            sku: identifier(fields, "sku").and_then(required("sku"))?,
            name: name(fields)?,
            amount_minor: amount(fields, "amount", source.currency).and_then(required("amount"))?,
            operator: operator()?,
        },
        _ => TillEventKind::NoSale { id: Some(id.to_owned()) },
    };
    Ok((at, kind))
}

fn required<T>(name: &'static str) -> impl Fn(Option<T>) -> Result<T, Wrong> {
    move |value| value.ok_or_else(|| format!("{name} is missing"))
}

fn receipt(fields: &Fields<'_>, number: &str, source: Source<'_>) -> Result<Receipt, Wrong> {
    let kind = match fields.text("kind")?.as_deref() {
        Some("sale") => ReceiptKind::Sale,
        Some("return") => ReceiptKind::Return,
        Some("void") => ReceiptKind::Void,
        Some("training") => ReceiptKind::Training,
        Some("adjustment") => ReceiptKind::Adjustment,
        Some(other) => {
            return Err(format!("kind {} is not sale, return, void, training or adjustment", quote(other)));
        }
        None => return Err("kind is missing: sale, return, void, training or adjustment".to_owned()),
    };
    let closed_at = instant(fields, "at", source.time).and_then(required("at"))?;
    let business_day = match fields.text("business_day")? {
        Some(text) => text
            .parse::<BusinessDay>()
            .map_err(|_| format!("business_day {} is not a date YYYY-MM-DD", quote(&text)))?,
        None => source.time.business_day(closed_at),
    };
    let currency = match fields.text("currency")? {
        Some(text) => text
            .parse::<Currency>()
            .map_err(|_| format!("currency {} is not an ISO 4217 code such as EUR", quote(&text)))?,
        None => source.currency,
    };
    let raw_lines = fields.list("lines").and_then(required("lines"))?;
    let mut lines = Vec::with_capacity(raw_lines.len());
    let mut numbers = HashSet::with_capacity(raw_lines.len());
    for (index, raw) in raw_lines.iter().enumerate() {
        let place = index + 1;
        let named = |wrong: Wrong| format!("line {place}: {wrong}");
        let fields = object(raw).ok_or_else(|| named("is not a JSON object".to_owned()))?;
        let line = sale_line(&fields, place, closed_at, currency, source.time).map_err(named)?;
        if !numbers.insert(line.line_no) {
            return Err(named(format!("line_no {} stands twice on the receipt", line.line_no)));
        }
        lines.push(line);
    }
    let receipt = Receipt {
        key: ReceiptKey { terminal: source.terminal.clone(), business_day, number: number.to_owned() },
        kind,
        source: ReceiptSource::Journal,
        closed_at,
        currency,
        total_minor: amount(fields, "total", currency).and_then(required("total"))?,
        tax_minor: amount(fields, "tax", currency)?.unwrap_or(0),
        discount_minor: amount(fields, "discount", currency)?.unwrap_or(0),
        tenders: tenders(fields, currency)?,
        operator: identifier(fields, "operator")?,
        customer: identifier(fields, "customer")?,
        lines,
    };
    receipt.balance().map_err(|unbalanced| unbalanced.to_string())?;
    Ok(receipt)
}

fn sale_line(
    fields: &Fields<'_>,
    place: usize,
    closed_at: Timestamp,
    currency: Currency,
    time: &StoreTime,
) -> Result<SaleLine, Wrong> {
    let line_no = match line_number(fields)? {
        Some(given) => given,
        None => u32::try_from(place).map_err(|_| NO_NUMBER.to_owned())?,
    };
    let quantity = fields.decimal("quantity").and_then(required("quantity"))?;
    let unit_price = fields.decimal("unit_price").and_then(required("unit_price"))?;
    let discount_minor = amount(fields, "discount", currency)?.unwrap_or(0);
    let total_minor = match amount(fields, "total", currency)? {
        Some(total) => total,
        None => line_total(quantity, unit_price, discount_minor, currency)
            .ok_or_else(|| "quantity x unit_price is beyond what an amount can hold".to_owned())?,
    };
    Ok(SaleLine {
        line_no,
        sku: identifier(fields, "sku").and_then(required("sku"))?,
        name: name(fields)?,
        quantity,
        unit_price,
        discount_minor,
        total_minor,
        sold_at: instant(fields, "at", time)?.unwrap_or(closed_at),
    })
}

const NO_NUMBER: &str = "line_no is not a whole number from 1";

fn line_number(fields: &Fields<'_>) -> Result<Option<u32>, Wrong> {
    let Some(given) = fields.decimal("line_no")? else { return Ok(None) };
    let number = u32::try_from(given.normalize()).ok().filter(|n| *n > 0 && given.fract().is_zero());
    number.map(Some).ok_or_else(|| NO_NUMBER.to_owned())
}

/// An item as the till names it; may be empty.
fn name(fields: &Fields<'_>) -> Result<String, Wrong> {
    fields.text("name")?.map_or_else(|| Ok(String::new()), |text| bounded("name", text, NAME_BYTES))
}

/// quantity × unit price − discount, rounded once, half away from zero.
fn line_total(quantity: Decimal, unit_price: Decimal, discount_minor: i64, currency: Currency) -> Option<i64> {
    let discount = Decimal::new(discount_minor, currency.exponent());
    to_minor(quantity.checked_mul(unit_price)?.checked_sub(discount)?, currency)
}

fn tenders(fields: &Fields<'_>, currency: Currency) -> Result<Vec<Tender>, Wrong> {
    let raw = fields.list("tenders")?.unwrap_or_default();
    let tender = |(index, raw): (usize, &&serde_json::value::RawValue)| {
        let named = |wrong: Wrong| format!("tender {}: {wrong}", index + 1);
        let fields = object(raw).ok_or_else(|| named("is not a JSON object".to_owned()))?;
        let kind = match fields.text("kind").map_err(named)?.as_deref() {
            Some("cash") => TenderKind::Cash,
            Some("card") => TenderKind::Card,
            Some("voucher") => TenderKind::Voucher,
            Some("account") => TenderKind::Account,
            // Every till has its own names for the rest; the amount is what matters.
            _ => TenderKind::Other,
        };
        let amount_minor = amount(&fields, "amount", currency).and_then(required("amount")).map_err(named)?;
        Ok(Tender { kind, amount_minor })
    };
    raw.iter().enumerate().map(tender).collect()
}

/// An amount in minor units; digits beyond them are refused, not rounded away.
fn amount(fields: &Fields<'_>, name: &str, currency: Currency) -> Result<Option<i64>, Wrong> {
    let Some(value) = fields.decimal(name)? else { return Ok(None) };
    if value.normalize().scale() > currency.exponent() {
        let digits = currency.exponent();
        return Err(format!("{name} \"{value}\" has more than the {digits} digits after the point of {currency}"));
    }
    match to_minor(value, currency) {
        Some(minor) => Ok(Some(minor)),
        None => Err(format!("{name} \"{value}\" is beyond what an amount can hold")),
    }
}

fn instant(fields: &Fields<'_>, name: &str, time: &StoreTime) -> Result<Option<Timestamp>, Wrong> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    let at = time
        .read(&text)
        .map_err(|_| format!("{name} {} is neither an RFC 3339 time nor a local YYYY-MM-DDTHH:MM:SS", quote(&text)))?;
    Ok(Some(at))
}

/// A text that names something: not empty, short, no control characters.
fn identifier(fields: &Fields<'_>, name: &str) -> Result<Option<String>, Wrong> {
    match fields.text(name)? {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) if text.chars().any(char::is_control) => {
            Err(format!("{name} {} has control characters", quote(&text)))
        }
        Some(text) => bounded(name, text, ID_BYTES).map(Some),
    }
}

fn bounded(name: &str, text: Cow<'_, str>, limit: usize) -> Result<String, Wrong> {
    if text.len() > limit {
        return Err(format!("{name} has {} bytes, at most {limit} are taken", text.len()));
    }
    if text.contains('\0') {
        // No database takes it, and no till means it.
        return Err(format!("{name} has a NUL character"));
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests;
