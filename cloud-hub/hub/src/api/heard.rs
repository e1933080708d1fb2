//! What the hub keeps of a device's own words, as JSON beside its row: ingest writes it, the sync view reads it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vyavs_domain::time::from_micros;
use vyavs_wire::up::{BacklogV1, HelloV1, InputV1, NowV1};

use super::sync::{Clock, ClockCondition};

/// What the hub keeps of a device's hello, for [`Clock`] and version: the JSON of `device_state.hello`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spoken {
    /// `vyavs-edge` version.
    pub agent: Option<String>,
    /// 0 synced, 1 holdover, 2 unset.
    pub clock: Option<u8>,
    /// Device wall clock when it spoke, µs.
    pub wall_us: Option<i64>,
    /// Hub wall clock when it was heard, µs.
    pub received_us: Option<i64>,
}

impl From<(&HelloV1, Timestamp)> for Spoken {
    fn from((hello, received): (&HelloV1, Timestamp)) -> Self {
        Self {
            agent: Some(hello.agent.clone()),
            clock: Some(hello.clock),
            wall_us: Some(hello.wall_us),
            received_us: Some(received.as_microsecond()),
        }
    }
}

/// What the hub keeps of a device's picture of now: the JSON of `device_state.now`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Picture {
    /// What waits.
    pub backlog: Vec<BacklogV1>,
    /// Bytes the outbox holds.
    pub disk_used: Option<u64>,
    /// Bytes it may hold.
    pub disk_quota: Option<u64>,
    /// Each input.
    pub inputs: Vec<InputV1>,
    /// Name and version of each running model.
    pub models: Vec<String>,
}

impl From<&NowV1> for Picture {
    fn from(now: &NowV1) -> Self {
        Self {
            backlog: now.backlog.clone(),
            disk_used: Some(now.disk_used),
            disk_quota: Some(now.disk_quota),
            inputs: now.inputs.clone(),
            models: now.models.clone(),
        }
    }
}

impl Spoken {
    /// For `vyavs_store::sync::heard_hello`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What was kept; what cannot be read (another version wrote it) counts as not heard.
    pub fn of(kept: Option<&Value>) -> Self {
        kept.and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
    }

    pub(crate) fn clock(&self) -> Clock {
        let offset_us = self.received_us.zip(self.wall_us).map(|(hub, device)| hub.saturating_sub(device));
        Clock {
            state: match self.clock {
                Some(0) => ClockCondition::Synced,
                Some(1) => ClockCondition::Holdover,
                Some(2) => ClockCondition::Unset,
                _ => ClockCondition::Unknown,
            },
            offset_ms: offset_us.map(|us| us / 1000),
        }
    }
}

impl Picture {
    /// For `vyavs_store::sync::heard_now`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What was kept; what cannot be read counts as not heard.
    pub fn of(kept: Option<&Value>) -> Self {
        kept.and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
    }

    /// Records that wait.
    pub fn unsent(&self) -> u64 {
        self.backlog.iter().fold(0, |sum, stream| sum.saturating_add(stream.unsent))
    }

    /// When the oldest of them was written.
    pub fn oldest_unsent(&self) -> Option<Timestamp> {
        self.backlog
            .iter()
            .filter(|stream| stream.unsent > 0)
            .filter_map(|stream| stream.oldest_us)
            .min()
            .map(from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_reads_back_and_what_another_version_wrote_counts_as_not_heard() {
        let spoken =
            Spoken { agent: Some("0.1.0".into()), clock: Some(1), wall_us: Some(5_000), received_us: Some(2_000) };
        assert_eq!(Spoken::of(Some(&spoken.to_json())), spoken);
        assert_eq!(spoken.clock(), Clock { state: ClockCondition::Holdover, offset_ms: Some(-3) });
        let waits = |stream, unsent, oldest_us| BacklogV1 { stream, unsent, oldest_us };
        let backlog = vec![waits(0, 2, Some(9)), waits(1, 3, Some(7)), waits(2, 0, Some(1))];
        let picture = Picture { backlog, ..Picture::default() };
        assert_eq!(Picture::of(Some(&picture.to_json())), picture);
        assert_eq!((picture.unsent(), picture.oldest_unsent()), (5, Some(from_micros(7))));
        for odd in [serde_json::json!("x"), serde_json::json!({"backlog": 7, "agent": []})] {
            assert_eq!((Spoken::of(Some(&odd)), Picture::of(Some(&odd))), Default::default());
        }
    }
}
