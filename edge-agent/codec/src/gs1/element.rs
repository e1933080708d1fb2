//! Element strings: application identifiers and their values.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::lint::{self, Finding, Lint};
use super::table::{self, Ai};
use super::{FNC1, Gs1Error};

/// More than any carrier holds.
const MOST: usize = 64;

/// What becomes of an AI that the dictionary does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// It is an error.
    #[default]
    Refuse,
    /// It is taken as up to 90 characters, where its own length is certain.
    Permit,
}

/// One AI and its value.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its digits.
    pub ai: String,
    /// As it stands in the code.
    pub value: String,
    /// What the dictionary says of it.
    pub rule: &'static Ai,
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        (&self.ai, &self.value) == (&other.ai, &other.value)
    }
}

/// The elements of a code, each right in itself; whether they go together is [`Elements::check`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Elements(pub(super) Vec<Element>);

impl Elements {
    /// As a scanner sends it behind the symbology identifier, with FNC1 first: elements in a row, FNC1 after those of
    /// variable length. A superfluous FNC1 is tolerated.
    pub fn read(data: &str, unknown: Unknown) -> Result<Self, Gs1Error> {
        let bytes = data.as_bytes();
        let fnc1 = FNC1 as u8;
        if bytes.first() != Some(&fnc1) {
            return Err(Gs1Error::Syntax { what: "no FNC1", at: 0, expected: "FNC1 before the first element" });
        }
        if bytes.len() == 1 {
            return Err(Gs1Error::Syntax { what: "nothing", at: 1, expected: "an element" });
        }
        let (mut elements, mut at) = (Self::default(), 1);
        while at < bytes.len() {
            let rest = &bytes[at..];
            let (rule, digits) = table::leading(rest, unknown).ok_or_else(|| no_ai(rest))?;
            let ai = ascii(&rest[..digits]);
            let value = &rest[digits..];
            let end = value.iter().position(|byte| *byte == fnc1).unwrap_or(value.len());
            let end = if rule.fnc1 { end } else { end.min(rule.max()) };
            let used = validate(&ai, rule, &value[..end])?;
            if used < end {
                return Err(Gs1Error::Length { ai, found: end, min: rule.min(), max: rule.max() });
            }
            elements.push(Element { ai, value: ascii(&value[..used]), rule })?;
            at += digits + used;
            if bytes.get(at) == Some(&fnc1) {
                at += 1;
            }
        }
        Ok(elements)
    }

    /// As people write it: `(01)12345678901231(10)ABC`; a bracket in a value is `\(`.
    pub fn read_bracketed(text: &str, unknown: Unknown) -> Result<Self, Gs1Error> {
        let (bytes, mut elements, mut at) = (text.as_bytes(), Self::default(), 0);
        while at < bytes.len() {
            let wrong = |what| Gs1Error::Syntax { what, at, expected: "an element such as (01)12345678901231" };
            if bytes[at] != b'(' {
                return Err(wrong("no bracket"));
            }
            let close = bytes[at..]
                .iter()
                .position(|byte| *byte == b')')
                .ok_or_else(|| wrong("a bracket that does not close"))?;
            let ai = &bytes[at + 1..at + close];
            let rule = table::exact(ai, unknown).ok_or_else(|| no_ai(ai))?;
            let (ai, mut value) = (ascii(ai), Vec::new());
            at += close + 1;
            while at < bytes.len() && (bytes[at] != b'(' || value.last() == Some(&b'\\')) {
                if bytes[at] == b'(' {
                    value.pop();
                }
                value.push(bytes[at]);
                at += 1;
            }
            elements.add(ai, &value, rule)?;
        }
        if elements.0.is_empty() {
            return Err(Gs1Error::Syntax { what: "nothing", at: 0, expected: "an element such as (01)12345678901231" });
        }
        Ok(elements)
    }

    /// A whole value of that AI.
    pub(super) fn add(&mut self, ai: String, value: &[u8], rule: &'static Ai) -> Result<(), Gs1Error> {
        if value.len() < rule.min() || value.len() > rule.max() || validate(&ai, rule, value)? < value.len() {
            return Err(Gs1Error::Length { ai, found: value.len(), min: rule.min(), max: rule.max() });
        }
        self.push(Element { ai, value: ascii(value), rule })
    }

