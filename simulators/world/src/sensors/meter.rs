//! The power meter and the people counter, and a round through all instruments of a store.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use jiff::Timestamp;
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Quality, Reading};
use vyavs_domain::time::BusinessDay;

use crate::dice::Dice;
use crate::mishap::Outage;
use crate::sensors::recorded::{self, Series};
use crate::sensors::{Cabinet, Fridge, Incident, Sample};
use crate::shoppers::{Visit, is_open};
use crate::world::World;

/// What the store draws and who came in; see [`Rounds`].
#[derive(Clone, Debug)]
pub struct Meter {
    world: World,
    dice: Dice,
    /// People who will come in, from the last reading on, up to the end of `planned`.
    coming: VecDeque<Timestamp>,
    /// When those who are in the shop, or will come in up to the end of `planned`, will be gone; the next one first.
    leaving: BinaryHeap<Reverse<Timestamp>>,
    planned: BusinessDay,
}

impl Meter {
    pub(crate) fn new(world: World, from: Timestamp) -> Self {
        let planned = world.time().business_day(from);
        let visits = world.visits(planned);
        let coming = visits.iter().map(|visit| visit.enters).filter(|at| from < *at).collect();
        // Where the shop never closes, some of the day before are still in it.
        let before = planned.0.yesterday().map(|day| world.visits(BusinessDay(day))).unwrap_or_default();
        let leaving = before.iter().chain(&visits).map(Visit::leaves).filter(|at| from < *at).map(Reverse).collect();
        Self { dice: world.dice().part("meter"), world, coming, leaving, planned }
    }

    /// Who came in and who left since the last reading.
    fn count_until(&mut self, to: Timestamp) -> (u32, u32) {
        let (mut people, mut left) = (0, 0);
        loop {
            while self.coming.front().is_some_and(|at| *at <= to) {
                self.coming.pop_front();
                people += 1;
            }
            while self.leaving.peek().is_some_and(|Reverse(at)| *at <= to) {
                self.leaving.pop();
                left += 1;
            }
            let Ok(next) = self.planned.0.tomorrow() else { return (people, left) };
            if to < self.world.time().span(BusinessDay(next)).0 {
                return (people, left);
            }
            self.planned = BusinessDay(next);
            let visits = self.world.visits(self.planned);
            self.coming.extend(visits.iter().map(|visit| visit.enters));
            self.leaving.extend(visits.iter().map(|visit| Reverse(visit.leaves())));
        }
    }

    fn power_w(&self, at: Timestamp, cabinets: &[(Cabinet, Sample)]) -> f64 {
        let spec = self.world.spec();
        let hour = i64::from(self.world.time().local(at).hour());
        let lights = if is_open(spec, hour) { spec.base_power_w } else { 0.3 * spec.base_power_w };
        let mut power = lights * (1.0 + 0.02 * self.dice.at(at.as_second()).bell());
        for (cabinet, sample) in cabinets {
            let (compressor, heater) = match cabinet {
                Cabinet::Fridge => (650.0, 400.0),
                Cabinet::Freezer => (950.0, 1_200.0),
            };
            power += if sample.compressor { compressor } else { 60.0 };
            power += if sample.defrost { heater } else { 0.0 };
        }
        power.round()
    }
}

/// What all instruments say at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// When.
    pub at: Timestamp,
    /// The cabinets, in the order of the store's description.
    pub cabinets: Vec<(Cabinet, Sample)>,
    /// What the store draws, W.
    pub power_w: f64,
    /// People who came in since the round before.
    pub people: u32,
    /// People who left since the round before.
    pub left: u32,
    /// Whether the mains are there; without them no instrument says anything, whatever else stands here.
    pub powered: bool,
}

impl Round {
    /// As readings, in the order of [`World::sensors`], whose ids are `ids`. Where there is no value the quality is
    /// bad and the value NaN.
    pub fn readings(&self, ids: &[SensorId]) -> Vec<Reading> {
        let state = |on: bool| if on { 1.0 } else { 0.0 };
        let cabinets = self
            .cabinets
            .iter()
            .flat_map(|(_, sample)| [sample.air_c, sample.product_c, state(sample.defrost), state(sample.door_open)]);
        let values = cabinets.chain([self.power_w, f64::from(self.people)]);
        ids.iter()
            .zip(values)
            .map(|(id, value)| {
                let value = if self.powered { value } else { f64::NAN };
                let quality = if value.is_nan() { Quality::Bad } else { Quality::Good };
                Reading { sensor: id.clone(), at: self.at, value, quality }
            })
            .collect()
    }
}

