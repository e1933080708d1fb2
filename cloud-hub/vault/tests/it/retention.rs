//! How long what is kept.

use std::time::Duration;

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use vyavs_vault::retention::{Action, Class, Country, Facts, Hold, Period, Policy, PolicyError, Verdict, law};

use crate::support::{at, now};

const COUNTRIES: [Country; 6] = [Country::De, Country::At, Country::Fr, Country::Gb, Country::In, Country::Other];

fn berlin(country: Country) -> Policy {
    Policy::new(country, TimeZone::get("Europe/Berlin").expect("known"))
}

fn ended(at: &str) -> Facts {
    Facts { ended: Some(crate::support::at(at)), ..Facts::at(crate::support::at("2026-01-01T10:00:00Z")) }
}

fn since(verdict: &Verdict) -> Option<jiff::civil::Date> {
    match verdict {
        Verdict::Due { since, .. } => Some(*since),
        _ => None,
    }
}

#[test]
fn the_books_are_kept_as_long_as_each_law_wants() {
    let sale = Facts::at(at("2026-03-05T11:00:00Z"));
    for (country, class, last_kept, first_due) in [
        (Country::De, Class::SalesLines, "2036-12-31T22:59:59Z", "2036-12-31T23:00:00Z"),
        (Country::De, Class::Receipts, "2034-12-31T22:59:59Z", "2034-12-31T23:00:00Z"),
        (Country::At, Class::Receipts, "2033-12-31T22:59:59Z", "2033-12-31T23:00:00Z"),
        (Country::Fr, Class::SalesLines, "2036-12-31T22:59:59Z", "2036-12-31T23:00:00Z"),
        (Country::Gb, Class::SalesLines, "2032-03-04T22:59:59Z", "2032-03-04T23:00:00Z"),
        (Country::In, Class::SalesLines, "2033-12-31T22:59:59Z", "2033-12-31T23:00:00Z"),
        (Country::of("XX"), Class::SalesLines, "2036-12-31T22:59:59Z", "2036-12-31T23:00:00Z"),
    ] {
        let policy = berlin(country);
        let kept = policy.due(class, &sale, at(last_kept));
        assert!(matches!(kept, Verdict::Keep { .. }), "{country} {class:?}: {kept:?}");
        let due = policy.due(class, &sale, at(first_due));
        assert!(matches!(due, Verdict::Due { action: Action::Delete, .. }), "{country} {class:?}: {due:?}");
    }
}

#[test]
fn the_operator_goes_and_the_receipt_stays() {
    let policy = berlin(Country::De);
    let receipt = Facts::at(at("2026-01-31T11:00:00Z"));
    let later = at("2026-07-31T11:00:00Z");
    let Verdict::Due { action, since, why } = policy.due(Class::ReceiptOperators, &receipt, later) else {
        panic!("six months are over")
    };
    assert_eq!((action, since), (Action::RemoveOperator, date(2026, 7, 31)));
    assert_eq!(why, "The operator of a receipt of 2026-01-31 was kept for 6 months; that ended on 2026-07-31");
    assert!(matches!(policy.due(Class::Receipts, &receipt, later), Verdict::Keep { .. }));
}

#[test]
fn what_is_held_open_or_not_yet_rolled_up_stays_whatever_its_age() {
    let policy = berlin(Country::De);
    let old = Facts::at(at("1999-01-01T00:00:00Z"));
    for hold in [Hold::Proceedings, Hold::TaxAudit, Hold::OpenCase] {
        for class in Class::ALL {
            let facts = Facts { hold: Some(hold), ended: Some(old.at), ..old };
            let verdict = policy.due(class, &facts, now());
            assert!(matches!(verdict, Verdict::Held { .. }), "{class:?} {hold:?}: {verdict:?}");
        }
    }
    for class in Class::ALL {
        let (open, raw) = (policy.due(class, &old, now()), Facts { rolled_up: false, ended: Some(old.at), ..old });
        let ends = matches!(class, Class::Sessions | Class::CasesUpheld | Class::CasesDismissed);
        assert_eq!(matches!(open, Verdict::Held { .. }), ends, "{class:?}: {open:?}");
        let rolls = matches!(class, Class::TelemetryRaw | Class::TelemetryMinutes | Class::TelemetryHours);
        let raw = policy.due(class, &raw, now());
        assert_eq!(matches!(raw, Verdict::Held { .. }), rolls, "{class:?}: {raw:?}");
    }
}

#[test]
fn sessions_and_cases_count_from_their_end() {
    let policy = berlin(Country::De);
    for (class, first) in [
        (Class::Sessions, date(2026, 8, 31)),
        (Class::CasesDismissed, date(2026, 8, 31)),
        (Class::CasesUpheld, date(2030, 1, 1)),
    ] {
        let verdict = policy.due(class, &ended("2026-06-02T10:00:00Z"), at("2040-01-01T00:00:00Z"));
        assert_eq!(since(&verdict), Some(first), "{class:?}: {verdict:?}");
    }
}

