//! Cases as they are written and shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_rules::case::{self, Entry, State};

use crate::api::alerts::By;

/// The same names here and in the room of cases.
macro_rules! same {
    ($ours:ident = $theirs:ty { $($name:ident),+ }) => {
        impl From<$theirs> for $ours {
            fn from(of: $theirs) -> Self {
                match of { $(<$theirs>::$name => Self::$name),+ }
            }
        }
        impl From<$ours> for $theirs {
            fn from(of: $ours) -> Self {
                match of { $($ours::$name => Self::$name),+ }
            }
        }
    };
}

/// What is suspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// Somebody takes what is not theirs.
    Fraud,
    /// Goods or money are missing.
    Loss,
}
same!(CaseKind = case::Kind { Fraud, Loss });

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseFinding {
    /// It was so.
    Confirmed,
    /// It was not.
    Unfounded,
    /// It cannot be told.
    Inconclusive,
    /// A process went wrong, and nobody did.
    Process,
}
same!(CaseFinding = case::Finding { Confirmed, Unfounded, Inconclusive, Process });

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Nobody looks at it yet.
    Open,
    /// Somebody does.
    InReview,
    /// Somebody thinks that it is done.
    ProposedClose,
    /// Two think so.
    Closed,
}

/// What a case rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case", deny_unknown_fields)]
pub enum CaseLink {
    /// A ticket: `GET /api/v1/receipts/{id}`.
    Receipt(Uuid),
    /// An event of a till, such as a drawer that was opened.
    TillEvent(Uuid),
    /// An alert: `GET /api/v1/alerts/{id}`.
    Alert(Uuid),
}

impl From<&CaseLink> for case::Link {
    fn from(link: &CaseLink) -> Self {
        match link {
            CaseLink::Receipt(id) => Self::Receipt(id.to_string()),
            CaseLink::TillEvent(id) => Self::DrawerEvent(id.to_string()),
            CaseLink::Alert(id) => Self::Incident(vyavs_rules::incident::IncidentId(*id)),
        }
    }
}

/// A link as it is shown; the ids in it were checked when it was made.
fn link(of: &case::Link) -> Option<CaseLink> {
    Some(match of {
        case::Link::Receipt(id) => CaseLink::Receipt(id.parse().ok()?),
        case::Link::DrawerEvent(id) => CaseLink::TillEvent(id.parse().ok()?),
        case::Link::Incident(id) => CaseLink::Alert(id.0),
    })
}

/// A case to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// What is suspected.
    pub kind: CaseKind,
    /// Where.
    pub store_id: Uuid,
    /// In short.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 2000)]
    pub links: Vec<CaseLink>,
}

/// What is done in a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum CaseCommand {
    /// Look at it.
    StartReview,
    /// Something to say.
    Comment {
        /// What.
        text: String,
    },
    /// Add to what it rests on.
    Link {
        /// What.
        link: CaseLink,
    },
    /// It does not belong to it after all; the timeline keeps it.
    Unlink {
        /// What.
        link: CaseLink,
        /// Why.
        cause: String,
    },
    /// Somebody shall look at it, or nobody.
    Assign {
        /// A person who reaches the store; nobody without.
        #[serde(default)]
        user_id: Option<Uuid>,
    },
    /// It is done, says one; another closes it: `POST /api/v1/cases/{id}/close`.
    ProposeClose {
        /// With what finding.
        finding: CaseFinding,
        /// Why.
        note: String,
    },
    /// It is not done.
    RefuseClose {
        /// Why.
        cause: String,
    },
    /// It was closed, and was not done.
    Reopen {
        /// Why.
        cause: String,
    },
}

/// A case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Case {
    /// Its id.
    pub id: Uuid,
    /// What is suspected.
    pub kind: CaseKind,
    /// Where.
    pub store_id: Uuid,
    /// In short.
    pub title: String,
    /// Where it stands.
    pub state: CaseState,
    /// With what finding it is closed, or proposed to be.
    #[schema(required)]
    pub finding: Option<CaseFinding>,
    /// Who proposed to close it, and so cannot close it.
    #[schema(required)]
    pub proposed_by: Option<Uuid>,
    /// Who looks at it.
    #[schema(required)]
    pub assignee_id: Option<Uuid>,
    /// Who opened it.
    pub opened_by: By,
    /// When.
    pub opened_at: Timestamp,
    /// When anything last happened.
    pub changed_at: Timestamp,
    /// What it rests on.
    pub links: Vec<CaseLink>,
    /// How many entries its timeline has.
    #[schema(minimum = 1)]
    pub entries: i64,
    /// The hash of the last of them: note it elsewhere, and nobody can make another timeline unseen.
    pub head: String,
}

impl From<&case::Case> for Case {
    fn from(of: &case::Case) -> Self {
        let (state, finding, proposed_by) = match of.state {
            State::Open => (CaseState::Open, None, None),
            State::InReview => (CaseState::InReview, None, None),
            State::ProposedClose { by, finding } => (CaseState::ProposedClose, Some(finding), Some(by.0)),
            State::Closed { finding } => (CaseState::Closed, Some(finding), None),
        };
        Self {
            id: of.id.0,
            kind: of.kind.into(),
            store_id: of.store.0,
            title: of.title.clone(),
            state,
            finding: finding.map(Into::into),
            proposed_by,
            assignee_id: of.assignee.map(|id| id.0),
            opened_by: of.opened_by.into(),
            opened_at: of.opened_at,
            changed_at: of.changed_at,
            links: of.links.iter().filter_map(link).collect(),
            entries: i64::try_from(of.entries).unwrap_or(i64::MAX),
            head: of.head.to_string(),
        }
    }
}

/// A page of cases.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Cases {
    /// Newest first.
    pub cases: Vec<Case>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// An entry of a timeline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseEntry {
    /// Its number, from 1 without holes.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// `opened`, `review_started`, `linked`, `unlinked`, `commented`, `assigned`, `close_proposed`, `close_refused`, `closed`,
    /// `reopened` or `exported`.
    #[schema(example = "commented")]
    pub what: String,
    /// More about it.
    #[schema(value_type = Object)]
    pub details: Value,
    /// The SHA-256 of the entry, which the next one carries.
    pub hash: String,
}

impl From<&Entry> for CaseEntry {
    fn from(entry: &Entry) -> Self {
        let mut details = serde_json::to_value(&entry.fact).unwrap_or_default();
        let what = details.as_object_mut().and_then(|fields| fields.remove("what"));
        Self {
            seq: i64::try_from(entry.seq).unwrap_or(i64::MAX),
            at: entry.at,
            by: entry.by.into(),
            what: what.and_then(|what| what.as_str().map(str::to_owned)).unwrap_or_default(),
            details,
            hash: entry.hash().to_string(),
        }
    }
}

/// A case with its timeline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseDetail {
    /// The case.
    pub case: Case,
    /// What happened, oldest first.
    pub timeline: Vec<CaseEntry>,
    /// When this was read.
    pub as_of: Timestamp,
}

impl CaseDetail {
    pub(super) fn of(case: &case::Case, entries: &[Entry], now: Timestamp) -> Self {
        Self { case: case.into(), timeline: entries.iter().map(CaseEntry::from).collect(), as_of: now }
    }
}
