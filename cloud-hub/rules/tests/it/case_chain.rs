//! The chain of a case, and what shows when somebody alters its evidence.

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;
use vyavs_rules::case::evidence::{Altered, Verified, export, verify};
use vyavs_rules::case::{Broken, Case, CaseId, Command, Entry, Fact, Finding, Hash, Link, apply, replay};

use crate::case_work::{begun, done, propose};
use crate::say::{at, person};

/// A case from its beginning to its end.
fn closed() -> (Case, Vec<Entry>) {
    let (mut case, first) = begun();
    let mut entries = vec![first];
    let steps = [
        (Command::StartReview, 1),
        (Command::Link { link: Link::Receipt("2026-03-01/till-1/417".into()) }, 1),
        (Command::Comment { text: "€ 40 \"cash\"\nback, no goods".into() }, 2),
        (propose(), 2),
        (Command::Close, 3),
    ];
    for (command, who) in steps {
        let (next, entry) = done(&case, command, who);
        case = next;
        entries.push(entry);
    }
    (case, entries)
}

fn evidence() -> (String, Hash) {
    let (case, entries) = closed();
    (export(&entries).expect("entries"), case.head)
}

#[test]
fn an_entry_is_one_line_of_canonical_json_and_its_hash_never_changes() {
    let (_, entries) = closed();
    assert_eq!(
        entries[0].line(),
        "{\"at\":\"2026-03-01T00:00:00Z\",\"by\":{\"id\":\"00000000-0000-0000-0000-000000000001\",\"kind\":\"person\"},\
         \"case\":\"00000000-0000-0000-0000-00000000ca5e\",\"fact\":{\"kind\":\"fraud\",\
         \"store\":\"00000000-0000-0000-0000-000000000001\",\"title\":\"Refunds without a receipt\",\
         \"what\":\"opened\"},\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}"
    );
    // Both by another program (Python's json and hashlib) out of the same facts.
    assert_eq!(entries[0].hash().to_string(), "c9d38fe6050d5854db17550b8aa7a6f35926aa764120fb1734dcf5e6dc367b46");
    assert_eq!(entries[5].hash().to_string(), "5781e96323e1075f045dca15ba7ed8550525224bcbd72f18e2eb4c7a53923ec9");
}

#[test]
fn entries_make_the_case_again() {
    let (case, entries) = closed();
    assert_eq!(replay(&entries), Ok(case.clone()));
    let json = serde_json::to_string(&(&case, &entries)).expect("JSON");
    let (stored, kept): (Case, Vec<Entry>) = serde_json::from_str(&json).expect("a case");
    assert_eq!((stored, replay(&kept)), (case.clone(), Ok(case)));
}

#[test]
fn entries_that_are_not_the_chain_are_named() {
    let (_, entries) = closed();
    assert_eq!(replay([]), Err(Broken::Empty));
    assert_eq!(replay(&entries[1..]), Err(Broken::Order { expected: 1, got: 2 }));
    assert_eq!(replay([&entries[0], &entries[2]]), Err(Broken::Order { expected: 2, got: 3 }));
    let mut altered = entries.clone();
    altered[2].fact = Fact::Closed { finding: Finding::Unfounded };
    assert_eq!(replay(&altered), Err(Broken::Chain(4)));
    let twice = Entry { seq: 2, prev: entries[0].hash(), ..entries[0].clone() };
    assert_eq!(replay([&entries[0], &twice]), Err(Broken::Opening(2)));
    let other = Entry { case: CaseId(Uuid::nil()), ..entries[1].clone() };
    assert_eq!(replay([&entries[0], &other]), Err(Broken::Chain(2)));
}

#[test]
fn untouched_evidence_is_verified_and_says_what_happened() {
    let (case, entries) = closed();
    let text = export(&entries).expect("entries");
    assert_eq!(text.lines().count(), 7);
    let verified = verify(&text, Some(case.head)).expect("untouched");
    assert_eq!(verified, Verified { case: case.id, head: case.head, entries });
    assert_eq!(export(&[]), None);
}

#[test]
fn an_altered_word_is_found_in_its_line() {
    let (text, _) = evidence();
    for line in 2..=7 {
        let altered: Vec<String> = text
            .lines()
            .enumerate()
            .map(|(n, one)| if n + 1 == line { one.replacen("2026-03-01T00", "2026-03-02T00", 1) } else { one.into() })
            .collect();
        let found = verify(&altered.join("\n"), None).expect_err("altered");
        assert!(matches!(found, Altered::Line { line: named, .. } if named == line), "{line}: {found}");
    }
}

/// The clever one: alters an entry and gives it the hash that it then has.
fn alter_with_hash(text: &str, line: usize) -> String {
    let (_, mut entries) = closed();
    entries[line - 2].at = at(-1000);
    let forged = export(&entries[line - 2..=line - 2]).expect("an entry");
    let forged = forged.lines().nth(1).expect("its line").to_owned();
    let lines = text.lines().enumerate().map(|(n, one)| if n + 1 == line { forged.clone() } else { one.into() });
    lines.collect::<Vec<String>>().join("\n")
}

#[test]
fn an_entry_altered_together_with_its_hash_is_found_in_its_line() {
    let (text, head) = evidence();
    for line in 2..=6 {
        let found = verify(&alter_with_hash(&text, line), None).expect_err("altered");
        assert!(matches!(found, Altered::Line { line: named, .. } if named == line), "{line}: {found}");
    }
    // The last has nobody after it but the head.
    let found = verify(&alter_with_hash(&text, 7), None).expect_err("altered");
    assert!(matches!(found, Altered::Head { expected, .. } if expected == head), "{found}");
}

