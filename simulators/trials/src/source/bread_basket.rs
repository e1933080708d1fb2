//! The bakery's roll: one transaction is one ticket, without any money.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Rows, Sample};
use crate::ledger::{HeadFacts, Key, LineFacts, Ticket};

pub(super) const SHOP: super::Place =
    super::Place { zone: "Europe/London", currency: "GBP", day_starts: "04:00", most_tills: 1 };
pub(super) const FILE: &str = "transactions.csv";
pub(super) const COLUMNS: [&str; 4] = ["Transaction", "Date", "Time", "Item"];

pub(super) fn read(dir: &Path, sample: Sample) -> anyhow::Result<Vec<Ticket>> {
    let zone = TimeZone::get(SHOP.zone).context("the time zone of the data set is unknown here")?;
    let mut rows = Rows::open(dir, FILE, COLUMNS)?;
    let mut tickets: Vec<Ticket> = Vec::new();
    let mut places: HashMap<String, Option<usize>> = HashMap::new();
    while let Some((wrong, [number, date, time, item])) = rows.next()? {
        let place = match places.get(number) {
            Some(place) => *place,
            None => {
                let place = sample.takes(places.len()).then_some(tickets.len());
                places.insert(number.to_owned(), place);
                place
            }
        };
        let Some(place) = place else { continue };
        let local: DateTime = format!("{date}T{time}").parse().with_context(&wrong)?;
        let at_us = local.to_zoned(zone.clone()).with_context(&wrong)?.timestamp().as_microsecond();
        if place == tickets.len() {
            let key = Key {
                terminal: super::till(0),
                // The books close at four: what was rung before belongs to the day before.
                business_day: local.checked_sub(4.hours())?.date().to_string(),
                number: number.to_owned(),
            };
            tickets.push(Ticket { key, head: head(), lines: Vec::new() });
        }
        let Ticket { head, lines, .. } = &mut tickets[place];
        head.line_count += 1;
        head.closed_at_us = head.closed_at_us.max(at_us);
        let facts = LineFacts {
            sku: item.to_owned(),
            name: item.to_owned(),
            quantity: "1".to_owned(),
            // Not known.
            unit_price: "0.00".to_owned(),
            discount_minor: 0,
            total_minor: 0,
            currency: SHOP.currency.to_owned(),
            sold_at_us: at_us,
            customer: None,
        };
        lines.push((head.line_count, facts));
    }
    Ok(tickets)
}

fn head() -> HeadFacts {
    HeadFacts {
        kind: "sale".to_owned(),
        source: "journal".to_owned(),
        currency: SHOP.currency.to_owned(),
        total_minor: 0,
        tax_minor: 0,
        discount_minor: 0,
        line_count: 0,
        operator: None,
        customer: None,
        closed_at_us: i64::MIN,
        tenders: Vec::new(),
    }
}
