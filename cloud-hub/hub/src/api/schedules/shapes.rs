//! A schedule as the API shows and takes it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_store::schedules as rows;

use crate::api::jobs::StartedBy;
use crate::jobs::Pattern;

/// Planned instants that are shown.
const SHOWN: usize = 3;

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
    /// Who gets what it makes, by notification and by mail; for reports.
    pub deliver_to: Vec<Uuid>,
    /// Whether the file goes with the mail.
    pub attach: bool,
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
    /// People of the organization who get what it makes, by notification and by mail; for reports. Each must be allowed to
    /// read such reports and reach every store of it; who no longer may gets nothing.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub deliver_to: Vec<Uuid>,
    /// Whether the file goes with the mail; else the mail has a link to it.
    #[serde(default)]
    pub attach: bool,
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
    /// Who gets what it makes, instead of who did.
    #[schema(max_items = 100)]
    pub deliver_to: Option<Vec<Uuid>>,
    /// Whether the file goes with the mail.
    pub attach: Option<bool>,
}

pub(super) fn shown(row: &rows::Schedule, to: &[UserId], now: Timestamp) -> Schedule {
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
        deliver_to: to.iter().map(|user| user.0).collect(),
        attach: row.attach,
        runs_as: row.actor.into(),
        next_runs,
        last_run_at: row.last_at,
        last_job_id: row.last_job,
        created_at: row.created_at,
        as_of: now,
    }
}
