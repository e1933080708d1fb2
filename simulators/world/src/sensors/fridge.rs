//! A cold cabinet: air, goods, a compressor that cycles, defrosts, doors, and the probes that tell of it.
//!
//! Two bodies exchange heat: the air (with shelves and walls) and the goods. The shop's air leaks in, doors let in more,
//! the compressor takes heat out between two switching points, and a defrost stops it and heats the coil. The
//! rates are of the size that makes a cabinet cycle in a quarter of an hour and warm up by some tenths of a degree a
//! minute at first, then by about one an hour, once its compressor stops.
//!
//! Time moves on a fixed grid of [`STEP_S`] seconds, whatever the sampling period, and each run spins up for a day,
//! so an hour computed alone is the hour of the long run to within a tenth of a degree or so.

use jiff::{SignedDuration, Timestamp};

use crate::dice::Dice;
use crate::mishap::Outage;
use crate::sensors::cabinet::Heat;
use crate::sensors::{Channel, FridgeSpec, Incident, IncidentKind};

/// The grid on which heat moves, in seconds.
const STEP_S: i64 = 10;
const STEP_MIN: f64 = STEP_S as f64 / 60.0;
const SPIN_UP_S: i64 = 86_400;
/// How long a cabinet settles once the power is back.
const AFTER_CUT: SignedDuration = SignedDuration::from_mins(45);

/// What a cabinet told at one instant, and what was true.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// What the air probe said, °C in tenths; NaN when it said nothing.
    pub air_c: f64,
    /// What the probe between the goods said, °C in tenths; NaN when it said nothing.
    pub product_c: f64,
    /// Whether a defrost is running.
    pub defrost: bool,
    /// Whether a door was open at some time since the sample before, or where that was less than a step of the grid ago,
    /// within the last step.
    pub door_open: bool,
    /// Whether the compressor runs.
    pub compressor: bool,
    /// The shop's air around the cabinet, °C in tenths.
    pub ambient_c: f64,
    /// What is wrong now; the label.
    pub truth: Option<IncidentKind>,
    /// The cause of an incident is gone, but the cabinet is not back yet, or the mains failed: neither normal nor an
    /// incident. A fair judge leaves these samples out.
    pub settling: bool,
}

/// A cabinet at work; [`fridge`] is the short way to its history.
#[derive(Clone, Debug)]
pub struct Fridge {
    spec: FridgeSpec,
    incidents: Vec<Incident>,
    cuts: Vec<Outage>,
    dice: Dice,
    shop: Dice,
    /// Seconds since the epoch, on the grid.
    now_s: i64,
    air_c: f64,
    goods_c: f64,
    compressor: bool,
    door_seen: bool,
    /// What the last sample said of the door.
    door_told: bool,
    stuck: [Option<f64>; 2],
}

impl Fridge {
    /// A cabinet at `from`, spun up for a day (or from before an incident that reaches into `from`). Of `incidents`
    /// only those of this cabinet count.
    pub fn new(seed: u64, spec: &FridgeSpec, from: Timestamp, incidents: &[Incident]) -> Self {
        Self::new_with(seed, spec, from, incidents, &[])
    }

    /// The same where the mains fail now and then: nothing cools meanwhile, and no probe says anything.
    pub fn new_with(seed: u64, spec: &FridgeSpec, from: Timestamp, incidents: &[Incident], cuts: &[Outage]) -> Self {
        let incidents: Vec<_> = incidents.iter().filter(|incident| incident.cabinet == spec.id).cloned().collect();
        let reaching = incidents.iter().filter(|one| one.from <= from && from <= one.to + one.kind.settles_in());
        let first = reaching.map(|one| one.from).fold(from, Timestamp::min);
        let dice = Dice::new(seed).part("fridge").part(&spec.id);
        let start_s = first.as_second().div_euclid(STEP_S) * STEP_S - SPIN_UP_S;
        let mut fridge = Self {
            spec: spec.clone(),
            incidents,
            cuts: cuts.to_vec(),
            dice,
            shop: Dice::new(seed).part("shop"),
            now_s: start_s,
            air_c: spec.setpoint_c,
            goods_c: spec.setpoint_c,
            compressor: false,
            door_seen: false,
            door_told: false,
            stuck: [None; 2],
        };
        fridge.advance(from);
        fridge.door_told = false;
        fridge
    }

    /// Lets time pass up to `to` and reads the probes then. Time does not run backwards: an earlier `to` reads now.
    pub fn advance(&mut self, to: Timestamp) -> Sample {
        let mut moved = false;
        while self.now_s + STEP_S <= to.as_second() {
            self.step();
            moved = true;
        }
        if moved {
            self.door_told = std::mem::take(&mut self.door_seen);
        }
        self.read(to)
    }

