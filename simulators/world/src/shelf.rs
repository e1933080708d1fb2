//! What is on the shelf: filled before the doors open, the fresh half once more after noon, emptied by shoppers.
//!
//! A day begins from its delivery and not from what the day before left, so that any day can be computed alone. A
//! delivery that comes short is what makes an item run out, and then nobody buys it.

use crate::catalog::Item;
use crate::dice::Dice;
use crate::market::Offer;
use crate::spec::StoreSpec;

/// The stock of one day, in thousandths of a piece or kilogram.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    level: Vec<i64>,
    second: Vec<i64>,
    /// Both deliveries together.
    delivered: Vec<i64>,
}

/// Mean pieces (or kilograms) on a line.
pub(crate) fn mean_quantity(item: &Item) -> f64 {
    if item.weighed { 0.7 } else { 1.25 }
}

impl Shelf {
    /// Whoever orders knows what is on offer, and does not know what the weather will be.
    pub(crate) fn open(dice: Dice, spec: &StoreSpec, items: &[Item], offers: &[Offer], day: i64) -> Self {
        let all: f64 = items.iter().map(|item| item.weight).sum();
        let lines = f64::from(spec.receipts_per_day) * spec.lines_per_receipt;
        let mut shelf = Self { level: Vec::new(), second: Vec::new(), delivered: Vec::new() };
        for (item, offer) in items.iter().zip(offers) {
            let dice = dice.part("delivery").at(day).at(item.index as i64);
            let expected = lines * item.weight * offer.lift.max(1.0) / all * mean_quantity(item);
            let short = dice.unit() < spec.short_deliveries;
            let share = if short { 0.1 + 0.3 * dice.at(1).unit() } else { 2.2 + 0.8 * dice.at(1).unit() };
            let thousandths = ((expected * share).max(1.0) * 1_000.0) as i64;
            // No half loaves.
            let thousandths = if item.weighed { thousandths } else { thousandths / 1_000 * 1_000 };
            let again = if item.category.is_fresh() && !short { thousandths / 3_000 * 1_000 } else { 0 };
            shelf.level.push(thousandths - again);
            shelf.second.push(again);
            shelf.delivered.push(thousandths);
        }
        shelf
    }

    /// The delivery after noon; a second one brings nothing more.
    pub(crate) fn deliver_again(&mut self) {
        for (level, second) in self.level.iter_mut().zip(&mut self.second) {
            *level += std::mem::take(second);
        }
    }

    /// What was delivered, both times, and what is there now.
    pub(crate) fn counts(&self, item: usize) -> (i64, i64) {
        (self.delivered[item], self.level[item])
    }

    /// Takes `thousandths` of an item, or nothing when less is there.
    pub(crate) fn take(&mut self, item: usize, thousandths: i64) -> bool {
        let there = self.level[item] >= thousandths;
        if there {
            self.level[item] -= thousandths;
        }
        there
    }

    /// Puts back what was not paid for.
    pub(crate) fn put_back(&mut self, item: usize, thousandths: i64) {
        self.level[item] += thousandths;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::items;

    #[test]
    fn no_more_is_taken_than_was_there() {
        let items = items();
        let spec = StoreSpec::default();
        let offers = crate::market::offers(Dice::new(1), &spec, &items, jiff::civil::date(2026, 3, 7));
        let mut shelf = Shelf::open(Dice::new(1), &spec, &items, &offers, 20_000);
        let there = shelf.level[0];
        assert!(there > 0 && shelf.take(0, there) && !shelf.take(0, 1));
        shelf.deliver_again();
        assert!(shelf.take(0, 1), "bananas come twice");
        shelf.put_back(0, 1);
        let level = shelf.level[0];
        shelf.deliver_again();
        assert_eq!(shelf.level[0], level);
    }
}
