//! The ledger under power cuts, damage and forgery: never silently shorter, never silently changed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use proptest::prelude::*;
use vyavs_vault::ledger::{Entry, Head, Reason, SubjectHash};
use vyavs_vault::{DiskError, Key, Ledger, LedgerError};

use crate::support::{ledger_path, now, org, put};

fn key() -> Key {
    Key::from_bytes(&[9; 32])
}

fn hash(n: u8) -> SubjectHash {
    SubjectHash([n; 32])
}

fn open(dir: &Path) -> Result<Ledger, LedgerError> {
    Ledger::open(ledger_path(dir), key())
}

fn head_path(dir: &Path) -> PathBuf {
    dir.join("erasures.head")
}

fn append(ledger: &Ledger, n: u8) -> Entry {
    ledger.append(org(1), hash(n), Reason::Request, now()).expect("appended")
}

/// Both files: what they hold.
fn files(dir: &Path) -> (Vec<u8>, Vec<u8>) {
    (fs::read(ledger_path(dir)).expect("there"), fs::read(head_path(dir)).expect("there"))
}

/// A ledger with `count` entries; both files after each of them, from none to all.
fn history(dir: &Path, count: u8) -> Vec<(Vec<u8>, Vec<u8>)> {
    let ledger = open(dir).expect("begun");
    let mut states = vec![files(dir)];
    for n in 0..count {
        append(&ledger, n);
        states.push(files(dir));
    }
    states
}

#[test]
fn what_was_appended_is_there_for_whoever_opens_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let (one, two) = (open(dir.path()).expect("begun"), open(dir.path()).expect("opens"));
    let written: Vec<_> = (0..20).map(|n| append(if n % 2 == 0 { &one } else { &two }, n)).collect();
    for ledger in [&one, &two, &open(dir.path()).expect("opens")] {
        assert_eq!(ledger.since(0).expect("reads"), written);
        assert_eq!(ledger.since(15).expect("reads"), written[15..]);
        assert_eq!(ledger.since(20).expect("reads"), []);
        assert_eq!(ledger.verify().expect("whole").entries, 20);
        assert_eq!(ledger.torn_tail(), None);
        assert_eq!(ledger.erased_at(org(1), hash(3)).expect("reads"), Some(now()));
        assert_eq!(ledger.erased_at(org(2), hash(3)).expect("reads"), None);
    }
    assert_eq!(written.iter().map(|entry| entry.number).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    for path in [ledger_path(dir.path()), head_path(dir.path())] {
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600, "{path:?}");
    }
}

/// The power goes while an entry is appended, at any of its bytes: written so far, and the head not yet.
#[test]
fn a_power_cut_at_any_byte_of_an_append_loses_nothing_confirmed_and_says_what_it_cut() {
    let dir = tempfile::tempdir().expect("a folder");
    let states = history(dir.path(), 3);
    let [.., (before, head), (after, _)] = &states[..] else { panic!("three entries") };
    for cut in before.len()..=after.len() {
        put(&ledger_path(dir.path()), &after[..cut]);
        put(&head_path(dir.path()), head);
        let ledger = open(dir.path()).expect("opens after a power cut");
        let (torn, whole) = (cut - before.len(), cut == after.len());
        assert_eq!(ledger.head().expect("reads").entries, if whole { 3 } else { 2 }, "cut at {cut}");
        match ledger.torn_tail() {
            Some(tail) => {
                assert_eq!((tail.entry, tail.bytes), (3, torn as u64));
                assert!(tail.to_string().contains("entry 3"), "{tail}");
                assert!(torn > 0 && !whole);
            }
            None => assert!(torn == 0 || whole, "cut at {cut} and not told"),
        }
        // It goes on from there, and whoever opens it next finds nothing amiss.
        let next = append(&ledger, 99);
        assert_eq!(next.number, if whole { 4 } else { 3 });
        let again = open(dir.path()).expect("opens");
        assert_eq!((again.torn_tail(), again.verify().expect("whole").entries), (None, next.number));
    }
}

/// The disk wrote the blocks of the last entry in another order: its end is there, and zeros before it.
#[test]
fn an_entry_whose_beginning_did_not_reach_the_disk_is_torn_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let states = history(dir.path(), 2);
    let [.., (before, head), (after, _)] = &states[..] else { panic!("two entries") };
    for lost in 1..after.len() - before.len() {
        let mut bytes = after.clone();
        bytes[before.len()..before.len() + lost].fill(0);
        put(&ledger_path(dir.path()), &bytes);
        put(&head_path(dir.path()), head);
        let ledger = open(dir.path()).expect("opens after a power cut");
        assert_eq!(ledger.torn_tail().expect("told").entry, 2);
        assert_eq!(ledger.verify().expect("whole").entries, 1);
    }
}

