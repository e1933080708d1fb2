//! A hub's HTTP side on a loopback socket, with two organizations that must never see each other, and a client for it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use vyavs_cache::Cache;
use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::{AlarmId, DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_hub::api::limits::LimitsConfig;
use vyavs_hub::api::{self, Connected, HttpConfig, HttpTls, Hub, HubState};
use vyavs_hub::identity::{Keys, KeysConfig, people, secrets};
use vyavs_hub::jobs::{Jobs, JobsConfig};
use vyavs_hub::live::Live;
use vyavs_hub::messages::mail::MailConfig;
use vyavs_hub::messages::webhooks::WebhooksConfig;
use vyavs_hub::messages::{self, Messages};
use vyavs_hub::outbound::SignInConfig;
use vyavs_hub::privacy::Pseudonymiser;
use vyavs_hub::ui::Ui;
use vyavs_service::clock::Clock;
use vyavs_store::products::KnownProducts;
use vyavs_store::{Db, Origin, alarms, devices, events, orgs, readings, sales, sensors, stores};

pub(crate) const NOW: &str = "2026-02-03T12:00:00Z";
pub(crate) const PASSWORD: &str = "open sesame, please";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// Organization, shop and device number `n`.
pub(crate) fn identity(n: u128) -> DeviceIdentity {
    let id = |part| Uuid::from_u128(0x4000_8000_0000_0000_0000 << 4 | (n * 16 + part));
    DeviceIdentity { org: OrgId(id(1)), store: StoreId(id(2)), device: DeviceId(id(3)) }
}

/// Who is connected, as a test says.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<DeviceIdentity, Timestamp>>);

impl Sessions {
    pub(crate) fn connect(&self, device: DeviceIdentity, since: Timestamp) {
        self.0.lock().expect("not poisoned").insert(device, since);
    }
}

impl Connected for Sessions {
    fn is_connected(&self, device: &DeviceIdentity) -> Option<Timestamp> {
        self.0.lock().expect("not poisoned").get(device).copied()
    }
}

/// So many that no test is refused by accident.
fn limits() -> LimitsConfig {
    let many = std::num::NonZeroU32::new(10_000_000).expect("a number");
    LimitsConfig { per_caller: many, per_organization: many, per_address: many }
}

/// How a house differs from the usual one.
pub(crate) struct SetUp<'a> {
    /// Makes it look as if a proxy with TLS stood before it.
    pub(crate) public_url: Option<&'a str>,
    /// Off, as usual: tests write behind the hub's back and see it at once.
    pub(crate) cache: Cache,
    pub(crate) mail: MailConfig,
    pub(crate) webhooks: WebhooksConfig,
    pub(crate) limits: LimitsConfig,
}

impl Default for SetUp<'_> {
    fn default() -> Self {
        Self {
            public_url: None,
            cache: Cache::off(),
            mail: MailConfig::default(),
            webhooks: WebhooksConfig::default(),
            limits: limits(),
        }
    }
}

/// The hub, answering.
pub(crate) struct House {
    pub(crate) at: SocketAddr,
    pub(crate) hub: HubState,
    pub(crate) sessions: Arc<Sessions>,
    tasks: TaskTracker,
    keys: tempfile::TempDir,
}

impl House {
    pub(crate) async fn open(db: Db) -> Self {
        Self::with(db, Ui::Absent, None).await
    }

    /// `public_url` makes it look as if a proxy with TLS stood before it.
    pub(crate) async fn with(db: Db, ui: Ui, public_url: Option<&str>) -> Self {
        Self::set_up(db, ui, SetUp { public_url, ..SetUp::default() }).await
    }

