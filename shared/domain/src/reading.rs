//! What a sensor measured, and what the sensor is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::SensorId;

/// What is measured; its unit is fixed, so a number never travels without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// °C.
    Temperature,
    /// % relative humidity.
    Humidity,
    /// W.
    Power,
    /// People (or things) since the last reading.
    Count,
    /// 0 closed, 1 open.
    Door,
    /// 0 off, 1 on: a state, such as defrost.
    State,
    /// kg.
    Weight,
    /// Pa.
    Pressure,
    /// V.
    Voltage,
    /// A.
    Current,
    /// kWh, as meters count it.
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

impl Measure {
    /// The unit (SenML, RFC 8428 §12.1 and RFC 8798 where they name one).
    pub fn unit(self) -> &'static str {
        match self {
            Self::Temperature => "Cel",
            Self::Humidity => "%RH",
            Self::Power => "W",
            Self::Count => "count",
            Self::Door | Self::State => "/",
            Self::Weight => "kg",
            Self::Pressure => "Pa",
            Self::Voltage => "V",
            Self::Current => "A",
            Self::Energy => "kWh",
            Self::Illuminance => "lx",
            Self::CarbonDioxide => "ppm",
            Self::Battery => "%EL",
            Self::Signal => "dBm",
        }
    }
}

/// A channel in the store, as its configuration declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    /// Unique in the store.
    pub id: SensorId,
    /// For people: `Dairy fridge, air`.
    pub name: String,
    /// What it measures.
    pub measure: Measure,
    /// Below is wrong.
    pub low: Option<f64>,
    /// Above is wrong.
    pub high: Option<f64>,
}

/// How far the value can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// As measured.
    Good,
    /// Measured, but the sensor says it is off (calibration, defrost).
    Suspect,
    /// No value: the sensor or its bus failed; `value` is the last good one or NaN.
    Bad,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Of which channel.
    pub sensor: SensorId,
    /// When it was taken.
    pub at: Timestamp,
    /// In the sensor's unit.
    pub value: f64,
    /// How far to trust it.
    pub quality: Quality,
}
