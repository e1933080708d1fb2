//! A business day: shoppers fill baskets from the shelves, queue at the tills, and each ticket adds up.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::{extended_minor, to_minor};
use vyavs_domain::reading::Reading;
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::BusinessDay;

use crate::catalog::Item;
use crate::market::Offer;
use crate::shelf::Shelf;
use crate::shoppers;
use crate::world::{World, day_number};

/// All of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Which.
    pub day: BusinessDay,
    /// By the time they were closed.
    pub receipts: Vec<Receipt>,
    /// By time.
    pub till_events: Vec<TillEvent>,
    /// What ran out.
    pub stockouts: Vec<Stockout>,
    /// Each channel each minute.
    pub readings: Vec<Reading>,
}

/// What was sold on a day, and what was not.
#[derive(Clone, Debug, PartialEq)]
pub struct Trade {
    /// By the time they were closed.
    pub receipts: Vec<Receipt>,
    /// By time.
    pub till_events: Vec<TillEvent>,
    /// By sku. The truth that sales alone do not show.
    pub stockouts: Vec<Stockout>,
}

/// An item that somebody wanted and did not find.
#[derive(Clone, Debug, PartialEq)]
pub struct Stockout {
    /// Which.
    pub sku: String,
    /// When it was first missed.
    pub since: Timestamp,
    /// Lines that were not sold for it.
    pub lines_lost: u32,
}

/// A till at work.
struct Till {
    terminal: TerminalId,
    number: u8,
    free_at: Timestamp,
    rung: u32,
}

pub(crate) fn trade(world: &World, day: BusinessDay) -> Trade {
    let dice = world.dice().part("trade").at(day_number(day.0));
    let (from, to) = world.time.span(day);
    let mut sale = Sale {
        world,
        day,
        offers: world.offers(day),
        shelf: Shelf::open(world.dice(), &world.spec, &world.items, day_number(day.0)),
        missed: BTreeMap::new(),
        popularity: Vec::new(),
    };
    let mut sum = 0.0;
    for (item, offer) in world.items.iter().zip(&sale.offers) {
        sum += item.weight * offer.lift;
        sale.popularity.push(sum);
    }
    let mut tills: Vec<Till> = (1..=world.spec.tills)
        .map(|number| Till { terminal: terminal(number), number, free_at: from, rung: 0 })
        .collect();
    let mut queue: Vec<_> = world.visits(day).into_iter().filter(|visit| visit.buys).collect();
    queue.sort_by_key(|visit| visit.enters + visit.shops_for);
    let noon = shoppers::instant(&world.time, day, 13, 0);
    let mut receipts = Vec::new();
    for (place, visit) in queue.iter().enumerate() {
        let ready = visit.enters + visit.shops_for;
        if ready >= noon {
            sale.shelf.deliver_again();
        }
        // The first till is always manned, the others by how long its queue is: take the first that is free.
        let till = tills
            .iter_mut()
            .min_by_key(|till| (till.free_at.max(ready), till.number))
            .expect("a store has at least one till");
        let mut rng = dice.at(place as i64).stream();
        if let Some(receipt) = sale.ring(till, till.free_at.max(ready), to, &mut rng) {
            receipts.push(receipt);
        }
    }
    receipts.sort_by(|a, b| (a.closed_at, &a.key.terminal).cmp(&(b.closed_at, &b.key.terminal)));
    let stockouts = sale
        .missed
        .into_iter()
        .map(|(item, (since, lines_lost))| Stockout { sku: world.items[item].sku(), since, lines_lost })
        .collect();
    Trade { receipts, till_events: no_sales(world, day), stockouts }
}

fn terminal(number: u8) -> TerminalId {
    format!("till-{number}").parse().expect("letters, a hyphen and digits")
}

/// Drawers opened for change, at any time the doors are open.
fn no_sales(world: &World, day: BusinessDay) -> Vec<TillEvent> {
    let mut events = Vec::new();
    let open: Vec<i64> = (0..24).filter(|hour| shoppers::is_open(&world.spec, *hour)).collect();
    for number in 1..=world.spec.tills {
        let mut rng = world.dice().part("drawer").at(day_number(day.0)).at(i64::from(number)).stream();
        let most = (world.spec.no_sales * 2.0).round() as u32;
        for _ in 0..rng.random_range(0..=most) {
            let hour = open[rng.random_range(0..open.len())];
            let at = shoppers::instant(&world.time, day, hour, rng.random_range(0..3_600));
            events.push(TillEvent { terminal: terminal(number), at, kind: TillEventKind::NoSale });
        }
    }
    events.sort_by(|a, b| (a.at, &a.terminal).cmp(&(b.at, &b.terminal)));
    events
}