    /// With these settings; the folder of mail is the house's own.
    pub(crate) async fn set_up(db: Db, ui: Ui, with: SetUp<'_>) -> Self {
        let SetUp { public_url, cache, mail, webhooks, limits } = with;
        let keys_dir = tempfile::tempdir().expect("a directory");
        let keys_config = KeysConfig { dir: keys_dir.path().join("keys") };
        let (keys, clock) = (Keys::open(&keys_config).expect("keys"), Clock::manual(at(NOW)));
        let vault = secrets::open(&keys_config, &db, &clock).await.expect("a vault");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at_address = listener.local_addr().expect("bound");
        let config =
            HttpConfig { tls: HttpTls::Off, public_url: public_url.map(str::to_owned), ..HttpConfig::default() };
        let sessions = Arc::new(Sessions::default());
        let jobs = JobsConfig { dir: keys_dir.path().join("files"), ..JobsConfig::default() };
        let address = config.address(at_address, ("hub.example".to_owned(), 8883)).expect("loopback");
        let live = Live::new(Uuid::new_v4(), 64);
        let messages = Messages::new(messages::Parts {
            db: db.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            mail: MailConfig { dir: keys_dir.path().join("mail"), ..mail },
            webhooks,
            live: live.clone(),
            base_url: address.base_url.clone(),
            files: jobs.dir.clone(),
        });
        let jobs = Jobs::of_hub(jobs, db.clone(), clock.clone(), &vault);
        jobs.tell(live.clone());
        let hub = Hub::new(api::Parts {
            messages: messages.expect("a configuration"),
            jobs,
            store: db,
            cache,
            keys,
            vault,
            live: live.clone(),
            clock,
            sessions: sessions.clone(),
            address,
            stop: CancellationToken::new(),
            limits,
            // The tests' sign-in services are on this very machine.
            sign_in: SignInConfig { private_providers: true, ca_file: None },
            outside: Vec::new(),
        })
        .expect("random bytes");
        let tasks = TaskTracker::new();
        let router = api::router(hub.clone(), ui);
        tasks.spawn(api::serve(listener, router, None, hub.stop.clone()));
        Self { at: at_address, hub, sessions, tasks, keys: keys_dir }
    }

    /// Where its keys lie.
    pub(crate) fn keys_dir(&self) -> std::path::PathBuf {
        self.keys.path().join("keys")
    }

    /// Where the files of its jobs lie.
    pub(crate) fn files_dir(&self) -> std::path::PathBuf {
        self.keys.path().join("files")
    }

    /// Where mail lies while there is no mail server.
    pub(crate) fn mail_dir(&self) -> std::path::PathBuf {
        self.keys.path().join("mail")
    }

    /// Stops it, and waits until it has.
    pub(crate) async fn close(self) {
        self.hub.stop.cancel();
        self.tasks.close();
        tokio::time::timeout(Duration::from_secs(10), self.tasks.wait()).await.expect("the hub stops in time");
    }

    /// An organization with a shop, a device, and people `owner{n}@…`, `admin{n}@…` and `viewer{n}@shop.example`.
    pub(crate) async fn tenant(&self, n: u128) -> Origin {
        let identity = identity(n);
        let now = at("2026-01-01T00:00:00Z");
        let mut tx = self.hub.store.begin_write().await.expect("a transaction");
        orgs::put(&mut tx, identity.org, &format!("Org {n}"), None, now).await.expect("an organization");
        let store = stores::Store {
            id: identity.store,
            org: identity.org,
            name: format!("Shop {n}"),
            location: json!({"city": "Łódź", "country": "PL", "address": null}),
            config: json!({}),
            timezone: "Europe/London".to_owned(),
            currency: "GBP".parse().expect("a code"),
            day_starts: jiff::civil::time(4, 0, 0, 0),
            created_at: now,
        };
        stores::put(&mut tx, &store).await.expect("a store");
        let device = devices::Device {
            identity,
            name: format!("box-{n}"),
            public_key: vec![7; 32],
            cert_serial: format!("{n:x}"),
            enrolled_at: now,
            revoked_at: None,
        };
        devices::enrol(&mut tx, &device).await.expect("a device");
        tx.commit().await.expect("a commit");
        for role in ["owner", "admin", "viewer"] {
            let email = format!("{role}{n}@shop.example");
            let person = (email.as_str(), role, PASSWORD.to_owned());
            people::add(&self.hub.store, &self.hub.passwords, identity.org, person, now).await.expect("a person");
        }
        Origin::new(identity, 1, at(NOW))
    }

    pub(crate) async fn send(&self, request: Ask) -> Reply {
        send(self.at, request).await
    }

    /// Signs in by the API and gives the access token.
    pub(crate) async fn token(&self, email: &str) -> String {
        let reply = self.login(email, PASSWORD).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()["access_token"].as_str().expect("a token").to_owned()
    }

    /// What a GET of this path under `/api/v1` answers, which must be 200.
    pub(crate) async fn get(&self, token: &str, path: &str) -> Value {
        let reply = self.send(Ask::get(&format!("/api/v1/{path}")).bearer(token)).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        reply.json()
    }

