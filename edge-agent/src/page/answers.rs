//! What the page is asked, and what it answers.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Desk;
use super::gate::{Closed, SESSION};
use super::problem::Problem;
use crate::health::Status;

const COOKIE: &str = "vyavs_page";
/// How often a watcher looks for a change, and after how many looks it tells without one: values age too.
const LOOK: Duration = Duration::from_millis(500);
const QUIET_LOOKS: u32 = 4;

/// Somebody who showed the PIN: by a session, or with every request (programs).
pub(super) struct Guest;

impl FromRequestParts<Desk> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        if let Some(pin) = bearer(&parts.headers) {
            return desk.gate.check(pin, Instant::now()).map(|()| Self).map_err(refusal);
        }
        match token(&parts.headers) {
            Some(token) if desk.gate.knows(token, Instant::now()) => Ok(Self),
            _ => Err(Problem::NoSession),
        }
    }
}

fn refusal(closed: Closed) -> Problem {
    match closed {
        Closed::Wrong => Problem::WrongPin,
        Closed::Locked(wait) => Problem::Locked { wait_s: wait.as_secs() + 1 },
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Before every answer: no foreign name may point here (DNS rebinding), no foreign page may change anything; after it,
/// headers that keep it out of frames and caches.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let own_name = request.headers().get(header::HOST).is_some_and(|host| is_own_name(host.to_str().unwrap_or("")));
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    let mut response = if !own_name {
        Problem::Name.into_response()
    } else if changes && !request.headers().contains_key("x-vyavs") {
        Problem::NotFromHere.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// `localhost` or an address: a name of somebody else's cannot be either.
fn is_own_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

/// `GET /`: the document; it holds no data.
pub(super) async fn document(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let document = &desk.document;
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == document.etag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], document.body.clone()).into_response()
    };
    let headers = response.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).expect("printable ASCII");
    headers.insert(header::CONTENT_SECURITY_POLICY, value(&document.policy));
    headers.insert(header::ETAG, value(&document.etag));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[derive(Deserialize)]
pub(super) struct Login {
    pin: String,
}

/// `POST /local/login {"pin"}`: a session for a shift.
pub(super) async fn login(
    State(desk): State<Desk>,
    body: Result<Json<Login>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(login) = body.map_err(|_| Problem::NoPin)?;
    desk.gate.check(login.pin.trim(), Instant::now()).map_err(refusal)?;
    let token = desk.gate.admit(Instant::now());
    Ok(with_cookie(&token, SESSION.as_secs()))
}

/// `POST /local/logout`.
pub(super) async fn logout(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    if let Some(token) = token(&headers) {
        desk.gate.leave(token);
    }
    with_cookie("", 0)
}

fn with_cookie(token: &str, seconds: u64) -> Response {
    // Not `Secure`: on loopback and in the store there is no TLS; strict, so that no other page can use it.
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// `GET /local/status`: the board.
pub(super) async fn status(_: Guest, State(desk): State<Desk>) -> Json<Status> {
    Json(desk.board.status())
}

/// `GET /local/events`: the board again whenever it changed, and every two seconds without a change.
pub(super) async fn events(
    _: Guest,
    State(desk): State<Desk>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let seat = desk.watchers.clone().try_acquire_owned().map_err(|_| Problem::TooMany)?;
    let token = token(&headers).map(str::to_owned);
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let watcher = (desk, seat, token, looks, None::<u64>, 0_u32);
    let stream = futures::stream::unfold(watcher, |(desk, seat, token, mut looks, mut seen, mut quiet)| async move {
        loop {
            tokio::select! {
                // An open stream would hold up the end of the agent.
                () = desk.stop.cancelled() => return None,
                _ = looks.tick() => {}
            }
            if token.as_ref().is_some_and(|token| !desk.gate.knows(token, Instant::now())) {
                return None;
            }
            let version = desk.board.version();
            quiet += 1;
            if seen != Some(version) || quiet >= QUIET_LOOKS {
                (seen, quiet) = (Some(version), 0);
                let data = serde_json::to_string(&desk.board.status()).expect("a status is plain values");
                let event = Event::default().event("status").data(data);
                return Some((Ok(event), (desk, seat, token, looks, seen, quiet)));
            }
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

/// `POST /local/sync`: asks the uplink to try now; what came of it shows in the status.
pub(super) async fn sync(_: Guest, State(desk): State<Desk>) -> impl IntoResponse {
    desk.board.ask_sync();
    let status = desk.board.status();
    let body = json!({ "asked": true, "link": status.link.state, "unsent": status.outbox.unsent });
    (StatusCode::ACCEPTED, Json(body))
}

/// `GET /local/diagnostics`: what support needs, in one file: the board, the configuration and the process.
pub(super) async fn diagnostics(_: Guest, State(desk): State<Desk>) -> Response {
    let status = desk.board.status();
    let name = format!("attachment; filename=\"vyavs-diagnostics-{}.json\"", status.as_of.as_second());
    let body = json!({
        "format": 1,
        "status": status,
        "config": desk.board.config_text(),
        "process": process(),
    });
    let text = serde_json::to_string_pretty(&body).expect("plain values");
    ([(header::CONTENT_TYPE, "application/json"), (header::CONTENT_DISPOSITION, name.as_str())], text).into_response()
}

/// What the kernel says about this process; absent where there is no /proc.
fn process() -> Value {
    let fields = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| fields.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({
        "pid": std::process::id(),
        "resident": field("VmRSS"),
        "peak": field("VmHWM"),
        "threads": field("Threads"),
        "open_files": std::fs::read_dir("/proc/self/fd").map(Iterator::count).ok(),
        "kernel": kernel.trim(),
        "target": format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
    })
}

/// Anything else.
pub(super) async fn nothing_here() -> Problem {
    Problem::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_own_names() {
        for own in ["localhost", "LOCALHOST:8090", "127.0.0.1:8090", "[::1]:8090", "[::1]", "192.168.1.7"] {
            assert!(is_own_name(own), "{own}");
        }
        for foreign in ["", "evil.example:8090", "localhost.evil.example", "127.0.0.1.evil.example", "[evil]"] {
            assert!(!is_own_name(foreign), "{foreign}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; vyavs_page_x=2; vyavs_page=abc"));
        assert_eq!(token(&headers), Some("abc"));
    }
}
