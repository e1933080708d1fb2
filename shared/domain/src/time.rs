//! When: instants, the store's business day, and how far a device's clock can be trusted.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One run of a device from power-on; monotonic time is only comparable within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BootId(pub Uuid);

/// How far the wall clock of a device can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Agrees with a time source (NTP, or the hub) seen recently.
    Synced,
    /// Was synced in this boot, runs free since.
    Holdover,
    /// Never synced in this boot: order only.
    Unset,
}

/// The day a sale belongs to in the books; it ends when the store says so, not at midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BusinessDay(pub Date);

impl fmt::Display for BusinessDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BusinessDay {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse().map(Self)
    }
}

/// What is wrong with a store's time settings, or a time read from a till.
#[derive(Debug, thiserror::Error)]
pub enum TimeError {
    /// Not an IANA zone name.
    #[error("{0:?} is not an IANA time zone such as Europe/London")]
    Zone(String),
    /// Neither RFC 3339 nor a local `YYYY-MM-DDTHH:MM:SS`.
    #[error("{0:?} is neither an RFC 3339 time nor a local YYYY-MM-DDTHH:MM:SS")]
    Instant(String),
}

/// The store's own reading of time: its IANA zone and when its business day starts.
#[derive(Clone, Debug)]
pub struct StoreTime {
    zone: TimeZone,
    day_starts: Time,
}

impl StoreTime {
    /// `zone` is an IANA name; `day_starts` the local time at which a new business day begins.
    pub fn new(zone: &str, day_starts: Time) -> Result<Self, TimeError> {
        let zone = TimeZone::get(zone).map_err(|_| TimeError::Zone(zone.to_owned()))?;
        Ok(Self { zone, day_starts })
    }

    /// The business day an instant falls in.
    pub fn business_day(&self, at: Timestamp) -> BusinessDay {
        let local = at.to_zoned(self.zone.clone()).datetime();
        // Civil arithmetic: on a DST day the books still close at the same reading of the wall clock.
        if local.time() < self.day_starts {
            BusinessDay(local.date().yesterday().unwrap_or(local.date()))
        } else {
            BusinessDay(local.date())
        }
    }

    /// The instants a business day starts and ends (end excluded).
    pub fn span(&self, day: BusinessDay) -> (Timestamp, Timestamp) {
        let start = |date: Date| self.instant(date.to_datetime(self.day_starts));
        (start(day.0), start(day.0.tomorrow().unwrap_or(day.0)))
    }

    /// A local wall-clock reading as an instant; in a DST fold the earlier one, in a gap the later.
    pub fn instant(&self, local: DateTime) -> Timestamp {
        self.zone.to_ambiguous_zoned(local).compatible().map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }

    /// Reads `2010-12-01T08:26:00Z`, `…+01:00`, or a local time without offset (`T` or a space between).
    pub fn read(&self, text: &str) -> Result<Timestamp, TimeError> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(at);
        }
        let local: DateTime = text.parse().map_err(|_| TimeError::Instant(text.to_owned()))?;
        Ok(self.instant(local))
    }

    /// The wall-clock reading at an instant.
    pub fn local(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.zone.clone()).datetime()
    }
}

/// Half of 64-bit microseconds cannot be a timestamp; what is out of range is clamped, never a panic.
pub fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// `later - earlier`, saturating.
pub fn since(later: Timestamp, earlier: Timestamp) -> SignedDuration {
    later.duration_since(earlier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn london() -> StoreTime {
        StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("zone is known")
    }

    #[test]
    fn a_sale_after_midnight_belongs_to_the_evening_before() {
        let store = london();
        let at = store.read("2011-03-05T02:30:00").expect("local time");
        assert_eq!(store.business_day(at).to_string(), "2011-03-04");
        let at = store.read("2011-03-05 04:00:00").expect("local time");
        assert_eq!(store.business_day(at).to_string(), "2011-03-05");
    }

    #[test]
    fn a_dst_day_has_25_hours_and_loses_none_of_them() {
        let store = london();
        let (from, to) = store.span("2011-10-29".parse().expect("a date"));
        assert_eq!(since(to, from).as_hours(), 25);
        assert_eq!(store.business_day(from), "2011-10-29".parse().expect("a date"));
    }

    #[test]
    fn an_offset_wins_over_the_zone() {
        let store = london();
        let at = store.read("2011-07-01T10:00:00+05:30").expect("rfc 3339");
        assert_eq!(at.to_string(), "2011-07-01T04:30:00Z");
        assert!(store.read("01/07/2011").is_err());
    }
}
