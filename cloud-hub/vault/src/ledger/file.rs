//! The ledger's two files, read and put right under the lock.

use std::path::Path;

use data_encoding::HEXLOWER;

use super::entry::{Entry, LONGEST};
use super::{Head, LedgerError, State, TornTail, head_path};
use crate::disk;
use crate::key::Key;

const HEADER: &[u8] = b"vyavs-erasure-ledger 1\n";
const HEAD: &str = "vyavs-erasure-head 1";

/// Reads the ledger; begins it where there is nothing, keeps a whole entry beyond the head, cuts a torn one off.
pub(super) fn load(path: &Path, key: &Key) -> Result<State, LedgerError> {
    let beside = head_path(path);
    let missing = |missing: &Path, there: &Path| LedgerError::Missing { missing: missing.into(), there: there.into() };
    let (head, file) = match (read_head(&beside, key)?, disk::read(path)?) {
        (None, None) => {
            // The head first: a ledger without one is never what a power cut leaves behind.
            store_head(path, key, Head::EMPTY)?;
            return begin(path);
        }
        (Some(Head::EMPTY), None) => return begin(path),
        (Some(_), None) => return Err(missing(path, &beside)),
        (None, Some(_)) => return Err(missing(&beside, path)),
        (Some(head), Some(file)) => (head, file),
    };
    let (bytes, stamp) = file;
    let (mut state, tail) = scan(path, key, head, &bytes)?;
    state.stamp = Some(stamp);
    if !tail.is_empty() {
        state.stamp = Some(disk::truncate(path, (bytes.len() - tail.len()) as u64)?);
        state.torn = Some(TornTail { entry: state.entries.len() as u64 + 1, bytes: tail.len() as u64 });
    }
    if state.head() != head {
        // Written, and cut off before its head was: it counts.
        store_head(path, key, state.head())?;
    }
    Ok(state)
}

fn begin(path: &Path) -> Result<State, LedgerError> {
    Ok(State { stamp: Some(disk::replace(path, HEADER)?), ..State::default() })
}

/// The entries, and the torn piece behind the last one.
fn scan<'a>(path: &Path, key: &Key, head: Head, bytes: &'a [u8]) -> Result<(State, &'a [u8]), LedgerError> {
    let wrong = |entry, (expected, found)| LedgerError::Entry { path: path.to_owned(), entry, expected, found };
    let mut rest = bytes.strip_prefix(HEADER).ok_or_else(|| {
        let found = format!("{} bytes that begin otherwise", bytes.len());
        wrong(0, ("the header vyavs-erasure-ledger 1".to_owned(), found))
    })?;
    let mut state = State::default();
    while !rest.is_empty() {
        let number = state.entries.len() as u64 + 1;
        let end = rest.iter().position(|byte| *byte == b'\n');
        let read = match end {
            Some(end) => Entry::read(key, state.head(), &rest[..end]).map(|entry| (entry, end)),
            None => Err(("a line with an end".to_owned(), format!("{} bytes without one", rest.len()))),
        };
        match read {
            Ok((entry, end)) => {
                if entry.number == head.entries && entry.chain != head.chain {
                    let hex = |chain: &[u8; 32]| HEXLOWER.encode(chain);
                    return Err(wrong(number, (hex(&head.chain), hex(&entry.chain))));
                }
                state.push(entry);
                rest = &rest[end + 1..];
            }
            Err(why) => {
                // Beyond the head there is at most one entry that nobody was told of. Its blocks may have reached the
                // disk in any order, so its end may be there without its beginning.
                let is_last = end.is_none_or(|end| end + 1 == rest.len());
                if number <= head.entries || !is_last || rest.len() > LONGEST {
                    return Err(wrong(number, why));
                }
                break;
            }
        }
    }
    let there = state.entries.len() as u64;
    if there < head.entries {
        let expected = format!("{} entries, as the head counts them", head.entries);
        return Err(wrong(there + 1, (expected, format!("the end of the file after {there}"))));
    }
    Ok((state, rest))
}

fn sign(key: &Key, body: &str) -> String {
    HEXLOWER.encode(&key.mac(&[b"vyavs/ledger-head/1\0", body.as_bytes()]))
}

pub(super) fn store_head(path: &Path, key: &Key, head: Head) -> Result<(), LedgerError> {
    let body = format!("{HEAD} {} {} ", head.entries, HEXLOWER.encode(&head.chain));
    let mac = sign(key, &body);
    disk::replace(&head_path(path), format!("{body}{mac}\n").as_bytes())?;
    Ok(())
}

fn read_head(path: &Path, key: &Key) -> Result<Option<Head>, LedgerError> {
    let Some((bytes, _)) = disk::read(path)? else { return Ok(None) };
    let wrong = |expected, found| LedgerError::Head { path: path.to_owned(), expected, found };
    let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix('\n'));
    let Some((body, mac)) = text.and_then(|text| text.rsplit_once(' ')) else {
        return Err(wrong("one line of text", format!("{} bytes of something else", bytes.len())));
    };
    let body = format!("{body} ");
    if mac != sign(key, &body) {
        return Err(wrong("a line signed with the ledger's key", "another signature".to_owned()));
    }
    let read = || {
        let (entries, chain) = body.strip_prefix(HEAD)?.trim().split_once(' ')?;
        let chain = HEXLOWER.decode(chain.as_bytes()).ok()?.try_into().ok()?;
        Some(Head { entries: entries.parse().ok()?, chain })
    };
    read().map(Some).ok_or_else(|| wrong("a count and a chain", "a line of another kind".to_owned()))
}
