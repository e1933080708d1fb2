//! Rows in bulk, a page at a time by key, in an order that new rows do not disturb: what exports are made of.

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, SensorId, StoreId};
use vyavs_domain::money::Currency;
use vyavs_domain::reading::Quality;
use vyavs_domain::sale::ReceiptKind;
use vyavs_domain::time::BusinessDay;

use crate::columns::{Day, Exact, Id, instant, named};
use crate::readings::quality_of;
use crate::tx::{Tx, fetch_all, fetch_one};
use crate::{ForeignValue, Result};

/// A line of a ticket, with what its ticket says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its id at the hub.
    pub id: Uuid,
    /// The till.
    pub terminal: String,
    /// The till's number of the ticket.
    pub receipt: String,
    /// What kind of ticket; a line whose ticket has not come yet counts as sold.
    pub kind: ReceiptKind,
    /// The day in the books.
    pub business_day: BusinessDay,
    /// Its place on the ticket.
    pub line_no: u32,
    /// What was sold.
    pub sku: String,
    /// As printed.
    pub name: String,
    /// Pieces or kilograms.
    pub quantity: Decimal,
    /// Of one, with the scale it was rung with.
    pub unit_price: Decimal,
    /// Off this line, minor units.
    pub discount_minor: i64,
    /// What it comes to, minor units.
    pub total_minor: i64,
    /// Of its amounts.
    pub currency: Currency,
    /// When it was rung, as the till said.
    pub sold_at: Timestamp,
}

/// Lines of a shop rung from `from` to `to` (excluded), oldest first, beginning after the time and id of the last one seen.
pub async fn lines(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    (from, to): (Timestamp, Timestamp),
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Line>> {
    const SQL: &str = "select t.id, t.terminal, t.receipt, coalesce(r.kind, 'sale'), t.business_day, t.line_no, t.sku,
            t.name, t.quantity, t.unit_price, t.discount_minor, t.total_amount, t.currency, t.transaction_time
        from transactions t left join receipts r on r.id = t.receipt_id
        where t.org_id = $1 and t.store_id = $2 and t.transaction_time >= $3 and t.transaction_time < $4
            and (t.transaction_time, t.id) > ($3, $5)
        order by t.transaction_time, t.id limit $6";
    type Row = (Id, String, String, String, Day, i64, String, String, Exact, Exact, i64, i64, String, i64);
    let line = |row: Row| {
        let (id, terminal, receipt, kind, day, line_no, sku, name, quantity, price, discount, total, code, sold) = row;
        Ok(Line {
            id: id.0,
            terminal,
            receipt,
            kind: named("a receipt kind", &kind)?,
            business_day: day.business(),
            line_no: u32::try_from(line_no).unwrap_or(u32::MAX),
            sku,
            name,
            quantity: quantity.0,
            unit_price: price.0,
            discount_minor: discount,
            total_minor: total,
            currency: code.parse().map_err(|_| ForeignValue { what: "a currency", got: code.clone() })?,
            sold_at: instant(sold),
        })
    };
    let (at, id) = after.unwrap_or((from, Uuid::nil()));
    fetch_all!(tx, Row, SQL, org, store, at, to, id, i64::from(limit))?.into_iter().map(line).collect()
}

/// How many there are.
pub async fn count_lines(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    (from, to): (Timestamp, Timestamp),
) -> Result<u64> {
    const SQL: &str = "select count(*) from transactions
        where org_id = $1 and store_id = $2 and transaction_time >= $3 and transaction_time < $4";
    Ok(fetch_one!(tx, (i64,), SQL, org, store, from, to)?.0.unsigned_abs())
}

/// A product of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Its id.
    pub id: Uuid,
    /// One sellable item.
    pub sku: String,
    /// For people; may be empty.
    pub name: String,
    /// As people sort it.
    pub category: Option<String>,
}

/// Products by SKU, beginning after the last one seen.
pub async fn products(tx: &mut Tx<'_>, org: OrgId, after: Option<&str>, limit: u32) -> Result<Vec<Article>> {
    const SQL: &str = "select id, sku, name, category from products
        where organization_id = $1 and ($2 is null or sku > $2) order by sku limit $3";
    let article =
        |(id, sku, name, category): (Id, String, String, Option<String>)| Article { id: id.0, sku, name, category };
    Ok(fetch_all!(tx, (Id, String, String, Option<String>), SQL, org, after, i64::from(limit))?
        .into_iter()
        .map(article)
        .collect())
}

/// How many there are.
pub async fn count_products(tx: &mut Tx<'_>, org: OrgId) -> Result<u64> {
    const SQL: &str = "select count(*) from products where organization_id = $1";
    Ok(fetch_one!(tx, (i64,), SQL, org)?.0.unsigned_abs())
}

/// A reading as stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// When it was taken.
    pub at: Timestamp,
    /// In the sensor's unit; `None` when it had no value.
    pub value: Option<f64>,
    /// How far to trust it.
    pub quality: Quality,
}

/// Readings of one sensor from `from` to `to` (excluded), oldest first, beginning after the last one seen.
pub async fn readings(
    tx: &mut Tx<'_>,
    org: OrgId,
    (store, sensor): (StoreId, &SensorId),
    (from, to): (Timestamp, Timestamp),
    after: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<Measured>> {
    const SQL: &str = "select at, value, quality from readings
        where org_id = $1 and store_id = $2 and sensor = $3 and at >= $4 and at < $5 order by at limit $6";
    let from = after.map_or(from.as_microsecond(), |at| at.as_microsecond().saturating_add(1));
    let row = |(at, value, quality): (i64, Option<f64>, i16)| Measured {
        at: instant(at),
        value,
        quality: quality_of(quality),
    };
    Ok(fetch_all!(tx, (i64, Option<f64>, i16), SQL, org, store, sensor, from, to, i64::from(limit))?
        .into_iter()
        .map(row)
        .collect())
}

/// How many readings of a shop there are, and how many minutes of which only a summary is left.
pub async fn count_readings(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    (from, to): (Timestamp, Timestamp),
) -> Result<(u64, u64)> {
    const READINGS: &str = "select count(*) from readings where org_id = $1 and store_id = $2 and at >= $3 and at < $4";
    const MINUTES: &str = "select count(*) from minutes where org_id = $1 and store_id = $2 and at >= $3 and at < $4";
    let (readings,) = fetch_one!(tx, (i64,), READINGS, org, store, from, to)?;
    let (minutes,) = fetch_one!(tx, (i64,), MINUTES, org, store, from, to)?;
    Ok((readings.unsigned_abs(), minutes.unsigned_abs()))
}
