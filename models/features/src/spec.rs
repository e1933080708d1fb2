//! What a feature vector is: names in order, window, period; and a hash that changes when any of it does.

use std::fmt::Write as _;

/// The face of a feature vector. A model names the hash of the one it was trained on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureSpec {
    /// What it is for.
    pub name: &'static str,
    /// Raised with any change of the arithmetic that the fields below do not show.
    pub version: u32,
    /// Samples are averaged over this long, in seconds.
    pub period_s: u32,
    /// How many periods a window holds.
    pub window: u32,
    /// How many periods go into one lag.
    pub bin: u32,
    /// Periods after which the sensor's own baseline has forgotten most (1/e) of a level.
    pub memory: u32,
    /// Periods with a value that must have been seen before there is a vector.
    pub warm_up: u32,
    /// Features that are not lags, in order, after the lags.
    pub extras: &'static [&'static str],
}

/// Air and goods of fridges and freezers: two hours of five-minute means against the sensor's own two-day level.
pub const COLD_CHAIN: FeatureSpec = FeatureSpec {
    name: "cold-chain",
    version: 1,
    period_s: 60,
    window: 120,
    bin: 5,
    memory: 2_880,
    warm_up: 180,
    extras: &[
        "defrost_now",
        "defrost_share",
        "since_defrost",
        "roughness_30min",
        "range_15min",
        "hour_from_midnight",
        "hour_from_six",
        "gap_share",
    ],
};

impl FeatureSpec {
    /// How many lags: whole bins in the window.
    pub fn lags(&self) -> usize {
        (self.window / self.bin) as usize
    }

    /// Length of a vector.
    pub fn len(&self) -> usize {
        self.lags() + self.extras.len()
    }

    /// Whether there is no feature at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The features in order; `lag_115` is the mean of minutes 115 to 119 before the newest, for a bin of 5.
    pub fn names(&self) -> Vec<String> {
        let lags = (0..self.lags()).rev().map(|lag| format!("lag_{:03}", lag * self.bin as usize));
        lags.chain(self.extras.iter().map(|name| (*name).to_owned())).collect()
    }

    /// BLAKE3 of all of the above, 64 hex digits.
    pub fn hash(&self) -> String {
        let mut text = String::from("vyavs feature spec\n");
        let Self { name, version, period_s, window, bin, memory, warm_up, extras: _ } = self;
        let facts =
            [("period_s", period_s), ("window", window), ("bin", bin), ("memory", memory), ("warm_up", warm_up)];
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name} {version}");
        for (fact, value) in facts {
            let _ = writeln!(text, "{fact} {value}");
        }
        for feature in self.names() {
            let _ = writeln!(text, "feature {feature}");
        }
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_moves_with_every_field_and_with_nothing_else() {
        let spec = COLD_CHAIN;
        let changed = [
            FeatureSpec { name: "cold", ..spec.clone() },
            FeatureSpec { version: 2, ..spec.clone() },
            FeatureSpec { period_s: 30, ..spec.clone() },
            FeatureSpec { window: 115, ..spec.clone() },
            FeatureSpec { bin: 6, ..spec.clone() },
            FeatureSpec { memory: 1, ..spec.clone() },
            FeatureSpec { warm_up: 1, ..spec.clone() },
            FeatureSpec { extras: &["defrost_now"], ..spec.clone() },
        ];
        for other in changed {
            assert_ne!(other.hash(), spec.hash(), "{other:?}");
        }
        assert_eq!(spec.hash(), COLD_CHAIN.hash());
    }

    /// Shipped models name this hash: if it moves, they are all refused. Raise `version` on purpose, never by accident.
    #[test]
    fn the_shipped_spec_is_frozen() {
        assert_eq!(COLD_CHAIN.hash(), "1c677c2f84a1ac9d70c92374dd10fb91aa7e3a4f93b4d653b5165b2e827f19d8");
        assert_eq!(COLD_CHAIN.len(), 32);
        assert_eq!(COLD_CHAIN.names()[0], "lag_115");
        assert_eq!(COLD_CHAIN.names()[23], "lag_000");
        assert_eq!(COLD_CHAIN.names()[31], "gap_share");
    }
}
