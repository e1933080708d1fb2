//! Independent work on all cores, answers in the order of the questions.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Answers every item; the first error ends the work. `done` hears how many are answered, now and then.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    done: impl Fn(usize) + Sync,
    answer: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let cores = thread::available_parallelism().map_or(1, usize::from).min(items.len().max(1));
    let (next, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let answers: Mutex<Vec<(usize, anyhow::Result<R>)>> = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { return };
                    let answer = answer(item);
                    if answer.is_err() {
                        next.store(items.len(), Ordering::Relaxed);
                    }
                    answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, answer));
                    let count = answered.fetch_add(1, Ordering::Relaxed) + 1;
                    if count.is_multiple_of(50) || count == items.len() {
                        done(count);
                    }
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
