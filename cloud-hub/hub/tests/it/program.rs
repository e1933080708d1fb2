//! `vyavs-hub` itself as a process of its own, on either engine, and boxes that enrol with it and say what they like.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair};
use rumqttc::{ConnectReturnCode, Packet, PubAck};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use vyavs_delivery::frame::{Encoder, Header};
use vyavs_delivery::{Chain, seal};
use vyavs_domain::ids::DeviceIdentity;
use vyavs_service::clock::Clock;
use vyavs_store::testing;
use vyavs_wire::down::{AckV1, Down};
use vyavs_wire::record::{Record, Stream};
use vyavs_wire::topic::Topic;
use vyavs_wire::up::{HelloV1, Message, NowV1, Up};

use crate::broker_rig::{Leaf, PATIENCE, Raw};
use crate::house::{Ask, Reply, send};

/// Runs a test with the address of a fresh SQLite file.
pub(crate) fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(String) -> F) {
    let dir = tempfile::tempdir().expect("a directory");
    runtime().block_on(test(format!("sqlite://{}", dir.path().join("hub.sqlite").display())));
}

/// Runs it with the address of a fresh PostgreSQL database, or says why not.
pub(crate) fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(String) -> F) {
    let Some(server) = testing::server() else { return };
    runtime().block_on(async {
        let database = testing::postgres(&server).await;
        test(database.url.clone()).await;
        database.drop().await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts")
}

/// Two tests of one: the hub on SQLite, and on PostgreSQL. The parameter is the database's address.
macro_rules! hub_on_both_engines {
    ($(async fn $name:ident($url:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a test takes from its file what it needs")]
            use super::*;

            async fn promise($url: String) $body

            #[test]
            fn on_sqlite() {
                $crate::program::on_sqlite(promise);
            }

            #[test]
            fn on_postgres() {
                $crate::program::on_postgres(promise);
            }
        }
    )+};
}
pub(crate) use hub_on_both_engines;

/// The hub, running; it ends with this.
pub(crate) struct Program {
    dir: tempfile::TempDir,
    child: Child,
    pub(crate) http: SocketAddr,
    pub(crate) mqtt: SocketAddr,
    pub(crate) store: String,
    pub(crate) token: String,
}

impl Program {
    /// A hub with a store, and an administrator who is signed in.
    pub(crate) async fn start(url: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let config = format!(
            "[database]\nurl = \"{url}\"\n[http]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n\
             [mqtt]\nlisten = \"127.0.0.1:0\"\npublic_host = \"localhost\"\n[keys]\ndir = \"{}\"\n[jobs]\ndir = \"{}\"\n",
            dir.path().join("keys").display(),
            dir.path().join("files").display()
        );
        std::fs::write(dir.path().join("hub.toml"), config).expect("written");
        let admin = run(&dir, &["init"]).await;
        let zone = ["store", "add", "--name", "Fore Street", "--timezone", "UTC", "--currency", "GBP"];
        let store = run(&dir, &zone).await["store_id"].as_str().expect("an id").to_owned();
        let (child, http, mqtt) = serve(&dir).await;
        let login = json!({"email": admin["email"], "password": admin["password"]});
        let reply = send(http, Ask::post("/api/v1/auth/login", &login)).await;
        let token = reply.json()["access_token"].as_str().expect("a token").to_owned();
        Self { dir, child, http, mqtt, store, token }
    }

    /// Where its configuration, keys, files and log lie.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Ends it, as an operator does before bringing a backup back.
    pub(crate) async fn stop(&mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Starts it again on whatever its database is now.
    pub(crate) async fn start_again(&mut self) {
        (self.child, self.http, self.mqtt) = serve(&self.dir).await;
    }

    /// `POST /api/v1/{path}`, or another method, as the administrator; the answer must be a success.
    pub(crate) async fn ask(&self, method: hyper::Method, path: &str, body: &Value) -> Value {
        let ask = Ask::post(&format!("/api/v1/{path}"), body).by(method).bearer(&self.token);
        let reply: Reply = send(self.http, ask).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text());
        reply.json()
    }

    /// Another command of the program, with JSON as its answer.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        run(&self.dir, arguments).await
    }

    /// Stops it, points it at another database that knows nobody, and starts it again; nobody is signed in then.
    pub(crate) async fn forget_everything(&mut self, url: &str) {
        self.child.kill().await.expect("killed");
        let path = self.dir.path().join("hub.toml");
        let config = std::fs::read_to_string(&path).expect("read");
        let rest = config.split_once("[http]").expect("a section").1;
        std::fs::write(&path, format!("[database]\nurl = \"{url}\"\n[http]{rest}")).expect("written");
        let admin = run(&self.dir, &["init"]).await;
        (self.child, self.http, self.mqtt) = serve(&self.dir).await;
        let login = json!({"email": admin["email"], "password": admin["password"]});
        let reply = send(self.http, Ask::post("/api/v1/auth/login", &login)).await;
        self.token = reply.json()["access_token"].as_str().expect("a token").to_owned();
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).expect("read")
    }

    /// `GET /api/v1/{path}` as the administrator.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let reply: Reply = send(self.http, Ask::get(&format!("/api/v1/{path}")).bearer(&self.token)).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text());
        reply.json()
    }

    /// Asks until `done` says so of the answer.
    pub(crate) async fn until(&self, path: &str, done: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let answer = self.get(path).await;
            if done(&answer) {
                return answer;
            }
            assert!(started.elapsed() < PATIENCE, "{path} stays {answer:#}\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// How often connections ended for this reason.
    pub(crate) async fn ended(&self, reason: &str) -> i64 {
        let answer = self.get("devices").await;
        let ended = answer["connections_ended"].as_array().expect("a list");
        ended
            .iter()
            .find(|ended| ended["reason"] == reason)
            .map_or(0, |ended| ended["count"].as_i64().expect("a count"))
    }

    /// A box with a key of this kind, enrolled.
    pub(crate) async fn enrol(&self, name: &str, algorithm: &'static rcgen::SignatureAlgorithm) -> Enrolled {
        let invitation = self.command(&["enrol-token", "--store", &self.store, "--device", name]).await;
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let csr = CertificateParams::default().serialize_request(&key).expect("a request").pem().expect("PEM");
        let reply =
            send(self.http, Ask::post("/api/v1/enrol", &json!({"token": invitation["token"], "csr_pem": csr}))).await;
        let answer = reply.json();
        let text = |field: &str| answer[field].as_str().unwrap_or_else(|| panic!("{field} in {answer}")).to_owned();
        let der = |pem: String| CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
        let pem = text("certificate_pem");
        Enrolled {
            identity: text("identity").parse().expect("a URN"),
            ca: der(text("ca_pem")),
            hub_key: STANDARD.decode(text("hub_key")).expect("base64"),
            leaf: Leaf { chain: vec![der(pem.clone())], key, pem },
        }
    }
}

async fn run(dir: &tempfile::TempDir, arguments: &[&str]) -> Value {
    let out = Command::new(env!("CARGO_BIN_EXE_vyavs-hub"))
        .args(["--json", "--config"])
        .arg(dir.path().join("hub.toml"))
        .args(arguments)
        .output()
        .await
        .expect("it runs");
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

async fn serve(dir: &tempfile::TempDir) -> (Child, SocketAddr, SocketAddr) {
    let ready: PathBuf = dir.path().join("ready");
    let _ = std::fs::remove_file(&ready);
    let log = std::fs::OpenOptions::new().create(true).append(true).open(dir.path().join("log")).expect("a file");
    let child = Command::new(env!("CARGO_BIN_EXE_vyavs-hub"))
        .arg("--config")
        .arg(dir.path().join("hub.toml"))
        .args(["serve", "--ready"])
        .arg(&ready)
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let started = Instant::now();
    loop {
        if let Ok(Ok(told)) = std::fs::read(&ready).map(|bytes| serde_json::from_slice::<Value>(&bytes)) {
            let at = |field: &str| {
                told[field].as_str().expect("an address").trim_start_matches("http://").parse().expect("an address")
            };
            return (child, at("http"), at("mqtt"));
        }
        let log = || std::fs::read_to_string(dir.path().join("log")).unwrap_or_default();
        assert!(started.elapsed() < Duration::from_secs(30), "it does not serve: {}", log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What a box keeps of its enrolment.
pub(crate) struct Enrolled {
    pub(crate) identity: DeviceIdentity,
    pub(crate) ca: CertificateDer<'static>,
    pub(crate) hub_key: Vec<u8>,
    pub(crate) leaf: Leaf,
}

impl Enrolled {
    /// Connects; the code says whether it was let in.
    pub(crate) async fn dial(&self, program: &Program) -> (Raw, Option<ConnectReturnCode>) {
        let mut raw = Raw::dial_at(program.mqtt, &self.ca, Some(&self.leaf)).await.expect("TLS");
        let code = raw.login(&self.identity.to_string()).await;
        (raw, code)
    }

    /// A box on a clock of its own that says hello at once.
    pub(crate) async fn connect(&self, program: &Program, boot: u8, ahead: SignedDuration) -> Device<'_> {
        let (mut raw, code) = self.dial(program).await;
        assert_eq!(code, Some(ConnectReturnCode::Success), "{}", program.log());
        raw.subscribe(&Topic::down(self.identity).to_string()).await.expect("granted");
        let mut device = Device {
            of: self,
            raw,
            clock: Clock::system(),
            started: Clock::system().now(),
            boot,
            ahead,
            conversation: 7,
            next: [1; 3],
            chains: [[0; 16]; 3],
            encoder: Encoder::new(),
        };
        device.hello().await;
        device
    }
}

/// A connected box.
pub(crate) struct Device<'e> {
    of: &'e Enrolled,
    pub(crate) raw: Raw,
    clock: Clock,
    started: Timestamp,
    boot: u8,
    /// How far its wall clock is ahead of the truth.
    pub(crate) ahead: SignedDuration,
    conversation: u64,
    pub(crate) next: [u64; 3],
    chains: [Chain; 3],
    encoder: Encoder,
}

impl Device<'_> {
    /// What its wall clock says.
    pub(crate) fn wall(&self) -> Timestamp {
        self.clock.now() + self.ahead
    }

    /// Since a boot an hour before it was made.
    fn mono_ms(&self) -> u64 {
        3_600_000 + self.clock.now().duration_since(self.started).as_millis().unsigned_abs() as u64
    }

    pub(crate) async fn publish(&mut self, payload: &[u8]) {
        self.raw.publish(&Topic::up(self.of.identity).to_string(), payload).await;
    }

    async fn hello(&mut self) {
        let hello = HelloV1 {
            protocol: 1,
            agent: "0.1.0".to_owned(),
            epoch: 1,
            boot_id: [self.boot; 16],
            mono_ms: self.mono_ms(),
            wall_us: self.wall().as_microsecond(),
            clock: 2,
            incarnation: None,
            streams: Vec::new(),
        };
        self.publish(&Up::message(self.conversation, &Message::HelloV1(hello))).await;
        match self.down().await {
            Down::StateV1(state) => {
                for stored in state.streams {
                    self.next[usize::from(stored.stream)] = stored.through + 1;
                    self.chains[usize::from(stored.stream)] = stored.chain;
                }
            }
            other => panic!("{other:?} instead of an answer to hello"),
        }
    }

    /// The next thing the hub says, if it is the hub that says it.
    pub(crate) async fn down(&mut self) -> Down {
        loop {
            match self.raw.next().await {
                Some(Packet::Publish(publish)) => {
                    self.raw.send(&Packet::PubAck(PubAck::new(publish.pkid))).await;
                    return seal::open_down(&self.of.hub_key, self.of.identity, &publish.payload).expect("signed");
                }
                Some(Packet::PubAck(_)) => {}
                other => panic!("{other:?} instead of a word of the hub"),
            }
        }
    }

    pub(crate) async fn ack(&mut self) -> AckV1 {
        match self.down().await {
            Down::AckV1(ack) => ack,
            other => panic!("{other:?} instead of an acknowledgement"),
        }
    }

    /// A frame of these records, numbered on; not sent.
    pub(crate) fn frame(&mut self, records: &[Record], clock: u8) -> Vec<u8> {
        let stream = records[0].stream();
        let at = usize::from(stream.number());
        let start = Header {
            stream,
            epoch: 1,
            first: self.next[at],
            count: 0,
            boot_id: [self.boot; 16],
            mono_ms: self.mono_ms(),
            wall_us: self.wall().as_microsecond(),
            clock,
            prev: self.chains[at],
        };
        let mut frames = self.encoder.encode(start, records).expect("they fit");
        let frame = frames.pop().expect("one");
        assert!(frames.is_empty());
        self.next[at] += records.len() as u64;
        self.chains[at] = frame.chain;
        frame.bytes
    }

    /// Sends records and waits until they are stored.
    pub(crate) async fn store(&mut self, records: &[Record], clock: u8) -> AckV1 {
        let frame = self.frame(records, clock);
        self.publish(&Up::frame(self.conversation, &frame)).await;
        let ack = self.ack().await;
        assert_eq!(ack.stored_through + 1, self.next[usize::from(ack.stream)], "{ack:?}");
        ack
    }

    /// Sends a frame as it is; what the hub says to it.
    pub(crate) async fn send_frame(&mut self, frame: &[u8]) -> AckV1 {
        self.publish(&Up::frame(self.conversation, frame)).await;
        self.ack().await
    }

    /// Sends a picture of now, which nobody answers.
    pub(crate) async fn picture(&mut self) {
        let now = NowV1 {
            at_us: self.wall().as_microsecond(),
            uptime_s: 1,
            backlog: Vec::new(),
            disk_used: 0,
            disk_quota: 1,
            readings: Vec::new(),
            inputs: Vec::new(),
            models: Vec::new(),
            open_alarms: 0,
        };
        self.publish(&Up::message(self.conversation, &Message::NowV1(now))).await;
    }

    pub(crate) async fn message(&mut self, message: &Message) {
        self.publish(&Up::message(self.conversation, message)).await;
    }

    pub(crate) fn at(&self, stream: Stream) -> u64 {
        self.next[usize::from(stream.number())]
    }
}
