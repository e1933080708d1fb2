//! A business day: shoppers fill baskets from the shelves, queue at the tills, and each ticket adds up.

mod basket;
mod sale;
mod till;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use serde::Serialize;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::reading::Reading;
use vyavs_domain::sale::Receipt;
use vyavs_domain::time::BusinessDay;

use crate::mishap::Outage;
use crate::shoppers;
use crate::truth::{Stock, Truth, What};
use crate::world::{World, day_number};
use sale::Sale;
use till::Till;

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
    /// What really happened at the tills; see [`World::truth`] for all of it. Never on a wire.
    pub truth: Vec<Truth>,
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
    /// Thefts, swaps of tills and failures of the mains, by time. Never on a wire.
    pub truth: Vec<Truth>,
    /// What became of each item, by its place in the catalog. Never on a wire.
    pub stock: Vec<Stock>,
}

/// An item that somebody wanted and did not find.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stockout {
    /// Which.
    pub sku: String,
    /// When it was first missed.
    pub since: Timestamp,
    /// Lines that were not sold for it.
    pub lines_lost: u32,
}

/// What somebody does in the shop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errand {
    /// Goes to a till.
    Shops,
    /// Carries something out.
    Steals,
    /// A cashier pays themselves for goods that nobody brought, at this till.
    Refunds(u8),
}

pub(crate) fn trade(world: &World, day: BusinessDay) -> Trade {
    let dice = world.dice().part("trade").at(day_number(day.0));
    let (from, to) = world.time.span(day);
    let dips = world.power_dips(from, to);
    let roster = world.roster(day);
    let mut sale = Sale::open(world, day);
    let mut tills: Vec<Till> =
        (1..=world.spec.tills).map(|number| Till::open(world, day, number, &roster, &dips)).collect();
    let mut queue: Vec<(Timestamp, Errand)> = world
        .visits(day)
        .into_iter()
        .enumerate()
        .filter_map(|(place, visit)| {
            let steals = || dice.part("thief").at(place as i64).unit() < world.spec.theft.shelf_theft;
            let errand = if visit.buys { Errand::Shops } else { steals().then_some(Errand::Steals)? };
            Some((visit.enters + visit.shops_for, errand))
        })
        .collect();
    queue.extend(refunds(world, day));
    queue.sort_by_key(|(ready, _)| *ready);
    let noon = shoppers::instant(&world.time, day, 13, 0);
    for (place, (ready, errand)) in queue.into_iter().enumerate() {
        if ready >= noon {
            sale.deliver_again();
        }
        let mut rng = dice.at(place as i64).stream();
        match errand {
            Errand::Steals => sale.carry_out(ready, &mut rng),
            Errand::Refunds(number) => {
                let till = &mut tills[usize::from(number - 1)];
                sale.refund_to_self(till, ready, to, &mut rng);
            }
            Errand::Shops => {
                // The first till is always manned, the others by how long its queue is: take the first that is free.
                let till = tills
                    .iter_mut()
                    .min_by_key(|till| (till.free_for(ready, 60), till.number))
                    .expect("a store has at least one till");
                sale.ring(till, ready, to, &mut rng);
            }
        }
    }
    let mut events = no_sales(world, day, &dips);
    let mut truth: Vec<Truth> = dips.iter().map(|dip| Truth::new(What::PowerDip, dip.from, dip.to)).collect();
    for till in tills {
        events.extend(till.close(to, &mut truth));
    }
    let (mut receipts, of_sales, stockouts, stock) = sale.close(&mut events);
    receipts.sort_by(|a, b| (a.closed_at, &a.key.terminal).cmp(&(b.closed_at, &b.key.terminal)));
    events.retain(|event| from <= event.at && event.at < to);
    events.sort_by(|a, b| (a.at, &a.terminal).cmp(&(b.at, &b.terminal)));
    name(&mut events, day);
    truth.extend(of_sales);
    truth.sort_by_key(|one| (one.from, one.what));
    Trade { receipts, till_events: events, stockouts, truth, stock }
}

/// When cashiers who steal pay themselves.
fn refunds(world: &World, day: BusinessDay) -> Vec<(Timestamp, Errand)> {
    let dishonest = world.dishonest();
    let mut rng = world.dice().part("refunds").at(day_number(day.0)).stream();
    let mut found = Vec::new();
    for shift in world.roster(day).iter().filter(|shift| dishonest.contains(&shift.operator)) {
        let whole = world.spec.theft.refund_fraud;
        let count = whole.floor() as u32 + u32::from(rng.random_bool(whole.fract()));
        let lasts_s = shift.to.duration_since(shift.from).as_secs();
        for _ in 0..count {
            // Neither at the very beginning nor at the very end, when others look on.
            let at =
                shift.from + SignedDuration::from_secs(lasts_s / 10 + rng.random_range(0..(lasts_s * 8 / 10).max(1)));
            found.push((at, Errand::Refunds(shift.till)));
        }
    }
    found
}

/// Drawers opened for change, at any time the doors are open and the power is there.
fn no_sales(world: &World, day: BusinessDay, dips: &[Outage]) -> Vec<TillEvent> {
    let mut events = Vec::new();
    let open: Vec<i64> = (0..24).filter(|hour| shoppers::is_open(&world.spec, *hour)).collect();
    for number in 1..=world.spec.tills {
        let mut rng = world.dice().part("drawer").at(day_number(day.0)).at(i64::from(number)).stream();
        let most = (world.spec.no_sales * 2.0).round() as u32;
        for _ in 0..rng.random_range(0..=most) {
            let hour = open[rng.random_range(0..open.len())];
            let at = shoppers::instant(&world.time, day, hour, rng.random_range(0..3_600));
            let terminal = format!("till-{number}").parse().expect("letters, a hyphen and digits");
            if !dips.iter().any(|dip| dip.covers(at)) {
                events.push(TillEvent { terminal, at, kind: TillEventKind::NoSale { id: None } });
            }
        }
    }
    events
}

/// Gives each opened drawer the till's own number of it.
fn name(events: &mut [TillEvent], day: BusinessDay) {
    let stamp = day.0.strftime("%y%m%d").to_string();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for event in events {
        if let TillEventKind::NoSale { id } = &mut event.kind {
            let till = event.terminal.as_str().trim_start_matches("till-").to_owned();
            let count = counts.entry(till.clone()).or_default();
            *count += 1;
            *id = Some(format!("ns-{stamp}-{till}-{count}"));
        }
    }
}

#[cfg(test)]
mod tests;
