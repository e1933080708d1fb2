//! `GET /api/v1/kpis`: the figures of now, each with its formula and its age.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_domain::money::Currency;
use vyavs_domain::time::{BusinessDay, from_micros};
use vyavs_store::{Tx, kpis};

use super::HubState;
use super::overview::{self, StoreNow};
use super::params::{Pairs, Parameters, Params};
use super::problem::{Answer, Problem};
use super::shapes::Freshness;
use super::viewer::Viewer;

/// Which figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KpiId {
    /// Money taken in the current business day of each store.
    SalesToday,
    /// Tickets of the current business day.
    ReceiptsToday,
    /// Sales by tickets.
    AverageBasket,
    /// Pieces sold in the current business day.
    UnitsToday,
    /// Alarms raised and not cleared.
    OpenAlarms,
    /// Records that stores still owe the hub.
    UnsentRecords,
}

/// What a figure is held against.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Compare {
    /// For people.
    #[schema(example = "the same weekday last week, until this time")]
    pub label: String,
    /// In the unit of the figure.
    #[schema(example = 11250.4)]
    pub value: f64,
}

/// One figure of now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Kpi {
    /// Which figure.
    pub id: KpiId,
    /// For people.
    #[schema(example = "Sales today")]
    pub label: String,
    /// The figure, in `unit`; money in whole currency units. Null where it has no value: no tickets to average, or
    /// stores of several currencies (the formula then says so).
    #[schema(required, example = 12345.67)]
    pub value: Option<f64>,
    /// `money`, `receipts`, `pieces`, `alarms` or `records`.
    #[schema(example = "money")]
    pub unit: String,
    /// ISO 4217, for money.
    #[schema(required, example = "GBP")]
    pub currency: Option<String>,
    /// The figure is complete up to here: when that of its stores was heard which was silent longest; now where none ever was.
    pub as_of: Timestamp,
    /// How it is computed, in one sentence.
    #[schema(example = "Σ totals of sales and returns of the current business day; no voids, training or adjustments")]
    pub formula: String,
    /// That of the store that was silent longest.
    pub freshness: Freshness,
    /// What it is held against; null without earlier data.
    #[schema(required)]
    pub compare: Option<Compare>,
    /// `[ms since 1970 UTC, value]`, one an hour, oldest first; may be empty.
    #[schema(value_type = Vec<Vec<f64>>, example = json!([[1299312000000_i64, 120.5]]))]
    pub spark: Vec<(i64, f64)>,
}

/// The figures of now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Kpis {
    /// In the order to show.
    pub kpis: Vec<Kpi>,
    /// When this was computed.
    pub as_of: Timestamp,
}

/// Query of [`kpis`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KpiQuery {
    /// One store only; all of them without.
    pub store_id: Option<Uuid>,
}

impl Parameters for KpiQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self { store_id: pairs.one("store_id", "a UUID")? })
    }
}

/// What the stores did today, added up.
#[derive(Clone, Debug, Default, PartialEq)]
struct Today {
    revenue_minor: i64,
    receipts: u64,
    returns: u64,
    units: f64,
}

fn today(stores: &[StoreNow], currency: Option<Currency>) -> Today {
    let mut sum = Today::default();
    for figures in stores.iter().flat_map(|store| &store.figures) {
        if Some(figures.currency) == currency {
            sum.revenue_minor = sum.revenue_minor.saturating_add(figures.revenue_minor);
        }
        sum.receipts += figures.receipts;
        sum.returns += figures.returns;
        sum.units += figures.units;
    }
    sum
}

/// Whole units as a number: exact to the minor unit below 2^53 of them.
fn major(minor: i64, currency: Currency) -> f64 {
    minor as f64 / 10_f64.powi(i32::try_from(currency.exponent()).unwrap_or(2))
}

/// What was sold within one hour.
struct Hour {
    ms: i64,
    revenue_minor: i64,
    receipts: u64,
    units: f64,
}

/// Revenue and tickets of the last hours, and of this time last week.
#[derive(Default)]
struct Past {
    /// Oldest first; hours without a sale are absent.
    hours: Vec<Hour>,
    week_ago: Option<Today>,
}

async fn past(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    only: Option<StoreId>,
    stores: &[StoreNow],
    currency: Option<Currency>,
    now: Timestamp,
) -> Result<Past, Problem> {
    let hour = |at: Timestamp| {
        let us = at.as_microsecond();
        from_micros(us - us.rem_euclid(HOUR_US))
    };
    let mut past = Past::default();
    let from = hour(now - SignedDuration::from_hours(SPARK_HOURS - 1));
    for point in kpis::by_hour(tx, viewer.org, only, (from, now)).await? {
        let ms = point.at.as_millisecond();
        let revenue = if Some(point.currency) == currency { point.revenue_minor } else { 0 };
        match past.hours.last_mut().filter(|last| last.ms == ms) {
            Some(last) => {
                last.revenue_minor += revenue;
                last.receipts += point.receipts;
                last.units += point.units;
            }
            None => past.hours.push(Hour { ms, revenue_minor: revenue, receipts: point.receipts, units: point.units }),
        }
    }
    // Stores that keep the same time are asked in one go.
    let alike = stores.windows(2).all(|two| {
        let same = |store: &StoreNow| (store.store.timezone.clone(), store.store.day_starts);
        same(&two[0]) == same(&two[1])
    });
    let asked: Vec<(Option<StoreId>, &StoreNow)> = match alike {
        true => stores.first().map(|store| (only, store)).into_iter().collect(),
        false => stores.iter().map(|store| (Some(store.store.id), store)).collect(),
    };
    for (store, now_there) in asked {
        let Ok(day) = now_there.today.0.checked_sub(Span::new().days(7)) else { continue };
        let begin = now_there.time.span(BusinessDay(day)).0;
        // The same reading of the store's clock, whatever summer time did in between.
        let Ok(local) = now_there.time.local(now).checked_sub(Span::new().days(7)) else { continue };
        let end = now_there.time.instant(local);
        if end <= begin {
            continue;
        }
        for point in kpis::by_hour(tx, viewer.org, store, (begin, end)).await? {
            let sum = past.week_ago.get_or_insert_default();
            if Some(point.currency) == currency {
                sum.revenue_minor = sum.revenue_minor.saturating_add(point.revenue_minor);
            }
            sum.receipts += point.receipts;
            sum.units += point.units;
        }
    }
    Ok(past)
}

