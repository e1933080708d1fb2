//! A stretch of digits and separators that may hide a card number, and what is blanked in it.

use super::Field;
use super::brand::{brand, is_gtin, is_rare, is_rather_article, luhn};
use super::glyph::{self, Gap};

/// Separators between two digits of one number: marks, and blanks on one line.
const MAX_MARKS: usize = 4;
const MAX_BLANKS: usize = 4;
/// White space around a line break, and breaks in a row.
const MAX_BLANKS_WRAPPED: usize = 64;
const MAX_NEWLINES: usize = 2;
/// Digits held before the first of them are settled, and how many stay (more than the longest number).
const FULL: usize = 256;
const KEEP: usize = 48;
/// A track has at most 79 characters on the first line (ISO/IEC 7813); some more where it is wrapped.
const MAX_TRACK: usize = 120;
/// Digits that stay readable.
const LAST: usize = 4;

#[derive(Clone, Copy, Debug)]
struct Digit {
    at: usize,
    bytes: usize,
    value: u8,
    /// A separator, or the text's start, is before it.
    starts: bool,
    /// What is directly before it.
    before: char,
    /// The separator before it held a line break.
    wrapped: bool,
    hidden: bool,
}

/// What follows a card number on a track: name, expiry, service code, codes of the issuer.
#[derive(Clone, Copy, Debug)]
struct Track {
    from: usize,
    /// Opened by `;` or `%B`, and so closed by `?`.
    sentinel: bool,
    /// The first track holds letters.
    letters: bool,
    seen: bool,
}

#[derive(Debug, Default)]
pub(super) struct Region {
    raw: Vec<u8>,
    digits: Vec<Digit>,
    marks: usize,
    blanks: usize,
    newlines: usize,
    last: Option<char>,
    track: Option<Track>,
    /// The first digit continues a run whose start is settled already.
    continued: bool,
}

impl Region {
    pub(super) fn is_closed(&self) -> bool {
        self.raw.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.digits.len() >= FULL
    }

    /// Takes a character that may belong to a number; `false` when this stretch cannot hold it.
    pub(super) fn take(&mut self, raw: &[u8], letter: char, before: &[u8]) -> bool {
        if self.track.is_some() {
            return self.take_track(raw, letter);
        }
        if let Some(value) = glyph::digit(letter) {
            let starts = self.marks + self.blanks + self.newlines > 0 || self.digits.is_empty();
            let outside = || before.last().map_or('\n', |byte| *byte as char);
            self.digits.push(Digit {
                at: self.raw.len(),
                bytes: raw.len(),
                value,
                starts,
                before: self.last.unwrap_or_else(outside),
                wrapped: self.newlines > 0,
                hidden: false,
            });
            (self.marks, self.blanks, self.newlines) = (0, 0, 0);
            self.add(raw, letter);
            return true;
        }
        if self.digits.is_empty() {
            return false;
        }
        let ends_digit = self.marks + self.blanks + self.newlines == 0;
        if ends_digit && matches!(letter, '=' | '^' | 'D' | 'd') && self.opens_track(letter) {
            self.add(raw, letter);
            return true;
        }
        let fits = match glyph::gap(letter) {
            None => false,
            Some(Gap::Mark) => {
                self.marks += 1;
                self.marks <= MAX_MARKS
            }
            Some(Gap::Blank) => {
                self.blanks += 1;
                self.blanks <= if self.newlines > 0 { MAX_BLANKS_WRAPPED } else { MAX_BLANKS }
            }
            Some(Gap::Newline) => {
                // CR LF is one break.
                self.newlines += usize::from(letter != '\n' || self.last != Some('\r'));
                self.newlines <= MAX_NEWLINES
            }
        };
        if fits {
            self.add(raw, letter);
        }
        fits
    }

    fn add(&mut self, raw: &[u8], letter: char) {
        self.raw.extend_from_slice(raw);
        self.last = Some(letter);
    }

    /// Whether what stands before `=`, `D` or `^` is a card number, so that a track follows.
    fn opens_track(&mut self, letter: char) -> bool {
        let end = self.digits.len();
        let run = (0..end).rev().find(|at| self.digits[*at].starts).unwrap_or(0);
        let sentinel = match letter {
            '=' => self.digits[run].before == ';',
            '^' => matches!(self.digits[run].before, 'B' | 'b'),
            _ => false,
        } && (12..=19).contains(&(end - run));
        let known = (13..=19).filter_map(|length| end.checked_sub(length)).any(|start| self.is_card(start, end));
        if !sentinel && !known {
            return false;
        }
        if sentinel {
            for digit in &mut self.digits[run..end - LAST] {
                digit.hidden = true;
            }
        }
        let from = self.raw.len() + letter.len_utf8();
        self.track = Some(Track { from, sentinel, letters: letter == '^', seen: false });
        true
    }

    fn take_track(&mut self, raw: &[u8], letter: char) -> bool {
        let Some(track) = &mut self.track else { return false };
        let fits = self.raw.len() - track.from < MAX_TRACK
            && match letter {
                '?' => false,
                '\r' | '\n' => track.sentinel,
                letter if track.letters => !letter.is_control(),
                '=' => true,
                letter => glyph::digit(letter).is_some(),
            };
        if fits {
            track.seen = true;
            self.add(raw, letter);
        }
        fits
    }

