//! Returns, voids, opened drawers and tickets that could not be read: what loss prevention looks at first.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::event::TillEventKind;
use vyavs_domain::sale::ReceiptKind;
use vyavs_render::{Cell, Section};
use vyavs_store::events::{self, StoredEvent};
use vyavs_store::receipts;

use super::super::export::Printing;
use super::super::tables::{PAGE, amount, instant, integer, money, name_of, text};
use super::Shop;
use crate::jobs::print::Row;
use crate::jobs::{Failure, Run};

pub(super) async fn print(run: &Run, shops: &[Shop], to: &mut Printing<'_>) -> Result<(), Failure> {
    let columns = vec![
        text("Store"),
        instant("At"),
        text("Till"),
        text("What"),
        text("Ticket"),
        text("Detail"),
        money("Amount"),
        integer("Count"),
    ];
    to.printer.begin(Section::new("Exceptions", columns)).await?;
    for shop in shops {
        let mut after = None;
        loop {
            let mut tx = run.read().await?;
            let page = receipts::of_days(&mut tx, run.job.org, shop.store.id, shop.days, after.as_ref(), PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { break };
            after = Some((last.business_day, last.terminal.clone(), last.number.clone(), last.id));
            let odd = page
                .iter()
                .filter(|head| !matches!(head.kind, ReceiptKind::Sale | ReceiptKind::Training) || head.flagged);
            to.rows(odd.map(|head| ticket(shop, head)).collect()).await?;
        }
        let mut events = Events::new(run, shop);
        while let Some(page) = events.next().await? {
            to.rows(page.iter().filter_map(|one| event(shop, one)).collect()).await?;
        }
    }
    Ok(())
}

/// The till events of a shop's days, a page at a time, newest first.
pub(super) struct Events<'s> {
    run: &'s Run,
    shop: &'s Shop,
    /// Before which one the next page begins; `None` at the end.
    before: Option<(Timestamp, Uuid)>,
}

impl<'s> Events<'s> {
    pub(super) fn new(run: &'s Run, shop: &'s Shop) -> Self {
        // Before the first id of the instant at which the days end.
        Self { run, shop, before: Some((shop.span().1, Uuid::nil())) }
    }

    /// The next page; `None` when there is none.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<StoredEvent>>, Failure> {
        let Some(before) = self.before.take() else { return Ok(None) };
        let from = self.shop.span().0;
        let mut tx = self.run.read().await?;
        let mut page = events::page(&mut tx, self.run.job.org, self.shop.store.id, Some(before), PAGE).await?;
        self.before = page.last().map(|last| (last.event.at, last.id)).filter(|last| last.0 >= from);
        page.retain(|one| one.event.at >= from);
        Ok(Some(page))
    }
}

fn ticket(shop: &Shop, head: &receipts::Head) -> Row {
    let detail = if head.flagged { "another ticket has this number but other content" } else { "" };
    vec![
        shop.store.name.clone().into(),
        head.closed_at.into(),
        head.terminal.as_str().to_owned().into(),
        name_of(head.kind).into(),
        head.number.clone().into(),
        detail.into(),
        amount(head.total_minor, head.currency),
        Cell::Integer(1),
    ]
}

/// Signing on and off is no exception.
fn event(shop: &Shop, stored: &StoredEvent) -> Option<Row> {
    let (what, receipt, detail, minor) = match &stored.event.kind {
        TillEventKind::NoSale { .. } => ("drawer_opened", String::new(), String::new(), None),
        TillEventKind::Quarantined { reason, .. } => ("unreadable_ticket", String::new(), reason.clone(), None),
        TillEventKind::ImageOnly => ("picture_only_ticket", String::new(), String::new(), None),
        TillEventKind::TapLoss { bytes, reason, .. } => {
            ("bytes_not_read", String::new(), format!("{bytes} bytes: {reason}"), None)
        }
        TillEventKind::LineVoided { receipt, sku, name, amount_minor, operator, .. } => {
            let by = operator.as_deref().map_or_else(String::new, |who| format!(", cashier {who}"));
            ("line_voided", receipt.clone(), format!("{sku} {name}{by}"), Some(*amount_minor))
        }
        TillEventKind::SignOn { .. } | TillEventKind::SignOff { .. } => return None,
    };
    Some(vec![
        shop.store.name.clone().into(),
        stored.event.at.into(),
        stored.event.terminal.as_str().to_owned().into(),
        what.into(),
        receipt.into(),
        detail.into(),
        minor.map_or(Cell::Empty, |minor| amount(minor, shop.store.currency)),
        Cell::Integer(1),
    ])
}
