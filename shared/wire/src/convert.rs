//! Wire types to domain types and back. Here alone is decided what a well-formed record may not say.

use jiff::civil::Date;
use rust_decimal::Decimal;
use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::{AlarmId, IdError, SensorId, TerminalId};
use vyavs_domain::money::{Currency, CurrencyError};
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::{BusinessDay, from_micros};

use crate::record::{
    AlarmV1, DecimalV1, LineVoidedV1, ReadingV1, ReceiptRefV1, ReceiptV1, Record, SaleLineV1, SensorV1,
    TillEventKindV1, TillEventV1,
};

/// A record that decodes but says what it may not.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// A name that is none.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A currency that is none.
    #[error(transparent)]
    Currency(#[from] CurrencyError),
    /// A code beyond its table.
    #[error("{what} has no value {got}")]
    Code {
        /// Which table.
        what: &'static str,
        /// The code.
        got: u8,
    },
    /// A day outside the calendar.
    #[error("day {0} is outside the calendar")]
    Day(i32),
    /// A decimal of more than 28 digits after the point, or 96 bits.
    #[error("the decimal {0:?} is out of range")]
    Decimal(DecimalV1),
}

const EPOCH_DAY: Date = Date::constant(1970, 1, 1);

/// Days since 1970-01-01.
pub fn day_number(day: BusinessDay) -> i32 {
    day.0.since(EPOCH_DAY).map_or(0, |span| span.get_days())
}

/// The day of a number.
pub fn day_from_number(number: i32) -> Result<BusinessDay, ConvertError> {
    let span = jiff::Span::new().try_days(number).map_err(|_| ConvertError::Day(number))?;
    EPOCH_DAY.checked_add(span).map(BusinessDay).map_err(|_| ConvertError::Day(number))
}

impl From<Decimal> for DecimalV1 {
    fn from(value: Decimal) -> Self {
        Self {
            mantissa: value.mantissa(),
            scale: u8::try_from(value.scale()).expect("a decimal's scale is at most 28"),
        }
    }
}

impl TryFrom<DecimalV1> for Decimal {
    type Error = ConvertError;
    fn try_from(value: DecimalV1) -> Result<Self, ConvertError> {
        Decimal::try_from_i128_with_scale(value.mantissa, u32::from(value.scale))
            .map_err(|_| ConvertError::Decimal(value))
    }
}

/// A two-way table between a domain enum and its code on the wire, checked by a test to be complete.
macro_rules! codes {
    ($to:ident, $from:ident, $type:ty, $what:literal, $($code:literal => $variant:path),+ $(,)?) => {
        fn $to(value: $type) -> u8 {
            match value { $($variant => $code),+ }
        }
        fn $from(code: u8) -> Result<$type, ConvertError> {
            match code { $($code => Ok($variant),)+ got => Err(ConvertError::Code { what: $what, got }) }
        }
    };
}

codes!(receipt_kind_code, receipt_kind, ReceiptKind, "receipt kind",
    0 => ReceiptKind::Sale, 1 => ReceiptKind::Return, 2 => ReceiptKind::Void, 3 => ReceiptKind::Training, 4 => ReceiptKind::Adjustment);
codes!(source_code, source, ReceiptSource, "receipt source", 0 => ReceiptSource::Journal, 1 => ReceiptSource::Printer,
    2 => ReceiptSource::File);
codes!(tender_code, tender, TenderKind, "tender",
    0 => TenderKind::Cash, 1 => TenderKind::Card, 2 => TenderKind::Voucher, 3 => TenderKind::Account, 4 => TenderKind::Other);
codes!(measure_code, measure, Measure, "measure",
    0 => Measure::Temperature, 1 => Measure::Humidity, 2 => Measure::Power, 3 => Measure::Count, 4 => Measure::Door, 5 => Measure::State,
    6 => Measure::Weight, 7 => Measure::Pressure, 8 => Measure::Voltage, 9 => Measure::Current, 10 => Measure::Energy,
    11 => Measure::Illuminance, 12 => Measure::CarbonDioxide, 13 => Measure::Battery, 14 => Measure::Signal);
codes!(quality_code, quality, Quality, "quality", 0 => Quality::Good, 1 => Quality::Suspect, 2 => Quality::Bad);
codes!(alarm_kind_code, alarm_kind, AlarmKind, "alarm kind",
    0 => AlarmKind::Threshold, 1 => AlarmKind::ModelScore, 2 => AlarmKind::StuckSensor, 3 => AlarmKind::TimeAboveLimit,
    4 => AlarmKind::Missing, 5 => AlarmKind::Quarantine, 6 => AlarmKind::Device);
codes!(severity_code, severity, Severity, "severity", 0 => Severity::Info, 1 => Severity::Warning, 2 => Severity::Critical);

/// A receipt's head as it comes back: its lines come one by one.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiptHead {
    /// The receipt, with no lines.
    pub receipt: Receipt,
    /// Hash over the whole ticket.
    pub content_hash: u64,
    /// How many lines belong to it.
    pub line_count: u32,
}

