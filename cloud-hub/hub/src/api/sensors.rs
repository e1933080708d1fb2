//! The sensors of a store with their latest values, and their curves.

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vyavs_domain::ids::StoreId;
use vyavs_domain::reading;
use vyavs_store::sensors::{self as rows, SensorNow};
use vyavs_store::telemetry;

use super::HubState;
use super::params::{IdPath, Pairs, Parameters, Params, span};
use super::problem::{Answer, Problem};
use super::shapes::Freshness;
use super::viewer::Viewer;

/// What is measured; its unit is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// °C.
    Temperature,
    /// % relative humidity.
    Humidity,
    /// W.
    Power,
    /// People or things since the last reading.
    Count,
    /// 0 closed, 1 open.
    Door,
    /// 0 off, 1 on.
    State,
    /// kg.
    Weight,
    /// Pa.
    Pressure,
    /// V.
    Voltage,
    /// A.
    Current,
    /// kWh.
    Energy,
    /// lx.
    Illuminance,
    /// ppm of CO₂.
    CarbonDioxide,
    /// % of its charge that a device's battery still has.
    Battery,
    /// dBm at which a radio device is heard.
    Signal,
}

/// How far a value can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// As measured.
    Good,
    /// Measured, but the sensor says it is off.
    Suspect,
    /// No value: the sensor or its bus failed.
    Bad,
}

/// The newest reading of a sensor.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Latest {
    /// When it was taken.
    pub at: Timestamp,
    /// In the sensor's unit; null where the sensor gave none.
    #[schema(required, example = 3.4)]
    pub value: Option<f64>,
    /// How far to trust it.
    pub quality: Quality,
}

/// A measured channel of a store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Sensor {
    /// Unique in the store.
    #[schema(example = "fridge-1.air")]
    pub id: String,
    /// For people.
    #[schema(example = "Dairy fridge, air")]
    pub name: String,
    /// What it measures.
    pub measure: Measure,
    /// SenML (RFC 8428): `Cel`, `%RH`, `W`, `count`, `/`.
    #[schema(example = "Cel")]
    pub unit: String,
    /// Below is wrong.
    #[schema(required, example = -1.0)]
    pub low: Option<f64>,
    /// Above is wrong.
    #[schema(required, example = 5.0)]
    pub high: Option<f64>,
    /// Its newest reading.
    #[schema(required)]
    pub latest: Option<Latest>,
    /// By the age of that reading.
    pub freshness: Freshness,
}

/// All sensors of a store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Sensors {
    /// By id.
    pub sensors: Vec<Sensor>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// The curve of one sensor.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Series {
    /// Of which sensor.
    #[schema(example = "fridge-1.air")]
    pub sensor: String,
    /// For people.
    #[schema(example = "Dairy fridge, air")]
    pub name: String,
    /// What it measures.
    pub measure: Measure,
    /// SenML.
    #[schema(example = "Cel")]
    pub unit: String,
    /// Below is wrong.
    #[schema(required)]
    pub low: Option<f64>,
    /// Above is wrong.
    #[schema(required)]
    pub high: Option<f64>,
    /// `[start of the interval in ms since 1970 UTC, min, mean, max]`, oldest first; intervals without a reading are absent.
    #[schema(value_type = Vec<Vec<f64>>, example = json!([[1299312000000_i64, 3.1, 3.4, 3.9]]))]
    pub points: Vec<(i64, f64, f64, f64)>,
}

/// The curves asked for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Telemetry {
    /// In the order asked for; all sensors by id without a choice.
    pub series: Vec<Series>,
    /// Width of an interval, ms.
    #[schema(minimum = 1, example = 60000)]
    pub interval_ms: i64,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`telemetry`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TelemetryQuery {
    /// Sensor ids; may repeat, or be a list with commas, at most 32. All of them without.
    #[param(value_type = Option<String>, example = "fridge-1.air,fridge-2.air")]
    pub sensor: Vec<String>,
    /// From here; an hour before `to` without.
    pub from: Option<Timestamp>,
    /// To here, excluded; now without. At most 400 days after `from`.
    pub to: Option<Timestamp>,
    /// Intervals a curve, 10 to 2000; 500 without.
    #[param(minimum = 10, maximum = 2000, value_type = Option<u32>)]
    pub points: u32,
}

impl Parameters for TelemetryQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let query = Self {
            sensor: pairs.many("sensor"),
            from: pairs.one("from", "an RFC 3339 time such as 2011-03-05T12:00:00Z")?,
            to: pairs.one("to", "an RFC 3339 time such as 2011-03-05T12:00:00Z")?,
            points: pairs.number("points", 10, 2000, 500)?,
        };
        match query.sensor.len() {
            0..=MANY => Ok(query),
            many => Err(Problem::parameter("sensor", &many.to_string(), "at most 32 sensor ids")),
        }
    }
}

