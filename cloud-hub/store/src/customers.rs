//! Customers: what a loyalty programme tells of them, sealed, and the pseudonyms on their receipts.
//!
//! A number as the till knows it comes in here nowhere: callers turn it into a pseudonym first ([`vyavs_vault::pseudonym`]).

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Day, Id, instant};
use crate::receipts::line_bounds;
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// What is known of a customer; every field sealed under the customer's own data key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The standing pseudonym.
    pub id: String,
    /// Sealed.
    pub name: Option<Vec<u8>>,
    /// Sealed.
    pub email: Option<Vec<u8>>,
    /// Sealed.
    pub phone: Option<Vec<u8>>,
    /// Since when.
    pub created_at: Timestamp,
    /// Last changed.
    pub updated_at: Timestamp,
}

/// Puts a customer's fields in place of those that stood.
pub async fn put(tx: &mut Tx<'_>, org: OrgId, customer: &Customer) -> Result<()> {
    const SQL: &str = "insert into customers (id, org_id, name, email, phone, created_at, updated_at)
        values ($2, $1, $3, $4, $5, $6, $6) on conflict (org_id, id) do update set name = excluded.name,
            email = excluded.email, phone = excluded.phone, updated_at = excluded.updated_at";
    let Customer { id, name, email, phone, updated_at, .. } = customer.clone();
    execute!(tx, SQL, org, id, name, email, phone, updated_at)?;
    Ok(())
}

/// A customer, if anything but receipts is known of it.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: &str) -> Result<Option<Customer>> {
    const SQL: &str = "select name, email, phone, created_at, updated_at from customers where org_id = $1 and id = $2";
    type Row = (Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>, i64, i64);
    Ok(fetch_optional!(tx, Row, SQL, org, id)?.map(|(name, email, phone, created, updated)| Customer {
        id: id.to_owned(),
        name,
        email,
        phone,
        created_at: instant(created),
        updated_at: instant(updated),
    }))
}

/// What stands on receipts of an organization as a customer, after `after`, each once. Needs the hub's own rights.
pub async fn on_receipts(tx: &mut Tx<'_>, org: OrgId, after: &str, limit: u32) -> Result<Vec<String>> {
    const SQL: &str = "select distinct customer_id from receipts
        where customer_id is not null and customer_id > $2 and org_id = $1 order by customer_id limit $3";
    let rows = fetch_all!(tx, (String,), SQL, org, after, i64::from(limit))?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The customers of whom something is known, after `after`.
pub async fn ids(tx: &mut Tx<'_>, org: OrgId, after: &str, limit: u32) -> Result<Vec<String>> {
    const SQL: &str = "select id from customers where org_id = $1 and id > $2 order by id limit $3";
    let rows = fetch_all!(tx, (String,), SQL, org, after, i64::from(limit))?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A receipt and what it says of the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The receipt.
    pub receipt: Uuid,
    /// Whose.
    pub org: OrgId,
    /// The day in the books.
    pub day: Date,
    /// What stands there.
    pub customer: String,
}

/// Receipts of anybody that name a customer, after `after`. Needs the hub's own rights.
pub async fn named(tx: &mut Tx<'_>, after: Uuid, limit: u32) -> Result<Vec<Named>> {
    const SQL: &str = "select id, org_id, business_day, customer_id from receipts
        where customer_id is not null and id > $1 order by id limit $2";
    let rows = fetch_all!(tx, (Id, Id, Day, String), SQL, after, i64::from(limit))?;
    let named = |(id, org, day, customer): (Id, Id, Day, String)| Named {
        receipt: id.0,
        org: OrgId(org.0),
        day: day.0,
        customer,
    };
    Ok(rows.into_iter().map(named).collect())
}

/// Puts another customer, or none, on a receipt and its lines; how many rows that were. Needs the hub's own rights.
pub async fn rename(tx: &mut Tx<'_>, org: OrgId, receipt: Uuid, customer: Option<&str>) -> Result<u64> {
    const HEAD: &str = "update receipts set customer_id = $3 where org_id = $1 and id = $2";
    const LINES: &str = "update transactions set customer_id = $5
        where id >= $1 and id <= $2 and receipt_id = $3 and org_id = $4";
    let (first, last) = line_bounds(receipt);
    let lines = execute!(tx, LINES, first, last, receipt, org, customer)?;
    Ok(lines + execute!(tx, HEAD, org, receipt, customer)?)
}

/// Receipts under a pseudonym that were stored by `until`.
pub async fn receipts_of(
    tx: &mut Tx<'_>,
    org: OrgId,
    customer: &str,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Uuid>> {
    const SQL: &str = "select id from receipts
        where customer_id = $2 and org_id = $1 and ingested_at <= $3 order by id limit $4";
    Ok(fetch_all!(tx, (Id,), SQL, org, customer, until, i64::from(limit))?.into_iter().map(|(id,)| id.0).collect())
}

/// How many receipts stand under a pseudonym.
pub async fn count_receipts(tx: &mut Tx<'_>, org: OrgId, customer: &str) -> Result<u64> {
    const SQL: &str = "select count(*) from receipts where customer_id = $2 and org_id = $1";
    let (count,) = crate::tx::fetch_one!(tx, (i64,), SQL, org, customer)?;
    Ok(count.unsigned_abs())
}

/// Removes what is known of a customer since before `until`; `false` when nothing was.
pub async fn remove(tx: &mut Tx<'_>, org: OrgId, id: &str, until: Timestamp) -> Result<bool> {
    const SQL: &str = "delete from customers where org_id = $1 and id = $2 and created_at <= $3";
    Ok(execute!(tx, SQL, org, id, until)? == 1)
}