/// All instruments of a store, read together as time goes on.
#[derive(Clone, Debug)]
pub struct Rounds(Source);

#[derive(Clone, Debug)]
enum Source {
    World { fridges: Vec<(Cabinet, Fridge)>, meter: Box<Meter>, dips: Vec<Outage> },
    Record(Vec<Series>),
}

impl Rounds {
    pub(crate) fn new(world: &World, from: Timestamp, incidents: Vec<Incident>, dips: Vec<Outage>) -> Self {
        let fridges = world.spec().fridges.iter().map(|spec| {
            // Standard time all year: no cabinet's clock knows daylight saving.
            let mut spec = spec.clone();
            if spec.utc_offset_s == 0 {
                spec.utc_offset_s = standard_offset_s(world);
            }
            (spec.cabinet, Fridge::new_with(world.seed(), &spec, from, &incidents, &dips))
        });
        let fridges = fridges.collect();
        Self(Source::World { fridges, meter: Box::new(world.meter(from)), dips })
    }

    /// Real probes' records instead of simulated ones: each as the air probe of one cabinet, in this order.
    pub fn recorded(record: Vec<Series>) -> Self {
        Self(Source::Record(record))
    }

    /// Lets time pass up to `to` and reads everything then.
    pub fn advance(&mut self, to: Timestamp) -> Round {
        match &mut self.0 {
            Source::Record(record) => recorded::round(record, to),
            Source::World { fridges, meter, dips } => {
                let cabinets: Vec<_> = fridges.iter_mut().map(|(kind, fridge)| (*kind, fridge.advance(to))).collect();
                let powered = !dips.iter().any(|dip| dip.covers(to));
                let (people, left) = meter.count_until(to);
                let power_w = if powered { meter.power_w(to, &cabinets) } else { f64::NAN };
                // Who came or left in the dark was not counted.
                let (people, left) = if powered { (people, left) } else { (0, 0) };
                Round { at: to, cabinets, power_w, people, left, powered }
            }
        }
    }
}

fn standard_offset_s(world: &World) -> i32 {
    let january = jiff::civil::date(2026, 1, 15).at(12, 0, 0, 0);
    let utc = january.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |at| at.timestamp().as_second());
    i32::try_from(utc - world.time().instant(january).as_second()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::spec::StoreSpec;

    #[test]
    fn the_counter_counts_each_visitor_once() {
        let world = World::new(2, StoreSpec::default()).expect("a store");
        let day: BusinessDay = "2026-03-07".parse().expect("a date");
        let (from, to) = world.time().span(day);
        let mut rounds = world.rounds(from, to, &[]);
        let (mut people, mut left) = (0, 0);
        let mut at = from;
        while at <= to {
            let round = rounds.advance(at);
            people += round.people;
            left += round.left;
            assert!(left <= people, "who leaves came in: {left} of {people}");
            at += SignedDuration::from_mins(7);
        }
        assert_eq!((people as usize, left), (world.visits(day).len(), people), "at the day's end all are gone");
    }

    #[test]
    fn the_meter_sees_the_doors_open_and_the_compressors_run() {
        let world = World::new(2, StoreSpec::default()).expect("a store");
        let from: Timestamp = "2026-03-07T01:00:00Z".parse().expect("a time");
        let night = world.rounds(from, from, &[]).advance(from);
        let noon = from + SignedDuration::from_hours(11);
        let day = world.rounds(noon, noon, &[]).advance(noon);
        assert!(day.power_w > night.power_w + 500.0, "{} {}", day.power_w, night.power_w);
    }

    #[test]
    fn a_store_in_kolkata_defrosts_by_its_own_clock() {
        let spec = StoreSpec { zone: "Asia/Kolkata".to_owned(), ..StoreSpec::default() };
        assert_eq!(standard_offset_s(&World::new(1, spec).expect("a store")), 19_800);
        assert_eq!(standard_offset_s(&World::new(1, StoreSpec::default()).expect("a store")), 0);
    }
}
