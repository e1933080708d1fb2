//! Tickets as JSON.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::sale;
use vyavs_store::DeviceClock;
use vyavs_store::receipts::{Detail, Head, StoredLine};

use crate::api::shapes::Money;

/// What kind of ticket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptKind {
    /// Goods out, money in.
    Sale,
    /// Goods back, money out.
    Return,
    /// Undone before payment.
    Void,
    /// Rung while training: never revenue.
    Training,
    /// A bookkeeping entry: never revenue.
    Adjustment,
}

/// Which wire a ticket was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptSource {
    /// The till's own journal.
    Journal,
    /// The copy of the printer's bytes.
    Printer,
    /// A file that the till writes: POSLog, CSV, DSFinV-K.
    File,
}

/// How it was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenderKind {
    /// Notes and coins.
    Cash,
    /// Any payment card.
    Card,
    /// Voucher, gift card, coupon.
    Voucher,
    /// On account.
    Account,
    /// Not said, or none of these.
    Other,
}

/// One payment towards a ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Tender {
    /// How it was paid.
    pub kind: TenderKind,
    /// How much.
    pub amount: Money,
}

/// A ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// Its id at the hub.
    pub id: Uuid,
    /// The till's own number, as printed.
    #[schema(example = "536365")]
    pub number: String,
    /// The till.
    #[schema(example = "till-1")]
    pub terminal: String,
    /// The day in the books.
    pub business_day: Date,
    /// When it was closed, as the till said.
    pub closed_at: Timestamp,
    /// When that was by the hub's reckoning; only where the till took its time from a box's wrong clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_at: Option<Timestamp>,
    /// What kind of ticket it is.
    pub kind: ReceiptKind,
    /// Which wire it was read from.
    pub source: ReceiptSource,
    /// What the customer paid; negative on a return.
    pub total: Money,
    /// How many lines it has.
    #[schema(minimum = 0)]
    pub line_count: i64,
    /// Another ticket has the same till, day and number, but says something else. Both are kept.
    pub flagged: bool,
    /// How it was paid; may be empty.
    pub tenders: Vec<Tender>,
}

/// A page of tickets.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Receipts {
    /// Newest first.
    pub receipts: Vec<Receipt>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// One item rung.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiptLine {
    /// Its place on the ticket, from 1.
    #[schema(minimum = 1)]
    pub line_no: i64,
    /// What was sold.
    #[schema(example = "85123A")]
    pub sku: String,
    /// As printed; may be empty.
    #[schema(example = "WHITE HANGING HEART T-LIGHT HOLDER")]
    pub name: String,
    /// Pieces or kilograms as a decimal text; negative on a return.
    #[schema(example = "6")]
    pub quantity: String,
    /// Price of one as a decimal text, with the scale it was rung with, in the ticket's currency.
    #[schema(example = "2.55")]
    pub unit_price: String,
    /// Taken off this line.
    pub discount: Money,
    /// What the line comes to.
    pub total: Money,
    /// When it was rung.
    pub sold_at: Timestamp,
}

/// A ticket with its lines.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiptDetail {
    /// The ticket.
    #[serde(flatten)]
    pub receipt: Receipt,
    /// Its store.
    pub store_id: Uuid,
    /// Tax added on top of the lines.
    pub tax: Money,
    /// Taken off the ticket as a whole.
    pub discount: Money,
    /// The cashier's number.
    #[schema(required, example = "7")]
    pub operator: Option<String>,
    /// The pseudonym of the customer: the same within a year, and known to lead to nobody without the hub's keys.
    #[schema(required, example = "cus_hufvscctnhndp2rshnxc7hw3ijokkhj7")]
    pub customer: Option<String>,
    /// In order. Fewer than `line_count` while the rest is on its way.
    pub lines: Vec<ReceiptLine>,
    /// When this was read.
    pub as_of: Timestamp,
}