/// A line as it comes back, with the receipt it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct LineOfReceipt {
    /// The natural key of the ticket.
    pub key: ReceiptKey,
    /// Hash over the whole ticket.
    pub content_hash: u64,
    /// When the ticket was closed.
    pub closed_at: jiff::Timestamp,
    /// Of its amounts.
    pub currency: Currency,
    /// The line.
    pub line: SaleLine,
}

/// A whole ticket as records: the head, then its lines.
pub fn receipt_records(receipt: &Receipt) -> Vec<Record> {
    receipt_records_as(receipt, receipt.content_hash())
}

/// The same, of a ticket whose content was hashed before the device changed how it is told.
pub fn receipt_records_as(receipt: &Receipt, content_hash: u64) -> Vec<Record> {
    let reference = ReceiptRefV1 {
        terminal: receipt.key.terminal.to_string(),
        day: day_number(receipt.key.business_day),
        number: receipt.key.number.clone(),
        content_hash,
        closed_at_us: receipt.closed_at.as_microsecond(),
    };
    let currency: [u8; 3] = receipt.currency.as_str().as_bytes().try_into().expect("a currency has three letters");
    let head = ReceiptV1 {
        receipt: reference.clone(),
        kind: receipt_kind_code(receipt.kind),
        source: source_code(receipt.source),
        currency,
        total_minor: receipt.total_minor,
        tax_minor: receipt.tax_minor,
        discount_minor: receipt.discount_minor,
        line_count: receipt.lines.len() as u32,
        tenders: receipt.tenders.iter().map(|t| (tender_code(t.kind), t.amount_minor)).collect(),
        operator: receipt.operator.clone(),
        customer: receipt.customer.clone(),
    };
    let line = |line: &SaleLine| {
        Record::SaleLineV1(SaleLineV1 {
            receipt: reference.clone(),
            currency,
            line_no: line.line_no,
            sku: line.sku.clone(),
            name: line.name.clone(),
            quantity: line.quantity.into(),
            unit_price: line.unit_price.into(),
            discount_minor: line.discount_minor,
            total_minor: line.total_minor,
            sold_at_us: line.sold_at.as_microsecond(),
        })
    };
    std::iter::once(Record::ReceiptV1(head)).chain(receipt.lines.iter().map(line)).collect()
}

fn currency(code: [u8; 3]) -> Result<Currency, ConvertError> {
    Ok(String::from_utf8_lossy(&code).parse()?)
}

fn key(reference: &ReceiptRefV1) -> Result<ReceiptKey, ConvertError> {
    Ok(ReceiptKey {
        terminal: reference.terminal.parse()?,
        business_day: day_from_number(reference.day)?,
        number: reference.number.clone(),
    })
}

impl TryFrom<&ReceiptV1> for ReceiptHead {
    type Error = ConvertError;
    fn try_from(head: &ReceiptV1) -> Result<Self, ConvertError> {
        let tenders = head.tenders.iter().map(|&(kind, amount_minor)| Ok(Tender { kind: tender(kind)?, amount_minor }));
        Ok(Self {
            receipt: Receipt {
                key: key(&head.receipt)?,
                kind: receipt_kind(head.kind)?,
                source: source(head.source)?,
                closed_at: from_micros(head.receipt.closed_at_us),
                currency: currency(head.currency)?,
                total_minor: head.total_minor,
                tax_minor: head.tax_minor,
                discount_minor: head.discount_minor,
                tenders: tenders.collect::<Result<_, ConvertError>>()?,
                operator: head.operator.clone(),
                customer: head.customer.clone(),
                lines: Vec::new(),
            },
            content_hash: head.receipt.content_hash,
            line_count: head.line_count,
        })
    }
}

impl TryFrom<&SaleLineV1> for LineOfReceipt {
    type Error = ConvertError;
    fn try_from(wire: &SaleLineV1) -> Result<Self, ConvertError> {
        Ok(Self {
            key: key(&wire.receipt)?,
            content_hash: wire.receipt.content_hash,
            closed_at: from_micros(wire.receipt.closed_at_us),
            currency: currency(wire.currency)?,
            line: SaleLine {
                line_no: wire.line_no,
                sku: wire.sku.clone(),
                name: wire.name.clone(),
                quantity: wire.quantity.try_into()?,
                unit_price: wire.unit_price.try_into()?,
                discount_minor: wire.discount_minor,
                total_minor: wire.total_minor,
                sold_at: from_micros(wire.sold_at_us),
            },
        })
    }
}

