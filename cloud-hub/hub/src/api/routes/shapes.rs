//! The shapes of routes: what `vyavs_rules::route::Route` is in JSON, described.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::alert::Severity;
use vyavs_domain::ids::{StoreId, UserId};
use vyavs_rules::route::{Match, Quiet, Recipient, Route, RouteId, Step, Target};
use vyavs_rules::rule::RuleId;
use vyavs_store::routes::Stored;

use crate::api::given::nullable;
use crate::api::problem::Problem;

/// By which way somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// In the dashboard.
    InApp,
    /// By mail.
    Mail,
    /// Another system.
    Webhook,
}

/// Who is told by which way: exactly one of `user_id`, `role` and, for a webhook, `webhook_id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteTarget {
    /// By which way.
    pub channel: Channel,
    /// One person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Uuid>,
    /// Everybody with this role who reaches the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// An endpoint of `/webhooks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_id: Option<Uuid>,
}

/// Who is told at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteStep {
    /// How long after the first step, if nobody acknowledged until then: an ISO 8601 duration. `PT0S` for the first.
    #[schema(example = "PT15M")]
    pub after: String,
    /// Who.
    pub to: Vec<RouteTarget>,
}

/// Which alerts a route is for; what is left out asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RouteMatch {
    /// This severe at least: `info`, `warning`, `critical`.
    #[schema(example = "critical")]
    pub severity: Option<String>,
    /// By one of these rules.
    pub rules: Vec<Uuid>,
    /// In one of these stores.
    pub stores: Vec<Uuid>,
    /// With one of these tags.
    pub tags: Vec<String>,
}

/// Hours in which nobody wants to be told, by the clock on the shop's wall. They delay and never drop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// The first minute of quiet.
    #[schema(example = "22:00")]
    pub from: String,
    /// The first minute after it; over midnight where it is the earlier one.
    #[schema(example = "07:00")]
    pub to: String,
    /// Whether what is critical is told at once all the same.
    #[serde(default)]
    pub critical_passes: bool,
}

fn yes() -> bool {
    true
}

/// Who is told of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteDefinition {
    /// Its name, for people.
    #[schema(min_length = 1, max_length = 120, example = "Cold chain, day and night")]
    pub name: String,
    /// Whether anybody is told by it.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Of what.
    #[serde(default)]
    pub of: RouteMatch,
    /// Who, first and then; each later than the one before.
    #[schema(min_items = 1, max_items = 10)]
    pub steps: Vec<RouteStep>,
    /// When nobody wants to be told.
    pub quiet: Option<QuietHours>,
    /// Whether the first step is told that it is over, too.
    #[serde(default)]
    pub tell_resolved: bool,
}

/// What of a route may be changed; what is absent stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// Whether anybody is told by it.
    pub enabled: Option<bool>,
    /// Of what.
    pub of: Option<RouteMatch>,
    /// Who, first and then.
    #[schema(min_items = 1, max_items = 10)]
    pub steps: Option<Vec<RouteStep>>,
    /// When nobody wants to be told; null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<QuietHours>)]
    pub quiet: Option<Option<QuietHours>>,
    /// Whether the first step is told that it is over, too.
    pub tell_resolved: Option<bool>,
}

impl RouteChange {
    pub(super) fn applied(self, before: RouteDefinition) -> RouteDefinition {
        RouteDefinition {
            name: self.name.unwrap_or(before.name),
            enabled: self.enabled.unwrap_or(before.enabled),
            of: self.of.unwrap_or(before.of),
            steps: self.steps.unwrap_or(before.steps),
            quiet: self.quiet.unwrap_or(before.quiet),
            tell_resolved: self.tell_resolved.unwrap_or(before.tell_resolved),
        }
    }
}

/// A route.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertRoute {
    /// Its id.
    pub id: Uuid,
    /// Who is told of what.
    pub route: RouteDefinition,
    /// Since when.
    pub created_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

/// The routes of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertRoutes {
    /// By name.
    pub routes: Vec<AlertRoute>,
    /// When this was read.
    pub as_of: Timestamp,
}

