//! What the page answers when it cannot (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// One refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NoSession,
    WrongPin,
    Locked { wait_s: u64 },
    NoPin,
    NotFromHere,
    Name,
    Nothing,
    TooMany,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, kind, title, detail) = match self {
            Self::NoSession => {
                (StatusCode::UNAUTHORIZED, "no-session", "Sign in", "Enter the PIN of this box.".to_owned())
            }
            Self::WrongPin => (
                StatusCode::UNAUTHORIZED,
                "wrong-pin",
                "That is not the PIN",
                "It lies in the PIN file on this box.".to_owned(),
            ),
            Self::Locked { wait_s } => {
                (StatusCode::TOO_MANY_REQUESTS, "locked", "Too many wrong PINs", format!("Try again in {wait_s} s."))
            }
            Self::NoPin => {
                (StatusCode::BAD_REQUEST, "no-pin", "No PIN was sent", "Expected JSON: {\"pin\": \"…\"}.".to_owned())
            }
            Self::NotFromHere => (
                StatusCode::FORBIDDEN,
                "not-from-here",
                "Not asked by this page",
                "A change needs the header X-Vyavs: 1.".to_owned(),
            ),
            Self::Name => (
                StatusCode::MISDIRECTED_REQUEST,
                "name",
                "Unknown host name",
                "Open this page by its IP address or as localhost.".to_owned(),
            ),
            Self::Nothing => {
                (StatusCode::NOT_FOUND, "nothing-here", "Nothing here", "This box has no such page.".to_owned())
            }
            Self::TooMany => (
                StatusCode::SERVICE_UNAVAILABLE,
                "too-many",
                "Too many open pages",
                "Close one of the other windows of this page.".to_owned(),
            ),
        };
        let body = json!({
            "type": format!("https://vyavs.ai/problems/{kind}"),
            "title": title,
            "status": status.as_u16(),
            "detail": detail,
        });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Self::Locked { wait_s } = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
        }
        response
    }
}
