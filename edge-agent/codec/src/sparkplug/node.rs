//! One edge node as a host knows it (Sparkplug 3.0 §5.6 to §5.15): births, deaths, aliases, sequence.

use std::collections::HashMap;

use super::payload::{Metric, Payload, Value};
use super::topic::Kind;

/// Aliases one node may have; beyond, a birth is not remembered.
const MAX_ALIASES: usize = 65_536;

/// What is remembered of a node. Pure: time is the caller's.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Whether a birth was heard and no death since.
    alive: bool,
    /// The number of the session, as the last birth said it.
    bd_seq: Option<i128>,
    last_seq: Option<u64>,
    /// Device and metric by alias; an alias is unique in the node.
    aliases: HashMap<u64, (Option<String>, String)>,
    /// Types by device and name, from the births.
    types: HashMap<(Option<String>, String), u32>,
    /// Devices that are alive.
    devices: HashMap<String, bool>,
    /// A rebirth is to be asked for and has not come.
    wants_birth: bool,
}

/// Why a node has to tell everything anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Data of a node whose birth was not heard.
    #[error("data before its birth")]
    Unborn,
    /// Messages are missing.
    #[error("message {got} after {had}: something between was lost")]
    Gap {
        /// What came.
        got: u64,
        /// What came before.
        had: u64,
    },
    /// Data of a device whose birth was not heard.
    #[error("data of a device before its birth")]
    UnbornDevice,
    /// An alias that no birth named.
    #[error("alias {0}, which no birth named")]
    Alias(u64),
    /// A message without a number.
    #[error("a message without seq")]
    NoSeq,
}

/// What a message comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// The metrics whose names are known, with their typed values; `historical` ones included.
    pub metrics: Vec<(String, Metric, Value)>,
    /// Why a rebirth has to be asked for; only once until the birth comes.
    pub rebirth: Option<Why>,
    /// Something was wrong, whether or not a rebirth has been asked for already.
    pub problem: Option<Why>,
    /// The node died: none of its values hold any more.
    pub node_died: bool,
    /// The device died.
    pub device_died: bool,
}

impl Node {
    /// Whether a birth was heard and no death since.
    pub fn is_alive(&self) -> bool {
        self.alive
    }

    /// Takes a message; commands pass unheard.
    pub fn hear(&mut self, kind: Kind, device: Option<&str>, payload: &Payload) -> Heard {
        let mut heard = Heard::default();
        match kind {
            Kind::NodeBirth => self.born(payload),
            Kind::NodeDeath => return self.died(payload),
            Kind::NodeCommand | Kind::DeviceCommand => return heard,
            _ => self.count(payload, &mut heard),
        }
        match (kind, device) {
            (Kind::DeviceBirth, Some(device)) => {
                self.devices.insert(device.to_owned(), true);
                self.name(Some(device), payload);
            }
            (Kind::DeviceDeath, Some(device)) => {
                self.devices.insert(device.to_owned(), false);
                heard.device_died = true;
                return heard;
            }
            (Kind::DeviceData, Some(device)) if self.devices.get(device) != Some(&true) => {
                self.problem(Why::UnbornDevice, &mut heard);
            }
            _ => {}
        }
        for metric in &payload.metrics {
            let Some(name) = self.known(device, metric, &mut heard) else { continue };
            let kind = self.types.get(&(device.map(str::to_owned), name.clone())).copied();
            if let Some(value) = metric.typed(kind) {
                heard.metrics.push((name, metric.clone(), value));
            }
        }
        heard
    }

    /// NBIRTH: everything before is forgotten; its seq is the first one.
    fn born(&mut self, payload: &Payload) {
        *self = Self { alive: true, bd_seq: bd_seq(payload), last_seq: payload.seq, ..Self::default() };
        self.name(None, payload);
    }

