//! Lines of sale as people search them, the newest first.
//!
//! Without a product each store is asked by itself, along its index, and the answers are merged: no search walks the whole
//! table. How far back it looks is the caller's choice of a stretch of time.

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId, TerminalId};
use vyavs_domain::money::Currency;
use vyavs_domain::sale::ReceiptKind;
use vyavs_domain::time::BusinessDay;

use crate::Result;
use crate::columns::{Json, name_of};
use crate::tx::{Conn, Tx, fetch_all, fetch_one};

mod whole;

use whole::{Row, whole};

/// A line with its ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub store: StoreId,
    /// The product.
    pub product: Uuid,
    /// The till.
    pub terminal: TerminalId,
    /// The ticket.
    pub receipt: Uuid,
    /// The till's own number of it.
    pub number: String,
    /// The day in the books.
    pub business_day: BusinessDay,
    /// Its place on the ticket.
    pub line_no: i64,
    /// What was sold.
    pub sku: String,
    /// As printed.
    pub name: String,
    /// Pieces or kilograms.
    pub quantity: Decimal,
    /// Of one.
    pub unit_price: Decimal,
    /// Off this line, minor units.
    pub discount_minor: i64,
    /// What it comes to, minor units.
    pub total_minor: i64,
    /// Of the amounts.
    pub currency: Currency,
    /// When it was rung, as the till said.
    pub at: Timestamp,
    /// What the product is sorted under.
    pub category: Option<String>,
    /// What its ticket says; `None` while that is on its way.
    pub head: Option<HeadOf>,
}

/// What the ticket of a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadOf {
    /// What kind of ticket.
    pub kind: ReceiptKind,
    /// The cashier's number.
    pub operator: Option<String>,
    /// The loyalty account.
    pub customer: Option<String>,
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct TransactionFilter {
    /// In these stores: those of the caller's reach, or the one asked for.
    pub stores: Vec<StoreId>,
    /// Of this product.
    pub product: Option<Uuid>,
    /// Of products of this category.
    pub category: Option<String>,
    /// Rung at this till.
    pub terminal: Option<String>,
    /// Rung by this cashier.
    pub operator: Option<String>,
    /// For this loyalty account.
    pub customer: Option<String>,
    /// On tickets of this number.
    pub number: Option<String>,
    /// On tickets of this kind.
    pub kind: Option<ReceiptKind>,
    /// Lines in this currency that come to at least and at most this, minor units.
    pub total: Option<(Currency, i64, i64)>,
    /// Rung from here to here, the end excluded.
    pub span: (Timestamp, Timestamp),
}

macro_rules! matching {
    ($by:literal) => {
        concat!(
            " from transactions t left join receipts r on r.id = t.receipt_id where t.org_id = $1 and ",
            $by,
            " and t.transaction_time >= $3 and t.transaction_time < $4
            and ($5 = '' or t.terminal = $5) and ($6 = '' or t.receipt = $6) and ($7 = '' or t.customer_id = $7)
            and ($8 = '' or r.operator = $8) and ($9 = '' or r.kind = $9)
            and ($10 = '' or t.currency = $10) and t.total_amount >= $11 and t.total_amount <= $12
            and ($13 = '' or exists (select 1 from products p where p.id = t.product_id and p.category = $13))"
        )
    };
}
// Both along their own index. The stores of a product are checked one by one, not by equality: SQLite would take the
// index of the store for it.
macro_rules! by_store {
    () => {
        matching!("t.store_id = $2")
    };
}
macro_rules! by_product_sqlite {
    () => {
        matching!("t.product_id = $2 and +t.store_id in (select value from json_each($14))")
    };
}
macro_rules! by_product_pg {
    () => {
        matching!(
            "t.product_id = $2 and t.store_id in (select cast(value as uuid) from jsonb_array_elements_text($14))"
        )
    };
}
macro_rules! listed {
    ($from:expr) => {
        concat!(
            "select t.id, t.store_id, t.product_id, t.terminal, t.receipt_id, t.receipt, t.business_day, t.line_no, t.sku,
                t.name, t.quantity, t.unit_price, t.discount_minor, t.total_amount, t.currency, t.transaction_time",
            $from,
            " and (t.transaction_time, t.id) < ($15, $16) order by t.transaction_time desc, t.id desc limit $17"
        )
    };
}
macro_rules! counted {
    ($from:expr) => {
        concat!("select count(*) from (select 1 as one", $from, " limit $15) lines")
    };
}

