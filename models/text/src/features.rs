//! What a model sees of a text: words and pairs of words, pieces of words, and what the lexicon says, negation read.

mod mood;

use crate::hash::{Map, mix, pair, word};
use crate::lexicon::Lexicon;
use crate::token::Tokens;
use mood::{Mood, Phrases};

pub use mood::MOODS;

/// Distinct words whose facts are kept; then the memory is emptied. Bounds what a stream of nonsense can take.
const KEPT: usize = 1 << 16;
const BEGIN: u64 = 1;
const END: u64 = 2;

/// One text as a model sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// Keys of words, of pairs of neighbours, and of words after a negation. With repetition.
    pub words: Vec<u32>,
    /// Keys of the 3- to 5-letter pieces of every word. With repetition.
    pub pieces: Vec<u32>,
    /// What the lexicon says, [`MOODS`] numbers of order 1.
    pub moods: [f32; MOODS],
}

/// What is known of a word without its neighbours.
#[derive(Clone, Debug)]
struct Facts {
    hash: u64,
    valence: f32,
    /// Turns what follows.
    negates: bool,
    /// Strengthens what follows, as a share.
    boosts: f32,
    pieces: Box<[u32]>,
}

/// Turns texts into features; keeps what it learned of words, so that the second sight of one is cheap.
#[derive(Clone, Debug)]
pub struct Reader {
    lexicon: Lexicon,
    phrases: Phrases,
    tokens: Tokens,
    known: Map<u64, u32>,
    facts: Vec<Facts>,
    line: Vec<u32>,
    mood: Mood,
}

impl Reader {
    /// A reader that looks words up in `lexicon`.
    pub fn new(lexicon: Lexicon) -> Self {
        Self {
            phrases: Phrases::of(&lexicon),
            lexicon,
            tokens: Tokens::default(),
            known: Map::default(),
            facts: Vec::new(),
            line: Vec::new(),
            mood: Mood::default(),
        }
    }

    /// Everything a model may look at.
    pub fn features(&mut self, text: &str) -> Features {
        let mut out = Features { moods: self.read(text), ..Features::default() };
        self.each_word(|key| out.words.push(key));
        for &at in &self.line {
            out.pieces.extend_from_slice(&self.facts[at as usize].pieces);
        }
        out
    }

    /// Reads a text and says what the lexicon makes of it; [`Reader::each_word`] and [`Reader::each_fact`] go over the rest.
    pub(crate) fn read(&mut self, text: &str) -> [f32; MOODS] {
        self.tokens.read(text);
        if self.facts.len() > KEPT {
            self.facts.clear();
            self.known.clear();
        }
        self.line.clear();
        for token in self.tokens.iter() {
            let hash = word(token);
            let at = *self.known.entry(hash).or_insert_with(|| {
                self.facts.push(Facts::of(token, hash, &self.lexicon));
                self.facts.len() as u32 - 1
            });
            self.line.push(at);
        }
        let (facts, line) = (&self.facts, &self.line);
        self.mood.read(&self.phrases, line.iter().map(|at| &facts[*at as usize]))
    }

    /// Keys of words and pairs, as [`Features::words`] has them.
    pub(crate) fn each_word(&self, mut take: impl FnMut(u32)) {
        let (mut before, mut turned) = (BEGIN, 0);
        for &at in &self.line {
            let Facts { hash, negates, .. } = self.facts[at as usize];
            take(hash as u32);
            take(pair(before, hash) as u32);
            if turned > 0 {
                take(pair(hash, END) as u32 ^ 0x5bd1_e995);
                turned -= 1;
            }
            if negates {
                turned = 3;
            }
            before = hash;
        }
        take(pair(before, END) as u32);
    }

    /// Where each word's facts lie, and its pieces. The place is good until the memory is emptied, which [`Reader::known`] shows.
    pub(crate) fn each_fact(&self) -> impl Iterator<Item = (u32, &[u32])> {
        self.line.iter().map(|&at| (at, &*self.facts[at as usize].pieces))
    }

    /// How many words are known; less than before when the memory was emptied.
    pub(crate) fn known(&self) -> usize {
        self.facts.len()
    }
}

impl Facts {
    fn of(token: &str, hash: u64, lexicon: &Lexicon) -> Self {
        let (valence, negates, boosts) = mood::facts(token, lexicon);
        Self { hash, valence, negates, boosts, pieces: pieces(token) }
    }
}

fn pieces(token: &str) -> Box<[u32]> {
    let letters: Vec<char> = std::iter::once('<').chain(token.chars()).chain(['>']).collect();
    let mut out = Vec::new();
    for length in 3..=5 {
        for window in letters.windows(length) {
            let hash = window.iter().fold(length as u64, |hash, letter| mix(hash ^ (u64::from(*letter) << 8)));
            out.push(hash as u32);
        }
    }
    out.into()
}
