//! A day's selling as it goes on: baskets become tickets, and some of what happens stays between two people.

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::money::{Decimal, extended_minor, to_minor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::BusinessDay;

use super::Stockout;
use super::basket::{Shelves, Taken};
use super::till::Till;
use crate::truth::{Stock, Truth, What};
use crate::world::World;

/// Seconds a line takes, and how much longer one that is rung and taken off again.
const LINE_S: i64 = 4;
const VOID_S: i64 = 6;

pub(super) struct Sale<'a> {
    world: &'a World,
    day: BusinessDay,
    shelves: Shelves<'a>,
    dishonest: Vec<u16>,
    receipts: Vec<Receipt>,
    events: Vec<TillEvent>,
    truth: Vec<Truth>,
}

/// A line that is rung and taken off again.
struct Voided {
    /// Before which line of the ticket, from 0.
    before: usize,
    taken: Taken,
}

/// What is to be rung.
struct Ticket {
    kind: ReceiptKind,
    basket: Vec<Taken>,
    voided: Vec<Voided>,
    tenders: Option<TenderKind>,
    anonymous: bool,
}

impl<'a> Sale<'a> {
    pub(super) fn open(world: &'a World, day: BusinessDay) -> Self {
        let (shelves, dishonest) = (Shelves::open(world, day), world.dishonest());
        Self { world, day, shelves, dishonest, receipts: Vec::new(), events: Vec::new(), truth: Vec::new() }
    }

    pub(super) fn deliver_again(&mut self) {
        self.shelves.deliver_again();
    }

    /// One shopper at a till. Nothing is rung when the shelves held nothing of the list, or the day is over.
    pub(super) fn ring(&mut self, till: &mut Till, ready: Timestamp, ends: Timestamp, rng: &mut ChaCha8Rng) {
        let (spec, theft) = (&self.world.spec, &self.world.spec.theft);
        let kind = match rng.random::<f64>() {
            draw if draw < spec.returns => ReceiptKind::Return,
            draw if draw < spec.returns + spec.voids => ReceiptKind::Void,
            _ => ReceiptKind::Sale,
        };
        let mut basket = match kind {
            ReceiptKind::Return => vec![self.shelves.returned(rng)],
            _ => self.shelves.basket(ready, rng),
        };
        // Who stands there decides what happens; and who stands there is known once it is known how long it takes.
        let starts = till.man(ready, longest_s(basket.len()));
        let operator = till.operator();
        let (dishonest, sells) = (self.dishonest.contains(&operator), kind == ReceiptKind::Sale);
        let cash = rng.random_bool(spec.cash);
        let sweet = rng.random::<f64>() < theft.sweethearting && dishonest && sells && basket.len() > 1;
        let pocketed = rng.random::<f64>() < theft.void_after_cash && dishonest && sells && cash && !sweet;
        let slip = rng.random_bool(spec.staff.line_voids) && sells && !pocketed;
        let mut voided = Vec::new();
        let mut gift: Vec<Taken> = Vec::new();
        if sweet {
            let rung_first = rng.random_bool(0.5);
            for _ in 0..rng.random_range(1..=3.min(basket.len() - 1)) {
                let dearest = self.dearest(&basket);
                let taken = basket.remove(dearest);
                gift.push(taken);
                if rung_first {
                    voided.push(Voided { before: dearest.min(basket.len()), taken });
                }
            }
            voided.iter_mut().for_each(|one: &mut Voided| one.before = one.before.min(basket.len()));
            voided.sort_by_key(|one| one.before);
        } else if slip && !basket.is_empty() {
            // Scanned twice.
            let place = rng.random_range(0..basket.len());
            voided.push(Voided { before: place + 1, taken: basket[place] });
        }
        let kind = if pocketed { ReceiptKind::Void } else { kind };
        let tender = if cash { TenderKind::Cash } else { TenderKind::Card };
        let ticket = Ticket { kind, basket, voided, tenders: Some(tender), anonymous: pocketed };
        let taken: Vec<Taken> = ticket.basket.iter().chain(&gift).copied().collect();
        let Some(place) = self.close_ticket(till, ticket, starts, ends, rng) else {
            if kind != ReceiptKind::Return {
                self.shelves.put_back(&taken);
            }
            return;
        };
        if pocketed {
            self.shelves.write_off(&taken);
            self.pocket(place, operator, &taken, rng);
        } else if kind == ReceiptKind::Void {
            self.shelves.put_back(&taken);
        }
        if sweet {
            self.shelves.write_off(&gift);
            let amount_minor = self.worth(&gift);
            let receipt = &self.receipts[place];
            let about = Truth::new(What::Sweethearting, receipt.lines[0].sold_at, receipt.closed_at);
            self.truth.push(Truth { quantity: amount(&gift), amount_minor, ..of_ticket(about, receipt, operator) });
        }
    }

