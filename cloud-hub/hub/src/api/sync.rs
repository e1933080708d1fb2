//! What each device of a store still owes, what was lost, and how its inputs are doing.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use vyavs_domain::ids::{DeviceId, OrgId, StoreId};
use vyavs_domain::time::from_micros;
use vyavs_store::losses::{self, Loss as StoredLoss};
use vyavs_store::sync::{self as sync_rows, DeviceView};
use vyavs_store::{Tx, devices as device_rows};
use vyavs_wire::record::Stream;

mod shapes;

pub use self::shapes::{
    Clock, ClockCondition, Device, Devices, EndedCount, InputCondition, InputState, Loss, LossReason, StreamState,
    SyncAnswer,
};
pub use super::heard::{Picture, Spoken};
use super::overview::{count, is_connected};
use super::params::IdPath;
use super::problem::{Answer, Problem};
use super::shapes::Freshness;
use super::viewer::Viewer;
use super::{Hub, HubState};

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
        clock: spoken.clock(picture.offset_ms),
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
    responses((status = 200, body = SyncAnswer), Problem), security(("session" = ["fleet.read"]), ("bearer" = ["fleet.read"])))]
pub(crate) async fn sync(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<SyncAnswer> {
    let (now, store) = (hub.clock.now(), StoreId(id));
    let mut tx = hub.store.begin_read(viewer.org).await?;
    viewer.store(&mut tx, store).await?;
    let devices = of_store(&hub, &mut tx, viewer.org, store, now).await?;
    Ok(Json(SyncAnswer { devices, as_of: now }))
}

/// The same of all devices of the organization.
#[utoipa::path(get, path = "/devices", tag = "sync",
    responses((status = 200, body = Devices), Problem), security(("session" = ["fleet.read"]), ("bearer" = ["fleet.read"])))]
pub(crate) async fn devices(State(hub): State<HubState>, viewer: Viewer) -> Answer<Devices> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let reach = viewer.reach(&mut tx).await?;
    let mut stores: BTreeSet<StoreId> =
        device_rows::list(&mut tx, viewer.org).await?.iter().map(|device| device.identity.store).collect();
    stores.retain(|store| reach.as_ref().is_none_or(|reach| reach.contains(store)));
    let mut devices = Vec::new();
    for store in stores {
        devices.extend(of_store(&hub, &mut tx, viewer.org, store, now).await?);
    }
    devices.sort_by(|a, b| (&a.name, a.device_id).cmp(&(&b.name, b.device_id)));
    let ended = |(reason, detail, n): (&str, &str, u64)| EndedCount {
        reason: reason.to_owned(),
        detail: detail.to_owned(),
        count: count(n),
    };
    let connections_ended = hub.sessions.ended().into_iter().map(ended).collect();
    Ok(Json(Devices { devices, connections_ended, as_of: now }))
}
