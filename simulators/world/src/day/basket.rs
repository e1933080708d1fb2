//! What a shopper takes from the shelves.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vyavs_domain::money::Decimal;
use vyavs_domain::time::BusinessDay;

use super::Stockout;
use crate::catalog::Item;
use crate::market::Offer;
use crate::shelf::Shelf;
use crate::truth::Stock;
use crate::world::{World, day_number};

/// An item and how much of it, in thousandths.
pub(super) type Taken = (usize, i64);

/// The shelves, and what they are emptied by.
pub(super) struct Shelves<'a> {
    world: &'a World,
    pub(super) offers: Vec<Offer>,
    shelf: Shelf,
    missed: BTreeMap<usize, (Timestamp, u32)>,
    stolen: BTreeMap<usize, i64>,
    /// Running sums of how much each item is wanted today.
    popularity: Vec<f64>,
}

impl<'a> Shelves<'a> {
    pub(super) fn open(world: &'a World, day: BusinessDay) -> Self {
        let (offers, weather) = (world.offers(day), world.weather(day));
        let shelf = Shelf::open(world.dice(), &world.spec, &world.items, &offers, day_number(day.0));
        let mut sum = 0.0;
        let popularity = world.items.iter().zip(&offers).map(|(item, offer)| {
            sum += item.weight * offer.lift * weather.demand(item.category);
            sum
        });
        let popularity = popularity.collect();
        Self { world, offers, shelf, missed: BTreeMap::new(), stolen: BTreeMap::new(), popularity }
    }

    pub(super) fn deliver_again(&mut self) {
        self.shelf.deliver_again();
    }

    pub(super) fn put_back(&mut self, basket: &[Taken]) {
        basket.iter().for_each(|&(item, thousandths)| self.shelf.put_back(item, thousandths));
    }

    /// What was taken will not be paid for.
    pub(super) fn write_off(&mut self, basket: &[Taken]) {
        basket.iter().for_each(|&(item, thousandths)| *self.stolen.entry(item).or_default() += thousandths);
    }

    /// What a shopper takes, each item once.
    pub(super) fn basket(&mut self, at: Timestamp, rng: &mut ChaCha8Rng) -> Vec<Taken> {
        let mean = self.world.spec.lines_per_receipt;
        // Many small baskets and a few large ones: geometric, with at least one line.
        let stop = 1.0 / mean.max(1.0);
        let mut wanted = 1;
        while wanted < 80 && !rng.random_bool(stop) {
            wanted += 1;
        }
        let mut basket: Vec<Taken> = Vec::new();
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

    /// What goes under a coat: a piece or three of what is worth it.
    pub(super) fn loot(&mut self, rng: &mut ChaCha8Rng) -> Vec<Taken> {
        let mut basket: Vec<Taken> = Vec::new();
        for _ in 0..rng.random_range(1..=3) {
            let item = (0..4).map(|_| self.pick(rng)).filter(|item| !self.world.items[*item].weighed);
            let dearest = item.max_by(|a, b| self.world.items[*a].price.total_cmp(&self.world.items[*b].price));
            let Some(item) = dearest else { continue };
            if basket.iter().all(|(taken, _)| *taken != item) && self.shelf.take(item, 1_000) {
                basket.push((item, 1_000));
            }
        }
        self.write_off(&basket);
        basket
    }

    /// What comes back over the counter.
    pub(super) fn returned(&self, rng: &mut ChaCha8Rng) -> Taken {
        let item = self.pick(rng);
        (item, -quantity(&self.world.items[item], rng))
    }

    /// The dearest of a few: what a false refund is made out for.
    pub(super) fn dear(&self, rng: &mut ChaCha8Rng) -> Taken {
        let price = |item: &usize| self.world.items[*item].price;
        let few: Vec<usize> = (0..6).map(|_| self.pick(rng)).collect();
        let dearest = few.iter().copied().max_by(|a, b| price(a).total_cmp(&price(b)));
        (dearest.unwrap_or(0), -1_000 * rng.random_range(1..=3))
    }

    fn pick(&self, rng: &mut ChaCha8Rng) -> usize {
        let whole = self.popularity.last().copied().unwrap_or(0.0);
        let draw = rng.random::<f64>() * whole;
        self.popularity.partition_point(|sum| *sum <= draw).min(self.popularity.len() - 1)
    }

    /// What ran out, and what became of everything.
    pub(super) fn close(mut self) -> (Vec<Stockout>, Vec<Stock>) {
        // The lorry comes even if nobody shops after noon.
        self.shelf.deliver_again();
        let amount = |item: &Item, thousandths: i64| {
            if item.weighed { Decimal::new(thousandths, 3) } else { Decimal::from(thousandths) / Decimal::ONE_THOUSAND }
        };
        let items = self.world.items.iter();
        let stock = items.map(|item| {
            let (delivered, left) = self.shelf.counts(item.index);
            let stolen = self.stolen.get(&item.index).copied().unwrap_or(0);
            Stock {
                sku: item.sku(),
                delivered: amount(item, delivered),
                sold: amount(item, delivered - left - stolen),
                stolen: amount(item, stolen),
                left: amount(item, left),
            }
        });
        let stock = stock.collect();
        let missed = self.missed.into_iter();
        let sku = |item: usize| self.world.items[item].sku();
        let stockouts = missed.map(|(item, (since, lines_lost))| Stockout { sku: sku(item), since, lines_lost });
        (stockouts.collect(), stock)
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
