//! What the catalog says and takes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_store::prices as rows;
use vyavs_store::products::Product as Row;
use vyavs_store::products::barcodes::Barcode as Code;

use crate::api::given::nullable;
use crate::api::paging::PageInfo;

/// A barcode of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Barcode {
    /// GTIN: 8, 12, 13 or 14 digits with a good check digit.
    #[schema(example = "4006381333931")]
    pub gtin: String,
    /// Pieces that one scan stands for, 1 to 100000: a case of twelve has a number of its own.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 100000, default = 1, example = 1)]
    pub pack: u32,
}

fn one() -> u32 {
    1
}

/// A price of a product.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Price {
    /// Its id.
    pub id: Uuid,
    /// Of which product.
    pub product_id: Uuid,
    /// In one store; null is every store that has none of its own.
    #[schema(required)]
    pub store_id: Option<Uuid>,
    /// Of one piece or kilogram, as a decimal text with the scale it was given.
    #[schema(example = "2.55")]
    pub price: String,
    /// ISO 4217.
    #[schema(example = "GBP")]
    pub currency: String,
    /// It holds from here.
    pub valid_from: Timestamp,
    /// To here, excluded; null is until another one begins.
    #[schema(required)]
    pub valid_to: Option<Timestamp>,
    /// When it was entered.
    pub created_at: Timestamp,
}

impl From<rows::Price> for Price {
    fn from(row: rows::Price) -> Self {
        Self {
            id: row.id,
            product_id: row.product,
            store_id: row.store.map(|store| store.0),
            price: row.price.to_string(),
            currency: row.currency.to_string(),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            created_at: row.created_at,
        }
    }
}

/// A product.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Product {
    /// Its id.
    pub id: Uuid,
    /// One sellable item; unique in the organization.
    #[schema(example = "85123A")]
    pub sku: String,
    /// For people; may be empty where a till rang it without one.
    #[schema(example = "WHITE HANGING HEART T-LIGHT HOLDER")]
    pub name: String,
    /// As people sort it.
    #[schema(required, example = "Lighting")]
    pub category: Option<String>,
    /// Anything else.
    pub attributes: Map<String, Value>,
    /// Its place in the catalog, from the department down; empty where nobody said.
    #[schema(example = json!(["Home", "Lighting"]))]
    pub hierarchy: Vec<String>,
    /// By number.
    pub barcodes: Vec<Barcode>,
    /// The price in force: that of the store asked for, or of every store. Null where nobody entered one.
    #[schema(required)]
    pub price: Option<Price>,
    /// Since when it is no longer listed; null while it is.
    #[schema(required)]
    pub retired_at: Option<Timestamp>,
    /// Since when the hub knows it.
    pub created_at: Timestamp,
    /// When a person last changed it.
    #[schema(required)]
    pub updated_at: Option<Timestamp>,
}

impl Product {
    pub(super) fn of(row: Row, codes: &[Code], price: Option<rows::Price>) -> Self {
        let barcodes = codes.iter().filter(|code| code.product == row.id);
        Self {
            id: row.id,
            sku: row.sku,
            name: row.name,
            category: row.category,
            attributes: match row.attributes {
                Value::Object(fields) => fields,
                _ => Map::new(),
            },
            hierarchy: row.group.map(|path| path.split('/').map(str::to_owned).collect()).unwrap_or_default(),
            barcodes: barcodes.map(|code| Barcode { gtin: code.gtin.to_string(), pack: code.pack }).collect(),
            price: price.map(Price::from),
            retired_at: row.retired_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A page of the catalog.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Products {
    /// In the order of the SKU.
    pub products: Vec<Product>,
    /// All that match, on every page.
    #[schema(minimum = 0, example = 4070)]
    pub total: i64,
    /// Where this page stands.
    pub page_info: PageInfo,
    /// When this was read.
    pub as_of: Timestamp,
}

/// One product.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProductAnswer {
    /// The product.
    #[serde(flatten)]
    pub product: Product,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A price to be of a product to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceTerms {
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

/// A product to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// 1 to 100 characters, unique in the organization.
    #[schema(example = "85123A", min_length = 1, max_length = 100)]
    pub sku: String,
    /// 1 to 255 characters.
    #[schema(example = "WHITE HANGING HEART T-LIGHT HOLDER", min_length = 1, max_length = 255)]
    pub name: String,
    /// 1 to 100 characters; the last name of `hierarchy` without.
    #[schema(example = "Lighting", max_length = 100)]
    pub category: Option<String>,
    /// Anything else, at most 16 kB.
    #[serde(default)]
    pub attributes: Map<String, Value>,
    /// Its place in the catalog, from the department down: at most 8 names without `/`. Places are made as needed.
    #[serde(default)]
    #[schema(example = json!(["Home", "Lighting"]))]
    pub hierarchy: Vec<String>,
    /// At most 50.
    #[serde(default)]
    pub barcodes: Vec<Barcode>,
    /// At most 50.
    #[serde(default)]
    pub prices: Vec<PriceTerms>,
}

/// What of a product may be changed; what is absent stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductChange {
    /// 1 to 255 characters.
    #[schema(min_length = 1, max_length = 255)]
    pub name: Option<String>,
    /// 1 to 100 characters; null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub category: Option<Option<String>>,
    /// In the place of all that were there.
    #[schema(value_type = Option<Object>)]
    pub attributes: Option<Map<String, Value>>,
    /// In the place of the one that was there; an empty list takes it away.
    pub hierarchy: Option<Vec<String>>,
    /// In the place of all that were there.
    pub barcodes: Option<Vec<Barcode>>,
    /// `true`: no longer listed, from now on; `false`: listed again.
    pub retired: Option<bool>,
}

/// A place in the hierarchy.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProductGroup {
    /// Its id.
    pub id: Uuid,
    /// The place above it; null at the top.
    #[schema(required)]
    pub parent_id: Option<Uuid>,
    /// For people.
    #[schema(example = "Lighting")]
    pub name: String,
    /// All names from the top, joined by `/`: what `group` of the product list takes.
    #[schema(example = "Home/Lighting")]
    pub path: String,
    /// Products right here that are listed; those below are not counted.
    #[schema(minimum = 0)]
    pub products: i64,
}

/// The hierarchy of the catalog.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProductGroups {
    /// In the order of their paths.
    pub groups: Vec<ProductGroup>,
    /// When this was read.
    pub as_of: Timestamp,
}
