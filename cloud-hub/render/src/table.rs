//! A table's columns and what may stand in them.

use std::borrow::Cow;

use jiff::{Timestamp, civil};
use rust_decimal::Decimal;
use vyavs_domain::money::{Currency, Money};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words; never read as a number or a formula by the program that opens the file.
    Text,
    /// A whole number.
    Integer,
    /// An exact number without a unit.
    Decimal,
    /// Amounts in one currency, or, with `None`, in a currency per row, which CSV and XLSX put in a column of its own.
    Money(Option<Currency>),
    /// A share of one: 0.125 is shown as 12.5 %.
    Percent,
    /// Amounts of one unit ("kg"), or, with `None`, of a unit per row, which CSV and XLSX put in a column of its own.
    Quantity(Option<String>),
    /// A day.
    Date,
    /// An instant, shown in the report's time zone.
    Timestamp,
}

impl Kind {
    /// Whether numbers stand in it, which are set flush right and not broken over lines.
    pub(crate) fn is_number(&self) -> bool {
        !matches!(self, Self::Text | Self::Date | Self::Timestamp)
    }

    /// What every value of the column is counted in, when that is one thing.
    pub(crate) fn unit(&self) -> Option<&str> {
        match self {
            Self::Money(Some(currency)) => Some(currency.as_str()),
            Self::Quantity(Some(unit)) => Some(unit),
            Self::Percent => Some("%"),
            _ => None,
        }
    }

    /// Whether each row brings its own currency or unit.
    pub(crate) fn has_companion(&self) -> bool {
        matches!(self, Self::Money(None) | Self::Quantity(None))
    }

    /// What belongs under it, for a message.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Integer => "integers".to_owned(),
            Self::Decimal => "decimals".to_owned(),
            Self::Money(Some(currency)) => format!("amounts in {currency}"),
            Self::Money(None) => "amounts of money".to_owned(),
            Self::Percent => "shares".to_owned(),
            Self::Quantity(Some(unit)) => format!("quantities in {unit:?}"),
            Self::Quantity(None) => "quantities".to_owned(),
            Self::Date => "days".to_owned(),
            Self::Timestamp => "instants".to_owned(),
        }
    }

    fn can_be_summed(&self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Money(_) | Self::Quantity(_))
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name over it, without its unit, which the formats add.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Digits after the point where people read it (PDF, and the display of XLSX); as many as a value has with `None`.
    pub decimals: Option<u32>,
    /// Whether its sum is printed as a control total. Dates, shares and words have none.
    pub total: bool,
}

impl Column {
    /// A column with a control total where its kind can be summed.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), total: kind.can_be_summed(), kind, decimals: None }
    }

    /// Shows `digits` after the point where people read it.
    pub fn decimals(self, digits: u32) -> Self {
        Self { decimals: Some(digits), ..self }
    }

    /// No control total: for numbers whose sum says nothing, such as a temperature.
    pub fn without_total(self) -> Self {
        Self { total: false, ..self }
    }

    /// The name as it stands over the column, with the unit that all its values share.
    pub(crate) fn heading(&self) -> String {
        match self.kind.unit() {
            Some(unit) => format!("{} ({unit})", self.name),
            None => self.name.clone(),
        }
    }

    pub(crate) fn is_summed(&self) -> bool {
        self.total && self.kind.can_be_summed()
    }
}

/// What stands in a row under a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing: not measured, not known. Fits every column.
    Empty,
    /// Words.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// An exact number.
    Decimal(Decimal),
    /// An amount in whole units of its currency.
    Money(Decimal, Currency),
    /// A share of one.
    Percent(Decimal),
    /// An amount of a unit.
    Quantity(Decimal, Cow<'a, str>),
    /// A day.
    Date(civil::Date),
    /// An instant.
    Timestamp(Timestamp),
}

impl<'a> Cell<'a> {
    /// An amount in whole units of `currency`.
    pub fn money(amount: Decimal, currency: Currency) -> Self {
        Self::Money(amount, currency)
    }

    /// An amount of `unit`.
    pub fn quantity(value: Decimal, unit: impl Into<Cow<'a, str>>) -> Self {
        Self::Quantity(value, unit.into())
    }

