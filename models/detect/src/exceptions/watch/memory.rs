//! What the shop's goods usually cost.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use vyavs_domain::money::Decimal;
use vyavs_domain::sale::SaleLine;
use vyavs_domain::time::since;

/// Prices that are remembered of each of the goods.
const PRICES: usize = 12;
/// Others' prices from which on there is a usual one.
const ENOUGH: usize = 5;
/// Lines from which on there is a usual line.
const LINES: u64 = 500;
/// What was never sold in so many days is not sold here.
const WATCHED_S: i64 = 28 * 86_400;

#[derive(Debug, Default)]
pub(super) struct Goods {
    prices: HashMap<String, VecDeque<(String, Decimal)>>,
    lines: u64,
    total_minor: i128,
    began: Option<Timestamp>,
}

impl Goods {
    /// Whether the price is three tenths below the median of what others rang.
    pub(super) fn is_low(&self, line: &SaleLine, operator: &str) -> bool {
        let Some(known) = self.prices.get(&line.sku) else { return false };
        let mut others: Vec<Decimal> =
            known.iter().filter(|(who, _)| who != operator).map(|(_, price)| *price).collect();
        if others.len() < ENOUGH {
            return false;
        }
        others.sort_unstable();
        let usual = others[others.len() / 2];
        line.unit_price.checked_mul(Decimal::TEN).zip(usual.checked_mul(Decimal::from(7))).is_some_and(|(a, b)| a <= b)
            && usual > Decimal::ZERO
    }

    pub(super) fn rung(&mut self, line: &SaleLine, operator: &str) {
        let known = self.prices.entry(line.sku.clone()).or_default();
        if known.len() == PRICES {
            known.pop_front();
        }
        known.push_back((operator.to_owned(), line.unit_price));
        self.lines += 1;
        self.total_minor += i128::from(line.total_minor);
        self.began = Some(self.began.map_or(line.sold_at, |began| began.min(line.sold_at)));
    }

    /// What a line comes to on average.
    pub(super) fn usual_line_minor(&self) -> Option<i64> {
        (self.lines >= LINES).then(|| i64::try_from(self.total_minor / i128::from(self.lines)).unwrap_or(i64::MAX))
    }

    pub(super) fn knows_what_sells(&self, at: Timestamp) -> bool {
        self.began.is_some_and(|began| since(at, began).as_secs() >= WATCHED_S)
    }

    pub(super) fn was_sold(&self, sku: &str) -> bool {
        self.prices.contains_key(sku)
    }
}
