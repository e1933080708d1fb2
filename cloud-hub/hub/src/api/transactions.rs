//! `GET /api/v1/transactions`: lines of sale, searched.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_domain::money::to_minor;
use vyavs_domain::sale;
use vyavs_store::transactions::{self as rows, TransactionFilter};

use super::HubState;
use super::given::decimal;
use super::overview::count;
use super::paging::{PageInfo, Paging};
use super::params::{Pairs, Parameters, Params, span};
use super::problem::{Answer, Problem};
use super::receipts::ReceiptKind;
use super::sales::one_currency;
use super::shapes::Money;
use super::viewer::Viewer;
use crate::privacy;

/// A line of sale.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Transaction {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub store_id: Uuid,
    /// The product.
    pub product_id: Uuid,
    /// Its SKU.
    #[schema(example = "85123A")]
    pub sku: String,
    /// As printed; may be empty.
    pub name: String,
    /// What the product is sorted under now.
    #[schema(required)]
    pub category: Option<String>,
    /// Pieces or kilograms as a decimal text; negative on a return.
    #[schema(example = "6")]
    pub quantity: String,
    /// Price of one as a decimal text, with the scale it was rung with.
    #[schema(example = "2.55")]
    pub unit_price: String,
    /// Taken off this line.
    pub discount: Money,
    /// What the line comes to.
    pub total_amount: Money,
    /// When it was rung, as the till said.
    pub transaction_time: Timestamp,
    /// The pseudonym of the customer: the same within a year, and known to lead to nobody without the hub's keys.
    #[schema(required)]
    pub customer_id: Option<String>,
    /// The till.
    #[schema(example = "till-1")]
    pub register: String,
    /// The cashier's number; null where the till does not say.
    #[schema(required, example = "7")]
    pub cashier: Option<String>,
    /// The ticket: see `/receipts/{id}`.
    pub receipt_id: Uuid,
    /// The till's own number of it.
    #[schema(example = "536365")]
    pub receipt_number: String,
    /// What kind of ticket; null while its head is on its way.
    #[schema(required)]
    pub kind: Option<ReceiptKind>,
    /// The day in the books.
    pub business_day: Date,
    /// Its place on the ticket, from 1.
    #[schema(minimum = 1)]
    pub line_no: i64,
}

impl Transaction {
    fn of(row: rows::Transaction) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        let (discount, total_amount) = (money(row.discount_minor), money(row.total_minor));
        let head = row.head;
        Self {
            id: row.id,
            store_id: row.store.0,
            product_id: row.product,
            sku: row.sku,
            name: row.name,
            category: row.category,
            quantity: row.quantity.to_string(),
            unit_price: row.unit_price.to_string(),
            discount,
            total_amount,
            transaction_time: row.at,
            register: row.terminal.to_string(),
            receipt_id: row.receipt,
            receipt_number: row.number,
            kind: head.as_ref().map(|head| head.kind.into()),
            cashier: head.as_ref().and_then(|head| head.operator.clone()),
            customer_id: head.and_then(|head| head.customer),
            business_day: row.business_day.0,
            line_no: row.line_no,
        }
    }
}

/// A page of lines.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Transactions {
    /// Newest first.
    pub transactions: Vec<Transaction>,
    /// All that match; null where nobody counted: without `count=true`, and beyond 10000.
    #[schema(required, minimum = 0)]
    pub total: Option<i64>,
    /// The time that was searched: its beginning.
    pub from: Timestamp,
    /// Its end, excluded.
    pub to: Timestamp,
    /// Where this page stands.
    pub page_info: PageInfo,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`transactions`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransactionQuery {
    /// In one store only.
    pub store_id: Option<Uuid>,
    /// Of one product only.
    pub product_id: Option<Uuid>,
    /// Of products of this category, letter by letter.
    pub category: Option<String>,
    /// Rung at this till.
    #[param(example = "till-1")]
    pub register: Option<String>,
    /// Rung by this cashier's number.
    pub cashier: Option<String>,
    /// For this customer: the number of the loyalty account, or a pseudonym.
    pub customer_id: Option<String>,
    /// On tickets of this number.
    #[param(example = "536365")]
    pub receipt_number: Option<String>,
    /// On tickets of this kind: `sale`, `return`, `void`, `training` or `adjustment`; all without.
    pub kind: Option<String>,
    /// Lines that come to this or more, a decimal text in the stores' currency (they must have one, or choose one store).
    #[param(example = "100.00")]
    pub min_total: Option<String>,
    /// Lines that come to this or less.
    pub max_total: Option<String>,
    /// From here; 31 days before `to` without. Asked by till, cashier, customer, ticket or kind: tickets closed from here.
    pub from: Option<Timestamp>,
    /// To here, excluded; now without. At most 10 years after `from`.
    pub to: Option<Timestamp>,
    /// `true`: count what matches, up to 10000.
    pub count: Option<bool>,
}

