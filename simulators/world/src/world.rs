//! The store, ready to be asked for any day of its life.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Measure, Reading, Sensor};
use vyavs_domain::time::{BusinessDay, StoreTime};

use crate::catalog::{self, Item};
use crate::day::{Day, Trade};
use crate::dice::Dice;
use crate::market::{self, Offer};
use crate::sensors::{Incident, Meter, Rounds, plan_incidents};
use crate::shoppers::{self, Visit};
use crate::spec::{SpecError, StoreSpec};

/// Where the plan of incidents begins, so that every window of time meets the same ones.
const PLAN_FROM_S: i64 = 1_577_836_800;

/// A store and its seed.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) seed: u64,
    pub(crate) spec: StoreSpec,
    pub(crate) time: StoreTime,
    pub(crate) items: Vec<Item>,
}

impl World {
    /// A store that does not contradict itself.
    pub fn new(seed: u64, spec: StoreSpec) -> Result<Self, SpecError> {
        let time = spec.check()?;
        Ok(Self { seed, spec, time, items: catalog::items() })
    }

    /// What it was made from.
    pub fn spec(&self) -> &StoreSpec {
        &self.spec
    }

    /// The seed it was made from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Its reading of time.
    pub fn time(&self) -> &StoreTime {
        &self.time
    }

    /// What it sells.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// What each item costs on a day, by [`Item::index`].
    pub fn offers(&self, day: BusinessDay) -> Vec<Offer> {
        market::offers(self.dice(), &self.spec, &self.items, day.0)
    }

    /// Who comes in on a day, by time.
    pub fn visits(&self, day: BusinessDay) -> Vec<Visit> {
        shoppers::visits(self.dice(), &self.spec, &self.time, day, self.weather(day).footfall())
    }

    /// What is sold on a day.
    pub fn trade(&self, day: BusinessDay) -> Trade {
        crate::day::trade(self, day)
    }

    /// All of a day: its trade, and a reading of each channel each minute.
    pub fn day(&self, day: BusinessDay) -> Day {
        let Trade { receipts, till_events, stockouts, truth, .. } = self.trade(day);
        let (from, to) = self.time.span(day);
        let readings = self.readings(from, to, SignedDuration::from_mins(1));
        Day { day, receipts, till_events, stockouts, readings, truth }
    }

    /// What goes wrong with the cabinets between two instants: the ground truth of [`World::readings`].
    pub fn incidents(&self, from: Timestamp, to: Timestamp) -> Vec<Incident> {
        let plan_from = from.min(Timestamp::from_second(PLAN_FROM_S).unwrap_or(from));
        // Planned past the end, so that what is still going on is not cut off.
        let until = to.saturating_add(SignedDuration::from_hours(14 * 24)).unwrap_or(Timestamp::MAX);
        let mut plan = plan_incidents(self.seed, &self.spec.fridges, plan_from, until, &self.spec.incidents);
        plan.retain(|incident| incident.from < to && from < incident.to + incident.kind.settles_in());
        plan
    }

    /// The channels, as an agent's configuration declares them.
    pub fn sensors(&self) -> Vec<Sensor> {
        let sensor =
            |id: String, name: String, measure, low, high| Sensor { id: sensor_id(id), name, measure, low, high };
        let mut sensors = Vec::new();
        for spec in &self.spec.fridges {
            let (low, high) = (spec.setpoint_c - 4.0, spec.limit_c());
            let named = |what: &str| format!("{}, {what}", spec.name);
            let id = |point: &str| format!("{}.{point}", spec.id);
            sensors.push(sensor(id("air"), named("air"), Measure::Temperature, Some(low), Some(high)));
            sensors.push(sensor(id("product"), named("product"), Measure::Temperature, Some(low), Some(high)));
            sensors.push(sensor(id("defrost"), named("defrost"), Measure::State, None, None));
            sensors.push(sensor(id("door"), named("door"), Measure::Door, None, None));
        }
        sensors.push(sensor("meter.power".to_owned(), "Store power".to_owned(), Measure::Power, None, None));
        sensors.push(sensor("door.footfall".to_owned(), "Footfall".to_owned(), Measure::Count, None, None));
        sensors
    }

    /// The instruments at `from`, to be read as time goes on; for a live store. `extra` goes wrong beside the plan.
    pub fn rounds(&self, from: Timestamp, to: Timestamp, extra: &[Incident]) -> Rounds {
        let mut incidents = self.incidents(from - SignedDuration::from_hours(48), to);
        incidents.extend_from_slice(extra);
        let dips = self.power_dips(from - SignedDuration::from_hours(48), to);
        Rounds::new(self, from, incidents, dips)
    }

    /// A reading of each channel each `period` from `from` on, before `to`; by time, then as [`World::sensors`].
    pub fn readings(&self, from: Timestamp, to: Timestamp, period: SignedDuration) -> Vec<Reading> {
        let period = period.max(SignedDuration::from_secs(1));
        let mut rounds = self.rounds(from, to, &[]);
        let ids: Vec<SensorId> = self.sensors().into_iter().map(|sensor| sensor.id).collect();
        let mut readings = Vec::new();
        let mut at = from;
        while at < to {
            readings.extend(rounds.advance(at).readings(&ids));
            at = at.saturating_add(period).unwrap_or(Timestamp::MAX);
        }
        readings
    }

    pub(crate) fn dice(&self) -> Dice {
        Dice::new(self.seed).part("world")
    }

    pub(crate) fn meter(&self, from: Timestamp) -> Meter {
        Meter::new(self.clone(), from)
    }
}

fn sensor_id(text: String) -> SensorId {
    SensorId::try_from(text).expect("the cabinets' names were checked with the store")
}

/// Days since 1970-01-01.
pub(crate) fn day_number(date: Date) -> i64 {
    date.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |midnight| midnight.timestamp().as_second().div_euclid(86_400))
}
