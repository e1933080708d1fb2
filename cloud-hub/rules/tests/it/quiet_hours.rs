//! Quiet hours by the clock on the wall, also on the nights on which it leaps.

use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use vyavs_rules::route::Quiet;

fn quiet(from: Time, to: Time) -> Quiet {
    Quiet { from, to, critical_passes: false }
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone")
}

fn over(quiet: Quiet, zone_name: &str, at: &str) -> String {
    let at: Timestamp = at.parse().expect("a time");
    quiet.over(at, &zone(zone_name)).to_string()
}

#[test]
fn a_night_ends_in_the_morning_and_the_day_is_not_quiet() {
    let night = quiet(time(22, 0, 0, 0), time(7, 0, 0, 0));
    for (at, end) in [
        ("2026-01-10T21:59:59+01:00", "2026-01-10T20:59:59Z"),
        ("2026-01-10T22:00:00+01:00", "2026-01-11T06:00:00Z"),
        ("2026-01-11T06:59:59+01:00", "2026-01-11T06:00:00Z"),
        ("2026-01-11T07:00:00+01:00", "2026-01-11T06:00:00Z"),
    ] {
        assert_eq!(over(night, "Europe/Berlin", at), end, "{at}");
    }
    let noon = quiet(time(12, 0, 0, 0), time(13, 0, 0, 0));
    assert_eq!(over(noon, "Europe/Berlin", "2026-01-10T12:30:00+01:00"), "2026-01-10T12:00:00Z");
    assert_eq!(over(noon, "Europe/Berlin", "2026-01-10T13:00:00+01:00"), "2026-01-10T12:00:00Z");
}

#[test]
fn a_night_over_the_leap_ends_by_the_wall_clock() {
    let night = quiet(time(22, 0, 0, 0), time(7, 0, 0, 0));
    // Germany: an hour is missing on 2026-03-29 and is there twice on 2026-10-25.
    assert_eq!(over(night, "Europe/Berlin", "2026-03-28T23:00:00+01:00"), "2026-03-29T05:00:00Z");
    assert_eq!(over(night, "Europe/Berlin", "2026-10-24T23:00:00+02:00"), "2026-10-25T06:00:00Z");
}

#[test]
fn an_end_that_the_clock_leaps_over_is_the_leap() {
    let night = quiet(time(22, 0, 0, 0), time(2, 30, 0, 0));
    assert_eq!(over(night, "Europe/Berlin", "2026-03-29T01:59:00+01:00"), "2026-03-29T01:00:00Z");
}

#[test]
fn an_end_that_the_clock_shows_twice_is_the_first_and_the_second_time_round_is_quiet_again() {
    let night = quiet(time(22, 0, 0, 0), time(2, 30, 0, 0));
    assert_eq!(over(night, "Europe/Berlin", "2026-10-25T02:10:00+02:00"), "2026-10-25T00:30:00Z");
    // 02:10 comes again at 01:10 UTC.
    assert_eq!(over(night, "Europe/Berlin", "2026-10-25T02:10:00+01:00"), "2026-10-25T01:30:00Z");
}

#[test]
fn the_end_of_time_is_told_at_once() {
    let always = quiet(time(0, 0, 0, 0), time(23, 59, 59, 999_999_999));
    assert_eq!(always.over(Timestamp::MAX, &TimeZone::UTC), Timestamp::MAX);
    assert!(always.over(Timestamp::MIN, &TimeZone::UTC) > Timestamp::MIN);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// The first minute that is not quiet, as one finds it by looking at the clock every minute.
    #[test]
    fn quiet_ends_when_a_watcher_of_the_clock_says_so(
        place in prop::sample::select(vec![
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo",
        ]),
        from in 0..1440_i32,
        to in 0..1440_i32,
        // Around the leaps of spring and autumn, and anywhere.
        start in prop_oneof![
            1_774_700_000..1_774_800_000_i64, 1_792_800_000..1_792_980_000_i64, 1_772_900_000..1_773_100_000_i64,
            1_793_300_000..1_793_600_000_i64, 1_775_200_000..1_775_400_000_i64, 1_790_900_000..1_791_200_000_i64,
            1_760_000_000..1_800_000_000_i64,
        ],
    ) {
        prop_assume!(from != to);
        let clock = |minutes: i32| time((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
        let (quiet, zone) = (quiet(clock(from), clock(to)), zone(place));
        let start = Timestamp::from_second(start / 60 * 60).expect("a time");
        let mut watched = start;
        while quiet.is_quiet(watched, &zone) {
            watched += SignedDuration::from_mins(1);
        }
        prop_assert_eq!(quiet.over(start, &zone), watched);
    }
}
