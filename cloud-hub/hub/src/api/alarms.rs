//! Alarms, newest first: of one store, and of all.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::alert;
use vyavs_domain::ids::{AlarmId, StoreId};
use vyavs_store::alarms::{self as rows, AlarmFilter};

use super::params::{IdPath, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use super::{Hub, HubState};

/// Which rule spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// A value beyond its limit.
    Threshold,
    /// A model's score beyond its limit.
    ModelScore,
    /// A sensor that repeats itself.
    StuckSensor,
    /// Above its limit for too long.
    TimeAboveLimit,
    /// A sensor or till that went silent.
    Missing,
    /// Receipts that could not be read.
    Quarantine,
    /// The device itself: disk, clock, certificate, model.
    Device,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Look today.
    Warning,
    /// Look now.
    Critical,
}

/// One episode of an alarm.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Alarm {
    /// The episode.
    pub id: Uuid,
    /// Its store.
    pub store_id: Uuid,
    /// Which rule.
    pub kind: AlarmKind,
    /// How much it matters.
    pub severity: Severity,
    /// The sensor, terminal or part of the device it is about.
    #[schema(example = "fridge-1.air")]
    pub subject: String,
    /// When it began.
    pub raised_at: Timestamp,
    /// When it ended; null while it lasts.
    #[schema(required)]
    pub cleared_at: Option<Timestamp>,
    /// What was seen.
    #[schema(required, example = 7.2)]
    pub value: Option<f64>,
    /// What it was held against.
    #[schema(required, example = 5.0)]
    pub limit: Option<f64>,
    /// One sentence for people.
    #[schema(example = "Dairy fridge, air is 7.2 °C, above 5.0 °C for 12 minutes")]
    pub reason: String,
    /// Name and version of the model that scored it.
    #[schema(required)]
    pub model: Option<String>,
}

/// A page of alarms.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Alarms {
    /// Newest first.
    pub alarms: Vec<Alarm>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`alarms`] and [`store_alarms`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AlarmQuery {
    /// `true`: those that last; `false`: those that are over; all without.
    pub open: Option<bool>,
    /// Alarms a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Parameters for AlarmQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            open: pairs.one("open", "true or false")?,
            limit: pairs.number("limit", 1, 500, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
        })
    }
}

impl From<alert::AlarmKind> for AlarmKind {
    fn from(kind: alert::AlarmKind) -> Self {
        match kind {
            alert::AlarmKind::Threshold => Self::Threshold,
            alert::AlarmKind::ModelScore => Self::ModelScore,
            alert::AlarmKind::StuckSensor => Self::StuckSensor,
            alert::AlarmKind::TimeAboveLimit => Self::TimeAboveLimit,
            alert::AlarmKind::Missing => Self::Missing,
            alert::AlarmKind::Quarantine => Self::Quarantine,
            alert::AlarmKind::Device => Self::Device,
        }
    }
}

impl From<alert::Severity> for Severity {
    fn from(severity: alert::Severity) -> Self {
        match severity {
            alert::Severity::Info => Self::Info,
            alert::Severity::Warning => Self::Warning,
            alert::Severity::Critical => Self::Critical,
        }
    }
}

impl Alarm {
    /// Of a store's alarm; also the data of an `alarm` event.
    pub fn of(store: StoreId, alarm: &alert::Alarm) -> Self {
        Self {
            id: alarm.id.0,
            store_id: store.0,
            kind: alarm.kind.into(),
            severity: alarm.severity.into(),
            subject: alarm.subject.clone(),
            raised_at: alarm.raised_at,
            cleared_at: alarm.cleared_at,
            // JSON has no number for what is none.
            value: alarm.value.filter(|value| value.is_finite()),
            limit: alarm.limit.filter(|limit| limit.is_finite()),
            reason: alarm.reason.clone(),
            model: alarm.model.clone(),
        }
    }
}

/// Alarms of one store, newest first.
#[utoipa::path(get, path = "/stores/{id}/alarms", tag = "alarms",
    params(("id" = Uuid, Path, description = "The store"), AlarmQuery),
    responses((status = 200, body = Alarms), Problem), security(("session" = ["alerts.read"]), ("bearer" = ["alerts.read"])))]
pub(crate) async fn store_alarms(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Params(query): Params<AlarmQuery>,
) -> Answer<Alarms> {
    page(&hub, &viewer, Some(StoreId(id)), query).await
}

/// Alarms of all stores, newest first.
#[utoipa::path(get, path = "/alarms", tag = "alarms", params(AlarmQuery),
    responses((status = 200, body = Alarms), Problem), security(("session" = ["alerts.read"]), ("bearer" = ["alerts.read"])))]
pub(crate) async fn alarms(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<AlarmQuery>,
) -> Answer<Alarms> {
    page(&hub, &viewer, None, query).await
}

async fn page(hub: &Hub, viewer: &Viewer, store: Option<StoreId>, query: AlarmQuery) -> Answer<Alarms> {
    let after = cursor::<(Timestamp, AlarmId)>(query.cursor.as_deref())?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let filter = AlarmFilter { within: viewer.one_or_all(&mut tx, store).await?, open: query.open };
    let mut found = rows::page(&mut tx, viewer.org, filter, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut found, query.limit, |stored| (stored.alarm.raised_at, stored.alarm.id));
    let alarms = found.iter().map(|stored| Alarm::of(stored.store, &stored.alarm)).collect();
    Ok(Json(Alarms { alarms, next_cursor, as_of: hub.clock.now() }))
}
