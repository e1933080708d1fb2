//! VADER's rules over a lexicon (Hutto & Gilbert, ICWSM 2014; equal to vaderSentiment 3.3.2 given its files).
//!
//! The rules are kept with their quirks: a "but" weighs the first word of each valence, a "so" within three words is taken for
//! "never so". Whoever compares with published figures wants them. Phrases of our own list are joined first; VADER's has none.

mod words;

use crate::lexicon::Lexicon;
use words::{BOOST, CAPITALS, NEGATES, SPECIAL, TURN};

/// What the rules make of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Polarity {
    /// Share of the text that is negative, 0 to 1.
    pub negative: f64,
    /// Share that is neutral, 0 to 1.
    pub neutral: f64,
    /// Share that is positive, 0 to 1.
    pub positive: f64,
    /// The sum, from -1 (worst) to +1 (best).
    pub compound: f64,
}

/// White space as Python's `str.split` sees it.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || ('\x1c'..='\x1f').contains(&letter)
}

/// Some cased letter, and none in lower case.
fn is_upper(word: &str) -> bool {
    word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase)
}

fn negates(word: &str) -> bool {
    NEGATES.contains(&word) || word.contains("n't")
}

fn boost(word: &str) -> Option<f64> {
    BOOST.iter().find(|(words, _)| words.contains(&word)).map(|(_, by)| *by)
}

fn special(phrase: &str) -> Option<f64> {
    SPECIAL.iter().find(|(words, _)| *words == phrase).map(|(_, valence)| *valence)
}

struct Words<'a> {
    lexicon: &'a Lexicon,
    /// As written, and in lower case.
    written: Vec<String>,
    lower: Vec<String>,
    /// Some words are in capitals and some are not.
    shouts: bool,
}

impl Lexicon {
    /// Scores a text. An empty one is neutral: all zero.
    pub fn score(&self, text: &str) -> Polarity {
        let mut spelled = String::with_capacity(text.len());
        let mut after_space = true;
        for letter in text.chars() {
            if let Some(said) = self.emoji.get(&letter) {
                if !after_space {
                    spelled.push(' ');
                }
                spelled.push_str(said);
                after_space = false;
            } else {
                spelled.push(letter);
                after_space = letter == ' ';
            }
        }
        let words = Words::read(self, &spelled);
        let mut valences: Vec<f64> = (0..words.lower.len()).map(|i| words.valence(i)).collect();
        if let Some(but) = words.lower.iter().position(|word| word == "but") {
            turn_at(&mut valences, but);
        }
        sum_up(&valences, emphasis(&spelled))
    }
}

impl<'a> Words<'a> {
    fn read(lexicon: &'a Lexicon, text: &str) -> Self {
        let bare = |token: &str| {
            let stripped = token.trim_matches(|letter: char| letter.is_ascii_punctuation());
            // What is left of a face is short: then the token stays as it is.
            if stripped.chars().count() <= 2 { token.to_owned() } else { stripped.to_owned() }
        };
        let mut written: Vec<String> = text.split(is_space).filter(|token| !token.is_empty()).map(bare).collect();
        let mut lower: Vec<String> = written.iter().map(|word| word.to_lowercase()).collect();
        let mut at = 0;
        while at < lower.len() && !lexicon.phrases.is_empty() {
            let found = lexicon.phrases.get(&lower[at]).into_iter().flatten().find(|(w, _)| lower[at..].starts_with(w));
            if let Some((words, _)) = found {
                let end = at + words.len();
                for list in [&mut written, &mut lower] {
                    let joined = list[at..end].join(" ");
                    list.splice(at..end, [joined]);
                }
            }
            at += 1;
        }
        let capitals = written.iter().filter(|word| is_upper(word)).count();
        Self { lexicon, shouts: capitals > 0 && capitals < written.len(), written, lower }
    }

    fn rated(&self, at: usize) -> Option<f64> {
        let word = &self.lower[at];
        self.lexicon.words.get(word).copied().or_else(|| {
            let first = word.split_once(' ')?.0;
            let list = self.lexicon.phrases.get(first)?;
            list.iter().find(|(words, _)| words.join(" ") == *word).map(|(_, valence)| *valence)
        })
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.lower[at] == word
    }

