//! Sensors that speak when they like: what they said becomes readings, and their silence becomes bad ones.
//!
//! [`Watch`] is pure and knows no wire; [`Teller`] carries what it finds to the board and to whoever thinks about it.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::Instant;
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};
use vyavs_wire::record::{Record, SensorV1};

use super::Context;
use crate::health::InputHandle;

/// How often a sensor without a value is said to have none: often enough for a rule, seldom enough for the disk.
const BAD_EVERY: Duration = Duration::from_secs(30);
/// A device's clock is believed so far ahead of ours ...
const AHEAD: Duration = Duration::from_secs(5);
/// ... and so far behind: a gateway that was cut off tells late.
const BEHIND: Duration = Duration::from_secs(24 * 3600);

/// What a sensor is called and when it is wrong; the same in every section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Unique in the store.
    pub id: SensorId,
    /// For people; the id if not said.
    #[serde(default)]
    pub name: String,
    /// Below is wrong.
    #[serde(default)]
    pub low: Option<f64>,
    /// Above is wrong.
    #[serde(default)]
    pub high: Option<f64>,
}

impl Named {
    /// Only an id.
    pub fn new(id: SensorId) -> Self {
        Self { id, name: String::new(), low: None, high: None }
    }

    /// The sensor as it is declared to the hub.
    pub fn declared(&self, measure: Measure) -> Sensor {
        let name = if self.name.is_empty() { self.id.to_string() } else { self.name.clone() };
        Sensor { id: self.id.clone(), name, measure, low: self.low, high: self.high }
    }
}

/// A reading and, unless it is good, why.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The reading.
    pub reading: Reading,
    /// For people; none for a good one.
    pub why: Option<String>,
}

#[derive(Clone, Debug)]
struct Watched {
    sensor: Sensor,
    silent: Duration,
    /// Good readings are at least so far apart, unless a state changes.
    every: Duration,
    /// When it last had a value, or when we began.
    heard: Instant,
    told: Option<Instant>,
    told_bad: Option<Instant>,
    last: f64,
    /// The latest time that was told: readings of a sensor never go back.
    last_at: Option<Timestamp>,
    why: Option<String>,
}

/// Sensors by their place in configuration.
#[derive(Clone, Debug)]
pub struct Watch {
    sensors: Vec<Watched>,
}

impl Watch {
    /// Sensors with how long each may be silent, and how far apart its readings are at least.
    pub fn new(sensors: impl IntoIterator<Item = (Sensor, Duration, Duration)>, now: Instant) -> Self {
        let watched = |(sensor, silent, every)| Watched {
            sensor,
            silent,
            every,
            heard: now,
            told: None,
            told_bad: None,
            last: f64::NAN,
            last_at: None,
            why: None,
        };
        Self { sensors: sensors.into_iter().map(watched).collect() }
    }

    /// The sensors as they are declared.
    pub fn sensors(&self) -> impl Iterator<Item = &Sensor> {
        self.sensors.iter().map(|watched| &watched.sensor)
    }

    /// A value. `told_at` is the device's own time, believed within a day behind and five seconds ahead of `at`.
    /// None while the last reading is too near and no state changed.
    pub fn value(
        &mut self,
        index: usize,
        value: f64,
        told_at: Option<Timestamp>,
        at: Timestamp,
        now: Instant,
    ) -> Option<Finding> {
        let watched = self.sensors.get_mut(index)?;
        if !value.is_finite() {
            return self.bad(index, "the value is no number", at, now);
        }
        let state = matches!(watched.sensor.measure, Measure::Door | Measure::State);
        let changed = state && watched.last.total_cmp(&value).is_ne();
        watched.heard = now;
        let was_bad = watched.told_bad.take().is_some();
        watched.why = None;
        if !changed && !was_bad && watched.told.is_some_and(|told| now.duration_since(told) < watched.every) {
            return None;
        }
        watched.told = Some(now);
        watched.last = value;
        let at = believed(told_at, at);
        // Late news beside newer ones would turn time back.
        if watched.last_at.is_some_and(|last| at < last) {
            return None;
        }
        watched.last_at = Some(at);
        let reading = Reading { sensor: watched.sensor.id.clone(), at, value, quality: Quality::Good };
        Some(Finding { reading, why: None })
    }

