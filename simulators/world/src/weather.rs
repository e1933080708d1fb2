//! The day's weather: what it is outside, and what that does to who comes and what is taken.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vyavs_domain::time::BusinessDay;

use crate::catalog::Category;
use crate::dice::Dice;
use crate::world::{World, day_number};

/// `[weather]` of a store's description: its climate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeatherSpec {
    /// Mean temperature of a day in the middle of January, °C.
    pub january_c: f64,
    /// The same in July.
    pub july_c: f64,
    /// Share of days with rain.
    pub rain_days: f64,
    /// How much of it the trade feels: 0 not at all, 1 as usual.
    pub effect: f64,
}

impl Default for WeatherSpec {
    fn default() -> Self {
        Self { january_c: 5.0, july_c: 18.5, rain_days: 0.35, effect: 1.0 }
    }
}

/// One day's weather.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Weather {
    /// Mean of the day, °C, in tenths.
    pub temperature_c: f64,
    /// Rain, mm; 0 on a dry day.
    pub rain_mm: f64,
    /// How much of it the trade feels; see [`WeatherSpec::effect`].
    effect: f64,
}

impl Weather {
    /// How many of the usual shoppers come: rain keeps up to every sixth at home, frost a few.
    pub fn footfall(&self) -> f64 {
        let rain = 0.011 * self.rain_mm.min(15.0);
        let frost = if self.temperature_c < 0.0 { 0.03 } else { 0.0 };
        1.0 - self.effect * (rain + frost)
    }

    /// How much more (or less) of a shelf is taken: heat sells drinks and ice, cold what keeps.
    pub fn demand(&self, category: Category) -> f64 {
        let warm = ((self.temperature_c - 13.0) / 10.0).clamp(-1.5, 1.8);
        let slope = match category {
            Category::Drinks => 0.20,
            Category::Frozen => 0.16,
            Category::Produce => 0.06,
            Category::Snacks => 0.02,
            Category::Dairy | Category::Household => 0.0,
            Category::Meat | Category::Bakery => -0.03,
            Category::Grocery => -0.07,
        };
        1.0 + self.effect * slope * warm
    }
}

impl World {
    /// The weather of a day.
    pub fn weather(&self, day: BusinessDay) -> Weather {
        weather(self.dice().part("weather"), &self.spec.weather, day.0)
    }
}

fn weather(dice: Dice, spec: &WeatherSpec, date: Date) -> Weather {
    let day = day_number(date);
    let middle = f64::midpoint(spec.january_c, spec.july_c);
    let swing = (spec.july_c - spec.january_c) / 2.0;
    // Spells of some four days, and days of their own within them.
    let spells = dice.part("spell");
    let (spell, share) = (day.div_euclid(4), day.rem_euclid(4) as f64 / 4.0);
    let slow = spells.at(spell).bell() * (1.0 - share) + spells.at(spell + 1).bell() * share;
    let own = dice.part("day").at(day).bell();
    let temperature = middle + swing * season(date) + 2.8 * slow + 1.4 * own;
    // Rain comes in spells too: every other day follows its three days' draw. Both draws are uniform, so the share holds.
    let rain = dice.part("rain").at(day);
    let draw = if rain.unit() < 0.5 { dice.part("front").at(day.div_euclid(3)).unit() } else { rain.at(1).unit() };
    let strength = rain.at(2).unit();
    let rain_mm = if draw < spec.rain_days { 0.5 + 18.0 * strength * strength * strength } else { 0.0 };
    Weather { temperature_c: tenths(temperature), rain_mm: tenths(rain_mm), effect: spec.effect }
}

/// From −1 in the middle of January to +1 in the middle of July, by two parabolas: no platform's cosine takes part.
fn season(date: Date) -> f64 {
    let turn = (f64::from(date.day_of_year()) - 15.0) / 365.25;
    let turn = (turn + 0.75).rem_euclid(1.0);
    if turn < 0.5 { 16.0 * turn * (0.5 - turn) } else { -16.0 * (turn - 0.5) * (1.0 - turn) }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::spec::StoreSpec;

    #[test]
    fn the_year_has_its_seasons_and_its_share_of_rain() {
        let world = World::new(3, StoreSpec::default()).expect("a store");
        let days: Vec<Date> = date(2024, 1, 1).series(1.day()).take(3 * 365).collect();
        let of = |month: i8| {
            let days: Vec<_> = days.iter().filter(|day| day.month() == month).collect();
            days.iter().map(|day| world.weather(BusinessDay(**day)).temperature_c).sum::<f64>() / days.len() as f64
        };
        assert!((of(1) - 5.0).abs() < 1.5 && (of(7) - 18.5).abs() < 1.5, "{} {}", of(1), of(7));
        assert!((of(4) - 11.75).abs() < 2.5, "{}", of(4));
        let wet = days.iter().filter(|day| world.weather(BusinessDay(**day)).rain_mm > 0.0).count();
        let share = wet as f64 / days.len() as f64;
        assert!((share - 0.35).abs() < 0.06, "{share}");
        assert!((-1.0..=1.0).contains(&season(date(2024, 12, 31))));
    }

    #[test]
    fn rain_keeps_people_at_home_and_heat_sells_drinks() {
        let of = |temperature_c, rain_mm| Weather { temperature_c, rain_mm, effect: 1.0 };
        assert!(of(12.0, 12.0).footfall() < of(12.0, 0.0).footfall() - 0.1);
        assert!(of(28.0, 0.0).demand(Category::Drinks) > 1.25 && of(-2.0, 0.0).demand(Category::Drinks) < 0.8);
        assert!(of(28.0, 0.0).demand(Category::Grocery) < 1.0);
        let none = Weather { temperature_c: 35.0, rain_mm: 30.0, effect: 0.0 };
        assert!((none.footfall() - 1.0).abs() < 1e-9 && (none.demand(Category::Drinks) - 1.0).abs() < 1e-9);
    }
}