    /// Whether a number may begin here: after a separator, after leading zeros, or after its own length (LLVAR).
    fn may_start(&self, start: usize) -> bool {
        let digit = self.digits[start];
        if digit.starts {
            return start > 0 || !self.continued;
        }
        let run = (0..start).rev().find(|at| self.digits[*at].starts).unwrap_or(0);
        if run == 0 && self.continued {
            return false;
        }
        let ahead = &self.digits[run..start];
        let end = (start..self.digits.len()).skip(1).find(|at| self.digits[*at].starts).unwrap_or(self.digits.len());
        // Only a number in one piece has such a head: `05` of a time of day is not a 5.
        end - start >= 13
            && (ahead.iter().all(|digit| digit.value == 0)
                || (ahead.len() == 2 && usize::from(ahead[0].value * 10 + ahead[1].value) == end - start))
    }

    fn may_end(&self, end: usize, closing: bool) -> bool {
        match self.digits.get(end) {
            Some(next) => next.starts,
            None => closing || self.marks + self.blanks + self.newlines > 0,
        }
    }

    fn is_card(&self, start: usize, end: usize) -> bool {
        let mut values = [0; 19];
        let values = &mut values[..end - start];
        for (value, digit) in values.iter_mut().zip(&self.digits[start..end]) {
            *value = digit.value;
        }
        brand(values).is_some() && self.may_start(start) && luhn(values)
    }

    /// Whether the digits of a card are more likely an article number.
    fn is_article(&self, start: usize, end: usize, field: Field, before: &[u8]) -> bool {
        let digits = &self.digits[start..end];
        let values: Vec<u8> = digits.iter().map(|digit| digit.value).collect();
        let whole = digits[1..].iter().all(|digit| !digit.starts);
        let rare = brand(&values).is_some_and(|brand| is_rare(brand, values.len()));
        if !whole {
            // Nobody groups a card number as eleven digits and two: that is two numbers side by side.
            let runs = digits.iter().enumerate().skip(1).filter(|(_, digit)| digit.starts);
            let mut from = 0;
            let mut longest = 0;
            let mut wrapped = false;
            for (at, digit) in runs {
                longest = longest.max(at - from);
                from = at;
                wrapped |= digit.wrapped;
            }
            return (rare && !wrapped && longest.max(digits.len() - from) > 8)
                || self.holds_a_time(start, end)
                || self.is_column(start, end)
                || self.holds_other_numbers(start, end);
        }
        // Scanners print article numbers in ASCII, and no track follows them.
        let plain = digits.iter().all(|digit| digit.bytes == 1) && digits[0].starts;
        is_gtin(&values)
            && plain
            && !(self.track.is_some() && end == self.digits.len())
            && match field {
                Field::Code => true,
                Field::Text => is_rather_article(&values) && !speaks_of_cards(before),
                Field::Number => false,
            }
    }

    /// Whether a part of it reads `12:05`, beside other separators: a date and a time, not a number.
    fn holds_a_time(&self, start: usize, end: usize) -> bool {
        let digits = &self.digits[start..end];
        let breaks: Vec<usize> = (1..digits.len()).filter(|at| digits[*at].starts).collect();
        let colon = |at: &usize| digits[*at].before == ':';
        let pair = |at: &usize| *at >= 2 && !digits[*at - 1].starts && digits.get(*at + 1).is_some_and(|d| !d.starts);
        breaks.iter().any(|at| colon(at) && pair(at)) && !breaks.iter().all(colon)
    }

    /// Whether it is a column of small numbers: a wrapped card number has three digits and more on all but its last line.
    fn is_column(&self, start: usize, end: usize) -> bool {
        let breaks = (start + 1..end).filter(|at| self.digits[*at].starts && self.digits[*at].wrapped);
        let (mut from, mut lines, mut shortest) = (start, 0, usize::MAX);
        for at in breaks {
            (shortest, lines, from) = (shortest.min(at - from), lines + 1, at);
        }
        lines > 1 && shortest < 3
    }

    /// Whether one of its words is a date, or two read `12.50` or `1,30`: numbers that only stand side by side.
    fn holds_other_numbers(&self, start: usize, end: usize) -> bool {
        let digits = &self.digits[start..end];
        let (mut amounts, mut words, mut from, mut date) = (0, 0, 0, false);
        for at in 1..=digits.len() {
            // A word ends before a blank or a line break.
            if at < digits.len() && !(digits[at].starts && (digits[at].wrapped || digits[at].before.is_whitespace())) {
                continue;
            }
            words += 1;
            amounts += usize::from(is_amount(&digits[from..at]));
            date |= is_date(&digits[from..at]);
            from = at;
        }
        amounts >= 2 || (date && words > 1)
    }