/// The last one seen.
pub type Place = (Timestamp, Uuid);

impl TransactionFilter {
    /// What the query goes along: the product, or each store.
    fn along(&self) -> Vec<Uuid> {
        self.product.map_or_else(|| self.stores.iter().map(|store| store.0).collect(), |product| vec![product])
    }
}

/// Lines after the last one seen, `offset` of them left out.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: &TransactionFilter,
    (after, offset): (Option<Place>, u32),
    limit: u32,
) -> Result<Vec<Transaction>> {
    // A store's text says nothing of the list of stores; `$14` stands in both so that one call binds either.
    const BY_STORE: &str = listed!(concat!(by_store!(), " and $14 is not null"));
    let sql = match (&tx.conn, filter.product) {
        (_, None) => BY_STORE,
        (Conn::Sqlite(_), Some(_)) => listed!(by_product_sqlite!()),
        (Conn::Pg(_), Some(_)) => listed!(by_product_pg!()),
    };
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id));
    // The bound of the index, beside the exact one.
    let to = filter.span.1.as_microsecond().min(at.saturating_add(1));
    let wanted = i64::from(offset) + i64::from(limit);
    let mut rows: Vec<Row> = Vec::new();
    for along in filter.along() {
        let (currency, low, high) = bounds(filter);
        rows.extend(fetch_all!(
            tx,
            Row,
            sql,
            org,
            along,
            filter.span.0,
            to,
            text(&filter.terminal),
            text(&filter.number),
            text(&filter.customer),
            text(&filter.operator),
            filter.kind.map(name_of).unwrap_or_default(),
            currency,
            low,
            high,
            text(&filter.category),
            Json::of(&filter.stores),
            at,
            id,
            wanted
        )?);
    }
    rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.15, row.0)));
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    let taken = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows: Vec<Row> = rows.into_iter().skip(skipped).take(taken).collect();
    whole(tx, org, rows).await
}

/// How many there are, counted up to `most`; beyond it nobody counted.
pub async fn count(tx: &mut Tx<'_>, org: OrgId, filter: &TransactionFilter, most: u32) -> Result<Option<u64>> {
    const BY_STORE: &str = counted!(concat!(by_store!(), " and $14 is not null"));
    let sql = match (&tx.conn, filter.product) {
        (_, None) => BY_STORE,
        (Conn::Sqlite(_), Some(_)) => counted!(by_product_sqlite!()),
        (Conn::Pg(_), Some(_)) => counted!(by_product_pg!()),
    };
    let mut all = 0;
    for along in filter.along() {
        let (currency, low, high) = bounds(filter);
        let (count,) = fetch_one!(
            tx,
            (i64,),
            sql,
            org,
            along,
            filter.span.0,
            filter.span.1,
            text(&filter.terminal),
            text(&filter.number),
            text(&filter.customer),
            text(&filter.operator),
            filter.kind.map(name_of).unwrap_or_default(),
            currency,
            low,
            high,
            text(&filter.category),
            Json::of(&filter.stores),
            i64::from(most) + 1
        )?;
        all += count as u64;
        if all > u64::from(most) {
            return Ok(None);
        }
    }
    Ok(Some(all))
}

fn text(option: &Option<String>) -> &str {
    option.as_deref().unwrap_or("")
}

fn bounds(filter: &TransactionFilter) -> (String, i64, i64) {
    filter.total.map_or((String::new(), i64::MIN, i64::MAX), |(currency, low, high)| (currency.to_string(), low, high))
}
