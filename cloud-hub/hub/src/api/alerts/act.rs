//! What people do about an alert: one route a command.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_rules::Actor;
use vyavs_rules::incident::{Command, IncidentId, Refusal, apply, settle};
use vyavs_store::incidents::{self as rows, Stored};
use vyavs_store::{Tx, audit_log, reach, users};

use super::shapes::told;
use super::{Alert, Outcome, seen};
use crate::alerts::{policy, tell};
use crate::api::change::Told;
use crate::api::params::{Body, IdPath};
use crate::api::problem::{Answer, Problem};
use crate::api::viewer::Viewer;
use crate::api::{Hub, HubState};

/// Who shall work on an alert.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignAlert {
    /// A person who reaches the store; nobody without.
    #[serde(default)]
    pub user_id: Option<Uuid>,
}

/// Something to say.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentAlert {
    /// What; 1 to 4000 characters.
    #[schema(min_length = 1, max_length = 4000)]
    pub text: String,
}

/// Not until then.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SnoozeAlert {
    /// It opens again at this time; at most 31 days ahead.
    pub until: Timestamp,
}

/// It is known.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressAlert {
    /// Why: a maintenance, a rebuild.
    #[schema(min_length = 1, max_length = 4000)]
    pub cause: String,
    /// It opens again at this time, at most 31 days ahead; without, when somebody wakes it.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// It is over.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveAlert {
    /// How it ended.
    pub outcome: Outcome,
    /// A word on it.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub note: String,
}

/// It is not over.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenAlert {
    /// Why.
    #[schema(min_length = 1, max_length = 4000)]
    pub cause: String,
}

/// Whether it was useful.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteAlert {
    /// The last word of a person counts.
    pub useful: bool,
}

/// Who asks, as incidents and cases remember it.
pub(crate) fn actor(viewer: &Viewer) -> Actor {
    match viewer.actor {
        audit_log::Actor::Person(id) => Actor::Person(UserId(id)),
        audit_log::Actor::Key(id) => Actor::Key(id),
        audit_log::Actor::Hub => Actor::Hub,
    }
}

/// Whether a person may be given work in a store: somebody of the organization who is not shut out and reaches it.
pub(crate) async fn assignable(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: Uuid,
    store: vyavs_domain::ids::StoreId,
) -> Result<UserId, Problem> {
    let wrong =
        || Problem::parameter("user_id", &id.to_string(), "a person of this organization who reaches the store");
    let user = users::get(tx, viewer.org, UserId(id)).await?.filter(|user| user.disabled_at.is_none());
    let user = user.ok_or_else(wrong)?;
    if !user.everywhere && !reach::stores(tx, viewer.org, id).await?.contains(&store) {
        return Err(wrong());
    }
    Ok(user.id)
}

/// Carries a command out on an alert that is held; the incident before and after.
pub(super) async fn carry_out(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: Uuid,
    command: Command,
    now: Timestamp,
) -> Result<(Stored, Stored), Problem> {
    let found = rows::hold(tx, viewer.org, IncidentId(id)).await?;
    let before = seen(tx, viewer, found).await?;
    if let Command::Assign { to: Some(to) } = &command {
        assignable(tx, viewer, to.0, before.incident.store).await?;
    }
    // What fell due until now stands before what is done now.
    let (incident, mut events) = settle(before.incident.clone(), now, &policy());
    let done = apply(&incident, command, actor(viewer), now, &policy());
    let (incident, event) = done.map_err(|refusal| match refusal {
        Refusal::Text { .. } | Refusal::Until { .. } => Problem::Body(refusal.to_string()),
        Refusal::NotAPerson => Problem::Forbidden { needs: "a person who is signed in" },
        other => Problem::Conflict(other.to_string()),
    })?;
    events.push(event);
    if !rows::record(tx, viewer.org, &incident, &events, &policy()).await? {
        return Err(Problem::Conflict(
            "the alert was changed by somebody else meanwhile; nothing was changed".to_owned(),
        ));
    }
    let after = Stored { incident, opened_at: before.opened_at };
    Ok((before, after))
}

impl Hub {
    async fn act(&self, viewer: &Viewer, id: Uuid, action: &str, command: Command) -> Answer<Alert> {
        let now = self.clock.now();
        let mut change = self.change(viewer).await?;
        let (before, after) = carry_out(&mut change.tx, viewer, id, command, now).await?;
        change.commit(Told::new(action, id).before(&told(&before)).after(&told(&after))).await?;
        tell(&self.live, viewer.org, &after.incident);
        Ok(Json(Alert::of(&after, viewer, now)))
    }
}

