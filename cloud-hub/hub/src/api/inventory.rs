//! `/api/v1/inventory`: what lies in the stores, and the levels people set for it.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::inventory::{self as rows, Levels, StockFilter};

pub mod events;

use super::HubState;
use super::change::Told;
use super::given::{amount, nullable};
use super::overview::count;
use super::paging::{PageInfo, Paging};
use super::params::{Body, IdPath, Pairs, Parameters, Params};
use super::problem::{Answer, Problem};
use super::version::{etag, expected};
use super::viewer::Viewer;

/// The stock of a product in a store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Stock {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub store_id: Uuid,
    /// Of what.
    pub product_id: Uuid,
    /// Its SKU.
    #[schema(example = "85123A")]
    pub sku: String,
    /// Its name; may be empty.
    pub name: String,
    /// What should lie there, as a decimal text: the last count with every movement since, less what was sold since that
    /// count by the till's time. Before the first count nobody knows what was there: then it is the sum of the movements
    /// booked, and sales take nothing off. Below zero says that something was not booked or counted.
    #[schema(example = "17.5")]
    pub current_stock: String,
    /// Of `current_stock`, what was sold since the last count and taken off; `0` before the first.
    #[schema(example = "2.5")]
    pub sold_since_count: String,
    /// Promised to somebody.
    #[schema(example = "0")]
    pub reserved_stock: String,
    /// To be ordered at or below this; null where nobody said.
    #[schema(required, example = "6")]
    pub reorder_point: Option<String>,
    /// No more than this fits; null where nobody said.
    #[schema(required, example = "48")]
    pub max_stock: Option<String>,
    /// When it was last counted; null is never.
    #[schema(required)]
    pub counted_at: Option<Timestamp>,
    /// When something was last booked or set; sales do not move it.
    pub last_updated: Timestamp,
}

impl Stock {
    pub(super) fn of(row: &rows::Stock) -> Self {
        Self {
            id: row.id,
            store_id: row.store.0,
            product_id: row.product,
            sku: row.sku.clone(),
            name: row.name.clone(),
            current_stock: row.current().to_string(),
            sold_since_count: row.sold.to_string(),
            reserved_stock: row.reserved.to_string(),
            reorder_point: row.reorder_point.map(|point| point.to_string()),
            max_stock: row.max_stock.map(|most| most.to_string()),
            counted_at: row.counted_at,
            last_updated: row.last_updated,
        }
    }
}

/// A page of stock.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Inventory {
    /// In the order of SKU and store. A product that was never booked in a store has no row.
    pub inventory: Vec<Stock>,
    /// All that match, on every page.
    #[schema(minimum = 0)]
    pub total: i64,
    /// Where this page stands.
    pub page_info: PageInfo,
    /// When this was read.
    pub as_of: Timestamp,
}

/// The stock of one product in one store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StockAnswer {
    /// The stock.
    #[serde(flatten)]
    pub stock: Stock,
    /// When this was read.
    pub as_of: Timestamp,
}

/// What of a row may be set; what is absent stays. What lies there is not set but booked: `POST /stock-events`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockChange {
    /// Promised to somebody, a decimal text.
    #[schema(example = "2")]
    pub reserved_stock: Option<String>,
    /// To be ordered at or below this, a decimal text; null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "6")]
    pub reorder_point: Option<Option<String>>,
    /// No more than this fits, a decimal text; null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "48")]
    pub max_stock: Option<Option<String>>,
}

/// Query of [`inventory`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InventoryQuery {
    /// In one store only.
    pub store_id: Option<Uuid>,
    /// Of one product only.
    pub product_id: Option<Uuid>,
    /// `true`: at or below the reorder point; `false`: above it, or without one.
    pub below_reorder: Option<bool>,
}

/// [`InventoryQuery`] with its page.
#[derive(Debug)]
pub struct InventoryPage(InventoryQuery, Paging);

impl Parameters for InventoryPage {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let query = InventoryQuery {
            store_id: pairs.one("store_id", "a UUID")?,
            product_id: pairs.one("product_id", "a UUID")?,
            below_reorder: pairs.one("below_reorder", "true or false")?,
        };
        Ok(Self(query, Paging::read(pairs)?))
    }
}

