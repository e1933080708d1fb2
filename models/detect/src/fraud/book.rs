//! The book of all entities: a payment in, its features out.

use std::collections::VecDeque;

use super::entity::{Entity, LOUD, NAMES};

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;

/// A payment, as a book takes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Payment<'a> {
    /// When, in seconds of the shop's own wall clock (hours and weekdays are read off it).
    pub at_s: i64,
    /// How much, finite, in any one currency.
    pub amount: f64,
    /// Who, one number for each kind of entity; numbers are handed out from 0 by the caller.
    pub entities: &'a [u32],
}

/// What a book must be told again with the label of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    at_s: i64,
    loud: bool,
}

/// Everything remembered, by kind of entity and number. Memory grows with entities, not with payments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    kinds: Vec<Vec<Entity>>,
}

impl Book {
    /// An empty book for payments that name this many entities.
    pub fn new(kinds: usize) -> Self {
        Self { kinds: vec![Vec::new(); kinds] }
    }

    /// Features of a payment, see [`feature_names`].
    pub fn width(&self) -> usize {
        3 + self.kinds.len() * NAMES.len()
    }

    /// Books a payment and appends its [`Book::width`] features to `out`. They hold the payment itself and what was
    /// booked or told before, nothing later. Entities that a payment does not name are NaN.
    pub fn observe(&mut self, payment: Payment<'_>, out: &mut Vec<f32>) -> Seen {
        let day = payment.at_s.div_euclid(DAY_S);
        let hour = payment.at_s.rem_euclid(DAY_S) as f64 / HOUR_S as f64;
        // Day 0 of the epoch was a Thursday; Monday is 0.
        out.extend([payment.amount as f32, hour as f32, (day + 3).rem_euclid(7) as f32]);
        let mut loud = false;
        for (kind, entities) in self.kinds.iter_mut().enumerate() {
            let Some(&number) = payment.entities.get(kind) else {
                out.extend([f32::NAN; NAMES.len()]);
                continue;
            };
            let entity = entry(entities, number);
            loud |= entity.loudness(payment.amount).is_some_and(|ratio| ratio >= LOUD);
            entity.pay(payment.at_s, payment.amount, out);
        }
        Seen { at_s: payment.at_s, loud }
    }

    /// Takes in, at `now_s`, whether a payment seen before was fraud.
    pub fn learn(&mut self, now_s: i64, entities: &[u32], seen: Seen, fraud: bool) {
        for (kind, &number) in self.kinds.iter_mut().zip(entities) {
            entry(kind, number).learn(now_s, seen.at_s, fraud, seen.loud);
        }
    }
}

fn entry(entities: &mut Vec<Entity>, number: u32) -> &mut Entity {
    let place = number as usize;
    if place >= entities.len() {
        entities.resize_with(place + 1, Entity::default);
    }
    &mut entities[place]
}

/// The names of a payment's features, for kinds of these names.
pub fn feature_names(kinds: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = ["amount", "hour", "weekday"].map(String::from).to_vec();
    for kind in kinds {
        names.extend(NAMES.iter().map(|name| format!("{kind}: {name}")));
    }
    names
}

/// Features of payments in order of time, rows one after another: each label is told `delay_s` after its payment, before
/// the first payment that is made then or later. `None` is a label that never becomes known.
pub fn replay<'a>(
    book: &mut Book,
    payments: impl Iterator<Item = (Payment<'a>, Option<bool>)>,
    delay_s: i64,
    out: &mut Vec<f32>,
) {
    let mut waiting: VecDeque<(&'a [u32], Seen, bool)> = VecDeque::new();
    for (payment, fraud) in payments {
        while let Some(&(entities, seen, fraud)) = waiting.front() {
            let due_s = seen.at_s.saturating_add(delay_s);
            if due_s > payment.at_s {
                break;
            }
            book.learn(due_s, entities, seen, fraud);
            waiting.pop_front();
        }
        let seen = book.observe(payment, out);
        if let Some(fraud) = fraud {
            waiting.push_back((payment.entities, seen, fraud));
        }
    }
}
