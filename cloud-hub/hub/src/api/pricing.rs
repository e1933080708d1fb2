//! `/api/v1/pricing`: price recommendations as they lie in the table.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::pricing as rows;

use super::HubState;
use super::engines::{Engine, Missing};
use super::given::known_products;
use super::params::{Body, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// What some engine would change a price to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Recommendation {
    /// Its id.
    pub id: Uuid,
    /// For which product.
    pub product_id: Uuid,
    /// Its SKU.
    pub sku: String,
    /// In one store; null is everywhere.
    #[schema(required)]
    pub store_id: Option<Uuid>,
    /// The price it started from, a decimal text.
    #[schema(required, example = "2.55")]
    pub current_price: Option<String>,
    /// The price it would set, a decimal text.
    #[schema(required, example = "2.75")]
    pub recommended_price: Option<String>,
    /// ISO 4217, of both.
    #[schema(required, example = "GBP")]
    pub currency: Option<String>,
    /// What it would bring, as the engine that wrote the row says it.
    #[schema(required, value_type = Option<Object>)]
    pub expected_impact: Option<Value>,
    /// Why.
    #[schema(required)]
    pub reasoning: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A page of recommendations.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Recommendations {
    /// Newest first; empty where nobody made any.
    pub recommendations: Vec<Recommendation>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// What makes them.
    pub engine: Engine,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`recommendations`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RecommendationQuery {
    /// For one store, and for everywhere.
    pub store_id: Option<Uuid>,
    /// For products of this category, letter by letter.
    pub category: Option<String>,
    /// Recommendations a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Parameters for RecommendationQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            store_id: pairs.one("store_id", "a UUID")?,
            category: pairs.one("category", "a category")?,
            limit: pairs.number("limit", 1, 500, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
        })
    }
}

/// Price recommendations.
#[utoipa::path(get, path = "/pricing/recommendations", tag = "pricing", params(RecommendationQuery),
    responses((status = 200, body = Recommendations), Problem), security(("session" = ["pricing.read"]), ("bearer" = ["pricing.read"])))]
pub(crate) async fn recommendations(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<RecommendationQuery>,
) -> Answer<Recommendations> {
    let after = cursor::<(Timestamp, Uuid)>(query.cursor.as_deref())?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let within = viewer.one_or_all(&mut tx, query.store_id.map(StoreId)).await?;
    let asked = (within, query.category.as_deref());
    let mut found = rows::page(&mut tx, viewer.org, asked, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut found, query.limit, |row| (row.made_at, row.id));
    let one = |row: rows::Recommendation| Recommendation {
        id: row.id,
        product_id: row.product,
        sku: row.sku,
        store_id: row.store.map(|store| store.0),
        current_price: row.current.map(|price| price.to_string()),
        recommended_price: row.recommended.map(|price| price.to_string()),
        currency: row.currency,
        expected_impact: row.impact,
        reasoning: row.reasoning,
        created_at: row.made_at,
    };
    let recommendations = found.into_iter().map(one).collect();
    let engine = Missing::Pricing.engine("shown are the rows that lie in the table, if any.");
    Ok(Json(Recommendations { recommendations, next_cursor, engine, as_of: hub.clock.now() }))
}

/// What to price.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceRun {
    /// 1 to 1000 products.
    pub product_ids: Vec<Uuid>,
    /// What a price must keep to.
    #[serde(default)]
    pub constraints: Map<String, Value>,
    /// What to aim for.
    #[serde(default)]
    pub objectives: Map<String, Value>,
}

/// What a run found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PriceResults {
    /// One a product.
    #[schema(value_type = Vec<Object>)]
    pub optimization_results: Vec<Value>,
}

/// Runs price optimization: refused with `engine-not-installed` while this hub has no engine for it.
#[utoipa::path(post, path = "/pricing/optimize", tag = "pricing", request_body = PriceRun,
    responses((status = 200, body = PriceResults, description = "With an engine: what it found"), Problem),
    security(("session" = ["pricing.write"]), ("bearer" = ["pricing.write"])))]
pub(crate) async fn optimize_prices(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(request): Body<PriceRun>,
) -> Answer<PriceResults> {
    known_products(&mut hub.store.begin_read(viewer.org).await?, viewer.org, &request.product_ids).await?;
    Err(Missing::Pricing.refusal())
}
