//! The local page over a real socket: who gets in, what they see, and what nobody gets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::civil::time;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use vyavs_domain::reading::{Measure, Sensor};
use vyavs_domain::time::StoreTime;
use vyavs_edge_agent::health::{Board, LinkState, OutboxStatus};
use vyavs_edge_agent::page::{self, PageConfig};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};

const PIN: &str = "482913";
const PATIENCE: Duration = Duration::from_secs(10);

struct Page {
    address: SocketAddr,
    board: Board,
    life: Lifecycle,
}

fn board() -> Board {
    let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
    Board::new(Clock::system(), time, "GBP".parse().expect("a currency"))
}

async fn open_page() -> Page {
    let (board, life) = (board(), Lifecycle::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let (stop, shown) = (life.stop_token(), board.clone());
    life.spawn(async move { page::serve(listener, PIN, shown, stop, Pulse::default()).await.expect("serves") });
    Page { address, board, life }
}

impl Page {
    /// One request on a connection of its own.
    async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response<hyper::body::Incoming> {
        let stream = TcpStream::connect(self.address).await.expect("it listens");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("http");
        self.life.spawn(connection);
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", self.address.to_string());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request");
        tokio::time::timeout(PATIENCE, sender.send_request(request)).await.expect("in time").expect("an answer")
    }

    async fn login(&self, pin: &str) -> Response<hyper::body::Incoming> {
        let headers = [("content-type", "application/json"), ("x-vyavs", "1")];
        self.ask("POST", "/local/login", &headers, &serde_json::json!({ "pin": pin }).to_string()).await
    }

    async fn cookie(&self) -> String {
        let answer = self.login(PIN).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        let cookie = answer.headers()["set-cookie"].to_str().expect("ASCII").to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        cookie.split(';').next().expect("a pair").to_owned()
    }
}

