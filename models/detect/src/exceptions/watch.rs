//! One shop's tills, watched in order.

mod memory;
mod till;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::sale::{Receipt, ReceiptKind, SaleLine, TenderKind};
use vyavs_domain::time::since;

use super::{Evidence, Exposure, Rule, Tally};
use memory::Goods;
use till::{Sold, Till};

const MINUTE_S: i64 = 60;

/// What a shop says of itself; all else is the rules' own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// What of the catalog is a gift card, or loads one.
    pub gift_cards: Vec<String>,
}

/// Counts what the rules name, ticket by ticket and event by event in the order of their instants. Memory grows with tills and
/// with the catalog, not with time.
#[derive(Debug, Default)]
pub struct Watch {
    limits: Limits,
    tills: HashMap<TerminalId, Till>,
    /// Where each cashier rang last, and when.
    rang: HashMap<String, (TerminalId, Timestamp)>,
    goods: Goods,
    counted: BTreeMap<String, Tally>,
    /// How often each account came to each cashier since [`Watch::take`].
    accounts: HashMap<(String, String), u32>,
    refunds: Vec<(String, Timestamp, Evidence, i64)>,
    last_sale: Option<Timestamp>,
}

impl Watch {
    /// Of a shop that begins.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// A ticket, with its id.
    pub fn ticket(&mut self, id: Uuid, receipt: &Receipt) {
        let till = self.tills.entry(receipt.key.terminal.clone()).or_default();
        let Some(operator) = receipt.operator.as_deref().or(till.operator()).map(str::to_owned) else { return };
        let seen = Seen { id: Evidence::Receipt(id), receipt, unit: 10_i64.pow(receipt.currency.exponent()) };
        let tally = self.counted.entry(operator.clone()).or_default();
        tally.expose(Exposure::Tickets, 1);
        match receipt.kind {
            ReceiptKind::Sale => {
                tally.expose(Exposure::Sales, 1);
                tally.expose(Exposure::Lines, receipt.lines.len());
                seen.lines(tally);
                seen.prices(tally, &operator, &mut self.goods);
                seen.sale(tally, &self.goods);
                let voided = till.voided(&receipt.key.number);
                if !voided.is_empty() && seen.only(TenderKind::Cash) {
                    let worth = voided.iter().map(|(_, amount)| amount.saturating_abs()).sum();
                    let mut evidence: Vec<Evidence> = voided.iter().map(|(event, _)| *event).collect();
                    evidence.push(seen.id);
                    tally.hold(Rule::VoidedLineThenCash, worth, &evidence);
                }
                if let Some(customer) = &receipt.customer {
                    let times = self.accounts.entry((operator.clone(), customer.clone())).or_default();
                    *times += 1;
                    if *times > 2 {
                        tally.hold(Rule::RepeatedAccount, receipt.discount_minor, &[seen.id]);
                    }
                }
                self.last_sale = self.last_sale.max(Some(receipt.closed_at));
            }
            ReceiptKind::Return => {
                seen.refund(tally, &operator, till, &self.goods);
                self.refunds.push((operator.clone(), receipt.closed_at, seen.id, receipt.total_minor));
            }
            ReceiptKind::Void => {
                tally.hold(Rule::VoidedTicket, seen.gross(), &[seen.id]);
            }
            ReceiptKind::Training => tally.hold(Rule::TrainingTicket, seen.gross(), &[seen.id]),
            ReceiptKind::Adjustment => tally.hold(Rule::Adjustment, receipt.total_minor, &[seen.id]),
        }
        if matches!(receipt.kind, ReceiptKind::Return | ReceiptKind::Void) {
            // Some tills print a void with the total that it had, some with none.
            let worth = if receipt.total_minor == 0 { seen.gross() } else { receipt.total_minor };
            if let Some(sold) = till.undoes(&operator, receipt.closed_at, worth) {
                tally.hold(Rule::VoidAfterCash, worth, &[sold, seen.id]);
            }
            till.undone = Some((receipt.closed_at, seen.id));
        }
        let unpaid = receipt.kind != ReceiptKind::Sale || receipt.total_minor <= 0;
        if unpaid && receipt.lines.iter().any(|line| self.limits.gift_cards.contains(&line.sku)) {
            tally.hold(Rule::GiftCardUnpaid, seen.gross(), &[seen.id]);
        }
        if let Some((there, at)) = self.rang.get(&operator)
            && *there != receipt.key.terminal
            && (0..30).contains(&since(receipt.closed_at, *at).as_secs())
        {
            tally.hold(Rule::TwoTills, receipt.total_minor, &[seen.id]);
        }
        self.rang.insert(operator.clone(), (receipt.key.terminal.clone(), receipt.closed_at));
        till.rang(Sold::of(receipt, &operator, seen.id, seen.only(TenderKind::Cash)));
    }

    /// An event, with its id. One that names no cashier counts for whoever is at the till.
    pub fn event(&mut self, id: Uuid, event: &TillEvent) {
        let till = self.tills.entry(event.terminal.clone()).or_default();
        let id = Evidence::TillEvent(id);
        match &event.kind {
            TillEventKind::SignOn { operator } => till.signed = Some(operator.clone()),
            TillEventKind::SignOff { .. } => till.signed = None,
            TillEventKind::NoSale { .. } => {
                let Some(operator) = till.operator_at(event.at).map(str::to_owned) else { return };
                let tally = self.counted.entry(operator).or_default();
                tally.hold(Rule::NoSale, 0, &[id]);
                if let Some((at, undone)) = till.undone
                    && (0..=2 * MINUTE_S).contains(&since(event.at, at).as_secs())
                {
                    tally.hold(Rule::NoSaleAfterVoid, 0, &[undone, id]);
                }
            }
            TillEventKind::LineVoided { receipt, amount_minor, operator, .. } => {
                till.undone = Some((event.at, id));
                let Some(operator) = operator.clone().or_else(|| till.operator_at(event.at).map(str::to_owned)) else {
                    return;
                };
                till.takes_off(receipt, id, *amount_minor);
                self.counted.entry(operator).or_default().hold(Rule::VoidedLine, *amount_minor, &[id]);
            }
            TillEventKind::Quarantined { .. } | TillEventKind::ImageOnly | TillEventKind::TapLoss { .. } => {}
        }
    }