    /// NDEATH: only of the session that is alive; the will of an older session, late, kills nothing (§5.9).
    fn died(&mut self, payload: &Payload) -> Heard {
        let of = bd_seq(payload);
        if self.alive && of.is_some() && self.bd_seq.is_some() && of != self.bd_seq {
            return Heard::default();
        }
        *self = Self::default();
        Heard { node_died: true, ..Heard::default() }
    }

    /// Every message but births and deaths of the node counts on by one, round at 256.
    fn count(&mut self, payload: &Payload, heard: &mut Heard) {
        if !self.alive {
            self.problem(Why::Unborn, heard);
            return;
        }
        let Some(got) = payload.seq else {
            self.problem(Why::NoSeq, heard);
            return;
        };
        if let Some(had) = self.last_seq.replace(got).filter(|had| (had + 1) % 256 != got) {
            self.problem(Why::Gap { got, had }, heard);
        }
    }

    fn problem(&mut self, why: Why, heard: &mut Heard) {
        heard.problem = heard.problem.or(Some(why));
        if !std::mem::replace(&mut self.wants_birth, true) {
            heard.rebirth = Some(why);
        }
    }

    /// Remembers the names, aliases and types of a birth.
    fn name(&mut self, device: Option<&str>, payload: &Payload) {
        for metric in &payload.metrics {
            let Some(name) = &metric.name else { continue };
            if self.types.len() >= MAX_ALIASES || self.aliases.len() >= MAX_ALIASES {
                return;
            }
            let key = (device.map(str::to_owned), name.clone());
            if let Some(kind) = metric.datatype {
                self.types.insert(key.clone(), kind);
            }
            if let Some(alias) = metric.alias {
                self.aliases.insert(alias, key);
            }
        }
    }

    /// A metric's name, its own or by its alias.
    fn known(&mut self, device: Option<&str>, metric: &Metric, heard: &mut Heard) -> Option<String> {
        if let Some(name) = metric.name.as_ref().filter(|name| !name.is_empty()) {
            return Some(name.clone());
        }
        let alias = metric.alias?;
        match self.aliases.get(&alias) {
            Some((of, name)) if of.as_deref() == device => Some(name.clone()),
            _ => {
                self.problem(Why::Alias(alias), heard);
                None
            }
        }
    }

    /// Lets the next problem ask again: a rebirth that was asked for did not come.
    pub fn ask_again(&mut self) {
        self.wants_birth = false;
    }
}

