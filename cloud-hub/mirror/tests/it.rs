//! Against a real server that takes InfluxDB 2 writes (VictoriaMetrics): as many points as readings, whatever happened between.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_domain::reading::{Quality, Reading};
use vyavs_mirror::{InfluxConfig, Mirror};
use vyavs_service::breaker::BreakerState;
use vyavs_store::readings::{self, ReadingRow};
use vyavs_store::{Db, Origin, both_engines, mirror};

const START: Timestamp = Timestamp::constant(1_770_000_000, 0);

/// A `victoria-metrics` of its own, gone with the test.
struct Server {
    dir: tempfile::TempDir,
    at: SocketAddr,
    process: Option<Child>,
}

impl Server {
    /// `None`, with the reason printed, where it is not installed.
    fn new() -> Option<Self> {
        let there =
            Command::new("victoria-metrics").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if there.is_err() {
            assert!(
                std::env::var("VYAVS_REQUIRE_INFLUX").as_deref() != Ok("1"),
                "VYAVS_REQUIRE_INFLUX=1, but there is none"
            );
            eprintln!("skipped: victoria-metrics is not installed");
            return None;
        }
        // A port that was free a moment ago: the server must come back to the same one.
        let at = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
        Some(Self { dir: tempfile::tempdir().expect("a directory"), at, process: None })
    }

    fn start(&mut self) {
        self.process = Some(serve(self.dir.path(), self.at));
        let begun = Instant::now();
        while !self.get("/health").is_some_and(|text| text.contains("OK")) {
            assert!(begun.elapsed() < Duration::from_secs(60), "victoria-metrics does not answer at {}", self.at);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// As an orderly shutdown: what it has acknowledged it keeps.
    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = Command::new("kill").arg("-INT").arg(process.id().to_string()).status();
            let _ = process.wait();
        }
    }

    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.at).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: x\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Every point of a field: its time in milliseconds, and its value.
    fn points(&self, field: &str) -> Vec<(i64, f64)> {
        self.get("/internal/force_flush").expect("flushed");
        let text = self.get(&format!("/api/v1/export?match[]=readings_{field}&start=0")).expect("points");
        let body = text.split_once("\r\n\r\n").expect("a body").1;
        let mut points = Vec::new();
        for line in body.lines().filter(|line| line.starts_with('{')) {
            let series: serde_json::Value = serde_json::from_str(line).expect("a series");
            let numbers = |key: &str| series[key].as_array().expect("a list").clone();
            for (at, value) in numbers("timestamps").iter().zip(numbers("values")) {
                points.push((at.as_i64().expect("a time"), value.as_f64().expect("a value")));
            }
        }
        points.sort_by(|one, two| one.partial_cmp(two).expect("numbers"));
        points
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(dir: &Path, at: SocketAddr) -> Child {
    Command::new("victoria-metrics")
        .arg(format!("-storageDataPath={}", dir.display()))
        .arg(format!("-httpListenAddr={at}"))
        .args(["-retentionPeriod=100y", "-search.latencyOffset=0s"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it is installed")
}

fn origin() -> Origin {
    let id = Uuid::from_u128;
    Origin::new(DeviceIdentity { org: OrgId(id(1)), store: StoreId(id(2)), device: DeviceId(id(3)) }, 1, START)
}

/// Readings of two channels, three within each millisecond.
fn rows(from: i64, to: i64) -> Vec<ReadingRow> {
    (from..to)
        .map(|n| ReadingRow {
            seq: n.unsigned_abs() + 1,
            reading: Reading {
                sensor: format!("fridge-{}", n % 2).parse().expect("a sensor"),
                at: START + SignedDuration::from_micros(n / 6 * 1_000 + n % 6 * 100),
                value: n as f64,
                quality: Quality::Good,
            },
        })
        .collect()
}

async fn insert(db: &Db, rows: &[ReadingRow]) {
    let mut tx = db.begin_write().await.expect("a transaction");
    readings::insert(&mut tx, &origin(), rows).await.expect("readings");
    tx.commit().await.expect("a commit");
}

async fn backlog(db: &Db) -> u64 {
    mirror::backlog(&mut db.begin_read_hub().await.expect("a transaction")).await.expect("a count").0
}

/// Until nothing waits.
async fn drain(mirror: &Mirror, db: &Db) {
    let begun = Instant::now();
    while backlog(db).await > 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", mirror.breaker().view());
        if !matches!(mirror.round(db).await, Ok(copied) if copied > 0) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

both_engines! {
    /// Figure: the count of points equals the count of readings after an outage, those of one millisecond kept apart.
    async fn after_an_outage_the_server_has_every_reading_once(db: Db) {
        let Some(mut server) = Server::new() else { return };
        let config = InfluxConfig { url: format!("http://{}", server.at), org: "shops".to_owned(), bucket: "hub".to_owned(), token_file: None, batch: 1_000 };
        let mirror = Mirror::new(&config).expect("an address");
        insert(&db, &rows(0, 600)).await;
        assert_eq!(backlog(&db).await, 0, "nothing is noted until it is switched on");
        let mut tx = db.begin_write().await.expect("a transaction");
        mirror::switch(&mut tx, true).await.expect("switched on");
        tx.commit().await.expect("a commit");
        server.start();
        insert(&db, &rows(600, 3_000)).await;
        // A frame that comes again is not noted again.
        insert(&db, &rows(600, 3_000)).await;
        assert_eq!(backlog(&db).await, 2_400);
        assert_eq!(mirror.round(&db).await.expect("written"), 1_000);
        server.stop();
        insert(&db, &rows(3_000, 6_000)).await;
        let failed = mirror.round(&db).await.expect_err("nobody is there");
        assert!(failed.to_string().contains("1000 readings"), "{failed}");
        assert_eq!(mirror.breaker().view().state, BreakerState::Open);
        assert_eq!(mirror.round(&db).await.expect("left alone"), 0);
        assert_eq!(backlog(&db).await, 4_400, "all of them wait");
        server.start();
        drain(&mirror, &db).await;
        assert_eq!(mirror.breaker().view().state, BreakerState::Closed);
        let expected: Vec<f64> = (600..6_000).map(f64::from).collect();
        let mut values: Vec<f64> = server.points("value").into_iter().map(|(_, value)| value).collect();
        values.sort_by(f64::total_cmp);
        assert_eq!(values.len(), expected.len());
        assert_eq!(values, expected);
        assert_eq!(server.points("quality").len(), expected.len());
    }

    async fn a_reading_without_a_value_is_a_point_of_its_quality(db: Db) {
        let Some(mut server) = Server::new() else { return };
        server.start();
        let config = InfluxConfig { url: format!("http://{}/", server.at), org: "shops".to_owned(), bucket: "hub".to_owned(), token_file: None, batch: 10 };
        let mirror = Mirror::new(&config).expect("an address");
        let mut tx = db.begin_write().await.expect("a transaction");
        mirror::switch(&mut tx, true).await.expect("switched on");
        tx.commit().await.expect("a commit");
        let mut row = rows(0, 1);
        (row[0].reading.value, row[0].reading.quality) = (f64::NAN, Quality::Bad);
        insert(&db, &row).await;
        drain(&mirror, &db).await;
        assert!(server.points("value").is_empty());
        assert_eq!(server.points("quality"), [(START.as_millisecond(), 2.0)]);
    }
}
