//! Searches by what only the head of a ticket says, or says for ten lines at once: its number, customer, cashier, kind, till.
//!
//! They go along the heads, the one that was closed last first, and take the lines of those that match: a head is a tenth of
//! the rows, and no further index is kept on the largest table. Their order and stretch of time are those of the closing.

use std::collections::HashSet;

use sqlx::AssertSqlSafe;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_domain::sale::ReceiptKind;

use super::lines::columns;
use super::{Place, Row, TransactionFilter};
use crate::Result;
use crate::columns::{Id, Json, name_of};
use crate::receipts::line_bounds;
use crate::tx::{Conn, Tx, fetch_all, fetch_planned};

/// Which index of heads is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Number,
    Customer,
    Operator,
    Kind,
    Terminal,
}

impl By {
    /// The one that leaves the fewest heads; `None` where lines know better.
    pub(super) fn of(filter: &TransactionFilter) -> Option<Self> {
        let of_product = filter.product.is_some();
        Some(match filter {
            TransactionFilter { number: Some(_), .. } => Self::Number,
            TransactionFilter { customer: Some(_), .. } => Self::Customer,
            _ if of_product => return None,
            TransactionFilter { operator: Some(_), .. } => Self::Operator,
            TransactionFilter { kind: Some(kind), .. } if *kind != ReceiptKind::Sale => Self::Kind,
            TransactionFilter { terminal: Some(_), .. } => Self::Terminal,
            _ => return None,
        })
    }

    fn sql(self, tx: &Tx<'_>) -> &'static str {
        HEADS[self as usize][usize::from(matches!(tx.conn, Conn::Pg(_)))]
    }
}

/// One customer stands under a pseudonym a year.
macro_rules! customers {
    (sqlite) => {
        "r.customer_id in (select value from json_each($9))"
    };
    (pg) => {
        "r.customer_id = any(array(select jsonb_array_elements_text($9)))"
    };
}
macro_rules! heads {
    ($index:literal, $lead:expr, $store:literal, $customers:expr) => {
        concat!(
            "select r.id, r.closed_at, r.line_count from receipts r ",
            $index,
            " where r.org_id = $1 and ",
            $lead,
            " and r.closed_at >= $2 and r.closed_at <= $3 and (r.closed_at, r.id) < ($3, $4) and ",
            $store,
            " and ($6 = '' or r.terminal = $6) and ($7 = '' or r.number = $7) and ($8 = '' or r.operator = $8)
            and ($9 = '[]' or ",
            $customers,
            ") and ($10 = '' or r.kind = $10)
            order by r.closed_at desc, r.id desc limit $11"
        )
    };
}
macro_rules! of_engine {
    ($index:literal, $lead:literal) => {
        of_engine!($index, $lead, $lead)
    };
    ($index:literal, $sqlite:expr, $pg:expr) => {
        [
            heads!($index, $sqlite, "r.store_id in (select value from json_each($5))", customers!(sqlite)),
            heads!(
                "",
                $pg,
                "(r.store_id = any(array(select cast(value as uuid) from jsonb_array_elements_text($5)))) is true",
                customers!(pg)
            ),
        ]
    };
}
/// In the order of [`By`].
pub(super) const HEADS: [[&str; 2]; 5] = [
    of_engine!("indexed by idx_receipts_number", "r.number = $7"),
    of_engine!("indexed by idx_receipts_customer", customers!(sqlite), customers!(pg)),
    of_engine!("indexed by idx_receipts_operator", "r.operator = $8"),
    of_engine!("indexed by idx_receipts_kind", "r.kind = $10 and r.kind <> 'sale'"),
    of_engine!("indexed by idx_receipts_terminal", "r.terminal = $6"),
];

/// Heads asked for at once.
const FEWEST: u64 = 16;
const MOST: u64 = 1_024;
/// Tickets whose lines are asked for in one statement on PostgreSQL.
const AT_ONCE: usize = 16;
/// How far from the closing of its ticket a line is looked for: it tells PostgreSQL which months to open.
const APART_US: i64 = 7 * 86_400_000_000;

struct HeadRow {
    id: Uuid,
    closed_at: i64,
    lines: u64,
}

/// Heads from `from` to before `before`, the latest first.
async fn heads(
    tx: &mut Tx<'_>,
    org: OrgId,
    (filter, by): (&TransactionFilter, By),
    (from, before): (i64, (i64, Uuid)),
    limit: u64,
) -> Result<Vec<HeadRow>> {
    fn text(option: &Option<String>) -> &str {
        option.as_deref().unwrap_or("")
    }
    let sql = by.sql(tx);
    let rows = fetch_planned!(
        tx,
        (Id, i64, i64),
        sql,
        org,
        from,
        before.0,
        before.1,
        Json::of(&filter.stores),
        text(&filter.terminal),
        text(&filter.number),
        text(&filter.operator),
        Json::of(&filter.customer.as_deref().unwrap_or_default()),
        filter.kind.map(name_of).unwrap_or_default(),
        limit.cast_signed()
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, closed_at, lines)| HeadRow { id: id.0, closed_at, lines: lines.unsigned_abs() })
        .collect())
}

