//! Loss prevention: what is done at a till that honest work needs seldom, and who does it more than peers do.
//!
//! A [`Watch`] sees one shop's tickets and till events in order and counts, per cashier, how often each [`Rule`] held and how
//! often it could have. [`judge`] compares cashiers with their peers: a rate is believed as far as its exposure carries it
//! (empirical Bayes), so one refund on a first day is no finding, and a slow rise over a week is. Nobody is accused here: a
//! finding is a reason to look, with the receipts and drawer events to look at.
//!
//! The rules are those that exception-based reporting publishes commonly. Not on any wire that we read, and therefore
//! absent: money paid out, codes keyed in that could be scanned, receipts printed again.

mod judge;
mod peers;
mod rule;
mod tally;
mod watch;

pub use judge::{Finding, NotJudged, Reason, Shop, judge};
pub use peers::{Count, Expected, Peers};
pub use rule::{Exposure, Rule};
pub use tally::{Evidence, Tally};
pub use watch::{Limits, Watch};
