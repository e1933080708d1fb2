//! Who may do what to a case, and when.

use uuid::Uuid;
use vyavs_rules::Actor;
use vyavs_rules::case::{Case, CaseId, Command, Entry, Fact, Finding, Kind, Link, Refusal, State, apply, open};
use vyavs_rules::incident::IncidentId;

use crate::say::{at, person, store, user};

pub(crate) fn begun() -> (Case, Entry) {
    let id = CaseId(Uuid::from_u128(0xca5e));
    open(id, Kind::Fraud, store(1), "Refunds without a receipt".into(), person(1), at(0)).expect("a case")
}

pub(crate) fn done(case: &Case, command: Command, who: u128) -> (Case, Entry) {
    apply(case, command, person(who), at(60)).expect("allowed")
}

fn refused(case: &Case, command: Command, who: u128) -> Refusal {
    apply(case, command, person(who), at(60)).expect_err("refused")
}

pub(crate) fn propose() -> Command {
    Command::ProposeClose { finding: Finding::Confirmed, note: "till footage agrees".into() }
}

fn receipt(id: &str) -> Link {
    Link::Receipt(id.into())
}

fn proposed_by(who: u128) -> Case {
    let case = done(&begun().0, Command::StartReview, 1).0;
    done(&case, propose(), who).0
}

#[test]
fn a_case_is_closed_by_another_than_who_proposed_it() {
    let case = proposed_by(2);
    assert_eq!(refused(&case, Command::Close, 2), Refusal::FourEyes);
    let (closed, entry) = done(&case, Command::Close, 3);
    assert_eq!(closed.state, State::Closed { finding: Finding::Confirmed });
    assert_eq!(entry.fact, Fact::Closed { finding: Finding::Confirmed });
}

#[test]
fn who_opened_and_proposed_it_cannot_close_it_and_who_opened_it_only_can() {
    assert_eq!(refused(&proposed_by(1), Command::Close, 1), Refusal::FourEyes);
    assert!(matches!(done(&proposed_by(2), Command::Close, 1).0.state, State::Closed { .. }));
}

#[test]
fn a_second_proposal_of_the_same_person_is_no_second_pair_of_eyes() {
    let case = proposed_by(2);
    assert_eq!(refused(&case, propose(), 3), Refusal::Proposed);
    let case = done(&case, Command::RefuseClose { cause: "till 2 is missing".into() }, 3).0;
    assert_eq!(case.state, State::InReview);
    assert_eq!(refused(&case, Command::Close, 3), Refusal::NotProposed);
    let case = done(&case, propose(), 3).0;
    assert_eq!(refused(&case, Command::Close, 3), Refusal::FourEyes);
    assert!(matches!(done(&case, Command::Close, 2).0.state, State::Closed { .. }));
}

#[test]
fn no_machine_proposes_or_closes() {
    let review = done(&begun().0, Command::StartReview, 1).0;
    let proposed = proposed_by(1);
    for machine in [Actor::Hub, Actor::Key(Uuid::from_u128(9))] {
        for (case, command) in [
            (&begun().0, Command::StartReview),
            (&review, propose()),
            (&proposed, Command::Close),
            (&proposed, Command::RefuseClose { cause: "c".into() }),
        ] {
            assert_eq!(apply(case, command, machine, at(60)), Err(Refusal::NotAPerson));
        }
        let link = Command::Link { link: receipt("r") };
        assert!(apply(&review, link, machine, at(60)).is_ok(), "a rule may add what it found");
    }
}

#[test]
fn a_case_nobody_looked_at_is_not_proposed_to_be_closed() {
    let case = begun().0;
    assert_eq!(refused(&case, propose(), 2), Refusal::NotInReview);
    assert_eq!(refused(&case, Command::Close, 2), Refusal::NotProposed);
    assert_eq!(refused(&case, Command::RefuseClose { cause: "c".into() }, 2), Refusal::NotProposed);
    let review = done(&case, Command::StartReview, 1).0;
    assert_eq!(refused(&review, Command::StartReview, 2), Refusal::InReview);
}

