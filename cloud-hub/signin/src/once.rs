//! What a browser is in the middle of: kept for minutes, given out once.
//!
//! For the ceremonies of [`crate::passkey`] (by their challenge) and the journeys of [`crate::oidc`] (by their state). It
//! holds them in memory: after a restart people begin again. Who may put something in is a stranger, so it is bounded,
//! and the hub limits how often one address may.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::Digest;

/// Values by a secret, each until a time and for one taker.
#[derive(Debug)]
pub struct Once<T> {
    kept: HashMap<Digest, (T, Timestamp)>,
    most: usize,
}

impl<T> Once<T> {
    /// At most so many at a time (one at the least); beyond it the one that expires first gives way.
    pub fn new(most: usize) -> Self {
        Self { kept: HashMap::new(), most: most.max(1) }
    }

    /// Keeps `value` for who brings `secret`, until a time.
    pub fn put(&mut self, secret: &str, value: T, until: Timestamp, now: Timestamp) {
        if self.kept.len() >= self.most {
            self.kept.retain(|_, (_, until)| now < *until);
        }
        if self.kept.len() >= self.most
            && let Some(first) = self.kept.iter().min_by_key(|(_, (_, until))| *until).map(|(key, _)| *key)
        {
            self.kept.remove(&first);
        }
        self.kept.insert(key(secret), (value, until));
    }

    /// Gives the value out, and never again; `None` when it was given out, has expired or never was.
    pub fn take(&mut self, secret: &str, now: Timestamp) -> Option<T> {
        let (value, until) = self.kept.remove(&key(secret))?;
        (now < until).then_some(value)
    }

    /// How many are kept, expired ones among them.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

/// A digest, so that looking one up takes no time that says how much of a guess was right.
fn key(secret: &str) -> Digest {
    Digest::of("once", &[secret.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    #[test]
    fn a_value_is_given_out_once_and_only_in_time() {
        let mut once = Once::new(10);
        once.put("a", 1, at(100), at(0));
        once.put("b", 2, at(100), at(0));
        assert_eq!(once.take("c", at(1)), None);
        assert_eq!(once.take("a", at(99)), Some(1));
        assert_eq!(once.take("a", at(99)), None);
        assert_eq!(once.take("b", at(100)), None);
        assert!(once.is_empty());
    }

    #[test]
    fn a_flood_stays_within_bounds_and_drops_what_is_oldest() {
        let mut once = Once::new(100);
        once.put("gone", 0, at(5), at(0));
        for n in 1..=1000 {
            once.put(&n.to_string(), n, at(100 + n), at(10));
            assert!(once.len() <= 100);
        }
        assert_eq!(once.take("900", at(20)), None);
        assert_eq!(once.take("901", at(20)), Some(901));
        assert_eq!(once.take("1000", at(20)), Some(1000));
    }
}
