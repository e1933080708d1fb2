//! `GET /api/v1/healthz` and `GET /api/v1/openapi.json`: open to all, and they say nothing about anybody.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vyavs_store::meta;

use super::HubState;
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

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "hub",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)), security(()))]
pub(crate) async fn openapi_json() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], super::openapi())
}
