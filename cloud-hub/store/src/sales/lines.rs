//! Lines of receipts: stored once, with the product they sell and what their head says, and added to the day's sums.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;
use vyavs_domain::sale::line_id;

use super::{HeadOf, LineRow, counts, present};
use crate::arrivals::{self, Detail, stretch};
use crate::batch::{self, Shared, clean};
use crate::columns::{Exact, Id, Json, Param, named};
use crate::daily::{self, Deltas};
use crate::origin::{Inserted, Origin, int};
use crate::products::{self, KnownProducts};
use crate::tx::{Conn, Tx};
use crate::{Result, months, sync};

// SQLite plans these without knowing how long the lists are; `cross join` says to begin with the list. A plan that
// begins with the table costs the whole history at every batch, which a test in `sales.rs` watches.
pub(super) const PRESENT_SQLITE: &str = "select t.id from json_each($1) j cross join transactions t on t.id = j.value";
pub(super) const HEADS_SQLITE: &str = "select r.id, r.kind, r.customer_id from json_each($1) j cross join receipts r
    on r.id = j.value and r.store_id = $2";

/// A line on its way in.
struct Line<'a> {
    id: Uuid,
    receipt: Uuid,
    row: &'a LineRow,
    product: Uuid,
}

/// Stores lines, adds them to the day's sums and makes products that are new.
pub async fn insert_lines(
    tx: &mut Tx<'_>,
    origin: &Origin,
    known: &mut KnownProducts,
    rows: &[LineRow],
) -> Result<Inserted> {
    rows.iter().try_for_each(LineRow::check)?;
    let mut seen = HashSet::with_capacity(rows.len());
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(rows.len());
    // Lines of one receipt follow each other: hash its key once.
    let mut last: Option<(&LineRow, Uuid)> = None;
    for row in rows {
        let receipt = match last {
            Some((other, id))
                if other.content_hash == row.content_hash
                    && other.closed_at == row.closed_at
                    && other.key == row.key =>
            {
                id
            }
            _ => row.receipt_id(origin),
        };
        last = Some((row, receipt));
        let id = line_id(receipt, row.line.line_no);
        if seen.insert(id) {
            lines.push(Line { id, receipt, row, product: Uuid::nil() });
        }
    }
    if lines.is_empty() {
        return Ok(Inserted::default());
    }
    let items = lines.iter().map(|line| (line.row.line.sku.as_str(), line.row.line.name.as_str()));
    let ids = products::ids(tx, origin, known, items).await?;
    for (line, id) in lines.iter_mut().zip(ids) {
        line.product = id;
    }
    months::ensure(tx, months::Parted::Transactions, lines.iter().map(|line| line.row.line.sold_at.as_microsecond()))
        .await?;
    let heads = heads_of(tx, origin, &lines).await?;
    let old = match &mut tx.conn {
        Conn::Sqlite(conn) => {
            let old = present(conn, PRESENT_SQLITE, lines.iter().map(|line| line.id)).await?;
            if !old.is_empty() {
                lines.retain(|line| !old.contains(&line.id));
            }
            insert_lines_sqlite(conn, origin, &lines, &heads).await?;
            old
        }
        Conn::Pg(conn) => {
            let old = insert_lines_pg(conn, origin, &lines, &heads).await?;
            if !old.is_empty() {
                lines.retain(|line| !old.contains(&line.id));
            }
            old
        }
    };
    drop(old);
    let mut deltas = Deltas::default();
    for line in &lines {
        // A line without its head (the head lies among the dead letters) is a sale until something says otherwise.
        if heads.get(&line.receipt).is_none_or(|head| head.counts) {
            deltas.add(line.product, line.row.key.business_day, line.row.currency, &line.row.line);
        }
    }
    daily::add_lines(tx, origin, deltas).await?;
    let rung = stretch(lines.iter().map(|line| line.row.line.sold_at));
    arrivals::note(tx, origin, &Detail { lines: rung, ..Detail::default() }).await?;
    let done = Inserted { new: lines.len() as u64, duplicate: (rows.len() - lines.len()) as u64 };
    sync::count_duplicates(tx, origin, "line", done.duplicate).await?;
    Ok(done)
}