    fn step(&mut self) {
        self.now_s += STEP_S;
        let now = Timestamp::from_second(self.now_s).unwrap_or(Timestamp::MAX);
        let heat = Heat::of(self.spec.cabinet);
        let mut capacity = 1.0;
        let mut ajar = 0.0;
        let mut iced = false;
        let mut stuck = [false; 2];
        for incident in self.incidents.iter().filter(|incident| incident.covers(now)) {
            match incident.kind {
                IncidentKind::CompressorFailure => capacity = 0.0,
                IncidentKind::DoorLeftOpen => ajar = 0.7,
                IncidentKind::IcingDrift => {
                    let done = now.duration_since(incident.from).as_secs_f64();
                    let whole = incident.to.duration_since(incident.from).as_secs_f64().max(1.0);
                    capacity = 1.0 - 0.95 * (done / whole);
                    iced = true;
                }
                IncidentKind::StuckSensor => stuck[incident.channel as usize] = true,
                IncidentKind::Spike | IncidentKind::Dropout => {}
            }
        }
        let powered = !self.cuts.iter().any(|cut| cut.covers(now));
        let defrost = self.defrosting(self.now_s) && powered;
        let half = self.spec.band_c / 2.0;
        if defrost || !powered {
            self.compressor = false;
        } else if self.air_c > self.spec.setpoint_c + half {
            self.compressor = true;
        } else if self.air_c < self.spec.setpoint_c - half {
            self.compressor = false;
        }
        let opened = self.opened(self.now_s);
        self.door_seen |= opened || ajar > 0.0;
        let door = if opened { 1.0 } else { ajar };
        let to_shop = self.ambient(self.now_s) - self.air_c;
        let to_goods = self.goods_c - self.air_c;
        let mut flow = to_shop * (heat.leak + heat.door * door) + to_goods * heat.goods;
        if self.compressor {
            flow -= heat.cooling * capacity;
        }
        if defrost && !iced {
            // A heater that failed is what lets the ice grow.
            flow += heat.defrost;
        }
        self.goods_c -= to_goods * heat.goods_own * STEP_MIN;
        self.air_c += flow * STEP_MIN;
        for (channel, is_stuck) in [Channel::Air, Channel::Product].into_iter().zip(stuck) {
            let held = self.stuck[channel as usize];
            self.stuck[channel as usize] = is_stuck.then(|| held.unwrap_or_else(|| self.probe(channel, self.now_s)));
        }
    }

    fn read(&self, at: Timestamp) -> Sample {
        let mut values = [Channel::Air, Channel::Product]
            .map(|channel| self.stuck[channel as usize].unwrap_or_else(|| self.probe(channel, at.as_second())));
        let mut truth = None;
        let mut settling = false;
        for incident in &self.incidents {
            if !incident.covers(at) {
                settling |= incident.to <= at && at < incident.to + incident.kind.settles_in();
                continue;
            }
            truth = Some(incident.kind);
            let value = &mut values[incident.channel as usize];
            match incident.kind {
                IncidentKind::Dropout => *value = f64::NAN,
                IncidentKind::Spike => {
                    let dice = self.dice.part("spike").at(incident.from.as_second());
                    let sign = if dice.bits().is_multiple_of(2) { 1.0 } else { -1.0 };
                    *value = tenths(*value + sign * (8.0 + 18.0 * dice.at(at.as_second()).unit()));
                }
                _ => {}
            }
        }
        let powered = !self.cuts.iter().any(|cut| cut.covers(at));
        if !powered {
            values = [f64::NAN; 2];
        }
        // Neither calm nor an incident of the cabinet's own, until it has cooled down again.
        settling |= self.cuts.iter().any(|cut| cut.from <= at && at < cut.to + AFTER_CUT);
        Sample {
            at,
            air_c: values[0],
            product_c: values[1],
            defrost: self.defrosting(self.now_s) && powered,
            door_open: self.door_told,
            compressor: self.compressor,
            ambient_c: tenths(self.ambient(self.now_s)),
            truth,
            settling: settling && truth.is_none(),
        }
    }

    fn probe(&self, channel: Channel, at_s: i64) -> f64 {
        let (name, value, noise) = match channel {
            Channel::Air => ("air", self.air_c, 0.09),
            Channel::Product => ("product", self.goods_c, 0.04),
        };
        tenths(value + noise * self.dice.part(name).at(at_s).bell())
    }

    /// Each cabinet starts its defrosts at a minute of its own, or the whole shop would be warm at once.
    fn defrosting(&self, at_s: i64) -> bool {
        let every_s = i64::from(self.spec.defrost_every_h.max(1)) * 3_600;
        let shift_s = (self.dice.part("defrost").bits() % 10_800).cast_signed();
        let within_s = (at_s + i64::from(self.spec.utc_offset_s) - shift_s).rem_euclid(every_s);
        within_s < i64::from(self.spec.defrost_min) * 60
    }

