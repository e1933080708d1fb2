//! Records as they are written, and how they are resolved (RFC 8428 §4.6).

use jiff::Timestamp;
use serde_json::Value as Json;

use super::cbor::Item;
use super::{Record, SenmlError, Value};

/// Times below this are relative to now (§4.5.3).
const RELATIVE: f64 = 268_435_456.0;
/// The version of RFC 8428, and the default (§4.4).
const VERSION: i64 = 10;

/// One record as it stands in the pack.
#[derive(Debug, Default)]
pub(super) struct Raw {
    record: usize,
    base_version: Option<i64>,
    base_name: Option<String>,
    base_time: Option<f64>,
    base_unit: Option<String>,
    base_value: Option<f64>,
    base_sum: Option<f64>,
    name: Option<String>,
    unit: Option<String>,
    value: Option<Value>,
    sum: Option<f64>,
    time: Option<f64>,
    update: Option<f64>,
}

impl Raw {
    fn set_value(&mut self, value: Value) -> Result<(), SenmlError> {
        match self.value.replace(value) {
            None => Ok(()),
            Some(_) => Err(SenmlError::TwoValues { record: self.record }),
        }
    }
}

fn wrong(record: usize, field: &str, found: impl std::fmt::Debug, expected: &'static str) -> SenmlError {
    let mut found = format!("{found:?}");
    if let Some((end, _)) = found.char_indices().nth(60) {
        found.truncate(end);
    }
    SenmlError::Field { record, field: field.to_owned(), found, expected }
}

pub(super) fn from_json(json: Json, record: usize) -> Result<Raw, SenmlError> {
    let Json::Object(fields) = json else { return Err(wrong(record, "it", json, "an object")) };
    let mut raw = Raw { record, ..Raw::default() };
    for (field, value) in fields {
        let number = || value.as_f64().ok_or_else(|| wrong(record, &field, &value, "a number"));
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| wrong(record, &field, &value, "a text"));
        match field.as_str() {
            "bver" => {
                raw.base_version = Some(value.as_i64().ok_or_else(|| wrong(record, &field, &value, "an integer"))?);
            }
            "bn" => raw.base_name = Some(text()?),
            "bt" => raw.base_time = Some(number()?),
            "bu" => raw.base_unit = Some(text()?),
            "bv" => raw.base_value = Some(number()?),
            "bs" => raw.base_sum = Some(number()?),
            "n" => raw.name = Some(text()?),
            "u" => raw.unit = Some(text()?),
            "v" => raw.set_value(Value::Number(number()?))?,
            "vs" => raw.set_value(Value::Text(text()?))?,
            "vb" => {
                let value = value.as_bool().ok_or_else(|| wrong(record, &field, &value, "true or false"))?;
                raw.set_value(Value::Bool(value))?;
            }
            "vd" => {
                let data = base64url(&text()?).ok_or_else(|| wrong(record, &field, &value, "base64url"))?;
                raw.set_value(Value::Data(data))?;
            }
            "s" => raw.sum = Some(number()?),
            "t" => raw.time = Some(number()?),
            "ut" => raw.update = Some(number()?),
            other if other.ends_with('_') => {
                return Err(SenmlError::MustUnderstand { record, field: other.to_owned() });
            }
            _ => {}
        }
    }
    Ok(raw)
}