#[test]
fn a_line_taken_out_put_in_or_moved_is_found_where_it_was() {
    let (text, _) = evidence();
    let lines: Vec<&str> = text.lines().collect();
    for at in 2..=6 {
        let mut out = lines.clone();
        out.remove(at - 1);
        let found = verify(&out.join("\n"), None).expect_err("altered");
        assert!(matches!(found, Altered::Line { line, .. } if line == at), "out {at}: {found}");
        let mut twice = lines.clone();
        twice.insert(at - 1, lines[at - 1]);
        let found = verify(&twice.join("\n"), None).expect_err("altered");
        assert!(matches!(found, Altered::Line { line, .. } if line == at + 1), "twice {at}: {found}");
        let mut moved = lines.clone();
        moved.swap(at - 1, at);
        let found = verify(&moved.join("\n"), None).expect_err("altered");
        assert!(matches!(found, Altered::Line { line, .. } if line == at), "moved {at}: {found}");
    }
}

#[test]
fn an_end_cut_off_is_found_by_the_header_and_a_chain_made_anew_by_the_head_that_was_noted() {
    let (text, head) = evidence();
    let short: Vec<&str> = text.lines().take(6).collect();
    assert_eq!(verify(&short.join("\n"), None), Err(Altered::Length { expected: 5 + 1, got: 5 }));
    let (_, entries) = closed();
    let anew = export(&entries[..5]).expect("entries");
    assert_eq!(verify(&anew, None).expect("a chain of its own").entries.len(), 5);
    let got = entries[4].hash();
    assert_eq!(verify(&anew, Some(head)), Err(Altered::Head { expected: head, got }));
}

#[test]
fn nothing_hides_in_other_spellings() {
    let (text, _) = evidence();
    let line = |from: &str, to: &str| verify(&text.replacen(from, to, 1), None);
    assert!(matches!(line("{\"entry\":{\"at\"", "{\"entry\": {\"at\""), Err(Altered::Line { line: 2, .. })));
    assert!(matches!(line("{\"entry\":", "{\"x\":1,\"entry\":"), Err(Altered::Line { line: 2, .. })));
    assert!(matches!(line("\"seq\":1}", "\"seq\":1,\"seq\":1}"), Err(Altered::Line { line: 2, .. })));
    assert!(matches!(line("Refunds", "\\u0052efunds"), Err(Altered::Line { line: 2, .. })));
    for bad in ["", "\n", "{}", "null", &text[10..]] {
        assert_eq!(verify(bad, None), Err(Altered::Header), "{bad:?}");
    }
}

#[test]
fn a_hash_is_64_digits_and_nothing_else() {
    let (_, head) = evidence();
    assert_eq!(head.to_string().parse(), Ok(head));
    for bad in [String::new(), "0".repeat(63), "0".repeat(66), "G".repeat(64), head.to_string().to_uppercase()] {
        assert!(bad.parse::<Hash>().is_err(), "{bad}");
    }
}

fn command() -> impl Strategy<Value = Command> {
    let text = "[ a-zé€\"\\\\\n\u{1f}\u{2028}😀]{0,12}";
    let link = prop_oneof![
        (0..4_u8).prop_map(|n| Link::Receipt(format!("r{n}"))),
        (0..4_u8).prop_map(|n| Link::DrawerEvent(format!("d{n}"))),
    ];
    prop_oneof![
        Just(Command::StartReview),
        link.clone().prop_map(|link| Command::Link { link }),
        (link, text).prop_map(|(link, cause)| Command::Unlink { link, cause }),
        text.prop_map(|text| Command::Comment { text }),
        text.prop_map(|note| Command::ProposeClose { finding: Finding::Process, note }),
        text.prop_map(|cause| Command::RefuseClose { cause }),
        Just(Command::Close),
        text.prop_map(|cause| Command::Reopen { cause }),
        Just(Command::NoteExport),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whoever does what in whatever order: the chain verifies, makes the case again, and no case was closed by the one
    /// who proposed it.
    #[test]
    fn every_case_is_its_chain_and_has_four_eyes(steps in vec((command(), 1..4_u128, -50..50_i64), 0..40)) {
        let (mut case, first) = begun();
        let (mut entries, mut now) = (vec![first], 0);
        for (command, who, wait) in steps {
            now += wait;
            if let Ok((next, entry)) = apply(&case, command, person(who), at(now)) {
                case = next;
                entries.push(entry);
            }
        }
        prop_assert_eq!(replay(&entries), Ok(case.clone()));
        let text = export(&entries).expect("entries");
        prop_assert_eq!(verify(&text, Some(case.head)).expect("untouched").entries, entries.clone());
        prop_assert!(entries.windows(2).all(|pair| pair[0].at <= pair[1].at));
        let mut proposer = None;
        for entry in &entries {
            match entry.fact {
                Fact::CloseProposed { .. } => proposer = Some(entry.by),
                Fact::Closed { .. } => prop_assert!(proposer.is_some_and(|proposer| proposer != entry.by)),
                Fact::CloseRefused { .. } | Fact::Reopened { .. } => proposer = None,
                _ => {}
            }
        }
    }

    /// Any byte of the evidence that becomes another: it shows, and nothing panics.
    #[test]
    fn no_byte_changes_unseen(place in any::<prop::sample::Index>(), byte in 0..128_u8) {
        let (text, head) = evidence();
        let mut bytes = text.clone().into_bytes();
        let place = place.index(bytes.len());
        // Another end of the last line, or half a letter, is another thing than what is said.
        prop_assume!(place + 1 < bytes.len() && bytes[place] != byte && bytes[place].is_ascii());
        bytes[place] = byte;
        let altered = String::from_utf8(bytes).expect("ASCII for ASCII");
        prop_assert!(verify(&altered, Some(head)).is_err(), "{}", place);
    }
}
