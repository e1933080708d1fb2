//! `/api/v1/notification-routes`: who is told of which alerts, when, and who next if nobody answers.

mod shapes;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_rules::route::{Recipient, Route, RouteId, Target};
use vyavs_store::routes::{self as rows, Stored};
use vyavs_store::{Tx, users, webhooks};

pub use self::shapes::{
    AlertRoute, AlertRoutes, Channel, QuietHours, RouteChange, RouteDefinition, RouteMatch, RouteStep, RouteTarget,
};
use super::HubState;
use super::change::Told;
use super::params::{Body, IdPath};
use super::problem::{Answer, Problem};
use super::version::{etag, expected};
use super::viewer::Viewer;
use crate::access::Role;

/// A route that this caller may see. One that names stores beyond the reach is not there.
async fn find(tx: &mut Tx<'_>, viewer: &Viewer, id: Uuid) -> Result<Stored, Problem> {
    let row = rows::get(tx, viewer.org, id).await?.ok_or(Problem::NotFound("route"))?;
    match sees(tx, viewer, &row.route).await? {
        true => Ok(row),
        false => Err(Problem::NotFound("route")),
    }
}

async fn sees(tx: &mut Tx<'_>, viewer: &Viewer, route: &Route) -> Result<bool, Problem> {
    let reach = viewer.reach(tx).await?;
    Ok(reach.is_none_or(|reach| route.of.stores.iter().all(|store| reach.contains(store))))
}

fn answer(status: StatusCode, row: &Stored, as_of: jiff::Timestamp) -> Response {
    (status, etag(row.version), Json(AlertRoute::of(row, as_of))).into_response()
}

/// What was written, as a route whose stores, people, roles and webhooks there are.
async fn checked(tx: &mut Tx<'_>, viewer: &Viewer, id: Uuid, given: &RouteDefinition) -> Result<Route, Problem> {
    let route = given.route(RouteId(id))?;
    route.check().map_err(|faults| Problem::Body(faults.to_string()))?;
    if route.steps.len() > 10 || route.steps.iter().any(|step| step.to.len() > 50) {
        return Err(Problem::Body("steps: at most 10 steps, each to at most 50".to_owned()));
    }
    if route.of.stores.is_empty() && !viewer.everywhere {
        return Err(Problem::parameter("of.stores", "", "some of the stores that you reach, for you do not reach all"));
    }
    for store in &route.of.stores {
        let found = viewer.store(tx, StoreId(store.0)).await;
        found.map_err(|_| Problem::parameter("of.stores", &store.to_string(), "a list of stores that you reach"))?;
    }
    for (n, step) in route.steps.iter().enumerate() {
        for target in &step.to {
            there(tx, viewer, target, format!("steps[{n}].to")).await?;
        }
    }
    Ok(route)
}

/// Whether there is somebody at the end of a target.
async fn there(tx: &mut Tx<'_>, viewer: &Viewer, target: &Target, field: String) -> Result<(), Problem> {
    match target {
        Target::Webhook(endpoint) => {
            let found = webhooks::get(tx, viewer.org, *endpoint).await?;
            found.map(drop).ok_or_else(|| Problem::parameter(field, &endpoint.to_string(), "a webhook of /webhooks"))
        }
        Target::InApp(Recipient::Person(person)) | Target::Mail(Recipient::Person(person)) => {
            let found = users::get(tx, viewer.org, *person).await?;
            found
                .map(drop)
                .ok_or_else(|| Problem::parameter(field, &person.to_string(), "a person of the organization"))
        }
        Target::InApp(Recipient::Role(role)) | Target::Mail(Recipient::Role(role)) => {
            role.parse::<Role>().map(drop).map_err(|()| Problem::parameter(field, role, "a role of /roles"))
        }
    }
}

/// The routes of the organization.
#[utoipa::path(get, path = "/notification-routes", tag = "notifications",
    responses((status = 200, body = AlertRoutes), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn routes(State(hub): State<HubState>, viewer: Viewer) -> Answer<AlertRoutes> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let mut routes = Vec::new();
    for row in rows::list(&mut tx, viewer.org).await? {
        if sees(&mut tx, &viewer, &row.route).await? {
            routes.push(AlertRoute::of(&row, now));
        }
    }
    Ok(Json(AlertRoutes { routes, as_of: now }))
}

/// One route.
#[utoipa::path(get, path = "/notification-routes/{id}", tag = "notifications",
    params(("id" = Uuid, Path, description = "The route")),
    responses((status = 200, body = AlertRoute, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn route(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let row = find(&mut hub.store.begin_read(viewer.org).await?, &viewer, id).await?;
    Ok(answer(StatusCode::OK, &row, hub.clock.now()))
}

/// Adds a route. Alerts that open or change from now on are told by it.
#[utoipa::path(post, path = "/notification-routes", tag = "notifications", request_body = RouteDefinition,
    responses((status = 201, body = AlertRoute, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn create_route(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<RouteDefinition>,
) -> Result<Response, Problem> {
    let (now, id) = (hub.clock.now(), Uuid::now_v7());
    let mut change = hub.change(&viewer).await?;
    let route = checked(&mut change.tx, &viewer, id, &new).await?;
    let row = Stored { route, org: viewer.org, enabled: new.enabled, version: 1, created_at: now };
    rows::insert(&mut change.tx, &row).await?;
    change.commit(Told::new("notification_routes.create", id).after(&row.route)).await?;
    Ok(answer(StatusCode::CREATED, &row, now))
}

/// Changes a route. What was planned by it before is told as it was planned.
#[utoipa::path(patch, path = "/notification-routes/{id}", tag = "notifications", request_body = RouteChange,
    params(("id" = Uuid, Path, description = "The route"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = AlertRoute, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn change_route(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
    Body(to): Body<RouteChange>,
) -> Result<Response, Problem> {
    let version = expected(&headers, "a route")?;
    let mut change = hub.change(&viewer).await?;
    let before = find(&mut change.tx, &viewer, id).await?;
    let to = to.applied(AlertRoute::of(&before, before.created_at).route);
    let route = checked(&mut change.tx, &viewer, id, &to).await?;
    let mut row = Stored { route, enabled: to.enabled, version, ..before.clone() };
    if !rows::change(&mut change.tx, &row).await? {
        return Err(Problem::Stale("the route"));
    }
    row.version += 1;
    let told = Told::new("notification_routes.change", id).before(&before.route).after(&row.route);
    change.commit(told).await?;
    Ok(answer(StatusCode::OK, &row, hub.clock.now()))
}

/// Takes a route away. What was planned by it before is told as it was planned.
#[utoipa::path(delete, path = "/notification-routes/{id}", tag = "notifications",
    params(("id" = Uuid, Path, description = "The route")),
    responses((status = 204, description = "Gone"), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn delete_route(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let mut change = hub.change(&viewer).await?;
    let before = find(&mut change.tx, &viewer, id).await?;
    rows::delete(&mut change.tx, viewer.org, id).await?;
    change.commit(Told::new("notification_routes.delete", id).before(&before.route)).await?;
    Ok(StatusCode::NO_CONTENT)
}
