//! A people counter that is asked over HTTP, as an Axis camera with the People Counter application answers.
//!
//! `GET /local/tvpc/.api?live-sum.json` gives the sums since it was switched on (Axis People Counter, API description).
//! Where a user is configured the question must come with HTTP basic authentication (RFC 7617); digest it does not know.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use vyavs_domain::time::StoreTime;

use crate::fault::{self, Fault};
use crate::modbus::{Instruments, Shown};
use crate::summary::Stats;

/// Where its sums are.
pub const SUMS: &str = "/local/tvpc/.api?live-sum.json";
/// Its serial number: an address of the maker's, as it prints it.
const SERIAL: &str = "ACCC8E53494D";
/// Questions it answers at once; others wait.
const AT_ONCE: usize = 16;
/// A question and its answer take no longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// `[counter]` of a play.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterConfig {
    /// Where it listens; port 0 is one that is free, and is told at the start.
    pub listen: SocketAddr,
    /// A file with `user:password` that a question has to come with; without it anybody is answered.
    #[serde(default)]
    pub auth_file: Option<PathBuf>,
    /// What goes wrong.
    #[serde(default)]
    pub faults: Vec<Fault<CounterFault>>,
}

/// What goes wrong with a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CounterFault {
    /// It answers 500.
    Error,
    /// It answers with a page in place of sums.
    Garbage,
    /// It takes the question and says nothing.
    Hang,
    /// It began anew, and its sums with it; how long does not matter.
    Restart,
}

impl CounterConfig {
    /// A counter that answers anybody.
    pub fn new(listen: SocketAddr) -> Self {
        Self { listen, auth_file: None, faults: Vec::new() }
    }

    /// What the header of a question has to say.
    fn credentials(&self) -> io::Result<Option<String>> {
        let Some(path) = &self.auth_file else { return Ok(None) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| io::Error::new(error.kind(), format!("failed to read {}: {error}", path.display())))?;
        match text.trim() {
            text if text.contains(':') => Ok(Some(format!("Basic {}", STANDARD.encode(text)))),
            _ => Err(io::Error::other(format!("{}: expected user:password", path.display()))),
        }
    }
}

/// Where the sums begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Origin {
    /// How many of the restarts have happened.
    restarts: usize,
    entered: u64,
    left: u64,
}

/// A counter, ready to answer.
pub(crate) struct Counter {
    name: String,
    expected: Option<String>,
    faults: Vec<Fault<CounterFault>>,
    time: StoreTime,
    instruments: Instruments,
    stats: Stats,
    began: Instant,
    origin: Mutex<Origin>,
}

impl Counter {
    /// Reads the password, where there is one.
    pub(crate) fn new(
        config: &CounterConfig,
        name: &str,
        time: StoreTime,
        instruments: Instruments,
        stats: Stats,
    ) -> io::Result<Self> {
        let (expected, faults) = (config.credentials()?, config.faults.clone());
        let (name, began, origin) = (name.to_owned(), Instant::now(), Mutex::default());
        Ok(Self { name, expected, faults, time, instruments, stats, began, origin })
    }

