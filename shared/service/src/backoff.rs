//! How long to wait before trying again: exponential with full jitter, so that a thousand stores do not return at once.

use std::time::Duration;

use rand::Rng;

/// Doubles from `min` to `max`; each wait is drawn evenly from nothing to the current bound.
#[derive(Clone, Debug)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    bound: Duration,
}

impl Backoff {
    /// `min` is the first bound, `max` the last.
    pub fn new(min: Duration, max: Duration) -> Self {
        Self { min, max: max.max(min), bound: min }
    }

    /// The next wait; `rng` is the process's own.
    pub fn next(&mut self, rng: &mut impl Rng) -> Duration {
        let wait = self.bound.mul_f64(rng.random_range(0.0..=1.0));
        self.bound = (self.bound * 2).min(self.max);
        wait
    }

    /// After a success: the next failure starts small again.
    pub fn reset(&mut self) {
        self.bound = self.min;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn waits_grow_to_their_bound_and_start_over_after_a_success() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(8));
        let waits: Vec<_> = (0..200).map(|_| backoff.next(&mut rng)).collect();
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(8)));
        assert!(waits[4..].iter().any(|wait| *wait > Duration::from_secs(6)));
        backoff.reset();
        assert!(backoff.next(&mut rng) <= Duration::from_secs(1));
    }
}
