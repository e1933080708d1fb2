//! `GET /api/v1/daily-sales-summary`: what each product came to on each business day, kept as tickets come in.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_domain::time::BusinessDay;
use vyavs_store::daily::{self, SummaryFilter};

use super::HubState;
use super::paging::{PageInfo, Paging};
use super::params::{Pairs, Parameters, Params};
use super::problem::{Answer, Problem};
use super::shapes::Money;
use super::viewer::Viewer;

/// What a product came to on a business day in a store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DailySales {
    /// Where.
    pub store_id: Uuid,
    /// Of what.
    pub product_id: Uuid,
    /// Its SKU.
    #[schema(example = "85123A")]
    pub sku: String,
    /// Its name; may be empty.
    pub name: String,
    /// What it is sorted under now.
    #[schema(required)]
    pub category: Option<String>,
    /// The day in the books of the store.
    pub sale_date: Date,
    /// Lines of sales and returns; voids, training and adjustments do not count.
    #[schema(minimum = 0)]
    pub lines: i64,
    /// Pieces or kilograms as a decimal text, returns subtracted.
    #[schema(example = "310.5")]
    pub total_quantity: String,
    /// What the lines come to, returns subtracted. A product sold in two currencies has two rows.
    pub total_revenue: Money,
}

/// A page of the summary.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DailySalesSummary {
    /// By day, store and product, oldest day first.
    pub summary: Vec<DailySales>,
    /// Where this page stands.
    pub page_info: PageInfo,
    /// When this was read; late tickets of any day are in it once they are stored.
    pub as_of: Timestamp,
}

/// Query of [`daily_sales_summary`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SummaryQuery {
    /// First business day; six days before `to` without.
    pub from: Option<Date>,
    /// Last business day, included; today without (of UTC). At most 3660 days after `from`.
    pub to: Option<Date>,
    /// In one store only.
    pub store_id: Option<Uuid>,
    /// Of one product only.
    pub product_id: Option<Uuid>,
    /// Of products of this category, letter by letter.
    pub category: Option<String>,
}

/// [`SummaryQuery`] with its page.
#[derive(Debug)]
pub struct SummaryPage(SummaryQuery, Paging);

impl Parameters for SummaryPage {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let query = SummaryQuery {
            from: pairs.one("from", "a date such as 2011-03-05")?,
            to: pairs.one("to", "a date such as 2011-03-05")?,
            store_id: pairs.one("store_id", "a UUID")?,
            product_id: pairs.one("product_id", "a UUID")?,
            category: pairs.one("category", "a category")?,
        };
        Ok(Self(query, Paging::read(pairs)?))
    }
}

/// First and last day, `to` not before `from`.
fn days(from: Option<Date>, to: Option<Date>, today: Date) -> Result<(BusinessDay, BusinessDay), Problem> {
    let to = to.unwrap_or(today);
    let from = from.unwrap_or_else(|| to.saturating_sub(Span::new().days(6)));
    if from > to {
        return Err(Problem::parameter("from", &from.to_string(), format!("a day not after to ({to})")));
    }
    if (to - from).get_days() > 3660 {
        return Err(Problem::parameter("from", &from.to_string(), format!("at most 3660 days before to ({to})")));
    }
    Ok((BusinessDay(from), BusinessDay(to)))
}

/// Sums of products by business day.
#[utoipa::path(get, path = "/daily-sales-summary", tag = "sales", params(SummaryQuery, Paging),
    responses((status = 200, body = DailySalesSummary), Problem), security(("session" = ["sales.read"]), ("bearer" = ["sales.read"])))]
pub(crate) async fn daily_sales_summary(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(SummaryPage(query, paging)): Params<SummaryPage>,
) -> Answer<DailySalesSummary> {
    let now = hub.clock.now();
    let after: Option<daily::Place> = paging.after()?;
    let days = days(query.from, query.to, now.to_zoned(jiff::tz::TimeZone::UTC).date())?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let filter = SummaryFilter {
        within: viewer.one_or_all(&mut tx, query.store_id.map(StoreId)).await?,
        days,
        product: query.product_id,
        category: query.category,
    };
    let mut rows = daily::summary(&mut tx, viewer.org, &filter, (after, paging.offset), paging.rows()).await?;
    let page_info = paging.cut(&mut rows, |row| (row.day, row.store, row.product, row.currency.to_string()));
    let day = |row: daily::Summary| DailySales {
        store_id: row.store.0,
        product_id: row.product,
        sku: row.sku,
        name: row.name,
        category: row.category,
        sale_date: row.day.0,
        lines: row.sold.lines,
        total_quantity: Decimal::new(row.sold.quantity_micro, 6).normalize().to_string(),
        total_revenue: Money::new(row.sold.revenue_minor, row.currency),
    };
    Ok(Json(DailySalesSummary { summary: rows.into_iter().map(day).collect(), page_info, as_of: now }))
}
