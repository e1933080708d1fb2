//! Commands on a case, and why some are refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vyavs_domain::ids::{StoreId, UserId};

use super::{Case, CaseId, Entry, Fact, Finding, Hash, Kind, Link, State};
use crate::Actor;

const TEXT: usize = 4000;
/// More receipts than this are a report, not a case.
const LINKS: usize = 2000;

/// What may be done to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Look at it.
    StartReview,
    /// Add to what it rests on.
    Link {
        /// What.
        link: Link,
    },
    /// It does not belong to it.
    Unlink {
        /// What.
        link: Link,
        /// Why.
        cause: String,
    },
    /// Something to say.
    Comment {
        /// What.
        text: String,
    },
    /// You look at it, or nobody does.
    Assign {
        /// Who.
        to: Option<UserId>,
    },
    /// I think that it is done.
    ProposeClose {
        /// With what finding.
        finding: Finding,
        /// Why.
        note: String,
    },
    /// It is not.
    RefuseClose {
        /// Why.
        cause: String,
    },
    /// I think so, too.
    Close,
    /// It was not done.
    Reopen {
        /// Why.
        cause: String,
    },
    /// The evidence up to here left the house.
    NoteExport,
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is done.
    #[error("the case is closed; reopen it first")]
    Closed,
    /// It is not done.
    #[error("the case is not closed, so there is nothing to reopen")]
    NotClosed,
    /// Somebody looks at it.
    #[error("the case is in review already")]
    InReview,
    /// Nobody looked at it.
    #[error("the case must be in review before its close is proposed")]
    NotInReview,
    /// A decision is due.
    #[error("its close is proposed; close it or refuse that first")]
    Proposed,
    /// Nobody proposed it.
    #[error("nobody proposed to close the case")]
    NotProposed,
    /// One pair of eyes is not two.
    #[error("who proposed to close a case cannot close it; another person must")]
    FourEyes,
    /// A machine cannot answer for it.
    #[error("only a person can do this")]
    NotAPerson,
    /// It is there.
    #[error("that is linked already")]
    LinkedAlready,
    /// It is not there.
    #[error("that is not linked")]
    NotLinked,
    /// Too many.
    #[error("a case has at most {LINKS} links")]
    TooManyLinks,
    /// Nothing said, or too much.
    #[error("{what}: expected 1 to {most} characters, got {got}")]
    Text {
        /// Which text.
        what: &'static str,
        /// How many at the most.
        most: usize,
        /// How many.
        got: usize,
    },
}

/// Entries that do not make a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// There are none.
    #[error("a case has at least the entry that opened it")]
    Empty,
    /// Not the next one.
    #[error("expected entry {expected} of the case, got {got}")]
    Order {
        /// The number that was due.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// It does not carry the hash of the one before it.
    #[error("entry {0} does not carry the hash of the entry before it")]
    Chain(u64),
    /// The first does not open it, or a later one does.
    #[error("a case is opened by its first entry and by no other; entry {0} breaks this")]
    Opening(u64),
}

/// A new case, and its first entry.
pub fn open(
    id: CaseId,
    kind: Kind,
    store: StoreId,
    title: String,
    by: Actor,
    at: Timestamp,
) -> Result<(Case, Entry), Refusal> {
    let title = said("title", 200, title)?;
    let entry = Entry { case: id, seq: 1, at, by, fact: Fact::Opened { kind, store, title }, prev: Hash::NONE };
    let case = begun(&entry).expect("the entry opens it");
    Ok((case, entry))
}

/// The case after a command, and the entry that made it so; or why not.
pub fn apply(case: &Case, command: Command, by: Actor, at: Timestamp) -> Result<(Case, Entry), Refusal> {
    let fact = judge(case, command, by)?;
    let at = at.max(case.changed_at);
    let entry = Entry { case: case.id, seq: case.entries + 1, at, by, fact, prev: case.head };
    Ok((evolve(case.clone(), &entry), entry))
}

/// The case that these entries make, if they are its chain.
pub fn replay<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Case, Broken> {
    let mut entries = entries.into_iter();
    let first = entries.next().ok_or(Broken::Empty)?;
    if first.seq != 1 {
        return Err(Broken::Order { expected: 1, got: first.seq });
    }
    let mut case = begun(first).filter(|_| first.prev == Hash::NONE).ok_or(Broken::Opening(1))?;
    for entry in entries {
        if entry.seq != case.entries + 1 {
            return Err(Broken::Order { expected: case.entries + 1, got: entry.seq });
        }
        if entry.prev != case.head || entry.case != case.id {
            return Err(Broken::Chain(entry.seq));
        }
        if matches!(entry.fact, Fact::Opened { .. }) {
            return Err(Broken::Opening(entry.seq));
        }
        case = evolve(case, entry);
    }
    Ok(case)
}

