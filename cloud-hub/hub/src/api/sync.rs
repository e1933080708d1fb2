//! What each device of a store still owes, what was lost, and how its inputs are doing.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, OrgId, StoreId};
use vyavs_domain::time::from_micros;
use vyavs_store::losses::{self, Loss as StoredLoss};
use vyavs_store::sync::{self as sync_rows, DeviceView};
use vyavs_store::{Tx, devices as device_rows, stores};
use vyavs_wire::record::Stream;
use vyavs_wire::up::InputV1;

pub use super::heard::{Picture, Spoken};
use super::overview::{count, is_connected};
use super::params::IdPath;
use super::problem::{Answer, Problem};
use super::shapes::Freshness;
use super::viewer::Viewer;
use super::{Hub, HubState};

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
    /// Hub time less device time at the last hello, ms.
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

/// All devices of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Devices {
    /// By name.
    pub devices: Vec<Device>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Losses shown of one device.
const LOSSES: usize = 100;

fn device(
    hub: &Hub,
    org: OrgId,
    store: StoreId,
    view: DeviceView,
    losses: &[(DeviceId, StoredLoss)],
    now: Timestamp,
) -> Device {
    let heard = view.state.as_ref().map(|state| state.last_heard_at);
    let connected = is_connected(hub, org, store, view.device);
    let spoken = Spoken::of(view.state.as_ref().and_then(|state| state.hello.as_ref()));
    let picture = Picture::of(view.state.as_ref().and_then(|state| state.now.as_ref()));
    let streams = Stream::ALL.map(|stream| {
        let waits = picture.backlog.iter().find(|waits| waits.stream == stream.number());
        let stored = view.streams.iter().find(|stored| stored.stream == stream.number());
        StreamState {
            stream: stream.number(),
            name: stream_name(stream).to_owned(),
            stored_through: stored.map_or(0, |stored| count(stored.stored_through)),
            unsent: waits.map_or(0, |waits| count(waits.unsent)),
            oldest_unsent_at: waits.filter(|waits| waits.unsent > 0).and_then(|waits| waits.oldest_us).map(from_micros),
        }
    });
    Device {
        device_id: view.device.0,
        store_id: store.0,
        name: view.name,
        identity: view.identity,
        epoch: view.state.as_ref().map_or(0, |state| count(state.epoch)),
        status: Freshness::of(heard, connected, now),
        last_heard_at: heard,
        connected,
        disk_used: picture.disk_used.map(count),
        disk_quota: picture.disk_quota.map(count),
        streams: streams.to_vec(),
        inputs: picture.inputs.into_iter().map(InputState::from).collect(),
        models: picture.models,
        losses: losses
            .iter()
            .filter(|(id, _)| *id == view.device)
            .take(LOSSES)
            .map(|(_, loss)| Loss::from(loss))
            .collect(),
        dead_letters: count(view.dead_letters),
        clock: spoken.clock(),
        agent_version: spoken.agent,
    }
}

fn stream_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Money => "money",
        Stream::Telemetry => "telemetry",
        Stream::Alerts => "alerts",
    }
}

impl From<InputV1> for InputState {
    fn from(input: InputV1) -> Self {
        Self {
            name: input.name,
            kind: input.kind,
            state: match input.state {
                0 => InputCondition::Starting,
                1 => InputCondition::Running,
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

async fn of_store(
    hub: &Hub,
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    now: Timestamp,
) -> Result<Vec<Device>, Problem> {
    let views = sync_rows::view(tx, org, store).await?;
    if views.is_empty() {
        return Ok(Vec::new());
    }
    let losses = losses::list(tx, org, store, 1_000).await?;
    Ok(views.into_iter().map(|view| device(hub, org, store, view, &losses, now)).collect())
}

/// What the devices of a store still owe, what was lost, and how their inputs are doing.
#[utoipa::path(get, path = "/stores/{id}/sync", tag = "sync", params(("id" = Uuid, Path, description = "The store")),
    responses((status = 200, body = SyncAnswer), Problem), security(("session" = ["viewer"]), ("bearer" = ["viewer"])))]
pub(crate) async fn sync(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<SyncAnswer> {
    let (now, store) = (hub.clock.now(), StoreId(id));
    let mut tx = hub.store.begin_read(viewer.org).await?;
    stores::get(&mut tx, viewer.org, store).await?.ok_or(Problem::NotFound("store"))?;
    let devices = of_store(&hub, &mut tx, viewer.org, store, now).await?;
    Ok(Json(SyncAnswer { devices, as_of: now }))
}

/// The same of all devices of the organization.
#[utoipa::path(get, path = "/devices", tag = "sync",
    responses((status = 200, body = Devices), Problem), security(("session" = ["viewer"]), ("bearer" = ["viewer"])))]
pub(crate) async fn devices(State(hub): State<HubState>, viewer: Viewer) -> Answer<Devices> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let stores: BTreeSet<StoreId> =
        device_rows::list(&mut tx, viewer.org).await?.iter().map(|device| device.identity.store).collect();
    let mut devices = Vec::new();
    for store in stores {
        devices.extend(of_store(&hub, &mut tx, viewer.org, store, now).await?);
    }
    devices.sort_by(|a, b| (&a.name, a.device_id).cmp(&(&b.name, b.device_id)));
    Ok(Json(Devices { devices, as_of: now }))
}
