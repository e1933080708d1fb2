//! `/api/v1/stores`: the shops, and how each is doing right now.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};
use vyavs_store::{reach, stores as store_rows};

use super::HubState;
use super::change::Told;
use super::overview::{self, StoreNow};
use super::params::{Body, IdPath, label};
use super::problem::{Answer, Problem};
use super::shapes::{Freshness, Money};
use super::viewer::Viewer;

/// Where a store is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// City.
    #[schema(required, example = "London")]
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(required, example = "GB")]
    pub country: Option<String>,
    /// Street and number.
    #[schema(required, example = "1 Fore Street")]
    pub address: Option<String>,
}

/// How a store is doing right now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StoreMetrics {
    /// Sales less returns of the store's current business day.
    pub sales_today: Money,
    /// Tickets of sale of that day.
    #[schema(minimum = 0)]
    pub receipts_today: i64,
    /// When the newest ticket was closed.
    #[schema(required)]
    pub last_sale_at: Option<Timestamp>,
    /// Alarms raised and not cleared.
    #[schema(minimum = 0)]
    pub open_alarms: i64,
    /// Records that its devices said they still owe; see `last_heard_at` for when.
    #[schema(minimum = 0)]
    pub unsent: i64,
    /// When the oldest of them was written.
    #[schema(required)]
    pub oldest_unsent_at: Option<Timestamp>,
    /// That of its freshest device.
    pub status: Freshness,
    /// When the hub last heard one of its devices.
    #[schema(required)]
    pub last_heard_at: Option<Timestamp>,
    /// The version of the agent heard last.
    #[schema(required, example = "0.1.0")]
    pub agent_version: Option<String>,
}

/// A shop.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Store {
    /// Its id.
    pub id: Uuid,
    /// For people.
    #[schema(example = "Fore Street")]
    pub name: String,
    /// Where it is.
    pub location: Location,
    /// IANA zone of its clocks.
    #[schema(example = "Europe/London")]
    pub timezone: String,
    /// ISO 4217: of its tills.
    #[schema(example = "GBP")]
    pub currency: String,
    /// Local time at which its business day begins.
    #[schema(example = "04:00")]
    pub day_starts: String,
    /// How it is doing right now.
    pub metrics: StoreMetrics,
}

/// All shops of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Stores {
    /// By name.
    pub stores: Vec<Store>,
    /// When this was computed.
    pub as_of: Timestamp,
}

/// One shop.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StoreAnswer {
    /// The shop.
    #[serde(flatten)]
    pub store: Store,
    /// When this was computed.
    pub as_of: Timestamp,
}

/// How a store reckons.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// IANA zone.
    #[schema(example = "Europe/London")]
    pub timezone: String,
    /// ISO 4217.
    #[schema(example = "GBP")]
    pub currency: String,
    /// Local time `HH:MM` at which its business day begins.
    #[serde(default = "four")]
    #[schema(example = "04:00", default = "04:00")]
    pub day_starts: String,
}

fn four() -> String {
    "04:00".to_owned()
}

/// A shop to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStore {
    /// For people; 1 to 120 characters, unique in the organization.
    #[schema(example = "Fore Street", min_length = 1, max_length = 120)]
    pub name: String,
    /// Where it is.
    #[serde(default)]
    pub location: Location,
    /// How it reckons.
    pub config: StoreConfig,
}

impl Store {
    fn of(now: &StoreNow, at: Timestamp) -> Self {
        Self {
            id: now.store.id.0,
            name: now.store.name.clone(),
            // Given by an importer, it may have other fields: what we know of it is shown.
            location: Location {
                city: text(&now.store.location, "city"),
                country: text(&now.store.location, "country"),
                address: text(&now.store.location, "address"),
            },
            timezone: now.store.timezone.clone(),
            currency: now.store.currency.to_string(),
            day_starts: now.store.day_starts.strftime("%H:%M").to_string(),
            metrics: now.metrics(at),
        }
    }
}

fn text(value: &serde_json::Value, field: &str) -> Option<String> {
    value.get(field).and_then(serde_json::Value::as_str).map(str::to_owned)
}

