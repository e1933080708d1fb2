//! Public holidays of a country, as far as a rule gives them; those of regions, and of moon calendars, are not here: they
//! come as a known column.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use crate::boosted::easter;

/// Whose holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Country {
    /// Germany, all states' common ones.
    De,
    /// France.
    Fr,
    /// England and Wales, without proclaimed ones.
    Gb,
    /// India, the three national days.
    In,
    /// The United States, federal.
    Us,
}

enum Rule {
    /// Month and day.
    On(i8, i8),
    /// The same, or the next Monday where it falls on a weekend (the next free one for the second of two).
    Moved(i8, i8),
    /// Days after Easter.
    Easter(i64),
    /// The nth such day of a month; below 0 from its end.
    Nth(i8, i8, Weekday),
}

use Rule::{Easter, Moved, Nth, On};

const DE: &[Rule] =
    &[On(1, 1), Easter(-2), Easter(1), On(5, 1), Easter(39), Easter(50), On(10, 3), On(12, 25), On(12, 26)];
const FR: &[Rule] = &[
    On(1, 1),
    Easter(1),
    On(5, 1),
    On(5, 8),
    Easter(39),
    Easter(50),
    On(7, 14),
    On(8, 15),
    On(11, 1),
    On(11, 11),
    On(12, 25),
];
const GB: &[Rule] = &[
    Moved(1, 1),
    Easter(-2),
    Easter(1),
    Nth(5, 1, Weekday::Monday),
    Nth(5, -1, Weekday::Monday),
    Nth(8, -1, Weekday::Monday),
    Moved(12, 25),
    Moved(12, 26),
];
const IN: &[Rule] = &[On(1, 26), On(8, 15), On(10, 2)];
const US: &[Rule] = &[
    On(1, 1),
    Nth(1, 3, Weekday::Monday),
    Nth(2, 3, Weekday::Monday),
    Nth(5, -1, Weekday::Monday),
    On(6, 19),
    On(7, 4),
    Nth(9, 1, Weekday::Monday),
    Nth(10, 2, Weekday::Monday),
    On(11, 11),
    Nth(11, 4, Weekday::Thursday),
    On(12, 25),
];

impl Country {
    /// The country of an ISO 3166 code, in either case.
    pub fn named(code: &str) -> Option<Self> {
        let all = [("de", Self::De), ("fr", Self::Fr), ("gb", Self::Gb), ("in", Self::In), ("us", Self::Us)];
        all.into_iter().find(|(name, _)| code.eq_ignore_ascii_case(name)).map(|(_, country)| country)
    }

    /// Whether shops and offices rest, or may.
    pub fn rests(self, date: Date) -> bool {
        let rules = match self {
            Self::De => DE,
            Self::Fr => FR,
            Self::Gb => GB,
            Self::In => IN,
            Self::Us => US,
        };
        rules.iter().any(|rule| rule.day(date.year()) == Some(date) || rule.moved(date.year()) == Some(date))
    }
}

impl Rule {
    fn day(&self, year: i16) -> Option<Date> {
        match *self {
            On(month, day) | Moved(month, day) => Date::new(year, month, day).ok(),
            Easter(days) => easter(year).checked_add(days.days()).ok(),
            Nth(month, nth, weekday) => Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok(),
        }
    }

    /// The day in its stead: of a Saturday the Monday, of a Sunday the Monday; 26 December makes way for the 25th.
    fn moved(&self, year: i16) -> Option<Date> {
        let Moved(month, day) = *self else { return None };
        let date = self.day(year)?;
        let second = (month, day) == (12, 26);
        let days = match date.weekday() {
            Weekday::Saturday => 2,
            Weekday::Sunday if second => 2,
            Weekday::Sunday => 1,
            Weekday::Monday if second => 1,
            _ => return None,
        };
        date.checked_add(days.days()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(country: Country, year: i16) -> Vec<String> {
        let days = (0..366).filter_map(|day| Date::constant(year, 1, 1).checked_add(i64::from(day).days()).ok());
        days.filter(|date| date.year() == year && country.rests(*date))
            .map(|date| date.strftime("%m-%d").to_string())
            .collect()
    }

    #[test]
    fn a_year_has_its_holidays() {
        assert_eq!(
            of(Country::De, 2015),
            ["01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"]
        );
        let gb = ["01-01", "01-03", "04-22", "04-25", "05-02", "05-30", "08-29", "12-25", "12-26", "12-27"];
        assert_eq!(of(Country::Gb, 2011), gb);
        assert_eq!(of(Country::Us, 2024).len(), 11);
        assert!(of(Country::Us, 2024).contains(&"11-28".to_owned()));
        assert_eq!(Country::named("gb"), Some(Country::Gb));
        assert_eq!(Country::named("xx"), None);
    }
}
