//! What a shop sells, as the trade numbers it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A Global Trade Item Number: 8, 12, 13 or 14 digits, the last of which checks the others (GS1 General Specifications
/// §7.9). Kept in 14 digits, so that a UPC-A and the EAN-13 that is the same with a zero before it are one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gtin([u8; 14]);

/// A text that is no GTIN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GtinError {
    /// Other characters, or another number of them.
    #[error("{0:?} is not 8, 12, 13 or 14 digits")]
    Shape(String),
    /// A digit was read or typed wrong.
    #[error("{got:?} ends in a wrong check digit, expected {expected}")]
    Check {
        /// As given.
        got: String,
        /// What the other digits ask for.
        expected: u8,
    },
}

impl Gtin {
    /// In 14 digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("00000000000000")
    }

    /// As it is printed under the bars: the shortest of 8, 12, 13 and 14 digits that holds it.
    pub fn short(&self) -> &str {
        let text = self.as_str();
        let zeros = text.bytes().take_while(|digit| *digit == b'0').count();
        let cut = match zeros {
            6.. => 6,
            2..6 => 2,
            1 => 1,
            _ => 0,
        };
        &text[cut..]
    }
}

/// The digit that makes the weighted sum (3, 1, 3, … from the right) a multiple of ten.
fn check_digit(digits: &[u8]) -> u8 {
    let weights = [3, 1].into_iter().cycle();
    let sum: u32 = digits.iter().rev().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    ((10 - sum % 10) % 10) as u8
}

impl FromStr for Gtin {
    type Err = GtinError;
    fn from_str(text: &str) -> Result<Self, GtinError> {
        let digits = text.as_bytes();
        if !matches!(digits.len(), 8 | 12 | 13 | 14) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(GtinError::Shape(text.chars().take(40).collect()));
        }
        let (last, rest) = digits.split_last().ok_or_else(|| GtinError::Shape(String::new()))?;
        let expected = check_digit(rest);
        if last - b'0' != expected {
            return Err(GtinError::Check { got: text.to_owned(), expected });
        }
        let mut all = [b'0'; 14];
        all[14 - digits.len()..].copy_from_slice(digits);
        Ok(Self(all))
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

impl fmt::Debug for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Gtin {
    type Error = GtinError;
    fn try_from(text: String) -> Result<Self, GtinError> {
        text.parse()
    }
}

impl From<Gtin> for String {
    fn from(gtin: Gtin) -> String {
        gtin.short().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trades_own_examples_are_good_and_any_other_last_digit_is_not() {
        // GS1 General Specifications §7.9 (the first), and numbers printed on goods.
        for good in ["6291041500213", "4006381333931", "036000291452", "96385074", "10614141000415", "0614141000036"] {
            assert!(good.parse::<Gtin>().is_ok(), "{good}");
            let (stem, last) = good.split_at(good.len() - 1);
            for digit in (0..10).map(|digit| digit.to_string()).filter(|digit| digit != last) {
                let error = format!("{stem}{digit}").parse::<Gtin>().expect_err("one digit off");
                assert!(error.to_string().ends_with(&format!("expected {last}")), "{error}");
            }
        }
        for bad in
            ["", "1", "123456789", "400638133393x", " 4006381333931", "４００６３８１３３３９３１", "400638133393100"]
        {
            assert!(matches!(bad.parse::<Gtin>(), Err(GtinError::Shape(_))), "{bad:?}");
        }
    }

    #[test]
    fn one_article_has_one_number_however_many_zeros_stand_before_it() {
        let upc: Gtin = "036000291452".parse().expect("a GTIN");
        assert_eq!(upc, "0036000291452".parse().expect("a GTIN"));
        assert_eq!((upc.as_str(), upc.short()), ("00036000291452", "036000291452"));
        let short: Gtin = "96385074".parse().expect("a GTIN");
        assert_eq!((short, short.short()), ("00000096385074".parse().expect("a GTIN"), "96385074"));
        let json = serde_json::to_string(&upc).expect("JSON");
        assert_eq!(serde_json::from_str::<Gtin>(&json).expect("read back"), upc);
    }
}
