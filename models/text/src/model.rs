//! A sentiment model: two tables of small weights, a few for the lexicon's numbers, and a sigmoid.
//!
//! The margin is `Σ words/√n + Σ pieces/√m + moods·w + bias`; its sigmoid is the probability that a text is positive. Weights are plain arrays
//! (`key`, `i8`), so that an exporter needs nothing of this file but [`Table::entries`].

mod stored;

use crate::features::{MOODS, Reader};
use crate::lexicon::Lexicon;

pub use stored::ModelError;

/// Weights by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    keys: Vec<u32>,
    weights: Vec<i8>,
    /// What one step of a stored weight is worth.
    step: f32,
}

/// From margin to probability, and from probability to a judgement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// What a margin is multiplied by.
    pub slope: f64,
    /// What is added then.
    pub offset: f64,
    /// A text is positive from this probability on.
    pub threshold: f64,
}

impl Calibration {
    /// Probability that a text of this margin is positive.
    pub fn probability(&self, margin: f64) -> f64 {
        1.0 / (1.0 + libm::exp(-(self.slope * margin + self.offset)))
    }
}

/// A fitted model, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Words, pairs of neighbours, words after a negation.
    pub words: Table,
    /// Pieces of words.
    pub pieces: Table,
    /// What the lexicon's numbers count.
    pub moods: [f32; MOODS],
    /// Margin of an empty text.
    pub bias: f32,
    /// The sigmoid and the threshold.
    pub calibration: Calibration,
}

impl Table {
    /// Rounds weights to 8 bits and keeps the `most` largest; what rounds to zero is left out.
    pub fn quantised(mut entries: Vec<(u32, f32)>, most: usize) -> Self {
        entries.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        entries.truncate(most);
        let largest = entries.first().map_or(0.0, |(_, weight)| weight.abs());
        let step = largest / 127.0;
        let rounded = |weight: f32| if step > 0.0 { (weight / step).round() as i8 } else { 0 };
        let mut kept: Vec<(u32, i8)> = entries.iter().map(|(key, weight)| (*key, rounded(*weight))).collect();
        kept.retain(|(_, weight)| *weight != 0);
        kept.sort_unstable();
        kept.dedup_by_key(|(key, _)| *key);
        let (keys, weights) = kept.into_iter().unzip();
        Self { keys, weights, step }
    }

    /// Keys in rising order with their weights.
    pub fn entries(&self) -> impl Iterator<Item = (u32, f32)> {
        self.keys.iter().zip(&self.weights).map(|(key, weight)| (*key, f32::from(*weight) * self.step))
    }

    /// Entries.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no weight.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// Open addressing, half full at most: a miss, which most look-ups are, costs one cache line.
#[derive(Clone, Debug)]
struct Slots {
    slots: Vec<(u32, f32)>,
    mask: usize,
}

impl Slots {
    fn of(table: &Table) -> Self {
        let size = (2 * table.len() + 2).next_power_of_two();
        let mut slots = vec![(0, 0.0); size];
        for (key, weight) in table.entries() {
            let mut at = key as usize & (size - 1);
            while slots[at].1 != 0.0 {
                at = (at + 1) & (size - 1);
            }
            slots[at] = (key, weight);
        }
        Self { slots, mask: size - 1 }
    }

    fn get(&self, key: u32) -> f32 {
        let mut at = key as usize & self.mask;
        loop {
            let (other, weight) = self.slots[at];
            if weight == 0.0 || other == key {
                return weight;
            }
            at = (at + 1) & self.mask;
        }
    }
}

/// A model at work. One per thread: it remembers the words it met.
#[derive(Clone, Debug)]
pub struct Scorer {
    words: Slots,
    pieces: Slots,
    moods: [f32; MOODS],
    bias: f32,
    calibration: Calibration,
    reader: Reader,
    /// By place of a word's facts: the sum over its pieces and their number.
    sums: Vec<(f32, u32)>,
}

impl Scorer {
    /// Puts a model to work with the lexicon it was fitted with.
    pub fn new(model: &Model, lexicon: &Lexicon) -> Self {
        Self {
            words: Slots::of(&model.words),
            pieces: Slots::of(&model.pieces),
            moods: model.moods,
            bias: model.bias,
            calibration: model.calibration,
            reader: Reader::new(lexicon.clone()),
            sums: Vec::new(),
        }
    }

    /// Log-odds before calibration.
    pub fn margin(&mut self, text: &str) -> f64 {
        let moods = self.reader.read(text);
        let (mut sum, mut count) = (0.0f32, 0u32);
        let words = &self.words;
        self.reader.each_word(|key| {
            sum += words.get(key);
            count += 1;
        });
        let mut margin = self.bias + sum / (count.max(1) as f32).sqrt();
        if self.reader.known() < self.sums.len() {
            self.sums.clear();
        }
        let (mut sum, mut count) = (0.0f32, 0u32);
        for (at, pieces) in self.reader.each_fact() {
            let at = at as usize;
            if at >= self.sums.len() {
                self.sums.resize(at + 1, (0.0, u32::MAX));
            }
            if self.sums[at].1 == u32::MAX {
                let all: f32 = pieces.iter().map(|piece| self.pieces.get(*piece)).sum();
                self.sums[at] = (all, pieces.len() as u32);
            }
            sum += self.sums[at].0;
            count += self.sums[at].1;
        }
        margin += sum / (count.max(1) as f32).sqrt();
        margin += moods.iter().zip(&self.moods).map(|(mood, weight)| mood * weight).sum::<f32>();
        f64::from(margin)
    }

    /// Probability that a text is positive, 0 to 1.
    pub fn score(&mut self, text: &str) -> f64 {
        let margin = self.margin(text);
        self.calibration.probability(margin)
    }

    /// From which probability on a text is judged positive.
    pub fn threshold(&self) -> f64 {
        self.calibration.threshold
    }
}
