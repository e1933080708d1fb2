//! What happened at the tills of a store beside sales, and what could not be read.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::event;
use vyavs_domain::ids::StoreId;
use vyavs_store::events::{self as rows, StoredEvent};

use super::HubState;
use super::params::{IdPath, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TillEventKind {
    /// The drawer opened and no sale followed.
    NoSale,
    /// A receipt that could not be proven.
    Quarantined,
    /// A receipt of pictures only.
    ImageOnly,
    /// Printed bytes that were never read.
    TapLoss,
    /// A line taken off a ticket before payment.
    LineVoided,
    /// A cashier began.
    SignOn,
    /// A cashier ended.
    SignOff,
}

/// An event at a till.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TillEvent {
    /// Its id at the hub.
    pub id: Uuid,
    /// Where.
    #[schema(example = "till-1")]
    pub terminal: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: TillEventKind,
    /// Why a receipt was not accepted, what a tap dropped and why, what line was voided, or which cashier it was.
    #[schema(required, example = "lines 13912 - discount 0 + tax 0 is not the total 13900 (minor units)")]
    pub detail: Option<String>,
    /// The text of a receipt that was not accepted, scrubbed of card data.
    #[schema(required)]
    pub text: Option<String>,
}

/// A page of events.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TillEvents {
    /// Newest first.
    pub events: Vec<TillEvent>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`events`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Events a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Parameters for EventQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self { limit: pairs.number("limit", 1, 500, 50)?, cursor: pairs.one("cursor", "a next_cursor")? })
    }
}

impl From<StoredEvent> for TillEvent {
    fn from(stored: StoredEvent) -> Self {
        use event::TillEventKind as Kind;
        let (kind, detail, text) = match stored.event.kind {
            Kind::NoSale { .. } => (TillEventKind::NoSale, None, None),
            Kind::Quarantined { reason, text } => (TillEventKind::Quarantined, Some(reason), Some(text)),
            Kind::ImageOnly => (TillEventKind::ImageOnly, None, None),
            Kind::TapLoss { bytes, jobs, reason } => {
                (TillEventKind::TapLoss, Some(format!("{bytes} bytes of {jobs} print jobs: {reason}")), None)
            }
            Kind::LineVoided { receipt, line_no, sku, name, amount_minor, operator } => {
                let cashier = operator.map(|number| format!(", cashier {number}")).unwrap_or_default();
                let line =
                    format!("receipt {receipt}, line {line_no}: {sku} {name}, {amount_minor} minor units{cashier}");
                (TillEventKind::LineVoided, Some(line), None)
            }
            Kind::SignOn { operator } => (TillEventKind::SignOn, Some(format!("cashier {operator}")), None),
            Kind::SignOff { operator } => (TillEventKind::SignOff, Some(format!("cashier {operator}")), None),
        };
        Self { id: stored.id, terminal: stored.event.terminal.to_string(), at: stored.event.at, kind, detail, text }
    }
}

/// Drawer openings, voided lines, cashiers, quarantined receipts and tap losses of a store, newest first.
#[utoipa::path(get, path = "/stores/{id}/events", tag = "events",
    params(("id" = Uuid, Path, description = "The store"), EventQuery),
    responses((status = 200, body = TillEvents), Problem), security(("session" = ["sales.read"]), ("bearer" = ["sales.read"])))]
pub(crate) async fn events(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Params(query): Params<EventQuery>,
) -> Answer<TillEvents> {
    let after = cursor::<(Timestamp, Uuid)>(query.cursor.as_deref())?;
    let store = StoreId(id);
    let mut tx = hub.store.begin_read(viewer.org).await?;
    viewer.store(&mut tx, store).await?;
    let mut found = rows::page(&mut tx, viewer.org, store, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut found, query.limit, |stored| (stored.event.at, stored.id));
    let events = found.into_iter().map(TillEvent::from).collect();
    Ok(Json(TillEvents { events, next_cursor, as_of: hub.clock.now() }))
}
