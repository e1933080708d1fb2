//! What a tenant has settled, within the bounds.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::law::{Bound, Country, rule};
use super::{Class, Facts, Hold, Period, Verdict};

/// Farther back than any period reaches.
const FAR_DAYS: i32 = 366 * 110;

/// A period outside its bounds; the policy stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Shorter than the law wants.
    #[error(
        "{name}: {wanted} is too short. {words} of {day} would be dropped on {early}, and has to be kept until {late} ({law})"
    )]
    TooShort {
        /// The class.
        name: &'static str,
        /// One of it, in words.
        words: &'static str,
        /// What was asked for.
        wanted: Period,
        /// A day that shows it.
        day: Date,
        /// When it would go.
        early: Date,
        /// When it may go.
        late: Date,
        /// Which law.
        law: &'static str,
    },
    /// Longer than is allowed.
    #[error("{name}: {wanted} is too long; at most {most} ({by})")]
    TooLong {
        /// The class.
        name: &'static str,
        /// What was asked for.
        wanted: Period,
        /// The ceiling.
        most: Period,
        /// Whose decision.
        by: &'static str,
    },
}

/// How long a tenant keeps what.
#[derive(Clone, Debug)]
pub struct Policy {
    country: Country,
    zone: TimeZone,
    own: BTreeMap<Class, Period>,
}

impl Policy {
    /// The defaults for a country; days are those of `zone`.
    pub fn new(country: Country, zone: TimeZone) -> Self {
        Self { country, zone, own: BTreeMap::new() }
    }

    /// Settles a period of the tenant's own; refused outside the bounds, with the reason.
    pub fn set(&mut self, class: Class, period: Period) -> Result<(), PolicyError> {
        let bounds = rule(self.country, class);
        let name = class.name();
        if let Some(Bound { period: least, source }) = bounds.floor
            && let Some(day) = period.shorter_on(least)
        {
            let (early, late, words) = (period.end(day), least.end(day), class.words());
            return Err(PolicyError::TooShort { name, words, wanted: period, day, early, late, law: source });
        }
        if let Some(Bound { period: most, source }) = bounds.ceiling
            && most.shorter_on(period).is_some()
        {
            return Err(PolicyError::TooLong { name, wanted: period, most, by: source });
        }
        self.own.insert(class, period);
        Ok(())
    }

    /// How long a class is kept.
    pub fn period(&self, class: Class) -> Period {
        self.own.get(&class).copied().unwrap_or_else(|| rule(self.country, class).default)
    }

    /// What holds for a class, in sentences for people.
    pub fn explain(&self, class: Class) -> String {
        let (bounds, period) = (rule(self.country, class), self.period(class));
        let from = if class.ends() { "its end" } else { "the day it is of" };
        let whose = if self.own.contains_key(&class) { "settled by you" } else { "the default" };
        let verb = if class == Class::ReceiptOperators { "removed" } else { "deleted" };
        let mut text = format!("{} is {verb} {period} after {from} ({whose}).", capitalized(class.words()));
        if let Some(Bound { period, source }) = bounds.floor {
            text += &format!(" In {} it is kept for at least {period} ({source}).", self.country);
        }
        if let Some(Bound { period, source }) = bounds.ceiling {
            text += &format!(" At most {period} can be settled ({source}).");
        }
        text
    }

    /// What is to happen to a row today.
    pub fn due(&self, class: Class, facts: &Facts, now: Timestamp) -> Verdict {
        let held = |why: &str| Verdict::Held { why: format!("{}: {why}", capitalized(class.words())) };
        match facts.hold {
            Some(Hold::Proceedings) => return held("kept for court proceedings, whatever its age"),
            Some(Hold::TaxAudit) => return held("kept for a tax audit, whatever its age"),
            Some(Hold::OpenCase) => return held("kept for a case that is still open, whatever its age"),
            None => {}
        }
        let from = match facts.ended {
            Some(ended) if class.ends() => ended,
            None if class.ends() => return held("it has not ended, so its time has not begun"),
            _ => facts.at,
        };
        let period = self.period(class);
        let day = self.day(from);
        let until = period.end(day);
        if self.day(now) < until {
            let why = format!("{} of {day} is kept for {period}, until {until}", capitalized(class.words()));
            return Verdict::Keep { until, why };
        }
        if class.is_rolled_up() && !facts.rolled_up {
            return held("its time is over, but the next coarser level does not hold it yet");
        }
        let why = format!("{} of {day} was kept for {period}; that ended on {until}", capitalized(class.words()));
        Verdict::Due { action: class.action(), since: until, why }
    }

    /// The first instant of which something is still kept today: what happened (or ended) before it is due, unless held.
    /// For the one statement that clears a table.
    pub fn cutoff(&self, class: Class, now: Timestamp) -> Timestamp {
        let (period, today) = (self.period(class), self.day(now));
        // The ends of two days never come in another order than the days, so the first kept day is found by halving.
        let back = |days: i32| today.saturating_sub(days.days());
        let (mut kept, mut due) = (0, FAR_DAYS);
        if period.end(back(due)) > today {
            return Timestamp::MIN;
        }
        while due - kept > 1 {
            let middle = kept + (due - kept) / 2;
            if period.end(back(middle)) <= today { due = middle } else { kept = middle }
        }
        self.zone
            .to_ambiguous_zoned(back(kept).at(0, 0, 0, 0))
            .compatible()
            .map_or(Timestamp::MIN, |midnight| midnight.timestamp())
    }

    fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }
}

fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
