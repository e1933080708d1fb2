//! Who comes in, and when: by the hour, the weekday and the season.

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use vyavs_domain::time::{BusinessDay, StoreTime};

use crate::dice::Dice;
use crate::spec::StoreSpec;

/// How the day's shoppers spread over the hours, were the shop always open.
const HOURS: [f64; 24] = [
    0.10, 0.07, 0.05, 0.05, 0.08, 0.15, 0.35, 0.65, 0.85, 0.80, 0.85, 1.00, 1.30, 1.15, 0.90, 0.95, 1.20, 1.60, 1.65,
    1.25, 0.85, 0.55, 0.30, 0.18,
];

/// One person through the door.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// When the person comes in: what the footfall counter counts.
    pub enters: Timestamp,
    /// How long until the person stands at a till.
    pub shops_for: SignedDuration,
    /// Whether the person buys at all.
    pub buys: bool,
}

impl Visit {
    /// When the person is out again; at the till it takes a minute and a half.
    pub fn leaves(&self) -> Timestamp {
        let at_the_till = SignedDuration::from_secs(if self.buys { 90 } else { 0 });
        self.enters.saturating_add(self.shops_for + at_the_till).unwrap_or(Timestamp::MAX)
    }
}

/// A day's visits, by the time people come in.
/// `footfall` is the share of the usual that the day's weather leaves.
pub(crate) fn visits(dice: Dice, spec: &StoreSpec, time: &StoreTime, day: BusinessDay, footfall: f64) -> Vec<Visit> {
    let number = crate::world::day_number(day.0);
    let mut rng = dice.part("visits").at(number).stream();
    let buyers =
        f64::from(spec.receipts_per_day) * weekday(spec, day) * season(day) * (1.0 + 0.07 * dice.at(number).bell());
    let buyers = buyers * footfall;
    let hours: Vec<(i64, f64)> =
        (0..24_i64).map(|hour| (hour, open_share(spec, hour) * HOURS[hour as usize])).collect();
    let whole: f64 = hours.iter().map(|(_, weight)| weight).sum();
    // One person in six only looks.
    let people = (buyers.max(0.0) * 1.2).round() as usize;
    let mut visits: Vec<Visit> = (0..people)
        .map(|_| {
            let mut draw = rng.random_range(0.0..whole);
            let drawn = hours.iter().find(|(_, weight)| {
                draw -= weight;
                draw < 0.0
            });
            let hour = drawn.map_or(12, |(hour, _)| *hour);
            let second = rng.random_range(0..3_600_i64);
            let enters = instant(time, day, hour, second);
            let shops_for = SignedDuration::from_secs(rng.random_range(90..1_200));
            Visit { enters, shops_for, buys: rng.random_bool(1.0 / 1.2) }
        })
        .collect();
    visits.sort_by_key(|visit| visit.enters);
    visits
}

/// A local time of a business day; hours before the day's start belong to the next date.
pub(crate) fn instant(time: &StoreTime, day: BusinessDay, hour: i64, second: i64) -> Timestamp {
    let (from, to) = time.span(day);
    let local = |date: jiff::civil::Date| {
        let clock = jiff::civil::time(hour.clamp(0, 23) as i8, (second / 60) as i8, (second % 60) as i8, 0);
        time.instant(date.to_datetime(clock))
    };
    let at = local(day.0);
    let at = if at < from { local(day.0.tomorrow().unwrap_or(day.0)) } else { at };
    at.clamp(from, to - SignedDuration::from_secs(1))
}

/// When the doors first open on a business day, and when they last close.
pub(crate) fn opening(spec: &StoreSpec, time: &StoreTime, day: BusinessDay) -> (Timestamp, Timestamp) {
    let hours = (0..24_i64).filter(|hour| is_open(spec, *hour));
    let (mut opens, mut closes) = (Timestamp::MAX, Timestamp::MIN);
    for hour in hours {
        opens = opens.min(instant(time, day, hour, 0));
        closes = closes.max(instant(time, day, hour, 3_599) + SignedDuration::from_secs(1));
    }
    (opens, closes)
}

/// Whether the doors are open in a local hour.
pub(crate) fn is_open(spec: &StoreSpec, hour: i64) -> bool {
    (i64::from(spec.opens)..i64::from(spec.closes)).contains(&hour)
}

fn open_share(spec: &StoreSpec, hour: i64) -> f64 {
    // In the last hour people come for half of it, so that the tills are done at closing.
    match (is_open(spec, hour), hour + 1 == i64::from(spec.closes) && spec.closes < 24) {
        (false, _) => 0.0,
        (true, true) => 0.4,
        (true, false) => 1.0,
    }
}

fn weekday(spec: &StoreSpec, day: BusinessDay) -> f64 {
    spec.weekdays[day.0.weekday().to_monday_zero_offset() as usize]
}

fn season(day: BusinessDay) -> f64 {
    const MONTHS: [f64; 12] = [0.92, 0.94, 0.97, 1.0, 1.02, 1.02, 1.0, 0.97, 1.0, 1.01, 1.04, 1.12];
    MONTHS[(day.0.month() - 1) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(spec: &StoreSpec, day: &str) -> Vec<Visit> {
        visits(Dice::new(5), spec, &spec.check().expect("a store"), day.parse().expect("a date"), 1.0)
    }

    #[test]
    fn people_come_while_the_doors_are_open_and_more_on_saturday() {
        let spec = StoreSpec::default();
        let time = spec.check().expect("a store");
        let (tuesday, saturday) = (count(&spec, "2026-03-03"), count(&spec, "2026-03-07"));
        assert!(saturday.len() as f64 > 1.15 * tuesday.len() as f64, "{} {}", saturday.len(), tuesday.len());
        assert!(tuesday.iter().all(|visit| (7..22).contains(&time.local(visit.enters).hour())));
        let evening = tuesday.iter().filter(|visit| (17..19).contains(&time.local(visit.enters).hour())).count();
        let morning = tuesday.iter().filter(|visit| (7..9).contains(&time.local(visit.enters).hour())).count();
        assert!(evening > morning);
    }

    #[test]
    fn a_shop_that_never_closes_has_its_small_hours_in_the_day_before() {
        let spec = StoreSpec { opens: 0, closes: 24, receipts_per_day: 3_000, ..StoreSpec::default() };
        let time = spec.check().expect("a store");
        // Spring forward, fall back, and an ordinary day.
        for day in ["2026-03-28", "2026-10-24", "2026-06-10"] {
            let visits = count(&spec, day);
            assert!(visits.iter().all(|visit| time.business_day(visit.enters).to_string() == day), "{day}");
            assert!(visits.iter().any(|visit| time.local(visit.enters).hour() == 3));
        }
    }
}