    /// Shoppers open a door for moments, staff who fill the shelves for minutes.
    fn opened(&self, at_s: i64) -> bool {
        let local_s = at_s + i64::from(self.spec.utc_offset_s);
        let second = local_s.rem_euclid(60) as f64;
        let minute = local_s.div_euclid(60);
        let dice = self.dice.part("door").at(minute);
        let chance = self.spec.openings_per_hour / 60.0 * busy(local_s);
        if dice.unit() < chance {
            let begins = 50.0 * dice.at(1).unit();
            if begins <= second && second <= begins + 8.0 + 25.0 * dice.at(2).unit() {
                return true;
            }
        }
        let day = local_s.div_euclid(86_400);
        let minute_of_day = (local_s.rem_euclid(86_400) / 60) as f64;
        [(0, 6.0 * 60.0 + 20.0), (1, 14.0 * 60.0)].into_iter().any(|(round, about)| {
            let dice = self.dice.part("filling").at(day * 2 + round);
            let begins = about + 80.0 * dice.unit();
            begins <= minute_of_day && minute_of_day < begins + 2.0 + 3.0 * dice.at(1).unit()
        })
    }

    /// The shop's air: warmest in the afternoon, and no two days alike. All cabinets of a store share it.
    fn ambient(&self, at_s: i64) -> f64 {
        let local_s = at_s + i64::from(self.spec.utc_offset_s);
        let day = local_s.div_euclid(86_400);
        let share = local_s.rem_euclid(86_400) as f64 / 86_400.0;
        let weather = |day: i64| 1.4 * self.shop.part("weather").at(day).bell();
        let slow = weather(day) * (1.0 - share) + weather(day + 1) * share;
        // A parabola that peaks at 16:00 and is lowest twelve hours before and after.
        let from_peak = (share - 16.0 / 24.0 + 0.5).rem_euclid(1.0) - 0.5;
        20.5 + slow + 1.6 * (1.0 - 8.0 * from_peak * from_peak)
    }
}

