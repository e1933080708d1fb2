//! `/api/v1/forecasts`: demand forecasts as they lie in the table.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_domain::time::BusinessDay;
use vyavs_store::{forecasts as rows, products};

use super::HubState;
use super::engines::{Engine, Missing};
use super::given::known_products;
use super::params::{Body, IdPath, Pairs, Parameters, Params};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// What one product may sell on one day in one store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// The business day.
    pub date: Date,
    /// Where.
    pub store_id: Uuid,
    /// Pieces or kilograms as a decimal text; null where the row has none.
    #[schema(required, example = "42.5")]
    pub predicted_demand: Option<String>,
    /// How sure, as the engine that wrote the row says it; null where it says nothing.
    #[schema(required, value_type = Option<Object>)]
    pub confidence: Option<Value>,
    /// By which model.
    #[schema(required)]
    pub model_version: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The forecasts of a product.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Forecasts {
    /// Of which product.
    pub product_id: Uuid,
    /// Days asked for, from today on.
    #[schema(minimum = 1)]
    pub horizon: u32,
    /// The newest of each day and store, by day; empty where nobody made any.
    pub forecasts: Vec<Forecast>,
    /// What makes them.
    pub engine: Engine,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`forecasts`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ForecastQuery {
    /// Days from today (of UTC) on, 1 to 365; 14 without.
    #[param(minimum = 1, maximum = 365, value_type = Option<u32>)]
    pub horizon: u32,
    /// In one store only.
    pub store_id: Option<Uuid>,
}

impl Parameters for ForecastQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self { horizon: pairs.number("horizon", 1, 365, 14)?, store_id: pairs.one("store_id", "a UUID")? })
    }
}

/// The forecasts of a product.
#[utoipa::path(get, path = "/forecasts/{id}", tag = "forecasts",
    params(("id" = Uuid, Path, description = "The product"), ForecastQuery),
    responses((status = 200, body = Forecasts), Problem), security(("session" = ["forecasts.read"]), ("bearer" = ["forecasts.read"])))]
pub(crate) async fn forecasts(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Params(query): Params<ForecastQuery>,
) -> Answer<Forecasts> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    products::get(&mut tx, viewer.org, id).await?.ok_or(Problem::NotFound("product"))?;
    let within = viewer.one_or_all(&mut tx, query.store_id.map(StoreId)).await?;
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let last = today.saturating_add(Span::new().days(i64::from(query.horizon) - 1));
    let days = (BusinessDay(today), BusinessDay(last));
    let forecast = |row: rows::Forecast| Forecast {
        date: row.day.0,
        store_id: row.store.0,
        predicted_demand: row.demand.map(|demand| demand.to_string()),
        confidence: row.interval,
        model_version: row.model,
        created_at: row.made_at,
    };
    let forecasts = rows::latest(&mut tx, viewer.org, id, within, days).await?.into_iter().map(forecast).collect();
    let engine = Missing::Forecasting.engine("shown are the rows that lie in the table, if any.");
    Ok(Json(Forecasts { product_id: id, horizon: query.horizon, forecasts, engine, as_of: now }))
}

/// What to forecast.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForecastRequest {
    /// 1 to 1000 products.
    pub product_ids: Vec<Uuid>,
    /// Days, 1 to 365; 14 without.
    #[schema(minimum = 1, maximum = 365)]
    pub horizon: Option<u32>,
    /// What the engine may be told beside.
    #[serde(default)]
    pub parameters: Map<String, Value>,
}

/// A job that began.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ForecastJob {
    /// The job.
    pub job_id: Uuid,
    /// How far it is.
    #[schema(example = "queued")]
    pub status: String,
}

/// Makes forecasts: refused with `engine-not-installed` while this hub has no engine for it.
#[utoipa::path(post, path = "/forecasts/generate", tag = "forecasts", request_body = ForecastRequest,
    responses((status = 202, body = ForecastJob, description = "With an engine: the job that began"), Problem),
    security(("session" = ["forecasts.write"]), ("bearer" = ["forecasts.write"])))]
pub(crate) async fn generate_forecasts(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(request): Body<ForecastRequest>,
) -> Result<(StatusCode, Json<ForecastJob>), Problem> {
    if let Some(days) = request.horizon.filter(|days| !(1..=365).contains(days)) {
        return Err(Problem::parameter("horizon", &days.to_string(), "1 to 365 days"));
    }
    known_products(&mut hub.store.begin_read(viewer.org).await?, viewer.org, &request.product_ids).await?;
    Err(Missing::Forecasting.refusal())
}
