//! Dialog 02, 04 and 06: records between STX and ETX, fields between ESC (Ohaus Aviator 7000 service manual §6.1.6, Dibal
//! DPOS-400 manual §4.38). The till tells a price, the scale answers with weight, price and sum.

use std::fmt;

use rust_decimal::Decimal;

use super::{Message, PriceTold, ScaleError, Step, Unit, Weighing, digits, field};

pub(super) const STX: u8 = 0x02;
pub(super) const ETX: u8 = 0x03;
pub(super) const EOT: u8 = 0x04;
pub(super) const ENQ: u8 = 0x05;
pub(super) const ACK: u8 = 0x06;
pub(super) const NAK: u8 = 0x15;
pub(super) const ESC: u8 = 0x1B;

/// What a scale says went wrong (record 09).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogStatus {
    /// 00.
    Ok,
    /// 01.
    General,
    /// 02: parity, or more bytes than it can hold.
    Parity,
    /// 10.
    BadRecord,
    /// 11.
    BadPrice,
    /// 12.
    BadTare,
    /// 13.
    BadText,
    /// 20: the load moves.
    Moving,
    /// 21: nothing moved since the last weighing; the same goods are not sold twice.
    NoMotionSince,
    /// 22: it does not compute a price yet.
    Busy,
    /// 30: less than it may sell.
    UnderMinimum,
    /// 31: below zero.
    UnderZero,
    /// 32: more than it may bear.
    Overload,
    /// A number of the maker's own.
    Other(u8),
}

impl DialogStatus {
    /// By its two digits.
    pub fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Ok,
            1 => Self::General,
            2 => Self::Parity,
            10 => Self::BadRecord,
            11 => Self::BadPrice,
            12 => Self::BadTare,
            13 => Self::BadText,
            20 => Self::Moving,
            21 => Self::NoMotionSince,
            22 => Self::Busy,
            30 => Self::UnderMinimum,
            31 => Self::UnderZero,
            32 => Self::Overload,
            other => Self::Other(other),
        }
    }

    /// Its two digits.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::General => 1,
            Self::Parity => 2,
            Self::BadRecord => 10,
            Self::BadPrice => 11,
            Self::BadTare => 12,
            Self::BadText => 13,
            Self::Moving => 20,
            Self::NoMotionSince => 21,
            Self::Busy => 22,
            Self::UnderMinimum => 30,
            Self::UnderZero => 31,
            Self::Overload => 32,
            Self::Other(code) => code,
        }
    }
}

impl fmt::Display for DialogStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Ok => "in order",
            Self::General => "general error",
            Self::Parity => "the scale received wrong parity",
            Self::BadRecord => "the scale does not know the record",
            Self::BadPrice => "the scale refuses the unit price",
            Self::BadTare => "the scale refuses the tare",
            Self::BadText => "the scale refuses the text",
            Self::Moving => "moving",
            Self::NoMotionSince => "nothing moved since the last weighing",
            Self::Busy => "the scale is busy",
            Self::UnderMinimum => "under the smallest weight it may sell",
            Self::UnderZero => "under zero",
            Self::Overload => "over capacity",
            Self::Other(_) => "an error of the maker's own",
        };
        write!(f, "{text} (status {:02})", self.code())
    }
}

pub(super) fn step(buf: &[u8]) -> Step {
    match buf {
        // Ends what was before, on either side.
        [EOT] => Step::Quiet,
        [ENQ] => Step::Done(Ok(Message::Ask)),
        [ACK] => Step::Done(Ok(Message::Ack)),
        [NAK] => Step::Done(Ok(Message::Nak)),
        [STX] => Step::More,
        [STX, .., ETX] => Step::Done(record(&buf[1..buf.len() - 1])),
        [STX, .., STX | EOT | ENQ | ACK | NAK] => Step::Broken(1),
        [STX, ..] => Step::More,
        _ => Step::Garbage,
    }
}

fn record(body: &[u8]) -> Result<Message, ScaleError> {
    let mut fields = body.split(|byte| *byte == ESC);
    let number = fields.next().and_then(digits).filter(|_| body.len() >= 2 && body[..2].iter().all(u8::is_ascii_digit));
    let mut fields: Vec<&[u8]> = fields.collect();
    // Record 01 ends in ESC ETX, and some scales end every record so.
    if fields.last().is_some_and(|last| last.is_empty()) {
        fields.pop();
    }
    match (number, fields.as_slice()) {
        (Some(1), [price]) => told(price, None, None),
        (Some(3), [price, tare]) => told(price, Some(tare), None),
        (Some(4), [price, text]) => told(price, None, Some(text)),
        (Some(5), [price, tare, text]) => told(price, Some(tare), Some(text)),
        (Some(2), [scale, weight, price, sum]) => weighed(scale, weight, price, sum),
        // Without the digit of the unit it is kilograms.
        (Some(2), [weight, price, sum]) => weighed(b"3", weight, price, sum),
        (Some(8), []) => Ok(Message::AskStatus),
        (Some(9), [status]) if status.len() == 2 => {
            let code = digits(status).ok_or_else(|| field("status", status, "two digits"))?;
            Ok(Message::Dialog(DialogStatus::from_code(code as u8)))
        }
        (Some(record @ (10 | 11)), fields) => {
            let data = String::from_utf8_lossy(&fields.join(&b' ')).into_owned();
            Ok(Message::Handshake { record: record as u8, data })
        }
        _ => Err(field("record", body, "01 to 05 or 08 to 11 with their fields between ESC")),
    }
}

fn told(price: &[u8], tare: Option<&[u8]>, text: Option<&[u8]>) -> Result<Message, ScaleError> {
    let unit_price = price_digits("unit price", price)?;
    let tare = match tare {
        None => None,
        Some(tare) if tare.len() == 4 => Some(digits(tare).ok_or_else(|| field("tare", tare, "4 digits"))?),
        Some(tare) => return Err(field("tare", tare, "4 digits")),
    };
    let text = text.map(|text| String::from_utf8_lossy(text).trim_end().to_owned());
    Ok(Message::Price(PriceTold { unit_price, tare, text }))
}

fn weighed(scale: &[u8], weight: &[u8], price: &[u8], sum: &[u8]) -> Result<Message, ScaleError> {
    // 3 is kg with three decimals; 0, 1 and 2 are pounds, read with as many.
    let (unit, decimals) = match scale {
        b"3" => (Unit::Kilogram, 3),
        [digit @ b'0'..=b'2'] => (Unit::Pound, u32::from(digit - b'0')),
        _ => return Err(field("unit", scale, "3 (kg) or 0 to 2 (lb)")),
    };
    let grams = digits(weight).filter(|_| weight.len() == 5).ok_or_else(|| field("weight", weight, "5 digits"))?;
    let weighing = Weighing::of(unit.to_kg(Decimal::new(i64::from(grams), decimals)));
    let (unit_price, price) = (Some(price_digits("unit price", price)?), Some(price_digits("price", sum)?));
    Ok(Message::Weighing(Weighing { unit_price, price, ..weighing }))
}

fn price_digits(what: &'static str, text: &[u8]) -> Result<u32, ScaleError> {
    digits(text).filter(|_| text.len() == 6).ok_or_else(|| field(what, text, "6 digits"))
}
