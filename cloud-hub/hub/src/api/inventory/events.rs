//! `/api/v1/stock-events`: what happened to stock.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::inventory::events::{self as rows, Booked};
use vyavs_store::{StoreError, inventory, products};

use super::Stock;
use crate::api::HubState;
use crate::api::change::Told;
use crate::api::given::{amount, decimal};
use crate::api::params::{Body, Pairs, Parameters, Params, cursor, label, next_page};
use crate::api::problem::{Answer, Problem};
use crate::api::viewer::Viewer;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StockEventKind {
    /// Goods came in.
    Receipt,
    /// Somebody counted what is there.
    Count,
    /// Goods were thrown away.
    Waste,
    /// Goods went to another store.
    Transfer,
    /// Stock was corrected, up or down.
    Adjustment,
}

/// Something that happened to stock.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StockEvent {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub store_id: Uuid,
    /// Of what.
    pub product_id: Uuid,
    /// What.
    pub kind: StockEventKind,
    /// What was counted, or how much moved, a decimal text.
    #[schema(example = "24")]
    pub quantity: String,
    /// What it did to the stock: of a movement its quantity with its sign, of a count how far the stock was off from what
    /// was expected (of a first count: from the movements booked so far).
    #[schema(example = "-1.5")]
    pub change: String,
    /// The other end of a transfer.
    #[schema(required)]
    pub other_store_id: Option<Uuid>,
    /// Why.
    #[schema(required)]
    pub reason: Option<String>,
    /// A delivery note, an order, a form.
    #[schema(required)]
    pub reference: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When the hub was told.
    pub recorded_at: Timestamp,
    /// Who told it: a person or a key.
    pub actor_id: Uuid,
}

impl StockEvent {
    fn of(row: rows::StockEvent) -> Self {
        Self {
            id: row.id,
            store_id: row.store.0,
            product_id: row.product,
            kind: row.kind.into(),
            quantity: row.quantity.to_string(),
            change: row.change.to_string(),
            other_store_id: row.other_store.map(|store| store.0),
            reason: row.reason,
            reference: row.reference,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            actor_id: row.actor,
        }
    }
}

macro_rules! same_kinds {
    ($($name:ident),+) => {
        impl From<rows::StockEventKind> for StockEventKind {
            fn from(kind: rows::StockEventKind) -> Self {
                match kind { $(rows::StockEventKind::$name => Self::$name),+ }
            }
        }
        impl From<StockEventKind> for rows::StockEventKind {
            fn from(kind: StockEventKind) -> Self {
                match kind { $(StockEventKind::$name => Self::$name),+ }
            }
        }
    };
}
same_kinds!(Receipt, Count, Waste, Transfer, Adjustment);

/// Something to book.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStockEvent {
    /// Chosen by the caller, so that booking the same again changes nothing; a new one without.
    pub id: Option<Uuid>,
    /// Where.
    pub store_id: Uuid,
    /// Of what.
    pub product_id: Uuid,
    /// What.
    pub kind: StockEventKind,
    /// What was counted, or how much moved, a decimal text; only an adjustment may be negative.
    #[schema(example = "24")]
    pub quantity: String,
    /// Where goods went; for a transfer only.
    pub to_store_id: Option<Uuid>,
    /// Why, 1 to 200 characters; waste and adjustments need one.
    #[schema(max_length = 200, example = "past its date")]
    pub reason: Option<String>,
    /// A delivery note, an order, a form; 1 to 100 characters.
    #[schema(max_length = 100)]
    pub reference: Option<String>,
    /// When it happened, not in the future; now without. Before the last count it changes no stock: the count has seen it.
    pub occurred_at: Option<Timestamp>,
}

/// What was booked, and what lies there then.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StockEventAnswer {
    /// The event.
    pub event: StockEvent,
    /// The stock after it.
    pub stock: Stock,
    /// When it was booked or, booked before, looked at.
    pub as_of: Timestamp,
}

/// What happened to stock.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StockEvents {
    /// Newest first; a transfer stands at both of its stores.
    pub events: Vec<StockEvent>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`stock_events`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StockEventQuery {
    /// In one store only.
    pub store_id: Option<Uuid>,
    /// Of one product only.
    pub product_id: Option<Uuid>,
    /// Events a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Parameters for StockEventQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            store_id: pairs.one("store_id", "a UUID")?,
            product_id: pairs.one("product_id", "a UUID")?,
            limit: pairs.number("limit", 1, 500, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
        })
    }
}

/// What happened to stock, newest first.
#[utoipa::path(get, path = "/stock-events", tag = "inventory", params(StockEventQuery),
    responses((status = 200, body = StockEvents), Problem), security(("session" = ["stock.read"]), ("bearer" = ["stock.read"])))]
