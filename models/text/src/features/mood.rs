//! The lexicon's view of a text as a few numbers: sums with negation and strength read, and where in the text they stand.

use super::Facts;
use crate::hash::{Map, word};
use crate::lexicon::Lexicon;

/// How many numbers.
pub const MOODS: usize = 17;

const NEGATES: &[&str] = &[
    "not", "n't", "no", "never", "nor", "neither", "without", "hardly", "barely", "cannot", "nothing", "nobody",
    "none", "dont", "doesnt", "didnt", "isnt", "wasnt", "wont", "cant", "couldnt", "wouldnt", "shouldnt", "arent",
    "aint", "far",
];
const STRONG: &[&str] = &[
    "very",
    "really",
    "so",
    "extremely",
    "absolutely",
    "totally",
    "completely",
    "incredibly",
    "most",
    "more",
    "highly",
    "truly",
    "especially",
    "quite",
    "too",
];
const WEAK: &[&str] =
    &["somewhat", "slightly", "fairly", "little", "less", "kinda", "almost", "occasionally", "mildly"];
const TURNS: &[&str] = &["but", "however", "yet", "though"];
/// Endings that may be taken off to find a word, and what to put back.
const ENDINGS: &[(&str, &str)] = &[
    ("'s", ""),
    ("s", ""),
    ("es", ""),
    ("ly", ""),
    ("ily", "y"),
    ("ed", ""),
    ("ed", "e"),
    ("ing", ""),
    ("ing", "e"),
    ("ness", ""),
    ("iness", "y"),
    ("ies", "y"),
    ("ied", "y"),
    ("er", ""),
    ("est", ""),
    ("ier", "y"),
    ("iest", "y"),
    ("ful", ""),
    ("y", ""),
    ("able", ""),
];

/// Valence, whether it negates, and how it strengthens.
pub(super) fn facts(token: &str, lexicon: &Lexicon) -> (f32, bool, f32) {
    let boosts = match token {
        _ if STRONG.contains(&token) => 0.3,
        _ if WEAK.contains(&token) => -0.3,
        _ => 0.0,
    };
    (valence(token, lexicon) as f32, NEGATES.contains(&token), boosts)
}

fn valence(token: &str, lexicon: &Lexicon) -> f64 {
    if let Some(valence) = lexicon.valence(token) {
        return valence;
    }
    let mut stem = String::with_capacity(token.len() + 1);
    for (ending, put_back) in ENDINGS {
        let Some(cut) = token.strip_suffix(ending).filter(|cut| cut.len() >= 3) else { continue };
        stem.clear();
        stem.push_str(cut);
        stem.push_str(put_back);
        if let Some(valence) = lexicon.valence(&stem) {
            return valence * 0.9;
        }
    }
    for opposite in ["un", "non", "anti", "in", "dis"] {
        let Some(rest) = token.strip_prefix(opposite).filter(|rest| rest.len() > 4) else { continue };
        if let Some(valence) = lexicon.valence(rest.trim_start_matches('-')) {
            return valence * -0.6;
        }
    }
    let parts: Vec<f64> = token.split('-').filter_map(|part| lexicon.valence(part)).collect();
    if token.contains('-') && !parts.is_empty() { parts.iter().sum::<f64>() / parts.len() as f64 } else { 0.0 }
}

/// The lexicon's phrases as hashes of words, by the first, longest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Phrases(Map<u64, Vec<(Vec<u64>, f32)>>);

impl Phrases {
    pub(super) fn of(lexicon: &Lexicon) -> Self {
        let mut phrases = Self::default();
        let mut tokens = crate::token::Tokens::default();
        for (words, valence) in lexicon.phrases.values().flatten() {
            tokens.read(&words.join(" "));
            let hashes: Vec<u64> = tokens.iter().map(word).collect();
            if let Some(first) = hashes.first() {
                phrases.0.entry(*first).or_default().push((hashes, *valence as f32));
            }
        }
        // Equal lengths in the order of their hashes: a map has no order of its own.
        phrases.0.values_mut().for_each(|list| list.sort_by(|a, b| (b.0.len(), &b.0).cmp(&(a.0.len(), &a.0))));
        phrases
    }
}

