//! The REST API under `/api/v1`, its description, and the program's one HTTP router.
//!
//! A handler reads: who, fetch, decide (pure), answer. Who may call a route stands in its OpenAPI `security`, and
//! nowhere else: the gate (`gate`) reads it from there.

pub mod access;
pub mod alarms;
pub mod analytics;
mod attempts;
pub mod audit;
mod change;
pub mod config;
pub mod engines;
pub mod enrolment;
pub mod events;
pub mod exports;
pub mod factors;
pub mod forecasts;
mod gate;
mod given;
mod headers;
pub mod health;
mod heard;
pub mod inventory;
pub mod jobs;
pub mod keys;
pub mod kpis;
pub mod limits;
pub mod machine;
pub mod organizations;
mod overview;
pub mod paging;
mod params;
pub mod people;
pub mod prices;
pub mod pricing;
pub mod problem;
pub mod products;
pub mod receipts;
pub mod risks;
pub mod sales;
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
pub mod transactions;
mod version;
pub mod viewer;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, post};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vyavs_domain::ids::DeviceIdentity;
use vyavs_service::clock::Clock;
use vyavs_store::Db;
use vyavs_vault::Vault;

use crate::broker::{Ended, Guard};
use crate::identity::password::PasswordError;
use crate::identity::{Keys, Passwords};
use crate::jobs::Jobs;
use crate::live::Live;
use crate::ui::Ui;

use access::{Access, SHORT};
pub use config::{Address, HttpConfig, HttpConfigError, HttpTls};
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
    /// Work that outlives a request.
    pub jobs: Jobs,
    /// The hub's keys.
    pub keys: Keys,
    /// What happens.
    pub live: Live,
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
    access: Access,
    attempts: attempts::Attempts,
    limits: limits::Limits,
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
}

/// [`Hub`], shared.
pub type HubState = Arc<Hub>;

/// What [`Hub::new`] is made of.
pub struct Parts {
    /// The database.
    pub store: Db,
    /// Work that outlives a request.
    pub jobs: Jobs,
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
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Hub {
    /// From its parts; fails when the system gives no random bytes, and when a route declares no permission.
    pub fn new(parts: Parts) -> Result<HubState, HubError> {
        let Parts { store, jobs, keys, vault, live, clock, sessions, address, stop, limits } = parts;
        let passwords = Passwords::new()?;
        let access = access();
        if !access.undeclared().is_empty() {
            return Err(HubError::Undeclared(access.undeclared().join(", ")));
        }
        let attempts = attempts::Attempts::default();
        let limits = limits::Limits::new(limits);
        Ok(Arc::new(Self {
            store,
            jobs,
            keys,
            live,
            clock,
            sessions,
            passwords,
            vault,
            address,
            stop,
            access,
            attempts,
            limits,
        }))
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "VyavsAI hub",
        description = "Money is a decimal text with its currency, times are RFC 3339 in UTC, lists go on with `next_cursor`, \
                       failures are RFC 9457 problems. The permission a route needs stands in its `security`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(
        problem::ProblemBody, sales::Granularity, stream::SaleEvent, stream::ReadingsEvent, stream::FreshReading, stream::SyncEvent
    )),
    tags(
        (name = "auth", description = "Signing in and out"),
        (name = "kpis", description = "The figures of now"),
        (name = "sales", description = "Revenue over time"),
        (name = "stores", description = "The shops"),
        (name = "receipts", description = "Tickets"),
        (name = "products", description = "The catalog: products, barcodes, hierarchy, prices"),
        (name = "inventory", description = "Stock and what happened to it"),
        (name = "forecasts", description = "Demand forecasts"),
        (name = "pricing", description = "Price recommendations"),
        (name = "risks", description = "What stores should be looked at for"),
        (name = "simulation", description = "The digital twin, scenarios and optimizations"),
        (name = "sensors", description = "Sensors and their curves"),
        (name = "alarms", description = "Alarms"),
        (name = "events", description = "What happened at tills beside sales"),
        (name = "sync", description = "What devices still owe, and what was lost"),
        (name = "fleet", description = "Enrolling devices"),
        (name = "stream", description = "Live events"),
        (name = "organizations", description = "The tenant"),
        (name = "people", description = "People, roles and what they may do"),
        (name = "keys", description = "Keys of machines"),
        (name = "audit", description = "Who changed what"),
        (name = "jobs", description = "Work that outlives a request"),
        (name = "schedules", description = "Jobs that start by themselves"),
        (name = "exports", description = "Rows as files"),
        (name = "reports", description = "Reports as files"),
        (name = "hub", description = "The hub itself"),
    )
)]
struct Description;

