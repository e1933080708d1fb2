//! How numbers and days are written where people read them (Unicode CLDR 46, the patterns of its short forms).
//!
//! CSV uses none of this, and XLSX leaves it to the reader's own settings; both take their labels from here.

use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, civil};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::table::percent_points;
use crate::words::{self, Words};
use crate::{Cell, Column};

/// A language and the habits of a country.
#[derive(Clone, Copy, Debug)]
pub struct Locale(&'static Habits);

/// Not one of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("locale {0:?} is not supported; these are: {known}", known = Locale::tags().collect::<Vec<_>>().join(", "))]
pub struct LocaleError(String);

#[derive(Debug)]
struct Habits {
    tag: &'static str,
    words: &'static Words,
    decimal: char,
    group: &'static str,
    grouping: Grouping,
    /// Between a share and its sign.
    percent: &'static str,
    date: DateOrder,
}

#[derive(Clone, Copy, Debug)]
enum Grouping {
    /// Threes.
    Thousands,
    /// Threes, from five digits on: 1234, 12 345.
    FromTenThousand,
    /// A three, then twos: 12,34,567.
    Lakhs,
}

#[derive(Clone, Copy, Debug)]
enum DateOrder {
    DayFirst(char),
    MonthFirst(char),
}

/// Keeps a number and what it counts on one line.
const NBSP: &str = "\u{a0}";

static LOCALES: [Habits; 13] = {
    use DateOrder::{DayFirst, MonthFirst};
    use Grouping::{FromTenThousand, Lakhs, Thousands};
    use words::{DE, EL, EN, ES, FR, IT, NL, PL};
    const THIN: &str = "\u{202f}";
    const fn habits(
        (tag, words): (&'static str, &'static Words),
        decimal: char,
        (group, grouping): (&'static str, Grouping),
        percent: &'static str,
        date: DateOrder,
    ) -> Habits {
        Habits { tag, words, decimal, group, grouping, percent, date }
    }
    [
        habits(("en-US", &EN), '.', (",", Thousands), "", MonthFirst('/')),
        habits(("en-GB", &EN), '.', (",", Thousands), "", DayFirst('/')),
        habits(("en-IE", &EN), '.', (",", Thousands), "", DayFirst('/')),
        habits(("en-IN", &EN), '.', (",", Lakhs), "", DayFirst('/')),
        habits(("de-DE", &DE), ',', (".", Thousands), NBSP, DayFirst('.')),
        habits(("de-AT", &DE), ',', (NBSP, Thousands), NBSP, DayFirst('.')),
        habits(("de-CH", &DE), '.', ("’", Thousands), "", DayFirst('.')),
        habits(("fr-FR", &FR), ',', (THIN, Thousands), THIN, DayFirst('/')),
        habits(("es-ES", &ES), ',', (".", FromTenThousand), NBSP, DayFirst('/')),
        habits(("it-IT", &IT), ',', (".", Thousands), "", DayFirst('/')),
        habits(("nl-NL", &NL), ',', (".", Thousands), "", DayFirst('-')),
        habits(("pl-PL", &PL), ',', (NBSP, FromTenThousand), "", DayFirst('.')),
        habits(("el-GR", &EL), ',', (".", Thousands), "", DayFirst('/')),
    ]
};

impl Locale {
    /// The locale of a BCP 47 tag such as `de-AT`; a language alone gets its first country, and so does a country
    /// we do not know.
    pub fn new(tag: &str) -> Result<Self, LocaleError> {
        let language = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let exact = LOCALES.iter().find(|habits| habits.tag.eq_ignore_ascii_case(&tag.replace('_', "-")));
        exact
            .or_else(|| LOCALES.iter().find(|habits| language(habits.tag) == language(tag)))
            .map(Self)
            .ok_or_else(|| LocaleError(tag.to_owned()))
    }

    /// The tags there are.
    pub fn tags() -> impl Iterator<Item = &'static str> {
        LOCALES.iter().map(|habits| habits.tag)
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        self.0.tag
    }

    pub(crate) fn words(self) -> &'static Words {
        self.0.words
    }

    /// A number with its groups, rounded for the eye to `decimals` (half away from zero) or as it is.
    pub(crate) fn number(self, number: Decimal, decimals: Option<u32>) -> String {
        let shown = match decimals {
            Some(digits) => {
                let rounded = number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
                format!("{rounded:.*}", digits as usize)
            }
            None => number.to_string(),
        };
        let (sign, digits) = shown.strip_prefix('-').map_or(("", shown.as_str()), |digits| ("-", digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        // "-0.00" would read as a loss of nothing.
        let sign = if digits.bytes().any(|b| matches!(b, b'1'..=b'9')) { sign } else { "" };
        let mut text = format!("{sign}{}", self.grouped(whole));
        if !fraction.is_empty() {
            text.push(self.0.decimal);
            text.push_str(fraction);
        }
        text
    }

    fn grouped(self, whole: &str) -> String {
        let apart = |from_right: usize| match self.0.grouping {
            Grouping::Thousands => from_right.is_multiple_of(3),
            Grouping::FromTenThousand => whole.len() > 4 && from_right.is_multiple_of(3),
            Grouping::Lakhs => from_right == 3 || (from_right > 3 && from_right % 2 == 1),
        };
        let mut text = String::with_capacity(whole.len() * 2);
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && apart(whole.len() - at) {
                text.push_str(self.0.group);
            }
            text.push(digit);
        }
        text
    }

    /// A share of one as percent.
    pub(crate) fn percent(self, share: Decimal, decimals: Option<u32>) -> String {
        match percent_points(share) {
            Some(points) => format!("{}{}%", self.number(points, decimals), self.0.percent),
            None => self.number(share, None), // beyond what can be multiplied; a row with it is refused before
        }
    }

    /// A day, in digits.
    pub(crate) fn date(self, date: civil::Date) -> String {
        let (day, month, year) = (date.day(), date.month(), date.year());
        match self.0.date {
            DateOrder::DayFirst(sep) => format!("{day:02}{sep}{month:02}{sep}{year:04}"),
            DateOrder::MonthFirst(sep) => format!("{month:02}{sep}{day:02}{sep}{year:04}"),
        }
    }

    /// An instant on the clocks of `zone`; with its offset in the hour that comes twice.
    pub(crate) fn timestamp(self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        let mut text = format!("{} {:02}:{:02}", self.date(local.date()), local.hour(), local.minute());
        if local.second() != 0 {
            text.push_str(&format!(":{:02}", local.second()));
        }
        if comes_twice(local.datetime(), zone) {
            text.push_str(&format!(" {}", local.strftime("%:z")));
        }
        text
    }

    /// A cell as people read it. Its unit is added only where the column's heading does not say it.
    pub(crate) fn cell(self, cell: &Cell<'_>, column: Option<&Column>, zone: &TimeZone) -> String {
        let decimals = column.and_then(|column| column.decimals);
        let with_unit = column.is_none_or(|column| column.kind.has_companion());
        match cell {
            Cell::Empty => "–".to_owned(),
            Cell::Text(text) => text.clone().into_owned(),
            Cell::Integer(number) => self.number(Decimal::from(*number), decimals),
            Cell::Decimal(number) => self.number(*number, decimals),
            Cell::Money(amount, currency) => {
                // A price may have more digits than its currency has coins, never fewer.
                let digits = decimals.unwrap_or_else(|| currency.exponent().max(amount.normalize().scale()));
                let number = self.number(*amount, Some(digits));
                if with_unit { format!("{number}{NBSP}{currency}") } else { number }
            }
            Cell::Percent(share) => self.percent(*share, decimals),
            Cell::Quantity(value, unit) => {
                let number = self.number(*value, decimals);
                if with_unit { format!("{number}{NBSP}{unit}") } else { number }
            }
            Cell::Date(date) => self.date(*date),
            Cell::Timestamp(at) => self.timestamp(*at, zone),
        }
    }
}

/// Whether the clocks of `zone` show this local time twice, at the end of summer time.
pub(crate) fn comes_twice(local: civil::DateTime, zone: &TimeZone) -> bool {
    matches!(zone.to_ambiguous_timestamp(local).offset(), AmbiguousOffset::Fold { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tag: &str, number: &str) -> String {
        Locale::new(tag).expect(tag).number(number.parse().expect("a decimal"), None)
    }

    #[test]
    fn numbers_are_grouped_as_each_country_does() {
        for (tag, number, text) in [
            ("en-US", "1234567.5", "1,234,567.5"),
            ("en-IN", "1234567.5", "12,34,567.5"),
            ("en-IN", "100000", "1,00,000"),
            ("en-IN", "999", "999"),
            ("de-DE", "-1234.50", "-1.234,50"),
            ("de-CH", "1234.5", "1’234.5"),
            ("pl-PL", "1234.5", "1234,5"),
            ("pl-PL", "12345.5", "12\u{a0}345,5"),
            ("fr-FR", "1234", "1\u{202f}234"),
            ("el-GR", "0.1", "0,1"),
            ("es-ES", "-9999", "-9999"),
        ] {
            assert_eq!(shown(tag, number), text, "{tag}");
        }
    }

    #[test]
    fn rounding_for_the_eye_never_shows_a_minus_zero() {
        let us = Locale::new("en-US").expect("a locale");
        let dec = |text: &str| text.parse::<Decimal>().expect("a decimal");
        assert_eq!(us.number(dec("-0.004"), Some(2)), "0.00");
        assert_eq!(us.number(dec("-0.005"), Some(2)), "-0.01");
        assert_eq!(us.number(dec("7"), Some(2)), "7.00");
        assert_eq!(us.number(Decimal::MIN, None), "-79,228,162,514,264,337,593,543,950,335");
    }

    #[test]
    fn a_tag_finds_its_language() {
        assert_eq!(Locale::new("DE").expect("German").tag(), "de-DE");
        assert_eq!(Locale::new("de_AT").expect("German").tag(), "de-AT");
        assert_eq!(Locale::new("fr-CA").expect("French").tag(), "fr-FR");
        let unknown = Locale::new("xx").expect_err("no such language").to_string();
        assert!(unknown.contains("\"xx\"") && unknown.contains("el-GR"), "{unknown}");
        assert!(Locale::new("").is_err());
    }

    #[test]
    fn the_hour_that_comes_twice_carries_its_offset() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let de = Locale::new("de-DE").expect("a locale");
        let show = |at: &str| de.timestamp(at.parse().expect("an instant"), &zone);
        assert_eq!(show("2026-10-25T00:30:00Z"), "25.10.2026 02:30 +02:00");
        assert_eq!(show("2026-10-25T01:30:00Z"), "25.10.2026 02:30 +01:00");
        assert_eq!(show("2026-10-25T02:30:05Z"), "25.10.2026 03:30:05");
        assert_eq!(show("2026-03-29T01:30:00Z"), "29.03.2026 03:30");
    }
}