/// Where the walk begins: before the end of the span, or with the tickets that were closed when that of the last line seen was.
fn begin(filter: &TransactionFilter, after: Option<Place>) -> (i64, Uuid) {
    let end = (filter.span.1.as_microsecond(), Uuid::nil());
    after.map_or(end, |(at, _)| end.min((at.as_microsecond(), Uuid::max())))
}

/// At least the first `wanted` lines after the last one seen, if there are so many, each with the closing of its ticket.
pub(super) async fn lines(
    tx: &mut Tx<'_>,
    org: OrgId,
    (filter, by): (&TransactionFilter, By),
    after: Option<Place>,
    wanted: u64,
) -> Result<Vec<(i64, Row)>> {
    let (from, mut before) = (filter.span.0.as_microsecond(), begin(filter, after));
    let seen = after.map(|(at, id)| (at.as_microsecond(), Id(id)));
    let mut found: Vec<(i64, Row)> = Vec::new();
    let mut limit = (wanted / 4).clamp(FEWEST, MOST);
    loop {
        let mut chunk = heads(tx, org, (filter, by), (from, before), limit).await?;
        let full = chunk.len() as u64 == limit;
        // Lines of tickets that were closed together lie between each other: all of those tickets, or none.
        while let (true, Some(last)) = (full, chunk.last()) {
            let together = (last.closed_at, (last.closed_at, last.id));
            let more = heads(tx, org, (filter, by), together, MOST).await?;
            if more.is_empty() {
                break;
            }
            chunk.extend(more);
        }
        let mut rows = of_tickets(tx, org, &chunk).await?;
        rows.retain(|(at, row)| seen.is_none_or(|seen| (*at, row.0) < seen) && matches(filter, row));
        if let Some(category) = filter.category.as_deref() {
            let products = of_category(tx, org, category, &rows).await?;
            rows.retain(|(_, row)| products.contains(&row.2));
        }
        found.extend(rows);
        match chunk.last() {
            Some(last) if full && (found.len() as u64) < wanted => before = (last.closed_at, Uuid::nil()),
            _ => return Ok(found),
        }
        limit = (limit * 4).min(MOST);
    }
}

/// How many lines there are, counted up to `enough`: by the word of the heads where nothing is asked of the lines.
pub(super) async fn count(
    tx: &mut Tx<'_>,
    org: OrgId,
    (filter, by): (&TransactionFilter, By),
    enough: u64,
) -> Result<u64> {
    if filter.product.is_some() || filter.category.is_some() || filter.total.is_some() {
        return Ok(lines(tx, org, (filter, by), None, enough).await?.len() as u64);
    }
    let (from, mut before, mut all) = (filter.span.0.as_microsecond(), begin(filter, None), 0_u64);
    loop {
        let heads = heads(tx, org, (filter, by), (from, before), MOST).await?;
        all = heads.iter().fold(all, |all, head| all.saturating_add(head.lines));
        match heads.last() {
            Some(last) if heads.len() as u64 == MOST && all < enough => before = (last.closed_at, last.id),
            _ => return Ok(all),
        }
    }
}

