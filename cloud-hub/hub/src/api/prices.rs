//! `/api/v1/prices`: the price list. Prices are added and never changed; of those in force a store's own holds, then the
//! one that began last.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::{prices as rows, products};

use super::HubState;
use super::change::Told;
use super::params::{Body, Pairs, Parameters, Params};
use super::problem::{Answer, Problem};
use super::products::{Price, PriceTerms, checked};
use super::viewer::Viewer;

/// All prices of a product.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Prices {
    /// Past and to come, the one that begins last first.
    pub prices: Vec<Price>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A price to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrice {
    /// Of which product.
    pub product_id: Uuid,
    /// In one store; without, in every store that has none of its own.
    pub store_id: Option<Uuid>,
    /// Of one piece or kilogram, as a decimal text of at most 6 digits after the point.
    #[schema(example = "2.55")]
    pub price: String,
    /// ISO 4217; of a store's own price, that of the store.
    #[schema(example = "GBP")]
    pub currency: String,
    /// It holds from here; from now without.
    pub valid_from: Option<Timestamp>,
    /// To here, excluded; until another one begins without.
    pub valid_to: Option<Timestamp>,
}

/// A price as entered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PriceAnswer {
    /// The price.
    #[serde(flatten)]
    pub price: Price,
    /// When it was entered.
    pub as_of: Timestamp,
}

/// Query of [`prices`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PriceQuery {
    /// Of which product.
    pub product_id: Uuid,
    /// Only those that can hold in this store; those of every store in reach without.
    pub store_id: Option<Uuid>,
}

impl Parameters for PriceQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let product_id = pairs.one("product_id", "a UUID")?;
        let store_id = pairs.one("store_id", "a UUID")?;
        let product_id = product_id.ok_or_else(|| Problem::parameter("product_id", "", "given, as a UUID"))?;
        Ok(Self { product_id, store_id })
    }
}

/// The prices of a product.
#[utoipa::path(get, path = "/prices", tag = "products", params(PriceQuery),
    responses((status = 200, body = Prices), Problem), security(("session" = ["catalog.read"]), ("bearer" = ["catalog.read"])))]
pub(crate) async fn prices(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<PriceQuery>,
) -> Answer<Prices> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    products::get(&mut tx, viewer.org, query.product_id).await?.ok_or(Problem::NotFound("product"))?;
    let within = viewer.one_or_all(&mut tx, query.store_id.map(StoreId)).await?;
    let found = rows::list(&mut tx, viewer.org, query.product_id, within).await?;
    Ok(Json(Prices { prices: found.into_iter().map(Price::from).collect(), as_of: hub.clock.now() }))
}

/// Adds a price.
#[utoipa::path(post, path = "/prices", tag = "products", request_body = NewPrice,
    responses((status = 201, body = PriceAnswer), Problem), security(("session" = ["catalog.write"]), ("bearer" = ["catalog.write"])))]
pub(crate) async fn create_price(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewPrice>,
) -> Result<(StatusCode, Json<PriceAnswer>), Problem> {
    let now = hub.clock.now();
    let NewPrice { product_id, store_id, price, currency, valid_from, valid_to } = new;
    let terms = PriceTerms { store_id, price, currency, valid_from, valid_to };
    let mut change = hub.change(&viewer).await?;
    products::get(&mut change.tx, viewer.org, product_id).await?.ok_or(Problem::NotFound("product"))?;
    let price = checked::price(&mut change.tx, &viewer, product_id, ("", &terms), now).await?;
    rows::insert(&mut change.tx, viewer.org, &price).await?;
    let price = Price::from(price);
    change.commit(Told::new("prices.create", product_id).after(&price)).await?;
    Ok((StatusCode::CREATED, Json(PriceAnswer { price, as_of: now })))
}