fn begun(first: &Entry) -> Option<Case> {
    let Fact::Opened { kind, store, title } = &first.fact else { return None };
    Some(Case {
        id: first.case,
        kind: *kind,
        store: *store,
        title: title.clone(),
        opened_by: first.by,
        opened_at: first.at,
        state: State::Open,
        assignee: None,
        links: Default::default(),
        entries: first.seq,
        changed_at: first.at,
        head: first.hash(),
    })
}

fn judge(case: &Case, command: Command, by: Actor) -> Result<Fact, Refusal> {
    let person = || by.person().ok_or(Refusal::NotAPerson);
    let working = || match case.state {
        State::Open | State::InReview => Ok(()),
        State::ProposedClose { .. } => Err(Refusal::Proposed),
        State::Closed { .. } => Err(Refusal::Closed),
    };
    Ok(match command {
        Command::StartReview => {
            working()?;
            person()?;
            if case.state == State::InReview {
                return Err(Refusal::InReview);
            }
            Fact::ReviewStarted
        }
        Command::Link { link } => {
            // What is judged must not change while the second pair of eyes is on it.
            working()?;
            if let Link::Receipt(id) | Link::DrawerEvent(id) = &link {
                said("link", 200, id.clone())?;
            }
            match (case.links.contains(&link), case.links.len() >= LINKS) {
                (true, _) => return Err(Refusal::LinkedAlready),
                (_, true) => return Err(Refusal::TooManyLinks),
                _ => Fact::Linked { link },
            }
        }
        Command::Unlink { link, cause } => {
            working()?;
            if !case.links.contains(&link) {
                return Err(Refusal::NotLinked);
            }
            Fact::Unlinked { link, cause: said("cause", TEXT, cause)? }
        }
        Command::Comment { text } => Fact::Commented { text: said("text", TEXT, text)? },
        Command::Assign { to } => {
            if matches!(case.state, State::Closed { .. }) {
                return Err(Refusal::Closed);
            }
            Fact::Assigned { to }
        }
        Command::ProposeClose { finding, note } => {
            working()?;
            person()?;
            if case.state == State::Open {
                return Err(Refusal::NotInReview);
            }
            Fact::CloseProposed { finding, note: said("note", TEXT, note)? }
        }
        Command::RefuseClose { cause } => {
            person()?;
            let State::ProposedClose { .. } = case.state else { return Err(Refusal::NotProposed) };
            Fact::CloseRefused { cause: said("cause", TEXT, cause)? }
        }
        Command::Close => {
            let person = person()?;
            match case.state {
                State::ProposedClose { by, .. } if by == person => return Err(Refusal::FourEyes),
                State::ProposedClose { finding, .. } => Fact::Closed { finding },
                State::Closed { .. } => return Err(Refusal::Closed),
                State::Open | State::InReview => return Err(Refusal::NotProposed),
            }
        }
        Command::Reopen { cause } => {
            person()?;
            let State::Closed { .. } = case.state else { return Err(Refusal::NotClosed) };
            Fact::Reopened { cause: said("cause", TEXT, cause)? }
        }
        Command::NoteExport => Fact::Exported { head: case.head },
    })
}

fn said(what: &'static str, most: usize, text: String) -> Result<String, Refusal> {
    let got = text.chars().count();
    if text.trim().is_empty() || got > most { Err(Refusal::Text { what, most, got }) } else { Ok(text) }
}

fn evolve(mut case: Case, entry: &Entry) -> Case {
    case.entries = entry.seq;
    case.changed_at = entry.at;
    case.head = entry.hash();
    match &entry.fact {
        Fact::Opened { .. } | Fact::Commented { .. } | Fact::Exported { .. } => {}
        Fact::ReviewStarted | Fact::CloseRefused { .. } | Fact::Reopened { .. } => case.state = State::InReview,
        Fact::Linked { link } => {
            case.links.insert(link.clone());
        }
        Fact::Unlinked { link, .. } => {
            case.links.remove(link);
        }
        Fact::Assigned { to } => case.assignee = *to,
        Fact::CloseProposed { finding, .. } => {
            if let Some(by) = entry.by.person() {
                case.state = State::ProposedClose { by, finding: *finding };
            }
        }
        Fact::Closed { finding } => case.state = State::Closed { finding: *finding },
    }
    case
}
