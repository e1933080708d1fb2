//! Numbers in a kept state.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// A finite number that comes out of JSON with the bits it went in with. A JSON number may come back a bit off, and a
/// state that was stored and fetched would then decide otherwise than one that was not; so it travels as text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Exact(f64);

impl Exact {
    /// `None` for what is not finite.
    pub(crate) fn new(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self(value))
    }

    pub(crate) fn get(self) -> f64 {
        self.0
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Exact {}

impl From<Exact> for String {
    fn from(value: Exact) -> Self {
        value.0.to_string()
    }
}

impl TryFrom<String> for Exact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().ok().and_then(Self::new).ok_or_else(|| format!("{text:?} is not a finite number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_finite_number_comes_back_with_its_bits(value in any::<f64>()) {
            let Some(exact) = Exact::new(value) else { return Ok(()) };
            let json = serde_json::to_string(&exact).expect("JSON");
            let back: Exact = serde_json::from_str(&json).expect("a number");
            prop_assert_eq!(back.get().to_bits(), value.to_bits());
        }
    }

    #[test]
    fn what_is_not_finite_is_not_kept() {
        assert_eq!(Exact::new(f64::NAN), None);
        assert_eq!(Exact::new(f64::INFINITY), None);
        for bad in ["\"NaN\"", "\"inf\"", "\"\"", "1"] {
            assert!(serde_json::from_str::<Exact>(bad).is_err(), "{bad}");
        }
    }
}