impl From<sale::ReceiptKind> for ReceiptKind {
    fn from(kind: sale::ReceiptKind) -> Self {
        match kind {
            sale::ReceiptKind::Sale => Self::Sale,
            sale::ReceiptKind::Return => Self::Return,
            sale::ReceiptKind::Void => Self::Void,
            sale::ReceiptKind::Training => Self::Training,
            sale::ReceiptKind::Adjustment => Self::Adjustment,
        }
    }
}

impl From<ReceiptKind> for sale::ReceiptKind {
    fn from(kind: ReceiptKind) -> Self {
        match kind {
            ReceiptKind::Sale => Self::Sale,
            ReceiptKind::Return => Self::Return,
            ReceiptKind::Void => Self::Void,
            ReceiptKind::Training => Self::Training,
            ReceiptKind::Adjustment => Self::Adjustment,
        }
    }
}

impl From<sale::ReceiptSource> for ReceiptSource {
    fn from(source: sale::ReceiptSource) -> Self {
        match source {
            sale::ReceiptSource::Journal => Self::Journal,
            sale::ReceiptSource::Printer => Self::Printer,
            sale::ReceiptSource::File => Self::File,
        }
    }
}

impl From<sale::TenderKind> for TenderKind {
    fn from(kind: sale::TenderKind) -> Self {
        match kind {
            sale::TenderKind::Cash => Self::Cash,
            sale::TenderKind::Card => Self::Card,
            sale::TenderKind::Voucher => Self::Voucher,
            sale::TenderKind::Account => Self::Account,
            sale::TenderKind::Other => Self::Other,
        }
    }
}

impl From<&Head> for Receipt {
    fn from(head: &Head) -> Self {
        let money = |minor| Money::new(minor, head.currency);
        Self {
            id: head.id,
            number: head.number.clone(),
            terminal: head.terminal.to_string(),
            business_day: head.business_day.0,
            closed_at: head.closed_at,
            event_at: head.event_at,
            kind: head.kind.into(),
            source: head.source.into(),
            total: money(head.total_minor),
            line_count: i64::from(head.line_count),
            flagged: head.flagged,
            tenders: head
                .tenders
                .iter()
                .map(|tender| Tender { kind: tender.kind.into(), amount: money(tender.amount_minor) })
                .collect(),
        }
    }
}

impl Receipt {
    /// A ticket as it was just stored, for `stream`; whether it is flagged is known to the database alone.
    pub fn fresh(id: Uuid, row: &vyavs_store::sales::HeadRow, clock: DeviceClock) -> Self {
        let receipt = &row.receipt;
        let clock = clock.behind(receipt.closed_at);
        let money = |minor| Money::new(minor, receipt.currency);
        Self {
            id,
            number: receipt.key.number.clone(),
            terminal: receipt.key.terminal.to_string(),
            business_day: receipt.key.business_day.0,
            closed_at: receipt.closed_at,
            event_at: clock.device_time(receipt.closed_at).map(|said| clock.event_time(said)),
            kind: receipt.kind.into(),
            source: receipt.source.into(),
            total: money(receipt.total_minor),
            line_count: i64::from(row.line_count),
            flagged: false,
            tenders: receipt
                .tenders
                .iter()
                .map(|tender| Tender { kind: tender.kind.into(), amount: money(tender.amount_minor) })
                .collect(),
        }
    }
}

impl ReceiptDetail {
    pub(super) fn of(detail: Detail, as_of: Timestamp) -> Self {
        let head = &detail.head;
        let money = |minor| Money::new(minor, head.currency);
        let line = |line: &StoredLine| ReceiptLine {
            line_no: i64::from(line.line_no),
            sku: line.sku.clone(),
            name: line.name.clone(),
            quantity: line.quantity.to_string(),
            unit_price: line.unit_price.to_string(),
            discount: money(line.discount_minor),
            total: money(line.total_minor),
            sold_at: line.sold_at,
        };
        Self {
            receipt: head.into(),
            store_id: head.store.0,
            tax: money(head.tax_minor),
            discount: money(head.discount_minor),
            lines: detail.lines.iter().map(line).collect(),
            operator: detail.operator,
            customer: detail.customer,
            as_of,
        }
    }
}
