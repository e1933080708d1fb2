//! When a call is tried again.
//!
//! The delays are those of the specification: ten attempts over a good three days. A delivery is the same [`Headers`] id
//! at every attempt, and by hand at any time after: a replay is a first attempt anew.
//!
//! [`Headers`]: super::signature::Headers

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::span;

/// What is waited before the second attempt, the third, …
const DELAYS: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_hours(24),
];
/// A receiver may ask for more time, but not for ever.
const LONGEST_ASKED: SignedDuration = SignedDuration::from_hours(24);
/// Who is busy is not asked again in five seconds.
const BUSY: SignedDuration = SignedDuration::from_mins(1);
/// How much of a delay the jitter adds at most.
const SPREAD: f64 = 0.25;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Attempt {
    /// An answer with this status, and the `Retry-After` it had.
    Answered {
        /// The HTTP status.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<SignedDuration>,
    },
    /// No answer: no connection, no TLS, none in time.
    Unanswered,
    /// The address is one that we do not call ([`super::reach`]).
    Forbidden,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Next {
    /// It was taken.
    Delivered,
    /// Try again then.
    Again {
        /// Not before this.
        at: Timestamp,
    },
    /// Enough; it can be replayed by hand.
    GiveUp,
    /// The receiver wants no more calls (410): switch the endpoint off and tell its owner.
    SwitchOff,
}

/// What follows from attempt `number`, counted from 1, that ended `at` like this. `jitter` is a random number from 0 to 1,
/// so that not everybody comes back at once.
pub fn next(number: u32, ended: Attempt, at: Timestamp, jitter: f64) -> Next {
    let asked = match ended {
        Attempt::Answered { status: 200..=299, .. } => return Next::Delivered,
        Attempt::Answered { status: 410, .. } => return Next::SwitchOff,
        Attempt::Forbidden => return Next::GiveUp,
        Attempt::Answered { status: 429 | 502 | 503 | 504, retry_after } => retry_after.unwrap_or(BUSY).max(BUSY),
        Attempt::Answered { retry_after, .. } => retry_after.unwrap_or_default(),
        Attempt::Unanswered => SignedDuration::ZERO,
    };
    let waited = usize::try_from(number.saturating_sub(1)).ok().and_then(|n| DELAYS.get(n));
    let Some(delay) = waited else { return Next::GiveUp };
    let share = if jitter.is_finite() { jitter.clamp(0.0, 1.0) * SPREAD } else { 0.0 };
    let delay = delay.saturating_add(SignedDuration::from_secs_f64(delay.as_secs_f64() * share));
    Next::Again { at: span::after(at, delay.max(asked.min(LONGEST_ASKED))) }
}
