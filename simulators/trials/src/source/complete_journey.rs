//! Complete Journey: one basket is one ticket. Money in whole cents, by integers alone.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use vyavs_domain::sale::{Tender, TenderKind};

use super::{Rows, Sample};
use crate::ledger::{HeadFacts, Key, LineFacts, Ticket};

/// The file's times are UTC; its weeks change at midnight in the eastern United States.
pub(super) const SHOP: super::Place =
    super::Place { zone: "America/New_York", currency: "USD", day_starts: "00:00", most_tills: 4 };
pub(super) const FILE: &str = "transactions.csv";
pub(super) const PRODUCTS: &str = "products.csv";
pub(super) const COLUMNS: [&str; 10] = [
    "basket_id",
    "store_id",
    "household_id",
    "product_id",
    "quantity",
    "sales_value",
    "retail_disc",
    "coupon_disc",
    "coupon_match_disc",
    "transaction_timestamp",
];

pub(super) fn read(dir: &Path, sample: Sample, tills: usize) -> anyhow::Result<Vec<Ticket>> {
    let zone = TimeZone::get(SHOP.zone).context("the time zone of the data set is unknown here")?;
    let mut names: HashMap<String, String> = HashMap::new();
    let mut products = Rows::open(dir, PRODUCTS, ["product_id", "product_type", "package_size"])?;
    while let Some((_, [id, what, size])) = products.next()? {
        names.insert(id.to_owned(), format!("{what} {size}").trim().to_owned());
    }
    let mut rows = Rows::open(dir, FILE, COLUMNS)?;
    let mut tickets: Vec<Ticket> = Vec::new();
    let mut places: HashMap<String, Option<usize>> = HashMap::new();
    let mut stores: HashMap<String, usize> = HashMap::new();
    while let Some((wrong, columns)) = rows.next()? {
        let [basket, store, household, product, quantity, value, retail, coupon, matched, at] = columns;
        let place = match places.get(basket) {
            Some(place) => *place,
            None => {
                let place = sample.takes(places.len()).then_some(tickets.len());
                places.insert(basket.to_owned(), place);
                place
            }
        };
        let Some(place) = place else { continue };
        let utc: DateTime = at.parse().with_context(&wrong)?;
        let instant = utc.to_zoned(TimeZone::UTC).with_context(&wrong)?.timestamp();
        let [value, retail, coupon, matched] = [value, retail, coupon, matched].map(cents);
        let total_minor = value.with_context(&wrong)?;
        let discount_minor = retail.with_context(&wrong)? + matched.with_context(&wrong)?;
        let coupon = coupon.with_context(&wrong)?;
        if place == tickets.len() {
            // In the order in which the shops first appear, each at the next till.
            let next = stores.len();
            let till = *stores.entry(store.to_owned()).or_insert(next) % tills;
            let key = Key {
                terminal: super::till(till),
                business_day: instant.to_zoned(zone.clone()).date().to_string(),
                number: basket.to_owned(),
            };
            tickets.push(Ticket { key, head: head(household), lines: Vec::new() });
        }
        let Ticket { head, lines, .. } = &mut tickets[place];
        head.total_minor += total_minor;
        head.line_count += 1;
        head.closed_at_us = head.closed_at_us.max(instant.as_microsecond());
        match head.tenders.first_mut() {
            Some(voucher) => voucher.amount_minor += coupon,
            None if coupon != 0 => head.tenders.push(Tender { kind: TenderKind::Voucher, amount_minor: coupon }),
            None => {}
        }
        let facts = LineFacts {
            sku: product.to_owned(),
            name: names.get(product).cloned().unwrap_or_default(),
            quantity: quantity.to_owned(),
            unit_price: unit_price(total_minor + discount_minor, quantity).with_context(&wrong)?,
            discount_minor,
            total_minor,
            currency: SHOP.currency.to_owned(),
            sold_at_us: instant.as_microsecond(),
            customer: Some(household.to_owned()),
        };
        lines.push((head.line_count, facts));
    }
    Ok(tickets)
}

fn head(household: &str) -> HeadFacts {
    HeadFacts {
        kind: "sale".to_owned(),
        source: "journal".to_owned(),
        currency: SHOP.currency.to_owned(),
        total_minor: 0,
        tax_minor: 0,
        discount_minor: 0,
        line_count: 0,
        operator: None,
        customer: Some(household.to_owned()),
        closed_at_us: i64::MIN,
        tenders: Vec::new(),
    }
}

/// Dollars as whole cents: the file has two digits at most, and one amount that is a rounding error of nothing.
fn cents(dollars: &str) -> anyhow::Result<i64> {
    let dollars: f64 = dollars.parse().with_context(|| format!("{dollars:?} is no amount"))?;
    Ok((dollars * 100.0).round() as i64)
}

/// The price with the fewest digits, at least two, at which so many come to `gross` cents.
fn unit_price(gross: i64, quantity: &str) -> anyhow::Result<String> {
    let quantity: Decimal = quantity.parse().with_context(|| format!("{quantity:?} is no quantity"))?;
    let (pieces, scale) = (quantity.mantissa(), quantity.scale());
    if pieces == 0 {
        return Ok("0.00".to_owned());
    }
    let gross = i128::from(gross);
    for more in 0..8 {
        let price = rounded(gross * 10_i128.pow(more + scale), pieces);
        if rounded(price * pieces, 10_i128.pow(more + scale)) == gross {
            return Ok(Decimal::from_i128_with_scale(price, 2 + more).to_string());
        }
    }
    anyhow::bail!("no price of at most nine digits gives {gross} cents for {quantity}")
}

/// Half away from zero; `by` above 0.
fn rounded(value: i128, by: i128) -> i128 {
    let half = if value < 0 { -by / 2 } else { by / 2 };
    (value + half) / by
}
