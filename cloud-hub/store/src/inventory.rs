//! Stock: one row a store and product, kept by what is booked ([`events`]).
//!
//! `current_stock` of the table is what the last count found, with every movement since. What was sold since that count is
//! taken off when the stock is read, from the lines themselves: late tickets, voids and replays need no second bookkeeping.
//! Before the first count nobody knows what was there, so sales take nothing off.

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, OrgId, StoreId};

use crate::Result;
use crate::arrivals::{self, Detail};
use crate::columns::{Exact, Id, instant};
use crate::reach::Within;
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_one};

pub mod events;

/// The stock of a product in a store.
#[derive(Clone, Debug, PartialEq)]
pub struct Stock {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub store: StoreId,
    /// Of what.
    pub product: Uuid,
    /// Its SKU.
    pub sku: String,
    /// Its name; may be empty.
    pub name: String,
    /// The last count and every movement since, or every movement where nobody counted yet.
    pub booked: Decimal,
    /// Sold since the last count, returns taken off; nothing before the first count.
    pub sold: Decimal,
    /// Promised to somebody.
    pub reserved: Decimal,
    /// To be ordered at or below this.
    pub reorder_point: Option<Decimal>,
    /// No more than this fits.
    pub max_stock: Option<Decimal>,
    /// When it was last counted.
    pub counted_at: Option<Timestamp>,
    /// When the row was last changed.
    pub last_updated: Timestamp,
    /// Raised with every change of its levels; what is booked does not stand in the way of who sets them.
    pub version: i64,
}

impl Stock {
    /// What should lie there now.
    pub fn current(&self) -> Decimal {
        self.booked.checked_sub(self.sold).unwrap_or(self.booked)
    }
}

/// Which rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct StockFilter {
    /// In these stores.
    pub within: Within,
    /// Of this product.
    pub product: Option<Uuid>,
    /// Those at or below their reorder point, or the others.
    pub below_reorder: Option<bool>,
}

