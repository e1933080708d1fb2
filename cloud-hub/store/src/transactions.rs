//! Lines of sale as people search them, the newest first.
//!
//! Every search goes along an index that knows what was asked for, so that none walks the whole table: tickets for what
//! their heads say, else the product, the few products of a category, an amount that few lines come to,
//! the store, and last the time. How far back it looks is the caller's choice of a stretch of time.

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId, TerminalId};
use vyavs_domain::money::Currency;
use vyavs_domain::sale::ReceiptKind;
use vyavs_domain::time::BusinessDay;

use crate::Result;
use crate::columns::Id;
use crate::tx::{Conn, Tx, fetch_all};

mod lines;
#[cfg(all(test, feature = "testing"))]
mod plans;
mod tickets;
mod whole;

use lines::Along;
use whole::{Row, whole};

/// A line with its ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub store: StoreId,
    /// The product.
    pub product: Uuid,
    /// The till.
    pub terminal: TerminalId,
    /// The ticket.
    pub receipt: Uuid,
    /// The till's own number of it.
    pub number: String,
    /// The day in the books.
    pub business_day: BusinessDay,
    /// Its place on the ticket.
    pub line_no: i64,
    /// What was sold.
    pub sku: String,
    /// As printed.
    pub name: String,
    /// Pieces or kilograms.
    pub quantity: Decimal,
    /// Of one.
    pub unit_price: Decimal,
    /// Off this line, minor units.
    pub discount_minor: i64,
    /// What it comes to, minor units.
    pub total_minor: i64,
    /// Of the amounts.
    pub currency: Currency,
    /// When it was rung, as the till said.
    pub at: Timestamp,
    /// What the product is sorted under.
    pub category: Option<String>,
    /// What its ticket says; `None` while that is on its way.
    pub head: Option<HeadOf>,
    /// Where it stands in the order of its search; the next page begins after it.
    pub place: Place,
}

/// What the ticket of a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadOf {
    /// What kind of ticket.
    pub kind: ReceiptKind,
    /// The cashier's number.
    pub operator: Option<String>,
    /// The pseudonym of the customer.
    pub customer: Option<String>,
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct TransactionFilter {
    /// In these stores: those of the caller's reach, or the one asked for.
    pub stores: Vec<StoreId>,
    /// Of this product.
    pub product: Option<Uuid>,
    /// Of products of this category.
    pub category: Option<String>,
    /// Rung at this till.
    pub terminal: Option<String>,
    /// Rung by this cashier.
    pub operator: Option<String>,
    /// Of the customer who stands under one of these pseudonyms; of nobody's when there is none.
    pub customer: Option<Vec<String>>,
    /// On tickets of this number. What is said of a ticket finds the lines whose ticket came.
    pub number: Option<String>,
    /// On tickets of this kind.
    pub kind: Option<ReceiptKind>,
    /// Lines in this currency that come to at least and at most this, minor units.
    pub total: Option<(Currency, i64, i64)>,
    /// Rung from here to here, the end excluded.
    pub span: (Timestamp, Timestamp),
}

/// The last one seen: when its ticket was closed, if the search goes by tickets, else when it was rung; and its id.
pub type Place = (Timestamp, Uuid);

/// A category of no more products is searched product by product.
const FEW_PRODUCTS: i64 = 64;

enum Path {
    /// By what heads of tickets say.
    Tickets(tickets::By),
    /// By what lines say: one walk each.
    Lines(Vec<Along>),
}

/// A function of the filter and of what the catalog and the tills hold, so that the pages of a search are in one order.
async fn path(tx: &mut Tx<'_>, org: OrgId, filter: &TransactionFilter) -> Result<Path> {
    const OF_CATEGORY: &str =
        "select id from products where organization_id = $1 and category = $2 order by category, sku limit $3";
    if filter.customer.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Path::Lines(Vec::new()));
    }
    if let Some(by) = tickets::By::of(filter) {
        return Ok(Path::Tickets(by));
    }
    if let Some(product) = filter.product {
        return Ok(Path::Lines(vec![Along::Product(product)]));
    }
    if let Some(category) = filter.category.as_deref() {
        let found = fetch_all!(tx, (Id,), OF_CATEGORY, org, category, FEW_PRODUCTS + 1)?;
        if found.len() as i64 <= FEW_PRODUCTS {
            return Ok(Path::Lines(match tx.conn {
                Conn::Sqlite(_) => found.into_iter().map(|(id,)| Along::Product(id.0)).collect(),
                Conn::Pg(_) => vec![Along::Category],
            }));
        }
    }
    if lines::few_of_total(tx, org, filter).await? {
        return Ok(Path::Lines(vec![Along::Total]));
    }
    Ok(Path::Lines(match filter.stores[..] {
        [] => Vec::new(),
        [store] => vec![Along::Store(store)],
        _ => vec![Along::Time],
    }))
}

/// Lines after the last one seen, `offset` of them left out.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: &TransactionFilter,
    (after, offset): (Option<Place>, u32),
    limit: u32,
) -> Result<Vec<Transaction>> {
    let wanted = u64::from(offset) + u64::from(limit);
    let found = match path(tx, org, filter).await? {
        Path::Tickets(by) => tickets::lines(tx, org, (filter, by), after, wanted).await?,
        Path::Lines(walks) => {
            let mut rows = Vec::new();
            for along in &walks {
                rows.extend(lines::page(tx, org, (filter, *along), after, wanted).await?);
            }
            rows.into_iter().map(|row| (row.15, row)).collect()
        }
    };
    let mut found: Vec<(i64, Row)> = found;
    found.sort_unstable_by_key(|(at, row)| std::cmp::Reverse((*at, row.0)));
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    let taken = usize::try_from(limit).unwrap_or(usize::MAX);
    whole(tx, org, found.into_iter().skip(skipped).take(taken).collect()).await
}

/// How many there are, counted up to `most`; beyond it nobody counted.
pub async fn count(tx: &mut Tx<'_>, org: OrgId, filter: &TransactionFilter, most: u32) -> Result<Option<u64>> {
    let enough = u64::from(most) + 1;
    let mut all = 0;
    match path(tx, org, filter).await? {
        Path::Tickets(by) => all = tickets::count(tx, org, (filter, by), enough).await?,
        Path::Lines(walks) => {
            for along in walks {
                all += lines::count(tx, org, (filter, along), enough).await?;
                if all >= enough {
                    break;
                }
            }
        }
    }
    Ok((all < enough).then_some(all))
}
