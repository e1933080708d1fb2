//! Webhooks: signed, tried again, replayed; and receivers that are slow, endless, elsewhere or gone.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hyper::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use vyavs_hub::messages::webhooks::WebhooksConfig;
use vyavs_hub::ui::Ui;
use vyavs_rules::webhook::signature::{Headers, Secret, TOLERANCE, verify};
use vyavs_store::{Db, both_engines};

use crate::house::{Ask, House, SetUp, at};

/// How a receiver behaves.
#[derive(Clone, Debug)]
enum Mode {
    /// Answers this head, and a body of so many bytes.
    Answers(String, usize),
    /// Takes the call and says nothing.
    Silent,
}

/// A call as it came.
#[derive(Clone, Debug)]
struct Call {
    headers: Headers,
    body: Vec<u8>,
}

/// A receiver on the loopback; it ends with the test.
struct Receiver {
    at: SocketAddr,
    mode: Arc<Mutex<Mode>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

fn status(status: &str) -> Mode {
    Mode::Answers(format!("HTTP/1.1 {status}\r\n"), 0)
}

impl Receiver {
    async fn open(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("bound");
        let (mode, calls) = (Arc::new(Mutex::new(mode)), Arc::<Mutex<Vec<Call>>>::default());
        let (how, kept) = (Arc::clone(&mode), Arc::clone(&calls));
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (how, kept) = (Arc::clone(&how), Arc::clone(&kept));
                tokio::spawn(async move {
                    let mode = how.lock().expect("not poisoned").clone();
                    let _ = receive(socket, mode, &kept).await;
                });
            }
        });
        Self { at, mode, calls }
    }

    fn url(&self) -> String {
        format!("http://{}/hook?shop=1", self.at)
    }

    fn turn(&self, mode: Mode) {
        *self.mode.lock().expect("not poisoned") = mode;
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("not poisoned").clone()
    }
}

async fn receive(mut socket: TcpStream, mode: Mode, kept: &Mutex<Vec<Call>>) -> std::io::Result<()> {
    let mut read = Vec::new();
    let (head, rest) = loop {
        let mut some = [0; 4096];
        let n = socket.read(&mut some).await?;
        if n == 0 {
            return Ok(());
        }
        read.extend_from_slice(&some[..n]);
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&read[..end]).into_owned(), read.split_off(end + 4));
        }
    };
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let mut body = rest;
    let length: usize = header("content-length").parse().expect("a length");
    while body.len() < length {
        let mut some = [0; 4096];
        let n = socket.read(&mut some).await?;
        body.extend_from_slice(&some[..n]);
    }
    let headers = Headers {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    assert!(head.starts_with("POST /hook?shop=1 HTTP/1.1"), "{head}");
    kept.lock().expect("not poisoned").push(Call { headers, body });
    match mode {
        Mode::Silent => std::future::pending().await,
        Mode::Answers(head, length) => {
            socket.write_all(format!("{head}content-length: {length}\r\n\r\n").as_bytes()).await?;
            for _ in 0..length.div_ceil(65_536) {
                socket.write_all(&[b'x'; 65_536]).await?;
            }
            Ok(())
        }
    }
}

fn config(networks: &[&str]) -> WebhooksConfig {
    let allow_private = networks.iter().map(|net| net.parse().expect("a network")).collect();
    WebhooksConfig { allow_private, allow_http: true, timeout_s: 1, connect_s: 1, ..WebhooksConfig::default() }
}

async fn house(db: Db, networks: &[&str]) -> House {
    let house = House::set_up(db, Ui::Absent, SetUp { webhooks: config(networks), ..SetUp::default() }).await;
    house.tenant(1).await;
    house
}

impl House {
    async fn owner(&self) -> String {
        self.token("owner1@shop.example").await
    }

    /// Adds a webhook; gives its id and its secret.
    async fn hook(&self, url: &str, events: &[&str]) -> (String, Secret) {
        let made =
            self.post(&self.owner().await, "webhooks", &json!({"name": "ERP", "url": url, "events": events})).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let made = made.json();
        let id = made["webhook"]["id"].as_str().expect("an id").to_owned();
        (id, made["secret"].as_str().expect("a secret").parse().expect("a secret"))
    }

    async fn test_hook(&self, id: &str) -> String {
        let reply = self.post(&self.owner().await, &format!("webhooks/{id}/test"), &json!({})).await;
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text());
        reply.json()["delivery_id"].as_str().expect("an id").to_owned()
    }

    async fn call(&self) -> u32 {
        self.hub.messages.catch_up().await.expect("said")
    }

    async fn deliveries(&self, id: &str) -> Vec<Value> {
        let page = self.get(&self.owner().await, &format!("webhooks/{id}/deliveries")).await;
        page["deliveries"].as_array().expect("a list").clone()
    }

    async fn hook_now(&self, id: &str) -> Value {
        self.get(&self.owner().await, &format!("webhooks/{id}")).await
    }

    /// Adds a person, which is an event.
    async fn newcomer(&self, email: &str) {
        let new = json!({"email": email, "role": "viewer", "password": crate::house::PASSWORD, "all_stores": true});
        let reply = self.post(&self.owner().await, "users", &new).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    }
}

