//! Exact money: amounts are integer minor units with a currency, unit prices keep the scale they were rung with.

use std::fmt;
use std::str::FromStr;

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// An ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Not three upper-case letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an ISO 4217 code such as EUR")]
pub struct CurrencyError(String);

impl Currency {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the point of one unit (ISO 4217 table A.1): 2, with the few exceptions.
    pub fn exponent(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(CurrencyError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(text: String) -> Result<Self, CurrencyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

/// An exact amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// In the currency's minor unit (cents); negative when the shop pays.
    pub minor: i64,
    /// Which currency.
    pub currency: Currency,
}

impl Money {
    /// The amount as a decimal of whole units: 1234 cents are 12.34.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }
}

/// `decimal` whole units in minor units, half away from zero; `None` beyond 64 bits.
pub fn to_minor(decimal: Decimal, currency: Currency) -> Option<i64> {
    let scaled = decimal.checked_mul(Decimal::from(10_i64.pow(currency.exponent())))?;
    scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()
}

/// What a line comes to: quantity × unit price, rounded once, half away from zero.
pub fn extended_minor(quantity: Decimal, unit_price: Decimal, currency: Currency) -> Option<i64> {
    to_minor(quantity.checked_mul(unit_price)?, currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn a_unit_price_keeps_its_scale() {
        assert_eq!(dec("0.001").to_string(), "0.001");
        assert_eq!(dec("2.50").to_string(), "2.50");
    }

    #[test]
    fn lines_round_once_and_away_from_zero() {
        let gbp: Currency = "GBP".parse().expect("a code");
        assert_eq!(extended_minor(dec("3"), dec("0.005"), gbp), Some(2));
        assert_eq!(extended_minor(dec("-3"), dec("0.005"), gbp), Some(-2));
        assert_eq!(extended_minor(dec("1.5"), dec("2.345"), gbp), Some(352));
        let jpy: Currency = "JPY".parse().expect("a code");
        assert_eq!(extended_minor(dec("2"), dec("150"), jpy), Some(300));
        assert_eq!(to_minor(Decimal::MAX, gbp), None);
    }
}
