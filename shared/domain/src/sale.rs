//! A sale as the till rang it: a receipt and its lines, each with an identity that a replay cannot change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{StoreId, TerminalId};
use crate::money::{Currency, Decimal};
use crate::time::BusinessDay;

/// What kind of ticket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptKind {
    /// Goods out, money in.
    Sale,
    /// Goods back, money out; also a cancellation of an earlier ticket.
    Return,
    /// Undone before payment.
    Void,
    /// Rung while training: never revenue.
    Training,
    /// A bookkeeping entry on the till: bad debt, correction.
    Adjustment,
}

/// How it was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenderKind {
    /// Notes and coins.
    Cash,
    /// Any payment card; its number never reaches us.
    Card,
    /// Voucher, gift card, coupon.
    Voucher,
    /// On account.
    Account,
    /// Not said, or none of these.
    Other,
}

/// One payment towards a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tender {
    /// How it was paid.
    pub kind: TenderKind,
    /// How much, in the receipt's minor units.
    pub amount_minor: i64,
}

/// Which wire the receipt was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptSource {
    /// The till's own journal, which is acknowledged.
    Journal,
    /// The copy of the printer's bytes.
    Printer,
    /// A file that the till writes: POSLog, CSV, DSFinV-K.
    File,
}

/// The natural key of a ticket: the till's own, so a replayed journal meets itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReceiptKey {
    /// The till.
    pub terminal: TerminalId,
    /// The day in the books.
    pub business_day: BusinessDay,
    /// The till's own number of the ticket, as printed.
    pub number: String,
}

/// One item rung.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaleLine {
    /// Its place on the receipt, from 1; part of its identity, for two equal lines are two sales.
    pub line_no: u32,
    /// What was sold.
    pub sku: String,
    /// As printed; may be empty.
    pub name: String,
    /// Pieces, or kilograms; negative on a return.
    pub quantity: Decimal,
    /// Price of one, with the scale it was rung with; may be 0.001, 0 or negative.
    pub unit_price: Decimal,
    /// Taken off this line, in minor units, as a positive amount.
    pub discount_minor: i64,
    /// What the line comes to after its discount, in minor units.
    pub total_minor: i64,
    /// When it was rung; may differ within one receipt.
    pub sold_at: Timestamp,
}

/// A whole ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which ticket.
    pub key: ReceiptKey,
    /// What kind of ticket.
    pub kind: ReceiptKind,
    /// Where it was read.
    pub source: ReceiptSource,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// Of all its amounts.
    pub currency: Currency,
    /// What the customer pays, in minor units.
    pub total_minor: i64,
    /// Tax added on top of the lines, in minor units; 0 where prices include tax.
    pub tax_minor: i64,
    /// Taken off the ticket as a whole, in minor units, as a positive amount.
    pub discount_minor: i64,
    /// How it was paid; may be empty.
    pub tenders: Vec<Tender>,
    /// The cashier's number; never a name.
    pub operator: Option<String>,
    /// The loyalty account, as the till knows it.
    pub customer: Option<String>,
    /// What was rung, in order.
    pub lines: Vec<SaleLine>,
}

/// Σ lines − discount + tax is not the total.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("lines {lines} - discount {discount} + tax {tax} is not the total {total} (minor units)")]
pub struct Unbalanced {
    /// Σ of the lines' totals.
    pub lines: i64,
    /// The receipt's discount.
    pub discount: i64,
    /// The receipt's added tax.
    pub tax: i64,
    /// The receipt's total.
    pub total: i64,
}

impl Receipt {
    /// Whether Σ lines − discounts + tax = total within one minor unit: the proof that it was read right.
    pub fn balance(&self) -> Result<(), Unbalanced> {
        let lines = self.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.total_minor));
        let due = lines.saturating_sub(self.discount_minor).saturating_add(self.tax_minor);
        if due.abs_diff(self.total_minor) <= 1 {
            return Ok(());
        }
        Err(Unbalanced { lines, discount: self.discount_minor, tax: self.tax_minor, total: self.total_minor })
    }

    /// 64 bits of BLAKE3 over everything the ticket says: same key and same content is the same sale.
    pub fn content_hash(&self) -> u64 {
        let mut hash = blake3::Hasher::new();
        let mut text = |value: &str| {
            hash.update(&(value.len() as u32).to_le_bytes());
            hash.update(value.as_bytes());
        };
        text(self.key.terminal.as_str());
        text(&self.key.business_day.to_string());
        text(&self.key.number);
        text(self.currency.as_str());
        text(self.operator.as_deref().unwrap_or(""));
        text(self.customer.as_deref().unwrap_or(""));
        for line in &self.lines {
            text(&line.sku);
            text(&line.name);
            text(&line.quantity.to_string());
            text(&line.unit_price.to_string());
        }
        let mut int = |value: i64| {
            hash.update(&value.to_le_bytes());
        };
        int(self.kind as i64);
        int(self.closed_at.as_microsecond());
        int(self.total_minor);
        int(self.tax_minor);
        int(self.discount_minor);
        for tender in &self.tenders {
            int(tender.kind as i64);
            int(tender.amount_minor);
        }
        for line in &self.lines {
            int(i64::from(line.line_no));
            int(line.discount_minor);
            int(line.total_minor);
            int(line.sold_at.as_microsecond());
        }
        let bytes = hash.finalize();
        u64::from_le_bytes(bytes.as_bytes()[..8].try_into().expect("a hash has 32 bytes"))
    }
}

/// The id of a receipt at the hub: version 8 (RFC 9562 §5.8), time first so that the index grows at its end,
/// then 74 bits of BLAKE3 over store, natural key and content. A replay gets the same id.
pub fn receipt_id(store: StoreId, key: &ReceiptKey, content_hash: u64, closed_at: Timestamp) -> uuid::Uuid {
    let mut hash = blake3::Hasher::new();
    hash.update(store.0.as_bytes());
    hash.update(key.terminal.as_str().as_bytes());
    hash.update(&[0]);
    hash.update(key.business_day.to_string().as_bytes());
    hash.update(&[0]);
    hash.update(key.number.as_bytes());
    hash.update(&[0]);
    hash.update(&content_hash.to_le_bytes());
    timed_id(closed_at, &hash)
}

/// The id of one line of a receipt, made the same way.
pub fn line_id(receipt: uuid::Uuid, line_no: u32) -> uuid::Uuid {
    let mut hash = blake3::Hasher::new();
    hash.update(receipt.as_bytes());
    hash.update(&line_no.to_le_bytes());
    let mut bytes = *receipt.as_bytes();
    bytes[6..].copy_from_slice(&hash.finalize().as_bytes()[..10]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn timed_id(at: Timestamp, hash: &blake3::Hasher) -> uuid::Uuid {
    let mut bytes = [0; 16];
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&hash.finalize().as_bytes()[..10]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