    /// A POST to this path under `/api/v1`.
    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.send(Ask::post(&format!("/api/v1/{path}"), body).bearer(token)).await
    }

    /// What is wrong with a request: the detail of its 400.
    pub(crate) async fn refused(&self, token: &str, path: &str, body: Option<&Value>) -> String {
        let path = format!("/api/v1/{path}");
        let ask = body.map_or_else(|| Ask::get(&path), |body| Ask::post(&path, body));
        let reply = self.send(ask.bearer(token)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}: {}", reply.text());
        reply.json()["detail"].as_str().expect("a detail").to_owned()
    }

    /// Every row of a list, page by page by its cursor, `limit` rows each.
    pub(crate) async fn walk(&self, token: &str, path: &str, list: &str, limit: usize) -> Vec<Value> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(token, &format!("{path}{joint}limit={limit}&cursor={cursor}")).await;
            let of_page = page[list].as_array().expect("a list").clone();
            assert!(of_page.len() <= limit && !page["as_of"].is_null(), "{page}");
            rows.extend(of_page);
            match page["page_info"]["next_cursor"].as_str().or_else(|| page["next_cursor"].as_str()) {
                Some(next) => cursor = next.to_owned(),
                None => return rows,
            }
        }
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Reply {
        let body = json!({"email": email, "password": password});
        self.send(Ask::post("/api/v1/auth/login", &body)).await
    }
}

/// A request to be.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Ask {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: None }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        let mut ask = Self::new(Method::POST, path).header("content-type", "application/json");
        ask.body = Some(body.to_string().into_bytes());
        ask
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn patch(path: &str, version: &str, body: &Value) -> Self {
        Self { method: Method::PATCH, ..Self::post(path, body) }.header("if-match", version)
    }

    pub(crate) fn put(path: &str, body: &Value) -> Self {
        Self { method: Method::PUT, ..Self::post(path, body) }
    }

    /// The same by another method.
    pub(crate) fn by(self, method: Method) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn no_header(mut self, name: &str) -> Self {
        self.headers.retain(|(given, _)| given != name);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }
}

/// An answer, whole.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }
}

/// One request on a connection of its own.
pub(crate) async fn send(at: SocketAddr, ask: Ask) -> Reply {
    let response = open(at, ask).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.expect("the body arrives").to_bytes();
    Reply { status, headers, body }
}

/// The same, with the body still on its way.
pub(crate) async fn open(at: SocketAddr, ask: Ask) -> hyper::Response<hyper::body::Incoming> {
    let socket = TcpStream::connect(at).await.expect("the hub listens");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.expect("a connection");
    #[expect(clippy::disallowed_methods, reason = "it ends with the response that it carries")]
    tokio::spawn(async move {
        let _ = connection.await;
    });
    let mut request = Request::builder().method(ask.method).uri(&ask.path);
    if !ask.headers.iter().any(|(name, _)| name == "host") {
        request = request.header("host", at.to_string());
    }
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    let body = Full::new(Bytes::from(ask.body.unwrap_or_default()));
    sender.send_request(request.body(body).expect("a request")).await.expect("an answer")
}

/// A receipt of two lines, 3 pieces, `total` pence.
pub(crate) fn receipt(number: &str, closed: &str, kind: ReceiptKind, total_minor: i64) -> Receipt {
    let closed_at = at(closed);
    let line = |line_no, quantity: &str, unit_price: &str, total_minor| SaleLine {
        line_no,
        sku: format!("SKU-{line_no}"),
        name: "Käse".to_owned(),
        quantity: quantity.parse().expect("a decimal"),
        unit_price: unit_price.parse().expect("a decimal"),
        discount_minor: 0,
        total_minor,
        sold_at: closed_at,
    };
    Receipt {
        key: ReceiptKey {
            terminal: "till-1".parse().expect("a terminal"),
            business_day: closed[..10].parse().expect("a day"),
            number: number.to_owned(),
        },
        kind,
        source: ReceiptSource::Journal,
        closed_at,
        currency: "GBP".parse().expect("a code"),
        total_minor,
        tax_minor: 0,
        discount_minor: 0,
        tenders: vec![Tender { kind: TenderKind::Card, amount_minor: total_minor }],
        operator: Some("7".to_owned()),
        customer: None,
        lines: vec![line(1, "2", "0.001", 0), line(2, "1", "2.50", total_minor)],
    }
}

