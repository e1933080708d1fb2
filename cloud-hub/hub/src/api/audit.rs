//! `/api/v1/audit`: who changed what; a chain that anybody can verify.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_store::audit_log::{self, AuditFilter, Tampered, Written};

use super::HubState;
use super::params::{Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// An entry.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its number, from 1 without holes.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// By whom: a person or a key; nil for the hub itself.
    pub actor_id: Uuid,
    /// What.
    #[schema(example = "users.change")]
    pub action: String,
    /// On what.
    #[schema(required)]
    pub object: Option<String>,
    /// All that was written, before and after included.
    #[schema(value_type = Object)]
    pub entry: serde_json::Value,
    /// The chain up to here, hexadecimal.
    pub hash: String,
}

/// A page of the log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Audit {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// Goes on here; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`audit`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only by this person or key.
    pub actor_id: Option<Uuid>,
    /// Only actions that begin so.
    #[param(example = "users.")]
    pub action: Option<String>,
    /// Only on this object.
    pub object: Option<String>,
    /// From then.
    pub from: Option<Timestamp>,
    /// Until then, excluded.
    pub to: Option<Timestamp>,
    /// Entries a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Parameters for AuditQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let time = "an RFC 3339 time such as 2026-03-05T12:00:00Z";
        Ok(Self {
            actor_id: pairs.one("actor_id", "a UUID")?,
            action: pairs.one("action", "a text")?,
            object: pairs.one("object", "a text")?,
            from: pairs.one("from", time)?,
            to: pairs.one("to", time)?,
            limit: pairs.number("limit", 1, 500, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entry(row: Written) -> AuditEntry {
    AuditEntry {
        seq: i64::try_from(row.seq).unwrap_or(i64::MAX),
        at: row.at,
        actor_id: row.actor,
        action: row.action,
        object: row.object,
        // What was altered may be no JSON any more: it is shown as the text that is there.
        entry: serde_json::from_str(&row.entry).unwrap_or_else(|_| serde_json::json!({"unreadable": row.entry})),
        hash: hex(&row.hash),
    }
}

/// Who changed what, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = Audit), Problem),
    security(("session" = ["audit.read"]), ("bearer" = ["audit.read"])))]
pub(crate) async fn audit(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<AuditQuery>,
) -> Answer<Audit> {
    let before = cursor::<u64>(query.cursor.as_deref())?;
    let filter = AuditFilter {
        actor: query.actor_id,
        action: query.action.unwrap_or_default(),
        object: query.object.unwrap_or_default(),
        span: (query.from, query.to),
    };
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let mut rows = audit_log::page(&mut tx, viewer.org, &filter, before, query.limit + 1).await?;
    let next_cursor = next_page(&mut rows, query.limit, |row| row.seq);
    Ok(Json(Audit { entries: rows.into_iter().map(entry).collect(), next_cursor, as_of: hub.clock.now() }))
}

/// What a verification found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditVerified {
    /// Whether the whole chain is as it was written.
    pub intact: bool,
    /// Entries that went when their time was over. They are no longer in the export: verify that from `begins_with` on.
    #[schema(minimum = 0)]
    pub dropped: i64,
    /// The hash of the last of those, hexadecimal; 32 zero bytes where nothing went.
    pub begins_with: String,
    /// How many entries stand in an unbroken chain after those.
    #[schema(minimum = 0)]
    pub entries: i64,
    /// The hash of the last of them, hexadecimal.
    pub hash: String,
    /// The first place where it is broken, for people.
    #[schema(required, example = "entry 17 was altered")]
    pub broken: Option<String>,
    /// When this was verified.
    pub as_of: Timestamp,
}

/// Walks the whole chain and names the first place that was tampered with.
#[utoipa::path(get, path = "/audit/verify", tag = "audit", responses((status = 200, body = AuditVerified), Problem),
    security(("session" = ["audit.read"]), ("bearer" = ["audit.read"])))]
pub(crate) async fn verify_audit(State(hub): State<HubState>, viewer: Viewer) -> Answer<AuditVerified> {
    let found = audit_log::verify(&mut hub.store.begin_read(viewer.org).await?, viewer.org).await?;
    let broken = found.broken.map(|broken| match broken {
        Tampered::Missing(seq) => format!("entry {seq} is missing"),
        Tampered::Altered(seq) => format!("entry {seq} was altered"),
        Tampered::CutOff { last, head } => {
            format!("the log ends with entry {last}, and its head knows {head}: entries at the end are gone or forged")
        }
    });
    Ok(Json(AuditVerified {
        intact: broken.is_none(),
        dropped: i64::try_from(found.dropped).unwrap_or(i64::MAX),
        begins_with: hex(&found.begins_with),
        entries: i64::try_from(found.entries).unwrap_or(i64::MAX),
        hash: hex(&found.hash),
        broken,
        as_of: hub.clock.now(),
    }))
}

/// Rows an export reads at a time.
const PART: u32 = 500;

/// The whole log, oldest first, one line an entry: the hash of the chain up to it, a tab, and the entry as it was hashed.
/// `hash(n) = SHA-256(hash(n-1) ‖ entry(n))`, `hash(0)` is 32 zero bytes; where
/// entries went when their time was over, `/audit/verify` has the hash to begin with.
#[utoipa::path(get, path = "/audit/export", tag = "audit",
    responses((status = 200, description = "Lines of hash, tab, entry", body = String, content_type = "text/tab-separated-values"), Problem),
    security(("session" = ["audit.read", "step-up"]), ("bearer" = ["audit.read", "step-up"])))]
pub(crate) async fn export_audit(State(hub): State<HubState>, viewer: Viewer) -> Result<Response, Problem> {
    // The first part before the answer begins, so that a database that is gone is a problem and not half a file.
    let first = audit_log::oldest(&mut hub.store.begin_read(viewer.org).await?, viewer.org, 0, PART).await?;
    let lines = |rows: &[Written]| -> Bytes {
        rows.iter().map(|row| format!("{}\t{}\n", hex(&row.hash), row.entry)).collect::<String>().into()
    };
    let stream = futures::stream::try_unfold(Some(first), move |rows| {
        let (hub, org) = (hub.clone(), viewer.org);
        async move {
            let Some(last) = rows.as_ref().and_then(|rows: &Vec<Written>| rows.last()).map(|row| row.seq) else {
                return Ok::<_, vyavs_store::StoreError>(None);
            };
            let next = audit_log::oldest(&mut hub.store.begin_read(org).await?, org, last, PART).await?;
            Ok(Some((lines(&rows.unwrap_or_default()), Some(next))))
        }
    });
    let kind = [
        (header::CONTENT_TYPE, "text/tab-separated-values; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.tsv\""),
    ];
    Ok((kind, Body::from_stream(stream)).into_response())
}
