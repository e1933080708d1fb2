//! What a store remembers and owes the hub: one record is one sale line, one reading, one event.

use serde::{Deserialize, Serialize};

/// An exact decimal: `mantissa × 10^-scale`; the scale is kept, 2.50 is not 2.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecimalV1 {
    /// Digits.
    pub mantissa: i128,
    /// Digits after the point, at most 28.
    pub scale: u8,
}

/// Which receipt a line belongs to: its natural key, and what makes two tickets with one key two.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReceiptRefV1 {
    /// The till.
    pub terminal: String,
    /// Business day, days since 1970-01-01.
    pub day: i32,
    /// The till's own number.
    pub number: String,
    /// [`vyavs_domain::sale::Receipt::content_hash`].
    pub content_hash: u64,
    /// When it was closed, µs since the epoch.
    pub closed_at_us: i64,
}

/// The head of a ticket; its lines follow as [`SaleLineV1`], in order, possibly in the next frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptV1 {
    /// Which receipt.
    pub receipt: ReceiptRefV1,
    /// 0 sale, 1 return, 2 void, 3 training, 4 adjustment.
    pub kind: u8,
    /// 0 journal, 1 printer, 2 file.
    pub source: u8,
    /// ISO 4217, three letters.
    pub currency: [u8; 3],
    /// What the customer pays.
    pub total_minor: i64,
    /// Tax added on top.
    pub tax_minor: i64,
    /// Discount on the whole ticket.
    pub discount_minor: i64,
    /// How many lines follow.
    pub line_count: u32,
    /// (0 cash, 1 card, 2 voucher, 3 account, 4 other; minor units).
    pub tenders: Vec<(u8, i64)>,
    /// The cashier's number.
    pub operator: Option<String>,
    /// The loyalty account.
    pub customer: Option<String>,
}

/// One line of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleLineV1 {
    /// Which receipt.
    pub receipt: ReceiptRefV1,
    /// ISO 4217.
    pub currency: [u8; 3],
    /// Its place on the receipt, from 1.
    pub line_no: u32,
    /// What was sold.
    pub sku: String,
    /// As printed.
    pub name: String,
    /// Pieces or kilograms.
    pub quantity: DecimalV1,
    /// Of one.
    pub unit_price: DecimalV1,
    /// Off this line.
    pub discount_minor: i64,
    /// What it comes to.
    pub total_minor: i64,
    /// When it was rung, µs.
    pub sold_at_us: i64,
}

/// What happened at a till beside sales.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillEventV1 {
    /// Where.
    pub terminal: String,
    /// When, µs.
    pub at_us: i64,
    /// What.
    pub kind: TillEventKindV1,
}

/// See [`vyavs_domain::event::TillEventKind`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TillEventKindV1 {
    /// Drawer without sale; the till's own name for it, where it gives one.
    NoSale(Option<String>),
    /// Not proven; (reason, scrubbed text).
    Quarantined(String, String),
    /// Pictures only.
    ImageOnly,
    /// (bytes, jobs, reason) that a tap dropped.
    TapLoss(u64, u32, String),
    /// A line taken off a ticket before payment.
    LineVoided(LineVoidedV1),
    /// A cashier, by number, began.
    SignOn(String),
    /// A cashier, by number, ended.
    SignOff(String),
}

/// See [`vyavs_domain::event::TillEventKind::LineVoided`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineVoidedV1 {
    /// The ticket's number.
    pub receipt: String,
    /// Its place on the ticket, from 1.
    pub line_no: u32,
    /// What it was.
    pub sku: String,
    /// As the till named it.
    pub name: String,
    /// Minor units.
    pub amount_minor: i64,
    /// The cashier's number.
    pub operator: Option<String>,
}

/// A channel as configured; sent when it changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensorV1 {
    /// Unique in the store.
    pub id: String,
    /// For people.
    pub name: String,
    /// 0 temperature, 1 humidity, 2 power, 3 count, 4 door, 5 state, 6 weight, 7 pressure, 8 voltage, 9 current, 10 energy,
    /// 11 illuminance, 12 carbon dioxide, 13 battery, 14 signal.
    pub measure: u8,
    /// Below is wrong.
    pub low: Option<f64>,
    /// Above is wrong.
    pub high: Option<f64>,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingV1 {
    /// Of which channel.
    pub sensor: String,
    /// When, µs.
    pub at_us: i64,
    /// In the channel's unit.
    pub value: f64,
    /// 0 good, 1 suspect, 2 bad.
    pub quality: u8,
}

/// What is left of a minute of readings that had to be thinned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinuteV1 {
    /// Of which channel.
    pub sensor: String,
    /// Start of the minute, µs.
    pub at_us: i64,
    /// Readings in it.
    pub count: u32,
    /// Lowest.
    pub min: f64,
    /// Mean.
    pub mean: f64,
    /// Highest.
    pub max: f64,
}

/// An alarm raised, or the same one cleared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmV1 {
    /// The episode.
    pub id: [u8; 16],
    /// 0 threshold, 1 model score, 2 stuck sensor, 3 time above limit, 4 missing, 5 quarantine, 6 device.
    pub kind: u8,
    /// 0 info, 1 warning, 2 critical.
    pub severity: u8,
    /// What it is about.
    pub subject: String,
    /// Began, µs.
    pub raised_at_us: i64,
    /// Ended, µs.
    pub cleared_at_us: Option<i64>,
    /// What was seen.
    pub value: Option<f64>,
    /// Against what.
    pub limit: Option<f64>,
    /// For people.
    pub reason: String,
    /// Name and version of the model.
    pub model: Option<String>,
}

/// A loss of an epoch that is over: its numbers can no longer be sent, so the statement travels as a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLossV1 {
    /// What is lost.
    pub loss: crate::up::LossV1,
    /// The device's signature (Ed25519, 64 bytes) under it.
    pub signature: Vec<u8>,
}

/// All that a store may owe. Variants are never edited, moved or removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// The head of a ticket.
    ReceiptV1(ReceiptV1),
    /// A line of it.
    SaleLineV1(SaleLineV1),
    /// An event at a till.
    TillEventV1(TillEventV1),
    /// A channel.
    SensorV1(SensorV1),
    /// A measurement.
    ReadingV1(ReadingV1),
    /// A thinned minute.
    MinuteV1(MinuteV1),
    /// An alarm.
    AlarmV1(AlarmV1),
    /// A loss of an earlier epoch.
    PastLossV1(PastLossV1),
}

/// A lane of records with its own sequence, so that a backlog in one never blocks another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stream {
    /// Sales and what happens at the till: never shed.
    Money = 0,
    /// Readings: thinned first.
    Telemetry = 1,
    /// Alarms and reports.
    Alerts = 2,
}

impl Stream {
    /// All of them, by number.
    pub const ALL: [Stream; 3] = [Stream::Money, Stream::Telemetry, Stream::Alerts];

    /// From its number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Its number on the wire and on disk.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl Record {
    /// Which lane it travels in.
    pub fn stream(&self) -> Stream {
        match self {
            Self::ReceiptV1(_) | Self::SaleLineV1(_) | Self::TillEventV1(_) => Stream::Money,
            Self::SensorV1(_) | Self::ReadingV1(_) | Self::MinuteV1(_) => Stream::Telemetry,
            Self::AlarmV1(_) | Self::PastLossV1(_) => Stream::Alerts,
        }
    }
}