const HOUR_US: i64 = 3_600_000_000;
/// Hours of a spark line, the running one included.
const SPARK_HOURS: i64 = 24;

/// The figures of now: sales, receipts, average basket, units, open alarms, unsent records.
#[utoipa::path(get, path = "/kpis", tag = "kpis", params(KpiQuery),
    responses((status = 200, body = Kpis), Problem), security(("session" = ["viewer"]), ("bearer" = ["viewer"])))]
pub(crate) async fn kpis(State(hub): State<HubState>, viewer: Viewer, Params(query): Params<KpiQuery>) -> Answer<Kpis> {
    let now = hub.clock.now();
    let only = query.store_id.map(StoreId);
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let stores = overview::read(&hub, &mut tx, viewer.org, only, now).await?;
    let currencies: BTreeSet<Currency> = stores.iter().map(|store| store.store.currency).collect();
    let currency = currencies.iter().next().copied().filter(|_| currencies.len() == 1);
    let past = past(&mut tx, &viewer, only, &stores, currency, now).await?;
    Ok(Json(Kpis { kpis: figures(&stores, currency, &past, now), as_of: now }))
}

fn figures(stores: &[StoreNow], currency: Option<Currency>, past: &Past, now: Timestamp) -> Vec<Kpi> {
    let sum = today(stores, currency);
    let mixed = currency.is_none() && !stores.is_empty();
    // Stores that were never heard have no data to be late with.
    let heard = || stores.iter().filter(|store| store.last_heard().is_some());
    let as_of = heard().filter_map(StoreNow::last_heard).min().unwrap_or(now).min(now);
    let freshness = heard().map(|store| store.freshness(now)).max().unwrap_or(Freshness::Never);
    let money = |minor: i64| currency.map(|currency| major(minor, currency));
    let basket = |sum: &Today| match sum.receipts {
        0 => None,
        receipts => money(sum.revenue_minor).map(|revenue| revenue / receipts as f64),
    };
    let kpi = |id, label: &str, value, unit: &str, formula: &str| Kpi {
        id,
        label: label.to_owned(),
        value,
        unit: unit.to_owned(),
        currency: None,
        as_of,
        formula: formula.to_owned(),
        freshness,
        compare: None,
        spark: Vec::new(),
    };
    let money_kpi = |id, label: &str, value, formula: &str| Kpi {
        currency: currency.map(|currency| currency.to_string()),
        formula: match mixed {
            true => format!("{formula}; the stores trade in several currencies, so choose one store"),
            false => formula.to_owned(),
        },
        ..kpi(id, label, value, "money", formula)
    };
    let week = |value: Option<f64>| {
        let label = "the same weekday last week, until this time".to_owned();
        value.map(|value| Compare { label, value })
    };
    let ago = past.week_ago.as_ref();
    let spark = |value: &dyn Fn(&Hour) -> Option<f64>| -> Vec<(i64, f64)> {
        past.hours.iter().filter_map(|hour| value(hour).map(|value| (hour.ms, value))).collect()
    };
    vec![
        Kpi {
            compare: week(ago.and_then(|ago| money(ago.revenue_minor))),
            spark: spark(&|hour| money(hour.revenue_minor)),
            ..money_kpi(
                KpiId::SalesToday,
                "Sales today",
                money(sum.revenue_minor),
                "Σ totals of sales and returns of each store's current business day; no voids, training or adjustments",
            )
        },
        Kpi {
            compare: week(ago.map(|ago| ago.receipts as f64)),
            spark: spark(&|hour| Some(hour.receipts as f64)),
            ..kpi(
                KpiId::ReceiptsToday,
                "Tickets today",
                Some(sum.receipts as f64),
                "receipts",
                "number of tickets of sale of each store's current business day; returns are not counted",
            )
        },
        Kpi {
            compare: week(ago.and_then(basket)),
            spark: spark(&|hour| {
                (hour.receipts > 0)
                    .then(|| money(hour.revenue_minor).map(|revenue| revenue / hour.receipts as f64))
                    .flatten()
            }),
            ..money_kpi(KpiId::AverageBasket, "Average basket", basket(&sum), "sales today ÷ tickets today")
        },
        Kpi {
            compare: week(ago.map(|ago| ago.units)),
            spark: spark(&|hour| Some(hour.units)),
            ..kpi(
                KpiId::UnitsToday,
                "Units today",
                Some(sum.units),
                "pieces",
                "Σ quantities of the lines of sales and returns of each store's current business day; kilograms count as pieces",
            )
        },
        kpi(
            KpiId::OpenAlarms,
            "Open alarms",
            Some(stores.iter().map(|store| store.open_alarms).sum::<u64>() as f64),
            "alarms",
            "alarms raised and not cleared",
        ),
        kpi(
            KpiId::UnsentRecords,
            "Unsent records",
            Some(stores.iter().map(StoreNow::unsent).sum::<u64>() as f64),
            "records",
            "Σ records that each device, when last heard, said the hub has not stored yet",
        ),
    ]
}
