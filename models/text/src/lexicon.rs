//! Words and how good or bad they are: VADER's files in their format, or our own list.

use crate::hash::Map;

/// Valence by word, with what an emoji says in words.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    pub(crate) words: Map<String, f64>,
    pub(crate) emoji: Map<char, String>,
    /// Phrases by their first word, longest first.
    pub(crate) phrases: Map<String, Vec<(Vec<String>, f64)>>,
}

/// Why a lexicon cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LexiconError {
    /// A line does not have the two columns that are read.
    #[error("line {line} of the lexicon has no second column: expected an entry, a tab and its valence")]
    NoColumn {
        /// Counted from 1.
        line: usize,
    },
    /// The second column is no finite number.
    #[error("line {line} of the lexicon gives {found:?} as valence: expected a number such as -1.5")]
    NoNumber {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
}

impl Lexicon {
    /// The list that ships: about 4,000 entries, single words and phrases, rated by us for reviews and survey answers of shops.
    pub fn own() -> Self {
        let mut own = Self::default();
        for line in include_str!("lexicon/valence.txt").lines().filter(|line| !line.starts_with('#')) {
            let Some((valence, entries)) = line.split_once(": ") else { continue };
            let Ok(valence) = valence.parse::<f64>() else { continue };
            for entry in entries.split(", ") {
                own.add(entry.trim(), valence);
            }
        }
        own.phrases.values_mut().for_each(|list| list.sort_by_key(|(words, _)| std::cmp::Reverse(words.len())));
        own
    }

    /// Reads VADER's two files (Hutto & Gilbert 2014): `entry TAB valence …` a line, and `emoji TAB description` a line.
    ///
    /// # Errors
    /// A line without its second column, or with a valence that is no number; the line is named.
    pub fn vader(words: &str, emoji: &str) -> Result<Self, LexiconError> {
        let mut lexicon = Self::default();
        for (index, row) in words.split('\n').enumerate() {
            if row.trim().is_empty() {
                continue;
            }
            let (entry, rest) = columns(row, index)?;
            let found = rest.split('\t').next().unwrap_or_default();
            let valence = found.trim().parse::<f64>().ok().filter(|valence| valence.is_finite());
            let valence = valence.ok_or_else(|| LexiconError::NoNumber { line: index + 1, found: found.to_owned() })?;
            lexicon.words.insert(entry.to_owned(), valence);
        }
        for (index, row) in emoji.split('\n').enumerate() {
            if row.trim().is_empty() {
                continue;
            }
            let (entry, rest) = columns(row, index)?;
            let mut letters = entry.chars();
            // A sequence of several characters is never met: texts are read a character at a time.
            if let (Some(letter), None) = (letters.next(), letters.next()) {
                lexicon.emoji.insert(letter, rest.split('\t').next().unwrap_or_default().to_owned());
            }
        }
        Ok(lexicon)
    }

    /// Entries, words and phrases.
    pub fn len(&self) -> usize {
        self.words.len() + self.phrases.values().map(Vec::len).sum::<usize>()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Valence of a single lower-case word.
    pub fn valence(&self, word: &str) -> Option<f64> {
        self.words.get(word).copied()
    }

    fn add(&mut self, entry: &str, valence: f64) {
        let mut words = entry.split(' ').map(str::to_owned);
        let Some(first) = words.next() else { return };
        if !entry.contains(' ') {
            self.words.insert(first, valence);
            return;
        }
        let list = self.phrases.entry(first.clone()).or_default();
        list.push((std::iter::once(first).chain(words).collect(), valence));
    }
}

fn columns(row: &str, index: usize) -> Result<(&str, &str), LexiconError> {
    row.trim().split_once('\t').ok_or(LexiconError::NoColumn { line: index + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_named() {
        assert_eq!(
            Lexicon::vader("good\t1.9\nbad", "").expect_err("it is refused"),
            LexiconError::NoColumn { line: 2 }
        );
        let error = Lexicon::vader("good\tvery", "").expect_err("it is refused");
        assert!(error.to_string().contains("line 1") && error.to_string().contains("very"));
    }

    #[test]
    fn the_shipped_list_is_whole() {
        let own = Lexicon::own();
        assert!(own.len() > 2000, "{}", own.len());
        let rated =
            include_str!("lexicon/valence.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in rated {
            let valence = line.split_once(": ").and_then(|(valence, _)| valence.parse::<f64>().ok());
            assert!(valence.is_some_and(|v| v.abs() <= 4.0), "{line}");
        }
        assert!(own.valence("overpriced") < Some(-1.0) && own.valence("fresh") > Some(1.0));
    }
}
