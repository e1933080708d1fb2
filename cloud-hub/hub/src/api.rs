//! The REST API under `/api/v1`, its description, and the program's one HTTP router.
//!
//! A handler reads: who, fetch, decide (pure), answer. Who may call a route stands in its OpenAPI `security`, and
//! nowhere else: the gate (`gate`) reads it from there.

pub mod access;
pub mod alarms;
pub mod alerts;
pub mod analytics;
mod attempts;
pub mod audit;
pub mod cases;
mod change;
pub mod clients;
pub mod config;
mod contract;
pub mod customers;
pub mod engines;
pub mod enrolment;
pub mod events;
pub mod exports;
pub mod factors;
pub mod forecasts;
mod gate;
pub(crate) mod given;
mod headers;
pub mod health;
mod heard;
pub mod identity_providers;
pub mod inventory;
pub mod invitations;
pub mod jobs;
pub mod keys;
pub mod kpis;
pub mod limits;
pub mod linked_accounts;
pub mod machine;
pub mod mails;
pub mod notifications;
pub mod oidc;
pub mod organizations;
mod overview;
pub mod paging;
mod params;
pub mod passkeys;
pub mod people;
pub mod prices;
pub mod pricing;
pub mod privacy;
pub mod problem;
pub mod products;
pub mod receipts;
pub mod retention;
pub mod risks;
pub mod routes;
pub mod rules;
pub mod sales;
mod scan;
pub mod schedules;
pub mod sensors;
pub mod serve;
pub mod session;
pub mod shapes;
pub mod signins;
pub mod simulation;
pub mod stores;
pub mod stream;
pub mod summary;
pub mod sync;
pub mod token;
pub mod transactions;
mod version;
pub mod viewer;
pub mod webhooks;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, post};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use vyavs_cache::Cache;
use vyavs_domain::ids::DeviceIdentity;
use vyavs_service::breaker::Breaker;
use vyavs_service::clock::Clock;
use vyavs_store::Db;
use vyavs_vault::Vault;

use crate::alerts::Alerts;
use crate::broker::{Ended, Guard};
use crate::identity::password::PasswordError;
use crate::identity::{Keys, Passwords};
use crate::jobs::Jobs;
use crate::live::Live;
use crate::messages::Messages;
use crate::outbound::{Outbound, OutboundError, SignInConfig};
use crate::ui::Ui;

use access::{Access, SHORT};
pub use config::{Address, HttpConfig, HttpConfigError, HttpTls};
pub use contract::{access, openapi};
use problem::Problem;
pub use serve::{serve, tls_config};

/// The longest body of a request, bytes.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The hub's own view of who is connected.
pub trait Connected: Send + Sync + 'static {
    /// Since when this device has a session; `None` when it has none.
    fn is_connected(&self, device: &DeviceIdentity) -> Option<Timestamp>;

    /// How often connections ended or were refused since the start, by reason: (label, for people, count). Empty where
    /// another broker keeps the door.
    fn ended(&self) -> Vec<(&'static str, &'static str, u64)> {
        Vec::new()
    }
}

impl Connected for Guard {
    fn is_connected(&self, device: &DeviceIdentity) -> Option<Timestamp> {
        self.session(device).map(|session| session.since)
    }

    fn ended(&self) -> Vec<(&'static str, &'static str, u64)> {
        let counted = Ended::ALL.iter().map(|why| (why.label(), why.reason(), self.count(*why)));
        counted.filter(|(_, _, count)| *count > 0).collect()
    }
}

