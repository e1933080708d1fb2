//! Sparkplug B 3.0: payloads, topics, and what a host has to remember of an edge node.
//!
//! Source: Eclipse Sparkplug 3.0.0, chapter 6 (payloads) and chapter 5 (operational behaviour). The messages are written
//! here by hand with their published field numbers; nothing is generated at build time. A node is believed from its
//! NBIRTH on: aliases are what its births say, `seq` counts every message round at 256, and a gap means that something
//! was lost; then a rebirth is to be asked for, and until it comes what is still known by its alias is taken.

mod node;
mod payload;
mod topic;

pub use node::{Heard, Node, Why};
pub use payload::{DataType, Metric, Payload, PayloadError, Value};
pub use topic::{Kind, Topic, TopicError};

/// The node control metric that asks for a rebirth (§6.4.16).
pub const REBIRTH: &str = "Node Control/Rebirth";

/// The payload of an NCMD that asks a node to tell everything anew; `at_ms` since 1970.
pub fn rebirth(at_ms: u64) -> Vec<u8> {
    let metric = Metric { name: Some(REBIRTH.to_owned()), value: Some(Value::Bool(true)), ..Metric::default() };
    Payload { at_ms: Some(at_ms), metrics: vec![metric], seq: None }.encode()
}

/// Everything at once, for a fuzzer.
pub fn decode_any(bytes: &[u8]) -> usize {
    let Ok(payload) = Payload::decode(bytes) else { return 0 };
    let mut node = Node::default();
    let kinds = [Kind::NodeBirth, Kind::DeviceBirth, Kind::NodeData, Kind::DeviceData, Kind::NodeDeath];
    kinds.into_iter().map(|kind| node.hear(kind, Some("d"), &payload).metrics.len()).sum()
}
