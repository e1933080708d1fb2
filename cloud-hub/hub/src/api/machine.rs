//! Machines: programs that call the API with a key of their own, or with access tokens that their client buys.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_signin::Digest;
use vyavs_signin::machine::{ApiKey, ApiKeyError, MachineClient, PresentedKey, Scopes};
use vyavs_store::Tx;
use vyavs_store::audit_log::Actor;
use vyavs_store::machine_keys::{self, Kind, MachineKey};

use super::Hub;
use super::params::label;
use super::problem::Problem;
use super::viewer::Viewer;
use crate::access::{Permission, Permissions};

/// How exactly `last_used_at` is kept.
const USED_S: i64 = 60;
/// The longest a key or client may last: who runs it makes a new one at least once a year.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// What no machine may hold: these belong to people, who can be asked for a second factor.
pub const PEOPLE_ONLY: Permissions = Permissions::of(&[
    Permission::SelfManage,
    Permission::UsersWrite,
    Permission::KeysWrite,
    Permission::CasesClose,
    Permission::PrivacyManage,
    Permission::OrganizationWrite,
]);

/// A machine to be: what a key or a client is made of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMachine {
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
    /// Until when it is good: at most 366 days from now.
    pub expires_at: Timestamp,
}

/// A key or a client, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Machine {
    /// Its id.
    pub id: Uuid,
    /// The part of it that may be seen: `vyk_…` begins a key, `vyc_…` is the `client_id` of a client.
    #[schema(example = "vyk_3zr8d1s9tq6w2x0b")]
    pub public_id: String,
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

