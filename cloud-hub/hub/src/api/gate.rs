//! The gate before every handler: who, may it, not too often, not twice, and written down.
//!
//! ```text
//! authenticate → permission → fresh factor → rate → Idempotency-Key → handler → audit
//! ```

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use tracing::{error, warn};
use vyavs_store::audit_log::{self, Entry};
use vyavs_store::data_keys::Shelf;
use vyavs_store::idempotency::{self, Answered, Begun};
use vyavs_vault::{Place, Sealed, Subject};

use super::access::Need;
use super::problem::{Problem, RequestId};
use super::viewer::{self, Viewer};
use super::{BODY_LIMIT, HubState};
use crate::access::Permission;

/// For so long after a factor was shown a sign-in may do what asks for a fresh one.
pub(crate) const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// After so long without an answer another call with the same Idempotency-Key may go ahead: the process died over it.
const STALE: SignedDuration = SignedDuration::from_mins(2);
/// The longest Idempotency-Key.
const LONGEST_KEY: usize = 200;
const REQUEST: Place<'static> = Place::new("idempotency", "request");
const BODY: Place<'static> = Place::new("idempotency", "body");

/// Lets a request through to its handler when the route's declared need is met.
pub(crate) async fn admit(State(hub): State<HubState>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or_else(String::new, |path| path.as_str().to_owned());
    let viewer = match hub.access.need(&route, request.method()) {
        None => {
            let mut refused = Problem::Method.into_response();
            // A route's methods are ASCII, so they always make a header.
            refused
                .headers_mut()
                .extend(HeaderValue::try_from(hub.access.methods(&route)).map(|all| (header::ALLOW, all)));
            return refused;
        }
        Some(Need::Open) => return next.run(request).await,
        Some(Need::Permission { permission, step_up }) => {
            let id = request.extensions().get::<RequestId>().map_or("", |id| id.0.as_str());
            match viewer::authenticate(&hub, request.headers(), request.method(), id).await {
                Err(problem) => return problem.into_response(),
                Ok(viewer) => {
                    allow(&hub, &viewer, permission, step_up).map(|()| viewer.clone()).map_err(|no| (viewer, no))
                }
            }
        }
    };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let writes = !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
    let (viewer, response) = match viewer {
        Err((viewer, problem)) => (viewer, problem.into_response()),
        Ok(viewer) => match hub.limits.take(viewer.org, viewer.actor.id()) {
            Err(limit) => (viewer, Problem::from(limit).into_response()),
            Ok(limit) => {
                let mut response = run(&hub, &viewer, request, next, writes).await;
                limit.show(response.headers_mut());
                (viewer, response)
            }
        },
    };
    if writes && !viewer.was_audited() {
        note(&hub, &viewer, format!("{method} {route}"), path, response.status()).await;
    }
    response
}

fn allow(hub: &super::Hub, viewer: &Viewer, permission: Permission, step_up: bool) -> Result<(), Problem> {
    if !viewer.may(permission) {
        return Err(Problem::Forbidden { needs: permission.as_str() });
    }
    // A key cannot show a factor; what it may do was decided by a person who had just shown one.
    let Some(signed_in) = viewer.signed_in.as_ref().filter(|_| step_up) else { return Ok(()) };
    let fresh = signed_in.authenticated_at.is_some_and(|at| hub.clock.now().duration_since(at) < FRESH);
    if fresh { Ok(()) } else { Err(Problem::StepUp) }
}

async fn run(hub: &HubState, viewer: &Viewer, mut request: Request, next: Next, writes: bool) -> Response {
    request.extensions_mut().insert(viewer.clone());
    match request.headers().get("idempotency-key").cloned() {
        Some(key) if writes => match once(hub, viewer, key, request, next).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(),
        },
        _ => next.run(request).await,
    }
}

/// Answers a write that names a key once; the same again gets the same answer (draft-ietf-httpapi-idempotency-key-header).
async fn once(
    hub: &HubState,
    viewer: &Viewer,
    key: HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let expected = "1 to 200 visible ASCII characters";
    let key = key.to_str().ok().filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    let key = key.ok_or_else(|| Problem::parameter("Idempotency-Key", "", expected))?;
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| Problem::TooLarge { limit: BODY_LIMIT })?;
    let (now, place) = (hub.clock.now(), (viewer.org, viewer.actor.id(), key));
    let row = format!("{}:{key}", viewer.actor.id());
    let mut tx = hub.store.begin_write_for(viewer.org).await?;
    // Requests and answers hold passwords and new secrets: what is kept of them tells nothing without the hub's key.
    let secrets =
        hub.vault.key_for(&mut Shelf(&mut tx), viewer.org, &Subject::secrets(), now).await.map_err(Problem::ours)?;
    let asked = [parts.method.as_str().as_bytes(), b"\n", parts.uri.to_string().as_bytes(), b"\n", &body].concat();
    let asked = secrets.fingerprint(&REQUEST.row(&row), &asked).map_err(Problem::ours)?;
    let begun = idempotency::begin(&mut tx, place, &asked, now, now - STALE).await?;
    tx.commit().await?;
    match begun {
        Begun::First => {}
        Begun::Done(mut answered) => {
            viewer.note_audited();
            let sealed = Sealed::try_from(answered.body).map_err(Problem::ours)?;
            answered.body = secrets.open(&BODY.row(&row), &sealed).map_err(Problem::ours)?.to_vec();
            return Ok(again(answered));
        }
        Begun::Running => {
            return Err(Problem::Conflict("the same request is being answered now; ask again in a moment".to_owned()));
        }
        Begun::Other => return Err(Problem::KeyReused),
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let mut tx = hub.store.begin_write_for(viewer.org).await?;
    if !response.status().is_success() {
        // Nothing was changed: it may be tried again under the same key.
        idempotency::forget(&mut tx, place).await?;
        tx.commit().await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|error| Problem::Internal(error.into()))?;
    let content = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("").to_owned();
    let sealed = secrets.seal(&BODY.row(&row), &body).map_err(Problem::ours)?.into_bytes();
    let answered = Answered { status: parts.status.as_u16(), content, body: sealed };
    idempotency::finish(&mut tx, place, &answered).await?;
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(answered: Answered) -> Response {
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answered.body).into_response();
    if let Ok(kind) = HeaderValue::from_str(&answered.content) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}

/// Writes down a call that has not written itself down: one that was refused, or that changed nothing of the database.
async fn note(hub: &HubState, viewer: &Viewer, action: String, object: String, status: StatusCode) {
    let entry = Entry {
        at: hub.clock.now(),
        actor: viewer.actor,
        action,
        object: Some(object),
        status: status.as_u16(),
        request_id: viewer.request_id.clone(),
        before: None,
        after: None,
    };
    let written = async {
        let mut tx = hub.store.begin_write_for(viewer.org).await?;
        audit_log::append(&mut tx, viewer.org, &entry).await?;
        tx.commit().await
    };
    if let Err(cause) = written.await {
        let cause = anyhow::Error::from(cause);
        if status.is_success() {
            error!(request.id = viewer.request_id, "a call that succeeded is not in the audit log: {cause:#}");
        } else {
            warn!(request.id = viewer.request_id, "a refused call is not in the audit log: {cause:#}");
        }
    }
}
