//! `/api/v1/api-keys`: keys of machines.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::machine_keys::{self, MachineKey};
use vyavs_store::reach;

use super::HubState;
use super::change::Told;
use super::machine::{KeyText, PEOPLE_ONLY, permissions};
use super::params::{Body, IdPath, label};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use crate::access::{Permission, Permissions};

/// A key, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its id: the first part of the key.
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "Nightly ERP export")]
    pub name: String,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// Whether it reaches all stores.
    pub all_stores: bool,
    /// The stores of its reach, when not all.
    pub store_ids: Vec<Uuid>,
    /// Who made it.
    pub created_by: Uuid,
    /// When.
    pub created_at: Timestamp,
    /// Until when it is good.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
    /// Since when it is good for nothing.
    #[schema(required)]
    pub revoked_at: Option<Timestamp>,
}

/// All keys of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Keys {
    /// Newest first.
    pub keys: Vec<Key>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A key to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for; 1 to 120 characters.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// What it may do: not more than whoever makes it, and nothing that is for people alone.
    #[schema(min_items = 1)]
    pub permissions: Vec<Permission>,
    /// Whether it reaches all stores.
    pub all_stores: bool,
    /// The stores of its reach, when not all.
    #[serde(default)]
    pub store_ids: Vec<Uuid>,
    /// Until when it is good; without, until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// A new key. It is shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeKey {
    /// For `Authorization: Bearer`.
    #[schema(example = "vyk_0199c0de00007000800000000000beef_…")]
    pub key: String,
    /// What is kept of it.
    pub details: Key,
    /// When it was made.
    pub as_of: Timestamp,
}

fn shown(key: &MachineKey, stores: Vec<Uuid>) -> Key {
    Key {
        id: key.id,
        name: key.name.clone(),
        permissions: permissions(key).iter().collect(),
        all_stores: key.everywhere,
        store_ids: stores,
        created_by: key.created_by.0,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
    }
}

/// The keys of the organization.
#[utoipa::path(get, path = "/api-keys", tag = "keys", responses((status = 200, body = Keys), Problem),
    security(("session" = ["keys.write"]), ("bearer" = ["keys.write"])))]
pub(crate) async fn keys(State(hub): State<HubState>, viewer: Viewer) -> Answer<Keys> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let all = reach::all(&mut tx, viewer.org).await?;
    let of = |id: Uuid| all.iter().filter(|(holder, _)| *holder == id).map(|(_, store)| store.0).collect();
    let keys = machine_keys::list(&mut tx, viewer.org).await?;
    Ok(Json(Keys { keys: keys.iter().map(|key| shown(key, of(key.id))).collect(), as_of: hub.clock.now() }))
}

/// Makes a key.
#[utoipa::path(post, path = "/api-keys", tag = "keys", request_body = NewKey,
    responses((status = 201, body = MadeKey), Problem),
    security(("session" = ["keys.write", "step-up"]), ("bearer" = ["keys.write", "step-up"])))]
pub(crate) async fn create_key(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<MadeKey>), Problem> {
    let (now, person) = (hub.clock.now(), viewer.person()?);
    let name = label("name", &new.name, 120)?;
    let wanted: Permissions = new.permissions.iter().copied().collect();
    if wanted == Permissions::NONE {
        return Err(Problem::parameter("permissions", "", "at least one permission"));
    }
    if let Some(beyond) = wanted.iter().find(|one| PEOPLE_ONLY.has(*one) || !viewer.may(*one)) {
        let expected = "permissions that you hold and that are not for people alone";
        return Err(Problem::parameter("permissions", beyond.as_str(), expected));
    }
    if let Some(until) = new.expires_at.filter(|until| *until <= now) {
        return Err(Problem::parameter("expires_at", &until.to_string(), "a time to come"));
    }
    let own = viewer.reach(&mut hub.store.begin_read(viewer.org).await?).await?;
    if new.all_stores && own.is_some() {
        return Err(Problem::Forbidden { needs: "a reach of all stores, to give one" });
    }
    let (text, id, hash) = KeyText::make().map_err(|error| Problem::Internal(error.into()))?;
    let key = MachineKey {
        id,
        org: viewer.org,
        name: name.to_owned(),
        hash,
        permissions: wanted.iter().map(Permission::as_str).collect::<Vec<_>>().join(" "),
        everywhere: new.all_stores,
        created_by: person.user,
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let mut change = hub.change(&viewer).await?;
    let mut stores = BTreeSet::new();
    for store in new.store_ids.iter().filter(|_| !new.all_stores) {
        let store = viewer.store(&mut change.tx, StoreId(*store)).await;
        stores.insert(
            store.map_err(|_| Problem::parameter("store_ids", "", "a list of stores that you reach yourself"))?.id,
        );
    }
    machine_keys::insert(&mut change.tx, &key).await?;
    reach::set(&mut change.tx, viewer.org, id, &stores).await?;
    let details = shown(&key, stores.iter().map(|store| store.0).collect());
    change.commit(Told::new("keys.create", id).after(&details)).await?;
    Ok((StatusCode::CREATED, Json(MadeKey { key: text, details, as_of: now })))
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
    let mut change = hub.change(&viewer).await?;
    machine_keys::get(&mut change.tx, viewer.org, id).await?.ok_or(Problem::NotFound("key"))?;
    machine_keys::revoke(&mut change.tx, viewer.org, id, hub.clock.now()).await?;
    change.commit(Told::new("keys.revoke", id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
