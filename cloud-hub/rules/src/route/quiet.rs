//! Hours in which nobody wants to be told, by the clock on the shop's wall.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::span;

/// From a time of day up to another, over midnight where `to` is the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// The first minute of quiet.
    pub from: Time,
    /// The first minute after it.
    pub to: Time,
    /// Whether what is critical is told at once all the same.
    #[serde(default)]
    pub critical_passes: bool,
}

impl Quiet {
    /// Whether the clock on the wall says so.
    pub fn is_quiet(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let time = zone.to_datetime(at).time();
        if self.from <= self.to { time >= self.from && time < self.to } else { time >= self.from || time < self.to }
    }

    /// The first instant from `at` on that is not quiet.
    ///
    /// Quiet ends where the wall clock shows `to`, or where it leaps over it. It may show it twice, and it may fall back
    /// into quiet after it left it; so every instant at which it can end is looked at, and the first that is not quiet
    /// is taken.
    pub fn over(&self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        if !self.is_quiet(at, zone) {
            return at;
        }
        let mut ends = Vec::new();
        let last = span::after(at, SignedDuration::from_hours(72));
        let mut day = zone.to_datetime(at).date();
        for _ in 0..3 {
            let shown = zone.to_ambiguous_timestamp(day.to_datetime(self.to));
            ends.extend(shown.earlier());
            ends.extend(shown.later());
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        ends.extend(zone.following(at).map(|leap| leap.timestamp()).take_while(|leap| *leap <= last));
        ends.retain(|end| *end > at && !self.is_quiet(*end, zone));
        // Without an end (at the end of time) it is better told than not.
        ends.into_iter().min().unwrap_or(at)
    }
}
