//! `GET /api/v1/kpis`: the figures of now, each with its formula and its age.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_domain::money::Currency;

mod figures;
mod past;

use figures::figures;
use past::past;

use super::overview;
use super::params::{Pairs, Parameters, Params};
use super::problem::{Answer, Problem};
use super::shapes::Freshness;
use super::viewer::Viewer;
use super::{Hub, HubState};

/// Which figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KpiId {
    /// Money taken in the current business day of each store.
    SalesToday,
    /// Tickets of the current business day.
    ReceiptsToday,
    /// Sales by tickets.
    AverageBasket,
    /// Pieces sold in the current business day.
    UnitsToday,
    /// Alarms raised and not cleared.
    OpenAlarms,
    /// Records that stores still owe the hub.
    UnsentRecords,
}

/// What a figure is held against.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Compare {
    /// For people.
    #[schema(example = "the same weekday last week, until this time")]
    pub label: String,
    /// In the unit of the figure.
    #[schema(example = 11250.4)]
    pub value: f64,
}

/// One figure of now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Kpi {
    /// Which figure.
    pub id: KpiId,
    /// For people.
    #[schema(example = "Sales today")]
    pub label: String,
    /// The figure, in `unit`; money in whole currency units. Null where it has no value: no tickets to average, or
    /// stores of several currencies (the formula then says so).
    #[schema(required, example = 12345.67)]
    pub value: Option<f64>,
    /// `money`, `receipts`, `pieces`, `alarms` or `records`.
    #[schema(example = "money")]
    pub unit: String,
    /// ISO 4217, for money.
    #[schema(required, example = "GBP")]
    pub currency: Option<String>,
    /// The figure is complete up to here: when that of its stores was heard which was silent longest; now where none ever was.
    pub as_of: Timestamp,
    /// How it is computed, in one sentence.
    #[schema(example = "Σ totals of sales and returns of the current business day; no voids, training or adjustments")]
    pub formula: String,
    /// That of the store that was silent longest.
    pub freshness: Freshness,
    /// What it is held against; null without earlier data.
    #[schema(required)]
    pub compare: Option<Compare>,
    /// The same weekday 52 weeks ago, until this time; null without data of then.
    pub last_year: Option<Compare>,
    /// `[ms since 1970 UTC, value]`, one an hour, oldest first; may be empty.
    #[schema(value_type = Vec<Vec<f64>>, example = json!([[1299312000000_i64, 120.5]]))]
    pub spark: Vec<(i64, f64)>,
}

/// The figures of now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Kpis {
    /// In the order to show.
    pub kpis: Vec<Kpi>,
    /// When this was computed.
    pub as_of: Timestamp,
}

/// Query of [`kpis`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KpiQuery {
    /// One store only; all of them without.
    pub store_id: Option<Uuid>,
}

impl Parameters for KpiQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self { store_id: pairs.one("store_id", "a UUID")? })
    }
}

/// The figures of now: sales, receipts, average basket, units, open alarms, unsent records.
#[utoipa::path(get, path = "/kpis", tag = "kpis", params(KpiQuery),
    responses((status = 200, body = Kpis), Problem), security(("session" = ["sales.read"]), ("bearer" = ["sales.read"])))]
pub(crate) async fn kpis(State(hub): State<HubState>, viewer: Viewer, Params(query): Params<KpiQuery>) -> Answer<Kpis> {
    let now = hub.clock.now();
    let only = query.store_id.map(StoreId);
    let what = viewer.asks("kpis", only);
    hub.cache.answer(viewer.org, &what, now, read(&hub, &viewer, only, now)).await.map(Json)
}

async fn read(hub: &Hub, viewer: &Viewer, only: Option<StoreId>, now: Timestamp) -> Result<Kpis, Problem> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let within = viewer.one_or_all(&mut tx, only).await?;
    let stores = overview::read(hub, &mut tx, viewer, only, now).await?;
    let currencies: BTreeSet<Currency> = stores.iter().map(|store| store.store.currency).collect();
    let currency = currencies.iter().next().copied().filter(|_| currencies.len() == 1);
    let past = past(&mut tx, viewer, within, &stores, currency, now).await?;
    Ok(Kpis { kpis: figures(&stores, currency, &past, now), as_of: now })
}