#[test]
fn a_period_outside_the_bounds_is_refused_in_a_sentence() {
    let mut policy = berlin(Country::De);
    let error = policy.set(Class::Receipts, Period::CalendarYears(7)).expect_err("too short");
    assert_eq!(
        error.to_string(),
        "receipts: 7 calendar years is too short. a receipt of 2024-01-01 would be dropped on 2032-01-01, and has to be \
         kept until 2033-01-01 (§ 147(1) no. 4, (3), (4) AO as of 2025: vouchers, eight years from the year's end)"
    );
    let error = policy.set(Class::Exports, Period::Months(1)).expect_err("31 days in some months");
    assert!(matches!(error, PolicyError::TooLong { most: Period::Days(30), .. }), "{error}");
    assert_eq!(policy.period(Class::Receipts), Period::CalendarYears(8), "as before");
    assert_eq!(policy.period(Class::Exports), Period::Days(7), "as before");

    policy.set(Class::Receipts, Period::CalendarYears(9)).expect("within the bounds");
    policy.set(Class::TelemetryRaw, Period::Days(1)).expect("within the bounds");
    policy.set(Class::Exports, Period::Days(30)).expect("within the bounds");
    assert_eq!(
        policy.explain(Class::Receipts),
        "A receipt is deleted 9 calendar years after the day it is of (settled by you). In Germany it is kept for at \
         least 8 calendar years (§ 147(1) no. 4, (3), (4) AO as of 2025: vouchers, eight years from the year's end). At \
         most 15 calendar years can be settled (our limit: Art. 5(1)(e) GDPR, no longer than the purpose needs)."
    );
}

/// The defaults themselves, in each country, and each name.
#[test]
fn every_default_lies_within_its_bounds_and_every_class_has_its_name() {
    for country in COUNTRIES {
        for class in Class::ALL {
            let mut policy = berlin(country);
            let default = law::rule(country, class).default;
            assert_eq!(policy.period(class), default);
            policy.set(class, default).unwrap_or_else(|error| panic!("{country}: {error}"));
            assert!(policy.explain(class).contains(&default.to_string()));
        }
    }
    for class in Class::ALL {
        assert_eq!(Class::named(class.name()), Some(class));
    }
    assert_eq!(Class::named("everything"), None);
}

fn period() -> impl Strategy<Value = Period> {
    prop_oneof![
        (1..2000_u16).prop_map(Period::Days),
        (1..200_u16).prop_map(Period::Months),
        (1..15_u8).prop_map(Period::CalendarYears),
    ]
}

proptest! {
    /// One row asked, and the table cleared: the same answer, in any zone and on days of 23 and 25 hours.
    #[test]
    fn a_row_and_its_table_agree(
        period in period(),
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/Havana", "America/Santiago", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]),
        // 2000 to 2040, to the second, and near the cut-off.
        now in 946_684_800_i64..2_208_988_800,
        age in 0..500_000_000_i64,
        near in -200_000..200_000_i64,
    ) {
        let mut policy = Policy::new(Country::Other, TimeZone::get(zone).expect("known"));
        policy.set(Class::TelemetryRaw, period).expect("without bounds");
        let now = Timestamp::from_second(now).expect("in range");
        let cutoff = policy.cutoff(Class::TelemetryRaw, now);
        for at in [now - SignedDuration::from_secs(age), cutoff + SignedDuration::from_secs(near), cutoff, cutoff - Duration::from_nanos(1)] {
            let verdict = policy.due(Class::TelemetryRaw, &Facts::at(at), now);
            prop_assert_eq!(matches!(verdict, Verdict::Due { .. }), at < cutoff, "{} in {}: {:?}, cut-off {}", at, zone, verdict, cutoff);
        }
    }

    /// Whatever a tenant settles and is allowed: nothing goes before the law lets it.
    #[test]
    fn nothing_goes_before_its_floor(period in period(), days in 0..20_000_i64, class in prop::sample::select(Class::ALL.to_vec()), country in prop::sample::select(COUNTRIES.to_vec())) {
        let mut policy = Policy::new(country, TimeZone::UTC);
        let settled = policy.set(class, period);
        let rule = law::rule(country, class);
        let day = date(2000, 1, 1).saturating_add(jiff::Span::new().days(days));
        if let (Ok(()), Some(floor)) = (&settled, rule.floor) {
            prop_assert!(policy.period(class).end(day) >= floor.period.end(day));
        }
        if let (Ok(()), Some(ceiling)) = (&settled, rule.ceiling) {
            prop_assert!(policy.period(class).end(day) <= ceiling.period.end(day));
        }
        if settled.is_err() {
            prop_assert_eq!(policy.period(class), rule.default);
        }
    }
}
