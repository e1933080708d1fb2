//! What goes wrong in the demo, so that there is an alarm to look at.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::shop::Shop;

/// The shop, the cabinet, and what it is called there.
const SHOP: &str = "fountain-road";
const CABINET: &str = "fridge-2";
const NAME: &str = "drinks fridge";

/// A compressor that stopped while nobody looked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Breakdown {
    from: Timestamp,
    to: Timestamp,
}

impl Breakdown {
    /// One that began hours ago: goods take so long to warm up beyond the limit. It is mended four hours from now.
    pub(crate) fn before(now: Timestamp) -> Self {
        let hours = |count| SignedDuration::from_hours(count);
        Self { from: now - hours(7), to: now + hours(4) }
    }

    /// That of an earlier run, while it lasts: a fridge cannot have been well an hour ago and warm for seven.
    pub(crate) fn kept(state: &Value, now: Timestamp) -> anyhow::Result<Self> {
        let at = |name: &str| -> anyhow::Result<Timestamp> {
            let text = state["incident"][name].as_str().with_context(|| format!("demo.json has no incident.{name}"))?;
            text.parse().with_context(|| format!("demo.json: incident.{name} is no time"))
        };
        let kept = Self { from: at("from")?, to: at("to")? };
        Ok(if kept.to > now { kept } else { Self::before(now) })
    }

    /// As `demo.json` keeps it.
    pub(crate) fn state(&self) -> Value {
        json!({"from": self.from.to_string(), "to": self.to.to_string()})
    }

    /// As the simulator is told, if it happens in this shop.
    pub(crate) fn flag(&self, shop: &Shop) -> Option<String> {
        (shop.slug == SHOP).then(|| format!("{CABINET}=compressor_failure,{},{}", self.from, self.to))
    }

    /// What to look out for.
    pub(crate) fn sentence(&self, shops: &[Shop], now: Timestamp) -> String {
        let name = shops.iter().find(|shop| shop.slug == SHOP).map_or(SHOP, |shop| shop.name.as_str());
        let hours = now.duration_since(self.from).as_hours();
        format!(
            "The compressor of the {NAME} in {name} stopped {hours} hours ago: its alarm is raised a minute or two from now."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breakdown_goes_on_in_the_next_run_until_it_is_mended() {
        let now: Timestamp = "2026-11-23T02:00:00Z".parse().expect("a time");
        let first = Breakdown::before(now);
        let state = json!({"incident": first.state()});
        assert_eq!(Breakdown::kept(&state, now + SignedDuration::from_hours(3)).expect("kept"), first);
        let later = now + SignedDuration::from_hours(30);
        assert_eq!(Breakdown::kept(&state, later).expect("kept"), Breakdown::before(later));
        assert!(Breakdown::kept(&json!({}), now).is_err());
    }
}
