//! What exports and reports have in common: a title page, columns, and cells.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use vyavs_domain::money::{Currency, Money};
use vyavs_domain::sale::ReceiptKind;
use vyavs_render::{Cell, Column, Kind, Locale, Period, Report};
use vyavs_store::orgs;
use vyavs_store::stores::Store;

use crate::jobs::{Failure, Run};

/// Rows read at a time.
pub(super) const PAGE: u32 = 2000;
/// Stores named one by one; more are counted.
const NAMED: usize = 8;

pub(super) fn text(name: &str) -> Column {
    Column::new(name, Kind::Text)
}

pub(super) fn money(name: &str) -> Column {
    Column::new(name, Kind::Money(None))
}

pub(super) fn integer(name: &str) -> Column {
    Column::new(name, Kind::Integer)
}

pub(super) fn decimal(name: &str) -> Column {
    Column::new(name, Kind::Decimal)
}

pub(super) fn instant(name: &str) -> Column {
    Column::new(name, Kind::Timestamp)
}

pub(super) fn day(name: &str) -> Column {
    Column::new(name, Kind::Date)
}

pub(super) fn amount(minor: i64, currency: Currency) -> Cell<'static> {
    Money { minor, currency }.into()
}

pub(super) fn whole(number: u64) -> Cell<'static> {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A measured number, to a millionth.
pub(super) fn measured(value: Option<f64>) -> Cell<'static> {
    let exact = value.filter(|value| value.is_finite()).and_then(Decimal::from_f64_retain);
    exact.map_or(Cell::Empty, |exact| Cell::Decimal(exact.round_dp(6).normalize()))
}

/// The name of a plain enum, in snake case.
pub(super) fn name_of(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Whether a ticket of this kind is revenue, as on every page.
pub(super) fn is_revenue(kind: ReceiptKind) -> bool {
    matches!(kind, ReceiptKind::Sale | ReceiptKind::Return)
}

/// What stands above the rows: whose, which stores, which days, read in which zone.
pub(super) async fn front(
    run: &Run,
    title: &str,
    filters: &str,
    stores: &[Store],
    period: Option<Period>,
    locale: Locale,
) -> Result<Report, Failure> {
    let mut report = Report::new(title, run.clock.now(), locale);
    let organization = orgs::get(&mut run.read().await?, run.job.org).await?;
    report.organization = organization.map(|organization| organization.name).unwrap_or_default();
    report.scope = match stores {
        stores if stores.len() <= NAMED => {
            stores.iter().map(|store| store.name.as_str()).collect::<Vec<_>>().join(", ")
        }
        stores => format!("{} stores", stores.len()),
    };
    report.filters = filters.to_owned();
    report.period = period;
    // Stores that keep the same time are read on their own clock, others on one that all can follow.
    let mut zones = stores.iter().map(|store| store.timezone.as_str());
    let first = zones.next().filter(|first| zones.all(|zone| zone == *first));
    report.timezone = first.and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC);
    Ok(report)
}