    /// The money of a voided ticket is in a pocket: the drawer opened for it without a sale.
    fn pocket(&mut self, place: usize, operator: u16, taken: &[Taken], rng: &mut ChaCha8Rng) {
        let receipt = &self.receipts[place];
        let at = receipt.closed_at + SignedDuration::from_secs(rng.random_range(1..5));
        let (terminal, kind) = (receipt.key.terminal.clone(), TillEventKind::NoSale { id: None });
        self.events.push(TillEvent { terminal, at, kind });
        let about = Truth::new(What::VoidAfterCash, receipt.lines[0].sold_at, at);
        let amount_minor = receipt.total_minor;
        self.truth.push(Truth { quantity: amount(taken), amount_minor, ..of_ticket(about, receipt, operator) });
    }

    /// A refund in cash for what nobody brought. Nothing happens when somebody else has the till by then.
    pub(super) fn refund_to_self(&mut self, till: &mut Till, ready: Timestamp, ends: Timestamp, rng: &mut ChaCha8Rng) {
        let starts = till.man(ready, longest_s(1));
        let operator = till.operator();
        if !self.dishonest.contains(&operator) {
            return;
        }
        let basket = vec![self.shelves.dear(rng)];
        let ticket = Ticket {
            kind: ReceiptKind::Return,
            basket,
            voided: Vec::new(),
            tenders: Some(TenderKind::Cash),
            anonymous: true,
        };
        if let Some(place) = self.close_ticket(till, ticket, starts, ends, rng) {
            let receipt = &self.receipts[place];
            let about = Truth::new(What::RefundFraud, receipt.lines[0].sold_at, receipt.closed_at);
            let amount_minor = -receipt.total_minor;
            self.truth.push(Truth { amount_minor, ..of_ticket(about, receipt, operator) });
        }
    }

    /// Somebody leaves with more than they came with.
    pub(super) fn carry_out(&mut self, at: Timestamp, rng: &mut ChaCha8Rng) {
        for taken in self.shelves.loot(rng) {
            let amount_minor = self.worth(&[taken]);
            let subject = Some(self.world.items[taken.0].sku());
            let about = Truth::new(What::ShelfTheft, at, at);
            self.truth.push(Truth { subject, quantity: amount(&[taken]), amount_minor, ..about });
        }
    }

    /// Rings a ticket at a till that is manned and free then. Gives its place among the day's; `None` when nothing of it
    /// can be rung.
    fn close_ticket(
        &mut self,
        till: &mut Till,
        ticket: Ticket,
        starts: Timestamp,
        ends: Timestamp,
        rng: &mut ChaCha8Rng,
    ) -> Option<usize> {
        let spec = &self.world.spec;
        let (count, voids) = (ticket.basket.len() as i64, ticket.voided.len() as i64);
        let lasts_s = 12 + LINE_S * count + VOID_S * voids + rng.random_range(0..20);
        let closed_at = starts + SignedDuration::from_secs(lasts_s);
        if count == 0 || closed_at >= ends {
            return None;
        }
        let mut lines: Vec<SaleLine> = Vec::new();
        for (place, &taken) in ticket.basket.iter().enumerate() {
            let before = ticket.voided.iter().filter(|one| one.before <= place).count() as i64;
            let at = starts + SignedDuration::from_secs(LINE_S * place as i64 + VOID_S * before);
            lines.push(self.line(lines.len() as u32 + 1, taken, at)?);
        }
        let number = till.count(starts, self.day);
        till.free_at = closed_at + SignedDuration::from_secs(5);
        let operator = till.operator().to_string();
        for (place, one) in ticket.voided.iter().enumerate() {
            // Counting those that were voided before it.
            let line_no = (one.before + place) as u32 + 1;
            let at_s = LINE_S * one.before as i64 + VOID_S * place as i64 + 2;
            let Some(line) = self.line(line_no, one.taken, starts) else { continue };
            let kind = TillEventKind::LineVoided {
                receipt: number.clone(),
                line_no,
                sku: line.sku,
                name: line.name,
                amount_minor: line.total_minor,
                operator: Some(operator.clone()),
            };
            let at = starts + SignedDuration::from_secs(at_s);
            self.events.push(TillEvent { terminal: till.terminal.clone(), at, kind });
        }
        let sum: i64 = lines.iter().map(|line| line.total_minor).sum();
        let known = rng.random_bool(spec.loyalty) && !ticket.anonymous;
        let customer = known.then(|| {
            // Regulars first: squaring a uniform draw makes low numbers common.
            let draw = rng.random::<f64>();
            format!("L{:06}", 100_001 + (draw * draw * f64::from(spec.receipts_per_day) * 4.0) as u32)
        });
        let rewarded = customer.is_some() && ticket.kind == ReceiptKind::Sale && rng.random_bool(0.1);
        let discount_minor = if rewarded { sum / 20 } else { 0 };
        let taxed = Decimal::from(sum - discount_minor) * percent(spec.added_tax_percent);
        let tax_minor = to_minor(taxed, spec.currency).map_or(0, |tax| tax / 10_i64.pow(spec.currency.exponent()));
        let total_minor = sum - discount_minor + tax_minor;
        let tenders = match (ticket.kind, ticket.tenders) {
            (ReceiptKind::Void, _) | (_, None) => Vec::new(),
            (_, Some(main)) => tenders(main, total_minor, rng),
        };
        self.receipts.push(Receipt {
            key: ReceiptKey { terminal: till.terminal.clone(), business_day: self.day, number },
            kind: ticket.kind,
            source: ReceiptSource::Journal,
            closed_at,
            currency: spec.currency,
            total_minor,
            tax_minor,
            discount_minor,
            tenders,
            operator: Some(operator),
            customer,
            lines,
        });
        Some(self.receipts.len() - 1)
    }

