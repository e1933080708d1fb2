//! `/api/v1/webhooks`: other systems that are called about what happens.

pub mod deliveries;
mod shapes;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_rules::webhook::signature::Secret;
use vyavs_store::Tx;
use vyavs_store::webhooks::deliveries::{self as calls, Event};
use vyavs_store::webhooks::{self as rows, Endpoint};

pub use self::shapes::{EventKind, MadeSecret, NewWebhook, QueuedDelivery, Webhook, WebhookChange, Webhooks};
use super::change::Told;
use super::params::{Body, IdPath, label};
use super::problem::{Answer, Problem};
use super::version::{etag, expected};
use super::viewer::Viewer;
use super::{Hub, HubState};
use crate::identity::random;
use crate::messages::webhooks::OVERLAP;

fn shown(row: &Endpoint, as_of: Timestamp) -> Webhook {
    Webhook {
        id: row.id,
        name: row.name.clone(),
        url: row.url.clone(),
        events: row.events.clone(),
        enabled: row.enabled,
        off_reason: row.off_reason.clone(),
        failures: row.failures,
        paused_until: row.paused_until.filter(|until| *until > as_of),
        old_secret_until: row.old_secret.as_ref().map(|(_, until)| *until).filter(|until| *until > as_of),
        created_at: row.created_at,
        as_of,
    }
}

/// For the audit log.
fn said(row: &Endpoint) -> Value {
    json!({"name": row.name, "url": row.url, "events": row.events, "enabled": row.enabled})
}

async fn find(tx: &mut Tx<'_>, viewer: &Viewer, id: Uuid) -> Result<Endpoint, Problem> {
    rows::get(tx, viewer.org, id).await?.ok_or(Problem::NotFound("webhook"))
}

fn events(kinds: &[EventKind]) -> Vec<String> {
    let mut kinds = kinds.to_vec();
    kinds.sort();
    kinds.dedup();
    kinds.into_iter().map(|kind| kind.as_str().to_owned()).collect()
}

impl Hub {
    fn checked_url(&self, url: &str) -> Result<String, Problem> {
        let checked = self.messages.webhook_policy().check(url);
        checked.map(String::from).map_err(|error| Problem::parameter("url", url, format!("allowed: {error}")))
    }
}

/// Whoever tells others of all stores must see all stores.
fn sees_all(viewer: &Viewer) -> Result<(), Problem> {
    match viewer.everywhere {
        true => Ok(()),
        false => Err(Problem::Forbidden { needs: "a reach of all stores, for a webhook is told of all of them" }),
    }
}

fn fresh() -> Result<Secret, Problem> {
    Ok(Secret::new(random::<32>().map_err(|error| Problem::Internal(error.into()))?))
}

/// The webhooks of the organization.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", responses((status = 200, body = Webhooks), Problem),
    security(("session" = ["webhooks.read"]), ("bearer" = ["webhooks.read"])))]
pub(crate) async fn webhooks(State(hub): State<HubState>, viewer: Viewer) -> Answer<Webhooks> {
    let now = hub.clock.now();
    let rows = rows::list(&mut hub.store.begin_read(viewer.org).await?, viewer.org).await?;
    Ok(Json(Webhooks { webhooks: rows.iter().map(|row| shown(row, now)).collect(), as_of: now }))
}

/// One webhook.
#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook")),
    responses((status = 200, body = Webhook, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["webhooks.read"]), ("bearer" = ["webhooks.read"])))]
pub(crate) async fn webhook(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let row = find(&mut hub.store.begin_read(viewer.org).await?, &viewer, id).await?;
    Ok((etag(row.version), Json(shown(&row, hub.clock.now()))).into_response())
}

/// Adds a webhook; its secret is shown this once.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, body = MadeSecret), Problem),
    security(("session" = ["webhooks.write", "step-up"]), ("bearer" = ["webhooks.write", "step-up"])))]
pub(crate) async fn create_webhook(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewWebhook>,
) -> Result<(StatusCode, Json<MadeSecret>), Problem> {
    sees_all(&viewer)?;
    let now = hub.clock.now();
    let (name, url) = (label("name", &new.name, 120)?, hub.checked_url(&new.url)?);
    let (id, secret) = (Uuid::now_v7(), fresh()?);
    let mut change = hub.change(&viewer).await?;
    let row = Endpoint {
        id,
        org: viewer.org,
        name: name.to_owned(),
        url,
        events: events(&new.events),
        secret: hub.messages.seal_secret(&mut change.tx, (viewer.org, id), &secret).await?,
        old_secret: None,
        enabled: true,
        off_reason: None,
        failures: 0,
        paused_until: None,
        version: 1,
        created_by: viewer.actor.id(),
        created_at: now,
    };
    rows::insert(&mut change.tx, &row).await?;
    change.commit(Told::new("webhooks.create", id).after(&said(&row))).await?;
    let made = MadeSecret { secret: secret.reveal().to_owned(), webhook: shown(&row, now), as_of: now };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Changes a webhook, or switches it on or off. One that rested is tried afresh.
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "webhooks", request_body = WebhookChange,
    params(("id" = Uuid, Path, description = "The webhook"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = Webhook, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["webhooks.write", "step-up"]), ("bearer" = ["webhooks.write", "step-up"])))]
