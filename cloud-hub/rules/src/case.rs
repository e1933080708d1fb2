//! Cases of fraud or loss: a timeline that nobody rewrites unseen, closed by a second pair of eyes.
//!
//! A case is the sum of its [`Entry`]s. Each entry is one line of canonical JSON that carries the SHA-256 of the entry
//! before it, so that [`evidence`] can be checked by anybody with a JSON parser and any SHA-256 (FIPS 180-4). Who
//! proposed to close a case cannot close it.

mod canonical;
mod chain;
pub mod evidence;
mod step;

pub use canonical::{NotCanonical, canonical};
pub use chain::{Entry, Hash, HashError};
pub use step::{Broken, Command, Refusal, apply, open, replay};

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vyavs_domain::ids::{StoreId, UserId};

use crate::Actor;
use crate::incident::IncidentId;

/// A case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub Uuid);

/// What is suspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody takes what is not theirs.
    Fraud,
    /// Goods or money are missing.
    Loss,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It was so.
    Confirmed,
    /// It was not.
    Unfounded,
    /// It cannot be told.
    Inconclusive,
    /// A process went wrong, and nobody did.
    Process,
}

/// What a case rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Link {
    /// A receipt.
    Receipt(String),
    /// A drawer that was opened.
    DrawerEvent(String),
    /// An incident.
    Incident(IncidentId),
}

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Nobody looks at it yet.
    Open,
    /// Somebody does.
    InReview,
    /// Somebody thinks that it is done.
    ProposedClose {
        /// Who, and so who cannot close it.
        by: UserId,
        /// With what finding.
        finding: Finding,
    },
    /// Two think so.
    Closed {
        /// With what finding.
        finding: Finding,
    },
}

/// What happened in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Fact {
    /// It was opened.
    Opened {
        /// What is suspected.
        kind: Kind,
        /// In which shop.
        store: StoreId,
        /// In short.
        title: String,
    },
    /// Somebody looks at it.
    ReviewStarted,
    /// Something was added to what it rests on.
    Linked {
        /// What.
        link: Link,
    },
    /// Something does not belong to it after all. It stays in the timeline.
    Unlinked {
        /// What.
        link: Link,
        /// Why.
        cause: String,
    },
    /// Somebody said something.
    Commented {
        /// What.
        text: String,
    },
    /// Somebody shall look at it, or nobody.
    Assigned {
        /// Who.
        to: Option<UserId>,
    },
    /// Somebody thinks that it is done.
    CloseProposed {
        /// With what finding.
        finding: Finding,
        /// Why.
        note: String,
    },
    /// It is not done, says another, or the one who proposed it.
    CloseRefused {
        /// Why.
        cause: String,
    },
    /// It is done, says another.
    Closed {
        /// With what finding.
        finding: Finding,
    },
    /// It was not done.
    Reopened {
        /// Why.
        cause: String,
    },
    /// The evidence left the house.
    Exported {
        /// The head of what was exported.
        head: Hash,
    },
}

/// A case as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// What is suspected.
    pub kind: Kind,
    /// The shop.
    pub store: StoreId,
    /// In short.
    pub title: String,
    /// Who opened it.
    pub opened_by: Actor,
    /// When.
    pub opened_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// Who looks at it.
    pub assignee: Option<UserId>,
    /// What it rests on.
    pub links: BTreeSet<Link>,
    /// How many entries made it.
    pub entries: u64,
    /// When the last of them was.
    pub changed_at: Timestamp,
    /// The hash of the last of them.
    pub head: Hash,
}
