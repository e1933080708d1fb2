//! Barcodes: which GTIN stands for which product, and for how many pieces of it.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::catalog::Gtin;
use vyavs_domain::ids::OrgId;

use crate::columns::{Id, Json};
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result};

/// A barcode of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Barcode {
    /// Whose.
    pub product: Uuid,
    /// The number.
    pub gtin: Gtin,
    /// Pieces that one scan stands for: a case of twelve has a number of its own.
    pub pack: u32,
}

/// Gives a product these barcodes and no others; the one that another product has is given back, and nothing was changed
/// that a rollback does not undo.
pub async fn set(
    tx: &mut Tx<'_>,
    org: OrgId,
    product: Uuid,
    codes: &[(Gtin, u32)],
    now: Timestamp,
) -> Result<std::result::Result<(), Gtin>> {
    const ADD: &str = "insert into product_barcodes (org_id, gtin, product_id, pack, created_at)
        values ($1, $2, $3, $4, $5) on conflict (org_id, gtin) do nothing";
    execute!(tx, "delete from product_barcodes where org_id = $1 and product_id = $2", org, product)?;
    for (gtin, pack) in codes {
        if execute!(tx, ADD, org, gtin.as_str(), product, i64::from(*pack), now)? == 0 {
            return Ok(Err(*gtin));
        }
    }
    Ok(Ok(()))
}

/// The barcodes of these products, by number.
pub async fn of(tx: &mut Tx<'_>, org: OrgId, products: &[Uuid]) -> Result<Vec<Barcode>> {
    // `+`: by the products, not by the key, whose organization SQLite would walk whole.
    const SQLITE: &str = "select product_id, gtin, pack from product_barcodes where +org_id = $1
        and product_id in (select value from json_each($2)) order by gtin";
    const PG: &str = "select product_id, gtin, pack from product_barcodes where org_id = $1
        and product_id in (select cast(value as uuid) from jsonb_array_elements_text($2)) order by gtin";
    let sql = if matches!(tx.conn, Conn::Pg(_)) { PG } else { SQLITE };
    fetch_all!(tx, (Id, String, i64), sql, org, Json::of(&products))?
        .into_iter()
        .map(|(product, gtin, pack)| {
            let gtin = gtin.parse().map_err(|_| ForeignValue { what: "a barcode", got: gtin.clone() })?;
            Ok(Barcode { product: product.0, gtin, pack: u32::try_from(pack).unwrap_or(1) })
        })
        .collect()
}

/// Which product a barcode stands for.
pub async fn product_of(tx: &mut Tx<'_>, org: OrgId, gtin: Gtin) -> Result<Option<Uuid>> {
    const SQL: &str = "select product_id from product_barcodes where org_id = $1 and gtin = $2";
    Ok(fetch_optional!(tx, (Id,), SQL, org, gtin.as_str())?.map(|(id,)| id.0))
}