    /// What was counted since the last time, by the cashier's number: to be called when a business day is over.
    pub fn take(&mut self) -> BTreeMap<String, Tally> {
        let last = self.last_sale.take();
        for (operator, at, id, worth) in self.refunds.drain(..) {
            if last.is_some_and(|last| since(last, at).as_secs() <= 30 * MINUTE_S) {
                self.counted.entry(operator).or_default().hold(Rule::LateRefund, worth, &[id]);
            }
        }
        self.accounts.clear();
        std::mem::take(&mut self.counted)
    }
}

/// A ticket that is looked at.
struct Seen<'a> {
    id: Evidence,
    receipt: &'a Receipt,
    /// One unit of money in minor ones.
    unit: i64,
}

impl Seen<'_> {
    /// What its lines come to before anything was taken off.
    fn gross(&self) -> i64 {
        self.receipt.lines.iter().map(gross).fold(0_i64, i64::saturating_add)
    }

    fn only(&self, kind: TenderKind) -> bool {
        !self.receipt.tenders.is_empty() && self.receipt.tenders.iter().all(|tender| tender.kind == kind)
    }

    fn lines(&self, tally: &mut Tally) {
        let mut before: Option<&SaleLine> = None;
        for line in &self.receipt.lines {
            if line.quantity.is_sign_negative() && !line.quantity.is_zero() {
                tally.hold(Rule::NegativeLine, line.total_minor, &[self.id]);
            }
            if line.discount_minor > 0 {
                tally.hold(Rule::DiscountedLine, line.discount_minor, &[self.id]);
            }
            if line.discount_minor > 0 && line.discount_minor >= gross(line).saturating_sub(line.discount_minor) {
                tally.hold(Rule::DeepDiscount, line.discount_minor, &[self.id]);
            }
            if before.is_some_and(|before| since(line.sold_at, before.sold_at).as_secs() > 15) {
                tally.hold(Rule::ScanGap, 0, &[self.id]);
            }
            before = Some(line);
        }
    }

    fn prices(&self, tally: &mut Tally, operator: &str, goods: &mut Goods) {
        for line in self.receipt.lines.iter().filter(|line| !line.quantity.is_sign_negative()) {
            if goods.is_low(line, operator) {
                tally.hold(Rule::LowPrice, gross(line), &[self.id]);
            }
            goods.rung(line, operator);
        }
    }

    fn sale(&self, tally: &mut Tally, goods: &Goods) {
        let ticket = self.receipt;
        if ticket.total_minor <= 0 && !ticket.lines.is_empty() {
            tally.hold(Rule::FreeTicket, self.gross(), &[self.id]);
        } else if ticket.total_minor < self.unit && !ticket.lines.is_empty() {
            tally.hold(Rule::SubUnitTicket, ticket.total_minor, &[self.id]);
        }
        if ticket.discount_minor > 0 && ticket.lines.iter().any(|line| line.discount_minor > 0) {
            tally.hold(Rule::StackedDiscount, ticket.discount_minor, &[self.id]);
        }
        let vouchers = ticket.tenders.iter().filter(|tender| tender.kind == TenderKind::Voucher);
        let vouchers = vouchers.map(|tender| tender.amount_minor).fold(0_i64, i64::saturating_add);
        if vouchers > 0 {
            tally.hold(Rule::VoucherSale, vouchers, &[self.id]);
        }
        if ticket.customer.is_some()
            && let Some(usual_minor) = goods.usual_line_minor()
        {
            let usual = usual_minor.saturating_mul(ticket.lines.len() as i64);
            if !ticket.lines.is_empty() && ticket.total_minor.saturating_mul(5) < usual.saturating_mul(2) {
                tally.hold(Rule::CheapBasket, usual - ticket.total_minor, &[self.id]);
            }
        }
    }

    fn refund(&self, tally: &mut Tally, operator: &str, till: &Till, goods: &Goods) {
        let (ticket, worth) = (self.receipt, self.receipt.total_minor);
        tally.hold(Rule::Refund, worth, &[self.id]);
        if self.only(TenderKind::Cash) {
            tally.hold(Rule::CashRefund, worth, &[self.id]);
        }
        if let Some(sold) = till.sold_by(operator, ticket) {
            tally.hold(Rule::RefundOfOwnSale, worth, &[sold, self.id]);
        }
        if goods.knows_what_sells(ticket.closed_at) && ticket.lines.iter().all(|line| !goods.was_sold(&line.sku)) {
            tally.hold(Rule::RefundWithoutSale, worth, &[self.id]);
        }
        if worth != 0 && worth % (5 * self.unit) == 0 {
            tally.hold(Rule::RoundRefund, worth, &[self.id]);
        }
        if till.idle_s(ticket.closed_at).is_some_and(|idle| idle >= 10 * MINUTE_S) {
            tally.hold(Rule::LoneRefund, worth, &[self.id]);
        }
    }
}

/// Before its discount.
fn gross(line: &SaleLine) -> i64 {
    line.total_minor.saturating_add(line.discount_minor)
}