/// What the head counts was confirmed: it cannot be missing because of a power cut.
#[test]
fn cut_anywhere_within_what_was_confirmed_it_is_refused_with_the_entry_that_is_missing() {
    let dir = tempfile::tempdir().expect("a folder");
    let states = history(dir.path(), 3);
    let (bytes, head) = states.last().expect("three entries");
    let ends: Vec<usize> = states.iter().map(|(bytes, _)| bytes.len()).collect();
    for cut in 0..bytes.len() {
        put(&ledger_path(dir.path()), &bytes[..cut]);
        put(&head_path(dir.path()), head);
        let error = open(dir.path()).expect_err("confirmed entries are missing");
        let LedgerError::Entry { entry, .. } = &error else { panic!("{error}") };
        // Whole entries in front of the cut, and the next one is the first that is missing; 0 is the header.
        assert_eq!(*entry, ends.iter().filter(|end| **end <= cut).count() as u64, "cut at {cut}: {error}");
        assert!(error.to_string().contains("expected"), "{error}");
        assert_eq!(fs::read(ledger_path(dir.path())).expect("there"), &bytes[..cut], "stays as it is");
    }
}

#[test]
fn a_bit_that_differs_anywhere_is_found_and_the_entry_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let states = history(dir.path(), 3);
    let (bytes, head) = states.last().expect("three entries");
    let ends: Vec<usize> = states.iter().map(|(bytes, _)| bytes.len()).collect();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        put(&ledger_path(dir.path()), &changed);
        put(&head_path(dir.path()), head);
        let error = open(dir.path()).expect_err("changed");
        let LedgerError::Entry { entry, expected, found, .. } = &error else { panic!("bit {bit}: {error}") };
        assert_eq!(*entry, ends.iter().filter(|end| **end <= bit / 8).count() as u64, "bit {bit}: {error}");
        assert!(!expected.is_empty() && !found.is_empty());
    }
    put(&ledger_path(dir.path()), bytes);
    for bit in 0..head.len() * 8 {
        let mut changed = head.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        put(&head_path(dir.path()), &changed);
        let error = open(dir.path()).expect_err("changed");
        assert!(matches!(error, LedgerError::Head { .. }), "bit {bit}: {error}");
    }
    put(&head_path(dir.path()), head);
    assert_eq!(open(dir.path()).expect("as it was").verify().expect("whole").entries, 3);
}

#[test]
fn a_change_under_a_running_hub_is_found_at_its_next_look() {
    let dir = tempfile::tempdir().expect("a folder");
    let states = history(dir.path(), 3);
    let ledger = open(dir.path()).expect("opens");
    let mut changed = states[3].0.clone();
    let last = changed.len() - 70;
    changed[last] ^= 1;
    put(&ledger_path(dir.path()), &changed);
    for found in [
        ledger.verify().map(|_| ()),
        ledger.erased_at(org(1), hash(1)).map(|_| ()),
        ledger.since(0).map(|_| ()),
        ledger.append(org(1), hash(7), Reason::Request, now()).map(|_| ()),
    ] {
        assert!(matches!(found, Err(LedgerError::Entry { entry: 3, .. })), "{found:?}");
    }
    put(&ledger_path(dir.path()), &states[3].0);
    assert_eq!(append(&ledger, 4).number, 4);
}

#[test]
fn entries_taken_out_put_in_or_exchanged_are_found() {
    let dir = tempfile::tempdir().expect("a folder");
    let states = history(dir.path(), 3);
    let (bytes, head) = states.last().expect("three entries");
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let orders: [(&[usize], u64); 5] =
        [(&[0, 2, 3], 1), (&[0, 1, 3], 2), (&[0, 1, 3, 2], 2), (&[0, 1, 1, 2, 3], 2), (&[0, 1, 2, 3, 3], 4)];
    for (order, first) in orders {
        let forged: Vec<u8> = order.iter().flat_map(|line| lines[*line]).copied().collect();
        put(&ledger_path(dir.path()), &forged);
        put(&head_path(dir.path()), head);
        match open(dir.path()) {
            Err(LedgerError::Entry { entry, .. }) => assert_eq!(entry, first, "{order:?}"),
            // One line that does not belong there, behind all that is confirmed, is as good as a torn one.
            Ok(ledger) => assert_eq!((ledger.torn_tail().expect("told").entry, first), (4, 4)),
            Err(error) => panic!("{order:?}: {error}"),
        }
    }
    // Two lines behind it are not.
    put(&ledger_path(dir.path()), &[&bytes[..], lines[3], lines[3]].concat());
    assert!(matches!(open(dir.path()), Err(LedgerError::Entry { entry: 4, .. })));
}

