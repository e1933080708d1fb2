//! What goes wrong with the shop as a whole: the power fails for moments, a till is replaced.

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use serde::{Deserialize, Serialize};
use vyavs_domain::time::BusinessDay;

use crate::shoppers;
use crate::world::{World, day_number};

/// `[mishaps]` of a store's description: how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MishapRates {
    /// Failures of the mains in 30 days: every till and every sensor is silent at once.
    pub power_dips: f64,
    /// Tills that are replaced, a till and year. The new one begins to count at 1, so on that day two tickets of one
    /// till can have one number: none, unless asked for.
    pub till_swaps: f64,
}

impl Default for MishapRates {
    fn default() -> Self {
        Self { power_dips: 0.1, till_swaps: 0.0 }
    }
}

/// A time in which something is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// When it begins.
    pub from: Timestamp,
    /// When it is over (excluded).
    pub to: Timestamp,
}

impl Outage {
    /// Whether it is there at an instant.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// Seconds a till needs after the power is back until it rings again.
pub(crate) const BOOT_S: i64 = 90;
const DAY_S: i64 = 86_400;

impl World {
    /// When the mains fail between two instants, by time. Planned by the UTC day, some seconds to a quarter of an hour.
    pub fn power_dips(&self, from: Timestamp, to: Timestamp) -> Vec<Outage> {
        let chance = (self.spec.mishaps.power_dips / 30.0).clamp(0.0, 1.0);
        let first = from.as_second().div_euclid(DAY_S) - 1;
        let mut dips = Vec::new();
        for day in first..=to.as_second().div_euclid(DAY_S) {
            let mut rng = self.dice().part("power").at(day).stream();
            let happens = rng.random_bool(chance);
            let start = Timestamp::from_second(day * DAY_S + rng.random_range(0..DAY_S)).unwrap_or(Timestamp::MAX);
            // Most are short, a few are long.
            let draw = rng.random::<f64>();
            let lasts = SignedDuration::from_secs(20 + (880.0 * draw * draw * draw) as i64);
            let end = start.saturating_add(lasts).unwrap_or(Timestamp::MAX);
            if happens && start < to && from < end {
                dips.push(Outage { from: start, to: end });
            }
        }
        dips
    }

    /// When a till is replaced on a day; it is gone for the while that takes.
    pub fn till_swap(&self, day: BusinessDay, till: u8) -> Option<Outage> {
        let chance = (self.spec.mishaps.till_swaps / 365.0).clamp(0.0, 1.0);
        let mut rng = self.dice().part("swap").at(day_number(day.0)).at(i64::from(till)).stream();
        if !rng.random_bool(chance) {
            return None;
        }
        let (opens, closes) = shoppers::opening(&self.spec, &self.time, day);
        // While the shop trades, so that there is a before and an after.
        let open_s = closes.duration_since(opens).as_secs();
        let from = opens + SignedDuration::from_secs(open_s / 5 + rng.random_range(0..(open_s / 2).max(1)));
        Some(Outage { from, to: from + SignedDuration::from_secs(rng.random_range(600..2_400)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::StoreSpec;

    #[test]
    fn dips_come_as_often_as_they_should_and_any_window_sees_the_same() {
        let mishaps = MishapRates { power_dips: 3.0, ..MishapRates::default() };
        let world = World::new(1, StoreSpec { mishaps, ..StoreSpec::default() }).expect("a store");
        let from: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let to = from + SignedDuration::from_hours(24 * 3_000);
        let dips = world.power_dips(from, to);
        assert!((240..360).contains(&dips.len()), "{}", dips.len());
        assert!(dips.iter().all(|dip| (20..=900).contains(&dip.to.duration_since(dip.from).as_secs())));
        for dip in dips.iter().take(20) {
            let middle = dip.from + SignedDuration::from_secs(10);
            assert_eq!(world.power_dips(middle, middle + SignedDuration::from_secs(1)), [*dip]);
        }
    }
}