impl From<&TillEvent> for TillEventV1 {
    fn from(event: &TillEvent) -> Self {
        let kind = match &event.kind {
            TillEventKind::NoSale { id } => TillEventKindV1::NoSale(id.clone()),
            TillEventKind::Quarantined { reason, text } => TillEventKindV1::Quarantined(reason.clone(), text.clone()),
            TillEventKind::ImageOnly => TillEventKindV1::ImageOnly,
            TillEventKind::TapLoss { bytes, jobs, reason } => TillEventKindV1::TapLoss(*bytes, *jobs, reason.clone()),
            TillEventKind::LineVoided { receipt, line_no, sku, name, amount_minor, operator } => {
                TillEventKindV1::LineVoided(LineVoidedV1 {
                    receipt: receipt.clone(),
                    line_no: *line_no,
                    sku: sku.clone(),
                    name: name.clone(),
                    amount_minor: *amount_minor,
                    operator: operator.clone(),
                })
            }
            TillEventKind::SignOn { operator } => TillEventKindV1::SignOn(operator.clone()),
            TillEventKind::SignOff { operator } => TillEventKindV1::SignOff(operator.clone()),
        };
        Self { terminal: event.terminal.to_string(), at_us: event.at.as_microsecond(), kind }
    }
}

impl TryFrom<&TillEventV1> for TillEvent {
    type Error = ConvertError;
    fn try_from(wire: &TillEventV1) -> Result<Self, ConvertError> {
        let kind = match &wire.kind {
            TillEventKindV1::NoSale(id) => TillEventKind::NoSale { id: id.clone() },
            TillEventKindV1::Quarantined(reason, text) => {
                TillEventKind::Quarantined { reason: reason.clone(), text: text.clone() }
            }
            TillEventKindV1::ImageOnly => TillEventKind::ImageOnly,
            TillEventKindV1::TapLoss(bytes, jobs, reason) => {
                TillEventKind::TapLoss { bytes: *bytes, jobs: *jobs, reason: reason.clone() }
            }
            TillEventKindV1::LineVoided(line) => TillEventKind::LineVoided {
                receipt: line.receipt.clone(),
                line_no: line.line_no,
                sku: line.sku.clone(),
                name: line.name.clone(),
                amount_minor: line.amount_minor,
                operator: line.operator.clone(),
            },
            TillEventKindV1::SignOn(operator) => TillEventKind::SignOn { operator: operator.clone() },
            TillEventKindV1::SignOff(operator) => TillEventKind::SignOff { operator: operator.clone() },
        };
        Ok(Self { terminal: TerminalId::try_from(wire.terminal.clone())?, at: from_micros(wire.at_us), kind })
    }
}

impl From<&Sensor> for SensorV1 {
    fn from(sensor: &Sensor) -> Self {
        Self {
            id: sensor.id.to_string(),
            name: sensor.name.clone(),
            measure: measure_code(sensor.measure),
            low: sensor.low,
            high: sensor.high,
        }
    }
}

impl TryFrom<&SensorV1> for Sensor {
    type Error = ConvertError;
    fn try_from(wire: &SensorV1) -> Result<Self, ConvertError> {
        Ok(Self {
            id: SensorId::try_from(wire.id.clone())?,
            name: wire.name.clone(),
            measure: measure(wire.measure)?,
            low: wire.low,
            high: wire.high,
        })
    }
}

impl From<&Reading> for ReadingV1 {
    fn from(reading: &Reading) -> Self {
        Self {
            sensor: reading.sensor.to_string(),
            at_us: reading.at.as_microsecond(),
            value: reading.value,
            quality: quality_code(reading.quality),
        }
    }
}

impl TryFrom<&ReadingV1> for Reading {
    type Error = ConvertError;
    fn try_from(wire: &ReadingV1) -> Result<Self, ConvertError> {
        Ok(Self {
            sensor: SensorId::try_from(wire.sensor.clone())?,
            at: from_micros(wire.at_us),
            value: wire.value,
            quality: quality(wire.quality)?,
        })
    }
}

impl From<&Alarm> for AlarmV1 {
    fn from(alarm: &Alarm) -> Self {
        Self {
            id: *alarm.id.0.as_bytes(),
            kind: alarm_kind_code(alarm.kind),
            severity: severity_code(alarm.severity),
            subject: alarm.subject.clone(),
            raised_at_us: alarm.raised_at.as_microsecond(),
            cleared_at_us: alarm.cleared_at.map(|at| at.as_microsecond()),
            value: alarm.value,
            limit: alarm.limit,
            reason: alarm.reason.clone(),
            model: alarm.model.clone(),
        }
    }
}

impl TryFrom<&AlarmV1> for Alarm {
    type Error = ConvertError;
    fn try_from(wire: &AlarmV1) -> Result<Self, ConvertError> {
        Ok(Self {
            id: AlarmId(uuid::Uuid::from_bytes(wire.id)),
            kind: alarm_kind(wire.kind)?,
            severity: severity(wire.severity)?,
            subject: wire.subject.clone(),
            raised_at: from_micros(wire.raised_at_us),
            cleared_at: wire.cleared_at_us.map(from_micros),
            value: wire.value,
            limit: wire.limit,
            reason: wire.reason.clone(),
            model: wire.model.clone(),
        })
    }
}
