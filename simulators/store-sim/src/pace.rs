//! How fast the store's time passes against the wall's.

use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// Compression of time: `60` plays an hour in a minute; `max` waits for nothing but acknowledgements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Text", into = "String")]
pub enum Speed {
    /// As fast as the wires take it.
    Max,
    /// Seconds of the store in a second of the wall, above 0.
    Times(f64),
}

/// Not a speed.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a speed: a number above 0, such as 1 or 60, or \"max\"")]
pub struct SpeedError(String);

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Number(f64),
    Word(String),
}

impl TryFrom<Text> for Speed {
    type Error = SpeedError;
    fn try_from(text: Text) -> Result<Self, SpeedError> {
        match text {
            Text::Number(number) => number.to_string().parse(),
            Text::Word(word) => word.parse(),
        }
    }
}

impl From<Speed> for String {
    fn from(speed: Speed) -> String {
        match speed {
            Speed::Max => "max".to_owned(),
            Speed::Times(times) => times.to_string(),
        }
    }
}

impl FromStr for Speed {
    type Err = SpeedError;
    fn from_str(text: &str) -> Result<Self, SpeedError> {
        match text.parse::<f64>() {
            _ if text == "max" => Ok(Self::Max),
            Ok(times) if times > 0.0 && times.is_finite() => Ok(Self::Times(times)),
            _ => Err(SpeedError(text.to_owned())),
        }
    }
}

/// The store's clock during a play: it stood at `origin` when the play began.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    speed: Speed,
    origin: Timestamp,
    began: Instant,
}

impl Pace {
    /// Starts now.
    pub fn new(speed: Speed, origin: Timestamp) -> Self {
        Self { speed, origin, began: Instant::now() }
    }

    /// When, by the wall, the store's time is `at`; `None` where nobody waits for it.
    pub fn due(&self, at: Timestamp) -> Option<Instant> {
        let Speed::Times(times) = self.speed else { return None };
        let ahead_s = at.duration_since(self.origin).as_secs_f64() / times;
        // A century is as good as never, and never overflows.
        Some(self.began + Duration::from_secs_f64(ahead_s.clamp(0.0, 3.2e9)))
    }

    /// The store's time now; `None` at full speed, where only the items tell.
    pub fn now(&self) -> Option<Timestamp> {
        let Speed::Times(times) = self.speed else { return None };
        let passed = SignedDuration::try_from_secs_f64(self.began.elapsed().as_secs_f64() * times).ok()?;
        self.origin.checked_add(passed).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_number_above_nothing_or_max() {
        assert_eq!("max".parse::<Speed>().expect("a speed"), Speed::Max);
        assert_eq!("60".parse::<Speed>().expect("a speed"), Speed::Times(60.0));
        for bad in ["0", "-1", "fast", "NaN", "inf", ""] {
            assert!(bad.parse::<Speed>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_hour_passes_in_a_minute() {
        let origin: Timestamp = "2026-03-07T08:00:00Z".parse().expect("a time");
        let pace = Pace::new(Speed::Times(60.0), origin);
        let due = pace.due(origin + SignedDuration::from_hours(1)).expect("paced");
        assert_eq!(due - pace.began, Duration::from_secs(60));
        assert!(pace.now().expect("paced") >= origin);
        assert!(pace.due(origin - SignedDuration::from_hours(9)).expect("paced") <= due, "the past is due at once");
        assert!(Pace::new(Speed::Max, origin).due(origin).is_none());
    }
}
