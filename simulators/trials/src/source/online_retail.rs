//! UCI Online Retail: one invoice, wherever its lines stand, is one ticket of one till in London.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{Rows, Sample};
use crate::ledger::{HeadFacts, Key, LineFacts, Ticket};

pub(super) const SHOP: super::Place =
    super::Place { zone: "Europe/London", currency: "GBP", day_starts: "04:00", most_tills: 1 };
pub(super) const FILE: &str = "invoices.csv";
pub(super) const COLUMNS: [&str; 7] =
    ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"];

/// The invoices of `sample`, in the order of their first line.
pub(super) fn read(dir: &Path, sample: Sample) -> anyhow::Result<Vec<Ticket>> {
    let zone = TimeZone::get(SHOP.zone).context("the time zone of the data set is unknown here")?;
    let mut rows = Rows::open(dir, FILE, COLUMNS)?;
    let mut tickets: Vec<Ticket> = Vec::new();
    let mut places: HashMap<String, Option<usize>> = HashMap::new();
    while let Some((wrong, [invoice, code, name, quantity, date, price, customer])) = rows.next()? {
        let place = match places.get(invoice) {
            Some(place) => *place,
            None => {
                let place = sample.takes(places.len()).then_some(tickets.len());
                places.insert(invoice.to_owned(), place);
                place
            }
        };
        let Some(place) = place else { continue };
        let local: DateTime = date.parse().with_context(&wrong)?;
        let sold_at = local.to_zoned(zone.clone()).with_context(&wrong)?.timestamp().as_microsecond();
        let total_minor = total(quantity, price).with_context(&wrong)?;
        if place == tickets.len() {
            tickets.push(ticket(invoice, local, customer)?);
        }
        let ticket = &mut tickets[place];
        ticket.head.total_minor += total_minor;
        ticket.head.line_count += 1;
        ticket.head.closed_at_us = ticket.head.closed_at_us.max(sold_at);
        let facts = LineFacts {
            sku: code.to_owned(),
            name: name.to_owned(),
            quantity: quantity.to_owned(),
            unit_price: price.to_owned(),
            discount_minor: 0,
            total_minor,
            currency: SHOP.currency.to_owned(),
            sold_at_us: sold_at,
            customer: ticket.head.customer.clone(),
        };
        ticket.lines.push((ticket.head.line_count, facts));
    }
    Ok(tickets)
}

fn ticket(invoice: &str, local: DateTime, customer: &str) -> anyhow::Result<Ticket> {
    let kind = match invoice.as_bytes().first() {
        Some(b'C') => "return",
        Some(b'A') => "adjustment",
        _ => "sale",
    };
    let key = Key {
        terminal: super::till(0),
        // The books close at four: what was rung before belongs to the day before.
        business_day: local.checked_sub(4.hours())?.date().to_string(),
        number: invoice.to_owned(),
    };
    let head = HeadFacts {
        kind: kind.to_owned(),
        source: "journal".to_owned(),
        currency: SHOP.currency.to_owned(),
        total_minor: 0,
        tax_minor: 0,
        discount_minor: 0,
        line_count: 0,
        operator: None,
        customer: (!customer.is_empty()).then(|| customer.to_owned()),
        closed_at_us: i64::MIN,
        tenders: Vec::new(),
    };
    Ok(Ticket { key, head, lines: Vec::new() })
}

/// Quantity × price in pence, half away from zero.
fn total(quantity: &str, price: &str) -> anyhow::Result<i64> {
    let (quantity, price): (Decimal, Decimal) = (quantity.parse()?, price.parse()?);
    let pence =
        (quantity * price * Decimal::ONE_HUNDRED).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    pence.to_i64().context("an amount beyond 64 bits")
}
