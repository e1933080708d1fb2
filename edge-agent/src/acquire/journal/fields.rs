//! One JSON object as a list of fields whose values are still text, so that a number is taken by its digits and a
//! wrong field spoils only itself: the receipt's number is read even where the rest is broken.

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// What a field should have been; the text names line and field.
pub(super) type Wrong = String;

/// Characters of a wrong value that an error quotes.
const QUOTED: usize = 40;

/// The fields of one object, in order.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::with_capacity(16);
                while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    fields.push((key, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

impl<'a> Fields<'a> {
    /// The field's value as it stands; `null` counts as absent, a field that stands twice is wrong.
    fn raw(&self, name: &str) -> Result<Option<&'a str>, Wrong> {
        let mut found = None;
        for (key, value) in &self.0 {
            if key == name {
                if found.is_some() {
                    return Err(format!("{name} stands twice"));
                }
                found = Some(value.get());
            }
        }
        Ok(found.filter(|text| *text != "null"))
    }

    /// A text; a number is taken by its digits, for tills write `"number": 536365` too.
    pub(super) fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, Wrong> {
        let Some(raw) = self.raw(name)? else { return Ok(None) };
        text(raw).map(Some).ok_or_else(|| format!("{name} {} is not a text", quote(raw)))
    }

    /// An exact decimal, as text or as a number.
    pub(super) fn decimal(&self, name: &str) -> Result<Option<Decimal>, Wrong> {
        let Some(raw) = self.raw(name)? else { return Ok(None) };
        let digits = text(raw).ok_or_else(|| format!("{name} {} is not a decimal", quote(raw)))?;
        match decimal(&digits) {
            Some(value) => Ok(Some(value)),
            None => Err(format!("{name} {} is not a decimal of at most 28 digits", quote(&digits))),
        }
    }

    /// The objects of a list.
    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<&'a RawValue>>, Wrong> {
        let Some(raw) = self.raw(name)? else { return Ok(None) };
        let list = serde_json::from_str(raw).map_err(|_| format!("{name} is not a list"))?;
        Ok(Some(list))
    }
}

/// An element of a list as fields.
pub(super) fn object(raw: &RawValue) -> Option<Fields<'_>> {
    serde_json::from_str(raw.get()).ok()
}

/// A JSON string's content, or a JSON number's own text; `None` for anything else.
fn text(raw: &str) -> Option<Cow<'_, str>> {
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str::<Key<'_>>(raw).ok().map(|Key(text)| text),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(raw)),
        _ => None,
    }
}

/// `-12.50`, or `1e3` as JSON may write a number. Never rounded: what does not fit 28 digits is refused.
fn decimal(text: &str) -> Option<Decimal> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let bare = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, part) = bare.split_once('.').unwrap_or((bare, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // The library would also take `1_000` and `.5`; a till that writes those means something else.
    if !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let mut value = Decimal::from_str_exact(digits).ok()?;
    if exponent != 0 {
        let scale = i64::from(value.scale()) - i64::from(exponent);
        value = if scale >= 0 {
            Decimal::try_from_i128_with_scale(value.mantissa(), u32::try_from(scale).ok()?).ok()?
        } else {
            let power = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
            Decimal::try_from_i128_with_scale(value.mantissa().checked_mul(power)?, 0).ok()?
        };
    }
    if vyavs_codec::scrub::is_card(value) {
        return None;
    }
    if value.is_zero() {
        // -0 would be another text, and so another receipt, than 0.
        value.set_sign_positive(true);
    }
    Some(value)
}

/// A value as an error may show it: scrubbed whole, then cut.
pub(super) fn quote(value: &str) -> String {
    let scrubbed = vyavs_codec::scrub::scrub_text(value);
    let mut shown: String = scrubbed.chars().take(QUOTED).collect();
    if shown.len() < scrubbed.len() {
        shown.push('…');
    }
    format!("{:?}", shown.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_digits() {
        for (text, want) in [
            ("2.50", "2.50"),
            ("0.001", "0.001"),
            ("-0.00", "0.00"),
            ("-11062.06", "-11062.06"),
            ("1e3", "1000"),
            ("25E-3", "0.025"),
            ("1.5e1", "15"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
        ] {
            assert_eq!(decimal(text).map(|value| value.to_string()).as_deref(), Some(want), "{text}");
        }
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1_000",
            "+1",
            "0x1",
            "1e",
            "1e99",
            "1e-99",
            "NaN",
            "1,5",
            "6 ",
            "١",
            "79228162514264337593543950336",
            "0.00000000000000000000000000001",
            "1e-2147483649",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn fields_are_found_by_name_and_stand_once() {
        let fields: Fields<'_> =
            serde_json::from_str(r#"{"a":12.50,"b":"x\u00e9","c":null,"d":{"e":[1]},"a\u0062":"1","a":1}"#)
                .expect("an object");
        assert_eq!(fields.text("b").expect("a text").as_deref(), Some("xé"));
        assert_eq!(fields.text("ab").expect("a text").as_deref(), Some("1"));
        assert_eq!(fields.text("c"), Ok(None));
        assert!(fields.text("d").expect_err("an object").contains("not a text"));
        assert!(fields.decimal("a").expect_err("twice").contains("twice"));
        assert!(fields.list("b").is_err());
    }
}