/// How busy the shop is at a local time of day, 0 to 1.
fn busy(local_s: i64) -> f64 {
    const HOURS: [f64; 24] = [
        0.0, 0.0, 0.0, 0.0, 0.0, 0.02, 0.05, 0.3, 0.5, 0.55, 0.6, 0.7, 0.85, 0.75, 0.6, 0.6, 0.75, 1.0, 0.95, 0.7,
        0.45, 0.25, 0.05, 0.0,
    ];
    HOURS[local_s.div_euclid(3_600).rem_euclid(24) as usize]
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The history of a cabinet: a sample each `period` from `from` on, before `to`. `incidents` may hold those of other
/// cabinets. A `period` below a second is taken as a second.
pub fn fridge(
    seed: u64,
    spec: &FridgeSpec,
    from: Timestamp,
    to: Timestamp,
    period: SignedDuration,
    incidents: &[Incident],
) -> Vec<Sample> {
    let period = period.max(SignedDuration::from_secs(1));
    let mut fridge = Fridge::new(seed, spec, from, incidents);
    let mut samples = Vec::new();
    let mut at = from;
    while at < to {
        samples.push(fridge.advance(at));
        at = at.saturating_add(period).unwrap_or(Timestamp::MAX);
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensors::Cabinet;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn month(spec: &FridgeSpec, incidents: &[Incident]) -> Vec<Sample> {
        fridge(11, spec, at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:00Z"), MINUTE, incidents)
    }

    fn incident(cabinet: &str, kind: IncidentKind, hours: i64) -> Incident {
        let from = at("2026-03-10T10:00:00Z");
        let to = from + SignedDuration::from_hours(hours);
        Incident { cabinet: cabinet.to_owned(), channel: Channel::Air, kind, from, to }
    }

    #[test]
    fn a_healthy_cabinet_cycles_defrosts_and_stays_cold() {
        for (cabinet, goods_low, goods_high) in [(Cabinet::Fridge, 1.5, 5.5), (Cabinet::Freezer, -22.0, -16.5)] {
            let spec = FridgeSpec::new("one", cabinet);
            let samples = month(&spec, &[]);
            assert_eq!(samples.len(), 30 * 1440);
            assert!(samples.iter().all(|s| s.truth.is_none() && !s.settling));
            let worst = samples.iter().map(|s| s.product_c).fold(f64::MIN, f64::max);
            let best = samples.iter().map(|s| s.product_c).fold(f64::MAX, f64::min);
            assert!(goods_low < best && worst < goods_high, "{cabinet:?}: goods {best} to {worst}");
            let starts = samples.windows(2).filter(|two| !two[0].compressor && two[1].compressor).count() / 30;
            assert!((30..200).contains(&starts), "{cabinet:?}: {starts} starts a day");
            let defrosts = samples.windows(2).filter(|two| !two[0].defrost && two[1].defrost).count();
            assert!((2 * 30 - 2..=4 * 30 + 2).contains(&defrosts), "{defrosts}");
            let calm = samples.iter().filter(|s| !s.defrost);
            let above = calm.clone().filter(|s| s.air_c > spec.limit_c()).count() as f64 / calm.count() as f64;
            assert!(above < 0.02, "{cabinet:?}: {above} of the time above {}", spec.limit_c());
            assert!(samples.iter().any(|s| s.door_open) && samples.iter().any(|s| !s.door_open));
        }
    }

    #[test]
    fn a_failed_compressor_warms_slowly_and_the_label_covers_it() {
        let spec = FridgeSpec::new("one", Cabinet::Fridge);
        let failed = incident("one", IncidentKind::CompressorFailure, 6);
        let samples = month(&spec, std::slice::from_ref(&failed));
        let labelled: Vec<_> = samples.iter().filter(|s| s.truth.is_some()).collect();
        assert_eq!(labelled.len(), 6 * 60);
        let (first, last) = (labelled[0], labelled[labelled.len() - 1]);
        assert!(last.air_c > 9.0 && last.product_c > first.product_c + 2.5, "{first:?} {last:?}");
        assert!(labelled.iter().all(|s| s.air_c < 16.0), "slow: goods hold the cold");
        assert_eq!(samples.iter().filter(|s| s.settling).count(), 6 * 60);
        let back = samples.iter().find(|s| s.at == failed.to + SignedDuration::from_hours(6)).expect("in the month");
        assert!(back.product_c < 6.5, "{back:?}");
    }

    #[test]
    fn each_incident_shows_in_the_probe() {
        let spec = FridgeSpec::new("one", Cabinet::Fridge);
        let calm = month(&spec, &[]);
        let seen = |kind, hours| -> (Vec<f64>, Vec<f64>) {
            let samples = month(&spec, &[incident("one", kind, hours)]);
            samples.iter().zip(&calm).filter(|(s, _)| s.truth == Some(kind)).map(|(s, c)| (s.air_c, c.air_c)).unzip()
        };
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (ajar, calm_air) = seen(IncidentKind::DoorLeftOpen, 1);
        assert!(mean(&ajar[20..]) > mean(&calm_air[20..]) + 1.5, "{} {}", mean(&ajar), mean(&calm_air));
        let (stuck, _) = seen(IncidentKind::StuckSensor, 4);
        assert!(stuck.windows(2).all(|two| two[0] == two[1]));
        let (iced, calm_air) = seen(IncidentKind::IcingDrift, 48);
        let late = iced.len() * 3 / 4;
        assert!(mean(&iced[late..]) > mean(&calm_air[late..]) + 1.0, "{}", mean(&iced[late..]));
        let (spiked, calm_air) = seen(IncidentKind::Spike, 1);
        assert!(spiked.iter().zip(&calm_air).all(|(s, c)| (s - c).abs() > 7.0));
        assert!(seen(IncidentKind::Dropout, 1).0.iter().all(|value| value.is_nan()));
    }

    #[test]
    fn an_hour_computed_alone_is_the_hour_of_the_long_run() {
        let spec = FridgeSpec::new("one", Cabinet::Fridge);
        let long = month(&spec, &[]);
        let from = at("2026-03-20T15:00:00Z");
        let short = fridge(11, &spec, from, from + SignedDuration::from_hours(5), MINUTE, &[]);
        let long: Vec<_> = long.into_iter().filter(|s| from <= s.at).take(short.len()).collect();
        let far = short.iter().zip(&long).filter(|(a, b)| (a.air_c - b.air_c).abs() > 0.35).count();
        assert!(far < 15, "{far} of {}", short.len());
    }

    /// Whoever reads ten times a second sees the door as long as whoever reads every ten seconds.
    #[test]
    fn an_open_door_is_no_blip_to_who_reads_often() {
        let spec = FridgeSpec::new("one", Cabinet::Fridge);
        let (from, to) = (at("2026-03-20T15:00:00Z"), at("2026-03-20T16:00:00Z"));
        let open = |every| {
            let samples = fridge(11, &spec, from, to, SignedDuration::from_secs(every), &[]);
            samples.iter().filter(|sample| sample.door_open).count() as i64 * every
        };
        assert_eq!(open(1), open(10));
        assert!(open(1) > 60, "{} s", open(1));
    }

    #[test]
    fn another_seed_is_another_cabinet() {
        let spec = FridgeSpec::new("one", Cabinet::Fridge);
        let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z"));
        let day = |seed| fridge(seed, &spec, from, to, MINUTE, &[]);
        assert_eq!(day(1), day(1));
        assert_ne!(day(1), day(2));
    }
}
