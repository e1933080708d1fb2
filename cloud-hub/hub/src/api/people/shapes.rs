//! The shapes of people, roles and explanations.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::users::User;

use crate::access::{Explained, Permission, Role};
use crate::api::params::{Pairs, Parameters};
use crate::api::problem::Problem;

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// Its id.
    pub id: Uuid,
    /// To sign in with.
    #[schema(example = "ana@example.com")]
    pub email: String,
    /// How the person is called; may be empty.
    #[schema(example = "Ana Silva")]
    pub name: String,
    /// What the person is to the organization.
    pub role: Role,
    /// Whether the person reaches all stores.
    pub all_stores: bool,
    /// The stores of the reach, when not all.
    pub store_ids: Vec<Uuid>,
    /// Since when the person is shut out.
    #[schema(required)]
    pub disabled_at: Option<Timestamp>,
    /// Until when an invitation can be accepted that was not yet; null for who has accepted, or was given a password.
    #[schema(required)]
    pub invited_until: Option<Timestamp>,
    /// Since when the hub knows the person.
    pub created_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

impl Person {
    pub(super) fn of(user: &User, reach: &BTreeSet<StoreId>, as_of: Timestamp) -> Self {
        Self {
            id: user.id.0,
            email: user.email.clone(),
            name: user.name.clone(),
            // A role of a newer hub: shown as the least.
            role: user.role.parse().unwrap_or(Role::Viewer),
            all_stores: user.everywhere,
            store_ids: reach.iter().map(|store| store.0).collect(),
            disabled_at: user.disabled_at,
            invited_until: None,
            created_at: user.created_at,
            as_of,
        }
    }
}

/// What the audit log says of a person: no name and no e-mail.
pub(super) fn said(user: &User, reach: &BTreeSet<StoreId>) -> Value {
    let stores: Vec<String> = reach.iter().map(ToString::to_string).collect();
    json!({"role": user.role, "all_stores": user.everywhere, "store_ids": stores, "disabled": user.disabled_at.is_some()})
}

/// All people of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct People {
    /// By e-mail.
    pub users: Vec<Person>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A person to be.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// To sign in with; unique at the hub.
    #[schema(example = "ana@example.com", max_length = 254)]
    pub email: String,
    /// How the person is called.
    #[schema(max_length = 120)]
    pub name: Option<String>,
    /// What the person will be.
    pub role: Role,
    /// The first password. Without one the person is invited by mail to choose it.
    #[schema(format = "password", min_length = 8, max_length = 1024)]
    pub password: Option<String>,
    /// Whether the person reaches all stores.
    pub all_stores: bool,
    /// The stores of the reach, when not all.
    #[serde(default)]
    pub store_ids: Vec<Uuid>,
}

/// What of a person may be changed; what is absent stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// How the person is called.
    #[schema(max_length = 120)]
    pub name: Option<String>,
    /// What the person is from now on.
    pub role: Option<Role>,
    /// Whether the person reaches all stores; `false` takes `store_ids`.
    pub all_stores: Option<bool>,
    /// The stores of the reach.
    pub store_ids: Option<Vec<Uuid>>,
    /// Shuts the person out, or lets them in again.
    pub disabled: Option<bool>,
}

/// A role, and what it may do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoleInfo {
    /// The role.
    pub role: Role,
    /// What it may do.
    pub permissions: Vec<Permission>,
}

/// What a permission is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PermissionInfo {
    /// The permission.
    pub permission: Permission,
    /// What it lets somebody do.
    #[schema(example = "Open and change stores.")]
    pub meaning: String,
}

/// All roles and permissions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Roles {
    /// From the least to the most.
    pub roles: Vec<RoleInfo>,
    /// All permissions there are.
    pub permissions: Vec<PermissionInfo>,
    /// When this was answered.
    pub as_of: Timestamp,
}

impl Roles {
    pub(super) fn all(as_of: Timestamp) -> Self {
        let role = |role: Role| RoleInfo { role, permissions: role.permissions().iter().collect() };
        let permission =
            |&permission: &Permission| PermissionInfo { permission, meaning: permission.meaning().trim().to_owned() };
        Self {
            roles: Role::ALL.into_iter().map(role).collect(),
            permissions: Permission::ALL.iter().map(permission).collect(),
            as_of,
        }
    }
}

/// What to explain.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplainQuery {
    /// Whose.
    pub user_id: Uuid,
    /// What.
    #[param(value_type = String, example = "sales.read")]
    pub permission: Permission,
    /// At which store; without, at any.
    pub store_id: Option<Uuid>,
}

impl Parameters for ExplainQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let given = |name: &str| Problem::parameter(name, "", "given");
        Ok(Self {
            user_id: pairs.one("user_id", "a UUID")?.ok_or_else(|| given("user_id"))?,
            permission: pairs
                .one("permission", "a permission of /api/v1/roles, such as sales.read")?
                .ok_or_else(|| given("permission"))?,
            store_id: pairs.one("store_id", "a UUID")?,
        })
    }
}

/// A decision, its reasons, and the routes it is about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// The decision.
    #[serde(flatten)]
    pub explained: Explained,
    /// The routes that ask for this permission.
    #[schema(example = json!(["GET /api/v1/sales"]))]
    pub routes: Vec<String>,
    /// When this was answered.
    pub as_of: Timestamp,
}
