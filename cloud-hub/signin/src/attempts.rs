//! How fast codes may be guessed: five tries, then longer and longer waits.
//!
//! One [`Attempts`] a person and factor. A try is counted before the code is looked at ([`Attempts::take`]) and stored in
//! the same transaction that read the count, so that a thousand tries at once are a thousand tries. Whoever gets in has
//! none to their name afterwards.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Tries without a wait.
pub const FREE: u32 = 5;
/// The wait after the last free one; it doubles with each further try.
pub const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait. A code of six digits, of which two are good at a time, then falls to one guesser in a year of trying
/// with a chance of 1.7 %, and everybody else is locked out for an hour at the most.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// The tries of one person at one factor since they last got in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    tries: u32,
    last: Option<Timestamp>,
}

/// Too many tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong codes; the next try is at {until}")]
pub struct Wait {
    /// When the next try is open.
    pub until: Timestamp,
}

impl Attempts {
    /// One more try at `now`: the count to store before the code is verified. After a right code store
    /// [`Attempts::default`].
    pub fn take(self, now: Timestamp) -> Result<Self, Wait> {
        if let Some(until) = self.open_at(now)
            && now < until
        {
            return Err(Wait { until });
        }
        Ok(Self { tries: self.tries.saturating_add(1), last: Some(now) })
    }

    /// Tries since the last right code.
    pub fn tries(self) -> u32 {
        self.tries
    }

    fn open_at(self, now: Timestamp) -> Option<Timestamp> {
        let last = self.last?;
        let beyond = self.tries.checked_sub(FREE)?;
        let doubled = FIRST_WAIT.as_secs().saturating_mul(1_i64.checked_shl(beyond.min(40)).unwrap_or(i64::MAX));
        let wait = SignedDuration::from_secs(doubled.min(LONGEST_WAIT.as_secs()));
        // A clock that was far ahead when the last try was counted must not lock anybody out until it is right again.
        if last.duration_since(now) > wait {
            return None;
        }
        Some(last.checked_add(wait).unwrap_or(Timestamp::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    #[test]
    fn five_tries_are_free_and_then_the_waits_double_to_an_hour() {
        let mut attempts = Attempts::default();
        for _ in 0..5 {
            attempts = attempts.take(at(0)).expect("free");
        }
        let (mut now, mut waits) = (0, Vec::new());
        for _ in 0..10 {
            let Wait { until } = attempts.take(at(now)).expect_err("must wait");
            waits.push(until.as_second() - at(now).as_second());
            now = until.as_second() - at(0).as_second();
            assert_eq!(attempts.take(at(now - 1)), Err(Wait { until }));
            attempts = attempts.take(at(now)).expect("waited");
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    }

    #[test]
    fn guessing_a_whole_year_finds_a_code_in_less_than_two_cases_of_a_hundred() {
        let (mut attempts, mut now, mut tries) = (Attempts::default(), at(0), 0);
        let end = at(365 * 86_400);
        while now < end {
            match attempts.take(now) {
                Ok(next) => (attempts, tries) = (next, tries + 1),
                Err(Wait { until }) => {
                    assert!(until > now, "a wait that never ends");
                    now = until;
                }
            }
        }
        let found = 1.0 - (1.0_f64 - 2e-6).powi(tries);
        assert!((0.017..0.018).contains(&found), "{tries} tries, {found}");
    }

    #[test]
    fn a_clock_set_back_neither_opens_the_door_nor_locks_it_for_years() {
        let mut attempts = Attempts::default();
        for _ in 0..5 {
            attempts = attempts.take(at(0)).expect("free");
        }
        // A second server, a second behind, is no second chance.
        assert!(attempts.take(at(-1)).is_err());
        assert!(attempts.take(at(-29)).is_err());
        // Ten years behind: the clock was wrong then.
        assert!(attempts.take(at(-315_360_000)).is_ok());
    }

    #[test]
    fn a_count_beyond_all_bounds_is_an_hour() {
        let attempts: Attempts =
            serde_json::from_str(r#"{"tries":4294967295,"last":"2027-01-15T08:00:00Z"}"#).expect("a count");
        let wait = attempts.take(at(0)).expect_err("waits");
        assert_eq!(wait.until, at(3600));
    }
}
