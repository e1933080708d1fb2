//! Receipts as people look at them: pages of a shop, and one with its lines.

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, OrgId, StoreId, TerminalId};
use vyavs_domain::money::Currency;
use vyavs_domain::sale::{ReceiptKind, ReceiptSource, Tender};
use vyavs_domain::time::BusinessDay;

use crate::columns::{Day, Exact, Id, Json, instant, named};
use crate::tx::{Tx, fetch_all, fetch_one, fetch_optional};
use crate::{ForeignValue, Result};

/// The head of a receipt as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Its id at the hub.
    pub id: Uuid,
    /// The shop.
    pub store: StoreId,
    /// The till.
    pub terminal: TerminalId,
    /// The day in the books.
    pub business_day: BusinessDay,
    /// The till's own number.
    pub number: String,
    /// What kind of ticket.
    pub kind: ReceiptKind,
    /// Which wire it was read from.
    pub source: ReceiptSource,
    /// Of all its amounts.
    pub currency: Currency,
    /// What the customer pays, minor units.
    pub total_minor: i64,
    /// Tax added on top, minor units.
    pub tax_minor: i64,
    /// Off the ticket as a whole, minor units.
    pub discount_minor: i64,
    /// How many lines belong to it.
    pub line_count: u32,
    /// When it was closed, as the till said.
    pub closed_at: Timestamp,
    /// When that was, where the till followed the wrong clock of its box.
    pub event_at: Option<Timestamp>,
    /// How it was paid.
    pub tenders: Vec<Tender>,
    /// Another receipt has its number but other content.
    pub flagged: bool,
}

/// A line of a receipt as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLine {
    /// Its id at the hub.
    pub id: Uuid,
    /// The product.
    pub product: Uuid,
    /// Its place on the receipt.
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
    /// When it was rung.
    pub sold_at: Timestamp,
}

/// A receipt with all the hub knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// Its head.
    pub head: Head,
    /// The cashier's number.
    pub operator: Option<String>,
    /// The loyalty account.
    pub customer: Option<String>,
    /// The box that read it.
    pub device: DeviceId,
    /// Its record: epoch and number in stream 0.
    pub record: (u64, u64),
    /// When the hub took it.
    pub ingested_at: Timestamp,
    /// What was rung, in order.
    pub lines: Vec<StoredLine>,
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct ReceiptFilter {
    /// Of one till.
    pub terminal: Option<TerminalId>,
    /// Of one business day.
    pub business_day: Option<BusinessDay>,
}

type Row = (Id, Id, String, Day, String, String, String, String, i64, i64, i64, i64, i64, Json, bool, Option<i64>);

fn head(row: Row) -> Result<Head> {
    let (
        id,
        store,
        terminal,
        day,
        number,
        kind,
        source,
        currency,
        total,
        tax,
        discount,
        lines,
        closed,
        tenders,
        flagged,
        event,
    ) = row;
    let wrong = |what, got: &str| ForeignValue { what, got: got.to_owned() };
    Ok(Head {
        id: id.0,
        store: StoreId(store.0),
        terminal: terminal.parse().map_err(|_| wrong("a terminal", &terminal))?,
        business_day: day.business(),
        number,
        kind: named("a receipt kind", &kind)?,
        source: named("a receipt source", &source)?,
        currency: currency.parse().map_err(|_| wrong("a currency", &currency))?,
        total_minor: total,
        tax_minor: tax,
        discount_minor: discount,
        line_count: lines as u32,
        closed_at: instant(closed),
        event_at: event.map(instant),
        tenders: serde_json::from_str(&tenders.0).map_err(|_| wrong("tenders", &tenders.0))?,
        flagged,
    })
}

/// Receipts of a shop, newest first, beginning after the closing time and id of the last one seen.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    filter: &ReceiptFilter,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Head>> {
    const ALL: &str =
        "select id, store_id, terminal, business_day, number, kind, source, currency, total_minor, tax_minor,
            discount_minor, line_count, closed_at, tenders, flagged, event_at from receipts
        where org_id = $1 and store_id = $2 and (closed_at, id) < ($3, $4) and ($5 = '' or terminal = $5)
        order by closed_at desc, id desc limit $6";
    const OF_DAY: &str =
        "select id, store_id, terminal, business_day, number, kind, source, currency, total_minor, tax_minor,
            discount_minor, line_count, closed_at, tenders, flagged, event_at from receipts
        where org_id = $1 and store_id = $2 and (closed_at, id) < ($3, $4) and ($5 = '' or terminal = $5)
            and business_day = $7
        order by closed_at desc, id desc limit $6";
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id));
    let terminal = filter.terminal.as_ref().map_or("", TerminalId::as_str);
    let limit = i64::from(limit);
    let rows = match filter.business_day {
        None => fetch_all!(tx, Row, ALL, org, store, at, id, terminal, limit)?,
        Some(day) => fetch_all!(tx, Row, OF_DAY, org, store, at, id, terminal, limit, day)?,
    };
    rows.into_iter().map(head).collect()
}

