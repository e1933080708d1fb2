//! What one till did lately.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use vyavs_domain::money::Decimal;
use vyavs_domain::sale::{Receipt, ReceiptKind};
use vyavs_domain::time::since;

use crate::exceptions::Evidence;

/// Sales that are remembered: more than an hour of the busiest till.
const SALES: usize = 200;
/// Open tickets with lines taken off: a till holds one, and parks a few.
const PARKED: usize = 32;
const HOUR_S: i64 = 3600;

/// A ticket that was rung.
#[derive(Debug)]
pub(super) struct Sold {
    id: Evidence,
    at: Timestamp,
    operator: String,
    total_minor: i64,
    cash: bool,
    sale: bool,
    lines: Vec<(String, Decimal)>,
}

impl Sold {
    pub(super) fn of(receipt: &Receipt, operator: &str, id: Evidence, cash: bool) -> Self {
        let lines = receipt.lines.iter().map(|line| (line.sku.clone(), line.unit_price)).collect();
        Self {
            id,
            at: receipt.closed_at,
            operator: operator.to_owned(),
            total_minor: receipt.total_minor,
            cash,
            sale: receipt.kind == ReceiptKind::Sale,
            lines,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Till {
    /// Who signed on.
    pub(super) signed: Option<String>,
    /// What was undone last, and when.
    pub(super) undone: Option<(Timestamp, Evidence)>,
    rung: VecDeque<Sold>,
    /// Lines taken off tickets that are not closed yet, by the ticket's number, oldest ticket first.
    open: VecDeque<String>,
    off: HashMap<String, Vec<(Evidence, i64)>>,
}

impl Till {
    /// Who is at it, as far as it says.
    pub(super) fn operator(&self) -> Option<&str> {
        self.signed.as_deref()
    }

    /// Who is at it; without a sign-on, who rang within the last hour.
    pub(super) fn operator_at(&self, at: Timestamp) -> Option<&str> {
        let rang = || self.rung.back().filter(|last| since(at, last.at).as_secs() < HOUR_S);
        self.signed.as_deref().or_else(|| rang().map(|last| last.operator.as_str()))
    }

    pub(super) fn takes_off(&mut self, ticket: &str, id: Evidence, amount_minor: i64) {
        if !self.off.contains_key(ticket) {
            if self.open.len() == PARKED
                && let Some(oldest) = self.open.pop_front()
            {
                self.off.remove(&oldest);
            }
            self.open.push_back(ticket.to_owned());
        }
        self.off.entry(ticket.to_owned()).or_default().push((id, amount_minor));
    }

    /// The lines that were taken off a ticket which is closed now.
    pub(super) fn voided(&mut self, ticket: &str) -> Vec<(Evidence, i64)> {
        self.open.retain(|open| open != ticket);
        self.off.remove(ticket).unwrap_or_default()
    }

    /// The cash sale of the last ten minutes, of the same cashier and amount, that this undoes.
    pub(super) fn undoes(&self, operator: &str, at: Timestamp, worth_minor: i64) -> Option<Evidence> {
        let worth = worth_minor.saturating_abs();
        let fits = |sold: &&Sold| {
            let ago = since(at, sold.at).as_secs();
            sold.sale && sold.cash && sold.operator == operator && sold.total_minor == worth && (0..=600).contains(&ago)
        };
        self.rung.iter().rev().find(fits).map(|sold| sold.id)
    }

    /// The sale of the last hour, of the same cashier, in which one of these goods was sold at this price.
    pub(super) fn sold_by(&self, operator: &str, back: &Receipt) -> Option<Evidence> {
        let fits = |sold: &&Sold| {
            let ago = since(back.closed_at, sold.at).as_secs();
            let same = |(sku, price): &(String, Decimal)| {
                back.lines.iter().any(|line| line.sku == *sku && line.unit_price.abs() == price.abs())
            };
            sold.sale && sold.operator == operator && (0..=HOUR_S).contains(&ago) && sold.lines.iter().any(same)
        };
        self.rung.iter().rev().find(fits).map(|sold| sold.id)
    }

    /// How long nothing was rung, where something ever was.
    pub(super) fn idle_s(&self, at: Timestamp) -> Option<i64> {
        self.rung.back().map(|last| since(at, last.at).as_secs())
    }

    pub(super) fn rang(&mut self, sold: Sold) {
        let now = sold.at;
        while self.rung.len() >= SALES || self.rung.front().is_some_and(|old| since(now, old.at).as_secs() > 2 * HOUR_S)
        {
            self.rung.pop_front();
        }
        self.rung.push_back(sold);
    }
}
