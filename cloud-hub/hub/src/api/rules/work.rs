//! Trying a rule on history, letting it run, letting it rest.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;
use vyavs_domain::ids::OrgId;
use vyavs_rules::rule::RuleId;
use vyavs_store::incidents::{self, IncidentFilter};
use vyavs_store::rules as rows;
use vyavs_store::{Tx, watches};

use super::{BacktestOrder, LONGEST, USUAL, answer, find, told, writable};
use crate::alerts::{cleared, tell};
use crate::api::HubState;
use crate::api::change::Told;
use crate::api::jobs::Queued;
use crate::api::params::{IdPath, MaybeBody, span};
use crate::api::problem::Problem;
use crate::api::viewer::Viewer;
use crate::jobs::works::BACKTEST;

/// Tries the newest revision of a rule on what is stored: the job says when it is done, and the rule then shows what it
/// found. It is the same evaluation that runs live.
#[utoipa::path(post, path = "/rules/{id}/backtest", tag = "rules", params(("id" = Uuid, Path, description = "The rule")),
    request_body = Option<BacktestOrder>, responses((status = 202, body = Queued), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn backtest_rule(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    MaybeBody(order): MaybeBody<BacktestOrder>,
) -> Result<(StatusCode, Json<Queued>), Problem> {
    let now = hub.clock.now();
    let (row, reach) = find(&mut hub.store.begin_read(viewer.org).await?, &viewer, id).await?;
    writable(&row.rule, &reach)?;
    let (from, until) = span(order.from, order.until.map(|until| until.min(now)), now, USUAL, LONGEST)?;
    let input = json!({"rule_id": id, "revision": row.latest, "from": from, "until": until});
    hub.queue(&viewer, "rules.backtest", (BACKTEST, input), (2, None)).await
}

/// Lets the newest revision run. Refused until it was tried on history.
#[utoipa::path(post, path = "/rules/{id}/activate", tag = "rules", params(("id" = Uuid, Path, description = "The rule")),
    responses((status = 200, body = super::AlertRule), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn activate_rule(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let now = hub.clock.now();
    let mut change = hub.change(&viewer).await?;
    // Nobody evaluates meanwhile: what is remembered belongs to one revision or to the other.
    watches::hold(&mut change.tx, viewer.org).await?;
    let (before, reach) = find(&mut change.tx, &viewer, id).await?;
    writable(&before.rule, &reach)?;
    if before.active == Some(before.latest) {
        return Err(Problem::Conflict("this revision of the rule runs already".to_owned()));
    }
    if before.backtest.is_none() {
        let first = "this revision of the rule was not tried on history yet; POST /api/v1/rules/{id}/backtest first";
        return Err(Problem::Conflict(first.to_owned()));
    }
    if !rows::activate(&mut change.tx, viewer.org, &before, Some(before.latest), now).await? {
        return Err(Problem::Stale("the rule"));
    }
    let (after, _) = find(&mut change.tx, &viewer, id).await?;
    let made = answer(&mut change.tx, &viewer, StatusCode::OK, &after, now).await?;
    change.commit(Told::new("rules.activate", id).before(&told(&before)).after(&told(&after))).await?;
    hub.alerts.ring();
    Ok(made)
}

/// Lets a rule rest. Its alerts stay, and fire no more.
#[utoipa::path(post, path = "/rules/{id}/deactivate", tag = "rules", params(("id" = Uuid, Path, description = "The rule")),
    responses((status = 200, body = super::AlertRule), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn deactivate_rule(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let now = hub.clock.now();
    let mut change = hub.change(&viewer).await?;
    watches::hold(&mut change.tx, viewer.org).await?;
    let (before, reach) = find(&mut change.tx, &viewer, id).await?;
    writable(&before.rule, &reach)?;
    if before.active.is_none() {
        return Err(Problem::Conflict("the rule does not run".to_owned()));
    }
    if !rows::activate(&mut change.tx, viewer.org, &before, None, now).await? {
        return Err(Problem::Stale("the rule"));
    }
    let changed = rest(&mut change.tx, viewer.org, before.rule.id, now).await?;
    let (after, _) = find(&mut change.tx, &viewer, id).await?;
    let made = answer(&mut change.tx, &viewer, StatusCode::OK, &after, now).await?;
    change.commit(Told::new("rules.deactivate", id).before(&told(&before)).after(&told(&after))).await?;
    for incident in &changed {
        tell(&hub.live, viewer.org, incident);
    }
    Ok(made)
}

/// Incidents of a rule that are looked at when it goes.
const OPEN: u32 = 500;

/// Forgets what a rule remembers, and clears what fires by it: who does not watch any more cannot say that it lasts.
pub(super) async fn rest(
    tx: &mut Tx<'_>,
    org: OrgId,
    rule: RuleId,
    now: Timestamp,
) -> Result<Vec<vyavs_rules::incident::Incident>, Problem> {
    watches::forget(tx, org, rule).await?;
    let open = ["open", "acknowledged", "snoozed", "suppressed"].map(str::to_owned).to_vec();
    let filter = IncidentFilter { rule: Some(rule.0), states: open, ..IncidentFilter::default() };
    let mut changed = BTreeMap::new();
    let mut after = None;
    loop {
        let page = incidents::page(tx, org, &filter, after, OPEN).await?;
        for stored in &page {
            for subject in &stored.incident.firing {
                let of = (stored.incident.key.as_str(), subject.as_str(), now);
                cleared(tx, org, of, now, &mut changed).await.map_err(Problem::Internal)?;
            }
        }
        after = page.last().map(|last| (last.opened_at, last.incident.id));
        if page.len() < OPEN as usize {
            return Ok(changed.into_values().collect());
        }
    }
}
