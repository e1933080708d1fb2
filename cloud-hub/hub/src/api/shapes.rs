//! What several answers are made of: money, freshness, and who raised what.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vyavs_domain::money::{Currency, Money as Exact};

/// An exact amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Money {
    /// Whole currency units as a decimal text, with the currency's own digits after the point.
    #[schema(example = "12.34")]
    pub amount: String,
    /// ISO 4217.
    #[schema(example = "GBP")]
    pub currency: String,
}

impl Money {
    /// From minor units.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Exact { minor, currency }.into()
    }
}

impl From<Exact> for Money {
    fn from(money: Exact) -> Self {
        Self { amount: money.to_decimal().to_string(), currency: money.currency.to_string() }
    }
}

/// How fresh what is shown can be: how long ago the store was heard, and whether it is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// Heard less than 60 seconds ago.
    Live,
    /// Heard less than 5 minutes ago.
    Delayed,
    /// Connected, but nothing heard for 5 minutes or longer.
    Stale,
    /// No session, and nothing heard for 60 seconds or longer.
    Offline,
    /// Not heard yet.
    Never,
}

impl Freshness {
    /// `heard` is the hub's own time of the last message; a session that just broke is `live` until its minute is over.
    pub fn of(heard: Option<Timestamp>, connected: bool, now: Timestamp) -> Self {
        let Some(heard) = heard else { return Self::Never };
        let age = now.duration_since(heard);
        match connected {
            _ if age < SignedDuration::from_secs(60) => Self::Live,
            false => Self::Offline,
            true if age < SignedDuration::from_secs(300) => Self::Delayed,
            true => Self::Stale,
        }
    }

    /// Of a value that only time can age: a reading, whose sensor has no session of its own.
    pub fn of_value(at: Option<Timestamp>, now: Timestamp) -> Self {
        Self::of(at, true, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_follows_the_clock_and_the_session() {
        let now: Timestamp = "2011-03-05T12:00:00Z".parse().expect("a time");
        let ago = |s| Some(now - SignedDuration::from_secs(s));
        assert_eq!(Freshness::of(None, true, now), Freshness::Never);
        assert_eq!(Freshness::of(ago(59), false, now), Freshness::Live);
        assert_eq!(Freshness::of(ago(60), true, now), Freshness::Delayed);
        assert_eq!(Freshness::of(ago(60), false, now), Freshness::Offline);
        assert_eq!(Freshness::of(ago(300), true, now), Freshness::Stale);
        // A clock that was set back is no reason to call fresh data old.
        assert_eq!(Freshness::of(ago(-3600), true, now), Freshness::Live);
    }

    #[test]
    fn money_is_a_decimal_text_with_the_currencys_own_digits() {
        let amount = |minor, code: &str| Money::new(minor, code.parse().expect("a code")).amount;
        assert_eq!(amount(123_450, "GBP"), "1234.50");
        assert_eq!(amount(-5, "GBP"), "-0.05");
        assert_eq!(amount(150, "JPY"), "150");
        assert_eq!(amount(1, "KWD"), "0.001");
    }
}
