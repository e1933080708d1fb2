//! Walks over lines, the newest first, each along one index.

use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};

use super::{Place, Row, TransactionFilter};
use crate::Result;
use crate::columns::{Json, name_of};
use crate::tx::{Conn, Tx, fetch_one, fetch_planned};

/// What a walk goes along.
#[derive(Clone, Copy)]
pub(super) enum Along {
    /// The lines of a product.
    Product(Uuid),
    /// Those of the products of a category, the newest of each: on PostgreSQL, where one statement is quicker than many.
    Category,
    /// Those of a store.
    Store(StoreId),
    /// Those that come to the amount asked for, when they are few.
    Total,
    /// Everything.
    Time,
}

// The index is named on SQLite, which plans without knowing how long the lists are. On PostgreSQL `is true` keeps the
// stores from being taken for the index, and what was not asked for folds away when a statement is planned for its words.
// A ticket is looked at only where the filter speaks of it.
macro_rules! matching {
    ($index:literal, $lead:literal, $store:literal, $total:literal) => {
        concat!(
            " from transactions t ",
            $index,
            " where t.org_id = $1 and ",
            $lead,
            " and t.transaction_time >= $3 and t.transaction_time < $4 and ",
            $store,
            " and ($6 = '' or t.terminal = $6)
            and ($7 = '' or exists (select 1 from receipts r where r.id = t.receipt_id and r.operator = $7))
            and ($8 = '' or exists (select 1 from receipts r where r.id = t.receipt_id and r.kind = $8))
            and ",
            $total,
            " and ($12 = '' or exists (select 1 from products p where p.id = t.product_id and p.category = $12))"
        )
    };
}
macro_rules! of_engine {
    ($make:ident, $index:literal, $lead:literal, $total:literal) => {
        [
            $make!(matching!($index, $lead, "t.store_id in (select value from json_each($5))", $total)),
            $make!(matching!(
                "",
                $lead,
                "(t.store_id = any(array(select cast(value as uuid) from jsonb_array_elements_text($5)))) is true",
                $total
            )),
        ]
    };
}
// A walk by product, store, time; and one by the amount.
macro_rules! every_walk {
    ($make:ident, $make_total:ident) => {
        [
            of_engine!(
                $make,
                "indexed by idx_transactions_product_time",
                "t.product_id = $2",
                "($9 = '' or (t.currency = $9 and t.total_amount >= $10 and t.total_amount <= $11))"
            ),
            of_engine!(
                $make,
                "indexed by idx_transactions_store_time",
                "t.store_id = $2",
                "($9 = '' or (t.currency = $9 and t.total_amount >= $10 and t.total_amount <= $11))"
            ),
            of_engine!(
                $make,
                "indexed by idx_transactions_org_time",
                "$2 is not null",
                "($9 = '' or (t.currency = $9 and t.total_amount >= $10 and t.total_amount <= $11))"
            ),
            of_engine!(
                $make_total,
                "indexed by idx_transactions_org_total",
                "$2 is not null",
                "t.currency = $9 and t.total_amount >= $10 and t.total_amount <= $11"
            ),
        ]
    };
}
macro_rules! columns {
    () => {
        "select t.id, t.store_id, t.product_id, t.terminal, t.receipt_id, t.receipt, t.business_day, t.line_no, t.sku, t.name,
            t.quantity, t.unit_price, t.discount_minor, t.total_amount, t.currency, t.transaction_time"
    };
}
pub(super) use columns;
macro_rules! listed {
    ($from:expr) => {
        concat!(
            columns!(),
            $from,
            " and (t.transaction_time, t.id) < ($13, $14) order by t.transaction_time desc, t.id desc limit $15"
        )
    };
}
// Sorted by what no index gives, for the few of them are found first.
macro_rules! listed_by_total {
    ($from:expr) => {
        concat!(
            columns!(),
            $from,
            " and (t.transaction_time, t.id) < ($13, $14) order by t.transaction_time + 0 desc, t.id desc limit $15"
        )
    };
}
macro_rules! counted {
    ($from:expr) => {
        concat!("select count(*) from (select 1 as one", $from, " limit $13) lines")
    };
}

pub(super) const LISTS: [[&str; 2]; 4] = every_walk!(listed, listed_by_total);
const COUNTS: [[&str; 2]; 4] = every_walk!(counted, counted);

