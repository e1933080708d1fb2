//! What was rung on the business day that is today.

use std::collections::HashSet;

use jiff::Timestamp;
use vyavs_domain::money::Currency;
use vyavs_domain::sale::{Receipt, ReceiptKind};
use vyavs_domain::time::BusinessDay;

/// Receipts of one day that are known apart from a repetition; beyond it a repeated one counts twice in the figure
/// on the page (and only there).
const MAX_SEEN: usize = 20_000;

/// What was rung on the business day that is today.
#[derive(Debug)]
pub(super) struct DayBook {
    pub(super) day: BusinessDay,
    /// The later of the day's start and the agent's: what was rung before is not in these figures.
    pub(super) since: Timestamp,
    pub(super) receipts: u64,
    pub(super) lines: u64,
    pub(super) takings_minor: i64,
    pub(super) last_sale_at: Option<Timestamp>,
    seen: HashSet<u64>,
}

impl DayBook {
    pub(super) fn open(day: BusinessDay, since: Timestamp) -> Self {
        Self { day, since, receipts: 0, lines: 0, takings_minor: 0, last_sale_at: None, seen: HashSet::new() }
    }

    /// Counts a receipt of this day, once.
    pub(super) fn take(&mut self, receipt: &Receipt, currency: Currency) {
        let fresh = self.seen.len() >= MAX_SEEN || self.seen.insert(receipt.content_hash());
        if fresh && matches!(receipt.kind, ReceiptKind::Sale | ReceiptKind::Return) {
            self.receipts += 1;
            self.lines += receipt.lines.len() as u64;
            if receipt.currency == currency {
                self.takings_minor = self.takings_minor.saturating_add(receipt.total_minor);
            }
            self.last_sale_at = self.last_sale_at.max(Some(receipt.closed_at));
        }
    }
}
