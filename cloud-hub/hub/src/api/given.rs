//! Values that people give in bodies: exact decimals, lists of ids, and fields that may be set to nothing.

use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_store::{Tx, products};

use super::problem::Problem;

/// More than any price or stock; sums of many stay far below what a decimal holds.
const MOST: i64 = 1_000_000_000;

/// A decimal text of at most six digits after the point.
pub(crate) fn decimal(field: &str, text: &str) -> Result<Decimal, Problem> {
    let expected = "a decimal text such as \"12.50\", below 10^9, with at most 6 digits after the point";
    match Decimal::from_str_exact(text) {
        Ok(value) if value.abs() < Decimal::from(MOST) && value.scale() <= 6 => Ok(value),
        _ => Err(Problem::parameter(field, text, expected)),
    }
}

/// The same, not below zero.
pub(crate) fn amount(field: &str, text: &str) -> Result<Decimal, Problem> {
    let value = decimal(field, text)?;
    if value.is_sign_negative() && !value.is_zero() {
        return Err(Problem::parameter(field, text, "a decimal text that is not negative"));
    }
    Ok(value)
}

/// Tells a field that is absent (stays as it is) from one that is null (is taken away).
pub(crate) fn nullable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// An object or null, where a derived struct would take a list of its fields in their order, too.
pub(crate) fn object<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    let fields: Option<serde_json::Map<String, serde_json::Value>> = Option::deserialize(deserializer)?;
    fields.map(|fields| T::deserialize(serde_json::Value::Object(fields)).map_err(D::Error::custom)).transpose()
}

/// At least one and not too many products, all of the organization.
pub(crate) async fn known_products(tx: &mut Tx<'_>, org: OrgId, ids: &[Uuid]) -> Result<(), Problem> {
    if ids.is_empty() || ids.len() > 1_000 {
        return Err(Problem::parameter("product_ids", &ids.len().to_string(), "1 to 1000 products"));
    }
    for id in ids {
        if products::get(tx, org, *id).await?.is_none() {
            return Err(Problem::parameter("product_ids", &id.to_string(), "a product of this organization"));
        }
    }
    Ok(())
}
