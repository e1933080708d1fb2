//! A code as a till or a scanner read it, and what it is of; with the codes that a retailer makes up for goods by weight.
//!
//! Prefixes 02, 04 and 20 to 29 of EAN-13, 2 and 4 of UPC-A, 0 and 2 of EAN-8 are for use within a company (GS1 General
//! Specifications §2.1.11): what their digits say is each retailer's own, so it is data. `21.....{NNDDD}` is prefix 21, an item
//! number of five digits and a value of two digits and three decimals; the check digit behind is implied and always proven.

use rust_decimal::Decimal;
use serde::Deserialize;
use vyavs_domain::sale::SaleLine;

use super::check::{Key, check_digit, price_verifier, verify};
use super::element::{Elements, Unknown};
use super::link::{Link, LinkOptions};
use super::scan::Scan;
use super::{FNC1, Gs1Error};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Is(u8),
    Item,
    Ignored,
    Value,
    Verifier,
}

#[derive(Clone, Debug)]
struct Rule {
    name: String,
    pattern: String,
    slots: Vec<Slot>,
    decimals: u32,
    kind: ValueKind,
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

impl Rule {
    fn new(config: &RuleConfig) -> Result<Self, CodesError> {
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
    fn both(&self, other: &Self) -> Option<String> {
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

    fn meets(&self, code: &str) -> bool {
        let fits = |(slot, byte): (&Slot, u8)| !matches!(slot, Slot::Is(digit) if *digit != byte);
        code.len() == self.slots.len() + 1 && self.slots.iter().zip(code.bytes()).all(fits)
    }

    fn read(&self, code: &str) -> Code {
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
}

impl Codes {
    /// The code that the rule of that name gives an item and an amount: what a scale prints. None if there is no such rule,
    /// or it has no room for them.
    pub fn write(&self, rule: &str, item: &str, amount: Decimal) -> Option<String> {
        let rule = self.rules.iter().find(|one| one.name == rule)?;
        let count = |slot| rule.slots.iter().filter(|one| **one == slot).count();
        let scaled = (amount * Decimal::from(10_i64.checked_pow(rule.decimals)?)).normalize();
        let digits = if scaled.scale() == 0 { format!("{:0>1$}", scaled, count(Slot::Value)) } else { return None };
        let plain = item.bytes().chain(digits.bytes()).all(|byte| byte.is_ascii_digit());
        if !plain || digits.len() != count(Slot::Value) || item.len() != count(Slot::Item) {
            return None;
        }
        let (mut items, mut values) = (item.chars(), digits.chars());
        let body: Option<String> = rule
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
}

impl Codes {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes(rules: &[(&str, ValueKind)]) -> Result<Codes, CodesError> {
        let rule = |(pattern, kind): &(&str, ValueKind)| RuleConfig {
            pattern: (*pattern).to_owned(),
            kind: *kind,
            name: String::new(),
        };
        Codes::new(&CodesConfig { rules: rules.iter().map(rule).collect() })
    }

    fn in_store(code: &Code) -> (&str, String) {
        match code {
            Code::InStore { item, value, .. } => (item, value.amount.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn weights_and_prices_are_read_by_the_retailer_s_rules() {
        let codes = codes(&[
            ("21.....{NNDDD}", ValueKind::Weight),
            ("20.....V{NNDD}", ValueKind::Price),
            ("2 9 .....V{NNDD}", ValueKind::Price),
            ("02....x{NNNDD}C", ValueKind::Price),
            ("2..{NNNN}", ValueKind::Count),
        ])
        .expect("rules");
        assert_eq!(in_store(&codes.read("2112345015002")), ("12345", "1.500".to_owned()));
        let priced = codes.write("20.....V{NNDD}", "12345", Decimal::new(2875, 2)).expect("written");
        assert_eq!(&priced[7..12], "92875", "the verifier of 2875 is 9");
        assert_eq!(in_store(&codes.read(&priced)), ("12345", "28.75".to_owned()));
        let eight = codes.write("2..{NNNN}", "17", Decimal::from(12)).expect("written");
        assert_eq!((eight.len(), in_store(&codes.read(&eight))), (8, ("17", "12".to_owned())));
        // UPC-A of number system 2 is EAN-13 with 02.
        let ean = codes.write("02....x{NNNDD}C", "1234", Decimal::new(199, 2)).expect("written");
        assert_eq!(codes.read(&ean[1..]), codes.read(&ean));
        assert_eq!(codes.read("]E02112345015002"), codes.read("2112345015002"));
    }

    #[test]
    fn a_wrong_check_digit_or_verifier_is_bad_and_what_no_rule_knows_is_left_alone() {
        let codes =
            codes(&[("21.....{NNDDD}", ValueKind::Weight), ("20.....V{NNDD}", ValueKind::Price)]).expect("rules");
        assert!(matches!(codes.read("2112345015003"), Code::Bad { .. }));
        let body = "201234582875";
        let wrong = format!("{body}{}", check_digit(body).expect("digits"));
        assert!(matches!(codes.read(&wrong), Code::Bad { why } if why.contains("verifier")));
        assert_eq!(codes.read("4006381333931"), Code::Gtin("04006381333931".to_owned()));
        assert_eq!(codes.read("4006381333932"), Code::Other("4006381333932".to_owned()));
        for own in ["85123A", "22423", "", "POST"] {
            assert_eq!(codes.read(own), Code::Other(own.to_owned()));
        }
        assert!(matches!(codes.read("(01)09520123456788(3103)001500"), Code::Elements(_)));
        assert!(matches!(codes.read("(01)09520123456789"), Code::Bad { .. }));
        assert_eq!(codes.read("https://example.com/about"), Code::Other("https://example.com/about".to_owned()));
    }

    #[test]
    fn rules_that_cannot_be_told_apart_are_refused_with_an_example() {
        let error = codes(&[("21.....{NNDDD}", ValueKind::Weight), ("2.1....{NNNDD}", ValueKind::Price)]);
        // The second has no second digit, so nobody knows whose goods it reads.
        assert!(matches!(error, Err(CodesError::Pattern { .. })), "{error:?}");
        let error = codes(&[("21.....{NNDDD}", ValueKind::Weight), ("21.1...{NNNDD}", ValueKind::Price)])
            .expect_err("ambiguous");
        assert!(matches!(&error, CodesError::Ambiguous { example, .. } if example.starts_with("211")), "{error}");
        assert!(codes(&[("211....{NNDDD}", ValueKind::Weight), ("212....{NNNDD}", ValueKind::Price)]).is_ok());
        for bad in [
            "",
            "21.....",
            "21{NNDDD}",
            "21...{NNDDD}",
            "40.....{NNDDD}",
            "21.....{DDNNN}",
            "21..V..{NNNNDDD}",
            "21....{NDD}{ND}",
            "21.....{NNDDD",
        ] {
            assert!(matches!(codes(&[(bad, ValueKind::Weight)]), Err(CodesError::Pattern { .. })), "{bad}");
        }
    }

    #[test]
    fn the_section_reads_as_toml() {
        let text = "rules = [{ pattern = \"21.....{NNDDD}\", kind = \"weight\", name = \"deli\" }]";
        let config: CodesConfig = toml::from_str(text).expect("a section");
        let codes = Codes::new(&config).expect("rules");
        assert!(matches!(codes.read("2112345015002"), Code::InStore { rule, .. } if rule == "deli"));
        assert!(toml::from_str::<CodesConfig>("rule = []").is_err());
    }

    fn line(sku: &str, quantity: &str, total_minor: i64) -> SaleLine {
        SaleLine {
            line_no: 3,
            sku: sku.to_owned(),
            name: "CHEESE".to_owned(),
            quantity: quantity.parse().expect("a number"),
            unit_price: Decimal::ZERO,
            discount_minor: 0,
            total_minor,
            sold_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_line_gets_its_item_number_and_a_weight_or_price_that_is_not_its_own_is_told() {
        let codes =
            codes(&[("21.....{NNDDD}", ValueKind::Weight), ("20.....V{NNDD}", ValueKind::Price)]).expect("rules");
        for quantity in ["1.500", "-1.5", "1"] {
            let mut sold = line("2112345015002", quantity, 2_985);
            assert_eq!(codes.settle(&mut sold, 2), None, "{quantity}");
            assert_eq!((sold.sku.as_str(), sold.quantity), ("12345", quantity.parse().expect("a number")));
        }
        let told = codes.settle(&mut line("2112345015002", "1.2", 2_985), 2).expect("told");
        assert!(told.contains("line 3") && told.contains("1.500 kg") && told.contains("1.2"), "{told}");
        let priced = codes.write("20.....V{NNDD}", "12345", Decimal::new(2875, 2)).expect("written");
        assert_eq!(codes.settle(&mut line(&priced, "1", 2_875), 2), None);
        assert!(codes.settle(&mut line(&priced, "1", 2_874), 2).is_some());
        let mut plain = line("85123A", "1", 100);
        assert_eq!((codes.settle(&mut plain, 2), plain.sku.as_str()), (None, "85123A"));
        assert!(codes.settle(&mut line("2112345015003", "1.5", 100), 2).is_some(), "a wrong check digit");
    }

    proptest! {
        #[test]
        fn what_a_rule_writes_it_reads(item in "[0-9]{5}", grams in 0_i64..100_000) {
            let codes = codes(&[("21.....{NNDDD}", ValueKind::Weight)]).expect("a rule");
            let amount = Decimal::new(grams, 3);
            let code = codes.write("21.....{NNDDD}", &item, amount).expect("written");
            match codes.read(&code) {
                Code::InStore { item: read, value, .. } => prop_assert_eq!((read, value.amount), (item, amount)),
                other => prop_assert!(false, "{:?}", other),
            }
        }

        #[test]
        fn any_text_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            super::super::fuzz(&bytes);
        }

        #[test]
        fn any_elements_are_survived(text in "[\u{1d}(01)(10)(3103)(17)0-9A-Z/?=&.\\\\]{0,60}", head in prop::sample::select(vec!["", "\u{1d}", "(01)", "https://a/01/", "]C1", "]e0", "]E0"])) {
            super::super::fuzz(format!("{head}{text}").as_bytes());
        }
    }
}
