//! The scale's side of every family, for simulators and tests; and the price a till tells.

use rust_decimal::Decimal;

use super::dialog::{EOT, ESC, ETX, STX};
use super::{DialogStatus, Flags, PriceTold, Protocol, Weighing, cas, nci, toledo};

/// The answer with a weight, in kilograms; none where the family cannot write it (too heavy, or not yet at rest).
pub fn encode_weighing(protocol: Protocol, weighing: &Weighing) -> Option<Vec<u8>> {
    let grams = (weighing.kg * Decimal::ONE_THOUSAND).round();
    let whole = i64::try_from(grams).ok()?;
    if whole.abs() > 99_999 {
        return None;
    }
    let (kilos, rest) = (whole.abs() / 1000, whole.abs() % 1000);
    let flags = Flags { motion: weighing.flags.motion || !weighing.stable, net: weighing.net, ..weighing.flags };
    match protocol {
        Protocol::Toledo8217 => {
            let net = if weighing.net { "N" } else { "" };
            (weighing.stable && whole >= 0).then(|| format!("\x02{kilos:02}.{rest:03}{net}\r").into_bytes())
        }
        Protocol::NciScp01 => {
            let sign = if whole < 0 { '-' } else { ' ' };
            let mut bytes = format!("\n{sign}{kilos:02}.{rest:03}KG\r\n").into_bytes();
            bytes.extend(nci::status_bytes(flags));
            bytes.extend(b"\r\x03");
            Some(bytes)
        }
        Protocol::Dialog02 | Protocol::Dialog04 | Protocol::Dialog06 => {
            if !weighing.stable || whole < 0 {
                return None;
            }
            let unit_price = weighing.unit_price.unwrap_or(0);
            let sum = (Decimal::from(unit_price) * weighing.kg).round();
            let sum = weighing.price.or_else(|| u32::try_from(sum).ok())?;
            (unit_price <= 999_999 && sum <= 999_999)
                .then(|| format!("\x0202\x1b3\x1b{whole:05}\x1b{unit_price:06}\x1b{sum:06}\x03").into_bytes())
        }
        Protocol::Cas => {
            let (status, sign) = (if weighing.stable { 'S' } else { 'U' }, if whole < 0 { '-' } else { ' ' });
            let weight = block(&format!("{status}{sign}{kilos:02}.{rest:03}kg"));
            let mut bytes = vec![0x01];
            match (weighing.price, weighing.unit_price) {
                (Some(sum), Some(unit_price)) => {
                    bytes.extend(block(&format!("{:>5}.{:02}", sum / 100, sum % 100)));
                    bytes.extend(weight);
                    bytes.extend(block(&format!("{:>5}.{:02}", unit_price / 100, unit_price % 100)));
                }
                _ => bytes.extend(weight),
            }
            bytes.push(EOT);
            Some(bytes)
        }
    }
}

/// The answer while there is no weight.
pub fn encode_status(protocol: Protocol, flags: Flags) -> Vec<u8> {
    match protocol {
        Protocol::Toledo8217 => vec![toledo::STX, b'?', toledo::status_byte(flags), b'\r'],
        Protocol::NciScp01 => {
            let mut bytes = b"\nS".to_vec();
            bytes.extend(nci::status_bytes(flags));
            bytes.extend(b"\r\x03");
            bytes
        }
        Protocol::Dialog02 | Protocol::Dialog04 | Protocol::Dialog06 => encode_dialog_status(match flags {
            Flags { motion: true, .. } => DialogStatus::Moving,
            Flags { over: true, .. } => DialogStatus::Overload,
            Flags { under: true, .. } => DialogStatus::UnderZero,
            flags if flags.broken() => DialogStatus::General,
            _ => DialogStatus::Ok,
        }),
        Protocol::Cas => {
            let (status, sign) = (if flags.motion { 'U' } else { 'S' }, if flags.over { 'F' } else { ' ' });
            let mut bytes = vec![0x01];
            bytes.extend(block(&format!("{status}{sign}00.000kg")));
            bytes.push(EOT);
            bytes
        }
    }
}

/// Dialog record 09.
pub fn encode_dialog_status(status: DialogStatus) -> Vec<u8> {
    format!("\x0209\x1b{:02}\x03", status.code().min(99)).into_bytes()
}

/// Dialog records 01, 03, 04 and 05, as a till sends them. A price of more than six digits is cut to its last six.
pub fn encode_dialog_price(told: &PriceTold) -> Vec<u8> {
    let record = match (told.tare, &told.text) {
        (None, None) => "01",
        (Some(_), None) => "03",
        (None, Some(_)) => "04",
        (Some(_), Some(_)) => "05",
    };
    let mut bytes = vec![EOT, STX];
    bytes.extend(record.as_bytes());
    bytes.push(ESC);
    bytes.extend(format!("{:06}", told.unit_price % 1_000_000).as_bytes());
    bytes.push(ESC);
    if let Some(tare) = told.tare {
        bytes.extend(format!("{:04}", tare % 10_000).as_bytes());
    }
    if let Some(text) = &told.text {
        if told.tare.is_some() {
            bytes.push(ESC);
        }
        let text: String = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(13).collect();
        bytes.extend(format!("{text:<13}").as_bytes());
    }
    bytes.push(ETX);
    bytes
}

fn block(text: &str) -> Vec<u8> {
    let mut bytes = vec![STX];
    bytes.extend(text.as_bytes());
    bytes.push(cas::bcc(text.as_bytes()));
    bytes.push(ETX);
    bytes
}