    /// Answers on `listener` until it is dropped.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let (counter, room) = (Arc::new(self), Arc::new(Semaphore::new(AT_ONCE)));
        let mut connections = JoinSet::new();
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else { continue };
            while connections.try_join_next().is_some() {}
            let counter = counter.clone();
            connections.spawn(async move {
                let _ = timeout(PATIENCE, counter.talk(stream)).await;
                drop(permit);
            });
        }
    }

    async fn talk(&self, stream: TcpStream) {
        let answering = service_fn(|request| self.answer(request));
        // A connection that breaks off is the caller's business.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answering).await;
    }

    /// An error closes the connection without a word.
    async fn answer(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let plain = |status, text: &str| (status, HeaderValue::from_static("text/html"), text.to_owned());
        let shown = self.instruments.latest();
        if shown.as_ref().is_some_and(|shown| !shown.round.powered) {
            return Err(io::Error::other("the counter has no power"));
        }
        self.stats.add_counter_answers(1);
        let allowed = self.expected.as_ref().is_none_or(|expected| {
            request.headers().get(AUTHORIZATION).is_some_and(|said| said.as_bytes() == expected.as_bytes())
        });
        let (status, kind, text) = match (fault::now(&self.faults, self.began.elapsed()), shown) {
            (Some(CounterFault::Hang), _) => std::future::pending().await,
            _ if !allowed => plain(StatusCode::UNAUTHORIZED, "<html>401 Unauthorized</html>"),
            _ if request.uri().path_and_query().is_none_or(|asked| asked.as_str() != SUMS) => {
                plain(StatusCode::NOT_FOUND, "<html>404 Not Found</html>")
            }
            _ if request.method() != Method::GET => plain(StatusCode::METHOD_NOT_ALLOWED, ""),
            (Some(CounterFault::Error), _) => plain(StatusCode::INTERNAL_SERVER_ERROR, "<html>500</html>"),
            (Some(CounterFault::Garbage), _) => plain(StatusCode::OK, "<html>Loading application …</html>"),
            (_, None) => plain(StatusCode::SERVICE_UNAVAILABLE, "<html>starting</html>"),
            (_, Some(shown)) => (StatusCode::OK, HeaderValue::from_static("application/json"), self.sums(&shown)),
        };
        let mut answer = Response::new(Full::new(Bytes::from(text)));
        *answer.status_mut() = status;
        answer.headers_mut().insert(CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"AXIS\""));
        }
        Ok(answer)
    }

    fn sums(&self, shown: &Shown) -> String {
        let mut origin = self.origin.lock().unwrap_or_else(PoisonError::into_inner);
        *origin = origin.after(&self.faults, self.began.elapsed(), shown);
        serde_json::json!({
            "serial": SERIAL,
            "name": self.name,
            "timestamp": self.time.local(shown.round.at).strftime("%Y%m%d%H%M%S").to_string(),
            "in": shown.entered - origin.entered,
            "out": shown.left - origin.left,
        })
        .to_string()
    }
}

impl Origin {
    /// Where the sums begin once the restarts that are due have happened: at what was counted when that is noticed.
    fn after(self, faults: &[Fault<CounterFault>], passed: Duration, shown: &Shown) -> Self {
        let due = |fault: &&Fault<CounterFault>| {
            fault.kind == CounterFault::Restart && passed >= Duration::from_secs(fault.after_s.into())
        };
        let restarts = faults.iter().filter(due).count();
        if restarts <= self.restarts {
            return self;
        }
        Self { restarts, entered: shown.entered, left: shown.left }
    }
}

#[cfg(test)]
mod tests {
    use vyavs_codec::counter::live;
    use vyavs_world::{StoreSpec, World};

    use super::*;

    fn shown(entered: u64, left: u64) -> Shown {
        let world = World::new(1, StoreSpec::default()).expect("a store");
        let at = "2026-07-07T12:00:00Z".parse().expect("a time");
        Shown { round: world.rounds(at, at, &[]).advance(at), entered, left }
    }

    #[test]
    fn sums_are_read_by_the_agents_own_code_in_the_stores_time() {
        let config = CounterConfig::new("127.0.0.1:0".parse().expect("an address"));
        let world = World::new(1, StoreSpec::default()).expect("a store");
        let instruments = Instruments::new(Stats::default()).expect("templates");
        let counter = Counter::new(&config, "Door", world.time().clone(), instruments, Stats::default());
        let sums = counter.expect("a counter").sums(&shown(12, 9));
        let read = live(sums.as_bytes()).expect("sums");
        assert_eq!((read.entered, read.left, read.name.as_str()), (12, 9, "Door"));
        assert_eq!(read.at, world.time().local("2026-07-07T12:00:00Z".parse().expect("a time")));
    }

    #[test]
    fn a_restart_happens_once() {
        let faults = [Fault { kind: CounterFault::Restart, after_s: 5, lasts_s: 1 }];
        let after = |origin: Origin, s, entered| origin.after(&faults, Duration::from_secs(s), &shown(entered, 0));
        let before = after(Origin::default(), 4, 10);
        assert_eq!(before, Origin::default());
        let restarted = after(before, 5, 12);
        assert_eq!((restarted.restarts, restarted.entered), (1, 12));
        assert_eq!(after(restarted, 60, 20), restarted);
    }

    #[test]
    fn a_password_file_without_a_user_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "secret\n").expect("written");
        let config = |path: PathBuf| CounterConfig {
            auth_file: Some(path),
            ..CounterConfig::new("127.0.0.1:0".parse().expect("an address"))
        };
        let error = config(file.path().to_owned()).credentials().expect_err("refused").to_string();
        assert!(error.contains("user:password"), "{error}");
        std::fs::write(file.path(), "user:secret\n").expect("written");
        let header = config(file.path().to_owned()).credentials().expect("read");
        assert_eq!(header.as_deref(), Some("Basic dXNlcjpzZWNyZXQ="));
        assert!(config("/nowhere".into()).credentials().is_err());
    }
}
