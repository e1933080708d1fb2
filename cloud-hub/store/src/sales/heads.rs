//! Heads of receipts: stored once, added to the shop's day, flagged where one number has two contents.

use std::collections::{HashMap, HashSet};

use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;
use vyavs_domain::sale::{Receipt, ReceiptKey};

use super::{HeadOf, HeadRow, counts, present};
use crate::arrivals::{self, Detail, stretch};
use crate::batch::{self, Shared, clean};
use crate::columns::{Day, Id, Json, name_of};
use crate::origin::{Inserted, Origin, int};
use crate::tx::{Conn, Tx};
use crate::{Result, daily, sync};

// SQLite plans these without knowing how long the lists are; `cross join` says to begin with the list. A plan that
// begins with the table costs the whole history at every batch, which a test in `sales.rs` watches.
pub(super) const PRESENT_SQLITE: &str = "select r.id from json_each($1) j cross join receipts r on r.id = j.value";
pub(super) const FLAG_SQLITE: &str = "update receipts set flagged = true where not flagged and rowid in (
        select r.rowid from json_each($1) j cross join receipts r on r.store_id = $2
        and r.business_day = j.value ->> 0 and r.terminal = j.value ->> 1 and r.number = j.value ->> 2)
    and exists (select 1 from receipts o where o.store_id = receipts.store_id
        and o.business_day = receipts.business_day and o.terminal = receipts.terminal and o.number = receipts.number
        and o.id <> receipts.id)";

/// The stream sales travel in: 0, money and audit.
const MONEY: i64 = 0;

/// Stores heads of receipts. They come before their lines, in the same batch or an earlier one.
pub async fn insert_heads(tx: &mut Tx<'_>, origin: &Origin, heads: &[HeadRow]) -> Result<Inserted> {
    heads.iter().try_for_each(HeadRow::check)?;
    heads.iter().try_for_each(HeadRow::names_nobody)?;
    let mut seen = HashSet::with_capacity(heads.len());
    let rows: Vec<(Uuid, &HeadRow)> =
        heads.iter().map(|head| (head.id(origin), head)).filter(|row| seen.insert(row.0)).collect();
    if rows.is_empty() {
        return Ok(Inserted::default());
    }
    let (old, rivals) = match &mut tx.conn {
        Conn::Sqlite(conn) => {
            let old = present(conn, PRESENT_SQLITE, rows.iter().map(|row| row.0)).await?;
            let new: Vec<_> = rows.iter().filter(|row| !old.contains(&row.0)).collect();
            insert_heads_sqlite(conn, origin, &new).await?;
            (old, Vec::new())
        }
        Conn::Pg(conn) => insert_heads_pg(conn, origin, &rows).await?,
    };
    let fresh = || rows.iter().filter(|row| !old.contains(&row.0));
    tx.heads.extend(fresh().map(|(id, head)| {
        let customer = head.receipt.customer.as_deref().map(|customer| clean(customer).into_owned());
        (*id, HeadOf { counts: counts(head.receipt.kind), customer })
    }));
    let new: Vec<&HeadRow> = fresh().map(|row| row.1).collect();
    daily::add_receipts(tx, origin, &new).await?;
    match &mut tx.conn {
        Conn::Sqlite(conn) => flag_rivals_sqlite(conn, origin, &new).await?,
        Conn::Pg(conn) => flag_pg(conn, rivals).await?,
    }
    let receipts = stretch(new.iter().map(|head| head.receipt.closed_at));
    arrivals::note(tx, origin, &Detail { receipts, ..Detail::default() }).await?;
    let done = Inserted { new: new.len() as u64, duplicate: (heads.len() - new.len()) as u64 };
    sync::count_duplicates(tx, origin, "receipt", done.duplicate).await?;
    Ok(done)
}

async fn insert_heads_sqlite(conn: &mut SqliteConnection, origin: &Origin, rows: &[&(Uuid, &HeadRow)]) -> Result<()> {
    const HEAD: &str = "insert into receipts (id, org_id, store_id, terminal, business_day, number, content_hash, kind,
        source, currency, total_minor, tax_minor, discount_minor, line_count, operator, customer_id, closed_at, tenders,
        device_id, epoch, stream, seq, ingested_at)";
    let shared = Shared::of(origin);
    batch::insert(conn, (HEAD, 23, ""), rows, |values, (id, head)| {
        let receipt = &head.receipt;
        values.put(*id)?;
        values.shared(&shared.org)?;
        values.shared(&shared.store)?;
        values.put(&receipt.key.terminal)?;
        values.put(receipt.key.business_day)?;
        values.text(&receipt.key.number)?;
        values.put(head.content_hash as i64)?;
        values.put(name_of(receipt.kind))?;
        values.put(name_of(receipt.source))?;
        values.put(&receipt.currency)?;
        values.put(receipt.total_minor)?;
        values.put(receipt.tax_minor)?;
        values.put(receipt.discount_minor)?;
        values.put(i64::from(head.line_count))?;
        values.put(receipt.operator.as_deref())?;
        values.put(receipt.customer.as_deref())?;
        values.put(receipt.closed_at)?;
        values.put(Json::of(&receipt.tenders))?;
        values.shared(&shared.device)?;
        values.put(int(origin.epoch))?;
        values.put(MONEY)?;
        values.put(int(head.seq))?;
        values.put(origin.received_at)
    })
    .await?;
    Ok(())
}

