//! Sums of instants and durations that end at the ends of time instead of panicking.

use jiff::{SignedDuration, Timestamp};

/// `at + by`, or the last (first) instant there is.
pub(crate) fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// `at - by`, or the first (last) instant there is.
pub(crate) fn before(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(if by.is_negative() { Timestamp::MAX } else { Timestamp::MIN })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_ends_instead_of_panicking() {
        assert_eq!(after(Timestamp::MAX, SignedDuration::MAX), Timestamp::MAX);
        assert_eq!(after(Timestamp::MIN, SignedDuration::MIN), Timestamp::MIN);
        assert_eq!(before(Timestamp::MIN, SignedDuration::MAX), Timestamp::MIN);
        assert_eq!(before(Timestamp::MAX, SignedDuration::MIN), Timestamp::MAX);
        assert_eq!(after(Timestamp::UNIX_EPOCH, SignedDuration::from_secs(1)).as_second(), 1);
        assert_eq!(before(Timestamp::UNIX_EPOCH, SignedDuration::from_secs(1)).as_second(), -1);
    }
}