macro_rules! of_category {
    ($lead:literal) => {
        matching!(
            "",
            $lead,
            "(t.store_id = any(array(select cast(value as uuid) from jsonb_array_elements_text($5)))) is true",
            "($9 = '' or (t.currency = $9 and t.total_amount >= $10 and t.total_amount <= $11))"
        )
    };
}
const LIST_CATEGORY: &str = concat!(
    "select x.* from (select c.id from products c where c.organization_id = $1 and c.category = $12) k cross join lateral (",
    listed!(of_category!("t.product_id = k.id and $2 is not null")),
    ") x order by x.transaction_time desc, x.id desc limit $15"
);
const COUNT_CATEGORY: &str = counted!(of_category!(
    "t.product_id in (select c.id from products c where c.organization_id = $1 and c.category = $12) and $2 is not null"
));

impl Along {
    fn sql(self, texts: &[[&'static str; 2]; 4], category: &'static str, tx: &Tx<'_>) -> &'static str {
        let of_engine = match self {
            Self::Category => return category,
            Self::Product(_) => texts[0],
            Self::Store(_) => texts[1],
            Self::Time => texts[2],
            Self::Total => texts[3],
        };
        of_engine[usize::from(matches!(tx.conn, Conn::Pg(_)))]
    }

    fn id(self) -> Uuid {
        match self {
            Self::Product(id) => id,
            Self::Store(id) => id.0,
            Self::Category | Self::Total | Self::Time => Uuid::nil(),
        }
    }
}

/// The first `wanted` lines of a walk after the last one seen.
pub(super) async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    (filter, along): (&TransactionFilter, Along),
    after: Option<Place>,
    wanted: u64,
) -> Result<Vec<Row>> {
    let sql = along.sql(&LISTS, LIST_CATEGORY, tx);
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id));
    // The bound of the index, beside the exact one.
    let to = filter.span.1.as_microsecond().min(at.saturating_add(1));
    let (currency, low, high) = bounds(filter);
    fetch_planned!(
        tx,
        Row,
        sql,
        org,
        along.id(),
        filter.span.0,
        to,
        Json::of(&filter.stores),
        text(&filter.terminal),
        text(&filter.operator),
        filter.kind.map(name_of).unwrap_or_default(),
        currency,
        low,
        high,
        text(&filter.category),
        at,
        id,
        wanted.cast_signed()
    )
}

/// How many lines a walk finds, counted up to `enough`.
pub(super) async fn count(
    tx: &mut Tx<'_>,
    org: OrgId,
    (filter, along): (&TransactionFilter, Along),
    enough: u64,
) -> Result<u64> {
    let sql = along.sql(&COUNTS, COUNT_CATEGORY, tx);
    let (currency, low, high) = bounds(filter);
    let counted = fetch_planned!(
        tx,
        (i64,),
        sql,
        org,
        along.id(),
        filter.span.0,
        filter.span.1,
        Json::of(&filter.stores),
        text(&filter.terminal),
        text(&filter.operator),
        filter.kind.map(name_of).unwrap_or_default(),
        currency,
        low,
        high,
        text(&filter.category),
        enough.cast_signed()
    )?;
    Ok(counted.first().map_or(0, |(count,)| count.unsigned_abs()))
}

/// Lines of an amount that are read and sorted rather than met on the way back in time. Where there are more, one in a
/// thousand of ten million, the way is short.
const FEW: i64 = 10_000;

/// Whether the filter speaks of an amount that few lines come to.
pub(super) async fn few_of_total(tx: &mut Tx<'_>, org: OrgId, filter: &TransactionFilter) -> Result<bool> {
    const SQL: &str = "select count(*) from (select 1 as one from transactions
        where org_id = $1 and total_amount >= $2 and total_amount <= $3 limit $4) lines";
    let Some((_, low, high)) = filter.total else { return Ok(false) };
    Ok(fetch_one!(tx, (i64,), SQL, org, low, high, FEW + 1)?.0 <= FEW)
}

fn text(option: &Option<String>) -> &str {
    option.as_deref().unwrap_or("")
}

fn bounds(filter: &TransactionFilter) -> (String, i64, i64) {
    filter.total.map_or((String::new(), i64::MIN, i64::MAX), |(currency, low, high)| (currency.to_string(), low, high))
}