    /// The same cell, owning its words.
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Self::Integer(number) => Cell::Integer(number),
            Self::Decimal(number) => Cell::Decimal(number),
            Self::Money(amount, currency) => Cell::Money(amount, currency),
            Self::Percent(share) => Cell::Percent(share),
            Self::Quantity(value, unit) => Cell::Quantity(value, Cow::Owned(unit.into_owned())),
            Self::Date(date) => Cell::Date(date),
            Self::Timestamp(at) => Cell::Timestamp(at),
        }
    }

    /// The exact number in it, in whole units; a share as a share of one.
    pub(crate) fn number(&self) -> Option<Decimal> {
        match self {
            Self::Integer(number) => Some(Decimal::from(*number)),
            Self::Decimal(number) | Self::Money(number, _) | Self::Percent(number) | Self::Quantity(number, _) => {
                Some(*number)
            }
            Self::Empty | Self::Text(_) | Self::Date(_) | Self::Timestamp(_) => None,
        }
    }

    /// The currency or unit the value brings.
    pub(crate) fn unit(&self) -> Option<&str> {
        match self {
            Self::Money(_, currency) => Some(currency.as_str()),
            Self::Quantity(_, unit) => Some(unit),
            _ => None,
        }
    }

    /// Whether it may stand under a column of `kind`.
    pub(crate) fn fits(&self, kind: &Kind) -> bool {
        match (self, kind) {
            (Self::Empty, _)
            | (Self::Text(_), Kind::Text)
            | (Self::Integer(_), Kind::Integer)
            | (Self::Decimal(_) | Self::Integer(_), Kind::Decimal)
            | (Self::Date(_), Kind::Date)
            | (Self::Timestamp(_), Kind::Timestamp) => true,
            (Self::Money(_, found), Kind::Money(expected)) => expected.is_none_or(|expected| expected == *found),
            (Self::Quantity(_, found), Kind::Quantity(expected)) => {
                expected.as_ref().is_none_or(|expected| expected == found)
            }
            (Self::Percent(share), Kind::Percent) => percent_points(*share).is_some(),
            _ => false,
        }
    }

    /// What it is, for a message.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Empty => "nothing".to_owned(),
            Self::Text(_) => "text".to_owned(),
            Self::Integer(number) => format!("the integer {number}"),
            Self::Decimal(number) => format!("the decimal {number}"),
            Self::Money(amount, currency) => format!("{amount} {currency}"),
            Self::Percent(share) => format!("the share {share}"),
            Self::Quantity(value, unit) => format!("{value} {unit:?}"),
            Self::Date(date) => format!("the date {date}"),
            Self::Timestamp(at) => format!("the instant {at}"),
        }
    }
}

/// A share of one in hundredths, exactly; `None` beyond what a decimal can hold.
pub(crate) fn percent_points(mut share: Decimal) -> Option<Decimal> {
    match share.scale() {
        0 | 1 => share.checked_mul(Decimal::ONE_HUNDRED).filter(|points| points.scale() == share.scale()),
        scale => share.set_scale(scale - 2).ok().map(|()| share),
    }
}

impl From<Money> for Cell<'_> {
    fn from(money: Money) -> Self {
        Self::Money(money.to_decimal(), money.currency)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Decimal> for Cell<'_> {
    fn from(number: Decimal) -> Self {
        Self::Decimal(number)
    }
}

impl From<civil::Date> for Cell<'_> {
    fn from(date: civil::Date) -> Self {
        Self::Date(date)
    }
}

impl From<Timestamp> for Cell<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Timestamp(at)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn a_share_becomes_points_without_rounding() {
        for (share, points) in [("0.125", "12.5"), ("0.10", "10"), ("1", "100"), ("0.5", "50.0"), ("-0.0300", "-3.00")]
        {
            assert_eq!(percent_points(dec(share)).expect(share).to_string(), points);
        }
        assert_eq!(percent_points(Decimal::MAX), None);
    }

    #[test]
    fn a_currency_of_another_column_does_not_fit() {
        let (eur, usd): (Currency, Currency) = ("EUR".parse().expect("a code"), "USD".parse().expect("a code"));
        let cell = Cell::money(dec("1"), usd);
        assert!(cell.fits(&Kind::Money(None)) && cell.fits(&Kind::Money(Some(usd))));
        assert!(!cell.fits(&Kind::Money(Some(eur))) && !cell.fits(&Kind::Decimal));
    }
}
