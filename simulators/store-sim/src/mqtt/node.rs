//! One edge node of Sparkplug B: `store/sim`, a device a cabinet, births, data by alias, a death in the broker's hands.
//!
//! Source: Eclipse Sparkplug 3.0.0, chapters 5 (operational behaviour) and 6 (payloads).

use jiff::Timestamp;
use vyavs_codec::sparkplug::{DataType, Metric, Payload, REBIRTH, Value};
use vyavs_world::sensors::Sample;

use super::Message;
use crate::modbus::Shown;

/// The group of the node's topics.
pub const GROUP: &str = "store";
/// The node.
pub const NODE: &str = "sim";

/// Aliases of a device begin here, so many apart.
const ALIASES: u64 = 10;

/// The node's side of its sessions.
#[derive(Clone, Debug)]
pub(super) struct Node {
    cabinets: Vec<String>,
    /// `bdSeq`: which session this is; what birth and death have in common.
    session: u64,
    /// The number of the next message, 0 to 255.
    seq: u64,
}

/// Whether a command is `Node Control/Rebirth`.
pub(super) fn asks_for_birth(payload: &[u8]) -> bool {
    let asks =
        |metric: &Metric| metric.name.as_deref() == Some(REBIRTH) && metric.typed(None) == Some(Value::Bool(true));
    Payload::decode(payload).is_ok_and(|payload| payload.metrics.iter().any(asks))
}

impl Node {
    pub(super) fn new(cabinets: &[String]) -> Self {
        Self { cabinets: cabinets.to_vec(), session: 255, seq: 0 }
    }

    /// Every connection is a session of its own.
    pub(super) fn next_session(&mut self) {
        self.session = (self.session + 1) % 256;
    }

    /// Where the node is commanded.
    pub(super) fn commands(&self) -> String {
        topic("NCMD", None)
    }

    /// The death of this session, for the broker to tell.
    pub(super) fn death(&self) -> Message {
        let payload = Payload { at_ms: None, metrics: vec![self.bd_seq()], seq: None };
        Message { topic: topic("NDEATH", None), payload: payload.encode() }
    }

    fn bd_seq(&self) -> Metric {
        let value = Some(Value::Integer(self.session.into()));
        Metric { name: Some("bdSeq".to_owned()), value, datatype: Some(DataType::UInt64 as u32), ..Metric::default() }
    }

    /// The births of the node and its devices, with what they measure now.
    pub(super) fn birth(&mut self, shown: &Shown, now: Timestamp) -> Vec<Message> {
        self.seq = 0;
        let rebirth = Metric {
            name: Some(REBIRTH.to_owned()),
            value: Some(Value::Bool(false)),
            datatype: Some(DataType::Boolean as u32),
            ..Metric::default()
        };
        let metrics = [vec![self.bd_seq(), rebirth], of_node(shown)].concat();
        let mut said = vec![self.message("NBIRTH", None, metrics, now)];
        for (place, (_, sample)) in (0..self.cabinets.len()).zip(&shown.round.cabinets) {
            said.push(self.message("DBIRTH", Some(place), of_device(place, sample), now));
        }
        said
    }

    /// What is measured now, by alias.
    pub(super) fn data(&mut self, shown: &Shown, now: Timestamp) -> Vec<Message> {
        let short = |metrics: Vec<Metric>| {
            metrics.into_iter().map(|metric| Metric { name: None, ..metric }).collect::<Vec<_>>()
        };
        let mut said = vec![self.message("NDATA", None, short(of_node(shown)), now)];
        for (place, (_, sample)) in (0..self.cabinets.len()).zip(&shown.round.cabinets) {
            said.push(self.message("DDATA", Some(place), short(of_device(place, sample)), now));
        }
        said
    }

    fn message(&mut self, kind: &str, device: Option<usize>, metrics: Vec<Metric>, now: Timestamp) -> Message {
        let payload =
            Payload { at_ms: u64::try_from(now.as_millisecond()).ok(), metrics, seq: Some(self.seq) }.encode();
        self.seq = (self.seq + 1) % 256;
        let device = device.and_then(|place| self.cabinets.get(place));
        Message { topic: topic(kind, device.map(String::as_str)), payload }
    }
}

fn topic(kind: &str, device: Option<&str>) -> String {
    match device {
        Some(device) => format!("spBv1.0/{GROUP}/{kind}/{NODE}/{device}"),
        None => format!("spBv1.0/{GROUP}/{kind}/{NODE}"),
    }
}

