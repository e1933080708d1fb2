//! Rules as they are written and shown.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_rules::rule::{Rule, RuleId};
use vyavs_store::rules::StoredRule;

use super::By;
use crate::api::alarms::Severity;
use crate::api::alerts::severity;

/// Over what a rule watches; an empty list means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RuleScope {
    /// Stores.
    pub stores: Vec<Uuid>,
    /// Kinds of subject: of a sensor its id up to its number (`fridge`), else `till`, `product`, `device`.
    #[schema(example = json!(["fridge"]))]
    pub kinds: Vec<String>,
    /// Models behind scores.
    pub models: Vec<String>,
    /// Groups of products, by their path.
    pub product_groups: Vec<String>,
}

/// A rule to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// Its name, for people.
    #[schema(min_length = 1, max_length = 120, example = "Fridge too warm")]
    pub name: String,
    /// Over what it watches; everything without.
    #[serde(default)]
    pub scope: RuleScope,
    /// What must hold, with one of four kinds. `threshold`: `measure`, `op` (above, at_least, below, at_most), `value`, and
    /// maybe `for`, `hysteresis`, `hold`. `rate`: `measure`, `of` (count, sum, mean, change), `op`, `value`, `per`.
    /// `absence`: `measure`, `for`. `score`: `model`, `min`, and maybe `hysteresis`. Durations are such as `PT10M`.
    #[schema(value_type = Object, example = json!({"kind": "threshold", "measure": "temperature", "op": "above", "value": 8, "for": "PT30M"}))]
    pub condition: Value,
    /// How much it matters.
    pub severity: Severity,
    /// What makes two firings the same alert; one a store and subject without. Names in braces: rule, store, subject, kind,
    /// model, group, measure.
    #[serde(default)]
    #[schema(example = "{rule}/{store}/{subject}")]
    pub dedupe_key: Option<String>,
    /// What it means and what to do, for people. Names in braces: those, and value, limit, since.
    #[schema(example = "{subject} shows {value} °C, limit {limit}, since {since}. Move the goods.")]
    pub cause: String,
    /// How much later than its successors an observation may come and still count in its order; `PT0S` without.
    #[serde(default)]
    #[schema(example = "PT0S")]
    pub lateness: Option<String>,
}

fn named(of: Severity) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

impl NewRule {
    pub(super) fn body(self, id: Uuid) -> Value {
        let mut body = json!({
            "id": id,
            "name": self.name.trim(),
            "scope": self.scope,
            "condition": self.condition,
            "severity": named(self.severity),
            "cause": self.cause,
        });
        for (field, value) in [("dedupe_key", self.dedupe_key), ("lateness", self.lateness)] {
            if let Some(value) = value {
                body[field] = json!(value);
            }
        }
        body
    }
}

/// What is changed of a rule; what is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RuleChange {
    /// Its name.
    pub name: Option<String>,
    /// Over what it watches, as a whole.
    pub scope: Option<RuleScope>,
    /// What must hold, as a whole.
    #[schema(value_type = Option<Object>)]
    pub condition: Option<Value>,
    /// How much it matters.
    pub severity: Option<Severity>,
    /// What makes two firings the same alert.
    pub dedupe_key: Option<String>,
    /// What it means.
    pub cause: Option<String>,
    /// How late an observation may come.
    pub lateness: Option<String>,
}

impl RuleChange {
    /// The rule with what is changed.
    pub(super) fn over(self, rule: &Rule) -> Value {
        let mut body = serde_json::to_value(rule).unwrap_or_default();
        let scope = self.scope.and_then(|scope| serde_json::to_value(scope).ok());
        let text = |text: Option<String>| text.map(Value::String);
        for (field, value) in [
            ("name", text(self.name.map(|name| name.trim().to_owned()))),
            ("scope", scope),
            ("condition", self.condition),
            ("severity", self.severity.map(named)),
            ("dedupe_key", text(self.dedupe_key)),
            ("cause", text(self.cause)),
            ("lateness", text(self.lateness)),
        ] {
            if let Some(value) = value {
                body[field] = value;
            }
        }
        body
    }
}

/// Whether a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// It does not.
    Draft,
    /// Its newest revision does.
    Active,
    /// An earlier revision does, and a newer one waits to be activated.
    ActiveWithDraft,
}

