//! Leaves an outside thing alone that keeps failing, so that whoever needs it does not wait for it each time.
//!
//! After some failures in a row the breaker opens: calls are refused at once for a while. Then one call is let through to
//! try. If that one succeeds the breaker closes; if not, it rests twice as long, up to a bound.

use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When a breaker opens and how long it rests.
#[derive(Clone, Copy, Debug)]
pub struct BreakerConfig {
    /// Failures in a row that open it.
    pub failures: u32,
    /// The first rest.
    pub rest: Duration,
    /// The longest.
    pub longest_rest: Duration,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self { failures: 5, rest: Duration::from_secs(2), longest_rest: Duration::from_secs(60) }
    }
}

/// Whether calls go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// They do.
    Closed,
    /// They are refused.
    Open,
    /// One is on its way to see.
    Trying,
}

/// How a breaker stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerView {
    /// What it guards.
    pub name: String,
    /// Whether calls go through.
    pub state: BreakerState,
    /// For how long it has stood so; being tried is a part of the rest.
    pub standing: Duration,
    /// Failures in a row.
    pub failures: u32,
    /// How often it opened since the process started.
    pub opened: u64,
    /// Until a call is let through again.
    pub resting: Duration,
    /// What the last failure said; `None` after a success.
    pub last_error: Option<String>,
}

/// A call did not bring what it was to bring.
#[derive(Debug, thiserror::Error)]
pub enum Refused<E> {
    /// Nobody was asked: it failed too often, and rests.
    #[error("it failed too often and is left alone for {} ms", .0.as_millis())]
    Resting(Duration),
    /// It was asked, and failed.
    #[error(transparent)]
    Failed(E),
}

#[derive(Debug)]
struct Kept {
    state: BreakerState,
    since: Instant,
    until: Instant,
    rest: Duration,
    failures: u32,
    opened: u64,
    last_error: Option<String>,
}

/// One for each outside thing; clones share their state.
#[derive(Clone, Debug)]
pub struct Breaker {
    name: Arc<str>,
    config: BreakerConfig,
    kept: Arc<Mutex<Kept>>,
}

/// A call that is under way. Dropped without an outcome it counts as none: whoever waited for it went away.
#[derive(Debug)]
#[must_use = "say how the call ended"]
pub struct Attempt<'a> {
    breaker: &'a Breaker,
    trying: bool,
    done: bool,
}

impl Breaker {
    /// For the thing of this name.
    pub fn new(name: &str, config: BreakerConfig) -> Self {
        let kept = Kept {
            state: BreakerState::Closed,
            since: Instant::now(),
            until: Instant::now(),
            rest: config.rest,
            failures: 0,
            opened: 0,
            last_error: None,
        };
        Self { name: name.into(), config, kept: Arc::new(Mutex::new(kept)) }
    }

    /// Nothing that can panic is done under it.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks to make a call; how long it still rests where it may not be made.
    pub fn begin(&self) -> Result<Attempt<'_>, Duration> {
        self.begin_at(Instant::now())
    }

    fn begin_at(&self, now: Instant) -> Result<Attempt<'_>, Duration> {
        let mut kept = self.kept();
        let trying = match kept.state {
            BreakerState::Closed => false,
            BreakerState::Open if now >= kept.until => {
                kept.state = BreakerState::Trying;
                true
            }
            BreakerState::Open => return Err(kept.until - now),
            BreakerState::Trying => return Err(self.config.rest),
        };
        Ok(Attempt { breaker: self, trying, done: false })
    }

    /// Makes a call, if it may be made.
    pub async fn call<T, E: Display>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, Refused<E>> {
        let attempt = self.begin().map_err(Refused::Resting)?;
        match work.await {
            Ok(value) => {
                attempt.succeeded();
                Ok(value)
            }
            Err(error) => {
                attempt.failed(&error);
                Err(Refused::Failed(error))
            }
        }
    }

    /// How it stands.
    pub fn view(&self) -> BreakerView {
        let (kept, now) = (self.kept(), Instant::now());
        let resting = match kept.state {
            BreakerState::Open => kept.until.saturating_duration_since(now),
            _ => Duration::ZERO,
        };
        BreakerView {
            name: self.name.to_string(),
            state: kept.state,
            standing: now.saturating_duration_since(kept.since),
            failures: kept.failures,
            opened: kept.opened,
            resting,
            last_error: kept.last_error.clone(),
        }
    }
}

