//! What is stored of one shop, as it lies in the tables and in the order of its records: for whoever proves that nothing
//! was lost, changed or stored twice. Decimals come as text, so that nobody's reading of a number stands between.

use vyavs_domain::ids::{DeviceId, StoreId};

use crate::Result;
use crate::columns::Id;
use crate::tx::{Tx, fetch_all, fetch_one};

/// A row of `receipts`. Amounts in minor units, times in µs since 1970 UTC, codes as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct HeadAudit {
    pub id: uuid::Uuid,
    pub terminal: String,
    pub business_day: String,
    pub number: String,
    pub kind: String,
    pub source: String,
    pub currency: String,
    pub total_minor: i64,
    pub tax_minor: i64,
    pub discount_minor: i64,
    pub line_count: i64,
    pub operator: Option<String>,
    pub customer: Option<String>,
    pub closed_at_us: i64,
    pub tenders: String,
}

/// A row of `transactions`, likewise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct LineAudit {
    pub receipt_id: uuid::Uuid,
    pub terminal: String,
    pub business_day: String,
    pub number: String,
    pub line_no: i64,
    pub sku: String,
    pub name: String,
    pub quantity: String,
    pub unit_price: String,
    pub discount_minor: i64,
    pub total_minor: i64,
    pub currency: String,
    pub sold_at_us: i64,
    pub customer: Option<String>,
}

/// The heads of a shop's receipts by device, epoch and record number.
pub async fn heads(tx: &mut Tx<'_>, store: StoreId) -> Result<Vec<HeadAudit>> {
    const SQL: &str =
        "select id, terminal, cast(business_day as text), number, kind, source, currency, total_minor, tax_minor,
            discount_minor, cast(line_count as bigint), operator, customer_id, closed_at, cast(tenders as text)
        from receipts where store_id = $1 order by device_id, epoch, seq";
    type Row = (
        Id,
        String,
        String,
        String,
        String,
        String,
        String,
        i64,
        i64,
        i64,
        i64,
        Option<String>,
        Option<String>,
        i64,
        String,
    );
    let head = |row: Row| HeadAudit {
        id: row.0.0,
        terminal: row.1,
        business_day: row.2,
        number: row.3,
        kind: row.4,
        source: row.5,
        currency: row.6,
        total_minor: row.7,
        tax_minor: row.8,
        discount_minor: row.9,
        line_count: row.10,
        operator: row.11,
        customer: row.12,
        closed_at_us: row.13,
        tenders: row.14,
    };
    Ok(fetch_all!(tx, Row, SQL, store)?.into_iter().map(head).collect())
}

/// The lines of a shop's receipts by device, epoch and record number.
pub async fn lines(tx: &mut Tx<'_>, store: StoreId) -> Result<Vec<LineAudit>> {
    const SQL: &str =
        "select receipt_id, terminal, cast(business_day as text), receipt, cast(line_no as bigint), sku, name,
            cast(quantity as text), cast(unit_price as text), discount_minor, total_amount, currency, transaction_time,
            customer_id
        from transactions where store_id = $1 order by device_id, epoch, seq";
    type Row = (Id, String, String, String, i64, String, String, String, String, i64, i64, String, i64, Option<String>);
    let line = |row: Row| LineAudit {
        receipt_id: row.0.0,
        terminal: row.1,
        business_day: row.2,
        number: row.3,
        line_no: row.4,
        sku: row.5,
        name: row.6,
        quantity: row.7,
        unit_price: row.8,
        discount_minor: row.9,
        total_minor: row.10,
        currency: row.11,
        sold_at_us: row.12,
        customer: row.13,
    };
    Ok(fetch_all!(tx, Row, SQL, store)?.into_iter().map(line).collect())
}

/// Device, epoch and number of every stored record of stream 0, in this order.
pub async fn numbers(tx: &mut Tx<'_>, store: StoreId) -> Result<Vec<(DeviceId, u64, u64)>> {
    const SQL: &str = "select device_id, epoch, seq from receipts where store_id = $1
        union all select device_id, epoch, seq from transactions where store_id = $1
        union all select device_id, epoch, seq from till_events where store_id = $1 order by 1, 2, 3";
    let rows = fetch_all!(tx, (Id, i64, i64), SQL, store)?;
    Ok(rows.into_iter().map(|(device, epoch, seq)| (DeviceId(device.0), epoch as u64, seq as u64)).collect())
}

/// Device, epoch and last settled number of stream 0, for every epoch there was.
pub async fn settled(tx: &mut Tx<'_>, store: StoreId) -> Result<Vec<(DeviceId, u64, u64)>> {
    const SQL: &str =
        "select c.device_id, c.epoch, c.stored_through from cursors c join devices d on d.id = c.device_id
        where d.store_id = $1 and c.stream = 0 order by 1, 2";
    let rows = fetch_all!(tx, (Id, i64, i64), SQL, store)?;
    Ok(rows.into_iter().map(|(device, epoch, through)| (DeviceId(device.0), epoch as u64, through as u64)).collect())
}

/// How many receipts and lines a shop has.
pub async fn counts(tx: &mut Tx<'_>, store: StoreId) -> Result<(u64, u64)> {
    const SQL: &str = "select (select count(*) from receipts where store_id = $1),
        (select count(*) from transactions where store_id = $1)";
    let (receipts, lines) = fetch_one!(tx, (i64, i64), SQL, store)?;
    Ok((receipts as u64, lines as u64))
}
