//! Who and where: organization → store → device (the box) → terminal or sensor behind it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not the id it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a UUID in its hyphenated form.
    #[error("{what} {got:?} is not a UUID")]
    Uuid {
        /// What the id names.
        what: &'static str,
        /// The text as given.
        got: String,
    },
    /// Not 1 to 48 characters out of `A-Z a-z 0-9 . _ -`.
    #[error("{what} {got:?} must be 1 to 48 characters out of A-Z a-z 0-9 . _ -")]
    Name {
        /// What the id names.
        what: &'static str,
        /// The text as given.
        got: String,
    },
    /// Not `urn:vyavs:{org}:{store}:{device}`.
    #[error("{0:?} is not urn:vyavs:{{org}}:{{store}}:{{device}}")]
    Urn(String),
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                // The hyphenated form only: one identity has one spelling.
                match Uuid::try_parse(text) {
                    Ok(id) if text.len() == 36 => Ok(Self(id)),
                    _ => Err(IdError::Uuid { what: $what, got: text.to_owned() }),
                }
            }
        }
    };
}

uuid_id!(
    /// A retailer: the tenant. It stands in every table and topic.
    OrgId, "organization"
);
uuid_id!(
    /// A shop of the organization.
    StoreId, "store"
);
uuid_id!(
    /// The box in the store: what enrols, signs and syncs. What hangs on it is a [`TerminalId`] or [`SensorId`].
    DeviceId, "device"
);
uuid_id!(
    /// A person who signs in at the hub.
    UserId, "user"
);
uuid_id!(
    /// One episode of an alarm, from raised to cleared.
    AlarmId, "alarm"
);

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                let fits = (1..=48).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
                if fits { Ok(Self(text)) } else { Err(IdError::Name { what: $what, got: text }) }
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_id!(
    /// A till in a store, unique there: `till-1`.
    TerminalId, "terminal"
);
name_id!(
    /// One measured channel in a store, unique there: `fridge-2.air`.
    SensorId, "sensor"
);

/// Who a device is: the SAN URI of its certificate, and so its MQTT client id, topic prefix and payload header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceIdentity {
    /// The retailer.
    pub org: OrgId,
    /// The shop.
    pub store: StoreId,
    /// The box in it.
    pub device: DeviceId,
}

impl fmt::Display for DeviceIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "urn:vyavs:{}:{}:{}", self.org, self.store, self.device)
    }
}

impl FromStr for DeviceIdentity {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError::Urn(text.to_owned());
        let mut parts = text.strip_prefix("urn:vyavs:").ok_or_else(wrong)?.split(':');
        let mut next = || parts.next().ok_or_else(wrong);
        let identity = Self {
            org: next()?.parse().map_err(|_| wrong())?,
            store: next()?.parse().map_err(|_| wrong())?,
            device: next()?.parse().map_err(|_| wrong())?,
        };
        // One spelling only, so that comparing texts and comparing identities is the same.
        if identity.to_string() == text { Ok(identity) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for DeviceIdentity {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<DeviceIdentity> for String {
    fn from(identity: DeviceIdentity) -> String {
        identity.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_has_one_spelling() {
        let text = "urn:vyavs:00000000-0000-4000-8000-000000000001:00000000-0000-4000-8000-000000000002:00000000-0000-4000-8000-00000000000a";
        let identity: DeviceIdentity = text.parse().expect("well-formed");
        assert_eq!(identity.to_string(), text);
        assert!(text.to_uppercase().parse::<DeviceIdentity>().is_err());
        assert!(text.replace("00000a", "00000A").parse::<DeviceIdentity>().is_err());
        assert!(format!("{text}:x").parse::<DeviceIdentity>().is_err());
    }

    #[test]
    fn a_name_is_safe_in_a_topic_a_path_and_a_url() {
        assert!("fridge-2.air".parse::<SensorId>().is_ok());
        for bad in ["", "a/b", "a b", "é", "#", "+", &"x".repeat(49)] {
            assert!(bad.parse::<TerminalId>().is_err(), "{bad:?}");
        }
    }
}
