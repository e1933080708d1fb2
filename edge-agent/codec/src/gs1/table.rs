//! The application identifiers, as the dictionary has them.

use std::sync::LazyLock;

use super::Gs1Error;
use super::element::Unknown;

/// Characters a component is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    Digits,
    Cset82,
    Cset39,
    Base64,
}

/// One component of a value.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) set: Set,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) optional: bool,
    pub(super) linters: Vec<&'static str>,
}

/// One line of the table: an AI, or a range of them.
#[derive(Clone, Debug)]
pub struct Ai {
    first: &'static str,
    last: &'static str,
    /// Whether FNC1 has to follow a value that is not the last.
    pub fnc1: bool,
    /// Whether a digital link may carry it as an attribute.
    pub attribute: bool,
    pub(super) parts: Vec<Part>,
    /// Each must be met; one of its groups has to be there whole.
    pub(super) requires: Vec<&'static str>,
    pub(super) excludes: Vec<&'static str>,
    /// Alternatives of qualifiers in order, for a primary key of a link.
    pub(super) qualifiers: Option<Vec<Vec<&'static str>>>,
    /// For people: `NET WEIGHT (kg)`.
    pub title: &'static str,
    /// Not in the dictionary, and permitted all the same.
    pub(super) unknown: bool,
}

impl Ai {
    /// The fewest characters of a value.
    pub fn min(&self) -> usize {
        self.parts.iter().filter(|part| !part.optional).map(|part| part.min).sum()
    }

    /// The most.
    pub fn max(&self) -> usize {
        self.parts.iter().map(|part| part.max).sum()
    }

    fn unknown(fnc1: bool, min: usize, max: usize) -> Self {
        let parts = vec![Part { set: Set::Cset82, min, max, optional: false, linters: Vec::new() }];
        let none = Vec::new;
        Self {
            first: "",
            last: "",
            fnc1,
            attribute: true,
            parts,
            requires: none(),
            excludes: none(),
            qualifiers: None,
            title: "UNKNOWN",
            unknown: true,
        }
    }
}

struct Table {
    /// In the order of their first AI.
    ais: Vec<Ai>,
    /// Digits of the AIs that begin with these two; 0 where none does.
    lengths: [usize; 100],
    open: Ai,
    fixed_13: Ai,
    fixed_6: Ai,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let lines = include_str!("ai.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut ais: Vec<Ai> = lines.map(|line| entry(line).expect("the table is tested line by line")).collect();
    ais.sort_by_key(|ai| ai.first);
    let mut lengths = [0; 100];
    for ai in &ais {
        // A range such as 91-99 is of several prefixes.
        let (from, to) = (prefix(ai.first.as_bytes()), prefix(ai.last.as_bytes()));
        if let (Some(from), Some(to)) = (from, to) {
            lengths[from..=to].fill(ai.first.len());
        }
    }
    let (open, fixed_13, fixed_6) = (Ai::unknown(true, 1, 90), Ai::unknown(false, 13, 13), Ai::unknown(false, 6, 6));
    Table { ais, lengths, open, fixed_13, fixed_6 }
});

/// The number of the first two digits.
fn prefix(text: &[u8]) -> Option<usize> {
    match text {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', ..] => Some(usize::from(a - b'0') * 10 + usize::from(b - b'0')),
        _ => None,
    }
}

fn entry(line: &'static str) -> Option<Ai> {
    let [ais, flags, spec, attributes, title] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
    let (first, last) = ais.split_once('-').unwrap_or((ais, ais));
    let with = |key: &'static str| attributes.split(' ').filter_map(move |one| one.strip_prefix(key));
    let qualifiers = attributes.split(' ').find_map(|one| match one.strip_prefix("dlpkey")? {
        "" => Some(vec![Vec::new()]),
        list => Some(list.strip_prefix('=')?.split('|').map(|one| one.split(',').collect()).collect()),
    });
    Some(Ai {
        first,
        last,
        fnc1: !flags.contains('*'),
        attribute: flags.contains('?'),
        parts: spec.split(' ').map(part).collect::<Option<_>>()?,
        requires: with("req=").collect(),
        excludes: with("ex=").flat_map(|list| list.split(',')).collect(),
        qualifiers,
        title,
        unknown: false,
    })
}

fn part(text: &'static str) -> Option<Part> {
    let mut words = text.split(',');
    let kind = words.next()?;
    let (kind, optional) = match kind.strip_prefix('[') {
        Some(inner) => (inner.strip_suffix(']')?, true),
        None => (kind, false),
    };
    let (set, length) = kind.split_at_checked(1)?;
    let set = match set {
        "N" => Set::Digits,
        "X" => Set::Cset82,
        "Y" => Set::Cset39,
        "Z" => Set::Base64,
        _ => return None,
    };
    let (min, max) = match length.strip_prefix("..") {
        Some(most) => (1, most.parse().ok()?),
        None => (length.parse().ok()?, length.parse().ok()?),
    };
    Some(Part { set, min, max, optional, linters: words.collect() })
}

