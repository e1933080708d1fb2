//! What really happened, beside what the wires say: the labels that a detector is judged by.
//!
//! Nothing in here travels on a wire: whoever plays a world sends tickets, events and readings, and keeps this.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::Decimal;
use vyavs_domain::time::BusinessDay;

use crate::sensors::IncidentKind;
use crate::world::World;

/// What kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A price cut ran on that day; [`World::promotions`] has its lift and its echo.
    Promotion,
    /// The mains failed: all tills and sensors at once.
    PowerDip,
    /// A till was replaced; the new one counts from 1.
    TillSwap,
    /// Goods passed the till that are not on the ticket.
    Sweethearting,
    /// A paid ticket was voided, and the money kept.
    VoidAfterCash,
    /// Money was paid out for goods that nobody brought.
    RefundFraud,
    /// Goods were carried out.
    ShelfTheft,
    /// A cold cabinet or one of its probes failed.
    Cabinet(IncidentKind),
}

/// One thing that happened: what, when, who and how much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// What.
    pub what: What,
    /// When it began.
    pub from: Timestamp,
    /// When it was over; the same instant for what takes no time.
    pub to: Timestamp,
    /// At which till.
    pub terminal: Option<TerminalId>,
    /// By which cashier.
    pub operator: Option<String>,
    /// On which ticket.
    pub receipt: Option<String>,
    /// Which item, or which sensor of a cabinet.
    pub subject: Option<String>,
    /// Pieces or kilograms that are gone.
    pub quantity: Decimal,
    /// What it cost the store, in minor units at the day's prices; 0 where nothing was taken.
    pub amount_minor: i64,
}

impl Truth {
    /// Something between two instants, about nobody and worth nothing yet.
    pub(crate) fn new(what: What, from: Timestamp, to: Timestamp) -> Self {
        Self {
            what,
            from,
            to,
            terminal: None,
            operator: None,
            receipt: None,
            subject: None,
            quantity: Decimal::ZERO,
            amount_minor: 0,
        }
    }
}

/// What became of an item in a day, in pieces or kilograms: delivered = sold + stolen + left.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stock {
    /// Which item.
    pub sku: String,
    /// Put on the shelf, both times.
    pub delivered: Decimal,
    /// Carried out and on a ticket that counts.
    pub sold: Decimal,
    /// Carried out and not paid for.
    pub stolen: Decimal,
    /// Left at the end of the day.
    pub left: Decimal,
}

impl World {
    /// All that is true of a day and that its wires do not say, by time.
    pub fn truth(&self, day: BusinessDay) -> Vec<Truth> {
        let (from, to) = self.time.span(day);
        let mut truth = self.trade(day).truth;
        let next = BusinessDay(day.0.tomorrow().unwrap_or(day.0));
        for one in self.promotions(day, next).into_iter().filter(|one| one.from <= day.0 && day.0 < one.until) {
            truth.push(Truth { subject: Some(one.sku), ..Truth::new(What::Promotion, from, to) });
        }
        let second = SignedDuration::from_secs(1);
        for one in self.incidents(from, to).into_iter().filter(|one| one.from < to && from + second <= one.to) {
            let about = Truth::new(What::Cabinet(one.kind), one.from, one.to);
            truth.push(Truth { subject: Some(one.sensor()), ..about });
        }
        truth.sort_by(|a, b| (a.from, a.what, &a.subject).cmp(&(b.from, b.what, &b.subject)));
        truth
    }
}
