//! `/api/v1/rules`: what opens alerts. A rule is written as a draft, tried on history, and then runs; a change is a new
//! draft while what runs goes on to run.

mod shapes;
pub mod work;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_rules::rule::{Rule, RuleId};
use vyavs_store::rules::{self as rows, StoredRule};
use vyavs_store::{Tx, reach, watches};

pub use shapes::{
    AlertRule, AlertRules, BacktestOrder, FiredOnDay, FoundByBacktest, NewRule, RuleBacktest, RuleChange, RuleMeasure,
    RuleMeasures, RuleScope, RuleState, WouldHaveFired,
};

use super::HubState;
use super::alerts::By;
use super::change::Told;
use super::params::{Body, IdPath};
use super::problem::{Answer, Problem};
use super::version::{etag, expected};
use super::viewer::Viewer;
use crate::alerts::observe;

/// Rules an organization may have: each is asked at every observation.
const MOST: usize = 200;

/// Shops a caller reaches; `None` is all.
type Reach = Option<std::collections::BTreeSet<vyavs_domain::ids::StoreId>>;

/// Whether a rule concerns a shop that the caller reaches.
fn visible(rule: &Rule, reach: &Reach) -> bool {
    let of = &rule.scope.stores;
    reach.as_ref().is_none_or(|reach| of.is_empty() || of.iter().any(|store| reach.contains(store)))
}

async fn reach_of(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<Reach, Problem> {
    Ok(match viewer.everywhere {
        true => None,
        false => Some(reach::stores(tx, viewer.org, viewer.actor.id()).await?),
    })
}

/// A rule that the caller may see.
async fn find(tx: &mut Tx<'_>, viewer: &Viewer, id: Uuid) -> Result<(StoredRule, Reach), Problem> {
    let found = rows::get(tx, viewer.org, RuleId(id)).await?;
    let reach = reach_of(tx, viewer).await?;
    let found = found.filter(|row| visible(&row.rule, &reach)).ok_or(Problem::NotFound("rule"))?;
    Ok((found, reach))
}

/// A rule may be written by who reaches every shop it watches.
fn writable(rule: &Rule, reach: &Reach) -> Result<(), Problem> {
    let Some(reach) = reach else { return Ok(()) };
    let of = &rule.scope.stores;
    match of.is_empty() || of.iter().any(|store| !reach.contains(store)) {
        true => Err(Problem::Forbidden { needs: "a reach over every store that the rule watches" }),
        false => Ok(()),
    }
}

/// A rule to be held against its faults; they name every field that is wrong.
fn read(body: Value) -> Result<Rule, Problem> {
    Rule::try_from(body).map_err(|faults| Problem::Body(faults.to_string()))
}

/// The shops that a rule names are there.
async fn known_stores(tx: &mut Tx<'_>, viewer: &Viewer, rule: &Rule) -> Result<(), Problem> {
    let all = vyavs_store::stores::list(tx, viewer.org).await?;
    let unknown = rule.scope.stores.iter().find(|id| !all.iter().any(|store| store.id == **id));
    unknown
        .map_or(Ok(()), |id| Err(Problem::parameter("scope.stores", &id.to_string(), "a store of this organization")))
}

async fn shown(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    row: &StoredRule,
    reach: &Reach,
    now: Timestamp,
) -> Result<AlertRule, Problem> {
    let votes = rows::votes(tx, viewer.org).await?;
    Ok(AlertRule::of(row, &votes, reach.as_ref(), now))
}

async fn answer(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    status: StatusCode,
    row: &StoredRule,
    now: Timestamp,
) -> Result<Response, Problem> {
    let reach = reach_of(tx, viewer).await?;
    let rule = shown(tx, viewer, row, &reach, now).await?;
    Ok((status, etag(row.version), Json(rule)).into_response())
}

/// For the audit log.
fn told(row: &StoredRule) -> Value {
    json!({"rule": row.rule, "revision": row.latest, "active_revision": row.active})
}

/// The rules that watch a store of the caller's reach, the oldest first.
#[utoipa::path(get, path = "/rules", tag = "rules", responses((status = 200, body = AlertRules), Problem),
    security(("session" = ["alerts.read"]), ("bearer" = ["alerts.read"])))]
pub(crate) async fn rules(State(hub): State<HubState>, viewer: Viewer) -> Answer<AlertRules> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let reach = reach_of(&mut tx, &viewer).await?;
    let votes = rows::votes(&mut tx, viewer.org).await?;
    let all = rows::list(&mut tx, viewer.org).await?;
    let seen = all.iter().filter(|row| visible(&row.rule, &reach));
    let rules = seen.map(|row| AlertRule::of(row, &votes, reach.as_ref(), now)).collect();
    Ok(Json(AlertRules { rules, as_of: now }))
}