async fn heads_of(tx: &mut Tx<'_>, origin: &Origin, lines: &[Line<'_>]) -> Result<HashMap<Uuid, HeadOf>> {
    let mut ids: Vec<Uuid> = lines.iter().map(|line| line.receipt).collect();
    ids.dedup();
    let mut heads: HashMap<Uuid, HeadOf> = ids.iter().filter_map(|id| Some((*id, tx.heads.get(id)?.clone()))).collect();
    ids.retain(|id| !heads.contains_key(id));
    if ids.is_empty() {
        return Ok(heads);
    }
    const PG: &str = "select id, kind, customer_id from receipts where id = any($1) and store_id = $2";
    let rows: Vec<(Id, String, Option<String>)> = match &mut tx.conn {
        Conn::Sqlite(conn) => {
            sqlx::query_as(HEADS_SQLITE).bind(Json::of(&ids)).bind(Id(origin.store.0)).fetch_all(&mut **conn).await?
        }
        Conn::Pg(conn) => {
            let ids: Vec<Id> = ids.into_iter().map(Id).collect();
            sqlx::query_as(PG).bind(ids).bind(Id(origin.store.0)).fetch_all(&mut **conn).await?
        }
    };
    let head = |(id, kind, customer): (Id, String, Option<String>)| {
        (id.0, HeadOf { counts: named("a receipt kind", &kind).is_ok_and(counts), customer })
    };
    heads.extend(rows.into_iter().map(head));
    Ok(heads)
}

async fn insert_lines_sqlite(
    conn: &mut SqliteConnection,
    origin: &Origin,
    lines: &[Line<'_>],
    heads: &HashMap<Uuid, HeadOf>,
) -> Result<()> {
    const HEAD: &str = "insert into transactions (id, org_id, store_id, product_id, receipt_id, terminal, receipt,
        business_day, line_no, sku, name, quantity, unit_price, discount_minor, total_amount, currency, transaction_time,
        customer_id, device_id, epoch, seq)";
    let shared = Shared::of(origin);
    batch::insert(conn, (HEAD, 21, ""), lines, |values, line| {
        let (row, sale) = (line.row, &line.row.line);
        values.put(line.id)?;
        values.shared(&shared.org)?;
        values.shared(&shared.store)?;
        values.put(line.product)?;
        values.put(line.receipt)?;
        values.put(&row.key.terminal)?;
        values.text(&row.key.number)?;
        values.put(row.key.business_day)?;
        values.put(i64::from(sale.line_no))?;
        values.text(&sale.sku)?;
        values.text(&sale.name)?;
        values.put(sale.quantity)?;
        values.put(sale.unit_price)?;
        values.put(sale.discount_minor)?;
        values.put(sale.total_minor)?;
        values.put(&row.currency)?;
        values.put(sale.sold_at)?;
        values.put(heads.get(&line.receipt).and_then(|head| head.customer.as_deref()))?;
        values.shared(&shared.device)?;
        values.put(int(origin.epoch))?;
        values.put(int(row.seq))
    })
    .await?;
    Ok(())
}

// Both take the same parameters. The first has no answer for a line that is there already and fails as a whole; it takes half
// the server's time of the second (8.7 against 17.5 µs a line, PostgreSQL 15), and replays are rare.
const NEW_PG: &str = "insert into transactions (id, org_id, store_id, product_id, receipt_id, terminal, receipt, business_day,
        line_no, sku, name, quantity, unit_price, discount_minor, total_amount, currency, transaction_time, customer_id,
        device_id, epoch, seq)
    select id, $1, $2, product_id, receipt_id, terminal, receipt, business_day, line_no, sku, name, quantity, unit_price,
        discount_minor, total_amount, currency, transaction_time, customer_id, $3, $4, seq
    from unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::date[], $11::int8[], $12::text[],
        $13::text[], $14::numeric[], $15::numeric[], $16::int8[], $17::int8[], $18::text[], $19::int8[], $20::text[],
        $21::int8[])
    as t (id, product_id, receipt_id, terminal, receipt, business_day, line_no, sku, name, quantity, unit_price,
        discount_minor, total_amount, currency, transaction_time, customer_id, seq)";
