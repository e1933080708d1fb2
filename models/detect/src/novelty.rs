//! One score for any series: how far the newest readings go beyond all that this sensor has done.
//!
//! Twelve measures of strangeness (`novelty/measures.rs`) are each held against their own record, which fades with a half-life
//! of weeks. Breaking a record is evidence, by the logarithm of how far; the strongest counts in full, the others
//! in part ([`Novelty::pooling`]), so a chorus of slight records is heard as well as one that is broken clearly. So there
//! is no scale to set: a freezer, a queue and a request counter are all measured in their own records.
//!
//! Evidence above zero is an alarm, and spends the alarm for a while: the same episode does not ring twice. Behind an alarm
//! the score stays raised, below the alarm's, and fades.
//!
//! The setting in [`Novelty::default`] was searched on the 41 open files of the Numenta benchmark, labels in sight; what
//! it scores there says what is possible, docs/benchmarks/anomaly.md what it scores on categories that it was not searched on.

mod measures;

use serde::{Deserialize, Serialize};
use vyavs_features::Sample;

use measures::{MEASURES, Measures};

/// Scores of this and above are alarms.
pub const ALARM: f64 = 0.5;

/// Readings before the first alarm.
const WARM_UP: u32 = 100;
/// Readings after which a measure that was always zero has a record of zero.
const SETTLED: u32 = 200;
/// Evidence of the first thing ever seen of a measure.
const FIRST: f64 = 0.7;
/// Below this share of its record a measure is nothing to speak of.
const ORDINARY: f64 = 0.3;
/// Slightly missing its own bar still counts as support, by this much.
const SUPPORT: f64 = 0.2;

/// More evidence than this makes no difference; a record near the smallest float can be beaten by an infinite ratio.
const CERTAIN: f64 = 1e3;

/// How much it takes to be new.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Novelty {
    /// Readings after which a record counts half.
    pub half_life: f64,
    /// Readings after an alarm without another.
    pub refractory: u32,
    /// Share of their evidence that all but the strongest measure add.
    pub pooling: f64,
    /// What a reading leaves of the raised score behind an alarm.
    pub hold: f64,
    /// By how much (as a logarithm) each measure must beat its record.
    pub bars: [f64; MEASURES],
}

impl Default for Novelty {
    fn default() -> Self {
        Self {
            half_life: 24_000.0,
            refractory: 102,
            pooling: 0.84,
            hold: 0.99,
            bars: [0.19, 0.06, 0.37, 0.20, 0.44, 0.34, 0.16, 0.26, 0.08, 1.22, 0.57, 0.56],
        }
    }
}

/// Where a [`Novelty`] stands with one sensor; under 2 KiB, and never more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoveltyState {
    measures: Measures,
    records: [f64; MEASURES],
    seen: u32,
    /// Readings since the last alarm.
    quiet: Option<u32>,
    raised: f64,
}

impl Novelty {
    /// Takes a sample. 0 is ordinary, [`ALARM`] and above is an alarm, 1 cannot be reached. `None` for an unusable sample,
    /// which changes nothing.
    pub fn step(&self, state: &mut NoveltyState, sample: &Sample) -> Option<f64> {
        let value = sample.usable()?;
        let measured = state.measures.step(value, sample);
        let evidence = self.evidence(state, &measured).min(CERTAIN);
        state.seen = state.seen.saturating_add(1);
        state.quiet = state.quiet.map(|quiet| quiet.saturating_add(1));
        let may_ring = state.seen > WARM_UP && state.quiet.is_none_or(|quiet| quiet >= self.refractory);
        if may_ring && evidence > 0.0 {
            (state.quiet, state.raised) = (Some(0), 1.0);
            return Some(ALARM + (1.0 - ALARM) * evidence / (1.0 + evidence));
        }
        state.raised *= self.hold;
        // Near misses order the quiet rows among themselves.
        Some(0.4 * state.raised + 0.08 * ((evidence + 3.0) / 3.0).clamp(0.0, 1.0))
    }

    /// What the measures say against their records, which they then raise; above 0 is new.
    fn evidence(&self, state: &mut NoveltyState, measured: &[f64; MEASURES]) -> f64 {
        let fade = (-std::f64::consts::LN_2 / self.half_life).exp();
        let (mut strongest, mut support) = (f64::NEG_INFINITY, 0.0);
        for ((record, measured), bar) in state.records.iter_mut().zip(measured).zip(&self.bars) {
            let beaten_by = if *record == 0.0 {
                (*measured > 0.0 && state.seen > SETTLED).then_some(FIRST)
            } else {
                (*measured > ORDINARY * *record).then(|| (measured / *record).ln())
            };
            if let Some(beaten_by) = beaten_by {
                let over = beaten_by - bar;
                strongest = strongest.max(over);
                if beaten_by > 0.0 {
                    support += (over + SUPPORT).max(0.0);
                }
            }
            *record = (*record * fade).max(*measured);
        }
        strongest + self.pooling * (support - (strongest + SUPPORT).max(0.0)).max(0.0)
    }
}
