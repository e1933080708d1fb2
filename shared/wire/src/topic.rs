//! The only place a topic string is written or read: `v1/{org}/{store}/{device}/up|down`.

use std::fmt;
use std::str::FromStr;

use vyavs_domain::ids::DeviceIdentity;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The device publishes.
    Up,
    /// The hub publishes.
    Down,
}

/// One device's topic in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    /// Whose it is.
    pub identity: DeviceIdentity,
    /// Which way.
    pub direction: Direction,
}

/// Not a topic of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not v1/{{org}}/{{store}}/{{device}}/up or /down")]
pub struct TopicError(pub String);

/// What the hub subscribes to: every device's `up`.
pub const ALL_UP: &str = "v1/+/+/+/up";

/// What the hub's own watchdog beats on; no device may touch it.
pub const HEARTBEAT: &str = "v1/hub/heartbeat";

impl Topic {
    /// Where this device publishes.
    pub fn up(identity: DeviceIdentity) -> Self {
        Self { identity, direction: Direction::Up }
    }

    /// Where this device listens.
    pub fn down(identity: DeviceIdentity) -> Self {
        Self { identity, direction: Direction::Down }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DeviceIdentity { org, store, device } = self.identity;
        let way = match self.direction {
            Direction::Up => "up",
            Direction::Down => "down",
        };
        write!(f, "v1/{org}/{store}/{device}/{way}")
    }
}

impl FromStr for Topic {
    type Err = TopicError;
    fn from_str(text: &str) -> Result<Self, TopicError> {
        let parse = || {
            let mut parts = text.split('/');
            if parts.next()? != "v1" {
                return None;
            }
            let identity = DeviceIdentity {
                org: parts.next()?.parse().ok()?,
                store: parts.next()?.parse().ok()?,
                device: parts.next()?.parse().ok()?,
            };
            let direction = match parts.next()? {
                "up" => Direction::Up,
                "down" => Direction::Down,
                _ => return None,
            };
            Some(Self { identity, direction })
        };
        // Compared as text too: a topic, like an identity, has one spelling.
        parse().filter(|topic| topic.to_string() == text).ok_or_else(|| TopicError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-4000-8000-00000000000a";

    #[test]
    fn a_topic_reads_back_and_nothing_else_does() {
        let text = format!("v1/{ID}/{ID}/{ID}/up");
        assert_eq!(text.parse::<Topic>().expect("ours").to_string(), text);
        for bad in [
            "é/x".to_owned(),
            String::new(),
            "#".to_owned(),
            format!("v1/{ID}/{ID}/+/up"),
            format!("/v1/{ID}/{ID}/{ID}/up"),
            format!("v1/{ID}/{ID}/{ID}/up/x"),
            format!("v1/{ID}/{ID}/{ID}/UP"),
            text.to_uppercase(),
            format!("$share/g/{text}"),
        ] {
            assert!(bad.parse::<Topic>().is_err(), "{bad:?}");
        }
    }
}