/// All shops with their live figures.
#[utoipa::path(get, path = "/stores", tag = "stores",
    responses((status = 200, body = Stores), Problem), security(("session" = ["stores.read"]), ("bearer" = ["stores.read"])))]
pub(crate) async fn stores(State(hub): State<HubState>, viewer: Viewer) -> Answer<Stores> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let all = overview::read(&hub, &mut tx, &viewer, None, now).await?;
    Ok(Json(Stores { stores: all.iter().map(|store| Store::of(store, now)).collect(), as_of: now }))
}

/// Opens a shop.
#[utoipa::path(post, path = "/stores", tag = "stores", request_body = NewStore,
    responses((status = 201, body = StoreAnswer), Problem), security(("session" = ["stores.write"]), ("bearer" = ["stores.write"])))]
pub(crate) async fn create_store(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewStore>,
) -> Result<(StatusCode, Json<StoreAnswer>), Problem> {
    let now = hub.clock.now();
    let row = checked(new, viewer.org, now)?;
    let mut change = hub.change(&viewer).await?;
    if store_rows::list(&mut change.tx, viewer.org).await?.iter().any(|store| store.name == row.name) {
        return Err(Problem::Conflict(format!("there is a store named {:?} already; nothing was changed", row.name)));
    }
    store_rows::put(&mut change.tx, &row).await?;
    let after = serde_json::json!({"name": row.name, "timezone": row.timezone, "currency": row.currency.as_str()});
    if !viewer.everywhere {
        // Who does not reach all stores reaches the one just opened.
        let mut reach = viewer.reach(&mut change.tx).await?.unwrap_or_default();
        reach.insert(row.id);
        reach::set(&mut change.tx, viewer.org, viewer.actor.id(), &reach).await?;
    }
    change.commit(Told::new("stores.create", row.id).after(&after)).await?;
    info!(actor.id = %viewer.actor.id(), store.id = %row.id, "opened a store");
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let made = overview::read(&hub, &mut tx, &viewer, Some(row.id), now).await?;
    let made = made.first().ok_or(Problem::NotFound("store"))?;
    Ok((StatusCode::CREATED, Json(StoreAnswer { store: Store::of(made, now), as_of: now })))
}

fn checked(new: NewStore, org: OrgId, now: Timestamp) -> Result<store_rows::Store, Problem> {
    let NewStore { name, location, config } = new;
    for (field, text) in [("city", &location.city), ("country", &location.country), ("address", &location.address)] {
        if let Some(text) = text {
            label(&format!("location.{field}"), text, 200)?;
        }
    }
    let wrong = |field: &str, got: &str, expected: &str| Problem::parameter(format!("config.{field}"), got, expected);
    let currency =
        config.currency.parse().map_err(|_| wrong("currency", &config.currency, "an ISO 4217 code such as EUR"))?;
    // Hours and minutes, as everybody writes them.
    let day_starts = Time::strptime("%H:%M", &config.day_starts)
        .map_err(|_| wrong("day_starts", &config.day_starts, "a local time such as 04:00"))?;
    let row = store_rows::Store {
        id: StoreId(Uuid::new_v4()),
        org,
        name: label("name", &name, 120)?.to_owned(),
        location: serde_json::to_value(&location).unwrap_or_default(),
        config: serde_json::json!({}),
        timezone: config.timezone,
        currency,
        day_starts,
        created_at: now,
    };
    row.time().map_err(|_| wrong("timezone", &row.timezone, "an IANA time zone such as Europe/London"))?;
    Ok(row)
}

/// One shop with its live figures.
#[utoipa::path(get, path = "/stores/{id}", tag = "stores", params(("id" = Uuid, Path, description = "The store")),
    responses((status = 200, body = StoreAnswer), Problem), security(("session" = ["stores.read"]), ("bearer" = ["stores.read"])))]
pub(crate) async fn store(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<StoreAnswer> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let found = overview::read(&hub, &mut tx, &viewer, Some(StoreId(id)), now).await?;
    let found = found.first().ok_or(Problem::NotFound("store"))?;
    Ok(Json(StoreAnswer { store: Store::of(found, now), as_of: now }))
}
