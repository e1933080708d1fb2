//! A job as the API shows it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_store::audit_log::Actor;
use vyavs_store::jobs::outputs::Output;
use vyavs_store::jobs::{self as queue, State};

/// A job that did not get any further for so long says so.
const STALLED: SignedDuration = SignedDuration::from_secs(60);

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits for its time or for a worker.
    Queued,
    /// A worker does it.
    Running,
    /// It did what it was asked to.
    Done,
    /// It was given up.
    Failed,
    /// Somebody did not want it any more.
    Cancelled,
}

impl From<State> for JobState {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Running => Self::Running,
            State::Done => Self::Done,
            State::Failed => Self::Failed,
            State::Cancelled => Self::Cancelled,
        }
    }
}

impl From<JobState> for State {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Queued => Self::Queued,
            JobState::Running => Self::Running,
            JobState::Done => Self::Done,
            JobState::Failed => Self::Failed,
            JobState::Cancelled => Self::Cancelled,
        }
    }
}

impl std::str::FromStr for JobState {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        State::ALL.into_iter().find(|state| state.as_str() == text).map(Self::from).ok_or(())
    }
}

/// Who started something.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StartedBy {
    /// `person`, `key` or `hub`.
    #[schema(example = "person")]
    pub kind: String,
    /// The id of the person or key.
    #[schema(required)]
    pub id: Option<Uuid>,
}

impl From<Actor> for StartedBy {
    fn from(actor: Actor) -> Self {
        let (kind, id) = match actor {
            Actor::Person(id) => ("person", Some(id)),
            Actor::Key(id) => ("key", Some(id)),
            Actor::Hub => ("hub", None),
        };
        Self { kind: kind.to_owned(), id }
    }
}

/// A file that a job made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JobFile {
    /// What a download is called.
    #[schema(example = "sales-2026-01-01-2026-01-31.csv")]
    pub name: String,
    /// What HTTP calls its content.
    pub media_type: String,
    /// Bytes.
    #[schema(minimum = 0)]
    pub size: i64,
    /// BLAKE3 of the bytes, hexadecimal.
    pub digest: String,
    /// Rows in it.
    #[schema(minimum = 0)]
    pub rows: i64,
    /// Control totals, what is missing and what was noted, section by section.
    #[schema(value_type = Vec<Object>)]
    pub sections: Value,
    /// Where it is; null once it is gone.
    #[schema(required)]
    pub url: Option<String>,
    /// Until when it is kept.
    pub expires_at: Timestamp,
}

/// Work that outlives a request.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// Which work.
    #[schema(example = "export")]
    pub kind: String,
    /// What the work was told.
    #[schema(value_type = Object)]
    pub input: Value,
    /// Where it stands.
    pub state: JobState,
    /// Higher goes first.
    pub priority: i64,
    /// Who started it.
    pub started_by: StartedBy,
    /// The schedule that did.
    #[schema(required)]
    pub schedule_id: Option<Uuid>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Not before; later than it was after an error.
    pub run_at: Timestamp,
    /// When a worker first took it.
    #[schema(required)]
    pub started_at: Option<Timestamp>,
    /// When it last got further.
    #[schema(required)]
    pub moved_at: Option<Timestamp>,
    /// When it was over.
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    /// When somebody asked to cancel it.
    #[schema(required)]
    pub cancel_requested_at: Option<Timestamp>,
    /// How much is done.
    #[schema(minimum = 0)]
    pub done: i64,
    /// Out of how much, where that is known.
    #[schema(required, minimum = 0)]
    pub total: Option<i64>,
    /// What is counted: rows, stores.
    pub unit: String,
    /// When it will be done if it goes on as it went so far.
    #[schema(required)]
    pub expected_at: Option<Timestamp>,
    /// Whether it runs and did not get any further for a minute.
    pub stalled: bool,
    /// Errors so far.
    #[schema(minimum = 0)]
    pub failures: i64,
    /// The last error, for people.
    #[schema(required)]
    pub error: Option<String>,
    /// What came of it.
    #[schema(value_type = Option<Object>, required)]
    pub result: Option<Value>,
    /// Its file; only where one job is asked for.
    #[schema(required)]
    pub file: Option<JobFile>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Some of the jobs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Jobs {
    /// Newest first.
    pub jobs: Vec<Job>,
    /// Where the list goes on; null at its end.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Job {
    pub(crate) fn of(job: queue::Job, output: Option<Output>, now: Timestamp) -> Self {
        let running = job.state == State::Running;
        let expected_at = expected(&job, now).filter(|_| running);
        let stalled = running && job.moved_at.is_some_and(|at| now.duration_since(at) > STALLED);
        let file = output.map(|output| JobFile {
            url: output.removed_at.is_none().then(|| super::file_url(&job)),
            name: output.name,
            media_type: output.media_type,
            size: whole(output.size),
            digest: output.digest,
            rows: whole(output.rows),
            sections: output.totals,
            expires_at: output.expires_at,
        });
        Self {
            id: job.id,
            kind: job.kind,
            input: job.input,
            state: job.state.into(),
            priority: job.priority,
            started_by: job.actor.into(),
            schedule_id: job.schedule,
            created_at: job.created_at,
            run_at: job.run_at,
            started_at: job.started_at,
            moved_at: job.moved_at,
            ended_at: job.ended_at,
            cancel_requested_at: job.cancel_at,
            done: whole(job.done),
            total: job.total.map(whole),
            unit: job.unit,
            expected_at,
            stalled,
            failures: i64::from(job.failures),
            error: job.error,
            result: job.result,
            file,
            as_of: now,
        }
    }
}

/// As much time again for each part that is left as the parts that are done took.
fn expected(job: &queue::Job, now: Timestamp) -> Option<Timestamp> {
    let (began, total) = (job.started_at?, job.total.filter(|total| *total >= job.done && job.done > 0)?);
    let spent = now.duration_since(began).as_millis_f64();
    let left = spent * (total - job.done) as f64 / job.done as f64;
    now.checked_add(SignedDuration::try_from_secs_f64(left / 1000.0).ok()?).ok()
}