/// A day's selling, as it goes on.
struct Sale<'a> {
    world: &'a World,
    day: BusinessDay,
    offers: Vec<Offer>,
    shelf: Shelf,
    missed: BTreeMap<usize, (Timestamp, u32)>,
    /// Running sums of how much each item is wanted today.
    popularity: Vec<f64>,
}

impl Sale<'_> {
    /// One shopper at a till; `None` when the shelves held nothing of the list, or the day is over.
    fn ring(&mut self, till: &mut Till, starts: Timestamp, ends: Timestamp, rng: &mut ChaCha8Rng) -> Option<Receipt> {
        let spec = &self.world.spec;
        let kind = match rng.random::<f64>() {
            draw if draw < spec.returns => ReceiptKind::Return,
            draw if draw < spec.returns + spec.voids => ReceiptKind::Void,
            _ => ReceiptKind::Sale,
        };
        let basket = match kind {
            ReceiptKind::Return => vec![self.returned(rng)],
            _ => self.basket(starts, rng),
        };
        let lines: Vec<SaleLine> = basket
            .iter()
            .enumerate()
            .filter_map(|(place, &(item, thousandths))| self.line(place, item, thousandths, starts))
            .collect();
        let closed_at = starts + SignedDuration::from_secs(12 + 4 * lines.len() as i64 + rng.random_range(0..20));
        if lines.is_empty() || closed_at >= ends {
            return None;
        }
        if kind == ReceiptKind::Void {
            basket.iter().for_each(|&(item, thousandths)| self.shelf.put_back(item, thousandths));
        }
        till.free_at = closed_at + SignedDuration::from_secs(5);
        till.rung += 1;
        let sum: i64 = lines.iter().map(|line| line.total_minor).sum();
        let customer = rng.random_bool(spec.loyalty).then(|| {
            // Regulars first: squaring a uniform draw makes low numbers common.
            let draw = rng.random::<f64>();
            format!("L{:06}", 100_001 + (draw * draw * f64::from(spec.receipts_per_day) * 4.0) as u32)
        });
        let rewarded = customer.is_some() && kind == ReceiptKind::Sale && rng.random_bool(0.1);
        let discount_minor = if rewarded { sum / 20 } else { 0 };
        let taxed = Decimal::from(sum - discount_minor) * percent(spec.added_tax_percent);
        let tax_minor = to_minor(taxed, spec.currency).map_or(0, |tax| tax / 10_i64.pow(spec.currency.exponent()));
        let total_minor = sum - discount_minor + tax_minor;
        let tenders = if kind == ReceiptKind::Void { Vec::new() } else { tenders(spec.cash, total_minor, rng) };
        let hour = self.world.time.local(closed_at).hour();
        let shift = if hour < 14 { 0 } else { 1 };
        let operator = 1 + (day_number(self.day.0) * 7 + i64::from(till.number) * 3 + shift * 5).rem_euclid(23);
        Some(Receipt {
            key: ReceiptKey {
                terminal: till.terminal.clone(),
                business_day: self.day,
                number: format!("{}{:04}", self.day.0.strftime("%y%m%d"), till.rung),
            },
            kind,
            source: ReceiptSource::Journal,
            closed_at,
            currency: spec.currency,
            total_minor,
            tax_minor,
            discount_minor,
            tenders,
            operator: Some(operator.to_string()),
            customer,
            lines,
        })
    }

    /// What a shopper takes: (item, thousandths), each item once.
    fn basket(&mut self, at: Timestamp, rng: &mut ChaCha8Rng) -> Vec<(usize, i64)> {
        let mean = self.world.spec.lines_per_receipt;
        // Many small baskets and a few large ones: geometric, with at least one line.
        let stop = 1.0 / mean.max(1.0);
        let mut wanted = 1;
        while wanted < 80 && !rng.random_bool(stop) {
            wanted += 1;
        }
        let mut basket: Vec<(usize, i64)> = Vec::new();
        for _ in 0..wanted {
            let item = self.pick(rng);
            let thousandths = quantity(&self.world.items[item], rng);
            if basket.iter().any(|(taken, _)| *taken == item) {
                continue;
            }
            if self.shelf.take(item, thousandths) {
                basket.push((item, thousandths));
            } else {
                self.missed.entry(item).or_insert((at, 0)).1 += 1;
            }
        }
        basket
    }

    fn returned(&self, rng: &mut ChaCha8Rng) -> (usize, i64) {
        let item = self.pick(rng);
        (item, -quantity(&self.world.items[item], rng))
    }

    fn pick(&self, rng: &mut ChaCha8Rng) -> usize {
        let whole = self.popularity.last().copied().unwrap_or(0.0);
        let draw = rng.random::<f64>() * whole;
        self.popularity.partition_point(|sum| *sum <= draw).min(self.popularity.len() - 1)
    }

    fn line(&self, place: usize, item: usize, thousandths: i64, starts: Timestamp) -> Option<SaleLine> {
        let (item, offer) = (&self.world.items[item], &self.offers[item]);
        let currency = self.world.spec.currency;
        let quantity = if item.weighed { Decimal::new(thousandths, 3) } else { Decimal::from(thousandths / 1_000) };
        let full = extended_minor(quantity, offer.unit_price, currency)?;
        // What comes back comes back at its price: no offer on returns.
        let discount_minor = if full > 0 { full * i64::from(offer.off_percent) / 100 } else { 0 };
        Some(SaleLine {
            line_no: place as u32 + 1,
            sku: item.sku(),
            name: item.name.to_owned(),
            quantity,
            unit_price: offer.unit_price,
            discount_minor,
            total_minor: full - discount_minor,
            sold_at: starts + SignedDuration::from_secs(4 * place as i64),
        })
    }
}

