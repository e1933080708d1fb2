//! The only reader of wall time. Everything else is handed an instant, so a test can be at any date.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A clock that is cheap to clone; [`Clock::manual`] is set by a test.
#[derive(Clone, Debug)]
pub struct Clock {
    started: Instant,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// The machine's, moved by a correction in µs (what the hub told us).
    System(Arc<AtomicI64>),
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { started: Instant::now(), source: Source::System(Arc::new(AtomicI64::new(0))) }
    }

    /// Stands at `at` until it is set.
    pub fn manual(at: Timestamp) -> Self {
        Self { started: Instant::now(), source: Source::Manual(Arc::new(AtomicI64::new(at.as_microsecond()))) }
    }

    /// Wall time; may jump in either direction. Never used for order or timeouts.
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of wall time")]
    pub fn now(&self) -> Timestamp {
        match &self.source {
            Source::System(shift) => {
                let micros = Timestamp::now().as_microsecond().saturating_add(shift.load(Ordering::Relaxed));
                Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
            }
            Source::Manual(micros) => {
                Timestamp::from_microsecond(micros.load(Ordering::Relaxed)).unwrap_or(Timestamp::UNIX_EPOCH)
            }
        }
    }

    /// Moves a manual clock to `at`; shifts a system clock so that it reads `at` now.
    pub fn set(&self, at: Timestamp) {
        match &self.source {
            Source::System(shift) => {
                let by = at.as_microsecond().saturating_sub(self.now().as_microsecond());
                shift.fetch_add(by, Ordering::Relaxed);
            }
            Source::Manual(micros) => micros.store(at.as_microsecond(), Ordering::Relaxed),
        }
    }

    /// Time since the process started; never jumps.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_can_be_ten_years_off_and_uptime_does_not_care() {
        let clock = Clock::system();
        let before = clock.uptime();
        let wrong = clock.now() + jiff::SignedDuration::from_hours(24 * 3650);
        clock.set(wrong);
        assert!(clock.now() >= wrong);
        assert!(clock.uptime() - before < Duration::from_secs(5));
    }
}
