//! `/api/v1/products`: the catalog.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::json;
use utoipa::IntoParams;
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::products::{self as rows, Described, ProductFilter, SearchText, barcodes, groups};
use vyavs_store::{Tx, prices};

pub(super) mod checked;
mod shapes;

pub use self::shapes::{
    Barcode, NewProduct, Price, PriceTerms, Product, ProductAnswer, ProductChange, ProductGroup, ProductGroups,
    Products,
};
use super::HubState;
use super::change::Told;
use super::overview::count;
use super::paging::Paging;
use super::params::{Body, IdPath, Pairs, Parameters, Params, label};
use super::problem::{Answer, Problem};
use super::version::{etag, expected};
use super::viewer::Viewer;

/// Query of [`products`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProductQuery {
    /// Of this category, letter by letter.
    #[param(example = "Lighting")]
    pub category: Option<String>,
    /// Words that must all be there, each as the beginning of a word of SKU, name, category, hierarchy or barcode.
    #[param(example = "white heart")]
    pub search: Option<String>,
    /// Of this place in the hierarchy and those below it: a `path` of `/product-groups`.
    #[param(example = "Home/Lighting")]
    pub group: Option<String>,
    /// `true`: only those no longer listed; `all`: these too; those that are listed without.
    #[param(example = "all")]
    pub retired: Option<String>,
    /// `price` is that of this store; that of every store without.
    pub store_id: Option<Uuid>,
}

/// [`ProductQuery`] with its page.
#[derive(Debug)]
pub struct ProductPage(ProductQuery, Paging);

impl Parameters for ProductPage {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let query = ProductQuery {
            category: pairs.one("category", "a category")?,
            search: pairs.one("search", "words")?,
            group: pairs.one("group", "a path such as Home/Lighting")?,
            retired: pairs.one("retired", "true, false or all")?,
            store_id: pairs.one("store_id", "a UUID")?,
        };
        Ok(Self(query, Paging::read(pairs)?))
    }
}

impl ProductQuery {
    fn filter(self) -> Result<ProductFilter, Problem> {
        let search = self.search.as_deref().map(|text| {
            SearchText::of(text).ok_or_else(|| Problem::parameter("search", text, "words of letters and digits"))
        });
        let retired = match self.retired.as_deref() {
            None | Some("false") => Some(false),
            Some("true") => Some(true),
            Some("all") => None,
            Some(other) => return Err(Problem::parameter("retired", other, "true, false or all")),
        };
        Ok(ProductFilter { category: self.category, group: self.group, search: search.transpose()?, retired })
    }
}

/// Products with filters and search.
#[utoipa::path(get, path = "/products", tag = "products", params(ProductQuery, Paging),
    responses((status = 200, body = Products), Problem), security(("session" = ["catalog.read"]), ("bearer" = ["catalog.read"])))]
pub(crate) async fn products(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(ProductPage(query, paging)): Params<ProductPage>,
) -> Answer<Products> {
    let now = hub.clock.now();
    let after: Option<String> = paging.after()?;
    let store = query.store_id.map(StoreId);
    let filter = query.filter()?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    if let Some(store) = store {
        viewer.store(&mut tx, store).await?;
    }
    let total = rows::count(&mut tx, viewer.org, &filter).await?;
    let mut page = rows::page(&mut tx, viewer.org, &filter, (after.as_deref(), paging.offset), paging.rows()).await?;
    let page_info = paging.cut(&mut page, |product| product.sku.clone());
    let products = whole(&mut tx, &viewer, page, store, now).await?;
    Ok(Json(Products { products, total: count(total), page_info, as_of: now }))
}

/// Adds barcodes and prices to what was read.
async fn whole(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    page: Vec<rows::Product>,
    store: Option<StoreId>,
    now: Timestamp,
) -> Result<Vec<Product>, Problem> {
    let ids: Vec<Uuid> = page.iter().map(|product| product.id).collect();
    let codes = barcodes::of(tx, viewer.org, &ids).await?;
    let mut prices = prices::in_force(tx, viewer.org, &ids, store, now).await?;
    Ok(page
        .into_iter()
        .map(|row| {
            let price = prices.remove(&row.id);
            Product::of(row, &codes, price)
        })
        .collect())
}

async fn answer(tx: &mut Tx<'_>, viewer: &Viewer, row: rows::Product, now: Timestamp) -> Result<Response, Problem> {
    let tag = etag(row.version);
    let product = whole(tx, viewer, vec![row], None, now).await?.pop().ok_or(Problem::NotFound("product"))?;
    Ok((tag, Json(ProductAnswer { product, as_of: now })).into_response())
}

/// Puts a product into the catalog.
#[utoipa::path(post, path = "/products", tag = "products", request_body = NewProduct,
    responses((status = 201, body = ProductAnswer, headers(("ETag" = String, description = "Its version"))), Problem),
    security(("session" = ["catalog.write"]), ("bearer" = ["catalog.write"])))]
