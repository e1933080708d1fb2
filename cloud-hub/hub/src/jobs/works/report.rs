//! Reports, rendered from the queries of the pages.

mod brief;
mod chain;
mod fridge;
mod shrink;

use futures::future::BoxFuture;
use serde_json::{Value, json};
use vyavs_domain::time::{BusinessDay, StoreTime};
use vyavs_render::Period;
use vyavs_store::stores::Store;

use super::REPORT;
use super::export::{Printing, printing};
use super::order::{ReportKind, ReportOrder, time};
use super::tables::front;
use crate::access::Permission;
use crate::jobs::print::Printer;
use crate::jobs::{Failure, Made, Output, Run, Start, Work};

/// `report`.
pub(super) struct ReportWork;

/// A store and the days a report is about there.
struct Shop {
    store: Store,
    time: StoreTime,
    days: (BusinessDay, BusinessDay),
}

impl Shop {
    /// The instants those days begin and end.
    fn span(&self) -> (jiff::Timestamp, jiff::Timestamp) {
        (self.time.span(self.days.0).0, self.time.span(self.days.1).1)
    }
}

impl Work for ReportWork {
    fn kind(&self) -> &'static str {
        REPORT
    }

    fn about(&self) -> &'static str {
        "Renders a report."
    }

    fn needs(&self) -> Permission {
        Permission::ReportsRead
    }

    fn start(&self) -> Start {
        Start::ByRouteOrSchedule
    }

    fn check(&self, input: &Value) -> Result<(), String> {
        let order: ReportOrder = serde_json::from_value(input.clone()).map_err(|error| error.to_string())?;
        order.check().map(|_| ())
    }

    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<Output, Failure>> {
        Box::pin(report(run))
    }
}

async fn report(run: &Run) -> Result<Output, Failure> {
    let order: ReportOrder = run.input()?;
    let locale = order.check().map_err(Failure::Never)?;
    let needs = order.kind.needs();
    if !run.asker.permissions.has(needs) {
        return Err(Failure::Never(format!("whoever asked for this does not hold {needs} any more")));
    }
    let stores = run.stores(&order.store_ids).await?;
    if stores.is_empty() {
        return Err(Failure::Never("there is no store in the reach of whoever asked for this".to_owned()));
    }
    let mut shops = Vec::new();
    for store in &stores {
        let time = time(store)?;
        let days = order.days(&time, run.job.created_at);
        shops.push(Shop { store: store.clone(), time, days });
    }
    let from = shops.iter().map(|shop| shop.days.0.0).min().unwrap_or_default();
    let through = shops.iter().map(|shop| shop.days.1.0).max().unwrap_or_default();
    let period = Period { from, through };
    let mut report = front(run, order.kind.title(), "", &stores, Some(period), locale).await?;
    if order.kind == ReportKind::DailyStoreBrief {
        report.joined_by = Some("Store".to_owned());
    }
    let printer = Printer::start(run, order.format.into(), report);
    let mut printing: Printing<'_> = printing(run, printer, None, "rows");
    match order.kind {
        ReportKind::DailyStoreBrief => brief::print(run, &shops, &mut printing).await?,
        ReportKind::WeeklyChain => chain::print(run, &shops, &mut printing).await?,
        ReportKind::ShrinkExceptions => shrink::print(run, &shops, &mut printing).await?,
        ReportKind::FridgeLog => fridge::print(run, &shops, &mut printing).await?,
    }
    let printed = printing.printer.finish().await?;
    let name = format!("{}-{from}-{through}.{}", order.kind.as_str(), printed.extension());
    let result = json!({"kind": order.kind, "from": from, "through": through, "rows": printed.row_count()});
    Ok(Output { result, made: Some(Made { name, printed }) })
}
