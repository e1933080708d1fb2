//! One tracker for all tasks of a process, and supervision: what panics, fails or hangs starts again, alone.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::clock::Clock;

/// Every task of a process hangs on one of these; `main` waits for them all at the end.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Lifecycle {
    /// With nothing running.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when the process should stop.
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Starts a task that [`Lifecycle::shutdown`] waits for.
    pub fn spawn<F>(&self, task: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tracker.spawn(task)
    }

    /// Starts blocking work that [`Lifecycle::shutdown`] waits for.
    pub fn spawn_blocking<F, T>(&self, work: F) -> tokio::task::JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.tracker.spawn_blocking(work)
    }

    /// Keeps `make`'s task running until stop: after an error, a panic or silence it is dropped and made again,
    /// with bounded back-off. `note` hears every failure.
    pub fn supervise<M, F, E>(&self, name: &str, policy: Supervision, make: M, note: impl Fn(&str) + Send + 'static)
    where
        M: Fn(Pulse) -> F + Send + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        let name = name.to_owned();
        let stop = self.stop.clone();
        let tracker = self.tracker.clone();
        self.tracker.spawn(async move {
            let mut backoff = Backoff::new(policy.min_wait, policy.max_wait);
            let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::from_os_rng();
            while !stop.is_cancelled() {
                let pulse = Pulse::default();
                let mut task = tracker.spawn(make(pulse.clone()));
                let started = tokio::time::Instant::now();
                let cause = loop {
                    let beats = pulse.beats();
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => {
                            // The task watches the same token; it gets a moment to leave in good order.
                            if tokio::time::timeout(policy.farewell, &mut task).await.is_err() {
                                task.abort();
                            }
                            return;
                        }
                        ended = &mut task => break match ended {
                            Ok(Ok(())) => "it ended".to_owned(),
                            Ok(Err(error)) => format!("{error:#}"),
                            Err(join) if join.is_panic() => format!("it panicked: {}", panic_text(join)),
                            Err(_) => "it was aborted".to_owned(),
                        },
                        () = tokio::time::sleep(policy.silence) => {
                            if pulse.beats() == beats {
                                task.abort();
                                break format!("no sign of life for {} s", policy.silence.as_secs());
                            }
                        }
                    }
                };
                if started.elapsed() > policy.max_wait * 2 {
                    backoff.reset();
                }
                let wait = backoff.next(&mut rng);
                warn!(task = name, wait_ms = wait.as_millis() as u64, "{name} starts again: {cause}");
                note(&cause);
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(wait) => {}
                }
            }
        });
    }

    /// Asks every task to stop and waits for them, at most `patience`; `false` when some did not end.
    pub async fn shutdown(&self, patience: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(patience, self.tracker.wait()).await.is_ok()
    }

    /// Cancels on Ctrl-C or SIGTERM.
    pub fn stop_on_signal(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => info!("stopping: interrupted"),
                _ = terminate.recv() => info!("stopping: terminated"),
                () = stop.cancelled() => {}
            }
            stop.cancel();
        });
        Ok(())
    }
}

fn panic_text(join: tokio::task::JoinError) -> String {
    match join.into_panic().downcast::<String>() {
        Ok(text) => *text,
        Err(other) => other.downcast_ref::<&str>().map_or_else(|| "no message".to_owned(), |text| (*text).to_owned()),
    }
}

/// When a supervised task counts as dead, and how fast it may come back.
#[derive(Clone, Copy, Debug)]
pub struct Supervision {
    /// Bound of the first wait.
    pub min_wait: Duration,
    /// Bound of all waits.
    pub max_wait: Duration,
    /// A task that gives no [`Pulse::beat`] for this long hangs.
    pub silence: Duration,
    /// What a task gets to leave in good order.
    pub farewell: Duration,
}

impl Default for Supervision {
    fn default() -> Self {
        Self {
            min_wait: Duration::from_millis(100),
            max_wait: Duration::from_secs(5),
            silence: Duration::from_secs(30),
            farewell: Duration::from_secs(2),
        }
    }
}

/// A sign of life from a supervised task; one that waits for input beats on a timer meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// "I am alive."
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The time since the process started, for logs and status.
pub fn uptime_s(clock: &Clock) -> u64 {
    clock.uptime().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    fn quick() -> Supervision {
        Supervision {
            min_wait: Duration::from_millis(1),
            max_wait: Duration::from_millis(5),
            silence: Duration::from_millis(80),
            farewell: Duration::from_millis(200),
        }
    }

    #[tokio::test]
    async fn a_panic_an_error_and_a_hang_each_start_again_and_disturb_nobody() {
        let life = Lifecycle::new();
        let runs = Arc::new(AtomicU32::new(0));
        let calm = Arc::new(AtomicU32::new(0));
        let (seen, peer) = (runs.clone(), calm.clone());
        life.supervise(
            "input",
            quick(),
            move |pulse| {
                let run = seen.fetch_add(1, Ordering::SeqCst);
                async move {
                    match run {
                        0 => panic!("garbage"),
                        1 => Err("refused"),
                        2 => std::future::pending().await,
                        _ => loop {
                            pulse.beat();
                            tokio::time::sleep(Duration::from_millis(10)).await;
                        },
                    }
                }
            },
            |_| {},
        );
        life.supervise(
            "peer",
            quick(),
            move |pulse| {
                peer.fetch_add(1, Ordering::SeqCst);
                async move {
                    loop {
                        pulse.beat();
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    #[expect(unreachable_code, reason = "names the error type")]
                    Ok::<(), &str>(())
                }
            },
            |_| {},
        );
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(runs.load(Ordering::SeqCst), 4);
        assert_eq!(calm.load(Ordering::SeqCst), 1);
        assert!(life.shutdown(Duration::from_secs(5)).await);
    }
}
