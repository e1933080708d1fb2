//! A code as a till or a scanner read it, and what it is of; with the codes that a retailer makes up for goods by weight.
//!
//! Prefixes 02, 04 and 20 to 29 of EAN-13, 2 and 4 of UPC-A, 0 and 2 of EAN-8 are for use within a company (GS1 General
//! Specifications §2.1.11): what their digits say is each retailer's own, so it is data. `21.....{NNDDD}` is prefix 21, an item
//! number of five digits and a value of two digits and three decimals; the check digit behind is implied and always proven.

mod rule;
#[cfg(test)]
mod tests;

use rust_decimal::Decimal;
use serde::Deserialize;
use vyavs_domain::sale::SaleLine;

use super::check::{Key, verify};
use super::element::{Elements, Unknown};
use super::link::{Link, LinkOptions};
use super::scan::Scan;
use super::{FNC1, Gs1Error};
use rule::Rule;

/// `[codes]` in `edge.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CodesConfig {
    /// The retailer's own codes; their order does not matter, for no code may meet two of them.
    pub rules: Vec<RuleConfig>,
}

/// One form of a code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// Digits as they are; `.` a digit of the item number; `x` one that says nothing; `{NNDDD}` the value, digits and
    /// decimals; `V` the price verifier of a value of 4 or 5 digits; a last `C` for the check digit may be left out.
    pub pattern: String,
    /// What the value is.
    pub kind: ValueKind,
    /// For people; the pattern if not said.
    #[serde(default)]
    pub name: String,
}

/// What a value of a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// kg.
    Weight,
    /// In the store's currency.
    Price,
    /// Pieces.
    Count,
}

/// A rule that cannot be one, or two that cannot be told apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodesError {
    /// The pattern is not one.
    #[error("[codes] pattern {pattern:?}: {why}")]
    Pattern {
        /// Which.
        pattern: String,
        /// What is wrong, and what is expected.
        why: &'static str,
    },
    /// Both read the same code.
    #[error("[codes] patterns {one:?} and {other:?} both read {example}: a code must have one meaning")]
    Ambiguous {
        /// One.
        one: String,
        /// The other.
        other: String,
        /// A code, without its check digit.
        example: String,
    },
}

/// A value a code carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// What it is.
    pub kind: ValueKind,
    /// How much: kg, money or pieces.
    pub amount: Decimal,
}

/// What a code is.
#[derive(Clone, Debug, PartialEq)]
pub enum Code {
    /// Goods with a number that holds everywhere, 14 digits.
    Gtin(String),
    /// Goods of this retailer.
    InStore {
        /// By which rule.
        rule: String,
        /// The item number.
        item: String,
        /// What lies in the code.
        value: Embedded,
    },
    /// Element strings, of a scan or a link.
    Elements(Elements),
    /// It has the form of a code and is none.
    Bad {
        /// Why.
        why: String,
    },
    /// Something else: a number of the till's own.
    Other(String),
}

/// Reads codes by a retailer's rules.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    rules: Vec<Rule>,
}

impl Codes {
    /// Checks the rules: each is a pattern, within what is a company's own, and no code meets two.
    pub fn new(config: &CodesConfig) -> Result<Self, CodesError> {
        let rules: Vec<Rule> = config.rules.iter().map(Rule::new).collect::<Result<_, _>>()?;
        for (at, one) in rules.iter().enumerate() {
            for other in &rules[at + 1..] {
                if let Some(example) = one.both(other) {
                    let (one, other) = (one.pattern.clone(), other.pattern.clone());
                    return Err(CodesError::Ambiguous { one, other, example });
                }
            }
        }
        Ok(Self { rules })
    }