#[test]
fn with_one_of_its_files_gone_it_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let states = history(dir.path(), 1);
    for (there, gone) in
        [(ledger_path(dir.path()), head_path(dir.path())), (head_path(dir.path()), ledger_path(dir.path()))]
    {
        fs::remove_file(&gone).expect("removed");
        let error = open(dir.path()).expect_err("one is gone");
        let LedgerError::Missing { missing, there: beside } = &error else { panic!("{error}") };
        assert_eq!((missing, beside), (&gone, &there));
        put(&ledger_path(dir.path()), &states[1].0);
        put(&head_path(dir.path()), &states[1].1);
    }
    // The power went between the two while the first ledger was begun.
    fs::remove_file(ledger_path(dir.path())).expect("removed");
    put(&head_path(dir.path()), &states[0].1);
    assert_eq!(append(&open(dir.path()).expect("begins"), 1).number, 1);
}

#[test]
fn older_copies_of_both_files_are_found_by_a_head_noted_elsewhere() {
    let dir = tempfile::tempdir().expect("a folder");
    let states = history(dir.path(), 3);
    let noted: Vec<Head> = {
        let ledger = open(dir.path()).expect("opens");
        let chains = ledger.since(0).expect("reads").into_iter().map(|entry| entry.chain);
        std::iter::once([0; 32]).chain(chains).zip(0..).map(|(chain, entries)| Head { entries, chain }).collect()
    };
    for (entries, (bytes, head)) in states.iter().enumerate() {
        put(&ledger_path(dir.path()), bytes);
        put(&head_path(dir.path()), head);
        let ledger = open(dir.path()).expect("whole in itself");
        for noted in &noted {
            let includes = ledger.includes(*noted);
            assert_eq!(includes.is_ok(), noted.entries <= entries as u64, "{noted:?} in {entries}");
        }
    }
    let ledger = open(dir.path()).expect("opens");
    assert!(ledger.includes(Head { entries: 2, chain: noted[1].chain }).is_err(), "another history");
    assert!(ledger.includes(Head { entries: 0, chain: [1; 32] }).is_err());
}

#[test]
fn another_key_or_other_readers_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    history(dir.path(), 1);
    let error = Ledger::open(ledger_path(dir.path()), Key::from_bytes(&[8; 32])).expect_err("another key");
    assert!(matches!(error, LedgerError::Head { .. }), "{error}");
    for mode in [0o640, 0o604, 0o620, 0o602] {
        fs::set_permissions(ledger_path(dir.path()), fs::Permissions::from_mode(mode)).expect("set");
        let error = open(dir.path()).expect_err("open to others");
        let LedgerError::Disk(DiskError::Open { mode: named, .. }) = error else { panic!("{error}") };
        assert_eq!(named, mode);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any erasures by any of three processes: the ledger is what a list on paper is.
    #[test]
    fn it_holds_what_a_list_on_paper_holds(
        steps in prop::collection::vec((0..3_usize, 0..4_u8, -1_000_000_i64..4_000_000_000), 1..25)
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let ledgers: Vec<_> = (0..3).map(|_| open(dir.path()).expect("opens")).collect();
        let mut paper: Vec<(u8, Timestamp)> = Vec::new();
        for (who, subject, second) in steps {
            let at = Timestamp::from_second(second).expect("in range");
            ledgers[who].append(org(1), hash(subject), Reason::Retention, at).expect("appended");
            // A subject's time never goes back.
            let before = paper.iter().filter(|(other, _)| *other == subject).map(|(_, at)| *at).max();
            paper.push((subject, before.map_or(at, |before| before.max(at))));
        }
        for ledger in &ledgers {
            let held: Vec<_> = ledger.since(0).expect("reads").iter().map(|e| (e.subject.0[0], e.at)).collect();
            prop_assert_eq!(&held, &paper);
        }
    }
}
