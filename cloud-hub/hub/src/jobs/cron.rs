//! When a schedule fires: a cron pattern read on the clock of an IANA zone.
//!
//! A pattern that names hours fires once a day it names, also when that reading of the clock is skipped in spring (then at
//! the first instant after the gap) or comes twice in autumn (then at the first of the two). A pattern for every hour or
//! every few minutes goes on through both.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What is wrong with a schedule's time.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// Not a pattern.
    #[error("{0:?} is not a cron pattern of five fields such as 30 6 * * MON-FRI: {1}")]
    Pattern(String, String),
    /// Not a zone.
    #[error("{0:?} is not an IANA time zone such as Europe/London")]
    Zone(String),
    /// A pattern that never comes.
    #[error("{0:?} never comes")]
    Never(String),
}

/// A pattern in its zone.
#[derive(Clone, Debug)]
pub struct Pattern {
    cron: Cron,
    zone: TimeZone,
}

impl Pattern {
    /// Reads a pattern of five fields (minute, hour, day of month, month, day of week) in an IANA zone.
    pub fn new(pattern: &str, zone: &str) -> Result<Self, PatternError> {
        let wrong = |why: String| PatternError::Pattern(pattern.to_owned(), why);
        if pattern.len() > 200 {
            return Err(wrong("it is longer than 200 characters".to_owned()));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(pattern).map_err(|error| wrong(error.to_string()))?;
        let zone = TimeZone::get(zone).map_err(|_| PatternError::Zone(zone.to_owned()))?;
        Ok(Self { cron, zone })
    }

    /// The first planned instant after `after`; `None` when there is none.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let start = after.to_zoned(self.zone.clone());
        self.cron.find_next_occurrence(&start, false).ok().map(|next| next.timestamp()).filter(|next| *next > after)
    }

    /// The next few planned instants.
    pub fn preview(&self, after: Timestamp, count: usize) -> Vec<Timestamp> {
        std::iter::successors(self.next(after), |last| self.next(*last)).take(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn next(pattern: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let pattern = Pattern::new(pattern, zone).expect("a pattern");
        pattern.preview(at(after), count).iter().map(Timestamp::to_string).collect()
    }

    #[test]
    fn a_skipped_reading_of_the_clock_fires_once_after_the_gap() {
        // 2026-03-29 01:00 → 02:00 in London, 02:00 → 03:00 in Berlin; 2026-03-08 02:00 → 03:00 in New York.
        let london = next("30 1 * * *", "Europe/London", "2026-03-28T12:00:00Z", 2);
        assert_eq!(london, ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
        let berlin = next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2);
        assert_eq!(berlin, ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
        let york = next("15 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", 2);
        assert_eq!(york, ["2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z"]);
    }

    #[test]
    fn a_repeated_reading_of_the_clock_fires_once() {
        let london = next("30 1 * * *", "Europe/London", "2026-10-24T12:00:00Z", 2);
        assert_eq!(london, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
        let york = next("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", 2);
        assert_eq!(york, ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]);
        // Lord Howe moves by half an hour, from 02:00 back to 01:30.
        let howe = next("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T03:00:00Z", 2);
        assert_eq!(howe, ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]);
    }

    #[test]
    fn six_in_the_morning_is_six_on_every_day_of_two_years_in_three_zones() {
        for zone in ["Europe/London", "America/New_York", "Asia/Kolkata"] {
            let (pattern, place) = (Pattern::new("0 6 * * *", zone).expect("one"), TimeZone::get(zone).expect("one"));
            let days = pattern.preview(at("2026-01-01T00:00:00Z"), 730);
            assert_eq!(days.len(), 730);
            for pair in days.windows(2) {
                let (one, two) = (pair[0].to_zoned(place.clone()), pair[1].to_zoned(place.clone()));
                assert_eq!((one.hour(), one.minute(), one.date().tomorrow().expect("a day")), (6, 0, two.date()));
            }
        }
    }

    #[test]
    fn every_quarter_of_an_hour_goes_on_through_both_changes() {
        for start in ["2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"] {
            let pattern = Pattern::new("*/15 * * * *", "Europe/London").expect("a pattern");
            for pair in pattern.preview(at(start), 20).windows(2) {
                assert_eq!(pair[1].duration_since(pair[0]).as_secs(), 900);
            }
        }
    }

    #[test]
    fn what_is_no_pattern_or_no_zone_is_named() {
        for bad in ["", "* * * *", "60 * * * *", "0 6 * * MON-XXX", "* * * * * *", &"1,".repeat(200)] {
            let text = Pattern::new(bad, "Europe/London").expect_err(bad).to_string();
            assert!(text.contains("not a cron pattern"), "{text}");
        }
        assert!(
            Pattern::new("0 6 * * *", "Europe/Nowhere").expect_err("a zone").to_string().contains("Europe/Nowhere")
        );
        assert_eq!(Pattern::new("0 0 30 2 *", "UTC").expect("a pattern").next(at("2026-01-01T00:00:00Z")), None);
    }
}
