//! What happens at a till beside sales, and what could not be read: kept, for money's sake.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::TerminalId;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TillEventKind {
    /// The drawer opened and no sale followed.
    NoSale {
        /// The till's own name for it, where it gives one: a drawer can be opened twice in a second.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
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
    /// A line was taken off a ticket before payment; the ticket itself does not show it.
    LineVoided {
        /// The till's number of the ticket.
        receipt: String,
        /// The line's place on it, from 1, counting voided ones.
        line_no: u32,
        /// What it was.
        sku: String,
        /// As the till named it.
        name: String,
        /// What it would have come to, in the currency's minor units.
        amount_minor: i64,
        /// The cashier's number; never a name.
        operator: Option<String>,
    },
    /// A cashier began.
    SignOn {
        /// The cashier's number; never a name.
        operator: String,
    },
    /// A cashier ended.
    SignOff {
        /// The cashier's number; never a name.
        operator: String,
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
