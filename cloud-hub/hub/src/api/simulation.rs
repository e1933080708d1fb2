//! `/api/v1/simulation` and `/api/v1/optimization`: the digital twin as far as it is measured, and runs that need an engine.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::inventory::{self, StockFilter};
use vyavs_store::sensors as sensor_rows;

use super::HubState;
use super::engines::{Engine, Missing};
use super::given::{amount, known_products};
use super::overview::{self, count};
use super::params::{Body, IdPath, label};
use super::problem::{Answer, Problem};
use super::sensors::Sensor;
use super::stores::StoreMetrics;
use super::viewer::Viewer;

/// A store as it is measured now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TwinState {
    /// Whether a model of the store was fitted to what was measured; `false` while there is no engine for it.
    pub calibrated: bool,
    /// The business day of the store.
    pub business_day: Date,
    /// Its sensors with their newest readings.
    pub sensors: Vec<Sensor>,
    /// Products of which stock was booked.
    #[schema(minimum = 0)]
    pub products_in_stock_list: i64,
    /// Of these, those at or below their reorder point.
    #[schema(minimum = 0)]
    pub below_reorder: i64,
}

/// The digital twin of a store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Twin {
    /// The store as it is measured; nothing in it is simulated.
    pub twin_state: TwinState,
    /// The newest thing that was measured: a message of its devices, a sale or a reading; null is never.
    #[schema(required)]
    pub last_updated: Option<Timestamp>,
    /// How the store is doing.
    pub metrics: StoreMetrics,
    /// What would simulate it.
    pub engine: Engine,
    /// When this was read.
    pub as_of: Timestamp,
}

/// The state of a store's digital twin.
#[utoipa::path(get, path = "/simulation/twin/{id}", tag = "simulation", params(("id" = Uuid, Path, description = "The store")),
    responses((status = 200, body = Twin), Problem), security(("session" = ["twin.read"]), ("bearer" = ["twin.read"])))]
pub(crate) async fn twin(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<Twin> {
    let (now, id) = (hub.clock.now(), StoreId(id));
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let stores = overview::read(&hub, &mut tx, &viewer, Some(id), now).await?;
    let store = stores.first().ok_or(Problem::NotFound("store"))?;
    let sensors = sensor_rows::list(&mut tx, viewer.org, id).await?;
    let measured = sensors.iter().filter_map(|sensor| sensor.latest.map(|latest| latest.at)).max();
    let within = viewer.one_or_all(&mut tx, Some(id)).await?;
    let stock = StockFilter { within, ..StockFilter::default() };
    let low = StockFilter { below_reorder: Some(true), ..stock };
    let twin_state = TwinState {
        calibrated: false,
        business_day: store.today.0,
        sensors: sensors.into_iter().map(|row| Sensor::of(row, now)).collect(),
        products_in_stock_list: count(inventory::count(&mut tx, viewer.org, &stock).await?),
        below_reorder: count(inventory::count(&mut tx, viewer.org, &low).await?),
    };
    let last_updated = [store.last_heard(), store.last_sale_at, measured].into_iter().flatten().max();
    let engine = Missing::Twin.engine("shown is what is measured.");
    Ok(Json(Twin { twin_state, last_updated, metrics: store.metrics(now), engine, as_of: now }))
}

/// A scenario to run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// Which scenario, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100, example = "price_change")]
    pub scenario_type: String,
    /// Where and when it plays.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// What is other than it was.
    #[serde(default)]
    pub changes: Map<String, Value>,
}

/// What a scenario came to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WhatIfResult {
    /// The scenario.
    pub scenario_id: Uuid,
    /// What would happen.
    #[schema(value_type = Object)]
    pub results: Map<String, Value>,
    /// Held against doing nothing.
    #[schema(value_type = Object)]
    pub impact_analysis: Map<String, Value>,
}

/// Runs a what-if scenario: refused with `engine-not-installed` while this hub has no engine for it.
#[utoipa::path(post, path = "/simulation/what-if", tag = "simulation", request_body = WhatIf,
    responses((status = 200, body = WhatIfResult, description = "With an engine: what it found"), Problem),
    security(("session" = ["twin.run"]), ("bearer" = ["twin.run"])))]
pub(crate) async fn what_if(Body(request): Body<WhatIf>) -> Answer<WhatIfResult> {
    label("scenario_type", &request.scenario_type, 100)?;
    Err(Missing::Twin.refusal())
}

/// What to allocate.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryRun {
    /// 1 to 1000 stores.
    pub stores: Vec<Uuid>,
    /// 1 to 1000 products.
    pub products: Vec<Uuid>,
    /// What a plan must keep to.
    #[serde(default)]
    pub constraints: Map<String, Value>,
}

/// A plan for stock.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InventoryPlan {
    /// What goes where.
    #[schema(value_type = Vec<Object>)]
    pub optimization_plan: Vec<Value>,
    /// What it would bring.
    #[schema(value_type = Object)]
    pub expected_benefits: Map<String, Value>,
}

/// Optimizes inventory allocation: refused with `engine-not-installed` while this hub has no engine for it.
#[utoipa::path(post, path = "/optimization/inventory", tag = "simulation", request_body = InventoryRun,
    responses((status = 200, body = InventoryPlan, description = "With an engine: its plan"), Problem),
    security(("session" = ["twin.run"]), ("bearer" = ["twin.run"])))]
pub(crate) async fn optimize_inventory(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(request): Body<InventoryRun>,
) -> Answer<InventoryPlan> {
    if request.stores.is_empty() || request.stores.len() > 1_000 {
        return Err(Problem::parameter("stores", &request.stores.len().to_string(), "1 to 1000 stores"));
    }
    let mut tx = hub.store.begin_read(viewer.org).await?;
    for store in &request.stores {
        viewer.store(&mut tx, StoreId(*store)).await?;
    }
    known_products(&mut tx, viewer.org, &request.products).await?;
    Err(Missing::InventoryOptimization.refusal())
}

/// What to spend, and where.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarketingRun {
    /// A decimal text, not negative.
    #[schema(example = "10000.00")]
    pub budget: String,
    /// 1 to 100 channels.
    #[schema(example = json!(["search", "leaflet"]))]
    pub channels: Vec<String>,
    /// What to aim for.
    #[serde(default)]
    pub objectives: Map<String, Value>,
}

/// A plan for a budget.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MarketingPlan {
    /// What each channel gets.
    #[schema(value_type = Vec<Object>)]
    pub allocation_plan: Vec<Value>,
    /// What it would bring for each unit of money.
    pub expected_roi: f64,
}

/// Optimizes a marketing budget: refused with `engine-not-installed` while this hub has no engine for it.
#[utoipa::path(post, path = "/optimization/marketing", tag = "simulation", request_body = MarketingRun,
    responses((status = 200, body = MarketingPlan, description = "With an engine: its plan"), Problem),
    security(("session" = ["twin.run"]), ("bearer" = ["twin.run"])))]
pub(crate) async fn optimize_marketing(Body(request): Body<MarketingRun>) -> Answer<MarketingPlan> {
    amount("budget", &request.budget)?;
    if request.channels.is_empty() || request.channels.len() > 100 {
        return Err(Problem::parameter("channels", &request.channels.len().to_string(), "1 to 100 channels"));
    }
    for (n, channel) in request.channels.iter().enumerate() {
        label(&format!("channels[{n}]"), channel, 100)?;
    }
    Err(Missing::MarketingOptimization.refusal())
}
