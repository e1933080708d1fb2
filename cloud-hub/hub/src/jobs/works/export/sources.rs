//! Where the rows of each kind of export come from, and its columns.

use jiff::Timestamp;
use vyavs_domain::sale::ReceiptKind;
use vyavs_domain::time::BusinessDay;
use vyavs_render::{Cell, Column};
use vyavs_store::stores::Store;
use vyavs_store::transactions::{self, TransactionFilter};
use vyavs_store::{Within, alarms, extracts, kpis, receipts, sensors};

use super::super::order::ExportKind;
use super::super::tables::{
    PAGE, amount, day, decimal, instant, integer, is_revenue, measured, money, name_of, text, whole,
};
use super::Printing;
use crate::jobs::print::Row;
use crate::jobs::{Failure, Run};

/// The rows of one store.
pub(super) struct Source<'s> {
    pub(super) store: &'s Store,
    pub(super) days: (BusinessDay, BusinessDay),
    pub(super) span: (Timestamp, Timestamp),
    /// Of its lines only these.
    pub(super) only: Option<TransactionFilter>,
}

pub(super) fn columns(kind: ExportKind) -> Vec<Column> {
    match kind {
        ExportKind::Sales => {
            vec![day("Day"), text("Store"), money("Revenue"), integer("Tickets"), decimal("Units")]
        }
        ExportKind::Transactions => vec![
            day("Day"),
            text("Store"),
            text("Till"),
            text("Ticket"),
            text("Kind"),
            instant("Closed"),
            money("Total"),
            money("Tax"),
            money("Discount"),
            money("Revenue"),
            integer("Lines"),
        ],
        ExportKind::Lines => vec![
            instant("Rung"),
            day("Day"),
            text("Store"),
            text("Till"),
            text("Ticket"),
            text("Kind"),
            integer("Line").without_total(),
            text("SKU"),
            text("Name"),
            decimal("Quantity"),
            decimal("Price").without_total(),
            money("Discount"),
            money("Total"),
            money("Revenue"),
        ],
        ExportKind::Products => vec![text("SKU"), text("Name"), text("Category"), text("Id")],
        ExportKind::Readings => vec![
            text("Store"),
            text("Sensor"),
            text("Name"),
            instant("At"),
            decimal("Value").without_total(),
            text("Unit"),
            text("Quality"),
        ],
        ExportKind::Alarms => vec![
            instant("Raised"),
            instant("Cleared"),
            text("Store"),
            text("Kind"),
            text("Severity"),
            text("Subject"),
            decimal("Value").without_total(),
            decimal("Limit").without_total(),
            text("Reason"),
        ],
    }
}

