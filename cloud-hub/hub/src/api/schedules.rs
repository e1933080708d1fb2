//! `/api/v1/schedules`: jobs that start by themselves, on the clock of a zone.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_store::Tx;
use vyavs_store::audit_log::Actor;
use vyavs_store::recipients;
use vyavs_store::schedules::{self as rows};

mod shapes;

use shapes::shown;
pub use shapes::{NewSchedule, Schedule, ScheduleChange, Schedules};

use super::change::Told;
use super::jobs::own_only;
use super::params::{Body, IdPath, label};
use super::problem::{Answer, Problem};
use super::version::{etag, expected};
use super::viewer::Viewer;
use super::{Hub, HubState};
use crate::jobs::deliver::may_get;
use crate::jobs::works::{REPORT, ReportOrder};
use crate::jobs::{Asker, Pattern, PatternError, Start};

/// Schedules an organization may have.
const MOST: usize = 500;
/// People one delivers to.
const MOST_RECIPIENTS: usize = 100;

fn answer(status: StatusCode, row: &rows::Schedule, to: &[UserId], now: Timestamp) -> Response {
    (status, etag(row.version), Json(shown(row, to, now))).into_response()
}

/// Whether what a schedule makes may go to these people; each of them once.
async fn may_go_to(
    tx: &mut Tx<'_>,
    of: &rows::Schedule,
    people: &[Uuid],
    now: Timestamp,
) -> Result<Vec<UserId>, Problem> {
    let people: BTreeSet<UserId> = people.iter().copied().map(UserId).collect();
    if people.is_empty() {
        return Ok(Vec::new());
    }
    if people.len() > MOST_RECIPIENTS {
        let expected = "at most 100 people";
        return Err(Problem::parameter("deliver_to", &people.len().to_string(), expected));
    }
    let order = match of.kind.as_str() {
        REPORT => serde_json::from_value::<ReportOrder>(of.input.clone()).ok(),
        _ => None,
    };
    let order = order.ok_or_else(|| Problem::parameter("deliver_to", "", "empty, for only reports are delivered"))?;
    let maker = Asker::read(tx, of.org, of.actor, now).await?;
    let maker = maker.ok_or_else(|| Problem::parameter("deliver_to", "", "a schedule that somebody runs"))?;
    for user in &people {
        if !may_get(tx, of.org, *user, (&order, &maker), now).await? {
            let expected = "ids of people of your organization who may read this report and reach all of its stores";
            return Err(Problem::parameter("deliver_to", &user.0.to_string(), expected));
        }
    }
    Ok(people.into_iter().collect())
}

/// A schedule that the caller may see.
async fn find(tx: &mut Tx<'_>, viewer: &Viewer, id: Uuid) -> Result<rows::Schedule, Problem> {
    let found = rows::get(tx, viewer.org, id).await?;
    found.filter(|row| seen(viewer, row)).ok_or(Problem::NotFound("schedule"))
}

fn seen(viewer: &Viewer, row: &rows::Schedule) -> bool {
    own_only(viewer).is_none_or(|own| row.actor != Actor::Hub && row.actor.id() == own)
}

impl Hub {
    /// Whether the caller may have this done by itself; gives the first planned instant.
    fn plan(&self, viewer: &Viewer, of: &rows::Schedule) -> Result<Option<Timestamp>, Problem> {
        let work = self.jobs.work(&of.kind).filter(|work| work.start() != Start::ByRoute);
        let work = work.ok_or_else(|| {
            Problem::parameter("kind", &of.kind, "a kind that can be scheduled, such as report or figures.verify")
        })?;
        if !viewer.may(work.needs()) {
            return Err(Problem::Forbidden { needs: work.needs().as_str() });
        }
        work.check(&of.input).map_err(Problem::Body)?;
        let pattern = Pattern::new(&of.pattern, &of.timezone).map_err(|error| match &error {
            PatternError::Zone(zone) => Problem::parameter("timezone", zone, "an IANA time zone such as Europe/London"),
            _ => Problem::Body(error.to_string()),
        })?;
        let next = pattern.next(self.clock.now());
        let next = next.ok_or_else(|| Problem::Body(PatternError::Never(of.pattern.clone()).to_string()))?;
        Ok((!of.paused).then_some(next))
    }
}

/// The schedules. Who reaches all stores sees those of everybody.
#[utoipa::path(get, path = "/schedules", tag = "schedules", responses((status = 200, body = Schedules), Problem),
    security(("session" = ["jobs.read"]), ("bearer" = ["jobs.read"])))]
pub(crate) async fn schedules(State(hub): State<HubState>, viewer: Viewer) -> Answer<Schedules> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let all = rows::list(&mut tx, viewer.org).await?;
    let mut to = recipients::all(&mut tx, viewer.org).await?;
    let schedule = |row: &rows::Schedule| shown(row, &to.remove(&row.id).unwrap_or_default(), now);
    let schedules = all.iter().filter(|row| seen(&viewer, row)).map(schedule).collect();
    Ok(Json(Schedules { schedules, as_of: now }))
}

