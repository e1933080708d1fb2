//! The dashboard's files: embedded in the program (feature `embed-ui`), or from a directory.
//!
//! Hashed assets are cached for ever and a missing one is a 404, never the page; the page itself is asked for again each
//! time. What the build compressed beforehand is served as it is, each form with its own strong ETag.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Where the dashboard's files are.
#[derive(Clone, Debug)]
pub enum Ui {
    /// In the program.
    #[cfg(feature = "embed-ui")]
    Embedded,
    /// In a directory: `[http] ui_dir`, for the demo and for work on the dashboard.
    Dir(PathBuf),
    /// Nowhere: the hub answers its API only.
    Absent,
}

#[cfg(feature = "embed-ui")]
#[derive(rust_embed::Embed)]
#[folder = "../dashboard/dist"]
#[exclude = "*.map"]
struct Dist;

/// What a browser may load with the page. Styles are the one exception to "no inline": the dashboard's component library
/// writes its style elements at run time. No script can come in that way.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

impl Ui {
    /// The directory when one is configured, else what is in the program.
    pub fn choose(dir: Option<PathBuf>) -> Self {
        match dir {
            Some(dir) => Self::Dir(dir),
            #[cfg(feature = "embed-ui")]
            None => Self::Embedded,
            #[cfg(not(feature = "embed-ui"))]
            None => Self::Absent,
        }
    }

    /// The bytes of a file; `path` is relative and has only plain parts (see [`plain`]).
    async fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            #[cfg(feature = "embed-ui")]
            Self::Embedded => Dist::get(path).map(|file| file.data),
            Self::Dir(dir) => {
                let file = dir.join(path);
                let inside = tokio::fs::canonicalize(&file).await.ok()?;
                // A link that leads out of the directory is not part of it.
                if !inside.starts_with(tokio::fs::canonicalize(dir).await.ok()?) {
                    return None;
                }
                tokio::fs::read(inside).await.ok().map(Cow::Owned)
            }
            Self::Absent => None,
        }
    }

    /// Serves whatever is not the API.
    pub fn router(self) -> Router {
        Router::new().fallback(serve).with_state(Arc::new(self))
    }
}

async fn serve(State(ui): State<Arc<Ui>>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path();
    let Some(name) = plain(path) else { return StatusCode::NOT_FOUND.into_response() };
    let wanted = if name.is_empty() { "index.html" } else { name.as_str() };
    if let Some(found) = file(&ui, wanted, request.headers()).await {
        return found;
    }
    // A page of the app, asked for by a person: the app finds its way itself. Anything else that is missing is missing.
    let person = request.headers().get(header::ACCEPT).is_some_and(|accept| {
        accept.to_str().is_ok_and(|accept| accept.split(',').any(|kind| kind.trim().starts_with("text/html")))
    });
    let named = Path::new(&name).extension().is_some();
    if request.method() == Method::GET && person && !named && !name.starts_with("assets/") {
        if let Some(page) = file(&ui, "index.html", request.headers()).await {
            return page;
        }
        if matches!(*ui, Ui::Absent) && name.is_empty() {
            const NOTE: &str = "This hub was built without its dashboard. Build it with the feature embed-ui, or set \
                ui_dir in [http]. The API is under /api/v1.\n";
            return (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], NOTE).into_response();
        }
    }
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")]).into_response()
}

/// The relative path of a request; `None` for one that would leave the directory or hide something.
fn plain(path: &str) -> Option<String> {
    let path = path.strip_prefix('/')?;
    // Build output has plain names; whatever needs an escape is not one of them.
    if path.contains(['%', '\\', '\0']) {
        return None;
    }
    let parts = Path::new(path).components();
    let clean = parts.into_iter().all(|part| match part {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    });
    (clean && !path.contains("//")).then(|| path.trim_end_matches('/').to_owned())
}

async fn file(ui: &Ui, name: &str, headers: &HeaderMap) -> Option<Response> {
    // A compressed twin is a form of its file, not a file to ask for.
    if name.ends_with(".br") || name.ends_with(".gz") {
        return None;
    }
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut chosen = None;
    for (coding, ending) in [("br", ".br"), ("gzip", ".gz")] {
        if accepted(accepts, coding)
            && let Some(bytes) = ui.read(&format!("{name}{ending}")).await
        {
            chosen = Some((Some(coding), bytes));
            break;
        }
    }
    let (coding, bytes) = match chosen {
        Some(chosen) => chosen,
        None => (None, ui.read(name).await?),
    };
    let tag = format!("\"{}\"", &blake3::hash(&bytes).to_hex()[..32]);
    let mut response = if matches_tag(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(bytes.into_owned()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(name)));
        if let Some(coding) = coding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    };
    let forever = name.starts_with("assets/");
    let cache = if forever { "public, max-age=31536000, immutable" } else { "no-cache" };
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    fields.insert(header::ETAG, HeaderValue::from_str(&tag).ok()?);
    fields.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    Some(response)
}

/// Whether an `Accept-Encoding` allows a coding (RFC 9110 §12.5.3): named, and not with weight zero.
fn accepted(accepts: &str, coding: &str) -> bool {
    accepts.split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
        name.trim().eq_ignore_ascii_case(coding) && weight > 0.0
    })
}

fn matches_tag(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or("");
    given.trim() == "*" || given.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
}

fn kind(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "jpg" | "jpeg" => "image/jpeg",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_leave_the_directory() {
        assert_eq!(plain("/assets/app-1.js").as_deref(), Some("assets/app-1.js"));
        assert_eq!(plain("/").as_deref(), Some(""));
        for bad in ["/../x", "/a/../../x", "/%2e%2e/x", "/.env", "/a/.git/x", "//etc/passwd", "/a\\b", "x"] {
            assert_eq!(plain(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_coding_counts_when_it_is_named_and_wanted() {
        assert!(accepted("gzip, deflate, br", "br"));
        assert!(accepted("br;q=0.5", "br"));
        assert!(!accepted("br;q=0, gzip", "br"));
        assert!(!accepted("gzip", "br"));
        assert!(!accepted("brotli", "br"));
    }
}