const LOOPBACK: [&str; 1] = ["127.0.0.0/8"];

both_engines! {
    async fn a_call_is_signed_told_once_and_its_secret_is_shown_once(db: Db) {
        let house = house(db, &LOOPBACK).await;
        let receiver = Receiver::open(status("204 No Content")).await;
        let (id, secret) = house.hook(&receiver.url(), &["user.created"]).await;
        house.newcomer("ana@shop.example").await;
        assert_eq!((house.call().await, house.call().await), (1, 0));
        let calls = receiver.calls();
        let Call { headers, body } = &calls[0];
        let now = house.hub.clock.now();
        verify(headers, body, std::slice::from_ref(&secret), now, TOLERANCE).expect("a signature");
        let mut forged = body.clone();
        forged[10] ^= 1;
        verify(headers, &forged, std::slice::from_ref(&secret), now, TOLERANCE).expect_err("another body");
        let event: Value = serde_json::from_slice(body).expect("JSON");
        assert_eq!((event["type"].as_str(), event["data"]["role"].as_str()), (Some("user.created"), Some("viewer")), "{event}");
        let delivery = house.deliveries(&id).await.remove(0);
        assert_eq!((delivery["state"].as_str(), delivery["attempts"].as_i64()), (Some("delivered"), Some(1)), "{delivery}");
        assert_eq!(delivery["last_attempts"][0]["status"], 204, "{delivery}");
        let listed = house.send(Ask::get("/api/v1/webhooks").bearer(&house.owner().await)).await.text();
        assert!(!listed.contains(secret.reveal()) && !listed.contains("whsec_"), "{listed}");
        // A new secret signs at once; for a day the one before does, too.
        let renewed = house.post(&house.owner().await, &format!("webhooks/{id}/secret"), &json!({})).await;
        let fresh: Secret = renewed.json()["secret"].as_str().expect("a secret").parse().expect("a secret");
        house.test_hook(&id).await;
        house.call().await;
        house.hub.clock.set(now + SignedDuration::from_hours(25));
        house.test_hook(&id).await;
        house.call().await;
        let calls = receiver.calls();
        for (n, known, right) in [(1, &fresh, true), (1, &secret, true), (2, &fresh, true), (2, &secret, false)] {
            let Call { headers, body } = &calls[n];
            let verified = verify(headers, body, std::slice::from_ref(known), house.hub.clock.now(), SignedDuration::from_hours(48));
            assert_eq!(verified.is_ok(), right, "{n}");
        }
        house.close().await;
    }

    async fn a_silent_receiver_keeps_nobody_waiting(db: Db) {
        let house = house(db, &LOOPBACK).await;
        let (slow, right) = (Receiver::open(Mode::Silent).await, Receiver::open(status("200 OK")).await);
        let (slow_id, _) = house.hook(&slow.url(), &[]).await;
        let (right_id, _) = house.hook(&right.url(), &[]).await;
        for email in ["a@shop.example", "b@shop.example", "c@shop.example"] {
            house.newcomer(email).await;
        }
        let began = std::time::Instant::now();
        let calling = house.call();
        let served = async {
            while right.calls().len() < 3 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            began.elapsed()
        };
        let (made, served) = tokio::join!(calling, served);
        assert!(served < std::time::Duration::from_secs(1), "the other was served after {served:?}");
        assert_eq!(made, 6);
        assert!(house.deliveries(&right_id).await.iter().all(|delivery| delivery["state"] == "delivered"));
        for delivery in house.deliveries(&slow_id).await {
            assert_eq!(delivery["state"], "waiting", "{delivery}");
            assert!(delivery["error"].as_str().is_some_and(|error| error.contains("no answer within 1 seconds")), "{delivery}");
        }
        house.close().await;
    }

    async fn an_endless_answer_is_cut_and_a_redirect_is_not_followed(db: Db) {
        let house = house(db, &LOOPBACK).await;
        let (endless, target) = (Receiver::open(Mode::Answers("HTTP/1.1 200 OK\r\n".to_owned(), 1 << 30)).await, Receiver::open(status("200 OK")).await);
        let redirect = Mode::Answers(format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {}\r\n", target.url()), 0);
        let elsewhere = Receiver::open(redirect).await;
        let (endless_id, _) = house.hook(&endless.url(), &[]).await;
        let (elsewhere_id, _) = house.hook(&elsewhere.url(), &[]).await;
        house.newcomer("ana@shop.example").await;
        let began = std::time::Instant::now();
        assert_eq!(house.call().await, 2);
        assert!(began.elapsed() < std::time::Duration::from_millis(900), "{:?}", began.elapsed());
        let delivery = house.deliveries(&endless_id).await.remove(0);
        assert_eq!(delivery["state"], "delivered", "{delivery}");
        assert_eq!(delivery["last_attempts"][0]["response_head"].as_str().map(str::len), Some(200));
        let delivery = house.deliveries(&elsewhere_id).await.remove(0);
        assert_eq!(delivery["state"], "waiting", "{delivery}");
        assert!(delivery["error"].as_str().is_some_and(|error| error.contains("redirects are not followed")), "{delivery}");
        assert!(target.calls().is_empty());
        house.close().await;
    }

    async fn our_own_network_is_not_called_when_written_and_not_when_resolved(db: Db) {
        // Another network is allowed, so that a name without a dot may be written.
        let house = house(db, &["10.9.9.0/24"]).await;
        let receiver = Receiver::open(status("200 OK")).await;
        let owner = house.owner().await;
        for url in ["http://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://10.0.0.1/", "http://0x7f.1/",
            "ftp://example.com/", "https://user:pw@example.com/", "no url"] {
            let reply = house.post(&owner, "webhooks", &json!({"name": "x", "url": url})).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{url}: {}", reply.text());
            assert!(reply.json()["detail"].as_str().is_some_and(|detail| detail.starts_with("url: ")), "{}", reply.text());
        }
        let (id, _) = house.hook(&format!("http://localhost:{}/hook?shop=1", receiver.at.port()), &[]).await;
        house.test_hook(&id).await;
        house.call().await;
        let delivery = house.deliveries(&id).await.remove(0);
        assert_eq!(delivery["state"], "failed", "{delivery}");
        assert!(delivery["error"].as_str().is_some_and(|error| error.contains("is not called: it is loopback")), "{delivery}");
        assert!(receiver.calls().is_empty(), "it was called");
        house.close().await;
    }

    async fn a_call_is_tried_again_until_it_is_taken_and_can_be_replayed(db: Db) {
        let house = house(db, &LOOPBACK).await;
        let receiver = Receiver::open(status("500 Oops")).await;
        let (id, _) = house.hook(&receiver.url(), &[]).await;
        let delivery = house.test_hook(&id).await;
        for attempts in 1..=3 {
            assert_eq!((house.call().await, house.call().await), (1, 0));
            let row = house.deliveries(&id).await.remove(0);
            assert_eq!((row["state"].as_str(), row["attempts"].as_i64()), (Some("waiting"), Some(attempts)), "{row}");
            house.hub.clock.set(at(row["next_at"].as_str().expect("a time")));
        }
        receiver.turn(status("200 OK"));
        assert_eq!(house.call().await, 1);
        let replay = format!("webhook-deliveries/{delivery}/replay");
        assert_eq!(house.post(&house.owner().await, &replay, &json!({})).await.status, StatusCode::ACCEPTED);
        assert_eq!(house.call().await, 1);
        let calls = receiver.calls();
        assert_eq!(calls.len(), 5);
        assert!(calls.iter().all(|call| call.headers.id == calls[0].headers.id && call.body == calls[0].body), "one id, one body");
        let row = house.deliveries(&id).await.remove(0);
        let numbers: Vec<_> = row["last_attempts"].as_array().expect("a list").iter().map(|one| one["number"].as_i64()).collect();
        assert_eq!(numbers, [Some(5), Some(4), Some(3), Some(2), Some(1)], "{row}");
        house.close().await;
    }

    async fn a_dead_receiver_rests_and_one_that_is_gone_is_switched_off(db: Db) {
        let house = house(db, &LOOPBACK).await;
        let receiver = Receiver::open(status("503 Busy")).await;
        let (id, _) = house.hook(&receiver.url(), &[]).await;
        for _ in 0..7 {
            house.test_hook(&id).await;
        }
        assert_eq!(house.call().await, 5, "after five failures in a row it rests");
        let row = house.hook_now(&id).await;
        let until = at(row["paused_until"].as_str().unwrap_or_else(|| panic!("it does not rest: {row}")));
        receiver.turn(status("200 OK"));
        assert_eq!(house.call().await, 0);
        house.hub.clock.set(until);
        assert_eq!(house.call().await, 2, "those that were not tried yet");
        assert_eq!(house.hook_now(&id).await["failures"], 0);
        house.hub.clock.set(until + SignedDuration::from_mins(10));
        assert_eq!((house.call().await, receiver.calls().len()), (5, 12));
        // Gone: no more calls, and its maker is told.
        receiver.turn(status("410 Gone"));
        house.test_hook(&id).await;
        house.call().await;
        let row = house.hook_now(&id).await;
        assert_eq!(row["enabled"], false, "{row}");
        assert!(row["off_reason"].as_str().is_some_and(|why| why.contains("410")), "{row}");
        let told = house.get(&house.owner().await, "notifications").await;
        assert_eq!((told["notifications"][0]["kind"].as_str(), told["unread"].as_i64()), (Some("webhook.off"), Some(1)), "{told}");
        let refused = house.post(&house.owner().await, &format!("webhooks/{id}/test"), &json!({})).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let version = house.send(Ask::get(&format!("/api/v1/webhooks/{id}")).bearer(&house.owner().await)).await;
        let on = Ask::patch(&format!("/api/v1/webhooks/{id}"), version.header("etag"), &json!({"enabled": true}));
        let on = house.send(on.bearer(&house.owner().await)).await;
        assert_eq!((on.status, on.json()["off_reason"].as_str()), (StatusCode::OK, None), "{}", on.text());
        house.close().await;
    }
}
