//! What a scale's messages are as readings. Pure: time is an argument.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use vyavs_codec::scale::{DialogStatus, Flags, Message, Weighing};
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Quality, Reading};

/// A weight that does not change is told again so often, so that it is known to be one.
const AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// A reading and, unless it is good, why.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) reading: Reading,
    pub(super) why: Option<String>,
}

/// What was last told of the weight.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Nothing,
    Good(Decimal),
    Moving,
    Bad(String),
}

/// One scale's weight.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    sensor: SensorId,
    told: Told,
    at: Timestamp,
    last_good: f64,
}

impl Channel {
    pub(super) fn new(sensor: SensorId) -> Self {
        Self { sensor, told: Told::Nothing, at: Timestamp::UNIX_EPOCH, last_good: f64::NAN }
    }

    /// A reading, if the message changes anything.
    pub(super) fn heard(&mut self, message: &Message, now: Timestamp) -> Option<Finding> {
        match message {
            Message::Weighing(weighing) => self.weighed(weighing, now),
            Message::Status(flags) => self.status(*flags, now),
            Message::Dialog(status) => match status {
                DialogStatus::Moving => self.moving(None, now),
                // Nothing new lies on it, or nothing yet: that is how it answers most questions.
                DialogStatus::Ok | DialogStatus::NoMotionSince | DialogStatus::Busy | DialogStatus::UnderMinimum => None,
                status => self.bad(&status.to_string(), now),
            },
            Message::Handshake { record, .. } => self.bad(
                &format!("the scale asks for a checksum that only its maker can compute (record {record}): switch it off there"),
                now,
            ),
            Message::Unknown => self.bad("the scale does not know the question: is it this protocol?", now),
            Message::Ack
            | Message::Nak
            | Message::Ask
            | Message::AskStatus
            | Message::Price(_)
            | Message::Command(_)
            | Message::Echo(_) => None,
        }
    }

    /// Nothing comes from it; told again only after `every`.
    pub(super) fn away(&mut self, why: &str, now: Timestamp, every: Duration) -> Option<Finding> {
        let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::MAX);
        let due = !matches!(self.told, Told::Bad(_)) || self.since(now) >= every;
        due.then(|| self.finding(self.last_good, Told::Bad(why.to_owned()), now))
    }

    fn weighed(&mut self, weighing: &Weighing, now: Timestamp) -> Option<Finding> {
        if let Some(why) = weighing.flags.trouble() {
            return self.bad(&why, now);
        }
        let kg = weighing.kg.to_f64()?;
        if !weighing.stable {
            return self.moving(Some(kg), now);
        }
        if self.told == Told::Good(weighing.kg) && self.since(now) < AGAIN {
            return None;
        }
        self.last_good = kg;
        Some(self.finding(kg, Told::Good(weighing.kg), now))
    }

    fn status(&mut self, flags: Flags, now: Timestamp) -> Option<Finding> {
        match flags.trouble() {
            Some(why) => self.bad(&why, now),
            None if flags.motion => self.moving(None, now),
            None => None,
        }
    }

    /// Told once for each time it begins to move.
    fn moving(&mut self, kg: Option<f64>, now: Timestamp) -> Option<Finding> {
        let value = kg.unwrap_or(self.last_good);
        // Without any weight there is nothing to suspect.
        (self.told != Told::Moving && !value.is_nan()).then(|| self.finding(value, Told::Moving, now))
    }

    /// Told once for each cause.
    fn bad(&mut self, why: &str, now: Timestamp) -> Option<Finding> {
        let same = matches!(&self.told, Told::Bad(told) if told == why) && self.since(now) < AGAIN;
        (!same).then(|| self.finding(self.last_good, Told::Bad(why.to_owned()), now))
    }

    fn since(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.at).abs()
    }

    fn finding(&mut self, value: f64, told: Told, now: Timestamp) -> Finding {
        let (quality, why) = match &told {
            Told::Nothing | Told::Good(_) => (Quality::Good, None),
            Told::Moving => (Quality::Suspect, Some("the load moves".to_owned())),
            Told::Bad(why) => (Quality::Bad, Some(why.clone())),
        };
        (self.told, self.at) = (told, now);
        Finding { reading: Reading { sensor: self.sensor.clone(), at: now, value, quality }, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> Channel {
        Channel::new("counter.weight".parse().expect("a name"))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + second).expect("a time")
    }

    fn weight(grams: i64) -> Message {
        Message::Weighing(Weighing::of(Decimal::new(grams, 3)))
    }

    fn told(finding: Option<Finding>) -> Option<(f64, Quality)> {
        finding.map(|finding| (finding.reading.value, finding.reading.quality))
    }

    #[test]
    fn a_weight_is_told_when_it_changes_and_once_a_minute() {
        let mut channel = channel();
        assert_eq!(told(channel.heard(&weight(1235), at(0))), Some((1.235, Quality::Good)));
        assert_eq!(channel.heard(&weight(1235), at(1)), None);
        assert_eq!(told(channel.heard(&weight(0), at(2))), Some((0.0, Quality::Good)));
        assert_eq!(channel.heard(&weight(0), at(61)), None);
        assert_eq!(told(channel.heard(&weight(0), at(62))), Some((0.0, Quality::Good)));
    }

    #[test]
    fn a_moving_load_is_suspect_once_and_trouble_is_bad_with_its_reason() {
        let mut channel = channel();
        let moving = Message::Status(Flags { motion: true, ..Flags::default() });
        assert_eq!(channel.heard(&moving, at(0)), None, "nothing was weighed yet");
        channel.heard(&weight(500), at(1));
        assert_eq!(told(channel.heard(&moving, at(2))), Some((0.5, Quality::Suspect)));
        assert_eq!(channel.heard(&Message::Dialog(DialogStatus::Moving), at(3)), None);
        let over = Message::Status(Flags { over: true, ..Flags::default() });
        let finding = channel.heard(&over, at(4)).expect("told");
        assert_eq!((finding.reading.quality, finding.why.as_deref()), (Quality::Bad, Some("over capacity")));
        assert_eq!(channel.heard(&over, at(5)), None);
        assert_eq!(told(channel.heard(&Message::Dialog(DialogStatus::UnderZero), at(6))), Some((0.5, Quality::Bad)));
        assert_eq!(told(channel.heard(&weight(500), at(7))), Some((0.5, Quality::Good)), "good again, and the same");
    }

    #[test]
    fn a_silent_scale_is_bad_at_once_and_then_seldom() {
        let mut channel = channel();
        let every = Duration::from_secs(30);
        let first = channel.away("no answer", at(0), every).expect("told");
        assert!(first.reading.value.is_nan() && first.reading.quality == Quality::Bad);
        assert_eq!(channel.away("no answer", at(29), every), None);
        assert!(channel.away("no answer", at(30), every).is_some());
    }
}
