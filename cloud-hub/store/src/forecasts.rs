//! Forecasts as some engine left them: rows of the user's table, and nothing where there are none.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};
use vyavs_domain::time::BusinessDay;

use crate::Result;
use crate::columns::{Day, Exact, Id, Json, instant};
use crate::reach::Within;
use crate::tx::{Tx, fetch_all, fetch_one};

/// What one product may sell on one day in one store.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Where.
    pub store: StoreId,
    /// Which business day.
    pub day: BusinessDay,
    /// Pieces or kilograms.
    pub demand: Option<Decimal>,
    /// How sure, as the engine says it.
    pub interval: Option<Value>,
    /// By which model.
    pub model: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
}

type Row = (Id, Day, Option<Exact>, Option<Json>, Option<String>, i64);

/// The newest forecast of each day and store, oldest day first; both ends included.
pub async fn latest(
    tx: &mut Tx<'_>,
    org: OrgId,
    product: Uuid,
    within: Within,
    (from, to): (BusinessDay, BusinessDay),
) -> Result<Vec<Forecast>> {
    const SQL: &str = "select f.store_id, f.forecast_date, f.predicted_demand, f.confidence_interval, f.model_version,
            f.created_at
        from forecasts f
        where f.org_id = $1 and f.product_id = $2 and f.forecast_date >= $3 and f.forecast_date <= $4
            and ($5 = '' or cast(f.store_id as text) = $5)
            and ($6 is null or exists (select 1 from reach r where r.holder = $6 and r.store_id = f.store_id))
            and not exists (select 1 from forecasts n where n.org_id = $1 and n.product_id = $2
                and n.store_id = f.store_id and n.forecast_date = f.forecast_date
                and (n.created_at, n.id) > (f.created_at, f.id))
        order by f.forecast_date, f.store_id";
    let store = within.store.map(|store| store.to_string()).unwrap_or_default();
    let forecast = |(store, day, demand, interval, model, made): Row| Forecast {
        store: StoreId(store.0),
        day: day.business(),
        demand: demand.map(|exact| exact.0),
        interval: interval.map(|json| json.value()),
        model,
        made_at: instant(made),
    };
    let rows = fetch_all!(tx, Row, SQL, org, product, from, to, store, within.holder)?;
    Ok(rows.into_iter().map(forecast).collect())
}

/// How many forecasts lie there for stores in reach, and when the newest was made.
pub async fn made(tx: &mut Tx<'_>, org: OrgId, within: Within) -> Result<(u64, Option<Timestamp>)> {
    const SQL: &str = "select count(*), max(created_at) from forecasts f
        where f.org_id = $1 and ($2 = '' or cast(f.store_id as text) = $2)
            and ($3 is null or exists (select 1 from reach r where r.holder = $3 and r.store_id = f.store_id))";
    let store = within.store.map(|store| store.to_string()).unwrap_or_default();
    let (count, newest) = fetch_one!(tx, (i64, Option<i64>), SQL, org, store, within.holder)?;
    Ok((count as u64, newest.map(instant)))
}
