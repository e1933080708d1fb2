//! Which till a file's own name for one is.

use std::collections::BTreeMap;

use vyavs_domain::ids::TerminalId;

use crate::scrub::scrub_text;

/// Longest prefix: a name made with it must still fit.
const PREFIX: usize = 24;
/// Longest name of a till.
const NAME: usize = 48;

/// Tills by the names that files give them: a table, and a prefix for those that are not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminals {
    named: BTreeMap<String, TerminalId>,
    prefix: String,
}

/// The prefix makes no valid name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("prefix {0:?} is not 1 to 24 characters out of A-Z a-z 0-9 . _ -")]
pub struct TerminalsError(String);

impl Terminals {
    /// `named` maps the file's name of a till to ours; any other becomes `prefix` and the file's name.
    pub fn new(named: BTreeMap<String, TerminalId>, prefix: &str) -> Result<Self, TerminalsError> {
        if prefix.len() > PREFIX || prefix.parse::<TerminalId>().is_err() {
            return Err(TerminalsError(prefix.to_owned()));
        }
        Ok(Self { named, prefix: prefix.to_owned() })
    }

    /// The till that a file calls `name`; always the same one, and never that of another name.
    pub fn of(&self, name: &str) -> TerminalId {
        let name = name.trim();
        if let Some(known) = self.named.get(name) {
            return known.clone();
        }
        // A name is a topic, a key and a label: a card number must not become one.
        let name = scrub_text(name);
        let fits = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
        let plain = !name.is_empty() && name.chars().all(fits) && self.prefix.len() + name.len() <= NAME;
        let made = if plain {
            format!("{}{name}", self.prefix)
        } else {
            let room = NAME - self.prefix.len() - 9;
            let clean: String = name.chars().map(|letter| if fits(letter) { letter } else { '-' }).take(room).collect();
            format!("{}{clean}-{:08x}", self.prefix, fnv(name.as_bytes()))
        };
        made.parse().expect("a checked prefix, checked letters and a bounded length")
    }
}

/// FNV-1a, 32 bits: tells cleaned names apart.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_becomes_a_valid_till_and_two_names_stay_two() {
        let named = BTreeMap::from([("12".to_owned(), "front".parse().expect("a name"))]);
        let tills = Terminals::new(named, "till-").expect("a prefix");
        assert_eq!(tills.of(" 12 ").as_str(), "front");
        assert_eq!(tills.of("31").as_str(), "till-31");
        let (a, b) = (tills.of("Kasse ä/1"), tills.of("Kasse ö/1"));
        assert!(a.as_str().starts_with("till-Kasse---1-"), "{a}");
        assert_ne!(a, b);
        assert!(tills.of(&"x".repeat(500)).as_str().len() <= 48);
        assert!(tills.of("").as_str().starts_with("till--"));
        assert!(!tills.of("4111111111111111").as_str().contains("41111111"));
        assert!(Terminals::new(BTreeMap::new(), "a b").is_err());
        assert!(Terminals::new(BTreeMap::new(), "").is_err());
    }
}
