//! Routes: who is told of an incident, when, and who next if nobody answers.
//!
//! [`plan`] makes notices of an event, all steps at once, each with a time. Its ids hang on what is told to whom, not on
//! when it was planned: planning twice gives the same notices, and the hub keeps one of each. When one falls due,
//! [`verdict`] says whether it is still wanted. Quiet hours delay and never drop.

mod plan;
mod quiet;

pub use plan::{News, Notice, Verdict, Why, news, plan, verdict};
pub use quiet::Quiet;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vyavs_domain::alert::Severity;
use vyavs_domain::ids::{StoreId, UserId};

use crate::incident::Incident;
use crate::rule::RuleId;
use crate::{Fault, Faults};

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RouteId(pub Uuid);

/// Who is told of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its id.
    pub id: RouteId,
    /// Its name, for people.
    pub name: String,
    /// Of what.
    #[serde(default)]
    pub of: Match,
    /// Who, first and then; each later than the one before.
    pub steps: Vec<Step>,
    /// When nobody wants to be told.
    #[serde(default)]
    pub quiet: Option<Quiet>,
    /// Whether the first step is told that it is over, too.
    #[serde(default)]
    pub tell_resolved: bool,
}

/// Which incidents a route is for; what is left out asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// This severe at least.
    pub severity: Option<Severity>,
    /// By one of these rules.
    pub rules: Vec<RuleId>,
    /// In one of these shops.
    pub stores: Vec<StoreId>,
    /// With one of these tags.
    pub tags: BTreeSet<String>,
}

/// Who is told at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// How long after the first step, if nobody acknowledged until then.
    pub after: SignedDuration,
    /// Who.
    pub to: Vec<Target>,
}

/// A channel and who is at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "channel", content = "to", rename_all = "snake_case")]
pub enum Target {
    /// In the dashboard.
    InApp(Recipient),
    /// By mail.
    Mail(Recipient),
    /// Another system, by the id of its endpoint.
    Webhook(Uuid),
}

/// Who.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// One person.
    Person(UserId),
    /// Everybody with this role whose reach has the shop.
    Role(String),
}

impl Match {
    /// Whether the incident is one of these.
    pub fn takes(&self, incident: &Incident) -> bool {
        self.severity.is_none_or(|least| incident.severity >= least)
            && (self.rules.is_empty() || incident.rule.is_some_and(|rule| self.rules.contains(&rule)))
            && (self.stores.is_empty() || self.stores.contains(&incident.store))
            && (self.tags.is_empty() || !self.tags.is_disjoint(&incident.tags))
    }
}

impl Route {
    /// What is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Faults> {
        let mut faults = Vec::new();
        let mut fault = |path: String, expected: &str, got: String| {
            faults.push(Fault { path, expected: expected.to_owned(), got });
        };
        if self.name.trim().is_empty() || self.name.chars().count() > 120 {
            fault("name".into(), "a text of 1 to 120 characters", format!("{} characters", self.name.chars().count()));
        }
        if self.steps.is_empty() {
            fault("steps".into(), "at least one step", "none".into());
        }
        let mut least = SignedDuration::ZERO;
        for (n, step) in self.steps.iter().enumerate() {
            let path = |field: &str| format!("steps[{n}].{field}");
            if n == 0 && !step.after.is_zero() {
                fault(path("after"), "PT0S, for the first step is told at once", format!("{}", step.after));
            }
            if n > 0 && (step.after <= least || step.after > SignedDuration::from_hours(168)) {
                let expected = "a duration longer than that of the step before, up to 168 hours";
                fault(path("after"), expected, format!("{}", step.after));
            }
            if step.to.is_empty() {
                fault(path("to"), "somebody to tell", "nobody".into());
            }
            least = step.after;
        }
        if let Some(quiet) = &self.quiet
            && quiet.from == quiet.to
        {
            fault("quiet.to".into(), "another time than quiet.from", quiet.to.to_string());
        }
        if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
    }
}
