//! The calls of a webhook: what became of them, attempt by attempt, and sending one again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_store::webhooks::deliveries as rows;

use super::{QueuedDelivery, find};
use crate::api::HubState;
use crate::api::change::Told;
use crate::api::params::{IdPath, Pairs, Parameters, Params, cursor, next_page};
use crate::api::problem::{Answer, Problem};
use crate::api::viewer::Viewer;

/// Attempts shown of a delivery: the newest.
const SHOWN: u32 = 12;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent, or to be tried again.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// Given up; it can be replayed.
    Failed,
}

impl From<rows::State> for DeliveryState {
    fn from(state: rows::State) -> Self {
        match state {
            rows::State::Waiting => Self::Waiting,
            rows::State::Delivered => Self::Delivered,
            rows::State::Failed => Self::Failed,
        }
    }
}

/// How an attempt went.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryAttempt {
    /// Its number, from 1.
    pub number: i64,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, ms.
    pub took_ms: i64,
    /// The status that was answered.
    #[schema(required)]
    pub status: Option<i64>,
    /// Why there was no answer, or not a good one.
    #[schema(required)]
    pub error: Option<String>,
    /// The first 200 characters of what was answered, on one line.
    #[schema(required)]
    pub response_head: Option<String>,
}

impl From<rows::Attempt> for DeliveryAttempt {
    fn from(row: rows::Attempt) -> Self {
        let rows::Attempt { number, at, took_ms, status, error, head } = row;
        Self { number, at, took_ms, status, error, response_head: head }
    }
}

/// One event to one endpoint.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Its id; the receiver knows it as `msg_` and this without hyphens.
    pub id: Uuid,
    /// The kind of the event.
    #[schema(example = "job.finished")]
    pub event: String,
    /// What became of it.
    pub state: DeliveryState,
    /// Attempts in all.
    pub attempts: i64,
    /// When it is tried next; null when it is over.
    #[schema(required)]
    pub next_at: Option<Timestamp>,
    /// What went wrong last.
    #[schema(required)]
    pub error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    /// The newest attempts, the last first.
    pub last_attempts: Vec<DeliveryAttempt>,
}

/// The deliveries of a webhook.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Deliveries {
    /// Newest first.
    pub deliveries: Vec<Delivery>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`deliveries`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesQuery {
    /// Only these.
    #[param(value_type = Option<DeliveryState>, inline)]
    state: Option<rows::State>,
    /// Rows a page, 1 to 100; 25 without.
    #[param(minimum = 1, maximum = 100, value_type = Option<u32>)]
    limit: u32,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Parameters for DeliveriesQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            state: pairs.one("state", "waiting, delivered or failed")?,
            limit: pairs.number("limit", 1, 100, 25)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
        })
    }
}

/// What became of the calls of a webhook.
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook"), DeliveriesQuery),
    responses((status = 200, body = Deliveries), Problem),
    security(("session" = ["webhooks.read"]), ("bearer" = ["webhooks.read"])))]
pub(crate) async fn deliveries(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Params(query): Params<DeliveriesQuery>,
) -> Answer<Deliveries> {
    let after = cursor::<(Timestamp, Uuid)>(query.cursor.as_deref())?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    find(&mut tx, &viewer, id).await?;
    let mut page = rows::page(&mut tx, (viewer.org, id), query.state, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut page, query.limit, |row| (row.created_at, row.id));
    let mut deliveries = Vec::with_capacity(page.len());
    for row in page {
        let attempts = rows::attempts(&mut tx, viewer.org, row.id, SHOWN).await?;
        deliveries.push(Delivery {
            id: row.id,
            event: row.kind,
            state: row.state.into(),
            attempts: row.attempts,
            next_at: (row.state == rows::State::Waiting).then_some(row.next_at),
            error: row.error,
            created_at: row.created_at,
            ended_at: row.ended_at,
            last_attempts: attempts.into_iter().map(DeliveryAttempt::from).collect(),
        });
    }
    Ok(Json(Deliveries { deliveries, next_cursor, as_of: hub.clock.now() }))
}

/// Sends a delivery again, under the same id: what is waiting is sent as soon as it is due anyway.
#[utoipa::path(post, path = "/webhook-deliveries/{id}/replay", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The delivery")),
    responses((status = 202, body = QueuedDelivery), Problem),
    security(("session" = ["webhooks.write"]), ("bearer" = ["webhooks.write"])))]
pub(crate) async fn replay_delivery(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<(StatusCode, Json<QueuedDelivery>), Problem> {
    let now = hub.clock.now();
    let mut change = hub.change(&viewer).await?;
    rows::get(&mut change.tx, viewer.org, id).await?.ok_or(Problem::NotFound("delivery"))?;
    rows::replay(&mut change.tx, viewer.org, id, now).await?;
    change.commit(Told::new("webhooks.replay", id)).await?;
    hub.messages.ring();
    Ok((StatusCode::ACCEPTED, Json(QueuedDelivery { delivery_id: id, as_of: now })))
}
