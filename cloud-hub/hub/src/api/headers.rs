//! What every answer says to the browser, the patience of the API, and the last net under a handler.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;

use super::HubState;
use super::problem::Problem;

/// The longest a handler may take to begin its answer. A stream begins at once and may last.
const PATIENCE: Duration = Duration::from_secs(30);

/// An API answer is no page: nothing may be loaded or framed.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// On every answer of the hub.
pub(crate) async fn guard(State(hub): State<HubState>, request: Request, next: Next) -> Response {
    let page = !request.uri().path().starts_with("/api/") && !request.uri().path().starts_with("/auth/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &str); 6] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if hub.address.secure {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(API_POLICY));
    if !page {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.remove(header::SERVER);
    response
}

/// Around the API's handlers: too slow is a problem, and so is a panic, of this one request.
pub(crate) async fn net(request: Request, next: Next) -> Response {
    match tokio::time::timeout(PATIENCE, AssertUnwindSafe(next.run(request)).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::Internal(anyhow::anyhow!("a handler panicked")).into_response(),
        Err(_) => Problem::Timeout.into_response(),
    }
}
