//! `/api/v1/identity-providers`: the sign-in services of the organization (OpenID Connect).

mod shapes;

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_signin::oidc::Config;
use vyavs_store::identity_providers::{self as rows, IdentityProvider as Row};
use vyavs_store::{Tx, reach};
use vyavs_vault::Place;

pub use self::shapes::{
    Admits, ClientMethod, IdentityProvider, IdentityProviderChange, IdentityProviders, NewIdentityProvider,
};
use super::change::Told;
use super::params::{Body, IdPath};
use super::people::{may_grant, set_reach};
use super::problem::{Answer, Problem};
use super::version::{etag, expected};
use super::viewer::Viewer;
use super::{Hub, HubState};
use crate::access::Role;
use crate::identity::secrets;

const SECRET: Place<'static> = Place::new("identity_providers", "secret");

impl From<secrets::SecretsError> for Problem {
    fn from(error: secrets::SecretsError) -> Self {
        match error {
            secrets::SecretsError::Store(error) => error.into(),
            error => Self::Internal(error.into()),
        }
    }
}

/// Where the browser comes back to: one address for each service, so that no answer of one passes for another's.
fn redirect_uri(hub: &Hub, id: Uuid) -> String {
    format!("{}/api/v1/auth/oidc/{id}/callback", hub.address.base_url)
}

async fn secret(tx: &mut Tx<'_>, hub: &Hub, row: &Row) -> Result<Option<String>, Problem> {
    let Some(sealed) = &row.secret else { return Ok(None) };
    let id = row.id.to_string();
    Ok(Some(secrets::unseal(tx, &hub.vault, row.org, (&SECRET.row(&id), sealed)).await?))
}

/// The hub's registration at a service.
pub(super) async fn registration(hub: &Hub, row: &Row) -> Result<Config, Problem> {
    let secret = secret(&mut hub.store.begin_read(row.org).await?, hub, row).await?;
    let secret = ClientMethod::of(row).secret(secret.unwrap_or_default());
    Ok(Config::new(&row.issuer, &row.client_id, secret, &redirect_uri(hub, row.id)))
}

fn shape(hub: &Hub, row: &Row, stores: &BTreeSet<StoreId>) -> IdentityProvider {
    IdentityProvider {
        id: row.id,
        name: row.name.clone(),
        issuer: row.issuer.clone(),
        client_id: row.client_id.clone(),
        method: ClientMethod::of(row),
        has_secret: row.secret.is_some(),
        domains: row.domains.split_whitespace().map(str::to_owned).collect(),
        admits: if row.admits == "domain" { Admits::Domain } else { Admits::Invited },
        // A role of a newer hub: shown as the least.
        role: row.role.parse().unwrap_or(Role::Viewer),
        all_stores: row.everywhere,
        store_ids: stores.iter().map(|store| store.0).collect(),
        redirect_uri: redirect_uri(hub, row.id),
        disabled_at: row.disabled_at,
        created_at: row.created_at,
        as_of: hub.clock.now(),
    }
}

fn answer(status: StatusCode, hub: &Hub, row: &Row, stores: &BTreeSet<StoreId>) -> Response {
    (status, etag(row.version), Json(shape(hub, row, stores))).into_response()
}

/// What the audit log says: all but the secret.
fn said(hub: &Hub, row: &Row, stores: &BTreeSet<StoreId>) -> Value {
    let mut said = json!(shape(hub, row, stores));
    said["as_of"].take();
    said
}

async fn read(tx: &mut Tx<'_>, viewer: &Viewer, id: Uuid) -> Result<(Row, BTreeSet<StoreId>), Problem> {
    let row = rows::get(tx, viewer.org, id).await?.ok_or(Problem::NotFound("sign-in service"))?;
    let stores = reach::stores(tx, viewer.org, id).await?;
    Ok((row, stores))
}

/// The sign-in services of the organization.
#[utoipa::path(get, path = "/identity-providers", tag = "keys",
    responses((status = 200, body = IdentityProviders), Problem),
    security(("session" = ["keys.write"]), ("bearer" = ["keys.write"])))]
pub(crate) async fn identity_providers(State(hub): State<HubState>, viewer: Viewer) -> Answer<IdentityProviders> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let all = reach::all(&mut tx, viewer.org).await?;
    let of = |id: Uuid| all.iter().filter(|(holder, _)| *holder == id).map(|(_, store)| *store).collect();
    let rows = rows::list(&mut tx, viewer.org).await?;
    let identity_providers = rows.iter().map(|row| shape(&hub, row, &of(row.id))).collect();
    Ok(Json(IdentityProviders { identity_providers, as_of: hub.clock.now() }))
}

/// One sign-in service.
#[utoipa::path(get, path = "/identity-providers/{id}", tag = "keys",
    params(("id" = Uuid, Path, description = "The service")),
    responses((status = 200, body = IdentityProvider, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["keys.write"]), ("bearer" = ["keys.write"])))]
pub(crate) async fn identity_provider(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let (row, stores) = read(&mut hub.store.begin_read(viewer.org).await?, &viewer, id).await?;
    Ok(answer(StatusCode::OK, &hub, &row, &stores))
}

/// Adds a sign-in service; the hub asks it nothing until somebody signs in there.
#[utoipa::path(post, path = "/identity-providers", tag = "keys", request_body = NewIdentityProvider,
    responses((status = 201, body = IdentityProvider, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["keys.write", "step-up"]), ("bearer" = ["keys.write", "step-up"])))]
