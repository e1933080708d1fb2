//! What goes wrong with a cold cabinet, from when to when: the ground truth a detector is trained and judged on.

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};

use crate::dice::Dice;
use crate::sensors::FridgeSpec;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// The compressor stopped: a slow warm-up over hours.
    CompressorFailure,
    /// A door stands ajar: warmer at once, and the compressor never rests.
    DoorLeftOpen,
    /// One probe repeats its last value.
    StuckSensor,
    /// The evaporator ices up because defrosts fail: cooling fades over a day or more.
    IcingDrift,
    /// One probe reports something impossible for a minute or three.
    Spike,
    /// One probe reports nothing: NaN.
    Dropout,
}

impl IncidentKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::CompressorFailure, Self::DoorLeftOpen, Self::StuckSensor, Self::IcingDrift, Self::Spike, Self::Dropout];

    /// Whether the goods are in danger, as opposed to the measurement.
    pub fn is_physical(self) -> bool {
        matches!(self, Self::CompressorFailure | Self::DoorLeftOpen | Self::IcingDrift)
    }

    /// How long the cabinet needs, once the cause is gone, until it behaves as ever.
    pub fn settles_in(self) -> SignedDuration {
        match self {
            Self::CompressorFailure => SignedDuration::from_hours(6),
            Self::IcingDrift => SignedDuration::from_hours(4),
            Self::DoorLeftOpen => SignedDuration::from_hours(1),
            Self::StuckSensor | Self::Spike | Self::Dropout => SignedDuration::ZERO,
        }
    }

    /// Shortest and longest, in minutes.
    fn lasts_min(self) -> (i64, i64) {
        match self {
            Self::CompressorFailure => (120, 480),
            Self::DoorLeftOpen => (20, 90),
            Self::StuckSensor => (120, 720),
            Self::IcingDrift => (24 * 60, 72 * 60),
            Self::Spike => (1, 3),
            Self::Dropout => (10, 180),
        }
    }
}

/// Which probe of a cabinet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// In the air stream.
    Air,
    /// Between the goods.
    Product,
}

impl Channel {
    /// As it stands in a sensor id: `fridge-1.air`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Air => "air",
            Self::Product => "product",
        }
    }
}

/// One thing that went wrong: a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The cabinet: [`FridgeSpec::id`].
    pub cabinet: String,
    /// The probe; physical incidents concern both, and name the air.
    pub channel: Channel,
    /// What.
    pub kind: IncidentKind,
    /// When the cause began.
    pub from: Timestamp,
    /// When the cause was gone (excluded); what it warmed up takes [`IncidentKind::settles_in`] longer.
    pub to: Timestamp,
}

impl Incident {
    /// The sensor it is about: `fridge-1.air`.
    pub fn sensor(&self) -> String {
        format!("{}.{}", self.cabinet, self.channel.as_str())
    }

    /// Whether the cause is there at an instant.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// How often things go wrong: incidents a cabinet in 30 days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IncidentRates {
    /// See [`IncidentKind::CompressorFailure`].
    pub compressor_failure: f64,
    /// See [`IncidentKind::DoorLeftOpen`].
    pub door_left_open: f64,
    /// See [`IncidentKind::StuckSensor`].
    pub stuck_sensor: f64,
    /// See [`IncidentKind::IcingDrift`].
    pub icing_drift: f64,
    /// See [`IncidentKind::Spike`].
    pub spike: f64,
    /// See [`IncidentKind::Dropout`].
    pub dropout: f64,
}

impl Default for IncidentRates {
    /// A store with bad luck: about four incidents a month and cabinet, so that a quarter of history holds each kind.
    fn default() -> Self {
        Self {
            compressor_failure: 0.5,
            door_left_open: 1.0,
            stuck_sensor: 0.6,
            icing_drift: 0.3,
            spike: 1.0,
            dropout: 0.6,
        }
    }
}

impl IncidentRates {
    /// Nothing ever goes wrong.
    pub fn none() -> Self {
        Self {
            compressor_failure: 0.0,
            door_left_open: 0.0,
            stuck_sensor: 0.0,
            icing_drift: 0.0,
            spike: 0.0,
            dropout: 0.0,
        }
    }

