//! How long what may be kept, and why: pure reckoning with days.
//!
//! [`Policy::due`] answers for one row, [`Policy::cutoff`] for a table (everything before it is due), and both agree.
//! Floors come from law and refuse a shorter period; ceilings are ours and refuse a longer one, for personal data is kept
//! no longer than its purpose needs (Art. 5(1)(e) GDPR). An erasure that a person asks for does not reach what the law
//! wants kept (Art. 17(3)(b)); it still takes name and customer number out of it.
//!
//! An engineer's reading of the law, with its sources in [`law`]; it is not legal advice.

pub mod law;
mod period;
mod policy;

use jiff::Timestamp;
use jiff::civil::Date;

pub use law::Country;
pub use period::{Period, PeriodError};
pub use policy::{Policy, PolicyError};

/// Data that is kept and dropped alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Lines of receipts, with a pseudonym of the customer at most.
    SalesLines,
    /// Heads of receipts.
    Receipts,
    /// Who rang a receipt up: removed from it, while the receipt stays.
    ReceiptOperators,
    /// Readings as measured.
    TelemetryRaw,
    /// Their minutes.
    TelemetryMinutes,
    /// Their hours.
    TelemetryHours,
    /// Their days.
    TelemetryDays,
    /// Who did what at the hub.
    Audit,
    /// Sign-ins; reckoned from their end.
    Sessions,
    /// Files people made to take away.
    Exports,
    /// What was told to whom.
    Notifications,
    /// Loss-prevention cases with a finding; reckoned from their closing.
    CasesUpheld,
    /// Loss-prevention cases without one; reckoned from their closing.
    CasesDismissed,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::SalesLines,
        Self::Receipts,
        Self::ReceiptOperators,
        Self::TelemetryRaw,
        Self::TelemetryMinutes,
        Self::TelemetryHours,
        Self::TelemetryDays,
        Self::Audit,
        Self::Sessions,
        Self::Exports,
        Self::Notifications,
        Self::CasesUpheld,
        Self::CasesDismissed,
    ];

    /// Its name in settings and at the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::SalesLines => "sales_lines",
            Self::Receipts => "receipts",
            Self::ReceiptOperators => "receipt_operators",
            Self::TelemetryRaw => "telemetry_raw",
            Self::TelemetryMinutes => "telemetry_minutes",
            Self::TelemetryHours => "telemetry_hours",
            Self::TelemetryDays => "telemetry_days",
            Self::Audit => "audit",
            Self::Sessions => "sessions",
            Self::Exports => "exports",
            Self::Notifications => "notifications",
            Self::CasesUpheld => "cases_upheld",
            Self::CasesDismissed => "cases_dismissed",
        }
    }

    /// The class of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// What people call one of it.
    fn words(self) -> &'static str {
        match self {
            Self::SalesLines => "a sales line",
            Self::Receipts => "a receipt",
            Self::ReceiptOperators => "the operator of a receipt",
            Self::TelemetryRaw => "a reading",
            Self::TelemetryMinutes => "a minute of readings",
            Self::TelemetryHours => "an hour of readings",
            Self::TelemetryDays => "a day of readings",
            Self::Audit => "an audit entry",
            Self::Sessions => "an ended session",
            Self::Exports => "an export",
            Self::Notifications => "a notification",
            Self::CasesUpheld => "a closed case with a finding",
            Self::CasesDismissed => "a closed case without a finding",
        }
    }

    /// What is done when its time is over.
    pub fn action(self) -> Action {
        if self == Self::ReceiptOperators { Action::RemoveOperator } else { Action::Delete }
    }

    /// Whether it goes only after a coarser level holds it.
    fn is_rolled_up(self) -> bool {
        matches!(self, Self::TelemetryRaw | Self::TelemetryMinutes | Self::TelemetryHours)
    }

    /// Whether its time begins with its end and not with its beginning.
    fn ends(self) -> bool {
        matches!(self, Self::Sessions | Self::CasesUpheld | Self::CasesDismissed)
    }
}

/// Why something is kept whatever its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// A court case, or one that is to be expected.
    Proceedings,
    /// The tax office is looking at the year.
    TaxAudit,
    /// A case of loss prevention that is still open.
    OpenCase,
}

/// What is known of one row.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// When it came to be.
    pub at: Timestamp,
    /// When it ended or was closed, for sessions and cases; `None` while it has not.
    pub ended: Option<Timestamp>,
    /// Whether the next coarser level holds it, for telemetry.
    pub rolled_up: bool,
    /// Why it is kept whatever its age.
    pub hold: Option<Hold>,
}

impl Facts {
    /// Of something that happened at a moment and is held by nothing.
    pub fn at(at: Timestamp) -> Self {
        Self { at, ended: None, rolled_up: true, hold: None }
    }
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The row goes.
    Delete,
    /// The operator's name or number goes, the receipt stays.
    RemoveOperator,
}

/// What is to happen to one row today, and why, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its time is not over.
    Keep {
        /// The first day on which it is due.
        until: Date,
        /// In a sentence.
        why: String,
    },
    /// Its time has not begun, or something holds it.
    Held {
        /// In a sentence.
        why: String,
    },
    /// Its time is over.
    Due {
        /// What is to be done.
        action: Action,
        /// The first day on which it was.
        since: Date,
        /// In a sentence.
        why: String,
    },
}