/// Receipts as ingest makes them: customers' numbers are pseudonyms.
pub(crate) async fn hidden(house: &House, origin: &Origin, receipts: &[Receipt]) -> Vec<Receipt> {
    let mut pseudonyms = Pseudonymiser::new(house.hub.vault.clone());
    let mut hidden = receipts.to_vec();
    for receipt in &mut hidden {
        pseudonyms.hide(origin.org, receipt, origin.received_at).await.expect("a pseudonym");
    }
    hidden
}

/// Stores receipts as ingest does; `seq` is the number of the first record. Gives the id of each.
pub(crate) async fn ring(db: &Db, origin: &Origin, receipts: &[Receipt], mut seq: u64) -> Vec<Uuid> {
    let mut tx = db.begin_write().await.expect("a transaction");
    let mut known = KnownProducts::default();
    let mut ids = Vec::new();
    for receipt in receipts {
        let content_hash = receipt.content_hash();
        let line_count = u32::try_from(receipt.lines.len()).expect("few");
        let head =
            sales::HeadRow { seq, receipt: Receipt { lines: Vec::new(), ..receipt.clone() }, content_hash, line_count };
        let line = |(n, line): (u64, &SaleLine)| sales::LineRow {
            seq: seq + n,
            key: receipt.key.clone(),
            content_hash,
            closed_at: receipt.closed_at,
            currency: receipt.currency,
            line: line.clone(),
        };
        let lines: Vec<_> = (1..).zip(&receipt.lines).map(line).collect();
        ids.push(lines[0].receipt_id(origin));
        sales::insert_heads(&mut tx, origin, &[head]).await.expect("a head");
        sales::insert_lines(&mut tx, origin, &mut known, &lines).await.expect("lines");
        seq += 1 + u64::from(line_count);
    }
    tx.commit().await.expect("a commit");
    ids
}

/// A sensor with a reading a minute from 11:00 to 11:59, 3.0 to 8.9 °C, and one without value at noon.
pub(crate) async fn measure(db: &Db, origin: &Origin) {
    let sensor = Sensor {
        id: "fridge-1.air".parse().expect("a name"),
        name: "Dairy fridge, air".to_owned(),
        measure: Measure::Temperature,
        low: Some(-1.0),
        high: Some(5.0),
    };
    let rows: Vec<_> = (0..=60_u64)
        .map(|minute| readings::ReadingRow {
            seq: minute + 2,
            reading: Reading {
                sensor: sensor.id.clone(),
                at: at("2026-02-03T11:00:00Z") + jiff::SignedDuration::from_secs(60 * minute.cast_signed()),
                value: if minute == 60 { f64::NAN } else { 3.0 + minute as f64 / 10.0 },
                quality: if minute == 60 { Quality::Bad } else { Quality::Good },
            },
        })
        .collect();
    let mut tx = db.begin_write().await.expect("a transaction");
    sensors::upsert(&mut tx, origin, &[sensor]).await.expect("a sensor");
    readings::insert(&mut tx, origin, &rows).await.expect("readings");
    tx.commit().await.expect("a commit");
}

/// `count` alarms, one a minute from 10:00; every third is over. And two till events.
pub(crate) async fn alarm(db: &Db, origin: &Origin, count: u64) {
    let base = at("2026-02-03T10:00:00Z");
    let rows: Vec<_> = (0..count)
        .map(|n| {
            let raised_at = base + jiff::SignedDuration::from_secs(60 * n.cast_signed());
            alarms::AlarmRow {
                seq: n + 1,
                alarm: Alarm {
                    id: AlarmId(Uuid::from_u128(origin.store.0.as_u128() << 32 | u128::from(n))),
                    kind: AlarmKind::Threshold,
                    severity: Severity::Critical,
                    subject: "fridge-1.air".to_owned(),
                    raised_at,
                    cleared_at: n.is_multiple_of(3).then_some(raised_at),
                    value: Some(7.5),
                    limit: Some(5.0),
                    reason: format!("too warm, {n}"),
                    model: None,
                },
            }
        })
        .collect();
    let event = |seq, kind| events::EventRow {
        seq,
        event: TillEvent { terminal: "till-1".parse().expect("a terminal"), at: base, kind },
    };
    let kinds = [
        event(900, TillEventKind::NoSale { id: None }),
        event(901, TillEventKind::Quarantined { reason: "unbalanced".into(), text: "TOTAL ****".into() }),
    ];
    let mut tx = db.begin_write().await.expect("a transaction");
    alarms::upsert(&mut tx, origin, &rows).await.expect("alarms");
    events::insert(&mut tx, origin, &kinds).await.expect("events");
    tx.commit().await.expect("a commit");
}