    fn of(&self, kind: IncidentKind) -> f64 {
        match kind {
            IncidentKind::CompressorFailure => self.compressor_failure,
            IncidentKind::DoorLeftOpen => self.door_left_open,
            IncidentKind::StuckSensor => self.stuck_sensor,
            IncidentKind::IcingDrift => self.icing_drift,
            IncidentKind::Spike => self.spike,
            IncidentKind::Dropout => self.dropout,
        }
    }
}

/// What goes wrong between `from` and `to`, by start. In one cabinet incidents never overlap, and each has settled
/// before the next begins, so that a label is never about two things. Drawn by the UTC day: a longer plan
/// begins with the shorter one (but for what the shorter one cut off at its end).
pub fn plan_incidents(
    seed: u64,
    fridges: &[FridgeSpec],
    from: Timestamp,
    to: Timestamp,
    rates: &IncidentRates,
) -> Vec<Incident> {
    let mut plan = Vec::new();
    let day_s = 86_400;
    for spec in fridges {
        let dice = Dice::new(seed).part("incidents").part(&spec.id);
        let mut quiet_until = from;
        for day in from.as_second().div_euclid(day_s)..=to.as_second().div_euclid(day_s) {
            let mut rng = dice.at(day).stream();
            // The order of the kinds is drawn too, or the first would win every crowded day.
            let mut kinds = IncidentKind::ALL;
            rand::seq::SliceRandom::shuffle(&mut kinds[..], &mut rng);
            for kind in kinds {
                let happens = rng.random_bool((rates.of(kind) / 30.0).clamp(0.0, 1.0));
                let start_s = day * day_s + rng.random_range(0..day_s);
                let (shortest, longest) = kind.lasts_min();
                let minutes = rng.random_range(shortest..=longest);
                let any = *[Channel::Air, Channel::Product].choose(&mut rng).expect("two to choose from");
                let start = Timestamp::from_second(start_s).unwrap_or(Timestamp::MAX);
                if !happens || start < quiet_until || start >= to {
                    continue;
                }
                let end = start.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX).min(to);
                let channel = if kind.is_physical() { Channel::Air } else { any };
                plan.push(Incident { cabinet: spec.id.clone(), channel, kind, from: start, to: end });
                let rest = kind.settles_in() + SignedDuration::from_hours(2);
                quiet_until = end.saturating_add(rest).unwrap_or(Timestamp::MAX);
            }
        }
    }
    plan.sort_by(|a, b| (a.from, &a.cabinet).cmp(&(b.from, &b.cabinet)));
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensors::Cabinet;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn cabinets() -> Vec<FridgeSpec> {
        vec![FridgeSpec::new("fridge-1", Cabinet::Fridge), FridgeSpec::new("freezer-1", Cabinet::Freezer)]
    }

    #[test]
    fn a_year_holds_every_kind_and_no_two_at_once() {
        let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let plan = plan_incidents(1, &cabinets(), from, to, &IncidentRates::default());
        for kind in IncidentKind::ALL {
            assert!(plan.iter().any(|incident| incident.kind == kind), "{kind:?}");
        }
        for spec in cabinets() {
            let own: Vec<_> = plan.iter().filter(|incident| incident.cabinet == spec.id).collect();
            assert!(own.len() > 20, "{}", own.len());
            assert!(own.windows(2).all(|two| two[0].to + two[0].kind.settles_in() <= two[1].from));
        }
        assert!(plan.iter().all(|incident| from <= incident.from && incident.from < incident.to && incident.to <= to));
    }

    #[test]
    fn a_longer_plan_begins_with_the_shorter_one() {
        let (from, mid, to) = (at("2026-01-01T00:00:00Z"), at("2026-04-01T00:00:00Z"), at("2026-07-01T00:00:00Z"));
        let short = plan_incidents(3, &cabinets(), from, mid, &IncidentRates::default());
        let long = plan_incidents(3, &cabinets(), from, to, &IncidentRates::default());
        let done = short.iter().filter(|incident| incident.to < mid);
        assert!(done.clone().count() > 5);
        assert!(done.into_iter().all(|incident| long.contains(incident)));
        assert!(plan_incidents(3, &cabinets(), from, to, &IncidentRates::none()).is_empty());
    }
}