#[test]
fn what_is_judged_does_not_change_under_the_second_pair_of_eyes() {
    let case = proposed_by(2);
    assert_eq!(refused(&case, Command::Link { link: receipt("r") }, 3), Refusal::Proposed);
    let unlink = Command::Unlink { link: receipt("r"), cause: "c".into() };
    assert_eq!(refused(&case, unlink, 3), Refusal::Proposed);
    assert_eq!(refused(&case, Command::StartReview, 3), Refusal::Proposed);
    assert!(apply(&case, Command::Comment { text: "looking".into() }, person(3), at(60)).is_ok());
}

#[test]
fn a_closed_case_is_reopened_with_a_cause_and_then_needs_both_again() {
    let closed = done(&proposed_by(2), Command::Close, 3).0;
    for command in [
        Command::StartReview,
        Command::Link { link: receipt("r") },
        Command::Assign { to: None },
        propose(),
        Command::Close,
    ] {
        assert_eq!(refused(&closed, command, 4), Refusal::Closed);
    }
    let no_cause = Command::Reopen { cause: "  ".into() };
    assert_eq!(refused(&closed, no_cause, 4), Refusal::Text { what: "cause", most: 4000, got: 2 });
    let case = done(&closed, Command::Reopen { cause: "another receipt".into() }, 4).0;
    assert_eq!(case.state, State::InReview);
    assert_eq!(refused(&case, Command::Reopen { cause: "c".into() }, 4), Refusal::NotClosed);
    assert_eq!(refused(&case, Command::Close, 3), Refusal::NotProposed);
}

#[test]
fn links_come_once_and_go_with_a_cause() {
    let links = [receipt("r-1"), Link::DrawerEvent("d-1".into()), Link::Incident(IncidentId(Uuid::from_u128(7)))];
    let mut case = begun().0;
    for link in &links {
        case = done(&case, Command::Link { link: link.clone() }, 1).0;
        assert_eq!(refused(&case, Command::Link { link: link.clone() }, 1), Refusal::LinkedAlready);
    }
    assert_eq!(case.links.iter().cloned().collect::<Vec<_>>(), links);
    let unlink = |cause: &str| Command::Unlink { link: receipt("r-1"), cause: cause.into() };
    assert_eq!(refused(&case, unlink(""), 1), Refusal::Text { what: "cause", most: 4000, got: 0 });
    let (case, entry) = done(&case, unlink("another cashier"), 1);
    assert_eq!(case.links.len(), 2);
    assert_eq!(entry.fact, Fact::Unlinked { link: receipt("r-1"), cause: "another cashier".into() });
    assert_eq!(refused(&case, unlink("again"), 1), Refusal::NotLinked);
    let blank = Command::Link { link: receipt("") };
    assert_eq!(refused(&case, blank, 1), Refusal::Text { what: "link", most: 200, got: 0 });
}

#[test]
fn a_case_has_an_end_to_its_links() {
    let mut case = begun().0;
    for n in 0..2000 {
        case = done(&case, Command::Link { link: receipt(&format!("r-{n}")) }, 1).0;
    }
    assert_eq!(refused(&case, Command::Link { link: receipt("one more") }, 1), Refusal::TooManyLinks);
}

#[test]
fn a_title_and_an_assignee() {
    let bad = open(CaseId(Uuid::nil()), Kind::Loss, store(1), "x".repeat(201), person(1), at(0));
    assert_eq!(bad.expect_err("too long"), Refusal::Text { what: "title", most: 200, got: 201 });
    let case = done(&begun().0, Command::Assign { to: Some(user(5)) }, 1).0;
    assert_eq!(case.assignee, Some(user(5)));
}

#[test]
fn an_export_is_noted_with_the_head_that_it_had() {
    let case = proposed_by(2);
    let (_, entry) = done(&case, Command::NoteExport, 1);
    assert_eq!(entry.fact, Fact::Exported { head: case.head });
}
