//! A job as it lies in its row.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::ForeignValue;
use crate::audit_log::Actor;
use crate::columns::{Id, Json, instant};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for its time or for a worker.
    Queued,
    /// A worker holds it.
    Running,
    /// It did what it was asked to.
    Done,
    /// It was given up.
    Failed,
    /// Somebody did not want it any more.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// As in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Work, and how far it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// Which work.
    pub kind: String,
    /// What the work is told.
    pub input: Value,
    /// Higher goes first.
    pub priority: i64,
    /// Where it stands.
    pub state: State,
    /// Not before.
    pub run_at: Timestamp,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// By which schedule.
    pub schedule: Option<Uuid>,
    /// After so many errors it is given up.
    pub max_failures: u32,
    /// Errors so far.
    pub failures: u32,
    /// How often its worker was gone since it last moved.
    pub losses: u32,
    /// The number of its claim.
    pub fence: i64,
    /// When a worker first took it.
    pub started_at: Option<Timestamp>,
    /// When it last got further.
    pub moved_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// When somebody asked to cancel it.
    pub cancel_at: Option<Timestamp>,
    /// How much is done, in `unit`.
    pub done: u64,
    /// Out of how much, where that is known.
    pub total: Option<u64>,
    /// What is counted: rows, stores.
    pub unit: String,
    /// Where to go on.
    pub checkpoint: Option<Value>,
    /// What came of it.
    pub result: Option<Value>,
    /// The last error.
    pub error: Option<String>,
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(if number < 0 { 0 } else { u32::MAX })
}

fn decoded<T>(column: &str, found: Option<T>, got: &str) -> sqlx::Result<T> {
    found.ok_or_else(|| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: Box::new(ForeignValue { what: "a job", got: got.to_owned() }),
    })
}

/// The actor of its two columns; `None` for a kind we never wrote.
pub(crate) fn actor(kind: &str, id: Uuid) -> Option<Actor> {
    match kind {
        "person" => Some(Actor::Person(id)),
        "key" => Some(Actor::Key(id)),
        "hub" => Some(Actor::Hub),
        _ => None,
    }
}

// A tuple of sqlx ends at 16 columns.
macro_rules! from_row {
    ($($row:ty),+) => {$(
        impl FromRow<'_, $row> for Job {
            fn from_row(row: &$row) -> sqlx::Result<Self> {
                let at = |name: &str| row.try_get::<Option<i64>, _>(name).map(|at| at.map(instant));
                let id = |name: &str| row.try_get::<Option<Id>, _>(name).map(|id| id.map(|id| id.0));
                let json = |name: &str| row.try_get::<Option<Json>, _>(name).map(|json| json.map(|json| json.value()));
                let number = |name: &str| row.try_get::<i64, _>(name);
                let (state, actor_kind): (String, String) = (row.try_get("state")?, row.try_get("actor_kind")?);
                Ok(Self {
                    id: row.try_get::<Id, _>("id")?.0,
                    org: OrgId(row.try_get::<Id, _>("org_id")?.0),
                    kind: row.try_get("kind")?,
                    input: row.try_get::<Json, _>("input")?.value(),
                    priority: number("priority")?,
                    state: decoded("state", State::ALL.into_iter().find(|one| one.as_str() == state), &state)?,
                    run_at: instant(number("run_at")?),
                    created_at: instant(number("created_at")?),
                    actor: decoded("actor_kind", actor(&actor_kind, row.try_get::<Id, _>("actor_id")?.0), &actor_kind)?,
                    schedule: id("schedule_id")?,
                    max_failures: count(number("max_failures")?),
                    failures: count(number("failures")?),
                    losses: count(number("losses")?),
                    fence: number("fence")?,
                    started_at: at("started_at")?,
                    moved_at: at("moved_at")?,
                    ended_at: at("ended_at")?,
                    cancel_at: at("cancel_at")?,
                    done: number("done")?.unsigned_abs(),
                    total: row.try_get::<Option<i64>, _>("total")?.map(i64::unsigned_abs),
                    unit: row.try_get("unit")?,
                    checkpoint: json("checkpoint")?,
                    result: json("result")?,
                    error: row.try_get("error")?,
                })
            }
        }
    )+};
}
from_row!(SqliteRow, PgRow);
