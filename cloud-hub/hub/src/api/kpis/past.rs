//! What the figures of now are held against: the last hours, this time last week, and this time 52 weeks ago.

use jiff::{SignedDuration, Span, Timestamp};
use vyavs_domain::money::Currency;
use vyavs_domain::time::{BusinessDay, from_micros};
use vyavs_store::Within;
use vyavs_store::{Tx, kpis};

use super::figures::Today;
use crate::api::overview::StoreNow;
use crate::api::problem::Problem;
use crate::api::viewer::Viewer;

/// What was sold within one hour.
pub(super) struct Hour {
    pub(super) ms: i64,
    pub(super) revenue_minor: i64,
    pub(super) receipts: u64,
    pub(super) units: f64,
}

/// Revenue and tickets of the last hours, of this time last week and of this time 52 weeks ago.
#[derive(Default)]
pub(super) struct Past {
    /// Oldest first; hours without a sale are absent.
    pub(super) hours: Vec<Hour>,
    pub(super) week_ago: Option<Today>,
    pub(super) year_ago: Option<Today>,
}

pub(super) async fn past(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    within: Within,
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
    for point in kpis::by_hour(tx, viewer.org, within, (from, now)).await? {
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
    let asked: Vec<(Within, &StoreNow)> = match alike {
        true => stores.first().map(|store| (within, store)).into_iter().collect(),
        false => stores.iter().map(|store| (Within::one(store.store.id), store)).collect(),
    };
    past.week_ago = at_this_time(tx, viewer, &asked, currency, now, 7).await?;
    // 52 weeks, not a year: the same weekday, for a Saturday says nothing about a Sunday.
    past.year_ago = at_this_time(tx, viewer, &asked, currency, now, 364).await?;
    Ok(past)
}

/// What the stores had done by this time of their day, so many days ago; `None` when they had not sold anything.
async fn at_this_time(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    asked: &[(Within, &StoreNow)],
    currency: Option<Currency>,
    now: Timestamp,
    days: i64,
) -> Result<Option<Today>, Problem> {
    let mut then: Option<Today> = None;
    for (within, now_there) in asked {
        let Ok(day) = now_there.today.0.checked_sub(Span::new().days(days)) else { continue };
        let begin = now_there.time.span(BusinessDay(day)).0;
        // The same reading of the store's clock, whatever summer time did in between.
        let Ok(local) = now_there.time.local(now).checked_sub(Span::new().days(days)) else { continue };
        let end = now_there.time.instant(local);
        if end <= begin {
            continue;
        }
        for point in kpis::by_hour(tx, viewer.org, *within, (begin, end)).await? {
            let sum = then.get_or_insert_default();
            if Some(point.currency) == currency {
                sum.revenue_minor = sum.revenue_minor.saturating_add(point.revenue_minor);
            }
            sum.receipts += point.receipts;
            sum.units += point.units;
        }
    }
    Ok(then)
}

const HOUR_US: i64 = 3_600_000_000;
/// Hours of a spark line, the running one included.
const SPARK_HOURS: i64 = 24;
