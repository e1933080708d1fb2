//! What an item costs today: slow repricing by the quarter, and promotions with a beginning, an end and an echo.
//!
//! A promotion lasts one or two weeks. While it runs more of the item is taken; after it, for as long again, less than
//! usual: some of what was taken would only have been taken later.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use vyavs_domain::time::BusinessDay;

use crate::catalog::Item;
use crate::dice::Dice;
use crate::spec::StoreSpec;
use crate::world::{World, day_number};

/// `[promotions]` of a store's description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromotionSpec {
    /// Share of the items that are on offer on a day; at most a quarter.
    pub share: f64,
    /// How much more is taken, per share that is taken off the price: 5 is half as much again at a tenth off.
    pub uplift: f64,
    /// Share of the additional sales that were only brought forward, and are missing afterwards.
    pub dip: f64,
}

impl Default for PromotionSpec {
    fn default() -> Self {
        Self { share: 0.06, uplift: 5.0, dip: 0.3 }
    }
}

/// The price of an item on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Of a piece or a kilogram, in whole currency units, at the currency's scale.
    pub unit_price: Decimal,
    /// Taken off at the till, in percent, as a line discount; 0 on most items.
    pub off_percent: u32,
    /// How much more of it is taken than usual: 1.0 without an offer, below 1.0 after one.
    pub lift: f64,
}

/// How the price is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// A lower price on the label …
    Label,
    /// … or the label stays and the till takes it off, as a line discount.
    Till,
}

/// A price cut with a beginning and an end: ground truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Promotion {
    /// Of which item.
    pub sku: String,
    /// How.
    pub cut: Cut,
    /// How much is taken off, in percent.
    pub percent: u32,
    /// First day.
    pub from: Date,
    /// First day after it; the echo begins.
    pub until: Date,
    /// First day after the echo.
    pub echo_until: Date,
    /// How much more is wanted while it runs.
    pub lift: f64,
    /// How much is wanted afterwards, below 1.
    pub echo: f64,
}

/// Promotions are planned by slots of so many weeks: two of promotion, two of echo and some rest fit into one.
const SLOT_WEEKS: i64 = 6;
/// Mean length of a promotion, in weeks.
const MEAN_WEEKS: f64 = 1.5;

/// A promotion by day numbers.
struct Planned {
    cut: Cut,
    percent: u32,
    from: i64,
    until: i64,
    echo_until: i64,
    lift: f64,
    echo: f64,
}

fn planned(dice: Dice, spec: &PromotionSpec, item: &Item, slot: i64) -> Option<Planned> {
    let draw = dice.part("price").at(item.index as i64).part("offer").at(slot);
    if draw.unit() >= spec.share * SLOT_WEEKS as f64 / MEAN_WEEKS {
        return None;
    }
    let weeks = 1 + (draw.at(1).bits() % 2).cast_signed();
    let begins = slot * SLOT_WEEKS + (draw.at(2).bits() % 3).cast_signed();
    let (cut, percent) = match draw.at(3).bits() % 2 {
        0 => (Cut::Label, 10 + (draw.at(4).bits() % 21) as u32),
        _ => (Cut::Till, [10, 15, 20, 25, 50][(draw.at(4).bits() % 5) as usize]),
    };
    // What is only seen at the till draws fewer.
    let seen = if cut == Cut::Label { 1.0 } else { 0.8 };
    let lift = 1.0 + spec.uplift * seen * f64::from(percent) / 100.0;
    let echo = (1.0 - spec.dip * (lift - 1.0)).max(0.3);
    let (from, until) = (begins * 7, (begins + weeks) * 7);
    Some(Planned { cut, percent, from, until, echo_until: until + weeks * 7, lift, echo })
}

