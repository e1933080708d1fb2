//! What the hub keeps of a device's own words, as JSON beside its row: ingest writes it, the sync view reads it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vyavs_domain::time::from_micros;
use vyavs_store::DeviceClock;
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
    /// Hub time when it came less device time in it, ms.
    pub offset_ms: Option<i64>,
}

/// Clocks this near agree, ms: a picture may wait in a queue.
const AGREES_MS: u64 = 10_000;

impl Spoken {
    /// For `vyavs_store::sync::heard_hello`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What was kept; what cannot be read (another version wrote it) counts as not heard.
    pub fn of(kept: Option<&Value>) -> Self {
        kept.and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
    }

    /// Its clock, by what it said of it and by `latest_ms`, hub time less device time in its last picture of now. The
    /// hub is a source of time: a device that agrees with it is synced, whatever it could know when it said hello.
    pub(crate) fn clock(&self, latest_ms: Option<i64>) -> Clock {
        if let Some(offset_ms) = latest_ms.filter(|ms| ms.unsigned_abs() <= AGREES_MS) {
            return Clock { state: ClockCondition::Synced, offset_ms: Some(offset_ms) };
        }
        let offset_us = self.received_us.zip(self.wall_us).map(|(hub, device)| hub.saturating_sub(device));
        Clock {
            state: match self.clock {
                Some(0) => ClockCondition::Synced,
                Some(1) => ClockCondition::Holdover,
                Some(2) => ClockCondition::Unset,
                _ => ClockCondition::Unknown,
            },
            offset_ms: latest_ms.or(offset_us.map(|us| us / 1000)),
        }
    }
}

impl Picture {
    /// Of a picture of now, with its times as the hub reckons them.
    pub(crate) fn of_now(now: &NowV1, clock: DeviceClock, received: Timestamp) -> Self {
        let reckoned = |us: Option<i64>| us.map(|us| clock.event_time(from_micros(us)).as_microsecond());
        let waits = |waits: &BacklogV1| BacklogV1 { oldest_us: reckoned(waits.oldest_us), ..*waits };
        let input = |input: &InputV1| InputV1 { last_us: reckoned(input.last_us), ..input.clone() };
        Self {
            backlog: now.backlog.iter().map(waits).collect(),
            disk_used: Some(now.disk_used),
            disk_quota: Some(now.disk_quota),
            inputs: now.inputs.iter().map(input).collect(),
            models: now.models.clone(),
            offset_ms: Some(received.as_microsecond().saturating_sub(now.at_us) / 1000),
        }
    }

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
        let clock = |state, offset_ms| Clock { state, offset_ms: Some(offset_ms) };
        assert_eq!(spoken.clock(None), clock(ClockCondition::Holdover, -3));
        assert_eq!(spoken.clock(Some(20)), clock(ClockCondition::Synced, 20));
        assert_eq!(spoken.clock(Some(-90_000)), clock(ClockCondition::Holdover, -90_000));
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
