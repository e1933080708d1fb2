//! How often somebody guessed wrong lately: by account, so that many addresses do not help.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Wrong guesses an account bears within [`WINDOW`].
const GUESSES: u32 = 20;
const WINDOW: Duration = Duration::from_secs(300);
/// Accounts remembered; beyond it the oldest guesses are forgotten, which never locks anybody out.
const REMEMBERED: usize = 10_000;

/// Wrong guesses by account (a hash of the e-mail, so that a guessed name is kept nowhere).
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<[u8; 32], (u32, Duration)>>);

impl Attempts {
    /// Whether another guess is allowed at `now` (time since start).
    pub(crate) fn allowed(&self, email: &str, now: Duration) -> bool {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(&key(email)).is_none_or(|(count, since)| *count < GUESSES || now.saturating_sub(*since) >= WINDOW)
    }

    /// Notes a wrong guess.
    pub(crate) fn wrong(&self, email: &str, now: Duration) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= REMEMBERED {
            map.retain(|_, (_, since)| now.saturating_sub(*since) < WINDOW);
        }
        if map.len() >= REMEMBERED
            && let Some(oldest) = map.iter().min_by_key(|(_, (_, since))| *since).map(|(key, _)| *key)
        {
            map.remove(&oldest);
        }
        let entry = map.entry(key(email)).or_insert((0, now));
        if now.saturating_sub(entry.1) >= WINDOW {
            *entry = (0, now);
        }
        entry.0 += 1;
    }

    /// Forgets an account's wrong guesses: it signed in.
    pub(crate) fn right(&self, email: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(email));
    }
}

fn key(email: &str) -> [u8; 32] {
    *blake3::hash(email.trim().to_lowercase().as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_slowed_for_one_account_and_ends_with_the_window_or_a_right_guess() {
        let attempts = Attempts::default();
        let start = Duration::from_secs(10);
        for _ in 0..GUESSES {
            assert!(attempts.allowed("a@b", start));
            attempts.wrong("A@b ", start);
        }
        assert!(!attempts.allowed("a@b", start));
        assert!(attempts.allowed("c@b", start));
        assert!(attempts.allowed("a@b", start + WINDOW));
        attempts.right("a@b");
        assert!(attempts.allowed("a@b", start));
    }
}