impl Source<'_> {
    /// How many rows there are about, and how many minutes of which only a summary is left.
    pub(super) async fn count(&self, run: &Run, kind: ExportKind) -> Result<(u64, u64), Failure> {
        let (org, store) = (run.job.org, self.store.id);
        let mut tx = run.read().await?;
        Ok(match kind {
            ExportKind::Transactions => (receipts::count_of_days(&mut tx, org, store, self.days).await?, 0),
            ExportKind::Lines if self.only.is_some() => (0, 0),
            ExportKind::Lines => (extracts::count_lines(&mut tx, org, store, self.span).await?, 0),
            ExportKind::Readings => extracts::count_readings(&mut tx, org, store, self.span).await?,
            // Few, and known when they are read.
            ExportKind::Sales | ExportKind::Alarms | ExportKind::Products => (0, 0),
        })
    }

    pub(super) async fn print(&self, run: &Run, kind: ExportKind, to: &mut Printing<'_>) -> Result<(), Failure> {
        match kind {
            ExportKind::Sales => self.sales(run, to).await,
            ExportKind::Transactions => self.tickets(run, to).await,
            ExportKind::Lines => match &self.only {
                Some(only) => self.found(run, only, to).await,
                None => self.lines(run, to).await,
            },
            ExportKind::Readings => self.readings(run, to).await,
            ExportKind::Alarms => self.alarms(run, to).await,
            ExportKind::Products => Ok(()),
        }
    }

    fn name(&self) -> Cell<'static> {
        self.store.name.clone().into()
    }

    async fn sales(&self, run: &Run, to: &mut Printing<'_>) -> Result<(), Failure> {
        let within = Within::one(self.store.id);
        let points = kpis::by_day(&mut run.read().await?, run.job.org, within, self.days).await?;
        let row = |point: &kpis::SalesPoint<BusinessDay>| -> Row {
            let revenue = amount(point.revenue_minor, point.currency);
            vec![point.at.0.into(), self.name(), revenue, whole(point.receipts), measured(Some(point.units))]
        };
        to.rows(points.iter().map(row).collect()).await
    }

    async fn tickets(&self, run: &Run, to: &mut Printing<'_>) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let mut tx = run.read().await?;
            let page = receipts::of_days(&mut tx, run.job.org, self.store.id, self.days, after.as_ref(), PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { return Ok(()) };
            after = Some((last.business_day, last.terminal.clone(), last.number.clone(), last.id));
            let row = |head: &receipts::Head| -> Row {
                let money = |minor| amount(minor, head.currency);
                vec![
                    head.business_day.0.into(),
                    self.name(),
                    head.terminal.as_str().to_owned().into(),
                    head.number.clone().into(),
                    name_of(head.kind).into(),
                    head.closed_at.into(),
                    money(head.total_minor),
                    money(head.tax_minor),
                    money(head.discount_minor),
                    if is_revenue(head.kind) { money(head.total_minor) } else { Cell::Empty },
                    whole(u64::from(head.line_count)),
                ]
            };
            to.rows(page.iter().map(row).collect()).await?;
        }
    }

    async fn lines(&self, run: &Run, to: &mut Printing<'_>) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let mut tx = run.read().await?;
            let page = extracts::lines(&mut tx, run.job.org, self.store.id, self.span, after, PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { return Ok(()) };
            after = Some((last.sold_at, last.id));
            to.rows(page.into_iter().map(|line| self.line(line)).collect()).await?;
        }
    }

    fn line(&self, line: extracts::Line) -> Row {
        let money = |minor| amount(minor, line.currency);
        vec![
            line.sold_at.into(),
            line.business_day.0.into(),
            self.name(),
            line.terminal.into(),
            line.receipt.into(),
            name_of(line.kind).into(),
            whole(u64::from(line.line_no)),
            line.sku.into(),
            line.name.into(),
            line.quantity.into(),
            line.unit_price.into(),
            money(line.discount_minor),
            money(line.total_minor),
            if is_revenue(line.kind) { money(line.total_minor) } else { Cell::Empty },
        ]
    }

    /// What the search of sales finds, the newest first, as there.
    async fn found(&self, run: &Run, only: &TransactionFilter, to: &mut Printing<'_>) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let mut tx = run.read().await?;
            let page = transactions::page(&mut tx, run.job.org, only, (after, 0), PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.place);
            let line = |found: transactions::Transaction| extracts::Line {
                id: found.id,
                terminal: found.terminal.to_string(),
                receipt: found.number,
                kind: found.head.map_or(ReceiptKind::Sale, |head| head.kind),
                business_day: found.business_day,
                line_no: u32::try_from(found.line_no).unwrap_or(u32::MAX),
                sku: found.sku,
                name: found.name,
                quantity: found.quantity,
                unit_price: found.unit_price,
                discount_minor: found.discount_minor,
                total_minor: found.total_minor,
                currency: found.currency,
                sold_at: found.at,
            };
            to.rows(page.into_iter().map(|found| self.line(line(found))).collect()).await?;
        }
    }

    async fn readings(&self, run: &Run, to: &mut Printing<'_>) -> Result<(), Failure> {
        let (org, store) = (run.job.org, self.store.id);
        let sensors = sensors::list(&mut run.read().await?, org, store).await?;
        for sensor in sensors.iter().map(|now| &now.sensor) {
            let mut after = None;
            loop {
                let mut tx = run.read().await?;
                let page = extracts::readings(&mut tx, org, (store, &sensor.id), self.span, after, PAGE).await?;
                drop(tx);
                let Some(last) = page.last() else { break };
                after = Some(last.at);
                let row = |one: &extracts::Measured| -> Row {
                    vec![
                        self.name(),
                        sensor.id.as_str().to_owned().into(),
                        sensor.name.clone().into(),
                        one.at.into(),
                        measured(one.value),
                        sensor.measure.unit().into(),
                        name_of(one.quality).into(),
                    ]
                };
                to.rows(page.iter().map(row).collect()).await?;
            }
        }
        Ok(())
    }

    async fn alarms(&self, run: &Run, to: &mut Printing<'_>) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let mut tx = run.read().await?;
            let page = alarms::of_span(&mut tx, run.job.org, self.store.id, self.span, after, PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { return Ok(()) };
            after = Some((last.alarm.raised_at, last.alarm.id));
            let row = |stored: alarms::StoredAlarm| -> Row {
                let alarm = stored.alarm;
                vec![
                    alarm.raised_at.into(),
                    alarm.cleared_at.into(),
                    self.name(),
                    name_of(alarm.kind).into(),
                    name_of(alarm.severity).into(),
                    alarm.subject.into(),
                    measured(alarm.value),
                    measured(alarm.limit),
                    alarm.reason.into(),
                ]
            };
            to.rows(page.into_iter().map(row).collect()).await?;
        }
    }
}

/// The catalog, which is of no store.
pub(super) async fn products(run: &Run, to: &mut Printing<'_>) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let mut tx = run.read().await?;
        let page = extracts::products(&mut tx, run.job.org, after.as_deref(), PAGE).await?;
        drop(tx);
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.sku.clone());
        let row = |product: extracts::Article| -> Row {
            vec![product.sku.into(), product.name.into(), product.category.into(), product.id.to_string().into()]
        };
        to.rows(page.into_iter().map(row).collect()).await?;
    }
}