/// Offers of all items on one day, by [`Item::index`].
pub(crate) fn offers(dice: Dice, spec: &StoreSpec, items: &[Item], date: Date) -> Vec<Offer> {
    let days = day_number(date);
    let slot = days.div_euclid(7).div_euclid(SLOT_WEEKS);
    let quarter = i64::from(date.year()) * 4 + i64::from((date.month() - 1) / 3);
    let minor = 10_f64.powi(spec.currency.exponent().cast_signed());
    let step = f64::from(spec.price_step_minor);
    items
        .iter()
        .map(|item| {
            // Some two percent a year, and each item its own way.
            let own = dice.part("price").at(item.index as i64);
            let drift = 1.0 + 0.005 * (quarter - 2_026 * 4) as f64 + 0.03 * own.at(quarter).bell();
            let mut price = item.price * spec.price_level * drift.max(0.2);
            let (mut off_percent, mut lift) = (0, 1.0);
            match planned(dice, &spec.promotions, item, slot) {
                Some(one) if one.from <= days && days < one.until => {
                    lift = one.lift;
                    match one.cut {
                        Cut::Label => price *= 1.0 - f64::from(one.percent) / 100.0,
                        Cut::Till => off_percent = one.percent,
                    }
                }
                Some(one) if one.until <= days && days < one.echo_until => lift = one.echo,
                _ => {}
            }
            let stepped = (price * minor / step).round().max(1.0) * step - f64::from(spec.price_less_minor);
            Offer { unit_price: Decimal::new(stepped as i64, spec.currency.exponent()), off_percent, lift }
        })
        .collect()
}

impl World {
    /// The promotions that run, or echo, on some day of `from..until`; by item, then by time.
    pub fn promotions(&self, from: BusinessDay, until: BusinessDay) -> Vec<Promotion> {
        let (first, last) = (day_number(from.0), day_number(until.0));
        let slot = |day: i64| day.div_euclid(7 * SLOT_WEEKS);
        let date = |day: i64| from.0.saturating_add(jiff::Span::new().days(day - first));
        let mut found = Vec::new();
        for item in &self.items {
            for slot in slot(first)..=slot(last) {
                let Some(one) = planned(self.dice(), &self.spec.promotions, item, slot) else { continue };
                if one.from < last && first < one.echo_until {
                    found.push(Promotion {
                        sku: item.sku(),
                        cut: one.cut,
                        percent: one.percent,
                        from: date(one.from),
                        until: date(one.until),
                        echo_until: date(one.echo_until),
                        lift: one.lift,
                        echo: one.echo,
                    });
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::catalog::items;

    #[test]
    fn prices_end_as_the_store_ends_them_and_offers_are_few() {
        let (spec, items) = (StoreSpec::default(), items());
        let week = offers(Dice::new(1), &spec, &items, date(2026, 3, 4));
        assert!(week.iter().all(|offer| offer.unit_price > Decimal::ZERO && offer.unit_price.scale() == 2));
        assert!(week.iter().all(|offer| offer.unit_price.to_string().ends_with('9')));
        let lifted = week.iter().filter(|offer| offer.lift > 1.0).count();
        assert!((1..=25).contains(&lifted), "{lifted} offers");
        assert_eq!(week, offers(Dice::new(1), &spec, &items, date(2026, 3, 3)), "one week, one price");
    }

    #[test]
    fn rupees_have_their_own_prices() {
        let spec = StoreSpec {
            currency: "INR".parse().expect("a code"),
            price_level: 30.0,
            price_step_minor: 100,
            price_less_minor: 0,
            ..StoreSpec::default()
        };
        let items = items();
        let week = offers(Dice::new(1), &spec, &items, date(2026, 3, 4));
        assert!(week.iter().all(|offer| offer.unit_price.to_string().ends_with(".00")));
    }

    /// The list of promotions and the prices of a day tell one story, and the share is what was asked for.
    #[test]
    fn the_plan_is_what_the_labels_say() {
        let world = World::new(5, StoreSpec::default()).expect("a store");
        let (from, until) = (date(2026, 1, 1), date(2027, 1, 1));
        let plan = world.promotions(BusinessDay(from), BusinessDay(until));
        let mut on_offer = 0;
        for day in from.series(jiff::Span::new().days(1)).take_while(|day| *day < until) {
            for (item, offer) in world.items().iter().zip(world.offers(BusinessDay(day))) {
                let one = plan.iter().find(|one| one.sku == item.sku() && one.from <= day && day < one.echo_until);
                let told = one.map_or(1.0, |one| if day < one.until { one.lift } else { one.echo });
                assert!((offer.lift - told).abs() < 1e-12, "{} on {day}: {offer:?} {one:?}", item.name);
                on_offer += usize::from(offer.lift > 1.0);
            }
        }
        let share = on_offer as f64 / (365 * world.items().len()) as f64;
        assert!((share - 0.06).abs() < 0.012, "{share}");
    }
}
