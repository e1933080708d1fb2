//! What a journal remembers across its connections: what it acknowledged lately, and how much garbage it kept.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

/// Acknowledged lines that are known again; a till's window is 32.
const LATELY: usize = 1024;
/// Unreadable lines that are kept at once, and how fast more are allowed.
const BURST: u32 = 20;
const ONE_MORE_EVERY: Duration = Duration::from_secs(6);

/// Hashes of what is durable since a moment ago: a till that lost an answer sends again, and one copy is enough.
#[derive(Debug, Default)]
pub(super) struct Lately {
    order: VecDeque<u64>,
    known: HashSet<u64>,
}

impl Lately {
    pub(super) fn knows(&self, hash: u64) -> bool {
        self.known.contains(&hash)
    }

    pub(super) fn remember(&mut self, hash: u64) {
        if self.known.insert(hash) {
            self.order.push_back(hash);
            if self.order.len() > LATELY {
                let oldest = self.order.pop_front().expect("it is longer than its limit");
                self.known.remove(&oldest);
            }
        }
    }
}

/// Lets through a burst, then a trickle, and counts what it held back.
#[derive(Debug)]
pub(super) struct Trickle {
    tokens: u32,
    filled: Instant,
    held_back: u64,
}

impl Trickle {
    pub(super) fn new(now: Instant) -> Self {
        Self { tokens: BURST, filled: now, held_back: 0 }
    }

    /// `Some(n)`: this one may pass, and `n` before it were held back.
    pub(super) fn pass(&mut self, now: Instant) -> Option<u64> {
        let steps = now.saturating_duration_since(self.filled).as_secs() / ONE_MORE_EVERY.as_secs();
        if steps > 0 {
            self.tokens = self.tokens.saturating_add(u32::try_from(steps).unwrap_or(BURST)).min(BURST);
            self.filled = now;
        }
        if self.tokens == 0 {
            self.held_back += 1;
            return None;
        }
        self.tokens -= 1;
        Some(std::mem::take(&mut self.held_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_ago_is_forgotten() {
        let mut lately = Lately::default();
        for hash in 0..2 * LATELY as u64 {
            lately.remember(hash);
            lately.remember(hash);
        }
        assert!(!lately.knows(0) && lately.knows(2 * LATELY as u64 - 1));
        assert_eq!(lately.order.len(), LATELY);
        assert_eq!(lately.known.len(), LATELY);
    }

    #[test]
    fn garbage_passes_in_a_burst_then_a_trickle_and_is_counted() {
        let start = Instant::now();
        let mut trickle = Trickle::new(start);
        let passed = (0..1000).filter(|_| trickle.pass(start).is_some()).count();
        assert_eq!(passed, BURST as usize);
        assert_eq!(trickle.pass(start + ONE_MORE_EVERY), Some(980));
        assert_eq!(trickle.pass(start + ONE_MORE_EVERY), None);
        assert_eq!(trickle.pass(start + ONE_MORE_EVERY * 3), Some(1));
    }
}
