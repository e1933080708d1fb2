//! `/api/v1/privacy`: what people ask for under the GDPR: to see what is kept of them (Art. 15), to take it with them
//! (Art. 20), to be erased (Art. 17).

mod shapes;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::SignedDuration;
use serde_json::json;
use utoipa::IntoParams;
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_store::Tx;
use vyavs_store::jobs::{self as queue, NewJob};
use vyavs_store::privacy::requests;
use vyavs_store::users;
use vyavs_vault::ledger::Reason;

use super::change::{Change, Told};
use super::params::{Body, IdPath, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use super::{Hub, HubState, exports};
use crate::access::{Permission, Role};
use crate::jobs::works::{PRIVACY_ERASE, PRIVACY_FILE, PRIVACY_ROTATE, preview};
use crate::privacy;

pub use shapes::{NewPrivacyRequest, PrivacyKind, PrivacyRequest, PrivacyRequests};

/// Art. 12(3) GDPR: within a month.
const ANSWER_DAYS: i64 = 30;
const TRIES: u32 = 5;

/// Query of [`privacy_requests`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PrivacyQuery {
    /// Requests a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    limit: u32,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Parameters for PrivacyQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self { limit: pairs.number("limit", 1, 500, 50)?, cursor: pairs.one("cursor", "a next_cursor")? })
    }
}

/// What people asked for, newest first.
#[utoipa::path(get, path = "/privacy/requests", tag = "privacy", params(PrivacyQuery),
    responses((status = 200, body = PrivacyRequests), Problem),
    security(("session" = ["privacy.manage"]), ("bearer" = ["privacy.manage"])))]
pub(crate) async fn privacy_requests(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<PrivacyQuery>,
) -> Answer<PrivacyRequests> {
    let (after, now) = (cursor(query.cursor.as_deref())?, hub.clock.now());
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let mut rows = requests::page(&mut tx, viewer.org, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut rows, query.limit, |row| (row.created_at, row.id));
    let requests = rows.into_iter().map(|row| PrivacyRequest::of(row, now)).collect();
    Ok(Json(PrivacyRequests { requests, next_cursor, as_of: now }))
}

/// One request.
#[utoipa::path(get, path = "/privacy/requests/{id}", tag = "privacy", params(("id" = Uuid, Path, description = "The request")),
    responses((status = 200, body = PrivacyRequest), Problem),
    security(("session" = ["privacy.manage"]), ("bearer" = ["privacy.manage"])))]
pub(crate) async fn privacy_request(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Answer<PrivacyRequest> {
    let row = find(&mut hub.store.begin_read(viewer.org).await?, &viewer, id).await?;
    Ok(Json(PrivacyRequest::of(row, hub.clock.now())))
}

async fn find(tx: &mut Tx<'_>, viewer: &Viewer, id: Uuid) -> Result<requests::Request, Problem> {
    requests::get(tx, viewer.org, id).await?.ok_or(Problem::NotFound("privacy request"))
}

/// Takes a request down. Access and portability are answered by a job at once; an erasure first shows what would go and what
/// must stay, and waits for `POST /api/v1/privacy/requests/{id}/confirm`.
#[utoipa::path(post, path = "/privacy/requests", tag = "privacy", request_body = NewPrivacyRequest,
    responses((status = 201, body = PrivacyRequest), Problem),
    security(("session" = ["privacy.manage", "step-up"]), ("bearer" = ["privacy.manage", "step-up"])))]
pub(crate) async fn create_privacy_request(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewPrivacyRequest>,
) -> Result<(StatusCode, Json<PrivacyRequest>), Problem> {
    let (now, org) = (hub.clock.now(), viewer.org);
    let reason = new.reason.as_deref().unwrap_or("request");
    reason.parse::<Reason>().map_err(|expected| Problem::parameter("reason", "", expected))?;
    let erasure = new.kind == PrivacyKind::Erasure;
    let mut change = hub.change_as_hub(&viewer).await?;
    let (about, subject, pseudonyms) = match (&new.customer_id, new.user_id) {
        (Some(number), None) => {
            let all = privacy::all_of(&hub.vault, org, number).await?;
            let standing = all.last().cloned();
            let expected = "the number of a loyalty account, 1 to 128 bytes";
            ("customer", standing.ok_or_else(|| Problem::parameter("customer_id", "", expected))?, all)
        }
        (None, Some(id)) => {
            let user = users::get(&mut change.tx, org, UserId(id)).await?.ok_or(Problem::NotFound("person"))?;
            if erasure {
                may_erase(&mut change, &viewer, &user).await?;
            }
            ("person", id.to_string(), Vec::new())
        }
        _ => return Err(Problem::Body("give exactly one of customer_id and user_id".to_owned())),
    };
    let id = Uuid::now_v7();
    let mut request = requests::Request {
        id,
        org,
        kind: new.kind.as_str().to_owned(),
        about: about.to_owned(),
        subject,
        pseudonyms,
        reason: reason.to_owned(),
        state: if erasure { "preview" } else { "running" }.to_owned(),
        asked_by: viewer.actor.id(),
        created_at: now,
        due_at: now.saturating_add(SignedDuration::from_hours(24 * ANSWER_DAYS)).unwrap_or(now),
        ended_at: None,
        job: None,
        preview: None,
        result: None,
    };
    if erasure {
        request.preview = Some(preview(&mut change.tx, &request).await?);
    } else {
        request.job = Some(enqueue(&hub, &viewer, &mut change, PRIVACY_FILE, id).await?);
    }
    requests::insert(&mut change.tx, &request).await?;
    // Who it is about stands in the request, and not in the log that outlives it.
    let told = json!({"kind": request.kind, "about": request.about, "reason": request.reason});
    change.commit(Told::new("privacy.request", id).after(&told)).await?;
    hub.jobs.ring();
    Ok((StatusCode::CREATED, Json(PrivacyRequest::of(request, now))))
}

