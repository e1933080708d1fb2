//! What an item costs today: slow repricing by the quarter, and a few offers each week.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::catalog::Item;
use crate::dice::Dice;
use crate::spec::StoreSpec;

/// The price of an item on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Of a piece or a kilogram, in whole currency units, at the currency's scale.
    pub unit_price: Decimal,
    /// Taken off at the till, in percent, as a line discount; 0 on most items.
    pub off_percent: u32,
    /// How much more of it is taken than usual: 1.0 without an offer.
    pub lift: f64,
}

/// Offers of all items on one day, by [`Item::index`].
pub(crate) fn offers(dice: Dice, spec: &StoreSpec, items: &[Item], date: Date) -> Vec<Offer> {
    let days = crate::world::day_number(date);
    let week = days.div_euclid(7);
    let quarter = i64::from(date.year()) * 4 + i64::from((date.month() - 1) / 3);
    let minor = 10_f64.powi(spec.currency.exponent().cast_signed());
    let step = f64::from(spec.price_step_minor);
    items
        .iter()
        .map(|item| {
            let dice = dice.part("price").at(item.index as i64);
            // Some two percent a year, and each item its own way.
            let drift = 1.0 + 0.005 * (quarter - 2_026 * 4) as f64 + 0.03 * dice.at(quarter).bell();
            let mut price = item.price * spec.price_level * drift.max(0.2);
            let draw = dice.part("offer").at(week);
            let (mut off_percent, mut lift) = (0, 1.0);
            match draw.unit() {
                // A lower price on the label …
                share if share < 0.03 => {
                    let cut = 0.1 + 0.2 * draw.at(1).unit();
                    price *= 1.0 - cut;
                    lift = 1.0 + 5.0 * cut;
                }
                // … or the label stays and the till takes it off.
                share if share < 0.06 => {
                    off_percent = [10, 15, 20, 25, 50][(draw.at(2).bits() % 5) as usize];
                    lift = 1.0 + 0.04 * f64::from(off_percent);
                }
                _ => {}
            }
            let stepped = (price * minor / step).round().max(1.0) * step - f64::from(spec.price_less_minor);
            Offer { unit_price: Decimal::new(stepped as i64, spec.currency.exponent()), off_percent, lift }
        })
        .collect()
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
}