/// What handlers work with.
pub struct Hub {
    /// The database.
    pub store: Db,
    /// Answers that are asked for again.
    pub cache: Cache,
    /// Work that outlives a request.
    pub jobs: Jobs,
    /// What is said to people and other systems.
    pub messages: Messages,
    /// The hub's keys.
    pub keys: Keys,
    /// What happens.
    pub live: Live,
    /// Looks at what was stored.
    pub alerts: Alerts,
    /// Wall time.
    pub clock: Clock,
    /// Who is connected.
    pub sessions: Arc<dyn Connected>,
    /// Hashes and verifies.
    pub passwords: Passwords,
    /// Seals what the database must not tell.
    pub vault: Arc<Vault>,
    /// Where the hub is found.
    pub address: Address,
    /// Ends long answers when the hub stops.
    pub stop: CancellationToken,
    /// What else is outside of the hub, and left alone while it fails: shown by `GET /health`.
    pub outside: Vec<Breaker>,
    access: Access,
    attempts: attempts::Attempts,
    limits: limits::Limits,
    ceremonies: passkeys::Ceremonies,
    journeys: oidc::Journeys,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Why the API cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Routes without a permission in their `security`: nobody has decided who may call them.
    #[error("these routes declare no permission that is known: {0}")]
    Undeclared(String),
    /// No random bytes.
    #[error(transparent)]
    Passwords(#[from] PasswordError),
    /// The client towards sign-in services.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
}

/// [`Hub`], shared.
pub type HubState = Arc<Hub>;

/// What [`Hub::new`] is made of.
pub struct Parts {
    /// The database.
    pub store: Db,
    /// Answers that are asked for again.
    pub cache: Cache,
    /// Work that outlives a request.
    pub jobs: Jobs,
    /// What is said to people and other systems.
    pub messages: Messages,
    /// The hub's keys.
    pub keys: Keys,
    /// Seals what the database must not tell.
    pub vault: Arc<Vault>,
    /// What happens.
    pub live: Live,
    /// Wall time.
    pub clock: Clock,
    /// Who is connected.
    pub sessions: Arc<dyn Connected>,
    /// Where the hub is found.
    pub address: Address,
    /// Ends long answers when the hub stops.
    pub stop: CancellationToken,
    /// How often somebody may ask.
    pub limits: limits::LimitsConfig,
    /// Where sign-in services may be.
    pub sign_in: SignInConfig,
    /// What else is outside of the hub.
    pub outside: Vec<Breaker>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Hub {
    /// From its parts; fails when the system gives no random bytes, and when a route declares no permission.
    pub fn new(parts: Parts) -> Result<HubState, HubError> {
        let Parts {
            store,
            cache,
            jobs,
            messages,
            keys,
            vault,
            live,
            clock,
            sessions,
            address,
            stop,
            limits,
            sign_in,
            outside,
        } = parts;
        let passwords = Passwords::new()?;
        let access = access();
        if !access.undeclared().is_empty() {
            return Err(HubError::Undeclared(access.undeclared().join(", ")));
        }
        let alerts = Alerts::new(store.clone(), clock.clone(), live.clone());
        let attempts = attempts::Attempts::default();
        let limits = limits::Limits::new(limits);
        let ceremonies = passkeys::Ceremonies::at(&address);
        let journeys = oidc::Journeys::new(Outbound::new(&sign_in)?);
        Ok(Arc::new(Self {
            store,
            cache,
            jobs,
            messages,
            keys,
            live,
            alerts,
            clock,
            sessions,
            passwords,
            vault,
            address,
            stop,
            outside,
            access,
            attempts,
            limits,
            ceremonies,
            journeys,
        }))
    }
}

async fn no_route() -> Problem {
    Problem::NoRoute
}

/// All that the hub answers by HTTP: the API, and the dashboard's files beside it.
pub fn router(hub: HubState, ui: Ui) -> axum::Router {
    let (api, _) = contract::routes().split_for_parts();
    let api = api
        .route(SHORT[0], post(session::login))
        .route(SHORT[1], post(session::refresh))
        .route(SHORT[2], post(session::logout))
        .route(SHORT[3], post(token::token))
        .route_layer(from_fn_with_state(hub.clone(), gate::admit))
        .route("/api", any(no_route))
        .route("/api/{*rest}", any(no_route))
        .route("/auth/{*rest}", any(no_route))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CompressionLayer::new())
        .layer(from_fn(headers::net))
        .with_state(hub.clone());
    api.fallback_service(ui.router()).layer(from_fn(problem::render)).layer(from_fn_with_state(hub, headers::guard))
}
