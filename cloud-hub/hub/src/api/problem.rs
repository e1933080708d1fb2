//! Every failure of the API, and the one place that renders it: `application/problem+json` (RFC 9457).
//!
//! A handler fails with a [`Problem`]; the outermost layer ([`render`]) gives it the request's id, logs what is our own
//! fault once with its cause, and shows none of that cause outside.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tracing::{error, info};
use utoipa::ToSchema;
use vyavs_signin::link::LinkError;

/// What a handler answers.
pub type Answer<T> = Result<axum::Json<T>, Problem>;

/// The id of a request, in its extensions.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// In the extensions of a failure that another standard has given a shape of its own: it is left as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnShape;

/// Names the request in logs and problems.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A parameter of the path or query that is not what it should be.
    #[error("{field}: {got:?} is not {expected}")]
    Parameter {
        /// Its name.
        field: String,
        /// As given, cut to a bounded length.
        got: String,
        /// What would have been right.
        expected: String,
    },
    /// A body that is not what it should be; the text names the field.
    #[error("{0}")]
    Body(String),
    /// Nobody signed in, or a token that is not good (any more).
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// E-mail or password is wrong; which one is not said.
    #[error("e-mail or password is wrong")]
    Credentials,
    /// The password was right, and the person has a second factor.
    #[error("a passkey or a code of your authenticator app is needed, or a recovery code")]
    SecondFactor,
    /// A code that is wrong, or was used before; which one is not said.
    #[error("the code is wrong or was used before")]
    Code,
    /// A passkey that does not hold; why, is not said.
    #[error("the passkey was not accepted")]
    Passkey,
    /// The caller does not hold the permission.
    #[error("this needs {needs}")]
    Forbidden {
        /// The permission.
        needs: &'static str,
    },
    /// The sign-in is too old for what is asked.
    #[error("this needs a factor shown within the last 15 minutes")]
    StepUp,
    /// More often than the limit.
    #[error("{whose} asked more often than the limit")]
    TooOften {
        /// `you`, the organization, or the address.
        whose: &'static str,
        /// When the next may come.
        seconds: u64,
    },
    /// An Idempotency-Key that was used for another request.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// `If-Match` names another version than the one that is there.
    #[error("{0} was changed by somebody else meanwhile; nothing was changed")]
    Stale(&'static str),
    /// A change without `If-Match`.
    #[error("a change of {0} needs If-Match with the ETag that was read")]
    NoVersion(&'static str),
    /// A write by cookie that did not prove where it comes from.
    #[error("{0}")]
    Csrf(&'static str),
    /// Not here, or not yours: the two look the same.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// No route of that name.
    #[error("there is no such route")]
    NoRoute,
    /// The route has no such method.
    #[error("this route has no such method")]
    Method,
    /// An enrolment token that is unknown, used or expired.
    #[error("{0}")]
    EnrolmentToken(&'static str),
    /// A link that does not work (any more).
    #[error("{0}")]
    Link(LinkError),
    /// The state of things does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// A run of an engine that this hub does not have.
    #[error("no {0} engine is installed in this hub, so nothing was computed; the request itself is well formed")]
    NoEngine(&'static str),
    /// The body is longer than the limit.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: usize,
    },
    /// The body is not JSON.
    #[error("the body must be application/json")]
    MediaType,
    /// Too many attempts.
    #[error("{0}")]
    TooMany(&'static str),
    /// Too busy now.
    #[error("the hub is too busy to answer this now")]
    Busy,
    /// Took longer than the limit.
    #[error("this took longer than the limit")]
    Timeout,
    /// Our own fault; the cause is logged and not shown.
    #[error("the hub failed to answer")]
    Internal(#[source] anyhow::Error),
}

impl Problem {
    /// A parameter that is not what it should be.
    pub(crate) fn parameter(field: impl Into<String>, got: &str, expected: impl Into<String>) -> Self {
        Self::Parameter { field: field.into(), got: got.chars().take(80).collect(), expected: expected.into() }
    }

    /// A failure of ours, unless the database beneath it could not answer for now.
    pub(crate) fn ours(cause: impl Into<anyhow::Error>) -> Self {
        let cause = cause.into();
        let store = cause.chain().find_map(|error| error.downcast_ref::<vyavs_store::StoreError>());
        if store.is_some_and(vyavs_store::StoreError::is_transient) {
            tracing::warn!("the database could not answer: {cause:#}");
            return Self::Busy;
        }
        Self::Internal(cause)
    }

    /// The status, a stable name, and what a caller can do.
    fn face(&self) -> (StatusCode, &'static str, &'static str, Option<String>) {
        let some = |text: &str| Some(text.to_owned());
        match self {
            Self::Parameter { field, expected, .. } => (
                StatusCode::BAD_REQUEST,
                "bad-parameter",
                "A parameter is not valid",
                Some(format!("Give {field} as {expected}.")),
            ),
            Self::Body(_) => (
                StatusCode::BAD_REQUEST,
                "bad-body",
                "The body is not valid",
                some("Compare it with the schema in /api/v1/openapi.json; nothing was changed."),
            ),
            Self::Unauthenticated(_) => (
                StatusCode::UNAUTHORIZED,
                "not-signed-in",
                "Sign in first",
                some("POST /api/v1/auth/login, or refresh the access token."),
            ),
            Self::Credentials => (
                StatusCode::UNAUTHORIZED,
                "wrong-credentials",
                "Not signed in",
                some("Check both; an administrator can set a new password with `vyavs-hub user`."),
            ),
            Self::SecondFactor => (
                StatusCode::FORBIDDEN,
                "second-factor",
                "Second factor",
                some(
                    "Send the same again with `passkey`, or with `code`: six digits of the app, or one of the recovery codes.",
                ),
            ),
            Self::Code => (
                StatusCode::FORBIDDEN,
                "wrong-code",
                "Not confirmed",
                some("Wait for the app's next code; an administrator can take a lost second factor away."),
            ),
            Self::Passkey => (
                StatusCode::FORBIDDEN,
                "wrong-passkey",
                "Not confirmed",
                some(
                    "Begin again; a passkey must be one of this account, used on this hub's own pages within five minutes.",
                ),
            ),
            Self::Forbidden { .. } => (
                StatusCode::FORBIDDEN,
                "forbidden",
                "Not allowed",
                some("An administrator can change your role; /api/v1/permissions/explain says who holds it."),
            ),
            Self::StepUp => (
                StatusCode::FORBIDDEN,
                "step-up",
                "Show a factor again",
                some("POST /api/v1/auth/step-up, then try again."),
            ),
            Self::TooOften { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate-limit",
                "Too many requests",
                some("Wait as long as Retry-After says; the limit is in RateLimit-Policy of every answer."),
            ),
            Self::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key",
                "The key is taken",
                some("Use a new Idempotency-Key for a new request; nothing was changed."),
            ),
            Self::Stale(_) => (
                StatusCode::PRECONDITION_FAILED,
                "stale",
                "Changed meanwhile",
                some("Read it again, and apply the change to what is there now."),
            ),
            Self::NoVersion(_) => (
                StatusCode::PRECONDITION_REQUIRED,
                "if-match",
                "Which version?",
                some("Send If-Match with the ETag of the last answer."),
            ),
            Self::Csrf(_) => (
                StatusCode::FORBIDDEN,
                "cross-site",
                "The request does not come from the dashboard",
                some("Send X-Vyavs-Csrf: 1 from the hub's own origin, or a bearer token."),
            ),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not-found", "Not found", None),
            Self::NoRoute => {
                (StatusCode::NOT_FOUND, "no-route", "Not found", some("All routes stand in /api/v1/openapi.json."))
            }
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "Method not allowed",
                some("All methods stand in /api/v1/openapi.json."),
            ),
            Self::EnrolmentToken(_) => (
                StatusCode::FORBIDDEN,
                "enrolment-token",
                "The token is refused",
                some("Ask for a new one: `vyavs-hub enrol-token`, or the Fleet page."),
            ),
            Self::Link(LinkError::Malformed | LinkError::Checksum) => (
                StatusCode::BAD_REQUEST,
                "bad-link",
                "The link is damaged",
                some("Copy the whole link out of the mail, without line breaks."),
            ),
            Self::Link(_) => (
                StatusCode::GONE,
                "link",
                "The link does not work",
                some("Ask for a new one: an administrator invites again; POST /api/v1/auth/password/forgot resets."),
            ),
            Self::Conflict(_) => (StatusCode::CONFLICT, "conflict", "Not possible now", None),
            Self::NoEngine(_) => (
                StatusCode::CONFLICT,
                "engine-not-installed",
                "No engine for this",
                some("Reads of the same page answer with what there is; ask whoever runs the hub for the engine."),
            ),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", None),
            Self::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Not JSON",
                some("Send Content-Type: application/json."),
            ),
            Self::TooMany(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests", some("Wait a minute."))
            }
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Too busy", some("Try again in a few seconds.")),
            Self::Timeout => {
                (StatusCode::SERVICE_UNAVAILABLE, "timeout", "Too slow", some("Ask for less, or try again."))
            }
            Self::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "The hub failed",
                some("Try again; if it stays, give the request id to whoever runs the hub."),
            ),
        }
    }

    /// For an error response that no handler of ours made: the framework's own.
    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NoRoute,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge { limit: super::BODY_LIMIT },
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MediaType,
            status if status.is_client_error() => Self::Body(format!("the request was refused ({status})")),
            status => Self::Internal(anyhow::anyhow!("a layer answered {status}")),
        }
    }
}