// Summed as whole millionths, as in `daily`: each is exact below 2^53, so both engines agree.
macro_rules! sold {
    () => {
        "coalesce((select cast(sum(round(cast(t.quantity as double precision) * 1000000)) as bigint)
            from transactions t left join receipts r on r.id = t.receipt_id
            where t.product_id = i.product_id and t.store_id = i.store_id and t.transaction_time > i.counted_at
                and coalesce(r.kind, 'sale') in ('sale', 'return')), 0)"
    };
}
macro_rules! filtered {
    () => {
        concat!(
            " from inventory i join products p on p.id = i.product_id
            where i.org_id = $1 and ($2 = '' or cast(i.store_id as text) = $2)
                and ($3 is null or exists (select 1 from reach r where r.holder = $3 and r.store_id = i.store_id))
                and ($4 = '' or cast(i.product_id as text) = $4)
                and ($5 = 2 or ($5 = 1) = coalesce(cast(i.current_stock as double precision) - ",
            sold!(),
            " / 1000000.0 <= cast(i.reorder_point as double precision), false))"
        )
    };
}
macro_rules! columns {
    () => {
        concat!(
            "select i.id, i.store_id, i.product_id, p.sku, p.name, i.current_stock, ",
            sold!(),
            ", i.reserved_stock, i.reorder_point, i.max_stock, i.counted_at, i.last_updated, i.version"
        )
    };
}

type Row = (Id, Id, Id, String, String, Exact, i64, Exact, Option<Exact>, Option<Exact>, Option<i64>, i64, i64);

fn stock(row: Row) -> Stock {
    let (id, store, product, sku, name, booked, sold, reserved, reorder, max, counted, updated, version) = row;
    Stock {
        id: id.0,
        store: StoreId(store.0),
        product: product.0,
        sku,
        name,
        booked: booked.0,
        sold: Decimal::new(sold, 6).normalize(),
        reserved: reserved.0,
        reorder_point: reorder.map(|exact| exact.0),
        max_stock: max.map(|exact| exact.0),
        counted_at: counted.map(instant),
        last_updated: instant(updated),
        version,
    }
}

impl StockFilter {
    fn parts(&self) -> (String, Option<Uuid>, String, i64) {
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let store = text(self.within.store.map(|store| store.0));
        (store, self.within.holder, text(self.product), self.below_reorder.map_or(2, i64::from))
    }
}

/// Rows in the order of SKU and store, after the last one seen, `offset` of them left out.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: &StockFilter,
    (after, offset): (Option<(String, StoreId)>, u32),
    limit: u32,
) -> Result<Vec<Stock>> {
    const SQL: &str = concat!(
        columns!(),
        filtered!(),
        " and (p.sku, i.store_id) > ($6, $7) order by p.sku, i.store_id limit $8 offset $9"
    );
    let (store, holder, product, below) = filter.parts();
    let (sku, last) = after.unwrap_or_else(|| (String::new(), StoreId(Uuid::nil())));
    let (limit, offset) = (i64::from(limit), i64::from(offset));
    let rows = fetch_all!(tx, Row, SQL, org, store, holder, product, below, sku, last, limit, offset)?;
    Ok(rows.into_iter().map(stock).collect())
}

/// How many there are.
pub async fn count(tx: &mut Tx<'_>, org: OrgId, filter: &StockFilter) -> Result<u64> {
    const SQL: &str = concat!("select count(*)", filtered!());
    let (store, holder, product, below) = filter.parts();
    let (count,) = fetch_one!(tx, (i64,), SQL, org, store, holder, product, below)?;
    Ok(count as u64)
}

/// How many products of a store have stock booked, and how many of them are at or below their reorder point: what [`count`]
/// says, but by one walk over what the store sold since the oldest of its counts, not one a product.
pub async fn count_low(tx: &mut Tx<'_>, org: OrgId, store: StoreId) -> Result<(u64, u64)> {
    // `cross join` and `+`: SQLite begins with the lines of the store, whatever else has an index.
    macro_rules! low {
        ($join:literal, $plus:literal) => {
            concat!(
                "with sold as (
                    select i.id as item, cast(sum(round(cast(t.quantity as double precision) * 1000000)) as bigint) as micro
                    from transactions t ",
                $join,
                " join inventory i on i.store_id = t.store_id and i.product_id = t.product_id
                    left join receipts r on r.id = t.receipt_id
                    where ",
                $plus,
                "t.org_id = $1 and t.store_id = $2 and t.transaction_time > i.counted_at
                        and t.transaction_time >
                            (select min(counted_at) from inventory where store_id = $2 and reorder_point is not null)
                        and i.reorder_point is not null and coalesce(r.kind, 'sale') in ('sale', 'return')
                    group by i.id
                )
                select count(*), coalesce(sum(case when cast(i.current_stock as double precision)
                    - coalesce(s.micro, 0) / 1000000.0 <= cast(i.reorder_point as double precision) then 1 else 0 end), 0)
                from inventory i left join sold s on s.item = i.id where ",
                $plus,
                "i.org_id = $1 and i.store_id = $2"
            )
        };
    }
    const SQL: [&str; 2] = [low!("cross", "+"), low!("", "")];
    let sql = SQL[usize::from(matches!(tx.conn, Conn::Pg(_)))];
    let (all, low) = fetch_one!(tx, (i64, i64), sql, org, store)?;
    Ok((all.unsigned_abs(), low.unsigned_abs()))
}

/// One row of an organization, by its id; `None` for another's, too.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Stock>> {
    const SQL: &str = concat!(
        columns!(),
        " from inventory i join products p on p.id = i.product_id where i.org_id = $1 and i.id = $2"
    );
    Ok(fetch_all!(tx, Row, SQL, org, id)?.pop().map(stock))
}