pub(crate) async fn create_identity_provider(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewIdentityProvider>,
) -> Result<Response, Problem> {
    may_grant(&viewer, new.role)?;
    let (now, id) = (hub.clock.now(), Uuid::new_v4());
    let mut row = Row {
        id,
        org: viewer.org,
        name: new.name.trim().to_owned(),
        issuer: new.issuer,
        client_id: new.client_id.trim().to_owned(),
        method: new.method.as_str().to_owned(),
        secret: None,
        domains: shapes::domains(&new.domains)?,
        admits: new.admits.as_str().to_owned(),
        role: new.role.as_str().to_owned(),
        everywhere: new.all_stores,
        created_at: now,
        disabled_at: None,
        version: 1,
    };
    shapes::usable(&row, new.client_secret.as_deref(), &redirect_uri(&hub, id))?;
    let mut change = hub.change(&viewer).await?;
    if let Some(text) = &new.client_secret {
        let key = id.to_string();
        let place = SECRET.row(&key);
        row.secret = Some(secrets::seal(&mut change.tx, &hub.vault, viewer.org, (&place, text), now).await?);
    }
    rows::insert(&mut change.tx, &row).await?;
    let stores = set_reach(&mut change.tx, &viewer, id, (new.all_stores, &new.store_ids)).await?;
    let after = said(&hub, &row, &stores);
    change.commit(Told::new("identity_providers.create", id).after(&after)).await?;
    Ok(answer(StatusCode::CREATED, &hub, &row, &stores))
}

/// Changes a sign-in service. Who is signed in stays signed in.
#[utoipa::path(patch, path = "/identity-providers/{id}", tag = "keys", request_body = IdentityProviderChange,
    params(("id" = Uuid, Path, description = "The service"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = IdentityProvider, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["keys.write", "step-up"]), ("bearer" = ["keys.write", "step-up"])))]
pub(crate) async fn change_identity_provider(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
    Body(request): Body<IdentityProviderChange>,
) -> Result<Response, Problem> {
    let (version, now) = (expected(&headers, "a sign-in service")?, hub.clock.now());
    let mut change = hub.change(&viewer).await?;
    let (row, stores_before) = read(&mut change.tx, &viewer, id).await?;
    let mut next = Row { version, ..row.clone() };
    let trimmed = |text: String| text.trim().to_owned();
    next.name = request.name.map_or(next.name, trimmed);
    next.client_id = request.client_id.map_or(next.client_id, trimmed);
    next.issuer = request.issuer.unwrap_or(next.issuer);
    next.method = request.method.map_or(next.method, |method| method.as_str().to_owned());
    next.admits = request.admits.map_or(next.admits, |admits| admits.as_str().to_owned());
    if let Some(domains) = &request.domains {
        next.domains = shapes::domains(domains)?;
    }
    if let Some(role) = request.role {
        may_grant(&viewer, role)?;
        role.as_str().clone_into(&mut next.role);
    }
    if let Some(disabled) = request.disabled {
        next.disabled_at = disabled.then(|| row.disabled_at.unwrap_or(now));
    }
    let known = secret(&mut change.tx, &hub, &row).await?;
    let plain = request.client_secret.clone().unwrap_or(known);
    shapes::usable(&next, plain.as_deref(), &redirect_uri(&hub, id))?;
    match request.client_secret {
        None => {}
        Some(None) => next.secret = None,
        Some(Some(text)) => {
            let key = id.to_string();
            let place = SECRET.row(&key);
            next.secret = Some(secrets::seal(&mut change.tx, &hub.vault, viewer.org, (&place, &text), now).await?);
        }
    }
    let stores = match (request.all_stores, &request.store_ids) {
        (None, None) => stores_before.clone(),
        (all, some) => {
            next.everywhere = all.unwrap_or(false);
            set_reach(&mut change.tx, &viewer, id, (next.everywhere, some.as_deref().unwrap_or(&[]))).await?
        }
    };
    if !rows::change(&mut change.tx, &next).await? {
        return Err(Problem::Stale("the sign-in service"));
    }
    next.version += 1;
    let told = Told::new("identity_providers.change", id);
    change.commit(told.before(&said(&hub, &row, &stores_before)).after(&said(&hub, &next, &stores))).await?;
    Ok(answer(StatusCode::OK, &hub, &next, &stores))
}

/// Takes a sign-in service away: nobody signs in through it any more. The people stay.
#[utoipa::path(delete, path = "/identity-providers/{id}", tag = "keys",
    params(("id" = Uuid, Path, description = "The service")), responses((status = 204, description = "Gone"), Problem),
    security(("session" = ["keys.write", "step-up"]), ("bearer" = ["keys.write", "step-up"])))]
pub(crate) async fn delete_identity_provider(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let mut change = hub.change(&viewer).await?;
    let (row, stores) = read(&mut change.tx, &viewer, id).await?;
    rows::delete(&mut change.tx, viewer.org, id).await?;
    reach::set(&mut change.tx, viewer.org, id, &BTreeSet::new()).await?;
    change.commit(Told::new("identity_providers.delete", id).before(&said(&hub, &row, &stores))).await?;
    Ok(StatusCode::NO_CONTENT)
}