const MIXED_PG: &str = "with input as (
        select * from unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::date[], $11::int8[],
            $12::text[], $13::text[], $14::numeric[], $15::numeric[], $16::int8[], $17::int8[], $18::text[],
            $19::int8[], $20::text[], $21::int8[])
        as t (id, product_id, receipt_id, terminal, receipt, business_day, line_no, sku, name, quantity, unit_price,
            discount_minor, total_amount, currency, transaction_time, customer_id, seq)
    ), fresh as (
        insert into transactions (id, org_id, store_id, product_id, receipt_id, terminal, receipt, business_day,
            line_no, sku, name, quantity, unit_price, discount_minor, total_amount, currency, transaction_time,
            customer_id, device_id, epoch, seq)
        select id, $1, $2, product_id, receipt_id, terminal, receipt, business_day, line_no, sku, name, quantity,
            unit_price, discount_minor, total_amount, currency, transaction_time, customer_id, $3, $4, seq
        from input
        on conflict (id, transaction_time) do nothing
        returning id
    )
    select id from input where id not in (select id from fresh)";

/// Says which of the lines were here before.
async fn insert_lines_pg(
    conn: &mut PgConnection,
    origin: &Origin,
    lines: &[Line<'_>],
    heads: &HashMap<Uuid, HeadOf>,
) -> Result<HashSet<Uuid>> {
    sqlx::raw_sql("savepoint lines").execute(&mut *conn).await?;
    match put_lines_pg(conn, NEW_PG, origin, lines, heads).await {
        // The commit releases it; a round trip for that alone would be one too many.
        Ok(_) => Ok(HashSet::new()),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            sqlx::raw_sql("rollback to savepoint lines; release savepoint lines").execute(&mut *conn).await?;
            let old = put_lines_pg(conn, MIXED_PG, origin, lines, heads).await?;
            Ok(old.into_iter().map(|(id,)| id.0).collect())
        }
        Err(error) => Err(error.into()),
    }
}

async fn put_lines_pg(
    conn: &mut PgConnection,
    sql: &'static str,
    origin: &Origin,
    lines: &[Line<'_>],
    heads: &HashMap<Uuid, HeadOf>,
) -> std::result::Result<Vec<(Id,)>, sqlx::Error> {
    let sales = || lines.iter().map(|line| &line.row.line);
    let rows = || lines.iter().map(|line| line.row);
    sqlx::query_as(sql)
        .bind(Id(origin.org.0))
        .bind(Id(origin.store.0))
        .bind(Id(origin.device.0))
        .bind(int(origin.epoch))
        .bind(lines.iter().map(|line| Id(line.id)).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| Id(line.product)).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| Id(line.receipt)).collect::<Vec<_>>())
        .bind(rows().map(|row| row.key.terminal.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|row| clean(&row.key.number)).collect::<Vec<_>>())
        .bind(rows().map(|row| row.key.business_day.column()).collect::<Vec<_>>())
        .bind(sales().map(|sale| i64::from(sale.line_no)).collect::<Vec<_>>())
        .bind(sales().map(|sale| clean(&sale.sku)).collect::<Vec<_>>())
        .bind(sales().map(|sale| clean(&sale.name)).collect::<Vec<_>>())
        .bind(sales().map(|sale| Exact(sale.quantity)).collect::<Vec<_>>())
        .bind(sales().map(|sale| Exact(sale.unit_price)).collect::<Vec<_>>())
        .bind(sales().map(|sale| sale.discount_minor).collect::<Vec<_>>())
        .bind(sales().map(|sale| sale.total_minor).collect::<Vec<_>>())
        .bind(rows().map(|row| row.currency.as_str()).collect::<Vec<_>>())
        .bind(sales().map(|sale| sale.sold_at.as_microsecond()).collect::<Vec<_>>())
        .bind(
            lines
                .iter()
                .map(|line| heads.get(&line.receipt).and_then(|head| head.customer.as_deref()))
                .collect::<Vec<_>>(),
        )
        .bind(rows().map(|row| int(row.seq)).collect::<Vec<_>>())
        .fetch_all(conn)
        .await
}
