//! What people say of products, held against what it may be, and written.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;
use vyavs_domain::catalog::Gtin;
use vyavs_domain::ids::StoreId;
use vyavs_store::prices::Price;
use vyavs_store::products::barcodes;
use vyavs_store::{Tx, products};

use super::shapes::{Barcode, PriceTerms};
use crate::api::given::amount;
use crate::api::params::label;
use crate::api::problem::Problem;
use crate::api::viewer::Viewer;

/// Barcodes or prices in one body.
const MANY: usize = 50;
/// Names of a place in the hierarchy.
const DEEP: usize = 8;
/// Bytes of attributes, written out.
const ATTRIBUTES: usize = 16 * 1024;

pub(super) fn hierarchy(names: &[String]) -> Result<Vec<String>, Problem> {
    if names.len() > DEEP {
        return Err(Problem::parameter("hierarchy", &names.len().to_string(), "at most 8 names"));
    }
    let one = |(n, name): (usize, &String)| {
        let field = format!("hierarchy[{n}]");
        let name = label(&field, name, 100)?;
        match name.contains('/') {
            true => Err(Problem::parameter(field, name, "a name without /")),
            false => Ok(name.to_owned()),
        }
    };
    names.iter().enumerate().map(one).collect()
}

pub(super) fn attributes(fields: Map<String, Value>) -> Result<Value, Problem> {
    let value = Value::Object(fields);
    let length = value.to_string().len();
    match length > ATTRIBUTES {
        true => Err(Problem::parameter("attributes", &length.to_string(), "at most 16384 bytes")),
        false => Ok(value),
    }
}

pub(super) fn codes(given: &[Barcode]) -> Result<Vec<(Gtin, u32)>, Problem> {
    if given.len() > MANY {
        return Err(Problem::parameter("barcodes", &given.len().to_string(), "at most 50"));
    }
    let mut codes: Vec<(Gtin, u32)> = Vec::with_capacity(given.len());
    for (n, Barcode { gtin, pack }) in given.iter().enumerate() {
        let field = format!("barcodes[{n}]");
        let parsed: Gtin = gtin
            .parse()
            .map_err(|error| Problem::parameter(format!("{field}.gtin"), gtin, format!("a GTIN: {error}")))?;
        if !(1..=100_000).contains(pack) {
            return Err(Problem::parameter(format!("{field}.pack"), &pack.to_string(), "1 to 100000"));
        }
        if codes.iter().any(|(other, _)| *other == parsed) {
            return Err(Problem::parameter(format!("{field}.gtin"), gtin, "given once"));
        }
        codes.push((parsed, *pack));
    }
    Ok(codes)
}

/// Writes the barcodes of a product; one that another product has is named with it.
pub(super) async fn set_codes(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    product: Uuid,
    codes: &[(Gtin, u32)],
    now: Timestamp,
) -> Result<(), Problem> {
    let Err(taken) = barcodes::set(tx, viewer.org, product, codes, now).await? else { return Ok(()) };
    let holder = match barcodes::product_of(tx, viewer.org, taken).await? {
        Some(id) => products::get(tx, viewer.org, id).await?,
        None => None,
    };
    let whose = holder.map_or_else(|| "another product".to_owned(), |product| format!("product {:?}", product.sku));
    Err(Problem::Conflict(format!("barcode {taken} belongs to {whose}; nothing was changed")))
}

/// A price as it is entered, of a store in reach.
pub(in crate::api) async fn price(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    product: Uuid,
    (field, terms): (&str, &PriceTerms),
    now: Timestamp,
) -> Result<Price, Problem> {
    let named = |name: &str| format!("{field}{name}");
    let currency = terms
        .currency
        .parse()
        .map_err(|_| Problem::parameter(named("currency"), &terms.currency, "an ISO 4217 code such as EUR"))?;
    match terms.store_id {
        Some(id) => {
            let store = viewer.store(tx, StoreId(id)).await?;
            if store.currency != currency {
                let expected = format!("{}, the currency of the store", store.currency);
                return Err(Problem::parameter(named("currency"), &terms.currency, expected));
            }
        }
        // Who reaches some stores does not price for the others.
        None if !viewer.everywhere => {
            return Err(Problem::parameter(named("store_id"), "", "a store that you reach, for you do not reach all"));
        }
        None => {}
    }
    let valid_from = terms.valid_from.unwrap_or(now);
    if let Some(to) = terms.valid_to.filter(|to| *to <= valid_from) {
        let expected = format!("a time after valid_from ({valid_from})");
        return Err(Problem::parameter(named("valid_to"), &to.to_string(), expected));
    }
    Ok(Price {
        id: Uuid::new_v4(),
        product,
        store: terms.store_id.map(StoreId),
        price: amount(&named("price"), &terms.price)?,
        currency,
        valid_from,
        valid_to: terms.valid_to,
        created_by: viewer.actor.id(),
        created_at: now,
    })
}

pub(super) fn few_prices(given: &[PriceTerms]) -> Result<(), Problem> {
    match given.len() > MANY {
        true => Err(Problem::parameter("prices", &given.len().to_string(), "at most 50")),
        false => Ok(()),
    }
}