/// Where a page of [`of_days`] ended: day, till, number and id of its last one.
pub type OfDaysAfter = (BusinessDay, TerminalId, String, Uuid);

/// Receipts of a shop in the order of its books, beginning after `after`: of business days from the first to the last.
pub async fn of_days(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    (from, to): (BusinessDay, BusinessDay),
    after: Option<&OfDaysAfter>,
    limit: u32,
) -> Result<Vec<Head>> {
    const SQL: &str =
        "select id, store_id, terminal, business_day, number, kind, source, currency, total_minor, tax_minor,
            discount_minor, line_count, closed_at, tenders, flagged, event_at from receipts
        where org_id = $1 and store_id = $2 and business_day >= $3 and business_day <= $4
            and (business_day, terminal, number, id) > ($3, $5, $6, $7)
        order by business_day, terminal, number, id limit $8";
    // Before the first one there is no till without a name and no id of zeros.
    let (day, till, number, id) = after
        .map_or((from, "", "", Uuid::nil()), |(day, till, number, id)| (*day, till.as_str(), number.as_str(), *id));
    let rows = fetch_all!(tx, Row, SQL, org, store, day, to, till, number, id, i64::from(limit))?;
    rows.into_iter().map(head).collect()
}

/// How many there are.
pub async fn count_of_days(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    (from, to): (BusinessDay, BusinessDay),
) -> Result<u64> {
    const SQL: &str = "select count(*) from receipts
        where org_id = $1 and store_id = $2 and business_day >= $3 and business_day <= $4";
    Ok(fetch_one!(tx, (i64,), SQL, org, store, from, to)?.0.unsigned_abs())
}

/// One receipt of an organization, with its lines; `None` for another's, too.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Detail>> {
    const HEAD: &str =
        "select id, store_id, terminal, business_day, number, kind, source, currency, total_minor, tax_minor,
            discount_minor, line_count, closed_at, tenders, flagged, event_at from receipts where org_id = $1 and id = $2";
    const MORE: &str =
        "select operator, customer_id, device_id, epoch, seq, ingested_at from receipts where org_id = $1 and id = $2";
    type More = (Option<String>, Option<String>, Id, i64, i64, i64);
    let Some(row) = fetch_optional!(tx, Row, HEAD, org, id)? else { return Ok(None) };
    let Some((operator, customer, device, epoch, seq, ingested)) = fetch_optional!(tx, More, MORE, org, id)? else {
        return Ok(None);
    };
    Ok(Some(Detail {
        head: head(row)?,
        operator,
        customer,
        device: DeviceId(device.0),
        record: (epoch as u64, seq as u64),
        ingested_at: instant(ingested),
        lines: lines(tx, org, id).await?,
    }))
}

/// The lines of a receipt, in order. Their ids begin with the six bytes its own id begins with (`domain::sale::line_id`), so
/// the primary key finds them and no further index is kept on the largest table.
async fn lines(tx: &mut Tx<'_>, org: OrgId, receipt: Uuid) -> Result<Vec<StoredLine>> {
    const SQL: &str = "select id, product_id, line_no, sku, name, quantity, unit_price, discount_minor, total_amount,
            transaction_time from transactions
        where id >= $1 and id <= $2 and receipt_id = $3 and org_id = $4 order by line_no, id";
    type Line = (Id, Id, i64, String, String, Exact, Exact, i64, i64, i64);
    let (first, last) = line_bounds(receipt);
    let line = |(id, product, line_no, sku, name, quantity, unit_price, discount, total, sold): Line| StoredLine {
        id: id.0,
        product: product.0,
        line_no: line_no as u32,
        sku,
        name,
        quantity: quantity.0,
        unit_price: unit_price.0,
        discount_minor: discount,
        total_minor: total,
        sold_at: instant(sold),
    };
    Ok(fetch_all!(tx, Line, SQL, first, last, receipt, org)?.into_iter().map(line).collect())
}

/// Between which ids the lines of a receipt lie, and those of others that were closed in the same millisecond.
pub(crate) fn line_bounds(receipt: Uuid) -> (Uuid, Uuid) {
    let bound = |fill: u8| {
        let mut bytes = [fill; 16];
        bytes[..6].copy_from_slice(&receipt.as_bytes()[..6]);
        Uuid::from_bytes(bytes)
    };
    (bound(0), bound(0xff))
}

/// Pieces or kilograms on a receipt, by currency.
pub(crate) async fn units(tx: &mut Tx<'_>, org: OrgId, receipt: Uuid) -> Result<Vec<(String, f64)>> {
    const SQL: &str = "select currency, sum(cast(quantity as double precision)) from transactions
        where id >= $1 and id <= $2 and receipt_id = $3 and org_id = $4 group by currency";
    let (first, last) = line_bounds(receipt);
    fetch_all!(tx, (String, f64), SQL, first, last, receipt, org)
}