    /// A step, added to what counts; every one is told.
    pub fn step(
        &mut self,
        index: usize,
        step: f64,
        suspect: Option<&str>,
        at: Timestamp,
        now: Instant,
    ) -> Option<Finding> {
        let watched = self.sensors.get_mut(index)?;
        watched.heard = now;
        watched.told_bad = None;
        watched.last = step;
        watched.last_at = Some(at);
        let quality = if suspect.is_some() { Quality::Suspect } else { Quality::Good };
        let reading = Reading { sensor: watched.sensor.id.clone(), at, value: step, quality };
        Some(Finding { reading, why: suspect.map(str::to_owned) })
    }

    /// It answered that it has no value: told at once, then seldom.
    pub fn bad(&mut self, index: usize, why: &str, at: Timestamp, now: Instant) -> Option<Finding> {
        let watched = self.sensors.get_mut(index)?;
        if watched.told_bad.is_some_and(|told| now.duration_since(told) < BAD_EVERY) {
            return None;
        }
        watched.told_bad = Some(now);
        watched.why = Some(why.to_owned());
        Some(watched.nothing(at, why.to_owned()))
    }

    /// Remembers why a sensor is not heard, for the time its silence is told.
    pub fn note(&mut self, index: usize, why: &str) {
        if let Some(watched) = self.sensors.get_mut(index) {
            watched.why = Some(why.to_owned());
        }
    }

    /// The sensors that have been silent for too long; `cause` is the input's own, if it has one.
    pub fn silent(&mut self, cause: Option<&str>, at: Timestamp, now: Instant) -> Vec<Finding> {
        let due = |watched: &&mut Watched| {
            now.duration_since(watched.heard) >= watched.silent
                && watched.told_bad.is_none_or(|told| now.duration_since(told) >= BAD_EVERY)
        };
        let tell = |watched: &mut Watched| {
            watched.told_bad = Some(now);
            let seconds = now.duration_since(watched.heard).as_secs();
            let reason = cause.map(str::to_owned).or_else(|| watched.why.clone());
            let why = match reason {
                Some(reason) => format!("nothing for {seconds} s: {reason}"),
                None => format!("nothing for {seconds} s: out of reach, off, or its battery is empty"),
            };
            watched.nothing(at, why)
        };
        self.sensors.iter_mut().filter(due).map(tell).collect()
    }
}

impl Watched {
    fn nothing(&mut self, at: Timestamp, why: String) -> Finding {
        let at = self.last_at.map_or(at, |last| last.max(at));
        let reading = Reading { sensor: self.sensor.id.clone(), at, value: self.last, quality: Quality::Bad };
        Finding { reading, why: Some(why) }
    }
}

fn believed(told: Option<Timestamp>, at: Timestamp) -> Timestamp {
    let seconds = |told: Timestamp| at.duration_since(told).as_secs_f64();
    let window = -AHEAD.as_secs_f64()..=BEHIND.as_secs_f64();
    told.filter(|told| window.contains(&seconds(*told))).unwrap_or(at)
}

/// Nobody takes the readings any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the readings have nowhere to go")]
pub struct Closed;

/// Where findings go.
#[derive(Clone, Debug)]
pub struct Teller {
    readings: mpsc::Sender<Reading>,
    input: InputHandle,
}

impl Teller {
    /// Declares the sensors on the board and to the hub.
    pub async fn start(watch: &Watch, ctx: &Context, readings: mpsc::Sender<Reading>, input: InputHandle) -> Self {
        for sensor in watch.sensors() {
            input.board().sensor(sensor);
        }
        let declared: Vec<Record> = watch.sensors().map(|sensor| Record::SensorV1(SensorV1::from(sensor))).collect();
        if let Err(error) = ctx.outbox.offer(declared).await {
            input.error(&error.to_string());
        }
        Self { readings, input }
    }

