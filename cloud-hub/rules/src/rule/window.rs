//! What a stretch of time holds, and when it lets go of it.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Aggregate;
use crate::exact::Exact;
use crate::span;

/// What came after `now - per`, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    seen: VecDeque<(Timestamp, Exact)>,
    /// When the first observation ever came: a window that was not watched from its start knows no "too few".
    from: Option<Timestamp>,
}

impl Window {
    /// When the oldest leaves.
    pub(super) fn next_leave(&self, per: SignedDuration) -> Option<Timestamp> {
        self.seen.front().map(|(at, _)| span::after(*at, per))
    }

    /// Lets go of what has left by `at`.
    pub(super) fn leave(&mut self, at: Timestamp, per: SignedDuration) {
        while self.next_leave(per).is_some_and(|leaves| leaves <= at) {
            self.seen.pop_front();
        }
    }

    pub(super) fn push(&mut self, at: Timestamp, value: Exact) {
        self.from.get_or_insert(at);
        self.seen.push_back((at, value));
    }

    /// Whether it was watched for its whole length.
    pub(super) fn whole(&self, now: Timestamp, per: SignedDuration) -> bool {
        self.from.is_some_and(|from| span::after(from, per) <= now)
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.seen.len()).unwrap_or(u32::MAX)
    }

    /// The oldest in it.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.seen.front().map(|(at, _)| *at)
    }

    /// Always summed up from scratch: what left must leave no rounding behind, or a resumed state would differ.
    pub(super) fn make(&self, of: Aggregate) -> Option<f64> {
        let values = || self.seen.iter().map(|(_, value)| value.get());
        match of {
            Aggregate::Count => Some(f64::from(self.len())),
            // From +0: an empty sum is -0 otherwise, which reads badly.
            Aggregate::Sum => Some(values().fold(0.0, |sum, value| sum + value)),
            Aggregate::Mean if self.seen.is_empty() => None,
            Aggregate::Mean => Some(values().sum::<f64>() / f64::from(self.len())),
            Aggregate::Change => Some(self.seen.back()?.1.get() - self.seen.front()?.1.get()),
        }
    }
}
