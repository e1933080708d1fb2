//! One channel on the board: what it is, its latest reading, and a thin curve of the last half hour.

use std::collections::{BTreeMap, VecDeque};

use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Quality, Reading, Sensor};

use super::status::SensorStatus;

/// Values a sensor keeps for its small curve, and the least time between two of them.
const CURVE_POINTS: usize = 60;
const CURVE_EVERY_S: i64 = 30;
/// Channels the board shows; a store has tens.
const MAX_SENSORS: usize = 512;

/// One channel: what it is, its latest reading, and a thin curve of the last half hour.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) sensor: Option<Sensor>,
    pub(super) latest: Option<Reading>,
    pub(super) detail: Option<String>,
    pub(super) curve: VecDeque<(i64, f64)>,
}

/// The channel's line, made when there is room.
pub(super) fn channel<'a>(sensors: &'a mut BTreeMap<SensorId, Channel>, id: &SensorId) -> Option<&'a mut Channel> {
    if sensors.len() >= MAX_SENSORS && !sensors.contains_key(id) {
        return None;
    }
    let empty = || Channel { sensor: None, latest: None, detail: None, curve: VecDeque::new() };
    Some(sensors.entry(id.clone()).or_insert_with(empty))
}

impl Channel {
    pub(super) fn take(&mut self, reading: &Reading) {
        let at_s = reading.at.as_second();
        let due = self.curve.back().is_none_or(|(last, _)| (at_s - last).abs() >= CURVE_EVERY_S);
        if due && reading.value.is_finite() && reading.quality != Quality::Bad {
            if self.curve.len() == CURVE_POINTS {
                self.curve.pop_front();
            }
            self.curve.push_back((at_s, reading.value));
        }
        if reading.quality == Quality::Good {
            self.detail = None;
        }
        self.latest = Some(reading.clone());
    }

    pub(super) fn status(&self, id: &SensorId) -> SensorStatus {
        let sensor = self.sensor.as_ref();
        let latest = self.latest.as_ref();
        SensorStatus {
            id: id.clone(),
            name: sensor.map_or_else(|| id.to_string(), |sensor| sensor.name.clone()),
            measure: sensor.map(|sensor| sensor.measure),
            unit: sensor.map_or("", |sensor| sensor.measure.unit()).to_owned(),
            low: sensor.and_then(|sensor| sensor.low),
            high: sensor.and_then(|sensor| sensor.high),
            at: latest.map(|reading| reading.at),
            value: latest.map(|reading| reading.value).filter(|value| value.is_finite()),
            quality: latest.map(|reading| reading.quality),
            detail: self.detail.clone(),
            curve: self.curve.iter().copied().collect(),
        }
    }
}
