//! One command for many alerts.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_rules::incident::Command;

use super::act::carry_out;
use super::{AlertState, Outcome};
use crate::alerts::tell;
use crate::api::HubState;
use crate::api::change::Told;
use crate::api::params::Body;
use crate::api::problem::{Answer, Problem};
use crate::api::viewer::Viewer;

/// Alerts of one call.
const MOST: usize = 200;

/// What is to be done with alerts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum AlertCommand {
    /// Somebody has them.
    Acknowledge,
    /// Somebody shall have them, or nobody.
    Assign {
        /// A person who reaches the stores; nobody without.
        #[serde(default)]
        user_id: Option<Uuid>,
    },
    /// Something to say.
    Comment {
        /// What.
        text: String,
    },
    /// Not until then.
    Snooze {
        /// They open again at this time.
        until: Timestamp,
    },
    /// They are known.
    Suppress {
        /// Why.
        cause: String,
        /// They open again at this time; without, when somebody wakes them.
        #[serde(default)]
        until: Option<Timestamp>,
    },
    /// End a snooze or a suppression before its time.
    Wake,
    /// They are over.
    Resolve {
        /// How.
        outcome: Outcome,
        /// A word on it.
        #[serde(default)]
        note: String,
    },
    /// They are not over.
    Reopen {
        /// Why.
        cause: String,
    },
    /// They were useful, or not.
    Vote {
        /// Whether.
        useful: bool,
    },
}

impl From<AlertCommand> for Command {
    fn from(command: AlertCommand) -> Self {
        match command {
            AlertCommand::Acknowledge => Self::Acknowledge,
            AlertCommand::Assign { user_id } => Self::Assign { to: user_id.map(UserId) },
            AlertCommand::Comment { text } => Self::Comment { text },
            AlertCommand::Snooze { until } => Self::Snooze { until },
            AlertCommand::Suppress { cause, until } => Self::Suppress { cause, until },
            AlertCommand::Wake => Self::Wake,
            AlertCommand::Resolve { outcome, note } => Self::Resolve { outcome: outcome.into(), note },
            AlertCommand::Reopen { cause } => Self::Reopen { cause },
            AlertCommand::Vote { useful } => Self::Vote { useful },
        }
    }
}

/// One command for many alerts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkAlerts {
    /// Which, 1 to 200.
    #[schema(min_items = 1, max_items = 200)]
    pub ids: Vec<Uuid>,
    /// What is to be done.
    pub command: AlertCommand,
}

/// What became of one alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BulkOutcome {
    /// Which.
    pub id: Uuid,
    /// Whether it was done.
    pub done: bool,
    /// Where the work on it stands now; null where nothing was done.
    #[schema(required)]
    pub state: Option<AlertState>,
    /// Why it was not done.
    #[schema(required)]
    pub refused: Option<String>,
}

/// What became of all of them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BulkDone {
    /// In the order that was asked.
    pub outcomes: Vec<BulkOutcome>,
    /// When.
    pub as_of: Timestamp,
}

/// The same command for up to 200 alerts; each is done or refused by itself.
#[utoipa::path(post, path = "/alerts/bulk", tag = "alerts", request_body = BulkAlerts,
    responses((status = 200, body = BulkDone), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn bulk_alerts(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(body): Body<BulkAlerts>,
) -> Answer<BulkDone> {
    if body.ids.is_empty() || body.ids.len() > MOST {
        return Err(Problem::parameter("ids", &body.ids.len().to_string(), format!("1 to {MOST} ids")));
    }
    let now = hub.clock.now();
    // Held in one order by all, so that two calls over the same alerts do not wait for each other.
    let mut order: Vec<Uuid> = body.ids.clone();
    order.sort_unstable();
    order.dedup();
    let mut change = hub.change(&viewer).await?;
    let (mut outcomes, mut changed) = (Vec::new(), Vec::new());
    for id in order {
        let outcome = match carry_out(&mut change.tx, &viewer, id, body.command.clone().into(), now).await {
            Ok((_, after)) => {
                let state = super::Alert::of(&after, &viewer, now).state;
                changed.push(after.incident);
                BulkOutcome { id, done: true, state: Some(state), refused: None }
            }
            Err(ours @ (Problem::Internal(_) | Problem::Busy)) => return Err(ours),
            Err(refusal) => BulkOutcome { id, done: false, state: None, refused: Some(refusal.to_string()) },
        };
        outcomes.push(outcome);
    }
    let place = |id: Uuid| body.ids.iter().position(|asked| *asked == id);
    outcomes.sort_by_key(|outcome| place(outcome.id));
    change.commit(Told::new("alerts.bulk", changed.len()).before(&body.command).after(&outcomes)).await?;
    for incident in &changed {
        tell(&hub.live, viewer.org, incident);
    }
    Ok(Json(BulkDone { outcomes, as_of: now }))
}