/// [`TransactionQuery`] with its page.
#[derive(Debug)]
pub struct TransactionPage(TransactionQuery, Paging);

impl Parameters for TransactionPage {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let time = "an RFC 3339 time such as 2011-03-05T12:00:00Z";
        let query = TransactionQuery {
            store_id: pairs.one("store_id", "a UUID")?,
            product_id: pairs.one("product_id", "a UUID")?,
            category: pairs.one("category", "a category")?,
            register: pairs.one("register", "a till's name")?,
            cashier: pairs.one("cashier", "a cashier's number")?,
            customer_id: pairs.one("customer_id", "a loyalty account")?,
            receipt_number: pairs.one("receipt_number", "a ticket's number")?,
            kind: pairs.one("kind", "a kind of ticket")?,
            min_total: pairs.one("min_total", "a decimal text")?,
            max_total: pairs.one("max_total", "a decimal text")?,
            from: pairs.one("from", time)?,
            to: pairs.one("to", time)?,
            count: pairs.one("count", "true or false")?,
        };
        Ok(Self(query, Paging::read(pairs)?))
    }
}

/// How far anybody counts.
const MOST_COUNTED: u32 = 10_000;
/// The furthest an offset may skip here: what is skipped is read.
const MOST_SKIPPED: u32 = 10_000;

fn kind(text: &str) -> Result<sale::ReceiptKind, Problem> {
    let expected = "sale, return, void, training or adjustment";
    serde_json::from_value(text.into()).map_err(|_| Problem::parameter("kind", text, expected))
}

/// Lines of sale by store, product, category, till, cashier, customer, ticket, kind, amount and time.
#[utoipa::path(get, path = "/transactions", tag = "sales", params(TransactionQuery, Paging),
    responses((status = 200, body = Transactions), Problem), security(("session" = ["sales.read"]), ("bearer" = ["sales.read"])))]
pub(crate) async fn transactions(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(TransactionPage(query, paging)): Params<TransactionPage>,
) -> Answer<Transactions> {
    let now = hub.clock.now();
    let days = |n: i64| SignedDuration::from_hours(24 * n);
    let span = span(query.from, query.to, now, days(31), days(3660))?;
    if paging.offset > MOST_SKIPPED {
        let got = paging.offset.to_string();
        return Err(Problem::parameter("offset", &got, "at most 10000 here; go on with the cursor"));
    }
    let after: Option<rows::Place> = paging.after()?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let stores = match query.store_id {
        Some(id) => vec![viewer.store(&mut tx, StoreId(id)).await?],
        None => viewer.stores(&mut tx).await?,
    };
    let total = match (&query.min_total, &query.max_total) {
        (None, None) => None,
        (low, high) => {
            let currency = one_currency(&stores)?;
            let minor = |field: &str, text: &Option<String>, without: i64| match text {
                None => Ok(without),
                Some(text) => to_minor(decimal(field, text)?, currency)
                    .ok_or_else(|| Problem::parameter(field, text, "an amount of money")),
            };
            Some((currency, minor("min_total", low, i64::MIN)?, minor("max_total", high, i64::MAX)?))
        }
    };
    let customer = match &query.customer_id {
        None => None,
        Some(number) => Some(privacy::all_of(&hub.vault, viewer.org, number).await?),
    };
    let filter = TransactionFilter {
        stores: stores.iter().map(|store| store.id).collect(),
        product: query.product_id,
        category: query.category,
        terminal: query.register,
        operator: query.cashier,
        customer,
        number: query.receipt_number,
        kind: query.kind.as_deref().map(kind).transpose()?,
        total,
        span,
    };
    let total = match query.count {
        Some(true) => rows::count(&mut tx, viewer.org, &filter, MOST_COUNTED).await?.map(count),
        _ => None,
    };
    let mut page = rows::page(&mut tx, viewer.org, &filter, (after, paging.offset), paging.rows()).await?;
    let page_info = paging.cut(&mut page, |line| line.place);
    let transactions = page.into_iter().map(Transaction::of).collect();
    Ok(Json(Transactions { transactions, total, from: span.0, to: span.1, page_info, as_of: now }))
}
