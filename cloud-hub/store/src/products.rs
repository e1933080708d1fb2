//! The catalog: one product an organization and SKU, made by a person or when its first line is sold.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Id, Json, instant};
use crate::tx::{Tx, execute, fetch_optional};

pub mod barcodes;
pub mod groups;
mod known;
mod page;
mod search;

pub(crate) use known::ids;
pub use known::{KnownProducts, product_id};
pub use page::{ProductFilter, count, page};
pub(crate) use search::index_missing;
pub use search::{SearchText, index};

/// A product as the catalog holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// [`product_id`] of organization and SKU.
    pub id: Uuid,
    /// One sellable item.
    pub sku: String,
    /// As first printed, or as a person named it; may be empty.
    pub name: String,
    /// As people sort it.
    pub category: Option<String>,
    /// Anything else.
    pub attributes: serde_json::Value,
    /// Its place in the hierarchy, names from the top joined by `/`.
    pub group: Option<String>,
    /// Since when it is no longer listed. It stays in the books, and a till may still ring it.
    pub retired_at: Option<Timestamp>,
    /// Raised with every change by a person.
    pub version: i64,
    /// Since when the hub knows it.
    pub created_at: Timestamp,
    /// When a person last changed it.
    pub updated_at: Option<Timestamp>,
}

/// What a person says of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Described<'a> {
    /// For people.
    pub name: &'a str,
    /// As people sort it.
    pub category: Option<&'a str>,
    /// Anything else, a JSON object.
    pub attributes: &'a serde_json::Value,
    /// Its place in the hierarchy; see [`groups::ensure`].
    pub group: Option<Uuid>,
    /// Since when it is no longer listed.
    pub retired_at: Option<Timestamp>,
}

/// Puts a new product into the catalog; `None` when there is one of this SKU already. Who calls it says next what it is
/// found by: [`index`].
pub async fn insert(
    tx: &mut Tx<'_>,
    org: OrgId,
    sku: &str,
    said: &Described<'_>,
    now: Timestamp,
) -> Result<Option<Uuid>> {
    const SQL: &str =
        "insert into products (id, organization_id, sku, name, category, attributes, group_id, retired_at,
            created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing";
    let id = product_id(org, sku);
    let made = execute!(
        tx,
        SQL,
        id,
        org,
        sku,
        said.name,
        said.category,
        Json::of(said.attributes),
        said.group,
        said.retired_at,
        now
    )?;
    Ok((made == 1).then_some(id))
}

/// Changes how a product is described, if it is still the version that was read. Then [`index`].
pub async fn change(
    tx: &mut Tx<'_>,
    org: OrgId,
    (id, version): (Uuid, i64),
    said: &Described<'_>,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "update products set name = $4, category = $5, attributes = $6, group_id = $7, retired_at = $8,
            updated_at = $9, version = version + 1
        where organization_id = $1 and id = $2 and version = $3";
    let done = execute!(
        tx,
        SQL,
        org,
        id,
        version,
        said.name,
        said.category,
        Json::of(said.attributes),
        said.group,
        said.retired_at,
        now
    )?;
    Ok(done == 1)
}

pub(crate) type Row = (Id, String, String, Option<String>, Json, Option<String>, Option<i64>, i64, i64, Option<i64>);

pub(crate) fn product(row: Row) -> Product {
    let (id, sku, name, category, attributes, group, retired, version, created, updated) = row;
    Product {
        id: id.0,
        sku,
        name,
        category,
        attributes: attributes.value(),
        group,
        retired_at: retired.map(instant),
        version,
        created_at: instant(created),
        updated_at: updated.map(instant),
    }
}

/// The product of a SKU.
pub async fn by_sku(tx: &mut Tx<'_>, org: OrgId, sku: &str) -> Result<Option<Product>> {
    get(tx, org, product_id(org, sku)).await
}

/// A product of an organization; `None` for another's, too.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Product>> {
    const SQL: &str = "select p.id, p.sku, p.name, p.category, p.attributes, g.path, p.retired_at, p.version,
            p.created_at, p.updated_at
        from products p left join product_groups g on g.id = p.group_id
        where p.organization_id = $1 and p.id = $2";
    Ok(fetch_optional!(tx, Row, SQL, org, id)?.map(product))
}