    /// Whether there are rules at all.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What a code is: digits, an element string with FNC1 or brackets, a link, or what a scanner sends.
    pub fn read(&self, code: &str) -> Code {
        let code = code.trim_matches([' ', '\r', '\n', '\t']);
        let elements = |read: Result<Elements, Gs1Error>| match read {
            Ok(elements) => Code::Elements(elements),
            Err(error) => Code::Bad { why: error.to_string() },
        };
        if code.starts_with(']') {
            return match Scan::read(code) {
                Ok(Scan { elements: Some(elements), gtin: None, .. }) => Code::Elements(elements),
                Ok(Scan { gtin: Some(gtin), .. }) => self.digits(&gtin),
                Ok(Scan { message, .. }) => Code::Other(message),
                Err(error) => Code::Bad { why: error.to_string() },
            };
        }
        if code.starts_with(FNC1) {
            return elements(Elements::read(code, Unknown::Refuse));
        }
        if code.starts_with('(') {
            return elements(Elements::read_bracketed(code, Unknown::Refuse));
        }
        if code.starts_with("https://") || code.starts_with("http://") {
            return match Link::read(code, LinkOptions::default()) {
                Ok(elements) => Code::Elements(elements),
                Err(_) => Code::Other(code.to_owned()),
            };
        }
        if !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()) {
            self.digits(code)
        } else {
            Code::Other(code.to_owned())
        }
    }

    fn digits(&self, code: &str) -> Code {
        let (key, body) = match code.len() {
            8 => (Key::Gtin8, code.to_owned()),
            12 => (Key::Gtin12, format!("0{code}")),
            13 => (Key::Gtin13, code.to_owned()),
            14 => (Key::Gtin14, code.strip_prefix('0').unwrap_or(code).to_owned()),
            _ => return Code::Other(code.to_owned()),
        };
        let rule = self.rules.iter().find(|rule| rule.meets(&body));
        match (verify(key, code), rule) {
            // A number of the till's own may have as many digits; only a rule says that it should be a code.
            (Err(_), None) => Code::Other(code.to_owned()),
            (Err(error), Some(_)) => Code::Bad { why: error.to_string() },
            (Ok(()), Some(rule)) => rule.read(&body),
            (Ok(()), None) => Code::Gtin(format!("{code:0>14}")),
        }
    }
}

impl Codes {
    /// The code that the rule of that name gives an item and an amount: what a scale prints. None if there is no such rule,
    /// or it has no room for them.
    pub fn write(&self, rule: &str, item: &str, amount: Decimal) -> Option<String> {
        self.rules.iter().find(|one| one.name == rule)?.write(item, amount)
    }

    /// A code of each rule, for people: what it says is what [`Codes::read`] finds in it.
    pub fn examples(&self) -> impl Iterator<Item = String> + '_ {
        self.rules.iter().filter_map(Rule::example)
    }

    /// The item number of a code of the retailer's own; `None` where the code is anything else.
    pub fn item(&self, code: &str) -> Option<String> {
        match self.read(code) {
            Code::InStore { item, .. } => Some(item),
            Code::Gtin(_) | Code::Elements(_) | Code::Bad { .. } | Code::Other(_) => None,
        }
    }

    /// Gives a line that was rung by a code of the retailer's own the item number as its SKU, and says so if the weight or the
    /// price in the code is not the line's. Amounts are left as rung. `minor_digits` are the decimals of the currency.
    ///
    /// A till may ring goods by weight as one piece; that is no contradiction.
    pub fn settle(&self, line: &mut SaleLine, minor_digits: u32) -> Option<String> {
        let code = line.sku.clone();
        let (item, value) = match self.read(&code) {
            Code::InStore { item, value, .. } => (item, value),
            Code::Bad { why } => return Some(format!("line {}: {why}", line.line_no)),
            Code::Gtin(_) | Code::Elements(_) | Code::Other(_) => return None,
        };
        line.sku = item;
        let quantity = line.quantity.abs();
        let (what, rung, agrees) = match value.kind {
            ValueKind::Weight => ("kg", quantity, quantity == value.amount || quantity == Decimal::ONE),
            ValueKind::Count => ("pieces", quantity, quantity == value.amount),
            ValueKind::Price => {
                let minor = line.total_minor.saturating_abs().saturating_add(line.discount_minor);
                let rung = Decimal::try_from_i128_with_scale(i128::from(minor), minor_digits).unwrap_or_default();
                ("to pay", rung, rung == value.amount)
            }
        };
        (!agrees).then(|| format!("line {}: {code} says {} {what}, {rung} were rung", line.line_no, value.amount))
    }
}
