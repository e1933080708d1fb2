//! From a message to values of configured sensors. Pure: the connection is elsewhere.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use vyavs_codec::senml::{self, Pointed, pointed};
use vyavs_codec::sparkplug::{Heard as NodeHeard, Kind, Metric, Node, Payload, Topic, Value, rebirth};
use vyavs_domain::reading::Measure;

use super::{BrokerConfig, Format, SensorConfig, SubscriptionConfig};

/// A rebirth that was asked for and did not come is asked for again after this time.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// Nodes of Sparkplug that are remembered; a store has a handful.
const MAX_NODES: usize = 256;

/// What a sensor comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    /// A value, and the device's own time of it.
    Value(f64, Option<Timestamp>),
    /// It says that there is none.
    Nothing(String),
}

/// What a message comes to.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Heard {
    pub(super) found: Vec<(usize, Found)>,
    /// What to publish: topic and payload.
    pub(super) commands: Vec<(String, Vec<u8>)>,
    pub(super) errors: Vec<String>,
}

#[derive(Debug)]
struct Subscription {
    config: SubscriptionConfig,
    /// Place of its first sensor.
    from: usize,
}

#[derive(Debug, Default)]
struct Known {
    node: Node,
    asked: Option<Instant>,
}

/// The subscriptions, and what is known of Sparkplug's nodes.
#[derive(Debug)]
pub(super) struct Messages {
    subscriptions: Vec<Subscription>,
    nodes: HashMap<(String, String), Known>,
}

impl Messages {
    pub(super) fn new(config: &BrokerConfig) -> Self {
        let mut from = 0;
        let place = |config: &SubscriptionConfig| {
            let placed = Subscription { config: config.clone(), from };
            from += config.sensors.len();
            placed
        };
        Self { subscriptions: config.subscriptions.iter().map(place).collect(), nodes: HashMap::new() }
    }

    /// Nothing is known of nodes any more: messages were missed.
    pub(super) fn forget(&mut self) {
        self.nodes.clear();
    }

    pub(super) fn take(&mut self, topic: &str, payload: &[u8], at: Timestamp, now: Instant) -> Heard {
        let mut heard = Heard::default();
        let matching = |one: &&Subscription| rumqttc::matches(topic, &one.config.topic);
        let mut of_sparkplug = false;
        for one in self.subscriptions.iter().filter(matching) {
            match one.config.format {
                Format::Json => one.json(topic, payload, &mut heard),
                Format::Senml => one.senml(topic, senml::json(payload, at), &mut heard),
                Format::SenmlCbor => one.senml(topic, senml::cbor(payload, at), &mut heard),
                Format::Sparkplug => of_sparkplug = true,
            }
        }
        // Once, however many subscriptions it matches: a message counts only once.
        if of_sparkplug {
            self.sparkplug(topic, payload, at, now, &mut heard);
        }
        heard
    }

    fn sparkplug(&mut self, topic: &str, payload: &[u8], at: Timestamp, now: Instant, heard: &mut Heard) {
        // STATE of a host and other topics of the namespace.
        let Ok(topic) = Topic::parse(topic) else { return };
        if matches!(topic.kind, Kind::NodeCommand | Kind::DeviceCommand) {
            return;
        }
        let payload = match Payload::decode(payload) {
            Ok(payload) => payload,
            Err(error) => {
                heard.errors.push(format!("{topic}: {error}"));
                return;
            }
        };
        let id = (topic.group.clone(), topic.node.clone());
        if self.nodes.len() >= MAX_NODES && !self.nodes.contains_key(&id) {
            heard.errors.push(format!("{topic}: more than {MAX_NODES} nodes, this one is not listened to"));
            return;
        }
        let known = self.nodes.entry(id).or_default();
        if known.asked.is_some_and(|asked| now.duration_since(asked) >= ASK_AGAIN) {
            known.node.ask_again();
        }
        let said = known.node.hear(topic.kind, topic.device.as_deref(), &payload);
        if let Some(why) = said.problem {
            heard.errors.push(format!("{topic}: {why}"));
        }
        if said.rebirth.is_some() {
            known.asked = Some(now);
            heard.commands.push((topic.command(), rebirth(at.as_millisecond().unsigned_abs())));
        }
        let prefix = match &topic.device {
            Some(device) => format!("{}/{}/{device}/", topic.group, topic.node),
            None => format!("{}/{}/", topic.group, topic.node),
        };
        for one in self.subscriptions.iter().filter(|one| one.config.format == Format::Sparkplug) {
            one.sparkplug(&prefix, &said, &payload, heard);
        }
    }
}

