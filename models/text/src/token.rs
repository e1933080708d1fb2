//! A text as words: one function, used where a model is trained and where it serves.
//!
//! Lower case; `don't`, `don 't` and `do n't` all become `do n't`; `'s`, `'re` and their kin stand alone; hyphens hold words
//! together; of the punctuation only `!`, `?`, commas and faces stay. At most [`MOST`] words of a text are read.

/// Words read of one text; the rest says no more about its mood.
const MOST: usize = 2048;
/// Letters read of one word.
const LONGEST: usize = 64;

/// The words of one text, in one buffer that is used again.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    text: String,
    ends: Vec<u32>,
}

impl Tokens {
    /// Forgets what was read and reads `text`.
    pub fn read(&mut self, text: &str) {
        self.text.clear();
        self.ends.clear();
        let mut rest = text.chars().peekable();
        let mut open = false;
        while let Some(letter) = rest.next() {
            let letter = plain(letter);
            let goes_on = rest.peek().is_some_and(|next| next.is_alphanumeric());
            if letter.is_alphanumeric() {
                open = true;
                self.push(letter);
            } else if letter == '\'' && goes_on {
                // What follows an apostrophe is judged when the word is at its end.
                self.push('\'');
                open = true;
            } else if letter == '-' && open && goes_on {
                self.push('-');
            } else {
                self.close(&mut open);
                match letter {
                    '!' | '?' | ',' => self.mark(letter),
                    ':' | ';' | '=' => self.face(letter, &mut rest),
                    _ => {}
                }
            }
            if self.ends.len() >= MOST {
                break;
            }
        }
        self.close(&mut open);
        self.ends.truncate(MOST);
    }

    /// How many words.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The words in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|at| self.word(at))
    }

    fn begin(&self, at: usize) -> usize {
        if at == 0 { 0 } else { self.ends[at - 1] as usize }
    }

    fn word(&self, at: usize) -> &str {
        &self.text[self.begin(at)..self.ends[at] as usize]
    }

    fn last_end(&self) -> usize {
        self.begin(self.ends.len())
    }

    fn push(&mut self, letter: char) {
        if self.text.len() < self.last_end() + LONGEST {
            if letter.is_ascii() {
                self.text.push(letter.to_ascii_lowercase());
            } else {
                self.text.extend(letter.to_lowercase());
            }
        }
    }

    fn end(&mut self) {
        if self.text.len() > self.last_end() {
            self.ends.push(self.text.len() as u32);
        }
    }

    /// Ends the open word, taking its contraction off.
    fn close(&mut self, open: &mut bool) {
        if !std::mem::take(open) {
            return;
        }
        let begin = self.last_end();
        let word = &self.text[begin..];
        if word == "'t" && self.ends.last().is_some() && self.text[..begin].ends_with('n') {
            // "does n 't" and "don 't": the n belongs to the t.
            let before = self.ends.len() - 1;
            let alone = self.word(before) == "n";
            self.ends.pop();
            if !alone {
                self.ends.push(begin as u32 - 1);
            }
            self.ends.push(self.text.len() as u32);
            return;
        }
        let cut = match word.rfind('\'') {
            Some(at) if at > 1 && word.ends_with("n't") => Some(at - 1),
            Some(at) if at > 0 && ["'s", "'re", "'ve", "'ll", "'d", "'m"].contains(&&word[at..]) => Some(at),
            _ => None,
        };
        if let Some(at) = cut {
            self.ends.push((begin + at) as u32);
        } else if word.starts_with('\'') && !["'s", "'re", "'ve", "'ll", "'d", "'m", "'t"].contains(&word) {
            // A quotation mark, no contraction.
            self.text.remove(begin);
        }
        self.end();
    }

    fn mark(&mut self, letter: char) {
        self.text.push(letter);
        self.end();
    }

    fn face(&mut self, eyes: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
        let mut ahead = rest.clone();
        let mut next = ahead.next();
        if matches!(next, Some('-' | '\'')) {
            next = ahead.next();
        }
        let mouth = match next {
            Some(mouth @ (')' | '(' | '/')) => mouth,
            Some('D' | 'd') => 'd',
            Some('P' | 'p') => 'p',
            _ => return,
        };
        if mouth.is_alphabetic() && ahead.peek().is_some_and(|letter| letter.is_alphanumeric()) {
            return;
        }
        *rest = ahead;
        self.text.push(eyes);
        self.text.push(mouth);
        self.end();
    }
}

/// Typographic marks as the plain ones.
fn plain(letter: char) -> char {
    match letter {
        '’' | '‘' | '`' | '´' => '\'',
        '–' | '‐' | '‑' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let mut tokens = Tokens::default();
        tokens.read(text);
        tokens.iter().collect::<Vec<_>>().join("|")
    }

    #[test]
    fn contractions_are_one_whatever_their_spelling() {
        for text in ["It doesn't work", "it does n't work", "It DOES n 't work", "it doesn’t work"] {
            assert_eq!(words(text), "it|does|n't|work");
        }
        assert_eq!(words("the shop's queue, they're slow"), "the|shop|'s|queue|,|they|'re|slow");
    }

    #[test]
    fn marks_and_faces_stay_and_the_rest_goes() {
        assert_eq!(words("Well-made!! (really) :-) :D 5/10?"), "well-made|!|!|really|:)|:d|5|10|?");
        assert_eq!(words("note: Deli"), "note|deli");
        assert_eq!(words("'' - ' --"), "");
    }
}