/// Every route of the API with its description.
fn routes() -> OpenApiRouter<HubState> {
    OpenApiRouter::with_openapi(Description::openapi()).nest("/api/v1", v1())
}

fn v1() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(session::login))
        .routes(routes!(session::refresh))
        .routes(routes!(session::logout))
        .routes(routes!(session::me))
        .routes(routes!(session::step_up))
        .routes(routes!(session::change_password))
        .routes(routes!(signins::sign_ins, signins::end_other_sign_ins))
        .routes(routes!(signins::end_sign_in))
        .routes(routes!(factors::own_factors))
        .routes(routes!(factors::begin_totp, factors::remove_totp))
        .routes(routes!(factors::confirm_totp))
        .routes(routes!(factors::new_recovery_codes))
        .routes(routes!(organizations::organization, organizations::change_organization))
        .routes(routes!(people::people, people::create_person))
        .routes(routes!(people::person, people::change_person))
        .routes(routes!(people::end_persons_sign_ins))
        .routes(routes!(factors::remove_persons_factors))
        .routes(routes!(people::roles))
        .routes(routes!(people::explain_permission))
        .routes(routes!(keys::keys, keys::create_key))
        .routes(routes!(keys::revoke_key))
        .routes(routes!(audit::audit))
        .routes(routes!(audit::verify_audit))
        .routes(routes!(audit::export_audit))
        .routes(routes!(jobs::jobs, jobs::start_job))
        .routes(routes!(jobs::job))
        .routes(routes!(jobs::cancel_job))
        .routes(routes!(schedules::schedules, schedules::create_schedule))
        .routes(routes!(schedules::schedule, schedules::change_schedule, schedules::delete_schedule))
        .routes(routes!(exports::create_export))
        .routes(routes!(exports::export_file))
        .routes(routes!(exports::reports, exports::create_report))
        .routes(routes!(exports::report_file))
        .routes(routes!(kpis::kpis))
        .routes(routes!(sales::sales))
        .routes(routes!(stores::stores, stores::create_store))
        .routes(routes!(stores::store))
        .routes(routes!(receipts::receipts))
        .routes(routes!(receipts::receipt))
        .routes(routes!(products::products, products::create_product))
        .routes(routes!(products::product, products::change_product))
        .routes(routes!(products::product_groups))
        .routes(routes!(prices::prices, prices::create_price))
        .routes(routes!(inventory::inventory))
        .routes(routes!(inventory::stock, inventory::change_stock))
        .routes(routes!(inventory::events::stock_events, inventory::events::book_stock_event))
        .routes(routes!(transactions::transactions))
        .routes(routes!(summary::daily_sales_summary))
        .routes(routes!(analytics::analytics_dashboard))
        .routes(routes!(forecasts::forecasts))
        .routes(routes!(forecasts::generate_forecasts))
        .routes(routes!(pricing::recommendations))
        .routes(routes!(pricing::optimize_prices))
        .routes(routes!(risks::risk_alerts))
        .routes(routes!(risks::analyze_risks))
        .routes(routes!(simulation::twin))
        .routes(routes!(simulation::what_if))
        .routes(routes!(simulation::optimize_inventory))
        .routes(routes!(simulation::optimize_marketing))
        .routes(routes!(sensors::sensors))
        .routes(routes!(sensors::telemetry))
        .routes(routes!(alarms::store_alarms))
        .routes(routes!(alarms::alarms))
        .routes(routes!(events::events))
        .routes(routes!(sync::sync))
        .routes(routes!(sync::devices))
        .routes(routes!(enrolment::create_enrolment_token))
        .routes(routes!(enrolment::enrol))
        .routes(routes!(stream::stream))
        .routes(routes!(health::healthz))
        .routes(routes!(health::openapi_json))
}

fn description() -> utoipa::openapi::OpenApi {
    let mut description = routes().into_openapi();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            "__Host-vyavs",
            "The browser's session; `vyavs` on plain loopback HTTP. Writes also need `X-Vyavs-Csrf: 1` from the hub's own origin.",
        ))),
    );
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    description
}

/// The API's description, OpenAPI 3.1: what `cloud-hub/hub/openapi.json` holds.
pub fn openapi() -> String {
    let mut text = description().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Which permission each route needs.
pub fn access() -> Access {
    Access::of(&serde_json::to_value(description()).unwrap_or_default())
}

async fn no_route() -> Problem {
    Problem::NoRoute
}

/// All that the hub answers by HTTP: the API, and the dashboard's files beside it.
pub fn router(hub: HubState, ui: Ui) -> axum::Router {
    let (api, _) = routes().split_for_parts();
    let api = api
        .route(SHORT[0], post(session::login))
        .route(SHORT[1], post(session::refresh))
        .route(SHORT[2], post(session::logout))
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
