//! `/api/v1/jobs`: work that outlives a request, how far it is, and what came of it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_store::audit_log::Actor;
use vyavs_store::jobs::outputs;
use vyavs_store::jobs::{self as queue, Cancelled, JobFilter, NewJob};
use vyavs_store::recipients;

use super::change::Told;
use super::params::{Body, IdPath, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use super::{Hub, HubState};
use crate::jobs::Start;
use crate::jobs::works::{EXPORT, PRIVACY_FILE};

mod shapes;

pub use shapes::{Job, JobFile, JobState, Jobs, StartedBy};

/// A job that a person starts is tried so often.
const TRIES: u32 = 5;

/// Query of [`jobs`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JobsQuery {
    /// Jobs a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    limit: u32,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// In this state only.
    state: Option<JobState>,
    /// Of this kind only.
    #[param(example = "export")]
    kind: Option<String>,
    /// Started by this schedule only.
    schedule_id: Option<Uuid>,
}

impl Parameters for JobsQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            limit: pairs.number("limit", 1, 500, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
            state: pairs.one("state", "one of queued, running, done, failed, cancelled")?,
            kind: pairs.one("kind", "the name of a kind")?,
            schedule_id: pairs.one("schedule_id", "a UUID")?,
        })
    }
}

/// A job to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartJob {
    /// Which work: `figures.verify`.
    #[schema(example = "figures.verify")]
    pub kind: String,
    /// What the work is told.
    #[serde(default = "empty")]
    #[schema(value_type = Object)]
    pub input: Value,
    /// Higher goes first; 0 without.
    #[serde(default)]
    #[schema(minimum = -10, maximum = 10)]
    pub priority: i64,
    /// Not before; at once without.
    #[serde(default)]
    pub run_at: Option<Timestamp>,
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// A job that was queued.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Queued {
    /// The job: `GET /api/v1/jobs/{job_id}` says how far it is.
    pub job_id: Uuid,
    /// When it was queued.
    pub as_of: Timestamp,
}

impl Hub {
    /// Queues a job in the caller's name.
    pub(crate) async fn queue(
        &self,
        viewer: &Viewer,
        action: &str,
        (kind, input): (&str, Value),
        (priority, run_at): (i64, Option<Timestamp>),
    ) -> Result<(StatusCode, Json<Queued>), Problem> {
        let now = self.clock.now();
        let new = NewJob {
            id: Uuid::now_v7(),
            org: viewer.org,
            kind: kind.to_owned(),
            input,
            once: None,
            priority,
            run_at: run_at.unwrap_or(now),
            actor: viewer.actor,
            schedule: None,
            max_failures: TRIES,
        };
        let mut change = self.change(viewer).await?;
        let (job_id, _) = queue::enqueue(&mut change.tx, &new, now).await?;
        change.commit(Told::new(action, job_id).after(&new.input)).await?;
        self.jobs.ring();
        Ok((StatusCode::ACCEPTED, Json(Queued { job_id, as_of: now })))
    }
}

/// Whose jobs a caller sees: who reaches all stores sees all, others their own; a job names stores.
pub(crate) fn own_only(viewer: &Viewer) -> Option<Uuid> {
    (!viewer.everywhere).then(|| viewer.actor.id())
}

/// A job that the caller may see.
pub(crate) async fn find(tx: &mut vyavs_store::Tx<'_>, viewer: &Viewer, id: Uuid) -> Result<queue::Job, Problem> {
    let job = queue::get(tx, viewer.org, id).await?;
    let job = job.ok_or(Problem::NotFound("job"))?;
    let own = own_only(viewer).is_none_or(|own| job.actor != Actor::Hub && job.actor.id() == own);
    // A report that was brought to somebody may be opened by that person, whoever it was made for.
    let seen = own || recipients::went_to(tx, viewer.org, UserId(viewer.actor.id()), id).await?;
    if seen { Ok(job) } else { Err(Problem::NotFound("job")) }
}

/// Jobs, newest first. Who reaches all stores sees those of everybody.
#[utoipa::path(get, path = "/jobs", tag = "jobs", params(JobsQuery), responses((status = 200, body = Jobs), Problem),
    security(("session" = ["jobs.read"]), ("bearer" = ["jobs.read"])))]
