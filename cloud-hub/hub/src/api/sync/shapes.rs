//! What the sync view says of devices, as JSON.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::time::from_micros;
use vyavs_store::losses::Loss as StoredLoss;
use vyavs_wire::up::InputV1;

use crate::api::overview::count;
use crate::api::shapes::Freshness;

/// One stream of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StreamState {
    /// Its number: 0, 1 or 2.
    #[schema(minimum = 0, maximum = 2)]
    pub stream: u8,
    /// `money`, `telemetry` or `alerts`.
    #[schema(example = "money")]
    pub name: String,
    /// All records up to here are stored, or named as lost.
    #[schema(minimum = 0)]
    pub stored_through: i64,
    /// Records the device said it still owes.
    #[schema(minimum = 0)]
    pub unsent: i64,
    /// When the oldest of them was written.
    #[schema(required)]
    pub oldest_unsent_at: Option<Timestamp>,
}

/// What an input does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputCondition {
    /// Not yet running.
    Starting,
    /// Reading.
    Running,
    /// Waiting after an error.
    BackingOff,
    /// Connected, and what came last could not be read.
    Impaired,
}

/// One input of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InputState {
    /// As configured.
    #[schema(example = "till-1")]
    pub name: String,
    /// `journal`, `printer` or `modbus`.
    #[schema(example = "journal")]
    pub kind: String,
    /// What it does.
    pub state: InputCondition,
    /// The last error.
    #[schema(required)]
    pub detail: Option<String>,
    /// Records since the agent started.
    #[schema(minimum = 0)]
    pub records: i64,
    /// When the last one came.
    #[schema(required)]
    pub last_at: Option<Timestamp>,
}

/// Why records are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossReason {
    /// Over the byte cap: thinned to one-minute aggregates.
    Thinned,
    /// Over the byte cap: dropped.
    Dropped,
    /// Failed their checksum on disk.
    Corrupt,
    /// Stored once, but gone from the device when a restored hub asked again.
    Expired,
    /// The buffer could not be opened and was set aside.
    BufferLost,
}

/// Records that will never come, named by the device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Loss {
    /// Of which stream.
    #[schema(minimum = 0, maximum = 2)]
    pub stream: u8,
    /// Of which epoch.
    #[schema(minimum = 0)]
    pub epoch: i64,
    /// First lost.
    #[schema(minimum = 0)]
    pub first: i64,
    /// Last lost.
    #[schema(minimum = 0)]
    pub last: i64,
    /// How many.
    #[schema(minimum = 0)]
    pub count: i64,
    /// Why.
    pub reason: LossReason,
    /// One sentence for people.
    pub detail: String,
    /// When it was found.
    pub at: Timestamp,
    /// The statement bears the device's own signature.
    pub verified: bool,
}

/// How far a device's clock can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockCondition {
    /// Agrees with a time source.
    Synced,
    /// Was synced in this boot, runs free since.
    Holdover,
    /// Never synced in this boot.
    Unset,
    /// Not heard yet.
    Unknown,
}

/// A device's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Clock {
    /// How far to trust it.
    pub state: ClockCondition,
    /// Hub time less device time when it last spoke of itself, ms. When that is more than
    /// a queue can explain, there is an alarm, and what the device dates is shown at the corrected time.
    #[schema(required, example = -120)]
    pub offset_ms: Option<i64>,
}

/// The box in a store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// Its id.
    pub device_id: Uuid,
    /// Its store.
    pub store_id: Uuid,
    /// For people.
    #[schema(example = "box-1")]
    pub name: String,
    /// `urn:vyavs:{organization}:{store}:{device}`.
    pub identity: String,
    /// The epoch of its buffer; 0 before its first word.
    #[schema(minimum = 0)]
    pub epoch: i64,
    /// Version of its agent.
    #[schema(required, example = "0.1.0")]
    pub agent_version: Option<String>,
    /// When the hub last heard it.
    #[schema(required)]
    pub last_heard_at: Option<Timestamp>,
    /// How fresh what it says can be.
    pub status: Freshness,
    /// It has a session now.
    pub connected: bool,
    /// Bytes its buffer holds; null before its first picture of itself.
    #[schema(required, minimum = 0)]
    pub disk_used: Option<i64>,
    /// Bytes its buffer may hold.
    #[schema(required, minimum = 0)]
    pub disk_quota: Option<i64>,
    /// One entry a stream.
    pub streams: Vec<StreamState>,
    /// One entry an input.
    pub inputs: Vec<InputState>,
    /// Name and version of each running model.
    pub models: Vec<String>,
    /// What it named as lost, newest first, at most 100.
    pub losses: Vec<Loss>,
    /// Frames and records that could not be read; kept aside.
    #[schema(minimum = 0)]
    pub dead_letters: i64,
    /// Its clock.
    pub clock: Clock,
}

/// The devices of a store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Sync)]
pub struct SyncAnswer {
    /// By name.
    pub devices: Vec<Device>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// How often connections of devices ended for one reason.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EndedCount {
    /// A stable name.
    #[schema(example = "replaced")]
    pub reason: String,
    /// One sentence for people.
    #[schema(example = "the same identity connected again")]
    pub detail: String,
    /// How often since the hub started.
    #[schema(minimum = 1)]
    pub count: i64,
}

/// All devices of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Devices {
    /// By name.
    pub devices: Vec<Device>,
    /// How connections to the hub ended or were refused since it started, of all devices and of strangers.
    #[serde(default)]
    pub connections_ended: Vec<EndedCount>,
    /// When this was read.
    pub as_of: Timestamp,
}

impl From<InputV1> for InputState {
    fn from(input: InputV1) -> Self {
        Self {
            name: input.name,
            kind: input.kind,
            state: match input.state {
                0 => InputCondition::Starting,
                1 => InputCondition::Running,
                3 => InputCondition::Impaired,
                _ => InputCondition::BackingOff,
            },
            detail: input.detail,
            records: count(input.records),
            last_at: input.last_us.map(from_micros),
        }
    }
}

impl From<&StoredLoss> for Loss {
    fn from(loss: &StoredLoss) -> Self {
        Self {
            stream: loss.stream,
            epoch: count(loss.epoch),
            first: count(loss.first),
            last: count(loss.last),
            count: count(loss.last.saturating_sub(loss.first).saturating_add(1)),
            reason: match loss.reason.as_str() {
                "thinned" => LossReason::Thinned,
                "dropped" => LossReason::Dropped,
                "corrupt" => LossReason::Corrupt,
                "expired" => LossReason::Expired,
                _ => LossReason::BufferLost,
            },
            detail: loss.detail.clone(),
            at: loss.at,
            verified: loss.verified,
        }
    }
}
