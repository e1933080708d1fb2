//! Running a target: a thread that decodes, and a watchdog that tells what it hangs on.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::targets::Target;
use crate::{corpus, mutate};

/// An input that takes longer hangs the wire it came from.
pub const TOO_LONG: Duration = Duration::from_secs(1);

/// Inputs of one run that are kept: a decoder that panics on one panics on many like it.
const KEPT: u64 = 16;

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Inputs decoded.
    pub inputs: u64,
    /// Of them, those it panicked on.
    pub panics: u64,
    /// The longest it took for one.
    pub longest: Duration,
    /// For all.
    pub took: Duration,
    /// Inputs it began with: seeds and corpus.
    pub seeds: usize,
}

/// An input, and when it was begun with.
type Marked = (Instant, Vec<u8>);

/// Decodes `inputs` mutations of the target's seeds and of `kept`. An input that panics or hangs is added to the file `kept`.
pub fn run(target: &Target, inputs: u64, seed: u64, kept: &Path) -> anyhow::Result<Outcome> {
    let mut pool = (target.seeds)();
    pool.extend(corpus::load(kept)?);
    anyhow::ensure!(!pool.is_empty(), "{} has no seeds", target.name);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut outcome =
        Outcome { inputs: 0, panics: 0, longest: Duration::ZERO, took: Duration::ZERO, seeds: pool.len() };
    let began = Instant::now();
    let now = Arc::new(Mutex::new(Some((Instant::now(), Vec::new()))));
    watch(target.name, now.clone(), kept.to_owned());
    let mut input = Vec::new();
    for n in 0..inputs {
        // Seeds themselves first; then mutations, now and then of mutations.
        if (n as usize) < pool.len() {
            input.clone_from(&pool[n as usize]);
        } else {
            if rng.random_range(0..4) > 0 || input.is_empty() {
                input.clone_from(pool.choose(&mut rng).expect("not empty"));
            }
            mutate::mutate(&mut input, &pool, &mut rng);
        }
        if n % 64 == 0 {
            // The watchdog looks at one in sixty-four; the time of each is taken.
            *now.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), input.clone()));
        }
        let started = cpu();
        let decoded = panic::catch_unwind(AssertUnwindSafe(|| (target.decode)(&input)));
        outcome.longest = outcome.longest.max(cpu().saturating_sub(started));
        outcome.inputs += 1;
        if decoded.is_err() {
            outcome.panics += 1;
            if outcome.panics <= KEPT {
                corpus::keep(kept, [input.clone()])?;
                eprintln!("{} panics on {} bytes, added to {}", target.name, input.len(), kept.display());
            }
        }
    }
    *now.lock().unwrap_or_else(PoisonError::into_inner) = None;
    outcome.took = began.elapsed();
    Ok(outcome)
}

/// What this thread has computed: a busy machine does not make a decoder slow.
fn cpu() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(spent.tv_sec.unsigned_abs(), u32::try_from(spent.tv_nsec).unwrap_or_default())
}

/// Ends the process when the same sixty-four inputs take over a minute: a decoder that never comes back cannot be stopped.
fn watch(name: &'static str, now: Arc<Mutex<Option<Marked>>>, kept: std::path::PathBuf) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let guard = now.lock().unwrap_or_else(PoisonError::into_inner);
            let Some((since, input)) = &*guard else { return };
            if since.elapsed() > 64 * TOO_LONG {
                let written = corpus::keep(&kept, [input.clone()]);
                eprintln!(
                    "{name} hangs on an input of {} bytes or one of the 63 after it; kept: {written:?}",
                    input.len()
                );
                std::process::exit(3);
            }
        }
    });
}

/// The most memory this process ever had, in KiB.
pub fn peak_kib() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
