//! Versions of rows as entity tags (RFC 9110 §8.8.3, §13.1.1): who changes a row says which version was read.

use axum::http::{HeaderMap, HeaderName, header};

use super::problem::Problem;

/// The header that names a version.
pub(crate) fn etag(version: i64) -> [(HeaderName, String); 1] {
    [(header::ETAG, format!("\"{version}\""))]
}

/// The version a change expects.
pub(crate) fn expected(headers: &HeaderMap, what: &'static str) -> Result<i64, Problem> {
    let given = headers.get(header::IF_MATCH).ok_or(Problem::NoVersion(what))?;
    let text = given.to_str().unwrap_or("");
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::parameter("If-Match", text, "the ETag of an earlier answer"))
}