impl RouteTarget {
    fn target(&self, field: &str) -> Result<Target, Problem> {
        let recipient = || match (self.user_id, &self.role, self.webhook_id) {
            (Some(user), None, None) => Ok(Recipient::Person(UserId(user))),
            (None, Some(role), None) => Ok(Recipient::Role(role.clone())),
            _ => Err(Problem::Body(format!("{field}: expected user_id or role, one of the two"))),
        };
        match (self.channel, self.webhook_id) {
            (Channel::InApp, _) => recipient().map(Target::InApp),
            (Channel::Mail, _) => recipient().map(Target::Mail),
            (Channel::Webhook, Some(id)) if self.user_id.is_none() && self.role.is_none() => Ok(Target::Webhook(id)),
            (Channel::Webhook, _) => Err(Problem::Body(format!("{field}: expected webhook_id alone"))),
        }
    }

    fn of(target: &Target) -> Self {
        let (channel, recipient) = match target {
            Target::Webhook(id) => {
                return Self { channel: Channel::Webhook, user_id: None, role: None, webhook_id: Some(*id) };
            }
            Target::InApp(recipient) => (Channel::InApp, recipient),
            Target::Mail(recipient) => (Channel::Mail, recipient),
        };
        let (user_id, role) = match recipient {
            Recipient::Person(user) => (Some(user.0), None),
            Recipient::Role(role) => (None, Some(role.clone())),
        };
        Self { channel, user_id, role, webhook_id: None }
    }
}

impl RouteDefinition {
    /// As the rules know it.
    pub(super) fn route(&self, id: RouteId) -> Result<Route, Problem> {
        let mut steps = Vec::with_capacity(self.steps.len());
        for (n, step) in self.steps.iter().enumerate() {
            let after: SignedDuration = step.after.parse().map_err(|_| {
                Problem::parameter(format!("steps[{n}].after"), &step.after, "an ISO 8601 duration such as PT15M")
            })?;
            let to = step.to.iter().map(|to| to.target(&format!("steps[{n}].to"))).collect::<Result<_, _>>()?;
            steps.push(Step { after, to });
        }
        let time = |field: &str, text: &str| {
            text.parse().map_err(|_| Problem::parameter(field, text, "a time of day such as 22:00"))
        };
        let quiet = match &self.quiet {
            None => None,
            Some(QuietHours { from, to, critical_passes }) => Some(Quiet {
                from: time("quiet.from", from)?,
                to: time("quiet.to", to)?,
                critical_passes: *critical_passes,
            }),
        };
        let severity = self.of.severity.as_ref().map(|text| {
            serde_json::from_value::<Severity>(text.as_str().into())
                .map_err(|_| Problem::parameter("of.severity", text, "a severity of an alert"))
        });
        let of = Match {
            severity: severity.transpose()?,
            rules: self.of.rules.iter().map(|id| RuleId(*id)).collect(),
            stores: self.of.stores.iter().map(|id| StoreId(*id)).collect(),
            tags: self.of.tags.iter().cloned().collect(),
        };
        Ok(Route { id, name: self.name.trim().to_owned(), of, steps, quiet, tell_resolved: self.tell_resolved })
    }
}

impl AlertRoute {
    pub(super) fn of(row: &Stored, as_of: Timestamp) -> Self {
        let Route { id, name, of, steps, quiet, tell_resolved } = row.route.clone();
        let severity = of.severity.and_then(|severity| serde_json::to_value(severity).ok());
        let definition = RouteDefinition {
            name,
            enabled: row.enabled,
            of: RouteMatch {
                severity: severity.and_then(|text| text.as_str().map(str::to_owned)),
                rules: of.rules.into_iter().map(|rule| rule.0).collect(),
                stores: of.stores.into_iter().map(|store| store.0).collect(),
                tags: of.tags.into_iter().collect(),
            },
            steps: steps
                .iter()
                .map(|step| RouteStep {
                    after: step.after.to_string(),
                    to: step.to.iter().map(RouteTarget::of).collect(),
                })
                .collect(),
            quiet: quiet.map(|quiet| QuietHours {
                from: quiet.from.strftime("%H:%M").to_string(),
                to: quiet.to.strftime("%H:%M").to_string(),
                critical_passes: quiet.critical_passes,
            }),
            tell_resolved,
        };
        Self { id: id.0, route: definition, created_at: row.created_at, as_of }
    }
}
