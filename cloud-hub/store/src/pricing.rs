//! Price recommendations as some engine left them: rows of the user's table, and nothing where there are none.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};

use crate::Result;
use crate::columns::{Exact, Id, Json, instant};
use crate::reach::Within;
use crate::tx::{Tx, fetch_all};

/// What some engine would change a price to.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// Its id.
    pub id: Uuid,
    /// For which product.
    pub product: Uuid,
    /// Its SKU.
    pub sku: String,
    /// In one store; everywhere without.
    pub store: Option<StoreId>,
    /// The price it started from.
    pub current: Option<Decimal>,
    /// The price it would set.
    pub recommended: Option<Decimal>,
    /// Of both.
    pub currency: Option<String>,
    /// What it would bring, as the engine says it.
    pub impact: Option<Value>,
    /// Why.
    pub reasoning: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
}

type Row =
    (Id, Id, String, Option<Id>, Option<Exact>, Option<Exact>, Option<String>, Option<Json>, Option<String>, i64);

/// The newest first, after the last one seen; those for a store are shown to who reaches it.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    (within, category): (Within, Option<&str>),
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Recommendation>> {
    const SQL: &str = "select x.id, x.product_id, p.sku, x.store_id, x.current_price, x.recommended_price, x.currency,
            x.expected_impact, x.reasoning, x.created_at
        from pricing_recommendations x join products p on p.id = x.product_id
        where x.org_id = $1 and (x.store_id is null or (($2 = '' or cast(x.store_id as text) = $2)
                and ($3 is null or exists (select 1 from reach r where r.holder = $3 and r.store_id = x.store_id))))
            and ($4 = '' or p.category = $4) and (x.created_at, x.id) < ($5, $6)
        order by x.created_at desc, x.id desc limit $7";
    let store = within.store.map(|store| store.to_string()).unwrap_or_default();
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id));
    let one =
        |(id, product, sku, store, current, recommended, currency, impact, reasoning, made): Row| Recommendation {
            id: id.0,
            product: product.0,
            sku,
            store: store.map(|store| StoreId(store.0)),
            current: current.map(|exact| exact.0),
            recommended: recommended.map(|exact| exact.0),
            currency,
            impact: impact.map(|json| json.value()),
            reasoning,
            made_at: instant(made),
        };
    let category = category.unwrap_or("");
    let rows = fetch_all!(tx, Row, SQL, org, store, within.holder, category, at, id, i64::from(limit))?;
    Ok(rows.into_iter().map(one).collect())
}
