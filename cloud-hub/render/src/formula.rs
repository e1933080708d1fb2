//! Keeps words from becoming formulas when a CSV is opened in a spreadsheet (OWASP, "CSV Injection").
//!
//! A spreadsheet reads a cell that begins with `=`, `+`, `-` or `@` as a formula, with TAB, CR or LF before it too, and
//! some read the full-width forms like the ASCII ones. Quotes do not help: they are gone before the cell is read. So an
//! apostrophe goes in front, which spreadsheets show and do not evaluate.
//!
//! The start of a cell is not the only place. A program that splits at `;` where the file is written with `,` (Excel
//! goes by its user's country) takes what follows a `;` for a cell of its own, and, as it then sees the quotes in the
//! middle of a cell, a line break for a new row. So the same holds after `;`, TAB, `|` and line breaks inside a text;
//! spaces, quotes and invisible characters in front of the sign change nothing.
//!
//! A text that is nothing but a plain number ("-5", "+49.90") is left as it is: no program finds more than a number
//! in it. [`restore`] takes the apostrophes out again, exactly.

use std::borrow::Cow;

/// What makes a formula of what follows.
fn is_trigger(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\u{fe66}' | '\u{fe62}' | '\u{fe63}' | '\u{fe6b}')
}

/// After which another program may begin a new cell.
fn is_splitter(c: char) -> bool {
    matches!(c, ';' | '\t' | '|' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What a program may throw away in front of a cell's first sign.
fn is_skipped(c: char) -> bool {
    matches!(c, '"' | '\'' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
        || ((c.is_whitespace() || c.is_control()) && !is_splitter(c))
}

/// Whether a cell that begins here could be read as a formula.
fn begins_formula(rest: &str) -> bool {
    rest.chars().find(|c| !is_skipped(*c)).is_some_and(is_trigger)
}

/// Whether a whole text is: TAB, CR and LF in front of it are triggers of their own.
fn is_dangerous_start(text: &str) -> bool {
    let first = text.chars().find(|c| !is_skipped(*c));
    first.is_some_and(|c| is_trigger(c) || matches!(c, '\t' | '\r' | '\n')) && !is_plain_number(text)
}

fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a spreadsheet could read something in `text` as a formula.
pub(crate) fn is_dangerous(text: &str) -> bool {
    is_dangerous_start(text) || breaks(text).any(|at| begins_formula(&text[at..]))
}

/// The places inside a text where another program may begin a new cell.
fn breaks(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().filter(|(_, c)| is_splitter(*c)).map(|(at, c)| at + c.len_utf8())
}

/// `text` with an apostrophe before everything a spreadsheet could read as a formula.
pub fn neutralise(text: &str) -> Cow<'_, str> {
    if !is_dangerous(text) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 4);
    if is_dangerous_start(text) {
        safe.push('\'');
    }
    let mut written = 0;
    for at in breaks(text).filter(|at| begins_formula(&text[*at..])) {
        safe.push_str(&text[written..at]);
        safe.push('\'');
        written = at;
    }
    safe.push_str(&text[written..]);
    Cow::Owned(safe)
}

/// What [`neutralise`] was given, for a program that reads such a file back.
pub fn restore(safe: &str) -> Cow<'_, str> {
    let guarded = |at: usize| safe[at..].strip_prefix('\'').is_some_and(begins_formula);
    let at_start = safe.strip_prefix('\'').is_some_and(is_dangerous_start);
    let mut places: Vec<usize> = breaks(safe).filter(|at| guarded(*at)).collect();
    if at_start {
        places.insert(0, 0);
    }
    if places.is_empty() {
        return Cow::Borrowed(safe);
    }
    let mut text = String::with_capacity(safe.len());
    let mut written = 0;
    for at in places {
        text.push_str(&safe[written..at]);
        written = at + 1; // the apostrophe
    }
    text.push_str(&safe[written..]);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_words_and_numbers_pass() {
        for text in
            ["", "Milk 3.5 %", "a=b", "-5", "+49.90", "-0.001", "good, -5 degrees", "a - b", "'tis", "12;13", "a\r\nb"]
        {
            assert_eq!(neutralise(text), text);
        }
    }

    #[test]
    fn what_looks_like_a_formula_gets_an_apostrophe() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("-1+1", "'-1+1"),
            ("-5.", "'-5."),
            ("＝1", "'＝1"),
            ("\t=1", "'\t'=1"),
            ("  \u{feff}@SUM(A1)", "'  \u{feff}@SUM(A1)"),
            ("\"=1", "'\"=1"),
            ("'=1", "''=1"),
            ("ok;=cmd|' /C calc'!A0", "ok;'=cmd|' /C calc'!A0"),
            ("a\n- b", "a\n'- b"),
        ] {
            assert_eq!(neutralise(text), safe, "{text:?}");
        }
    }

    proptest! {
        /// The importer gets back what was exported, whatever it was.
        #[test]
        fn what_was_neutralised_can_be_restored(text in "[=+\\-@＝'\" ;|\t\r\na1.5\u{feff}]{0,12}") {
            let safe = neutralise(&text);
            prop_assert_eq!(restore(&safe), text.as_str());
        }

        /// However another program splits it, no piece begins a formula.
        #[test]
        fn no_piece_begins_a_formula(text in "[=+\\-@＝'\" ;|\t\r\na1\u{feff}]{0,12}") {
            let safe = neutralise(&text);
            prop_assume!(!is_plain_number(&text));
            for piece in safe.split([';', '\t', '|', '\n', '\r']) {
                let seen = piece.trim_start_matches([' ', '"', '\u{feff}']);
                prop_assert!(!seen.starts_with(['=', '+', '-', '@', '＝']), "{:?} in {:?}", piece, safe);
            }
        }
    }
}