impl Machine {
    pub(super) fn of(key: &MachineKey, store_ids: Vec<Uuid>) -> Self {
        Self {
            id: key.id,
            public_id: key.public_id.clone(),
            name: key.name.clone(),
            permissions: permissions(key).iter().collect(),
            all_stores: key.everywhere,
            store_ids,
            created_by: key.created_by.0,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// What a machine is asked to be, checked against who asks.
pub(super) struct Granted {
    pub(super) name: String,
    pub(super) scopes: Scopes,
    pub(super) stores: BTreeSet<StoreId>,
}

/// Nobody makes a machine that may more than they may themselves.
pub(super) async fn granted(hub: &Hub, viewer: &Viewer, tx: &mut Tx<'_>, new: &NewMachine) -> Result<Granted, Problem> {
    let now = hub.clock.now();
    let name = label("name", &new.name, 120)?.to_owned();
    let wanted: Permissions = new.permissions.iter().copied().collect();
    if wanted == Permissions::NONE {
        return Err(Problem::parameter("permissions", "", "at least one permission"));
    }
    if let Some(beyond) = wanted.iter().find(|one| PEOPLE_ONLY.has(*one) || !viewer.may(*one)) {
        let expected = "permissions that you hold and that are not for people alone";
        return Err(Problem::parameter("permissions", beyond.as_str(), expected));
    }
    if new.expires_at <= now || new.expires_at.duration_since(now) > LONGEST {
        let expected = "a time to come, at most 366 days from now";
        return Err(Problem::parameter("expires_at", &new.expires_at.to_string(), expected));
    }
    if new.all_stores && viewer.reach(tx).await?.is_some() {
        return Err(Problem::Forbidden { needs: "a reach of all stores, to give one" });
    }
    let mut stores = BTreeSet::new();
    for store in new.store_ids.iter().filter(|_| !new.all_stores) {
        let store = viewer.store(tx, StoreId(*store)).await;
        stores.insert(
            store.map_err(|_| Problem::parameter("store_ids", "", "a list of stores that you reach yourself"))?.id,
        );
    }
    Ok(Granted { name, scopes: scopes(wanted)?, stores })
}

/// Permissions as scopes: the same names.
fn scopes(permissions: Permissions) -> Result<Scopes, Problem> {
    let text = permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(" ");
    text.parse().map_err(|error: vyavs_signin::machine::ScopeError| Problem::Internal(error.into()))
}

/// Whether it may be used now.
pub(crate) fn holds(key: &MachineKey, now: Timestamp) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|until| until > now)
}

/// The permissions of a machine; a name that this hub does not know gives nothing.
pub(crate) fn permissions(key: &MachineKey) -> Permissions {
    named(&key.permissions).iter().filter(|permission| !PEOPLE_ONLY.has(*permission)).collect()
}

fn named(names: &str) -> Permissions {
    names.split_whitespace().filter_map(|name| name.parse().ok()).collect()
}

/// Whether a token says that it is a key: whatever it says beyond that, it is read as one.
pub(crate) fn is_key(token: &str) -> bool {
    token.starts_with("vyk_")
}

fn digest(key: &MachineKey) -> Result<Digest, Problem> {
    Digest::from_bytes(&key.hash).map_err(|error| Problem::Internal(error.into()))
}

/// The client of a row, as `vyavs_signin` knows it.
pub(super) fn client(key: &MachineKey) -> Result<MachineClient, Problem> {
    let secret = vyavs_signin::machine::ClientSecret { digest: digest(key)?, expires_at: key.expires_at };
    Ok(MachineClient {
        id: key.public_id.clone(),
        secrets: vec![secret],
        scopes: scopes(permissions(key))?,
        disabled_at: key.revoked_at,
    })
}

/// The machine behind a key.
pub(crate) async fn by_key(hub: &Hub, text: &str, request_id: &str) -> Result<Viewer, Problem> {
    const FOREIGN: Problem = Problem::Unauthenticated("the key is not one of this hub's");
    let shown: PresentedKey = text.parse().map_err(|error| match error {
        ApiKeyError::Checksum => Problem::Unauthenticated("the key has a slip in it; copy it whole"),
        _ => FOREIGN,
    })?;
    let found = machine_keys::shown(&mut hub.store.begin_read_hub().await?, Kind::Key, shown.id()).await?;
    let row = found.ok_or(FOREIGN)?;
    let key = ApiKey {
        id: row.public_id.clone(),
        digest: digest(&row)?,
        scopes: scopes(permissions(&row))?,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
    };
    match key.holds(&shown, hub.clock.now()) {
        Ok(()) => viewer(hub, row, Permissions::all(), request_id).await,
        Err(ApiKeyError::Revoked(_) | ApiKeyError::Expired(_)) => {
            Err(Problem::Unauthenticated("the key was revoked, or has expired"))
        }
        Err(_) => Err(FOREIGN),
    }
}

/// The machine behind an access token: its client must still hold, and may no more than it does now.
pub(crate) async fn by_token(hub: &Hub, token: &str, request_id: &str) -> Result<Viewer, Problem> {
    let now = hub.clock.now();
    let claims = hub.keys.tokens().read_machine(token, now)?;
    let row = machine_keys::find(&mut hub.store.begin_read_hub().await?, claims.sub).await?;
    let row = row.filter(|row| row.org == claims.org && row.kind == Kind::Client && holds(row, now));
    let row = row.ok_or(Problem::Unauthenticated("the client was revoked, or has expired"))?;
    viewer(hub, row, named(&claims.scope), request_id).await
}

async fn viewer(hub: &Hub, key: MachineKey, within: Permissions, request_id: &str) -> Result<Viewer, Problem> {
    note_used(hub, &key).await?;
    Ok(Viewer {
        actor: Actor::Key(key.id),
        org: key.org,
        permissions: permissions(&key).iter().filter(|permission| within.has(*permission)).collect(),
        everywhere: key.everywhere,
        name: key.name,
        signed_in: None,
        request_id: request_id.to_owned(),
        audited: Arc::default(),
    })
}

/// Notes that a machine was here, to the minute.
pub(super) async fn note_used(hub: &Hub, key: &MachineKey) -> Result<(), Problem> {
    let now = hub.clock.now();
    if key.last_used_at.is_none_or(|at| now.duration_since(at) >= SignedDuration::from_secs(USED_S)) {
        let mut tx = hub.store.begin_write_for(key.org).await?;
        machine_keys::used(&mut tx, key.org, key.id, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Whether a machine is still good.
pub(crate) async fn still(hub: &Hub, tx: &mut Tx<'_>, id: Uuid) -> bool {
    machine_keys::find(tx, id).await.map_or(true, |key| key.is_some_and(|key| holds(&key, hub.clock.now())))
}