/// Room for one text.
#[derive(Clone, Debug, Default)]
pub(super) struct Mood {
    hashes: Vec<u64>,
    values: Vec<f32>,
    bare: Vec<(f32, bool, f32)>,
    turns: Vec<u64>,
    comma: u64,
}

impl Mood {
    pub(super) fn read<'a>(&mut self, phrases: &Phrases, line: impl Iterator<Item = &'a Facts>) -> [f32; MOODS] {
        if self.turns.is_empty() {
            self.turns = TURNS.iter().map(|turn| word(turn)).collect();
            self.comma = word(",");
        }
        self.hashes.clear();
        self.bare.clear();
        for facts in line {
            self.hashes.push(facts.hash);
            self.bare.push((facts.valence, facts.negates, facts.boosts));
        }
        self.values.clear();
        self.values.resize(self.hashes.len(), 0.0);
        let mut at = 0;
        while at < self.hashes.len() {
            let found = phrases.0.get(&self.hashes[at]).into_iter().flatten();
            let found = found.into_iter().find(|(words, _)| self.hashes[at..].starts_with(words));
            let (length, value) = found.map_or((1, self.turned(at)), |(words, valence)| (words.len(), *valence));
            self.values[at] = value;
            at += length;
        }
        self.sum_up()
    }

    fn turned(&self, at: usize) -> f32 {
        let mut value = self.bare[at].0;
        if value == 0.0 {
            return value;
        }
        for back in (at.saturating_sub(3)..at).rev() {
            if self.hashes[back] == self.comma || self.hashes[back] == self.turns[0] {
                break;
            }
            let (_, negates, boosts) = self.bare[back];
            if negates {
                return value * -0.7;
            }
            value *= 1.0 + boosts;
        }
        value
    }

    fn sum_up(&self) -> [f32; MOODS] {
        let values = &self.values;
        let count = values.len();
        let sum = |part: &[f32]| part.iter().sum::<f32>();
        let total = sum(values);
        let positive: f32 = values.iter().filter(|v| **v > 0.0).sum();
        let negative: f32 = -values.iter().filter(|v| **v < 0.0).sum::<f32>();
        let many = |test: fn(&f32) -> bool| values.iter().filter(|v| test(v)).count() as f32;
        let turn = self.hashes.iter().rposition(|hash| self.turns.contains(hash));
        let (ahead, after) = turn.map_or((0.0, 0.0), |at| (sum(&values[..at]), sum(&values[at + 1..])));
        let first = values.iter().find(|v| **v != 0.0).copied().unwrap_or(0.0);
        let last = values.iter().rfind(|v| **v != 0.0).copied().unwrap_or(0.0);
        let negations = self.bare.iter().filter(|(_, negates, _)| *negates).count() as f32;
        [
            total / (total * total + 4.0).sqrt(),
            total / (total * total + 15.0).sqrt(),
            positive.min(16.0) / 4.0,
            negative.min(16.0) / 4.0,
            many(|v| *v > 0.0).min(9.0) / 3.0,
            many(|v| *v < 0.0).min(9.0) / 3.0,
            values.iter().copied().fold(0.0, f32::max),
            values.iter().copied().fold(0.0, f32::min),
            after.clamp(-12.0, 12.0) / 4.0,
            ahead.clamp(-12.0, 12.0) / 4.0,
            last / 3.0,
            first / 3.0,
            total / (count as f32 + 3.0),
            (positive - negative) / (positive + negative + 1.0),
            sum(&values[2 * count / 3..]).clamp(-12.0, 12.0) / 4.0,
            negations.min(4.0) / 2.0,
            ((count as f32 + 1.0).min(60.0) / 20.0) - 1.0,
        ]
    }
}