pub(crate) async fn jobs(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<JobsQuery>,
) -> Answer<Jobs> {
    let after = cursor::<(Timestamp, Uuid)>(query.cursor.as_deref())?;
    let filter = JobFilter {
        state: query.state.map(Into::into),
        kind: query.kind,
        actor: own_only(&viewer),
        schedule: query.schedule_id,
    };
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let mut rows = queue::page(&mut tx, viewer.org, &filter, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut rows, query.limit, |job| (job.created_at, job.id));
    let now = hub.clock.now();
    Ok(Json(Jobs { jobs: rows.into_iter().map(|job| Job::of(job, None, now)).collect(), next_cursor, as_of: now }))
}

/// Starts a job. Exports and reports are started by routes of their own.
#[utoipa::path(post, path = "/jobs", tag = "jobs", request_body = StartJob,
    responses((status = 202, body = Queued), Problem),
    security(("session" = ["jobs.write"]), ("bearer" = ["jobs.write"])))]
pub(crate) async fn start_job(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<StartJob>,
) -> Result<(StatusCode, Json<Queued>), Problem> {
    let work = hub.jobs.work(&new.kind).filter(|work| work.start() == Start::Freely);
    let expected = "a kind that is started here, such as figures.verify; exports and reports have routes of their own";
    let work = work.ok_or_else(|| Problem::parameter("kind", &new.kind, expected))?;
    if !viewer.may(work.needs()) {
        return Err(Problem::Forbidden { needs: work.needs().as_str() });
    }
    work.check(&new.input).map_err(Problem::Body)?;
    if !(-10..=10).contains(&new.priority) {
        return Err(Problem::parameter("priority", &new.priority.to_string(), "a whole number from -10 to 10"));
    }
    let latest = hub.clock.now().saturating_add(SignedDuration::from_hours(24 * 366)).unwrap_or(Timestamp::MAX);
    if let Some(at) = new.run_at.filter(|at| *at > latest) {
        return Err(Problem::parameter("run_at", &at.to_string(), "a time within a year"));
    }
    hub.queue(&viewer, "jobs.start", (&new.kind, new.input), (new.priority, new.run_at)).await
}

/// A job, with its file.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", params(("id" = Uuid, Path, description = "The job")),
    responses((status = 200, body = Job), Problem), security(("session" = ["jobs.read"]), ("bearer" = ["jobs.read"])))]
pub(crate) async fn job(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<Job> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let job = find(&mut tx, &viewer, id).await?;
    let output = outputs::get(&mut tx, viewer.org, id).await?;
    Ok(Json(Job::of(job, output, hub.clock.now())))
}

/// Cancels a job that waits, or asks the worker of one that runs to let go of it. Steps that were done stay done.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", params(("id" = Uuid, Path, description = "The job")),
    responses((status = 200, body = Job), Problem), security(("session" = ["jobs.write"]), ("bearer" = ["jobs.write"])))]
pub(crate) async fn cancel_job(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<Job> {
    let now = hub.clock.now();
    let mut change = hub.change(&viewer).await?;
    let before = find(&mut change.tx, &viewer, id).await?;
    if queue::cancel(&mut change.tx, viewer.org, id, now).await? == Cancelled::TooLate {
        return Err(Problem::Conflict(format!("the job is {} already", before.state.as_str())));
    }
    let after = find(&mut change.tx, &viewer, id).await?;
    change.commit(Told::new("jobs.cancel", id).before(&before.state.as_str()).after(&after.state.as_str())).await?;
    hub.jobs.tell_cancelled(id);
    Ok(Json(Job::of(after, None, now)))
}

/// Where the file of a job is downloaded.
pub(crate) fn file_url(job: &queue::Job) -> String {
    match job.kind.as_str() {
        EXPORT => format!("/api/v1/exports/{}/file", job.id),
        PRIVACY_FILE => {
            format!("/api/v1/privacy/requests/{}/file", job.input["request_id"].as_str().unwrap_or_default())
        }
        _ => format!("/api/v1/reports/{}/file", job.id),
    }
}
