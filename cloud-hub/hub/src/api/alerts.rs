//! `/api/v1/alerts`: what people work on. An alarm is what a device says; an alert is the incident that alarms and rules
//! open, with what was done about it.

pub mod act;
pub mod bulk;
mod shapes;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use utoipa::IntoParams;
use uuid::Uuid;
use vyavs_domain::ids::{StoreId, UserId};
use vyavs_rules::incident::IncidentId;
use vyavs_store::Tx;
use vyavs_store::incidents::{self as rows, IncidentFilter, Stored};

pub(crate) use act::{actor, assignable};
pub use shapes::{Alert, AlertCounts, AlertDetail, AlertHistory, AlertState, Alerts, By, Outcome, Votes};

use super::HubState;
use super::alarms::Severity;
use super::params::{IdPath, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// Query of [`alerts`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AlertsQuery {
    /// Alerts a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Out of `open`, `acknowledged`, `snoozed`, `suppressed`, `resolved`; a list with commas. All without.
    #[param(value_type = Option<String>, example = "open,acknowledged")]
    pub state: Vec<String>,
    /// Out of `info`, `warning`, `critical`; a list with commas. All without.
    #[param(value_type = Option<String>, example = "critical")]
    pub severity: Vec<String>,
    /// Of one store only.
    pub store_id: Option<Uuid>,
    /// Of one rule only.
    pub rule_id: Option<Uuid>,
    /// Assigned to this person; `none` for those of nobody.
    #[param(value_type = Option<String>, example = "none")]
    pub assignee: Option<Option<Uuid>>,
    /// Opened at this time or later.
    pub since: Option<Timestamp>,
    /// Opened before this time.
    pub until: Option<Timestamp>,
    /// A text in title, cause or subject.
    #[param(max_length = 200)]
    pub text: Option<String>,
}

fn among(name: &'static str, given: Vec<String>, known: &[&str]) -> Result<Vec<String>, Problem> {
    match given.iter().find(|text| !known.contains(&text.as_str())) {
        Some(wrong) => Err(Problem::parameter(name, wrong, format!("a list out of {}", known.join(", ")))),
        None => Ok(given),
    }
}

impl Parameters for AlertsQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let assignee = match pairs.one::<String>("assignee", "a UUID, or none")? {
            None => None,
            Some(none) if none == "none" => Some(None),
            Some(id) => {
                let id = Uuid::try_parse(&id).map_err(|_| Problem::parameter("assignee", &id, "a UUID, or none"))?;
                Some(Some(id))
            }
        };
        let text: Option<String> = pairs.one("text", "a text")?;
        if let Some(long) = text.as_ref().filter(|text| text.chars().count() > 200) {
            return Err(Problem::parameter("text", long, "a text of at most 200 characters"));
        }
        Ok(Self {
            limit: pairs.number("limit", 1, 500, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
            state: among("state", pairs.many("state"), &rows::STATES)?,
            severity: among("severity", pairs.many("severity"), &["info", "warning", "critical"])?,
            store_id: pairs.one("store_id", "a UUID")?,
            rule_id: pairs.one("rule_id", "a UUID")?,
            assignee,
            since: pairs.one("since", "a time such as 2026-02-03T12:00:00Z")?,
            until: pairs.one("until", "a time such as 2026-02-03T12:00:00Z")?,
            text,
        })
    }
}

/// An alert of a store that the caller reaches.
pub(crate) async fn seen(tx: &mut Tx<'_>, viewer: &Viewer, found: Option<Stored>) -> Result<Stored, Problem> {
    let found = found.ok_or(Problem::NotFound("alert"))?;
    viewer.store(tx, found.incident.store).await.map_err(|problem| match problem {
        Problem::NotFound(_) => Problem::NotFound("alert"),
        other => other,
    })?;
    Ok(found)
}

/// Alerts, newest first, and how many there are in each state.
#[utoipa::path(get, path = "/alerts", tag = "alerts", params(AlertsQuery), responses((status = 200, body = Alerts), Problem),
    security(("session" = ["alerts.read"]), ("bearer" = ["alerts.read"])))]
pub(crate) async fn alerts(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<AlertsQuery>,
) -> Answer<Alerts> {
    let after = cursor::<(Timestamp, IncidentId)>(query.cursor.as_deref())?;
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let filter = IncidentFilter {
        within: viewer.one_or_all(&mut tx, query.store_id.map(StoreId)).await?,
        states: query.state,
        severities: query.severity,
        rule: query.rule_id,
        assignee: query.assignee.map(|who| who.map(UserId)),
        since: query.since,
        until: query.until,
        text: query.text,
    };
    let mut found = rows::page(&mut tx, viewer.org, &filter, after, query.limit + 1).await?;
    let counts = rows::counts(&mut tx, viewer.org, &filter).await?;
    let next_cursor = next_page(&mut found, query.limit, |row| (row.opened_at, row.incident.id));
    let alerts = found.iter().map(|row| Alert::of(row, &viewer, now)).collect();
    Ok(Json(Alerts { alerts, counts: AlertCounts::of(&counts), next_cursor, as_of: now }))
}

/// Query of [`alert`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AlertQuery {
    /// What happened after the event of this number; 0, the whole history, without.
    #[param(minimum = 0, value_type = Option<i64>)]
    pub after: u32,
    /// Events, 1 to 500; 200 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
}

impl Parameters for AlertQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self { after: pairs.number("after", 0, u32::MAX, 0)?, limit: pairs.number("limit", 1, 500, 200)? })
    }
}

/// An alert with its history.
#[utoipa::path(get, path = "/alerts/{id}", tag = "alerts", params(("id" = Uuid, Path, description = "The alert"), AlertQuery),
    responses((status = 200, body = AlertDetail), Problem),
    security(("session" = ["alerts.read"]), ("bearer" = ["alerts.read"])))]
pub(crate) async fn alert(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Params(query): Params<AlertQuery>,
) -> Answer<AlertDetail> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let found = rows::get(&mut tx, viewer.org, IncidentId(id)).await?;
    let found = seen(&mut tx, &viewer, found).await?;
    let events = rows::events(&mut tx, viewer.org, IncidentId(id), u64::from(query.after), query.limit).await?;
    Ok(Json(AlertDetail::of(&found, &events, &viewer, hub.clock.now())))
}

/// How much it matters, as the API says it.
pub(crate) fn severity(of: vyavs_domain::alert::Severity) -> Severity {
    match of {
        vyavs_domain::alert::Severity::Info => Severity::Info,
        vyavs_domain::alert::Severity::Warning => Severity::Warning,
        vyavs_domain::alert::Severity::Critical => Severity::Critical,
    }
}