pub(crate) async fn change_webhook(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
    Body(to): Body<WebhookChange>,
) -> Result<Response, Problem> {
    sees_all(&viewer)?;
    let version = expected(&headers, "a webhook")?;
    let mut change = hub.change(&viewer).await?;
    let before = find(&mut change.tx, &viewer, id).await?;
    let mut row = Endpoint { version, ..before.clone() };
    if let Some(name) = &to.name {
        label("name", name, 120)?.clone_into(&mut row.name);
    }
    if let Some(url) = &to.url {
        row.url = hub.checked_url(url)?;
    }
    if let Some(kinds) = &to.events {
        row.events = events(kinds);
    }
    row.enabled = to.enabled.unwrap_or(row.enabled);
    if !rows::change(&mut change.tx, &row).await? {
        return Err(Problem::Stale("the webhook"));
    }
    row = find(&mut change.tx, &viewer, id).await?;
    change.commit(Told::new("webhooks.change", id).before(&said(&before)).after(&said(&row))).await?;
    hub.messages.ring();
    Ok((etag(row.version), Json(shown(&row, hub.clock.now()))).into_response())
}

/// Takes a webhook away, with all that was to be sent to it.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook")),
    responses((status = 204, description = "Gone"), Problem),
    security(("session" = ["webhooks.write", "step-up"]), ("bearer" = ["webhooks.write", "step-up"])))]
pub(crate) async fn delete_webhook(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let mut change = hub.change(&viewer).await?;
    let before = find(&mut change.tx, &viewer, id).await?;
    rows::delete(&mut change.tx, viewer.org, id).await?;
    change.commit(Told::new("webhooks.delete", id).before(&said(&before))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a webhook a new secret, which is shown this once. For 24 hours calls are signed with the one before, too.
#[utoipa::path(post, path = "/webhooks/{id}/secret", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook")),
    responses((status = 201, body = MadeSecret), Problem),
    security(("session" = ["webhooks.write", "step-up"]), ("bearer" = ["webhooks.write", "step-up"])))]
pub(crate) async fn renew_secret(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<(StatusCode, Json<MadeSecret>), Problem> {
    sees_all(&viewer)?;
    let (now, secret) = (hub.clock.now(), fresh()?);
    let mut change = hub.change(&viewer).await?;
    find(&mut change.tx, &viewer, id).await?;
    let sealed = hub.messages.seal_secret(&mut change.tx, (viewer.org, id), &secret).await?;
    let until = now.saturating_add(OVERLAP).unwrap_or(Timestamp::MAX);
    rows::set_secret(&mut change.tx, viewer.org, id, sealed, until).await?;
    let row = find(&mut change.tx, &viewer, id).await?;
    change.commit(Told::new("webhooks.secret", id)).await?;
    let made = MadeSecret { secret: secret.reveal().to_owned(), webhook: shown(&row, now), as_of: now };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Sends a webhook an event `webhook.test`, whatever it asked for.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook")),
    responses((status = 202, body = QueuedDelivery), Problem),
    security(("session" = ["webhooks.write"]), ("bearer" = ["webhooks.write"])))]
pub(crate) async fn test_webhook(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<(StatusCode, Json<QueuedDelivery>), Problem> {
    let now = hub.clock.now();
    let mut change = hub.change(&viewer).await?;
    let row = find(&mut change.tx, &viewer, id).await?;
    if !row.enabled {
        return Err(Problem::Conflict("this webhook is switched off; switch it on first".to_owned()));
    }
    let data = json!({"message": "This is a test."});
    let event = Event { id: Uuid::new_v4(), kind: "webhook.test".to_owned(), store: None, at: now, data };
    let (delivery_id, _) = calls::send(&mut change.tx, viewer.org, id, &event).await?;
    change.commit(Told::new("webhooks.test", id)).await?;
    hub.messages.ring();
    Ok((StatusCode::ACCEPTED, Json(QueuedDelivery { delivery_id, as_of: now })))
}
