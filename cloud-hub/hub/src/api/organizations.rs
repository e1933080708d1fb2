//! `/api/v1/organizations/{id}`: the tenant itself.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_store::orgs;

use super::HubState;
use super::change::Told;
use super::params::{Body, IdPath, label};
use super::problem::Problem;
use super::version::{etag, expected};
use super::viewer::Viewer;

/// The organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    /// Its id.
    pub id: Uuid,
    /// For people.
    #[schema(example = "Example Retail")]
    pub name: String,
    /// What it trades in.
    #[schema(required, example = "grocery")]
    pub industry: Option<String>,
    /// Its settings, as given.
    pub config: serde_json::Map<String, serde_json::Value>,
    /// Since when the hub knows it.
    pub created_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

/// What of an organization may be changed; what is absent stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationChange {
    /// 1 to 120 characters.
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub industry: Option<String>,
}

fn answer(org: orgs::Organization, as_of: Timestamp) -> Response {
    let tag = etag(org.version);
    let config = match org.config {
        serde_json::Value::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    let body = Organization {
        id: org.id.0,
        name: org.name,
        industry: org.industry,
        config,
        created_at: org.created_at,
        as_of,
    };
    (tag, Json(body)).into_response()
}

/// The organization: nobody sees another than the own.
#[utoipa::path(get, path = "/organizations/{id}", tag = "organizations",
    params(("id" = Uuid, Path, description = "The organization")),
    responses((status = 200, body = Organization, headers(("ETag" = String, description = "Its version"))), Problem),
    security(("session" = ["organization.read"]), ("bearer" = ["organization.read"])))]
pub(crate) async fn organization(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    if id != viewer.org.0 {
        return Err(Problem::NotFound("organization"));
    }
    let found = orgs::get(&mut hub.store.begin_read(viewer.org).await?, viewer.org).await?;
    Ok(answer(found.ok_or(Problem::NotFound("organization"))?, hub.clock.now()))
}

/// Changes name or industry.
#[utoipa::path(patch, path = "/organizations/{id}", tag = "organizations", request_body = OrganizationChange,
    params(("id" = Uuid, Path, description = "The organization"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = Organization, headers(("ETag" = String, description = "Its version"))), Problem),
    security(("session" = ["organization.write", "step-up"]), ("bearer" = ["organization.write", "step-up"])))]
pub(crate) async fn change_organization(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
    Body(request): Body<OrganizationChange>,
) -> Result<Response, Problem> {
    if id != viewer.org.0 {
        return Err(Problem::NotFound("organization"));
    }
    let (version, now) = (expected(&headers, "an organization")?, hub.clock.now());
    let mut change = hub.change(&viewer).await?;
    let before = orgs::get(&mut change.tx, viewer.org).await?.ok_or(Problem::NotFound("organization"))?;
    let name = request.name.as_deref().map(|name| label("name", name, 120)).transpose()?.unwrap_or(&before.name);
    let industry = request.industry.as_deref().map(|text| label("industry", text, 100)).transpose()?;
    let industry = industry.or(before.industry.as_deref());
    if !orgs::change(&mut change.tx, viewer.org, version, (name, industry), now).await? {
        return Err(Problem::Stale("the organization"));
    }
    let after = orgs::get(&mut change.tx, viewer.org).await?.ok_or(Problem::NotFound("organization"))?;
    let said = |org: &orgs::Organization| serde_json::json!({"name": org.name, "industry": org.industry});
    change.commit(Told::new("organizations.change", id).before(&said(&before)).after(&said(&after))).await?;
    Ok(answer(after, now))
}
