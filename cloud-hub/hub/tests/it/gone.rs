//! The database goes away under a running hub, and comes back.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::JoinSet;

use crate::house::{Ask, Reply, send};
use crate::program::{Program, on_postgres};

/// Between the hub and PostgreSQL: cut, it lets go of every connection, and nobody listens any more.
struct Wire {
    port: u16,
    socket: PathBuf,
    carrying: Option<tokio::task::JoinHandle<()>>,
}

impl Wire {
    async fn open(socket: PathBuf) -> Self {
        let mut wire = Self { port: 0, socket, carrying: None };
        wire.mend().await;
        wire
    }

    async fn mend(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.expect("a port");
        self.port = listener.local_addr().expect("bound").port();
        let socket = self.socket.clone();
        #[expect(clippy::disallowed_methods, reason = "cut() ends it, or the test does")]
        let task = tokio::spawn(async move {
            let mut carried = JoinSet::new();
            while let Ok((hub, _)) = listener.accept().await {
                let socket = socket.clone();
                carried.spawn(async move { carry(hub, socket).await });
            }
        });
        self.carrying = Some(task);
    }

    /// What it carries ends with its task.
    async fn cut(&mut self) {
        let task = self.carrying.take().expect("it carries");
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
    }
}

async fn carry(mut hub: TcpStream, socket: PathBuf) {
    if let Ok(mut server) = UnixStream::connect(socket).await {
        // Either end may hang up; that is theirs to notice.
        let _ = tokio::io::copy_bidirectional(&mut hub, &mut server).await;
    }
}

async fn ask(hub: &Program, path: &str) -> Reply {
    send(hub.http, Ask::get(&format!("/api/v1/{path}")).bearer(&hub.token)).await
}

#[test]
fn a_database_that_is_gone_is_said_within_seconds_and_missed_by_nobody_once_it_is_back() {
    on_postgres(async |url| {
        // Only a server behind a socket of ours can be cut off without touching it.
        let Some((place, dir)) = url.split_once("?host=") else {
            eprintln!("skipped: the server of VYAVS_TEST_PG_URL is behind no Unix socket");
            return;
        };
        let mut wire = Wire::open(PathBuf::from(dir).join(".s.PGSQL.5432")).await;
        let name = place.rsplit('/').next().expect("a database");
        let hub = Program::start(&format!("postgres://postgres@127.0.0.1:{}/{name}", wire.port)).await;
        assert_eq!(ask(&hub, "stores").await.status, StatusCode::OK);

        wire.cut().await;
        for path in ["stores", "kpis", "audit", "me"] {
            let began = Instant::now();
            let reply = ask(&hub, path).await;
            assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {}", reply.text());
            assert_eq!((reply.header("retry-after"), reply.header("content-type")), ("3", "application/problem+json"));
            assert_eq!(reply.json()["type"], "urn:vyavs:problem:busy");
            assert!(began.elapsed() < Duration::from_secs(10), "{path} took {:?}", began.elapsed());
        }
        // A write is refused whole, and signing in does not say that the password is wrong.
        let store = json!({"name": "Second", "config": {"timezone": "UTC", "currency": "GBP"}});
        let write = send(hub.http, Ask::post("/api/v1/stores", &store).bearer(&hub.token)).await;
        let login = json!({"email": "admin@localhost", "password": "wrong, and nobody can know"});
        let login = send(hub.http, Ask::post("/api/v1/auth/login", &login)).await;
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!((write.status, login.status), (unavailable, unavailable), "{} {}", write.text(), login.text());

        wire.mend().await;
        let began = Instant::now();
        while ask(&hub, "stores").await.status != StatusCode::OK {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", hub.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let stores = hub.get("stores").await;
        assert_eq!(stores["stores"].as_array().map(Vec::len), Some(1), "{stores}");
        let write = send(hub.http, Ask::post("/api/v1/stores", &store).bearer(&hub.token)).await;
        assert_eq!(write.status, StatusCode::CREATED, "{}", write.text());
        assert_eq!(hub.get("audit/verify").await["intact"], true);
        assert!(!hub.log().contains("panicked"), "{}", hub.log());
    });
}