async fn text(answer: Response<hyper::body::Incoming>) -> String {
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

async fn json(answer: Response<hyper::body::Incoming>) -> Value {
    serde_json::from_str(&text(answer).await).expect("JSON")
}

#[tokio::test]
async fn nothing_is_shown_without_the_pin() {
    let page = open_page().await;
    for (method, path) in
        [("GET", "/local/status"), ("GET", "/local/events"), ("GET", "/local/diagnostics"), ("POST", "/local/sync")]
    {
        let stale = [("x-vyavs", "1"), ("cookie", "vyavs_page=0000")];
        for headers in [&stale[..1], &stale[..]] {
            let answer = page.ask(method, path, headers, "").await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
        }
    }
    let document = page.ask("GET", "/", &[], "").await;
    assert_eq!(document.status(), StatusCode::OK);
    let policy = document.headers()["content-security-policy"].to_str().expect("ASCII").to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'sha256-"), "{policy}");
    let etag = document.headers()["etag"].to_str().expect("ASCII").to_owned();
    assert!(text(document).await.len() < 60_000);
    assert_eq!(page.ask("GET", "/", &[("if-none-match", &etag)], "").await.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(page.ask("GET", "/etc/passwd", &[], "").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_pin_opens_for_a_session_and_guessing_is_locked_out() {
    let page = open_page().await;
    let cookie = page.cookie().await;
    let session = [("cookie", cookie.as_str())];
    assert_eq!(page.ask("GET", "/local/status", &session, "").await.status(), StatusCode::OK);
    for _ in 0..4 {
        assert_eq!(page.login("000000").await.status(), StatusCode::UNAUTHORIZED);
    }
    let locked = page.login("000000").await;
    assert_eq!(locked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(locked.headers().contains_key("retry-after"));
    assert_eq!(page.login(PIN).await.status(), StatusCode::TOO_MANY_REQUESTS, "the right one waits too");
    // Whoever is in stays in.
    assert_eq!(page.ask("GET", "/local/status", &session, "").await.status(), StatusCode::OK);
    let leave = [("cookie", cookie.as_str()), ("x-vyavs", "1")];
    assert_eq!(page.ask("POST", "/local/logout", &leave, "").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(page.ask("GET", "/local/status", &session, "").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_foreign_page_can_neither_read_nor_change_anything() {
    let page = open_page().await;
    let cookie = page.cookie().await;
    let rebound = [("host", "evil.example:8090"), ("cookie", cookie.as_str())];
    assert_eq!(page.ask("GET", "/local/status", &rebound, "").await.status(), StatusCode::MISDIRECTED_REQUEST);
    let forged = page.ask("POST", "/local/sync", &[("cookie", cookie.as_str())], "").await;
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    assert!(json(forged).await["detail"].as_str().is_some_and(|detail| detail.contains("X-Vyavs")));
    let login = [("content-type", "application/json"), ("x-vyavs", "1")];
    for body in ["", "{", "{\"pin\":7}", "[]"] {
        assert_eq!(page.ask("POST", "/local/login", &login, body).await.status(), StatusCode::BAD_REQUEST, "{body}");
    }
    let long = format!("{{\"pin\":\"{}\"}}", "1".repeat(5000));
    assert_eq!(page.ask("POST", "/local/login", &login, &long).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_status_says_what_the_board_says() {
    let page = open_page().await;
    page.board.link(LinkState::Offline, Some("network is unreachable"));
    page.board.outbox(OutboxStatus::new([(0, 12, None), (1, 30, None), (2, 0, None)], 4096, 1 << 30));
    page.board.config("[store]\nzone = \"Europe/London\"\n");
    let cookie = page.cookie().await;
    let status = json(page.ask("GET", "/local/status", &[("cookie", &cookie)], "").await).await;
    assert_eq!(status["link"]["state"], "offline");
    assert_eq!(status["outbox"]["unsent"], 42);
    assert_eq!(status["outbox"]["streams"][0]["name"], "sales");
    assert_eq!(status["today"]["takings"], serde_json::json!({ "amount": "0.00", "currency": "GBP" }));
    let answer = page.ask("GET", "/local/diagnostics", &[("cookie", &cookie)], "").await;
    assert!(answer.headers()["content-disposition"].to_str().expect("ASCII").starts_with("attachment"));
    let diagnostics = json(answer).await;
    assert_eq!(diagnostics["status"]["outbox"]["unsent"], 42);
    assert!(diagnostics["config"].as_str().is_some_and(|config| config.contains("Europe/London")));
    assert!(diagnostics["process"]["open_files"].as_u64().is_some_and(|files| files > 0));
    assert!(!diagnostics.to_string().contains(PIN));
}

#[tokio::test]
async fn a_change_reaches_the_watcher_within_a_second() {
    let page = open_page().await;
    let cookie = page.cookie().await;
    let answer = page.ask("GET", "/local/events", &[("cookie", &cookie)], "").await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut body = answer.into_body();
    let mut heard = String::new();
    let mut until = async |want: &str, limit: Duration| {
        let read = async {
            while !heard.contains(want) {
                let frame = body.frame().await.expect("open").expect("readable");
                heard.push_str(std::str::from_utf8(frame.data_ref().expect("data")).expect("UTF-8"));
            }
        };
        tokio::time::timeout(limit, read).await.unwrap_or_else(|_| panic!("{want} did not come within {limit:?}"));
    };
    until("event: status", Duration::from_secs(1)).await;
    let sensor = Sensor {
        id: "fridge-1.air".parse().expect("a name"),
        name: "Dairy fridge, air".to_owned(),
        measure: Measure::Temperature,
        low: None,
        high: Some(5.0),
    };
    page.board.sensor(&sensor);
    until("Dairy fridge, air", Duration::from_secs(1)).await;
    // An open page does not hold up the end of the agent.
    assert!(page.life.shutdown(Duration::from_secs(3)).await);
}

#[tokio::test]
async fn sync_now_wakes_the_uplink() {
    let page = open_page().await;
    let cookie = page.cookie().await;
    let headers = [("cookie", cookie.as_str()), ("x-vyavs", "1")];
    let answer = page.ask("POST", "/local/sync", &headers, "").await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(json(answer).await["link"], "not_enrolled");
    tokio::time::timeout(PATIENCE, page.board.sync_asked()).await.expect("the uplink hears it");
}

#[tokio::test]
async fn open_pages_are_bounded() {
    let page = open_page().await;
    let cookie = page.cookie().await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let answer = page.ask("GET", "/local/events", &[("cookie", &cookie)], "").await;
        assert_eq!(answer.status(), StatusCode::OK);
        open.push(answer);
    }
    let answer = page.ask("GET", "/local/events", &[("cookie", &cookie)], "").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.ask("GET", "/local/status", &[("cookie", &cookie)], "").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_first_start_makes_a_pin_and_status_reads_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    let config = PageConfig { listen: free, pin_file: None };
    let missing = page::fetch(&config, dir.path()).await.expect_err("no PIN yet").to_string();
    assert!(missing.contains("page.pin"), "{missing}");
    let life = Lifecycle::new();
    let (board, stop, state) = (board(), life.stop_token(), dir.path().to_owned());
    board.link(LinkState::Connected, None);
    let (served, shown) = (config.clone(), board.clone());
    life.spawn(async move { page::run(served, &state, shown, stop, Pulse::default()).await.expect("serves") });
    let status = tokio::time::timeout(PATIENCE, async {
        loop {
            match page::fetch(&config, dir.path()).await {
                Ok(status) => break status,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    })
    .await
    .expect("in time");
    assert_eq!(status.link.state, LinkState::Connected);
    std::fs::write(dir.path().join("page.pin"), "000000\n").expect("written");
    let wrong = page::fetch(&config, dir.path()).await.expect_err("another PIN").to_string();
    assert!(wrong.contains("401") && wrong.contains("PIN file"), "{wrong}");
    assert!(life.shutdown(PATIENCE).await);
    let gone = page::fetch(&config, dir.path()).await.expect_err("stopped").to_string();
    assert!(gone.contains("no agent answers at") && gone.contains(&free.to_string()), "{gone}");
}
