//! `GET /api/v1/healthz` and `GET /api/v1/openapi.json`: open to all, and they say nothing about anybody; and
//! `GET /api/v1/health`, which says how the hub's parts stand.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vyavs_service::breaker::{Breaker, BreakerState, BreakerView};
use vyavs_store::{meta, mirror, series};

use super::HubState;
use super::overview::count;
use super::problem::{Answer, Problem};

/// The hub can answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    pub status: String,
    /// Hub wall clock.
    pub as_of: Timestamp,
}

/// Whether the hub and its database answer.
#[utoipa::path(get, path = "/healthz", tag = "hub", responses((status = 200, body = Health), Problem), security(()))]
pub(crate) async fn healthz(State(hub): State<HubState>) -> Answer<Health> {
    // One row by its key: it shows that the database answers, and nothing else.
    meta::get(&mut hub.store.begin_read_hub().await?, "incarnation").await?;
    Ok(Json(Health { status: "ok".to_owned(), as_of: hub.clock.now() }))
}

/// Whether calls to an outside thing go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// They do.
    Closed,
    /// They are refused for a while: it failed too often.
    Open,
    /// One is on its way to see.
    Trying,
}

/// An outside thing that the hub leaves alone while it fails.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Outside {
    /// What it is.
    #[schema(example = "redis")]
    pub name: String,
    /// Whether it is called.
    pub state: CallState,
    /// Failures in a row.
    pub failures: u32,
    /// How often it was left alone since the hub started.
    #[schema(minimum = 0)]
    pub opened: i64,
    /// Milliseconds until it is called again.
    #[schema(minimum = 0)]
    pub resting_ms: i64,
    /// What the last failure said; null after a success.
    #[schema(required)]
    pub last_error: Option<String>,
}

impl From<BreakerView> for Outside {
    fn from(view: BreakerView) -> Self {
        Self {
            name: view.name,
            state: match view.state {
                BreakerState::Closed => CallState::Closed,
                BreakerState::Open => CallState::Open,
                BreakerState::Trying => CallState::Trying,
            },
            failures: view.failures,
            opened: view.opened.cast_signed(),
            resting_ms: i64::try_from(view.resting.as_millis()).unwrap_or(i64::MAX),
            last_error: view.last_error,
        }
    }
}

/// Answers that are asked for again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CacheHealth {
    /// `off`, `memory` or `redis`.
    #[schema(example = "memory")]
    pub kind: String,
    /// Answers that were there, since the hub started.
    #[schema(minimum = 0)]
    pub hits: i64,
    /// Answers that were made.
    #[schema(minimum = 0)]
    pub fills: i64,
}

/// How the hub's parts stand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HealthDetail {
    /// `ok`, or `degraded` while something outside is left alone: answers are right then, but slower or later.
    #[schema(example = "ok")]
    pub status: String,
    /// `sqlite` or `postgres`.
    #[schema(example = "postgres")]
    pub database: String,
    /// The cache.
    pub cache: CacheHealth,
    /// What is outside of the hub.
    pub outside: Vec<Outside>,
    /// Minutes of sensors that wait to be rolled up; curves read their readings until then.
    #[schema(minimum = 0)]
    pub minutes_to_roll_up: i64,
    /// Readings that wait for the time-series server they are copied to.
    #[schema(minimum = 0)]
    pub readings_to_copy: i64,
    /// When the oldest of these was measured; null when none waits.
    #[schema(required)]
    pub oldest_to_copy: Option<Timestamp>,
    /// Hub wall clock.
    pub as_of: Timestamp,
}

/// How the hub's parts stand.
#[utoipa::path(get, path = "/health", tag = "hub", responses((status = 200, body = HealthDetail), Problem),
    security(("session" = ["system.read"]), ("bearer" = ["system.read"])))]
pub(crate) async fn health(State(hub): State<HubState>) -> Answer<HealthDetail> {
    let mut tx = hub.store.begin_read_hub().await?;
    let waiting = series::backlog(&mut tx).await?;
    let (to_copy, oldest_to_copy) = mirror::backlog(&mut tx).await?;
    let cache = hub.cache.view();
    let others = hub.outside.iter().map(Breaker::view);
    let outside: Vec<Outside> = cache.breaker.into_iter().chain(others).map(Outside::from).collect();
    let fine = outside.iter().all(|one| one.state == CallState::Closed);
    Ok(Json(HealthDetail {
        status: if fine { "ok" } else { "degraded" }.to_owned(),
        database: hub.store.engine().to_owned(),
        cache: CacheHealth {
            kind: cache.kind.to_owned(),
            hits: cache.hits.cast_signed(),
            fills: cache.fills.cast_signed(),
        },
        outside,
        minutes_to_roll_up: count(waiting),
        readings_to_copy: count(to_copy),
        oldest_to_copy,
        as_of: hub.clock.now(),
    }))
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "hub",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)), security(()))]
pub(crate) async fn openapi_json() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], super::openapi())
}
