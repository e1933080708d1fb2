//! Who stands at which till, and when: a roster dealt anew each day.

use jiff::{SignedDuration, Timestamp};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use vyavs_domain::time::BusinessDay;

use crate::shoppers;
use crate::world::{World, day_number};

/// `[staff]` of a store's description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaffSpec {
    /// Cashiers who take turns, numbered from 1; three a till when not given.
    pub operators: Option<u16>,
    /// Longest shift, in hours; a day is cut into equal ones.
    pub shift_hours: f64,
    /// Share of sales on which a line is rung by mistake and taken off again before payment.
    pub line_voids: f64,
}

impl Default for StaffSpec {
    fn default() -> Self {
        Self { operators: None, shift_hours: 8.0, line_voids: 0.02 }
    }
}

/// One cashier at one till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The till's number, from 1.
    pub till: u8,
    /// The cashier's number; never a name.
    pub operator: u16,
    /// When the cashier signs on.
    pub from: Timestamp,
    /// When the shift ends; a customer who is there is still served.
    pub to: Timestamp,
}

impl World {
    /// The cashiers' numbers.
    pub fn operators(&self) -> std::ops::RangeInclusive<u16> {
        let tills = u16::from(self.spec.tills);
        // As many as there are tills at the least: nobody stands at two.
        1..=self.spec.staff.operators.unwrap_or(3 * tills).max(tills)
    }

    /// The shifts of a day, till by till and in order. Nobody is at two tills at once.
    pub fn roster(&self, day: BusinessDay) -> Vec<Shift> {
        let (opens, closes) = shoppers::opening(&self.spec, &self.time, day);
        let (start, end) = self.time.span(day);
        let dice = self.dice().part("roster").at(day_number(day.0));
        let mut pool: Vec<u16> = self.operators().collect();
        pool.shuffle(&mut dice.stream());
        let hours = closes.duration_since(opens).as_secs_f64() / 3_600.0;
        let count = ((hours / self.spec.staff.shift_hours.max(1.0)).ceil() as i64).max(1);
        let whole_s = closes.duration_since(opens).as_secs();
        let border = |number: i64| opens + SignedDuration::from_secs(whole_s * number / count);
        let mut shifts = Vec::new();
        for till in 1..=self.spec.tills {
            for number in 0..count {
                let place = number as usize * usize::from(self.spec.tills) + usize::from(till - 1);
                let operator = pool[place % pool.len()];
                // The first come some minutes before the doors open.
                let early_s = 120 + (dice.at(i64::from(till)).unit() * 420.0) as i64;
                let from = match number {
                    0 => (opens - SignedDuration::from_secs(early_s)).max(start),
                    _ => border(number),
                };
                let to = if number + 1 == count { closes.min(end) } else { border(number + 1) };
                shifts.push(Shift { till, operator, from, to });
            }
        }
        shifts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::StoreSpec;

    #[test]
    fn nobody_stands_at_two_tills_and_each_till_is_manned_all_day() {
        let world = World::new(4, StoreSpec { tills: 5, ..StoreSpec::default() }).expect("a store");
        let mut seen = std::collections::BTreeSet::new();
        for number in 1..=28 {
            let day = BusinessDay(jiff::civil::date(2026, 3, number));
            let roster = world.roster(day);
            assert_eq!(roster.len(), 10, "fifteen hours are two shifts");
            for (place, one) in roster.iter().enumerate() {
                seen.insert(one.operator);
                let twice = roster[..place]
                    .iter()
                    .any(|other| other.operator == one.operator && other.from < one.to && one.from < other.to);
                assert!(!twice, "{one:?}");
            }
            assert!(roster.windows(2).all(|two| two[0].till != two[1].till || two[0].to == two[1].from));
            assert_eq!(world.roster(day), roster);
        }
        assert_eq!(seen.len(), 15, "everybody has a turn");
    }
}
