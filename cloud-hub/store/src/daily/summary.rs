//! Pages of the day's sums, each with its product: what `daily_sales_summary` shows.

use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};
use vyavs_domain::money::Currency;
use vyavs_domain::time::BusinessDay;

use super::Sold;
use crate::columns::{Day, Id};
use crate::reach::Within;
use crate::tx::{Tx, fetch_all};
use crate::{ForeignValue, Result};

/// What a product came to on a business day in a store, in one currency.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Where.
    pub store: StoreId,
    /// Of what.
    pub product: Uuid,
    /// Its SKU.
    pub sku: String,
    /// Its name; may be empty.
    pub name: String,
    /// As people sort it.
    pub category: Option<String>,
    /// The day in the books.
    pub day: BusinessDay,
    /// Of the revenue.
    pub currency: Currency,
    /// The sums.
    pub sold: Sold,
}

/// Which sums.
#[derive(Clone, Debug)]
pub struct SummaryFilter {
    /// In these stores.
    pub within: Within,
    /// On these business days, both ends included.
    pub days: (BusinessDay, BusinessDay),
    /// Of this product.
    pub product: Option<Uuid>,
    /// Of products of this category.
    pub category: Option<String>,
}

/// The last one seen: day, store, product, currency.
pub type Place = (BusinessDay, StoreId, Uuid, String);

type Row = (Id, Id, String, String, Option<String>, Day, String, i64, i64, i64);

/// Sums by day, store, product and currency, after the last one seen, `offset` of them left out.
pub async fn summary(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: &SummaryFilter,
    (after, offset): (Option<Place>, u32),
    limit: u32,
) -> Result<Vec<Summary>> {
    const SQL: &str = "select d.store_id, d.product_id, p.sku, p.name, p.category, d.sale_date, d.currency, d.lines,
            d.quantity_micro, d.revenue_minor
        from daily_sales d join products p on p.id = d.product_id
        where d.store_id in (select id from stores where organization_id = $1 and ($4 = '' or cast(id as text) = $4)
                and ($5 is null or exists (select 1 from reach where holder = $5 and store_id = stores.id)))
            and d.sale_date >= $2 and d.sale_date <= $3
            and ($6 = '' or cast(d.product_id as text) = $6) and ($7 = '' or p.category = $7)
            and (d.sale_date, d.store_id, d.product_id, d.currency) > ($8, $9, $10, $11)
        order by d.sale_date, d.store_id, d.product_id, d.currency limit $12 offset $13";
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let first = || (BusinessDay(jiff::civil::Date::MIN), StoreId(Uuid::nil()), Uuid::nil(), String::new());
    let (day, store, product, currency) = after.unwrap_or_else(first);
    let rows = fetch_all!(
        tx,
        Row,
        SQL,
        org,
        filter.days.0,
        filter.days.1,
        text(filter.within.store.map(|store| store.0)),
        filter.within.holder,
        text(filter.product),
        filter.category.as_deref().unwrap_or(""),
        day,
        store,
        product,
        currency,
        i64::from(limit),
        i64::from(offset)
    )?;
    rows.into_iter()
        .map(|(store, product, sku, name, category, day, currency, lines, quantity_micro, revenue_minor)| {
            Ok(Summary {
                store: StoreId(store.0),
                product: product.0,
                sku,
                name,
                category,
                day: day.business(),
                currency: currency.parse().map_err(|_| ForeignValue { what: "a currency", got: currency.clone() })?,
                sold: Sold { lines, quantity_micro, revenue_minor },
            })
        })
        .collect()
}
