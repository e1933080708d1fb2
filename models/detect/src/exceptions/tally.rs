//! What one cashier did, counted.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Exposure, Rule};

/// Kept a rule: enough to look at, whatever somebody did.
const KEPT: usize = 50;

/// Where it can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Evidence {
    /// A receipt, by its id.
    Receipt(Uuid),
    /// An event of a till, by its id.
    TillEvent(Uuid),
}

/// How often a rule held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    times: u64,
    at_stake_minor: i64,
    evidence: VecDeque<Evidence>,
}

/// Counts of one cashier in one shop over one stretch of time. Tallies of stretches that do not overlap add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    held: BTreeMap<Rule, Held>,
    exposed: BTreeMap<Exposure, u64>,
}

impl Tally {
    /// How often the rule held.
    pub fn times(&self, rule: Rule) -> u64 {
        self.held.get(&rule).map_or(0, |held| held.times)
    }

    /// How often it could have.
    pub fn exposed(&self, exposure: Exposure) -> u64 {
        self.exposed.get(&exposure).copied().unwrap_or(0)
    }

    /// What it was about, in minor units of the shop's currency: a bound of the loss, not the loss.
    pub fn at_stake_minor(&self, rule: Rule) -> i64 {
        self.held.get(&rule).map_or(0, |held| held.at_stake_minor)
    }

    /// Where it can be seen: the last [`KEPT`] things, oldest first.
    pub fn evidence(&self, rule: Rule) -> impl Iterator<Item = Evidence> {
        self.held.get(&rule).into_iter().flat_map(|held| held.evidence.iter().copied())
    }

    /// Takes in what another stretch counted, later than this.
    pub fn add(&mut self, later: &Self) {
        for (rule, more) in &later.held {
            let held = self.held.entry(*rule).or_default();
            held.times += more.times;
            held.at_stake_minor = held.at_stake_minor.saturating_add(more.at_stake_minor);
            more.evidence.iter().for_each(|one| held.keep(*one));
        }
        for (exposure, more) in &later.exposed {
            *self.exposed.entry(*exposure).or_default() += more;
        }
    }

    pub(super) fn expose(&mut self, exposure: Exposure, times: usize) {
        *self.exposed.entry(exposure).or_default() += times as u64;
    }

    pub(super) fn hold(&mut self, rule: Rule, at_stake_minor: i64, evidence: &[Evidence]) {
        let held = self.held.entry(rule).or_default();
        held.times += 1;
        held.at_stake_minor = held.at_stake_minor.saturating_add(at_stake_minor.saturating_abs());
        evidence.iter().for_each(|one| held.keep(*one));
    }
}

impl Held {
    fn keep(&mut self, one: Evidence) {
        if self.evidence.contains(&one) {
            return;
        }
        if self.evidence.len() == KEPT {
            self.evidence.pop_front();
        }
        self.evidence.push_back(one);
    }
}