/// A rule, as its newest revision says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertRule {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Over what it watches, as far as the caller reaches.
    pub scope: RuleScope,
    /// What must hold; see `POST /api/v1/rules`.
    #[schema(value_type = Object)]
    pub condition: Value,
    /// How much it matters.
    pub severity: Severity,
    /// What makes two firings the same alert.
    pub dedupe_key: String,
    /// What it means.
    pub cause: String,
    /// How late an observation may come.
    #[schema(example = "PT0S")]
    pub lateness: String,
    /// Whether it runs.
    pub state: RuleState,
    /// The number of this revision.
    #[schema(minimum = 1)]
    pub revision: i64,
    /// The revision that runs.
    #[schema(required)]
    pub active_revision: Option<i64>,
    /// What this revision would have done; null until it was tried.
    #[schema(required)]
    pub backtest: Option<RuleBacktest>,
    /// Votes of people that its alerts were useful.
    #[schema(minimum = 0)]
    pub useful_votes: i64,
    /// Votes of people that they were not.
    #[schema(minimum = 0)]
    pub useless_votes: i64,
    /// Useful votes out of all; null while nobody voted.
    #[schema(required, minimum = 0, maximum = 1)]
    pub precision: Option<f64>,
    /// Who wrote this revision.
    pub written_by: By,
    /// Since when the rule is there.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl AlertRule {
    pub(super) fn of(
        row: &StoredRule,
        votes: &[(RuleId, u64, u64)],
        reach: Option<&BTreeSet<StoreId>>,
        now: Timestamp,
    ) -> Self {
        let body = serde_json::to_value(&row.rule).unwrap_or_default();
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        let (yes, no) = votes.iter().find(|(id, ..)| *id == row.rule.id).map_or((0, 0), |(_, yes, no)| (*yes, *no));
        let reached = |store: &&StoreId| reach.is_none_or(|reach| reach.contains(store));
        Self {
            id: row.rule.id.0,
            name: row.rule.name.clone(),
            scope: RuleScope {
                stores: row.rule.scope.stores.iter().filter(reached).map(|store| store.0).collect(),
                kinds: row.rule.scope.kinds.clone(),
                models: row.rule.scope.models.clone(),
                product_groups: row.rule.scope.product_groups.clone(),
            },
            condition: body["condition"].clone(),
            severity: severity(row.rule.severity),
            dedupe_key: row.rule.dedupe_key.clone(),
            cause: row.rule.cause.clone(),
            lateness: text("lateness"),
            state: match row.active {
                None => RuleState::Draft,
                Some(active) if active == row.latest => RuleState::Active,
                Some(_) => RuleState::ActiveWithDraft,
            },
            revision: row.latest,
            active_revision: row.active,
            backtest: row.backtest.as_ref().and_then(|done| {
                let found = serde_json::from_value(done.found.clone()).ok()?;
                Some(RuleBacktest { job_id: done.job, at: done.at, found })
            }),
            useful_votes: int(yes),
            useless_votes: int(no),
            precision: (yes + no > 0).then(|| yes as f64 / (yes + no) as f64),
            written_by: row.author.into(),
            created_at: row.created_at,
            changed_at: row.changed_at,
            as_of: now,
        }
    }
}

/// The rules.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertRules {
    /// The oldest first.
    pub rules: Vec<AlertRule>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Over what a rule is tried.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BacktestOrder {
    /// From here; 28 days before the end without.
    pub from: Option<Timestamp>,
    /// To here; now without. At most 92 days.
    pub until: Option<Timestamp>,
}

/// A back-test of a rule.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleBacktest {
    /// The job that did it.
    pub job_id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What it found.
    pub found: FoundByBacktest,
}

/// What a rule would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FoundByBacktest {
    /// From here.
    pub from: Timestamp,
    /// To here.
    pub until: Timestamp,
    /// Observations that the rule watches.
    #[schema(minimum = 0)]
    pub watched: i64,
    /// How often it would have fired.
    #[schema(minimum = 0)]
    pub fired: i64,
    /// How many subjects would fire at the end.
    #[schema(minimum = 0)]
    pub open: i64,
    /// How many alerts that would have been.
    #[schema(minimum = 0)]
    pub alerts: i64,
    /// How long it would have fired, all subjects together, seconds.
    #[schema(minimum = 0)]
    pub firing_s: i64,
    /// How often on each day that it did, by the clock of the first store.
    pub by_day: Vec<FiredOnDay>,
    /// Why nobody would listen to it for long; null where one would.
    #[schema(required)]
    pub noisy: Option<String>,
    /// Of those firings, how many fall into alerts that people found useful …
    #[schema(minimum = 0)]
    pub known_useful: i64,
    /// … and how many into alerts that they did not.
    #[schema(minimum = 0)]
    pub known_useless: i64,
    /// The latest firings, a hundred at most.
    pub latest: Vec<WouldHaveFired>,
}

/// How often it would have fired on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FiredOnDay {
    /// The day.
    pub day: Date,
    /// How often.
    #[schema(minimum = 1)]
    pub fired: i64,
}

/// A firing that would have been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WouldHaveFired {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub store_id: Uuid,
    /// About whom.
    pub subject: String,
    /// What it would have said.
    pub cause: String,
}

/// Something that a rule can be about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleMeasure {
    /// As a rule names it.
    #[schema(example = "temperature")]
    pub name: String,
    /// About whom.
    #[schema(example = "sensor")]
    pub subject: String,
    /// In which unit; empty for what is counted.
    #[schema(example = "Cel")]
    pub unit: String,
    /// What it is.
    pub about: String,
}

/// What a rule can be about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleMeasures {
    /// Those of sensors first.
    pub measures: Vec<RuleMeasure>,
    /// When this was read.
    pub as_of: Timestamp,
}
