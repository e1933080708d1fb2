//! An episode: something is wrong from one instant to another.

/// The longest a single step between two samples may count, µs: five minutes.
pub const MAX_STEP_US: i64 = 300_000_000;

/// One time that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Episode {
    /// When it began, µs since the epoch: before it was raised, by the hold time.
    pub since_us: i64,
    /// The sample that raised or cleared it, µs since the epoch.
    pub at_us: i64,
    /// What was seen then, in the unit of the sample (or of the rule: seconds for time-based rules).
    pub value: f64,
    /// What it was held against, in the same unit.
    pub limit: f64,
}

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transition {
    /// An episode began.
    Raised(Episode),
    /// It is over; `since_us` is that of the raise.
    Cleared(Episode),
}

/// Believable time from one sample to the next, µs; also moves `last` on.
pub(crate) fn elapsed(last: &mut Option<i64>, at_us: i64) -> i64 {
    let before = last.replace(at_us).unwrap_or(at_us);
    at_us.saturating_sub(before).clamp(0, MAX_STEP_US)
}
