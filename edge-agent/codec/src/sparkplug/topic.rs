//! `spBv1.0/group/kind/node[/device]` (Sparkplug 3.0 §4.1).

use std::fmt;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// NBIRTH.
    NodeBirth,
    /// NDEATH.
    NodeDeath,
    /// NDATA.
    NodeData,
    /// NCMD.
    NodeCommand,
    /// DBIRTH.
    DeviceBirth,
    /// DDEATH.
    DeviceDeath,
    /// DDATA.
    DeviceData,
    /// DCMD.
    DeviceCommand,
}

impl Kind {
    const ALL: [(&'static str, Self); 8] = [
        ("NBIRTH", Self::NodeBirth),
        ("NDEATH", Self::NodeDeath),
        ("NDATA", Self::NodeData),
        ("NCMD", Self::NodeCommand),
        ("DBIRTH", Self::DeviceBirth),
        ("DDEATH", Self::DeviceDeath),
        ("DDATA", Self::DeviceData),
        ("DCMD", Self::DeviceCommand),
    ];

    fn of_device(self) -> bool {
        matches!(self, Self::DeviceBirth | Self::DeviceDeath | Self::DeviceData | Self::DeviceCommand)
    }
}

/// A topic, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    /// The group.
    pub group: String,
    /// What the message is.
    pub kind: Kind,
    /// The edge node.
    pub node: String,
    /// The device behind it.
    pub device: Option<String>,
}

/// A topic that is none of Sparkplug's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no Sparkplug topic, expected spBv1.0/group/kind/node or spBv1.0/group/kind/node/device")]
pub struct TopicError(String);

impl Topic {
    /// Takes a topic apart.
    pub fn parse(topic: &str) -> Result<Self, TopicError> {
        let wrong = || TopicError(topic.chars().take(120).collect());
        let mut parts = topic.split('/');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let (Some("spBv1.0"), Some(group), Some(kind), Some(node)) = (next(), next(), next(), next()) else {
            return Err(wrong());
        };
        let device = parts.next();
        let (_, kind) = *Kind::ALL.iter().find(|(name, _)| *name == kind).ok_or_else(wrong)?;
        if kind.of_device() != device.is_some_and(|device| !device.is_empty()) || parts.next().is_some() {
            return Err(wrong());
        }
        Ok(Self { group: group.to_owned(), kind, node: node.to_owned(), device: device.map(str::to_owned) })
    }

    /// Where the node takes its commands.
    pub fn command(&self) -> String {
        format!("spBv1.0/{}/NCMD/{}", self.group, self.node)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Kind::ALL.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(name, _)| name);
        write!(f, "spBv1.0/{}/{name}/{}", self.group, self.node)?;
        match &self.device {
            Some(device) => write!(f, "/{device}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_taken_apart_and_put_together_again() {
        for text in ["spBv1.0/shop/NBIRTH/gw", "spBv1.0/shop/DDATA/gw/fridge", "spBv1.0/s/NDEATH/n"] {
            assert_eq!(Topic::parse(text).expect("a topic").to_string(), text);
        }
        assert_eq!(Topic::parse("spBv1.0/shop/DDATA/gw/f").expect("a topic").command(), "spBv1.0/shop/NCMD/gw");
        let bad = [
            "",
            "spBv1.0/STATE/host",
            "spAv1.0/a/NDATA/n",
            "spBv1.0/a/NDATA/n/d",
            "spBv1.0/a/DDATA/n",
            "spBv1.0//NDATA/n",
        ];
        for text in bad {
            assert!(Topic::parse(text).is_err(), "{text}");
        }
    }
}
