//! `/api/v1/exports` and `/api/v1/reports`: rows and reports as files.

use axum::Json;
use axum::body::{Body as Bytes, Bytes as Part};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_store::jobs::outputs;

use super::HubState;
use super::change::Told;
use super::jobs::{Queued, find};
use super::params::{Body, IdPath};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use crate::access::Permission;
use crate::jobs::works::{EXPORT, ExportOrder, FileFormat, REPORT, ReportKind, ReportOrder};

/// Bytes of a file sent at a time.
const PART: usize = 64 * 1024;
/// Stores named in one order.
const MOST_STORES: usize = 1000;

/// A file's bytes.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
struct FileBody(#[expect(dead_code, reason = "it is described, and sent as a stream")] Vec<u8>);

/// Writes rows to a file: the job says when it is there, `GET /api/v1/exports/{job_id}/file` gives it.
#[utoipa::path(post, path = "/exports", tag = "exports", request_body = ExportOrder,
    responses((status = 202, body = Queued), Problem),
    security(("session" = ["exports.create", "step-up"]), ("bearer" = ["exports.create", "step-up"])))]
pub(crate) async fn create_export(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(order): Body<ExportOrder>,
) -> Result<(StatusCode, Json<Queued>), Problem> {
    order.check().map_err(Problem::Body)?;
    may_see(&hub, &viewer, order.kind.needs(), &order.store_ids).await?;
    let input = serde_json::to_value(&order).map_err(|error| Problem::Internal(error.into()))?;
    hub.queue(&viewer, "exports.create", (EXPORT, input), (0, None)).await
}

/// The file of an export.
#[utoipa::path(get, path = "/exports/{id}/file", tag = "exports", params(("id" = Uuid, Path, description = "The job")),
    responses((status = 200, description = "The file", content(
        (FileBody = "text/csv"),
        (FileBody = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (FileBody = "application/pdf"))), Problem),
    security(("session" = ["exports.create", "step-up"]), ("bearer" = ["exports.create", "step-up"])))]
pub(crate) async fn export_file(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let needs = |input| serde_json::from_value(input).ok().map(|order: ExportOrder| order.kind.needs());
    file(&hub, &viewer, id, (EXPORT, "exports.download"), needs).await
}

/// A report there is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportOffer {
    /// Its kind, for `POST /api/v1/reports` and for schedules.
    pub kind: ReportKind,
    /// What stands on it.
    #[schema(example = "Daily store brief")]
    pub title: String,
    /// What is in it.
    pub about: String,
    /// What somebody must be allowed to see.
    pub needs: Permission,
    /// As which files.
    pub formats: Vec<FileFormat>,
}

/// The reports there are.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reports {
    /// In the order of the gallery.
    pub reports: Vec<ReportOffer>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// The reports there are.
#[utoipa::path(get, path = "/reports", tag = "reports", responses((status = 200, body = Reports), Problem),
    security(("session" = ["reports.read"]), ("bearer" = ["reports.read"])))]
pub(crate) async fn reports(State(hub): State<HubState>, _viewer: Viewer) -> Answer<Reports> {
    let offer = |kind: &ReportKind| ReportOffer {
        kind: *kind,
        title: kind.title().to_owned(),
        about: kind.about().trim().to_owned(),
        needs: kind.needs(),
        formats: vec![FileFormat::Pdf, FileFormat::Xlsx, FileFormat::Csv],
    };
    Ok(Json(Reports { reports: ReportKind::ALL.iter().map(offer).collect(), as_of: hub.clock.now() }))
}

/// Renders a report: the job says when it is there, `GET /api/v1/reports/{job_id}/file` gives it. On a schedule:
/// `POST /api/v1/schedules` with the kind `report`.
#[utoipa::path(post, path = "/reports", tag = "reports", request_body = ReportOrder,
    responses((status = 202, body = Queued), Problem),
    security(("session" = ["reports.read"]), ("bearer" = ["reports.read"])))]
pub(crate) async fn create_report(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(order): Body<ReportOrder>,
) -> Result<(StatusCode, Json<Queued>), Problem> {
    order.check().map_err(Problem::Body)?;
    may_see(&hub, &viewer, order.kind.needs(), &order.store_ids).await?;
    let input = serde_json::to_value(&order).map_err(|error| Problem::Internal(error.into()))?;
    hub.queue(&viewer, "reports.create", (REPORT, input), (1, None)).await
}

/// The file of a report.
#[utoipa::path(get, path = "/reports/{id}/file", tag = "reports", params(("id" = Uuid, Path, description = "The job")),
    responses((status = 200, description = "The file", content(
        (FileBody = "text/csv"),
        (FileBody = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (FileBody = "application/pdf"))), Problem),
    security(("session" = ["reports.read"]), ("bearer" = ["reports.read"])))]
pub(crate) async fn report_file(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let needs = |input| serde_json::from_value(input).ok().map(|order: ReportOrder| order.kind.needs());
    file(&hub, &viewer, id, (REPORT, "reports.download"), needs).await
}

/// Whether the caller may see the rows at all, and reaches every store that was named.
async fn may_see(hub: &HubState, viewer: &Viewer, needs: Permission, stores: &[Uuid]) -> Result<(), Problem> {
    if !viewer.may(needs) {
        return Err(Problem::Forbidden { needs: needs.as_str() });
    }
    if stores.len() > MOST_STORES {
        return Err(Problem::parameter("store_ids", &stores.len().to_string(), "at most 1000 stores; all without"));
    }
    let mut tx = hub.store.begin_read(viewer.org).await?;
    for store in stores {
        let found = viewer.store(&mut tx, StoreId(*store)).await;
        found.map_err(|_| Problem::parameter("store_ids", "", "a list of stores that you reach yourself"))?;
    }
    Ok(())
}

pub(super) async fn file(
    hub: &HubState,
    viewer: &Viewer,
    id: Uuid,
    (kind, action): (&str, &str),
    needs: impl Fn(serde_json::Value) -> Option<Permission>,
) -> Result<Response, Problem> {
    let gone = || Problem::NotFound("file");
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let job = find(&mut tx, viewer, id).await.map_err(|_| gone())?;
    let output = outputs::get(&mut tx, viewer.org, id).await?;
    drop(tx);
    let output = output.filter(|output| job.kind == kind && output.removed_at.is_none()).ok_or_else(gone)?;
    // What is in it was the reach of whoever started it; who downloads it must be allowed to see such rows, too.
    let needs = needs(job.input).ok_or_else(gone)?;
    if !viewer.may(needs) {
        return Err(Problem::Forbidden { needs: needs.as_str() });
    }
    let path = hub.jobs.folder().path(&output.file);
    let file = match tokio::fs::File::open(&path).await {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(gone()),
        Err(error) => {
            return Err(Problem::Internal(
                anyhow::Error::new(error).context(format!("failed to open {}", path.display())),
            ));
        }
    };
    // Rows leave the hub here: who took which file stands in the audit log before the first byte does.
    hub.change(viewer).await?.commit(Told::new(action, id).after(&output.name)).await?;
    let parts = futures::stream::try_unfold(file, |mut file| async move {
        let mut part = vec![0; PART];
        let count = file.read(&mut part).await?;
        part.truncate(count);
        std::io::Result::Ok((count > 0).then(|| (Part::from(part), file)))
    });
    let headers = [
        (header::CONTENT_TYPE, output.media_type),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", output.name)),
        (header::CONTENT_LENGTH, output.size.to_string()),
        (header::ETAG, format!("\"{}\"", output.digest)),
    ];
    Ok((headers, Bytes::from_stream(parts)).into_response())
}