/// What a rule can be about.
#[utoipa::path(get, path = "/rules/measures", tag = "rules", responses((status = 200, body = RuleMeasures), Problem),
    security(("session" = ["alerts.read"]), ("bearer" = ["alerts.read"])))]
pub(crate) async fn rule_measures(State(hub): State<HubState>, _viewer: Viewer) -> Answer<RuleMeasures> {
    let measures = observe::sensor_measures().chain(observe::MEASURES.iter().map(|known| RuleMeasure {
        name: known.name.to_owned(),
        subject: known.subject.to_owned(),
        unit: known.unit.to_owned(),
        about: known.about.to_owned(),
    }));
    Ok(Json(RuleMeasures { measures: measures.collect(), as_of: hub.clock.now() }))
}

/// Writes a rule. It is a draft: it runs once it was tried on history and activated.
#[utoipa::path(post, path = "/rules", tag = "rules", request_body = NewRule,
    responses((status = 201, body = AlertRule), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn create_rule(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewRule>,
) -> Result<Response, Problem> {
    let now = hub.clock.now();
    let rule = read(new.body(Uuid::now_v7()))?;
    let mut change = hub.change(&viewer).await?;
    writable(&rule, &reach_of(&mut change.tx, &viewer).await?)?;
    known_stores(&mut change.tx, &viewer, &rule).await?;
    if rows::list(&mut change.tx, viewer.org).await?.len() >= MOST {
        return Err(Problem::Conflict(format!("there are {MOST} rules already")));
    }
    rows::insert(&mut change.tx, viewer.org, &rule, false, super::alerts::actor(&viewer), now).await?;
    let (row, _) = find(&mut change.tx, &viewer, rule.id.0).await?;
    let made = answer(&mut change.tx, &viewer, StatusCode::CREATED, &row, now).await?;
    change.commit(Told::new("rules.create", rule.id.0).after(&told(&row))).await?;
    Ok(made)
}

/// A rule.
#[utoipa::path(get, path = "/rules/{id}", tag = "rules", params(("id" = Uuid, Path, description = "The rule")),
    responses((status = 200, body = AlertRule), Problem),
    security(("session" = ["alerts.read"]), ("bearer" = ["alerts.read"])))]
pub(crate) async fn rule(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Result<Response, Problem> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let (row, _) = find(&mut tx, &viewer, id).await?;
    answer(&mut tx, &viewer, StatusCode::OK, &row, hub.clock.now()).await
}

/// Changes a rule: what is left out stays. What runs goes on to run until the change is tried and activated.
#[utoipa::path(patch, path = "/rules/{id}", tag = "rules", request_body = RuleChange,
    params(("id" = Uuid, Path, description = "The rule"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = AlertRule), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn change_rule(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
    Body(to): Body<RuleChange>,
) -> Result<Response, Problem> {
    let now = hub.clock.now();
    let mut change = hub.change(&viewer).await?;
    let (before, reach) = find(&mut change.tx, &viewer, id).await?;
    if expected(&headers, "a rule")? != before.version {
        return Err(Problem::Stale("the rule"));
    }
    let rule = read(to.over(&before.rule))?;
    writable(&before.rule, &reach)?;
    writable(&rule, &reach)?;
    known_stores(&mut change.tx, &viewer, &rule).await?;
    if rule == before.rule {
        return answer(&mut change.tx, &viewer, StatusCode::OK, &before, now).await;
    }
    if !rows::change(&mut change.tx, viewer.org, &before, &rule, super::alerts::actor(&viewer), now).await? {
        return Err(Problem::Stale("the rule"));
    }
    let (after, _) = find(&mut change.tx, &viewer, id).await?;
    let made = answer(&mut change.tx, &viewer, StatusCode::OK, &after, now).await?;
    change.commit(Told::new("rules.change", id).before(&told(&before)).after(&told(&after))).await?;
    Ok(made)
}

/// Takes a rule away. Its alerts stay, and fire no more.
#[utoipa::path(delete, path = "/rules/{id}", tag = "rules",
    params(("id" = Uuid, Path, description = "The rule"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 204, description = "Gone"), Problem),
    security(("session" = ["rules.write"]), ("bearer" = ["rules.write"])))]
pub(crate) async fn delete_rule(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let now = hub.clock.now();
    let mut change = hub.change(&viewer).await?;
    watches::hold(&mut change.tx, viewer.org).await?;
    let (before, reach) = find(&mut change.tx, &viewer, id).await?;
    writable(&before.rule, &reach)?;
    if expected(&headers, "a rule")? != before.version
        || !rows::delete(&mut change.tx, viewer.org, &before, now).await?
    {
        return Err(Problem::Stale("the rule"));
    }
    work::rest(&mut change.tx, viewer.org, before.rule.id, now).await?;
    change.commit(Told::new("rules.delete", id).before(&told(&before))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The longest history a rule is tried on.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 92);
/// Without saying, a rule is tried on this much.
const USUAL: SignedDuration = SignedDuration::from_hours(24 * 28);
