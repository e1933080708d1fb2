//! Rows in bulk as a file. They are read a page at a time and printed as they come, so that a million of them need no
//! more memory than a few pages.

mod found;
mod sources;

use futures::future::BoxFuture;
use serde_json::{Value, json};
use vyavs_render::{Period, Section};
use vyavs_store::extracts;

use super::EXPORT;
use super::order::{ExportKind, ExportOrder, LineFilter, time};
use super::tables::front;
use crate::access::Permission;
use crate::jobs::print::{Printer, Row};
use crate::jobs::{Failure, Made, Output, Progress, Run, Start, Work};
use sources::Source;

/// `export`.
pub(super) struct ExportWork;

impl Work for ExportWork {
    fn kind(&self) -> &'static str {
        EXPORT
    }

    fn about(&self) -> &'static str {
        "Writes rows to a file."
    }

    fn needs(&self) -> Permission {
        Permission::ExportsCreate
    }

    fn start(&self) -> Start {
        Start::ByRoute
    }

    fn check(&self, input: &Value) -> Result<(), String> {
        let order: ExportOrder = serde_json::from_value(input.clone()).map_err(|error| error.to_string())?;
        order.check().map(|_| ())
    }

    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<Output, Failure>> {
        Box::pin(export(run))
    }
}

/// What is printed, with how far it is.
pub(super) struct Printing<'r> {
    run: &'r Run,
    pub(super) printer: Printer,
    progress: Progress,
}

impl Printing<'_> {
    /// Prints a page of rows.
    pub(super) async fn rows(&mut self, rows: Vec<Row>) -> Result<(), Failure> {
        self.progress.done += rows.len() as u64;
        self.printer.rows(rows).await?;
        self.run.show(&self.progress).await
    }
}

async fn export(run: &Run) -> Result<Output, Failure> {
    let order: ExportOrder = run.input()?;
    let locale = order.check().map_err(Failure::Never)?;
    let needs = order.kind.needs();
    if !run.asker.permissions.has(needs) {
        return Err(Failure::Never(format!("whoever asked for this does not hold {needs} any more")));
    }
    let stores = run.stores(&order.store_ids).await?;
    let mut sources = Vec::new();
    let (mut total, mut minutes, mut period) = (0, 0, None::<Period>);
    for store in stores.iter().filter(|_| order.kind != ExportKind::Products) {
        let time = time(store)?;
        let days = order.days(&time, run.job.created_at);
        let span = (time.span(days.0).0, time.span(days.1).1);
        let only = order.only.as_ref().map(|only| only.of(store, span)).transpose().map_err(Failure::Never)?;
        let source = Source { store, days, span, only };
        let (rows, thinned) = source.count(run, order.kind).await?;
        (total, minutes) = (total + rows, minutes + thinned);
        let known = period.get_or_insert(Period { from: days.0.0, through: days.1.0 });
        *known = Period { from: known.from.min(days.0.0), through: known.through.max(days.1.0) };
        sources.push(source);
    }
    if order.kind == ExportKind::Products {
        total = extracts::count_products(&mut run.read().await?, run.job.org).await?;
    }
    let filters = order.only.as_ref().map(LineFilter::said).unwrap_or_default();
    let mut report = front(run, order.kind.title(), &filters, &stores, period, locale).await?;
    if order.kind == ExportKind::Products {
        report.scope = "the whole catalog".to_owned();
    }
    if minutes > 0 {
        report.gaps.push(format!(
            "{minutes} minutes were thinned on their devices, and of them a summary is left: they are on the charts, not in this list"
        ));
    }
    let printer = Printer::start(run, order.format.into(), report);
    // Nobody counts all that a search may find.
    let total = sources.iter().all(|source| source.only.is_none()).then_some(total);
    let progress = Progress { done: 0, total, unit: "rows".to_owned() };
    let mut printing = Printing { run, printer, progress };
    run.show(&printing.progress).await?;
    printing.printer.begin(Section::new(order.kind.title(), sources::columns(order.kind))).await?;
    if order.kind == ExportKind::Products {
        sources::products(run, &mut printing).await?;
    }
    for source in &sources {
        source.print(run, order.kind, &mut printing).await?;
    }
    let printed = printing.printer.finish().await?;
    let until = period.map_or_else(String::new, |period| format!("-{}-{}", period.from, period.through));
    let name = format!("{}{until}.{}", order.kind.as_str(), printed.extension());
    let result = json!({"kind": order.kind, "rows": printed.row_count()});
    Ok(Output { result, made: Some(Made { name, printed }) })
}

/// For reports, which print the same way.
pub(super) fn printing<'r>(run: &'r Run, printer: Printer, total: Option<u64>, unit: &str) -> Printing<'r> {
    Printing { run, printer, progress: Progress { done: 0, total, unit: unit.to_owned() } }
}