pub(crate) async fn create_product(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewProduct>,
) -> Result<Response, Problem> {
    let now = hub.clock.now();
    let sku = label("sku", &new.sku, 100)?;
    let name = label("name", &new.name, 255)?;
    let names = checked::hierarchy(&new.hierarchy)?;
    let category = new.category.as_deref().map(|text| label("category", text, 100)).transpose()?;
    let attributes = checked::attributes(new.attributes)?;
    let codes = checked::codes(&new.barcodes)?;
    checked::few_prices(&new.prices)?;
    let mut change = hub.change(&viewer).await?;
    let tx = &mut change.tx;
    let said = Described {
        name,
        category: category.or(names.last().map(String::as_str)),
        attributes: &attributes,
        group: groups::ensure(tx, viewer.org, &names, now).await?,
        retired_at: None,
    };
    let Some(id) = rows::insert(tx, viewer.org, sku, &said, now).await? else {
        let there = rows::product_id(viewer.org, sku);
        return Err(Problem::Conflict(format!("there is a product {sku:?} already, {there}; nothing was changed")));
    };
    checked::set_codes(tx, &viewer, id, &codes, now).await?;
    for (n, terms) in new.prices.iter().enumerate() {
        let price = checked::price(tx, &viewer, id, (&format!("prices[{n}]."), terms), now).await?;
        prices::insert(tx, viewer.org, &price).await?;
    }
    rows::index(tx, viewer.org, id).await?;
    let after = json!({"sku": sku, "name": name, "category": said.category, "hierarchy": names});
    change.commit(Told::new("products.create", id).after(&after)).await?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let made = rows::get(&mut tx, viewer.org, id).await?.ok_or(Problem::NotFound("product"))?;
    Ok((StatusCode::CREATED, answer(&mut tx, &viewer, made, now).await?).into_response())
}

/// One product.
#[utoipa::path(get, path = "/products/{id}", tag = "products", params(("id" = Uuid, Path, description = "The product")),
    responses((status = 200, body = ProductAnswer, headers(("ETag" = String, description = "Its version"))), Problem),
    security(("session" = ["catalog.read"]), ("bearer" = ["catalog.read"])))]
pub(crate) async fn product(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let found = rows::get(&mut tx, viewer.org, id).await?.ok_or(Problem::NotFound("product"))?;
    answer(&mut tx, &viewer, found, hub.clock.now()).await
}

/// Changes a product: what is absent stays.
#[utoipa::path(patch, path = "/products/{id}", tag = "products", request_body = ProductChange,
    params(("id" = Uuid, Path, description = "The product"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = ProductAnswer, headers(("ETag" = String, description = "Its version"))), Problem),
    security(("session" = ["catalog.write"]), ("bearer" = ["catalog.write"])))]
pub(crate) async fn change_product(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
    Body(request): Body<ProductChange>,
) -> Result<Response, Problem> {
    let (version, now) = (expected(&headers, "a product")?, hub.clock.now());
    let mut change = hub.change(&viewer).await?;
    let tx = &mut change.tx;
    let before = rows::get(tx, viewer.org, id).await?.ok_or(Problem::NotFound("product"))?;
    let name = request.name.as_deref().map(|name| label("name", name, 255)).transpose()?;
    let category = match &request.category {
        None => before.category.as_deref(),
        Some(None) => None,
        Some(Some(text)) => Some(label("category", text, 100)?),
    };
    let attributes = request.attributes.map(checked::attributes).transpose()?;
    let names = match &request.hierarchy {
        Some(names) => checked::hierarchy(names)?,
        None => before.group.iter().flat_map(|path| path.split('/')).map(str::to_owned).collect(),
    };
    let said = Described {
        name: name.unwrap_or(&before.name),
        category,
        attributes: attributes.as_ref().unwrap_or(&before.attributes),
        group: groups::ensure(tx, viewer.org, &names, now).await?,
        retired_at: match request.retired {
            None => before.retired_at,
            Some(true) => before.retired_at.or(Some(now)),
            Some(false) => None,
        },
    };
    if !rows::change(tx, viewer.org, (id, version), &said, now).await? {
        return Err(Problem::Stale("the product"));
    }
    if let Some(given) = &request.barcodes {
        checked::set_codes(tx, &viewer, id, &checked::codes(given)?, now).await?;
    }
    rows::index(tx, viewer.org, id).await?;
    let after = rows::get(tx, viewer.org, id).await?.ok_or(Problem::NotFound("product"))?;
    let told = |product: &rows::Product| json!({"name": product.name, "category": product.category, "hierarchy": product.group, "retired_at": product.retired_at});
    change.commit(Told::new("products.change", id).before(&told(&before)).after(&told(&after))).await?;
    answer(&mut hub.store.begin_read(viewer.org).await?, &viewer, after, now).await
}

/// The hierarchy of the catalog.
#[utoipa::path(get, path = "/product-groups", tag = "products", responses((status = 200, body = ProductGroups), Problem),
    security(("session" = ["catalog.read"]), ("bearer" = ["catalog.read"])))]
pub(crate) async fn product_groups(State(hub): State<HubState>, viewer: Viewer) -> Answer<ProductGroups> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let group = |group: groups::Group| ProductGroup {
        id: group.id,
        parent_id: group.parent,
        name: group.name,
        path: group.path,
        products: count(group.products),
    };
    let groups = groups::list(&mut tx, viewer.org).await?.into_iter().map(group).collect();
    Ok(Json(ProductGroups { groups, as_of: hub.clock.now() }))
}