    fn push(&mut self, element: Element) -> Result<(), Gs1Error> {
        if self.0.len() == MOST {
            return Err(Gs1Error::TooMany(MOST));
        }
        self.0.push(element);
        Ok(())
    }

    /// In the order they stood.
    pub fn iter(&self) -> impl Iterator<Item = &Element> {
        self.0.iter()
    }

    /// The value of that AI.
    pub fn get(&self, ai: &str) -> Option<&str> {
        self.0.iter().find(|element| element.ai == ai).map(|element| element.value.as_str())
    }

    /// The first element whose AI is like `pattern`, where trailing `n` are any digit, and is not `but`.
    pub fn find(&self, pattern: &str, but: Option<&str>) -> Option<&Element> {
        let fixed = pattern.bytes().take_while(u8::is_ascii_digit).count();
        let plain = fixed > 0 && pattern.bytes().skip(fixed).all(|byte| byte == b'n');
        let like = |element: &&Element| {
            element.ai.len() == pattern.len()
                && element.ai[..fixed] == pattern[..fixed]
                && but != Some(element.ai.as_str())
        };
        if plain { self.0.iter().find(like) } else { None }
    }

    /// Whether they go together: all four rules below.
    pub fn check(&self) -> Result<(), Gs1Error> {
        self.check_exclusive()?;
        self.check_required()?;
        self.check_repeated()?;
        self.check_signature()
    }

    /// No two that exclude each other.
    pub fn check_exclusive(&self) -> Result<(), Gs1Error> {
        for element in &self.0 {
            let other = element.rule.excludes.iter().find_map(|pattern| self.find(pattern, Some(&element.ai)));
            if let Some(other) = other {
                return Err(Gs1Error::Exclusive { ai: element.ai.clone(), other: other.ai.clone() });
            }
        }
        Ok(())
    }

    /// Each with what it needs beside it.
    pub fn check_required(&self) -> Result<(), Gs1Error> {
        for element in &self.0 {
            let there = |pattern: &str| self.find(pattern, Some(&element.ai)).is_some();
            let met = |needs: &&&str| needs.split(',').any(|group| group.split('+').all(there));
            if let Some(needs) = element.rule.requires.iter().find(|needs| !met(needs)) {
                return Err(Gs1Error::Missing { ai: element.ai.clone(), needs: (*needs).to_owned() });
            }
        }
        Ok(())
    }

    /// The same AI again says the same.
    pub fn check_repeated(&self) -> Result<(), Gs1Error> {
        for element in &self.0 {
            if self.get(&element.ai) != Some(&element.value) {
                return Err(Gs1Error::Repeated { ai: element.ai.clone() });
            }
        }
        Ok(())
    }

    /// Beside a digital signature, keys have their serial part.
    pub fn check_signature(&self) -> Result<(), Gs1Error> {
        if self.get("8030").is_none() {
            return Ok(());
        }
        let bare = |element: &&Element| {
            matches!(element.ai.as_str(), "253" | "255" | "8003") && element.value.len() == element.rule.min()
        };
        match self.0.iter().find(bare) {
            Some(element) => Err(Gs1Error::Unserialised { ai: element.ai.clone() }),
            None => Ok(()),
        }
    }

    /// The amount of the element whose AI is `prefix` and a digit that counts its decimals: `310` is net kg, `392` a price,
    /// `393` one behind the three digits of its currency.
    pub fn amount(&self, prefix: &str) -> Option<Decimal> {
        let element = self.0.iter().find(|element| element.ai.len() == 4 && element.ai.starts_with(prefix))?;
        let decimals = element.ai.bytes().last()?.checked_sub(b'0')?;
        let currency = usize::from(matches!(prefix, "391" | "393")) * 3;
        Some(Decimal::new(element.value.get(currency..)?.parse().ok()?, u32::from(decimals)))
    }