impl Subscription {
    fn json(&self, topic: &str, payload: &[u8], heard: &mut Heard) {
        let pointers: Vec<&str> = self.config.sensors.iter().map(|sensor| sensor.value.as_str()).collect();
        let values = match pointed(payload, &pointers) {
            Ok(values) => values,
            Err(error) => {
                heard.errors.push(format!("{topic}: {error}"));
                return;
            }
        };
        for ((place, sensor), value) in (self.from..).zip(&self.config.sensors).zip(values) {
            let found = match value {
                // A message of another kind on the same topic, or a device that tells only what changed.
                Pointed::Absent => continue,
                Pointed::Number(number) => Found::Value(sensor.number(number), None),
                Pointed::Bool(value) => Found::Value(sensor.state(value), None),
                Pointed::Null => Found::Nothing(format!("{topic} says null at {}", sensor.value)),
                Pointed::Other(other) => Found::Nothing(format!("{topic} says {other:?} at {}", sensor.value)),
            };
            heard.found.push((place, found));
        }
    }

    fn senml(&self, topic: &str, records: Result<Vec<senml::Record>, senml::SenmlError>, heard: &mut Heard) {
        let records = match records {
            Ok(records) => records,
            Err(error) => {
                heard.errors.push(format!("{topic}: {error}"));
                return;
            }
        };
        for record in records {
            for (place, sensor) in (self.from..).zip(&self.config.sensors) {
                if sensor.value != record.name {
                    continue;
                }
                let found = match (&record.value, sensor.fits(record.unit.as_deref())) {
                    (_, Err(why)) => Found::Nothing(why),
                    (Some(senml::Value::Number(number)), Ok(())) => {
                        Found::Value(sensor.number(*number), Some(record.at))
                    }
                    (Some(senml::Value::Bool(value)), Ok(())) => Found::Value(sensor.state(*value), Some(record.at)),
                    (other, Ok(())) => Found::Nothing(format!("{} has no number but {other:?}", record.name)),
                };
                heard.found.push((place, found));
            }
        }
    }

    fn sparkplug(&self, prefix: &str, said: &NodeHeard, payload: &Payload, heard: &mut Heard) {
        for (place, sensor) in (self.from..).zip(&self.config.sensors) {
            let Some(name) = sensor.value.strip_prefix(prefix) else { continue };
            if said.node_died || said.device_died {
                heard.found.push((place, Found::Nothing("the node says that it is gone (death)".to_owned())));
                continue;
            }
            let of = |(known, metric, _): &&(String, Metric, Value)| known == name && !metric.historical;
            let Some((_, metric, value)) = said.metrics.iter().find(of) else { continue };
            let told = metric.at_ms.or(payload.at_ms).and_then(|ms| i64::try_from(ms).ok());
            let told = told.and_then(|ms| Timestamp::from_millisecond(ms).ok());
            let found = match value {
                Value::Integer(number) => Found::Value(sensor.number(*number as f64), told),
                Value::Number(number) => Found::Value(sensor.number(*number), told),
                Value::Bool(value) => Found::Value(sensor.state(*value), told),
                Value::Null => Found::Nothing(format!("{} is null", sensor.value)),
                Value::Text(_) | Value::Other(_) => Found::Nothing(format!("{} is no number", sensor.value)),
            };
            heard.found.push((place, found));
        }
    }
}

impl SensorConfig {
    fn number(&self, number: f64) -> f64 {
        let value = number * self.scale;
        // Without the dust of binary fractions: 1013.2 × 100 is 101320.
        let clean = (value * 1e6).round() / 1e6;
        let value = if clean.is_finite() { clean } else { value };
        if self.invert && matches!(self.measure, Measure::Door | Measure::State) {
            return f64::from(u8::from(value == 0.0));
        }
        value
    }

    fn state(&self, value: bool) -> f64 {
        f64::from(u8::from(value != self.invert))
    }

    /// Whether a unit that is said is the measure's; with a scale the configuration has spoken.
    fn fits(&self, unit: Option<&str>) -> Result<(), String> {
        let expected = self.measure.unit();
        let same = |unit: &str| {
            unit == expected
                || matches!((unit, self.measure), ("%", Measure::Humidity | Measure::Battery))
                || matches!((unit, self.measure), ("lux", Measure::Illuminance))
        };
        match unit {
            Some(unit) if self.scale == 1.0 && !same(unit) => {
                Err(format!("{} is in {unit:?}, expected {expected:?}; say a scale to convert it", self.value))
            }
            _ => Ok(()),
        }
    }
}