pub(crate) async fn stock_events(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<StockEventQuery>,
) -> Answer<StockEvents> {
    let after = cursor::<(Timestamp, Uuid)>(query.cursor.as_deref())?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let within = viewer.one_or_all(&mut tx, query.store_id.map(StoreId)).await?;
    let mut found = rows::page(&mut tx, viewer.org, (within, query.product_id), after, query.limit + 1).await?;
    let next_cursor = next_page(&mut found, query.limit, |event| (event.occurred_at, event.id));
    let reach = viewer.reach(&mut tx).await?;
    let mut events: Vec<StockEvent> = found.into_iter().map(StockEvent::of).collect();
    for event in &mut events {
        // The far end of a transfer may lie beyond the reach.
        event.other_store_id =
            event.other_store_id.filter(|id| reach.as_ref().is_none_or(|reach| reach.contains(&StoreId(*id))));
    }
    Ok(Json(StockEvents { events, next_cursor, as_of: hub.clock.now() }))
}

/// How far a clock may be ahead of the hub's before what it dates counts as the future.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

fn checked(new: &NewStockEvent, viewer: &Viewer, now: Timestamp) -> Result<rows::StockEvent, Problem> {
    let kind = new.kind;
    let quantity = match kind {
        StockEventKind::Adjustment => decimal("quantity", &new.quantity)?,
        _ => amount("quantity", &new.quantity)?,
    };
    if quantity == Decimal::ZERO && kind != StockEventKind::Count {
        return Err(Problem::parameter("quantity", &new.quantity, "a quantity that is not zero"));
    }
    let text = |field: &str, given: &Option<String>, longest| {
        given.as_deref().map(|text| label(field, text, longest).map(str::to_owned)).transpose()
    };
    let reason = text("reason", &new.reason, 200)?;
    if reason.is_none() && matches!(kind, StockEventKind::Waste | StockEventKind::Adjustment) {
        return Err(Problem::parameter("reason", "", "given for waste and adjustments"));
    }
    let to = new.to_store_id.map(|id| id.to_string()).unwrap_or_default();
    match (kind, new.to_store_id) {
        (StockEventKind::Transfer, None) => {
            return Err(Problem::parameter("to_store_id", "", "given for a transfer"));
        }
        (StockEventKind::Transfer, Some(id)) if id == new.store_id => {
            return Err(Problem::parameter("to_store_id", &to, "another store than store_id"));
        }
        (StockEventKind::Transfer, _) | (_, None) => {}
        (_, Some(_)) => return Err(Problem::parameter("to_store_id", &to, "given for a transfer only")),
    }
    let occurred_at = new.occurred_at.unwrap_or(now);
    if occurred_at.duration_since(now) > AHEAD {
        return Err(Problem::parameter("occurred_at", &occurred_at.to_string(), format!("not after now ({now})")));
    }
    Ok(rows::StockEvent {
        id: new.id.unwrap_or_else(Uuid::new_v4),
        store: StoreId(new.store_id),
        product: new.product_id,
        kind: kind.into(),
        quantity,
        change: Decimal::ZERO,
        other_store: new.to_store_id.map(StoreId),
        reason,
        reference: text("reference", &new.reference, 100)?,
        occurred_at,
        recorded_at: now,
        actor: viewer.actor.id(),
    })
}

/// Books what happened, and the stock with it: once, however often the same `id` or `Idempotency-Key` is sent.
#[utoipa::path(post, path = "/stock-events", tag = "inventory", request_body = NewStockEvent,
    responses((status = 201, body = StockEventAnswer, description = "Booked now"),
        (status = 200, body = StockEventAnswer, description = "Booked before, just so"), Problem),
    security(("session" = ["stock.write"]), ("bearer" = ["stock.write"])))]
pub(crate) async fn book_stock_event(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewStockEvent>,
) -> Result<(StatusCode, Json<StockEventAnswer>), Problem> {
    let now = hub.clock.now();
    let event = checked(&new, &viewer, now)?;
    let mut change = hub.change(&viewer).await?;
    let tx = &mut change.tx;
    viewer.store(tx, event.store).await?;
    if let Some(other) = event.other_store {
        viewer.store(tx, other).await?;
    }
    products::get(tx, viewer.org, event.product).await?.ok_or(Problem::NotFound("product"))?;
    let booked = rows::book(tx, viewer.org, &event).await.map_err(|error| match error {
        StoreError::Stock(why) => Problem::Conflict(format!("{why}; nothing was changed")),
        other => other.into(),
    })?;
    let stock = inventory::of(tx, viewer.org, event.store, event.product).await?.ok_or(Problem::NotFound("stock"))?;
    let answer = |event: rows::StockEvent| StockEventAnswer {
        event: StockEvent::of(event),
        stock: Stock::of(&stock),
        as_of: now,
    };
    match booked {
        Booked::New(event) => {
            let answer = answer(event);
            change.commit(Told::new("stock.book", answer.event.id).after(&answer.event)).await?;
            Ok((StatusCode::CREATED, Json(answer)))
        }
        Booked::Again(event) => Ok((StatusCode::OK, Json(answer(event)))),
        Booked::Other => Err(Problem::Conflict(format!(
            "the id {} belongs to an event that says something else; nothing was changed",
            event.id
        ))),
    }
}
