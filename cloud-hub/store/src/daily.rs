//! The sums of a day, kept in the transaction that stores what they sum: `daily_sales` a product, `store_days` a shop.
//!
//! Quantities are summed in millionths, rounded once a line, so that both engines add the same whole numbers.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};
use vyavs_domain::money::Currency;
use vyavs_domain::sale::{ReceiptKind, SaleLine};
use vyavs_domain::time::BusinessDay;

use crate::batch::Shared;
use crate::columns::{Day, Exact, Id, named};
use crate::origin::Origin;
use crate::sales::{HeadRow, counts};
use crate::tx::{Conn, Tx, execute, fetch_all};
use crate::{Result, StoreError, batch};

mod summary;

pub use summary::{Place, Summary, SummaryFilter, summary};

/// What a product came to on a business day in one shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sold {
    /// Lines.
    pub lines: i64,
    /// Millionths of a piece or kilogram.
    pub quantity_micro: i64,
    /// Minor units.
    pub revenue_minor: i64,
}

/// A product, a day, a currency.
pub type SoldKey = (BusinessDay, Uuid, String);

/// A quantity in millionths, half away from zero.
fn micro(quantity: Decimal) -> i64 {
    let scaled = quantity.checked_mul(Decimal::from(1_000_000)).unwrap_or_default();
    scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(0)
}

/// What a batch of new lines adds.
#[derive(Default)]
pub(crate) struct Deltas {
    sold: HashMap<(Day, Uuid, Currency), Sold>,
    days: ShopDays,
}

impl Deltas {
    pub(crate) fn add(&mut self, product: Uuid, day: BusinessDay, currency: Currency, line: &SaleLine) {
        let (day, quantity, sold_at) = (Day::of(day), micro(line.quantity), line.sold_at.as_microsecond());
        let first = ShopDay { last_sale_at: sold_at, ..ShopDay::default() };
        let shop = self.days.entry((day, currency)).or_insert(first);
        shop.quantity_micro = shop.quantity_micro.saturating_add(quantity);
        shop.last_sale_at = shop.last_sale_at.max(sold_at);
        let sum = self.sold.entry((day, product, currency)).or_default();
        sum.lines += 1;
        sum.quantity_micro = sum.quantity_micro.saturating_add(quantity);
        sum.revenue_minor = sum.revenue_minor.saturating_add(line.total_minor);
    }
}

pub(crate) async fn add_lines(tx: &mut Tx<'_>, origin: &Origin, deltas: Deltas) -> Result<()> {
    if deltas.sold.is_empty() {
        return Ok(());
    }
    // In key order: neighbours on a page, and two writers lock alike.
    let mut rows: Vec<_> = deltas.sold.iter().collect();
    rows.sort_unstable_by_key(|row| *row.0);
    match &mut tx.conn {
        Conn::Sqlite(conn) => {
            const HEAD: &str = "insert into daily_sales (org_id, store_id, product_id, sale_date, currency, lines,
                quantity_micro, revenue_minor)";
            const TAIL: &str = "on conflict (store_id, sale_date, product_id, currency) do update set
                lines = lines + excluded.lines, quantity_micro = quantity_micro + excluded.quantity_micro,
                revenue_minor = revenue_minor + excluded.revenue_minor";
            let shared = Shared::of(origin);
            batch::insert(conn, (HEAD, 8, TAIL), &rows, |values, ((day, product, currency), sum)| {
                values.shared(&shared.org)?;
                values.shared(&shared.store)?;
                values.put(*product)?;
                values.put(day.business())?;
                values.put(currency)?;
                values.put(sum.lines)?;
                values.put(sum.quantity_micro)?;
                values.put(sum.revenue_minor)
            })
            .await?;
        }
        Conn::Pg(conn) => {
            // The shop's days ride along: one round trip less.
            const SQL: &str = "with shop as (
                    insert into store_days as d (org_id, store_id, business_day, currency, receipts, returns,
                        sales_minor, quantity_micro, last_sale_at)
                    select $1, $2, * from unnest($9::date[], $10::text[], $11::int8[], $12::int8[], $13::int8[],
                        $14::int8[], $15::int8[])
                    on conflict (store_id, business_day, currency) do update set
                        receipts = d.receipts + excluded.receipts, returns = d.returns + excluded.returns,
                        sales_minor = d.sales_minor + excluded.sales_minor,
                        quantity_micro = d.quantity_micro + excluded.quantity_micro,
                        last_sale_at = greatest(d.last_sale_at, excluded.last_sale_at)
                )
                insert into daily_sales as d (org_id, store_id, product_id, sale_date, currency, lines,
                    quantity_micro, revenue_minor)
                select $1, $2, * from unnest($3::uuid[], $4::date[], $5::text[], $6::int8[], $7::int8[], $8::int8[])
                on conflict (store_id, sale_date, product_id, currency) do update set
                    lines = d.lines + excluded.lines, quantity_micro = d.quantity_micro + excluded.quantity_micro,
                    revenue_minor = d.revenue_minor + excluded.revenue_minor";
            sqlx::query(SQL)
                .bind(Id(origin.org.0))
                .bind(Id(origin.store.0))
                .bind(rows.iter().map(|row| Id(row.0.1)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.0.0).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.0.2.as_str()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.1.lines).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.1.quantity_micro).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.1.revenue_minor).collect::<Vec<_>>())
                .bind(deltas.days.keys().map(|key| key.0).collect::<Vec<_>>())
                .bind(deltas.days.keys().map(|key| key.1.as_str()).collect::<Vec<_>>())
                .bind(deltas.days.values().map(|day| day.receipts).collect::<Vec<_>>())
                .bind(deltas.days.values().map(|day| day.returns).collect::<Vec<_>>())
                .bind(deltas.days.values().map(|day| day.sales_minor).collect::<Vec<_>>())
                .bind(deltas.days.values().map(|day| day.quantity_micro).collect::<Vec<_>>())
                .bind(deltas.days.values().map(|day| day.last_sale_at).collect::<Vec<_>>())
                .execute(&mut **conn)
                .await?;
            return Ok(());
        }
    }
    add_days(tx, origin, deltas.days).await
}

