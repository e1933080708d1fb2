//! `GET /api/v1/sales`: revenue over time.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_domain::money::Currency;
use vyavs_domain::time::{BusinessDay, StoreTime};
use vyavs_store::kpis::{self, SalesPoint as Point};
use vyavs_store::stores::Store;

use super::HubState;
use super::overview::{count, time_of};
use super::params::{Pairs, Parameters, Params, span};
use super::problem::{Answer, Problem};
use super::shapes::Money;
use super::viewer::Viewer;

/// How wide a point is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// One hour of the store's clock (of several stores in several zones: of UTC).
    #[default]
    Hour,
    /// One business day of the store.
    Day,
}

impl std::str::FromStr for Granularity {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "hour" => Ok(Self::Hour),
            "day" => Ok(Self::Day),
            _ => Err(()),
        }
    }
}

/// What was sold within one point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SalesPoint {
    /// Start of the hour, or of the business day in the store's zone (of several stores in several zones: UTC midnight).
    pub at: Timestamp,
    /// Sales less returns; voids, training and adjustments do not count.
    pub revenue: Money,
    /// Tickets of sale.
    #[schema(minimum = 0, example = 42)]
    pub receipts: i64,
    /// Pieces and kilograms, returns subtracted.
    #[schema(example = 310.5)]
    pub units: f64,
}

/// Revenue over time; hours and days without a sale have no point.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Sales {
    /// Oldest first.
    pub points: Vec<SalesPoint>,
    /// ISO 4217: of all points.
    #[schema(example = "GBP")]
    pub currency: String,
    /// Other currencies in which tickets were rung in this time; they are not in the points.
    #[schema(example = json!([]))]
    pub other_currencies: Vec<String>,
    /// When this was computed.
    pub as_of: Timestamp,
}

/// Query of [`sales`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SalesQuery {
    /// One store only; all of them without (they then must have one currency).
    pub store_id: Option<Uuid>,
    /// From here; 24 hours (`hour`) or 30 days (`day`) before `to` without.
    pub from: Option<Timestamp>,
    /// To here, excluded; now without. At most 92 days (`hour`) or 10 years (`day`) after `from`.
    pub to: Option<Timestamp>,
    /// `hour` without.
    pub granularity: Option<Granularity>,
}

impl Parameters for SalesQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            store_id: pairs.one("store_id", "a UUID")?,
            from: pairs.one("from", "an RFC 3339 time such as 2011-03-05T12:00:00Z")?,
            to: pairs.one("to", "an RFC 3339 time such as 2011-03-05T12:00:00Z")?,
            granularity: pairs.one("granularity", "hour or day")?,
        })
    }
}

/// One currency for a chart: that of all its stores, or a problem that names the choice.
pub(crate) fn one_currency(stores: &[Store]) -> Result<Currency, Problem> {
    let currencies: BTreeSet<Currency> = stores.iter().map(|store| store.currency).collect();
    match currencies.iter().next() {
        None => Err(Problem::Conflict("there is no store yet, and so no currency; open one first".to_owned())),
        Some(one) if currencies.len() == 1 => Ok(*one),
        Some(_) => {
            let named: Vec<&str> = currencies.iter().map(Currency::as_str).collect();
            Err(Problem::parameter("store_id", "", format!("given here, for the stores trade in {}", named.join(", "))))
        }
    }
}

/// Points of one currency; which others there were.
fn in_currency<T>(
    points: Vec<Point<T>>,
    currency: Currency,
    at: impl Fn(T) -> Timestamp,
) -> (Vec<SalesPoint>, Vec<String>) {
    let mut others = BTreeSet::new();
    let mut shown = Vec::with_capacity(points.len());
    for point in points {
        if point.currency != currency {
            others.insert(point.currency.to_string());
            continue;
        }
        shown.push(SalesPoint {
            at: at(point.at),
            revenue: Money::new(point.revenue_minor, currency),
            receipts: count(point.receipts),
            units: point.units,
        });
    }
    (shown, others.into_iter().collect())
}

/// Back to the full hour of the store's clock; of several stores, of UTC.
fn full_hour(at: Timestamp, time: Option<&StoreTime>) -> Timestamp {
    let within = match time {
        Some(time) => {
            let local = time.local(at);
            SignedDuration::from_secs(i64::from(local.minute()) * 60 + i64::from(local.second()))
                + SignedDuration::from_nanos(i64::from(local.subsec_nanosecond()))
        }
        None => SignedDuration::from_micros(at.as_microsecond().rem_euclid(3_600_000_000)),
    };
    at.checked_sub(within).unwrap_or(at)
}

/// Revenue, tickets and units over time.
#[utoipa::path(get, path = "/sales", tag = "sales", params(SalesQuery),
    responses((status = 200, body = Sales), Problem), security(("session" = ["sales.read"]), ("bearer" = ["sales.read"])))]
pub(crate) async fn sales(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<SalesQuery>,
) -> Answer<Sales> {
    let now = hub.clock.now();
    let granularity = query.granularity.unwrap_or_default();
    let (usual, longest) = match granularity {
        Granularity::Hour => (SignedDuration::from_hours(24), SignedDuration::from_hours(24 * 92)),
        Granularity::Day => (SignedDuration::from_hours(24 * 30), SignedDuration::from_hours(24 * 3660)),
    };
    let (from, to) = span(query.from, query.to, now, usual, longest)?;
    let store = query.store_id.map(StoreId);
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let within = viewer.one_or_all(&mut tx, store).await?;
    let stores = match store {
        Some(id) => vec![viewer.store(&mut tx, id).await?],
        None => viewer.stores(&mut tx).await?,
    };
    let currency = one_currency(&stores)?;
    // Stores that keep the same time are read as one.
    let alike =
        stores.windows(2).all(|pair| pair[0].timezone == pair[1].timezone && pair[0].day_starts == pair[1].day_starts);
    let time = stores.first().filter(|_| alike).map(time_of).transpose()?;
    let (points, other_currencies) = match granularity {
        Granularity::Hour => {
            let span = (full_hour(from, time.as_ref()), to);
            in_currency(kpis::by_hour(&mut tx, viewer.org, within, span).await?, currency, |at| at)
        }
        Granularity::Day => {
            let utc = |at: Timestamp| BusinessDay(at.to_zoned(TimeZone::UTC).date());
            let day = |at| time.as_ref().map_or_else(|| utc(at), |time| time.business_day(at));
            // The end is excluded: a day that only begins there is not asked for.
            let last = to.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(to);
            let begin = |day: BusinessDay| match &time {
                Some(time) => time.span(day).0,
                None => day.0.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |zoned| zoned.timestamp()),
            };
            in_currency(kpis::by_day(&mut tx, viewer.org, within, (day(from), day(last))).await?, currency, begin)
        }
    };
    Ok(Json(Sales { points, currency: currency.to_string(), other_currencies, as_of: now }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_begins_on_the_stores_own_clock() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let kolkata = StoreTime::new("Asia/Kolkata", jiff::civil::time(4, 0, 0, 0)).expect("a zone");
        assert_eq!(full_hour(at("2026-11-22T12:10:30.5Z"), Some(&kolkata)), at("2026-11-22T11:30:00Z"));
        assert_eq!(full_hour(at("2026-11-22T12:10:30.5Z"), None), at("2026-11-22T12:00:00Z"));
        assert_eq!(full_hour(at("1969-11-22T12:10:30Z"), None), at("1969-11-22T12:00:00Z"));
    }
}
