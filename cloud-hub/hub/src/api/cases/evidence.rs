//! A case handed to somebody who does not trust us, and checked again.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_rules::case::evidence::{Altered, export, verify};
use vyavs_rules::case::{CaseId, Command, Hash};
use vyavs_store::cases as rows;

use super::{act, seen};
use crate::api::HubState;
use crate::api::change::Told;
use crate::api::params::{Body, IdPath};
use crate::api::problem::{Answer, Problem};
use crate::api::viewer::Viewer;

/// The longest evidence that is checked here, bytes.
pub const MOST_EVIDENCE: usize = 8 * 1024 * 1024;

/// The whole timeline of a case, a line an entry, each with its hash: anybody can check it with a JSON parser and SHA-256.
/// That it was handed out stands in the timeline from then on, with the hash that it ended in.
#[utoipa::path(get, path = "/cases/{id}/evidence", tag = "cases", params(("id" = Uuid, Path, description = "The case")),
    responses((status = 200, description = "JSON lines: a header, then the entries with their hashes", body = String, content_type = "application/jsonl"), Problem),
    security(("session" = ["cases.read", "step-up"]), ("bearer" = ["cases.read", "step-up"])))]
pub(crate) async fn case_evidence(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let mut change = hub.change(&viewer).await?;
    let held = rows::hold(&mut change.tx, viewer.org, CaseId(id)).await?;
    let case = seen(&mut change.tx, &viewer, held).await?;
    let entries = rows::entries(&mut change.tx, viewer.org, CaseId(id)).await?;
    let text = export(&entries).ok_or_else(|| Problem::Internal(anyhow::anyhow!("case {id} has no entries")))?;
    // What leaves the house must hold: a row that was changed behind our back is found here, not by the other side.
    if let Err(altered) = verify(&text, Some(case.head)) {
        return Err(Problem::Conflict(format!("the timeline of this case was altered in the database: {altered}")));
    }
    act::carry_out(&mut change.tx, &viewer, &case, Command::NoteExport, hub.clock.now()).await?;
    change.commit(Told::new("cases.evidence", id).after(&case.head.to_string())).await?;
    let kind = [
        (header::CONTENT_TYPE, "application/jsonl; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"case-{id}.jsonl\"")),
    ];
    Ok((kind, text).into_response())
}

/// Evidence to be checked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceToVerify {
    /// The whole text, as it was downloaded.
    pub evidence: String,
    /// A head that was noted elsewhere: only with one is a timeline found that was made anew from some line on.
    #[serde(default)]
    pub head: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvidenceVerified {
    /// Whether every line is as it was written.
    pub intact: bool,
    /// Of which case it says it is.
    #[schema(required)]
    pub case_id: Option<Uuid>,
    /// The hash of its last entry; null where it is not intact.
    #[schema(required)]
    pub head: Option<String>,
    /// How many entries hold.
    #[schema(minimum = 0)]
    pub entries: i64,
    /// The first line that was altered, from 1.
    #[schema(required, minimum = 1)]
    pub line: Option<i64>,
    /// How it shows.
    #[schema(required)]
    pub altered: Option<String>,
    /// When this was checked.
    pub as_of: Timestamp,
}

/// Checks evidence, whosever it is: names the first line that was altered.
#[utoipa::path(post, path = "/cases/verify", tag = "cases", request_body = EvidenceToVerify,
    responses((status = 200, body = EvidenceVerified), Problem),
    security(("session" = ["cases.read"]), ("bearer" = ["cases.read"])))]
pub(crate) async fn verify_case_evidence(
    State(hub): State<HubState>,
    _viewer: Viewer,
    Body(given): Body<EvidenceToVerify>,
) -> Answer<EvidenceVerified> {
    let noted = given.head.as_deref().map(str::parse::<Hash>).transpose();
    let noted = noted.map_err(|error| Problem::Body(format!("head: {error}")))?;
    let mut said = EvidenceVerified {
        intact: false,
        case_id: None,
        head: None,
        entries: 0,
        line: None,
        altered: None,
        as_of: hub.clock.now(),
    };
    match verify(&given.evidence, noted) {
        Ok(found) => {
            (said.intact, said.case_id, said.head) = (true, Some(found.case.0), Some(found.head.to_string()));
            said.entries = i64::try_from(found.entries.len()).unwrap_or(i64::MAX);
        }
        Err(altered) => {
            said.line = match altered {
                Altered::Header => Some(1),
                Altered::Line { line, .. } => i64::try_from(line).ok(),
                Altered::Length { .. } | Altered::Head { .. } => None,
            };
            said.altered = Some(altered.to_string());
        }
    }
    Ok(Json(said))
}