/// Somebody has it.
#[utoipa::path(post, path = "/alerts/{id}/acknowledge", tag = "alerts", params(("id" = Uuid, Path, description = "The alert")),
    responses((status = 200, body = Alert), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn acknowledge_alert(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Answer<Alert> {
    hub.act(&viewer, id, "alerts.acknowledge", Command::Acknowledge).await
}

/// Somebody shall have it, or nobody.
#[utoipa::path(post, path = "/alerts/{id}/assign", tag = "alerts", params(("id" = Uuid, Path, description = "The alert")),
    request_body = AssignAlert,
    responses((status = 200, body = Alert), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn assign_alert(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Body(body): Body<AssignAlert>,
) -> Answer<Alert> {
    hub.act(&viewer, id, "alerts.assign", Command::Assign { to: body.user_id.map(UserId) }).await
}

/// Something to say.
#[utoipa::path(post, path = "/alerts/{id}/comment", tag = "alerts", params(("id" = Uuid, Path, description = "The alert")),
    request_body = CommentAlert,
    responses((status = 200, body = Alert), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn comment_alert(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Body(body): Body<CommentAlert>,
) -> Answer<Alert> {
    hub.act(&viewer, id, "alerts.comment", Command::Comment { text: body.text }).await
}

/// Nobody wants to hear of it until then. What gets worse wakes it.
#[utoipa::path(post, path = "/alerts/{id}/snooze", tag = "alerts", params(("id" = Uuid, Path, description = "The alert")),
    request_body = SnoozeAlert,
    responses((status = 200, body = Alert), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn snooze_alert(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Body(body): Body<SnoozeAlert>,
) -> Answer<Alert> {
    hub.act(&viewer, id, "alerts.snooze", Command::Snooze { until: body.until }).await
}

/// It is known, and not worked on.
#[utoipa::path(post, path = "/alerts/{id}/suppress", tag = "alerts", params(("id" = Uuid, Path, description = "The alert")),
    request_body = SuppressAlert,
    responses((status = 200, body = Alert), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn suppress_alert(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Body(body): Body<SuppressAlert>,
) -> Answer<Alert> {
    hub.act(&viewer, id, "alerts.suppress", Command::Suppress { cause: body.cause, until: body.until }).await
}

/// Ends a snooze or a suppression before its time.
#[utoipa::path(post, path = "/alerts/{id}/wake", tag = "alerts", params(("id" = Uuid, Path, description = "The alert")),
    responses((status = 200, body = Alert), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn wake_alert(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<Alert> {
    hub.act(&viewer, id, "alerts.wake", Command::Wake).await
}

/// It is over.
#[utoipa::path(post, path = "/alerts/{id}/resolve", tag = "alerts", params(("id" = Uuid, Path, description = "The alert")),
    request_body = ResolveAlert,
    responses((status = 200, body = Alert), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn resolve_alert(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Body(body): Body<ResolveAlert>,
) -> Answer<Alert> {
    let command = Command::Resolve { outcome: body.outcome.into(), note: body.note };
    hub.act(&viewer, id, "alerts.resolve", command).await
}

/// It is not over.
#[utoipa::path(post, path = "/alerts/{id}/reopen", tag = "alerts", params(("id" = Uuid, Path, description = "The alert")),
    request_body = ReopenAlert,
    responses((status = 200, body = Alert), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn reopen_alert(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Body(body): Body<ReopenAlert>,
) -> Answer<Alert> {
    hub.act(&viewer, id, "alerts.reopen", Command::Reopen { cause: body.cause }).await
}

/// It was useful, or not. What people say makes the precision of its rule.
#[utoipa::path(post, path = "/alerts/{id}/vote", tag = "alerts", params(("id" = Uuid, Path, description = "The alert")),
    request_body = VoteAlert,
    responses((status = 200, body = Alert), Problem), security(("session" = ["alerts.act"]), ("bearer" = ["alerts.act"])))]
pub(crate) async fn vote_alert(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Body(body): Body<VoteAlert>,
) -> Answer<Alert> {
    hub.act(&viewer, id, "alerts.vote", Command::Vote { useful: body.useful }).await
}
