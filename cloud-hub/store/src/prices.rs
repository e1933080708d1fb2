//! Prices: a list for each product that grows and is never rewritten.
//!
//! Of the prices in force at an instant, a store's own comes before that of the whole organization, then the one that
//! began last, then the one that was entered last. A price without an end is simply outlived by the next.

use std::collections::HashMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};
use vyavs_domain::money::Currency;

use crate::columns::{Exact, Id, Json, instant};
use crate::reach::Within;
use crate::tx::{Conn, Tx, execute, fetch_all};
use crate::{ForeignValue, Result};

/// A price of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Its id.
    pub id: Uuid,
    /// Of which product.
    pub product: Uuid,
    /// In one store; `None` is everywhere else.
    pub store: Option<StoreId>,
    /// Of one piece or kilogram, with the scale it was given.
    pub price: Decimal,
    /// Of the price.
    pub currency: Currency,
    /// It holds from here …
    pub valid_from: Timestamp,
    /// … to here, excluded; until another one begins without.
    pub valid_to: Option<Timestamp>,
    /// Who entered it.
    pub created_by: Uuid,
    /// When.
    pub created_at: Timestamp,
}

/// Adds a price.
pub async fn insert(tx: &mut Tx<'_>, org: OrgId, price: &Price) -> Result<()> {
    const SQL: &str = "insert into product_prices (id, org_id, product_id, store_id, price, currency, valid_from,
            valid_to, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    execute!(
        tx,
        SQL,
        price.id,
        org,
        price.product,
        price.store,
        price.price,
        &price.currency,
        price.valid_from,
        price.valid_to,
        price.created_by,
        price.created_at
    )?;
    Ok(())
}

type Row = (Id, Id, Option<Id>, Exact, String, i64, Option<i64>, Id, i64);

fn price((id, product, store, price, currency, from, to, by, at): Row) -> Result<Price> {
    Ok(Price {
        id: id.0,
        product: product.0,
        store: store.map(|store| StoreId(store.0)),
        price: price.0,
        currency: currency.parse().map_err(|_| ForeignValue { what: "a currency", got: currency.clone() })?,
        valid_from: instant(from),
        valid_to: to.map(instant),
        created_by: by.0,
        created_at: instant(at),
    })
}

/// All prices of a product, past and future, the one that begins last first. Those of stores beyond the reach are left out;
/// with a store in `within`, only its own and those of everywhere.
pub async fn list(tx: &mut Tx<'_>, org: OrgId, product: Uuid, within: Within) -> Result<Vec<Price>> {
    const SQL: &str = "select id, product_id, store_id, price, currency, valid_from, valid_to, created_by, created_at
        from product_prices x
        where org_id = $1 and product_id = $2 and (store_id is null or (($3 = '' or cast(store_id as text) = $3)
            and ($4 is null or exists (select 1 from reach r where r.holder = $4 and r.store_id = x.store_id))))
        order by valid_from desc, created_at desc, id";
    let store = within.store.map(|store| store.to_string()).unwrap_or_default();
    fetch_all!(tx, Row, SQL, org, product, store, within.holder)?.into_iter().map(price).collect()
}

/// The price in force at an instant for each of these products: in a store, or everywhere (then no store's own counts).
/// A product without one is absent.
pub async fn in_force(
    tx: &mut Tx<'_>,
    org: OrgId,
    products: &[Uuid],
    store: Option<StoreId>,
    at: Timestamp,
) -> Result<HashMap<Uuid, Price>> {
    const SQLITE: &str =
        "select id, product_id, store_id, price, currency, valid_from, valid_to, created_by, created_at
        from product_prices where org_id = $1 and product_id in (select value from json_each($2))
            and valid_from <= $3 and (valid_to is null or valid_to > $3)
            and (store_id is null or cast(store_id as text) = $4)
        order by store_id is not null, valid_from, created_at, id";
    const PG: &str = "select id, product_id, store_id, price, currency, valid_from, valid_to, created_by, created_at
        from product_prices
        where org_id = $1 and product_id in (select cast(value as uuid) from jsonb_array_elements_text($2))
            and valid_from <= $3 and (valid_to is null or valid_to > $3)
            and (store_id is null or cast(store_id as text) = $4)
        order by store_id is not null, valid_from, created_at, id";
    let sql = if matches!(tx.conn, Conn::Pg(_)) { PG } else { SQLITE };
    let store = store.map(|store| store.to_string()).unwrap_or_default();
    let rows = fetch_all!(tx, Row, sql, org, Json::of(&products), at, store)?;
    // The last of each product wins: the order says so.
    rows.into_iter().map(|row| price(row).map(|price| (price.product, price))).collect()
}
