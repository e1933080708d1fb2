//! The evidence of a case, to be handed to somebody who does not trust us.
//!
//! A text of lines (JSONL). The first names the format, the case, how many entries follow and the head: the hash of the
//! last of them. Each further line is `{"entry":…,"hash":…}` in canonical JSON. The hash is the SHA-256 of the text of
//! `entry`, and `entry.prev` is the hash of the entry before. A head that was noted elsewhere, in the timeline of the
//! case at the next export or on paper, tells a chain that was made anew from the first one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CaseId, Entry, Hash, canonical};

const FORMAT: &str = "vyavs-case-evidence/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    case: CaseId,
    entries: u64,
    format: String,
    head: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    entry: Entry,
    hash: Hash,
}

/// What verified evidence says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Of which case.
    pub case: CaseId,
    /// The hash of its last entry.
    pub head: Hash,
    /// Its timeline.
    pub entries: Vec<Entry>,
}

/// Where evidence was altered: at its first line that does not hold, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Altered {
    /// The header.
    #[error("line 1 is not the header of {FORMAT}")]
    Header,
    /// An entry, or its hash.
    #[error("line {line} was altered: {why}")]
    Line {
        /// Which.
        line: usize,
        /// How it shows.
        why: &'static str,
    },
    /// Lines are missing at the end, or too many.
    #[error("expected {expected} entries after the header, got {got}")]
    Length {
        /// By the header.
        expected: u64,
        /// In the text.
        got: u64,
    },
    /// The chain holds, but it is another one than the head says.
    #[error("expected the chain to end in {expected}, but it ends in {got}")]
    Head {
        /// The head that was noted.
        expected: Hash,
        /// The hash of the last entry.
        got: Hash,
    },
}

/// The evidence as text. The entries are all of the case, in order; `None` where there are none.
pub fn export(entries: &[Entry]) -> Option<String> {
    let last = entries.last()?;
    let header =
        Header { case: last.case, entries: entries.len() as u64, format: FORMAT.to_owned(), head: last.hash() };
    let mut text = line_of(&header);
    for entry in entries {
        text.push_str(&line_of(&Line { hash: entry.hash(), entry: entry.clone() }));
    }
    Some(text)
}

fn line_of(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).expect("ids, times, texts and integers are JSON");
    let mut line = canonical(&value).expect("evidence has no fractions");
    line.push('\n');
    line
}

/// Verifies evidence; `noted` is a head that was kept elsewhere.
pub fn verify(text: &str, noted: Option<Hash>) -> Result<Verified, Altered> {
    let mut lines = text.split_terminator('\n').enumerate().map(|(n, line)| (n + 1, line));
    let header = lines.next().and_then(|(_, line)| read::<Header>(line)).filter(|header| header.format == FORMAT);
    let header = header.ok_or(Altered::Header)?;
    let lines: Vec<(usize, Option<Line>)> = lines.map(|(n, line)| (n, read(line))).collect();
    let mut entries: Vec<Entry> = Vec::with_capacity(lines.len());
    let mut before = Hash::NONE;
    for (at, (number, line)) in lines.iter().enumerate() {
        let altered = |line: usize, why: &'static str| Err(Altered::Line { line, why });
        let Some(line) = line else { return altered(*number, "it is not an entry in canonical JSON") };
        if line.entry.hash() != line.hash {
            return altered(*number, "its hash is that of another text");
        }
        if line.entry.seq != at as u64 + 1 || line.entry.case != header.case {
            return altered(
                *number,
                "its number or its case is not the one due: lines were taken out, put in or moved",
            );
        }
        if line.entry.prev != before {
            // This entry holds by itself. Is it the one before that was changed, with its hash? So it is if the next
            // one still knows this one.
            let known = match lines.get(at + 1) {
                Some((_, Some(next))) => next.entry.prev == line.hash,
                _ => header.head == line.hash,
            };
            let whose = if known && at > 0 { number - 1 } else { *number };
            return altered(whose, "the chain breaks here: it was changed together with its hash");
        }
        before = line.hash;
        entries.push(line.entry.clone());
    }
    let got = entries.len() as u64;
    if got != header.entries || got == 0 {
        return Err(Altered::Length { expected: header.entries, got });
    }
    for expected in [Some(header.head), noted].into_iter().flatten() {
        if expected != before {
            return Err(Altered::Head { expected, got: before });
        }
    }
    Ok(Verified { case: header.case, head: before, entries })
}

/// A line that is exactly what we would write: nothing hides in spaces, doubled keys or other spellings.
fn read<T: Serialize + serde::de::DeserializeOwned>(line: &str) -> Option<T> {
    let value: Value = serde_json::from_str(line).ok()?;
    let read: T = serde_json::from_value(value).ok()?;
    (line_of(&read).trim_end_matches('\n') == line).then_some(read)
}
