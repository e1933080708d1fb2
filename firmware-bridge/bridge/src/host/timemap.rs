//! A board's monotonic time in ours: `(boot, mono)` → steady time of this process.
//!
//! Each question and answer gives the difference of the two clocks, wrong by at most half of what it spent on the way. Of
//! eight in a row the quickest is kept; a line through the kept ones is the difference now, and how it drifts.

use std::collections::VecDeque;

/// Questions of which the quickest is kept.
const WINDOW: usize = 8;
/// Kept ones: a quarter of an hour and more at a question in five seconds.
const KEPT: usize = 24;
/// A drift is read off a line no shorter than this, µs of the board.
const BASELINE_US: f64 = 60e6;
/// No two quartz clocks drift apart faster, ppm.
const MAX_PPM: f64 = 500.0;
/// What a clock may be off beside the delay before it counts as another clock, µs.
const SLACK_US: f64 = 20_000.0;
/// Answers in a row that must say so.
const STRIKES: u32 = 3;

#[derive(Clone, Copy, Debug)]
struct Sample {
    /// The board's time in the middle of the exchange, µs.
    board_us: f64,
    /// The board's time less ours, µs.
    offset_us: f64,
    delay_us: f64,
}

/// `offset = at_us + slope · (board − from_us)`.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    from_us: f64,
    at_us: f64,
    slope: f64,
}

impl Line {
    fn offset(self, board_us: f64) -> f64 {
        self.at_us + self.slope * (board_us - self.from_us)
    }
}

/// One boot's clock.
#[derive(Clone, Debug, Default)]
pub struct TimeMap {
    recent: VecDeque<Sample>,
    /// Since the last one was kept.
    fresh: usize,
    kept: VecDeque<Sample>,
    line: Option<Line>,
    strikes: u32,
}

impl TimeMap {
    /// An exchange: asked at `t1`, heard at `t2`, answered at `t3` (the board's), heard at `t4`; all µs.
    pub fn add(&mut self, t1: u64, t2: u64, t3: u64, t4: u64) {
        let delay_us = (t4.saturating_sub(t1) as f64) - (t3.saturating_sub(t2) as f64);
        let board_us = (t2 as f64 + t3 as f64) / 2.0;
        let sample = Sample { board_us, offset_us: board_us - (t1 as f64 + t4 as f64) / 2.0, delay_us };
        if let Some(line) = self.line {
            let off = (sample.offset_us - line.offset(board_us)).abs();
            let age_us = (board_us - self.recent.back().map_or(board_us, |last| last.board_us)).abs();
            self.strikes = match off > sample.delay_us / 2.0 + SLACK_US + age_us * MAX_PPM * 1e-6 {
                true => self.strikes + 1,
                false => 0,
            };
            if self.strikes >= STRIKES {
                *self = Self::default();
            }
        }
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(sample);
        self.fresh += 1;
        if self.fresh == WINDOW {
            self.fresh = 0;
            if self.kept.len() == KEPT {
                self.kept.pop_front();
            }
            self.kept.extend(self.quickest());
        }
        self.line = self.fit();
    }

    fn quickest(&self) -> Option<Sample> {
        self.recent.iter().copied().min_by(|a, b| a.delay_us.total_cmp(&b.delay_us))
    }

    fn fit(&self) -> Option<Line> {
        let now = self.quickest()?;
        let points: Vec<Sample> =
            self.kept.iter().copied().chain((self.fresh > 0 || self.kept.is_empty()).then_some(now)).collect();
        let first = points.iter().map(|p| p.board_us).fold(f64::MAX, f64::min);
        let last = points.iter().map(|p| p.board_us).fold(f64::MIN, f64::max);
        if points.len() < 3 || last - first < BASELINE_US {
            // Too short to read a drift off; the quickest alone is the best there is.
            return Some(Line { from_us: now.board_us, at_us: now.offset_us, slope: 0.0 });
        }
        let weight = |p: &Sample| 1.0 / (p.delay_us + 2_000.0).powi(2);
        let total: f64 = points.iter().map(weight).sum();
        let mean = |of: fn(&Sample) -> f64| points.iter().map(|p| weight(p) * of(p)).sum::<f64>() / total;
        let (board, offset) = (mean(|p| p.board_us), mean(|p| p.offset_us));
        let (mut over, mut under) = (0.0, 0.0);
        for p in &points {
            over += weight(p) * (p.board_us - board) * (p.offset_us - offset);
            under += weight(p) * (p.board_us - board).powi(2);
        }
        let slope = (over / under).clamp(-MAX_PPM * 1e-6, MAX_PPM * 1e-6);
        Some(Line { from_us: board, at_us: offset, slope })
    }

    /// Exchanges that are remembered; 0 before the first.
    pub fn samples(&self) -> usize {
        self.recent.len()
    }

    /// Our steady time at the board's, µs; `None` before the first exchange.
    pub fn steady_us(&self, board_us: u64) -> Option<i64> {
        let board = board_us as f64;
        self.line.map(|line| (board - line.offset(board)).round() as i64)
    }

    /// The board's time at ours, µs.
    pub fn board_us(&self, steady_us: u64) -> Option<u64> {
        let line = self.line?;
        let steady = steady_us as f64;
        let near = steady + line.offset(line.from_us);
        Some((steady + line.offset(near)).max(0.0).round() as u64)
    }

    /// How much faster the board's clock is than ours, parts in a million.
    pub fn drift_ppm(&self) -> Option<f64> {
        self.line.map(|line| line.slope * 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exchange(map: &mut TimeMap, at: f64, ppm: f64, there: f64, back: f64) {
        let board = |t: f64| 5e9 + t * (1.0 + ppm * 1e-6);
        let heard = board(at + there) as u64;
        map.add(at as u64, heard, heard, (at + there + back) as u64);
    }

    proptest! {
        /// ± 100 ppm, up to 50 ms each way: after ten minutes within 20 ms, now and for what was measured an hour ago.
        #[test]
        fn time_is_within_20_ms_after_ten_minutes(
            ppm in -100.0..100.0f64, delays in proptest::collection::vec((0.0..50e3f64, 0.0..50e3f64), 121),
        ) {
            let mut map = TimeMap::default();
            for (n, (there, back)) in (0u32..).zip(delays) {
                exchange(&mut map, f64::from(n) * 5e6, ppm, there, back);
            }
            let now = 600e6;
            let mapped = map.steady_us(5_000_000_000 + (now * (1.0 + ppm * 1e-6)) as u64).expect("mapped");
            prop_assert!((mapped as f64 - now).abs() < 20e3, "{} µs off", mapped as f64 - now);
            let back = map.board_us(mapped as u64).expect("mapped");
            prop_assert!(back.abs_diff(5_000_000_000 + (now * (1.0 + ppm * 1e-6)) as u64) <= 50);
        }
    }

    #[test]
    fn a_clock_that_became_another_is_read_anew() {
        let mut map = TimeMap::default();
        for n in 0..40 {
            exchange(&mut map, f64::from(n) * 5e6, 20.0, 1e3, 1e3);
        }
        assert!((map.drift_ppm().expect("known") - 20.0).abs() < 1.0);
        for n in 40..44 {
            let at = f64::from(n) * 5e6;
            map.add(at as u64, at as u64 + 77, at as u64 + 77, at as u64 + 2_000);
        }
        let mapped = map.steady_us(220_000_000).expect("known");
        assert!((mapped - 220_000_923).abs() < 2_000, "{mapped}");
    }
}