    /// The day of an AI such as 11, 13, 15 or 17; day 00 is the last of its month. The century is the one in which it lies
    /// within fifty years of `year` (GS1 General Specifications §7.12).
    pub fn date(&self, ai: &str, year: i16) -> Option<Date> {
        let number = |text: Option<&str>| text?.parse::<i16>().ok();
        let value = self.get(ai).filter(|value| value.len() >= 6 && value.is_ascii())?;
        let (yy, month, day) = (number(value.get(..2))?, number(value.get(2..4))?, number(value.get(4..6))?);
        let century = year - year.rem_euclid(100);
        let full = match yy - year.rem_euclid(100) {
            51.. => century - 100 + yy,
            ..=-50 => century + 100 + yy,
            _ => century + yy,
        };
        let first = Date::new(full, i8::try_from(month).ok()?, 1).ok()?;
        if day == 0 { Some(first.last_of_month()) } else { first.with().day(i8::try_from(day).ok()?).build().ok() }
    }

    /// As [`Elements::read`] takes it.
    pub fn to_data(&self) -> String {
        let (mut data, mut separate) = (String::new(), true);
        for element in &self.0 {
            if separate {
                data.push(FNC1);
            }
            data.push_str(&element.ai);
            data.push_str(&element.value);
            separate = element.rule.fnc1;
        }
        data
    }

    /// As [`Elements::read_bracketed`] takes it.
    pub fn to_bracketed(&self) -> String {
        self.0.iter().map(|element| format!("({}){}", element.ai, element.value.replace('(', "\\("))).collect()
    }
}

/// A value by the components of its rule; how much of it they used.
fn validate(ai: &str, rule: &Ai, value: &[u8]) -> Result<usize, Gs1Error> {
    let short = || Gs1Error::Length { ai: ai.to_owned(), found: value.len(), min: rule.min(), max: rule.max() };
    if value.is_empty() {
        return Err(short());
    }
    let mut at = 0;
    for part in &rule.parts {
        let piece = &value[at..(at + part.max).min(value.len())];
        if part.optional && piece.is_empty() {
            continue;
        }
        if piece.len() < part.min {
            return Err(short());
        }
        let checked = lint::characters(part.set, piece)
            .and_then(|()| part.linters.iter().try_for_each(|name| lint::run(name, piece)));
        checked.map_err(|Lint { at: from, len, why }| {
            let (wrong, after) = (at + from, at + from + len);
            let text = |range: &[u8]| String::from_utf8_lossy(range).into_owned();
            let shown = [text(&value[..wrong]), text(&value[wrong..after]), text(&value[after..at + piece.len()])];
            Gs1Error::Value { ai: ai.to_owned(), finding: Finding { why, shown } }
        })?;
        at += piece.len();
    }
    Ok(at)
}

fn no_ai(found: &[u8]) -> Gs1Error {
    Gs1Error::NoAi { found: String::from_utf8_lossy(&found[..found.len().min(8)]).into_owned() }
}

/// Bytes that were found to be ASCII.
fn ascii(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Elements {
        Elements::read_bracketed(text, Unknown::Refuse).expect("elements")
    }

    #[test]
    fn amounts_have_their_decimals_and_day_zero_is_the_end_of_the_month() {
        let elements = read("(01)09520123456788(3103)001500(3922)0299(3932)978299(17)280200(15)991231");
        assert_eq!(elements.amount("310"), Some(Decimal::new(1500, 3)));
        assert_eq!(elements.amount("392"), Some(Decimal::new(299, 2)));
        assert_eq!(elements.amount("393"), Some(Decimal::new(299, 2)));
        assert_eq!(elements.amount("320"), None);
        assert_eq!(elements.date("17", 2026), Some(jiff::civil::date(2028, 2, 29)));
        assert_eq!(elements.date("15", 2026), Some(jiff::civil::date(1999, 12, 31)));
        assert_eq!(elements.date("15", 2060), Some(jiff::civil::date(2099, 12, 31)));
    }

    #[test]
    fn both_forms_say_the_same() {
        let elements = read("(10)12\\(3(11)991225(01)12345678901231(21)A");
        assert_eq!(elements.to_data(), "\u{1d}1012(3\u{1d}11991225011234567890123121A");
        assert_eq!(Elements::read(&elements.to_data(), Unknown::Refuse).as_ref(), Ok(&elements));
        assert_eq!(read(&elements.to_bracketed()), elements);
    }
}