fn matches(filter: &TransactionFilter, row: &Row) -> bool {
    filter.product.is_none_or(|product| row.2.0 == product)
        && filter
            .total
            .is_none_or(|(currency, low, high)| row.14 == currency.as_str() && (low..=high).contains(&row.13))
}

async fn of_category(tx: &mut Tx<'_>, org: OrgId, category: &str, rows: &[(i64, Row)]) -> Result<HashSet<Id>> {
    const SQL: [&str; 2] = [
        "select id from products where +organization_id = $1 and category = $2 and id in (select value from json_each($3))",
        "select id from products where organization_id = $1 and category = $2
            and id in (select cast(value as uuid) from jsonb_array_elements_text($3))",
    ];
    let sql = SQL[usize::from(matches!(tx.conn, Conn::Pg(_)))];
    let ids: Vec<Uuid> = rows.iter().map(|(_, row)| row.2.0).collect();
    Ok(fetch_all!(tx, (Id,), sql, org, category, Json::of(&ids))?.into_iter().map(|(id,)| id).collect())
}

/// The lines of these tickets. Constants in one statement, not a join: PostgreSQL guesses the range of ids right only then.
async fn of_tickets(tx: &mut Tx<'_>, org: OrgId, heads: &[HeadRow]) -> Result<Vec<(i64, Row)>> {
    const SQLITE: &str = concat!(
        columns!(),
        " from json_each($2) j cross join transactions t on t.id >= j.value ->> 1 and t.id <= j.value ->> 2
            and t.receipt_id = j.value ->> 0 where +t.org_id = $1"
    );
    let closed = |rows: Vec<Row>| -> Vec<(i64, Row)> {
        let closing: std::collections::HashMap<Uuid, i64> =
            heads.iter().map(|head| (head.id, head.closed_at)).collect();
        rows.into_iter().filter_map(|row| Some((*closing.get(&row.4.0)?, row))).collect()
    };
    let mut rows: Vec<Row> = Vec::new();
    match &mut tx.conn {
        Conn::Sqlite(conn) => {
            let keys: Vec<[Uuid; 3]> = heads
                .iter()
                .map(|head| {
                    let (low, high) = line_bounds(head.id);
                    [head.id, low, high]
                })
                .collect();
            rows = sqlx::query_as(SQLITE).bind(Id(org.0)).bind(Json::of(&keys)).fetch_all(&mut **conn).await?;
        }
        Conn::Pg(conn) => {
            for heads in heads.chunks(AT_ONCE) {
                let each: Vec<String> = (0..heads.len())
                    .map(|n| {
                        let p = |k: usize| n * 5 + k;
                        format!(
                            "{} from transactions t where t.org_id = $1 and t.receipt_id = ${} and t.id >= ${} and t.id <= ${}
                                and t.transaction_time >= ${} and t.transaction_time <= ${}",
                            columns!(), p(2), p(3), p(4), p(5), p(6)
                        )
                    })
                    .collect();
                // Only texts of this file and numbers of parameters. Planned for these very ids.
                let sql = each.join(" union all ");
                let mut query = sqlx::query_as(AssertSqlSafe(sql)).persistent(false).bind(Id(org.0));
                for head in heads {
                    let (low, high) = line_bounds(head.id);
                    query = query.bind(Id(head.id)).bind(Id(low)).bind(Id(high));
                    query = query
                        .bind(head.closed_at.saturating_sub(APART_US))
                        .bind(head.closed_at.saturating_add(APART_US));
                }
                let found: Vec<Row> = query.fetch_all(&mut **conn).await?;
                rows.extend(found);
            }
        }
    }
    Ok(closed(rows))
}