    fn line(&self, line_no: u32, (item, thousandths): Taken, sold_at: Timestamp) -> Option<SaleLine> {
        let (item, offer) = (&self.world.items[item], &self.shelves.offers[item]);
        let currency = self.world.spec.currency;
        let quantity = if item.weighed { Decimal::new(thousandths, 3) } else { Decimal::from(thousandths / 1_000) };
        let full = extended_minor(quantity, offer.unit_price, currency)?;
        // What comes back comes back at its price: no offer on returns.
        let discount_minor = if full > 0 { full * i64::from(offer.off_percent) / 100 } else { 0 };
        Some(SaleLine {
            line_no,
            sku: item.sku(),
            name: item.name.to_owned(),
            quantity,
            unit_price: offer.unit_price,
            discount_minor,
            total_minor: full - discount_minor,
            sold_at,
        })
    }

    fn dearest(&self, basket: &[Taken]) -> usize {
        let worth = |place: &usize| self.worth(&basket[*place..=*place]);
        (0..basket.len()).max_by_key(worth).unwrap_or(0)
    }

    /// At today's prices, in minor units.
    fn worth(&self, basket: &[Taken]) -> i64 {
        let now = Timestamp::UNIX_EPOCH;
        basket.iter().filter_map(|&taken| self.line(1, taken, now)).map(|line| line.total_minor).sum()
    }

    /// The day's tickets, their truth, what ran out, and what became of everything; its events go to `events`.
    pub(super) fn close(self, events: &mut Vec<TillEvent>) -> (Vec<Receipt>, Vec<Truth>, Vec<Stockout>, Vec<Stock>) {
        events.extend(self.events);
        let (stockouts, stock) = self.shelves.close();
        (self.receipts, self.truth, stockouts, stock)
    }
}

/// The longest a ticket of so many lines takes, in seconds, whatever happens on it.
fn longest_s(lines: usize) -> i64 {
    12 + LINE_S * lines as i64 + VOID_S * 3 + 21
}

fn of_ticket(about: Truth, receipt: &Receipt, operator: u16) -> Truth {
    Truth {
        terminal: Some(receipt.key.terminal.clone()),
        operator: Some(operator.to_string()),
        receipt: Some(receipt.key.number.clone()),
        ..about
    }
}

/// Pieces and kilograms together.
fn amount(basket: &[Taken]) -> Decimal {
    Decimal::new(basket.iter().map(|(_, thousandths)| thousandths).sum(), 3)
}

fn percent(value: f64) -> Decimal {
    Decimal::new((value * 1_000.0).round() as i64, 5)
}

fn tenders(main: TenderKind, total_minor: i64, rng: &mut ChaCha8Rng) -> Vec<Tender> {
    // A voucher for a round part of it now and then.
    let voucher = if total_minor > 1_000 && rng.random_bool(0.02) { 500 } else { 0 };
    let mut tenders = vec![Tender { kind: main, amount_minor: total_minor - voucher }];
    if voucher > 0 {
        tenders.push(Tender { kind: TenderKind::Voucher, amount_minor: voucher });
    }
    tenders
}
