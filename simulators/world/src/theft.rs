//! Who takes what is not theirs: a few cashiers, and a few who only seem to look around.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::world::World;

/// `[theft]` of a store's description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TheftSpec {
    /// Cashiers who steal.
    pub dishonest: u16,
    /// Share of such a cashier's sales on which a friend gets goods that are not on the ticket: passed by the scanner, or
    /// rung and taken off again.
    pub sweethearting: f64,
    /// Share of such a cashier's cash sales that are paid and then voided: the money stays out of the books, the goods
    /// are gone, and the drawer opens without a sale.
    pub void_after_cash: f64,
    /// Refunds in cash for goods that nobody brought back, in a shift of such a cashier.
    pub refund_fraud: f64,
    /// Share of visitors who buy nothing and carry something out.
    pub shelf_theft: f64,
}

impl Default for TheftSpec {
    fn default() -> Self {
        Self { dishonest: 1, sweethearting: 0.02, void_after_cash: 0.02, refund_fraud: 0.15, shelf_theft: 0.015 }
    }
}

impl TheftSpec {
    /// Nobody steals.
    pub fn none() -> Self {
        Self { dishonest: 0, sweethearting: 0.0, void_after_cash: 0.0, refund_fraud: 0.0, shelf_theft: 0.0 }
    }
}

impl World {
    /// The cashiers who steal, the same all the store's life: ground truth.
    pub fn dishonest(&self) -> Vec<u16> {
        let mut pool: Vec<u16> = self.operators().collect();
        pool.shuffle(&mut self.dice().part("dishonest").stream());
        pool.truncate(usize::from(self.spec.theft.dishonest));
        pool
    }
}
