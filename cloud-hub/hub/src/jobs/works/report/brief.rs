//! One day of each store: revenue against the same day of the week before, hour by hour, with what needs a look.

use rust_decimal::Decimal;
use vyavs_domain::event::TillEventKind;
use vyavs_domain::money::Money;
use vyavs_domain::time::BusinessDay;
use vyavs_render::{Chart, ChartKind, Kpi, Section, Series};
use vyavs_store::kpis::{self, Figures};
use vyavs_store::{Within, alarms};

use super::super::export::Printing;
use super::super::order::back;
use super::super::tables::{PAGE, amount, decimal, instant, integer, measured, money, whole};
use super::{Shop, shrink};
use crate::jobs::{Failure, Run};

pub(super) async fn print(run: &Run, shops: &[Shop], to: &mut Printing<'_>) -> Result<(), Failure> {
    for shop in shops {
        let (org, store, day) = (run.job.org, shop.store.id, shop.days.1);
        let before = BusinessDay(back(day.0, 7));
        let (from, until) = shop.span();
        let mut tx = run.read().await?;
        let today = kpis::days(&mut tx, org, &[(store, day)]).await?.remove(&store).unwrap_or_default();
        let then = kpis::days(&mut tx, org, &[(store, before)]).await?.remove(&store).unwrap_or_default();
        let hours = kpis::by_hour(&mut tx, org, Within::one(store), (from, until)).await?;
        drop(tx);
        let columns = vec![instant("Hour"), money("Revenue"), integer("Tickets"), decimal("Units")];
        let mut section = Section::new(&shop.store.name, columns);
        section.kpis = figures(&today, &then);
        section.kpis.extend(looks(run, shop).await?);
        if today.is_empty() {
            section.gaps.push(format!("no ticket of {day} has come from this store"));
        }
        section.chart = chart(&hours, shop);
        to.printer.begin(section).await?;
        let row = |point: &kpis::SalesPoint<jiff::Timestamp>| {
            let revenue = amount(point.revenue_minor, point.currency);
            vec![point.at.into(), revenue, whole(point.receipts), measured(Some(point.units))]
        };
        to.rows(hours.iter().map(row).collect()).await?;
    }
    Ok(())
}

/// Revenue and tickets of each currency against the week before.
fn figures(today: &[Figures], then: &[Figures]) -> Vec<Kpi> {
    let mut kpis = Vec::new();
    for now in today {
        let before = then.iter().find(|before| before.currency == now.currency);
        let mut revenue = Kpi::new("Revenue", amount(now.revenue_minor, now.currency));
        let mut tickets = Kpi::new("Tickets", whole(now.receipts));
        if let Some(before) = before {
            revenue = revenue.against("a week before", amount(before.revenue_minor, before.currency));
            tickets = tickets.against("a week before", whole(before.receipts));
        }
        kpis.extend([revenue, tickets, Kpi::new("Returns", whole(now.returns))]);
        if now.receipts > 0 {
            let average = Decimal::from(now.revenue_minor) / Decimal::from(now.receipts);
            let average = i64::try_from(average.round().mantissa()).unwrap_or_default();
            kpis.push(Kpi::new("Revenue a ticket", amount(average, now.currency)));
        }
    }
    kpis
}

/// What somebody should look at.
async fn looks(run: &Run, shop: &Shop) -> Result<Vec<Kpi>, Failure> {
    let (mut raised, mut open, mut after) = (0, 0, None);
    loop {
        let mut tx = run.read().await?;
        let page = alarms::of_span(&mut tx, run.job.org, shop.store.id, shop.span(), after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.alarm.raised_at, last.alarm.id));
        raised += page.len() as u64;
        open += page.iter().filter(|stored| stored.alarm.cleared_at.is_none()).count() as u64;
    }
    let (mut drawers, mut events) = (0, shrink::Events::new(run, shop));
    while let Some(page) = events.next().await? {
        drawers += page.iter().filter(|one| matches!(one.event.kind, TillEventKind::NoSale { .. })).count() as u64;
    }
    Ok(vec![
        Kpi::new("Alarms", whole(raised)),
        Kpi::new("Alarms still open", whole(open)),
        Kpi::new("Drawer opened without a sale", whole(drawers)),
    ])
}

/// Revenue by hour, where the store traded in one currency.
fn chart(hours: &[kpis::SalesPoint<jiff::Timestamp>], shop: &Shop) -> Option<Chart> {
    let currency = hours.first().map(|point| point.currency)?;
    if hours.iter().any(|point| point.currency != currency) {
        return None;
    }
    let labels = hours.iter().map(|point| shop.time.local(point.at).strftime("%H:%M").to_string()).collect();
    let value =
        |point: &kpis::SalesPoint<jiff::Timestamp>| Some(Money { minor: point.revenue_minor, currency }.to_decimal());
    let series = vec![Series::new(format!("Revenue ({currency})"), hours.iter().map(value).collect())];
    Some(Chart {
        title: "Revenue by hour".to_owned(),
        kind: ChartKind::Bar,
        labels,
        series,
        unit: currency.to_string(),
    })
}