pub(super) fn from_cbor(item: Item, record: usize) -> Result<Raw, SenmlError> {
    let Item::Map(fields) = item else { return Err(wrong(record, "it", item, "a map")) };
    let mut raw = Raw { record, ..Raw::default() };
    for (label, value) in fields {
        let field = match &label {
            Item::Integer(label) => label.to_string(),
            Item::Text(label) => label.clone(),
            other => return Err(wrong(record, "a label", other, "an integer or a text")),
        };
        let number = || match &value {
            Item::Integer(number) => Ok(*number as f64),
            Item::Float(number) => Ok(*number),
            other => Err(wrong(record, &field, other, "a number")),
        };
        let text = || match &value {
            Item::Text(text) => Ok(text.clone()),
            other => Err(wrong(record, &field, other, "a text")),
        };
        // The integer labels of §6, table 4.
        match label {
            Item::Integer(-1) => match value {
                Item::Integer(version) => raw.base_version = Some(i64::try_from(version).unwrap_or(i64::MAX)),
                other => return Err(wrong(record, &field, other, "an integer")),
            },
            Item::Integer(-2) => raw.base_name = Some(text()?),
            Item::Integer(-3) => raw.base_time = Some(number()?),
            Item::Integer(-4) => raw.base_unit = Some(text()?),
            Item::Integer(-5) => raw.base_value = Some(number()?),
            Item::Integer(-6) => raw.base_sum = Some(number()?),
            Item::Integer(0) => raw.name = Some(text()?),
            Item::Integer(1) => raw.unit = Some(text()?),
            Item::Integer(2) => raw.set_value(Value::Number(number()?))?,
            Item::Integer(3) => raw.set_value(Value::Text(text()?))?,
            Item::Integer(4) => match value {
                Item::Bool(value) => raw.set_value(Value::Bool(value))?,
                other => return Err(wrong(record, &field, other, "true or false")),
            },
            Item::Integer(5) => raw.sum = Some(number()?),
            Item::Integer(6) => raw.time = Some(number()?),
            Item::Integer(7) => raw.update = Some(number()?),
            Item::Integer(8) => match value {
                Item::Bytes(data) => raw.set_value(Value::Data(data))?,
                other => return Err(wrong(record, &field, other, "bytes")),
            },
            Item::Text(label) if label.ends_with('_') => {
                return Err(SenmlError::MustUnderstand { record, field: label });
            }
            _ => {}
        }
    }
    Ok(raw)
}

/// Base64 with the URL alphabet, padding optional (RFC 4648 §5).
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    // One digit left over holds no byte.
    (held < 6).then_some(out)
}

/// The base fields as they hold for the record at hand.
#[derive(Default)]
struct Base {
    version: Option<i64>,
    name: String,
    time: f64,
    unit: Option<String>,
    value: f64,
    sum: Option<f64>,
}

pub(super) fn resolve(
    raws: impl Iterator<Item = Result<Raw, SenmlError>>,
    now: Timestamp,
) -> Result<Vec<Record>, SenmlError> {
    let (mut base, mut records) = (Base::default(), Vec::new());
    for raw in raws {
        let raw = raw?;
        let record = raw.record;
        if let Some(found) = raw.base_version {
            if !(0..=VERSION).contains(&found) {
                return Err(SenmlError::Version { record, found });
            }
            if base.version.is_some_and(|known| known != found)
                || (record > 1 && base.version.is_none()) && found != VERSION
            {
                return Err(SenmlError::MixedVersions { record });
            }
            base.version = Some(found);
        }
        let is_base = raw.base_name.is_some()
            || raw.base_time.is_some()
            || raw.base_unit.is_some()
            || raw.base_value.is_some()
            || raw.base_sum.is_some()
            || raw.base_version.is_some();
        base.name = raw.base_name.unwrap_or(base.name);
        base.time = raw.base_time.unwrap_or(base.time);
        base.unit = raw.base_unit.or(base.unit);
        base.value = raw.base_value.unwrap_or(base.value);
        base.sum = raw.base_sum.or(base.sum);

        let value = match raw.value {
            Some(Value::Number(value)) => Some(Value::Number(value + base.value)),
            other => other,
        };
        let sum = raw.sum.map(|sum| sum + base.sum.unwrap_or_default());
        if value.is_none() && sum.is_none() {
            // A record that only sets bases is allowed (§4.2).
            if is_base {
                continue;
            }
            return Err(SenmlError::NoValue { record });
        }
        let name = format!("{}{}", base.name, raw.name.unwrap_or_default());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-:./_".contains(&byte);
        if !name.bytes().all(allowed) || !name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) {
            return Err(SenmlError::Name { record, name });
        }
        let at = instant(base.time + raw.time.unwrap_or_default(), now, record)?;
        records.push(Record {
            name,
            unit: raw.unit.or_else(|| base.unit.clone()),
            value,
            sum,
            at,
            update_s: raw.update,
        });
    }
    Ok(records)
}

fn instant(seconds: f64, now: Timestamp, record: usize) -> Result<Timestamp, SenmlError> {
    let beyond = SenmlError::Time { record, seconds };
    let micros = (seconds * 1e6).round();
    if !micros.is_finite() || micros.abs() > 9e18 {
        return Err(beyond);
    }
    let micros = micros as i64;
    let micros = if seconds < RELATIVE { now.as_microsecond().checked_add(micros) } else { Some(micros) };
    micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()).ok_or(beyond)
}