impl Attempt<'_> {
    /// It went well: calls go through again.
    pub fn succeeded(mut self) {
        self.done = true;
        let mut kept = self.breaker.kept();
        // A call that began before the breaker opened says nothing of now.
        if self.trying || kept.state == BreakerState::Closed {
            if self.trying {
                kept.since = Instant::now();
            }
            (kept.state, kept.failures, kept.last_error) = (BreakerState::Closed, 0, None);
            kept.rest = self.breaker.config.rest;
        }
    }

    /// It failed, and how.
    pub fn failed(self, error: &impl Display) {
        self.failed_at(error, Instant::now());
    }

    fn failed_at(mut self, error: &impl Display, now: Instant) {
        self.done = true;
        let (mut kept, config) = (self.breaker.kept(), self.breaker.config);
        kept.last_error = Some(error.to_string());
        kept.failures = kept.failures.saturating_add(1);
        if self.trying {
            kept.rest = (kept.rest * 2).min(config.longest_rest.max(config.rest));
        }
        if self.trying || (kept.state == BreakerState::Closed && kept.failures >= config.failures.max(1)) {
            if !self.trying {
                kept.since = now;
            }
            (kept.state, kept.until) = (BreakerState::Open, now + kept.rest);
            kept.opened += 1;
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        // The next caller tries at once.
        if self.trying && !self.done {
            self.breaker.kept().state = BreakerState::Open;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        let rest = Duration::from_secs(10);
        Breaker::new("mail", BreakerConfig { failures: 3, rest, longest_rest: Duration::from_secs(35) })
    }

    fn fail(breaker: &Breaker, now: Instant) {
        breaker.begin_at(now).expect("a call").failed_at(&"no route", now);
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_call_closes_it_again() {
        let (breaker, now) = (breaker(), Instant::now());
        fail(&breaker, now);
        fail(&breaker, now);
        breaker.begin_at(now).expect("a call").succeeded();
        fail(&breaker, now);
        fail(&breaker, now);
        assert_eq!(breaker.view().state, BreakerState::Closed, "a success in between starts the count anew");
        std::thread::sleep(Duration::from_millis(20));
        let opened = Instant::now();
        fail(&breaker, opened);
        let view = breaker.view();
        assert!(view.standing <= opened.elapsed(), "it stands so since it opened");
        assert_eq!((view.state, view.opened, view.last_error.as_deref()), (BreakerState::Open, 1, Some("no route")));
        assert_eq!(breaker.begin_at(opened + Duration::from_secs(4)).err(), Some(Duration::from_secs(6)));
        let later = opened + Duration::from_secs(10);
        let trial = breaker.begin_at(later).expect("one may try");
        assert!(breaker.begin_at(later).is_err(), "only one");
        trial.succeeded();
        assert_eq!((breaker.view().state, breaker.view().last_error), (BreakerState::Closed, None));
        assert!(breaker.begin_at(later).is_ok());
    }

    #[test]
    fn it_rests_twice_as_long_each_time_up_to_its_bound() {
        let (breaker, mut now) = (breaker(), Instant::now());
        for _ in 0..3 {
            fail(&breaker, now);
        }
        for rest in [10, 20, 35, 35] {
            assert!(breaker.begin_at(now + Duration::from_secs(rest - 1)).is_err());
            now += Duration::from_secs(rest);
            fail(&breaker, now);
        }
    }

    #[test]
    fn a_trial_that_was_given_up_is_no_outcome_and_a_late_success_does_not_close_it() {
        let (breaker, now) = (breaker(), Instant::now());
        let late = breaker.begin_at(now).expect("a call");
        for _ in 0..3 {
            fail(&breaker, now);
        }
        late.succeeded();
        assert_eq!(breaker.view().state, BreakerState::Open);
        let later = now + Duration::from_secs(10);
        drop(breaker.begin_at(later).expect("one may try"));
        breaker.begin_at(later).expect("the next may").succeeded();
        assert_eq!(breaker.view().state, BreakerState::Closed);
    }

    #[tokio::test]
    async fn a_call_says_whether_anybody_was_asked() {
        let breaker = breaker();
        assert_eq!(breaker.call(async { Ok::<_, String>(7) }).await.expect("a value"), 7);
        for _ in 0..3 {
            let refused = breaker.call(async { Err::<(), _>("down".to_owned()) }).await;
            assert!(matches!(refused, Err(Refused::Failed(error)) if error == "down"));
        }
        let mut asked = false;
        let refused = breaker
            .call(async {
                asked = true;
                Ok::<_, String>(())
            })
            .await;
        assert!(matches!(refused, Err(Refused::Resting(_))) && !asked);
    }
}
