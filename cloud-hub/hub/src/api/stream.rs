//! `GET /api/v1/stream`: what happens, as it happens (server-sent events), resumable; and the shapes of its events.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event as Line, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, Sleep};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;

use super::params::{Pairs, Parameters, Params};
use super::problem::Problem;
use super::receipts::Receipt;
use super::sensors::Quality;
use super::viewer::{self, Viewer};
use super::{Hub, HubState};
use crate::access::Permission;
use crate::live::{Told, Topic, Watch};

/// A comment shows this often that the line is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a browser waits before it comes back.
const RETRY: Duration = Duration::from_secs(2);

/// Data of a `sale` event: a ticket was stored. A large catch-up may leave the ticket out: then read the list again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaleEvent {
    /// Where.
    pub store_id: Uuid,
    /// The ticket.
    #[schema(required)]
    pub receipt: Option<Receipt>,
}

/// One value of a `readings` event.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FreshReading {
    /// Of which sensor.
    #[schema(example = "fridge-1.air")]
    pub sensor: String,
    /// When it was taken.
    pub at: Timestamp,
    /// In the sensor's unit; null where the sensor gave none.
    #[schema(required, example = 3.4)]
    pub value: Option<f64>,
    /// How far to trust it.
    pub quality: Quality,
}

/// Data of a `readings` event: the newest value of each sensor in a batch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReadingsEvent {
    /// Where.
    pub store_id: Uuid,
    /// One entry a sensor.
    pub readings: Vec<FreshReading>,
}

/// Data of a `sync` event: a device came, went, spoke, or its cursors moved; read the sync view again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SyncEvent {
    /// Where.
    pub store_id: Uuid,
    /// Which device.
    pub device_id: Uuid,
    /// Whether it has a session now.
    pub connected: bool,
    /// When the hub noticed.
    pub at: Timestamp,
}

/// Query of [`stream`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Out of `sales`, `readings`, `alarms`, `alerts`, `sync`, `notifications`; a list with commas. All of them without.
    #[param(value_type = Option<String>, example = "sales,alarms")]
    topics: Vec<Topic>,
    /// One store only.
    store_id: Option<Uuid>,
    /// Where to go on, for a client that cannot send `Last-Event-ID`; the header wins.
    last_event_id: Option<String>,
}

impl Parameters for StreamQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let topics = pairs.many("topics").into_iter().map(|text| {
            let known = Topic::ALL.into_iter().find(|topic| topic.as_str() == text);
            known.ok_or_else(|| {
                let expected = "a list out of sales, readings, alarms, alerts, sync, notifications";
                Problem::parameter("topics", &text, expected)
            })
        });
        Ok(Self {
            topics: topics.collect::<Result<_, _>>()?,
            store_id: pairs.one("store_id", "a UUID")?,
            last_event_id: pairs.one("last_event_id", "the id of an event")?,
        })
    }
}

/// Events `sale` (`SaleEvent`), `readings` (`ReadingsEvent`), `alarm` (`Alarm`), `alert` (`AlertEvent`), `sync` (`SyncEvent`)
/// and, for whoever asks alone, `notification` (`Notification`) as they happen, each
/// with an id; `gap` when some could not be kept: then read the lists again. Goes on after `Last-Event-ID`. A comment every 15
/// seconds shows that the line is alive.
#[utoipa::path(get, path = "/stream", tag = "stream", params(StreamQuery),
    responses((status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream"), Problem),
    security(("session" = ["stores.read"]), ("bearer" = ["stores.read"])))]
pub(crate) async fn stream(
    State(hub): State<HubState>,
    viewer: Viewer,
    headers: HeaderMap,
    Params(query): Params<StreamQuery>,
) -> Result<Response, Problem> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let reach = viewer.reach(&mut tx).await?;
    let stores = match query.store_id.map(StoreId) {
        Some(store) => Some(BTreeSet::from([viewer.store(&mut tx, store).await?.id])),
        None => reach.clone(),
    };
    drop(tx);
    if let Some(topic) = query.topics.iter().find(|topic| !viewer.may(needs(**topic))) {
        return Err(Problem::Forbidden { needs: needs(*topic).as_str() });
    }
    let topics: Vec<Topic> = match query.topics.is_empty() {
        true => Topic::ALL.into_iter().filter(|topic| viewer.may(needs(*topic))).collect(),
        false => query.topics,
    };
    let header = headers.get("last-event-id").map(|id| id.to_str().unwrap_or("?").to_owned());
    let after = header.or(query.last_event_id).filter(|id| !id.is_empty());
    let person = viewer.signed_in.as_ref().map(|signed_in| signed_in.user);
    let watch = hub.live.watch(viewer.org, stores, &topics, after.as_deref()).of(person);
    let granted = Granted { viewer, reach, topics };
    let lines = Sse::new(lines(hub, granted, watch));
    // A proxy must not gather what is to be seen at once.
    Ok(([(HeaderName::from_static("x-accel-buffering"), "no")], lines).into_response())
}

/// What a watcher may read of a topic.
fn needs(topic: Topic) -> Permission {
    match topic {
        Topic::Sales => Permission::SalesRead,
        Topic::Readings => Permission::TelemetryRead,
        Topic::Alarms | Topic::Alerts => Permission::AlertsRead,
        Topic::Sync => Permission::FleetRead,
        Topic::Notifications => Permission::SelfManage,
    }
}

/// What was granted when the stream began; when it changes, the stream ends and is asked for anew.
struct Granted {
    viewer: Viewer,
    reach: Option<BTreeSet<StoreId>>,
    topics: Vec<Topic>,
}

impl Granted {
    async fn still(&self, hub: &Hub) -> bool {
        for topic in &self.topics {
            if !viewer::still(hub, &self.viewer, needs(*topic)).await {
                return false;
            }
        }
        let Ok(mut tx) = hub.store.begin_read(self.viewer.org).await else { return true };
        self.viewer.reach(&mut tx).await.map_or(true, |reach| reach == self.reach)
    }
}

struct Watching {
    hub: HubState,
    granted: Granted,
    watch: Watch,
    begun: bool,
    heartbeat: std::pin::Pin<Box<Sleep>>,
}

fn lines(hub: HubState, granted: Granted, watch: Watch) -> impl Stream<Item = Result<Line, Infallible>> {
    let state = Watching { hub, granted, watch, begun: false, heartbeat: Box::pin(tokio::time::sleep(HEARTBEAT)) };
    futures::stream::unfold(state, async |mut state| {
        if !state.begun {
            state.begun = true;
            // An id without data is no event, and yet what a browser resumes after: so a line that is cut before its first
            // event loses nothing either.
            let place = state.watch.place();
            return Some((Ok(Line::default().id(place).retry(RETRY).comment("watching")), state));
        }
        let line = tokio::select! {
            biased;
            () = state.hub.stop.cancelled() => return None,
            // Before the events: a busy line must be asked, too, whether its sign-in still holds.
            () = &mut state.heartbeat => {
                if !state.granted.still(&state.hub).await {
                    return None;
                }
                state.heartbeat.as_mut().reset(Instant::now() + HEARTBEAT);
                Line::default().id(state.watch.place()).comment("")
            }
            told = state.watch.next() => match told {
                Told::Event(id, event) => Line::default().id(id).event(event.topic.event()).data(&event.json),
                Told::Gap(id) => Line::default().id(id).event("gap").data("{}"),
            },
        };
        Some((Ok(line), state))
    })
}