/// Whoever erases somebody must be allowed to change them, is somebody else, and leaves an owner.
async fn may_erase(change: &mut Change<'_>, viewer: &Viewer, user: &users::User) -> Result<(), Problem> {
    super::people::may_grant(viewer, user.role.parse().unwrap_or(Role::Viewer))?;
    if viewer.actor.id() == user.id.0 {
        return Err(Problem::Conflict("nobody erases themselves; ask another owner".to_owned()));
    }
    let all = users::list(&mut change.tx, viewer.org).await?;
    let stays =
        |other: &&users::User| other.role == Role::Owner.as_str() && other.disabled_at.is_none() && other.id != user.id;
    if !all.iter().any(|other| stays(&other)) {
        return Err(Problem::Conflict("this is the last owner; make another one first".to_owned()));
    }
    Ok(())
}

async fn enqueue(
    hub: &Hub,
    viewer: &Viewer,
    change: &mut Change<'_>,
    kind: &str,
    request: Uuid,
) -> Result<Uuid, Problem> {
    let now = hub.clock.now();
    let new = NewJob {
        id: Uuid::now_v7(),
        org: viewer.org,
        kind: kind.to_owned(),
        input: json!({"request_id": request}),
        once: Some(format!("{kind}:{request}")),
        priority: 5,
        run_at: now,
        actor: viewer.actor,
        schedule: None,
        max_failures: TRIES,
    };
    Ok(queue::enqueue(&mut change.tx, &new, now).await?.0)
}

/// Erases: the data key is destroyed and the ledger written, rows are rewritten, files removed. There is no way back.
#[utoipa::path(post, path = "/privacy/requests/{id}/confirm", tag = "privacy",
    params(("id" = Uuid, Path, description = "The request")),
    responses((status = 202, body = PrivacyRequest), Problem),
    security(("session" = ["privacy.manage", "step-up"]), ("bearer" = ["privacy.manage", "step-up"])))]
pub(crate) async fn confirm_erasure(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<(StatusCode, Json<PrivacyRequest>), Problem> {
    let mut change = hub.change_as_hub(&viewer).await?;
    let request = find(&mut change.tx, &viewer, id).await?;
    if request.kind == PrivacyKind::Erasure.as_str() && request.about == "person" && request.state == "preview" {
        let user = Uuid::try_parse(&request.subject).unwrap_or_default();
        let user = users::get(&mut change.tx, viewer.org, UserId(user)).await?.ok_or(Problem::NotFound("person"))?;
        may_erase(&mut change, &viewer, &user).await?;
    }
    let job = enqueue(&hub, &viewer, &mut change, PRIVACY_ERASE, id).await?;
    if request.kind != PrivacyKind::Erasure.as_str() || !requests::confirm(&mut change.tx, viewer.org, id, job).await? {
        return Err(Problem::Conflict("only an erasure that waits for it can be confirmed".to_owned()));
    }
    let after = find(&mut change.tx, &viewer, id).await?;
    change.commit(Told::new("privacy.confirm", id)).await?;
    hub.jobs.ring();
    Ok((StatusCode::ACCEPTED, Json(PrivacyRequest::of(after, hub.clock.now()))))
}

/// All that is kept of the subject, as one JSON document.
#[utoipa::path(get, path = "/privacy/requests/{id}/file", tag = "privacy", params(("id" = Uuid, Path, description = "The request")),
    responses((status = 200, description = "The file", body = Object, content_type = "application/json"), Problem),
    security(("session" = ["privacy.manage", "step-up"]), ("bearer" = ["privacy.manage", "step-up"])))]
pub(crate) async fn privacy_file(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let request = find(&mut hub.store.begin_read(viewer.org).await?, &viewer, id).await?;
    let job = request.job.ok_or(Problem::NotFound("file"))?;
    exports::file(&hub, &viewer, job, (PRIVACY_FILE, "privacy.download"), |_| Some(Permission::PrivacyManage)).await
}

/// Begins a new version of the organization's key and wraps every data key under it, while everything goes on.
#[utoipa::path(post, path = "/privacy/keys/rotate", tag = "privacy",
    responses((status = 202, body = super::jobs::Queued), Problem),
    security(("session" = ["privacy.manage", "step-up"]), ("bearer" = ["privacy.manage", "step-up"])))]
pub(crate) async fn rotate_keys(
    State(hub): State<HubState>,
    viewer: Viewer,
) -> Result<(StatusCode, Json<super::jobs::Queued>), Problem> {
    hub.queue(&viewer, "privacy.rotate_keys", (PRIVACY_ROTATE, json!({})), (5, None)).await
}