/// Makes a schedule. Its jobs run in the caller's name, with what the caller may do then.
#[utoipa::path(post, path = "/schedules", tag = "schedules", request_body = NewSchedule,
    responses((status = 201, body = Schedule), Problem),
    security(("session" = ["jobs.write"]), ("bearer" = ["jobs.write"])))]
pub(crate) async fn create_schedule(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewSchedule>,
) -> Result<Response, Problem> {
    let now = hub.clock.now();
    let mut row = rows::Schedule {
        id: Uuid::now_v7(),
        org: viewer.org,
        name: label("name", &new.name, 120)?.to_owned(),
        kind: new.kind,
        input: new.input,
        pattern: new.pattern,
        timezone: new.timezone,
        paused: new.paused,
        attach: new.attach,
        actor: viewer.actor,
        version: 1,
        created_at: now,
        next_at: None,
        last_at: None,
        last_job: None,
    };
    row.next_at = hub.plan(&viewer, &row)?;
    let mut change = hub.change(&viewer).await?;
    if rows::list(&mut change.tx, viewer.org).await?.len() >= MOST {
        return Err(Problem::Conflict(format!("there are {MOST} schedules already")));
    }
    let to = may_go_to(&mut change.tx, &row, &new.deliver_to, now).await?;
    rows::insert(&mut change.tx, &row).await?;
    recipients::set(&mut change.tx, viewer.org, row.id, &to).await?;
    change.commit(Told::new("schedules.create", row.id).after(&shown(&row, &to, now))).await?;
    Ok(answer(StatusCode::CREATED, &row, &to, now))
}

/// A schedule.
#[utoipa::path(get, path = "/schedules/{id}", tag = "schedules", params(("id" = Uuid, Path, description = "The schedule")),
    responses((status = 200, body = Schedule), Problem),
    security(("session" = ["jobs.read"]), ("bearer" = ["jobs.read"])))]
pub(crate) async fn schedule(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let row = find(&mut tx, &viewer, id).await?;
    let to = recipients::of(&mut tx, viewer.org, id).await?;
    Ok(answer(StatusCode::OK, &row, &to, hub.clock.now()))
}

/// Changes a schedule, or lets it rest. From then on its jobs run in the caller's name.
#[utoipa::path(patch, path = "/schedules/{id}", tag = "schedules", request_body = ScheduleChange,
    params(("id" = Uuid, Path, description = "The schedule"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = Schedule), Problem),
    security(("session" = ["jobs.write"]), ("bearer" = ["jobs.write"])))]
pub(crate) async fn change_schedule(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
    Body(to): Body<ScheduleChange>,
) -> Result<Response, Problem> {
    let now = hub.clock.now();
    let mut change = hub.change(&viewer).await?;
    let before = find(&mut change.tx, &viewer, id).await?;
    if expected(&headers, "a schedule")? != before.version {
        return Err(Problem::Stale("the schedule"));
    }
    let mut row = before.clone();
    if let Some(name) = &to.name {
        label("name", name, 120)?.clone_into(&mut row.name);
    }
    row.input = to.input.unwrap_or(row.input);
    row.pattern = to.pattern.unwrap_or(row.pattern);
    row.timezone = to.timezone.unwrap_or(row.timezone);
    row.paused = to.paused.unwrap_or(row.paused);
    row.attach = to.attach.unwrap_or(row.attach);
    row.actor = viewer.actor;
    row.next_at = hub.plan(&viewer, &row)?;
    let went = recipients::of(&mut change.tx, viewer.org, id).await?;
    let goes = match &to.deliver_to {
        Some(people) => may_go_to(&mut change.tx, &row, people, now).await?,
        None => went.clone(),
    };
    recipients::set(&mut change.tx, viewer.org, id, &goes).await?;
    if !rows::change(&mut change.tx, &row).await? {
        return Err(Problem::Stale("the schedule"));
    }
    row.version += 1;
    let (was, is) = (shown(&before, &went, now), shown(&row, &goes, now));
    change.commit(Told::new("schedules.change", id).before(&was).after(&is)).await?;
    Ok(answer(StatusCode::OK, &row, &goes, now))
}

/// Takes a schedule away. Jobs that it started go on.
#[utoipa::path(delete, path = "/schedules/{id}", tag = "schedules",
    params(("id" = Uuid, Path, description = "The schedule")),
    responses((status = 204, description = "Gone"), Problem),
    security(("session" = ["jobs.write"]), ("bearer" = ["jobs.write"])))]
pub(crate) async fn delete_schedule(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let mut change = hub.change(&viewer).await?;
    let before = find(&mut change.tx, &viewer, id).await?;
    let went = recipients::of(&mut change.tx, viewer.org, id).await?;
    rows::delete(&mut change.tx, viewer.org, id).await?;
    change.commit(Told::new("schedules.delete", id).before(&shown(&before, &went, hub.clock.now()))).await?;
    Ok(StatusCode::NO_CONTENT)
}