/// The row of a product in a store.
pub async fn of(tx: &mut Tx<'_>, org: OrgId, store: StoreId, product: Uuid) -> Result<Option<Stock>> {
    const SQL: &str = concat!(
        columns!(),
        " from inventory i join products p on p.id = i.product_id
        where i.org_id = $1 and i.store_id = $2 and i.product_id = $3"
    );
    Ok(fetch_all!(tx, Row, SQL, org, store, product)?.pop().map(stock))
}

/// What a person decides about a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// Promised to somebody.
    pub reserved: Decimal,
    /// To be ordered at or below this.
    pub reorder_point: Option<Decimal>,
    /// No more than this fits.
    pub max_stock: Option<Decimal>,
}

/// Changes the levels of a row, if it is still the version that was read.
pub async fn set_levels(
    tx: &mut Tx<'_>,
    org: OrgId,
    (id, version): (Uuid, i64),
    levels: &Levels,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "update inventory set reserved_stock = $4, reorder_point = $5, max_stock = $6, last_updated = $7,
            version = version + 1
        where org_id = $1 and id = $2 and version = $3";
    let Levels { reserved, reorder_point, max_stock } = *levels;
    if execute!(tx, SQL, org, id, version, reserved, reorder_point, max_stock, now)? != 1 {
        return Ok(false);
    }
    if let Some(stock) = get(tx, org, id).await? {
        moved(tx, org, (stock.store, stock.product), now).await?;
    }
    Ok(true)
}

/// Notes for the rules that a stock moved, or its levels did.
async fn moved(tx: &mut Tx<'_>, org: OrgId, (store, product): (StoreId, Uuid), now: Timestamp) -> Result<()> {
    let detail = Detail { products: vec![product], ..Detail::default() };
    arrivals::put(tx, org, (store, DeviceId(Uuid::nil())), &detail, now).await
}

/// A stock as rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockFact {
    /// The product's SKU.
    pub sku: String,
    /// The path of its group; empty without one.
    pub group: String,
    /// What should lie there now; `None` before the first count.
    pub on_hand: Option<Decimal>,
    /// To be ordered at or below this.
    pub reorder_point: Option<Decimal>,
}

macro_rules! facts {
    () => {
        concat!(
            "select p.sku, coalesce(g.path, ''), i.current_stock, ",
            sold!(),
            ", i.reorder_point, i.counted_at
            from inventory i join products p on p.id = i.product_id left join product_groups g on g.id = p.group_id
            where i.org_id = $1 and i.store_id = $2 and (i.counted_at is not null or i.reorder_point is not null)"
        )
    };
}

type FactRow = (String, String, Exact, i64, Option<Exact>, Option<i64>);

fn fact((sku, group, booked, sold, reorder, counted): FactRow) -> StockFact {
    let on_hand = booked.0.checked_sub(Decimal::new(sold, 6).normalize()).filter(|_| counted.is_some());
    StockFact { sku, group, on_hand, reorder_point: reorder.map(|exact| exact.0) }
}

/// What is known of one stock, for the rules.
pub async fn fact_of(tx: &mut Tx<'_>, org: OrgId, store: StoreId, product: Uuid) -> Result<Option<StockFact>> {
    const SQL: &str = concat!(facts!(), " and i.product_id = $3");
    Ok(fetch_all!(tx, FactRow, SQL, org, store, product)?.pop().map(fact))
}

/// What is known of the stocks that sales in a stretch moved, by SKU, after the last one seen.
pub async fn facts_moved(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    (from, to): arrivals::Stretch,
    after: &str,
    limit: u32,
) -> Result<Vec<StockFact>> {
    const SQL: &str = concat!(
        facts!(),
        " and p.sku > $5 and i.product_id in (select m.product_id from transactions m
            where m.store_id = $2 and m.transaction_time >= $3 and m.transaction_time <= $4)
        order by p.sku limit $6"
    );
    let rows = fetch_all!(tx, FactRow, SQL, org, store, from, to, after, i64::from(limit))?;
    Ok(rows.into_iter().map(fact).collect())
}