    /// Shows and hands on. A full channel is a consumer that is behind: the wire waits for it, and the pulse tells.
    pub async fn tell(&self, findings: impl IntoIterator<Item = Finding>) -> Result<(), Closed> {
        let mut count = 0;
        for Finding { reading, why } in findings {
            let board = self.input.board();
            self.input.reading(&reading);
            if let Some(why) = why {
                board.sensor_detail(&reading.sensor, &why);
            }
            self.input.reading(&reading);
            self.readings.send(reading).await.map_err(|_| Closed)?;
            count += 1;
        }
        if count > 0 {
            self.input.record(count);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + second).expect("a time")
    }

    fn watch(measure: Measure, now: Instant) -> Watch {
        let sensor = Named::new("s".parse().expect("an id")).declared(measure);
        Watch::new([(sensor, Duration::from_secs(60), Duration::from_secs(10))], now)
    }

    #[test]
    fn silence_is_told_with_its_reason_once_and_then_seldom() {
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        let mut watch = watch(Measure::Temperature, begin);
        assert!(watch.silent(None, at(59), after(59)).is_empty());
        let told = watch.silent(None, at(60), after(60));
        assert_eq!(told[0].reading.quality, Quality::Bad);
        assert!(told[0].reading.value.is_nan(), "it never had a value");
        assert!(told[0].why.as_deref().is_some_and(|why| why.contains("battery")));
        assert!(watch.silent(None, at(70), after(70)).is_empty());
        watch.note(0, "does not open with the key");
        let told = watch.silent(None, at(90), after(90));
        assert!(told[0].why.as_deref().is_some_and(|why| why.ends_with("does not open with the key")));
        // A value heals it at once, however near the last reading.
        let healed = watch.value(0, 4.5, None, at(91), after(91)).expect("told");
        assert_eq!((healed.reading.value, healed.reading.quality), (4.5, Quality::Good));
        let told = watch.silent(Some("no radio"), at(200), after(200));
        assert_eq!(told[0].reading.value, 4.5, "the last good one, marked bad");
        assert!(told[0].why.as_deref().is_some_and(|why| why.contains("no radio")));
    }

    #[test]
    fn chatter_is_thinned_and_a_change_of_state_never_is() {
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        let mut slow = watch(Measure::Temperature, begin);
        let told = (0..30).filter(|s| slow.value(0, 4.0, None, at(*s as i64), after(*s)).is_some()).count();
        assert_eq!(told, 3);
        let mut door = watch(Measure::Door, begin);
        let states = [0.0, 0.0, 1.0, 1.0, 0.0];
        let told = (0..).zip(states).filter(|(s, v)| door.value(0, *v, None, at(*s), after(*s as u64)).is_some());
        assert_eq!(told.map(|(s, _)| s).collect::<Vec<_>>(), [0, 2, 4]);
    }

    #[test]
    fn a_devices_time_is_believed_within_reason_and_never_turns_back() {
        let begin = Instant::now();
        let mut watch = watch(Measure::Door, begin);
        let mut read = |value, told| watch.value(0, value, Some(told), at(0), begin).map(|found| found.reading.at);
        assert_eq!(read(1.0, at(-100)), Some(at(-100)));
        assert_eq!(read(0.0, at(-200)), None, "older than the last one");
        assert_eq!(read(1.0, at(500)), Some(at(0)), "its clock is wrong");
        assert_eq!(read(0.0, Timestamp::UNIX_EPOCH), Some(at(0)));
    }

    #[test]
    fn what_is_no_number_is_bad() {
        let begin = Instant::now();
        let mut watch = watch(Measure::Temperature, begin);
        let found = watch.value(0, f64::INFINITY, None, at(0), begin).expect("told");
        assert_eq!(found.reading.quality, Quality::Bad);
        assert_eq!(watch.value(7, 1.0, None, at(0), begin), None, "no such sensor");
    }
}