/// The AI with exactly this number.
pub(super) fn exact(ai: &[u8], unknown: Unknown) -> Option<&'static Ai> {
    if !(2..=4).contains(&ai.len()) || !ai.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length = TABLE.lengths[prefix(ai)?];
    if length != 0 && length != ai.len() {
        return None;
    }
    find(ai).or_else(|| (unknown == Unknown::Permit).then(|| vivify(ai)).flatten())
}

/// The AI that `data` begins with, and how many digits it has.
pub(super) fn leading(data: &[u8], unknown: Unknown) -> Option<(&'static Ai, usize)> {
    // Of an unknown one of unknown length nobody can say where its value begins.
    let length = Some(TABLE.lengths[prefix(data)?]).filter(|length| *length != 0)?;
    Some((exact(data.get(..length)?, unknown)?, length))
}

fn find(ai: &[u8]) -> Option<&'static Ai> {
    let table: &'static Table = &TABLE;
    let after = table.ais.partition_point(|one| one.first.as_bytes() <= ai);
    let found = table.ais.get(after.checked_sub(1)?)?;
    (found.first.len() == ai.len() && ai <= found.last.as_bytes()).then_some(found)
}

/// An AI that is not in use yet follows the pre-defined lengths of its prefix (GS1 General Specifications §7.8.5).
fn vivify(ai: &[u8]) -> Option<&'static Ai> {
    let table: &'static Table = &TABLE;
    Some(match (prefix(ai)?, ai.len()) {
        (41, 3) => &table.fixed_13,
        (31..=36, 4) => &table.fixed_6,
        _ => &table.open,
    })
}

/// The table as it is kept here, from the text of a GS1 Barcode Syntax Dictionary.
pub fn compact(dictionary: &str) -> Result<String, Gs1Error> {
    let mut table = String::from(HEADER);
    for line in dictionary.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (rule, title) = line.split_once(" # ").unwrap_or((line, ""));
        let words: Vec<&str> = rule.split_whitespace().collect();
        let is_flags = |word: &&&str| word.starts_with(['*', '?']);
        let (ai, flags) =
            (words.first().copied().unwrap_or_default(), words.get(1).filter(is_flags).copied().unwrap_or(""));
        let rest = &words[(1 + usize::from(!flags.is_empty())).min(words.len())..];
        let is_part = |word: &&str| word.starts_with(['N', 'X', 'Y', 'Z', '[']);
        let parts = rest.iter().take_while(|word| is_part(word)).count();
        if parts == 0 {
            return Err(Gs1Error::Syntax { what: "a line without a format", at: 0, expected: "AI, flags, format" });
        }
        let columns = [ai, flags, &rest[..parts].join(" "), &rest[parts..].join(" "), title.trim()];
        table.push_str(&columns.join("\t"));
        table.push('\n');
    }
    Ok(table)
}

const HEADER: &str = "\
# Application identifiers: AI or range, flags (* needs no FNC1, ? may be a link's attribute), format, relations, title.
# Made from the GS1 Barcode Syntax Dictionary, of which this is the data without the comments; do not edit.
# Copyright (c) 2020-2021 BWIPP project, (c) 2020-2021 Zint Project, (c) 2021-2025 GS1 AISBL.
# Licensed under the Apache License, Version 2.0: http://www.apache.org/licenses/LICENSE-2.0
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read_and_its_ranges_are_found() {
        let lines = include_str!("ai.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.clone().count(), TABLE.ais.len());
        for line in lines {
            let ai = entry(line).unwrap_or_else(|| panic!("{line}"));
            for code in [ai.first, ai.last] {
                let found = exact(code.as_bytes(), Unknown::Refuse).unwrap_or_else(|| panic!("{code}"));
                assert_eq!(found.first, ai.first);
                assert_eq!(leading(code.as_bytes(), Unknown::Refuse).map(|(_, length)| length), Some(code.len()));
            }
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_unknown() {
        for code in ["89", "3106", "1", "12345", "0x", ""] {
            assert!(exact(code.as_bytes(), Unknown::Refuse).is_none(), "{code}");
        }
        assert!(exact(b"89", Unknown::Permit).is_some_and(|ai| ai.unknown && ai.fnc1));
        assert!(exact(b"3106", Unknown::Permit).is_some_and(|ai| ai.max() == 6 && !ai.fnc1));
        assert!(exact(b"012", Unknown::Permit).is_none(), "01 is two digits");
        assert!(leading(b"891234", Unknown::Permit).is_none());
    }
}