/// Says which of the rows were here before, and which receipts are to be flagged: those that share a number, new or old.
///
/// One statement, for every round trip more is time in which the server does nothing. The aggregate keeps the planner
/// from joining whole tables, statistics or not: one look into the index a key.
async fn insert_heads_pg(
    conn: &mut sqlx::PgConnection,
    origin: &Origin,
    rows: &[(Uuid, &HeadRow)],
) -> Result<(HashSet<Uuid>, Vec<Uuid>)> {
    const SQL: &str = "with input as (
            select * from unnest($6::uuid[], $7::text[], $8::date[], $9::text[], $10::int8[], $11::text[], $12::text[],
                $13::text[], $14::int8[], $15::int8[], $16::int8[], $17::int8[], $18::text[], $19::text[], $20::int8[],
                $21::jsonb[], $22::int8[])
            as t (id, terminal, business_day, number, content_hash, kind, source, currency, total_minor, tax_minor,
                discount_minor, line_count, operator, customer_id, closed_at, tenders, seq)
        ), fresh as (
            insert into receipts (id, org_id, store_id, terminal, business_day, number, content_hash, kind, source,
                currency, total_minor, tax_minor, discount_minor, line_count, operator, customer_id, closed_at, tenders,
                device_id, epoch, stream, seq, ingested_at)
            select id, $1, $2, terminal, business_day, number, content_hash, kind, source, currency, total_minor,
                tax_minor, discount_minor, line_count, operator, customer_id, closed_at, tenders, $3, $4, 0, seq, $5
            from input
            on conflict (id) do nothing
            returning id
        )
        select i.id, f.id is null, k.ids from input i left join fresh f on f.id = i.id,
        lateral (select array_agg(o.id) as ids from receipts o where o.store_id = $2 and o.id <> i.id
            and o.business_day = i.business_day and o.terminal = i.terminal and o.number = i.number) k";
    let receipts = || rows.iter().map(|row| &row.1.receipt);
    let minor = |of: fn(&Receipt) -> i64| receipts().map(of).collect::<Vec<_>>();
    let found: Vec<(Id, bool, Option<Vec<Id>>)> = sqlx::query_as(SQL)
        .bind(Id(origin.org.0))
        .bind(Id(origin.store.0))
        .bind(Id(origin.device.0))
        .bind(int(origin.epoch))
        .bind(origin.received_at.as_microsecond())
        .bind(rows.iter().map(|row| Id(row.0)).collect::<Vec<_>>())
        .bind(receipts().map(|receipt| receipt.key.terminal.as_str()).collect::<Vec<_>>())
        .bind(receipts().map(|receipt| Day::of(receipt.key.business_day)).collect::<Vec<_>>())
        .bind(receipts().map(|receipt| clean(&receipt.key.number)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.1.content_hash as i64).collect::<Vec<_>>())
        .bind(receipts().map(|receipt| name_of(receipt.kind)).collect::<Vec<_>>())
        .bind(receipts().map(|receipt| name_of(receipt.source)).collect::<Vec<_>>())
        .bind(receipts().map(|receipt| receipt.currency.as_str()).collect::<Vec<_>>())
        .bind(minor(|receipt| receipt.total_minor))
        .bind(minor(|receipt| receipt.tax_minor))
        .bind(minor(|receipt| receipt.discount_minor))
        .bind(rows.iter().map(|row| i64::from(row.1.line_count)).collect::<Vec<_>>())
        .bind(receipts().map(|receipt| receipt.operator.as_deref().map(clean)).collect::<Vec<_>>())
        .bind(receipts().map(|receipt| receipt.customer.as_deref().map(clean)).collect::<Vec<_>>())
        .bind(minor(|receipt| receipt.closed_at.as_microsecond()))
        .bind(receipts().map(|receipt| Json::of(&receipt.tenders)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| int(row.1.seq)).collect::<Vec<_>>())
        .fetch_all(conn)
        .await?;
    let old: HashSet<Uuid> = found.iter().filter(|row| row.1).map(|row| row.0.0).collect();
    let mut rivals: Vec<Uuid> = Vec::new();
    for (id, _, others) in found.into_iter().filter(|row| !row.1) {
        let others = others.unwrap_or_default();
        if !others.is_empty() {
            rivals.push(id.0);
            rivals.extend(others.iter().map(|other| other.0));
        }
    }
    // The statement saw the table as it was before it: rivals within the batch are found here.
    let mut by_key: HashMap<&ReceiptKey, Vec<Uuid>> = HashMap::new();
    for (id, head) in rows.iter().filter(|row| !old.contains(&row.0)) {
        by_key.entry(&head.receipt.key).or_default().push(*id);
    }
    rivals.extend(by_key.into_values().filter(|ids| ids.len() > 1).flatten());
    Ok((old, rivals))
}

async fn flag_pg(conn: &mut sqlx::PgConnection, rivals: Vec<Uuid>) -> Result<()> {
    const FLAG_PG: &str = "update receipts set flagged = true where id = any($1) and not flagged";
    if !rivals.is_empty() {
        let rivals: Vec<Id> = rivals.into_iter().map(Id).collect();
        sqlx::query(FLAG_PG).bind(rivals).execute(conn).await?;
    }
    Ok(())
}

/// Flags every receipt that shares its number with one of these but not its content.
async fn flag_rivals_sqlite(conn: &mut SqliteConnection, origin: &Origin, heads: &[&HeadRow]) -> Result<()> {
    if heads.is_empty() {
        return Ok(());
    }
    let keys: Vec<(String, &str, String)> = heads
        .iter()
        .map(|head| &head.receipt.key)
        .map(|key| (Day::of(key.business_day).0.to_string(), key.terminal.as_str(), clean(&key.number).into_owned()))
        .collect();
    sqlx::query(FLAG_SQLITE).bind(Json::of(&keys)).bind(Id(origin.store.0)).execute(conn).await?;
    Ok(())
}
