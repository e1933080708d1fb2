//! How long thinking takes: a histogram of fixed size that may be read while it is written.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Four buckets to each doubling, from 1 ns to 73 minutes: a quantile is at most 25 % too high, never too low.
const BUCKETS: usize = 4 * 42;

/// A histogram of durations.
#[derive(Debug)]
pub struct Latency {
    buckets: [AtomicU64; BUCKETS],
    longest_ns: AtomicU64,
}

/// What a histogram says, µs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyFigures {
    /// Durations recorded.
    pub count: u64,
    /// Half took no longer.
    pub p50_us: f64,
    /// 99 of 100 took no longer.
    pub p99_us: f64,
    /// The longest, exactly.
    pub max_us: f64,
}

impl Default for Latency {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| AtomicU64::new(0)), longest_ns: AtomicU64::new(0) }
    }
}

fn bucket(ns: u64) -> usize {
    let ns = ns.max(4);
    let doubling = ns.ilog2();
    let quarter = (ns >> (doubling - 2)) & 3;
    ((doubling as usize - 2) * 4 + quarter as usize).min(BUCKETS - 1)
}

/// The first duration that is no longer in a bucket, ns.
fn end(bucket: usize) -> u64 {
    let (doubling, quarter) = (bucket / 4, bucket as u64 % 4);
    (5 + quarter) << doubling
}

impl Latency {
    /// Counts one.
    pub fn record(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket(ns)].fetch_add(1, Ordering::Relaxed);
        self.longest_ns.fetch_max(ns, Ordering::Relaxed);
    }

    /// The figures now.
    pub fn figures(&self) -> LatencyFigures {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let count: u64 = counts.iter().sum();
        let longest = self.longest_ns.load(Ordering::Relaxed);
        let quantile = |per_cent: u64| {
            let wanted = (count * per_cent).div_ceil(100);
            let mut seen = 0;
            let place = counts.iter().position(|here| {
                seen += here;
                seen >= wanted.max(1)
            });
            place.map_or(0.0, |place| end(place).min(longest) as f64 / 1e3)
        };
        LatencyFigures { count, p50_us: quantile(50), p99_us: quantile(99), max_us: longest as f64 / 1e3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_never_too_low_and_at_most_a_quarter_too_high() {
        let latency = Latency::default();
        for us in 1..=1_000 {
            latency.record(Duration::from_micros(us));
        }
        let figures = latency.figures();
        assert_eq!((figures.count, figures.max_us), (1_000, 1_000.0));
        assert!((500.0..=625.0).contains(&figures.p50_us), "{figures:?}");
        assert!((990.0..=1_000.0).contains(&figures.p99_us), "{figures:?}");
    }

    #[test]
    fn nothing_and_the_extremes_are_figures_too() {
        let latency = Latency::default();
        assert_eq!(latency.figures(), LatencyFigures { count: 0, p50_us: 0.0, p99_us: 0.0, max_us: 0.0 });
        latency.record(Duration::ZERO);
        latency.record(Duration::MAX);
        assert_eq!(latency.figures().count, 2);
    }
}