/// Stock with filters.
#[utoipa::path(get, path = "/inventory", tag = "inventory", params(InventoryQuery, Paging),
    responses((status = 200, body = Inventory), Problem), security(("session" = ["stock.read"]), ("bearer" = ["stock.read"])))]
pub(crate) async fn inventory(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(InventoryPage(query, paging)): Params<InventoryPage>,
) -> Answer<Inventory> {
    let after: Option<(String, StoreId)> = paging.after()?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let filter = StockFilter {
        within: viewer.one_or_all(&mut tx, query.store_id.map(StoreId)).await?,
        product: query.product_id,
        below_reorder: query.below_reorder,
    };
    let total = count(rows::count(&mut tx, viewer.org, &filter).await?);
    let mut page = rows::page(&mut tx, viewer.org, &filter, (after, paging.offset), paging.rows()).await?;
    let page_info = paging.cut(&mut page, |stock| (stock.sku.clone(), stock.store));
    let inventory = page.iter().map(Stock::of).collect();
    Ok(Json(Inventory { inventory, total, page_info, as_of: hub.clock.now() }))
}

fn answer(row: &rows::Stock, as_of: Timestamp) -> Response {
    (etag(row.version), Json(StockAnswer { stock: Stock::of(row), as_of })).into_response()
}

/// A row in a store of the reach.
async fn row(tx: &mut vyavs_store::Tx<'_>, viewer: &Viewer, id: Uuid) -> Result<rows::Stock, Problem> {
    let found = rows::get(tx, viewer.org, id).await?.ok_or(Problem::NotFound("stock"))?;
    viewer.store(tx, found.store).await.map_err(|_| Problem::NotFound("stock"))?;
    Ok(found)
}

/// The stock of one product in one store.
#[utoipa::path(get, path = "/inventory/{id}", tag = "inventory", params(("id" = Uuid, Path, description = "The row")),
    responses((status = 200, body = StockAnswer, headers(("ETag" = String, description = "Its version"))), Problem),
    security(("session" = ["stock.read"]), ("bearer" = ["stock.read"])))]
pub(crate) async fn stock(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    Ok(answer(&row(&mut tx, &viewer, id).await?, hub.clock.now()))
}

/// Sets reserved stock, reorder point and most stock.
#[utoipa::path(patch, path = "/inventory/{id}", tag = "inventory", request_body = StockChange,
    params(("id" = Uuid, Path, description = "The row"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = StockAnswer, headers(("ETag" = String, description = "Its version"))), Problem),
    security(("session" = ["stock.write"]), ("bearer" = ["stock.write"])))]
pub(crate) async fn change_stock(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
    Body(request): Body<StockChange>,
) -> Result<Response, Problem> {
    let (version, now) = (expected(&headers, "stock")?, hub.clock.now());
    let mut change = hub.change(&viewer).await?;
    let before = row(&mut change.tx, &viewer, id).await?;
    let level = |field: &str, given: &Option<Option<String>>, there| match given {
        None => Ok(there),
        Some(None) => Ok(None),
        Some(Some(text)) => amount(field, text).map(Some),
    };
    let levels = Levels {
        reserved: match &request.reserved_stock {
            Some(text) => amount("reserved_stock", text)?,
            None => before.reserved,
        },
        reorder_point: level("reorder_point", &request.reorder_point, before.reorder_point)?,
        max_stock: level("max_stock", &request.max_stock, before.max_stock)?,
    };
    if let (Some(point), Some(most)) = (levels.reorder_point, levels.max_stock)
        && point > most
    {
        let expected = format!("at most max_stock ({most})");
        return Err(Problem::parameter("reorder_point", &point.to_string(), expected));
    }
    if !rows::set_levels(&mut change.tx, viewer.org, (id, version), &levels, now).await? {
        return Err(Problem::Stale("the stock"));
    }
    let after = row(&mut change.tx, &viewer, id).await?;
    let told = |stock: &rows::Stock| {
        let Stock { reserved_stock, reorder_point, max_stock, .. } = Stock::of(stock);
        json!({"reserved_stock": reserved_stock, "reorder_point": reorder_point, "max_stock": max_stock})
    };
    change.commit(Told::new("inventory.change", id).before(&told(&before)).after(&told(&after))).await?;
    Ok(answer(&after, now))
}