/// The session's number, a metric of births and deaths (§6.4.16).
fn bd_seq(payload: &Payload) -> Option<i128> {
    let metric = payload.metrics.iter().find(|metric| metric.name.as_deref() == Some("bdSeq"))?;
    match metric.typed(Some(8)) {
        Some(Value::Integer(number)) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(name: &str, alias: u64, value: Value, kind: u32) -> Metric {
        let name = (!name.is_empty()).then(|| name.to_owned());
        Metric {
            name,
            alias: Some(alias),
            value: Some(value),
            datatype: (kind > 0).then_some(kind),
            ..Metric::default()
        }
    }

    fn session(number: i128) -> Metric {
        Metric {
            name: Some("bdSeq".to_owned()),
            value: Some(Value::Integer(number)),
            datatype: Some(8),
            ..Metric::default()
        }
    }

    fn payload(seq: u64, metrics: Vec<Metric>) -> Payload {
        Payload { at_ms: Some(1), metrics, seq: Some(seq) }
    }

    fn born() -> Node {
        let mut node = Node::default();
        let birth = payload(0, vec![session(3), metric("temp", 1, Value::Number(4.0), 9)]);
        let heard = node.hear(Kind::NodeBirth, None, &birth);
        assert_eq!((heard.metrics.len(), heard.problem), (2, None));
        let door = payload(1, vec![metric("open", 2, Value::Bool(false), 11)]);
        assert_eq!(node.hear(Kind::DeviceBirth, Some("door"), &door).problem, None);
        node
    }

    fn values(heard: &Heard) -> Vec<(&str, &Value)> {
        heard.metrics.iter().map(|(name, _, value)| (name.as_str(), value)).collect()
    }

    #[test]
    fn data_is_named_by_the_aliases_of_the_births() {
        let mut node = born();
        let heard = node.hear(Kind::NodeData, None, &payload(2, vec![metric("", 1, Value::Number(5.5), 0)]));
        assert_eq!((values(&heard), heard.problem), (vec![("temp", &Value::Number(5.5))], None));
        // The type is the birth's: 1 is true there.
        let heard = node.hear(Kind::DeviceData, Some("door"), &payload(3, vec![metric("", 2, Value::Integer(1), 0)]));
        assert_eq!((values(&heard), heard.problem), (vec![("open", &Value::Bool(true))], None));
    }

    #[test]
    fn a_gap_asks_for_a_rebirth_once_and_the_birth_heals_it() {
        let mut node = born();
        let data = |seq| payload(seq, vec![metric("", 1, Value::Number(1.0), 0)]);
        let heard = node.hear(Kind::NodeData, None, &data(4));
        assert_eq!(heard.rebirth, Some(Why::Gap { got: 4, had: 1 }));
        assert_eq!(heard.metrics.len(), 1, "what is known by its alias is still taken");
        let heard = node.hear(Kind::NodeData, None, &data(6));
        assert_eq!((heard.rebirth, heard.problem), (None, Some(Why::Gap { got: 6, had: 4 })), "asked for already");
        node.ask_again();
        assert!(node.hear(Kind::NodeData, None, &data(8)).rebirth.is_some());
        node.hear(Kind::NodeBirth, None, &payload(0, vec![session(3), metric("temp", 1, Value::Number(1.0), 9)]));
        assert_eq!(node.hear(Kind::NodeData, None, &data(1)).problem, None);
    }

    #[test]
    fn the_sequence_goes_round_at_256() {
        let mut node = born();
        for seq in (2..=255).chain(0..5) {
            assert_eq!(node.hear(Kind::NodeData, None, &payload(seq, Vec::new())).problem, None, "{seq}");
        }
    }

    #[test]
    fn what_was_not_born_is_asked_to_be() {
        let mut node = Node::default();
        let heard = node.hear(Kind::NodeData, None, &payload(9, vec![metric("", 1, Value::Number(1.0), 0)]));
        assert_eq!((heard.rebirth, heard.metrics.len()), (Some(Why::Unborn), 0));
        let heard = born().hear(Kind::DeviceData, Some("window"), &payload(2, Vec::new()));
        assert_eq!(heard.rebirth, Some(Why::UnbornDevice));
        let heard = born().hear(Kind::NodeData, None, &payload(2, vec![metric("", 77, Value::Number(1.0), 0)]));
        assert_eq!(heard.rebirth, Some(Why::Alias(77)));
        // An alias of a device is none of the node's.
        let heard = born().hear(Kind::NodeData, None, &payload(2, vec![metric("", 2, Value::Bool(true), 0)]));
        assert_eq!(heard.rebirth, Some(Why::Alias(2)));
    }

    #[test]
    fn a_death_ends_its_own_session_and_no_later_one() {
        let mut node = born();
        let late = Payload { at_ms: None, metrics: vec![session(2)], seq: None };
        assert!(!node.hear(Kind::NodeDeath, None, &late).node_died);
        assert!(node.is_alive());
        assert!(node.hear(Kind::DeviceDeath, Some("door"), &payload(2, Vec::new())).device_died);
        let own = Payload { at_ms: None, metrics: vec![session(3)], seq: None };
        assert!(node.hear(Kind::NodeDeath, None, &own).node_died);
        assert!(!node.is_alive());
        assert_eq!(node.hear(Kind::NodeData, None, &payload(3, Vec::new())).rebirth, Some(Why::Unborn));
    }
}