    /// Settles everything; the stretch is closed after it. Returns how many stretches were blanked.
    pub(super) fn settle(&mut self, field: Field, before: &[u8], out: &mut Vec<u8>) -> u64 {
        let mut blanked = self.mark(field, before, true);
        let end = self.track.filter(|track| track.seen).map_or(self.raw.len(), |track| track.from);
        self.write(end, out);
        if end < self.raw.len() {
            out.extend_from_slice(b"[track]");
            blanked += 1;
        }
        *self = Self::default();
        blanked
    }

    /// Settles the first part of a very long stretch and keeps what a number may still need.
    pub(super) fn settle_some(&mut self, field: Field, before: &[u8], out: &mut Vec<u8>) -> u64 {
        let blanked = self.mark(field, before, false);
        let first = self.digits.len() - KEEP;
        let cut = self.digits[first].at;
        self.write(cut, out);
        self.raw.drain(..cut);
        self.digits.drain(..first);
        for digit in &mut self.digits {
            digit.at -= cut;
        }
        self.continued = !self.digits[0].starts;
        if let Some(track) = &mut self.track {
            track.from = track.from.saturating_sub(cut);
        }
        blanked
    }

    fn write(&self, end: usize, out: &mut Vec<u8>) {
        let mut from = 0;
        for digit in self.digits.iter().filter(|digit| digit.hidden && digit.at < end) {
            out.extend_from_slice(&self.raw[from..digit.at]);
            out.push(b'*');
            from = digit.at + digit.bytes;
        }
        out.extend_from_slice(&self.raw[from..end]);
    }

    /// Marks what must go. Where several readings overlap, all of them go, up to the last four of the last.
    fn mark(&mut self, field: Field, before: &[u8], closing: bool) -> u64 {
        let mut blanked = u64::from(self.digits.iter().any(|digit| digit.hidden));
        blanked += self.mark_security_code(before);
        let count = self.digits.len();
        let closing = closing || self.track.is_some();
        let mut cluster: Option<(usize, usize)> = None;
        let mut clusters = Vec::new();
        for start in 0..count.saturating_sub(12) {
            let latest = (start + 19).min(count);
            for end in start + 13..=latest {
                if !self.may_end(end, closing)
                    || !self.is_card(start, end)
                    || self.is_article(start, end, field, before)
                {
                    continue;
                }
                cluster = match cluster {
                    Some((from, to)) if start < to => Some((from, to.max(end))),
                    other => {
                        clusters.extend(other);
                        Some((start, end))
                    }
                };
            }
        }
        clusters.extend(cluster);
        for (from, to) in &clusters {
            for digit in &mut self.digits[*from..to - LAST] {
                digit.hidden = true;
            }
        }
        blanked + clusters.len() as u64
    }

    /// `CVV: 123`, `cvc2 1234`: a security code is never kept.
    fn mark_security_code(&mut self, before: &[u8]) -> u64 {
        let ahead: Vec<u8> = before
            .iter()
            .rev()
            .skip_while(|byte| !byte.is_ascii_alphanumeric())
            .take(3)
            .map(u8::to_ascii_lowercase)
            .collect();
        if ahead != b"vvc" && ahead != b"cvc" {
            return 0;
        }
        let run_end =
            |from: usize| (from + 1..self.digits.len()).find(|at| self.digits[*at].starts).unwrap_or(self.digits.len());
        let (mut from, mut to) = (0, run_end(0));
        if to == 1 && self.digits[0].value == 2 && to < self.digits.len() {
            (from, to) = (1, run_end(1));
        }
        if !(3..=4).contains(&(to - from)) {
            return 0;
        }
        for digit in &mut self.digits[from..to] {
            digit.hidden = true;
        }
        1
    }
}

/// Where the groups of a word begin, after its first.
fn groups(word: &[Digit]) -> Vec<usize> {
    (1..word.len()).filter(|at| word[*at].starts).collect()
}

/// `12.50`, `1,30`.
fn is_amount(word: &[Digit]) -> bool {
    let [places] = groups(word)[..] else { return false };
    places + 2 == word.len() && !word[places].wrapped && matches!(word[places].before, '.' | ',')
}

/// `26/06/18`, `26-06-2018`, `2018-06-26`.
fn is_date(word: &[Digit]) -> bool {
    let [second, third] = groups(word)[..] else { return false };
    let number =
        |from: usize, to: usize| word[from..to].iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit.value));
    let day = |from: usize, to: usize| (1..=31).contains(&number(from, to));
    word[second].before == word[third].before
        && matches!(word[second].before, '/' | '-' | '.')
        && match (second, third, word.len()) {
            (2, 4, 6 | 8) => day(0, 2) && day(2, 4),
            (4, 6, 8) => day(4, 6) && day(6, 8),
            _ => false,
        }
}

/// Whether the text ahead of a number names cards.
fn speaks_of_cards(before: &[u8]) -> bool {
    const WORDS: [&str; 13] = [
        "card", "karte", "carte", "tarjeta", "carta", "kort", "visa", "maestro", "master", "amex", "debit", "credit",
        "kredit",
    ];
    let text = String::from_utf8_lossy(before).to_ascii_lowercase();
    let word = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric());
    WORDS.iter().any(|name| text.contains(name)) || text.rfind("pan").is_some_and(word)
}