/// How much of an item goes into a basket, in thousandths.
fn quantity(item: &Item, rng: &mut ChaCha8Rng) -> i64 {
    if item.weighed {
        return rng.random_range(120..1_280);
    }
    match rng.random_range(0..100) {
        0..82 => 1_000,
        82..95 => 2_000,
        95..99 => 3_000,
        _ => 1_000 * rng.random_range(4..9),
    }
}

fn percent(value: f64) -> Decimal {
    Decimal::new((value * 1_000.0).round() as i64, 5)
}

fn tenders(cash: f64, total_minor: i64, rng: &mut ChaCha8Rng) -> Vec<Tender> {
    let main = if rng.random_bool(cash) { TenderKind::Cash } else { TenderKind::Card };
    // A voucher for a round part of it now and then.
    let voucher = if total_minor > 1_000 && rng.random_bool(0.02) { 500 } else { 0 };
    let mut tenders = vec![Tender { kind: main, amount_minor: total_minor - voucher }];
    if voucher > 0 {
        tenders.push(Tender { kind: TenderKind::Voucher, amount_minor: voucher });
    }
    tenders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::StoreSpec;

    fn world() -> World {
        World::new(9, StoreSpec::default()).expect("a store")
    }

    #[test]
    fn a_week_looks_like_a_shop() {
        let world = world();
        let days: Vec<Trade> = (2..9).map(|day| world.trade(BusinessDay(jiff::civil::date(2026, 3, day)))).collect();
        let receipts: Vec<_> = days.iter().flat_map(|day| &day.receipts).collect();
        assert!((7 * 240..7 * 340).contains(&receipts.len()), "{}", receipts.len());
        let lines: usize = receipts.iter().map(|receipt| receipt.lines.len()).sum();
        let per_receipt = lines as f64 / receipts.len() as f64;
        assert!((5.0..7.5).contains(&per_receipt), "{per_receipt}");
        for kind in [ReceiptKind::Sale, ReceiptKind::Return, ReceiptKind::Void] {
            assert!(receipts.iter().any(|receipt| receipt.kind == kind), "{kind:?}");
        }
        assert!(receipts.iter().any(|receipt| receipt.discount_minor > 0));
        assert!(receipts.iter().any(|receipt| receipt.lines.iter().any(|line| line.discount_minor > 0)));
        assert!(receipts.iter().any(|receipt| receipt.lines.iter().any(|line| line.quantity.scale() == 3)));
        assert!(days.iter().any(|day| !day.stockouts.is_empty()));
        assert!(days.iter().any(|day| !day.till_events.is_empty()));
        let tills: std::collections::BTreeSet<_> = receipts.iter().map(|receipt| &receipt.key.terminal).collect();
        assert_eq!(tills.len(), 3);
    }

    #[test]
    fn what_ran_out_is_not_sold_until_it_comes_again() {
        let world = world();
        let day = BusinessDay(jiff::civil::date(2026, 3, 7));
        let trade = world.trade(day);
        let noon = shoppers::instant(world.time(), day, 13, 0);
        let item = |sku: &str| world.items().iter().find(|item| item.sku() == sku).expect("in the catalog");
        // Pieces of one: where a line of one piece was missed, nothing at all was left.
        let dry = trade.stockouts.iter().filter(|out| !item(&out.sku).category.is_fresh() || out.since > noon);
        for out in dry.filter(|out| !item(&out.sku).weighed && out.lines_lost > 20) {
            let late = trade.receipts.iter().filter(|receipt| receipt.kind == ReceiptKind::Sale);
            let sold = late.flat_map(|r| &r.lines).filter(|l| l.sku == out.sku && l.sold_at > out.since).count();
            assert!(sold <= 5, "{} sold {sold} times after it was missed", out.sku);
        }
        assert!(!trade.stockouts.is_empty());
    }
}
