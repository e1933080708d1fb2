//! The figures of now, from what the stores did.

use jiff::Timestamp;
use vyavs_domain::money::Currency;

use super::past::{Hour, Past};
use super::{Compare, Kpi, KpiId};
use crate::api::overview::StoreNow;
use crate::api::shapes::Freshness;

/// What the stores did today, added up.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Today {
    pub(super) revenue_minor: i64,
    pub(super) receipts: u64,
    pub(super) returns: u64,
    pub(super) units: f64,
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

pub(super) fn figures(stores: &[StoreNow], currency: Option<Currency>, past: &Past, now: Timestamp) -> Vec<Kpi> {
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
        last_year: None,
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
    let year = |value: Option<f64>| {
        let label = "the same weekday 52 weeks ago, until this time".to_owned();
        value.map(|value| Compare { label, value })
    };
    let (ago, year_ago) = (past.week_ago.as_ref(), past.year_ago.as_ref());
    let spark = |value: &dyn Fn(&Hour) -> Option<f64>| -> Vec<(i64, f64)> {
        past.hours.iter().filter_map(|hour| value(hour).map(|value| (hour.ms, value))).collect()
    };
    vec![
        Kpi {
            compare: week(ago.and_then(|ago| money(ago.revenue_minor))),
            last_year: year(year_ago.and_then(|ago| money(ago.revenue_minor))),
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
            last_year: year(year_ago.map(|ago| ago.receipts as f64)),
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
            last_year: year(year_ago.and_then(basket)),
            spark: spark(&|hour| {
                (hour.receipts > 0)
                    .then(|| money(hour.revenue_minor).map(|revenue| revenue / hour.receipts as f64))
                    .flatten()
            }),
            ..money_kpi(KpiId::AverageBasket, "Average basket", basket(&sum), "sales today ÷ tickets today")
        },
        Kpi {
            compare: week(ago.map(|ago| ago.units)),
            last_year: year(year_ago.map(|ago| ago.units)),
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
