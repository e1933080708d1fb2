//! The shapes of sign-in services, and what of them is checked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_signin::oidc::{Config, Secret};
use vyavs_store::identity_providers::IdentityProvider as Row;

use crate::access::Role;
use crate::api::given::nullable;
use crate::api::params::label;
use crate::api::problem::Problem;

/// How the hub proves at a service who it is; PKCE is used with each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientMethod {
    /// By HTTP Basic; what services prefer.
    Basic,
    /// In the body.
    Post,
    /// Not at all: a public client.
    None,
}

impl ClientMethod {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Post => "post",
            Self::None => "none",
        }
    }

    pub(super) fn of(row: &Row) -> Self {
        match row.method.as_str() {
            "post" => Self::Post,
            "none" => Self::None,
            _ => Self::Basic,
        }
    }

    pub(super) fn secret(self, secret: String) -> Secret {
        match self {
            Self::Basic => Secret::Basic(secret),
            Self::Post => Secret::Post(secret),
            Self::None => Secret::None,
        }
    }
}

/// Who is let in the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Admits {
    /// People who are here already, by their e-mail address.
    Invited,
    /// Anybody with an address of `domains`: they are added with `role` and the reach given here.
    Domain,
}

impl Admits {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Domain => "domain",
        }
    }
}

/// A sign-in service, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityProvider {
    /// Its id.
    pub id: Uuid,
    /// What people see on the button.
    #[schema(example = "Entra ID")]
    pub name: String,
    /// To the letter, as the service writes it.
    #[schema(example = "https://login.example.com/realms/shop")]
    pub issuer: String,
    /// As registered there.
    #[schema(example = "vyavs-hub")]
    pub client_id: String,
    /// How the hub proves there who it is.
    pub method: ClientMethod,
    /// Whether a client secret is kept.
    pub has_secret: bool,
    /// Whose e-mail addresses it may speak for the first time somebody comes.
    #[schema(example = json!(["shop.example"]))]
    pub domains: Vec<String>,
    /// Who is let in the first time.
    pub admits: Admits,
    /// What newcomers are.
    pub role: Role,
    /// Whether newcomers reach all stores.
    pub all_stores: bool,
    /// The stores newcomers reach, when not all.
    pub store_ids: Vec<Uuid>,
    /// To be registered at the service, to the letter: where the browser comes back to.
    #[schema(example = "https://hub.example/api/v1/auth/oidc/0199c0de-0000-7000-8000-00000000beef/callback")]
    pub redirect_uri: String,
    /// Since when nobody signs in through it.
    #[schema(required)]
    pub disabled_at: Option<Timestamp>,
    /// Since when the hub knows it.
    pub created_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

/// All sign-in services of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityProviders {
    /// By name.
    pub identity_providers: Vec<IdentityProvider>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A sign-in service to be.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentityProvider {
    /// What people see on the button; 1 to 60 characters.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    /// To the letter, as the service writes it: https.
    #[schema(max_length = 2048)]
    pub issuer: String,
    /// As registered there.
    #[schema(min_length = 1, max_length = 255)]
    pub client_id: String,
    /// As registered there; not for a public client.
    #[schema(format = "password", max_length = 1024)]
    pub client_secret: Option<String>,
    /// How the hub proves there who it is.
    pub method: ClientMethod,
    /// Whose e-mail addresses it may speak for; at most 50.
    #[schema(max_items = 50)]
    pub domains: Vec<String>,
    /// Who is let in the first time.
    pub admits: Admits,
    /// What newcomers are; never an administrator or owner.
    pub role: Role,
    /// Whether newcomers reach all stores.
    pub all_stores: bool,
    /// The stores newcomers reach, when not all.
    #[serde(default)]
    pub store_ids: Vec<Uuid>,
}

/// What of a sign-in service may be changed; what is absent stays.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProviderChange {
    /// 1 to 60 characters.
    #[schema(min_length = 1, max_length = 60)]
    pub name: Option<String>,
    /// To the letter, as the service writes it: https. People are known by it: those of another issuer are others.
    #[schema(max_length = 2048)]
    pub issuer: Option<String>,
    /// As registered there.
    #[schema(min_length = 1, max_length = 255)]
    pub client_id: Option<String>,
    /// As registered there; null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(format = "password", max_length = 1024)]
    pub client_secret: Option<Option<String>>,
    /// How the hub proves there who it is.
    pub method: Option<ClientMethod>,
    /// Whose e-mail addresses it may speak for; at most 50.
    #[schema(max_items = 50)]
    pub domains: Option<Vec<String>>,
    /// Who is let in the first time.
    pub admits: Option<Admits>,
    /// What newcomers are; never an administrator or owner.
    pub role: Option<Role>,
    /// Whether newcomers reach all stores; `false` takes `store_ids`.
    pub all_stores: Option<bool>,
    /// The stores newcomers reach.
    pub store_ids: Option<Vec<Uuid>>,
    /// Lets nobody sign in through it, or lets them again.
    pub disabled: Option<bool>,
}

/// Domains as they are stored.
pub(super) fn domains(given: &[String]) -> Result<String, Problem> {
    if given.len() > 50 {
        return Err(Problem::parameter("domains", &given.len().to_string(), "at most 50 domains"));
    }
    let mut known: Vec<String> = given.iter().map(|domain| domain.trim().to_lowercase()).collect();
    for domain in &known {
        let letters = domain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
        let parts = domain.split('.').all(|part| !part.is_empty() && part.len() <= 63);
        if !(letters && parts && domain.contains('.') && domain.len() <= 253) {
            return Err(Problem::parameter("domains", domain, "domains such as shop.example"));
        }
    }
    known.sort();
    known.dedup();
    Ok(known.join(" "))
}

/// What is written down can be used at all: the issuer is an address that the hub would ask, and so on.
pub(super) fn usable(row: &Row, secret: Option<&str>, redirect_uri: &str) -> Result<(), Problem> {
    label("name", &row.name, 60)?;
    label("client_id", &row.client_id, 255)?;
    if matches!(row.role.as_str(), "owner" | "admin") {
        return Err(Problem::parameter("role", &row.role, "a role that is neither admin nor owner"));
    }
    match (ClientMethod::of(row), secret) {
        (ClientMethod::None, Some(_)) => {
            return Err(Problem::parameter("client_secret", "…", "absent for a public client (method none)"));
        }
        (ClientMethod::Basic | ClientMethod::Post, None) => {
            return Err(Problem::parameter("client_secret", "", "given for the methods basic and post"));
        }
        (_, Some(secret)) if secret.is_empty() || secret.len() > 1024 => {
            return Err(Problem::parameter("client_secret", "…", "1 to 1024 bytes"));
        }
        _ => {}
    }
    let secret = ClientMethod::of(row).secret(secret.unwrap_or_default().to_owned());
    let config = Config::new(&row.issuer, &row.client_id, secret, redirect_uri);
    config.check().map_err(|error| Problem::parameter("issuer", &row.issuer, format!("one that works: {error}")))
}
