//! `GET /api/v1/analytics/dashboard`: sales, inventory and forecasts of a store at one look.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::forecasts;
use vyavs_store::inventory;

use super::engines::{Engine, Missing};
use super::overview::{self, count};
use super::params::{Pairs, Parameters, Params};
use super::problem::{Answer, Problem};
use super::stores::StoreMetrics;
use super::viewer::Viewer;
use super::{Hub, HubState};

/// How stock stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InventoryFigures {
    /// Products of which stock was booked in the store.
    #[schema(minimum = 0)]
    pub products: i64,
    /// Of these, those at or below their reorder point.
    #[schema(minimum = 0)]
    pub below_reorder: i64,
}

/// How forecasts stand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ForecastFigures {
    /// Rows for this store that lie in the table.
    #[schema(minimum = 0)]
    pub rows: i64,
    /// When the newest of them was made; null is never.
    #[schema(required)]
    pub newest: Option<Timestamp>,
    /// What makes them.
    pub engine: Engine,
}

/// A store at one look.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Analytics {
    /// The store's day so far.
    pub sales: StoreMetrics,
    /// Its stock.
    pub inventory: InventoryFigures,
    /// Its forecasts.
    pub forecasts: ForecastFigures,
    /// When this was computed.
    pub as_of: Timestamp,
}

/// Query of [`analytics_dashboard`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AnalyticsQuery {
    /// Which store.
    pub store_id: Uuid,
}

impl Parameters for AnalyticsQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let store_id = pairs.one("store_id", "a UUID")?;
        Ok(Self { store_id: store_id.ok_or_else(|| Problem::parameter("store_id", "", "given, as a UUID"))? })
    }
}

/// Sales, inventory and forecasts of a store.
#[utoipa::path(get, path = "/analytics/dashboard", tag = "kpis", params(AnalyticsQuery),
    responses((status = 200, body = Analytics), Problem), security(("session" = ["sales.read"]), ("bearer" = ["sales.read"])))]
pub(crate) async fn analytics_dashboard(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<AnalyticsQuery>,
) -> Answer<Analytics> {
    let (now, id) = (hub.clock.now(), StoreId(query.store_id));
    let what = viewer.asks("analytics dashboard", Some(id));
    hub.cache.answer(viewer.org, &what, now, analyze(&hub, &viewer, id, now)).await.map(Json)
}

async fn analyze(hub: &Hub, viewer: &Viewer, id: StoreId, now: Timestamp) -> Result<Analytics, Problem> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let stores = overview::read(hub, &mut tx, viewer, Some(id), now).await?;
    let store = stores.first().ok_or(Problem::NotFound("store"))?;
    let within = viewer.one_or_all(&mut tx, Some(id)).await?;
    let (products, below_reorder) = inventory::count_low(&mut tx, viewer.org, id).await?;
    let (rows, newest) = forecasts::made(&mut tx, viewer.org, within).await?;
    Ok(Analytics {
        sales: store.metrics(now),
        inventory: InventoryFigures { products: count(products), below_reorder: count(below_reorder) },
        forecasts: ForecastFigures {
            rows: count(rows),
            newest,
            engine: Missing::Forecasting.engine("counted are the rows that lie in the table, if any."),
        },
        as_of: now,
    })
}