impl From<vyavs_store::StoreError> for Problem {
    fn from(error: vyavs_store::StoreError) -> Self {
        Self::ours(error)
    }
}

impl utoipa::IntoResponses for Problem {
    fn responses() -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
        use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response =
            ResponseBuilder::new().description("A problem").content("application/problem+json", content).build();
        [("default".to_owned(), response.into())].into()
    }
}

/// A problem (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A stable name of the kind of problem, as a URN.
    #[serde(rename = "type")]
    #[schema(example = "urn:vyavs:problem:bad-parameter")]
    pub kind: String,
    /// The kind, for people.
    #[schema(example = "A parameter is not valid")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 400)]
    pub status: u16,
    /// This very case, for people: what, where.
    #[schema(required, example = "limit: \"9000\" is not a whole number from 1 to 500")]
    pub detail: Option<String>,
    /// What to do about it.
    #[schema(required, example = "Give limit as a whole number from 1 to 500.")]
    pub fix_hint: Option<String>,
    /// Finds this request in the hub's log.
    #[schema(example = "0199c0de-0000-7000-8000-00000000beef")]
    pub request_id: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.face().0.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// The outermost layer: gives the request an id and turns every failure into a problem.
pub(crate) async fn render(mut request: Request, next: Next) -> Response {
    let id = uuid::Uuid::new_v4().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let status = response.status();
    let failed = (status.is_client_error() || status.is_server_error())
        && response.extensions_mut().remove::<OwnShape>().is_none();
    let problem = response.extensions_mut().remove::<Arc<Problem>>();
    if failed && (problem.is_some() || path.starts_with("/api") || path.starts_with("/auth")) {
        let problem = problem.unwrap_or_else(|| Arc::new(Problem::of_status(status)));
        if let Problem::Internal(cause) = &*problem {
            error!(request.id = id, http.path = path, "{method} failed: {cause:#}");
        } else if status == StatusCode::FORBIDDEN {
            info!(request.id = id, http.path = path, "{method} refused: {problem}");
        }
        let kept = response.headers().clone();
        response = body(&problem, &id);
        for (name, value) in kept.iter().filter(|(name, _)| !name.as_str().starts_with("content-")) {
            response.headers_mut().append(name, value.clone());
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn body(problem: &Problem, id: &str) -> Response {
    let (status, name, title, fix_hint) = problem.face();
    let body = ProblemBody {
        kind: format!("urn:vyavs:problem:{name}"),
        title: title.to_owned(),
        status: status.as_u16(),
        detail: Some(problem.to_string()),
        fix_hint,
        request_id: id.to_owned(),
    };
    let mut response = (status, axum::Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    match problem {
        Problem::Unauthenticated(_) | Problem::Credentials => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"vyavs\""));
        }
        Problem::TooMany(_) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        Problem::TooOften { seconds, .. } => {
            headers.insert(header::RETRY_AFTER, (*seconds).into());
        }
        Problem::Busy | Problem::Timeout => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
        }
        _ => {}
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_fault_shows_no_cause() {
        let problem = Problem::Internal(anyhow::anyhow!("password of the database is hunter2"));
        let text = format!("{problem} {:?}", problem.face().3);
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_long_parameter_is_not_echoed_whole() {
        let problem = Problem::parameter("limit", &"9".repeat(10_000), "a whole number from 1 to 500");
        assert!(problem.to_string().len() < 200);
    }
}
