//! Rules: a condition over what is observed, and what it means when it holds.
//!
//! A [`Rule`] that exists is valid: reading one from JSON names every field that is wrong. [`Watch`] is its memory of one
//! subject; [`Evaluator`] holds the watches of all; [`backtest()`] is an evaluator over history, so that what it shows is
//! what would have happened.

mod backtest;
mod evaluator;
mod judge;
mod read;
mod template;
mod transition;
mod watch;
mod window;

pub use backtest::{Backtest, BacktestReport, Noise, backtest};
pub use evaluator::Evaluator;
pub use transition::{Reason, Transition, Turn};
pub use watch::Watch;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vyavs_domain::alert::Severity;
use vyavs_domain::ids::StoreId;

use crate::Faults;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(pub Uuid);

/// When something is worth a look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Its name, for people; 1 to 120 characters.
    pub name: String,
    /// Over what.
    pub scope: Scope,
    /// What must hold.
    pub condition: Condition,
    /// How much it matters.
    pub severity: Severity,
    /// What makes two firings the same incident: a text with `{rule}`, `{store}`, `{subject}`, `{kind}`, `{model}`,
    /// `{group}` and `{measure}`.
    pub dedupe_key: String,
    /// What it means and what to do, for people; a text with those and `{value}`, `{limit}` and `{since}`.
    pub cause: String,
    /// How much later than its successors an observation may come and still count in its order. What is observed is
    /// decided upon this much later. Nothing, where observations come in order.
    pub lateness: SignedDuration,
}

/// Over what a rule watches; an empty list means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Shops.
    pub stores: Vec<StoreId>,
    /// Kinds of sensor or till.
    pub kinds: Vec<String>,
    /// Models of sensor.
    pub models: Vec<String>,
    /// Groups of products.
    pub product_groups: Vec<String>,
}

/// What must hold for a rule to fire. Each is about one measure of one subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Condition {
    /// A value beyond a limit.
    Threshold {
        /// Of what.
        measure: String,
        /// On which side of the limit it fires.
        op: Op,
        /// The limit.
        value: f64,
        /// How long without a break; nothing: at once.
        #[serde(rename = "for")]
        lasting: SignedDuration,
        /// How far back over the limit it must come to clear.
        hysteresis: f64,
        /// How long a value speaks for what came after it. A longer silence ends a wait, but not an alarm: silence proves
        /// neither.
        hold: SignedDuration,
    },
    /// What a window of time makes up, beyond a limit.
    Rate {
        /// Of what.
        measure: String,
        /// What is made of the window.
        of: Aggregate,
        /// On which side of the limit it fires.
        op: Op,
        /// The limit.
        value: f64,
        /// How long the window is: it ends now and holds what came after `now - per`.
        per: SignedDuration,
    },
    /// Nothing came for this long.
    Absence {
        /// Of what.
        measure: String,
        /// How long.
        #[serde(rename = "for")]
        lasting: SignedDuration,
    },
    /// A model's score at or above a limit.
    Score {
        /// Whose: the measure of its observations.
        model: String,
        /// The limit.
        min: f64,
        /// How far below it clears.
        hysteresis: f64,
    },
}

impl Condition {
    /// Of which measure.
    pub fn measure(&self) -> &str {
        match self {
            Self::Threshold { measure, .. } | Self::Rate { measure, .. } | Self::Absence { measure, .. } => measure,
            Self::Score { model, .. } => model,
        }
    }
}

/// A side of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Op {
    /// Whether `value` is beyond `limit`, where `limit` gave way by `slack`.
    pub(crate) fn beyond(self, value: f64, limit: f64, slack: f64) -> bool {
        match self {
            Self::Above => value > limit - slack,
            Self::AtLeast => value >= limit - slack,
            Self::Below => value < limit + slack,
            Self::AtMost => value <= limit + slack,
        }
    }
}

/// What a window makes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// How many observations.
    Count,
    /// Their sum.
    Sum,
    /// Their mean; nothing of an empty window.
    Mean,
    /// The last less the first: a rise or, below zero, a fall.
    Change,
}

/// What an observation is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// The shop.
    pub store: StoreId,
    /// The sensor, till, product or device there.
    pub name: String,
}

/// What the subject is; a text is empty where it does not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traits {
    /// Its kind: `fridge`, `till`.
    pub kind: String,
    /// Its model.
    pub model: String,
    /// Its group of products.
    pub group: String,
}

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// When it was so.
    pub at: Timestamp,
    /// Tells two things of one instant apart that are otherwise alike, such as two voids; 0 for readings.
    #[serde(default)]
    pub seq: u64,
    /// About whom.
    pub subject: Subject,
    /// What the subject is.
    #[serde(default)]
    pub traits: Traits,
    /// What was measured.
    pub measure: String,
    /// How much, in the measure's unit.
    pub value: f64,
}

impl Rule {
    /// Reads a rule, or names every field that is wrong.
    pub fn from_json(json: &str) -> Result<Self, Faults> {
        read::text(json)
    }

    /// Whether it watches this.
    pub fn concerns(&self, seen: &Observation) -> bool {
        fn any<T: PartialEq>(list: &[T], is: impl Fn(&T) -> bool) -> bool {
            list.is_empty() || list.iter().any(is)
        }
        self.condition.measure() == seen.measure
            && any(&self.scope.stores, |store| *store == seen.subject.store)
            && any(&self.scope.kinds, |kind| *kind == seen.traits.kind)
            && any(&self.scope.models, |model| *model == seen.traits.model)
            && any(&self.scope.product_groups, |group| *group == seen.traits.group)
    }
}

impl TryFrom<serde_json::Value> for Rule {
    type Error = Faults;

    fn try_from(value: serde_json::Value) -> Result<Self, Faults> {
        read::value(&value)
    }
}
