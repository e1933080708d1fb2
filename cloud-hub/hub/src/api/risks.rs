//! `/api/v1/risks`: what stores should be looked at for.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_domain::ids::{AlarmId, StoreId};
use vyavs_store::alarms::{self as rows, AlarmFilter};

use super::HubState;
use super::alarms::{Alarm, AlarmKind, Severity};
use super::engines::{Engine, Missing};
use super::params::{Body, Pairs, Parameters, Params, cursor, label, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// Something to look at.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RiskAlert {
    /// The episode.
    pub id: Uuid,
    /// Which rule spoke.
    #[serde(rename = "type")]
    pub kind: AlarmKind,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence for people.
    #[schema(example = "Dairy fridge, air is 7.2 °C, above 5.0 °C for 12 minutes")]
    pub description: String,
    /// When it began.
    pub timestamp: Timestamp,
    /// Where.
    pub store_id: Uuid,
    /// The sensor, terminal or part of the device it is about.
    #[schema(example = "fridge-1.air")]
    pub subject: String,
}

/// What is open now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RiskAlerts {
    /// Alarms raised and not cleared, newest first.
    pub alerts: Vec<RiskAlert>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// What would find more than the rules in the stores do.
    pub engine: Engine,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`risk_alerts`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RiskQuery {
    /// Of one store only.
    pub store_id: Option<Uuid>,
    /// Alerts a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Parameters for RiskQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            store_id: pairs.one("store_id", "a UUID")?,
            limit: pairs.number("limit", 1, 500, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
        })
    }
}

/// Alerts that are open now: those that rules and models in the stores raised.
#[utoipa::path(get, path = "/risks/alerts", tag = "risks", params(RiskQuery),
    responses((status = 200, body = RiskAlerts), Problem), security(("session" = ["alerts.read"]), ("bearer" = ["alerts.read"])))]
pub(crate) async fn risk_alerts(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<RiskQuery>,
) -> Answer<RiskAlerts> {
    let after = cursor::<(Timestamp, AlarmId)>(query.cursor.as_deref())?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let within = viewer.one_or_all(&mut tx, query.store_id.map(StoreId)).await?;
    let filter = AlarmFilter { within, open: Some(true) };
    let mut found = rows::page(&mut tx, viewer.org, filter, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut found, query.limit, |stored| (stored.alarm.raised_at, stored.alarm.id));
    let alert = |stored: &rows::StoredAlarm| {
        let Alarm { id, store_id, kind, severity, subject, raised_at, reason, .. } =
            Alarm::of(stored.store, &stored.alarm);
        RiskAlert { id, kind, severity, description: reason, timestamp: raised_at, store_id, subject }
    };
    let alerts = found.iter().map(alert).collect();
    let engine = Missing::RiskAnalysis.engine("shown are the alarms that rules and models in the stores raised.");
    Ok(Json(RiskAlerts { alerts, next_cursor, engine, as_of: hub.clock.now() }))
}

/// What to analyze.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskRun {
    /// Which analysis, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100, example = "supply")]
    pub analysis_type: String,
    /// What it may be told beside.
    #[serde(default)]
    pub parameters: Map<String, Value>,
}

/// What an analysis found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RiskResult {
    /// How much is at stake.
    pub risk_score: f64,
    /// What it comes from.
    #[schema(value_type = Vec<Object>)]
    pub factors: Vec<Value>,
    /// What to do.
    pub recommendations: Vec<String>,
}

/// Runs a risk analysis: refused with `engine-not-installed` while this hub has no engine for it.
#[utoipa::path(post, path = "/risks/analyze", tag = "risks", request_body = RiskRun,
    responses((status = 200, body = RiskResult, description = "With an engine: what it found"), Problem),
    security(("session" = ["risks.analyze"]), ("bearer" = ["risks.analyze"])))]
pub(crate) async fn analyze_risks(Body(request): Body<RiskRun>) -> Answer<RiskResult> {
    label("analysis_type", &request.analysis_type, 100)?;
    Err(Missing::RiskAnalysis.refusal())
}
