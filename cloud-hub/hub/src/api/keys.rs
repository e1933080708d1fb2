//! `/api/v1/api-keys`: keys of machines.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_signin::machine::ApiKey;
use vyavs_store::machine_keys::{self, Kind, MachineKey};
use vyavs_store::reach;

use super::change::Told;
use super::machine::{Granted, Machine, NewMachine, granted};
use super::params::{Body, IdPath};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use super::{Hub, HubState};
use crate::identity;

/// All keys of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Keys {
    /// Newest first.
    pub keys: Vec<Machine>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A new key. It is shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeKey {
    /// For `Authorization: Bearer`.
    #[schema(example = "vyk_3zr8d1s9tq6w2x0b_…")]
    pub key: String,
    /// What it is.
    pub details: Machine,
    /// When it was made.
    pub as_of: Timestamp,
}

/// All machines of one kind.
pub(super) async fn machines(hub: &Hub, viewer: &Viewer, kind: Kind) -> Result<Vec<Machine>, Problem> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let all = reach::all(&mut tx, viewer.org).await?;
    let of = |id: Uuid| all.iter().filter(|(holder, _)| *holder == id).map(|(_, store)| store.0).collect();
    let keys = machine_keys::list(&mut tx, viewer.org, kind).await?;
    Ok(keys.iter().map(|key| Machine::of(key, of(key.id))).collect())
}

/// Makes a machine; `issue` gives what it is found by, the digest of its secret, and what is shown once.
pub(super) async fn make<T>(
    hub: &Hub,
    viewer: &Viewer,
    new: &NewMachine,
    (kind, action): (Kind, &'static str),
    issue: impl FnOnce(&Granted) -> Result<(String, Vec<u8>, T), Problem>,
) -> Result<(Machine, T), Problem> {
    let person = viewer.person()?;
    let mut change = hub.change(viewer).await?;
    let granted = granted(hub, viewer, &mut change.tx, new).await?;
    let (public_id, hash, shown) = issue(&granted)?;
    let key = MachineKey {
        id: Uuid::new_v4(),
        org: viewer.org,
        kind,
        public_id,
        name: granted.name,
        hash,
        permissions: granted.scopes.to_string(),
        everywhere: new.all_stores,
        created_by: person.user,
        created_at: hub.clock.now(),
        expires_at: Some(new.expires_at),
        last_used_at: None,
        revoked_at: None,
    };
    machine_keys::insert(&mut change.tx, &key).await?;
    reach::set(&mut change.tx, viewer.org, key.id, &granted.stores).await?;
    let details = Machine::of(&key, granted.stores.iter().map(|store| store.0).collect());
    change.commit(Told::new(action, key.id).after(&details)).await?;
    Ok((details, shown))
}

/// Makes a machine of one kind good for nothing, from now on.
pub(super) async fn revoke(
    hub: &Hub,
    viewer: &Viewer,
    id: Uuid,
    (kind, action): (Kind, &'static str),
) -> Result<StatusCode, Problem> {
    let mut change = hub.change(viewer).await?;
    let found = machine_keys::get(&mut change.tx, viewer.org, id).await?.filter(|key| key.kind == kind);
    found.ok_or(Problem::NotFound(if kind == Kind::Key { "key" } else { "client" }))?;
    machine_keys::revoke(&mut change.tx, viewer.org, id, hub.clock.now()).await?;
    change.commit(Told::new(action, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The keys of machines; a key itself is shown only when it is made.
#[utoipa::path(get, path = "/api-keys", tag = "keys", responses((status = 200, body = Keys), Problem),
    security(("session" = ["keys.write"]), ("bearer" = ["keys.write"])))]
pub(crate) async fn keys(State(hub): State<HubState>, viewer: Viewer) -> Answer<Keys> {
    Ok(Json(Keys { keys: machines(&hub, &viewer, Kind::Key).await?, as_of: hub.clock.now() }))
}

/// Makes a key.
#[utoipa::path(post, path = "/api-keys", tag = "keys", request_body = NewMachine,
    responses((status = 201, body = MadeKey), Problem),
    security(("session" = ["keys.write", "step-up"]), ("bearer" = ["keys.write", "step-up"])))]
pub(crate) async fn create_key(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewMachine>,
) -> Result<(StatusCode, Json<MadeKey>), Problem> {
    let now = hub.clock.now();
    let random = identity::random().map_err(|error| Problem::Internal(error.into()))?;
    let issue = |granted: &Granted| {
        let (text, key) = ApiKey::issue(granted.scopes.clone(), Some(new.expires_at), random, now);
        Ok((key.id, key.digest.as_bytes().to_vec(), text))
    };
    let (details, key) = make(&hub, &viewer, &new, (Kind::Key, "keys.create"), issue).await?;
    Ok((StatusCode::CREATED, Json(MadeKey { key, details, as_of: now })))
}

/// Makes a key good for nothing, from now on.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "keys", params(("id" = Uuid, Path, description = "The key")),
    responses((status = 204, description = "Revoked"), Problem),
    security(("session" = ["keys.write", "step-up"]), ("bearer" = ["keys.write", "step-up"])))]
pub(crate) async fn revoke_key(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    revoke(&hub, &viewer, id, (Kind::Key, "keys.revoke")).await
}
