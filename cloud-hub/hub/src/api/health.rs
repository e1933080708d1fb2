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
use vyavs_store::outboxes::{self, Waiting};
use vyavs_store::{meta, mirror, series};

use super::HubState;
use super::overview::count;
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

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
    /// Since when it is called, or is not.
    pub since: Timestamp,
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

impl Outside {
    fn of(view: BreakerView, now: Timestamp) -> Self {
        Self {
            since: now.checked_sub(view.standing).unwrap_or(Timestamp::MIN),
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

/// What waits to leave the hub, for people and programs of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Leaving {
    /// `mail` or `webhooks`.
    #[schema(example = "mail")]
    pub name: String,
    /// How many wait.
    #[schema(minimum = 0)]
    pub waiting: i64,
    /// When the one that waits longest was made; null when none waits.
    #[schema(required)]
    pub oldest: Option<Timestamp>,
    /// Of these, how many were tried and did not get through; they are tried again.
    #[schema(minimum = 0)]
    pub failing: i64,
    /// Why the last of them waits, where it waits for a reason: a failure, or that there is no mail server.
    #[schema(required)]
    pub last_error: Option<String>,
}

impl Leaving {
    fn of(name: &str, waiting: Waiting) -> Self {
        Self {
            name: name.to_owned(),
            waiting: count(waiting.count),
            oldest: waiting.oldest,
            failing: count(waiting.failing),
            last_error: waiting.last_error,
        }
    }
}

/// How the hub's parts stand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HealthDetail {
    /// `ok`, or `degraded` while something outside is left alone or does not take what is sent: answers are right then, but slower
    /// or later.
    #[schema(example = "ok")]
    pub status: String,
    /// `sqlite` or `postgres`.
    #[schema(example = "postgres")]
    pub database: String,
    /// The cache.
    pub cache: CacheHealth,
    /// What is outside of the hub.
    pub outside: Vec<Outside>,
    /// What waits to leave the hub.
    pub leaving: Vec<Leaving>,
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
pub(crate) async fn health(State(hub): State<HubState>, viewer: Viewer) -> Answer<HealthDetail> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read_hub().await?;
    let waiting = series::backlog(&mut tx).await?;
    let (to_copy, oldest_to_copy) = mirror::backlog(&mut tx).await?;
    let cache = hub.cache.view();
    let others = hub.outside.iter().map(Breaker::view);
    let outside: Vec<Outside> = cache.breaker.into_iter().chain(others).map(|view| Outside::of(view, now)).collect();
    let leaving = vec![
        Leaving::of("mail", outboxes::mails(&mut tx, viewer.org).await?),
        Leaving::of("webhooks", outboxes::webhooks(&mut tx, viewer.org).await?),
    ];
    let fine = outside.iter().all(|one| one.state == CallState::Closed) && leaving.iter().all(|one| one.failing == 0);
    Ok(Json(HealthDetail {
        status: if fine { "ok" } else { "degraded" }.to_owned(),
        database: hub.store.engine().to_owned(),
        cache: CacheHealth {
            kind: cache.kind.to_owned(),
            hits: cache.hits.cast_signed(),
            fills: cache.fills.cast_signed(),
        },
        outside,
        leaving,
        minutes_to_roll_up: count(waiting),
        readings_to_copy: count(to_copy),
        oldest_to_copy,
        as_of: now,
    }))
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "hub",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)), security(()))]
pub(crate) async fn openapi_json() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], super::openapi())
}
