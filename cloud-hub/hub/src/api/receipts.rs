//! The tickets of a store, newest first, and one ticket with its lines.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use utoipa::IntoParams;
use uuid::Uuid;
use vyavs_domain::ids::{StoreId, TerminalId};
use vyavs_domain::time::BusinessDay;
use vyavs_store::receipts::{self as rows, ReceiptFilter};

mod shapes;

pub use self::shapes::{Receipt, ReceiptDetail, ReceiptKind, ReceiptLine, ReceiptSource, Receipts, Tender, TenderKind};
use super::HubState;
use super::params::{IdPath, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// Query of [`receipts`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReceiptQuery {
    /// Tickets a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// One till only.
    #[param(value_type = Option<String>, example = "till-1")]
    pub terminal: Option<TerminalId>,
    /// One business day only.
    pub business_day: Option<Date>,
}

impl Parameters for ReceiptQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            limit: pairs.number("limit", 1, 500, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
            terminal: pairs.one("terminal", "a till's name")?,
            business_day: pairs.one("business_day", "a date such as 2011-03-05")?,
        })
    }
}

/// Tickets of a store, newest first.
#[utoipa::path(get, path = "/stores/{id}/receipts", tag = "receipts",
    params(("id" = Uuid, Path, description = "The store"), ReceiptQuery),
    responses((status = 200, body = Receipts), Problem), security(("session" = ["sales.read"]), ("bearer" = ["sales.read"])))]
pub(crate) async fn receipts(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Params(query): Params<ReceiptQuery>,
) -> Answer<Receipts> {
    let after = cursor::<(Timestamp, Uuid)>(query.cursor.as_deref())?;
    let filter = ReceiptFilter { terminal: query.terminal, business_day: query.business_day.map(BusinessDay) };
    let (now, store) = (hub.clock.now(), StoreId(id));
    let mut tx = hub.store.begin_read(viewer.org).await?;
    viewer.store(&mut tx, store).await?;
    // One more than asked for: it says whether there is a next page.
    let mut heads = rows::page(&mut tx, viewer.org, store, &filter, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut heads, query.limit, |head| (head.closed_at, head.id));
    Ok(Json(Receipts { receipts: heads.iter().map(Receipt::from).collect(), next_cursor, as_of: now }))
}

/// One ticket with its lines.
#[utoipa::path(get, path = "/receipts/{id}", tag = "receipts", params(("id" = Uuid, Path, description = "The ticket")),
    responses((status = 200, body = ReceiptDetail), Problem), security(("session" = ["sales.read"]), ("bearer" = ["sales.read"])))]
pub(crate) async fn receipt(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<ReceiptDetail> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let found = rows::get(&mut tx, viewer.org, id).await?.ok_or(Problem::NotFound("ticket"))?;
    viewer.store(&mut tx, found.head.store).await.map_err(|_| Problem::NotFound("ticket"))?;
    Ok(Json(ReceiptDetail::of(found, hub.clock.now())))
}
