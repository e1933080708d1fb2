//! One form of a code: a pattern, read once, that reads and writes codes.

use rust_decimal::Decimal;

use super::{Code, CodesError, Embedded, RuleConfig, ValueKind};
use crate::gs1::check::{check_digit, price_verifier};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Is(u8),
    Item,
    Ignored,
    Value,
    Verifier,
}

/// A form, checked.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) pattern: String,
    slots: Vec<Slot>,
    decimals: u32,
    kind: ValueKind,
}

impl Rule {
    /// Checks a pattern: one item number, one value, and a beginning that is a company's own.
    pub(super) fn new(config: &RuleConfig) -> Result<Self, CodesError> {
        let wrong = |why| CodesError::Pattern { pattern: config.pattern.clone(), why };
        let (mut slots, mut decimals, mut values, mut open) = (Vec::new(), 0, 0, false);
        for c in config.pattern.strip_suffix('C').unwrap_or(&config.pattern).chars().filter(|c| *c != ' ') {
            slots.push(match (open, c) {
                (false, '{') if values == 0 => {
                    open = true;
                    continue;
                }
                (true, '}') if values > 0 => {
                    open = false;
                    continue;
                }
                (true, 'N') if decimals == 0 => Slot::Value,
                (true, 'D') => {
                    decimals += 1;
                    Slot::Value
                }
                (false, '0'..='9') => Slot::Is(c as u8),
                (false, '.') => Slot::Item,
                (false, 'x') => Slot::Ignored,
                (false, 'V') => Slot::Verifier,
                _ => {
                    return Err(wrong(
                        "expected digits, . for the item, x for nothing, V, and one {NNDDD} for the value",
                    ));
                }
            });
            values += u32::from(slots.last() == Some(&Slot::Value));
        }
        let count = |slot| slots.iter().filter(|one| **one == slot).count();
        if open || values == 0 || count(Slot::Item) == 0 {
            return Err(wrong("expected an item number of one or more . and one value such as {NNDDD}"));
        }
        if count(Slot::Verifier) > 1 || (count(Slot::Verifier) == 1 && !matches!(values, 4 | 5)) {
            return Err(wrong("a price verifier V is one digit, over a value of 4 or 5"));
        }
        if slots.len() == 11 {
            slots.insert(0, Slot::Is(b'0'));
        }
        let reserved = match (slots.len(), slots.as_slice()) {
            (12, [Slot::Is(b'2'), Slot::Is(_), ..] | [Slot::Is(b'0'), Slot::Is(b'2' | b'4'), ..]) => true,
            (7, [Slot::Is(b'0' | b'2'), ..]) => true,
            (7 | 12, _) => {
                return Err(wrong("begins like other companies' goods: expected 02, 04 or 20 to 29 (UPC-A: 2 or 4)"));
            }
            _ => false,
        };
        if !reserved {
            return Err(wrong("expected 12 digits (EAN-13), 11 (UPC-A) or 7 (EAN-8) before the check digit"));
        }
        let name = if config.name.is_empty() { config.pattern.clone() } else { config.name.clone() };
        Ok(Self { name, pattern: config.pattern.clone(), slots, decimals, kind: config.kind })
    }

    /// A code that both read.
    pub(super) fn both(&self, other: &Self) -> Option<String> {
        if self.slots.len() != other.slots.len() {
            return None;
        }
        self.slots
            .iter()
            .zip(&other.slots)
            .map(|pair| match pair {
                (Slot::Is(one), Slot::Is(two)) => (one == two).then_some(char::from(*one)),
                (Slot::Is(one), _) | (_, Slot::Is(one)) => Some(char::from(*one)),
                _ => Some('1'),
            })
            .collect()
    }

    /// Whether a code of 8 or 13 digits is of this form.
    pub(super) fn meets(&self, code: &str) -> bool {
        let fits = |(slot, byte): (&Slot, u8)| !matches!(slot, Slot::Is(digit) if *digit != byte);
        code.len() == self.slots.len() + 1 && self.slots.iter().zip(code.bytes()).all(fits)
    }

    /// What a code of this form says; its check digit was proven before.
    pub(super) fn read(&self, code: &str) -> Code {
        let of = |wanted: Slot| -> String {
            self.slots.iter().zip(code.chars()).filter(|(slot, _)| **slot == wanted).map(|(_, c)| c).collect()
        };
        let (item, value, verifier) = (of(Slot::Item), of(Slot::Value), of(Slot::Verifier));
        if let Some(found) = verifier.chars().next()
            && price_verifier(&value) != Some(found)
        {
            return Code::Bad { why: format!("the price verifier of {code} is {found}, and not that of {value}") };
        }
        let Ok(amount) = value.parse::<i64>() else {
            return Code::Bad { why: format!("{value} is no number") };
        };
        let value = Embedded { kind: self.kind, amount: Decimal::new(amount, self.decimals) };
        Code::InStore { rule: self.name.clone(), item, value }
    }

    /// The code of an item and an amount; `None` if there is no room for them.
    pub(super) fn write(&self, item: &str, amount: Decimal) -> Option<String> {
        let scaled = (amount * Decimal::from(10_i64.checked_pow(self.decimals)?)).normalize();
        let digits =
            if scaled.scale() == 0 { format!("{:0>1$}", scaled, self.count(Slot::Value)) } else { return None };
        let plain = item.bytes().chain(digits.bytes()).all(|byte| byte.is_ascii_digit());
        if !plain || digits.len() != self.count(Slot::Value) || item.len() != self.count(Slot::Item) {
            return None;
        }
        let (mut items, mut values) = (item.chars(), digits.chars());
        let body: Option<String> = self
            .slots
            .iter()
            .map(|slot| match slot {
                Slot::Is(digit) => Some(char::from(*digit)),
                Slot::Item => items.next(),
                Slot::Value => values.next(),
                Slot::Ignored => Some('0'),
                Slot::Verifier => price_verifier(&digits),
            })
            .collect();
        let body = body?;
        Some(format!("{body}{}", check_digit(&body)?))
    }

    /// A code of this form, for people: item 1234…, value 1234….
    pub(super) fn example(&self) -> Option<String> {
        let digits = |slot| -> String { "1234567890".chars().cycle().take(self.count(slot)).collect() };
        let value = digits(Slot::Value).parse().ok()?;
        self.write(&digits(Slot::Item), Decimal::new(value, self.decimals))
    }

    fn count(&self, slot: Slot) -> usize {
        self.slots.iter().filter(|one| **one == slot).count()
    }
}