/// What a batch adds to a day of its shop.
#[derive(Clone, Copy, Default)]
struct ShopDay {
    receipts: i64,
    returns: i64,
    sales_minor: i64,
    quantity_micro: i64,
    last_sale_at: i64,
}

type ShopDays = BTreeMap<(Day, Currency), ShopDay>;

async fn add_days(tx: &mut Tx<'_>, origin: &Origin, days: ShopDays) -> Result<()> {
    const SQL: &str = "insert into store_days as d (org_id, store_id, business_day, currency, receipts, returns,
            sales_minor, quantity_micro, last_sale_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (store_id, business_day, currency) do update set
            receipts = d.receipts + excluded.receipts, returns = d.returns + excluded.returns,
            sales_minor = d.sales_minor + excluded.sales_minor,
            quantity_micro = d.quantity_micro + excluded.quantity_micro,
            last_sale_at = case when excluded.last_sale_at > d.last_sale_at then excluded.last_sale_at
                else d.last_sale_at end";
    // Few: a batch spans a day or two.
    for ((date, currency), day) in days {
        execute!(
            tx,
            SQL,
            origin.org,
            origin.store,
            date,
            &currency,
            day.receipts,
            day.returns,
            day.sales_minor,
            day.quantity_micro,
            day.last_sale_at
        )?;
    }
    Ok(())
}

pub(crate) async fn add_receipts(tx: &mut Tx<'_>, origin: &Origin, heads: &[&HeadRow]) -> Result<()> {
    let mut days = ShopDays::new();
    for receipt in heads.iter().map(|head| &head.receipt).filter(|receipt| counts(receipt.kind)) {
        let closed_at = receipt.closed_at.as_microsecond();
        let first = ShopDay { last_sale_at: closed_at, ..ShopDay::default() };
        let day = days.entry((Day::of(receipt.key.business_day), receipt.currency)).or_insert(first);
        match receipt.kind {
            ReceiptKind::Return => day.returns += 1,
            _ => day.receipts += 1,
        }
        day.sales_minor = day.sales_minor.saturating_add(receipt.total_minor);
        day.last_sale_at = day.last_sale_at.max(closed_at);
    }
    add_days(tx, origin, days).await
}

/// The sums of a shop as they are kept.
pub async fn kept(tx: &mut Tx<'_>, org: OrgId, store: StoreId) -> Result<BTreeMap<SoldKey, Sold>> {
    const SQL: &str = "select sale_date, product_id, currency, lines, quantity_micro, revenue_minor from daily_sales
        where org_id = $1 and store_id = $2";
    let rows = fetch_all!(tx, (Day, Id, String, i64, i64, i64), SQL, org, store)?;
    let entry = |(day, product, currency, lines, quantity_micro, revenue_minor): (Day, Id, String, i64, i64, i64)| {
        ((day.business(), product.0, currency), Sold { lines, quantity_micro, revenue_minor })
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// The same sums, made anew from every line: equal to [`kept`], or something is wrong. Reads the whole shop.
pub async fn recompute(tx: &mut Tx<'_>, org: OrgId, store: StoreId) -> Result<BTreeMap<SoldKey, Sold>> {
    const SQL: &str = "select t.business_day, t.product_id, t.currency, t.quantity, t.total_amount, r.kind
        from transactions t left join receipts r on r.id = t.receipt_id
        where t.org_id = $1 and t.store_id = $2";
    type Row = (Day, Id, String, Exact, i64, Option<String>);
    let mut sums: BTreeMap<SoldKey, Sold> = BTreeMap::new();
    for (day, product, currency, quantity, total, kind) in fetch_all!(tx, Row, SQL, org, store)? {
        let kind =
            kind.map(|kind| named::<ReceiptKind>("a receipt kind", &kind)).transpose().map_err(StoreError::from)?;
        if kind.is_none_or(counts) {
            let sum = sums.entry((day.business(), product.0, currency)).or_default();
            sum.lines += 1;
            sum.quantity_micro += micro(quantity.0);
            sum.revenue_minor += total;
        }
    }
    Ok(sums)
}
