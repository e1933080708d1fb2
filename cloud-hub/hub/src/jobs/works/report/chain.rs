//! A week of all stores, day by day, against the week before.

use std::collections::BTreeMap;

use vyavs_domain::money::Currency;
use vyavs_domain::time::BusinessDay;
use vyavs_render::{Kpi, Section};
use vyavs_store::{Within, kpis};

use super::super::export::Printing;
use super::super::order::back;
use super::super::tables::{amount, day, decimal, integer, measured, money, text, whole};
use super::Shop;
use crate::jobs::print::Row;
use crate::jobs::{Failure, Run};

pub(super) async fn print(run: &Run, shops: &[Shop], to: &mut Printing<'_>) -> Result<(), Failure> {
    let columns =
        vec![text("Store"), day("Day"), money("Revenue"), money("A week before"), integer("Tickets"), decimal("Units")];
    let mut section = Section::new("By store and day", columns);
    let mut rows: Vec<Row> = Vec::new();
    let mut sums: BTreeMap<Currency, (i64, i64, u64)> = BTreeMap::new();
    for shop in shops {
        let (from, to) = shop.days;
        let week = |day: BusinessDay, days: i32| BusinessDay(back(day.0, days));
        let mut tx = run.read().await?;
        let within = Within::one(shop.store.id);
        let now = kpis::by_day(&mut tx, run.job.org, within, (from, to)).await?;
        let then = kpis::by_day(&mut tx, run.job.org, within, (week(from, 7), week(to, 7))).await?;
        drop(tx);
        let before: BTreeMap<_, _> =
            then.iter().map(|point| ((week(point.at, -7), point.currency), point.revenue_minor)).collect();
        let of: BTreeMap<_, _> = now.iter().map(|point| ((point.at, point.currency), point)).collect();
        let keys: std::collections::BTreeSet<_> = of.keys().chain(before.keys()).copied().collect();
        if keys.is_empty() {
            section.gaps.push(format!("{} sold nothing in both weeks, or none of it has come", shop.store.name));
        }
        for key @ (day, currency) in keys {
            let (point, then) = (of.get(&key), before.get(&key).copied());
            let sum = sums.entry(currency).or_default();
            sum.0 += point.map_or(0, |point| point.revenue_minor);
            sum.1 += then.unwrap_or(0);
            sum.2 += point.map_or(0, |point| point.receipts);
            rows.push(vec![
                shop.store.name.clone().into(),
                day.0.into(),
                amount(point.map_or(0, |point| point.revenue_minor), currency),
                amount(then.unwrap_or(0), currency),
                whole(point.map_or(0, |point| point.receipts)),
                measured(Some(point.map_or(0.0, |point| point.units))),
            ]);
        }
    }
    for (currency, (revenue, before, tickets)) in sums {
        section
            .kpis
            .push(Kpi::new("Revenue", amount(revenue, currency)).against("a week before", amount(before, currency)));
        section.kpis.push(Kpi::new(format!("Tickets in {currency}"), whole(tickets)));
    }
    to.printer.begin(section).await?;
    to.rows(rows).await
}
