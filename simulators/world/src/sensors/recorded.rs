//! What a real probe once said, played as if a cabinet said it now.

use jiff::{SignedDuration, Timestamp};

use crate::sensors::meter::Round;
use crate::sensors::{Cabinet, Sample};

/// The record of one air probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// As which cabinet it is shown.
    pub cabinet: Cabinet,
    /// By time, each instant once. The unit is the record's own.
    pub samples: Vec<(Timestamp, f64)>,
    /// So long after a value the probe counts as silent: an old value never looks fresh.
    pub silent_after: SignedDuration,
}

impl Series {
    /// The newest value at an instant; NaN before the first, and when it is too old.
    pub fn at(&self, at: Timestamp) -> f64 {
        let place = self.samples.partition_point(|(when, _)| *when <= at);
        match place.checked_sub(1).and_then(|place| self.samples.get(place)) {
            Some((when, value)) if at.duration_since(*when) < self.silent_after => *value,
            _ => f64::NAN,
        }
    }
}

/// All of them at one instant. What was not recorded says nothing: no product probe, no meter, nobody counted.
pub(super) fn round(record: &[Series], at: Timestamp) -> Round {
    let cabinets = record.iter().map(|series| {
        let sample = Sample {
            at,
            air_c: series.at(at),
            product_c: f64::NAN,
            defrost: false,
            door_open: false,
            compressor: true,
            ambient_c: f64::NAN,
            truth: None,
            settling: false,
        };
        (series.cabinet, sample)
    });
    Round { at, cabinets: cabinets.collect(), power_w: f64::NAN, people: 0, left: 0, powered: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensors::Rounds;

    #[test]
    fn a_record_says_its_newest_value_and_falls_silent_when_that_is_old() {
        let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
        let samples = vec![(at("2022-07-07T12:00:00Z"), -19.3), (at("2022-07-07T12:01:00Z"), -18.5)];
        let series = Series { cabinet: Cabinet::Freezer, samples, silent_after: SignedDuration::from_mins(3) };
        let mut rounds = Rounds::recorded(vec![series]);
        let mut air = |text: &str| rounds.advance(at(text)).cabinets[0].1.air_c;
        assert!(air("2022-07-07T11:59:59Z").is_nan());
        assert_eq!(air("2022-07-07T12:00:30Z").to_bits(), (-19.3_f64).to_bits());
        assert_eq!(air("2022-07-07T12:03:59Z").to_bits(), (-18.5_f64).to_bits());
        assert!(air("2022-07-07T12:04:00Z").is_nan());
    }
}
