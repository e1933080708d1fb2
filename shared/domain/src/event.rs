//! What happens at a till beside sales, and what could not be read: kept, for money's sake.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::TerminalId;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TillEventKind {
    /// The drawer opened and no sale followed.
    NoSale,
    /// A receipt that could not be proven; its text is scrubbed of card data.
    Quarantined {
        /// Why it was not accepted.
        reason: String,
        /// The scrubbed text, bounded.
        text: String,
    },
    /// A receipt of pictures only: nothing to read.
    ImageOnly,
    /// A tap's ring was full: bytes that were printed but never read.
    TapLoss {
        /// How many bytes.
        bytes: u64,
        /// How many print jobs, where that is known.
        jobs: u32,
        /// Why.
        reason: String,
    },
}

/// An event at a till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillEvent {
    /// Where.
    pub terminal: TerminalId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: TillEventKind,
}