fn metric(name: &str, alias: u64, value: Value, kind: DataType) -> Metric {
    let (name, datatype) = (Some(name.to_owned()), Some(kind as u32));
    Metric { name, alias: Some(alias), value: Some(value), datatype, ..Metric::default() }
}

fn number(value: f64) -> Value {
    if value.is_finite() { Value::Number(value) } else { Value::Null }
}

/// The store's meter hangs on the node itself.
fn of_node(shown: &Shown) -> Vec<Metric> {
    vec![metric("power", 1, number(shown.round.power_w), DataType::Double)]
}

fn of_device(place: usize, sample: &Sample) -> Vec<Metric> {
    let alias = |nth: u64| (place as u64 + 1) * ALIASES + nth;
    vec![
        metric("air", alias(0), number(sample.air_c), DataType::Float),
        metric("product", alias(1), number(sample.product_c), DataType::Float),
        metric("defrost", alias(2), Value::Bool(sample.defrost), DataType::Boolean),
        metric("door", alias(3), Value::Bool(sample.door_open), DataType::Boolean),
    ]
}

#[cfg(test)]
mod tests {
    use vyavs_codec::sparkplug::{self, Topic, rebirth};
    use vyavs_world::{StoreSpec, World};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-07T12:00:00Z".parse().expect("a time")
    }

    fn shown() -> Shown {
        let world = World::new(1, StoreSpec::default()).expect("a store");
        let mut round = world.rounds(now(), now(), &[]).advance(now());
        round.cabinets[0].1.product_c = f64::NAN;
        Shown { round, entered: 0, left: 0 }
    }

    fn node(shown: &Shown) -> Node {
        let names: Vec<String> = (1..=shown.round.cabinets.len()).map(|n| format!("cabinet-{n}")).collect();
        let mut node = Node::new(&names);
        node.next_session();
        node
    }

    /// Tells a host what was published; gives the values by topic and name, and any problem.
    fn hear(host: &mut sparkplug::Node, said: Vec<Message>) -> Vec<(String, Value)> {
        let mut values = Vec::new();
        for Message { topic, payload } in said {
            let read = Topic::parse(&topic).expect("a topic");
            let payload = Payload::decode(&payload).expect("a payload");
            let heard = host.hear(read.kind, read.device.as_deref(), &payload);
            assert_eq!((heard.problem, heard.rebirth), (None, None), "{topic}");
            let device = read.device.unwrap_or_default();
            values.extend(heard.metrics.into_iter().map(|(name, _, value)| (format!("{device}/{name}"), value)));
        }
        values
    }

    #[test]
    fn a_host_believes_births_and_data_round_and_round() {
        let shown = shown();
        let (mut node, mut host) = (node(&shown), sparkplug::Node::default());
        let born = hear(&mut host, node.birth(&shown, now()));
        let of = |values: &[(String, Value)], name: &str| {
            values.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let air = shown.round.cabinets[0].1.air_c;
        assert_eq!(of(&born, "/bdSeq"), Some(Value::Integer(0)));
        assert_eq!(of(&born, "cabinet-1/air"), Some(Value::Number(air)), "a tenth stays a tenth");
        // More messages than numbers: they go round.
        for _ in 0..300 {
            let data = hear(&mut host, node.data(&shown, now()));
            assert_eq!(of(&data, "cabinet-1/air"), Some(Value::Number(air)));
            assert_eq!(of(&data, "cabinet-1/product"), Some(Value::Null));
            assert_eq!(of(&data, "/power"), Some(Value::Number(shown.round.power_w)));
        }
        let born = hear(&mut host, node.birth(&shown, now()));
        assert!(of(&born, "cabinet-1/door").is_some(), "born again in the same session");
    }

    #[test]
    fn a_death_is_of_its_own_session() {
        let shown = shown();
        let (mut node, mut host) = (node(&shown), sparkplug::Node::default());
        let old = node.death();
        node.next_session();
        hear(&mut host, node.birth(&shown, now()));
        let mut die = |message: Message| {
            let kind = Topic::parse(&message.topic).expect("a topic").kind;
            host.hear(kind, None, &Payload::decode(&message.payload).expect("a payload")).node_died
        };
        assert!(!die(old));
        assert!(die(node.death()));
    }

    #[test]
    fn only_a_rebirth_is_one() {
        assert!(asks_for_birth(&rebirth(1)));
        assert!(!asks_for_birth(b"x"));
        let other =
            Payload { metrics: vec![metric("Reboot", 0, Value::Bool(true), DataType::Boolean)], ..Payload::default() };
        assert!(!asks_for_birth(&other.encode()));
    }
}