impl From<reading::Measure> for Measure {
    fn from(measure: reading::Measure) -> Self {
        match measure {
            reading::Measure::Temperature => Self::Temperature,
            reading::Measure::Humidity => Self::Humidity,
            reading::Measure::Power => Self::Power,
            reading::Measure::Count => Self::Count,
            reading::Measure::Door => Self::Door,
            reading::Measure::State => Self::State,
            reading::Measure::Weight => Self::Weight,
            reading::Measure::Pressure => Self::Pressure,
            reading::Measure::Voltage => Self::Voltage,
            reading::Measure::Current => Self::Current,
            reading::Measure::Energy => Self::Energy,
            reading::Measure::Illuminance => Self::Illuminance,
            reading::Measure::CarbonDioxide => Self::CarbonDioxide,
            reading::Measure::Battery => Self::Battery,
            reading::Measure::Signal => Self::Signal,
        }
    }
}

impl From<reading::Quality> for Quality {
    fn from(quality: reading::Quality) -> Self {
        match quality {
            reading::Quality::Good => Self::Good,
            reading::Quality::Suspect => Self::Suspect,
            reading::Quality::Bad => Self::Bad,
        }
    }
}

impl Sensor {
    pub(super) fn of(row: SensorNow, now: Timestamp) -> Self {
        let SensorNow { sensor, latest } = row;
        Self {
            id: sensor.id.to_string(),
            name: sensor.name,
            measure: sensor.measure.into(),
            unit: sensor.measure.unit().to_owned(),
            low: sensor.low,
            high: sensor.high,
            freshness: Freshness::of_value(latest.map(|latest| latest.at), now),
            latest: latest.map(|latest| Latest { at: latest.at, value: latest.value, quality: latest.quality.into() }),
        }
    }
}

/// The sensors of a store with their latest values.
#[utoipa::path(get, path = "/stores/{id}/sensors", tag = "sensors", params(("id" = Uuid, Path, description = "The store")),
    responses((status = 200, body = Sensors), Problem), security(("session" = ["telemetry.read"]), ("bearer" = ["telemetry.read"])))]
pub(crate) async fn sensors(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<Sensors> {
    let (now, store) = (hub.clock.now(), StoreId(id));
    let mut tx = hub.store.begin_read(viewer.org).await?;
    viewer.store(&mut tx, store).await?;
    let rows = rows::list(&mut tx, viewer.org, store).await?;
    Ok(Json(Sensors { sensors: rows.into_iter().map(|row| Sensor::of(row, now)).collect(), as_of: now }))
}

/// Curves of sensors, thinned on the server to `points` intervals of min, mean and max.
#[utoipa::path(get, path = "/stores/{id}/telemetry", tag = "sensors",
    params(("id" = Uuid, Path, description = "The store"), TelemetryQuery),
    responses((status = 200, body = Telemetry), Problem), security(("session" = ["telemetry.read"]), ("bearer" = ["telemetry.read"])))]
pub(crate) async fn telemetry(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Params(query): Params<TelemetryQuery>,
) -> Answer<Telemetry> {
    let (now, store) = (hub.clock.now(), StoreId(id));
    let (from, to) =
        span(query.from, query.to, now, SignedDuration::from_hours(1), SignedDuration::from_hours(24 * 400))?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    viewer.store(&mut tx, store).await?;
    let known = rows::list(&mut tx, viewer.org, store).await?;
    let chosen: Vec<&SensorNow> = match query.sensor.is_empty() {
        true => known.iter().take(MANY).collect(),
        false => query
            .sensor
            .iter()
            .map(|id| known.iter().find(|row| row.sensor.id.as_str() == id).ok_or_else(|| unknown(id)))
            .collect::<Result<_, _>>()?,
    };
    let mut series = Vec::with_capacity(chosen.len());
    let length_us = to.as_microsecond() - from.as_microsecond();
    let mut interval_us = length_us / i64::from(query.points);
    for SensorNow { sensor, .. } in chosen {
        let curve = telemetry::curve(&mut tx, viewer.org, store, &sensor.id, (from, to), query.points).await?;
        interval_us = interval_us.max(curve.width_us);
        series.push(Series {
            sensor: sensor.id.to_string(),
            name: sensor.name.clone(),
            measure: sensor.measure.into(),
            unit: sensor.measure.unit().to_owned(),
            low: sensor.low,
            high: sensor.high,
            points: curve.points.iter().map(|p| (p.at.as_millisecond(), p.min, p.mean, p.max)).collect(),
        });
    }
    Ok(Json(Telemetry { series, interval_ms: (interval_us / 1000).max(1), as_of: now }))
}

/// Curves in one answer.
const MANY: usize = 32;

fn unknown(id: &str) -> Problem {
    Problem::parameter("sensor", id, "a sensor of this store")
}
