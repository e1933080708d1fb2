//! `/api/v1/schedules`: jobs that start by themselves, on the clock of a zone.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_store::Tx;
use vyavs_store::audit_log::Actor;
use vyavs_store::schedules::{self as rows};

use super::change::Told;
use super::jobs::{StartedBy, own_only};
use super::params::{Body, IdPath, label};
use super::problem::{Answer, Problem};
use super::version::{etag, expected};
use super::viewer::Viewer;
use super::{Hub, HubState};
use crate::jobs::{Pattern, PatternError, Start};

/// Planned instants that are shown.
const SHOWN: usize = 3;
/// Schedules an organization may have.
const MOST: usize = 500;

/// A schedule.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    /// Its id.
    pub id: Uuid,
    /// For people.
    #[schema(example = "Brief at six")]
    pub name: String,
    /// Which work it starts.
    #[schema(example = "report")]
    pub kind: String,
    /// What the work is told.
    #[schema(value_type = Object)]
    pub input: Value,
    /// A cron pattern of five fields: minute, hour, day of month, month, day of week.
    #[schema(example = "0 6 * * MON-SAT")]
    pub pattern: String,
    /// The IANA zone it is read in.
    #[schema(example = "Europe/London")]
    pub timezone: String,
    /// Whether it rests.
    pub paused: bool,
    /// In whose name its jobs run: who made or changed it last.
    pub runs_as: StartedBy,
    /// The next planned instants, three at most; none while it rests.
    pub next_runs: Vec<Timestamp>,
    /// When it last started a job.
    #[schema(required)]
    pub last_run_at: Option<Timestamp>,
    /// That job.
    #[schema(required)]
    pub last_job_id: Option<Uuid>,
    /// Since when.
    pub created_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

/// The schedules.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Schedules {
    /// By name.
    pub schedules: Vec<Schedule>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A schedule to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSchedule {
    /// For people; 1 to 120 characters.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// Which work: `report`, `figures.verify`.
    #[schema(example = "report")]
    pub kind: String,
    /// What the work is told: for `report` what `POST /api/v1/reports` takes, without a day.
    #[schema(value_type = Object)]
    pub input: Value,
    /// A cron pattern of five fields.
    #[schema(example = "0 6 * * MON-SAT")]
    pub pattern: String,
    /// An IANA zone.
    #[schema(example = "Europe/London")]
    pub timezone: String,
    /// Whether it rests.
    #[serde(default)]
    pub paused: bool,
}

/// What is changed of a schedule; what is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleChange {
    /// For people.
    pub name: Option<String>,
    /// What the work is told.
    #[schema(value_type = Option<Object>)]
    pub input: Option<Value>,
    /// A cron pattern of five fields.
    pub pattern: Option<String>,
    /// An IANA zone.
    pub timezone: Option<String>,
    /// Whether it rests.
    pub paused: Option<bool>,
}

fn shown(row: &rows::Schedule, now: Timestamp) -> Schedule {
    let pattern = Pattern::new(&row.pattern, &row.timezone).ok();
    let mut next_runs: Vec<_> = row.next_at.into_iter().collect();
    if let (Some(first), Some(pattern)) = (row.next_at, pattern) {
        next_runs.extend(pattern.preview(first.max(now), SHOWN - 1));
    }
    Schedule {
        id: row.id,
        name: row.name.clone(),
        kind: row.kind.clone(),
        input: row.input.clone(),
        pattern: row.pattern.clone(),
        timezone: row.timezone.clone(),
        paused: row.paused,
        runs_as: row.actor.into(),
        next_runs,
        last_run_at: row.last_at,
        last_job_id: row.last_job,
        created_at: row.created_at,
        as_of: now,
    }
}

fn answer(status: StatusCode, row: &rows::Schedule, now: Timestamp) -> Response {
    (status, etag(row.version), Json(shown(row, now))).into_response()
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
    let all = rows::list(&mut hub.store.begin_read(viewer.org).await?, viewer.org).await?;
    let schedules = all.iter().filter(|row| seen(&viewer, row)).map(|row| shown(row, now)).collect();
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
    rows::insert(&mut change.tx, &row).await?;
    change.commit(Told::new("schedules.create", row.id).after(&shown(&row, now))).await?;
    Ok(answer(StatusCode::CREATED, &row, now))
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
    let row = find(&mut hub.store.begin_read(viewer.org).await?, &viewer, id).await?;
    Ok(answer(StatusCode::OK, &row, hub.clock.now()))
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
    row.actor = viewer.actor;
    row.next_at = hub.plan(&viewer, &row)?;
    if !rows::change(&mut change.tx, &row).await? {
        return Err(Problem::Stale("the schedule"));
    }
    row.version += 1;
    change.commit(Told::new("schedules.change", id).before(&shown(&before, now)).after(&shown(&row, now))).await?;
    Ok(answer(StatusCode::OK, &row, now))
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
    rows::delete(&mut change.tx, viewer.org, id).await?;
    change.commit(Told::new("schedules.delete", id).before(&shown(&before, hub.clock.now()))).await?;
    Ok(StatusCode::NO_CONTENT)
}
