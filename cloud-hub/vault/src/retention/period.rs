//! A length of time as people and laws give it.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

/// How long after a day something is kept. Text form: `30 days`, `13 months`, `8 calendar years`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// That many days on.
    Days(u16),
    /// The same day that many months on.
    Months(u16),
    /// That many years from the end of the calendar year, as tax law counts.
    CalendarYears(u8),
}

/// A text that is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no period: write `30 days` (1 to 36500), `13 months` (1 to 1200) or `8 calendar years` (1 to 100)")]
pub struct PeriodError(String);

impl Period {
    /// The first day on which something of `day` is no longer kept.
    pub fn end(self, day: Date) -> Date {
        match self {
            Self::Days(days) => day.saturating_add(i32::from(days).days()),
            Self::Months(months) => day.saturating_add(i32::from(months).months()),
            Self::CalendarYears(years) => {
                let year = i32::from(day.year()) + 1 + i32::from(years);
                i16::try_from(year).ok().filter(|year| *year <= Date::MAX.year()).map_or(Date::MAX, |y| date(y, 1, 1))
            }
        }
    }

    /// A day whose period under `self` ends before that under `other`; `None` when there is none. Periods in days, months
    /// and calendar years cannot be put in order in general, so all days of a cycle of leap years are tried.
    pub(super) fn shorter_on(self, other: Self) -> Option<Date> {
        let first = date(2024, 1, 1);
        (0..366 + 3 * 365).map(|n| first.saturating_add(n.days())).find(|day| self.end(*day) < other.end(*day))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match *self {
            Self::Days(count) => (count, "day"),
            Self::Months(count) => (count, "month"),
            Self::CalendarYears(count) => (count.into(), "calendar year"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

impl FromStr for Period {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let wrong = || PeriodError(text.chars().take(40).collect());
        let (count, unit) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let count: u16 = count.parse().map_err(|_| wrong())?;
        let unit = unit.trim();
        match (unit.strip_suffix('s').unwrap_or(unit), count) {
            ("day", 1..=36_500) => Ok(Self::Days(count)),
            ("month", 1..=1_200) => Ok(Self::Months(count)),
            ("calendar year", 1..=100) => Ok(Self::CalendarYears(count as u8)),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;
    fn try_from(text: String) -> Result<Self, PeriodError> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_ends_where_a_calendar_says() {
        for (period, day, end) in [
            (Period::Days(30), date(2026, 2, 10), date(2026, 3, 12)),
            (Period::Months(1), date(2026, 1, 31), date(2026, 2, 28)),
            (Period::Months(13), date(2026, 11, 23), date(2027, 12, 23)),
            (Period::CalendarYears(8), date(2026, 1, 1), date(2035, 1, 1)),
            (Period::CalendarYears(8), date(2026, 12, 31), date(2035, 1, 1)),
            (Period::CalendarYears(100), Date::MAX, Date::MAX),
            (Period::Days(36_500), Date::MAX, Date::MAX),
        ] {
            assert_eq!(period.end(day), end, "{period} from {day}");
        }
    }

    #[test]
    fn a_period_reads_back_and_nonsense_is_refused() {
        for text in ["1 day", "30 days", "13 months", "8 calendar years"] {
            assert_eq!(text.parse::<Period>().expect(text).to_string(), text);
        }
        for text in ["", "30", "0 days", "-1 days", "2 weeks", "70000 days", "101 calendar years", "8 years"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_shorter_period_is_found_on_the_day_that_shows_it() {
        assert_eq!(Period::Months(12).shorter_on(Period::Months(12)), None);
        // 365 days are a year, but not over a leap day.
        assert_eq!(Period::Days(365).shorter_on(Period::Months(12)), Some(date(2024, 1, 1)));
        assert_eq!(Period::Days(366).shorter_on(Period::Months(12)), None);
        // Nine years always cover eight calendar years, eight only on the last day.
        assert_eq!(Period::Months(108).shorter_on(Period::CalendarYears(8)), None);
        assert_eq!(Period::Months(96).shorter_on(Period::CalendarYears(8)), Some(date(2024, 1, 1)));
    }
}