    fn valence(&self, at: usize) -> f64 {
        let word = self.lower[at].as_str();
        if boost(word).is_some() || (word == "kind" && at + 1 < self.lower.len() && self.is(at + 1, "of")) {
            return 0.0;
        }
        let Some(rated) = self.rated(at) else { return 0.0 };
        let mut valence = rated;
        if word == "no" && at + 1 < self.lower.len() && self.rated(at + 1).is_some() {
            valence = 0.0;
        }
        let no = |back: usize| at >= back && self.is(at - back, "no");
        if no(1) || no(2) || (no(3) && (self.is(at - 1, "or") || self.is(at - 1, "nor"))) {
            valence = rated * TURN;
        }
        if self.shouts && is_upper(&self.written[at]) {
            valence += if valence > 0.0 { CAPITALS } else { -CAPITALS };
        }
        for back in 1..=3 {
            if at < back || self.rated(at - back).is_some() {
                continue;
            }
            let near = [1.0, 0.95, 0.9][back - 1];
            valence += self.boosted(at - back, valence) * near;
            valence = self.negated(valence, back, at);
            if back == 3 {
                valence = self.idioms(valence, at);
            }
        }
        if at > 0 && self.is(at - 1, "least") && self.rated(at - 1).is_none() {
            let kept = at > 1 && (self.is(at - 2, "at") || self.is(at - 2, "very"));
            valence *= if kept { 1.0 } else { TURN };
        }
        valence
    }

    fn boosted(&self, at: usize, valence: f64) -> f64 {
        let Some(by) = boost(&self.lower[at]) else { return 0.0 };
        let by = if valence < 0.0 { -by } else { by };
        let loud = if self.shouts && is_upper(&self.written[at]) { CAPITALS } else { 0.0 };
        if valence > 0.0 { by + loud } else { by - loud }
    }

    fn negated(&self, valence: f64, back: usize, at: usize) -> f64 {
        let so = |i: usize| self.is(i, "so") || self.is(i, "this");
        let (never, doubtless) = match back {
            1 => (false, false),
            2 => (self.is(at - 2, "never") && so(at - 1), self.is(at - 2, "without") && self.is(at - 1, "doubt")),
            _ => (
                (self.is(at - 3, "never") && so(at - 2)) || so(at - 1),
                self.is(at - 3, "without") && (self.is(at - 2, "doubt") || self.is(at - 1, "doubt")),
            ),
        };
        match () {
            () if never => valence * 1.25,
            () if doubtless => valence,
            () if negates(&self.lower[at - back]) => valence * TURN,
            () => valence,
        }
    }

    /// Only asked where three words stand before.
    fn idioms(&self, mut valence: f64, at: usize) -> f64 {
        let phrase = |from: usize, to: usize| self.lower[from..=to].join(" ");
        let (two_one, three_two) = (phrase(at - 2, at - 1), phrase(at - 3, at - 2));
        let three_one = phrase(at - 3, at - 1);
        let before = [phrase(at - 1, at), phrase(at - 2, at), two_one.clone(), three_one.clone(), three_two.clone()];
        valence = before.iter().find_map(|phrase| special(phrase)).unwrap_or(valence);
        for ahead in 1..=2 {
            if at + ahead < self.lower.len() {
                valence = special(&phrase(at, at + ahead)).unwrap_or(valence);
            }
        }
        valence + [three_one, three_two, two_one].iter().filter_map(|phrase| boost(phrase)).sum::<f64>()
    }
}

/// What stands before a "but" counts half, what follows half as much again. Each valence is looked up by its value and the first
/// of equal ones is changed, as the original does.
fn turn_at(valences: &mut [f64], but: usize) {
    for at in 0..valences.len() {
        let valence = valences[at];
        let first = valences.iter().position(|other| *other == valence).unwrap_or(at);
        if first != but {
            valences[first] = valence * if first < but { 0.5 } else { 1.5 };
        }
    }
}

fn emphasis(text: &str) -> f64 {
    let marks = text.matches('!').count().min(4) as f64 * 0.292;
    let questions = text.matches('?').count();
    marks
        + match questions {
            0 | 1 => 0.0,
            2 | 3 => questions as f64 * 0.18,
            _ => 0.96,
        }
}

fn sum_up(valences: &[f64], emphasis: f64) -> Polarity {
    if valences.is_empty() {
        return Polarity::default();
    }
    let mut sum: f64 = valences.iter().sum();
    if sum != 0.0 {
        sum += emphasis.copysign(sum);
    }
    let mut positive: f64 = valences.iter().filter(|v| **v > 0.0).map(|v| v + 1.0).sum();
    let mut negative: f64 = valences.iter().filter(|v| **v < 0.0).map(|v| 1.0 - v).sum();
    let neutral = valences.iter().filter(|v| **v == 0.0).count() as f64;
    if positive > negative {
        positive += emphasis;
    } else if negative > positive {
        negative += emphasis;
    }
    let total = positive + negative + neutral;
    Polarity {
        negative: negative / total,
        neutral: neutral / total,
        positive: positive / total,
        compound: sum / (sum * sum + 15.0).sqrt(),
    }
}
